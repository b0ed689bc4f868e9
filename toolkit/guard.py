"""Card data in what a person typed: found before it reaches the disk, and taken out whole, with no digit kept.

PCI DSS 4.0.1, 3.3.1 and 3.5.1: no full card number, security code or track data is stored.
"""

import re
from functools import cache
from typing import Final, NamedTuple
from unicodedata import normalize

from toolkit import exits
from toolkit.diagnostics import ToolkitError

MASK: Final = "[***]"

_HIDDEN: Final = "[\u00ad\u200b-\u200f\u2060\ufeff]"
_LONGEST: Final = 19
# Digits with up to three characters between them that are neither digits nor letters: spaces, dots, dashes, line ends.
_RUN: Final = r"[0-9](?:[^0-9A-Za-z\u3400-\u9fff]{0,3}[0-9]){12,}"
# First digits against lengths: Visa, Mastercard with its 2-series, UnionPay, Amex, Diners, JCB, Discover, Maestro.
_BRANDS: Final = (
    ("4", (16, 19)),
    ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    ("62|81|60|65|64[4-9]", (16, 17, 18, 19)),
    ("3[47]", (15,)),
    ("30[0-5]|3095|36|3[89]", (14, 16, 19)),
    ("35(2[89]|[3-8])", (16, 17, 18, 19)),
    ("5[0678]|6[379]", (13, 14, 15, 16, 17, 18, 19)),
)
_CODE: Final = (
    r"(?:(?<![a-z])(?:cvv2?|cvc2?|cvn2?|cid)(?![a-z])|security code|安全码|(?<!记录)校验码|卡背面?"
    r"|(?<!金额)(?<![水单证机]号)后三位码?)"
    r"[^0-9\n]{0,8}[0-9]{3,4}(?![0-9])"
    r"|(?:(?<![a-z])(?:pin码?|otp)(?! *pad)(?![a-z])|密码(?!键盘)|验证码|one-time code)"
    r"[^0-9\n]{0,8}[0-9]{4,8}(?![0-9])"
)
# After these words a long number is a card's, even one with a slip of the finger that breaks its check digit.
_NAMED: Final = (
    r"((?:卡号|卡片号码|card (?:number|no\.?)|(?<![a-z])pan(?![a-z]))[^0-9\n]{0,8})"
    r"([0-9](?:[^0-9A-Za-z\u3400-\u9fff]{0,3}[0-9]){12,18})(?![0-9])"
)
_TRACK: Final = r"%?B[0-9]{13,19}\^[^?]*\??|;?[0-9]{13,19}=[0-9]{4,}[^?]*\??"


class _Patterns(NamedTuple):
    hidden: re.Pattern[str]
    track: re.Pattern[str]
    named: re.Pattern[str]
    run: re.Pattern[str]
    code: re.Pattern[str]
    brands: tuple[tuple[re.Pattern[str], tuple[int, ...]], ...]


@cache
def _patterns() -> _Patterns:
    """The patterns, compiled when something is first typed: that takes half as long as Python's own start."""
    return _Patterns(
        re.compile(_HIDDEN),
        re.compile(_TRACK),
        re.compile(_NAMED, re.IGNORECASE),
        re.compile(_RUN),
        re.compile(_CODE, re.IGNORECASE),
        tuple((re.compile(begins), lengths) for begins, lengths in _BRANDS),
    )


def redacted(text: str) -> str | None:
    """`text` without the card data in it, or None when there is none."""
    if not any(c.isdecimal() for c in text):
        return None
    find = _patterns()
    plain = find.hidden.sub("", normalize("NFKC", text))
    found = find.track.sub(MASK, plain)
    found = find.named.sub(rf"\1{MASK}", found)
    found = find.run.sub(lambda m: MASK if _card(m.group()) else m.group(), found)
    found = find.code.sub(MASK, found)
    return found if found != plain else None


def masked(text: str) -> str:
    """`text` as it may be shown and kept: without the card data in it, else just as it is."""
    found = redacted(text)
    return text if found is None else found


def clean(*texts: str) -> None:
    """Nothing with card data in it goes further; ToolkitError `card-data` (status 2) with what may be said instead."""
    for text in texts:
        found = redacted(text)
        if found is not None:
            raise ToolkitError("card-data", status=exits.USAGE, text=found)


def in_file(raw: bytes) -> bool:
    """Whether the bytes of a file that is no text hold card data as text, in one byte a character or in two."""
    return any(redacted(found.decode("latin-1")) is not None for found in (raw, raw.replace(b"\0", b"")))


def looks_like_card(text: str) -> bool:
    """Whether the whole of `text`, as an id, has a card number's shape: brand, length and check digit."""
    return _number(re.sub("[^0-9]", "", normalize("NFKC", text)))


def _card(run: str) -> bool:
    """Whether a run of digits is a card number, or holds one in whole groups, or one with a date glued on."""
    groups = re.findall("[0-9]+", run)
    for first in range(len(groups)):
        joined = ""
        for group in groups[first:]:
            joined += group
            if _number(joined):
                return True
            if len(joined) > _LONGEST:
                break
    return any(_number(g[:size]) for g in groups if len(g) > _LONGEST for size in (16, 19))


def _number(digits: str) -> bool:
    fits = any(len(digits) in lengths and brand.match(digits) for brand, lengths in _patterns().brands)
    return fits and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(doubled) + sum(int(d) for d in digits[-1::-2])) % 10 == 0

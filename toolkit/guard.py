"""Card data in what a person typed: found before it reaches the disk, and taken out whole, with no digit kept.

PCI DSS 4.0.1, 3.3.1 and 3.5.1: no full card number, security code or track data is stored.
"""

import re
from typing import Final
from unicodedata import normalize

MASK: Final = "[***]"

_HIDDEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_RUN: Final = re.compile(r"(?<![0-9])[0-9](?:[ .\-\n]{0,3}[0-9]){12,}(?![0-9])")
# First digits against lengths: Visa, Mastercard with its 2-series, UnionPay, Amex, Diners, JCB, Discover, Maestro.
_BRANDS: Final = (
    (re.compile("4"), (16, 19)),
    (re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile("62|81|60|65|64[4-9]"), (16, 17, 18, 19)),
    (re.compile("3[47]"), (15,)),
    (re.compile("30[0-5]|3095|36|3[89]"), (14, 16, 19)),
    (re.compile("35(2[89]|[3-8])"), (16, 17, 18, 19)),
    (re.compile("5[0678]|6[379]"), (13, 14, 15, 16, 17, 18, 19)),
)
_CODE: Final = re.compile(
    r"(?:cvv2?|cvc2?|cvn2?|cid|security code|安全码|校验码|卡背[^0-9]{0,6}|后三位)[^0-9\n]{0,8}[0-9]{3,4}(?![0-9])"
    r"|(?:\bpin\b|密码)[^0-9\n]{0,8}[0-9]{4,6}(?![0-9])",
    re.IGNORECASE,
)
_TRACK: Final = re.compile(r"%?B[0-9]{13,19}\^[^?]*\??|;?[0-9]{13,19}=[0-9]{4,}[^?]*\??")


def redacted(text: str) -> str | None:
    """`text` without the card data in it, or None when there is none."""
    plain = _HIDDEN.sub("", normalize("NFKC", text))
    found = _TRACK.sub(MASK, plain)
    found = _RUN.sub(lambda m: MASK if _card(m.group()) else m.group(), found)
    found = _CODE.sub(MASK, found)
    return found if found != plain else None


def _card(run: str) -> bool:
    digits = re.sub("[^0-9]", "", run)
    if _number(digits):
        return True
    groups = re.findall("[0-9]+", run)
    return any(
        _number("".join(groups[first:last]))
        for first in range(len(groups))
        for last in range(first + 1, len(groups) + 1)
        if last - first < len(groups)
    )


def _number(digits: str) -> bool:
    fits = any(len(digits) in lengths and brand.match(digits) for brand, lengths in _BRANDS)
    return fits and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(doubled) + sum(int(d) for d in digits[-1::-2])) % 10 == 0

"""Card data is found however it is typed; what looks a little like it is let through. All numbers are made here."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.guard import MASK, redacted

# First digits and length of each brand; the rest is random, the last digit is Luhn's.
BRANDS = {
    "Visa": [("4", 16), ("4", 19)],
    "Mastercard": [("51", 16), ("55", 16)],
    "Mastercard 2-series": [("2221", 16), ("2229", 16), ("223", 16), ("25", 16), ("26", 16), ("271", 16), ("2720", 16)],
    "UnionPay": [("62", 16), ("62", 17), ("62", 18), ("62", 19), ("81", 16)],
    "Amex": [("34", 15), ("37", 15)],
    "Diners": [("300", 14), ("305", 14), ("36", 14), ("38", 14), ("3095", 14)],
    "JCB": [("3528", 16), ("3589", 16)],
    "Discover": [("6011", 16), ("65", 16), ("644", 16)],
    "Maestro": [("50", 12 + 1), ("6759", 16), ("6304", 19)],
}


def luhn(digits: str) -> int:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10) % 10


def number(prefix: str, length: int, seed: int) -> str:
    chance = random.Random(f"{prefix}{length}{seed}")
    body = prefix + "".join(str(chance.randrange(10)) for _ in range(length - len(prefix) - 1))
    return body + str(luhn(body))


def numbers() -> Iterator[tuple[str, str]]:
    for brand, kinds in BRANDS.items():
        for prefix, length in kinds:
            for seed in range(3):
                yield brand, number(prefix, length, seed)


NUMBERS = [n for _, n in numbers()]


def grouped(digits: str, mark: str) -> str:
    return mark.join(digits[i : i + 4] for i in range(0, len(digits), 4))


@pytest.mark.parametrize(("brand", "digits"), list(numbers()))
def test_every_brand_is_found_and_no_digit_is_kept(brand: str, digits: str) -> None:
    for text in (
        digits,
        f"card {digits} thanks",
        f"卡号{digits}。",
        f"卡号：{digits}退款",
        f"({digits})",
        f"no.{digits}",
    ):
        clean = redacted(text)
        assert clean is not None, (brand, text)
        assert MASK in clean
        assert not any(c.isdigit() for c in clean)


@pytest.mark.parametrize(
    "mark", [" ", ".", "-", "\u00a0", "\n", "  ", " - ", "\u2009", "－", "\u3000", "\u200b", "\u00ad"]
)
@pytest.mark.parametrize("digits", NUMBERS)
def test_no_separator_hides_a_number(digits: str, mark: str) -> None:
    clean = redacted(f"card {grouped(digits, mark)} ok")
    assert clean is not None
    assert not any(c.isdigit() for c in clean)


@pytest.mark.parametrize("digits", NUMBERS)
def test_full_width_digits_are_digits(digits: str) -> None:
    clean = redacted("卡号" + "".join(chr(ord(d) + 0xFEE0) for d in digits))
    assert clean is not None
    assert not any(c.isdigit() for c in clean)


def test_amex_and_diners_in_their_own_groups() -> None:
    amex, diners = number("37", 15, 1), number("36", 14, 1)
    for text in (f"{amex[:4]} {amex[4:10]} {amex[10:]}", f"{diners[:4]} {diners[4:10]} {diners[10:]}"):
        assert redacted(text) == MASK


def test_a_number_with_its_code_behind_it_leaves_nothing() -> None:
    digits = number("4", 16, 7)
    for text in (f"{grouped(digits, ' ')} 123", f"{digits} 123", f"{digits} 12/27 123"):
        clean = redacted(text)
        assert clean is not None
        assert digits[-4:] not in clean


@pytest.mark.parametrize(
    "text",
    ["CVV 123", "cvv2: 123", "CVC=1234", "CVN2 123", "安全码 123", "安全码是：123", "校验码123", "卡背后三位 123",
     "后三位：123", "security code is 123", "CVV １２３", "CID 1234", "PIN 1234",
     "pin: 123456", "密码 123456", "密码是 1234"],
)  # fmt: skip
def test_security_codes_and_pins_are_found(text: str) -> None:
    clean = redacted(text)
    assert clean is not None
    assert not any(c.isdigit() for c in clean)


def test_track_data_is_found() -> None:
    digits = number("4", 16, 3)
    for text in (
        f"%B{digits}^DOE/JOHN^27121010000000000?",
        f";{digits}=27121010000000000?",
        f"{digits}=2712101123456789",
    ):
        clean = redacted(f"swiped {text} ok")
        assert clean is not None
        assert digits[:6] not in clean
        assert "2712" not in clean


@pytest.mark.parametrize(
    "text",
    ["13800000000", "021-5555 0100", "+86 138 0000 0000", "400-800-8888", "95016", "参考号 012345678901",
     "RRN 987654321098", "凭证号 000123", "批次号 000001", "¥1,234.50", "1234567.89 元", "2026-11-23 14:05:09",
     "2026-11-23T14:05:09.123Z",
     "终端号 12345678", "后四位 1234", "last four 1234", "应答码 98", "R14", "", "交易超时", "工单号 20261123-0042",
     "14:05 15:06 16:07", "1 2 3 4 5 6 7 8 9", "屏幕写「请重试」", "terminal is spinning", "第 3 步"],
)  # fmt: skip
def test_what_a_shop_writes_every_day_is_let_through(text: str) -> None:
    assert redacted(text) is None


@pytest.mark.parametrize("digits", NUMBERS)
def test_a_number_with_one_wrong_digit_is_no_card(digits: str) -> None:
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert redacted(wrong) is None


@given(text=st.text(max_size=80))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    clean = redacted(text)
    assert clean is None or redacted(clean) is None


words = st.text(st.characters(exclude_categories=["N", "C", "M"], exclude_characters=".-=;%^"), max_size=20)


@given(before=words, digits=st.sampled_from(NUMBERS), after=words)
def test_a_number_in_any_words_is_found(before: str, digits: str, after: str) -> None:
    clean = redacted(before + digits + after)
    assert clean is not None
    assert digits not in clean

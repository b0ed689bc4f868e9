"""Chinese by its sound: the table gives the sound of common characters, and letters are parted in every way."""

import pytest

from toolkit.content.pinyin import pairs, sound


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("退款失败", "tui kuan shi bai"),
        ("断网", "duan wang"),
        ("打印机卡纸", "da yin ji ka zhi"),
        ("备用机", "bei yong ji"),
        ("交易超时", "jiao yi chao shi"),
        ("撤销", "che xiao"),
        ("绿女略虐", "lv nv lve nve"),
        ("啊座", "a zuo"),
        ("A1，。é凭\U00020000", " ping"),
    ],
)
def test_a_character_has_its_sound(text: str, letters: str) -> None:
    assert " ".join(filter(None, map(sound, text))) == letters.strip()


def test_every_common_character_has_one_and_no_other_does() -> None:
    level = [bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    chars = [code.decode("gb2312") for code in level if code[:1] != b"\xd7" or code[1] < 0xFA]
    assert [c for c in chars[:3755] if not sound(c)] == []
    assert [c for c in chars[3755:] if sound(c)] == []


@pytest.mark.parametrize(
    ("letters", "found"),
    [
        ("tuikuan", {"tuikuan"}),
        ("tuikuanshibai", {"tuikuan", "kuanshi", "shibai"}),
        ("fangan", {"fangan"}),
        ("xianzai", {"xianzai", "xian", "anzai"}),
        ("tui", set()),
        ("printer", set()),
        ("", set()),
    ],
)
def test_letters_are_parted_in_every_way(letters: str, found: set[str]) -> None:
    assert pairs(letters) >= found
    assert bool(pairs(letters)) == bool(found)


def test_very_many_ways_to_part_take_no_time() -> None:
    assert pairs("an" * 500) >= {"anan"}

"""What a person typed at a prompt, as what they want; pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from toolkit.cells import fold
from toolkit.incident.machine import BACK, CORRECT, DESK, HAND_OVER, MORE, NOTE, OPEN, PLAN, SALE, TIME_UP, USE
from toolkit.incident.moves import ANSWER, LATER, NOT_POSSIBLE
from toolkit.model import Field, Step
from toolkit.vocabulary import DONE

WHY, STOP, BLANK, UNCLEAR = "why", "stop", "blank", "unclear"
NOTHING: Final = "-"  # the value of evidence that is not there, or that nobody can tell

# What is typed → what is wanted; both languages always count.
_WORDS: Final[Mapping[str, str]] = {
    "?": WHY, "why": WHY, "为什么": WHY, "帮助": WHY, "help": WHY,
    "b": BACK, "back": BACK, "返回": BACK, "上一步": BACK,
    "x": NOT_POSSIBLE, "做不了": NOT_POSSIBLE,
    "l": LATER, "later": LATER, "稍后": LATER,
    "q": STOP, "quit": STOP, "stop": STOP, "停": STOP, "退出": STOP,
    "t": TIME_UP, "到时": TIME_UP,
    "p": PLAN, "plan": PLAN, "plans": PLAN, "预案": PLAN,
    "i": DESK, "情况": DESK, "看情况": DESK,
    "m": MORE, "more": MORE, "更多": MORE,
}  # fmt: skip
# The same for what may have a text behind it.
_LEADING: Final[Mapping[str, str]] = {
    "n": NOTE, "note": NOTE, "备注": NOTE,
    "o": OPEN, "open": OPEN, "打开": OPEN, "另开": OPEN,
    "s": SALE, "sale": SALE, "收款": SALE,
    "c": CORRECT, "改时间": CORRECT,
    "h": HAND_OVER, "交班": HAND_OVER,
}  # fmt: skip
_TEXT: Final = re.compile(r"\s*([^\s:：]+)(?:[\s:：]+(.*\S)?)?\s*", re.DOTALL)
_YES: Final = frozenset(("y", "yes", "是", "对", "好", "是的", "ok"))
_NO: Final = frozenset(("no", "否", "不", "不是", "没有", "没"))
MOST: Final = 999_999  # more than any number that stands on a screen
_FINISHED: Final = _YES | {"done", "完成", "做好了", "做完了", "好了"}


class Reply(NamedTuple):
    """What is wanted, and the answer's id or the text that came with it."""

    want: str
    value: str = ""


def command(typed: str) -> Reply | None:
    """One of the commands that stand at every prompt, or None."""
    want = _WORDS.get(fold(typed))
    if want:
        return Reply(want)
    found = _TEXT.fullmatch(typed)
    want = _LEADING.get(fold(found.group(1))) if found else None
    return Reply(want, found.group(2) or "") if want and found else None


def answer(typed: str, step: Step, *, scripted: bool = False) -> Reply:
    """The reply at a step's question; numbers may be full-width, and the words of an answer count as well.

    A person does not see the names of answers, a script is written with them: there they go before commands.
    """
    plain = fold(typed)
    if not plain:
        return Reply(BLANK)
    found = command(typed)
    if found and not (scripted and step.answer(plain)):
        return found
    if not step.answers:
        if plain == "1" or plain in _FINISHED:
            return Reply(USE) if step.use else Reply(ANSWER, DONE)
        return Reply(UNCLEAR)
    if plain.isdecimal():
        picked = number(plain, len(step.answers))
        return Reply(ANSWER, step.answers[picked - 1].id) if picked else Reply(UNCLEAR)
    for option in step.answers:
        if plain in {option.id, fold(option.say.zh), fold(option.say.en)}:
            return Reply(ANSWER, option.id)
    for words, name in ((_YES, "yes"), (_NO, "no")):
        if plain in words and step.answer(name):
            return Reply(ANSWER, name)
    return Reply(UNCLEAR)


def stops(typed: str) -> bool:
    """Whether the person stops, at a prompt where only that is understood beside what is asked for."""
    return _WORDS.get(fold(typed)) == STOP


def number(typed: str, most: int) -> int:
    """The whole number that was typed, full-width or not, if it lies between 1 and `most`; else 0."""
    plain = fold(typed)
    found = int(plain) if plain.isdecimal() and len(plain) <= len(str(MOST)) else 0
    return found if found <= most else 0


def agreed(typed: str) -> bool:
    """Whether the person says yes."""
    return fold(typed) in _YES


def same(typed: str) -> bool:
    """Whether the person keeps what was written down before."""
    return fold(typed) == "="


class BadValue(NamedTuple):
    """Evidence that does not fit; `reason` is the end of a words key `value.<reason>`."""

    reason: str


_AMOUNT: Final = re.compile(
    r"[¥￥]?\s*([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(\.[0-9]{1,2})?\s*(元|rmb|cny|yuan|usd|eur|hkd|jpy|gbp)?"
)
_YUAN: Final = frozenset({None, "元", "rmb", "cny", "yuan"})
_TIME: Final = re.compile(r"(?:([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\s+)?([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?")
_BARE_TIME: Final = re.compile(r"([0-9]{2})([0-9]{2})")
_CODE: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_./ -]*[0-9A-Za-z])?")


def value(typed: str, field: Field) -> str | BadValue:
    """`typed` as the value of `field`, in one spelling: amounts as 1234.50 (yuan) or 1234.50 USD, times as 14:05.

    NOTHING stays.
    """
    plain = fold(typed)
    if plain in {NOTHING, "—", "–"}:
        return NOTHING
    match field.type:
        case "amount":
            found = _AMOUNT.fullmatch(plain)
            if not found:
                return BadValue("amount")
            cents = (found.group(2) or ".").ljust(3, "0")
            unit = "" if found.group(3) in _YUAN else f" {found.group(3).upper()}"
            return f"{int(found.group(1).replace(',', ''))}{cents}{unit}"
        case "count":
            return str(int(plain)) if re.fullmatch("[0-9]{1,6}", plain) else BadValue("count")
        case "time":
            return _clock(plain)
        case "last4":
            return plain if re.fullmatch("[0-9]{4}", plain) else BadValue("last4")
        case "code":
            return _code(typed, field.length)
        case "choice":
            return _choice(plain, field.choices)
    text = typed.strip()
    return text if text and len(text) <= 500 else BadValue("text")


def time(typed: str) -> str:
    """A time that was typed, as `value` spells it; the empty string where it is none."""
    found = _clock(fold(typed))
    return found if isinstance(found, str) else ""


def _clock(plain: str) -> str | BadValue:
    bare = _BARE_TIME.fullmatch(plain)
    found = _TIME.fullmatch(f"{bare.group(1)}:{bare.group(2)}" if bare else plain)
    if not found or int(found.group(4)) > 23 or int(found.group(5)) > 59:
        return BadValue("time")
    clock = f"{int(found.group(4)):02d}:{found.group(5)}"
    if found.group(1) is None:
        return clock
    if not _on_the_calendar(*(int(found.group(n)) for n in (1, 2, 3))):
        return BadValue("time")
    return f"{found.group(1)}-{int(found.group(2)):02d}-{int(found.group(3)):02d} {clock}"


def _on_the_calendar(year: int, month: int, day: int) -> bool:
    from calendar import monthrange

    return 2000 <= year < 2200 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _code(typed: str, length: tuple[int, int]) -> str | BadValue:
    from unicodedata import normalize

    plain = normalize("NFKC", typed).strip()
    bare = plain.replace(" ", "")
    fits = _CODE.fullmatch(plain) and length[0] <= len(bare) <= length[1]
    return bare if fits else BadValue("code")


def _choice(plain: str, choices: Sequence[tuple[str, object]]) -> str | BadValue:
    for number, (name, words) in enumerate(choices, start=1):
        said = {fold(str(w)) for w in words} if isinstance(words, tuple) else set()
        if plain in {str(number), name} | said:
            return name
    return BadValue("choice")

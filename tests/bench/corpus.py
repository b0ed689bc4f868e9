"""Runbooks made by rule, for measuring: two languages, twelve steps, about four kilobytes; the same every time."""

import shutil
from pathlib import Path

from tests.bench.measure import ROOT

_THINGS = ("terminal", "printer", "router", "scanner", "till", "keypad", "reader", "slip", "battery", "network")
_ZH = ("终端", "打印机", "路由器", "扫码枪", "收银机", "密码键盘", "读卡器", "签购单", "电池", "网络")


def _text(key: str, zh: str, en: str, indent: str = "    ") -> str:
    return f'{indent}{key}:\n{indent}  zh: "{zh}"\n{indent}  en: "{en}"\n'


def _step(number: int, thing: int) -> str:
    en, zh = _THINGS[thing], _ZH[thing]
    head = f"  - id: step-{number}\n    who: cashier\n"
    do = _text(
        "do",
        f"第{number}步：打开{zh}的盖子，看灯亮不亮。",
        f"Step {number}: open the {en} and see whether its light is on.",
    )
    why = _text(
        "why",
        f"灯不亮说明{zh}没有电，先别动别的。",
        f"No light means that the {en} has no power; leave the rest alone.",
    )
    if number % 3:
        return head + do + why + ("    end: resolved\n" if number == 12 else "")
    ask = _text("ask", f"{zh}的灯亮吗？", f"Is the light of the {en} on?") + "    answers:\n"
    onward = f"go: step-{number + 1}" if number < 12 else "end: resolved"
    rows = (("on", "亮", "It is on", onward), ("off", "不亮", "It is off", "end: escalated"))
    text = "".join(f"      - {{is: {i}, say: {{zh: {z}, en: {e}}}, {g}}}\n" for i, z, e, g in rows)
    return head + do + ask + text + "      - {is: unknown, say: {zh: 说不准, en: Cannot tell}, end: escalated}\n"


def runbook(number: int) -> str:
    """The text of runbook `number`."""
    thing = number % 10
    en, zh = _THINGS[thing], _ZH[thing]
    symptoms = "".join(
        f"  - {{zh: {zh}第{n}种毛病{number}, en: The {en} shows fault {n} of {number}}}\n" for n in range(1, 5)
    )
    return (
        f"format: 1\nid: made-{number}\ncard: {'ABCDEFGHIJ'[number // 100 % 10]}{'KLMNOPQRST'[number // 1000 % 10]}"
        f"{number % 100:02d}\nkind: failure\ntitle: {{zh: {zh}故障{number}, en: Fault {number} of the {en}}}\n"
        f"owner: team\nsymptoms:\n{symptoms}first: {{zh: 停手先看, en: Stop and look}}\n"
        "never: [look-up-before-repeat]\ntime_box: {within: PT15M, basis: design, then: step-12}\nsteps:\n"
        + "".join(_step(n, thing) for n in range(1, 13))
        + "reviewed: {on: 2026-11-23, by: team}\n"
    )


def library(place: Path, count: int, bad: int = 0) -> Path:
    """A library of `count` runbooks in `place`, every `bad`-th with one fault; made anew."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(ROOT / "runbooks" / "reference", place / "reference")
    (place / "failures").mkdir()
    for number in range(count):
        text = runbook(number)
        if bad and number % bad == 0:
            text = text.replace("owner: team", "ownr: team")
        (place / "failures" / f"made-{number}.yaml").write_text(text, encoding="utf-8")
    return place

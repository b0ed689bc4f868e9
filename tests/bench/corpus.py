"""Runbooks made by rule, for measuring: two languages, twelve steps, about six kilobytes; the same every time.

What is searched (title, symptoms, aliases, codes) is drawn from the words of shops and has the spread of a real
library: a few words in every runbook, most in some, and numbers, models and codes in one.
"""

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import ROOT

_THINGS = ("terminal", "printer", "router", "scanner", "till", "keypad", "reader", "slip", "battery", "network")
_ZH = ("终端", "打印机", "路由器", "扫码枪", "收银机", "密码键盘", "读卡器", "签购单", "电池", "网络")
_DEVICES: tuple[tuple[str, str], ...] = (
    *zip(_ZH, _THINGS, strict=True),
    ("密码器", "PIN pad"), ("扫码盒", "QR box"), ("钱箱", "cash drawer"), ("触摸屏", "touch screen"), ("底座", "dock"),
    ("充电器", "charger"), ("物联卡", "SIM card"), ("天线", "aerial"), ("光猫", "modem"), ("交换机", "switch"),
    ("网线", "cable"), ("热点", "hotspot"), ("打印头", "print head"), ("卷纸", "paper roll"), ("闪付区", "tap area"),
    ("芯片槽", "chip slot"), ("磁条头", "magstripe head"), ("摄像头", "camera"), ("喇叭", "speaker"), ("机壳", "case"),
    ("封条", "seal"), ("时钟", "clock"), ("证书", "certificate"), ("固件", "firmware"), ("应用", "app"),
    ("参数", "parameters"), ("密钥", "keys"), ("批次", "batch"), ("操作员", "operator"), ("主管卡", "supervisor card"),
    ("商户号", "merchant number"), ("结算款", "settlement money"), ("对账单", "statement"), ("发票", "invoice"),
    ("押金", "deposit"), ("预授权", "pre-authorisation"), ("礼品卡", "gift card"), ("会员卡", "member card"),
    ("优惠券", "coupon"), ("小程序", "mini program"), ("收款码", "payment code"), ("钱包", "wallet"),
)  # fmt: skip
_TROUBLES: tuple[tuple[str, str], ...] = (
    ("没反应", "does nothing"), ("一直转圈", "keeps spinning"), ("自己重启", "restarts by itself"),
    ("黑屏", "has a black screen"), ("报错", "reports an error"), ("连不上", "cannot connect"),
    ("掉线", "goes offline"),
    ("很慢", "is very slow"), ("卡死", "is frozen"), ("闪退", "closes by itself"), ("认不出来", "is not recognised"),
    ("读不出卡", "cannot read the card"), ("打不出字", "prints nothing"), ("发烫", "is hot"), ("进水了", "got wet"),
    ("摔坏了", "was dropped"), ("被锁定", "is locked"), ("过期了", "has expired"), ("不见了", "is missing"),
    ("被换过", "was swapped"), ("数字不对", "shows a wrong figure"), ("重复了", "came twice"),
    ("少了一笔", "lacks one"),
    ("多了一笔", "has one too many"), ("超限", "is over a limit"), ("被拒绝", "was refused"), ("超时", "timed out"),
    ("一直处理中", "stays pending"), ("没有到账", "has not arrived"), ("余额不足", "has too little money"),
    ("金额输错", "has a wrong amount"), ("密码错", "wants another password"), ("要签到", "wants a sign-in"),
    ("未登记", "is not registered"), ("信号差", "has a weak signal"), ("没电", "has no power"), ("鼓包", "is swollen"),
    ("缺纸", "is out of paper"), ("卡纸", "is jammed"), ("看不清", "is hard to read"), ("有异味", "smells burnt"),
    ("扫不上", "cannot scan"), ("按键失灵", "ignores its keys"), ("声音没了", "is silent"),
    ("时间不准", "tells a wrong time"),
    ("更新失败", "failed to update"), ("下载失败", "failed to download"), ("无法结算", "cannot settle"),
)  # fmt: skip
_MOMENTS: tuple[tuple[str, str], ...] = (
    ("开门时", "at opening"), ("交班时", "at the change of shift"), ("停电后", "after a power cut"),
    ("换纸后", "after new paper"), ("升级后", "after an update"), ("雨天", "in the rain"), ("半夜", "at midnight"),
    ("排队时", "with a queue"), ("顾客已走", "with the customer gone"), ("顾客在等", "with the customer waiting"),
    ("退货时", "at a return"), ("撤销时", "at a void"), ("大额", "with a large amount"),
    ("外卡", "with a foreign card"),
    ("只有微信", "with WeChat only"), ("只有支付宝", "with Alipay only"), ("两台同时", "on two devices"),
    ("分店里", "in the branch"), ("收银台旁", "beside the till"), ("仓库里", "in the store room"),
)  # fmt: skip


def _drawn(words: Sequence[tuple[str, str]], chance: random.Random) -> tuple[str, str]:
    """One of `words`, the first ones more often, as words are."""
    return words[int(len(words) * chance.random() ** 1.6)]


def _phrase(device: tuple[str, str], chance: random.Random, model: str = "") -> tuple[str, str]:
    trouble, moment = _drawn(_TROUBLES, chance), _drawn(_MOMENTS, chance)
    return f"{moment[0]}{device[0]}{model}{trouble[0]}", f"The {device[1]}{model} {trouble[1]} {moment[1]}"


def _seen(number: int) -> str:
    """Title, symptoms, aliases and codes of runbook `number`."""
    chance = random.Random(number)
    device = _DEVICES[number % len(_DEVICES)]
    zh, en = _phrase(device, chance, f" {chance.choice('ABCDEFGH')}{number}")
    seen = dict(_phrase(device, chance) for _ in range(chance.randint(3, 6)))
    symptoms = "".join(f'  - {{zh: "{z}", en: "{e}"}}\n' for z, e in seen.items())
    other = dict(_phrase(_drawn(_DEVICES, chance), chance) for _ in range(chance.randint(4, 12)))
    aliases = ", ".join(f'"{z}", "{e.lower()}"' for z, e in other.items() if len(e) <= 60)
    codes = ", ".join(f"made-{n}/{chance.choice('EXYZ')}{chance.randrange(1000)}" for n in chance.sample(range(20), 3))
    return (
        f'title: {{zh: "{zh}", en: "{en}"}}\nowner: team\nsymptoms:\n{symptoms}aliases: [{aliases}]\ncodes: [{codes}]\n'
    )


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
    return (
        f"format: 1\nid: made-{number}\ncard: {'ABCDEFGHIJ'[number // 100 % 10]}{'KLMNOPQRST'[number // 1000 % 10]}"
        f"{number % 100:02d}\nkind: failure\n{_seen(number)}first: {{zh: 停手先看, en: Stop and look}}\n"
        "never: [look-up-before-repeat]\ntime_box: {within: PT15M, basis: design, then: step-12}\nsteps:\n"
        + "".join(_step(n, number % 10) for n in range(1, 13))
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

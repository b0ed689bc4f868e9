"""From what is seen to a runbook: one line and three answers are enough, and who cannot tell is not left alone."""

import shutil
from pathlib import Path

import pytest

from tests.bench.asking import asked
from toolkit.content import entry
from toolkit.content.entry import Go, Menu, family
from toolkit.content.library import Heading, Library, load
from toolkit.resources import resource

SHOP = Path(__file__).parent / "cases" / "shop"
REAL = load(resource("runbooks"))
SEEN = [h for h in REAL.headings if h.kind in {"failure", "plan"}]


def kinds(menu: Menu) -> list[str]:
    return [option.kind for option in menu.options]


def number(menu: Menu, **wanted: str) -> int:
    (key, value), *_ = wanted.items()
    return 1 + [getattr(option, key) for option in menu.options].index(value)


def shop(tmp_path: Path, triage: str = "") -> Library:
    """The small library, with this symptom list."""
    shutil.copytree(SHOP, tmp_path / "shop")
    if triage:
        (tmp_path / "shop" / "reference" / "triage.yaml").write_text(triage, "utf-8")
    return load(tmp_path / "shop")


LIST = """
format: 1
groups:
  - id: machine
    families: [H, ZZ]
    say: {zh: "机器坏了", en: "The machine"}
    first: {zh: "不拆机。", en: "Do not open it."}
    otherwise: [H99, CP-01]
  - id: nobody
    families: [Q]
    say: {zh: "别的", en: "Nobody's"}
    first: {zh: "等一下。", en: "Wait."}
    otherwise: [Q01]
otherwise: {first: {zh: "停手。", en: "Stop."}, cards: [X01, H01]}
"""


# --- every runbook is reached


@pytest.mark.parametrize("heading", SEEN, ids=lambda h: h.card)
def test_its_own_symptoms_lead_to_a_runbook_by_one_line_and_at_most_three_answers(heading: Heading) -> None:
    ways = list(asked(REAL, heading))
    assert [way for way in ways if way.reached != heading.card] == []
    assert max(way.answers for way in ways) <= 3


@pytest.mark.parametrize("heading", SEEN, ids=lambda h: h.card)
def test_who_types_nothing_gets_there_by_two_answers(heading: Heading) -> None:
    menu = entry.options(REAL)
    group = next((g.id for g in REAL.triage.groups if family(heading.card) in g.families), None)
    within = entry.chosen(REAL, menu, number(menu, name=group) if group else number(menu, kind="others"))
    assert isinstance(within, Menu)
    assert entry.chosen(REAL, within, number(within, name=heading.id)) == Go(heading.id, heading.card)


@pytest.mark.parametrize("name", [n for h in REAL.headings for n in (h.card, h.id, h.card.lower().replace("-", ""))])
def test_a_card_or_a_name_goes_straight_there(name: str) -> None:
    found = entry.typed(REAL, name)
    assert isinstance(found, Go)
    assert found.id == REAL.heading(name).id


# --- what a menu holds


def every_menu() -> list[Menu]:
    groups = entry.options(REAL)
    inner = [entry.chosen(REAL, groups, n) for n, o in enumerate(groups.options, 1) if o.kind == "group"]
    lines = ("失败", "退款 网络", "failed", "nothing fits zzzz", "qqqq")
    found = [groups, *inner, *(entry.typed(REAL, line) for line in lines)]
    return [m for m in found if isinstance(m, Menu)]


@pytest.mark.parametrize("menu", every_menu(), ids=lambda m: f"{m.kind}-{m.group}")
def test_none_of_these_and_cannot_tell_are_always_there_and_lead_on(menu: Menu) -> None:
    assert kinds(menu)[-2:] == ["none", "unknown"]
    cannot_tell = entry.chosen(REAL, menu, len(menu.options))
    assert isinstance(cannot_tell, Go)
    assert cannot_tell.first is not None
    none = entry.chosen(REAL, menu, len(menu.options) - 1)
    assert none == (entry.options(REAL) if menu.kind == "hits" else cannot_tell)
    with pytest.raises(IndexError):
        entry.chosen(REAL, menu, len(menu.options) + 1)


def test_a_choice_shows_the_symptom_that_fits_best() -> None:
    menu = entry.typed(REAL, "退款 断网 超时")
    assert isinstance(menu, Menu)
    seen = {o.card: o.seen for o in menu.options if o.kind == "runbook"}
    assert 1 <= len(seen) <= 5
    assert seen["R14"] is not None
    assert "超时" in seen["R14"].zh


@pytest.mark.parametrize("line", ["", " ", "?!", "zzzz qqqq", "\x00"])
def test_what_is_not_understood_shows_the_groups_again(line: str) -> None:
    menu = entry.typed(REAL, line)
    assert isinstance(menu, Menu)
    assert (menu.kind, menu.options) == ("nothing", entry.options(REAL).options)


def test_words_that_a_runbook_has_only_in_part_are_not_taken_for_it() -> None:
    menu = entry.typed(REAL, "the printer bit my finger and the ambulance is coming")
    assert isinstance(menu, Menu)
    assert menu.options[0].card == "H03"


# --- replies


def test_a_number_is_an_answer_and_anything_else_is_typed() -> None:
    groups = entry.options(REAL)
    within = entry.reply(REAL, groups, " １ ")
    assert isinstance(within, Menu)
    assert (within.kind, within.group) == ("group", groups.options[0].name)
    assert entry.reply(REAL, groups, "R14") == Go("refund-timeout", "R14")
    assert entry.reply(REAL, within, "打印机卡纸") == Go("printer", "H03")
    for line in ("0", "01", "999"):
        again = entry.reply(REAL, within, line)
        assert isinstance(again, Menu)
        assert again.kind in {"nothing", "hits"}


def test_a_code_is_somebody_elses_matter() -> None:
    def code(line: str) -> list[str] | None:
        return [line] if line == "98" else None

    groups = entry.options(REAL)
    assert entry.reply(REAL, groups, "98", code) == ["98"]
    assert entry.typed(REAL, "98", code) == ["98"]
    assert isinstance(entry.reply(REAL, groups, "1", code), Menu)
    assert entry.reply(REAL, groups, "R14", code) == Go("refund-timeout", "R14")


# --- libraries that hold other things than the list


def test_a_library_without_a_list_still_asks(tmp_path: Path) -> None:
    library = shop(tmp_path)
    groups = entry.options(library)
    assert kinds(groups) == ["others", "none", "unknown"]
    others = entry.chosen(library, groups, 1)
    assert isinstance(others, Menu)
    assert [o.card for o in others.options] == ["H01", "CP-01", "", ""]
    assert entry.chosen(library, groups, 3) == Go("", "", None)
    assert entry.typed(library, "no slip came out") == Go("no-slip", "H01")


def test_the_first_card_that_the_library_has_counts(tmp_path: Path) -> None:
    library = shop(tmp_path, LIST)
    groups = entry.options(library)
    assert kinds(groups) == ["group", "group", "others", "none", "unknown"]
    machine = entry.chosen(library, groups, 1)
    assert isinstance(machine, Menu)
    assert machine.first is not None
    assert (machine.first.en, [o.card for o in machine.options]) == ("Do not open it.", ["H01", "", ""])
    assert entry.chosen(library, machine, 3) == Go("slips-by-hand", "CP-01", machine.first)
    everybody = entry.chosen(library, groups, 5)
    assert everybody == Go("no-slip", "H01", library.triage.first)


def test_a_group_without_runbooks_still_says_what_to_do_first(tmp_path: Path) -> None:
    library = shop(tmp_path, LIST)
    empty = entry.chosen(library, entry.options(library), 2)
    assert empty == Go("no-slip", "H01", library.triage.groups[1].first)
    (tmp_path / "none").mkdir()
    nowhere = shop(tmp_path / "none", LIST.replace("cards: [X01, H01]", "cards: [X01]"))
    assert entry.chosen(nowhere, entry.options(nowhere), 2) == Go("", "", nowhere.triage.groups[1].first)


def test_a_list_at_fault_is_left_out_and_named(tmp_path: Path) -> None:
    library = shop(tmp_path, LIST.replace("otherwise: [Q01]", "otherwise: Q01"))
    assert library.triage == load(SHOP).triage
    assert [path for path, _, _ in library.broken] == ["reference/triage.yaml"]


def test_the_shipped_list_has_a_place_for_every_family() -> None:
    grouped = {letters for group in REAL.triage.groups for letters in group.families}
    assert {family(h.card) for h in SEEN} <= grouped
    assert REAL.triage.first is not None

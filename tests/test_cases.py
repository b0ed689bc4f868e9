"""Content at fault and sound content: every file or folder in cases/bad and cases/good is a test."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import toolkit
from toolkit.cells import width
from toolkit.content import schema
from toolkit.model import LANGUAGES
from toolkit.text import words

CASES = Path(__file__).parent / "cases"
SHOP = CASES / "shop"
BAD = sorted(p.name for p in (CASES / "bad").iterdir() if p.suffix == ".yaml" or p.is_dir())
GOOD = sorted(p.name for p in (CASES / "good").glob("*.yaml"))
# What no file in a repository can be: unreadable, very large, or against a schema that has a keyword of a later day.
MADE = {"TB001", "TB003", "TB110"}
CODE = re.compile(r"TB[0-9]{3}")


def codes(text: str) -> set[str]:
    return set(re.findall(r"\[(TB[0-9]{3})\]$", text, re.MULTILINE))


@pytest.fixture
def check(tillbook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`tillbook check`, from the folder `home`, so that paths are short."""

    def run(home: Path, *args: object) -> Any:
        monkeypatch.chdir(home)
        return tillbook(*args)

    return run


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BAD)
def test_every_fault_is_named_at_its_place(
    name: str, language: str, check: Callable[..., Any], same: Callable[[Path, str], None]
) -> None:
    found = check(CASES / "bad", "--runbooks", SHOP, "--lang", language, "check", name)
    assert (found.status, found.err) == (1, "")
    same(CASES / "bad" / f"{name.removesuffix('.yaml')}.{language}.txt", found.out)
    wanted = CODE.match(name.upper())
    assert wanted is None or wanted.group() in codes(found.out)


@pytest.mark.parametrize("name", GOOD)
def test_sound_content_has_no_findings(name: str, check: Callable[..., Any]) -> None:
    found = check(CASES / "good", "--runbooks", SHOP, "check", name)
    assert found == (0, "Files checked: 1. Nothing wrong.\n", "")


def test_sound_content_is_sound_together(check: Callable[..., Any]) -> None:
    cards = {re.search(r"^card: (\S+)", (CASES / "good" / n).read_text("utf-8"), re.MULTILINE)[1] for n in GOOD}  # type: ignore[index]
    assert len(cards) == len(GOOD)
    assert check(CASES / "good", "--runbooks", SHOP, "check", ".") == (
        0,
        f"Files checked: {len(GOOD)}. Nothing wrong.\n",
        "",
    )


def test_scalars_that_look_like_something_else_stay_text() -> None:
    from toolkit.content.source import read

    path = CASES / "good" / "scalars.yaml"
    steps = read(path.read_bytes(), path.name).data["steps"]
    assert steps[0]["answers"][0]["is"] == "no"
    assert steps[0]["do"] == {"zh": "22:30", "en": "2026-01-02"}
    assert steps[2]["do"]["zh"] == "on"
    assert read(path.read_bytes(), path.name).data["first"] == {"zh": "012", "en": "Stop: look first."}


def test_an_unreadable_file_is_a_finding_and_hides_no_other(tmp_path: Path, check: Callable[..., Any]) -> None:
    (tmp_path / "absent.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "tb101.yaml").write_bytes((CASES / "bad" / "tb101-key-missing.yaml").read_bytes())
    found = check(tmp_path.parent, "--runbooks", SHOP, "check", tmp_path.name)
    assert found.status == 1
    assert found.out.startswith(
        f"{tmp_path.name}/absent.yaml:1:1: the file cannot be read: No such file or directory [TB001]\n"
    )
    assert codes(found.out) == {"TB001", "TB101", "TB222"}


def test_a_very_large_file_is_a_finding(tmp_path: Path, check: Callable[..., Any]) -> None:
    (tmp_path / "large.yaml").write_bytes(b"# " + b"x" * 1024 * 1024)
    found = check(tmp_path, "--runbooks", SHOP, "check", "large.yaml")
    assert (found.status, codes(found.out)) == (1, {"TB003"})


def test_a_keyword_that_is_new_to_us_is_a_finding_all_the_same(
    tmp_path: Path, check: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    today = schema.schema
    monkeypatch.setattr(schema, "schema", lambda name: {**today(name), "minProperties": 1 if name == "store" else 99})
    for cached in (schema._inlined, schema._validator, schema._fast):
        cached.cache_clear()
    try:
        found = check(CASES / "good", "--runbooks", SHOP, "check", "failure.yaml")
    finally:
        for cached in (schema._inlined, schema._validator, schema._fast):
            cached.cache_clear()
    assert (found.status, codes(found.out)) == (1, {"TB110"})
    assert "minProperties" in found.out


def test_every_code_has_its_words_in_both_languages_and_a_bad_example() -> None:
    files = Path(toolkit.__file__).parent.rglob("*.py")
    source = {code for file in files for code in re.findall(r'"(TB[0-9]{3})"', file.read_text("utf-8"))}
    examples = {m.group() for name in BAD if (m := CODE.match(name.upper()))}
    for language in LANGUAGES:
        keys = {k for k in sorted(words(language).keys()) if k.startswith("finding.")}
        assert keys == {f"finding.{code}.{part}" for code in source for part in ("title", "says", "fix")}
    assert examples | MADE == source
    assert examples & MADE == set()


def test_both_languages_have_the_same_words_with_the_same_parts() -> None:
    from string import Formatter

    tables = [words(language) for language in LANGUAGES]
    assert tables[0].keys() == tables[1].keys()
    parts = [{k: {n for _, n, _, _ in Formatter().parse(t._table[k]) if n} for k in sorted(t.keys())} for t in tables]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BAD)
def test_the_caret_stands_under_the_fault(name: str, language: str, check: Callable[..., Any]) -> None:
    """In cells: what stands before the caret is as wide as what stands before the fault, full-width or not."""
    rows = json.loads(
        check(CASES / "bad", "--runbooks", SHOP, "--lang", language, "check", "--format", "json", name).out
    )["findings"]
    text = check(CASES / "bad", "--runbooks", SHOP, "--lang", language, "check", name).out.split("\n")
    for row in rows:
        place = f"{row['path']}:{row['line']}:{row['column']}: {row['message']} [{row['code']}]"
        line, caret = text[text.index(place) + 1], text[text.index(place) + 2]
        if line.lstrip().startswith("= "):
            continue  # the file has no such line
        source = Path(row["path"]).read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
        before = source[row["line"] - 1][: row["column"] - 1]
        margin = len(str(row["line"])) + 3
        assert set(caret[margin:].strip()) == {"^"}
        shown = line[margin:]
        dropped = 0 if not shown.startswith("…") else source[row["line"] - 1].index(shown[1:10])
        expected = width(before[dropped:].replace("\t", "    ").replace("\u200b", "\ufffd").replace("\u202e", "\ufffd"))
        assert width(caret) - len(caret[margin:].lstrip()) - margin == expected + (1 if dropped else 0)


def test_findings_come_sorted_and_all_at_once(check: Callable[..., Any]) -> None:
    found = check(CASES, "--runbooks", SHOP, "check", "bad")
    places = re.findall(r"^(\S+?):(\d+):(\d+): ", found.out, re.MULTILINE)
    assert places == sorted(places, key=lambda p: (p[0], int(p[1]), int(p[2])))
    assert codes(found.out) | MADE == {c.split(".")[1] for c in sorted(words("en").keys()) if c.startswith("finding.")}
    listed = {p.split("/")[1].removesuffix(".yaml") for p, _, _ in places}
    assert listed == {name.removesuffix(".yaml") for name in BAD}


def test_json_findings_hold_the_place_the_words_and_the_way_out(check: Callable[..., Any]) -> None:
    found = check(CASES / "bad", "--runbooks", SHOP, "--json", "check", "tb203-step.yaml")
    whole = json.loads(found.out)
    assert (found.status, whole["schema_version"], whole["files"]) == (1, 1, 1)
    first = whole["findings"][0]
    places = {"path", "line", "column", "end_line", "end_column"}
    assert set(first) == places | {"code", "severity", "message", "hint", "near"}
    assert (first["code"], first["near"], first["severity"]) == ("TB203", "report", "error")
    assert first["end_column"] - first["column"] == len("reports")

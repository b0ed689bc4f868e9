"""YAML as data that knows its lines: by both parsers alike, whatever the bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.content import source
from toolkit.content.source import MAX_BYTES, MAX_DEPTH, Source, read
from toolkit.diagnostics import Span
from toolkit.resources import resource

CASES = Path(__file__).parent / "cases"
REAL = sorted(resource("runbooks").rglob("*.yaml"))
FILES = [*REAL, *sorted(CASES.glob("*/*.yaml")), *sorted(CASES.glob("shop/*/*.yaml"))]


@pytest.fixture(autouse=True, params=[yaml.SafeLoader, yaml.CSafeLoader], ids=["python", "c"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(source, "_LOADER", request.param)
    yield request.param


def value(text: str) -> Any:
    found = read(f"key: {text}\n".encode(), "x.yaml")
    assert found.findings == ()
    return found.data["key"]


def codes(raw: bytes | str) -> list[str]:
    found = read(raw if isinstance(raw, bytes) else raw.encode("utf-8"), "x.yaml")
    assert found.whole or found.findings
    return [f.code for f in found.findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", "no"), ("off", "off"), ("yes", "yes"), ("on", "on"), ("y", "y"), ("NO", "NO"),
        ("012", "012"), ("22:30", "22:30"), ("2026-01-02", "2026-01-02"), ("1_000", "1_000"), ("+86", 86), ("00", "00"),
        ("3.10", 3.1), ("1.2.3", "1.2.3"), ("10", 10), ("-5", -5), ("0", 0), ("0x1F", 31), ("0o17", 15),
        ("1e3", 1000.0),
        (".5", 0.5), ("true", True), ("False", False), ("null", None), ("~", None), ("", None), (".inf", ".inf"),
        (".nan", ".nan"), ("0b11", "0b11"), ("'true'", "true"), ('"1"', "1"), ("9" * 50, "9" * 50), ("=", "="),
        ("tRuE", "tRuE"), ("1.", 1.0), ("- 1", None),
    ],
)  # fmt: skip
def test_scalars_are_read_by_the_core_schema(text: str, expected: Any) -> None:
    if text == "- 1":
        assert codes(f"key: {text}\n") != []
        return
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("a: &x 1\nb: *x\n", ["TB012", "TB012"]),
        ("a: !!int 1\nb: !x [1]\n", ["TB013", "TB013"]),
        ("<<: {a: 1}\n", ["TB014"]),
        ("'<<': 1\n", []),
        ("a: 1\n---\nb: 2\n", ["TB015"]),
        ("---\na: 1\n...\n", []),
        ("a: 1\na: 2\nb: {c: 1, c: 2}\n", ["TB017", "TB017"]),
        ("1: a\n", ["TB018"]),
        ("true: a\n", ["TB018"]),
        ("~: a\n", ["TB018"]),
        ("? [a]\n: b\n", ["TB018"]),
        ("? {a: b}\n: c\n", ["TB018"]),
        ("'1': a\n'true': b\n", []),
        ("", ["TB019"]),
        ("# nothing\n", ["TB019"]),
        ("- a\n", ["TB019"]),
        ("text\n", ["TB019"]),
        ("a: \x00\n", ["TB004"]),
        ("a: \u202e\n", ["TB004"]),
        ("a: \ufeffb\n", ["TB004"]),
        ('a: "\\u202e"\n', ["TB004"]),
        ('a: "\\x1b[2J"\n', ["TB004"]),
        (b"a: \xff\n", ["TB002"]),
        (b"a: \xed\xa0\x80\n", ["TB002"]),
        ("a: 1\n".encode("utf-16"), ["TB002"]),
        ("a: 中\n".encode("gbk"), ["TB002"]),
    ],
)
def test_what_is_refused_and_what_is_not(raw: bytes | str, wanted: list[str]) -> None:
    assert codes(raw) == wanted


def test_a_parser_that_refuses_deep_nesting_itself_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(yaml.SafeLoader):
        def fetch_flow_collection_start(self, kind: Any) -> None:
            if self.flow_level == MAX_DEPTH:
                raise yaml.scanner.ScannerError(None, None, "too much", self.get_mark())
            super().fetch_flow_collection_start(kind)

    deep = b"a: " + b"[" * 300_000
    told = read(deep, "x.yaml").findings
    monkeypatch.setattr(source, "_LOADER", Refusing)
    assert [f.code for f in told] == ["TB016"]
    assert read(deep, "x.yaml").findings == told


def test_depth_and_size_have_a_limit() -> None:
    assert codes("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) == []
    assert codes("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH) == ["TB016"]
    assert codes("a: " + "[" * 300_000) == ["TB016"]
    assert codes("a: " + "{b: " * 200_000) == ["TB016"]
    assert codes("".join(f"{' ' * n}a:\n" for n in range(1000))) == ["TB016"]
    assert codes("a: " + "x" * (MAX_BYTES - 4)) == []
    assert codes("a: " + "x" * MAX_BYTES) == ["TB003"]


def test_a_bomb_of_aliases_is_refused_and_not_unfolded() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert set(codes("\n".join(lines))) == {"TB012"}


def test_a_byte_order_mark_and_windows_line_ends_change_no_place() -> None:
    plain = b"a: 1\nb:\n  c: '\xe4\xb8\xad' \n"
    sources = [read(raw, "x") for raw in (plain, b"\xef\xbb\xbf" + plain, plain.replace(b"\n", b"\r\n"))]
    assert len({repr(s.data) for s in sources}) == 1
    assert {s.span(("b", "c")) for s in sources} == {Span(3, 6, 3, 9)}


def test_places_are_counted_in_characters() -> None:
    found = read("题: {退款: [一, 二𠮷, 三]}\n".encode(), "x")
    assert found.span(("题", "退款", 1)) == Span(1, 13, 1, 15)
    assert found.span(("题", "退款", 2)) == Span(1, 17, 1, 18)
    assert found.span(("题", "退款"), key=True) == Span(1, 5, 1, 7)
    assert found.span(("题", "退款", 9)) == found.span(("题", "退款"))
    assert found.span(("nowhere",)) == Span(1, 1, 1, 2) or found.span(("nowhere",)).line == 1


def both(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Source, Source]:
    found = []
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        monkeypatch.setattr(source, "_LOADER", loader)
        found.append(read(raw, "x.yaml"))
    return found[0], found[1]


def routes(data: Any, route: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield route
    for key, child in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from routes(child, (*route, key))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_both_parsers_see_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = both(path.read_bytes(), monkeypatch)
    assert (one.data, one.whole) == (other.data, other.whole)
    assert [f._replace(params=()) for f in one.findings] == [f._replace(params=()) for f in other.findings]
    assert [one.span(r, key=True) for r in routes(one.data)] == [other.span(r, key=True) for r in routes(other.data)]


yamlish = st.lists(
    st.sampled_from(["a", "b: ", "- ", "\n", "  ", "{", "}", "[", "]", ", ", ": ", "'", '"', "&x ", "*x", "!t ", "#",
                     "|", ">", "---\n",
                     "\t", "中", "1", "?", "%", "@", "`", "\\", "<<", "...\n"]), max_size=25
).map("".join)  # fmt: skip


@settings(max_examples=400)
@given(raw=st.binary(max_size=60) | yamlish.map(str.encode))
def test_no_bytes_crash_it(raw: bytes) -> None:
    found = read(raw, "x.yaml")
    assert isinstance(found, Source)
    assert found.findings or found.whole
    for finding in found.findings:
        assert finding.span.line >= 1
        assert finding.span.column >= 1
    for route in routes(found.data):
        assert found.span(route).line >= 1

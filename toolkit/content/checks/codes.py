"""The table of response codes beyond its schema: a key once (TB224), names that exist (TB104); what it lists."""

from collections.abc import Iterator, Mapping
from typing import Any

from toolkit.content.codes import ANY, plain
from toolkit.content.schema import listed
from toolkit.diagnostics import Note, Route, near


def check(data: Any) -> list[Note]:
    """The notes on `data`; none where the schema's faults go too deep."""
    try:
        return [*_names(data), *_twice(data)]
    except (KeyError, TypeError, AttributeError, ValueError):
        return []


def names(data: Any) -> tuple[str, ...]:
    """Every scheme/code in `data`, as far as it can be read."""
    try:
        return tuple(f"{scheme['id']}/{row['code']}" for scheme in data["schemes"] for row in scheme["codes"])
    except (KeyError, TypeError):
        return ()


def used(book: Any) -> Iterator[tuple[Route, str]]:
    """The codes that a runbook, given as plain data, says it is for."""
    listed = book.get("codes") if isinstance(book, dict) else None
    for index, name in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(name, str):
            yield ("codes", index), name


def _placed(data: Mapping[str, Any]) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    yield ("unlisted",), data["unlisted"]
    for number, scheme in enumerate(data["schemes"]):
        for index, row in enumerate(scheme["codes"]):
            yield ("schemes", number, "codes", index), row


def _names(data: Mapping[str, Any]) -> Iterator[Note]:
    advice, sources, tables = ([item["id"] for item in data[key]] for key in ("advice", "sources", "tables"))
    for route, row in _placed(data):
        used: list[tuple[Route, str, list[str]]] = [(("do",), row["do"], advice)]
        used += [(("sources", i), source, sources) for i, source in enumerate(row["sources"])]
        used += [(("table",), row["table"], tables)] if "table" in row else []
        for key, name, known in used:
            if name not in known:
                yield Note((*route, *key), "TB104", {"value": name, "known": listed(known)}, near(name, known))


def _twice(data: Mapping[str, Any]) -> Iterator[Note]:
    seen: dict[tuple[str, str, str], Route] = {}
    for number, scheme in enumerate(data["schemes"]):
        for index, row in enumerate(scheme["codes"]):
            table, place = row.get("table", ANY), ("schemes", number, "codes", index)
            keys = [(("code",), row["code"]), *((("aliases", i), a) for i, a in enumerate(row.get("aliases", ())))]
            for key, name in keys:
                first = seen.setdefault((scheme["id"], table, plain(name)), place)
                if first != place:
                    yield Note((*place, *key), "TB224", {"code": name, "scheme": scheme["id"], "table": table})

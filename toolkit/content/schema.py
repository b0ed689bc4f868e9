"""JSON Schema's errors become findings (TB1xx).

`jsonschema` judges; where `jsonschema-rs` is installed it clears the sound files.

`if`/`then` on `kind` and no `oneOf` keep each error at the place that caused it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from toolkit.diagnostics import Note, Route, near
from toolkit.resources import resource

_MOST_LISTED: Final = 12
_END: Final = re.compile(r"\$$")  # to Python `$` lets a line end through; to JavaScript, the standard, it does not
_PLAIN: Final = frozenset({"additionalProperties", "const", "enum"})  # what these hold is no schema of ours


@cache
def schema(name: str) -> dict[str, Any]:
    """The published schema `name`, as it is on disk."""
    found: dict[str, Any] = json.loads((resource("schema") / f"{name}.schema.json").read_bytes())
    return found


def vocabulary(section: str) -> tuple[str, ...]:
    """The names that the store file may hold in `section`: contacts, config or targets."""
    return tuple(schema("store")["properties"][section]["properties"])


def judge(name: str, data: Any) -> list[Note]:
    """What `data` breaks in the schema `name`; an empty list when it is sound."""
    clears = _fast(name)
    if clears is not None and clears(data):
        return []
    return list(_notes(_validator(name).iter_errors(data)))


@cache
def _inlined(name: str) -> dict[str, Any]:
    # jsonschema spends a third of its time on resolving references; ours are local and do not recurse.
    whole = schema(name)

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if node is False:
            return {"not": {}}  # means the same; but for `false` jsonschema tells no place
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            target = whole["$defs"][node["$ref"].removeprefix("#/$defs/")]
            node = {**target, **{k: v for k, v in node.items() if k != "$ref"}}
        if isinstance(node.get("pattern"), str):
            node = {**node, "pattern": _END.sub(r"(?![\\s\\S])", node["pattern"])}
        return {k: v if k in _PLAIN and not isinstance(v, dict) else inline(v) for k, v in node.items() if k != "$defs"}

    inlined: dict[str, Any] = inline(whole)
    return inlined


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_inlined(name))


@cache
def _fast(name: str) -> Any:
    try:
        from jsonschema_rs import validator_for
    except ImportError:
        return None
    return validator_for(_inlined(name)).is_valid


def _notes(errors: Any) -> Iterator[Note]:
    seen: set[tuple[Route, str]] = set()
    for error in errors:
        for note in _of(error):
            mark = (note.route, note.code + note.params.get("key", ""))
            if mark not in seen:
                seen.add(mark)
                yield note


def _of(error: Any) -> Iterator[Note]:
    route: Route = tuple(error.absolute_path)
    title = error.schema.get("title") if isinstance(error.schema, Mapping) else None
    if title == "words" or (title == "text" and error.validator == "required"):
        return _wording(error, route)
    return _BY_KEYWORD.get(error.validator, _other)(error, route)


def _required(error: Any, route: Route) -> Iterator[Note]:
    for key in error.validator_value:
        if key not in error.instance:
            yield Note(route, "TB101", {"key": key})


def _dependent(error: Any, route: Route) -> Iterator[Note]:
    for key, needed in error.validator_value.items():
        for other in needed:
            if key in error.instance and other not in error.instance:
                yield Note(route, "TB101", {"key": other})


def _additional(error: Any, route: Route) -> Iterator[Note]:
    known = list(error.schema["properties"])
    for key in error.instance:
        if key not in known:
            yield Note((*route, key), "TB102", {"key": key, "known": listed(known)}, near(key, known), key=True)


def _never(_: Any, route: Route) -> Iterator[Note]:
    yield Note(route, "TB107", {"key": str(route[-1])}, key=True)


def _wrong_type(error: Any, route: Route) -> Iterator[Note]:
    yield Note(route, "TB103", {"expected": error.validator_value, "found": _type(error.instance)})


def _not_one_of(error: Any, route: Route) -> Iterator[Note]:
    known = [_brief(v) for v in (error.validator_value if error.validator == "enum" else [error.validator_value])]
    value = _brief(error.instance)
    yield Note(route, "TB104", {"value": value, "known": listed(known)}, near(value, known))


def _misshapen(error: Any, route: Route) -> Iterator[Note]:
    yield Note(route, "TB105", {"value": _brief(error.instance), "shape": error.schema.get("title", "other")})


def _out_of_bounds(error: Any, route: Route) -> Iterator[Note]:
    yield Note(route, "TB106", {"bound": error.validator, "limit": str(error.validator_value)})


def _repeated(_: Any, route: Route) -> Iterator[Note]:
    yield Note(route, "TB109")


def _other(error: Any, route: Route) -> Iterator[Note]:
    yield Note(route, "TB110", {"keyword": str(error.validator), "problem": error.message[:200]})


_BY_KEYWORD: Final[Mapping[str, Callable[[Any, Route], Iterator[Note]]]] = {
    "required": _required,
    "dependentRequired": _dependent,
    "additionalProperties": _additional,
    "not": _never,  # `not` anything: this kind of runbook does not have the key
    "type": _wrong_type,
    "enum": _not_one_of,
    "const": _not_one_of,
    "pattern": _misshapen,
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"), _out_of_bounds),
    "uniqueItems": _repeated,
}


def _wording(error: Any, route: Route) -> Iterator[Note]:
    """A text that lacks a language, or has nothing in it."""
    if error.validator == "required":
        for language in error.validator_value:
            if language not in error.instance:
                yield Note(route, "TB108", {"key": language})
    elif error.validator == "type" and error.instance is not None:
        yield Note(route, "TB103", {"expected": "string", "found": _type(error.instance)})
    elif error.validator == "maxLength":
        yield from _out_of_bounds(error, route)
    elif route and route[-1] in {"zh", "en"}:
        yield Note(route, "TB108", {"key": str(route[-1])})
    else:
        yield Note(route, "TB106", {"bound": "minLength", "limit": "1"})


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _brief(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def listed(names: list[str]) -> str:
    """The names, the first of many."""
    more = "" if len(names) <= _MOST_LISTED else " …"
    return ", ".join(names[:_MOST_LISTED]) + more

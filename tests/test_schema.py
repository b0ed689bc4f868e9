"""The published schemas: sound, described throughout, strict, and judged alike by both validators."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from toolkit.content import schema
from toolkit.content.schema import judge
from toolkit.content.source import read
from toolkit.content.survey import kind_of
from toolkit.resources import resource


def few(data: Any) -> Any:
    """Lists of lists cut short: two hundred response codes show no more than three."""
    if "schemes" not in data:
        return data
    return {**data, "advice": data["advice"][:3], "schemes": [{**s, "codes": s["codes"][:3]} for s in data["schemes"]]}


REAL = sorted(resource("runbooks").rglob("*.yaml"))
DATA = [(kind_of(p), few(read(p.read_bytes(), p.name).data)) for p in REAL]
# What says nothing about soundness, and what holds further schemas.
SILENT = {"$schema", "$id", "$ref", "$defs", "title", "description", "properties", "items", "if", "then", "allOf"}


def nodes(node: Any, inside: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, schema) of every schema in a schema; the names of properties are no keywords."""
    if isinstance(node, dict):
        yield inside, node
        for key, child in node.items():
            if key in {"properties", "$defs"}:
                for name, under in child.items():
                    yield from nodes(under, f"{inside}/{name}")
            elif key in {"items", "if", "then"}:
                yield from nodes(child, f"{inside}/{key}")
            elif key == "allOf":
                for number, under in enumerate(child):
                    yield from nodes(under, f"{inside}/{number}")


NAMES = ("runbook", "rules", "evidence", "triage", "codes", "store")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema_of_2020_12(name: str) -> None:
    whole = schema.schema(name)
    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.Draft202012Validator.check_schema(schema._inlined(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_keyword_has_its_own_finding(name: str) -> None:
    used = {key for _, node in nodes(schema.schema(name)) for key in node}
    assert used - SILENT <= set(schema._BY_KEYWORD), "an error of this keyword would come out as TB110"


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described_in_both_languages(name: str) -> None:
    whole = schema.schema(name)
    for where, node in nodes(whole):
        for key, child in node.get("properties", {}).items():
            if child is False or "/if" in where or "/then" in where or where[1:2].isdigit():
                continue
            target = whole["$defs"][child["$ref"].removeprefix("#/$defs/")] if "$ref" in child else {}
            text = child.get("description") or target.get("description", "")
            assert " · " in text, f"{where}/{key}"
            assert any("\u4e00" <= c <= "\u9fff" for c in text), f"{where}/{key}"


@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_closed(name: str) -> None:
    for where, node in nodes(schema.schema(name)):
        if node.get("type") == "object":
            assert node.get("additionalProperties") is False or isinstance(node.get("additionalProperties"), dict), (
                where
            )


def objects(data: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(data, dict):
        yield route, data
    for key, child in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from objects(child, (*route, key))


@pytest.mark.parametrize(("name", "data"), DATA, ids=[p.stem for p in REAL])
def test_the_files_that_ship_are_sound_and_a_typo_in_any_key_is_not(name: str, data: Any) -> None:
    assert judge(name, data) == []
    again = copy.deepcopy(data)
    places = [(route, found, key) for route, found in objects(again) for key in found]
    for route, found, key in random.Random(name).sample(places, min(len(places), 40)):
        if key in found:
            found[f"{key}x"] = found.pop(key)
            assert any(n.route == (*route, f"{key}x") and n.code in {"TB102", "TB107"} for n in judge(name, again)), (
                route,
                key,
            )
            found[key] = found.pop(f"{key}x")


VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    "",
    " ",
    "x",
    "R14",
    "PT15M",
    "X" * 70,
    [],
    {},
    ["x"],
    {"zh": "一", "en": "a"},
    "\n",
]


def mutated(data: Any, chance: random.Random) -> Any:
    """`data` with one to three random changes."""
    whole = copy.deepcopy(data)
    for _ in range(chance.randint(1, 3)):
        _, found = chance.choice(list(objects(whole)))
        key = chance.choice(list(found) or ["none"])
        match chance.randrange(6):
            case 0:
                found.pop(key, None)
            case 1:
                found[key] = chance.choice(VALUES)
            case 2:
                found[chance.choice(["extra", "every", "steps", "go", "end", "zh"])] = chance.choice(VALUES)
            case 3 if isinstance(found.get(key), list):
                found[key] = found[key] + found[key][:1]
            case 4 if isinstance(found.get(key), str):
                found[key] = found[key] + chance.choice(["", "\n", " ", "é", "\u3000", "A", "-"])
            case _:
                found[key] = copy.deepcopy(chance.choice([v for _, v in objects(data)]))
    return whole


@pytest.mark.parametrize("part", range(8))
def test_both_validators_judge_four_thousand_mutants_alike(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 mutants each time: sound to one is sound to the other, and to the judge who asks both."""
    chance = random.Random(part)
    verdicts = set()
    for number in range(500):
        name, data = chance.choice(DATA)
        mutant = mutated(data, chance)
        fast, slow = schema._fast(name)(mutant), schema._validator(name).is_valid(mutant)
        assert fast == slow, json.dumps(mutant, ensure_ascii=False)[:2000]
        assert number % 5 or slow == (judge(name, mutant) == [])
        verdicts.add(slow)
    assert verdicts == {True, False}


def test_the_judge_finds_the_same_without_the_fast_validator(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random("without")
    mutants = [(name, mutated(data, chance)) for name, data in (chance.choice(DATA) for _ in range(150))]
    with_it = [judge(*m) for m in mutants]
    monkeypatch.setattr(schema, "_fast", lambda name: None)
    assert [judge(*m) for m in mutants] == with_it


@pytest.mark.parametrize("name", NAMES)
def test_the_published_schema_means_what_the_inlined_one_means(name: str) -> None:
    chance = random.Random(name)
    published = jsonschema_rs.validator_for(schema.schema(name))
    kept = [d for n, d in DATA if n == name]
    for _ in range(60):
        mutant = mutated(chance.choice(kept), chance)
        assert published.is_valid(mutant) == schema._validator(name).is_valid(mutant)


def test_patterns_are_read_alike_by_javascript() -> None:
    """No look-behind, no named groups, no \\Z, no inline flags: what an editor's validator would read differently."""
    for name in NAMES:
        for where, node in nodes(schema.schema(name)):
            pattern = node.get("pattern", "")
            assert not any(part in pattern for part in ("(?<", "(?P", "\\Z", "\\A", "(?i", "\\d", "\\w")), where

"""From the words a person types to the runbook that fits: BM25 over words and character pairs.

Chinese is cut into single characters and pairs, which found as much as a dictionary segmenter at a sixtieth of
its cost; Latin words are compared by their stems, and a word nobody wrote by the nearest one that somebody did.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any, Final

from toolkit.cells import fold

Index = dict[str, Any]  # "terms": term → {document: weight}, "names": exact names → document

_HAN: Final = re.compile(r"[\u3400-\u9fff]+|[a-z0-9][a-z0-9_.-]*")
_WEIGHTS: Final = (
    ("title", 3.0),
    ("aliases", 3.0),
    ("symptoms", 2.0),
    ("codes", 3.0),
    ("first", 1.0),
    ("trigger", 1.5),
    ("screens", 0.3),  # what the screen says with a response code; heavier, it would outweigh what people say
)
_SINGLE: Final = 0.4  # a single Chinese character says less than a pair
_K1: Final = 1.2
_B: Final = 0.6
_TYPO: Final = 0.7
_FAINT: Final = 0.25  # a runbook that scores less than this part of the best was met by chance
_STOP: Final = frozenset("the a an is are of to in on it and or my i we no not does do did was has have can".split())


def terms(text: str) -> Iterator[tuple[str, float]]:
    """The terms of `text` with their weight: stems of Latin words, pairs and single characters of Chinese."""
    for run in _HAN.findall(fold(text)):
        if run[0].isascii():
            if run not in _STOP:
                yield _stem(run), 1.0
        else:
            for char in run:
                yield char, _SINGLE
            for pair in itertools.pairwise(run):
                yield "".join(pair), 1.0


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def index(books: Sequence[Mapping[str, Any]]) -> Index:
    """The index of runbooks given as plain data; a document's number is its place in `books`."""
    counts: list[Counter[str]] = [_counts(book) for book in books]
    average = sum(sum(c.values()) for c in counts) / max(len(counts), 1)
    spread: Counter[str] = Counter(term for c in counts for term in c)
    table: dict[str, dict[int, float]] = defaultdict(dict)
    for number, count in enumerate(counts):
        length = _K1 * (1 - _B + _B * sum(count.values()) / max(average, 1))
        for term, amount in count.items():
            rare = log(1 + (len(books) - spread[term] + 0.5) / (spread[term] + 0.5))
            table[term][number] = rare * amount * (_K1 + 1) / (amount + length)
    names = {fold(str(book[key])): number for number, book in enumerate(books) for key in ("card", "id")}
    return {"terms": dict(table), "names": names}


def _counts(book: Mapping[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, weight in _WEIGHTS:
        for text in _texts(book.get(key)):
            for term, part in terms(text):
                found[term] += weight * part  # type: ignore[assignment]
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if "/" in value:
            yield value.rsplit("/", 1)[1]
    elif isinstance(value, Mapping):
        yield from value.values()
    elif value is not None:
        for item in value:
            yield from _texts(item)


def find(index: Index, query: str, most: int = 10) -> list[tuple[int, float]]:
    """(document, score) of the runbooks that fit `query`, the best first; documents of equal score in their order."""
    scores: dict[int, float] = defaultdict(float)
    exact = index["names"].get(fold(query))
    if exact is not None:
        scores[exact] += 100.0
    for term, weight in dict(terms(query)).items():
        for number, score in _postings(index["terms"], term).items():
            scores[number] += weight * score
    enough = max(scores.values(), default=0.0) * _FAINT
    ranked = sorted(((n, round(s, 3)) for n, s in scores.items() if s >= enough), key=lambda p: (-p[1], p[0]))
    return ranked[:most]


def _postings(table: Mapping[str, Mapping[int, float]], term: str) -> Mapping[int, float]:
    if term in table or not term[0].isascii() or len(term) < 3:
        return table.get(term, {})
    begun = [t for t in table if t.startswith(term)]
    if not begun and len(term) > 3:
        from difflib import get_close_matches

        latin = [t for t in table if t[0].isascii() and abs(len(t) - len(term)) <= 2]
        begun = get_close_matches(term, latin, 2, 0.74)
    merged: dict[int, float] = defaultdict(float)
    for other in begun:
        for number, score in table[other].items():
            merged[number] = max(merged[number], _TYPO * score)
    return merged

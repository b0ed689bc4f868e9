"""From the words a person types to the runbook that fits: BM25 over words and character pairs.

Chinese is cut into single characters and pairs, which found as much as a dictionary segmenter at a sixtieth of
its cost; Latin words are compared by their stems, and a word nobody wrote by the nearest one that somebody did,
or by the Chinese that it sounds like. What is typed exactly as a runbook has it (a title, a symptom, an alias)
counts more than the sum of its words.

The scores are worked out when the index is made and kept packed, term by term: a search unpacks only the terms
that were typed.
"""

import itertools
import re
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log, sqrt
from struct import iter_unpack, pack
from typing import Any, Final
from zlib import crc32

from toolkit.cells import fold
from toolkit.model import plain_card

# "words", "pairs": Latin (sorted) and Chinese term → packed (document, score); "names": card or id → document;
# "wholes": packed and sorted, the checksum of a whole phrase before its document; "ids": the id of each document
Index = dict[str, Any]

_RUN: Final = re.compile(r"[^\x00-\x7f]+|[a-z0-9][a-z0-9_.-]*")  # a class of all Chinese takes a millisecond to compile
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
NAMED: Final = 100.0  # the score, or more, of a runbook whose card or id was typed
_WHOLES: Final = ("title", "aliases", "symptoms")
_WHOLE: Final = 10.0
_ENTRY: Final = 1.1  # among near equals the card with number 00 comes first: it is where a family is entered
_FAINT: Final = 0.25  # a runbook that scores less than this part of the best was met by chance
_STOP: Final = frozenset("the a an is are of to in on it and or my i we no not does do did was has have can".split())
# As above, for a character alone and for a pair of them.
_SILENT: Final = frozenset("的了吗呢吧啊呀嘛么怎办是在有我你您他她们这那个就也都很请把被给")
_LONG: Final = 60  # what is longer is no pinyin


def terms(text: str) -> Iterator[tuple[str, float]]:
    """The terms of `text` with their weight: stems of Latin words, pairs and single characters of Chinese."""
    for run in _runs(text):
        if run[0].isascii():
            if run not in _STOP:
                yield _stem(run), 1.0
        else:
            for char in run:
                if char not in _SILENT:
                    yield char, _SINGLE
            for one, two in itertools.pairwise(run):
                if one not in _SILENT or two not in _SILENT:
                    yield one + two, 1.0


def _runs(text: str) -> Iterator[str]:
    """The words of `text`, and what stands together in Chinese."""
    for run in _RUN.findall(fold(text)):
        if run[0].isascii():
            yield run
        else:
            yield from "".join(c if "\u3400" <= c <= "\u9fff" else " " for c in run).split()


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
    rows: dict[str, list[tuple[int, float]]] = defaultdict(list)
    wholes: set[int] = set()
    for number, (book, count) in enumerate(zip(books, counts, strict=True)):
        length = _K1 * (1 - _B + _B * sum(count.values()) / max(average, 1))
        part = _ENTRY if book["card"].endswith("00") else 1.0
        for term, amount in count.items():
            rare = log(1 + (len(books) - spread[term] + 0.5) / (spread[term] + 0.5))
            rows[term].append((number, part * rare * amount * (_K1 + 1) / (amount + length)))
        wholes |= {_key(text) + number for key in _WHOLES for text in _texts(book.get(key))}
    return {
        "words": {term: _packed(found) for term, found in sorted(rows.items()) if term.isascii()},
        "pairs": {term: _packed(found) for term, found in rows.items() if not term.isascii()},
        "wholes": array("Q", sorted(wholes)).tobytes(),
        "names": {name: n for n, b in enumerate(books) for name in (plain_card(b["card"]), b["id"])},
        "ids": [book["id"] for book in books],
    }


def _packed(rows: Iterable[tuple[int, float]]) -> bytes:
    return b"".join(pack("<If", number, score) for number, score in rows)


def _key(text: str) -> int:
    """Where the documents that hold `text` as a whole phrase begin among all; spaces and punctuation do not count."""
    return crc32("".join(_runs(text)).encode()) << 32


def _whole(index: Index, text: str) -> Iterator[int]:
    key, kept = _key(text), memoryview(index["wholes"]).cast("Q")
    for place in range(bisect_left(kept, key), len(kept)):
        if kept[place] - key >> 32:
            return
        yield kept[place] - key


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
    names = index["names"]
    exact = names.get(fold(query), names.get(plain_card(fold(query))))
    if exact is not None:
        scores[exact] += NAMED
    for term, weight in (dict(terms(query)) | _spoken(index, query)).items():
        for number, score in _rows(index, term) if weight else ():
            scores[number] += weight * score
    enough = max(scores.values(), default=0.0) * _FAINT
    for number in _whole(index, query):
        scores[number] += _WHOLE
    ranked = sorted(((n, round(s, 3)) for n, s in scores.items() if s >= enough), key=lambda p: (-p[1], p[0]))
    return ranked[:most]


def _spoken(index: Index, query: str) -> dict[str, float]:
    """The Chinese pairs that words which nobody wrote sound like, run together (tui kuan); those words at 0."""
    words = index["words"]
    runs = itertools.groupby(_runs(query), lambda w: w.isascii() and w.isalpha() and _stem(w) not in words)
    typed = [run for run in (list(run) for unknown, run in runs if unknown) if _may_be_pinyin("".join(run))]
    if not typed:
        return {}
    from toolkit.content.pinyin import pairs, sound

    wanted = {pair: run for run in typed for pair in pairs("".join(run))}
    alike = {p: sound(p[0]) + sound(p[1]) for p in index["pairs"] if len(p) == 2} if wanted else {}
    meant = {pair: wanted[letters] for pair, letters in alike.items() if letters in wanted}
    return dict.fromkeys(meant, _TYPO) | {_stem(word): 0.0 for run in meant.values() for word in run}


def _may_be_pinyin(letters: str) -> bool:
    """Cheaply: of two syllables or more, and with no two consonants together that pinyin does not have."""
    return 3 <= len(letters) <= _LONG and not re.search(r"[^aeiouvnrgh][^aeiouvh]|[^aeiouvngr]$", letters)


def share(index: Index, query: str, document: int) -> float:
    """How much of what was typed the document has, from 0 to 1."""
    wanted = dict(terms(query))
    held = (any(number == document for number, _ in _rows(index, term)) for term in wanted)
    part: float = sum(itertools.compress(wanted.values(), held)) / (sum(wanted.values()) or 1.0)
    return part


def alike(query: str, text: str) -> float:
    """How much of what was typed `text` has; in a longer text it counts less."""
    wanted, held = dict(terms(query)), dict(terms(text))
    return sum(w for term, w in wanted.items() if term in held) / sqrt(1 + len(held))


def _rows(index: Index, term: str) -> Iterable[tuple[int, float]]:
    words = index["words" if term.isascii() else "pairs"]
    kept = words.get(term)
    if kept or not term.isascii() or len(term) < 3:
        return iter_unpack("<If", kept or b"")
    merged: dict[int, float] = {}
    listed = list(words)
    following = itertools.islice(listed, bisect_left(listed, term), None)
    for other in list(itertools.takewhile(lambda word: word.startswith(term), following)) or _near(term, listed):
        for number, score in iter_unpack("<If", words[other]):
            merged[number] = max(merged.get(number, 0.0), _TYPO * score)
    return merged.items()


def _near(word: str, words: Iterable[str]) -> list[str]:
    """The two of `words` that are most like `word`: one slip leaves its beginning or its end as it was."""
    if not 3 < len(word) < 40:
        return []
    from difflib import get_close_matches

    kept = max(1, min(3, (len(word) - 1) // 2))
    head, tail = word[:kept], word[-kept:]
    alike = [w for w in words if abs(len(w) - len(word)) <= 2 and (w.startswith(head) or w.endswith(tail))]
    return get_close_matches(word, alike, 2, 0.74)

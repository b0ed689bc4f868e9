"""A code and values become a sentence in a language."""

from collections.abc import Mapping
from string import Formatter
from typing import Any, Final

from toolkit import __version__
from toolkit.cache import cached
from toolkit.cells import sanitize
from toolkit.clock import parts
from toolkit.model import Language, Text
from toolkit.resources import locale

_FORMAT: Final = Formatter()


class Words:
    """The toolkit's own words in one language: `words("run.saved", incident=…)` is a sentence."""

    def __init__(self, language: Language, table: Mapping[str, str]) -> None:
        self.language = language
        self._table = table

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence `key` with `values` put in, made safe for a terminal; KeyError if there is none."""
        return _FORMAT.vformat(self._table[key], (), {k: sanitize(str(v)) for k, v in values.items()})

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def keys(self) -> set[str]:
        """Every key there is a sentence for."""
        return set(self._table)

    def of(self, text: Text) -> str:
        """An author's text in this language."""
        return text.to(self.language)

    def duration(self, iso: str) -> str:
        """An ISO 8601 duration in words: PT1H30M is "1 小时 30 分钟"."""
        return " ".join(self._counted(number, unit) for number, unit in parts(iso))

    def minutes(self, count: int) -> str:
        """A number of minutes in days, hours and minutes."""
        split = ((count // 1440, "day"), (count // 60 % 24, "hour"), (count % 60, "minute"))
        return " ".join(self._counted(n, unit) for n, unit in split if n or (unit == "minute" and count < 60))

    def _counted(self, number: int, unit: str) -> str:
        return self(f"unit.{unit}{'' if number == 1 else 's'}", n=number)


def words(language: Language) -> Words:
    """The words of `language`; kept in a cache, since reading YAML costs three starts of Python."""
    file = locale(language)
    return Words(language, cached(f"words-{language}", __version__, [file], lambda: _table(file.read_bytes())))


def _table(raw: bytes) -> dict[str, str]:
    import yaml

    return dict(_flat("", yaml.safe_load(raw)))


def _flat(prefix: str, node: Any) -> list[tuple[str, str]]:
    if isinstance(node, str):
        return [(prefix, node)]
    return [pair for key, child in node.items() for pair in _flat(f"{prefix}.{key}" if prefix else str(key), child)]

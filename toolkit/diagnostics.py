"""A finding in content: a value with a place and a code. Words are added last, by `text`."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from toolkit import exits

ERROR: Final = "error"
WARNING: Final = "warning"


class Span(NamedTuple):
    """A place in a file: 1-based lines and columns, counted in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START: Final = Span(1, 1, 1, 1)


class Diagnostic(NamedTuple):
    """One finding. `params` fill the sentence of `code`; `near` is the closest sound value where one is near."""

    path: str
    span: Span
    code: str
    params: tuple[tuple[str, str], ...] = ()
    near: str = ""
    severity: str = ERROR


Route = tuple[str | int, ...]  # a place in data: keys and indexes from the top


class Note(NamedTuple):
    """A finding whose place is still a route: `key` asks for the place of the key instead of the value."""

    route: Route
    code: str
    params: Mapping[str, str] = {}
    near: str = ""
    key: bool = False


def finding(path: str, span: Span, code: str, /, *, near: str = "", severity: str = ERROR, **params: str) -> Diagnostic:
    """A Diagnostic whose sentence is filled with `params`."""
    return Diagnostic(path, span, code, tuple(sorted(params.items())), near, severity)


def near(value: str, names: Iterable[str]) -> str:
    """The one of `names` that was probably meant, or the empty string."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(value, sorted(names), n=1, cutoff=0.6)), "")


def ordered(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By path, place and code, without repeats."""
    return sorted(set(findings))


class ToolkitError(Exception):
    """Cannot go on. `code` names the sentence, `params` fill it, `status` is the exit status of the command."""

    def __init__(self, code: str, *, status: int = exits.CANNOT, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.status = status
        self.params = params

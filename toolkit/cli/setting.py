"""The global options, and what they lead to; each part is read only when a command asks for it."""

import sys
from functools import cached_property
from pathlib import Path
from typing import Any

from toolkit.cells import wrap
from toolkit.cli.language import chosen
from toolkit.clock import Clock
from toolkit.console import say
from toolkit.content import library
from toolkit.content.library import Library
from toolkit.model import Store
from toolkit.resources import data_folder
from toolkit.shop import stores
from toolkit.text import Words, words


class Setting:
    """What stands before the command."""

    def __init__(
        self, *, lang: str | None, data: str | None, runbooks: str | None, store: str | None, json: bool
    ) -> None:
        self.json = json
        self.clock = Clock()
        self._lang = lang
        self._data = data
        self._runbooks = runbooks
        self._store = store

    @cached_property
    def data(self) -> Path:
        """The folder of incidents."""
        return data_folder(self._data)

    @cached_property
    def folder(self) -> Path:
        """The folder of runbooks."""
        return library.find_folder(self._runbooks)

    @cached_property
    def store_path(self) -> Path | None:
        """Where the store file is; None without one."""
        return stores.find(self._store, self.data, self.folder)

    @cached_property
    def store(self) -> Store:
        """The store file; one with faults is named on standard error, and its values are gaps."""
        path = self.store_path
        found = stores.load(path)
        if found is None:
            said = words(chosen(self._lang, None))
            say(wrap(said("check.store-left-out", path=path)), sys.stderr)
        return found or Store()

    @cached_property
    def words(self) -> Words:
        """The words in the language that was chosen."""
        return words(chosen(self._lang, self.store.language))

    @cached_property
    def library(self) -> Library:
        """The runbooks; those with faults are named on standard error."""
        found = library.load(self.folder)
        for path, count, _ in found.broken:
            say([self.words("check.left-out", path=path, n=count)], sys.stderr)
        return found

    def show(self, value: Any, lines: list[str], *, json: bool = False) -> None:
        """`value` as JSON where a program reads, else `lines`."""
        if self.json or json:
            from json import dumps

            say([dumps(value, ensure_ascii=True, indent=1)])
        else:
            say(lines)

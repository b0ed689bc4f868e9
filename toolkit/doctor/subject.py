"""What is examined."""

from functools import cached_property
from pathlib import Path

from toolkit.clock import Clock
from toolkit.content import library
from toolkit.content.library import Library
from toolkit.diagnostics import ToolkitError
from toolkit.model import Runbook, Store
from toolkit.record import incidents
from toolkit.record.incidents import Seen
from toolkit.shop import stores


class Subject:
    """Each part is read once, when it is asked for. `encoding` is that of the window; `network` allows its use."""

    def __init__(
        self, *, data: Path, folder: Path, store_path: Path | None, clock: Clock, encoding: str, network: bool
    ) -> None:
        self.data = data
        self.folder = folder
        self.store_path = store_path
        self.clock = clock
        self.encoding = encoding
        self.network = network

    @cached_property
    def library(self) -> Library | ToolkitError:
        """The runbooks, or why there are none."""
        try:
            return library.load(self.folder)
        except ToolkitError as error:
            return error

    @cached_property
    def runbooks(self) -> tuple[Runbook, ...]:
        """Every sound runbook."""
        return self.library.runbooks if isinstance(self.library, Library) else ()

    @cached_property
    def found_store(self) -> Store | None:
        """The store file; None where it has faults."""
        return stores.load(self.store_path)

    @property
    def store(self) -> Store:
        """The store file; without a sound one, the empty one."""
        return self.found_store or Store()

    @cached_property
    def incidents(self) -> tuple[Seen | ToolkitError, ...]:
        """Every incident, the latest first."""
        return tuple(incidents.every(self.data))

    @property
    def today(self) -> str:
        """The date in the shop: 2026-11-23."""
        return self.clock.now().day

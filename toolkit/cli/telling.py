"""What it takes to tell of an incident: the text of each run, and who puts its events into words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from toolkit.cli.setting import Setting
from toolkit.diagnostics import ToolkitError
from toolkit.incident.state import Run
from toolkit.record.incidents import Seen
from toolkit.record.texts import Pinned, Texts

if TYPE_CHECKING:
    from toolkit.report.incident import Teller


def texts_of(setting: Setting, seen: Seen) -> Texts:
    """The texts that the runs of an incident follow."""
    return Texts(seen.folder, lambda: setting.library)


def known(seen: Seen, texts: Texts) -> Mapping[int, Pinned | None]:
    """The text of each run, as far as it can still be had."""

    def text(run: Run) -> Pinned | None:
        try:
            return texts.of(run)
        except ToolkitError:
            return None

    return {run.number: text(run) for run in seen.state.runs}


def teller(setting: Setting, seen: Seen, texts: Texts) -> "Teller":
    """The one who tells the events of an incident on a screen."""
    from toolkit.report.incident import Teller

    return Teller(setting.words, setting.store, known(seen, texts))

"""Exit statuses; README has the same table, and a test compares."""

from typing import Final

OK: Final = 0
FINDINGS: Final = 1  # also: a run that ended without a solution, something that must be mended first
USAGE: Final = 2
NOTHING: Final = 3
CANNOT: Final = 4
NO_TERMINAL: Final = 5
PAUSED: Final = 6
BUSY: Final = 7
DAMAGED: Final = 8
NOT_RECORDED: Final = 9
INTERNAL: Final = 70
INTERRUPTED: Final = 130

"""A fault of our own, kept for whoever can mend it; the values of variables are left out."""

import os
import tempfile
from pathlib import Path
from traceback import format_exception

from toolkit import __version__
from toolkit.guard import masked


def keep(error: BaseException) -> str:
    """Write the traceback to a file of the person's own; returns its path, or "-" where nothing can be written."""
    text = f"tillbook {__version__}\n" + "".join(format_exception(error))
    try:
        fd, name = tempfile.mkstemp(prefix="tillbook-", suffix=".txt")
        os.close(fd)
        Path(name).write_text(masked(text), encoding="utf-8")
    except OSError:
        return "-"
    return name

"""In which language to speak."""

import os
import sys

from toolkit import exits
from toolkit.console import shows_chinese
from toolkit.diagnostics import ToolkitError
from toolkit.model import LANGUAGES, Language


def chosen(option: str | None, store: Language | None) -> Language:
    """`option`, else TILLBOOK_LANG, the store file, the system's language.

    A language that nobody chose by name gives way to English on a console that has no Chinese.
    """
    for name in (option, os.environ.get("TILLBOOK_LANG")):
        if name in LANGUAGES:
            return name
    found = store or _system()
    return "en" if found == "zh" and not shows_chinese(sys.stdout) else found


def checked(option: str | None) -> str | None:
    """`option` if it is a language; else ToolkitError `no-language` (status 2)."""
    if option is not None and option not in LANGUAGES:
        raise ToolkitError("no-language", status=exits.USAGE, name=option, known=", ".join(LANGUAGES))
    return option


def _system() -> Language:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.casefold().startswith("zh") else "en"
    if sys.platform == "win32":
        import ctypes

        return "zh" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x04 else "en"
    return "en"

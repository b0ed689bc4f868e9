"""The store file: what differs from shop to shop, and the placeholders in text that it fills."""

import os
import re
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from toolkit import __version__
from toolkit.cache import cached
from toolkit.content import unpack
from toolkit.diagnostics import ToolkitError
from toolkit.model import Contact, Runbook, Store
from toolkit.text import Words

_PLACEHOLDER: Final = re.compile(r"\{\{(contact|config)\.([a-z0-9-]+)\}\}")


def find(option: str | None, data: Path, runbooks: Path) -> Path | None:
    """The store file: `option`, else TILLBOOK_STORE, `store.yaml` beside the incidents or the runbooks, the sample.

    ToolkitError `no-store` if a file that was named is not there.
    """
    chosen = option or os.environ.get("TILLBOOK_STORE")
    if chosen:
        if not _there(Path(chosen)):
            raise ToolkitError("no-store", path=chosen)
        return Path(chosen)
    places = (data / "store.yaml", runbooks / "store.yaml", runbooks / "store.sample.yaml")
    return next((p for p in places if _there(p)), None)


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def load(path: Path | None) -> Store | None:
    """The store file at `path`; None where it has faults. Without a file every value is a gap."""
    if path is None:
        return Store()
    name = f"store-{crc32(os.fsencode(os.path.abspath(path))):08x}"
    data = cached(name, __version__, [path], lambda: _sound(path))
    return None if data is None else unpack.store(data)


def _sound(path: Path) -> Any:
    from toolkit.content.schema import judge
    from toolkit.content.source import read

    try:
        source = read(path.read_bytes(), str(path))
    except OSError:
        return None
    return source.data if source.whole and not source.findings and not judge("store", source.data) else None


def fill(text: str, store: Store, words: Words) -> str:
    """`text` with its placeholders filled from `store`; a value that is missing shows as a gap."""
    if "{{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda m: _value(m.group(1), m.group(2), store, words), text)


def _value(section: str, name: str, store: Store, words: Words) -> str:
    if section == "config":
        return store.config.get(name) or gap(section, name, words)
    contact = store.contacts.get(name)
    return f"{contact.name} {contact.phone}" if contact and contact.phone else gap(section, name, words)


def named(book: Runbook) -> set[tuple[str, str]]:
    """The contacts and values that `book` refers to, as (contact or config, name): what would show as a gap."""
    found = set(_PLACEHOLDER.findall(str(book)))  # the record as text holds every text of the runbook
    return found | {("contact", step.call) for step in book.steps() if step.call}


def gap(section: str, name: str, words: Words) -> str:
    """What stands where the store file has nothing."""
    return words("store.gap", what=words(f"{section}.{name}"))


def card(contact: Contact | None, name: str, words: Words) -> list[str]:
    """The lines of a call: who, the number on its own line, its hours, who verified it."""
    if contact is None or not contact.phone:
        return [gap("contact", name, words)]
    verified = words("store.unverified")
    if contact.verified_on:
        verified = words("store.verified", on=contact.verified_on, by=contact.verified_by)
    return [contact.name, f"  {contact.phone}", *([contact.hours] if contact.hours else []), verified]

"""Texts that can be erased: the record holds a salted digest, the text lies beside it in a file of its own.

Erasing a file leaves the chain of hashes whole, and the digest of a few words cannot be guessed without its salt.
"""

import json
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from toolkit.files import make_folder, sync_folder, write_new

FOLDER: Final = "private"
SEALED: Final = "sealed"
_NAME: Final = 32
_DIGITS: Final = 64
_HEX: Final = frozenset("0123456789abcdef")


def seal(data: Mapping[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(`data` with the texts `names` replaced by their digests, the files to keep by name)."""
    sealed, files = dict(data), {}
    for name in names:
        text, salt = str(data[name]), os.urandom(16)
        digest = _digest(salt, text)
        sealed[name] = {SEALED: digest}
        files[f"{digest[:_NAME]}.json"] = json.dumps({"salt": salt.hex(), "text": text}).encode("ascii")
    return sealed, files


def keep(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put sealed texts on stable storage; raises OSError. They are there before the line that names them."""
    place = folder / FOLDER
    make_folder(place)
    for name, raw in files.items():
        write_new(place / name, raw)
    sync_folder(place)
    sync_folder(folder)


def digests(data: Mapping[str, Any]) -> dict[str, str]:
    """The sealed texts of an event as recorded: name → digest. What has no shape of one never becomes a file's name."""
    return {k: v[SEALED] for k, v in data.items() if isinstance(v, dict) and _is_digest(v.get(SEALED))}


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and len(value) == _DIGITS and set(value) <= _HEX


def opened(folder: Path, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data` with its sealed texts read back; one that is erased, lost or changed stays as it is."""
    found = digests(data)
    if not found:
        return data
    texts = {name: text for name, digest in found.items() if (text := _read(folder, digest)) is not None}
    return {**data, **texts}


def state(folder: Path, digest: str) -> str:
    """`kept`, `missing` (erased or lost) or `changed`."""
    if not _path(folder, digest).exists():
        return "missing"
    return "kept" if _read(folder, digest) is not None else "changed"


def erase(folder: Path, digest: str) -> None:
    """Overwrite a sealed text and remove it; raises OSError. One that is gone already is no error."""
    path = _path(folder, digest)
    if not path.exists():
        return
    size = path.stat().st_size
    write_new(path, b" " * size)
    path.unlink()
    sync_folder(path.parent)


def _path(folder: Path, digest: str) -> Path:
    return folder / FOLDER / f"{digest[:_NAME]}.json"


def _read(folder: Path, digest: str) -> str | None:
    try:
        kept = json.loads(_bytes(f"{folder}/{FOLDER}/{digest[:_NAME]}.json"))
        text, salt = str(kept["text"]), bytes.fromhex(kept["salt"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return text if _digest(salt, text) == digest else None


def _bytes(path: str) -> bytes:
    """A small file at once; a record names many of them."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.read(fd, os.fstat(fd).st_size)
    finally:
        os.close(fd)


def _digest(salt: bytes, text: str) -> str:
    return sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()

"""Files that are kept beside a record: the texts that runs follow, photos."""

from pathlib import Path

from toolkit.files import make_folder, replace, sync_folder


class Copies:
    """Those of the record in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, bytes] = {}

    def keep(self, name: str, raw: bytes, *, waits: bool) -> str:
        """Put a file there, whole or not at all; returns the empty string, or why it could not be kept."""
        path = self._folder / name
        try:
            make_folder(path.parent)
            replace(path, raw)
            if path.parent != self._folder:
                sync_folder(self._folder)
        except OSError as error:
            if waits:
                self._waiting[name] = raw
            return error.strerror or str(error)
        self._waiting.pop(name, None)
        return ""

    def again(self) -> None:
        """Try once more to keep those that wait."""
        for name, raw in list(self._waiting.items()):
            self.keep(name, raw, waits=True)

"""A file system that loses in a power cut what was not forced to it: `python lossy.py MOUNT SURVIVORS SEED CUT`.

The power is cut before the call number CUT that changes something. What survives is written to the folder SURVIVORS,
which the caller takes for the disk of the next morning, and the mount is dead. A file's bytes are safe once the file
was synced, a name once its folder was. What was not safe is lost with SEED 0; with another one it is by chance lost,
there, or (of what was written last) there in part. CUT 0 never comes.
"""

import errno
import os
import random
import stat
import sys
from pathlib import Path
from typing import Any

from mfusepy import FUSE, FuseOSError, Operations


class Node:
    """A file (`data`) or a folder (`names`), each with what of it is safe."""

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self.data, self.safe_data = bytearray(), b""
        self.names: dict[str, Node] = {}
        self.safe_names: dict[str, Node] = {}

    def sync(self) -> None:
        self.safe_data, self.safe_names = bytes(self.data), dict(self.names)

    def survive(self, place: Path, chance: random.Random | None) -> None:
        """Write what a power cut leaves of this to `place`."""
        if stat.S_ISDIR(self.mode):
            place.mkdir(exist_ok=True)
            names = dict(self.safe_names)
            if chance:
                names |= {name: node for name, node in self.names.items() if chance.random() < 0.5}
            for name, node in names.items():
                node.survive(place / name, chance)
        else:
            now, safe = bytes(self.data), self.safe_data
            if chance and now.startswith(safe):
                safe = now[: chance.randint(len(safe), len(now))]
            elif chance:
                safe = chance.choice([safe, now])
            place.write_bytes(safe)


class Lossy(Operations):
    use_ns = True

    def __init__(self, survivors: str, seed: int, cut: int) -> None:
        self.root = Node(stat.S_IFDIR | 0o700)
        self.open_files: dict[int, Node] = {}
        self.left, self.survivors = cut, Path(survivors)
        self.chance = random.Random(seed) if seed else None

    def _changes(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.root.survive(self.survivors, self.chance)
            os._exit(0)

    def _at(self, path: str) -> Node:
        node = self.root
        for name in Path(path).parts[1:]:
            if name not in node.names:
                raise FuseOSError(errno.ENOENT)
            node = node.names[name]
        return node

    def _above(self, path: str) -> tuple[Node, str]:
        return self._at(str(Path(path).parent)), Path(path).name

    def _new(self, path: str, mode: int) -> Node:
        self._changes()
        folder, name = self._above(path)
        folder.names[name] = Node(mode)
        return folder.names[name]

    def _opened(self, node: Node) -> int:
        number = len(self.open_files) + 1
        self.open_files[number] = node
        return number

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        node = self.open_files[fh] if fh else self._at(path)
        owner = {"st_uid": os.getuid(), "st_gid": os.getgid(), "st_nlink": 1}
        return {"st_mode": node.mode, "st_size": len(node.data), **owner}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *self._at(path).names]

    def mkdir(self, path: str, mode: int) -> int:
        self._new(path, stat.S_IFDIR | mode)
        return 0

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return self._opened(self._new(path, stat.S_IFREG | mode))

    def open(self, path: str, flags: int) -> int:
        return self._opened(self._at(path))

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self.open_files[fh].data[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._changes()
        self.open_files[fh].data[offset : offset + len(data)] = data
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        self._changes()
        node = self.open_files[fh] if fh else self._at(path)
        del node.data[length:]
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._changes()
        self.open_files[fh].sync()
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        self._changes()
        self._at(path).sync()
        return 0

    def rename(self, old: str, new: str) -> int:
        self._changes()
        (folder, name), (to, called) = self._above(old), self._above(new)
        to.names[called] = folder.names.pop(name)
        return 0

    def unlink(self, path: str) -> int:
        self._changes()
        folder, name = self._above(path)
        del folder.names[name]
        return 0


if __name__ == "__main__":
    mount, survivors, seed, cut = sys.argv[1:]
    FUSE(Lossy(survivors, int(seed), int(cut)), mount, foreground=True, nothreads=True, direct_io=True)

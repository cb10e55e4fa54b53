"""The host that is measured: the one place that knows where /proc, /sys and the root are."""

from __future__ import annotations

import os
from contextlib import suppress
from zlib import crc32

# Values that history keeps are signed 64-bit integers.
MAX_INTEGER = (1 << 63) - 1
# Reads go in pieces below glibc's mmap threshold, so that a big table costs no page faults.
_READ_BYTES = 64 * 1024
# Each interface keeps two files open; a host with hundreds of veth must not run out of descriptors.
_MAX_KEPT = 384
_TEXT_LENGTH = 255


class Host:
    """Reads small files of one host, below roots that can be moved.

    proc, sys:  where the host's procfs and sysfs are, `/host/proc` in a container
    root:       what stands before the host's mount points, `/host` in a container

    Files read at every cycle are kept open and read again with pread(2): the kernel then makes
    them anew without walking the path.
    """

    def __init__(self, proc: str = "/proc", sys: str = "/sys", root: str = "/") -> None:
        self.proc = proc
        self.sys = sys
        self.root = root
        self._kept: dict[str, int] = {}

    @property
    def moved(self) -> bool:
        """Whether the host is another than the one this process would see by itself."""
        return self.proc != "/proc"

    def proc_path(self, name: str) -> str:
        """The path of `name` in procfs."""
        return f"{self.proc}/{name}"

    def sys_path(self, name: str) -> str:
        """The path of `name` in sysfs."""
        return f"{self.sys}/{name}"

    def root_path(self, path: str) -> str:
        """Where this process finds the host's absolute `path`."""
        return path if self.root == "/" else self.root.rstrip("/") + path

    def read(self, path: str) -> bytes:
        """The whole of a small file, read once. Raises OSError."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _pread_all(descriptor)
        finally:
            os.close(descriptor)

    def read_again(self, path: str) -> bytes:
        """The whole of a small file that is read at every cycle. Raises OSError."""
        descriptor = self._kept.get(path)
        if descriptor is not None:
            try:
                return _pread_all(descriptor)
            except OSError:
                # The process or device behind it is gone; another may have taken the name.
                os.close(self._kept.pop(path))
        if len(self._kept) >= _MAX_KEPT:
            return self.read(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = _pread_all(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        self._kept[path] = descriptor
        return content

    def read_first(self, *paths: str) -> bytes:
        """The first of `paths` that can be read. Raises the last one's OSError."""
        for path in paths[:-1]:
            with suppress(OSError):
                return self.read_again(path)
        return self.read_again(paths[-1])

    def text(self, path: str) -> str:
        """A small file's text without the blanks around it; nothing where it can't be read."""
        try:
            return printable(self.read(path).strip(), _TEXT_LENGTH)
        except OSError:
            return ""

    def exists(self, path: str) -> bool:
        """Whether there is an entry of that name, even a link that leads nowhere."""
        return os.path.lexists(path)

    def entries(self, folder: str) -> list[str]:
        """The names in a folder, sorted; none where it can't be read."""
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def link(self, path: str) -> str:
        """Where a link leads, or nothing where there is none."""
        try:
            return os.readlink(path)
        except OSError:
            return ""

    def kept(self) -> frozenset[str]:
        """The paths of the files that are kept open."""
        return frozenset(self._kept)

    def forget(self, folder: str) -> None:
        """Close what was kept open below `folder`, whose device is gone."""
        for path in [path for path in self._kept if path.startswith(folder + "/")]:
            os.close(self._kept.pop(path))

    def close(self) -> None:
        """Close all that was kept open."""
        for descriptor in self._kept.values():
            os.close(descriptor)
        self._kept.clear()


def _pread_all(descriptor: int) -> bytes:
    content = os.pread(descriptor, _READ_BYTES, 0)
    if not content:
        return content
    # procfs ends a read where its own buffer ends: only an empty read says that all was seen.
    parts = [content]
    offset = len(content)
    while more := os.pread(descriptor, _READ_BYTES, offset):
        parts.append(more)
        offset += len(more)
    return content if len(parts) == 1 else b"".join(parts)


def printable(raw: bytes, limit: int) -> str:
    """A kernel's bytes as text of at most `limit` characters that any JSON reader takes.

    Bytes that are not UTF-8 are replaced. What is too long is cut, and a checksum of the whole
    keeps two long names that begin alike apart.
    """
    text = raw.decode("utf-8", "replace").replace("\0", "�")
    if len(text) <= limit:
        return text
    return f"{text[: limit - 9]}…{crc32(raw):08x}"

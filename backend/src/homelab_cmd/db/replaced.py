"""Noticing that somebody put another file in the place of the SQLite database that is open.

The open connections go on with the file that is gone: what they commit is lost with them. And the
log beside it (`-wal`) belongs to that file: SQLite would play it back into the new one.
"""

from __future__ import annotations

from pathlib import Path

from homelab_cmd.clock import now_ms


class DatabaseReplacedError(Exception):
    """The database's file is another one than was opened."""


class OpenedFile:
    """The file of a database as it was when the server began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = _identity(path)

    def check(self) -> None:
        """Raises DatabaseReplacedError where the file is gone or another."""
        if _identity(self._path) != self._identity:
            raise DatabaseReplacedError(f"{self._path} was replaced or deleted")

    def set_log_aside(self) -> None:
        """Keep the log of the file that is gone away from the one that took its place."""
        for suffix in ("-wal", "-shm"):
            log = self._path.with_name(self._path.name + suffix)
            if log.exists():
                log.rename(log.with_name(f"{log.name}.of-replaced-{now_ms()}"))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

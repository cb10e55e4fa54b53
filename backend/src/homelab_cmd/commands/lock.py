"""On SQLite one process serves a data folder; the kernel frees the lock when it dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings


@contextmanager
def server_lock(settings: Settings) -> Iterator[None]:
    """Be the one server of the data folder. Raises StartupError where there is another."""
    if not settings.is_sqlite:
        yield
        return
    path = settings.data_dir / "server.lock"
    with path.open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartupError(
                f"Another server is running on {path.parent}; stop it, or choose another folder "
                "with --data-dir."
            ) from None
        yield

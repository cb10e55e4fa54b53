"""Where the agent keeps things, and that no other one keeps its own there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from zlib import crc32

from homelab_agent.config import ConfigError
from homelab_agent.host import Host
from homelab_agent.state import read_json, write_json


def spool_folder(configured: str | None, environment: Mapping[str, str]) -> str:
    """The folder on disk, made where it is not there. Raises ConfigError."""
    if configured:
        folder = configured
    elif environment.get("STATE_DIRECTORY"):  # systemd's StateDirectory=
        folder = environment["STATE_DIRECTORY"]
    elif os.geteuid() == 0:
        folder = "/var/lib/homelab-agent"
    else:
        home = environment.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
        folder = os.path.join(home, "homelab-agent")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"spool {folder} can't be made: {error.strerror}; give another by --spool."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"spool {folder} can't be written: give another by --spool.")
    return folder


def fast_folder(spool: str, environment: Mapping[str, str]) -> str:
    """A folder on tmpfs that belongs to this spool; the spool itself where there is none."""
    name = f"homelab-agent-{crc32(spool.encode('utf-8', 'surrogateescape')):08x}"
    for base in (
        environment.get("RUNTIME_DIRECTORY"),  # systemd's RuntimeDirectory=
        "/run" if os.geteuid() == 0 else None,
        environment.get("XDG_RUNTIME_DIR"),
    ):
        if not base:
            continue
        folder = os.path.join(base, name)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    return spool


class Lock:
    """One agent at a time per spool.

    A file lock would outlive its process where a thread of it hangs in a dead mount; so the holder
    is named by its pid, start and boot, and asked for.
    """

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "lock.json")
        self._host = Host()

    def take(self, fast: str) -> None:
        """Become the holder, and say where the fast folder is. Raises ConfigError."""
        holder = self.holder()
        if holder is not None:
            raise ConfigError(
                f"another agent (process {holder['pid']}) uses {os.path.dirname(self.path)}:"
                " stop it, or give this one another folder by --spool."
            )
        pid = os.getpid()
        write_json(
            self.path,
            {"pid": pid, "started": self._started(pid), "boot": self._boot(), "fast": fast},
            durable=False,
        )

    def holder(self) -> dict[str, Any] | None:
        """Who holds it, if that process still runs."""
        fields = read_json(self.path)
        pid = fields.get("pid")
        if not isinstance(pid, int) or fields.get("boot") != self._boot():
            return None
        started = self._started(pid)
        return fields if started is not None and started == fields.get("started") else None

    def release(self) -> None:
        """Let the next one in."""
        with suppress(FileNotFoundError):
            os.unlink(self.path)

    def _started(self, pid: int) -> str | None:
        try:
            text = self._host.read(self._host.proc_path(f"{pid}/stat"))
        except OSError:
            return None
        # The second field is the command in brackets, which may hold blanks and brackets.
        fields = text.rpartition(b")")[2].split()
        return fields[19].decode() if len(fields) > 19 and fields[0] != b"Z" else None

    def _boot(self) -> str:
        try:
            text = self._host.read(self._host.proc_path("sys/kernel/random/boot_id"))
        except OSError:
            return ""
        return text.decode("ascii", "replace").strip()

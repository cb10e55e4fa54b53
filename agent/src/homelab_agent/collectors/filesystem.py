"""Filesystems: which there are from the mount table, how full from statvfs(2)."""

from __future__ import annotations

import errno
import logging
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from homelab_agent.contract import FILESYSTEM, Filesystem
from homelab_agent.contract.filesystem import used_percent
from homelab_agent.host import MAX_INTEGER, Host, printable
from homelab_agent.mounts import Mount, Selection, parse_mountinfo, parse_mounts, select
from homelab_agent.workers import Workers

log = logging.getLogger(__name__)

# What is mounted but out of reach; any other error means that it can't be looked at from here.
_OFFLINE = frozenset(
    {
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EIO,
        errno.ENODEV,
        errno.ENOTCONN,
        errno.ENXIO,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.ECONNABORTED,
        errno.EREMOTEIO,
        errno.ESHUTDOWN,
    }
)
# Types whose stat(2) shows a device number of its own for each subvolume.
_NUMBERS_DIFFER = frozenset({"btrfs", "bcachefs"})
# Media that people take out; their absence is no news.
_REMOVABLE = ("/media/", "/run/media/")
_MISSING_FOR_SECONDS = 7 * 86_400.0
# A hardened service's own table shows everything read-only, PID 1's is the host's.
_INFO_TABLES = ("1/mountinfo", "self/mountinfo")
_PLAIN_TABLES = ("1/mounts", "self/mounts", "mounts")
_NAME_LENGTH = 255
_TYPE_LENGTH = 50


@dataclass(frozen=True)
class Probe:
    """What stat(2) and statvfs(2) said of a path."""

    device_number: tuple[int, int]
    is_folder: bool
    numbers: os.statvfs_result


def probe(path: str) -> Probe:
    """Ask about one path. May never return on a dead mount. Raises OSError."""
    status = os.stat(path)
    return Probe(
        (os.major(status.st_dev), os.minor(status.st_dev)),
        stat.S_ISDIR(status.st_mode),
        os.statvfs(path),
    )


class FilesystemCollector:
    """Every filesystem of the host, found again at every cycle.

    One that does not answer within the deadline is reported `stale`, one that was there and is
    gone `missing`, both with the values last known.
    """

    family = FILESYSTEM

    def __init__(
        self,
        workers: Workers,
        selection: Selection | None = None,
        deadline_seconds: float = 2.0,
        ask: Callable[[str], Probe] = probe,
    ) -> None:
        self._workers = workers
        self._selection = selection or Selection()
        self._deadline_seconds = deadline_seconds
        self._ask = ask
        self._table = b""
        self._mounts: list[Mount] = []
        self._autofs: list[bytes] = []
        self._known: dict[str, Filesystem] = {}
        self._gone_since: dict[str, float] = {}
        self._complaints: dict[str, str] = {}

    def collect(self, host: Host) -> list[Filesystem]:
        """Read the mount table and ask every filesystem. Raises OSError without a table."""
        self._read_table(host)
        paths = {
            os.fsdecode(mount.mount_point): host.root_path(os.fsdecode(mount.mount_point))
            for mount in self._mounts
        }
        answers = self._workers.run(
            {name: partial(self._ask, path) for name, path in paths.items()},
            self._deadline_seconds,
        )
        rows = []
        for mount in self._mounts:
            row = self._row(mount, answers.get(os.fsdecode(mount.mount_point)))
            if row is not None:
                rows.append(row)
        for row in rows:
            if row.state == "ok":
                self._known[row.mount_point] = row
        return rows + self._missing()

    def _read_table(self, host: Host) -> None:
        try:
            table = host.read_first(*(host.proc_path(name) for name in _INFO_TABLES))
            parse = parse_mountinfo
        except OSError:
            table = host.read_first(*(host.proc_path(name) for name in _PLAIN_TABLES))
            parse = parse_mounts
        if table != self._table or not table:
            every = parse(table)
            self._mounts = select(every, self._selection)
            self._autofs = [mount.mount_point for mount in every if mount.fs_type == "autofs"]
            self._table = table

    def _row(self, mount: Mount, answer: Probe | OSError | None) -> Filesystem | None:
        name = printable(mount.mount_point, _NAME_LENGTH)
        if answer is None or (isinstance(answer, OSError) and answer.errno in _OFFLINE):
            reason = "does not answer" if answer is None else str(answer.strerror)
            self._complain(name, f"is stale: {reason}")
            return self._stale(mount, name)
        if isinstance(answer, OSError):
            self._complain(name, f"is left out: {answer.strerror}")
            return None
        if not answer.is_folder or answer.numbers.f_blocks == 0:
            return None
        if (
            mount.device_number not in {None, answer.device_number}
            and mount.fs_type not in _NUMBERS_DIFFER
        ):
            # Another filesystem stands there for this process: its numbers are not the mount's.
            self._complain(name, "is left out: the mount is not visible to this process")
            return None
        if self._complaints.pop(name, None):
            log.info("filesystem %s answers again", name)
        return filesystem(mount, name, answer.numbers)

    def _stale(self, mount: Mount, name: str) -> Filesystem:
        known = self._known.get(name) or Filesystem(
            mount_point=name,
            device=printable(mount.device, _NAME_LENGTH),
            fs_type=mount.fs_type[:_TYPE_LENGTH],
            total_bytes=0,
            used_bytes=0,
            available_bytes=0,
            percent=0.0,
            read_only=mount.read_only,
        )
        return replace(known, available_bytes=0, state="stale")

    def _missing(self) -> list[Filesystem]:
        mounted = {printable(mount.mount_point, _NAME_LENGTH) for mount in self._mounts}
        waiting = {printable(mount_point, _NAME_LENGTH) for mount_point in self._autofs}
        now = time.monotonic()
        rows = []
        for name in sorted(self._known.keys() - mounted):
            since = self._gone_since.setdefault(name, now)
            # Below an autofs it was unmounted for lack of use, and comes when it is needed.
            if name in waiting or name.startswith(_REMOVABLE) or now - since > _MISSING_FOR_SECONDS:
                del self._known[name]
                continue
            self._complain(name, "is missing: it was mounted, and is no longer")
            rows.append(replace(self._known[name], state="missing"))
        self._gone_since = {
            name: self._gone_since[name] for name in (row.mount_point for row in rows)
        }
        return rows

    def _complain(self, name: str, message: str) -> None:
        if self._complaints.get(name) != message:
            self._complaints[name] = message
            log.warning("filesystem %s %s", name, message)


def filesystem(mount: Mount, name: str, numbers: os.statvfs_result) -> Filesystem:
    """The row of an answering filesystem, in df(1)'s arithmetic.

    f_bfree counts what is reserved for root, f_bavail does not; a filesystem may be so full that
    f_bavail is negative, which an unsigned field shows as a number beyond all blocks.
    """
    total = _bounded(numbers.f_blocks * numbers.f_frsize)
    used = _bounded((numbers.f_blocks - numbers.f_bfree) * numbers.f_frsize)
    free_blocks = numbers.f_bavail if numbers.f_bavail <= numbers.f_blocks else 0
    available = _bounded(free_blocks * numbers.f_frsize)
    # btrfs and FAT have no fixed table of inodes and say 0.
    has_inodes = 0 < numbers.f_files <= MAX_INTEGER and numbers.f_ffree <= numbers.f_files
    return Filesystem(
        mount_point=name,
        device=printable(mount.device, _NAME_LENGTH),
        fs_type=mount.fs_type[:_TYPE_LENGTH],
        total_bytes=total,
        used_bytes=used,
        available_bytes=available,
        percent=used_percent(used, available),
        inodes_total=numbers.f_files if has_inodes else None,
        inodes_used=numbers.f_files - numbers.f_ffree if has_inodes else None,
        read_only=mount.read_only,
    )


def _bounded(value: int) -> int:
    return min(max(value, 0), MAX_INTEGER)

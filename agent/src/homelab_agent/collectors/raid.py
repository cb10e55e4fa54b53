"""Arrays and pools: md from /proc/mdstat, ZFS by its command or kstat, btrfs from sysfs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from homelab_agent.commands import output_of
from homelab_agent.contract import RAID, Raid
from homelab_agent.contract.raid import Activity
from homelab_agent.host import MAX_INTEGER, Host, printable
from homelab_agent.mdstat import parse_mdstat
from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers
from homelab_agent.zpool import LIST, NAME_LENGTH, STATES, STATUS, parse_list, parse_status

EVERY_SECONDS = 30
_COMMAND_SECONDS = 20
_SECTOR_BYTES = 512
_BTRFS_ACTIVITIES: dict[str, Activity] = {"none": "idle", "balance": "balance"}


class RaidCollector:
    """Every array and pool. A sick one may hang whoever asks: a worker does, twice a minute."""

    family = RAID

    def __init__(self, workers: Workers) -> None:
        self._rows: Seldom[list[Raid]] = Seldom("raid", workers, EVERY_SECONDS, [])

    def collect(self, host: Host) -> list[Raid]:
        """The arrays and pools as they were found last."""
        return self._rows.latest(partial(read_all, host))


def read_all(host: Host) -> list[Raid]:
    """Read every array and pool of the host; each name once."""
    rows = [*_md(host), *_zfs(host), *_btrfs(host)]
    return list({row.name: row for row in rows}.values())


def _md(host: Host) -> list[Raid]:
    try:
        arrays = parse_mdstat(host.read(host.proc_path("mdstat")))
    except OSError:
        return []
    return [replace(array, errors=_md_errors(host, array.name)) for array in arrays]


def _md_errors(host: Host, name: str) -> int | None:
    """What reading met and could correct; the kernel throws a device out for more."""
    folder = host.sys_path(f"block/{name}/md")
    counts = [
        parse_count(host.text(f"{folder}/{entry}/errors"))
        for entry in host.entries(folder)
        if entry.startswith("dev-")
    ]
    return sum(count or 0 for count in counts) if counts else None


def _zfs(host: Host) -> list[Raid]:
    folder = host.proc_path("spl/kstat/zfs")
    states = {
        pool: host.text(f"{folder}/{pool}/state")
        for pool in host.entries(folder)
        if host.exists(f"{folder}/{pool}/state")
    }
    # A command would tell of the host that it runs on.
    if not states or host.moved:
        return _pools_by_state(states)
    try:
        pools = parse_list(output_of(LIST, _COMMAND_SECONDS)[1])
        details = parse_status(output_of(STATUS, _COMMAND_SECONDS)[1])
    except OSError:
        return _pools_by_state(states)
    return [
        replace(pool, **vars(details[pool.name])) if pool.name in details else pool
        for pool in pools
    ] or _pools_by_state(states)


def _pools_by_state(states: dict[str, str]) -> list[Raid]:
    return [
        Raid(printable(pool.encode(), NAME_LENGTH), "zfs", STATES.get(state, "failed"))
        for pool, state in states.items()
    ]


def _btrfs(host: Host) -> list[Raid]:
    folder = host.sys_path("fs/btrfs")
    return [
        _btrfs_of(host, f"{folder}/{uuid}", uuid)
        for uuid in host.entries(folder)
        if host.exists(f"{folder}/{uuid}/allocation")
    ]


def _btrfs_of(host: Host, folder: str, uuid: str) -> Raid:
    devices = host.entries(f"{folder}/devinfo") or host.entries(f"{folder}/devices")
    missing = sum(host.text(f"{folder}/devinfo/{one}/missing") == "1" for one in devices)
    sizes = [
        parse_count(host.text(f"{folder}/devices/{one}/size"))
        for one in host.entries(f"{folder}/devices")
    ]
    used = [
        parse_count(host.text(f"{folder}/allocation/{kind}/disk_used"))
        for kind in ("data", "metadata", "system")
    ]
    operation = host.text(f"{folder}/exclusive_operation")
    return Raid(
        name=printable((host.text(f"{folder}/label") or uuid).encode(), NAME_LENGTH),
        kind=f"btrfs {_profile(host, folder)}".strip(),
        state="degraded" if missing else "ok",
        activity=_BTRFS_ACTIVITIES.get(operation, "other") if operation else None,
        devices=len(devices),
        devices_missing=missing,
        errors=_btrfs_errors(host, folder),
        total_bytes=min(sum(size or 0 for size in sizes) * _SECTOR_BYTES, MAX_INTEGER) or None,
        used_bytes=min(sum(count or 0 for count in used), MAX_INTEGER),
    )


def _profile(host: Host, folder: str) -> str:
    """How data is kept (`raid1`): the one folder among the numbers."""
    for entry in host.entries(f"{folder}/allocation/data"):
        if host.exists(f"{folder}/allocation/data/{entry}/total_bytes"):
            return printable(entry.encode(), 32)
    return ""


def _btrfs_errors(host: Host, folder: str) -> int | None:
    texts = []
    for device in host.entries(f"{folder}/devinfo"):
        with suppress(OSError):  # kernels before 5.14 have none
            texts.append(host.read(f"{folder}/devinfo/{device}/error_stats"))
    return sum(parse_error_stats(text) for text in texts) if texts else None


def parse_error_stats(text: bytes) -> int:
    """The sum of btrfs' counters of errors: `write_errs 0`, one a line."""
    words = (line.split() for line in text.split(b"\n"))
    counts = (parse_count(pair[1].decode("ascii", "replace")) for pair in words if len(pair) == 2)
    return min(sum(count or 0 for count in counts), MAX_INTEGER)


def parse_count(text: str) -> int | None:
    """A whole number of 0 and more, None for anything else."""
    return (
        min(int(text), MAX_INTEGER)
        if text.isascii() and text.isdigit() and len(text) <= 20
        else None
    )

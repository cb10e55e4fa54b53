"""ZFS pools: what `zpool list` and `zpool status` write."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from homelab_agent.contract import Raid
from homelab_agent.contract.raid import Activity, RaidState
from homelab_agent.host import MAX_INTEGER, printable

NAME_LENGTH = 128
LIST = ("zpool", "list", "-Hp", "-o", "name,size,allocated,health")
STATUS = ("zpool", "status", "-p")
STATES: dict[str, RaidState] = {"ONLINE": "ok", "DEGRADED": "degraded"}
_DONE = re.compile(r"([0-9.]+)% done")
_ENDED = re.compile(
    r"scrub repaired .* on \w{3} (\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# NAME STATE READ WRITE CKSUM; spares and headings have fewer words.
_COLUMNS = 5


@dataclass
class Status:
    """What `zpool status` says of one pool."""

    activity: Activity = "idle"
    progress_percent: float | None = None
    devices: int = 0
    devices_missing: int = 0
    errors: int = 0
    scrubbed_at_seconds: int | None = None


def parse_list(text: bytes) -> list[Raid]:
    """The pools of `zpool list`: name, size, allocated and health, tabs between them."""
    pools = []
    for line in text.split(b"\n"):
        words = line.split(b"\t")
        if len(words) != 4 or not words[0]:
            continue
        size, allocated = (_integer(word) for word in words[1:3])
        health = words[3].strip().decode("ascii", "replace")
        pools.append(
            Raid(
                name=printable(words[0], NAME_LENGTH),
                kind="zfs",
                state=STATES.get(health, "failed"),
                total_bytes=size,
                used_bytes=allocated,
            )
        )
    return pools


def parse_status(text: bytes) -> dict[str, Status]:
    """What `zpool status -p` says, by pool."""
    found: dict[str, Status] = {}
    for name, lines in _pools(text.decode("utf-8", "replace")):
        status = Status()
        _read_scan(status, lines)
        _read_devices(status, lines)
        found[printable(name.encode(), NAME_LENGTH)] = status
    return found


def _pools(text: str) -> Iterator[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for line in text.split("\n"):
        label, colon, rest = line.partition(":")
        if colon and label.strip() == "pool":
            if name:
                yield name, lines
            name, lines = rest.strip(), []
        else:
            lines.append(line)
    if name:
        yield name, lines


def _read_scan(status: Status, lines: list[str]) -> None:
    for line in lines:
        if " in progress" in line and line.lstrip().startswith("scan:"):
            status.activity = "resilver" if "resilver" in line else "scrub"
        done = _DONE.search(line)
        if done is not None and done[1].count(".") <= 1 and done[1] != ".":
            status.progress_percent = min(float(done[1]), 100.0)
        ended = _ENDED.search(line)
        if ended is not None and ended[1] in _MONTHS:
            status.scrubbed_at_seconds = _local_time(ended)


def _local_time(match: re.Match[str]) -> int | None:
    day, hour, minute, second, year = (int(match[group]) for group in range(2, 7))
    month = _MONTHS.index(match[1]) + 1
    try:
        return max(int(time.mktime((year, month, day, hour, minute, second, 0, 0, -1))), 0)
    except (OverflowError, ValueError):
        return None


def _read_devices(status: Status, lines: list[str]) -> None:
    """Count the leaves of the tree of devices, and their errors."""
    rows = list(_config(lines))
    # The first is the pool itself; a row with a deeper one below it is a group.
    for number, (depth, words) in enumerate(rows[1:], 1):
        if number + 1 < len(rows) and rows[number + 1][0] > depth:
            continue
        if len(words) < _COLUMNS:
            continue
        status.devices += 1
        status.devices_missing += words[1] != "ONLINE"
        errors = sum(_integer(word.encode()) or 0 for word in words[2:5])
        status.errors = min(status.errors + errors, MAX_INTEGER)


def _config(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    inside = False
    for line in lines:
        words = line.split()
        if words[:2] == ["NAME", "STATE"]:
            inside = True
        elif inside and line.startswith("errors:"):
            return
        elif inside and words:
            yield len(line) - len(line.lstrip()), words


def _integer(word: bytes) -> int | None:
    return min(int(word), MAX_INTEGER) if word.isdigit() and len(word) <= 20 else None

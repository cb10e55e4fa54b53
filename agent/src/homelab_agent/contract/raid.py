"""The family `raid`: one row per md array, ZFS pool and btrfs filesystem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Severity, family, gauge, key, label, state

RaidState = Literal["ok", "degraded", "failed"]
Activity = Literal[
    "idle",
    "resync",
    "recovery",
    "check",
    "repair",
    "reshape",
    "scrub",
    "resilver",
    "balance",
    "other",
]


@dataclass(frozen=True)
class Raid:
    """What joins devices into one: its health, and the capacity that filesystems share."""

    name: Annotated[str, key(max_length=128)]
    # `md raid6`, `zfs`, `btrfs raid1`
    kind: Annotated[str, label(1, max_length=64)]
    # degraded: it works, with less redundancy than it should have. failed: it does not work.
    state: Annotated[RaidState, state(2, counts="ok")]
    activity: Annotated[Activity | None, state(3, counts="idle")] = None
    progress_percent: Annotated[float | None, gauge(4, "percent")] = None
    devices: Annotated[int | None, gauge(5, "devices")] = None
    devices_missing: Annotated[int | None, gauge(6, "devices")] = None
    # Of reading, writing and checksums, since somebody cleared them.
    errors: Annotated[int | None, gauge(7, "errors")] = None
    total_bytes: Annotated[int | None, gauge(8, "bytes")] = None
    used_bytes: Annotated[int | None, gauge(9, "bytes")] = None
    # When the last scrub ended, in seconds since the epoch.
    scrubbed_at_seconds: Annotated[int | None, gauge(10, "seconds")] = None


def severity(row: Raid) -> Severity | None:
    """One that does not work, that lacks a device, or that met errors."""
    if row.state == "failed":
        return "critical"
    return "warning" if row.state == "degraded" or row.errors else None


RAID = family(
    Raid,
    name="raid",
    payload="raids",
    table="raid_metrics",
    index="idx_raid",
    severity=severity,
)

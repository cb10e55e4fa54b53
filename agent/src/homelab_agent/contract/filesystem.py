"""The family `filesystem`: one row per mounted filesystem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Derivation, Severity, family, gauge, key, label, state

WARNING_PERCENT = 90.0
CRITICAL_PERCENT = 98.0


def used_percent(used_bytes: int, available_bytes: int) -> float:
    """The share in use as df(1) sees it: what root reserved counts as neither used nor free."""
    usable_bytes = used_bytes + available_bytes
    return 100 * used_bytes / usable_bytes if usable_bytes else 0.0


@dataclass(frozen=True)
class Filesystem:
    """A mounted filesystem, as statvfs(2) tells it."""

    mount_point: Annotated[str, key(max_length=255)]
    device: Annotated[str, label(1, max_length=255)]
    fs_type: Annotated[str, label(2, max_length=50)]
    total_bytes: Annotated[int, gauge(3, "bytes")]
    used_bytes: Annotated[int, gauge(4, "bytes")]
    available_bytes: Annotated[int, gauge(5, "bytes", complement="used_bytes")]
    percent: Annotated[
        float,
        gauge(6, "percent", derive=Derivation(used_percent, ("used_bytes", "available_bytes"))),
    ]
    inodes_total: Annotated[int | None, gauge(7, "inodes")] = None
    inodes_used: Annotated[int | None, gauge(8, "inodes")] = None
    read_only: Annotated[bool | None, state(9)] = None
    # stale: mounted, but not answering. missing: was mounted, is gone.
    state: Annotated[Literal["ok", "stale", "missing"], state(10, counts="ok", gates=True)] = "ok"


def fills_up(row: Filesystem) -> bool:
    """Whether its use means something now: it answers, and is no read-only image.

    A CD or a squashfs is full by nature, and nobody can do anything about it.
    """
    return row.state == "ok" and not (row.read_only and row.available_bytes == 0)


def severity(row: Filesystem) -> Severity | None:
    """One that is full, or that does not answer."""
    if row.state != "ok":
        return "warning"
    if not fills_up(row) or row.percent < WARNING_PERCENT:
        return None
    return "critical" if row.percent >= CRITICAL_PERCENT else "warning"


FILESYSTEM = family(
    Filesystem,
    name="filesystem",
    payload="filesystems",
    table="filesystem_metrics",
    index="idx_filesystem",
    severity=severity,
)

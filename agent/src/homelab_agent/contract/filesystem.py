"""The family `filesystem`: one row per mounted filesystem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Derivation, family, gauge, key, label, state


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


FILESYSTEM = family(
    Filesystem,
    name="filesystem",
    payload="filesystems",
    table="filesystem_metrics",
    index="idx_filesystem",
)

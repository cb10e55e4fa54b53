"""The family `disk`: one row per block device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import counter, family, key


@dataclass(frozen=True)
class Disk:
    """A block device with what went through it since boot."""

    name: Annotated[str, key(max_length=64)]
    read_bytes: Annotated[int, counter(1, "bytes")]
    written_bytes: Annotated[int, counter(2, "bytes")]
    reads: Annotated[int, counter(3, "operations")]
    writes: Annotated[int, counter(4, "operations")]
    # The time in which it had something to do.
    busy_seconds: Annotated[float | None, counter(5, "seconds")] = None


DISK = family(Disk, name="disk", payload="disks", table="disk_metrics", index="idx_disk")

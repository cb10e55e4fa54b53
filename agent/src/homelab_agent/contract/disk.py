"""The family `disk`: one row per block device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import counter, family, gauge, key, label


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
    # The time that all operations took together: its rate is the length of the queue.
    queued_seconds: Annotated[float | None, counter(6, "seconds")] = None
    # What an operation took since the sample before, waiting included; None where there was none.
    await_seconds: Annotated[float | None, gauge(7, "seconds")] = None
    # disk, or what is made of disks that are counted too: md, lvm, crypt, multipath, dm, bcache.
    kind: Annotated[str | None, label(8, max_length=16)] = None
    model: Annotated[str | None, label(9, max_length=128)] = None
    size_bytes: Annotated[int | None, gauge(10, "bytes")] = None


DISK = family(Disk, name="disk", payload="disks", table="disk_metrics", index="idx_disk")

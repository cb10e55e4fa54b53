"""The family `process`: one row per program among the largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import family, gauge, key


@dataclass(frozen=True)
class Process:
    """All processes of one program, where they are among the ten largest."""

    # The kernel's short name of the program: processes come and go, programs stay.
    name: Annotated[str, key(max_length=64)]
    processes: Annotated[int, gauge(1, "processes")]
    # Of all processors of the host, since the sample before.
    cpu_percent: Annotated[float | None, gauge(2, "percent")] = None
    # What they hold in memory; what several share is counted for each.
    memory_bytes: Annotated[int | None, gauge(3, "bytes")] = None


PROCESS = family(
    Process,
    name="process",
    payload="top_processes",
    table="process_metrics",
    index="idx_process",
)

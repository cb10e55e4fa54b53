"""The family `gpu`: one row per graphics processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import family, gauge, key


@dataclass(frozen=True)
class Gpu:
    """A graphics processor, as far as its driver tells."""

    # Driver and place: `amdgpu 0000:03:00.0`
    name: Annotated[str, key(max_length=64)]
    busy_percent: Annotated[float | None, gauge(1, "percent")] = None
    memory_used_bytes: Annotated[int | None, gauge(2, "bytes")] = None
    memory_total_bytes: Annotated[int | None, gauge(3, "bytes")] = None
    power_watts: Annotated[float | None, gauge(4, "watts")] = None
    frequency_hertz: Annotated[int | None, gauge(5, "hertz")] = None


GPU = family(Gpu, name="gpu", payload="gpus", table="gpu_metrics", index="idx_gpu")

"""The family `processor`: one row per logical processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import family, gauge, key


@dataclass(frozen=True)
class Processor:
    """A logical processor's use since the sample before."""

    name: Annotated[str, key(max_length=16)]
    percent: Annotated[float, gauge(1, "percent")]


PROCESSOR = family(
    Processor,
    name="processor",
    payload="processors",
    table="processor_metrics",
    index="idx_processor",
)

"""The family `fan`: one row per fan that tells its speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import family, gauge, key


@dataclass(frozen=True)
class Fan:
    """A fan's speed; 0 where it stands, or where nothing is connected."""

    sensor: Annotated[str, key(max_length=128)]
    rpm: Annotated[int, gauge(1, "rpm")]


FAN = family(Fan, name="fan", payload="fans", table="fan_metrics", index="idx_fan")

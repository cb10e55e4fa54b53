"""The family `temperature`: one row per sensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import Severity, family, gauge, key


@dataclass(frozen=True)
class Temperature:
    """A sensor's reading."""

    sensor: Annotated[str, key(max_length=128)]
    celsius: Annotated[float, gauge(1, "celsius", minimum=-273.15)]
    # Where the hardware says that it takes harm.
    critical_celsius: Annotated[float | None, gauge(2, "celsius", minimum=-273.15)] = None


def severity(row: Temperature) -> Severity | None:
    """A sensor at its critical value."""
    hot = row.critical_celsius is not None and row.celsius >= row.critical_celsius
    return "warning" if hot else None


TEMPERATURE = family(
    Temperature,
    name="temperature",
    payload="temperatures",
    table="temperature_metrics",
    index="idx_temperature",
    severity=severity,
)

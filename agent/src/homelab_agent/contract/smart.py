"""The family `smart`: one row per drive that tells of its health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Severity, family, gauge, key, label, state


@dataclass(frozen=True)
class Smart:
    """What a drive says of itself."""

    # Model and serial number: these stay when a drive changes its place.
    drive: Annotated[str, key(max_length=128)]
    device: Annotated[str, label(1, max_length=64)]
    # The drive's own verdict.
    state: Annotated[Literal["passed", "failed", "unknown"], state(2, counts="passed")]
    power_on_seconds: Annotated[int | None, gauge(3, "seconds")] = None
    # How much of what an SSD was made for is used up; it may go beyond 100.
    wear_percent: Annotated[float | None, gauge(4, "percent", maximum=255)] = None
    reallocated_sectors: Annotated[int | None, gauge(5, "sectors")] = None
    pending_sectors: Annotated[int | None, gauge(6, "sectors")] = None
    # What could not be read or written in spite of all.
    uncorrectable_errors: Annotated[int | None, gauge(7, "errors")] = None
    # Of the cable and the plugs.
    interface_errors: Annotated[int | None, gauge(8, "errors")] = None
    spare_percent: Annotated[float | None, gauge(9, "percent", maximum=255)] = None
    celsius: Annotated[float | None, gauge(10, "celsius", minimum=-273.15)] = None


def severity(row: Smart) -> Severity | None:
    """One that fails, one that has sectors it can't read now, one that is used up."""
    if row.state == "failed":
        return "critical"
    return "warning" if row.pending_sectors or (row.wear_percent or 0) >= 100 else None


SMART = family(
    Smart,
    name="smart",
    payload="smarts",
    table="smart_metrics",
    index="idx_smart",
    severity=severity,
)

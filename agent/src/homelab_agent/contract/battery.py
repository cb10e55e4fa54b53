"""The family `battery`: one row per battery that the host runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Severity, family, gauge, key, state

BatteryState = Literal["charging", "discharging", "full", "not_charging", "unknown"]
LOW_PERCENT = 10.0


@dataclass(frozen=True)
class Battery:
    """A battery."""

    name: Annotated[str, key(max_length=64)]
    state: Annotated[BatteryState, state(1, counts="discharging")]
    percent: Annotated[float | None, gauge(2, "percent")] = None
    # What goes in or out now.
    power_watts: Annotated[float | None, gauge(3, "watts")] = None
    # Until it is empty, at the power of now; None unless it discharges.
    remaining_seconds: Annotated[float | None, gauge(4, "seconds")] = None
    # What it holds when full, of what it held when new; it may be a little more.
    health_percent: Annotated[float | None, gauge(5, "percent", maximum=200)] = None
    cycles: Annotated[int | None, gauge(6, "cycles")] = None


def severity(row: Battery) -> Severity | None:
    """One that is nearly empty, and nothing fills it."""
    low = row.percent is not None and row.percent <= LOW_PERCENT
    return "warning" if low and row.state == "discharging" else None


BATTERY = family(
    Battery,
    name="battery",
    payload="batteries",
    table="battery_metrics",
    index="idx_battery",
    severity=severity,
)

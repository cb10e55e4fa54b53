"""The family `ups`: one row per uninterruptible power supply that NUT knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Severity, family, gauge, key, label, state

UpsState = Literal["online", "on_battery", "low_battery", "off", "unknown"]


@dataclass(frozen=True)
class Ups:
    """An uninterruptible power supply."""

    name: Annotated[str, key(max_length=64)]
    # low_battery: it asks its hosts to shut down.
    state: Annotated[UpsState, state(1, counts="online")]
    model: Annotated[str | None, label(2, max_length=128)] = None
    charge_percent: Annotated[float | None, gauge(3, "percent")] = None
    runtime_seconds: Annotated[float | None, gauge(4, "seconds")] = None
    # Of what it can carry; it may carry more for a while.
    load_percent: Annotated[float | None, gauge(5, "percent", maximum=1_000)] = None
    power_watts: Annotated[float | None, gauge(6, "watts")] = None
    input_volts: Annotated[float | None, gauge(7, "volts")] = None
    replace_battery: Annotated[bool | None, state(8)] = None


def severity(row: Ups) -> Severity | None:
    """One whose battery ends, one that runs on it, one whose battery is worn out."""
    if row.state == "low_battery":
        return "critical"
    return "warning" if row.state in {"on_battery", "off"} or row.replace_battery else None


UPS = family(
    Ups, name="ups", payload="upses", table="ups_metrics", index="idx_ups", severity=severity
)

"""The family `systemd_unit`: one row per unit that failed or is watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Severity, counter, family, gauge, key, label, state

UnitState = Literal[
    "active", "reloading", "inactive", "failed", "activating", "deactivating", "other"
]


@dataclass(frozen=True)
class SystemdUnit:
    """A unit of systemd."""

    name: Annotated[str, key(max_length=255)]
    state: Annotated[UnitState, state(1, counts="active")]
    # As systemd says it: running, exited, auto-restart, start-pre …
    substate: Annotated[str | None, label(2, max_length=32)] = None
    description: Annotated[str | None, label(3, max_length=255)] = None
    # By systemd itself, since the unit was started by somebody.
    restarts: Annotated[int | None, counter(4, "restarts")] = None
    # Of all processors of the host.
    cpu_percent: Annotated[float | None, gauge(5, "percent")] = None
    memory_bytes: Annotated[int | None, gauge(6, "bytes")] = None


def severity(row: SystemdUnit) -> Severity | None:
    """One that failed, or that systemd starts over and over."""
    return "warning" if row.state == "failed" or row.substate == "auto-restart" else None


SYSTEMD_UNIT = family(
    SystemdUnit,
    name="systemd_unit",
    payload="systemd_units",
    table="systemd_unit_metrics",
    index="idx_systemd_unit",
    severity=severity,
)

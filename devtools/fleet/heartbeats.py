"""Whole heartbeats of a host of the fleet, as its agent would send them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import numpy as np

from devtools.fleet.course import DAY, HOUR, Times, seed_of
from devtools.fleet.machine import Machine
from devtools.fleet.presence import is_present
from devtools.fleet.rows import Course, Row

AGENT_VERSION = "0.1.0"
HISTORY_DAYS = 90
_LONGEST_UPTIME_DAYS = 70


def heartbeats(machine: Machine, times: Times, interval: int, began: int) -> list[dict[str, Any]]:
    """The host's heartbeats at those of the times at which it runs.

    times:    Unix seconds, ascending
    interval: how often it says that it reports
    began:    when the fleet began to live
    """
    times = times[is_present(machine, times, began)]
    if not len(times):
        return []
    # An hour's start before all that was ever counted.
    origin = (began - (HISTORY_DAYS + _LONGEST_UPTIME_DAYS) * DAY) // HOUR * HOUR
    course = Course(machine, times, origin, began)
    facts = _facts(machine)
    beats = [
        {
            **facts,
            "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
            "interval_seconds": interval,
            "boot_id": str(uuid.UUID(int=seed_of(machine.id, booted) << 64 | booted)),
        }
        for at, booted in zip(times.tolist(), course.booted.tolist(), strict=True)
    ]
    for payload, rows in course.rows():
        for beat, row in zip(beats, rows, strict=True):
            _put(beat, payload, row)
    return beats


def due(machine: Machine, start: int, end: int, interval: int) -> Times:
    """When the host reports from `start` until before `end`: each has a second of its own."""
    phase = seed_of(machine.id, "phase") % interval
    first = start + (phase - start) % interval
    return np.arange(first, end, interval)


def _put(beat: dict[str, Any], payload: str, row: Row | None) -> None:
    if payload == "metrics":
        beat[payload] = row
    elif row is not None:
        beat.setdefault(payload, []).append(row)


def _facts(machine: Machine) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "server_id": machine.id,
        "hostname": machine.host,
        "agent_version": AGENT_VERSION,
        "clock_offset_seconds": machine.clock_offset,
        "ip_addresses": [machine.address] if machine.address else [],
        "os_info": {
            "distribution": machine.distribution,
            "version": machine.version,
            "kernel": machine.kernel,
            "architecture": machine.architecture,
        },
        "cpu_info": {"cpu_model": machine.cpu_model, "cpu_cores": machine.cores},
    }
    if machine.broken_collectors:
        facts["collectors"] = {
            name: {"ok": False, "duration_seconds": 0.0004, "error": error}
            for name, error in machine.broken_collectors.items()
        }
    return facts

"""Whether a server reports, and whether it is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from homelab_agent.contract import FAMILIES, Severity

from homelab_cmd.clock import MAX_AHEAD_MS
from homelab_cmd.servers.snapshots import Snapshot

Status = Literal["online", "offline", "stale", "paused", "unknown"]
Health = Literal["ok", "warning", "critical"]

DEFAULT_INTERVAL_MS = 10_000
STALE_INTERVALS = 3
OFFLINE_INTERVALS = 10


def status_of(snapshot: Snapshot, *, paused: bool, now_ms: int) -> Status:
    """Stale after 3 missed intervals, offline after 10, unknown before the first heartbeat.

    What was last seen in the future says nothing of now: the server's clock was wrong then.
    """
    if paused:
        return "paused"
    if snapshot.last_seen_ms is None:
        return "unknown"
    interval_ms = snapshot.facts.get("interval_ms") or DEFAULT_INTERVAL_MS
    silent_ms = now_ms - snapshot.last_seen_ms
    if silent_ms > OFFLINE_INTERVALS * interval_ms or silent_ms < -MAX_AHEAD_MS:
        return "offline"
    return "stale" if silent_ms > STALE_INTERVALS * interval_ms else "online"


@dataclass(frozen=True)
class Problem:
    """A row that does not do well: its family, its key (empty where there is one row), how bad."""

    family: str
    key: str
    severity: Severity


def problems_of(snapshot: Snapshot) -> list[Problem]:
    """What the families' declarations say of the newest rows, the worst first."""
    problems = []
    for family in FAMILIES:
        judge = family.severity
        for row in snapshot.rows.get(family.name, []) if judge else []:
            severity = judge(row) if judge else None
            if severity:
                key = getattr(row, family.key.name) if family.key else ""
                problems.append(Problem(family.name, key, severity))
    return sorted(problems, key=lambda problem: problem.severity != "critical")


def health_of(problems: list[Problem], status: Status) -> Health:
    """The worst of the server's problems and of its silence."""
    if status == "offline":
        return "critical"
    return problems[0].severity if problems else "ok"

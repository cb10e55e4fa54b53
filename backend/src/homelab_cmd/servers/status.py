"""Whether a server reports, and whether it is well."""

from __future__ import annotations

from typing import Any, Literal

from homelab_agent.contract import FILESYSTEM, TEMPERATURE

from homelab_cmd.servers.snapshots import Snapshot

Status = Literal["online", "offline", "stale", "paused", "unknown"]
Health = Literal["ok", "warning", "critical"]

DEFAULT_INTERVAL_MS = 10_000
STALE_INTERVALS = 3
OFFLINE_INTERVALS = 10
WARNING_PERCENT = 90.0
CRITICAL_PERCENT = 98.0


def status_of(snapshot: Snapshot, *, paused: bool, now_ms: int) -> Status:
    """Stale after 3 missed intervals, offline after 10, unknown before the first heartbeat."""
    if paused:
        return "paused"
    if snapshot.last_seen_ms is None:
        return "unknown"
    interval_ms = snapshot.facts.get("interval_ms") or DEFAULT_INTERVAL_MS
    silent_ms = now_ms - snapshot.last_seen_ms
    if silent_ms > OFFLINE_INTERVALS * interval_ms:
        return "offline"
    return "stale" if silent_ms > STALE_INTERVALS * interval_ms else "online"


def fills_up(row: Any) -> bool:
    """Whether a filesystem's use means something now: it answers, and is no read-only image.

    A CD or a squashfs is full by nature, and nobody can do anything about it.
    """
    return row.state == "ok" and not (row.read_only and row.available_bytes == 0)


def health_of(snapshot: Snapshot, status: Status) -> Health:
    """The worst of the server's filesystems, sensors and of its silence."""
    if status == "offline":
        return "critical"
    filesystems = snapshot.rows.get(FILESYSTEM.name, [])
    worst_percent = max((row.percent for row in filesystems if fills_up(row)), default=0)
    if worst_percent >= CRITICAL_PERCENT:
        return "critical"
    if worst_percent >= WARNING_PERCENT or any(row.state != "ok" for row in filesystems):
        return "warning"
    hot = any(
        row.critical_celsius is not None and row.celsius >= row.critical_celsius
        for row in snapshot.rows.get(TEMPERATURE.name, [])
    )
    return "warning" if hot else "ok"

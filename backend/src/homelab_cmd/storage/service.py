"""Bytes by server, family and tier; growth; what each retention setting costs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from homelab_agent.contract import HOST
from sqlalchemy import Connection

from homelab_cmd.clock import DAY_MS
from homelab_cmd.db.database import Database
from homelab_cmd.db.timescale import Extension, find_extension
from homelab_cmd.history.interface import HistoryEngine, StoredSize
from homelab_cmd.history.tiers import DAY, TIERS, Retention
from homelab_cmd.storage import repository

Sizes = Callable[[Connection], list[StoredSize]]


@dataclass(frozen=True)
class TierCost:
    """A tier's bytes now, and in a steady state: once it is as old as it is kept.

    per_day_bytes: of one day of history, all servers; None before a day has been kept
    steady_bytes:  None for a tier that is kept for ever, or whose growth is not known yet
    """

    tier: str
    size_bytes: int
    kept_days: float | None
    per_day_bytes: float | None
    steady_bytes: float | None


@dataclass(frozen=True)
class Storage:
    """All facts of `homelab-cmd storage`. Sizes are in bytes."""

    database_bytes: int
    disk_free_bytes: int | None
    growth_per_day_bytes: float | None
    disk_full_in_days: float | None
    tiers: list[TierCost]
    parts: list[StoredSize]
    names: dict[int, str]
    timescale: Extension | None


def measure(
    database: Database,
    engine: HistoryEngine,
    retention: Retention,
    folder: Path,
    *,
    sizes: Sizes | None = None,
) -> Storage:
    """What is kept, and what it will be.

    folder: holds the data, on the disk that fills
    sizes:  tells what each series costs, in place of the engine, which reads a lot for it
    """
    with database.connect() as connection:
        parts = (sizes or engine.stats)(connection)
        names = repository.server_names(connection)
        database_bytes = repository.database_bytes(connection)
        days = _days_kept(connection, parts)
        timescale = find_extension(connection)
    tiers = _tier_costs(parts, retention, days)
    growth = _growth(tiers, days)
    free = _free_bytes(folder) if database.is_sqlite else None
    full_in = free / growth if free is not None and growth else None
    return Storage(database_bytes, free, growth, full_in, tiers, parts, names, timescale)


def _days_kept(connection: Connection, parts: list[StoredSize]) -> float:
    """How many days of history there are: it may have come from elsewhere with its past."""
    first_ms, last_ms = repository.first_and_last(connection)
    if first_ms is None or last_ms is None:
        return 0.0
    days = [part.samples for part in parts if (part.family, part.tier) == (HOST.name, DAY.name)]
    return max([(last_ms - first_ms) / DAY_MS, *days, 0.0])


def _tier_costs(parts: list[StoredSize], retention: Retention, days: float) -> list[TierCost]:
    names = [tier.name for tier in TIERS]
    costs = []
    for name in [*names, *sorted({part.tier for part in parts} - set(names))]:
        size = sum(part.size_bytes for part in parts if part.tier == name)
        span_ms = retention.spans.get(name)
        kept_days = None if span_ms is None else span_ms / DAY_MS
        covered = min(days, kept_days or float("inf"))
        per_day = size / covered if covered >= 1 and name in names else None
        steady = per_day * kept_days if per_day is not None and kept_days is not None else None
        costs.append(TierCost(name, size, kept_days, per_day, steady))
    return costs


def _growth(tiers: list[TierCost], days: float) -> float | None:
    """Bytes a day by which the file grows now: of the tiers that are not pruned yet."""
    growing = [
        tier.per_day_bytes
        for tier in tiers
        if tier.per_day_bytes is not None and (tier.kept_days is None or days < tier.kept_days)
    ]
    return sum(growing) if growing else None


def _free_bytes(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize

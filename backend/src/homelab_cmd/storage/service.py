"""Bytes by server, family and tier; growth; what each retention setting costs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from homelab_cmd.clock import DAY_MS
from homelab_cmd.db.database import Database
from homelab_cmd.db.timescale import Extension, find_extension
from homelab_cmd.history.interface import StoredSize
from homelab_cmd.history.tiers import TIERS, Retention
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


def measure(database: Database, sizes: Sizes, retention: Retention, folder: Path) -> Storage:
    """What is kept, and what it will be.

    sizes:  tells what each series costs, as an engine's `stats`
    folder: holds the data, on the disk that fills
    """
    with database.connect() as connection:
        parts = sizes(connection)
        names = repository.server_names(connection)
        database_bytes = repository.database_bytes(connection)
        days = repository.days_kept(connection)
        timescale = find_extension(connection)
    tiers = _tier_costs(parts, retention, days)
    growth = _growth(tiers, days)
    free = _free_bytes(folder) if database.is_sqlite else None
    full_in = free / growth if free is not None and growth else None
    return Storage(database_bytes, free, growth, full_in, tiers, parts, names, timescale)


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

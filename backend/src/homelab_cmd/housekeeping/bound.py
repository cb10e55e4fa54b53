"""Keeping the database below `max_size`: the oldest samples go first, then the oldest minutes.

What goes is rolled up before, as always; a tier's floor rises by a day at a time, so readers take
the coarser tier from then on. Hours and days stay: they are small, and what lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from homelab_cmd.clock import iso
from homelab_cmd.db.database import Database
from homelab_cmd.db.size import size_of
from homelab_cmd.history.audit import first_day
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.tiers import (
    DAY_MS,
    HOUR,
    MINUTE,
    RAW,
    TIERS,
    Retention,
    Tier,
    floor_to,
)
from homelab_cmd.servers.service import server_names

# Pruning begins above the one share and ends below the other: the rest is what comes in until the
# next round, and what sealing needs beside what it replaces.
PRUNE_ABOVE = 0.9
PRUNE_BELOW = 0.85
# What stays of a tier: late data still has to find the samples that its windows depend on.
LEAST_MS = 2 * DAY_MS


@dataclass(frozen=True)
class Bound:
    """The largest size of the database, and what its history is kept for without it."""

    max_bytes: int
    retention: Retention


def keep_below(
    database: Database,
    engine: HistoryEngine,
    bound: Bound,
    now_ms: int,
    stop: Callable[[], bool],
) -> str | None:
    """Prune until the database is small enough; a sentence where nothing is left to prune."""
    if _used_bytes(database) <= PRUNE_ABOVE * bound.max_bytes:
        return None
    with database.connect() as connection:
        today_ms = floor_to(now_ms, DAY_MS)
        keys = list(server_names(connection))
        oldest_ms = min(
            (first_day(connection, engine, key, 0, today_ms) for key in keys), default=today_ms
        )
    while not stop() and _used_bytes(database) > PRUNE_BELOW * bound.max_bytes:
        with database.connect() as connection:
            floors = dict(engine.floors(connection))
        tighter = tightened(bound.retention, floors, oldest_ms, now_ms)
        if tighter is None:
            return (
                f"max_size is too small: two days of samples, the hours and the days "
                f"take more than {PRUNE_BELOW:.0%} of its {bound.max_bytes} bytes."
            )
        engine.maintain(database, now_ms, tighter, stop)
    return None


def tightened(
    retention: Retention, floors: Mapping[str, int], oldest_ms: int, now_ms: int
) -> Retention | None:
    """One day less of the finest tier that can spare one; None where none can.

    floors:    by tier name the time before which it is pruned already
    oldest_ms: the midnight before which there is nothing
    """
    floor_ms = {
        tier: max(floors.get(tier.name, 0), retention.floor_ms(tier, now_ms), oldest_ms)
        for tier in (RAW, MINUTE)
    }
    for tier, known_ms in floor_ms.items():
        if known_ms + DAY_MS <= floor_to(now_ms, DAY_MS) - LEAST_MS:
            floor_ms[tier] = known_ms + DAY_MS
            spans = {tier.name: now_ms - floor_ms[tier] for tier in (RAW, MINUTE)}
            # Where samples reach further back than minutes may, the minutes reach as far.
            spans[MINUTE.name] = max(spans[MINUTE.name], spans[RAW.name])
            return Retention({**retention.spans, **spans}, retention.ephemeral_ms)
    return None


def limited_tiers(retention: Retention, floors: Mapping[str, int], now_ms: int) -> dict[Tier, int]:
    """The tiers that begin later than their retention asks for, and when: `max_size` cut them."""
    return {
        tier: floors[tier.name]
        for tier in TIERS
        if floors.get(tier.name, 0) > retention.floor_ms(tier, now_ms)
    }


def in_words(limited: Mapping[Tier, int]) -> str | None:
    """What that means for people, in one sentence; None where nothing is cut."""
    names = {RAW: "samples", MINUTE: "minutes", HOUR: "hours"}
    parts = [
        f"{names.get(tier, 'days')} go back to {iso(floor_ms)[:10]}"
        for tier, floor_ms in limited.items()
    ]
    if not parts:
        return None
    return f"Because of max_size {' and '.join(parts)}; what is older is coarser."


def _used_bytes(database: Database) -> int:
    with database.connect() as connection:
        return size_of(connection).used_bytes

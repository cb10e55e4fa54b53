"""Whether two installations hold the same history: counts and sums, per series and tier."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import select

from homelab_cmd.history import rollup
from homelab_cmd.history.interface import Frame, Selection
from homelab_cmd.history.rows.tables import floors
from homelab_cmd.history.tiers import DAY_MS, MINUTE, RAW, TIERS, Tier
from homelab_cmd.moving.history import Mover, Side, spans

# Of a series: how many samples or windows there are, and by field how many values and their sum.
Totals = tuple[int, dict[str, tuple[int, float]]]


@dataclass
class Comparison:
    """What was compared. `differences` are sentences."""

    series: int = 0
    samples: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((tier.name for tier in TIERS), 0)
    )
    differences: list[str] = field(default_factory=list)


def compare(
    mover: Mover, servers: Mapping[int, str], days: Mapping[tuple[int, int], int]
) -> Comparison:
    """Compare the days that were copied, and all windows before the midnight.

    days: by server and day what was copied of it; one that has changed since is left out
    """
    found = Comparison()
    with mover.source.database.connect() as connection:
        now = mover.source.engine.days(connection)
    for (server_key, day_ms), number in days.items():
        if now.get((server_key, day_ms)) == number:
            _compare(mover, found, servers, Part(server_key, RAW, day_ms, day_ms + DAY_MS))
    for server_key in servers:
        for tier, first_ms in mover.first_windows(server_key).items():
            for start_ms, stop_ms in spans(tier, first_ms, mover.end_ms):
                _compare(mover, found, servers, Part(server_key, tier, start_ms, stop_ms))
    return found


@dataclass(frozen=True)
class Part:
    """A range of a tier of a server."""

    server_key: int
    tier: Tier
    start_ms: int
    stop_ms: int


def _compare(mover: Mover, found: Comparison, servers: Mapping[int, str], part: Part) -> None:
    part = replace(part, start_ms=max(part.start_ms, _floor(mover, part.tier)))
    for family in FAMILIES if part.start_ms < part.stop_ms else ():
        ours, theirs = (_totals(side, family, part) for side in (mover.source, mover.target))
        for key in sorted({*ours, *theirs}):
            found.series += 1
            found.samples[part.tier.name] += ours.get(key, (0, {}))[0]
            if not _same(ours.get(key), theirs.get(key)):
                found.differences.append(
                    f"{servers.get(part.server_key)}, {family.name} {key!r}, {part.tier.name} from"
                    f" {part.start_ms}: {_say(ours.get(key))} became {_say(theirs.get(key))}"
                )


def _floor(mover: Mover, tier: Tier) -> int:
    """The time from which both must have all of a tier.

    Not as an engine remembers it: the source's server may have raised it just now.
    """
    known = select(floors.c.floor_ms).where(floors.c.tier == tier.name)
    floor_ms = 0
    for side in (mover.source, mover.target):
        with side.database.connect() as connection:
            floor_ms = max(floor_ms, connection.scalar(known) or 0)
    # Minutes that samples answer for begin with one of the day before, which the source may have
    # pruned since the target got it.
    return floor_ms + DAY_MS if tier is MINUTE and floor_ms else floor_ms


def _totals(side: Side, family: Family, part: Part) -> dict[str, Totals]:
    fields = (
        tuple(each.name for each in family.values)
        if part.tier is RAW
        else tuple(column.name for column in rollup.columns(family))
    )
    with side.database.connect() as connection:
        wanted = Selection(
            (part.server_key,), family, None, fields, part.start_ms, part.stop_ms, part.tier
        )
        frames = side.engine.range(connection, wanted)
    return {frame.key: _of(frame) for frame in frames}


def _of(frame: Frame) -> Totals:
    totals = {}
    for name, column in frame.columns.items():
        mask = column.mask()
        values = column.values[mask]
        total = 0.0 if values.dtype == np.object_ else float(np.sum(values, dtype=np.float64))
        totals[name] = (int(mask.sum()), total)
    return len(frame.time_ms), totals


def _same(ours: Totals | None, theirs: Totals | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return ours[0] == theirs[0] and all(
        count == theirs[1][name][0]
        and math.isclose(total, theirs[1][name][1], rel_tol=1e-9, abs_tol=1e-6)
        for name, (count, total) in ours[1].items()
    )


def _say(totals: Totals | None) -> str:
    return "nothing" if totals is None else f"{totals[0]} rows"

"""A host as it was at a moment, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from homelab_agent.contract import FAMILIES, Family, Field, Role
from sqlalchemy import Connection

from homelab_cmd.clock import iso
from homelab_cmd.history import rates
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.planner import Question, Series, answer
from homelab_cmd.history.tiers import RAW, TIERS, floor_to
from homelab_cmd.metrics.catalogue import numeric_fields
from homelab_cmd.metrics.values import rate_name
from homelab_cmd.servers.status import OFFLINE_INTERVALS

# How long before a moment a report may be to tell of it.
LOOK_BACK_MS = 3_600_000
MOST_CHANGES = 100


@dataclass(frozen=True)
class Part:
    """The rows of a family at a moment by key, and when they were reported."""

    as_of_ms: int
    online: bool
    rows: dict[str, dict[str, Any]]


def host_at(
    engine: HistoryEngine, connection: Connection, server_key: int, time_ms: int
) -> dict[str, Part]:
    """By family what the host had last reported by then; absent where that was nothing.

    Where the samples have expired it is the window of the finest tier that is left.
    """
    floors = engine.floors(connection)
    tier = next(tier for tier in TIERS if time_ms >= floors.get(tier.name, 0))
    parts = {}
    for family in FAMILIES:
        if tier is RAW:
            span, fields = (time_ms - LOOK_BACK_MS, time_ms + 1), family.values
        else:
            start_ms = floor_to(time_ms, tier.step_ms)
            span, fields = (start_ms, start_ms + tier.step_ms), numeric_fields(family)
        question = Question((server_key,), family, None, fields, *span, 1, tier)
        part = _part(answer(engine, connection, question).series, fields, time_ms)
        if part is not None:
            parts[family.name] = part
    return parts


def _part(found: Sequence[Series], fields: Sequence[Field], time_ms: int) -> Part | None:
    """What the newest report holds: a series that is not in it was gone by then."""
    newest_ms = max((int(one.time_ms[-1]) for one in found), default=None)
    if newest_ms is None:
        return None
    reported = [one for one in found if one.time_ms[-1] == newest_ms]
    rows = {one.frame.key: _row(one, fields) for one in reported}
    interval_ms = reported[0].step_ms or int(rates.intervals_ms(reported[0].frame)[-1])
    return Part(newest_ms, time_ms - newest_ms <= OFFLINE_INTERVALS * interval_ms, rows)


def _row(series: Series, fields: Sequence[Field]) -> dict[str, Any]:
    """The last values of a series; of windows the mean of a gauge. Counters also as rates."""
    values: dict[str, Any] = {}
    if series.family.key:
        values[series.family.key.name] = series.frame.key
    for field in fields:
        part = "avg" if series.step_ms and field.role is Role.GAUGE else "last"
        values[field.name] = python_values(series.level(field, part))[-1]
        if field.role is Role.COUNTER:
            values[rate_name(field)] = python_values(series.rate(field))[-1]
    return values


def describe(parts: dict[str, Part]) -> dict[str, Any]:
    """`online`, `as_of` per family, and the rows of each under its payload's name."""
    described: dict[str, Any] = {
        "online": any(part.online for part in parts.values()),
        "as_of": {name: iso(part.as_of_ms) for name, part in parts.items()},
    }
    for family in FAMILIES:
        rows = list(parts[family.name].rows.values()) if family.name in parts else None
        described[family.payload] = rows if family.key or rows is None else rows[0]
    return described


def compare(before: dict[str, Part], after: dict[str, Part]) -> dict[str, list[dict[str, Any]]]:
    """`appeared`, `vanished` and `changed`, the largest relative change first."""
    appeared: list[dict[str, Any]] = []
    vanished: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for family in FAMILIES:
        if family.name not in before or family.name not in after:
            continue
        old, new = before[family.name].rows, after[family.name].rows
        appeared += [{"family": family.name, "key": key} for key in sorted(new.keys() - old.keys())]
        vanished += [{"family": family.name, "key": key} for key in sorted(old.keys() - new.keys())]
        for key in sorted(old.keys() & new.keys()):
            changed += _changes(family, key, old[key], new[key])
    changed.sort(key=lambda change: -abs(change["relative"]))
    return {"appeared": appeared, "vanished": vanished, "changed": changed[:MOST_CHANGES]}


def _changes(
    family: Family, key: str, old: dict[str, Any], new: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """The levels that differ, and the states; a counter always rises, so its rate is compared."""
    for field in family.values:
        name = rate_name(field) if field.role is Role.COUNTER else field.name
        first, second = old.get(name), new.get(name)
        if first is None or second is None or first == second:
            continue
        relative = 1.0
        if field.role in (Role.GAUGE, Role.COUNTER):
            relative = (second - first) / max(abs(first), abs(second))
        yield {
            "family": family.name,
            "key": key,
            "field": name,
            "from": first,
            "to": second,
            "relative": relative,
        }

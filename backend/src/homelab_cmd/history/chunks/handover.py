"""History of the chunks engine that goes to another installation, or comes from one."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import Connection, select

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.layout import column_id, rollup_plan
from homelab_cmd.history.chunks.library import Library
from homelab_cmd.history.chunks.logbook import Logbook, LogRow
from homelab_cmd.history.chunks.samples import Samples, from_log, union
from homelab_cmd.history.chunks.sealed import read_windows, windows_payload
from homelab_cmd.history.chunks.sealing import read_day, sealed_rows
from homelab_cmd.history.chunks.store import NewChunk, Which
from homelab_cmd.history.chunks.tables import (
    KEPT_RAW,
    OWN_FAMILY,
    ROLLED_UP,
    SPANS_MS,
    TIMES_KEY,
    span_start,
)
from homelab_cmd.history.frames import join, python_values
from homelab_cmd.history.interface import Frame, Heartbeat, Transactions
from homelab_cmd.history.log import SERVER_BITS, days_logged, heartbeat_id, heartbeats
from homelab_cmd.history.tiers import (
    ASSUMED_INTERVAL_MS,
    DAY_MS,
    MINUTE,
    RAW,
    Tier,
    floor_to,
    makes_tier,
)

_EVER_MS = 1 << 60
_SERVER = heartbeats.c.id.op("&")((1 << SERVER_BITS) - 1)


def days(connection: Connection) -> dict[tuple[int, int], int]:
    """By server and UTC day the heartbeats; one that is being sealed may count twice."""
    counted = Counter(days_logged(connection))
    for row in store.all_days(connection):
        counted[row.server_key, row.start_ms] += row.samples
    return dict(counted)


def heartbeats_of(
    connection: Connection, library: Library, logbook: Logbook, server_key: int, day_ms: int
) -> list[Heartbeat]:
    """The accepted heartbeats of a UTC day, as far as samples are kept, in order."""
    rows = sealed_rows(connection, server_key, day_ms)
    samples = read_day(library, server_key, rows, library.open(connection, rows))
    found = connection.execute(
        select(heartbeats.c.id, heartbeats.c.sequence, heartbeats.c.payload)
        .where(
            heartbeats.c.id >= heartbeat_id(day_ms, 0),
            heartbeats.c.id < heartbeat_id(day_ms + DAY_MS, 0),
            _SERVER.in_([server_key]),
        )
        .order_by(heartbeats.c.id)
    )
    logged = logbook.read(connection, [LogRow(*row) for row in found])
    if logged:
        fresh = from_log(server_key, logged)
        samples = fresh if samples is None else union(samples, fresh)
    return [] if samples is None else _as_heartbeats(samples)


def _as_heartbeats(samples: Samples) -> list[Heartbeat]:
    rows: list[dict[str, list[Any]]] = [{} for _ in samples.time_ms]
    for family in FAMILIES:
        for (name, key), series in samples.series.items():
            if name != family.name:
                continue
            lead = [itertools.repeat(key)] if family.key else []
            columns = [
                python_values(series.columns[column_id(field)])
                if column_id(field) in series.columns
                else itertools.repeat(None, len(series.positions))
                for field in family.values
            ]
            for place, *values in zip(series.positions.tolist(), *lead, *columns, strict=False):
                rows[place].setdefault(name, []).append(family.row(*values))
    return [
        Heartbeat(
            samples.server_key,
            time_ms,
            sequence,
            samples.boots[boot] if boot >= 0 else None,
            interval_ms or None,
            of_heartbeat,
        )
        for time_ms, sequence, boot, interval_ms, of_heartbeat in zip(
            samples.time_ms.tolist(),
            python_values(samples.sequence),
            samples.boot.tolist(),
            samples.interval_ms.tolist(),
            rows,
            strict=True,
        )
    ]


def import_windows(
    database: Transactions, library: Library, family: Family, tier: Tier, frames: Iterable[Frame]
) -> None:
    """Write windows over those that are there, a series at a time."""
    for frame in frames:
        with database.connect(write=True) as connection:
            lock_servers(connection, [frame.server_key])
            part = _without_kept(connection, frame) if tier is MINUTE else frame
            spans = part.time_ms // SPANS_MS[tier.name]
            new = [
                _united(connection, library, family, tier, part.take(spans == span))
                for span in np.unique(spans)
            ]
            if new:
                store.write_chunks(connection, frame.server_key, new)


def _without_kept(connection: Connection, frame: Frame) -> Frame:
    """The minutes but for days whose samples answer in their place."""
    first_ms = floor_to(int(frame.time_ms[0]), DAY_MS) if len(frame.time_ms) else 0
    kept = store.unsettled_days(connection, [frame.server_key], [KEPT_RAW], first_ms, _EVER_MS)
    of_days = frame.time_ms - frame.time_ms % DAY_MS
    return frame.take(~np.isin(of_days, [row.start_ms for row in kept]))


def _united(
    connection: Connection, library: Library, family: Family, tier: Tier, frame: Frame
) -> NewChunk:
    """A series' chunk of a span, with these windows in the place of those of the same times."""
    start_ms = span_start(tier, int(frame.time_ms[0]))
    which = Which([frame.server_key], [family.name], tier, start_ms, start_ms + 1, [frame.key])
    rows = store.find_chunks(connection, which)
    plans = rollup_plan(family)
    for chunk in library.open(connection, rows).values():
        time_ms, columns = read_windows(chunk.payload, family, plans)
        by_name = dict(zip([plan.name for plan in plans], columns, strict=True))
        held = Frame(frame.server_key, frame.key, time_ms, by_name)
        kept = held.take(~np.isin(held.time_ms, frame.time_ms))
        frame = join([kept, frame]) if len(kept.time_ms) else frame
    return NewChunk(
        family.name,
        frame.key,
        tier,
        start_ms,
        int(frame.time_ms[0]),
        int(frame.time_ms[-1]),
        len(frame.time_ms),
        windows_payload(family, frame),
        rows[0].id if rows else None,
    )


def settle(database: Transactions, library: Library, server_key: int, end_ms: int) -> None:
    """Take the windows before `end_ms` for made, but for minutes where the samples answer."""
    which = Which([server_key], [OWN_FAMILY], RAW, 0, end_ms, [TIMES_KEY])
    with database.connect(write=True) as connection:
        lock_servers(connection, [server_key])
        by_state: dict[int, list[int]] = {ROLLED_UP: [], KEPT_RAW: []}
        for chunk in library.open(connection, store.find_chunks(connection, which)).values():
            interval_ms = chunk.times().interval_ms
            paces = np.where(interval_ms > 0, interval_ms, ASSUMED_INTERVAL_MS)
            makes_minutes = makes_tier(MINUTE, int(paces.max(initial=0)))
            by_state[ROLLED_UP if makes_minutes else KEPT_RAW].append(chunk.row.id)
        for state, ids in by_state.items():
            store.set_rolled_up(connection, ids, state)

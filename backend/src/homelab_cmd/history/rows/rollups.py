"""Rolling up, in slices that the ingest writer hardly feels.

An hour of a server is claimed, read, rolled up and written; its mark goes in the last transaction,
and only if the claim still stands. A heartbeat that arrives meanwhile takes the claim away, so the
hour is done again. Whatever the moment of a crash, the mark is there or the roll-up is right.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from homelab_agent.contract import FAMILIES, Family, Role
from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history import rates, rollup
from homelab_cmd.history.ephemeral import is_ephemeral, summed
from homelab_cmd.history.floors import read_floors
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Frame, Report, Selection, Transactions
from homelab_cmd.history.rows.append import upsert
from homelab_cmd.history.rows.read import read_raw, read_table
from homelab_cmd.history.rows.tables import KEPT_RAW, TABLES, marks
from homelab_cmd.history.tiers import (
    DAY,
    DAY_MS,
    HOUR,
    HOUR_MS,
    MINUTE,
    RAW,
    Tier,
    floor_to,
    makes_tier,
)

# An hour is rolled up a little after its end: what comes later still corrects it, at more cost.
GRACE_MS = 120_000
_ROWS_PER_SLICE = 1_500


def roll_up_due(
    database: Transactions, now_ms: int, stop: Callable[[], bool], report: Report
) -> bool:
    """Roll up every stale hour that has ended. False where `stop` cut it short."""
    with database.connect() as connection:
        due = connection.execute(
            select(marks.c.server_id, marks.c.hour_ms)
            .where(marks.c.claim != KEPT_RAW, marks.c.hour_ms <= now_ms - HOUR_MS - GRACE_MS)
            .order_by(marks.c.server_id, marks.c.hour_ms)
        ).all()
    for (server_key, day_ms), group in groupby(
        due, key=lambda mark: (mark.server_id, floor_to(mark.hour_ms, DAY_MS))
    ):
        if stop():
            return False
        hours = [mark.hour_ms for mark in group]
        if _roll_up(database, server_key, day_ms, hours):
            report.rolled_up_hours += len(hours)
    return True


def _roll_up(database: Transactions, server_key: int, day_ms: int, hours: Sequence[int]) -> bool:
    """Roll up hours of one day of a server. False where late data or another process came between.

    Of a host whose pace makes minutes no gain, the samples are kept in their place.
    """
    claim = _Claim(server_key, tuple(hours), 1 + secrets.randbelow(1 << 62))
    with database.connect(write=True) as connection:
        claim.take(connection)
    samples: list[tuple[Family, Frame]] = []
    for family in FAMILIES:
        with database.connect() as connection:
            samples += ((family, frame) for frame in _samples(connection, family, claim))
    with database.connect() as connection:
        # What comes so late that the samples around it are pruned adds windows, and changes none.
        is_pruned = day_ms < read_floors(connection).get(RAW.name, 0)
    slowest_ms = max((int(rates.intervals_ms(frame).max()) for _, frame in samples), default=0)
    for tier in (MINUTE, HOUR):
        if makes_tier(tier, slowest_ms):
            for slice_ in _slices(_all_windows(samples, tier, hours)):
                with database.connect(write=True) as connection:
                    if not claim.stands(connection):
                        return False
                    for family, frame in slice_:
                        write_windows(connection, family, tier, frame, adds_only=is_pruned)
    with database.connect(write=True) as connection:
        if not claim.settle(connection, kept_raw=not makes_tier(MINUTE, slowest_ms)):
            return False
        if not _stale(connection, server_key, day_ms):
            _roll_up_day(connection, server_key, day_ms, adds_only=is_pruned)
    return True


@dataclass(frozen=True)
class _Claim:
    """That a round of maintenance is at certain hours of a server."""

    server_key: int
    hours: tuple[int, ...]
    number: int

    @property
    def _marks(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return marks.c.server_id == self.server_key, marks.c.hour_ms.in_(self.hours)

    def take(self, connection: Connection) -> None:
        lock_servers(connection, [self.server_key])
        connection.execute(update(marks).where(*self._marks).values(claim=self.number))

    def stands(self, connection: Connection) -> bool:
        """Whether nothing came between, nor does before this transaction ends."""
        lock_servers(connection, [self.server_key])
        mine = select(func.count()).where(*self._marks, marks.c.claim == self.number)
        return connection.scalar(mine) == len(self.hours)

    def settle(self, connection: Connection, *, kept_raw: bool) -> bool:
        """Take away the marks of the hours that are still claimed; whether all of them were."""
        # Of two that settle hours of one day the second sees that the day is complete.
        lock_servers(connection, [self.server_key])
        mine = (*self._marks, marks.c.claim == self.number)
        statement = (
            update(marks).where(*mine).values(claim=KEPT_RAW)
            if kept_raw
            else delete(marks).where(*mine)
        )
        return connection.execute(statement).rowcount == len(self.hours)


def _samples(connection: Connection, family: Family, claim: _Claim) -> list[Frame]:
    span = Selection(
        (claim.server_key,),
        family,
        None,
        tuple(field.name for field in family.values if field.role is not Role.LABEL),
        claim.hours[0],
        claim.hours[-1] + HOUR_MS,
        RAW,
        lead=True,
    )
    return read_raw(connection, span, claim.server_key)


def _all_windows(
    samples: Sequence[tuple[Family, Frame]], tier: Tier, hours: Sequence[int]
) -> Iterator[tuple[Family, Frame]]:
    """The windows of every series; ephemeral ones come as one, at the end."""
    passing: dict[str, list[Frame]] = {}
    for family, frame in samples:
        rolled = _windows(family, frame, tier, hours)
        if not is_ephemeral(family.name, frame.key):
            yield family, rolled
        elif len(rolled.time_ms):
            passing.setdefault(family.name, []).append(rolled)
    for family in FAMILIES:
        if family.name in passing:
            yield family, summed(family, passing[family.name])


def _windows(family: Family, frame: Frame, tier: Tier, hours: Sequence[int]) -> Frame:
    """The windows of these hours; the samples may hold others between them."""
    rolled = rollup.roll_up(family, frame, tier.step_ms, hours[0])
    assert rolled is not None  # noqa: S101 - a lead is only added to samples of the span
    return rolled.take(np.isin(rolled.time_ms - rolled.time_ms % HOUR_MS, hours))


def _slices(windows: Iterable[tuple[Family, Frame]]) -> Iterator[list[tuple[Family, Frame]]]:
    """Frames together, as many as make a short transaction."""
    slice_: list[tuple[Family, Frame]] = []
    for family, frame in windows:
        slice_.append((family, frame))
        if sum(len(frame.time_ms) for _, frame in slice_) >= _ROWS_PER_SLICE:
            yield slice_
            slice_ = []
    if slice_:
        yield slice_


def write_windows(
    connection: Connection, family: Family, tier: Tier, frame: Frame, *, adds_only: bool
) -> None:
    """Write windows of a series over those that are there, or only those that are not."""
    if not len(frame.time_ms):
        return
    table = TABLES[family.name][tier.name]
    parts = rollup.columns(family)
    values = [python_values(frame.columns[part.name]) for part in parts]
    names = ["timestamp_ms", *(part.column for part in parts)]
    series: dict[str, Any] = {"server_id": frame.server_key}
    if family.key:
        series[family.key.column] = frame.key
    rows = [
        {**series, **dict(zip(names, row, strict=True))}
        for row in zip(frame.time_ms.tolist(), *values, strict=True)
    ]
    statement = upsert(connection, table)
    changed = {part.column: statement.excluded[part.column] for part in parts}
    identity = list(table.primary_key.columns)
    if adds_only:
        statement = statement.on_conflict_do_nothing(index_elements=identity)
    else:
        statement = statement.on_conflict_do_update(index_elements=identity, set_=changed)
    connection.execute(statement, rows)


def _stale(connection: Connection, server_key: int, day_ms: int) -> bool:
    """Whether an hour of the day is still to be rolled up: the day then comes from its hours."""
    of_day = select(marks.c.hour_ms).where(
        marks.c.server_id == server_key,
        marks.c.hour_ms >= day_ms,
        marks.c.hour_ms < day_ms + DAY_MS,
        marks.c.claim != KEPT_RAW,
    )
    return connection.scalar(of_day.limit(1)) is not None


def _roll_up_day(connection: Connection, server_key: int, day_ms: int, *, adds_only: bool) -> None:
    for family in FAMILIES:
        names = tuple(column.name for column in rollup.columns(family))
        span = (day_ms, day_ms + DAY_MS)
        hours = Selection((server_key,), family, None, names, *span, HOUR)
        for frame in read_table(connection, hours, server_key):
            day = rollup.combine(frame, DAY_MS)
            write_windows(connection, family, DAY, day, adds_only=adds_only)

"""Rolling up sealed days: windows of every tier, always recomputed from the merged samples."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from homelab_agent.contract import FAMILIES, Family, Role

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history import frames, rollup
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.layout import rollup_plan
from homelab_cmd.history.chunks.library import Library
from homelab_cmd.history.chunks.payload import DamagedChunk
from homelab_cmd.history.chunks.reading import RawReader
from homelab_cmd.history.chunks.sealed import read_windows, windows_payload
from homelab_cmd.history.chunks.store import ChunkRow, NewChunk, Which
from homelab_cmd.history.chunks.tables import KEPT_RAW, ROLLED_UP, span_start
from homelab_cmd.history.ephemeral import is_ephemeral, summed
from homelab_cmd.history.floors import read_floors
from homelab_cmd.history.interface import Frame, Report, Selection, Transactions
from homelab_cmd.history.tiers import (
    ASSUMED_INTERVAL_MS,
    DAY_MS,
    MINUTE,
    RAW,
    ROLLUP_TIERS,
    Tier,
    makes_tier,
)

# A day is rolled up a little after its end: what comes later still corrects it, at more cost.
GRACE_MS = 120_000
# So many days of a server are written together: a year's chunk is packed once for all of them.
_DAYS_TOGETHER = 7

Stop = Callable[[], bool]


@dataclass
class Roller:
    """Rolls up what is due, in one round of maintenance."""

    database: Transactions
    library: Library
    report: Report
    _floor_ms: int = 0  # before it, samples are pruned

    def roll_up_due(self, now_ms: int, stop: Stop) -> None:
        """Roll up every stale day that is over, by server, some days at a time."""
        with self.database.connect() as connection:
            stale = store.stale_days(connection)
            self._floor_ms = read_floors(connection).get(RAW.name, 0)
        over = [row for row in stale if row.start_ms + DAY_MS + GRACE_MS <= now_ms]
        for _, of_server in groupby(over, key=lambda row: row.server_key):
            for days in self._together(list(of_server)):
                if stop():
                    self.report.complete = False
                    return
                self._roll_up(days, stop)

    def _together(self, rows: Sequence[ChunkRow]) -> Iterator[list[ChunkRow]]:
        """Days that follow each other and make the same tiers, in one chunk of each tier."""
        days: list[ChunkRow] = []
        for row in rows:
            if days and (
                len(days) == _DAYS_TOGETHER
                or row.start_ms != days[-1].start_ms + DAY_MS
                or self._makes_minutes(row) != self._makes_minutes(days[0])
                or any(
                    span_start(tier, row.start_ms) != span_start(tier, days[0].start_ms)
                    for tier in ROLLUP_TIERS
                )
            ):
                yield days
                days = []
            days.append(row)
        if days:
            yield days

    def _makes_minutes(self, row: ChunkRow) -> bool:
        with self.database.connect() as connection:
            chunk = self.library.open(connection, [row]).get(row.id)
        if chunk is None:
            return True
        try:
            interval_ms = chunk.times().interval_ms
        except DamagedChunk as error:
            self.library.report(row, error)
            return True
        paces = np.where(interval_ms > 0, interval_ms, ASSUMED_INTERVAL_MS)
        return makes_tier(MINUTE, int(paces.max(initial=0)))

    def _roll_up(self, days: Sequence[ChunkRow], stop: Stop) -> None:
        """Make all windows of these days of a server, and write them in one transaction."""
        tiers = [
            tier for tier in ROLLUP_TIERS if tier is not MINUTE or self._makes_minutes(days[0])
        ]
        new: list[NewChunk] = []
        for family in FAMILIES:
            for windows in self._windows(family, days, tiers):
                if stop():
                    self.report.complete = False
                    return
                began = time.perf_counter()
                new += [self._united(family, frame, tier) for tier, frame in windows.items()]
                # As much rest as work: who takes heartbeats in shares this interpreter.
                time.sleep(time.perf_counter() - began)
        state = ROLLED_UP if MINUTE in tiers else KEPT_RAW
        ids = [row.id for row in days]
        server_key = days[0].server_key
        with self.database.connect(write=True) as connection:
            lock_servers(connection, [server_key])
            # What came between, late data or another process, makes the next round's work.
            if store.are_stale(connection, ids) and store.is_current(connection, server_key, new):
                if new:
                    store.write_chunks(connection, server_key, new)
                store.set_rolled_up(connection, ids, state)
                self.report.rolled_up_hours += 24 * len(days)

    def _windows(
        self, family: Family, days: Sequence[ChunkRow], tiers: Sequence[Tier]
    ) -> Iterator[dict[Tier, Frame]]:
        """Of each series the windows of each tier; ephemeral series come as one, at the end."""
        start_ms = days[0].start_ms
        selection = Selection(
            (days[0].server_key,),
            family,
            None,
            [field.name for field in family.values if field.role is not Role.LABEL],
            start_ms,
            days[-1].start_ms + DAY_MS,
            RAW,
            lead=True,
        )
        with self.database.connect() as connection:
            samples = RawReader(connection, self.library, {}, selection).frames()
        ephemeral: dict[Tier, list[Frame]] = {}
        for frame in samples:
            windows: dict[Tier, Frame] = {}
            for tier in tiers:
                rolled = rollup.roll_up(family, frame, tier.step_ms, start_ms)
                assert rolled is not None  # noqa: S101 - a lead is only added to samples
                windows[tier] = rolled
            if is_ephemeral(family.name, frame.key):
                for tier, rolled in windows.items():
                    ephemeral.setdefault(tier, []).append(rolled)
            else:
                yield windows
        if ephemeral:
            yield {tier: summed(family, rolled) for tier, rolled in ephemeral.items()}

    def _united(self, family: Family, rolled: Frame, tier: Tier) -> NewChunk:
        """A series' chunk of a tier, with the windows just made in the place of older ones."""
        start_ms = int(rolled.time_ms[0])
        held, row = self._held(family, rolled, tier, start_ms)
        if held is not None:
            # Samples only grow, until they are pruned as a day: a day of which there are windows
            # but no samples is one whose chunk is damaged.
            # What comes so late that the day is pruned adds windows, and changes none.
            rolled = rolled.take(
                (rolled.time_ms >= self._floor_ms) | ~np.isin(rolled.time_ms, held.time_ms)
            )
            made = np.unique(rolled.time_ms - rolled.time_ms % DAY_MS)
            made = made[made >= self._floor_ms]
            kept = held.take(~np.isin(held.time_ms - held.time_ms % DAY_MS, made))
            rolled = _in_order([part for part in (kept, rolled) if len(part.time_ms)])
        return NewChunk(
            family.name,
            rolled.key,
            tier,
            span_start(tier, start_ms),
            int(rolled.time_ms[0]),
            int(rolled.time_ms[-1]),
            len(rolled.time_ms),
            windows_payload(family, rolled),
            None if row is None else row.id,
        )

    def _held(
        self, family: Family, frame: Frame, tier: Tier, start_ms: int
    ) -> tuple[Frame | None, ChunkRow | None]:
        """The windows that the tier's chunk holds, and which chunk that is."""
        first_ms = span_start(tier, start_ms)
        which = Which([frame.server_key], [family.name], tier, first_ms, first_ms + 1, [frame.key])
        with self.database.connect() as connection:
            rows = store.find_chunks(connection, which)
            opened = self.library.open(connection, rows)
        for row in rows:
            if row.id in opened:
                plans = rollup_plan(family)
                try:
                    time_ms, columns = read_windows(opened[row.id].payload, family, plans)
                except DamagedChunk as error:
                    self.library.report(row, error)
                else:
                    names = [plan.name for plan in plans]
                    by_name = dict(zip(names, columns, strict=True))
                    return Frame(frame.server_key, frame.key, time_ms, by_name), row
            with self.database.connect(write=True) as connection:
                store.put_aside(connection, row.id)
        return None, None


def _in_order(pieces: list[Frame]) -> Frame:
    joined = frames.join(pieces)
    order = np.argsort(joined.time_ms, kind="stable")
    return joined.take(order)

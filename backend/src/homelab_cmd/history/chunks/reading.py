"""Raw samples of a range: sealed days and the unsealed tail as one frame a series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from homelab_agent.contract import Family
from sqlalchemy import Connection

from homelab_cmd.history import frames
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.integers import Integers
from homelab_cmd.history.chunks.layout import ColumnPlan, empty_column, raw_plan
from homelab_cmd.history.chunks.library import Library, OpenChunk
from homelab_cmd.history.chunks.payload import DamagedChunk
from homelab_cmd.history.chunks.samples import Samples, SeriesSamples
from homelab_cmd.history.chunks.sealed import Times
from homelab_cmd.history.chunks.store import ChunkRow, Which
from homelab_cmd.history.chunks.tables import OWN_FAMILY, TIMES_KEY
from homelab_cmd.history.interface import Column, Frame, Selection
from homelab_cmd.history.tiers import DAY_MS, RAW, floor_to

Days = dict[tuple[int, int], OpenChunk]


@dataclass(frozen=True, slots=True)
class _Strand:
    """A part of a series: a sealed day, of which `row` is the chunk, or a block of the tail."""

    time_ms: Integers
    positions: Integers
    heartbeats: Times | Samples
    column: Callable[[ColumnPlan], Column]
    row: ChunkRow | None


@dataclass
class _Series:
    """What is found of a series; sealed strands first, since they win over their repeats."""

    server_key: int
    key: str
    strands: list[_Strand] = field(default_factory=list)


class RawReader:
    """Reads one selection of raw samples within one snapshot."""

    def __init__(
        self,
        connection: Connection,
        library: Library,
        tails: dict[int, list[Samples]],
        selection: Selection,
    ) -> None:
        self._connection = connection
        self._library = library
        self._tails = tails
        self._selection = selection
        self._family: Family = selection.family
        self._keys = None if selection.keys is None else list(selection.keys)
        by_name = {plan.name: plan for plan in raw_plan(selection.family)}
        self._plans: list[ColumnPlan] = [by_name[name] for name in selection.fields]
        self._boots: dict[str, int] = {}
        # The sample before the range is mostly of the same day, or of the one before.
        first_ms = selection.start_ms - (DAY_MS if selection.lead else 0)
        self._loaded_ms = floor_to(first_ms, DAY_MS)
        self._earlier: dict[int, dict[str, _Strand]] = {}

    def frames(self) -> list[Frame]:
        """A frame for each series with samples in the range, by server and key."""
        found = self._sealed(self._loaded_ms, self._selection.end_ms)
        self._add_tails(found)
        result = []
        for name in sorted(found):
            series = found[name]
            pieces = list(self._within(series))
            if pieces and self._selection.lead:
                pieces += self._lead(series)
            if pieces:
                result.append(_in_order(pieces))
        return result

    def _sealed(self, start_ms: int, end_ms: int) -> dict[tuple[int, str], _Series]:
        keys = None if self._keys is None else [*self._keys, TIMES_KEY]
        which = Which(
            list(self._selection.server_keys),
            [OWN_FAMILY, self._family.name],
            RAW,
            start_ms,
            end_ms,
            keys,
        )
        rows = store.find_chunks(self._connection, which)
        return self._opened(rows)

    def _opened(self, rows: Sequence[ChunkRow]) -> dict[tuple[int, str], _Series]:
        opened = self._library.open(self._connection, rows)
        days: Days = {
            (chunk.row.server_key, chunk.row.start_ms): chunk
            for chunk in opened.values()
            if chunk.row.family == OWN_FAMILY
        }
        found: dict[tuple[int, str], _Series] = {}
        for row in rows:
            if row.family == OWN_FAMILY or row.id not in opened:
                continue
            day = days.get((row.server_key, row.start_ms))
            strand = None if day is None else self._strand(opened[row.id], day)
            if strand is not None:
                name = row.server_key, row.key
                found.setdefault(name, _Series(*name)).strands.append(strand)
        return found

    def _strand(self, chunk: OpenChunk, day: OpenChunk) -> _Strand | None:
        try:
            times = day.times()
        except DamagedChunk as error:
            self._library.report(day.row, error)
            return None
        try:
            positions = _positions(chunk, times)
        except DamagedChunk as error:
            self._library.report(chunk.row, error)
            return None
        return _Strand(
            _at(times.time_ms, positions),
            positions,
            times,
            partial(chunk.column, self._family),
            chunk.row,
        )

    def _add_tails(self, found: dict[tuple[int, str], _Series]) -> None:
        for server_key, blocks in self._tails.items():
            for block in blocks:
                for (family, key), samples in block.series.items():
                    if family != self._family.name:
                        continue
                    if self._keys is not None and key not in self._keys:
                        continue
                    name = server_key, key
                    strand = _Strand(
                        _at(block.time_ms, samples.positions),
                        samples.positions,
                        block,
                        partial(_column_of, samples),
                        None,
                    )
                    found.setdefault(name, _Series(*name)).strands.append(strand)

    def _within(self, series: _Series) -> Iterator[Frame]:
        for strand in series.strands:
            low, high = np.searchsorted(
                strand.time_ms, (self._selection.start_ms, self._selection.end_ms)
            ).tolist()
            if low < high:
                yield from self._cut(series, strand, slice(low, high))

    def _lead(self, series: _Series) -> Iterator[Frame]:
        """The last sample before the range, of all strands."""
        strand, end = _last_before(series.strands, self._selection.start_ms)
        if strand is None or int(strand.time_ms[end - 1]) < self._loaded_ms:
            # Nothing in the days that were looked at: a day that lies further back may know.
            earlier = self._before(series.server_key).get(series.key)
            strands = [*series.strands, *([earlier] if earlier else [])]
            strand, end = _last_before(strands, self._selection.start_ms)
        if strand is not None:
            yield from self._cut(series, strand, slice(end - 1, end))

    def _before(self, server_key: int) -> dict[str, _Strand]:
        """By key the last sealed strand of a day before those that were looked at."""
        if server_key not in self._earlier:
            rows = store.newest_before(
                self._connection, server_key, self._family.name, self._loaded_ms
            )
            starts = {row.start_ms for row in rows}
            if starts:
                first_ms, end_ms = min(starts), max(starts) + 1
                which = Which([server_key], [OWN_FAMILY], RAW, first_ms, end_ms, [TIMES_KEY])
                own = store.find_chunks(self._connection, which)
                rows += [row for row in own if row.start_ms in starts]
            found = self._opened(rows)
            self._earlier[server_key] = {
                key: series.strands[0] for (_, key), series in found.items()
            }
        return self._earlier[server_key]

    def _cut(self, series: _Series, strand: _Strand, part: slice) -> Iterator[Frame]:
        """A part of a strand, if it can be read."""
        heartbeats, positions = strand.heartbeats, strand.positions[part]
        try:
            columns = {plan.name: strand.column(plan).take(part) for plan in self._plans}
        except DamagedChunk as error:
            if strand.row is not None:
                self._library.report(strand.row, error)
            return
        # The last entry stands for -1, which is no boot.
        codes = [*(self._boots.setdefault(boot, len(self._boots)) for boot in heartbeats.boots), -1]
        yield Frame(
            series.server_key,
            series.key,
            strand.time_ms[part],
            columns,
            np.array(codes, np.int64)[heartbeats.boot[positions]],
            heartbeats.interval_ms[positions],
        )


def _last_before(strands: Sequence[_Strand], time_ms: int) -> tuple[_Strand | None, int]:
    """The strand with the last sample before a time, and how many of its samples are before."""
    best, number, best_ms = None, 0, -1
    for strand in strands:
        before = int(np.searchsorted(strand.time_ms, time_ms))
        if before and int(strand.time_ms[before - 1]) > best_ms:
            best, number, best_ms = strand, before, int(strand.time_ms[before - 1])
    return best, number


def _positions(chunk: OpenChunk, times: Times) -> Integers:
    positions = chunk.positions()
    if len(positions) and not 0 <= positions[0] <= positions[-1] < len(times.time_ms):
        raise DamagedChunk("it points past its server's heartbeats")
    return positions


def _at(values: Integers, positions: Integers) -> Integers:
    """The values at positions, which are mostly all of them."""
    if len(positions) == len(values):
        return values
    chosen: Integers = values[positions]
    return chosen


def _column_of(samples: SeriesSamples, plan: ColumnPlan) -> Column:
    column = samples.columns.get(plan.identifier)
    return empty_column(plan.dtype, len(samples.positions)) if column is None else column


def _in_order(pieces: list[Frame]) -> Frame:
    """Pieces of one series as one; of a time that comes twice the first piece's sample."""
    joined = pieces[0] if len(pieces) == 1 else frames.join(pieces)
    if len(pieces) == 1 or bool((np.diff(joined.time_ms) > 0).all()):
        return joined
    _, first = np.unique(joined.time_ms, return_index=True)
    return joined.take(first)

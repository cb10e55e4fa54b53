"""Roll-up windows of a range: from their chunks, and from the samples where those know better.

A server's day is *stale* while a chunk of its samples is not rolled up, while the log holds a
heartbeat of it, and when that heartbeat came late, so is the next day that has samples: its first
increases begin elsewhere now.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from homelab_cmd.history import frames, rollup
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.layout import rollup_plan
from homelab_cmd.history.chunks.library import Library, OpenChunk
from homelab_cmd.history.chunks.payload import DamagedChunk
from homelab_cmd.history.chunks.reading import RawReader
from homelab_cmd.history.chunks.samples import Samples
from homelab_cmd.history.chunks.store import Which
from homelab_cmd.history.chunks.tables import KEPT_RAW, STALE, span_start
from homelab_cmd.history.ephemeral import EPHEMERAL, SUMMED_KEY, is_ephemeral, summed
from homelab_cmd.history.interface import Frame, Selection
from homelab_cmd.history.tiers import DAY_MS, MINUTE, RAW, ceil_to, floor_to

_NEVER_MS = 1 << 60


class WindowReader:
    """Reads one selection of a roll-up tier within one snapshot."""

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
        self._tier = selection.tier
        self._selection = replace(
            selection,
            start_ms=ceil_to(selection.start_ms, selection.tier.step_ms),
            end_ms=ceil_to(selection.end_ms, selection.tier.step_ms),
        )
        by_name = {plan.name: plan for plan in rollup_plan(selection.family)}
        self._plans = [by_name[name] for name in selection.fields]

    def frames(self) -> list[Frame]:
        """A frame for each series with windows in the range, by server and key."""
        stale = self._stale_days()
        pieces = [piece for piece in self._rolled_up(stale) if len(piece.time_ms)]
        wanted = self._selection.keys
        for span, server_keys in _spans(stale).items():
            keys = None if wanted is None or SUMMED_KEY in wanted else wanted
            made = list(self._computed(span, server_keys, keys))
            pieces += [frame for frame in made if wanted is None or frame.key in wanted]
            if wanted is None or SUMMED_KEY in wanted:
                pieces += self._summed(made)
        pieces += self._ephemeral(stale)
        return frames.join_by_series(pieces)

    def _summed(self, made: Sequence[Frame]) -> Iterator[Frame]:
        """The ephemeral ones of these series as one, by server."""
        family = self._selection.family
        by_server: dict[int, list[Frame]] = {}
        for frame in made:
            if is_ephemeral(family.name, frame.key):
                by_server.setdefault(frame.server_key, []).append(frame)
        for rolled in by_server.values():
            together = summed(family, rolled)
            names = self._selection.fields
            yield replace(together, columns={name: together.columns[name] for name in names})

    def _ephemeral(self, stale: dict[int, list[int]]) -> Iterator[Frame]:
        """Windows of ephemeral series, of which none are kept: from the samples of all days."""
        selection = self._selection
        name = selection.family.name
        if name not in EPHEMERAL:
            return
        first_ms = floor_to(selection.start_ms, DAY_MS)
        keys = None if selection.keys is None else list(selection.keys)
        which = Which(list(selection.server_keys), [name], RAW, first_ms, selection.end_ms, keys)
        found: dict[int, dict[int, list[str]]] = {}
        for row in store.find_chunks(self._connection, which):
            if is_ephemeral(name, row.key) and row.start_ms not in stale.get(row.server_key, ()):
                days = found.setdefault(row.server_key, {})
                days.setdefault(row.start_ms, []).append(row.key)
        for server_key, days in found.items():
            for day_ms, of_day in days.items():
                yield from self._computed((day_ms, day_ms + DAY_MS), [server_key], of_day)

    def _stale_days(self) -> dict[int, list[int]]:
        """By server the days to compute, ascending, of those that overlap the range."""
        selection = self._selection
        fresh = {
            server_key: sorted({day for block in blocks for day in days_of(block)})
            for server_key, blocks in self._tails.items()
        }
        oldest_ms = min((days[0] for days in fresh.values() if days), default=_NEVER_MS)
        states = (STALE, KEPT_RAW) if self._tier is MINUTE else (STALE,)
        sealed: dict[int, list[int]] = {}
        stale = {server_key: set(days) for server_key, days in fresh.items()}
        first_ms = floor_to(selection.start_ms, DAY_MS)
        for row in store.unsettled_days(
            self._connection, list(selection.server_keys), states, first_ms, oldest_ms
        ):
            sealed.setdefault(row.server_key, []).append(row.start_ms)
            if row.rolled_up in states:
                stale.setdefault(row.server_key, set()).add(row.start_ms)
        for server_key, days in fresh.items():
            known = sealed.get(server_key, [])
            following = (bisect_right(known, day) for day in days)
            stale[server_key] |= {known[place] for place in following if place < len(known)}
        return {
            server_key: sorted(day for day in days if first_ms <= day < selection.end_ms)
            for server_key, days in stale.items()
        }

    def _rolled_up(self, stale: dict[int, list[int]]) -> Iterator[Frame]:
        """What the chunks hold, but for the stale days."""
        selection = self._selection
        which = Which(
            list(selection.server_keys),
            [selection.family.name],
            self._tier,
            span_start(self._tier, selection.start_ms),
            selection.end_ms,
            None if selection.keys is None else list(selection.keys),
        )
        rows = store.find_chunks(self._connection, which)
        opened = self._library.open(self._connection, rows)
        for row in rows:
            if row.id in opened:
                try:
                    yield self._cut(opened[row.id], stale.get(row.server_key, []))
                except DamagedChunk as error:
                    self._library.report(row, error)

    def _cut(self, chunk: OpenChunk, stale: Sequence[int]) -> Frame:
        time_ms = chunk.windows()
        low, high = np.searchsorted(
            time_ms, (self._selection.start_ms, self._selection.end_ms)
        ).tolist()
        part = slice(low, high)
        frame = Frame(
            chunk.row.server_key,
            chunk.row.key,
            time_ms[part],
            {
                plan.name: chunk.column(self._selection.family, plan).take(part)
                for plan in (self._plans if low < high else ())
            },
        )
        if low < high and stale and stale[0] <= int(time_ms[high - 1]):
            days = frame.time_ms - frame.time_ms % DAY_MS
            return frame.take(~np.isin(days, stale))
        return frame

    def _computed(
        self, span: tuple[int, int], server_keys: Sequence[int], keys: Sequence[str] | None
    ) -> Iterator[Frame]:
        start_ms = max(span[0], self._selection.start_ms)
        end_ms = min(span[1], self._selection.end_ms)
        if start_ms >= end_ms:
            return
        raw = replace(
            self._selection,
            server_keys=server_keys,
            keys=keys,
            fields=rollup.raw_fields(self._selection.family, self._selection.fields),
            start_ms=start_ms,
            end_ms=end_ms,
            tier=RAW,
            lead=rollup.needs_lead(self._selection.family, self._selection.fields),
        )
        tails = {server_key: self._tails.get(server_key, []) for server_key in server_keys}
        reader = RawReader(self._connection, self._library, tails, raw)
        window_ms = max(self._tier.step_ms, self._selection.window_ms)
        names = self._selection.fields
        for frame in reader.frames():
            rolled = rollup.roll_up(raw.family, frame, window_ms, start_ms, names)
            if rolled is not None:
                # A window that began before this span is cut, and never another piece's.
                yield replace(rolled, time_ms=np.maximum(rolled.time_ms, start_ms))


def days_of(samples: Samples) -> list[int]:
    """The days that these heartbeats lie in."""
    return [int(day) for day in np.unique(samples.time_ms - samples.time_ms % DAY_MS)]


def _spans(stale: dict[int, list[int]]) -> dict[tuple[int, int], list[int]]:
    """Runs of days that follow each other, and the servers of which each is to be computed."""
    spans: dict[tuple[int, int], list[int]] = {}
    for server_key, days in stale.items():
        start = 0
        for index in range(1, len(days) + 1):
            if index == len(days) or days[index] != days[index - 1] + DAY_MS:
                span = days[start], days[index - 1] + DAY_MS
                spans.setdefault(span, []).append(server_key)
                start = index
    return spans

"""History from one installation to another, whatever engines they have, as it grows.

Samples go as the heartbeats that brought them, a server's day at a time. Windows go as the source
answers for them, up to the last midnight: they hold what samples no longer show. The target makes
what is newer by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from homelab_agent.contract import FAMILIES

from homelab_cmd.db.database import Database
from homelab_cmd.history import rollup
from homelab_cmd.history.ephemeral import is_ephemeral
from homelab_cmd.history.interface import HistoryEngine, Selection
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, MINUTE, ROLLUP_TIERS, Tier, floor_to
from homelab_cmd.moving import progress

# How much is read at a time: what a chunk of a tier spans.
SPANS_MS = {MINUTE.name: 7 * DAY_MS, HOUR.name: 364 * DAY_MS, DAY.name: 36_400 * DAY_MS}


@dataclass(frozen=True)
class Side:
    """An installation's database, and the engine that keeps its history."""

    database: Database
    engine: HistoryEngine


@dataclass
class Mover:
    """Copies history from a source to a target, as far as it is not there yet."""

    source: Side
    target: Side
    end_ms: int
    """The midnight up to which windows are copied."""

    def changed_days(self) -> dict[tuple[int, int], int]:
        """By server and day what is to be copied: new, or with more heartbeats than there were."""
        with self.source.database.connect() as connection:
            there = self.source.engine.days(connection)
        with self.target.database.connect() as connection:
            copied = progress.copied_days(connection)
        return {day: number for day, number in sorted(there.items()) if copied.get(day) != number}

    def copy_day(self, server_key: int, day_ms: int, number: int) -> int:
        """Copy a day's heartbeats; how many were new.

        Windows that hold them, or begin with them, are copied again afterwards.
        """
        with self.source.database.connect() as connection:
            heartbeats = self.source.engine.heartbeats(connection, server_key, day_ms)
        with self.target.database.connect(write=True) as connection:
            for tier in ROLLUP_TIERS:
                if progress.copied_before(connection, server_key, tier) > day_ms:
                    progress.note_windows(connection, server_key, tier, day_ms)
        new = self.target.engine.bulk_import(self.target.database, heartbeats)
        with self.target.database.connect(write=True) as connection:
            progress.note_day(connection, server_key, day_ms, number)
        return new

    def copy_windows(self, server_key: int) -> None:
        """Copy a server's windows before the midnight, a tier and a span at a time."""
        self.target.engine.settle(self.target.database, server_key, self.end_ms)
        first_ms = self.first_windows(server_key)
        for tier in ROLLUP_TIERS:
            with self.target.database.connect() as connection:
                done_ms = progress.copied_before(connection, server_key, tier)
            for start_ms, stop_ms in spans(tier, max(done_ms, first_ms[tier]), self.end_ms):
                self._copy_span(server_key, tier, start_ms, stop_ms)
                with self.target.database.connect(write=True) as connection:
                    progress.note_windows(connection, server_key, tier, stop_ms)

    def first_windows(self, server_key: int) -> dict[Tier, int]:
        """By tier a time before which there are no windows: a UTC midnight."""
        first_ms = self.end_ms
        for family in FAMILIES:
            name = rollup.columns(family)[0].name
            every = Selection((server_key,), family, None, (name,), 0, self.end_ms, DAY)
            with self.source.database.connect() as connection:
                frames = self.source.engine.range(connection, every)
            first_ms = min([first_ms, *(int(frame.time_ms[0]) for frame in frames)])
        with self.source.database.connect() as connection:
            floors = self.source.engine.floors(connection)
        return {tier: max(first_ms, floors.get(tier.name, 0)) for tier in ROLLUP_TIERS}

    def _copy_span(self, server_key: int, tier: Tier, start_ms: int, stop_ms: int) -> None:
        for family in FAMILIES:
            names = tuple(column.name for column in rollup.columns(family))
            wanted = Selection((server_key,), family, None, names, start_ms, stop_ms, tier)
            with self.source.database.connect() as connection:
                frames = self.source.engine.range(connection, wanted)
            # Of series without a stable name no windows are kept: their samples answer.
            kept = [frame for frame in frames if not is_ephemeral(family.name, frame.key)]
            self.target.engine.import_windows(self.target.database, family, tier, kept)


def spans(tier: Tier, start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Parts of a range, as long as the tier's span, and ending where those do."""
    while start_ms < end_ms:
        stop_ms = min(end_ms, floor_to(start_ms, SPANS_MS[tier.name]) + SPANS_MS[tier.name])
        yield start_ms, stop_ms
        start_ms = stop_ms

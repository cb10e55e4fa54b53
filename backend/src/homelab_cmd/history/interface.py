"""What every history engine does, and the shapes that pass between it and its callers.

Times are UTC milliseconds, ranges half-open. A series is (server, family, key); a family without
a key has one series a host, whose key is "".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import numpy as np
from homelab_agent.contract import Family
from numpy.typing import NDArray
from sqlalchemy import Connection

from homelab_cmd.history.tiers import Retention, Tier


@dataclass(slots=True)
class Heartbeat:
    """An accepted heartbeat on its way into history.

    `rows` holds, by family name, row objects whose attributes are the contract's fields. A family
    that is absent was not reported; an empty list says that there is none.
    """

    server_key: int
    time_ms: int
    sequence: int | None
    boot_id: str | None
    interval_ms: int | None
    rows: dict[str, list[Any]]


class Outcome(Enum):
    """What became of a heartbeat."""

    STORED = "stored"
    REPEATED = "repeated"  # held already: same server, same time, same or no sequence
    TIME_TAKEN = "time_taken"  # another heartbeat of this server has that time


@dataclass(frozen=True)
class Selection:
    """What to read.

    keys:   None for every series of the family
    fields: of raw samples the contract's names, of roll-ups those of `rollup.columns`
            (`used_bytes.sum`)
    window_ms: of roll-ups, a multiple of the tier's step: what is computed anew may come in windows
            as long as that, since the asker joins them anyway
    lead:   add, before the range, the last sample (raw) that precedes it by LONGEST_SILENCE_MS at
            most, in each series that has samples within, since a rate needs it; ignored on
            roll-ups, which hold increases
    """

    server_keys: Sequence[int]
    family: Family
    keys: Sequence[str] | None
    fields: Sequence[str]
    start_ms: int
    end_ms: int
    tier: Tier
    lead: bool = False
    window_ms: int = 0


@dataclass(slots=True)
class Column:
    """The values of a field: int64, float64, bool or object (str). `valid` None: no nulls.

    What `values` holds where `valid` is false means nothing.
    """

    values: NDArray[Any]
    valid: NDArray[np.bool_] | None = None

    def mask(self) -> NDArray[np.bool_]:
        """Where there is a value, as an array in any case."""
        return np.ones(len(self.values), np.bool_) if self.valid is None else self.valid

    def take(self, index: Any) -> Column:
        """The values at a slice, a mask or positions."""
        return Column(self.values[index], None if self.valid is None else self.valid[index])


@dataclass(slots=True)
class Frame:
    """One series over a range: times ascend and are unique.

    time_ms:     of the samples, or the starts of the windows of a roll-up tier
    boot:        raw alone: a code per sample, equal where boot_id is, -1 where it is unknown
    interval_ms: raw alone: how often the host said it reports, 0 where it did not say
    """

    server_key: int
    key: str
    time_ms: NDArray[np.int64]
    columns: dict[str, Column]
    boot: NDArray[np.int64] | None = None
    interval_ms: NDArray[np.int64] | None = None

    def take(self, index: Any) -> Frame:
        """The samples at a slice, a mask or positions."""
        return Frame(
            self.server_key,
            self.key,
            self.time_ms[index],
            {name: column.take(index) for name, column in self.columns.items()},
            None if self.boot is None else self.boot[index],
            None if self.interval_ms is None else self.interval_ms[index],
        )


@dataclass
class Report:
    """What a round of maintenance did. `problems` are sentences, such as a damaged chunk's name.

    dropped_chunks: of TimescaleDB, whose rows are not counted
    """

    sealed_heartbeats: int = 0
    rolled_up_hours: int = 0
    pruned_rows: int = 0
    dropped_chunks: int = 0
    complete: bool = True
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StoredSize:
    """What the series of one kind cost. Bytes are of the payload, or estimated from the rows.

    last_ms: of the newest sample, or the start of the newest window
    chunks:  how many compressed chunks they are in; 0 where they are rows
    """

    server_key: int
    family: str
    tier: str
    samples: int
    size_bytes: int
    last_ms: int
    chunks: int = 0


@dataclass
class Examination:
    """What an engine found in all that it keeps, read from end to end. The texts are sentences.

    checked:   how many parts were read: chunks, or tables
    problems:  what is not as it was written
    mended:    what was done about it, if that was asked for
    set_aside: what was found damaged earlier and lies where no reader looks
    """

    checked: int = 0
    problems: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Series:
    """A series by its names."""

    server_key: int
    family: Family
    key: str


@dataclass(frozen=True)
class SeriesDay:
    """A UTC day of one series."""

    server_key: int
    family: Family
    key: str
    day_ms: int


class Transactions(Protocol):
    """The part of `db.Database` that an engine's own transactions need."""

    def connect(self, *, write: bool = False) -> AbstractContextManager[Connection]:
        """A connection in a transaction that commits at the end of the block."""
        ...


class HistoryEngine(Protocol):
    """Keeps every accepted heartbeat and answers for any range of it."""

    def append(self, connection: Connection, batch: Sequence[Heartbeat]) -> list[Outcome]:
        """Keep a batch, in the caller's transaction. One outcome per heartbeat, in order.

        Repeats change nothing, within the batch too, whether sealed or not. Order is free.
        """
        ...

    def range(self, connection: Connection, selection: Selection) -> list[Frame]:
        """The series of a selection that have samples in it, by server and key.

        A roll-up tier answers for all that was accepted: windows that are not made yet, or that
        late data made stale, are computed from the raw samples. Windows are those whose start
        lies in the range. Nothing is said for times before the tier's floor.
        """
        ...

    def keys(
        self, connection: Connection, server_key: int, family: Family, start_ms: int, end_ms: int
    ) -> list[str]:
        """The keys with samples in a range, in order."""
        ...

    def floors(self, connection: Connection) -> Mapping[str, int]:
        """By tier name the time before which that tier is pruned, or is being pruned."""
        ...

    def latest(self, connection: Connection, server_key: int) -> dict[str, tuple[int, list[Any]]]:
        """By family the time and the rows of its last report; rows are `family.row` objects."""
        ...

    def maintain(
        self,
        database: Transactions,
        now_ms: int,
        retention: Retention,
        stop: Callable[[], bool],
    ) -> Report:
        """Seal, roll up and then prune what is due, in slices with short transactions of its own.

        Safe beside another process that does the same, and to kill at any moment. Ends early,
        with `complete` false, soon after `stop()` is true.
        """
        ...

    def bulk_import(self, database: Transactions, heartbeats: Iterable[Heartbeat]) -> int:
        """Take in many heartbeats without the answers; the number that was new."""
        ...

    def days(self, connection: Connection) -> Mapping[tuple[int, int], int]:
        """By server and UTC day of which samples are kept, a number that grows with heartbeats."""
        ...

    def heartbeats(self, connection: Connection, server_key: int, day_ms: int) -> list[Heartbeat]:
        """What was accepted of a server's UTC day, as far as samples are kept, in order."""
        ...

    def import_windows(
        self, database: Transactions, family: Family, tier: Tier, frames: Iterable[Frame]
    ) -> None:
        """Keep windows of another history, with all columns, in the place of those of their time.

        Minutes of settled days whose samples answer in their place are left out.
        """
        ...

    def settle(self, database: Transactions, server_key: int, end_ms: int) -> None:
        """Take a server's windows before a UTC midnight for made: they were, or will be, imported.

        Of days whose host reports too seldom for minutes the samples answer in their place.
        """
        ...

    def forget(self, database: Transactions, server_key: int, stop: Callable[[], bool]) -> bool:
        """Purge a server's history in slices; whether all of it is gone."""
        ...

    def merge(self, database: Transactions, old: int, into: int, stop: Callable[[], bool]) -> bool:
        """Give a server's history to another in slices; whether all of it is there.

        Where both have a heartbeat of the same time, or a window, what is there stays. To be
        called again after a crash.
        """
        ...

    def rename(
        self, database: Transactions, which: Series, new_key: str, stop: Callable[[], bool]
    ) -> bool:
        """Give a series' history to another key of its family, likewise."""
        ...

    def stats(self, connection: Connection) -> list[StoredSize]:
        """What is kept, and what it costs."""
        ...

    def compression_ratio(self, connection: Connection) -> float | None:
        """How many times smaller samples are than at eight bytes a value; None: not compressed."""
        ...

    def examine(self, database: Transactions, *, mend: bool) -> Examination:
        """Read all that is kept and say what is damaged.

        With `mend`, what is damaged is set aside, never deleted, and roll-ups are made again from
        what is finer. Safe beside a running server.
        """
        ...

    def remake(self, connection: Connection, which: SeriesDay) -> None:
        """Have the roll-ups of a day of a series made again from its samples.

        From the commit on they are computed when they are asked for; maintenance writes them.
        """
        ...

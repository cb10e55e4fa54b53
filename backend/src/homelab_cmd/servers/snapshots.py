"""What each server last said: one shape, and two places where it is kept.

`memory_snapshots` holds them in this process and writes them now and then, for SQLite;
`database_snapshots` in their rows alone, for the several processes that share a PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec
from homelab_agent.contract import FAMILIES, NETWORK_INTERFACE
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from homelab_cmd.clock import MAX_AHEAD_MS, now_ms
from homelab_cmd.families import STRUCTS, family_by_name
from homelab_cmd.servers.models import snapshot_column
from homelab_cmd.servers.network import total_counters

FACTS = (
    "hostname",
    "agent_version",
    "boot_id",
    "interval_ms",
    "clock_offset_seconds",
    "ip_addresses",
    "os_info",
    "cpu_info",
    "collectors",
)


@dataclass(slots=True)
class Report:
    """The parts of an accepted heartbeat that a snapshot keeps."""

    server_key: int
    time_ms: int
    facts: dict[str, Any]
    rows: dict[str, list[Any]]


@dataclass(slots=True)
class Snapshot:
    """The newest of a server: facts of its envelope, rows by family, and each family's time."""

    last_seen_ms: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[Any]] = field(default_factory=dict)
    as_of_ms: dict[str, int] = field(default_factory=dict)
    # By family the keys that a person wants to see no more unless they come back.
    forgotten: dict[str, list[str]] = field(default_factory=dict)
    # What hide rules leave out of `rows`; filled where people look, never stored.
    hidden: dict[str, list[Any]] = field(default_factory=dict)
    stored_rates: tuple[float | None, float | None] = (None, None)  # as the table had them
    _interfaces_before: tuple[int, list[Any]] | None = None

    def absorb(self, report: Report) -> None:
        """Take what is newer than what is here; an older report changes nothing."""
        if self.last_seen_ms is not None and report.time_ms < self.last_seen_ms:
            self._leave_the_future()
        if self.last_seen_ms is None or report.time_ms >= self.last_seen_ms:
            self.last_seen_ms = report.time_ms
            self.facts.update(
                {name: value for name, value in report.facts.items() if value is not None}
            )
        for name, rows in report.rows.items():
            before_ms = self.as_of_ms.get(name)
            if before_ms is not None and report.time_ms <= before_ms:
                continue
            if name == NETWORK_INTERFACE.name and before_ms is not None:
                self._interfaces_before = (before_ms, self.rows[name])
            self.rows[name] = self._without_forgotten(name, rows)
            self.as_of_ms[name] = report.time_ms

    def _leave_the_future(self) -> None:
        """Let what was taken while the server's clock was ahead be replaced, once it is right."""
        latest_ms = now_ms() + MAX_AHEAD_MS
        if self.last_seen_ms is not None and self.last_seen_ms > latest_ms:
            self.last_seen_ms = None
            self._interfaces_before = None
        self.as_of_ms = {name: ms for name, ms in self.as_of_ms.items() if ms <= latest_ms}

    def drop_row(self, family: str, key_name: str, key: str) -> bool:
        """Leave out the row of that key, until its thing is back; whether it was there."""
        rows = self.rows.get(family, [])
        kept = [row for row in rows if getattr(row, key_name) != key]
        if len(kept) == len(rows):
            return False
        self.rows[family] = kept
        self.forgotten[family] = [*self.forgotten.get(family, []), key]
        return True

    def _without_forgotten(self, name: str, rows: list[Any]) -> list[Any]:
        """An agent goes on to report what is missing: what is forgotten counts once it is back."""
        forgotten = self.forgotten.get(name)
        family = family_by_name(name)
        if not forgotten or family.key is None or family.gate is None:
            return rows
        key, gate = family.key.name, family.gate
        back = {getattr(row, key) for row in rows if getattr(row, gate.name) == gate.spec.counts}
        self.forgotten[name] = [gone for gone in forgotten if gone not in back]
        return [row for row in rows if getattr(row, key) not in self.forgotten[name]]

    def seen_as(self, rows: dict[str, list[Any]], hidden: dict[str, list[Any]]) -> Snapshot:
        """A copy with other rows. The rates stay: they are the host's, whatever one looks at."""
        rates = self.rates()
        return replace(self, rows=rows, hidden=hidden, stored_rates=rates, _interfaces_before=None)

    def rates(self) -> tuple[float | None, float | None]:
        """Bytes received and sent per second, physical interfaces, between the last two reports.

        Asked seldom, so it is worked out when asked and not with every heartbeat.
        """
        if self._interfaces_before is None:
            return self.stored_rates
        before_ms, before_rows = self._interfaces_before
        silent_ms = self.as_of_ms[NETWORK_INTERFACE.name] - before_ms
        # A long silence says nothing of now: better no rate.
        if silent_ms > 3 * (self.facts.get("interval_ms") or 10_000):
            return None, None
        before = total_counters(before_rows)
        now = total_counters(self.rows[NETWORK_INTERFACE.name])
        return _rate(before, now, 0, silent_ms), _rate(before, now, 1, silent_ms)


def _rate(
    before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]], which: int, over_ms: int
) -> float | None:
    grown = [now[name][which] - before[name][which] for name in now.keys() & before.keys()]
    # A total that fell was reset, and never shows as a rate.
    if now.keys() != before.keys() or min(grown, default=0) < 0:
        return None
    return sum(grown) * 1_000 / over_ms


class Snapshots(Protocol):
    """The snapshots of all servers. Safe to use from several threads."""

    def add_in(self, connection: Connection, reports: Sequence[Report]) -> None:
        """Take heartbeats in the transaction that stores them."""
        ...

    def absorb(self, reports: Iterable[Report]) -> None:
        """Take heartbeats that are committed."""
        ...

    def write(self, connection: Connection, *, everything: bool) -> None:
        """Bring the table up to date: all of it, or what is due. Called about once a minute."""
        ...

    def began_with(self, server_key: int, time_ms: int) -> bool:
        """Whether that heartbeat, taken in by this process, was the server's first."""
        ...

    def get(self, connection: Connection, server_key: int) -> Snapshot:
        """A server's snapshot; an empty one where it has not reported yet."""
        ...

    def get_many(self, connection: Connection, server_keys: Sequence[int]) -> list[Snapshot]:
        """The snapshots of these servers, in their order."""
        ...

    def forget(self, server_key: int) -> None:
        """Drop a deleted server."""
        ...

    def forget_row(
        self, session: Session, server_key: int, family: str, key_name: str, key: str
    ) -> bool:
        """Drop one row of a family, as a filesystem that is gone; whether it was there."""
        ...


def from_row(row: Any) -> Snapshot:
    """The snapshot in a row of `servers`, given as a mapping."""
    rows = {
        family.name: msgspec.convert(_listed(stored), list.__class_getitem__(STRUCTS[family.name]))
        for family in FAMILIES
        if (stored := row[snapshot_column(family)]) is not None
    }
    return Snapshot(
        last_seen_ms=row["last_seen_ms"],
        facts={name: row[name] for name in FACTS if row[name] is not None},
        rows=rows,
        as_of_ms={name: row["as_of_ms"][name] for name in rows if name in row["as_of_ms"]},
        forgotten=row["forgotten"] or {},
        stored_rates=(row["rx_bytes_per_second"], row["tx_bytes_per_second"]),
    )


def _listed(stored: Any) -> list[Any]:
    return stored if isinstance(stored, list) else [stored]


def to_row(snapshot: Snapshot) -> dict[str, Any]:
    """The columns of `servers` that a snapshot fills."""
    values: dict[str, Any] = {name: snapshot.facts.get(name) for name in FACTS}
    rx_rate, tx_rate = snapshot.rates()
    values |= {
        "last_seen_ms": snapshot.last_seen_ms,
        "as_of_ms": dict(snapshot.as_of_ms),
        "forgotten": dict(snapshot.forgotten),
        "rx_bytes_per_second": rx_rate,
        "tx_bytes_per_second": tx_rate,
    }
    for family in FAMILIES:
        rows = snapshot.rows.get(family.name)
        listed = None if rows is None else msgspec.to_builtins(rows)
        if listed and family.key is None:
            listed = listed[0]
        values[snapshot_column(family)] = listed
    return values

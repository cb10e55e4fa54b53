"""What each server last said, kept in memory and written to its row now and then.

Writing the JSON columns with every heartbeat would cost an SD card more than the history does, so
they follow about once a minute; at start they are brought up to date from the history.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from homelab_agent.contract import FAMILIES, NETWORK_INTERFACE
from sqlalchemy import Connection, select, update

from homelab_cmd.families import STRUCTS
from homelab_cmd.servers.models import Server, snapshot_column
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
    stored_rates: tuple[float | None, float | None] = (None, None)  # as the table had them
    _interfaces_before: tuple[int, list[Any]] | None = None

    def absorb(self, report: Report) -> None:
        """Take what is newer than what is here; an older report changes nothing."""
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
            self.rows[name] = rows
            self.as_of_ms[name] = report.time_ms

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


class Snapshots:
    """The snapshots of all servers. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_server: dict[int, Snapshot] = {}
        self._unwritten: set[int] = set()

    def load(self, connection: Connection) -> None:
        """Read what the table holds."""
        table = Server.__table__
        rows = connection.execute(select(table).where(table.c.deleted_at_ms.is_(None)))
        with self._lock:
            self._by_server = {row["id"]: _from_row(row) for row in rows.mappings()}
            self._unwritten.clear()

    def absorb(self, reports: Iterable[Report]) -> None:
        """Take committed heartbeats."""
        with self._lock:
            for report in reports:
                self._by_server.setdefault(report.server_key, Snapshot()).absorb(report)
                self._unwritten.add(report.server_key)

    def get(self, server_key: int) -> Snapshot:
        """A server's snapshot; an empty one where it has not reported yet."""
        with self._lock:
            return self._by_server.get(server_key) or Snapshot()

    def forget(self, server_key: int) -> None:
        """Drop a deleted server."""
        with self._lock:
            self._by_server.pop(server_key, None)
            self._unwritten.discard(server_key)

    def forget_row(self, server_key: int, family: str, key_name: str, key: str) -> bool:
        """Drop one row of a family, as a filesystem that will not come back."""
        with self._lock:
            snapshot = self._by_server.get(server_key, Snapshot())
            rows = snapshot.rows.get(family, [])
            kept = [row for row in rows if getattr(row, key_name) != key]
            if len(kept) == len(rows):
                return False
            snapshot.rows[family] = kept
            self._unwritten.add(server_key)
            return True

    def write(self, connection: Connection) -> int:
        """Write what changed since the last time; returns how many servers."""
        with self._lock:
            changed = {key: _to_row(self._by_server[key]) for key in self._unwritten}
            self._unwritten.clear()
        for key, values in changed.items():
            connection.execute(update(Server).where(Server.id == key).values(values))
        return len(changed)


def _from_row(row: Any) -> Snapshot:
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
        stored_rates=(row["rx_bytes_per_second"], row["tx_bytes_per_second"]),
    )


def _listed(stored: Any) -> list[Any]:
    return stored if isinstance(stored, list) else [stored]


def _to_row(snapshot: Snapshot) -> dict[str, Any]:
    values: dict[str, Any] = {name: snapshot.facts.get(name) for name in FACTS}
    rx_rate, tx_rate = snapshot.rates()
    values |= {
        "last_seen_ms": snapshot.last_seen_ms,
        "as_of_ms": dict(snapshot.as_of_ms),
        "rx_bytes_per_second": rx_rate,
        "tx_bytes_per_second": tx_rate,
    }
    for family in FAMILIES:
        rows = snapshot.rows.get(family.name)
        if rows is not None:
            listed = msgspec.to_builtins(rows)
            values[snapshot_column(family)] = listed if family.key is not None else listed[0]
    return values

"""What TimescaleDB takes in, gives back and packs, beside plain tables on the same server.

`python -m benchmarks.timescale [--hosts 2] [--days 10] [--chunk-days 1 7]` starts Debian's (the
Apache edition); with `HOMELAB_TEST_TIMESCALE_URL` it asks that server, which may be the full one.
Workload "home": samples every 30 s, said to come every 10 s so that minutes are made of them.
Processor time is that of this process and of the database's, which has to run on this machine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from homelab_agent.contract import HOST, NETWORK_INTERFACE
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.db.timescale import find_extension
from homelab_cmd.history.interface import Heartbeat, HistoryEngine, Selection
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.rows.hypertables import Layout, arrange, row_tables, sizes_bytes
from homelab_cmd.history.tiers import DAY_MS, HOUR, HOUR_MS, MINUTE, RAW, TIERS, Retention
from homelab_cmd.servers.models import Server
from sqlalchemy import func, select, text

from benchmarks.asking import heartbeats
from benchmarks.generate import DAY_SECONDS, STEP_SECONDS, T0_MS, make_host
from benchmarks.postgres import ROWS_PER_HEARTBEAT, median_ms
from benchmarks.workload import samples_of
from tests.backend.timescale import GivenServer, TimescaleServer

INTERVAL_MS = 10_000
HEARTBEATS_PER_COMMIT = 1_000
NEVER_PACKED_DAYS = 36_500
FOR_EVER = Retention(dict.fromkeys([tier.name for tier in TIERS]))
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
}


@dataclass
class Subject:
    """A database under test, and what was found of it by the name of a row."""

    name: str
    database: Database
    engine: HistoryEngine = field(default_factory=RowsEngine)
    found: dict[str, str] = field(default_factory=dict)

    def append(self, batch: list[Heartbeat]) -> None:
        """As the ingest writer does."""
        with self.database.connect(write=True) as connection:
            self.engine.append(connection, batch)

    def cpu_seconds(self) -> tuple[float, float]:
        """Of this process, and of the database's that serve it."""
        mine = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        with self.database.connect() as connection:
            pids = list(connection.scalars(mine))
        return time.process_time(), sum(map(_cpu_seconds_of, pids))


def _cpu_seconds_of(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def told(host: int, days: int) -> Iterator[Heartbeat]:
    """The heartbeats of a host of the model, in order."""
    per_day = DAY_SECONDS // STEP_SECONDS
    model = make_host(host, samples=days * per_day)
    for first in range(0, len(model.time_ms), per_day):
        part = slice(first, first + per_day)
        for heartbeat in heartbeats(samples_of(model, host + 1, part, INTERVAL_MS)):
            yield replace(heartbeat, interval_ms=INTERVAL_MS)


def batches(hosts: int, days: int) -> Iterator[list[Heartbeat]]:
    """What the hosts report beside each other, a transaction at a time."""
    batch: list[Heartbeat] = []
    for together in zip(*(told(host, days) for host in range(hosts)), strict=True):
        batch += together
        if len(batch) >= HEARTBEATS_PER_COMMIT:
            yield batch
            batch = []
    yield batch


def fill(subject: Subject, hosts: int, days: int) -> None:
    """Take the workload in, and roll it up."""
    with subject.database.write() as session:
        for number in range(hosts):
            session.add(Server(server_id=f"host{number}", created_at_ms=0, updated_at_ms=0))
    wall, ours, theirs, rows = 0.0, 0.0, 0.0, 0
    for batch in batches(hosts, days):
        before = subject.cpu_seconds()
        started = time.perf_counter()
        subject.append(batch)
        wall += time.perf_counter() - started
        after = subject.cpu_seconds()
        ours, theirs = ours + after[0] - before[0], theirs + after[1] - before[1]
        rows += len(batch) * ROWS_PER_HEARTBEAT
    subject.found["rows a second in"] = f"{rows / wall:,.0f}"
    subject.found["µs of Python a row"] = f"{ours / rows * 1e6:.1f}"
    subject.found["µs of the database a row"] = f"{theirs / rows * 1e6:.1f}"
    end_ms = T0_MS + days * DAY_MS + HOUR_MS
    subject.engine.maintain(subject.database, end_ms, FOR_EVER, lambda: False)
    with subject.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def ask(subject: Subject, days: int, state: str = "") -> None:
    """An hour of samples of the newest and of an old day, and a week of hours."""
    end_ms, old_ms = T0_MS + days * DAY_MS, T0_MS + days // 2 * DAY_MS
    rx = ((1,), NETWORK_INTERFACE, ("eth0",), ("rx_bytes",))
    cpu = ((1,), HOST, None, ("cpu_percent.sum", "cpu_percent.count"))
    for name, selection in {
        "newest hour of samples": Selection(*rx, end_ms - HOUR_MS, end_ms, RAW),
        "an old hour of samples": Selection(*rx, old_ms, old_ms + HOUR_MS, RAW),
        "7 d of hours": Selection(*cpu, end_ms - 7 * DAY_MS, end_ms, HOUR),
    }.items():
        asked = partial(_answer, subject, selection)
        subject.found[f"{name}{state}"] = f"{median_ms(asked):.1f} ms"


def _answer(subject: Subject, selection: Selection) -> None:
    with subject.database.connect() as connection:
        if not subject.engine.range(connection, selection):
            raise RuntimeError("there is nothing to be asked for")


def weigh(subject: Subject, state: str = "") -> None:
    """Bytes a row, indexes and all."""
    with subject.database.connect() as connection:
        sizes = sizes_bytes(connection)
        for wanted in (RAW, MINUTE):
            taken, rows = 0, 0
            for table, tier in row_tables():
                if tier is wanted:
                    plain = text("SELECT pg_total_relation_size(CAST(:table AS regclass))")
                    size = sizes.get(table.name) or connection.scalar(plain, {"table": table.name})
                    number = connection.scalar(select(func.count()).select_from(table)) or 0
                    taken, rows = taken + (int(size or 0) if number else 0), rows + number
            subject.found[f"bytes a row, {wanted.name}{state}"] = f"{taken / rows:.1f}"


def pack(subject: Subject) -> None:
    """Pack every chunk, as the policy does by age."""
    packing = text("SELECT compress_chunk(each) FROM show_chunks(CAST(:table AS regclass)) each")
    for table, _ in row_tables():
        with subject.database.connect(write=True) as connection:
            connection.execute(packing, {"table": table.name})


def measure(
    server: TimescaleServer | GivenServer, chunk_days: int, hosts: int, days: int
) -> Subject:
    """All figures of one layout; of plain tables where the days of a chunk are 0."""
    name = server.create_database(extension=chunk_days > 0)
    database = Database(server.url(name))
    upgrade(database)
    arrange(database.engine, Layout(max(1, chunk_days), NEVER_PACKED_DAYS))
    subject = Subject(f"{chunk_days} d a chunk" if chunk_days else "plain", database)
    fill(subject, hosts, days)
    ask(subject, days)
    weigh(subject)
    with database.connect() as connection:
        extension = find_extension(connection)
    if extension is not None and extension.has_columnstore:
        pack(subject)
        ask(subject, days, ", packed")
        weigh(subject, ", packed")
    database.dispose()
    server.drop_database(name)
    return subject


def main() -> None:
    """Print the table of docs/performance.md: a column a layout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--chunk-days", type=int, nargs="*", default=[1, 7])
    options = parser.parse_args()
    url = os.environ.get("HOMELAB_TEST_TIMESCALE_URL")
    server = GivenServer(url) if url else TimescaleServer(DURABLE)
    try:
        subjects = [
            measure(server, chunk_days, options.hosts, options.days)
            for chunk_days in (0, *options.chunk_days)
        ]
    finally:
        if isinstance(server, TimescaleServer):
            server.close()
    print(f"{'':32}", *(f"{subject.name:>14}" for subject in subjects))
    for name in dict.fromkeys(name for subject in subjects for name in subject.found):
        print(f"{name:32}", *(f"{subject.found.get(name, ''):>14}" for subject in subjects))


if __name__ == "__main__":
    main()

"""What history takes on disk: workload "home" by the bulk path, sealed, everything in the file.

`python -m benchmarks.storage [--hosts 20] [--days 7] [--jitter-ms 0] [--interval-seconds 30]`
`[--tiers]` rolls up as well, and reckons what all tiers come to with the default retention.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.tiers import DAY_MS, TIERS, Retention
from homelab_cmd.servers.models import Server

from benchmarks.generate import (
    DAY_SECONDS,
    HOSTS,
    SEED,
    STEP_SECONDS,
    T0_MS,
    VALUES_PER_HEARTBEAT,
    Host,
    make_host,
)
from benchmarks.workload import samples_of


@dataclass(frozen=True)
class Workload:
    """The model at an interval of one's own: the steps of 30 s, at another pace."""

    hosts: int = HOSTS
    days: int = 7
    interval_seconds: int = STEP_SECONDS
    jitter_ms: float = 0

    def generate(self) -> Iterator[Host]:
        """The hosts, one at a time."""
        samples = self.days * DAY_SECONDS // self.interval_seconds
        for number in range(self.hosts):
            if self.interval_seconds == STEP_SECONDS:
                yield make_host(number, samples=samples, jitter_ms=self.jitter_ms)
            else:
                yield self._paced(make_host(number, samples=samples))

    def _paced(self, host: Host) -> Host:
        """The same samples, as often as the interval says."""
        steps = np.arange(len(host.time_ms)) * self.interval_seconds * 1_000
        # Half an interval from the start of a day, so that jitter leaves every sample in its own.
        time_ms = T0_MS + self.interval_seconds * 500 + steps
        if self.jitter_ms:
            rng = np.random.default_rng([SEED, len(steps)])
            time_ms = time_ms + np.rint(rng.normal(0, self.jitter_ms, len(steps))).astype(int)
        return replace(host, time_ms=time_ms)


def fill(database: Database, engine: ChunksEngine, workload: Workload) -> int:
    """Take the workload in, a day of a host at a time; the number of heartbeats."""
    with database.write() as session:
        for number in range(workload.hosts):
            name = f"host{number:02d}"
            session.add(Server(server_id=name, created_at_ms=T0_MS, updated_at_ms=T0_MS))
    taken = 0
    for key, host in enumerate(workload.generate(), 1):
        days = host.time_ms // DAY_MS
        starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
        for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
            part = slice(int(start), int(end))
            samples = samples_of(host, key, part, workload.interval_seconds * 1_000)
            taken += engine.import_samples(database, samples)
    return taken


def roll_up(database: Database, engine: ChunksEngine, days: int) -> None:
    """Make every tier of what was filled in."""
    end_ms = T0_MS + days * DAY_MS + 3_600_000
    report = engine.maintain(database, end_ms, Retention(), lambda: False)
    if report.problems or not report.complete:
        raise RuntimeError(str(report))


def measure(workload: Workload, *, tiers: bool) -> None:
    """Print what a workload takes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "home.sqlite3"
        database = Database(f"sqlite:///{file}")
        upgrade(database)
        engine = ChunksEngine()
        empty = _size(database, file)
        began = time.process_time()
        heartbeats = fill(database, engine, workload)
        spent = time.process_time() - began
        values = heartbeats * VALUES_PER_HEARTBEAT
        size = _size(database, file) - empty
        jitter = f"{workload.jitter_ms:g} ms of jitter" if workload.jitter_ms else "exact"
        print(
            f"{workload.hosts} hosts, {workload.days} days at {workload.interval_seconds} s,"
            f" {jitter}: {values:,} values in {size:,} bytes,"
            f" {size / values:.3f} byte a value, {spent:.0f} s of CPU"
        )
        if tiers:
            _measure_tiers(database, engine, workload)
        database.dispose()


def _measure_tiers(database: Database, engine: ChunksEngine, workload: Workload) -> None:
    roll_up(database, engine, workload.days)
    sizes: dict[str, int] = defaultdict(int)
    with database.connect() as connection:
        for stored in engine.stats(connection):
            sizes[stored.tier] += stored.size_bytes
    spans, total = Retention().spans, 0.0
    for tier in TIERS:
        a_day = sizes[tier.name] / workload.hosts / workload.days
        kept = spans[tier.name] or 365 * DAY_MS
        total += a_day * kept / DAY_MS
        print(f"  {tier.name}: {a_day:,.0f} bytes a host and day, {kept // DAY_MS} days kept")
    print(f"  all tiers, hours and days of a year: {total / 1e6:.1f} MB a host")


def _size(database: Database, file: Path) -> int:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.stat().st_size


def main() -> None:
    """Print the lines of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--jitter-ms", type=float, default=0)
    parser.add_argument("--interval-seconds", type=int, default=STEP_SECONDS)
    parser.add_argument("--tiers", action="store_true")
    options = parser.parse_args()
    workload = Workload(options.hosts, options.days, options.interval_seconds, options.jitter_ms)
    measure(workload, tiers=options.tiers)


if __name__ == "__main__":
    main()

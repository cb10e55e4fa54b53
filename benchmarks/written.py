"""What a day of hosts writes to the disk, with everything: log, snapshots, sealing, roll-ups.

`python -m benchmarks.written [--hosts 20] [--interval-seconds 10] [--hours 26] [--alone 3]`

The clock is simulated, the writes are counted by the kernel (`write_bytes` of this process). Of a
tick's heartbeats `--alone` come too late for the commit that the others share.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS, MINUTE_MS, Retention
from homelab_cmd.servers.memory_snapshots import REWRITE_AFTER_SECONDS, MemorySnapshots
from homelab_cmd.servers.service import create_server
from homelab_cmd.servers.snapshots import Report

from benchmarks.asking import heartbeats
from benchmarks.generate import HOSTS, T0_MS, Host
from benchmarks.storage import Workload
from benchmarks.workload import samples_of

_FACTS = {"hostname": "host", "agent_version": "0.1.0", "boot_id": "boot", "interval_ms": 10_000}


class Written:
    """Counts what this process writes, by what it writes it for."""

    def __init__(self) -> None:
        self.bytes_for: dict[str, int] = defaultdict(int)

    @contextmanager
    def by(self, purpose: str) -> Iterator[None]:
        """What is written in the block is for that."""
        before = _written_bytes()
        yield
        self.bytes_for[purpose] += _written_bytes() - before


def _written_bytes() -> int:
    text = Path("/proc/self/io").read_text(encoding="ascii")
    return int(re.findall(r"^write_bytes: (\d+)$", text, re.MULTILINE)[0])


class Simulation:
    """A server without its sockets: what the writer and the scheduler do, at times of our own."""

    def __init__(self, database: Database, alone: int) -> None:
        self._database = database
        self._alone = alone
        self._engine = ChunksEngine()
        self._snapshots = MemorySnapshots()
        self.written = Written()

    def tick(self, batch: Sequence[Heartbeat]) -> None:
        """Commit a tick: most in one transaction, some on their own."""
        together = max(1, len(batch) - self._alone)
        for group in (batch[:together], *([each] for each in batch[together:])):
            with self.written.by("log"), self._database.connect(write=True) as connection:
                self._engine.append(connection, group)
            self._snapshots.absorb(
                Report(each.server_key, each.time_ms, _FACTS, each.rows) for each in group
            )

    def minute(self, now_ms: int) -> None:
        """Do what the scheduler does once a minute, and the writer every so often."""
        with self.written.by("sealing and roll-ups"):
            self._engine.maintain(self._database, now_ms, Retention(), lambda: False)
        if now_ms % int(REWRITE_AFTER_SECONDS * 1_000) < MINUTE_MS:
            with self.written.by("snapshots"), self._database.connect(write=True) as connection:
                self._snapshots.write(connection, everything=True)


def simulate(simulation: Simulation, hosts: Sequence[Host], interval_ms: int, hours: int) -> None:
    """Live through the hours from a midnight on."""
    per_hour = HOUR_MS // interval_ms
    for hour in range(hours):
        part = slice(hour * per_hour, (hour + 1) * per_hour)
        told = [
            heartbeats(samples_of(host, key, part, interval_ms))
            for key, host in enumerate(hosts, 1)
        ]
        minute_ms = T0_MS + hour * HOUR_MS
        for batch in zip(*told, strict=True):
            simulation.tick(batch)
            if batch[0].time_ms >= minute_ms + MINUTE_MS:
                minute_ms += MINUTE_MS
                simulation.minute(minute_ms)


def main() -> None:
    """Print a row of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--interval-seconds", type=int, default=10)
    parser.add_argument("--hours", type=int, default=26, help="the first day is rolled up in 25")
    parser.add_argument("--alone", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'homelab-cmd.sqlite3'}")
        upgrade(database)
        with database.write() as session:
            for number in range(options.hosts):
                create_server(session, f"host{number:02d}")
        simulation = Simulation(database, options.alone)
        days = -(-options.hours * HOUR_MS // DAY_MS)
        workload = Workload(options.hosts, days, options.interval_seconds)
        simulate(
            simulation, list(workload.generate()), options.interval_seconds * 1_000, options.hours
        )
        database.dispose()
    share = options.hosts * options.hours / 24 * 1e6
    for purpose, size in simulation.written.bytes_for.items():
        print(f"{size / share:8.2f} MB a day and host   {purpose}")
    print(f"{sum(simulation.written.bytes_for.values()) / share:8.2f} MB a day and host   all")


if __name__ == "__main__":
    main()

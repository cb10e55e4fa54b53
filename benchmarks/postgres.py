"""What PostgreSQL takes in and gives back, as durable as it is by default.

`python -m benchmarks.postgres [--heartbeats 20000] [--batch 1000] [--history rows]` starts a
server of its own, appends heartbeats of 20 hosts as the ingest writer does (rows/s, the log's
among them), rolls them up, and asks for an hour of samples and for seven days of hours.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from homelab_agent.contract import (
    HOST,
    NETWORK_INTERFACE,
    Family,
    Filesystem,
    HostMetrics,
    NetworkInterface,
)
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import ENGINES, make_engine
from homelab_cmd.history.interface import Heartbeat, HistoryEngine, Selection
from homelab_cmd.history.tiers import DAY_MS, HOUR, HOUR_MS, RAW, Retention, Tier
from homelab_cmd.servers.models import Server

from tests.backend.postgres import PostgresServer

HOSTS = 20
INTERVAL_MS = 10_000
START_MS = 20_700 * DAY_MS
ROWS_PER_HEARTBEAT = 16  # 8 filesystems, 6 interfaces, the host, the log


def heartbeat(server_key: int, number: int) -> Heartbeat:
    """A host's heartbeat of that number."""
    used = 10**12 + number * 4_096
    return Heartbeat(
        server_key,
        START_MS + number * INTERVAL_MS + server_key * 13,
        number,
        "9d3d1d5c-6f0a-4a0e-8d6c-3c1a6f0e2b11",
        INTERVAL_MS,
        {
            "host": [
                HostMetrics(
                    cpu_percent=number % 97 + 0.5,
                    memory_total_bytes=16 * 2**30,
                    memory_used_bytes=used // 300,
                    load_1m=number % 7 / 4,
                    uptime_seconds=number * 10.0,
                    context_switches=number * 40_000,
                )
            ],
            "filesystem": [
                Filesystem(
                    f"/srv/disk{place}", f"/dev/sd{place}", "ext4", 4 * 10**12, used, 10**9, 25.1
                )
                for place in range(8)
            ],
            "network_interface": [
                NetworkInterface(
                    f"eth{place}", number * 1_400, number * 900, number * 13, number, is_up=True
                )
                for place in range(6)
            ],
        },
    )


def take_in(
    database: Database, engine: HistoryEngine, keys: list[int], each: int, batch: int
) -> float:
    """Seconds to append `each` heartbeats of every host, a commit per batch."""
    seconds = 0.0
    per_host = max(1, batch // len(keys))
    for first in range(0, each, per_host):
        beats = [
            heartbeat(key, number)
            for number in range(first, min(first + per_host, each))
            for key in keys
        ]
        started = time.perf_counter()
        with database.connect(write=True) as connection:
            engine.append(connection, beats)
        seconds += time.perf_counter() - started
    return seconds


def median_ms(action: Callable[[], object]) -> float:
    """Of 50 runs, after one that is not counted."""
    action()
    times = []
    for _ in range(50):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1_000


def main() -> None:
    """Print the PostgreSQL line of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heartbeats", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--history", choices=list(ENGINES), default="rows")
    options = parser.parse_args()
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    server = PostgresServer(durable | {"autovacuum": "on", "max_wal_size": "4GB"})
    try:
        database = Database(server.url(server.create_database()))
        _measure(database, options.history, options.heartbeats // HOSTS, options.batch)
        database.dispose()
    finally:
        server.close()


def _measure(database: Database, history: str, each: int, batch: int) -> None:
    upgrade(database)
    engine = make_engine(history)
    with database.write() as session:
        servers = [
            Server(server_id=f"host{n}", created_at_ms=0, updated_at_ms=0) for n in range(HOSTS)
        ]
        session.add_all(servers)
        session.flush()
        keys = [server.id for server in servers]
    seconds = take_in(database, engine, keys, each, batch)
    rows = each * HOSTS * ROWS_PER_HEARTBEAT
    print(f"taken in              {rows / seconds:,.0f} rows/s ({rows:,} in {seconds:.1f} s)")
    print(f"heartbeats            {each * HOSTS / seconds:,.0f} heartbeats/s")
    end_ms = START_MS + each * INTERVAL_MS
    started = time.perf_counter()
    engine.maintain(database, end_ms + DAY_MS, Retention(), lambda: False)
    print(
        f"rolled up             {each * HOSTS / (time.perf_counter() - started):,.0f} heartbeats/s"
    )

    def ask(family: Family, key: str, field: str, tier: Tier, span_ms: int) -> object:
        wanted = (keys[0],), family, (key,), (field,), end_ms - span_ms, end_ms
        with database.connect() as connection:
            return engine.range(connection, Selection(*wanted, tier))

    raw = median_ms(lambda: ask(NETWORK_INTERFACE, "eth0", "rx_bytes", RAW, HOUR_MS))
    hours = median_ms(lambda: ask(HOST, "", "cpu_percent.sum", HOUR, 7 * DAY_MS))
    print(f"1 h of samples, p50   {raw:.1f} ms")
    print(f"7 d of hours, p50     {hours:.1f} ms")


if __name__ == "__main__":
    main()

"""How quickly the server answers: workload "home" in its history, asked over HTTP with keep-alive.

`python -m benchmarks.asking [--engine chunks] [--hosts 20] [--days 30] [--requests 200]`
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from homelab_agent.contract import FAMILIES
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.chunks.layout import column_id
from homelab_cmd.history.chunks.samples import Samples
from homelab_cmd.history.downsample import lttb
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, HistoryEngine
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS, Retention
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings

from benchmarks.generate import STEP_SECONDS, make_hosts
from benchmarks.server import RunningServer, command, running_server
from benchmarks.workload import BOOT_ID, samples_of

# What is not sealed yet on a server that runs: the last of every host's history is in the log.
_UNSEALED_MS = HOUR_MS


@dataclass(frozen=True)
class Query:
    """A question of docs/performance.md, and how long its answer may take."""

    name: str
    path: str
    milliseconds: float


_CPU = "/api/v1/series?family=host&field=cpu_percent"
_RX = "/api/v1/series?family=network_interface&key=eth0&field=rx_bytes&agg=rate"
QUERIES = (
    Query("1 series, 1 h raw", f"{_CPU}&server=host03&period=1h&points=1000", 1),
    Query("1 series, 24 h at 1 min", f"{_CPU}&server=host03&period=24h&points=1500", 1.5),
    Query("1 series, 7 d at 1 h, averaged", f"{_CPU}&server=host03&period=7d&points=170", 1.5),
    Query("rate of a counter, 24 h at 1 min", f"{_RX}&server=host03&period=24h&points=1500", 1.5),
    Query("all hosts' CPU, 24 h at 1 min", f"{_CPU}&period=24h&points=1500", 8),
    Query("1 series, 30 d, 800 points", f"{_CPU}&server=host03&period=30d&points=800", 2),
    Query("1 series, 30 d, 5000 points", f"{_CPU}&server=host03&period=30d&points=5000", 15),
    Query("1 series, 1 y, 800 points", f"{_CPU}&server=host03&period=1y&points=800", 2),
    Query(
        "network sparkline, 1 h",
        "/api/v1/metrics/sparkline/host03/network?interface=eth0&period=1h",
        1.5,
    ),
    Query("metric query, 24 h, 800 points", "/api/metrics/cpu_usage?start=24h&host=host03", 1.5),
    Query("the host list with its sparklines", "/api/v1/servers", 10),
)


def prepare(data_dir: Path, engine_name: str, hosts: int, days: int) -> None:
    """Fill a new database: the past sealed and rolled up, the last hour as it arrived."""
    os.umask(0o077)  # the server serves no database that others can read
    database = Database(Settings(data_dir=data_dir).sqlalchemy_url)
    upgrade(database)
    engine = make_engine(engine_name)
    now_ms = time.time_ns() // 1_000_000
    for number, host in enumerate(make_hosts(hosts, days=days)):
        with database.write() as session:
            key = create_server(session, f"host{number:02d}").id
        host.time_ms[:] += now_ms - 1_000 - host.time_ms[-1]
        sealed = int(np.searchsorted(host.time_ms, now_ms - _UNSEALED_MS))
        per_day = DAY_MS // (STEP_SECONDS * 1_000)
        for start in range(0, sealed, per_day):
            part = slice(start, min(start + per_day, sealed))
            _take_in(database, engine, samples_of(host, key, part, STEP_SECONDS * 1_000))
        fresh = samples_of(host, key, slice(sealed, None), STEP_SECONDS * 1_000)
        with database.connect(write=True) as connection:
            engine.append(connection, list(heartbeats(fresh)))
    while not engine.maintain(database, now_ms, Retention(), lambda: False).complete:
        pass
    database.dispose()


def _take_in(database: Database, engine: HistoryEngine, samples: Samples) -> None:
    if isinstance(engine, ChunksEngine):
        engine.import_samples(database, samples)
    else:
        engine.bulk_import(database, heartbeats(samples))


def heartbeats(samples: Samples) -> Iterator[Heartbeat]:
    """Columns as the heartbeats that they came from; every series is in each of them."""
    rows: dict[str, list[list[Any]]] = {family.name: [] for family in FAMILIES}
    for family in FAMILIES:
        for (name, key), series in samples.series.items():
            if name == family.name:
                columns = [
                    python_values(series.columns[column_id(field)])
                    if column_id(field) in series.columns
                    else itertools.repeat(None)
                    for field in family.values
                ]
                lead = [itertools.repeat(key)] if family.key else []
                rows[name].append([family.row(*row) for row in zip(*lead, *columns, strict=False)])
    sequences = python_values(samples.sequence)
    for place, time_ms in enumerate(samples.time_ms.tolist()):
        yield Heartbeat(
            samples.server_key,
            time_ms,
            sequences[place],
            BOOT_ID,
            STEP_SECONDS * 1_000,
            {name: [series[place] for series in listed] for name, listed in rows.items() if listed},
        )


def ask(server: RunningServer, token: str, path: str, count: int) -> tuple[list[float], float, int]:
    """The milliseconds of each answer, the server's CPU for one, and its size."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Authorization": f"Bearer {token}"}
    elapsed: list[float] = []
    size = 0
    used = server.cpu_seconds()
    for _ in range(count):
        started = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        elapsed.append((time.perf_counter() - started) * 1_000)
        if answer.status != http.client.OK:
            raise RuntimeError(body.decode())
        size = len(body)
    connection.close()
    return elapsed, (server.cpu_seconds() - used) / count * 1_000, size


def main() -> None:
    """Print the table of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["chunks", "rows"], default="chunks")
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--data-dir", type=Path, help="kept, and used again if it is filled")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = options.data_dir or Path(folder)
        if not (data_dir / "homelab-cmd.sqlite3").exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            prepare(data_dir, options.engine, options.hosts, options.days)
        name = f"asking-{time.time_ns()}"
        token = command(
            "token", "create", name, "--scope", "read", "--data-dir", str(data_dir)
        ).strip()
        environment = {"HOMELAB_CMD_HISTORY": options.engine}
        with running_server(data_dir, environment=environment) as server:
            first, _, _ = ask(server, token, QUERIES[1].path, 1)
            print(f"{'p50 ms':>8} {'p95':>7} {'CPU':>6} {'limit':>6} {'bytes':>8}")
            for query in QUERIES:
                ask(server, token, query.path, 20)
                elapsed, cpu, size = ask(server, token, query.path, options.requests)
                p50, p95 = statistics.median(elapsed), statistics.quantiles(elapsed, n=20)[18]
                measured = f"{p50:8.2f} {p95:7.2f} {cpu:6.2f} {query.milliseconds:6} {size:8}"
                print(f"{measured}  {query.name}")
            print(f"{first[0]:8.2f} {'':7} {'':6} {20:6} {'':8}  first query after a restart")
    print(f"{_lttb_ms():8.2f} {'':7} {'':6} {0.5:6} {'':8}  100,000 -> 1,000 points, LTTB")


def _lttb_ms() -> float:
    values = np.cumsum(np.random.default_rng(1).normal(0, 1, 100_000))
    times = np.arange(100_000, dtype=np.int64) * 10_000
    rounds = []
    for _ in range(50):
        started = time.perf_counter()
        lttb(times, values, 1_000)
        rounds.append((time.perf_counter() - started) * 1_000)
    return statistics.median(rounds)


if __name__ == "__main__":
    main()

"""The same week of twenty hosts in ours, VictoriaMetrics and Prometheus, in one run.

`python -m benchmarks.beside [--hosts 20] [--days 7] [--requests 100]`
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path

from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.chunks.engine import ChunksEngine

from benchmarks.asking import QUERIES, ask, prepare
from benchmarks.generate import DAY_SECONDS, STEP_SECONDS, VALUES_PER_HEARTBEAT, make_hosts
from benchmarks.others import OTHERS, Other, installed, lines_of, query_path, running
from benchmarks.server import RunningServer, command, running_server
from benchmarks.storage import Workload, fill

# These values are what ours calls cpu_percent: benchmarks/workload.py says why.
_CPU, _RX = "host_temperature_cpu_celsius", 'interface_rx_bytes{host="host03",name="eth0"}'
_OF_ONE = f'{_CPU}{{host="host03"}}'
# By the name of our own query: the expression, the range and the step, in seconds.
_EXPRESSIONS = {
    "1 series, 1 h raw": (_OF_ONE, 3_600, STEP_SECONDS),
    "1 series, 24 h at 1 min": (_OF_ONE, DAY_SECONDS, 60),
    "1 series, 7 d at 1 h, averaged": (f"avg_over_time({_OF_ONE}[1h])", 7 * DAY_SECONDS, 3_600),
    "rate of a counter, 24 h at 1 min": (f"rate({_RX}[2m])", DAY_SECONDS, 60),
    "all hosts' CPU, 24 h at 1 min": (_CPU, DAY_SECONDS, 60),
}
_FIRST = "1 series, 24 h at 1 min"
_WARM = 20
_LEAST_BYTES = 1_000
_TRIES = 30


@dataclass
class Column:
    """What one database was measured at."""

    bytes_a_value: float = 0.0
    milliseconds: dict[str, tuple[float, float]] = dataclass_field(default_factory=dict)
    first_milliseconds: float = 0.0


def measure_ours(folder: Path, hosts: int, days: int, requests: int) -> Column:
    """Our column: the file of raw samples alone, and then of a server with all its tiers."""
    column = Column()
    file = folder / "raw.sqlite3"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    beats = fill(database, ChunksEngine(), Workload(hosts, days))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    column.bytes_a_value = file.stat().st_size / (beats * VALUES_PER_HEARTBEAT)
    data_dir = folder / "ours"
    data_dir.mkdir()
    prepare(data_dir, "chunks", hosts, days)
    token = command("token", "create", "beside", "--scope", "read", "--data-dir", str(data_dir))
    paths = {query.name: query.path for query in QUERIES}
    with running_server(data_dir) as server:
        column.first_milliseconds = ask(server, token.strip(), paths[_FIRST], 1)[0][0]
        for name in _EXPRESSIONS:
            column.milliseconds[name] = _asked(server, token.strip(), paths[name], requests)
    return column


def measure_other(other: Other, folder: Path, hosts: int, days: int, requests: int) -> Column:
    """The column of a database beside ours: loaded, started anew, asked."""
    column = Column()
    folder.mkdir()
    now_ms = time.time_ns() // 1_000_000
    loaded = []
    for number, host in enumerate(make_hosts(hosts, days=days)):
        host.time_ms[:] += now_ms - 1_000 - host.time_ms[-1]
        loaded.append(list(lines_of(host, f"host{number:02d}")))
    with running(other, folder) as server:
        other.load(server.port, loaded)
        size, until_ms = other.stored(folder, server.port)
        values = sum(int((line.time_ms < until_ms).sum()) for lines in loaded for line in lines)
        column.bytes_a_value = size / values
    with running(other, folder) as server:
        column.first_milliseconds = _first(server)
        for name, expression in _EXPRESSIONS.items():
            column.milliseconds[name] = _asked(server, "", query_path(*expression), requests)
    return column


def _first(server: RunningServer) -> float:
    """The milliseconds of the first answer with something in it, after a start."""
    for _ in range(_TRIES):
        elapsed, _, size_bytes = ask(server, "", query_path(*_EXPRESSIONS[_FIRST]), 1)
        if size_bytes >= _LEAST_BYTES:
            return elapsed[0]
        time.sleep(1)
    raise RuntimeError("nothing of what was taken in is found after a restart")


def _asked(server: RunningServer, token: str, path: str, requests: int) -> tuple[float, float]:
    ask(server, token, path, _WARM)
    elapsed, cpu_ms, size_bytes = ask(server, token, path, requests)
    if size_bytes < _LEAST_BYTES:
        raise RuntimeError(f"{path} is answered with {size_bytes} bytes: nothing was found")
    return statistics.median(elapsed), cpu_ms


def main() -> None:
    """Print the tables of docs/performance.md: p50 and, in brackets, processor time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--requests", type=int, default=100)
    options = parser.parse_args()
    sizes = (options.hosts, options.days, options.requests)
    columns: dict[str, Column] = {}
    with tempfile.TemporaryDirectory() as name:
        for other in OTHERS:
            if installed(other):
                columns[other.name] = measure_other(other, Path(name) / other.program, *sizes)
            else:
                print(f"{other.name} is not installed and left out: apt install {other.program}")
        columns["ours"] = measure_ours(Path(name), *sizes)
    print(" | ".join([f"{options.hosts} hosts, {options.days} days", *columns]))
    stored = (f"{column.bytes_a_value:.3f}" for column in columns.values())
    print(" | ".join(["bytes a value, raw alone", *stored]))
    for query in _EXPRESSIONS:
        cells = ("{:.2f} ms ({:.1f})".format(*c.milliseconds[query]) for c in columns.values())
        print(" | ".join([query, *cells]))
    firsts = (f"{column.first_milliseconds:.1f} ms" for column in columns.values())
    print(" | ".join(["first query after a restart", *firsts]))


if __name__ == "__main__":
    main()

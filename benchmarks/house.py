"""Merging and deleting a server with a year of history, while other agents send.

`python -m benchmarks.house [--agents 20] [--days 365]`. The year is one of workload "home", its
samples of the last 30 days with it. The 99th percentile of ingest is taken before, and during each.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.tiers import Retention
from homelab_cmd.servers.service import create_server

from benchmarks.ingest import heartbeat, post
from benchmarks.server import RunningServer, agent_token, command, running_server
from benchmarks.storage import Workload
from benchmarks.workload import samples_of

INTERVAL_SECONDS = 60
QUIET_SECONDS = 20.0


def fill(data_dir: Path, days: int) -> int:
    """A server `old` with so many days, rolled up and pruned as they would be; its heartbeats."""
    database = Database(f"sqlite:///{data_dir / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    with database.write() as session:
        server_key = create_server(session, "old").id
    engine = ChunksEngine()
    host = next(Workload(1, days, INTERVAL_SECONDS).generate())
    # Until two days ago, when the host was reinstalled.
    ahead_ms = (now_ms() - 2 * DAY_MS - int(host.time_ms[-1])) // DAY_MS * DAY_MS
    host = replace(host, time_ms=host.time_ms + ahead_ms)
    starts = np.flatnonzero(np.diff(host.time_ms // DAY_MS, prepend=0))
    for start, end in zip(starts, [*starts[1:], len(host.time_ms)], strict=True):
        part = slice(int(start), int(end))
        engine.import_samples(
            database, samples_of(host, server_key, part, INTERVAL_SECONDS * 1_000)
        )
    engine.maintain(database, now_ms(), Retention(), lambda: False)
    database.dispose()
    return len(host.time_ms)


class Agents:
    """Hosts that send a heartbeat a second each; `answers` are (when, seconds) of all of them."""

    def __init__(self, port: int, tokens: dict[str, str]) -> None:
        self.answers: list[tuple[float, float]] = []
        self.refused = 0
        self._port = port
        self._tokens = tokens
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Send from now on."""
        self._tasks = [
            asyncio.create_task(self._send(name, token, place / len(self._tokens)))
            for place, (name, token) in enumerate(self._tokens.items())
        ]

    async def end(self) -> None:
        """Send no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self, name: str, token: str, delay: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.sleep(delay)
        sequence = 0
        while True:
            sequence += 1
            began = time.perf_counter()
            writer.write(post("heartbeat", token, heartbeat(name, now_ms(), sequence)))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            if head.startswith(b"HTTP/1.1 401"):
                return  # the server that is deleted in the end
            if head.startswith(b"HTTP/1.1 503"):
                self.refused += 1  # to be sent again: what an agent does by itself
            elif not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{name}: {body.decode()}")
            self.answers.append((began, time.perf_counter() - began))
            await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - began)))

    def told(self, since: float) -> str:
        """The answers' median, 99th percentile and slowest since a moment."""
        taken = [seconds * 1_000 for began, seconds in self.answers if began >= since]
        p99 = statistics.quantiles(taken, n=100)[98]
        return (
            f"p50 {statistics.median(taken):.1f}, p99 {p99:.1f}, slowest {max(taken):.1f} ms "
            f"of {len(taken)}; {self.refused} refused so far"
        )


async def measure(server: RunningServer, agents: Agents, admin: str) -> None:
    """Print how long each took, and what ingest felt of it."""
    agents.begin()
    await asyncio.sleep(2)
    began = time.perf_counter()
    await asyncio.sleep(QUIET_SECONDS)
    print(f"ingest, nothing else  {agents.told(began)}")
    here = ("--data-dir", str(server.data_dir))
    for what, words in (
        ("merge", ("server", "merge", "old", "nas", *here)),
        ("delete", ("maintain", *here)),
    ):
        if what == "delete":
            await asyncio.to_thread(_delete, server.port, admin, "nas")
        began, used = time.perf_counter(), server.cpu_seconds()
        await asyncio.to_thread(command, *words)
        seconds, used = time.perf_counter() - began, server.cpu_seconds() - used
        print(f"{what:22}{seconds:.1f} s, the server's CPU {used:.1f} s")
        print(f"ingest meanwhile      {agents.told(began)}")
    await agents.end()


def _delete(port: int, token: str, server_id: str) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/servers/{server_id}",
        method="DELETE",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request):  # noqa: S310 - our own server
        pass


def main(words: Sequence[str] | None = None) -> None:
    """Print the rows of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        began = time.perf_counter()
        count = fill(data_dir, options.days)
        size = (data_dir / "homelab-cmd.sqlite3").stat().st_size
        print(f"{options.days} days, {count} heartbeats, {size / 1e6:.1f} MB after pruning")
        print(f"filled in             {time.perf_counter() - began:.0f} s")
        names = ["nas", *(f"host{number:02d}" for number in range(options.agents))]
        tokens = {name: agent_token(data_dir, name) for name in names}
        admin = command("token", "create", "bench", "--scope", "admin", "--data-dir", folder)
        with running_server(data_dir) as server:
            asyncio.run(measure(server, Agents(server.port, tokens), admin.strip()))


if __name__ == "__main__":
    main()

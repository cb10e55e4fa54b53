"""A home, or many, over time: agents at their real interval, people at their pages.

`./dev load [--agents 100] [--interval 10] [--minutes 30] [--readers 3]`, and `./dev soak`, which is
the same for eight hours. At the end every acknowledged heartbeat must be in the history once. 1
where one is missing, an answer was no 200, or a limit of docs/performance.md is passed.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from homelab_agent.contract import HOST
from homelab_cmd.auth.agent_tokens import add_agent
from homelab_cmd.auth.api_tokens import create_api_token
from homelab_cmd.auth.principals import COMMAND_LINE, Scope
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import engine_in_use, make_engine
from homelab_cmd.history.interface import Selection
from homelab_cmd.history.tiers import RAW
from homelab_cmd.servers.service import get_server
from homelab_cmd.settings import Settings

from benchmarks.ingest import heartbeat, post
from benchmarks.server import RunningServer, running_server

P99_LIMIT_MS = 250.0
RESIDENT_LIMIT_BYTES = 300_000_000
READ_SECONDS = 10.0


@dataclass
class Agent:
    """One host: what it may show, and what was acknowledged."""

    server_id: str
    token: str
    phase: float
    acknowledged_ms: list[int] = field(default_factory=list)


@dataclass
class Seen:
    """What the answers were like. Latencies in seconds."""

    sent: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    resident_bytes: list[int] = field(default_factory=list)


async def run_agent(port: int, agent: Agent, options: argparse.Namespace, seen: Seen) -> None:
    """Send at every tick until the time is over, on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ends, sequence = time.monotonic() + options.minutes * 60, 0
    await asyncio.sleep(agent.phase * options.interval)
    due = time.monotonic()
    while due < ends:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        time_ms = time.time_ns() // 1_000_000
        beat = heartbeat(agent.server_id, time_ms, sequence, filesystems=15, interfaces=20)
        beat["interval_seconds"] = options.interval
        started = time.perf_counter()
        head = await _exchange(reader, writer, post("heartbeat", agent.token, beat))
        seen.sent.append(time.perf_counter() - started)
        if head.startswith(b"HTTP/1.1 200"):
            agent.acknowledged_ms.append(time_ms)
        else:
            seen.refused.append(head)
        sequence += 1
        due += options.interval
    writer.close()


async def run_reader(port: int, token: str, options: argparse.Namespace, seen: Seen) -> None:
    """Ask for the list of hosts and for a day of one of them, as an open page does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ends = time.monotonic() + options.minutes * 60
    while time.monotonic() < ends:
        host = f"host{random.randrange(options.agents):04d}"  # noqa: S311 - any of them
        series = f"/api/v1/series?family=filesystem&server={host}&period=24h&points=300"
        for path in ("/api/v1/servers", series):
            request = (
                f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
            started = time.perf_counter()
            head = await _exchange(reader, writer, request.encode())
            seen.read.append(time.perf_counter() - started)
            if not head.startswith(b"HTTP/1.1 200"):
                seen.refused.append(head)
        await asyncio.sleep(READ_SECONDS)
    writer.close()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return head


async def _watch(server: RunningServer, options: argparse.Namespace, seen: Seen) -> None:
    ends = time.monotonic() + options.minutes * 60
    while time.monotonic() < ends:
        await asyncio.sleep(options.minutes * 60 / 40)
        seen.resident_bytes.append(server.resident_bytes())


async def drive(
    server: RunningServer, agents: list[Agent], token: str, options: argparse.Namespace
) -> Seen:
    """Everybody at once, until the time is over."""
    seen = Seen()
    await asyncio.gather(
        _watch(server, options, seen),
        *(run_agent(server.port, agent, options, seen) for agent in agents),
        *(run_reader(server.port, token, options, seen) for _ in range(options.readers)),
    )
    return seen


def prepare(data_dir: Path, count: int) -> tuple[list[Agent], str]:
    """The agents, spread over their interval, and a token for the readers."""
    os.umask(0o077)  # the server serves no database that others can read
    database = Database(Settings(data_dir=data_dir).sqlalchemy_url)
    upgrade(database)
    agents = []
    with database.write() as session:
        for number in range(count):
            server_id = f"host{number:04d}"
            token = add_agent(session, server_id, actor="load", client=COMMAND_LINE)
            agents.append(Agent(server_id, token, number / count))
        _, reader = create_api_token(session, "load", Scope.READ, actor="load", client=COMMAND_LINE)
    database.dispose()
    return agents, reader


def count_lost(data_dir: Path, agents: list[Agent]) -> int:
    """Acknowledged heartbeats that the history lacks, or holds twice."""
    database = Database(Settings(data_dir=data_dir).sqlalchemy_url)
    wrong = 0
    for agent in agents:
        with database.read() as session:
            connection = session.connection()
            engine = make_engine(engine_in_use(connection) or "chunks")
            key = get_server(session, agent.server_id).id
            end_ms = time.time_ns() // 1_000_000
            asked = Selection([key], HOST, None, ["process_count"], 0, end_ms, RAW)
            frames = engine.range(connection, asked)
        stored = sorted(int(time_ms) for frame in frames for time_ms in frame.time_ms)
        wrong += stored != agent.acknowledged_ms
    database.dispose()
    return wrong


def main() -> int:
    """Print a row of docs/performance.md; 1 where something was lost, refused or too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--interval", type=int, default=10, help="seconds")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--readers", type=int, default=3, help="open pages")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        agents, token = prepare(data_dir, options.agents)
        with running_server(data_dir) as server:
            _wait_until_up(server.port)
            cpu = server.cpu_seconds()
            seen = asyncio.run(drive(server, agents, token, options))
            cpu = server.cpu_seconds() - cpu
        wrong = count_lost(data_dir, agents)
    return _report(options, agents, seen, cpu, wrong)


def _wait_until_up(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/api/v1/system/health")
    connection.getresponse().read()
    connection.close()


def _report(
    options: argparse.Namespace, agents: list[Agent], seen: Seen, cpu: float, wrong: int
) -> int:
    sent, read = (statistics.quantiles(each, n=100) for each in (seen.sent, seen.read))
    resident = seen.resident_bytes
    lines = (
        (
            f"agents                {options.agents} × 15 filesystems × 20 interfaces,"
            f" every {options.interval} s for {options.minutes:g} min; {options.readers} pages"
        ),
        f"acknowledged          {sum(len(agent.acknowledged_ms) for agent in agents)}",
        f"refused               {len(seen.refused)}",
        f"hosts with a wrong history  {wrong}",
        (
            f"answer p50, p99, max  {sent[49] * 1e3:.1f}, {sent[98] * 1e3:.1f},"
            f" {max(seen.sent) * 1e3:.0f} ms (p99 ≤ {P99_LIMIT_MS:.0f})"
        ),
        f"reading p50, p99      {read[49] * 1e3:.1f}, {read[98] * 1e3:.1f} ms",
        f"server CPU            {cpu / options.minutes:.2f} s a minute",
        (
            f"resident memory       {resident[0] / 1e6:.0f} MB at first,"
            f" {max(resident) / 1e6:.0f} at most, {resident[-1] / 1e6:.0f} at last (≤ 300)"
        ),
    )
    print("\n".join(lines))
    good = not seen.refused and wrong == 0 and sent[98] * 1e3 <= P99_LIMIT_MS
    return 0 if good and max(resident) <= RESIDENT_LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())

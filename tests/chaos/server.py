"""`kill -9` of a server under load, again and again: nothing acknowledged is lost or doubled.

`python -m tests.chaos.server [--rounds 200] [--hosts 50]`. In each round a real server process
takes heartbeats from many hosts while `homelab-cmd maintain` seals and rolls up beside it; both are
killed at a random moment. At the end the history is compared with what was acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from homelab_agent.contract import HOST
from homelab_cmd.auth.agent_tokens import add_agent
from homelab_cmd.auth.principals import COMMAND_LINE
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import engine_in_use, make_engine
from homelab_cmd.history.interface import Selection
from homelab_cmd.history.tiers import RAW
from homelab_cmd.servers.service import get_server

from benchmarks.ingest import requests_for

COMMAND = [sys.executable, "-m", "homelab_cmd.cli"]
HEARTBEATS_PER_HOST = 40_000


@dataclass
class Sender:
    """One host: its requests in order, the next one to send, and what was acknowledged."""

    server_id: str
    requests: list[bytes]
    times_ms: list[int]
    position: int = 0
    acknowledged: set[int] = field(default_factory=set)
    unanswered: set[int] = field(default_factory=set)

    async def send(self, port: int) -> None:
        """Send until the server dies; what was not answered is sent again in the next round."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            while self.position < len(self.requests):
                await self._send_one(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            await _close(writer)

    async def _send_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        time_ms = self.times_ms[self.position]
        self.unanswered.add(time_ms)
        writer.write(self.requests[self.position])
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        self.acknowledged.add(time_ms)
        self.position += 1


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):  # the server was killed: a reset is what one expects
        await writer.wait_closed()


@dataclass
class Result:
    """What a campaign showed."""

    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    slowest_start_seconds: float = 0.0
    integrity: str = ""

    @property
    def clean(self) -> bool:
        return self.integrity == "ok" and not (self.lost or self.doubled or self.invented)


def campaign(folder: Path, *, rounds: int, hosts: int, seed: int) -> Result:
    """Run the rounds in a data folder and compare."""
    chance = random.Random(seed)  # noqa: S311 - a moment to kill at, no secret
    senders = make_senders(folder, hosts, rounds)
    result = Result()
    for _ in range(rounds):
        seconds = _round(folder, senders, chance)
        result.slowest_start_seconds = max(result.slowest_start_seconds, seconds)
        result.rounds += 1
    _compare(folder, senders, result)
    return result


def make_senders(folder: Path, hosts: int, rounds: int) -> list[Sender]:
    """So many hosts with what each will send, and their tokens in the data folder."""
    count = min(HEARTBEATS_PER_HOST, 400 * rounds)
    database = Database(f"sqlite:///{folder / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    senders = []
    for number in range(hosts):
        server_id = f"host{number:02d}"
        with database.write() as session:
            token = add_agent(session, server_id, actor="chaos", client=COMMAND_LINE)
        requests = requests_for(server_id, token, count, 1)
        senders.append(Sender(server_id, requests, [_time_of(request) for request in requests]))
    database.dispose()
    return senders


def _time_of(request: bytes) -> int:
    found = re.search(rb'"timestamp":"([^"]+)Z"', request)
    assert found
    moment = time.strptime(found[1].decode()[:19], "%Y-%m-%dT%H:%M:%S")
    return (int(time.mktime(moment)) - time.timezone) * 1_000 + int(found[1][-3:])


def _round(folder: Path, senders: list[Sender], chance: random.Random) -> float:
    """Start, load, kill; the seconds that the start took."""
    began = time.monotonic()
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--data-dir", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    port = int(next(filter(None, (re.search(r":(\d+)$", line) for line in server.stderr)))[1])
    asyncio.run(_reachable(port))
    started_seconds = time.monotonic() - began
    maintain = subprocess.Popen(
        [*COMMAND, "maintain", "--data-dir", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    asyncio.run(_load(senders, port, server, chance.uniform(0.2, 3.0)))
    for process in (server, maintain):
        process.kill()
        process.wait()
    server.stderr.close()
    return started_seconds


async def _reachable(port: int) -> None:
    """The socket listens before the application is up: wait for a first answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/v1/system/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await _close(writer)


async def _load(
    senders: list[Sender], port: int, server: subprocess.Popen[str], seconds: float
) -> None:
    tasks = [asyncio.create_task(sender.send(port)) for sender in senders]
    await asyncio.sleep(seconds)
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.gather(*tasks)


def _compare(folder: Path, senders: list[Sender], result: Result) -> None:
    path = folder / "homelab-cmd.sqlite3"
    with closing(sqlite3.connect(path)) as plain:
        result.integrity = plain.execute("PRAGMA integrity_check").fetchone()[0]
    database = Database(f"sqlite:///{path}")
    with database.connect() as connection:
        engine = make_engine(engine_in_use(connection) or "chunks")
    for sender in senders:
        with database.read() as session:
            server_key = get_server(session, sender.server_id).id
            frames = engine.range(
                session.connection(),
                Selection(
                    [server_key], HOST, None, ["process_count"], 0, sender.times_ms[-1] + 1, RAW
                ),
            )
        stored = [int(time_ms) for frame in frames for time_ms in frame.time_ms]
        result.acknowledged += len(sender.acknowledged)
        result.lost += len(sender.acknowledged - set(stored))
        result.doubled += len(stored) - len(set(stored))
        result.invented += len(set(stored) - sender.acknowledged - sender.unanswered)
    database.dispose()


def main() -> int:
    """Print a row of docs/reliability.md; 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = campaign(
            Path(folder), rounds=options.rounds, hosts=options.hosts, seed=options.seed
        )
    sys.stdout.write(f"{result}\n")
    return 0 if result.clean else 1


if __name__ == "__main__":
    sys.exit(main())

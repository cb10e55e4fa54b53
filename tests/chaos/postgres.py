"""Three server processes on PostgreSQL under load: one is killed, the database goes, or fails over.

`python -m tests.chaos.postgres [--hosts 20] [--seconds 60]`. Hosts report, and keep what was not
acknowledged; a page follows the live stream as the real one does. At the end the history is
compared with what was acknowledged, and so is what the page heard since it last came back.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets
from homelab_agent.contract import HOST
from homelab_cmd.auth.agent_tokens import add_agent
from homelab_cmd.auth.principals import COMMAND_LINE
from homelab_cmd.clock import iso, now_ms, parse_iso
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import ENGINES, engine_in_use
from homelab_cmd.history.interface import Selection
from homelab_cmd.history.tiers import RAW
from homelab_cmd.servers.service import get_server

from tests.backend.postgres import PostgresServer
from tests.backend.real_server import RealServer, running

WORKERS = 3
EVERY_SECONDS = 0.2
CALM_SECONDS = 1.5
CATCH_UP_SECONDS = 60.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 30.0  # as the page's

Disturb = Callable[["Scene"], Awaitable[None]]


@dataclass
class Outcome:
    """What a disturbance showed; counts are of heartbeats but for the last three."""

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    unheard: int = 0  # by the page, neither over the stream nor when it came back
    refused: int = 0  # requests answered 503 with Retry-After
    broken: int = 0  # connections
    streams: int = 0  # that the page opened, one after the other
    replaced: int = 0  # of the server processes that began, those that another took the place of

    @property
    def clean(self) -> bool:
        return self.acknowledged > 0 and not (
            self.lost or self.doubled or self.invented or self.unheard
        )


@dataclass
class Host:
    """One that reports, keeps what was not acknowledged, and sends it again, oldest first."""

    server_id: str
    token: str
    kept: deque[int] = field(default_factory=deque)
    made: list[int] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)

    async def measure(self, until: asyncio.Event) -> None:
        """A heartbeat at every tick, whatever becomes of the earlier ones."""
        while not until.is_set():
            time_ms = max(now_ms(), self.made[-1] + 1 if self.made else 0)
            self.made.append(time_ms)
            self.kept.append(time_ms)
            await asyncio.sleep(EVERY_SECONDS)

    async def send(self, url: str, until: asyncio.Event, outcome: Outcome) -> None:
        """Send until all is acknowledged after the end."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
            while self.kept or not until.is_set():
                if not self.kept:
                    await asyncio.sleep(EVERY_SECONDS / 4)
                    continue
                await self._send_one(client, self.kept[0], outcome)

    async def _send_one(self, client: httpx.AsyncClient, time_ms: int, outcome: Outcome) -> None:
        try:
            answer = await client.post("/api/v1/agents/heartbeat", json=self._body(time_ms))
        except httpx.TransportError:
            outcome.broken += 1
            await asyncio.sleep(EVERY_SECONDS)
            return
        if answer.status_code == 200:
            self.acknowledged.add(time_ms)
            self.kept.popleft()
            return
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        outcome.refused += 1
        await asyncio.sleep(2 * EVERY_SECONDS)  # sooner than asked for, which is harder

    def _body(self, time_ms: int) -> dict[str, object]:
        return {
            "server_id": self.server_id,
            "hostname": self.server_id,
            "timestamp": iso(time_ms),
            "sequence": time_ms,
            "interval_seconds": 1,
            "metrics": {"cpu_percent": time_ms % 1_000 / 10},
        }


class Page:
    """Follows the hosts as the page does: a ticket, the stream, a look at the list; again."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self._stream = url.replace("http", "ws", 1) + "/ws/live?ticket="
        self.heard: set[tuple[str, int]] = set()
        self.read_ms: dict[str, int] = {}  # by host the newest at the last look at the list
        self.streams = 0
        self.local_port = 0
        self.is_open = asyncio.Event()
        self.is_closed = asyncio.Event()

    async def follow(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            with suppress(httpx.HTTPError, OSError, websockets.WebSocketException):
                ticket = (await self._ask("POST", "/api/v1/auth/ticket"))["ticket"]
                async with websockets.connect(f"{self._stream}{ticket}") as socket:
                    await socket.send('{"servers":null,"families":["host"]}')
                    await socket.recv()
                    self.local_port = socket.local_address[1]
                    hosts = (await self._ask("GET", "/api/v1/servers"))["servers"]
                    self.read_ms = {
                        host["id"]: parse_iso(host["last_seen"])
                        for host in hosts
                        if host["last_seen"]
                    }
                    self.streams += 1
                    retry_seconds = FIRST_RETRY_SECONDS
                    self.is_closed.clear()
                    self.is_open.set()
                    async for message in socket:
                        self._hear(json.loads(message))
            self.is_open.clear()
            self.is_closed.set()
            await asyncio.sleep(retry_seconds)
            retry_seconds = min(LONGEST_RETRY_SECONDS, 2 * retry_seconds)

    async def close(self) -> None:
        """Leave."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str) -> dict[str, Any]:
        answer = await self._client.request(method, path)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document

    def _hear(self, message: dict[str, list[dict[str, str]]]) -> None:
        for one in message.get("heartbeats", ()):
            self.heard.add((one["server_id"], parse_iso(one["timestamp"])))

    def unheard(self, hosts: list[Host]) -> int:
        """What was acknowledged, came after the last look at the list, and not over the stream."""
        return sum(
            (host.server_id, time_ms) not in self.heard
            for host in hosts
            for time_ms in host.acknowledged
            if time_ms > self.read_ms.get(host.server_id, 0)
        )


@dataclass
class Scene:
    """What a disturbance may lay hands on."""

    server: RealServer
    page: Page
    hosts: list[Host]
    outcome: Outcome


def play(folder: Path, url: str, hosts: int, disturbs: Sequence[Disturb]) -> Outcome:
    """Let hosts report and a page follow while this happens in turn; then compare."""
    database = Database(url)
    upgrade(database)
    reporting = []
    for number in range(hosts):
        with database.write() as session:
            name = f"host{number}"
            token = add_agent(session, name, actor="chaos", client=COMMAND_LINE)
        reporting.append(Host(name, token))
    words = ("--database-url", url)
    with running(folder, *words, "--workers", str(WORKERS)) as server:
        token = server.command("token", "create", "page", "--scope", "read", *words)
        page = Page(server.url, token)
        workers = processes(server.pid)
        scene = Scene(server, page, reporting, Outcome())
        asyncio.run(_act(scene, disturbs))
        scene.outcome.replaced = len(set(workers) - set(processes(server.pid)))
    _compare(database, scene)
    database.dispose()
    return scene.outcome


async def _act(scene: Scene, disturbs: Sequence[Disturb]) -> None:
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(scene.page.follow())
        await scene.page.is_open.wait()
        sending = []
        for host in scene.hosts:
            tasks.create_task(host.measure(ended))
            sending.append(tasks.create_task(host.send(scene.server.url, ended, scene.outcome)))
        for disturb in disturbs:
            await asyncio.sleep(CALM_SECONDS)
            await disturb(scene)
            await scene.page.is_open.wait()
        await asyncio.sleep(CALM_SECONDS)
        ended.set()
        await asyncio.wait(sending)
        for _ in range(round(CATCH_UP_SECONDS / EVERY_SECONDS)):
            if not scene.page.unheard(scene.hosts):
                break
            await asyncio.sleep(EVERY_SECONDS)
        following.cancel()
    await scene.page.close()
    scene.outcome.unheard = scene.page.unheard(scene.hosts)
    scene.outcome.streams = scene.page.streams


def _compare(database: Database, scene: Scene) -> None:
    outcome = scene.outcome
    with database.connect() as connection:
        engine = ENGINES[engine_in_use(connection) or "rows"]()
    for host in scene.hosts:
        with database.read() as session:
            server_key = get_server(session, host.server_id).id
            frames = engine.range(
                session.connection(),
                Selection([server_key], HOST, None, ["cpu_percent"], 0, now_ms(), RAW),
            )
        stored = [int(time_ms) for frame in frames for time_ms in frame.time_ms]
        outcome.acknowledged += len(host.acknowledged)
        outcome.lost += len(host.acknowledged - set(stored))
        outcome.doubled += len(stored) - len(set(stored))
        outcome.invented += len(set(stored) - set(host.made))


async def kill_who_serves_the_page(scene: Scene) -> None:
    """`kill -9` of the process at the other end of the page's stream; the page comes back."""
    workers = processes(scene.server.pid)
    victim = serving(workers, scene.server.port, scene.page.local_port)
    scene.page.is_closed.clear()
    os.kill(victim, signal.SIGKILL)
    await scene.page.is_closed.wait()


def outage(postgres: PostgresServer, seconds: float) -> Disturb:
    """The database crashes, and is started again after a while; the page begins anew."""

    async def disturb(scene: Scene) -> None:
        scene.page.is_closed.clear()
        await asyncio.to_thread(postgres.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(postgres.start)
        await scene.page.is_closed.wait()

    return disturb


def failover(postgres: PostgresServer, standby: PostgresServer, seconds: float) -> Disturb:
    """The database crashes for good, and its standby is promoted after a while."""

    async def disturb(scene: Scene) -> None:
        scene.page.is_closed.clear()
        await asyncio.to_thread(postgres.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(standby.promote)
        await scene.page.is_closed.wait()

    return disturb


def processes(pid: int) -> list[int]:
    """The children of a process."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [int(word) for word in words]


def serving(workers: list[int], port: int, client_port: int) -> int:
    """Which of these processes has the connection from a local port."""
    ends = (f":{port:04X}", f":{client_port:04X}")
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        _, local, remote, *_, inode = line.split()[:10]
        if (local[-5:], remote[-5:]) == ends:
            for worker in workers:
                for each in Path(f"/proc/{worker}/fd").iterdir():
                    if each.readlink().name == f"socket:[{inode}]":
                        return worker
    raise AssertionError("no server process has that connection")


@contextmanager
def with_standby(postgres: PostgresServer, name: str) -> Iterator[tuple[PostgresServer, str]]:
    """A standby of a server, and the URL that names both."""
    standby = postgres.standby()
    hosts = f"host={postgres.folder}&host={standby.folder}"
    try:
        yield (
            standby,
            f"postgresql+psycopg://homelab@/{name}?{hosts}&target_session_attrs=read-write",
        )
    finally:
        standby.close()


def main() -> int:
    """Print what each disturbance showed; 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="without a database")
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    postgres = PostgresServer({"synchronous_commit": "on"})
    away = outage(postgres, options.seconds)
    with (
        tempfile.TemporaryDirectory() as folder,
        with_standby(postgres, postgres.create_database()) as (standby, url),
    ):
        away_for_good = failover(postgres, standby, options.seconds)
        disturbs = [*[kill_who_serves_the_page] * options.kills, away, away_for_good]
        outcome = play(Path(folder), url, options.hosts, disturbs)
    postgres.close()
    sys.stdout.write(f"{outcome}\n")
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())

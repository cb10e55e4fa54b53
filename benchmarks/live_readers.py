"""What many live readers cost ingest: two hundred WebSockets, ten of which read nothing.

`python -m benchmarks.live_readers [--readers 200] [--stalled 10] [--rate 20] [--seconds 40]`

As many heartbeats are sent with nobody listening and then with all of them, and what each reader
got is compared with what was sent. The readers are a process of their own, so that their work does
not count as waiting for an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import re
import socket
import statistics
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.ingest import requests_for
from benchmarks.server import RunningServer, agent_token, command, running_server

HOSTS = 20
OTHER_CPUS = set(range(1, os.cpu_count() or 1)) or {0}  # the server has the first for itself
SETTLE_SECONDS = 15  # longer than a stalled reader is waited for


@dataclass
class Heard:
    """What the readers report: how many heartbeats each got, and what the stalled were told."""

    counts: list[int]
    cut_off: int
    endings: list[str]


async def count(url: str, token: str, ready: asyncio.Barrier, heard: set[tuple[str, str]]) -> str:
    """Listen until the end, noting the (server, time) of each heartbeat; why it ended."""
    async with connect(url, additional_headers=_bearer(token), compression=None) as stream:
        await stream.send("{}")
        await stream.recv()
        await ready.wait()
        try:
            async for text in stream:
                for beat in orjson.loads(text).get("heartbeats", ()):
                    heard.add((beat["server_id"], beat["timestamp"]))
        except ConnectionClosed as closed:
            return str(closed)
    return ""


async def listen(
    port: int, token: str, readers: int, stalled: int, until: Callable[[], Awaitable[None]]
) -> Heard:
    """All readers at once, until told to end."""
    ready = asyncio.Barrier(readers + 1)
    heard: list[set[tuple[str, str]]] = [set() for _ in range(readers - stalled)]
    url = f"ws://127.0.0.1:{port}/ws/live"
    listening = [asyncio.create_task(count(url, token, ready, one)) for one in heard]
    stalling = [asyncio.create_task(stalled_reader(port, token, ready)) for _ in range(stalled)]
    await ready.wait()
    await until()
    cut_off = sum(task.done() for task in listening)
    endings = [await ending(task.result()) for task in stalling]
    for task in listening:
        task.cancel()
    return Heard([len(one) for one in heard], cut_off, endings)


def listening_process(pipe: Connection, port: int, token: str, readers: int, stalled: int) -> None:
    """The readers' process: says when all listen, and what they heard when asked."""

    async def until() -> None:
        pipe.send("ready")
        await asyncio.to_thread(pipe.recv)

    os.sched_setaffinity(0, OTHER_CPUS)
    pipe.send(asyncio.run(listen(port, token, readers, stalled, until)))


async def stalled_reader(port: int, token: str, ready: asyncio.Barrier) -> ClientConnection:
    """One that subscribes and then leaves everything in a small receive buffer."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    plain.setblocking(False)  # noqa: FBT003 - its only parameter
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    stream = await connect(
        f"ws://127.0.0.1:{port}/ws/live",
        sock=plain,
        additional_headers=_bearer(token),
        compression=None,
        ping_interval=None,
        max_queue=1,
    )
    await stream.send("{}")
    await stream.recv()
    stream.transport.pause_reading()
    await ready.wait()
    return stream


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def paced(port: int, requests: list[bytes], pause: float, latencies: list[float]) -> None:
    """One host: a heartbeat each `pause` seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begin = time.perf_counter()
    for number, request in enumerate(requests):
        await asyncio.sleep(max(0.0, begin + number * pause - time.perf_counter()))
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        latencies.append(time.perf_counter() - started)
    writer.close()


async def ingest(
    server: RunningServer, work: dict[str, list[bytes]], rate: float
) -> tuple[list[float], float]:
    """Send everything; the latencies in seconds and the server's CPU seconds."""
    latencies: list[float] = []
    before = server.cpu_seconds()
    sending = []
    for requests in work.values():
        sending.append(asyncio.create_task(paced(server.port, requests, HOSTS / rate, latencies)))
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*sending)
    return latencies, server.cpu_seconds() - before


def with_readers(
    server: RunningServer, token: str, work: dict[str, list[bytes]], options: argparse.Namespace
) -> None:
    """The second pass, and its rows."""
    pipe, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=listening_process,
        args=(theirs, server.port, token, options.readers, options.stalled),
    )
    process.start()
    pipe.recv()
    before = ingest_time(server.port, token)
    show("with readers", *asyncio.run(ingest(server, work, options.rate)))
    show_server(before, ingest_time(server.port, token))
    time.sleep(SETTLE_SECONDS)
    pipe.send("end")
    heard: Heard = pipe.recv()
    process.join()
    sent = sum(map(len, work.values()))
    misses = sum(sent - count for count in heard.counts)
    print(f"readers                {len(heard.counts)}, {heard.cut_off} cut off")
    print(f"lost                   {misses} of {sent * len(heard.counts)}")
    print(f"stalled                {dict(Counter(heard.endings))}")


async def ending(stream: ClientConnection) -> str:
    """Read on, and say how the stream ended."""
    stream.transport.resume_reading()
    try:
        while True:
            await asyncio.wait_for(stream.recv(), 5)
    except ConnectionClosed as closed:
        return str(closed.rcvd)
    except TimeoutError:
        return "still open"


def ingest_time(port: int, token: str) -> tuple[float, float]:
    """Heartbeats so far and the seconds they took, by the server's own clock."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=_bearer(token))
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own
        text = answer.read().decode()
    pattern = r'^homelab_cmd_http_request(?:s|_duration_seconds)_total{kind="ingest"} (\S+)$'
    count, seconds = (float(found) for found in re.findall(pattern, text, re.MULTILINE) or (0, 0))
    return count, seconds


def show_server(before: tuple[float, float], after: tuple[float, float]) -> None:
    """A row of what the server itself measured: without the wait of the sender for its CPU."""
    mean = (after[1] - before[1]) / (after[0] - before[0])
    print(f"  in the server        mean {mean * 1e3:.2f} ms from request to answer")


def show(name: str, latencies: list[float], cpu: float) -> None:
    """A row of one pass."""
    cuts = statistics.quantiles(latencies, n=100)
    print(
        f"{name:<23}{len(latencies)} heartbeats, p50 {cuts[49] * 1e3:.1f} ms, "
        f"p99 {cuts[98] * 1e3:.1f} ms, {cpu:.2f} s of CPU"
    )


def main() -> None:
    """Print the rows of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--stalled", type=int, default=10)
    parser.add_argument("--rate", type=float, default=20, help="heartbeats a second")
    parser.add_argument("--seconds", type=int, default=40)
    options = parser.parse_args()
    os.sched_setaffinity(0, OTHER_CPUS)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        names = [f"host{number:02d}" for number in range(HOSTS)]
        tokens = {name: agent_token(data_dir, name) for name in names}
        reading = command(
            "token", "create", "reader", "--scope", "read", "--data-dir", folder
        ).strip()
        each = int(options.rate * options.seconds / HOSTS)
        requests = {name: requests_for(name, tokens[name], 2 * each, 1) for name in names}
        with running_server(data_dir, cpus={0}) as server:
            alone = {name: some[:each] for name, some in requests.items()}
            before = ingest_time(server.port, reading)
            show("nobody listening", *asyncio.run(ingest(server, alone, options.rate)))
            show_server(before, ingest_time(server.port, reading))
            print(f"resident memory        {server.resident_bytes() / 1e6:.0f} MB")
            rest = {name: some[each:] for name, some in requests.items()}
            with_readers(server, reading, rest, options)
            print(f"resident memory        {server.resident_bytes() / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

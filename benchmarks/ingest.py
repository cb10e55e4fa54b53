"""What a heartbeat costs the server: over real HTTP with keep-alive, acknowledged after the commit.

`python -m benchmarks.ingest [--connections 20] [--batch 1] [--heartbeats 20000]`
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.server import RunningServer, agent_token, running_server

BOOT_ID = "9d3d1d5c-6f0a-4a0e-8d6c-3c1a6f0e2b11"


def heartbeat(
    server_id: str, time_ms: int, sequence: int, *, filesystems: int = 8, interfaces: int = 6
) -> dict[str, object]:
    """A heartbeat of so many filesystems and interfaces, and the host's metrics."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_ms // 1_000))
    return {
        "server_id": server_id,
        "hostname": server_id,
        "timestamp": f"{moment}.{time_ms % 1_000:03d}Z",
        "interval_seconds": 10,
        "boot_id": BOOT_ID,
        "sequence": sequence,
        "metrics": {
            "cpu_percent": 12.5,
            "cpu_user_percent": 8.25,
            "cpu_system_percent": 3.5,
            "cpu_iowait_percent": 0.75,
            "cpu_steal_percent": 0.0,
            "memory_total_bytes": 16_700_000_000,
            "memory_used_bytes": 6_200_000_000 + sequence * 4_096,
            "memory_available_bytes": 10_500_000_000 - sequence * 4_096,
            "memory_cached_bytes": 4_100_000_000,
            "memory_buffers_bytes": 210_000_000,
            "memory_percent": 37.1,
            "swap_total_bytes": 2_147_483_648,
            "swap_used_bytes": 0,
            "swap_percent": 0.0,
            "load_1m": 0.42,
            "load_5m": 0.31,
            "load_15m": 0.25,
            "uptime_seconds": 86_400.5 + sequence * 10,
            "process_count": 213,
            "context_switches": 987_654_321 + sequence * 40_000,
        },
        "filesystems": [
            {
                "mount_point": f"/srv/disk{number}",
                "device": f"/dev/sd{chr(97 + number)}1",
                "fs_type": "ext4",
                "total_bytes": 4_000_000_000_000,
                "used_bytes": 1_000_000_000_000 + sequence * 4_096,
                "available_bytes": 2_800_000_000_000 - sequence * 4_096,
                "percent": 26.31578947368421,
                "inodes_total": 240_000_000,
                "inodes_used": 1_234_567 + sequence,
            }
            for number in range(filesystems)
        ],
        "network_interfaces": [
            {
                "name": f"eth{number}",
                "rx_bytes": 123_456_789_012 + sequence * 140_000,
                "tx_bytes": 98_765_432_109 + sequence * 90_000,
                "rx_packets": 123_456_789 + sequence * 130,
                "tx_packets": 98_765_432 + sequence * 100,
                "is_up": True,
            }
            for number in range(interfaces)
        ],
    }


def requests_for(
    server_id: str, token: str, count: int, batch: int, *, step_ms: int = 1_000
) -> list[bytes]:
    """Whole HTTP requests for `count` heartbeats, `batch` to a request, ending about now."""
    start_ms = (int(time.time()) - count * step_ms // 1_000) * 1_000
    beats = [heartbeat(server_id, start_ms + n * step_ms, n) for n in range(count)]
    if batch == 1:
        return [post("heartbeat", token, beat) for beat in beats]
    groups = [beats[start : start + batch] for start in range(0, count, batch)]
    return [post("heartbeats", token, {"heartbeats": group}) for group in groups]


def post(name: str, token: str, document: object) -> bytes:
    """A whole HTTP request that sends the document."""
    body = json.dumps(document, separators=(",", ":")).encode()
    head = (
        f"POST /api/v1/agents/{name} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send(port: int, requests: Sequence[bytes], latencies: list[float]) -> None:
    """Send the requests one after the other on one connection, noting each answer's time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - started)
    writer.close()


async def drive(server: RunningServer, work: Sequence[Sequence[bytes]]) -> list[float]:
    """All connections at once; the latencies in seconds."""
    latencies: list[float] = []
    await asyncio.gather(*(send(server.port, requests, latencies) for requests in work))
    return latencies


def main() -> None:
    """Print a row of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--heartbeats", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = options.data_dir or Path(folder)
        names = [f"host{number:02d}" for number in range(options.connections)]
        tokens = {name: agent_token(data_dir, name) for name in names}
        each = options.heartbeats // options.connections
        work = [requests_for(name, tokens[name], each, options.batch) for name in names]
        warm = [requests[: len(requests) // 10] for requests in work]
        timed = [requests[len(requests) // 10 :] for requests in work]
        with running_server(data_dir, cpus={0}) as server:
            asyncio.run(drive(server, warm))
            cpu, written, started = server.cpu_seconds(), server.written_bytes(), time.time()
            latencies = asyncio.run(drive(server, timed))
            seconds, used = time.time() - started, server.cpu_seconds() - cpu
            beats = sum(map(len, timed)) * options.batch
            print(f"heartbeats            {beats}, {options.batch} a request")
            print(f"server CPU            {used / beats * 1e6:.0f} µs a heartbeat")
            print(f"throughput            {beats / seconds:.0f} heartbeats/s")
            print(f"answer p50, p99       {_at(latencies, 50):.1f}, {_at(latencies, 99):.1f} ms")
            print(f"written to the disk   {(server.written_bytes() - written) / beats:.0f} B each")
            print(f"resident memory       {server.resident_bytes() / 1e6:.0f} MB")


def _at(latencies: Sequence[float], percent: int) -> float:
    return statistics.quantiles(latencies, n=100)[percent - 1] * 1_000


if __name__ == "__main__":
    main()

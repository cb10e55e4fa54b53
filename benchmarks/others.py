"""Other time-series databases, as the benchmarks run them: started, filled, asked, measured.

Both are Debian's packages (`victoria-metrics`, `prometheus`), and are left out where they are not
installed. Samples go in as each takes them in bulk: JSON lines, and remote write.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

import numpy as np

from benchmarks.generate import Host, Values
from benchmarks.server import RunningServer

_READY_SECONDS = 60
_SETTLED_SECONDS = 600
# Of each series: Prometheus takes nothing that is an hour older than its newest sample.
_SAMPLES_A_WRITE = 100


@dataclass(frozen=True)
class Line:
    """A series: its name and labels as Prometheus has them, and its samples."""

    labels: Mapping[str, str]
    time_ms: Values
    values: Values


def lines_of(host: Host, name: str) -> Iterator[Line]:
    """The 68 series of a host."""
    for field, values in host.host.items():
        yield Line({"__name__": f"host_{field}", "host": name}, host.time_ms, values)
    for key, columns in host.filesystems.items():
        for field, values in columns.items():
            labels = {"__name__": f"filesystem_{field}", "host": name, "mount_point": key}
            yield Line(labels, host.time_ms, values)
    for key, columns in host.interfaces.items():
        for field, values in columns.items():
            labels = {"__name__": f"interface_{field}", "host": name, "name": key}
            yield Line(labels, host.time_ms, values)


class Other(Protocol):
    """A database beside ours. `program` is how Debian calls it."""

    name: str
    program: str

    def arguments(self, folder: Path, port: int) -> list[str]:
        """The command's arguments, with its data in the folder."""
        ...

    def load(self, port: int, hosts: Sequence[Sequence[Line]]) -> None:
        """Take the lines of every host in, and let it put them in their final form."""
        ...

    def stored(self, folder: Path, port: int) -> tuple[int, int]:
        """The bytes of its final form, and the time up to which samples are in it."""
        ...


class VictoriaMetrics:
    """Takes whole series as lines of JSON."""

    name = "VictoriaMetrics"
    program = "victoria-metrics"

    def arguments(self, folder: Path, port: int) -> list[str]:
        return [
            f"-storageDataPath={folder}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=100y",
            "-loggerLevel=ERROR",
        ]

    def load(self, port: int, hosts: Sequence[Sequence[Line]]) -> None:
        for lines in hosts:
            documents = (
                {
                    "metric": line.labels,
                    "values": line.values.tolist(),
                    "timestamps": line.time_ms.tolist(),
                }
                for line in lines
            )
            _post(port, "/api/v1/import", "\n".join(map(json.dumps, documents)).encode())
        _get(port, "/internal/force_flush")
        _get(port, "/internal/force_merge")
        while _metric(port, "vm_active_force_merges"):
            time.sleep(1)

    def stored(self, folder: Path, port: int) -> tuple[int, int]:  # noqa: ARG002 - not needed here
        return _size_of(folder), time.time_ns() // 1_000_000


class Prometheus:
    """Takes what a remote writer sends, in the order of time."""

    name = "Prometheus"
    program = "prometheus"

    def arguments(self, folder: Path, port: int) -> list[str]:
        config = folder / "prometheus.yml"
        config.write_text("{}\n", encoding="ascii")
        return [
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-remote-write-receiver",
            "--storage.tsdb.retention.time=100y",
            "--log.level=error",
        ]

    def load(self, port: int, hosts: Sequence[Sequence[Line]]) -> None:
        longest = max(len(lines[0].time_ms) for lines in hosts)
        for start in range(0, longest, _SAMPLES_A_WRITE):
            part = slice(start, start + _SAMPLES_A_WRITE)
            for lines in hosts:
                body = b"".join(_time_series(line, part) for line in lines)
                _post(port, "/api/v1/write", _as_snappy(body))
        # What is older than two or three hours becomes blocks, looked at once a minute.
        deadline = time.monotonic() + _SETTLED_SECONDS
        while time.monotonic() < deadline and _head_span_ms(port) > 4 * 3_600_000:
            time.sleep(5)

    def stored(self, folder: Path, port: int) -> tuple[int, int]:
        blocks = (path for path in (folder / "data").iterdir() if (path / "meta.json").exists())
        return sum(map(_size_of, blocks)), int(_metric(port, "prometheus_tsdb_head_min_time"))


OTHERS: tuple[Other, ...] = (VictoriaMetrics(), Prometheus())


def installed(other: Other) -> bool:
    """Whether this machine has it."""
    return shutil.which(other.program) is not None


@contextmanager
def running(other: Other, folder: Path) -> Iterator[RunningServer]:
    """Serve from a folder on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [other.program, *other.arguments(folder, port)], stderr=subprocess.DEVNULL, text=True
    )
    try:
        _wait_until_ready(port)
        yield RunningServer(process, port, folder)
    finally:
        process.terminate()
        process.wait(timeout=120)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            _get(port, "/-/ready")
        except (OSError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _time_series(line: Line, part: slice) -> bytes:
    """A TimeSeries of a WriteRequest: labels in order of their names, then samples."""
    labels = b"".join(
        _message(1, _message(1, name.encode()) + _message(2, value.encode()))
        for name, value in sorted(line.labels.items())
    )
    time_ms, values = line.time_ms[part], line.values[part]
    # A sample is tag, length, tag, float64, tag and a varint of 6 bytes: as long for 90 years.
    samples = np.zeros((len(time_ms), 18), np.uint8)
    samples[:, :3] = (0x12, 16, 0x09)
    samples[:, 3:11] = values.astype("<f8").view(np.uint8).reshape(-1, 8)
    samples[:, 11] = 0x10
    for place in range(6):
        more = 0x80 if place < 5 else 0
        samples[:, 12 + place] = (time_ms >> 7 * place) & 0x7F | more
    return _message(1, labels + samples.tobytes())


def _message(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _as_snappy(content: bytes) -> bytes:
    """The content in snappy's format, of literals alone: packing it is not what is measured."""
    parts = [_varint(len(content))]
    for start in range(0, len(content), 65_536):
        literal = content[start : start + 65_536]
        parts += [b"\xf4", struct.pack("<H", len(literal) - 1), literal]
    return b"".join(parts)


def _post(port: int, path: str, body: bytes) -> None:
    _request(port, "POST", path, body)


def _get(port: int, path: str) -> str:
    return _request(port, "GET", path, None)


def _request(port: int, method: str, path: str, body: bytes | None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request(method, path, body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status not in (http.client.OK, http.client.NO_CONTENT):
        raise RuntimeError(f"{path}: {answer.status} {text[:200]}")
    return text


def _metric(port: int, name: str) -> float:
    """One of the metrics that it tells of itself."""
    for line in _get(port, "/metrics").splitlines():
        found, _, value = line.rpartition(" ")
        if found == name:
            return float(value)
    return 0.0


def _head_span_ms(port: int) -> float:
    newest = _metric(port, "prometheus_tsdb_head_max_time")
    return newest - _metric(port, "prometheus_tsdb_head_min_time")


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def query_path(expression: str, span_seconds: int, step_seconds: int) -> str:
    """The path of a range query up to now, which both understand."""
    now = int(time.time())
    times = {"start": now - span_seconds, "end": now, "step": step_seconds}
    return f"/api/v1/query_range?{urlencode({'query': expression, **times})}"

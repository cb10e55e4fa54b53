"""A real Prometheus scrapes a real server, where one is installed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from homelab_cmd.clock import iso, now_ms

COMMAND = [sys.executable, "-m", "homelab_cmd"]
SECONDS = 60

CONFIGURATION = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: homelab
    authorization: {{credentials_file: {token}}}
    static_configs: [{{targets: ["{address}"]}}]
"""


def output(*words: str) -> str:
    return subprocess.run(
        [*COMMAND, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server's address, as host:port."""
    words = [*COMMAND, "serve", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "listening on http://" in line)
            yield line.partition("http://")[2].strip()
        finally:
            process.terminate()


@contextmanager
def prometheus(folder: Path, address: str, token: str) -> Iterator[str]:
    """The URL of a Prometheus that scrapes the address every second."""
    (folder / "token").write_text(token)
    configuration = CONFIGURATION.format(token=folder / "token", address=address)
    (folder / "prometheus.yml").write_text(configuration)
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = f"127.0.0.1:{free.getsockname()[1]}"
    words = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={own}",
    ]
    with subprocess.Popen(["prometheus", *words], stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://{own}"
        finally:
            process.terminate()


def ask(url: str, path: str) -> Any:
    try:
        with urllib.request.urlopen(url + path) as answer:  # noqa: S310 - our own
            return json.load(answer)["data"]
    except OSError:
        return {}


def beat(address: str, token: str) -> None:
    body = {
        "server_id": "nas",
        "hostname": "nas.lan",
        "timestamp": iso(now_ms()),
        "interval_seconds": 60,
        "metrics": {"cpu_percent": 12.5},
    }
    request = urllib.request.Request(
        f"http://{address}/api/v1/agents/heartbeat",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}"},
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - our own


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="Prometheus is not installed")
def test_prometheus_scrapes_what_hosts_reported(tmp_path: Path) -> None:
    data = tmp_path / "data"
    flags = ("--data-dir", str(data))
    reader = output("token", "create", "prometheus", "--scope", "read", *flags)
    agent = output("agent", "add", "nas", *flags)
    with serving(data) as address:
        beat(address, agent)
        with prometheus(tmp_path, address, reader) as url:
            query = urllib.parse.quote('homelab_cpu_percent{server="nas"}')
            deadline = time.monotonic() + SECONDS
            result: list[Any] = []
            while not result and time.monotonic() < deadline:
                time.sleep(0.2)
                result = ask(url, f"/api/v1/query?query={query}").get("result", [])
            targets = ask(url, "/api/v1/targets")["activeTargets"]
    assert [(one["health"], one["lastError"]) for one in targets] == [("up", "")]
    assert result[0]["value"][1] == "12.5"

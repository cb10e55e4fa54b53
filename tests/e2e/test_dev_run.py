"""`./dev run` as one types it: from nothing to this machine's numbers, and again after Ctrl-C."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 60
ACCOUNT = {"username": "anna", "password": "correct horse battery staple"}

# What the command does once everything is installed and the page is built.
RUN = """if True:
    import argparse, sys
    from devtools import serve
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    sys.exit(serve.run(parser.parse_args()))
"""


@dataclass
class Run:
    """A running `./dev run` and what it printed so far."""

    process: subprocess.Popen[str]
    url: str
    lines: list[str] = field(default_factory=list)

    def read_until(self, pattern: str) -> re.Match[str]:
        for line in self.process.stdout or ():
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError("".join(self.lines))

    def ask(self, path: str, body: object = None, token: str = "") -> Any:
        method = "GET" if body is None else "POST"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(base_url=f"{self.url}/api/v1/", trust_env=False) as client:
            return (
                client.request(method, path, json=body, headers=headers).raise_for_status().json()
            )


@contextmanager
def dev_run(data_dir: Path, port: int) -> Iterator[Run]:
    words = ["--no-browser", f"--port={port}", f"--data-dir={data_dir}"]
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", RUN, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        run = Run(process, f"http://127.0.0.1:{port}")
        try:
            yield run
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode == 0, "".join(run.lines) + rest
        assert str(data_dir) in rest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_it_shows_this_machine_and_keeps_what_it_saw(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    port = free_port()
    with dev_run(data_dir, port) as first:
        link = first.read_until(r"first account: \S+/setup#token=(\S+)")
        session = first.ask("auth/setup", {"setup_token": link[1], **ACCOUNT})
        host = first_host(first, session["access_token"])
        interfaces = {row["name"] for row in host["network_interfaces"]}

    # The kernel's own list, read another way than the agent reads it.
    assert interfaces == {path.name for path in Path("/sys/class/net").iterdir()} - {"lo"}
    assert isinstance(host["filesystems"], list)

    with dev_run(data_dir, port) as second:
        second.read_until(r"The page: ")
        assert not [line for line in second.lines if "setup" in line]
        again = first_host(second, session["access_token"])

    assert again["created_at"] == host["created_at"]
    assert stat_mode(next(data_dir.glob("agent-*.token"))) == 0o600


def first_host(run: Run, token: str) -> dict[str, Any]:
    """Wait for the agent's first heartbeat and give the host as the API lists it."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        [host] = run.ask("servers", token=token)["servers"]
        if host["last_seen"]:
            return dict(host)
        time.sleep(0.1)
    raise AssertionError("no heartbeat")


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777

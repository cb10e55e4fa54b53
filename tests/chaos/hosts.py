"""Network namespaces as hosts: a real server and five agents, each in trouble of its own.

    python -m tests.chaos.hosts [--seconds 100]

Needs root and iproute2. One agent has a line that delays by 300 ms and loses 30 % of what is
sent, one is cut off for a third of the time, one has a clock that is a day ahead, one's token is
rotated meanwhile, one is killed now and then and gets an interface after its start. At the end the
server must have every heartbeat of each, once, and show the skew.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
PORT = 8080
RELAY_PORT = 9000
DAY_SECONDS = 86_400
CLOCK_AHEAD = (
    "import time; real = time.time_ns;"
    f" time.time_ns = lambda: real() + {DAY_SECONDS} * 10**9;"
    " from homelab_agent.__main__ import command; command()"
)
TOOL = [sys.executable, "-m", "homelab_cmd.cli"]


@dataclass
class HostInTrouble:
    """A namespace with an agent in it."""

    name: str
    number: int
    folder: Path
    program: tuple[str, ...] = ("-m", "homelab_agent")
    server: str = ""
    kills: int = 0
    keeper: subprocess.Popen[bytes] = field(init=False)
    agent: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        (self.folder / "run").mkdir(parents=True)
        script = "mount -t sysfs sysfs /sys && ip link set lo up && exec sleep infinity"
        self.keeper = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", script])
        self.server = self.server or f"http://10.9.{self.number}.1:{PORT}"

    def inside(self, *words: str) -> list[str]:
        """A command line that runs in the namespace."""
        return ["nsenter", "--target", str(self.keeper.pid), "--net", "--mount", *words]

    def connect(self) -> None:
        """Give it an interface whose other end is here, where the server is."""
        near, number = f"to{self.name}", self.number
        ends = ["type", "veth", "peer", "name", "eth0", "netns", str(self.keeper.pid)]
        run("ip", "link", "add", near, *ends)
        run("ip", "address", "add", f"10.9.{number}.1/24", "dev", near)
        run("ip", "link", "set", near, "up")
        run(*self.inside("ip", "address", "add", f"10.9.{number}.2/24", "dev", "eth0"))
        run(*self.inside("ip", "link", "set", "eth0", "up"))

    def start(self) -> None:
        """Start the agent."""
        words = ["--server", self.server, "--server-id", self.name, "--interval", "1"]
        words += ["--token-file", str(self.folder / "token"), "--spool", str(self.spool)]
        environment = {**os.environ, "RUNTIME_DIRECTORY": str(self.folder / "run")}
        with (self.folder / "log").open("ab") as log:
            self.agent = subprocess.Popen(
                self.inside(sys.executable, *self.program, "run", *words),
                env=environment,
                stderr=log,
            )

    def end(self, number: signal.Signals) -> None:
        """Send the agent a signal, and wait until it is gone."""
        if self.agent:
            self.agent.send_signal(number)
            self.agent.wait(60)

    def waiting(self) -> int:
        """How many heartbeats the server does not have, as the agent says it."""
        for path in self.folder.glob("run/*/status.json"):
            facts = json.loads(path.read_text())
            return int(facts["waiting"]) if facts["state"] == "sending" else 1_000
        return 1_000

    @property
    def spool(self) -> Path:
        return self.folder / "spool"


def run(*words: str) -> str:
    """Run a tool, and give what it said."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


class BadLine:
    """A relay that delays what goes through it, and breaks the connection instead of sending."""

    def __init__(self, near: int, far: tuple[str, int], loss: float, seconds: float) -> None:
        self._listener = socket.create_server(("127.0.0.1", near))
        self._far = far
        self._loss = loss
        self._well_at = time.monotonic() + seconds
        self._chance = random.Random(3)  # noqa: S311 - a run is to be repeatable

    def serve(self) -> None:
        """Relay for ever."""
        while True:
            near, _ = self._listener.accept()
            far = socket.create_connection(self._far, 10)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(64 * 1024):
                time.sleep(0.3)
                if self._chance.random() < self._loss and time.monotonic() < self._well_at:
                    break
                target.sendall(content)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def play(folder: Path, seconds: float) -> list[str]:
    """Let it all happen; the faults that were found."""
    data = ["--data-dir", str(folder / "data")]
    run("ip", "link", "set", "lo", "up")
    with (folder / "server.log").open("wb") as log:
        line = [*TOOL, "serve", "--host", "0.0.0.0", "--port", str(PORT), *data]  # noqa: S104 - within the namespace
        server = subprocess.Popen(line, stdout=log, stderr=log)
    hosts = make_hosts(folder, seconds)
    time.sleep(8)
    for host in hosts.values():
        token = host.folder / "token"
        token.write_text(run(*TOOL, "agent", "add", host.name, *data))
        token.chmod(0o600)
        host.start()
    trouble(hosts, data, seconds)
    deadline = time.monotonic() + 120
    while any(host.waiting() > 1 for host in hosts.values()) and time.monotonic() < deadline:
        time.sleep(1)
    for host in hosts.values():
        host.end(signal.SIGTERM)
    server.terminate()
    server.wait(60)
    return faults(folder / "data", hosts)


def make_hosts(folder: Path, seconds: float) -> dict[str, HostInTrouble]:
    """The five, connected; the first one's line runs through a relay in its own namespace."""
    relay = f"http://127.0.0.1:{RELAY_PORT}"
    hosts = [
        HostInTrouble("lossy", 1, folder / "lossy", server=relay),
        HostInTrouble("cutoff", 2, folder / "cutoff"),
        HostInTrouble("ahead", 3, folder / "ahead", program=("-c", CLOCK_AHEAD)),
        HostInTrouble("rotated", 4, folder / "rotated"),
        HostInTrouble("killed", 5, folder / "killed"),
    ]
    time.sleep(1)
    for host in hosts:
        host.connect()
    # By its path: entering a namespace leaves the working folder.
    relay_words = [str(Path(__file__).resolve()), "--relay", "--seconds", str(seconds)]
    subprocess.Popen(hosts[0].inside(sys.executable, *relay_words))
    return {host.name: host for host in hosts}


def trouble(hosts: dict[str, HostInTrouble], data: list[str], seconds: float) -> None:
    """What happens meanwhile, in thirds of the time."""
    time.sleep(seconds / 3)
    run("ip", "link", "set", "tocutoff", "down")
    rotated = run(*TOOL, "agent", "rotate", "rotated", *data)
    killed = hosts["killed"]
    run(*killed.inside("ip", "link", "add", "eth7", "type", "veth", "peer", "name", "eth8"))
    for _ in range(4):
        killed.end(signal.SIGKILL)
        killed.kills += 1
        killed.start()
        time.sleep(seconds / 12)
    run("ip", "link", "set", "tocutoff", "up")
    (hosts["rotated"].folder / "token").write_text(rotated)
    time.sleep(seconds / 3)


def faults(data: Path, hosts: dict[str, HostInTrouble]) -> list[str]:
    """What the database has against what was measured."""
    found = []
    (file,) = data.glob("*.sqlite3")
    with closing(sqlite3.connect(file)) as database:
        for name, host in hosts.items():
            key, offset, interfaces = database.execute(
                "SELECT id, clock_offset_seconds, network_interfaces FROM servers"
                " WHERE server_id = ?",
                [name],
            ).fetchone()
            sequences = [
                row[0]
                for row in database.execute(
                    "SELECT sequence FROM heartbeats WHERE id & 2097151 = ? ORDER BY id", [key]
                )
            ]
            lost = max(sequences, default=1) - len(set(sequences))
            doubled = len(sequences) - len(set(sequences))
            names = [interface["name"] for interface in json.loads(interfaces)]
            sys.stdout.write(
                f"{name:8} {len(sequences):4} heartbeats, {lost} lost, {doubled} doubled,"
                f" {host.kills} kills, clock {offset:+.1f} s, interfaces {names}\n"
            )
            if lost > host.kills or doubled:
                found.append(f"{name}: {lost} lost, {doubled} doubled")
            if name == "ahead" and abs(offset + DAY_SECONDS) > 5:
                found.append(f"{name}: its clock is said to be {offset} s off")
            if name == "killed" and "eth7" not in names:
                found.append(f"{name}: the interface that came later is not there")
    return found


def main(words: Sequence[str]) -> int:
    """Run it from the command line; the exit code says whether all was well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=100)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--relay", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.relay:
        BadLine(RELAY_PORT, ("10.9.1.1", PORT), 0.3, options.seconds).serve()
    if not options.inside:
        line = [*APART, sys.executable, "-m", "tests.chaos.hosts", *words, "--inside"]
        return subprocess.run(line, check=False).returncode
    with tempfile.TemporaryDirectory() as folder:
        found = play(Path(folder), options.seconds)
    sys.stdout.write("".join(f"NOT WELL: {fault}\n" for fault in found) or "well\n")
    sys.stdout.flush()
    os._exit(1 if found else 0)  # the namespace ends with its first process, and all in it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

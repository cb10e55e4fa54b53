"""What an agent costs its host: memory, processor time and bytes, at the true interval.

    python -m benchmarks.agent                      10 minutes at 10 s
    python -m benchmarks.agent --minutes 2          a shorter look
    python -m benchmarks.agent --python PATH        under another Python

It makes namespaces of its own with 8 filesystems and 6 interfaces, so that every machine measures
the same host, and runs the agent in them over TLS, beside a node_exporter where one is installed
(Debian: prometheus-node-exporter), which is asked for the collectors that match. Needs util-linux
and iproute2, and root or unprivileged user namespaces.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from tests.agent.standin import TLS, Listening, StandIn, tls_server

ROOT = Path(__file__).parent.parent
FILESYSTEMS = 8
INTERFACES = 6
NODE_EXPORTER_PORT = 18_399
NODE_EXPORTER_COLLECTORS = (
    "cpu", "diskstats", "filesystem", "hwmon", "loadavg", "meminfo", "netclass", "netdev",
    "os", "stat", "time", "uname",
)  # fmt: skip
WARM_UP_CYCLES = 3


@dataclass
class Measured:
    """One program's costs. Memory in KiB, processor time in seconds, sizes in bytes."""

    name: str
    process: subprocess.Popen[bytes]
    cycles: int = 0
    cpu_at_start: float = 0.0
    rss: list[int] = field(default_factory=list)
    pss: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def begin(self) -> None:
        """Count from now on: what the start took is not a cycle's."""
        self.cpu_at_start = cpu_seconds(self.process.pid)
        self.cycles = 0
        self.sizes.clear()

    def look(self) -> None:
        """Take the memory in use."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii")
        sizes = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
        self.rss.append(int(sizes["Rss"].split()[0]))
        self.pss.append(int(sizes["Pss"].split()[0]))

    def row(self) -> str:
        """A line of the table for docs/performance.md."""
        cpu_ms = 1_000 * (cpu_seconds(self.process.pid) - self.cpu_at_start) / max(self.cycles, 1)
        return (
            f"| {self.name} | {median(self.rss) / 1024:.1f} | {median(self.pss) / 1024:.1f} |"
            f" {cpu_ms:.2f} | {mean(self.sizes):,.0f} |"
        )


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process, from the scheduler's own nanoseconds."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = int(stat[11]) + int(stat[12])
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except OSError:
        return ticks / os.sysconf("SC_CLK_TCK")


def main(words: Sequence[str]) -> int:
    """Measure, in namespaces of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--interval", type=int, default=10)
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the agent")
    parser.add_argument("--node-exporter", default=shutil.which("prometheus-node-exporter"))
    parser.add_argument("--inside", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.inside:
        make_host(options.inside)
        measure(options, options.inside)
        return 0
    # The mounts below the folder end with the namespace, before it is removed.
    with tempfile.TemporaryDirectory() as folder:
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        apart = ["unshare", *user, "--mount", "--net", "--pid", "--fork", "--mount-proc"]
        command = [*apart, sys.executable, "-m", "benchmarks.agent", *words, "--inside", folder]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def make_host(folder: Path) -> None:
    """Give this namespace its filesystems and interfaces."""
    for number in range(FILESYSTEMS - 1):
        mount_point = folder / f"data{number}"
        mount_point.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={number + 1}g", f"disk{number}", mount_point],
            check=True,
        )
        (mount_point / "used").write_bytes(b"x" * 1_000_003 * (number + 1))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    # What is mounted there still shows the interfaces of the namespace before.
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for number in range(0, INTERFACES, 2):
        ends = ["add", f"eth{number}", "type", "veth", "peer", "name", f"eth{number + 1}"]
        subprocess.run(["ip", "link", *ends], check=True)
    for number in range(INTERFACES):
        address = f"10.77.{number}.1/24"
        subprocess.run(["ip", "address", "add", address, "dev", f"eth{number}"], check=True)
        subprocess.run(["ip", "link", "set", f"eth{number}", "up"], check=True)


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Run both side by side and print their table."""
    stand_in = StandIn()
    server = Listening(stand_in, tls=tls_server())
    programs = [Measured("homelab-agent", start_agent(options, folder, server.url))]
    if options.node_exporter:
        programs.append(Measured("node_exporter", start_node_exporter(options.node_exporter)))
    stop = threading.Event()
    traffic = threading.Thread(target=make_traffic, args=(stop,), daemon=True)
    traffic.start()
    try:
        watch(options, programs, stand_in)
    finally:
        stop.set()
        for program in programs:
            program.process.send_signal(signal.SIGTERM)
            program.process.wait()
        server.stop()
    row = stand_in.heartbeats[-1]
    print(
        f"{len(row['filesystems'])} filesystems, {len(row['network_interfaces'])} interfaces,"
        f" {options.minutes:g} minutes at {options.interval} s, Python of the agent:"
        f" {subprocess.check_output([options.python, '-V'], text=True).strip()}"
    )


def start_agent(options: argparse.Namespace, folder: Path, url: str) -> subprocess.Popen[bytes]:
    """The agent as an installed one runs: no site packages of a development tree."""
    token = folder / "token"
    token.write_text("benchmark\n")
    token.chmod(0o600)
    words = [options.python, "-S", "-m", "homelab_agent", "run", "--server", url]
    words += ["--token-file", str(token), "--ca-file", str(TLS / "server.pem")]
    words += ["--interval", str(options.interval), "--spool", str(folder / "spool")]
    words += ["--include", f"{folder}/*"]
    environment = {"PYTHONPATH": str(ROOT / "agent/src"), "PATH": os.environ["PATH"]}
    return subprocess.Popen(words, env=environment, cwd=folder)


def start_node_exporter(path: str) -> subprocess.Popen[bytes]:
    """node_exporter with the collectors that match ours."""
    words = [path, f"--web.listen-address=127.0.0.1:{NODE_EXPORTER_PORT}", "--log.level=error"]
    words += ["--collector.disable-defaults", "--web.disable-exporter-metrics"]
    words += [f"--collector.{name}" for name in NODE_EXPORTER_COLLECTORS]
    return subprocess.Popen(words)


def watch(options: argparse.Namespace, programs: Sequence[Measured], stand_in: StandIn) -> None:
    """Let the cycles go by, and count."""
    for _ in range(WARM_UP_CYCLES):
        cycle(options, programs, stand_in)
    for program in programs:
        program.begin()
    for _ in range(round(options.minutes * 60 / options.interval)):
        cycle(options, programs, stand_in)
        for program in programs:
            program.look()
    print("| | RSS MB | PSS MB | CPU ms per cycle | bytes per cycle, compressed |")
    print("|---|---|---|---|---|")
    for program in programs:
        print(program.row())


def cycle(options: argparse.Namespace, programs: Sequence[Measured], stand_in: StandIn) -> None:
    """One interval: a heartbeat that comes by itself, and a scrape that is made here."""
    seen = len(stand_in.heartbeats)
    stand_in.wait_for(lambda: len(stand_in.heartbeats) > seen, 3 * options.interval)
    programs[0].cycles += 1
    programs[0].sizes.append(stand_in.requests[-1].wire_bytes)
    for program in programs[1:]:
        program.cycles += 1
        program.sizes.append(scrape())
    time.sleep(options.interval / 4)


def scrape() -> int:
    """Ask node_exporter as Prometheus does; the size of its compressed answer."""
    connection = http.client.HTTPConnection("127.0.0.1", NODE_EXPORTER_PORT, timeout=5)
    connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
    content = connection.getresponse().read()
    connection.close()
    if b"node_filesystem_avail_bytes" not in gzip.decompress(content):
        raise RuntimeError("node_exporter does not tell of filesystems")
    return len(content)


def make_traffic(stop: threading.Event) -> None:
    """Let counters move, as they do on a host that is used."""
    content = os.urandom(10_000)
    with tempfile.TemporaryFile() as file:
        while not stop.wait(1):
            file.seek(0)
            file.write(content)
            file.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

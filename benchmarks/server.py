"""A real server process for a benchmark: its own data folder, its CPU time and memory."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class RunningServer:
    """A `homelab-cmd serve` and what the kernel says of it."""

    process: subprocess.Popen[str]
    port: int
    data_dir: Path

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def resident_bytes(self) -> int:
        """Resident memory."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def written_bytes(self) -> int:
        """What the process had written to the disk, the page cache's later writes included."""
        text = Path(f"/proc/{self.process.pid}/io").read_text(encoding="ascii")
        return int(re.search(r"^write_bytes: (\d+)$", text, re.MULTILINE)[1])  # type: ignore[index]  # always there


@contextmanager
def running_server(
    data_dir: Path, *, cpus: set[int] | None = None, environment: dict[str, str] | None = None
) -> Iterator[RunningServer]:
    """Serve from `data_dir` on a free port, on the given CPUs alone, until the block ends."""
    process = subprocess.Popen(
        [*_command(), "serve", "--port", "0", "--data-dir", str(data_dir)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | (environment or {}),
        preexec_fn=(lambda: os.sched_setaffinity(0, cpus)) if cpus else None,  # noqa: PLW1509 - one thread yet
    )
    try:
        port = _port(process)
        _wait_until_ready(port)
        yield RunningServer(process, port, data_dir)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _wait_until_ready(port: int) -> None:
    """Until the page is answered: the port is open, and told, some time before."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()


def agent_token(data_dir: Path, server_id: str) -> str:
    """A token for a server made by hand."""
    return command("agent", "add", server_id, "--data-dir", str(data_dir)).strip()


def command(*arguments: str) -> str:
    """What a `homelab-cmd` command prints."""
    return subprocess.run(
        [*_command(), *arguments], check=True, capture_output=True, text=True
    ).stdout


def _command() -> Sequence[str]:
    return [sys.executable, "-m", "homelab_cmd.cli"]


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None  # noqa: S101 - it was asked for above
    seen = []
    for line in process.stderr:
        seen.append(line)
        found = re.search(r"listening on http://\S+:(\d+)", line)
        if found:
            return int(found[1])
    raise RuntimeError("the server did not start:\n" + "".join(seen))

"""A server as a process of its own, on a port of its own, for what one process can't show."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

COMMAND = [sys.executable, "-m", "homelab_cmd.cli"]


@dataclass(frozen=True)
class RealServer:
    """Where it listens, and where its data lies."""

    url: str
    data_dir: Path
    pid: int

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def command(self, *words: str, typed: str = "") -> str:
        """What `homelab-cmd` with these words prints. Raises CalledProcessError."""
        line = [*COMMAND, *words, "--data-dir", str(self.data_dir)]
        done = subprocess.run(line, check=True, capture_output=True, text=True, input=typed)
        return done.stdout.strip()


@contextmanager
def running(data_dir: Path, *words: str) -> Iterator[RealServer]:
    """Start it with further words of `serve`, wait until it listens, and end it."""
    line = [*COMMAND, "serve", "--port", "0", "--data-dir", str(data_dir), *words]
    with (data_dir / "server.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(line, stdout=log, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        said = []
        try:
            for heard in process.stderr:
                said.append(heard)
                found = re.search(r"listening on (https?://\S+)", heard)
                if found:
                    # It listens before the database is migrated; the first answer comes after.
                    own = data_dir / "tls" / "certificate.pem"
                    health = f"{found[1]}/api/v1/system/health"
                    requests.get(health, timeout=120, verify=str(own) if own.exists() else True)
                    yield RealServer(found[1], data_dir, process.pid)
                    break
            else:
                raise AssertionError("".join(said))
        finally:
            process.terminate()
            process.communicate(timeout=30)

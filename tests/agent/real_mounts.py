"""A host with mounts that hang, fill up and vanish; run as PID 1 of namespaces of its own.

`unshare --mount --pid --fork --mount-proc python -m tests.agent.real_mounts FOLDER` prints, step by
step, what the collector said: a JSON object of mount point to [state, total, used, available,
read only, seconds that the cycle took], and what df said of the full one.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from homelab_agent.collectors.filesystem import FilesystemCollector
from homelab_agent.host import Host
from homelab_agent.mounts import Selection
from homelab_agent.workers import Workers

DEADLINE_SECONDS = 1.0


class Mounts:
    """The mounts below a folder, and the collector that looks at them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = Host()
        selection = Selection(include=(f"{folder}/*",))
        self.collector = FilesystemCollector(Workers(), selection, DEADLINE_SECONDS)

    def say(self, step: str) -> None:
        """Run one cycle and print what it found below the folder."""
        began = time.monotonic()
        rows = self.collector.collect(self.host)
        seconds = time.monotonic() - began
        found = {
            Path(row.mount_point).name: [
                row.state,
                row.total_bytes,
                row.used_bytes,
                row.available_bytes,
                row.read_only,
            ]
            for row in rows
            if row.mount_point.startswith(f"{self.folder}/")
        }
        sys.stdout.write(json.dumps({"step": step, "seconds": seconds, "rows": found}) + "\n")

    def tmpfs(self, name: str) -> None:
        """Mount a small filesystem that answers."""
        (self.folder / name).mkdir(exist_ok=True)
        self.run("mount", "-t", "tmpfs", "-o", "size=4m", name, str(self.folder / name))

    def hanging(self, name: str) -> int:
        """Mount a FUSE filesystem whose server never answers; its end is a descriptor to close."""
        (self.folder / name).mkdir()
        server = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={server},rootmode=40000,user_id=0,group_id=0"
        libc = ctypes.CDLL(None, use_errno=True)
        target = str(self.folder / name).encode()
        if libc.mount(b"nas:/share", target, b"fuse.sshfs", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount")
        return server

    def run(self, *words: str) -> str:
        """Run a tool, and give what it said."""
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def main(folder: Path) -> None:
    """Go through the steps."""
    mounts = Mounts(folder)
    mounts.tmpfs("well")
    server = mounts.hanging("hung")
    mounts.say("one hangs")
    mounts.say("it is not asked again")
    mounts.tmpfs("later")
    mounts.say("one is mounted later")
    with (folder / "later/file").open("wb") as file:
        file.write(b"x" * (1 << 20))
    mounts.run("mount", "-o", "remount,ro", str(folder / "later"))
    mounts.say("it is read-only now")
    df = mounts.run("df", "-B1", "--output=size,used,avail", str(folder / "later"))
    sys.stdout.write(json.dumps({"step": "df", "numbers": df.splitlines()[1].split()}) + "\n")
    mounts.run("umount", str(folder / "well"))
    mounts.say("one is gone")
    mounts.tmpfs("well")
    os.close(server)
    time.sleep(0.5)
    mounts.say("one is back, the hanging one lost its server")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Backups made under load and restored: nothing acknowledged before each is missing in it.

`python -m tests.chaos.backup [--rounds 20] [--hosts 20]`. A real server takes heartbeats from many
hosts while `homelab-cmd backup` copies its database and `maintain` seals beside it. Each copy is
restored into a folder of its own, examined as `homelab-cmd check --deep` does, and compared with
what had been acknowledged when it was begun.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from homelab_agent.contract import HOST
from homelab_cmd.backup.service import find_damage, restore
from homelab_cmd.db.database import Database
from homelab_cmd.history.engines import engine_in_use, make_engine
from homelab_cmd.history.interface import Selection
from homelab_cmd.history.tiers import RAW
from homelab_cmd.integrity.service import examine
from homelab_cmd.servers.service import server_key

from benchmarks.server import running_server
from tests.chaos.server import COMMAND, Sender, make_senders


@dataclass
class Result:
    """What a campaign showed."""

    backups: int = 0
    acknowledged_before: int = 0
    lost: int = 0
    damaged: int = 0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.damaged)


@dataclass(frozen=True)
class _Mark:
    """A backup, and by host what was acknowledged when it was begun."""

    path: Path
    acknowledged: dict[str, set[int]]


def campaign(folder: Path, *, rounds: int, hosts: int) -> Result:
    """Load a server, back it up so often, restore and compare."""
    data_dir = folder / "data"
    data_dir.mkdir(mode=0o700)
    senders = make_senders(data_dir, hosts, rounds)
    with running_server(data_dir) as server:
        marks = asyncio.run(_load(server.port, data_dir, senders, folder, rounds))
    result = Result()
    for number, mark in enumerate(marks):
        _compare(mark, folder / f"restored-{number}", result)
    return result


async def _load(
    port: int, data_dir: Path, senders: list[Sender], folder: Path, rounds: int
) -> list[_Mark]:
    sending = [asyncio.create_task(sender.send(port)) for sender in senders]
    marks = []
    for number in range(rounds):
        await asyncio.sleep(0.2)
        mark = _Mark(
            folder / f"backup-{number}.sqlite3",
            {sender.server_id: set(sender.acknowledged) for sender in senders},
        )
        maintain = await asyncio.create_subprocess_exec(
            *COMMAND, "maintain", "--data-dir", str(data_dir), stdout=subprocess.DEVNULL
        )
        backup = await asyncio.create_subprocess_exec(
            *COMMAND,
            "backup",
            str(mark.path),
            "--data-dir",
            str(data_dir),
            stdout=subprocess.DEVNULL,
        )
        if await backup.wait() or await maintain.wait():
            raise RuntimeError("a command failed; what it said stands above")
        marks.append(mark)
    for task in sending:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return marks


def _compare(mark: _Mark, data_dir: Path, result: Result) -> None:
    data_dir.mkdir(mode=0o700)
    file = data_dir / "homelab-cmd.sqlite3"
    restore(mark.path, file)
    result.backups += 1
    database = Database(f"sqlite:///{file}")
    with database.connect() as connection:
        engine = make_engine(engine_in_use(connection) or "chunks")
    sound = examine(database, engine, seconds=None, mend=False).sound
    result.damaged += find_damage(file) is not None or not sound
    with database.connect() as connection:
        for server_id, acknowledged in mark.acknowledged.items():
            key = server_key(connection, server_id)
            everything = Selection([key], HOST, None, ["process_count"], 0, 1 << 50, RAW)
            frames = engine.range(connection, everything)
            stored = {int(time_ms) for frame in frames for time_ms in frame.time_ms}
            result.acknowledged_before += len(acknowledged)
            result.lost += len(acknowledged - stored)
    database.dispose()


def main() -> int:
    """Print a row of docs/reliability.md; 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--hosts", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = campaign(Path(folder), rounds=options.rounds, hosts=options.hosts)
    sys.stdout.write(f"{result}\n")
    return 0 if result.clean else 1


if __name__ == "__main__":
    sys.exit(main())

"""Databases as released versions left them, and what they answer.

`python -m tests.backend.db.released VERSION` records one of this version into tests/fixtures: a
user, a server with two days of history in all tiers, and some of it still in the log.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from homelab_agent.contract import FAMILIES
from homelab_cmd.auth import users
from homelab_cmd.auth.passwords import hash_password
from homelab_cmd.auth.principals import COMMAND_LINE, Role
from homelab_cmd.backup.service import back_up
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history import rollup
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Selection
from homelab_cmd.history.tiers import RAW, TIERS, Retention
from homelab_cmd.servers.service import create_server

from tests.backend.history.strategies import DAY_MS, START_MS, Step, heartbeats

FOLDER = Path(__file__).parents[2] / "fixtures" / "databases"
USER, PASSWORD = "anna", "correct horse battery staple"


def answers(database: Database) -> dict[str, dict[str, list[Any]]]:
    """By `family tier key` the times and every column of what the first server has."""
    engine, said = make_engine("chunks"), {}
    with database.connect() as connection:
        for family in FAMILIES:
            for tier in TIERS:
                names = [field.name for field in family.values]
                if tier is not RAW:
                    names = [column.name for column in rollup.columns(family)]
                which = Selection([1], family, None, names, 0, 1 << 50, tier)
                for frame in engine.range(connection, which):
                    table = {name: python_values(c) for name, c in frame.columns.items()}
                    place = f"{family.name} {tier.name} {frame.key}"
                    said[place] = {"time": frame.time_ms.tolist(), **table}
    return said


def record(version: str) -> None:
    """Write the fixture of this version."""
    step = Step(1_800_000, False, 5_000, 700, 12_345, 7.5, "ok", 1, 10_000, 10**9)  # noqa: FBT003 - no reboot
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/live.sqlite3")
        upgrade(database)
        with database.write() as session:
            secret = hash_password(PASSWORD)
            users.create_user(session, USER, Role.ADMIN, secret, actor="test", client=COMMAND_LINE)
            server_key = create_server(session, "nas").id
        engine = make_engine("chunks")
        told = heartbeats(server_key, [step] * 110)
        with database.connect(write=True) as connection:
            engine.append(connection, told[:96])
        engine.maintain(database, START_MS + 4 * DAY_MS, Retention(), lambda: False)
        with database.connect(write=True) as connection:
            engine.append(connection, told[96:])
        copy = back_up(database, Path(folder) / "copy.sqlite3").path
        (FOLDER / f"{version}.sqlite3.gz").write_bytes(gzip.compress(copy.read_bytes(), 9, mtime=0))
        said = json.dumps(answers(database), separators=(",", ":")).encode()
        (FOLDER / f"{version}.json.gz").write_bytes(gzip.compress(said, 9, mtime=0))
        database.dispose()


if __name__ == "__main__":
    record(sys.argv[1])

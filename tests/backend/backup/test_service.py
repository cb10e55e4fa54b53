"""Backups made under load, damaged, put back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from homelab_agent.contract import HOST
from homelab_cmd.backup.service import back_up, find_damage, restore
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.errors import StartupError
from homelab_cmd.families import STRUCTS
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.interface import Heartbeat, Selection
from homelab_cmd.history.tiers import RAW
from homelab_cmd.servers.service import create_server


def open_database(file: Path) -> Database:
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    return database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "live.sqlite3")
    yield database
    database.dispose()


class Ingest:
    """Appends heartbeats until told to stop; `acknowledged` are those committed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as session:
            self.server_key = create_server(session, "nas").id
        self.acknowledged: list[int] = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self.thread.join()

    def _run(self) -> None:
        engine = make_engine("chunks")
        time_ms = now_ms() - 10_000_000
        while not self.ending.is_set():
            time_ms += 1_000
            rows = {"host": [STRUCTS["host"](cpu_percent=1.0)]}
            heartbeat = Heartbeat(self.server_key, time_ms, None, None, 1_000, rows)
            with self.database.connect(write=True) as connection:
                engine.append(connection, [heartbeat])
            self.acknowledged.append(time_ms)


def stored_times(file: Path, server_key: int) -> set[int]:
    database = open_database(file)
    with database.connect() as connection:
        everything = Selection([server_key], HOST, None, ["cpu_percent"], 0, 2**42, RAW)
        frames = make_engine("chunks").range(connection, everything)
    database.dispose()
    return {int(time_ms) for frame in frames for time_ms in frame.time_ms}


def test_what_was_acknowledged_before_is_in_every_backup_under_load(
    database: Database, tmp_path: Path
) -> None:
    made = []
    with Ingest(database) as ingest:
        for number in range(5):
            while len(ingest.acknowledged) < 20 * number:
                pass
            before = list(ingest.acknowledged)
            made.append((back_up(database, tmp_path / f"{number}.sqlite3").path, before))
    for path, before in made:
        target = tmp_path / f"restored-{path.name}"
        assert restore(path, target) is None
        assert find_damage(target) is None
        assert set(before) <= stored_times(target, ingest.server_key)


def test_restoring_moves_what_was_there_aside(database: Database, tmp_path: Path) -> None:
    backup = back_up(database, tmp_path / "backup.sqlite3")
    target = tmp_path / "other.sqlite3"
    open_database(target).dispose()
    old = restore(backup.path, target)
    assert old is not None
    assert old.exists()


@pytest.mark.parametrize("content", [b"", b"no database " * 1_000])
def test_what_is_no_backup_changes_nothing(tmp_path: Path, content: bytes) -> None:
    target, source = tmp_path / "live.sqlite3", tmp_path / "odd"
    open_database(target).dispose()
    source.write_bytes(content)
    with pytest.raises(StartupError, match="can be restored"):
        restore(source, target)
    assert find_damage(target) is None


def test_a_damaged_backup_is_refused(database: Database, tmp_path: Path) -> None:
    backup = back_up(database, tmp_path / "backup.sqlite3").path
    content = bytearray(backup.read_bytes())
    content[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    backup.write_bytes(content)
    with pytest.raises(StartupError):
        restore(backup, tmp_path / "live.sqlite3")


def test_a_folder_keeps_the_newest(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    made = [back_up(database, folder, keep=2).path for _ in range(4)]
    assert sorted(folder.iterdir()) == sorted(made[-2:])


def test_a_file_that_is_there_is_not_written_over(database: Database, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(StartupError, match="there already"):
        back_up(database, tmp_path / "mine")
    with pytest.raises(StartupError, match="can't be written"):
        back_up(database, tmp_path / "no" / "such" / "folder" / "x")

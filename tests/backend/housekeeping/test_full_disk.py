"""A disk without a byte left: what is said, and that it goes on once there is room.

SQLite is told how many pages its file may have, which fails as a full disk does (SQLITE_FULL);
where a file of ours is written, the kernel bounds its size.
"""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.backup.service import find_damage
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import differences, upgrade
from homelab_cmd.errors import StartupError
from homelab_cmd.history.engines import make_engine
from homelab_cmd.housekeeping.scheduler import Scheduler
from homelab_cmd.keeping.service import Keeping
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.backend.conftest import agent_client
from tests.backend.history.strategies import heartbeats
from tests.backend.history.test_examine import STEP, all_windows
from tests.backend.real_server import COMMAND


@contextmanager
def no_page_left(database: Database) -> Iterator[None]:
    """Let the file grow no further, by whichever connection."""

    def bound(connection: Any, _record: Any, _proxy: Any = None) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # as many as there are

    def free(connection: Any, _record: Any, _proxy: Any = None) -> None:
        connection.execute("PRAGMA max_page_count = 1073741823")

    event.listen(database.engine, "checkout", bound)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", bound)
        event.listen(database.engine, "checkout", free)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    yield database
    database.dispose()


def fill_pages(database: Database) -> None:
    """Use up what is free within the file, to the last page."""
    with database.connect(write=True) as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS ballast (content BLOB)")
    with no_page_left(database), suppress(OperationalError):
        while True:
            with database.connect(write=True) as connection:
                connection.exec_driver_sql("INSERT INTO ballast VALUES (zeroblob(3000))")


def filesystem(number: int, place: int) -> dict[str, Any]:
    """A row that no other resembles much."""
    used = hash((number, place)) % 2**40
    return {
        "mount_point": f"/srv/{used:x}",
        "device": f"/dev/disk/{used * 7:x}",
        "fs_type": "ext4",
        "total_bytes": 2**41,
        "used_bytes": used,
        "available_bytes": 2**41 - used,
        "percent": 100 * used / 2**41,
    }


def test_ingest(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, port=0))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        agent = agent_client(app, "nas")
        beat: dict[str, Any] = {"server_id": "nas", "hostname": "nas"}
        acknowledged, refused = [], None
        fill_pages(app.state.database)
        with no_page_left(app.state.database):
            for number in range(300):
                beat["timestamp"] = iso(now_ms() - 300_000 + number)
                beat["filesystems"] = [filesystem(number, place) for place in range(60)]
                answer = agent.post("/api/v1/agents/heartbeat", json=beat)
                if answer.status_code != 200:
                    refused = answer
                    break
                acknowledged.append(beat["timestamp"])
            assert refused is not None
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
            assert "full" in refused.json()["detail"]["message"]
            said = client.get("/api/v1/system/health").json()
            assert said["status"] == "degraded"
            assert "full" in said["problem"]
        assert agent.post("/api/v1/agents/heartbeat", json=beat).status_code == 200
        assert client.get("/api/v1/system/health").json()["status"] == "ok"


def test_sealing_rolling_up_and_vacuum(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        server_key = create_server(session, "nas").id
    engine = make_engine("chunks")
    story = [
        replace(STEP, pause_ms=60_000, used=hash((n, n)) % 2**50, rx=hash((n,)) % 10**9)
        for n in range(2_000)
    ]
    told = heartbeats(server_key, story, now_ms() - 3 * 86_400_000)
    with database.connect(write=True) as connection:
        engine.append(connection, told)
    before = all_windows(database, engine, server_key)
    settings = Settings(data_dir=tmp_path)
    scheduler = Scheduler(database, make_engine("chunks"), Keeping(database, settings))
    fill_pages(database)
    with no_page_left(database):
        scheduler.run_once()
        assert any("full" in problem for problem in scheduler.problems), scheduler.problems
        assert all_windows(database, make_engine("chunks"), server_key) == before
    scheduler.run_once()
    assert scheduler.problems == []
    assert scheduler.last_done_ms is not None
    assert all_windows(database, make_engine("chunks"), server_key) == before
    # Giving pages back needs none.
    with database.connect(write=True) as connection:
        connection.exec_driver_sql("INSERT INTO ballast VALUES (zeroblob(4000000))")
    with database.connect(write=True) as connection:
        connection.exec_driver_sql("DROP TABLE ballast")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    with no_page_left(database):
        scheduler.run_once()
        assert scheduler.problems == []
        with database.connect() as connection:
            left = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    assert left < pages - 600


def test_backup(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    line = [*COMMAND, "backup", str(folder), "--data-dir", str(tmp_path)]
    database.dispose()  # the last one writes the log into the file: none has to grow now
    size = (tmp_path / "homelab-cmd.sqlite3").stat().st_size
    failed = subprocess.run(
        line,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2)),
    )
    assert failed.returncode == 1
    assert "The backup can't be written to" in failed.stderr
    assert list(folder.iterdir()) == []
    assert subprocess.run(line, check=False, capture_output=True).returncode == 0
    (made,) = folder.iterdir()
    assert find_damage(made) is None


def test_migration(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    with database.connect(write=True) as connection:
        connection.exec_driver_sql("CREATE TABLE mine (content BLOB)")
    with no_page_left(database), pytest.raises(StartupError, match="full"):
        upgrade(database)
    upgrade(database)
    with database.connect(write=True) as connection:
        connection.exec_driver_sql("DROP TABLE mine")
    assert differences(database) == []
    database.dispose()

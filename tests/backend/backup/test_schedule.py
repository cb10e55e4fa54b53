"""Backups at regular times: when, how many stay, and what is said where one fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.backup.schedule import BackupPlan, BackupSchedule, plan_of
from homelab_cmd.backup.service import find_damage
from homelab_cmd.clock import HOUR_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.errors import StartupError
from homelab_cmd.history.engines import make_engine
from homelab_cmd.housekeeping.scheduler import Scheduler
from homelab_cmd.keeping.service import Keeping
from homelab_cmd.settings import Settings


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'live.sqlite3'}")
    upgrade(database)
    yield database
    database.dispose()


def test_one_is_made_when_it_is_time_and_the_newest_stay(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    schedule = BackupSchedule(database, BackupPlan(folder, HOUR_MS, keep=2))
    began_ms = now_ms()
    first = schedule.run_due(began_ms)
    assert first is not None
    assert find_damage(first) is None
    assert abs((schedule.plan.newest_ms() or 0) - began_ms) < 60_000
    assert schedule.run_due(began_ms + HOUR_MS // 2) is None
    # Another process, after a restart: the folder says when the last was made.
    again = BackupSchedule(database, schedule.plan)
    assert again.run_due(began_ms + HOUR_MS // 2) is None
    later = [again.run_due(began_ms + number * 24 * HOUR_MS) for number in (1, 2)]
    assert sorted(folder.iterdir()) == later == sorted(filter(None, later))


def test_a_failure_is_said_and_tried_again_later(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "not-mounted"
    scheduler = Scheduler(
        database,
        make_engine("chunks"),
        Keeping(database, Settings(data_dir=tmp_path)),
        backups=BackupSchedule(database, BackupPlan(folder, HOUR_MS, keep=2)),
    )
    scheduler.run_once()
    assert scheduler.backups is not None
    assert "There is no folder" in str(scheduler.backups.problem)
    assert scheduler.backups.problem in scheduler.problems
    folder.mkdir()
    assert scheduler.backups.run_due(now_ms() + HOUR_MS // 2) is not None
    assert scheduler.backups.problem is None


def test_what_is_planned_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(Settings(data_dir=tmp_path, backup_dir=tmp_path, backup_every="12h"))
    assert plan == BackupPlan(tmp_path, 12 * HOUR_MS, 7)
    assert plan_of(Settings(data_dir=tmp_path)) is None
    with pytest.raises(StartupError, match="BACKUP_EVERY: write a number"):
        plan_of(Settings(data_dir=tmp_path, backup_dir=tmp_path, backup_every="often"))
    with pytest.raises(StartupError, match="pg_dump"):
        plan_of(
            Settings(data_dir=tmp_path, backup_dir=tmp_path, database_url="postgresql+psycopg://x")
        )


def test_the_page_is_told(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0, backup_dir=tmp_path / "backups")
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        scheduler: Scheduler = app.state.scheduler
        scheduler.run_once()
        secret = app.state.auth.issue_setup_token()
        words = {"setup_token": secret, "username": "anna", "password": "correct horse battery"}
        token = client.post("/api/v1/auth/setup", json=words).json()["access_token"]
        asked = {"Authorization": f"Bearer {token}"}
        said = client.get("/api/v1/system/housekeeping", headers=asked).json()
        assert said["backups"]["last_at"] is None
        assert "There is no folder" in said["backups"]["problem"]
        assert said["backups"]["problem"] in said["problems"]

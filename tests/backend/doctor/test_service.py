"""Installations with something wrong, and what the doctor says of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homelab_cmd import __version__
from homelab_cmd.cli import main
from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.doctor.findings import Finding
from homelab_cmd.doctor.machine import disk
from homelab_cmd.doctor.service import examine
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings

from tests.backend.real_server import running

CLOSED_PORT = 9  # discard: nobody serves it here


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    tmp_path.chmod(0o700)
    database = Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    yield database
    database.dispose()


def found(folder: Path, **settings: Any) -> dict[str, Finding]:
    given = {"data_dir": folder, "port": CLOSED_PORT, **settings}
    return {finding.subject: finding for finding in examine(Settings(**given))}


def add(database: Database, name: str, **facts: Any) -> None:
    with database.write() as session:
        server = create_server(session, name)
        usual = {"last_seen_ms": now_ms(), "interval_ms": 10_000, "agent_version": __version__}
        for field, value in {**usual, **facts}.items():
            setattr(server, field, value)


def test_hosts_that_are_well_are_not_named(database: Database, tmp_path: Path) -> None:
    add(database, "well")
    add(database, "paused", last_seen_ms=0, paused_at_ms=1)
    said = found(tmp_path)
    for subject in ("data folder", "agents", "clocks of hosts", "versions of agents", "proxy"):
        assert said[subject].grade == "ok", said[subject]
        assert said[subject].mend == ""


def test_hosts_that_are_not_are_named_with_a_mend(database: Database, tmp_path: Path) -> None:
    add(database, "well")
    add(database, "gone", last_seen_ms=now_ms() - DAY_MS)
    add(database, "new", last_seen_ms=None)
    add(database, "slow", clock_offset_seconds=-61.5)
    add(database, "old", agent_version="0.0.1")
    said = found(tmp_path)
    assert "gone, new" in said["agents"].says
    assert "slow" in said["clocks of hosts"].says
    assert "old (0.0.1)" in said["versions of agents"].says
    for subject in ("agents", "clocks of hosts", "versions of agents"):
        assert "well" not in said[subject].says
        assert said[subject].mend


def test_backups_that_are_missing_or_old(database: Database, tmp_path: Path) -> None:
    assert "None are scheduled" in found(tmp_path)["backups"].says
    folder = tmp_path / "backups"
    folder.mkdir()
    assert found(tmp_path, backup_dir=folder)["backups"].grade == "error"
    (folder / "homelab-cmd-20200101T000000000.sqlite3").touch()
    assert "too old" in found(tmp_path, backup_dir=folder)["backups"].says
    assert main(["backup", str(folder), "--data-dir", str(tmp_path)]) == 0
    assert found(tmp_path, backup_dir=folder)["backups"].grade == "ok"


def test_a_folder_that_cannot_serve(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = found(tmp_path / "file" / "data")
    assert said["data folder"].grade == "error"
    assert "--data-dir" in said["data folder"].mend


def test_a_database_that_is_none(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "homelab-cmd.sqlite3").write_bytes(b"no database " * 1_000)
    (tmp_path / "homelab-cmd.sqlite3").chmod(0o600)
    assert found(tmp_path)["database"].grade == "error"


def test_no_server_and_a_public_address_that_leads_nowhere(
    database: Database, tmp_path: Path
) -> None:
    said = found(tmp_path, public_url=f"http://127.0.0.1:{CLOSED_PORT}/monitor", host="0.0.0.0")  # noqa: S104 - told, not bound
    assert "No server answers" in said["server"].says
    assert "does not lead to a server" in said["public address"].says
    assert "FORWARDED_ALLOW_IPS" in said["proxy"].mend


def test_a_disk_that_is_nearly_full_is_told_from_one_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = os.statvfs(tmp_path)
    fields = list(space)
    fields[4] = 10  # f_bavail
    monkeypatch.setattr(os, "statvfs", lambda _folder: os.statvfs_result(fields))
    assert disk(tmp_path).grade == "warning"
    fields[4] = fields[2] // 2 + 1_000_000
    assert disk(tmp_path).grade == "ok"


def test_a_running_server_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(tmp_path) as server:
        said = found(tmp_path, port=server.port, public_url=server.url)
        assert said["server"].grade == said["public address"].grade == "ok"
    assert main(["doctor", "--json", "--data-dir", str(tmp_path)]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert {"subject", "grade", "says", "mend"} == set(facts[0])

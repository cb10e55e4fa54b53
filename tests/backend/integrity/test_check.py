"""The command `homelab-cmd check`, on sound and on damaged installations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from homelab_cmd.cli import main
from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.chunks.tables import chunks
from homelab_cmd.history.tiers import Retention
from homelab_cmd.servers.service import create_server
from sqlalchemy import select, update

from tests.backend.history.strategies import heartbeats
from tests.backend.history.test_examine import STEP


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An installation with three days of a host."""
    database = Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    with database.write() as session:
        server_key = create_server(session, "nas").id
    engine = ChunksEngine()
    told = heartbeats(server_key, [STEP] * 72, now_ms() - 4 * DAY_MS)
    with database.connect(write=True) as connection:
        engine.append(connection, told)
    engine.maintain(database, now_ms(), Retention(), lambda: False)
    yield database
    database.dispose()


def test_a_sound_installation(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--deep", "--json", "--data-dir", str(tmp_path)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["sound"] is True
    assert facts["days_compared"] == facts["days"] >= 3
    assert main(["check", "--data-dir", str(tmp_path)]) == 0
    assert "0 damaged" in capsys.readouterr().out


def test_damage_is_named_repaired_and_stays_named(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.connect(write=True) as connection:
        identifier = connection.scalars(select(chunks.c.id).where(chunks.c.tier == 2)).first()
        damaged = update(chunks).where(chunks.c.id == identifier)
        connection.execute(damaged.values(payload=b"no chunk"))
    assert main(["check", "--data-dir", str(tmp_path)]) == 1
    assert f"chunk {identifier} (server 1, " in capsys.readouterr().err
    assert main(["check", "--repair", "--data-dir", str(tmp_path)]) == 1
    assert "set aside and made again" in capsys.readouterr().out
    assert main(["check", "--deep", "--data-dir", str(tmp_path)]) == 0
    assert f"set aside earlier: chunk {identifier} " in capsys.readouterr().out


def test_a_file_that_is_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "homelab-cmd.sqlite3").write_bytes(b"no database " * 1_000)
    assert main(["check", "--data-dir", str(tmp_path)]) == 1
    assert "Restore a backup" in capsys.readouterr().err
    assert main(["check", "--data-dir", str(tmp_path / "other")]) == 1
    assert "There is no database" in capsys.readouterr().err


def test_on_every_database(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data-dir", str(tmp_path), "--database-url", database_url]
    assert main(["migrate", *words]) == 0
    assert main(["check", *words]) == 0
    assert "database  sound" in capsys.readouterr().out

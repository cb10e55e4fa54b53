"""Databases of every released version open, migrate and answer the same numbers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import differences, upgrade
from homelab_cmd.history.engines import make_engine
from homelab_cmd.integrity.service import examine
from homelab_cmd.settings import Settings

from tests.backend.db.released import FOLDER, PASSWORD, USER, answers

VERSIONS = sorted(path.name.removesuffix(".sqlite3.gz") for path in FOLDER.glob("*.sqlite3.gz"))


def test_there_is_a_recorded_database() -> None:
    assert "0.1.0" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_it_opens_migrates_and_answers_the_same(version: str, tmp_path: Path) -> None:
    file = tmp_path / "homelab-cmd.sqlite3"
    file.write_bytes(gzip.decompress((FOLDER / f"{version}.sqlite3.gz").read_bytes()))
    file.chmod(0o600)
    recorded = json.loads(gzip.decompress((FOLDER / f"{version}.json.gz").read_bytes()))
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    assert differences(database) == []
    found = answers(database)
    for place, table in recorded.items():
        # What a later version declares beside it may be there too.
        assert {name: found[place][name] for name in table} == table, place
    assert examine(database, make_engine("chunks"), seconds=None, mend=False).sound
    database.dispose()
    with TestClient(create_app(Settings(data_dir=tmp_path)), base_url="http://127.0.0.1") as client:
        words = {"username": USER, "password": PASSWORD}
        token = client.post("/api/v1/auth/login", data=words).json()["access_token"]
        asked = client.get("/api/v1/servers", headers={"Authorization": f"Bearer {token}"})
        assert [server["id"] for server in asked.json()["servers"]] == ["nas"]

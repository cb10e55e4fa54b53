from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.cli import main
from homelab_cmd.settings import Settings

from tests.backend.timescale import GivenServer, TimescaleServer


def test_a_database_without_timescaledb_is_said_to_have_none(anonymous: TestClient) -> None:
    assert anonymous.get("/api/v1/system/health").json()["timescale"] is None


def test_health_and_storage_name_the_edition_of_timescaledb(
    timescale: TimescaleServer | GivenServer,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = timescale.create_database()
    settings = Settings(data_dir=tmp_path, port=0, database_url=timescale.url(name))
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        said = client.get("/api/v1/system/health").json()["timescale"]
    assert said["edition"] in request.node.callspec.id
    flags = ["--data-dir", str(tmp_path), "--database-url", timescale.url(name)]
    assert main(["storage", "--json", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["timescale"] == said
    assert main(["storage", *flags]) == 0
    assert f"{said['version']}, edition {said['edition']}" in capsys.readouterr().out
    timescale.drop_database(name)

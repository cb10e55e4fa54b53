"""A server on a real migrated database of either kind, and clients for a person and an agent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.auth.agent_tokens import create_agent_token
from homelab_cmd.auth.principals import COMMAND_LINE
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings

from tests.backend.postgres import PostgresServer
from tests.backend.timescale import GivenServer, TimescaleServer, given_server

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that no test stops."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """The name of an empty database at the newest revision, to be copied."""
    name = postgres.create_database()
    database = Database(postgres.url(name))
    upgrade(database)
    database.dispose()
    return name


@pytest.fixture(scope="session")
def apache() -> Iterator[TimescaleServer]:
    """A server with TimescaleDB's Apache edition."""
    server = TimescaleServer()
    yield server
    server.close()


@pytest.fixture(scope="session", params=["apache", "timescale"])
def timescale(request: pytest.FixtureRequest) -> TimescaleServer | GivenServer:
    """A server of each edition of TimescaleDB; the full one where there is one."""
    if request.param == "timescale":
        return given_server()
    server: TimescaleServer = request.getfixturevalue("apache")
    return server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at the newest revision, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "homelab-cmd.sqlite3"
    path.touch(mode=0o600)
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.dispose()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """An empty SQLite database where a server with its data in `tmp_path` looks for it."""
    return f"sqlite:///{shutil.copy2(migrated_file, tmp_path)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = postgres.create_database(request.getfixturevalue("migrated"))
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, port=0, database_url=database_url)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def anonymous(app: FastAPI) -> Iterator[TestClient]:
    """Requests without a credential; the application lives as long as this."""
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def person(app: FastAPI, anonymous: TestClient) -> TestClient:
    """Requests of an admin who is logged in."""
    secret = app.state.auth.issue_setup_token()
    answer = anonymous.post(
        "/api/v1/auth/setup",
        json={"setup_token": secret, "username": "anna", "password": PASSWORD},
    )
    assert answer.is_success, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return TestClient(
        app, base_url="http://127.0.0.1", headers=headers, raise_server_exceptions=False
    )


@pytest.fixture
def agent(anonymous: TestClient) -> TestClient:
    """Requests of the agent of the server `nas`."""
    app = anonymous.app
    assert isinstance(app, FastAPI)
    return agent_client(app, "nas")


def agent_client(app: FastAPI, server_id: str) -> TestClient:
    """Requests of the agent of a server made for it."""
    with app.state.database.write() as session:
        server = create_server(session, server_id)
        secret = create_agent_token(
            session, server.id, server_id, actor="test", client=COMMAND_LINE
        )
    headers = {"Authorization": f"Bearer {secret}"}
    return TestClient(
        app, base_url="http://127.0.0.1", headers=headers, raise_server_exceptions=False
    )

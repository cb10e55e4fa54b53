"""Warming up: what the first requests need was done before, and a fault of it stops no start."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import HostMetrics
from homelab_cmd import warm_up
from homelab_cmd.app import create_app
from homelab_cmd.auth.api_tokens import create_api_token
from homelab_cmd.auth.principals import COMMAND_LINE, Scope
from homelab_cmd.auth.service import AuthService
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings
from homelab_cmd.warm_up import warm
from sqlalchemy import Engine, event


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, port=0)


def test_the_first_questions_of_the_page_execute_no_new_statement(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(settings.sqlalchemy_url)
    upgrade(database)
    with database.write() as session:
        server = create_server(session, "nas").id
        _, secret = create_api_token(session, "x", Scope.READ, actor="x", client=COMMAND_LINE)
        rows = {"host": [HostMetrics(cpu_percent=1.0)]}
        heartbeat = Heartbeat(server, now_ms(), 1, "boot", 10_000, rows)
        make_engine("chunks").append(session.connection(), [heartbeat])
    database.dispose()
    monkeypatch.setattr(warm_up, "READY_AFTER_SECONDS", 60)
    prepared = Statements()
    with TestClient(create_app(settings)) as client:
        prepared.stop()
        asked = Statements()
        headers = {"Authorization": f"Bearer {secret}"}
        for query in ("servers", "series?family=host&server=nas", "series?family=host&period=7d"):
            assert client.get(f"/api/v1/{query}", headers=headers).status_code == 200
        asked.stop()
    # But for the keys of servers by their names, which the endpoints look up.
    assert {each for each in asked.seen - prepared.seen if "FROM servers" not in each} == set()


class Statements:
    """The SQL that any database is told from now on, until `stop`."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        event.listen(Engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.seen.add(statement)

    def stop(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)


def test_a_database_that_answers_nothing_stops_no_start(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)
    app.state.database = Database(settings.sqlalchemy_url)
    app.state.auth = AuthService(app.state.database)

    async def start() -> None:
        async with warm(app):
            pass

    with caplog.at_level(logging.WARNING):
        asyncio.run(start())
    assert "no such table" in caplog.text


def test_a_server_with_much_to_read_is_ready_meanwhile(settings: Settings) -> None:
    app = create_app(settings)
    app.state.database = Database(settings.sqlalchemy_url)
    app.state.auth = AuthService(app.state.database)
    upgrade(app.state.database)
    served = threading.Event()

    @event.listens_for(app.state.database.engine, "before_cursor_execute")
    def slow(*_arguments: object) -> None:
        assert served.wait(10)

    async def start() -> None:
        async with warm(app):
            served.set()

    asyncio.run(start())

"""An application with the endpoints of history, on a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import ENGINES
from homelab_cmd.history.interface import Heartbeat, HistoryEngine
from homelab_cmd.servers.service import create_server
from homelab_cmd.servers.snapshots import Report, Snapshots
from homelab_cmd.servers.startup import open_snapshots
from homelab_cmd.settings import Settings


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> HistoryEngine:
    return ENGINES[request.param]()


@pytest.fixture
def snapshots(database: Database, engine: HistoryEngine) -> Snapshots:
    return open_snapshots(database, engine)


@pytest.fixture
def client(
    tmp_path: Path, database: Database, engine: HistoryEngine, snapshots: Snapshots
) -> TestClient:
    """Requests of a reader to the real application, without its background threads."""
    app = create_app(Settings(data_dir=tmp_path))
    app.state.database = database
    app.state.history = engine
    app.state.snapshots = snapshots
    app.dependency_overrides[require_reader] = lambda: None
    return TestClient(app, raise_server_exceptions=False)


class Host:
    """A server that reports, to the history and to the snapshots."""

    def __init__(
        self,
        database: Database,
        engine: HistoryEngine,
        snapshots: Snapshots,
        server_id: str = "nas",
    ) -> None:
        self._database, self._engine, self._snapshots = database, engine, snapshots
        self.server_id = server_id
        with database.write() as session:
            self.key = create_server(session, server_id).id

    def report(
        self, time_ms: int, *, boot: str = "b", interval_ms: int = 10_000, **rows: list[Any]
    ) -> None:
        heartbeat = Heartbeat(self.key, time_ms, None, boot, interval_ms, rows)
        report = Report(self.key, time_ms, {"interval_ms": interval_ms}, rows)
        with self._database.connect(write=True) as connection:
            self._engine.append(connection, [heartbeat])
            self._snapshots.add_in(connection, [report])
        self._snapshots.absorb([report])


@pytest.fixture
def new_host(
    database: Database, engine: HistoryEngine, snapshots: Snapshots
) -> Callable[[str], Host]:
    return lambda server_id: Host(database, engine, snapshots, server_id)


@pytest.fixture
def host(new_host: Callable[[str], Host]) -> Host:
    return new_host("nas")

"""A database with the whole schema, and the engines that keep history in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from homelab_cmd.db.database import Database
from homelab_cmd.db.metadata import metadata
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import ENGINES, engine_in_use
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.servers.models import Server
from sqlalchemy import delete

from tests.backend.postgres import PostgresServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("history")
        database = Database(f"sqlite:///{folder / 'history.sqlite3'}")
        upgrade(database)
        yield database
        database.dispose()
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = postgres.create_database(request.getfixturevalue("migrated"))
    database = Database(postgres.url(name))
    yield database
    database.dispose()
    postgres.drop_database(name)


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest, database: Database) -> HistoryEngine:
    leave_to(request.param, database)
    return ENGINES[request.param]()


def leave_to(name: str, database: Database) -> None:
    """Empty a database that another engine kept history in: an installation has one engine."""
    with database.connect(write=True) as connection:
        if engine_in_use(connection) not in (None, name):
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))


_numbers = count(1)


@pytest.fixture(scope="module")
def new_server(database: Database) -> Callable[[], int]:
    """Makes a server and gives its key, so that cases share a database but no history."""

    def make() -> int:
        with database.write() as session:
            server = Server(server_id=f"host-{next(_numbers)}", created_at_ms=0, updated_at_ms=0)
            session.add(server)
            session.flush()
            return server.id

    return make

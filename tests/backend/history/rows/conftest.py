"""Databases with TimescaleDB, whose row tables are hypertables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.rows.hypertables import Layout, arrange

from tests.backend.timescale import GivenServer, TimescaleServer


@pytest.fixture(scope="module")
def database(timescale: TimescaleServer | GivenServer) -> Iterator[Database]:
    name = timescale.create_database()
    database = Database(timescale.url(name))
    upgrade(database)
    arrange(database.engine, Layout())
    yield database
    database.dispose()
    timescale.drop_database(name)


@pytest.fixture
def engine() -> RowsEngine:
    return RowsEngine()

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from homelab_agent.contract import FAMILIES
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import differences, upgrade
from homelab_cmd.db.timescale import find_extension
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.rows.hypertables import Layout, arrange
from homelab_cmd.history.tiers import DAY_MS, TIERS, Retention
from homelab_cmd.servers.models import Server
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text

from tests.backend.history.oracle import Oracle
from tests.backend.history.strategies import Step, heartbeats, many, steps
from tests.backend.history.test_conformance import assert_equal_in_any_order, assert_equal_to
from tests.backend.history.test_crashes import NOW_MS, day_and_night
from tests.backend.postgres import PostgresServer
from tests.backend.timescale import GivenServer, TimescaleServer

few = settings(many, max_examples=max(5, many.max_examples // 8))


def spans(database: Database) -> dict[str, int]:
    """By hypertable, the milliseconds of a chunk to come."""
    with database.connect() as connection:
        rows = connection.execute(
            text("SELECT hypertable_name, integer_interval FROM timescaledb_information.dimensions")
        )
        return {row.hypertable_name: row.integer_interval for row in rows}


def test_every_table_is_a_hypertable_and_the_models_agree(database: Database) -> None:
    found = spans(database)
    assert len(found) == len(FAMILIES) * len(TIERS)
    assert found["metrics"] == found["metrics_1min"] == DAY_MS
    assert found["metrics_daily"] > found["metrics_1hour"] > DAY_MS
    assert differences(database) == []


@few
@given(story=steps(), seed=st.integers(0, 2**32), rounds=st.integers(0, 3))
def test_any_order_repeated_and_maintained_in_between_equals_the_oracle(
    story: list[Step],
    seed: int,
    rounds: int,
    engine: RowsEngine,
    database: Database,
    new_server: Callable[[], int],
) -> None:
    assert_equal_in_any_order(heartbeats(new_server(), story), seed, rounds, engine, database)


@pytest.fixture
def unarranged(timescale: TimescaleServer | GivenServer) -> Iterator[Database]:
    """A database whose owner has only just created the extension."""
    name = timescale.create_database()
    database = Database(timescale.url(name))
    upgrade(database)
    yield database
    database.dispose()
    timescale.drop_database(name)


def test_rows_from_before_move_into_chunks_and_go_with_their_server(
    engine: RowsEngine, unarranged: Database
) -> None:
    with unarranged.write() as session:
        session.add(Server(id=1, server_id="nas", created_at_ms=0, updated_at_ms=0))
    told = day_and_night(1)
    oracle = Oracle()
    with unarranged.connect(write=True) as connection:
        assert engine.append(connection, told) == oracle.append(told)
    engine.maintain(unarranged, NOW_MS, Retention(), lambda: False)
    assert spans(unarranged) == {}
    arrange(unarranged.engine, Layout())
    assert_equal_to(oracle, engine, unarranged, 1)
    with unarranged.connect() as connection:
        of_host = [size for size in engine.stats(connection) if size.family == "host"]
        measured = connection.scalar(text("SELECT hypertable_size('metrics')"))
        assert [size.size_bytes for size in of_host if size.tier == "raw"] == [measured]
    with unarranged.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ONLY metrics")) == 0
        chunks = text("SELECT count(*) FROM show_chunks('metrics')")
        assert connection.scalar(chunks) == len({beat.time_ms // DAY_MS for beat in told})
    with unarranged.write() as session:
        session.execute(delete(Server))
    with unarranged.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM metrics_1hour")) == 0


def test_a_changed_setting_counts_for_chunks_to_come(unarranged: Database) -> None:
    arrange(unarranged.engine, Layout())
    arrange(unarranged.engine, Layout(chunk_days=7))
    assert spans(unarranged)["metrics"] == 7 * DAY_MS


def test_a_database_without_the_extension_is_left_alone(postgres: PostgresServer) -> None:
    database = Database(postgres.url(postgres.create_database()))
    with database.connect() as connection:
        assert find_extension(connection) is None
    arrange(database.engine, Layout())
    database.dispose()

"""On the full edition alone, which `HOMELAB_TEST_TIMESCALE_URL` names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from homelab_agent.contract import FAMILIES
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import differences
from homelab_cmd.history.interface import Report, Transactions
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.rows.hypertables import Layout, arrange, row_tables
from homelab_cmd.history.tiers import DAY_MS, TIERS, Retention
from homelab_cmd.servers.models import Server
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text

from tests.backend.history.strategies import Step, heartbeats, many, steps
from tests.backend.history.test_conformance import assert_equal_in_any_order
from tests.backend.history.test_crashes import NOW_MS, SHORT, day_and_night, hourly_sums

pytestmark = pytest.mark.parametrize("timescale", ["timescale"], indirect=True)

few = settings(many, max_examples=max(5, many.max_examples // 8))


def pack_everything(database: Transactions) -> int:
    """Pack every chunk now, as the policy does by age; how many are packed."""
    with database.connect(write=True) as connection:
        for table, _ in row_tables():
            statement = (
                "SELECT compress_chunk(each) FROM show_chunks(CAST(:table AS regclass)) each"
            )
            connection.execute(text(statement), {"table": table.name})
        packed = "SELECT count(*) FROM timescaledb_information.chunks WHERE is_compressed"
        return int(connection.execute(text(packed)).scalar_one())


class PackingEngine(RowsEngine):
    """Packs all there is before each round of maintenance, however new."""

    def maintain(
        self,
        database: Transactions,
        now_ms: int,
        retention: Retention,
        stop: Callable[[], bool],
    ) -> Report:
        assert pack_everything(database)
        return super().maintain(database, now_ms, retention, stop)


@few
@given(story=steps(), seed=st.integers(0, 2**32), rounds=st.integers(0, 3))
def test_late_rows_and_roll_ups_into_packed_chunks_equal_the_oracle(
    story: list[Step],
    seed: int,
    rounds: int,
    database: Database,
    new_server: Callable[[], int],
) -> None:
    told = heartbeats(new_server(), story)
    assert_equal_in_any_order(told, seed, rounds, PackingEngine(), database)


def jobs(database: Database) -> list[Any]:
    with database.connect() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT job_id, hypertable_name, config ->> 'compress_after' AS after_ms"
                    " FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression'"
                )
            )
        )


def test_every_table_has_one_policy_which_a_changed_setting_replaces(database: Database) -> None:
    assert {job.after_ms for job in jobs(database)} == {str(DAY_MS)}
    arrange(database.engine, Layout(pack_after_days=7))
    arrange(database.engine, Layout(pack_after_days=7))
    found = jobs(database)
    assert len(found) == len(FAMILIES) * len(TIERS)
    assert {job.after_ms for job in found} == {str(7 * DAY_MS)}
    assert differences(database) == []


def run_policies(database: Database) -> None:
    with database.engine.connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        for job in jobs(database):
            autocommit.execute(text("CALL run_job(:job)"), {"job": job.job_id})


def test_the_policy_packs_what_is_old_and_retention_drops_it(
    database: Database, engine: RowsEngine, new_server: Callable[[], int]
) -> None:
    with database.connect(write=True) as connection:
        connection.execute(text("TRUNCATE servers, heartbeats, history_floors CASCADE"))
    server_key = new_server()
    told = [replace(beat, interval_ms=10_000) for beat in day_and_night(server_key)]
    with database.connect(write=True) as connection:
        engine.append(connection, told)
    whole = hourly_sums(engine, database, server_key)
    engine.maintain(database, NOW_MS, Retention(), lambda: False)
    run_policies(database)
    with database.connect() as connection:
        state = "SELECT DISTINCT is_compressed FROM timescaledb_information.chunks"
        of_samples = f"{state} WHERE hypertable_name = 'metrics'"
        assert list(connection.scalars(text(of_samples))) == [True]
    assert hourly_sums(engine, database, server_key) == whole
    done = engine.maintain(database, NOW_MS, SHORT, lambda: False)
    assert (done.complete, done.pruned_rows) == (True, 0)
    assert done.dropped_chunks
    assert hourly_sums(engine, database, server_key) == whole


@pytest.mark.parametrize("purged", [True, False], ids=["purged", "by the cascade alone"])
def test_a_server_that_goes_takes_its_packed_rows_along(
    database: Database, engine: RowsEngine, new_server: Callable[[], int], purged: bool
) -> None:
    gone, stays = new_server(), new_server()
    for server_key in (gone, stays):
        with database.connect(write=True) as connection:
            engine.append(connection, day_and_night(server_key))
    engine.maintain(database, NOW_MS, Retention(), lambda: False)
    whole = hourly_sums(engine, database, stays)
    pack_everything(database)
    if purged:
        assert engine.forget(database, gone, lambda: False)
    with database.write() as session:
        session.execute(delete(Server).where(Server.id == gone))
    with database.connect() as connection:
        for table, _ in row_tables():
            rows = select(func.count()).select_from(table).where(table.c.server_id == gone)
            assert connection.scalar(rows) == 0, table.name
    assert hourly_sums(engine, database, stays) == whole


def test_a_day_that_comes_late_into_packed_chunks_meets_no_limit(database: Database) -> None:
    with database.connect() as connection:
        limit = "timescaledb.max_tuples_decompressed_per_dml_transaction"
        assert connection.scalar(text(f"SHOW {limit}")) == "0"

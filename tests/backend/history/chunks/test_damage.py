"""What is damaged, or unknown, is named and skipped; the rest is served."""

from __future__ import annotations

from typing import Any

import pytest
from homelab_cmd.db.database import Database
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.chunks.payload import Payload, PayloadWriter
from homelab_cmd.history.chunks.tables import chunks, series
from homelab_cmd.history.tiers import Retention
from sqlalchemy import select, update

from tests.backend.history.chunks.cases import LATER_MS, append, everything, in_log
from tests.backend.history.chunks.conftest import (
    DAY_MS,
    START_MS,
    never,
    run_of,
)


def damage(database: Database, family: str) -> None:
    """Turn a bit round in each chunk of a family's series, or of the servers' own."""
    with database.connect(write=True) as connection:
        found = connection.execute(
            select(chunks.c.id, chunks.c.payload)
            .join(series, series.c.id == chunks.c.series_id)
            .where(series.c.family == family)
        ).all()
        for identifier, payload in found:
            damaged = payload[:20] + bytes([payload[20] ^ 1]) + payload[21:]
            changed = update(chunks).where(chunks.c.id == identifier)
            connection.execute(changed.values(payload=damaged))


def test_a_damaged_chunk_is_named_and_the_others_are_read(database: Database) -> None:
    engine = ChunksEngine()
    append(engine, database, run_of(1, START_MS, 720))
    engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    whole = everything(ChunksEngine(), database, (1,))
    damage(database, "filesystem")
    engine = ChunksEngine()
    rest = everything(engine, database, (1,))
    assert rest == {place: said for place, said in whole.items() if place[0] != "filesystem"}
    report = engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    assert len(report.problems) == 1
    assert "filesystem '/'" in report.problems[0]
    assert "checksum" in report.problems[0]


@pytest.mark.parametrize("family", ["", "filesystem"])
def test_a_day_with_a_damaged_chunk_takes_new_heartbeats(database: Database, family: str) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 1_440)
    append(engine, database, told[:720])
    engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    damage(database, family)
    engine = ChunksEngine()
    append(engine, database, told[720:])
    engine.maintain(database, LATER_MS, Retention(), never)
    said = everything(ChunksEngine(), database, (1,))
    assert len(said["filesystem", "raw", 1, "/"][0]) == 720
    assert len(said["host", "raw", 1, ""][0]) == (1_440 if family else 720)
    with database.connect() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM chunks WHERE tier >= 100")
        assert kept.scalar_one() == (1 if family else 4)


def test_a_damaged_heartbeat_of_the_log_is_named_and_stays(database: Database) -> None:
    engine = ChunksEngine()
    append(engine, database, run_of(1, START_MS, 720))
    with database.connect(write=True) as connection:
        connection.exec_driver_sql(
            "UPDATE heartbeats SET payload = x'0099' WHERE id = (SELECT min(id) FROM heartbeats)"
        )
    engine = ChunksEngine()
    assert len(everything(engine, database, (1,))["host", "raw", 1, ""][0]) == 719
    report = engine.maintain(database, START_MS + DAY_MS, Retention(), never)
    assert report.sealed_heartbeats == 719
    assert "server 1" in report.problems[0]
    assert in_log(database) == 1


def test_a_field_that_is_not_declared_is_kept_and_named(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 1_440)
    append(engine, database, told[:720])
    engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    with database.connect(write=True) as connection:
        rename_field(connection, 1, 77)  # as a later version would have written it
    engine = ChunksEngine()
    append(engine, database, told[720:])
    report = engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    assert report.problems == [
        "host: sealed history holds a field 77 that this version does not know"
    ]
    with database.connect(write=True) as connection:
        rename_field(connection, 77, 101)
        rename_field(connection, 1, 102)
        rename_field(connection, 101, 1)
    said = everything(ChunksEngine(), database, (1,))["host", "raw", 1, ""][1]["cpu_percent"]
    values = [heartbeat.rows["host"][0].cpu_percent for heartbeat in told]
    assert said == values[:720] + [None] * 720


def rename_field(connection: Any, number: int, other: int) -> None:
    """Give a field of the host's chunks another number."""
    found = connection.exec_driver_sql(
        "SELECT chunks.id, payload FROM chunks JOIN series ON series.id = series_id "
        "WHERE family = 'host' AND tier = 0"
    ).all()
    for identifier, content in found:
        payload = Payload(content)
        writer = PayloadWriter(payload.rows, payload.extra)
        for column_id in payload.ids:
            column = payload.column(column_id)
            assert column is not None
            writer.add(
                column_id + (other - number) * 16 if column_id // 16 == number else column_id,
                column,
            )
        connection.exec_driver_sql(
            "UPDATE chunks SET payload = ? WHERE id = ?", (writer.payload(), identifier)
        )

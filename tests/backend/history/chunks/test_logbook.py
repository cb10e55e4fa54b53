"""Dictionaries that several processes give the same server."""

from __future__ import annotations

from homelab_cmd.db.database import Database
from homelab_cmd.history.chunks import records
from homelab_cmd.history.chunks.logbook import Logbook
from homelab_cmd.history.engines import ENGINES
from homelab_cmd.history.interface import Heartbeat, Outcome
from homelab_cmd.history.tiers import Retention

from tests.backend.history.chunks.conftest import DAY_MS, START_MS, beat, never
from tests.backend.postgres import PostgresServer


def test_nothing_is_packed_against_a_dictionary_that_another_process_removed(
    postgres: PostgresServer, migrated: str
) -> None:
    name = postgres.create_database(migrated)
    database = Database(postgres.url(name))
    one, other = ENGINES["chunks"](), Logbook()

    def renew(number: int) -> None:
        with database.connect(write=True) as connection:
            content = records.encode(beat(1, START_MS, number))
            other.use(1, other.store_dictionary(connection, 1, content))

    def append(heartbeat: Heartbeat) -> None:
        with database.connect(write=True) as connection:
            assert one.append(connection, [heartbeat]) == [Outcome.STORED]

    renew(0)
    append(beat(1, START_MS, 1))
    one.maintain(database, START_MS + DAY_MS, Retention(), never)  # the log needs it no more
    for number in range(1, 4):
        renew(number)
    newest = beat(1, START_MS + DAY_MS, 2)
    append(newest)
    with database.connect() as connection:
        _, rows = ENGINES["chunks"]().latest(connection, 1)["host"]
    assert rows == newest.rows["host"]
    database.dispose()
    postgres.drop_database(name)

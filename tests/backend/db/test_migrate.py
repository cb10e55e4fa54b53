"""The migrations on both databases: the models' schema, whatever comes between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from homelab_cmd.db import migrate
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import differences, upgrade
from sqlalchemy import Connection, event, inspect

from tests.backend.postgres import PostgresServer

EVERY = max(1, 1_000 // int(os.environ.get("HOMELAB_TEST_CASES", "40")))
"""Of the statements that are interrupted in turn: each 25th, each one with 1,000 cases."""

NewDatabase = Callable[[], Database]


class Killed(Exception):
    """The process ends here."""


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes empty databases of one kind."""
    made: list[Database] = []
    numbers = count()

    def make() -> Database:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / f'{next(numbers)}.sqlite3'}"
        else:
            postgres: PostgresServer = request.getfixturevalue("postgres")
            url = postgres.url(postgres.create_database())
        made.append(Database(url))
        return made[-1]

    yield make
    for database in made:
        database.dispose()


@contextmanager
def killed_at(database: Database, statement: int) -> Iterator[list[str]]:
    """Let a run end at its statement of that number; gives the statements that began."""
    begun: list[str] = []

    def count_or_end(_connection: Connection, _cursor: object, text: str, *_rest: object) -> None:
        if len(begun) == statement:
            raise Killed
        begun.append(text)

    event.listen(database.engine, "before_cursor_execute", count_or_end)
    yield begun
    event.remove(database.engine, "before_cursor_execute", count_or_end)


def revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_the_migrations_make_what_the_models_say(new_database: NewDatabase) -> None:
    database = new_database()
    upgrade(database)
    assert differences(database) == []


def test_up_down_and_up_again_makes_what_the_models_say(new_database: NewDatabase) -> None:
    database = new_database()
    upgrade(database)
    with database.engine.connect() as connection:
        command.downgrade(migrate.config_of(connection), "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    upgrade(database)
    assert differences(database) == []


def test_a_migration_that_is_killed_is_done_or_undone(new_database: NewDatabase) -> None:
    whole = new_database()
    with killed_at(whole, -1) as statements:
        upgrade(whole)
    script = ScriptDirectory(str(migrate.scripts_folder()))
    revisions = {None, *(each.revision for each in script.walk_revisions())}
    assert len(statements) > 50
    for number in range(0, len(statements), EVERY):
        database = new_database()
        with killed_at(database, number), pytest.raises(Killed):
            upgrade(database)
        at = revision(database)
        assert at in revisions
        if at is None:
            assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
        upgrade(database)
        assert differences(database) == []
        database.dispose()

"""`kill -9` of a process that migrates, at each of its statements, on both databases.

`python -m tests.chaos.migration [--statements 10000] [--database sqlite|postgresql]`. One database
is brought to the newest revision by processes of which each gets a statement further than the one
before and is killed there: what it did not finish must be gone. In the end the schema is the
models', also after a way down and up again.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.runtime.migration import MigrationContext
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import config_of, differences, upgrade
from sqlalchemy import event, inspect

from tests.backend.postgres import PostgresServer

Schema = dict[str, list[str]]


@dataclass
class Outcome:
    """How many processes were killed, and what they left."""

    kills: int = 0
    revisions: int = 0  # that were completed in between
    half_done: int = 0  # kills that left another schema than the revision's own
    differences: int = 0  # between the models and what came of it, or of down and up

    @property
    def clean(self) -> bool:
        return self.kills > 0 and not (self.half_done or self.differences)


def campaign(url: str, statements: int) -> Outcome:
    """Kill at so many statements, or at all there are, and then let one migrate to the end."""
    outcome, survived = Outcome(), 0
    known = _state(url)
    while outcome.kills < statements:
        if not _killed_after(url, survived):
            break
        outcome.kills += 1
        now = _state(url)
        if now[0] == known[0]:
            outcome.half_done += now != known
            survived += 1
        else:  # a revision was completed: the next process begins after it
            outcome.revisions += 1
            known, survived = now, 0
    database = Database(url)
    upgrade(database)
    outcome.differences += len(differences(database))
    with database.engine.connect() as connection:
        command.downgrade(config_of(connection), "base")
    upgrade(database)
    outcome.differences += len(differences(database))
    database.dispose()
    return outcome


def _killed_after(url: str, statements: int) -> bool:
    """Migrate in a process that is killed after so many statements; whether it was."""
    pid = os.fork()
    if pid == 0:
        database = Database(url)
        left = statements

        def count_or_die(*_: object) -> None:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        event.listen(database.engine, "before_cursor_execute", count_or_die)
        upgrade(database)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def _state(url: str) -> tuple[str | None, Schema]:
    """The revision, and by table its columns and indexes."""
    database = Database(url)
    with database.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        found = inspect(connection)
        schema = {
            table: sorted(
                [column["name"] for column in found.get_columns(table)]
                + [str(index["name"]) for index in found.get_indexes(table)]
            )
            for table in found.get_table_names()
            if table != "alembic_version"  # made first, and empty until a revision is completed
        }
    database.dispose()
    return revision, schema


def main() -> int:
    """Print what was killed and what was left; 1 where a kill left something half done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    outcomes = []
    if options.database != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'migrated.sqlite3'}"
            outcomes.append(("sqlite", campaign(url, options.statements)))
    if options.database != "sqlite":
        server = PostgresServer({"synchronous_commit": "on"})
        url = server.url(server.create_database())
        outcomes.append(("postgresql", campaign(url, options.statements)))
        server.close()
    for name, outcome in outcomes:
        sys.stdout.write(f"{name}: {outcome}\n")
    return 0 if all(outcome.clean for _, outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())

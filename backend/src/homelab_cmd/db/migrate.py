"""Migrations: at every start of the server, and by hand.

Alembic is called from code with an absolute script location, so that it works from any folder and
from an installed wheel.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from homelab_cmd.db.database import Database
from homelab_cmd.db.locks import Duty, hold
from homelab_cmd.db.metadata import metadata
from homelab_cmd.errors import StartupError


def scripts_folder() -> Path:
    """Where the migrations lie: inside the installed package, or at the root of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[2] / "migrations"


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision, one process at a time. Raises StartupError."""
    try:
        with database.engine.connect() as connection:
            hold(connection, Duty.MIGRATION)
            # A command beside a server that writes all the time need not wait for its turn.
            if not _is_newest(connection):
                command.upgrade(config_of(connection), "head")
    except DBAPIError as error:
        raise StartupError(
            f"The database {database.url.render_as_string()} can't be opened: {error.orig}."
        ) from None


def differences(database: Database) -> list[object]:
    """What autogenerate would change: empty where models and migrations agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def generate(database: Database, message: str) -> Path:
    """Write the migration that brings the database to the models; for developers."""
    with database.engine.connect() as connection:
        config = config_of(connection)
        command.upgrade(config, "head")
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
    if script is None or isinstance(script, list):
        raise StartupError("Alembic wrote no single migration.")
    return Path(script.path)


def _is_newest(connection: Connection) -> bool:
    """Whether there is nothing to migrate. Raises StartupError where a newer version was here."""
    scripts = ScriptDirectory.from_config(config_of(connection))
    known = {script.revision for script in scripts.walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise StartupError(
            f"The database is at revision {current}, which this version does not know: it was "
            "made by a newer one. Install that, or restore a backup."
        )
    connection.rollback()
    return current is not None and current == scripts.get_current_head()


def config_of(connection: Connection) -> Config:
    """What Alembic's commands ask for, to work on this connection."""
    config = Config(stdout=sys.stderr)
    config.set_main_option("script_location", str(scripts_folder()))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config

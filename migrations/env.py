"""Alembic's environment: it works on the connection it is given, in one transaction."""

from __future__ import annotations

from alembic import context
from homelab_cmd.db.metadata import metadata
from sqlalchemy import Connection


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=True,
        # SQLite's DDL is transactional; Alembic doubts it for the sake of old drivers.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])

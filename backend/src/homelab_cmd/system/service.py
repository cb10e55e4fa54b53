"""Tells degraded from dead."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from homelab_cmd.db.database import Database
from homelab_cmd.db.timescale import Extension, find_extension
from homelab_cmd.ingest.writer import IngestStats


def timescale_of(database: Database) -> Extension | None:
    """The extension that serves the database's history, if one does."""
    with database.connect() as connection:
        return find_extension(connection)


def examine(
    database: Database, stats: IngestStats
) -> tuple[Literal["ok", "degraded", "dead"], str | None]:
    """The server's state and what is wrong with it."""
    try:
        with database.connect() as connection:
            connection.execute(text("SELECT 1 FROM servers LIMIT 1"))
    except DBAPIError as error:
        return "dead", f"The database does not answer: {error.orig}."
    if stats.last_error is not None:
        return "degraded", f"Heartbeats can't be written: {stats.last_error}."
    return "ok", None

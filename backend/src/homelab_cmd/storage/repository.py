"""What the database says of its own size and age."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text

from homelab_cmd.clock import DAY_MS
from homelab_cmd.servers.models import Server


def server_names(connection: Connection) -> dict[int, str]:
    """The servers' names by key."""
    rows = connection.execute(select(Server.id, Server.server_id))
    return {row.id: row.server_id for row in rows}


def days_kept(connection: Connection) -> float:
    """How many days of history there are: since the first server was made."""
    first_ms = connection.scalar(select(func.min(Server.created_at_ms)))
    last_ms = connection.scalar(select(func.max(Server.last_seen_ms)))
    return 0.0 if first_ms is None or last_ms is None else max(last_ms - first_ms, 0) / DAY_MS


def database_bytes(connection: Connection) -> int:
    """The size of the database on the disk."""
    if connection.dialect.name == "sqlite":
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

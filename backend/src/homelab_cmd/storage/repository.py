"""What the database says of its own size and age."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text

from homelab_cmd.servers.models import Server


def server_names(connection: Connection) -> dict[int, str]:
    """The servers' names by key."""
    rows = connection.execute(select(Server.id, Server.server_id))
    return {row.id: row.server_id for row in rows}


def first_and_last(connection: Connection) -> tuple[int | None, int | None]:
    """When the first server was made, and when one was last heard of."""
    spanned = select(func.min(Server.created_at_ms), func.max(Server.last_seen_ms))
    first_ms, last_ms = connection.execute(spanned).one()
    return first_ms, last_ms


def database_bytes(connection: Connection) -> int:
    """The size of the database on the disk."""
    if connection.dialect.name == "sqlite":
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

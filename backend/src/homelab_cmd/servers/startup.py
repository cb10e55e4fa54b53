"""At start: the snapshots as this database keeps them, brought up to date from the history."""

from __future__ import annotations

from sqlalchemy import select

from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.servers.database_snapshots import DatabaseSnapshots
from homelab_cmd.servers.memory_snapshots import MemorySnapshots
from homelab_cmd.servers.models import Server
from homelab_cmd.servers.snapshots import Report, Snapshots


def open_snapshots(database: Database, engine: HistoryEngine) -> Snapshots:
    """In memory where one process serves, in the database where several may."""
    if not database.is_sqlite:
        return DatabaseSnapshots()
    snapshots = MemorySnapshots()
    # Heartbeats taken after the last write of the snapshots are in the history alone.
    with database.connect() as connection:
        snapshots.load(connection)
        keys = connection.scalars(select(Server.id).where(Server.deleted_at_ms.is_(None))).all()
        for server_key in keys:
            for name, (time_ms, rows) in engine.latest(connection, server_key).items():
                snapshots.absorb([Report(server_key, time_ms, {}, {name: rows})])
    return snapshots

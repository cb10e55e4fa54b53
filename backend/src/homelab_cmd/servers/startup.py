"""At start: the snapshots as they were written, brought up to date from the history."""

from __future__ import annotations

from sqlalchemy import select

from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.servers.models import Server
from homelab_cmd.servers.snapshots import Report, Snapshots


def load_snapshots(database: Database, engine: HistoryEngine, snapshots: Snapshots) -> None:
    """Heartbeats taken after the last write of the snapshots are in the history alone."""
    with database.connect() as connection:
        snapshots.load(connection)
        keys = connection.scalars(select(Server.id).where(Server.deleted_at_ms.is_(None))).all()
        for server_key in keys:
            for name, (time_ms, rows) in engine.latest(connection, server_key).items():
                snapshots.absorb([Report(server_key, time_ms, {}, {name: rows})])

"""The floors of the tiers, which both engines keep in one table."""

from __future__ import annotations

from sqlalchemy import Connection, select

from homelab_cmd.history.rows.tables import floors


def read_floors(connection: Connection) -> dict[str, int]:
    """By tier name the time before which it is pruned, or being pruned."""
    return {row.tier: row.floor_ms for row in connection.execute(select(floors))}

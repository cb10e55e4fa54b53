"""What the tests of the chunks engine ask of it."""

from __future__ import annotations

from typing import Any

from homelab_agent.contract import FAMILIES
from homelab_cmd.db.database import Database
from homelab_cmd.history import rollup
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, Outcome, Selection
from homelab_cmd.history.tiers import RAW, TIERS, Tier

from tests.backend.history.chunks.conftest import (
    DAY_MS,
    START_MS,
)

LATER_MS = START_MS + 12 * DAY_MS


def append(engine: ChunksEngine, database: Database, batch: list[Heartbeat]) -> list[Outcome]:
    with database.connect(write=True) as connection:
        return engine.append(connection, batch)


def everything(
    engine: ChunksEngine,
    database: Database,
    servers: tuple[int, ...],
    tiers: tuple[Tier, ...] = TIERS,
) -> Any:
    """All that every tier says, in values that compare."""
    said = {}
    with database.connect() as connection:
        for family in FAMILIES:
            for tier in tiers:
                fields = [f.name for f in family.values]
                if tier is not RAW:
                    fields = [column.name for column in rollup.columns(family)]
                selection = Selection(servers, family, None, fields, 0, 1 << 50, tier)
                for frame in engine.range(connection, selection):
                    values = {name: python_values(c) for name, c in frame.columns.items()}
                    place = (family.name, tier.name, frame.server_key, frame.key)
                    said[place] = frame.time_ms.tolist(), values
    return said


def in_log(database: Database) -> int:
    with database.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM heartbeats").scalar_one())

"""The engines by name, as `HOMELAB_CMD_HISTORY` chooses them."""

from __future__ import annotations

from collections.abc import Callable

from homelab_agent.contract import FAMILIES
from sqlalchemy import Connection, Table, literal, select

from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.chunks.tables import series
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.log import heartbeats
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.rows.tables import TABLES
from homelab_cmd.history.tiers import RAW

ENGINES: dict[str, Callable[[], HistoryEngine]] = {
    "chunks": ChunksEngine,
    "rows": RowsEngine,
}


# Tables of each engine of which one has a row as soon as it keeps something. Both log heartbeats,
# so the rows engine, whose own tables fill with the first of them, is looked for first.
_TELLTALES: dict[str, tuple[Table, ...]] = {
    "rows": tuple(TABLES[family.name][RAW.name] for family in FAMILIES),
    "chunks": (series, heartbeats),
}


def engine_in_use(connection: Connection) -> str | None:
    """The engine that keeps this database's history; None while there is none yet."""
    for name, tables in _TELLTALES.items():
        for table in tables:
            if connection.execute(select(literal(1)).select_from(table).limit(1)).first():
                return name
    return None


def make_engine(name: str) -> HistoryEngine:
    """The engine of that name. Raises KeyError."""
    return ENGINES[name]()

"""The engines by name, as `HOMELAB_CMD_HISTORY` chooses them."""

from __future__ import annotations

from collections.abc import Callable

from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.rows.engine import RowsEngine

ENGINES: dict[str, Callable[[], HistoryEngine]] = {
    "chunks": ChunksEngine,
    "rows": RowsEngine,
}


def make_engine(name: str) -> HistoryEngine:
    """The engine of that name. Raises KeyError."""
    return ENGINES[name]()

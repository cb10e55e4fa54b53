"""Which engine keeps an installation's history."""

from __future__ import annotations

from pathlib import Path

import pytest
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.errors import StartupError
from homelab_cmd.families import STRUCTS
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.history.service import choose_engine
from homelab_cmd.history.tiers import DAY_MS
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings


@pytest.fixture
def own_database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'own.sqlite3'}")
    upgrade(database)
    return database


def test_a_new_installation_on_sqlite_keeps_chunks(own_database: Database, tmp_path: Path) -> None:
    assert choose_engine(Settings(data_dir=tmp_path), own_database) == "chunks"
    assert choose_engine(Settings(data_dir=tmp_path, history="rows"), own_database) == "rows"


@pytest.mark.parametrize("kept,other", [("rows", "chunks"), ("chunks", "rows")])
def test_history_that_is_there_is_never_hidden(
    own_database: Database, tmp_path: Path, kept: str, other: str
) -> None:
    with own_database.write() as session:
        server_key = create_server(session, "nas").id
    row = STRUCTS["host"](cpu_percent=1.0)
    heartbeat = Heartbeat(server_key, DAY_MS, None, None, 10_000, {"host": [row]})
    with own_database.connect(write=True) as connection:
        make_engine(kept).append(connection, [heartbeat])
    assert choose_engine(Settings(data_dir=tmp_path), own_database) == kept
    with pytest.raises(StartupError, match=f"HOMELAB_CMD_HISTORY={kept}"):
        choose_engine(Settings(data_dir=tmp_path, history=other), own_database)

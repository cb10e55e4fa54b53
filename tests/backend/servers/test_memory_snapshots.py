"""When snapshots that are kept in memory reach the table."""

from __future__ import annotations

from pathlib import Path

import pytest
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.servers import memory_snapshots
from homelab_cmd.servers.memory_snapshots import MemorySnapshots
from homelab_cmd.servers.service import create_server
from homelab_cmd.servers.snapshots import Report


def test_the_first_report_is_written_soon_and_later_ones_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    with database.write() as session:
        server = create_server(session, "nas").id
    snapshots = MemorySnapshots()
    with database.connect() as connection:
        snapshots.load(connection)

    def stored(version: str, *, everything: bool = False) -> str | None:
        report = Report(server, now_ms(), {"agent_version": version}, {})
        snapshots.absorb([report])
        with database.connect(write=True) as connection:
            snapshots.write(connection, everything=everything)
        kept = MemorySnapshots()
        with database.connect() as connection:
            kept.load(connection)
            found: str | None = kept.get(connection, server).facts.get("agent_version")
            return found

    assert stored("1") == "1"  # it was never in the table
    assert stored("2") == "1"
    assert stored("3", everything=True) == "3"  # as at the end
    monkeypatch.setattr(memory_snapshots, "REWRITE_AFTER_SECONDS", 0.0)
    assert stored("4") == "4"
    database.dispose()

from __future__ import annotations

from pathlib import Path

from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.tiers import DAY_MS
from homelab_cmd.servers.models import Server
from sqlalchemy import func, select, table

from tests.backend.history.test_crashes import NOW_MS, SHORT, START_MS, day_and_night


def test_samples_in_the_place_of_minutes_go_where_no_host_has_minutes(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'history.sqlite3'}")
    upgrade(database)
    with database.write() as session:
        session.add(Server(id=1, server_id="slow", created_at_ms=0, updated_at_ms=0))
    told = day_and_night(1)
    with database.connect(write=True) as connection:
        RowsEngine().append(connection, told)
    assert RowsEngine().maintain(database, NOW_MS, SHORT, lambda: False).complete
    kept = [beat for beat in told if beat.time_ms >= START_MS + 2 * DAY_MS]
    with database.connect() as connection:
        for name in ("metrics", "heartbeats"):
            left = connection.scalar(select(func.count()).select_from(table(name)))
            assert left == len(kept), name
    database.dispose()

"""What comes later than its samples are kept changes nothing that was made of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import ENGINES, make_engine
from homelab_cmd.history.tiers import Retention
from homelab_cmd.servers.service import create_server

from tests.backend.history.strategies import DAY_MS, START_MS, heartbeats
from tests.backend.history.test_examine import STEP, all_windows, never

NOW_MS = START_MS + 2 * DAY_MS + 7_200_000


@pytest.mark.parametrize("name", list(ENGINES))
def test_a_late_heartbeat_of_a_pruned_day_leaves_its_windows(tmp_path: Path, name: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'history.sqlite3'}")
    upgrade(database)
    with database.write() as session:
        server_key = create_server(session, "nas").id
    told = heartbeats(server_key, [STEP] * 48)
    engine = make_engine(name)
    with database.connect(write=True) as connection:
        engine.append(connection, told)
    short = Retention({"raw": DAY_MS, "minute": DAY_MS, "hour": None, "day": None})
    engine.maintain(database, NOW_MS, short, never)
    before = lasting(all_windows(database, engine, server_key))
    assert before["filesystem", "hour", "/"][0][0] < NOW_MS - 2 * DAY_MS
    # As acknowledged while its day was still there, and written after that was pruned.
    late = replace(told[3], time_ms=told[3].time_ms + 1_000)
    with database.connect(write=True) as connection:
        assert engine.floors(connection)["raw"] > late.time_ms
        engine.append(connection, [late])
    make_engine(name).maintain(database, NOW_MS, short, never)
    assert lasting(all_windows(database, make_engine(name), server_key)) == before
    database.dispose()


def lasting(windows: dict[Any, Any]) -> dict[Any, Any]:
    return {place: said for place, said in windows.items() if place[1] in ("hour", "day")}

"""`homelab-cmd server`, and the merge that the API begins and housekeeping ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import FILESYSTEM, HOST, Filesystem, HostMetrics
from homelab_cmd.cli import main
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.interface import Heartbeat, HistoryEngine, Selection
from homelab_cmd.history.tiers import RAW
from homelab_cmd.housekeeping.service import run_round
from homelab_cmd.servers.service import create_server, get_server

from tests.backend.conftest import agent_client

NOW_MS = now_ms()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An installation with two servers, each with heartbeats of its own."""
    database = Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    for name, first_ms in (("before", NOW_MS - 9_000_000), ("nas", NOW_MS - 4_000_000)):
        with database.write() as session:
            server_key = create_server(session, name).id
        with database.connect(write=True) as connection:
            make_engine("chunks").append(
                connection,
                [
                    Heartbeat(server_key, first_ms + n * 10_000, n, None, 10_000, rows(name))
                    for n in range(20)
                ],
            )
    yield database
    database.dispose()


def rows(mount_point: str) -> dict[str, list[Any]]:
    filesystem = Filesystem(mount_point, "/dev/sda1", "ext4", 100, 40, 60, 40.0)
    return {"host": [HostMetrics(cpu_percent=1.0)], "filesystem": [filesystem]}


def samples(database: Database, engine: HistoryEngine, server_id: str) -> dict[str, int]:
    """How many samples each filesystem of a server has, and the host itself as ""."""
    with database.read() as session:
        connection = session.connection()
        key = get_server(session, server_id).id
        frames = [
            frame
            for family, field in ((HOST, "cpu_percent"), (FILESYSTEM, "used_bytes"))
            for frame in engine.range(
                connection, Selection([key], family, None, [field], 0, 1 << 50, RAW)
            )
        ]
    return {frame.key: len(frame.time_ms) for frame in frames}


def test_merging(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ["--data-dir", str(tmp_path)]
    assert main(["server", "merge", "before", "before", *here]) == 1
    assert "itself" in capsys.readouterr().err
    assert main(["server", "merge", "before", "nas", *here]) == 0
    assert "nas has the history of before now" in capsys.readouterr().out
    counted = samples(database, make_engine("chunks"), "nas")
    assert counted == {"": 40, "before": 20, "nas": 20}
    assert main(["server", "merge", "before", "nas", *here]) == 1
    assert "no server 'before'" in capsys.readouterr().err


def test_moving_the_history_of_a_filesystem(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    move = ["server", "move-history", "nas"]
    here = ["--data-dir", str(tmp_path)]
    assert main([*move, "filesystem", "/no", "/tank", *here]) == 1
    assert "there are: nas" in capsys.readouterr().err
    assert main([*move, "host", "a", "b", *here]) == 1
    assert "FAMILY is one of" in capsys.readouterr().err
    assert main([*move, "filesystem", "nas", "/tank", *here]) == 0
    assert samples(database, make_engine("chunks"), "nas") == {"": 20, "/tank": 20}


def test_a_merge_goes_on_where_it_was_left(person: TestClient) -> None:
    state: Any = person.app.state  # type: ignore[attr-defined]  # an ASGI app
    for number, name in enumerate(("before", "nas")):
        agent = agent_client(person.app, name)  # type: ignore[arg-type]  # as above
        beat = {"server_id": name, "hostname": name, "metrics": {"cpu_percent": 5.0}}
        beat["timestamp"] = iso(now_ms() - 1_000 * number)
        assert agent.post("/api/v1/agents/heartbeat", json=beat).status_code == 200
    assert person.post("/api/v1/servers/before/merge", json={"into": "before"}).status_code == 422
    assert person.post("/api/v1/servers/before/merge", json={"into": "x"}).status_code == 404
    assert person.post("/api/v1/servers/before/merge", json={"into": "nas"}).status_code == 202
    assert [each["id"] for each in person.get("/api/v1/servers").json()["servers"]] == ["nas"]
    # The one that takes it in can't go elsewhere meanwhile.
    with state.database.write() as session:
        create_server(session, "third")
    refused = person.post("/api/v1/servers/nas/merge", json={"into": "third"})
    assert refused.json()["detail"]["code"] == "MERGE_UNDER_WAY"
    killed = run_round(state.database, state.history, state.keeping.limits, lambda: True)
    assert killed.purged_servers == []
    done = run_round(state.database, state.history, state.keeping.limits, lambda: False)
    assert done.purged_servers == ["before"]
    assert samples(state.database, state.history, "nas") == {"": 2}

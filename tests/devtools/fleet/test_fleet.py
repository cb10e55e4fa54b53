"""The fleet against a real server: enrolled as hosts are, and taken in."""

import time
from contextlib import closing
from pathlib import Path

import pytest
import requests

from devtools.fleet import __main__ as fleet
from devtools.fleet.course import DAY
from devtools.fleet.house import MACHINES
from devtools.fleet.server import Server, batches, enrol
from devtools.serve import FLEET_SETTINGS
from tests.backend.real_server import running

FEW = tuple(machine for machine in MACHINES if machine.id in {"nas", "printer", "not-yet"})


def test_the_newest_days_come_first_and_none_twice() -> None:
    state = fleet.State(began=1_000 * DAY + 500, tokens={}, days=[999, 997])
    found = list(fleet.missing_days(state, 1_001 * DAY + 9, days=4))
    assert found[0] == (1_001 * DAY, 1_001 * DAY + 9)
    assert [start // DAY for start, _ in found] == [1_001, 1_000, 998, 996]


@pytest.mark.parametrize(
    "days_ago, seconds",
    [(0, 60), (1, 300), (6, 300), (7, 900), (29, 900), (30, 1_800), (90, 1_800)],
)
def test_what_is_older_is_sent_in_larger_steps(days_ago: int, seconds: int) -> None:
    assert fleet.pace_of(days_ago) == seconds


def test_the_state_outlives_the_fleet(tmp_path: Path) -> None:
    state = fleet.State(began=5, tokens={"nas": "secret"}, days=[1])
    state.save(tmp_path)
    assert (tmp_path / "fleet.json").stat().st_mode & 0o077 == 0
    assert fleet._state("http://127.0.0.1:1", tmp_path) == state


def test_batches_are_what_a_server_takes_at_once() -> None:
    beats = [{"server_id": "nas", "text": "x" * 1_000} for _ in range(2_500)]
    found = list(batches(beats))
    assert sum(map(len, found)) == 2_500
    assert max(sum(map(len, batch)) for batch in found) <= 900_000
    assert list(batches([])) == []


def test_hosts_enrol_report_and_look_as_they_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FLEET_SETTINGS.items():
        monkeypatch.setenv(name, value)
    with running(tmp_path) as server:
        admin = server.command("token", "create", "look", "--scope", "admin")
        tokens = enrol(server.url, admin, FEW)
        began = int(time.time())
        state = fleet.State(began, tokens)
        with closing(Server(server.url)) as connection:
            for machine in FEW:
                if not machine.never_reports:
                    fleet._send(connection, state, machine, began - 3 * 3_600, began, 60)
                    fleet._send(connection, state, machine, began - 89 * DAY, began - 88 * DAY, 900)
        headers = {"Authorization": f"Bearer {admin}"}
        answer = requests.get(f"{server.url}/api/v1/servers", headers=headers, timeout=30).json()
        wish = f"host=nas&from={began - 89 * DAY}&to={began - 88 * DAY}"
        path = f"{server.url}/api/metrics/cpu_percent?{wish}"
        old = requests.get(path, headers=headers, timeout=30).json()
    found = {one["id"]: one for one in answer["servers"]}
    assert {name: one["status"] for name, one in found.items()} == {
        "nas": "online",
        "printer": "paused",
        "not-yet": "unknown",
    }
    assert found["nas"]["tags"] == ["rack", "storage"]
    assert found["printer"]["display_name"] == "Print server"
    assert found["nas"]["worst_filesystem"]["mount_point"] == "/tank"
    assert old["data"]

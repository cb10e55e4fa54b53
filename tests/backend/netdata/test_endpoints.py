import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.netdata.client import Daemon
from homelab_cmd.netdata.service import Netdata
from homelab_cmd.settings import Settings

from tests.backend.netdata import standin
from tests.backend.netdata.asking import oracle
from tests.backend.netdata.standin import StandIn, stand_in

PATH = "/api/v1/server/metrics"


@pytest.fixture
def daemon() -> Iterator[StandIn]:
    with stand_in(standin.modern) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, daemon: StandIn) -> Settings:
    return Settings(data_dir=tmp_path, port=0, netdata_url=daemon.url)


@pytest.mark.parametrize("span,points", [("", 60), ("5m", 60), ("1h", 60), ("24h", 144)])
def test_each_range_has_its_points(person: TestClient, span: str, points: int) -> None:
    answer = person.get(PATH, params={"range": span} if span else {})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert list(answer.json()) == ["cpu", "ram", "disk", "network_in", "network_out"]
    for name, metric in answer.json().items():
        assert list(metric) == ["name", "current", "unit", "points"]
        assert metric["name"] == name
        assert len(metric["points"]) == points
        assert all(isinstance(point["timestamp"], int) for point in metric["points"])


def test_the_values_are_the_daemons(person: TestClient) -> None:
    points = person.get(PATH).json()["disk"]["points"]
    expected = oracle("final_io_5m", "disk")
    assert [(point["timestamp"], point["value"]) for point in points] == [
        (moment, pytest.approx(value)) for moment, value in expected
    ]


def test_a_missing_metric_is_null(person: TestClient, daemon: StandIn) -> None:
    def without_disks(path: str, query: dict[str, str]) -> standin.Reply:
        name = query["contexts"].replace("system.io", "system.nope")
        return standin.modern(path, {**query, "contexts": name})

    daemon.route = without_disks
    answer = person.get(PATH).json()
    assert answer["disk"] is None
    assert answer["cpu"]["unit"] == "%"


def test_nothing_is_served_without_a_credential(anonymous: TestClient, daemon: StandIn) -> None:
    answer = anonymous.get(PATH)
    assert answer.status_code == 401
    assert daemon.requests == []


def test_an_agent_may_not_ask(agent: TestClient, daemon: StandIn) -> None:
    assert agent.get(PATH).status_code == 403
    assert daemon.requests == []


@pytest.mark.parametrize("span", ["", "10m", "5M", "1h ", "24h\x00", "ä"])
def test_another_range_is_refused(person: TestClient, daemon: StandIn, span: str) -> None:
    answer = person.get(PATH, params={"range": span})
    assert answer.status_code == 422
    assert answer.json()["detail"]["path"] == ["query", "range"]
    assert daemon.requests == []


def test_no_answer_is_503_with_the_reason(person: TestClient, daemon: StandIn) -> None:
    daemon.route = lambda _path, _query: standin.reset
    answer = person.get(PATH)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["detail"]["code"] == "NETDATA_UNAVAILABLE"
    assert "closed the connection" in answer.json()["detail"]["message"]


class TestABadUrl:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data_dir=tmp_path, port=0, netdata_url="http://127.0.0.1:99999")

    def test_is_named_at_start_and_in_the_answer(
        self, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
    ) -> None:
        with caplog.at_level(logging.WARNING):
            person: TestClient = request.getfixturevalue("person")
        sentence = "The URL in HOMELAB_CMD_NETDATA_URL has the port 99999"
        assert any(sentence in record.message for record in caplog.records)
        answer = person.get(PATH)
        assert answer.status_code == 503
        assert answer.json()["detail"]["message"].startswith(sentence)


STATE = "/api/v1/server/netdata"


class TestState:
    def test_a_daemon_that_answers_has_no_problem(self, person: TestClient) -> None:
        assert person.get(STATE).json() == {"expected": True, "problem": None}

    def test_one_whose_address_was_set_is_expected_before_it_ever_answered(
        self, person: TestClient, daemon: StandIn
    ) -> None:
        daemon.route = lambda _path, _query: standin.reset
        answer = person.get(STATE).json()
        assert answer["expected"] is True
        assert answer["problem"] == person.get(PATH).json()["detail"]["message"]

    def test_by_default_one_is_expected_as_soon_as_it_answered(
        self, person: TestClient, daemon: StandIn
    ) -> None:
        assert isinstance(person.app, FastAPI)
        person.app.state.netdata = Netdata(Daemon(daemon.url), expected=False)
        daemon.route = lambda _path, _query: standin.hang_up
        assert person.get(STATE).json()["expected"] is False
        daemon.route = standin.modern
        assert person.get(STATE).json() == {"expected": True, "problem": None}

"""Settings through the API: what holds, what it costs, and that all of the server goes by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import HostMetrics
from homelab_cmd.app import create_app
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS, floor_to
from homelab_cmd.housekeeping.service import run_round
from homelab_cmd.settings import Settings, load_settings

from tests.backend.conftest import PASSWORD

URL = "/api/v1/settings"


def state_of(client: TestClient) -> Any:
    return client.app.state  # type: ignore[attr-defined]  # an ASGI app


def days_of(answer: Any) -> dict[str, tuple[int, str]]:
    return {tier["tier"]: (tier["value"], tier["source"]) for tier in answer.json()["retention"]}


def test_defaults_hold_until_something_is_set(person: TestClient) -> None:
    answer = person.get(URL)
    assert answer.status_code == 200, answer.text
    assert days_of(answer) == {
        "raw": (30, "default"),
        "minute": (90, "default"),
        "hour": (0, "default"),
        "day": (0, "default"),
    }
    assert answer.json()["max_size"]["value"] == 0
    assert answer.json()["limited"] is None
    assert answer.json()["database_bytes"] > 0

    changed = person.put(URL, json={"retention_raw_days": 14, "retention_hour_days": 365})
    assert changed.status_code == 200, changed.text
    assert days_of(changed)["raw"] == (14, "saved")
    assert days_of(changed)["hour"] == (365, "saved")
    raw = changed.json()["retention"][0]
    assert (raw["changed_by"], raw["kept_days"], raw["default"]) == ("user:anna", 14, 30)

    again = person.put(URL, json={"retention_raw_days": None})
    assert days_of(again)["raw"] == (30, "default")
    assert days_of(again)["hour"] == (365, "saved")
    entries = person.get("/api/v1/audit").json()["entries"]
    told = [entry["subject"] for entry in entries if entry["action"] == "settings.changed"]
    assert told == [
        "retention_raw_days=default",
        "retention_hour_days=365",
        "retention_raw_days=14",
    ]


def test_what_makes_no_sense_is_named_and_changes_nothing(
    person: TestClient, settings: Settings
) -> None:
    refused = [
        ({"retention_raw_days": 91}, "retention_raw_days: take at most 90 days"),
        ({"retention_minute_days": 20}, "retention_minute_days: take at least 30 days"),
        ({"retention_hour_days": 80}, "retention_hour_days: take at least 90 days"),
        ({"retention_day_days": 365}, "retention_day_days: take 0, which is for ever"),
        ({"retention_raw_days": 0}, "retention_raw_days: "),
        ({"retention_raw_days": 36_501}, "retention_raw_days: "),
        ({"retention_weeks": 1}, "retention_weeks: "),
        (
            {"max_size": 1_000},
            "at least 64,000,000 bytes" if settings.is_sqlite else "bounds a SQLite file",
        ),
    ]
    for body, told in refused:
        answer = person.put(URL, json=body)
        assert answer.status_code == 422, (body, answer.text)
        assert told in answer.json()["detail"]["message"]
    both = {"retention_raw_days": 400, "retention_minute_days": 500, "max_size": 1}
    assert person.put(URL, json=both).status_code == 422
    assert {source for _, source in days_of(person.get(URL)).values()} == {"default"}


def test_what_the_environment_sets_is_shown_and_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMELAB_CMD_RETENTION_RAW_DAYS", "7")
    app = create_app(load_settings(data_dir=tmp_path))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        setup = {"setup_token": app.state.auth.issue_setup_token(), "username": "anna"}
        made = client.post("/api/v1/auth/setup", json=setup | {"password": PASSWORD}).json()
        client.headers["Authorization"] = f"Bearer {made['access_token']}"
        raw = client.get(URL).json()["retention"][0]
        assert (raw["value"], raw["source"]) == (7, "environment")
        assert raw["fixed"] == (
            "HOMELAB_CMD_RETENTION_RAW_DAYS sets it where the server is started."
        )
        refused = client.put(URL, json={"retention_raw_days": 14})
        assert refused.status_code == 409
        assert "HOMELAB_CMD_RETENTION_RAW_DAYS sets it" in refused.json()["detail"]["message"]


def test_late_data_is_taken_as_far_back_as_samples_are_kept_now(
    agent: TestClient, person: TestClient
) -> None:
    beat = {"server_id": "nas", "hostname": "nas", "metrics": {"cpu_percent": 5.0}}
    late = beat | {"timestamp": iso(now_ms() - 10 * DAY_MS)}
    person.put(URL, json={"retention_raw_days": 7})
    refused = agent.post("/api/v1/agents/heartbeat", json=late)
    assert refused.json()["detail"]["code"] == "TIMESTAMP_TOO_OLD"
    person.put(URL, json={"retention_raw_days": 14})
    assert agent.post("/api/v1/agents/heartbeat", json=late).status_code == 200


@pytest.mark.usefixtures("agent")  # its making made the server
def test_housekeeping_of_another_process_goes_by_it_and_rolls_up_first(
    person: TestClient, settings: Settings
) -> None:
    state = state_of(person)
    start_ms = floor_to(now_ms(), DAY_MS) - 12 * DAY_MS
    state.history.bulk_import(
        state.database,
        [
            Heartbeat(1, time_ms, None, None, 20_000, {"host": [HostMetrics(cpu_percent=5.0)]})
            for time_ms in range(start_ms, start_ms + 10 * HOUR_MS, 20_000)
        ],
    )
    person.put(URL, json={"retention_raw_days": 5})
    other = create_app(settings)
    headers = {"Authorization": person.headers["Authorization"]}
    with TestClient(other, base_url="http://127.0.0.1", headers=headers) as client:
        assert other.state.keeping.limits.raw_days == 5
        person.put(URL, json={"retention_raw_days": 6})
        limits = other.state.keeping.refresh()
        assert limits.raw_days == 6
        done = run_round(other.state.database, other.state.history, limits, lambda: False)
        assert done.history.complete
        assert done.history.pruned_rows > 0
        raw = client.get(URL).json()["retention"][0]
        assert raw["since"][:19] == iso(floor_to(now_ms() - 6 * DAY_MS, DAY_MS))[:19]
        query = {"server": "nas", "family": "host", "field": "cpu_percent", "points": "10"}
        span = {"from": iso(start_ms), "to": iso(start_ms + 10 * HOUR_MS)}
        answer = client.get("/api/v1/series", params=query | span).json()
    assert answer["source"] == "hour"
    assert answer["series"][0]["columns"]["cpu_percent"] == [5.0] * 10

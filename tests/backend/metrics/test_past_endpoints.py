from __future__ import annotations

from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import Filesystem, HostMetrics, NetworkInterface
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS, Retention
from homelab_cmd.metrics.past_endpoints import Comparison, Events, Forecasts

from tests.backend.metrics.conftest import Host

START_MS = now_ms() // HOUR_MS * HOUR_MS - 6 * HOUR_MS


def filesystem(
    path: str, used: int, state: Literal["ok", "stale"] = "ok", size: int = 1_000
) -> Filesystem:
    return Filesystem(path, "/dev/x", "ext4", size, used, size - used, used / size, state=state)


def interface(name: str, rx: int, *, up: bool = True) -> NetworkInterface:
    return NetworkInterface(name, rx, 0, 0, 0, is_up=up)


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/api/v1/servers/nas/{path}", params=parameters or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_host_at_a_moment_is_its_last_report_before_it(client: TestClient, host: Host) -> None:
    for number in range(3):
        host.report(
            START_MS + number * 10_000,
            host=[HostMetrics(cpu_percent=float(number))],
            filesystem=[filesystem("/", 100 + number)],
            network_interface=[interface("eth0", number * 100)],
        )
    body = get(client, "at", time=iso(START_MS + 15_000))
    assert body["online"] is True
    assert body["as_of"]["filesystem"] == iso(START_MS + 10_000)
    assert body["metrics"]["cpu_percent"] == 1
    (root,) = body["filesystems"]
    assert (root["mount_point"], root["used_bytes"], root["device"]) == ("/", 101, "/dev/x")
    assert body["network_interfaces"][0]["rx_rate"] == 10


def test_after_a_while_of_silence_a_host_was_off(client: TestClient, host: Host) -> None:
    host.report(START_MS, filesystem=[filesystem("/", 100)])
    body = get(client, "at", time=iso(START_MS + 30 * 60_000))
    assert (body["online"], len(body["filesystems"])) == (False, 1)
    body = get(client, "at", time=iso(START_MS + 2 * HOUR_MS))
    assert (body["online"], body["filesystems"], body["as_of"]) == (False, None, {})


def test_a_moment_whose_samples_have_expired_is_told_from_a_window(
    client: TestClient, host: Host, database: Database, engine: HistoryEngine
) -> None:
    old_ms = START_MS - 50 * DAY_MS
    for number in range(4):
        host.report(old_ms + number * 15_000, filesystem=[filesystem("/", 100 + 2 * number)])
    engine.maintain(database, now_ms(), Retention(), lambda: False)
    body = get(client, "at", time=iso(old_ms + 30_000))
    assert body["filesystems"][0]["used_bytes"] == 103
    assert body["as_of"]["filesystem"] == iso(old_ms)


def test_a_comparison_tells_what_came_went_and_changed_most(client: TestClient, host: Host) -> None:
    host.report(
        START_MS, filesystem=[filesystem("/", 100), filesystem("/old", 5), filesystem("/home", 50)]
    )
    host.report(
        START_MS + HOUR_MS,
        filesystem=[filesystem("/", 110), filesystem("/new", 5), filesystem("/home", 500)],
    )
    body = get(client, "compare", **{"from": iso(START_MS), "to": iso(START_MS + HOUR_MS)})
    Comparison.model_validate(body)
    assert body["appeared"] == [{"family": "filesystem", "key": "/new"}]
    assert body["vanished"] == [{"family": "filesystem", "key": "/old"}]
    assert (body["changed"][0]["key"], body["changed"][0]["relative"]) == ("/home", 0.9)
    assert body["changed"][0].keys() == {"family", "key", "field", "from", "to", "relative"}


def test_events_tell_of_boots_silences_flaps_and_mounts(client: TestClient, host: Host) -> None:
    def report(seconds: int, uptime: int, *, up: bool = True, usb: bool = False) -> None:
        mounts = [filesystem("/", 9)] + [filesystem("/usb", 1)] * usb
        host.report(
            START_MS + seconds * 1_000,
            host=[HostMetrics(uptime_seconds=float(uptime))],
            filesystem=mounts,
            network_interface=[interface("eth0", 5, up=up)],
        )

    report(0, 5_000)
    report(10, 5_010, up=False)
    report(20, 5_020, usb=True)
    report(300, 100)
    body = get(client, "events", **{"from": iso(START_MS - 1_000), "to": iso(START_MS + HOUR_MS)})
    Events.model_validate(body)
    told = [(event["time"], event["kind"], event["key"]) for event in body["events"]]
    at = {seconds: iso(START_MS + seconds * 1_000) for seconds in (10, 20, 200, 300)}
    assert told == [
        (at[10], "is_up", "eth0"),
        (at[20], "gap", None),
        (at[20], "appeared", "/usb"),
        (at[20], "is_up", "eth0"),
        (at[200], "boot", None),
        (at[300], "vanished", "/usb"),
    ]
    gap = body["events"][1]
    assert gap["until"] == at[300]
    assert (body["events"][0]["from"], body["events"][0]["to"]) == (True, False)


def test_a_quiet_host_has_no_events(client: TestClient, host: Host) -> None:
    assert get(client, "events")["events"] == []
    for number in range(5):
        host.report(START_MS + number * 10_000, host=[HostMetrics(uptime_seconds=number * 10.0)])
    assert get(client, "events")["events"] == []


def test_a_forecast_for_each_filesystem_there_is(client: TestClient, host: Host) -> None:
    now = now_ms() // HOUR_MS * HOUR_MS
    size = 10**12
    for day in range(20, -1, -1):
        rows = [filesystem("/tank", size // 2 - day * 10**9, size=size)]
        rows += [filesystem("/new", 7)] if day < 3 else []
        rows += [filesystem("/gone", 7)] if day > 3 else []
        host.report(now - day * DAY_MS - 1_000, filesystem=rows)
    body = get(client, "forecast")
    Forecasts.model_validate(body)
    found = {one["mount_point"]: one for one in body["filesystems"]}
    assert {name: one["state"] for name, one in found.items()} == {
        "/tank": "filling",
        "/new": "unknown",
    }
    assert found["/tank"]["bytes_per_day"] == pytest.approx(10**9)
    earliest, full = found["/tank"]["full_at_earliest"], found["/tank"]["full_at"]
    assert iso(now + 499 * DAY_MS) < earliest <= full < iso(now + 501 * DAY_MS)


@pytest.mark.parametrize(
    "path,status",
    [
        ("nas/at", 422),
        ("nas/at?time=noon", 422),
        ("nobody/at?time=2026-01-01T00:00:00Z", 404),
        ("nas/compare?from=2026-01-01T00:00:00Z", 422),
        ("nobody/compare?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", 404),
        ("nas/events?period=1x", 422),
        ("nobody/events", 404),
        ("nobody/forecast", 404),
    ],
)
def test_what_can_not_be_answered(client: TestClient, host: Host, path: str, status: int) -> None:
    assert host.server_id == "nas"
    assert client.get(f"/api/v1/servers/{path}").status_code == status

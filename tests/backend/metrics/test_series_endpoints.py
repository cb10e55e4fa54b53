from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import FAMILIES, Filesystem, HostMetrics, NetworkInterface
from homelab_cmd.clock import now_ms
from homelab_cmd.metrics.series_endpoints import SeriesAnswer

from tests.backend.metrics.conftest import Host


def get(client: TestClient, **parameters: Any) -> Any:
    answer = client.get("/api/v1/series", params=parameters)
    assert answer.status_code == 200, answer.text
    SeriesAnswer.model_validate(answer.json(), strict=True)
    return answer.json()


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_samples_come_as_taken_with_nulls_in_gaps(client: TestClient, host: Host) -> None:
    start = now_ms() // 1_000 * 1_000 - 300_000
    for offset, rx in ((0, 100), (10, 200), (120, 1_300)):
        row = NetworkInterface("eth0", rx, 0, 0, 0, is_up=True)
        host.report(start + offset * 1_000, network_interface=[row])
    body = get(
        client, family="network_interface", field=["rx_bytes", "is_up"], period="1h", server="nas"
    )
    assert body["step_seconds"] is None
    assert body["source"] == "raw"
    (series,) = body["series"]
    assert (series["server_id"], series["key"]) == ("nas", "eth0")
    assert [seconds(t) - start / 1_000 for t in series["timestamps"]] == [0, 10, 20, 120]
    assert series["columns"] == {"rx_bytes": [None, 10, None, 10], "is_up": [1, 1, None, 1]}


def test_windows_fill_the_range_and_a_mean_has_its_extremes(client: TestClient, host: Host) -> None:
    minute = now_ms() // 60_000 * 60_000 - 600_000
    for offset, value in ((0, 10.0), (30, 30.0), (240, 50.0)):
        host.report(minute + offset * 1_000, host=[HostMetrics(cpu_percent=value)])
    body = get(
        client,
        family="host",
        field="cpu_percent",
        points=10,
        **{"from": minute / 1_000, "to": minute / 1_000 + 600},
    )
    assert (body["step_seconds"], body["source"]) == (60, "minute")
    (series,) = body["series"]
    assert [seconds(t) for t in series["timestamps"]] == [
        minute / 1_000 + 60 * n for n in range(10)
    ]
    nothing = [None] * 5
    assert series["columns"] == {
        "cpu_percent": [20, None, None, None, 50, *nothing],
        "cpu_percent.min": [10, None, None, None, 50, *nothing],
        "cpu_percent.max": [30, None, None, None, 50, *nothing],
    }


@pytest.mark.parametrize("agg", ["min", "max", "last", "avg"])
def test_each_aggregate_of_a_gauge(client: TestClient, host: Host, agg: str) -> None:
    minute = now_ms() // 60_000 * 60_000 - 600_000
    for offset, used in ((0, 2**60 + 1), (20, 2**60 + 7), (40, 2**60 + 3)):
        row = Filesystem("/", "d", "ext4", 2**61, used, 5, 50.0)
        host.report(minute + offset * 1_000, filesystem=[row])
    times = {"from": minute / 1_000, "to": minute / 1_000 + 600}
    body = get(client, family="filesystem", field="used_bytes", agg=agg, points=10, **times)
    value = body["series"][0]["columns"]["used_bytes"][0]
    exact = {"min": 2**60 + 1, "max": 2**60 + 7, "last": 2**60 + 3}
    assert value == (pytest.approx(2**60, abs=1_000) if agg == "avg" else exact[agg])


def test_an_increase_is_what_was_added_in_each_window(client: TestClient, host: Host) -> None:
    minute = now_ms() // 60_000 * 60_000 - 600_000
    for offset, rx in ((0, 0), (30, 50), (60, 90), (90, 100)):
        row = NetworkInterface("eth0", rx, 0, 0, 0, is_up=True)
        host.report(minute + offset * 1_000, network_interface=[row], interval_ms=30_000)
    times = {"from": minute / 1_000, "to": minute / 1_000 + 600}
    asked = {"family": "network", "field": "rx_bytes", "points": 10}
    body = get(client, agg="increase", **asked, **times)
    assert body["series"][0]["columns"]["rx_bytes"][:3] == [50, 50, None]
    body = get(client, agg="rate", **asked, **times)
    assert body["series"][0]["columns"]["rx_bytes"][:3] == [pytest.approx(50 / 30), 50 / 60, None]


def test_all_servers_and_keys(client: TestClient, new_host: Callable[[str], Host]) -> None:
    for name in ("beta", "alpha"):
        rows = [Filesystem(path, "d", "ext4", 9, 5, 4, 50.0) for path in ("/", "/home")]
        new_host(name).report(now_ms() - 1_000, filesystem=rows)
    body = get(client, family="filesystem", period="1h", field="used_bytes")
    found = {(one["server_id"], one["key"]) for one in body["series"]}
    assert found == {(n, k) for n in ("alpha", "beta") for k in ("/", "/home")}
    one = get(client, family="filesystem", server="beta", key="/home", field="used_bytes")
    assert [(s["server_id"], s["key"]) for s in one["series"]] == [("beta", "/home")]


def test_no_data_is_an_empty_list(client: TestClient, host: Host) -> None:
    assert get(client, family="host", server=host.server_id)["series"] == []


@pytest.mark.parametrize(
    "query,status",
    [
        ("family=nonsense", 404),
        ("family=host&server=nobody", 404),
        ("family=host&field=nonsense", 422),
        ("family=filesystem&field=device", 422),
        ("family=host&agg=median", 422),
        ("family=host&field=cpu_percent&agg=rate", 422),
        ("family=network&field=rx_bytes&agg=max", 422),
        ("family=host&points=5001", 422),
        ("family=host&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422),
        ("family=host&from=2026-01-02T00:00:00", 422),
        ("", 422),
    ],
)
def test_what_can_not_be_answered(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/api/v1/series?{query}")
    assert answer.status_code == status
    assert set(answer.json()["detail"]) >= {"code", "message"}


def test_the_catalogue_lists_every_field_with_its_unit(client: TestClient) -> None:
    families = {
        family["name"]: family for family in client.get("/api/v1/catalogue").json()["families"]
    }
    assert list(families) == [family.name for family in FAMILIES]
    assert families["host"]["key"] is None
    assert families["filesystem"]["key"] == "mount_point"
    fields = {field["name"]: field for field in families["filesystem"]["fields"]}
    assert fields["used_bytes"] == {
        "name": "used_bytes",
        "kind": "gauge",
        "unit": "bytes",
        "type": "integer",
        "choices": [],
    }
    assert fields["state"]["choices"] == ["ok", "stale", "missing"]

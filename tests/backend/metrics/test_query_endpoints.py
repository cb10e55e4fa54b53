from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import Filesystem, HostMetrics
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS, MINUTE_MS
from homelab_cmd.metrics.query_endpoints import LatestAnswer, QueryAnswer

from tests.backend.metrics.conftest import Host


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/api/{path}", params=parameters or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def cpu(percent: float) -> list[HostMetrics]:
    return [HostMetrics(cpu_percent=percent, memory_percent=percent / 2)]


def tank(percent: float) -> list[Filesystem]:
    return [Filesystem(path, "d", "zfs", 100, 50, 50, percent) for path in ("/", "/tank")]


@pytest.mark.parametrize(
    "start,source",
    [
        ("1h", "metrics"),
        ("61m", "metrics_1min"),
        ("24h", "metrics_1min"),
        ("25h", "metrics_1hour"),
        ("7d", "metrics_1hour"),
        ("8d", "metrics_daily"),
        ("1y", "metrics_daily"),
    ],
)
def test_each_range_has_its_tier(client: TestClient, host: Host, start: str, source: str) -> None:
    host.report(now_ms() - 1_000, host=cpu(40.0))
    body = get(client, "metrics/cpu_percent", start=start, host="nas")
    QueryAnswer.model_validate(body, strict=True)
    assert (body["data_source"], body["start"], body["host"]) == (source, start, "nas")
    assert [point["value"] for point in body["data"]] == [40]
    assert body["points_returned"] == 1


def test_points_are_a_maximum_and_the_shape_stays(client: TestClient, host: Host) -> None:
    start = now_ms() - 3_000_000
    for number in range(200):
        host.report(start + number * 10_000, host=cpu(90.0 if number == 77 else 10.0))
    body = get(client, "metrics/cpu_percent", host="nas", points=20)
    assert (body["points_requested"], body["points_returned"]) == (20, 20)
    values = [point["value"] for point in body["data"]]
    assert max(values) == 90
    times = [point["time"] for point in body["data"]]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (iso(start), iso(start + 1_990_000))


def test_without_a_host_it_is_the_mean_over_hosts(
    client: TestClient, new_host: Callable[[str], Host]
) -> None:
    start = now_ms() // MINUTE_MS * MINUTE_MS - 600_000
    hosts = [new_host(name) for name in ("a", "b")]
    for number in range(3):
        hosts[0].report(start + number * 10_000, host=cpu(10.0 + number))
        hosts[1].report(start + number * 10_000 + 3_000, host=cpu(40.0 + number))
    hosts[1].report(start + 60_000, host=cpu(70.0))
    body = get(client, "metrics/cpu_percent")
    assert body["host"] is None
    assert [(p["time"], p["value"]) for p in body["data"]] == [
        (iso(start), 25),
        (iso(start + 10_000), 26),
        (iso(start + 20_000), 27),
        (iso(start + 60_000), 70),
    ]
    minutes = get(client, "metrics/cpu_percent", start="24h")["data"]
    assert [point["value"] for point in minutes] == [26, 70]


def test_a_keyed_metric_takes_its_key(client: TestClient, host: Host) -> None:
    host.report(now_ms() - 1_000, filesystem=tank(61.0), host=cpu(10.0))
    body = get(client, "metrics/filesystem_percent", host="nas", mount_point="/tank")
    assert [point["value"] for point in body["data"]] == [61]
    assert get(client, "metrics/disk_usage", host="nas")["data"][0]["value"] == 61
    assert get(client, "metrics/cpu_usage", host="nas")["metric_name"] == "cpu_usage"
    assert get(client, "metrics/memory_usage", host="nas")["data"][0]["value"] == 5


def test_no_data_is_an_empty_list(client: TestClient, host: Host) -> None:
    body = get(client, "metrics/cpu_percent", host=host.server_id)
    assert (body["data"], body["points_returned"]) == ([], 0)
    assert get(client, "metrics/cpu_percent", start="1y")["data"] == []


def test_a_long_range_has_every_day(client: TestClient, host: Host) -> None:
    now = now_ms()
    for day in range(30):
        host.report(now - day * DAY_MS - HOUR_MS, host=cpu(float(day)))
    body = get(client, "metrics/cpu_percent", start="90d", host="nas")
    assert [point["value"] for point in body["data"]] == [float(day) for day in reversed(range(30))]


def test_the_latest_value_of_one_and_of_all(
    client: TestClient, new_host: Callable[[str], Host]
) -> None:
    now = now_ms()
    for name, percent, ago_ms in (("a", 10.0, 1_000), ("b", 30.0, 2_000), ("off", 99.0, 900_000)):
        new_host(name).report(now - ago_ms, host=cpu(percent))
    body = get(client, "metrics/cpu_percent/latest", host="b")
    LatestAnswer.model_validate(body, strict=True)
    assert (body["value"], body["time"], body["host"]) == (30, iso(now - 2_000), "b")
    mean = get(client, "metrics/cpu_percent/latest")
    assert (mean["value"], mean["time"], mean["host"]) == (20, iso(now - 1_000), None)
    assert client.get("/api/metrics/swap_percent/latest?host=a").status_code == 404


def test_names_of_hosts_and_metrics(client: TestClient, new_host: Callable[[str], Host]) -> None:
    for name in ("nas", "attic"):
        new_host(name)
    assert get(client, "hosts") == {"hosts": ["attic", "nas"]}
    names = get(client, "metrics")["metrics"]
    assert {"cpu_percent", "filesystem_used_bytes", "network_interface_rx_bytes"} < set(names)
    assert {"cpu_usage", "memory_usage", "disk_usage"} < set(names)
    assert "filesystem_device" not in names


@pytest.mark.parametrize(
    "path,status,told",
    [
        ("metrics/cpu_persent", 404, "cpu_percent"),
        ("metrics/cpu_percent?host=nobody", 404, "nobody"),
        ("metrics/cpu_percent?start=1x", 422, "1y"),
        ("metrics/cpu_percent?points=9", 422, "10"),
        ("metrics/cpu_percent?points=5001", 422, "5000"),
        ("metrics/filesystem_used_bytes?host=nas", 422, "mount_point"),
        ("metrics/cpu_persent/latest", 404, "cpu_percent"),
        ("metrics/cpu_percent/latest?host=nobody", 404, "nobody"),
        ("metrics/cpu_percent/latest?host=nas", 404, "cpu_percent"),
    ],
)
def test_what_can_not_be_answered(
    client: TestClient, host: Host, path: str, status: int, told: str
) -> None:
    assert host.server_id == "nas"
    answer = client.get(f"/api/{path}")
    assert answer.status_code == status
    assert told in answer.json()["detail"]["message"]

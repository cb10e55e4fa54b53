from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import FAMILIES, Filesystem, HostMetrics, NetworkInterface
from homelab_cmd.clock import now_ms
from homelab_cmd.metrics.schemas import sparkline_model

from tests.backend.metrics.conftest import Host


def interface(name: str, rx: int, tx: int, kind: str | None = None) -> NetworkInterface:
    return NetworkInterface(name, rx, tx, 0, 0, is_up=True, kind=kind)


def filesystem(used: int, state: Any = "ok") -> Filesystem:
    return Filesystem("/", "/dev/sda1", "ext4", 100, used, 100 - used, float(used), state=state)


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/api/v1{path}", params=parameters or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_rates_of_an_interface_over_a_reboot_and_a_gap(client: TestClient, host: Host) -> None:
    start = now_ms() - 200_000
    counters = [(0, "a", 1_000), (10, "a", 2_000), (20, "b", 500), (30, "b", 700), (90, "b", 1_000)]
    for seconds, boot, rx in counters:
        host.report(
            start + seconds * 1_000, boot=boot, network_interface=[interface("eth0", rx, rx * 2)]
        )
    body = get(client, "/metrics/sparkline/nas/network", period="1h", interface="eth0")
    assert {name: body[name] for name in ("server_id", "metric", "interface", "period")} == {
        "server_id": "nas",
        "metric": "network",
        "interface": "eth0",
        "period": "1h",
    }
    points = body["data"]
    assert [point["rx_bytes"] for point in points] == [1_000, 2_000, 500, 700, 1_000]
    assert [point["rx_rate"] for point in points] == [None, 100, 50, 20, 5]
    assert [point["tx_rate"] for point in points] == [None, 200, 100, 40, 10]
    assert [point["flag"] for point in points] == ["ok", "ok", "reset", "ok", "gap"]
    times = [datetime.fromisoformat(point["timestamp"]).timestamp() for point in points]
    assert times[0] * 1_000 == start
    assert set(points[0]) == {"timestamp", "rx_bytes", "tx_bytes", "rx_rate", "tx_rate", "flag"}


def test_the_first_rate_is_measured_against_the_sample_before_the_range(
    client: TestClient, host: Host
) -> None:
    start = now_ms() - 200_000
    for number in range(4):
        host.report(start + number * 10_000, network_interface=[interface("eth0", number * 100, 0)])
    body = get(
        client,
        "/metrics/sparkline/nas/network",
        interface="eth0",
        **{"from": (start + 20_000) / 1_000, "to": (start + 60_000) / 1_000},
    )
    assert [point["rx_rate"] for point in body["data"]] == [10, 10]


def test_without_an_interface_the_physical_ones_are_added_up(
    client: TestClient, host: Host
) -> None:
    start = now_ms() - 100_000
    for number in range(3):
        rows = [
            interface("eth0", number * 100, 0, "physical"),
            interface("wlan0", number * 10, 0, "wireless"),
            interface("docker0", number * 1_000, 0, "bridge"),
        ]
        host.report(start + number * 10_000, network_interface=rows[: number + 1])
    body = get(client, "/metrics/sparkline/nas/network", period="1h")
    assert body["interface"] is None
    # wlan0 appears with the second heartbeat: its counter is no traffic of that moment.
    assert [point["rx_bytes"] for point in body["data"]] == [0, 110, 220]
    assert [point["rx_rate"] for point in body["data"]] == [None, 10, 11]


def test_without_known_kinds_bridges_and_tunnels_are_left_out(
    client: TestClient, host: Host
) -> None:
    start = now_ms() - 100_000
    for number in range(2):
        names = ("enp1s0", "br0", "veth12ab", "docker0", "tailscale0", "wg0")
        rows = [interface(name, number * 50, 0) for name in names]
        host.report(start + number * 10_000, network_interface=rows)
    body = get(client, "/metrics/sparkline/nas/network", period="1h")
    assert [point["rx_bytes"] for point in body["data"]] == [0, 50]


def test_a_series_never_seen_is_an_empty_list(client: TestClient, host: Host) -> None:
    for path in ("network?interface=eth7", "network", "filesystem?mount_point=/tank", "host"):
        assert get(client, f"/metrics/sparkline/{host.server_id}/{path}")["data"] == []


def test_a_filesystem_that_does_not_answer_shows_no_old_numbers(
    client: TestClient, host: Host
) -> None:
    start = now_ms() - 100_000
    host.report(start, filesystem=[filesystem(60)])
    host.report(start + 10_000, filesystem=[filesystem(60, "stale")])
    body = get(client, "/metrics/sparkline/nas/filesystem", mount_point="/", period="24h")
    assert body["metric"] == "filesystem"
    assert body["mount_point"] == "/"
    assert body["data"][0]["used_bytes"] == 60
    assert {"used_bytes", "available_bytes", "total_bytes", "percent"} < set(body["data"][0])


def test_a_long_range_has_at_most_the_points_asked_for_and_the_true_mean(
    client: TestClient, host: Host
) -> None:
    end = now_ms() // 60_000 * 60_000
    for minute in range(60):
        for second in (0, 30):
            time_ms = end - minute * 60_000 - second * 1_000 - 1_000
            host.report(time_ms, host=[HostMetrics(cpu_percent=float(minute + second))])
    body = get(
        client, "/servers/nas/metrics/sparkline", metric="cpu_percent", period="1h", points=10
    )
    values = [point["value"] for point in body["data"]]
    assert len(values) <= 10
    assert all(15 <= value <= 75 for value in values)
    whole = get(client, "/servers/nas/metrics/sparkline", metric="cpu_percent", points=5_000)
    assert [point["value"] for point in whole["data"]][-1] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/sparkline/nas/network?period=1x",
        "/metrics/sparkline/nas/network?period=0h",
        "/metrics/sparkline/nas/network?points=9",
        "/metrics/sparkline/nas/network?points=5001",
        "/metrics/sparkline/nas/network?from=yesterday",
        "/metrics/sparkline/nas/filesystem",
        "/servers/nas/metrics/sparkline",
        "/servers/nas/metrics/sparkline?metric=cpu",
    ],
)
def test_what_makes_no_sense_is_422(client: TestClient, host: Host, path: str) -> None:
    assert host.server_id == "nas"
    assert client.get(f"/api/v1{path}").status_code == 422


def test_an_unknown_server_or_family_is_404(client: TestClient, host: Host) -> None:
    assert host.server_id == "nas"
    assert client.get("/api/v1/metrics/sparkline/nobody/network").status_code == 404
    assert client.get("/api/v1/metrics/sparkline/nas/nonsense").status_code == 404


def test_answers_have_the_documented_shape(client: TestClient, host: Host) -> None:
    row = interface("eth0", 5, 6)
    host.report(
        now_ms() - 1_000,
        host=[HostMetrics(cpu_percent=1.0)],
        filesystem=[filesystem(3)],
        network_interface=[row],
    )
    for family in FAMILIES:
        key = family.key.name if family.key else None
        parameters = {"mount_point": {"mount_point": "/"}, "name": {"name": "eth0"}}.get(
            key or "", {}
        )
        body = client.get(f"/api/v1/metrics/sparkline/nas/{family.name}", params=parameters or None)
        if body.status_code == 200:
            sparkline_model(family.name, family, key).model_validate(body.json(), strict=True)

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import Filesystem, HostMetrics
from homelab_cmd.clock import now_ms
from homelab_cmd.metrics.host_endpoints import HostMetricsAnswer
from homelab_cmd.metrics.host_metrics import safe_cell

from tests.backend.metrics.conftest import Host


@pytest.mark.parametrize(
    "asked,resolution",
    [("1h", "raw"), ("24h", "minute"), ("7d", "hour"), ("30d", "hour"), ("1y", "day")],
)
def test_the_resolution_suits_the_range(
    client: TestClient, host: Host, asked: str, resolution: str
) -> None:
    host.report(now_ms() - 5_000, host=[HostMetrics(cpu_percent=10.0, context_switches=5)])
    host.report(now_ms() - 4_000, host=[HostMetrics(cpu_percent=30.0, context_switches=7)])
    body = client.get("/api/v1/servers/nas/metrics", params={"range": asked}).json()
    HostMetricsAnswer.model_validate(body, strict=True)
    assert (body["server_id"], body["range"], body["resolution"]) == ("nas", asked, resolution)
    assert body["total_points"] == len(body["data_points"]) >= 1
    last = body["data_points"][-1]
    assert last["context_switches"] == 7
    assert last["cpu_percent"] == 30 if resolution == "raw" else 10 < last["cpu_percent"] <= 30


def test_a_host_without_history_has_no_points(client: TestClient, host: Host) -> None:
    body = client.get(f"/api/v1/servers/{host.server_id}/metrics").json()
    assert (body["data_points"], body["total_points"]) == ([], 0)


@pytest.mark.parametrize("path", ["metrics?range=1x", "metrics/export?format=xml"])
def test_what_makes_no_sense_is_422(client: TestClient, host: Host, path: str) -> None:
    assert client.get(f"/api/v1/servers/{host.server_id}/{path}").status_code == 422


def test_unknown_servers_and_families_are_404(client: TestClient, host: Host) -> None:
    for path in (
        "nobody/metrics",
        "nobody/metrics/export",
        f"{host.server_id}/metrics/export?family=x",
    ):
        assert client.get(f"/api/v1/servers/{path}").status_code == 404


def test_the_export_reads_back_and_runs_in_no_spreadsheet(client: TestClient, host: Host) -> None:
    evil = '=HYPERLINK("http://example.org","x")'
    rows = [
        Filesystem(path, "d", "ext4", 100, used, 9, 80.0) for path, used in ((evil, 7), ("/", 8))
    ]
    host.report(now_ms() - 5_000, filesystem=rows)
    url = "/api/v1/servers/nas/metrics/export?family=filesystem&range=1h"
    answer = client.get(url)
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="nas-filesystem-raw.csv"' in answer.headers["content-disposition"]
    read = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["mount_point"], row["used_bytes"]) for row in read] == [
        ("/", "8"),
        (f"'{evil}", "7"),
    ]
    listed = client.get(f"{url}&format=json").json()
    assert [(row["mount_point"], row["used_bytes"]) for row in listed] == [("/", 8), (evil, 7)]


def test_an_export_without_data_is_an_empty_file(client: TestClient, host: Host) -> None:
    url = f"/api/v1/servers/{host.server_id}/metrics/export"
    assert client.get(url).text == ""
    assert client.get(f"{url}?format=json").json() == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_become_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["/", "eth0", -1, -2.5, None, True])
def test_what_is_no_formula_stays(value: object) -> None:
    assert safe_cell(value) == value

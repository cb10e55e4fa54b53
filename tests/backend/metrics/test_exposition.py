"""The exposition, pure and over HTTP, read back by a parser of its own and by promtool."""

import re
import shutil
import subprocess
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_agent.contract import (
    FAMILIES,
    FILESYSTEM,
    HOST,
    NETWORK_INTERFACE,
    Family,
    Filesystem,
    HostMetrics,
    NetworkInterface,
)
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.metrics.exposition import Exposed, Host, labels_text, of_hosts, render
from homelab_cmd.servers.snapshots import Report, Snapshot

NOW_MS = 1_795_220_645_000
ROOT = Filesystem("/", "/dev/sda1", "ext4", 100, 40, 50, 44.4, 10, 5, read_only=False)
INTERFACE = NetworkInterface("eth0", 2**53 + 1, 2, 3, 4, is_up=True, kind="physical")

SAMPLE = re.compile(
    r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? '
    r"(-?[0-9.]+(?:e[+-]?[0-9]+)?)$"
)
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"')

Parsed = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Parsed:
    """Every sample; fails on a line that the format does not know."""
    samples: Parsed = {}
    for line in text.removesuffix("# EOF\n").removesuffix("\n").split("\n"):
        if re.match(r"^# (HELP [a-zA-Z0-9_]+ .+|TYPE [a-zA-Z0-9_]+ (gauge|counter))$", line):
            continue
        match = SAMPLE.match(line)
        assert match, line
        identity = (match[1], frozenset(LABEL.findall(match[2] or "")))
        assert identity not in samples, line
        samples[identity] = float(match[3])
    return samples


def value(samples: Parsed, metric: str, **labels: str) -> float | None:
    """The one sample of that name with these labels among its own."""
    found = [
        number
        for (name, own), number in samples.items()
        if name == metric and set(labels.items()) <= own
    ]
    assert len(found) < 2, found
    return found[0] if found else None


def host(*, age_ms: int = 0, paused: bool = False, **rows: list[Any]) -> Host:
    return host_with(rows, age_ms, paused=paused)


def host_with(rows: dict[str, list[Any]], age_ms: int = 0, *, paused: bool = False) -> Host:
    snapshot = Snapshot()
    facts = {"hostname": "nas.lan", "interval_ms": 10_000, "os_info": {"distribution": "Debian"}}
    snapshot.absorb(Report(1, NOW_MS - age_ms, facts, rows))
    return Host("nas", snapshot, paused)


def exposed(*hosts: Host) -> Parsed:
    text = render(of_hosts(hosts, NOW_MS), openmetrics=False)
    assert parsed(render(of_hosts(hosts, NOW_MS), openmetrics=True)) == parsed(text)
    return parsed(text)


def test_each_family_is_told_by_the_naming_rules() -> None:
    samples = exposed(
        host(
            host=[HostMetrics(cpu_percent=12.5, context_switches=7)],
            filesystem=[ROOT],
            network_interface=[INTERFACE],
        )
    )
    mount = {"server": "nas", "mount_point": "/", "device": "/dev/sda1", "fs_type": "ext4"}
    assert value(samples, "homelab_filesystem_used_bytes", **mount) == 40
    assert value(samples, "homelab_filesystem_read_only", mount_point="/") == 0
    assert value(samples, "homelab_filesystem_state", mount_point="/") == 1
    assert value(samples, "homelab_cpu_percent", server="nas") == 12.5
    assert value(samples, "homelab_context_switches_total", server="nas") == 7
    received = value(samples, "homelab_network_interface_rx_bytes_total", name="eth0")
    assert received == float(2**53 + 1)
    assert value(samples, "homelab_server_up", server="nas") == 1
    assert value(samples, "homelab_server_info", hostname="nas.lan", distribution="Debian") == 1
    assert value(samples, "homelab_server_last_seen_timestamp_seconds") == NOW_MS / 1_000


def test_what_was_not_reported_is_left_out() -> None:
    samples = exposed(host(host=[HostMetrics(cpu_percent=1)]))
    assert value(samples, "homelab_memory_used_bytes") is None
    assert not any(name.startswith("homelab_filesystem") for name, _ in samples)


@pytest.mark.parametrize("age_ms,shown", [(30_000, True), (30_001, False)])
def test_values_too_old_are_left_out_and_not_repeated(age_ms: int, *, shown: bool) -> None:
    samples = exposed(host(age_ms=age_ms, host=[HostMetrics(cpu_percent=1)], filesystem=[ROOT]))
    assert (value(samples, "homelab_cpu_percent") is not None) == shown
    assert (value(samples, "homelab_filesystem_used_bytes") is not None) == shown
    assert value(samples, "homelab_server_up") == float(shown)
    assert value(samples, "homelab_server_last_seen_timestamp_seconds") is not None


@pytest.mark.parametrize("state", ["stale", "missing"])
def test_a_filesystem_that_does_not_answer_shows_its_state_alone(state: str) -> None:
    row = Filesystem("/", "/dev/sda1", "ext4", 100, 40, 50, 44.4, state=state)  # type: ignore[arg-type]  # one of the words
    samples = exposed(host(filesystem=[row]))
    assert value(samples, "homelab_filesystem_state") == 0
    assert value(samples, "homelab_filesystem_used_bytes") is None


def test_a_paused_server_is_neither_up_nor_down() -> None:
    assert value(exposed(host(paused=True, host=[HostMetrics()])), "homelab_server_up") is None


def test_a_server_that_never_reported_is_down() -> None:
    samples = exposed(Host("new", Snapshot(), paused=False))
    assert value(samples, "homelab_server_up", server="new") == 0


HOSTILE = 'a"b\\c\nhomelab_cpu_percent{server="pi"} 99\r\nd} 1 # {x="y"} ä \u2028'


def test_text_from_hosts_stays_text() -> None:
    row = Filesystem(HOSTILE, HOSTILE, "ext4", 100, 40, 50, 44.4)
    samples = exposed(host(host=[HostMetrics(cpu_percent=1)], filesystem=[row]))
    assert value(samples, "homelab_cpu_percent", server="pi") is None
    [labels] = [own for name, own in samples if name == "homelab_filesystem_used_bytes"]
    escaped = dict(labels)["mount_point"]
    unescaped = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), escaped)
    assert unescaped == HOSTILE.replace("\r", " ")


def test_numbers_keep_every_bit() -> None:
    assert render([Exposed("x", "gauge", "x").add(0.1 + 0.2)], openmetrics=False).endswith(
        "x 0.30000000000000004\n"
    )
    assert render([Exposed("x", "gauge", "x").add(2**53)], openmetrics=False).endswith(
        "x 9007199254740992\n"
    )


def test_openmetrics_names_a_counter_without_its_suffix_and_ends_with_eof() -> None:
    counter = Exposed("x", "counter", "Of x.").add(1, {"a": "b", "c": None})
    assert render([counter], openmetrics=True) == (
        '# HELP x Of x.\n# TYPE x counter\nx_total{a="b"} 1\n# EOF\n'
    )
    assert "# TYPE x_total counter\n" in render([counter], openmetrics=False)


def test_labels_without_a_value_are_left_out() -> None:
    assert labels_text({"a": None, "b": ""}) == ""


def beat(agent: TestClient) -> None:
    body = {
        "server_id": "nas",
        "hostname": "nas.lan",
        "timestamp": iso(now_ms()),
        "interval_seconds": 10,
        "metrics": {"cpu_percent": 12.5, "disk_total_gb": 1.5, "context_switches": 5},
        "filesystems": [
            {
                "mount_point": HOSTILE,
                "device": "/dev/sda1",
                "fs_type": "ext4",
                "total_bytes": 100,
                "used_bytes": 40,
                "available_bytes": 50,
                "percent": 44.4,
            }
        ],
    }
    assert agent.post("/api/v1/agents/heartbeat", json=body).json()["rejected"] == []


def test_over_http_with_the_servers_own_health(agent: TestClient, person: TestClient) -> None:
    beat(agent)
    answer = person.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = parsed(answer.text)
    assert value(samples, "homelab_cpu_percent", server="nas") == 12.5
    assert value(samples, "homelab_cmd_heartbeats_stored_total") == 1
    assert value(samples, "homelab_cmd_heartbeats_waiting") == 0
    assert (value(samples, "homelab_cmd_database_size_bytes") or 0) > 10_000
    assert value(samples, "homelab_cmd_live_readers") == 0
    assert (value(samples, "process_resident_memory_bytes") or 0) > 1_000_000


def test_requests_are_timed_by_what_they_are_for(agent: TestClient, person: TestClient) -> None:
    before = parsed(person.get("/metrics").text)
    beat(agent)
    assert person.get("/api/v1/servers/nobody").status_code == 404
    after = parsed(person.get("/metrics").text)
    for kind, more in (("ingest", 1), ("query", 2)):  # the first /metrics counts too
        name = "homelab_cmd_http_requests_total"
        assert (value(after, name, kind=kind) or 0) - (value(before, name, kind=kind) or 0) == more
        assert (value(after, "homelab_cmd_http_request_duration_seconds_total", kind=kind) or 0) > 0


def test_openmetrics_to_those_who_accept_it(agent: TestClient, person: TestClient) -> None:
    beat(agent)
    accept = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5"
    answer = person.get("/metrics", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("\n# EOF\n")
    assert value(parsed(answer.text), "homelab_cpu_percent", server="nas") == 12.5


def test_a_deleted_server_is_gone_at_once(
    agent: TestClient, person: TestClient, app: FastAPI
) -> None:
    beat(agent)
    assert app.state.snapshots is not None
    assert person.delete("/api/v1/servers/nas").is_success
    assert "nas" not in person.get("/metrics").text


def full_row(family: Family) -> Any:
    """A row in which every field has a value."""
    plain: dict[type, Any] = {str: "x", bool: True, int: 8, float: 8.0}
    return family.row(
        **{
            field.name: field.choices[0] if field.choices else plain[field.type]
            for field in family.fields
        }
    )


def test_names_have_the_units_and_endings_that_prometheus_gives_them() -> None:
    samples = exposed(
        host_with({one.name: [full_row(one)] for one in (HOST, FILESYSTEM, NETWORK_INTERFACE)})
    )
    assert value(samples, "homelab_processes") == 8
    assert value(samples, "homelab_filesystem_inodes") == 8
    assert value(samples, "homelab_filesystem_inodes_used") == 8
    assert value(samples, "homelab_network_interface_speed_bytes_per_second") == 1


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_no_fault_with_any_family(person: TestClient) -> None:
    everything = host_with({family.name: [full_row(family)] for family in FAMILIES})
    own = person.get("/metrics").text
    check_by_promtool(own + render(of_hosts([everything], NOW_MS), openmetrics=False))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_no_fault(agent: TestClient, person: TestClient) -> None:
    beat(agent)
    check_by_promtool(person.get("/metrics").text)


def check_by_promtool(text: str) -> None:
    check = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout + check.stderr) == (0, "")

"""What runtimes answer, and a daemon that answers oddly."""

import json
from pathlib import Path

import pytest
from homelab_agent.contract.container import severity
from homelab_agent.host import Host
from homelab_agent.runtimes import ask, parse_containers, sockets, stable_name

from tests.agent.standin_socket import listening

ANSWERS = Path(__file__).parent.parent / "fixtures/containers"


def answer(machine: str) -> bytes:
    return (ANSWERS / f"{machine}.json").read_bytes()


def test_a_host_of_compose() -> None:
    listed = parse_containers(answer("docker"), "docker")
    rows = {one.row.name: one.row for one in listed}
    assert list(rows) == ["jellyfin", "immich", "node-exporter", "backup", "flaky"]
    assert (rows["jellyfin"].project, rows["jellyfin"].health) == ("media", "healthy")
    assert (rows["immich"].health, rows["node-exporter"].health) == ("starting", None)
    assert rows["backup"].state == "exited"
    assert [one.row.name for one in listed if not one.has_network] == ["node-exporter"]
    assert {name: severity(row) for name, row in rows.items() if severity(row)} == {
        "flaky": "warning"
    }


def test_a_task_of_a_swarm_that_is_not_well() -> None:
    (task,) = parse_containers(answer("raspberrypi"), "docker")
    assert (task.row.name, task.row.health) == ("web.1", "unhealthy")
    assert severity(task.row) == "warning"


def test_podman() -> None:
    pihole, infra = parse_containers(answer("laptop"), "podman")
    assert (pihole.row.name, pihole.row.runtime, pihole.has_network) == ("pihole", "podman", True)
    assert (infra.row.state, infra.has_network) == ("other", False)


@pytest.mark.parametrize(
    "name, stable",
    [
        ("/web", "web"),
        ("/0123456789ab_web", "web"),
        ("/web.12.8r6k1f0u5v8yq2m3n4b5c6d7e", "web.12"),
        ("/web.12", "web.12"),
        ("app-db-1", "app-db-1"),
    ],
)
def test_names_stay_the_same(name: str, stable: str) -> None:
    assert stable_name(name) == stable


def test_of_two_with_one_name_the_running_one_counts() -> None:
    one = {"Id": "a" * 64, "Names": ["/0123456789ab_web"], "State": "exited", "Image": "old"}
    two = {"Id": "b" * 64, "Names": ["/web"], "State": "running", "Image": "new"}
    for order in ([one, two], [two, one]):
        (listed,) = parse_containers(json.dumps(order).encode(), "docker")
        assert listed.row.image == "new"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b"[{}]", b'[{"Id":"a","Names":[]}]', b"[" * 100_000, b"null"]
)
def test_odd_answers(body: bytes) -> None:
    assert parse_containers(body, "docker") == []


def test_asking_over_a_socket(tmp_path: Path) -> None:
    with listening(tmp_path / "run/docker.sock", b"HTTP/1.1 200 OK", answer("docker")) as path:
        host = Host("/proc", "/sys", str(tmp_path))
        assert sockets(host) == {path: "docker"}
        assert len(ask(path, "docker")) == 5
        assert sockets(host, (path, "/nowhere")) == {path: "docker"}


@pytest.mark.parametrize("head", [b"HTTP/1.1 500 Oh", b"SSH-2.0"])
def test_one_that_answers_otherwise(tmp_path: Path, head: bytes) -> None:
    with listening(tmp_path / "sock", head, b"[]") as path, pytest.raises(OSError, match="answer"):
        ask(path, "docker")


def test_nobody_there(tmp_path: Path) -> None:
    assert sockets(Host("/proc", "/sys", str(tmp_path))) == {}
    with pytest.raises(FileNotFoundError):
        ask(str(tmp_path / "sock"), "docker")

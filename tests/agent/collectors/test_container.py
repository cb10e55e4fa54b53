"""Containers of recorded hosts: their runtime answers at a socket, their groups lie in the tree."""

import shutil
from pathlib import Path

from homelab_agent.collectors.container import ContainerCollector
from homelab_agent.contract import Container
from homelab_agent.host import Host
from homelab_agent.workers import Workers

from tests.agent.standin_socket import listening

FIXTURES = Path(__file__).parents[2] / "fixtures"


def tree(machine: str, tmp_path: Path) -> Host:
    for part in ("proc", "sys"):
        shutil.copytree(FIXTURES / "hosts" / machine / part, tmp_path / part, symlinks=True)
    return Host(str(tmp_path / "proc"), str(tmp_path / "sys"), str(tmp_path))


def collect(machine: str, tmp_path: Path, socket: str) -> dict[str, Container]:
    host = tree(machine, tmp_path)
    body = (FIXTURES / "containers" / f"{machine}.json").read_bytes()
    with listening(tmp_path / socket, b"HTTP/1.1 200 OK", body):
        rows = ContainerCollector(Workers()).collect(host)
    host.close()
    return {row.name: row for row in rows}


def test_docker(tmp_path: Path) -> None:
    rows = collect("docker", tmp_path, "run/docker.sock")
    assert list(rows) == ["jellyfin", "immich", "node-exporter", "backup", "flaky"]
    jellyfin = rows["jellyfin"]
    assert jellyfin.memory_bytes == 104857600 - 4096
    assert (jellyfin.rx_bytes, jellyfin.tx_bytes) == (4_711_000, 9_422_000)
    assert (jellyfin.read_bytes, jellyfin.written_bytes) == (90430465, 299008002)
    assert jellyfin.memory_limit_bytes is None
    assert rows["immich"].memory_limit_bytes == 268435456
    # Not of this tree, and one that ended: what is known of them stays.
    assert rows["node-exporter"].memory_bytes is None
    assert (rows["backup"].state, rows["backup"].memory_bytes) == ("exited", None)


def test_docker_with_its_own_driver(tmp_path: Path) -> None:
    (web,) = collect("raspberrypi", tmp_path, "run/docker.sock").values()
    assert (web.name, web.memory_bytes, web.rx_bytes) == ("web.1", None, 901_000)


def test_podman_of_a_user(tmp_path: Path) -> None:
    rows = collect("laptop", tmp_path, "run/user/1000/podman/podman.sock")
    assert rows["pihole"].runtime == "podman"
    assert rows["pihole"].memory_bytes == 20971520 - 4096


def test_a_host_without_a_runtime(tmp_path: Path) -> None:
    assert ContainerCollector(Workers()).collect(tree("nas", tmp_path)) == []


def test_the_share_of_the_processors_since_the_cycle_before(tmp_path: Path) -> None:
    host = tree("docker", tmp_path)
    collector = ContainerCollector(Workers())
    group = tmp_path / f"sys/fs/cgroup/system.slice/docker-{'a' * 64}.scope"
    body = (FIXTURES / "containers/docker.json").read_bytes()
    with listening(tmp_path / "run/docker.sock", b"HTTP/1.1 200 OK", body):
        assert collector.collect(host)[0].cpu_percent is None
        # Four processors, ten seconds: a quarter of 40.
        (group / "cpu.stat").write_text("usage_usec 15000000\n")
        uptime = float((tmp_path / "proc/uptime").read_text().split()[0])
        (tmp_path / "proc/uptime").write_text(f"{uptime + 10:.2f} 1.00\n")
        assert round(collector.collect(host)[0].cpu_percent or 0, 6) == 25
    host.close()


def test_one_that_ends_is_looked_for_again(tmp_path: Path) -> None:
    host = tree("docker", tmp_path)
    collector = ContainerCollector(Workers())
    group = tmp_path / f"sys/fs/cgroup/system.slice/docker-{'a' * 64}.scope"
    body = (FIXTURES / "containers/docker.json").read_bytes()
    with listening(tmp_path / "run/docker.sock", b"HTTP/1.1 200 OK", body):
        assert collector.collect(host)[0].memory_bytes
        away = group.rename(tmp_path / "away")
        host.forget(str(group))
        assert collector.collect(host)[0].memory_bytes is None
        away.rename(group)
        assert collector.collect(host)[0].memory_bytes
    host.close()

"""Units, from what systemctl writes: of systemd 247 (Debian 11), 252 and 257."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors.systemd_unit import (
    SystemdUnitCollector,
    ask,
    parse_failed,
    parse_units,
)
from homelab_agent.contract import SystemdUnit
from homelab_agent.contract.systemd_unit import severity
from homelab_agent.host import Host
from homelab_agent.workers import Workers

FAILED = b"""\
certbot.service            loaded failed failed Certbot
smartd.service             loaded failed failed Self Monitoring and Reporting Technology Daemon
mnt-old\\x20disk.mount     loaded failed failed /mnt/old disk
"""
SHOWN = """\
NRestarts=3
Id=nginx.service
Description=A high performance web server and a reverse proxy server
LoadState=loaded
ActiveState=active
SubState=running
ControlGroup={group}

Id=mnt-old\\x20disk.mount
Description=/mnt/old disk
LoadState=loaded
ActiveState=failed
SubState=failed
ControlGroup=

Id=no-such.service
Description=no-such.service
LoadState=not-found
ActiveState=inactive
SubState=dead
"""


def systemctl(folder: Path, group: str = "/system.slice/nginx.service") -> None:
    (folder / "failed").write_bytes(FAILED)
    (folder / "shown").write_text(SHOWN.format(group=group))
    program = folder / "systemctl"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {folder}/asked\n'
        f'case "$2" in list-units) cat {folder}/failed ;; show) cat {folder}/shown ;; esac\n'
    )
    program.chmod(0o755)


@pytest.fixture(autouse=True)
def _only_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def test_failed_ones() -> None:
    assert parse_failed(FAILED) == ["certbot.service", "smartd.service", "mnt-old\\x20disk.mount"]
    assert parse_failed(b"") == []
    assert parse_failed(b"--help.service a b c\n") == []


def test_shown_ones() -> None:
    nginx, mount = parse_units(SHOWN.format(group="/system.slice/nginx.service").encode())
    assert nginx.row == SystemdUnit(
        "nginx.service",
        "active",
        "running",
        "A high performance web server and a reverse proxy server",
        restarts=3,
    )
    assert nginx.control_group == "/system.slice/nginx.service"
    assert (mount.row.state, mount.row.restarts, mount.control_group) == ("failed", None, "")


@pytest.mark.parametrize("text", [b"", b"\n\n\n", b"Id=\n", b"a=b\n"])
def test_none(text: bytes) -> None:
    assert parse_units(text) == []


@pytest.mark.parametrize("group", ["/", "/../../etc", "relative"])
def test_groups_that_are_none(group: str) -> None:
    assert parse_units(SHOWN.format(group=group).encode())[0].control_group == ""


def test_the_watched_and_the_failed_are_shown_at_once(tmp_path: Path) -> None:
    systemctl(tmp_path)
    assert len(ask(("nginx.service",))) == 2
    assert (
        (tmp_path / "asked")
        .read_text()
        .splitlines()[1]
        .endswith("-- nginx.service certbot.service smartd.service mnt-old\\x20disk.mount")
    )


def test_nothing_failed_and_nothing_watched(tmp_path: Path) -> None:
    systemctl(tmp_path)
    (tmp_path / "failed").write_text("")
    assert ask(()) == []
    assert len((tmp_path / "asked").read_text().splitlines()) == 1


def test_what_a_unit_uses(tmp_path: Path) -> None:
    systemctl(tmp_path)
    group = tmp_path / "sys/fs/cgroup/system.slice/nginx.service"
    group.mkdir(parents=True)
    (group / "cpu.stat").write_text("usage_usec 1\n")
    (group / "memory.current").write_text("8192\n")
    collector = SystemdUnitCollector(Workers(), ("nginx",))
    rows = {row.name: row for row in collector.collect(Host("/proc", str(tmp_path / "sys")))}
    assert rows["nginx.service"].memory_bytes == 8192
    assert rows["mnt-old\\x20disk.mount"].memory_bytes is None


def test_a_host_without_systemd_and_another_root(tmp_path: Path) -> None:
    systemctl(tmp_path)
    (tmp_path / "systemctl").write_text("#!/bin/sh\nexit 1\n")
    assert SystemdUnitCollector(Workers()).collect(Host()) == []
    assert SystemdUnitCollector(Workers()).collect(Host(proc=str(tmp_path))) == []


@pytest.mark.parametrize(
    "row, bad",
    [
        (SystemdUnit("a.service", "active", "running"), None),
        (SystemdUnit("a.service", "inactive", "dead"), None),
        (SystemdUnit("a.service", "activating", "auto-restart"), "warning"),
        (SystemdUnit("a.service", "failed", "failed"), "warning"),
    ],
)
def test_what_is_bad_for_the_host(row: SystemdUnit, bad: str | None) -> None:
    assert severity(row) == bad

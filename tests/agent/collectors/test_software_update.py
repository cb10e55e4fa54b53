"""Updates, as package managers write them: apt as one answered, its packages by hand; by format."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors.software_update import (
    SoftwareUpdateCollector,
    ask,
    parse_apk,
    parse_apt,
    parse_dnf,
    parse_pacman,
    reboot_due,
)
from homelab_agent.contract import SoftwareUpdate
from homelab_agent.host import Host
from homelab_agent.workers import Workers

APT = b"""\
Reading package lists...
Building dependency tree...
The following NEW packages will be installed:
  linux-image-6.1.0-41-amd64
The following packages will be upgraded:
  libssl3 linux-image-amd64 tzdata
Inst libssl3 [3.0.15-1~deb12u1] (3.0.17-1~deb12u3 Debian-Security:12/stable-security [amd64])
Inst linux-image-6.1.0-41-amd64 (6.1.158-1 Debian-Security:12/oldstable-security [amd64])
Inst tzdata [2024b-0+deb12u1] (2025b-0+deb12u2 Debian:12.12/oldstable [all])
Conf libssl3 (3.0.17-1~deb12u3 Debian-Security:12/stable-security [amd64])
Conf tzdata (2025b-0+deb12u2 Debian:12.12/oldstable [all])
"""
DNF = b"""\

kernel.x86_64                        6.14.5-300.fc42                  updates
vim-common.x86_64                    2:9.1.1385-1.fc42                updates
Obsoleting Packages
grub2-tools.x86_64                   1:2.12-29.fc42                   updates
    grub2-tools.x86_64               1:2.12-28.fc42                   @updates
"""
PACMAN = b"linux 6.14.5.arch1-1 -> 6.14.6.arch1-1\nvim 9.1.1-1 -> 9.1.2-1 [ignored]\n"
APK = b"Installed:                                Available:\nmusl-1.2.5-r0    < 1.2.5-r1\n"


@pytest.mark.parametrize(
    "counted, expected",
    [
        (parse_apt(APT), (3, 2)),
        (parse_apt(b"Reading package lists...\n"), (0, 0)),
        (parse_dnf(DNF), (2, None)),
        (parse_dnf(b""), (0, None)),
        (parse_pacman(PACMAN), (1, None)),
        (parse_apk(APK), (1, None)),
    ],
)
def test_what_managers_write(
    counted: tuple[int, int | None], expected: tuple[int, int | None]
) -> None:
    assert counted == expected


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that go before the machine's own."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def program(folder: Path, name: str, text: bytes, code: int = 0) -> None:
    (folder / f"{name}.txt").write_bytes(text)
    (folder / name).write_text(f"#!/bin/sh\ncat {folder}/{name}.txt\nexit {code}\n")
    (folder / name).chmod(0o755)


def test_apt_is_asked(programs: Path) -> None:
    program(programs, "apt-get", APT)
    assert ask() == [SoftwareUpdate("apt", 3, 2)]
    (row,) = SoftwareUpdateCollector(Workers(), 0).collect(Host(root=str(programs)))
    assert row == SoftwareUpdate("apt", 3, 2, reboot_due=False)


def test_a_host_that_starts_is_left_in_peace(programs: Path) -> None:
    program(programs, "apt-get", APT)
    assert SoftwareUpdateCollector(Workers()).collect(Host(root=str(programs))) == []


def test_dnf_says_by_its_code_that_there_are_some(programs: Path) -> None:
    program(programs, "apt-get", b"E: broken\n", 100)
    program(programs, "dnf", DNF, 100)
    assert ask() == [SoftwareUpdate("dnf", 2)]


def test_another_root_is_not_asked(programs: Path) -> None:
    program(programs, "apt-get", APT)
    assert SoftwareUpdateCollector(Workers(), 0).collect(Host(proc=str(programs))) == []


@pytest.mark.parametrize(
    "manager, kernels, due",
    [
        ("pacman", ["6.14.5-arch1-1", "extramodules"], False),
        ("pacman", ["6.14.6-arch1-1"], True),
        ("apt", ["6.14.6-arch1-1"], False),  # keeps the modules of the kernel that runs
        ("apk", [], False),  # a container, or a kernel without modules
    ],
)
def test_a_kernel_that_was_replaced(
    tmp_path: Path, manager: str, kernels: list[str], due: bool
) -> None:
    (tmp_path / "sys/kernel").mkdir(parents=True)
    (tmp_path / "sys/kernel/osrelease").write_text("6.14.5-arch1-1\n")
    for kernel in kernels:
        (tmp_path / "lib/modules" / kernel).mkdir(parents=True)
    assert reboot_due(Host(proc=str(tmp_path), root=str(tmp_path)), manager) is due


def test_debian_says_it_itself(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/reboot-required").touch()
    assert reboot_due(Host(root=str(tmp_path)), "apt")

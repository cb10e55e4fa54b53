"""Whole cycles over the recorded trees."""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from homelab_agent.about import read_about, read_addresses
from homelab_agent.collectors.filesystem import FilesystemCollector, Probe
from homelab_agent.collectors.host import HostCollector
from homelab_agent.collectors.network_interface import NetworkInterfaceCollector, external
from homelab_agent.contract import Filesystem
from homelab_agent.heartbeat import Composer, Stamp, encode
from homelab_agent.host import Host
from homelab_agent.mounts import Selection, parse_mountinfo
from homelab_agent.runner import Runner
from homelab_agent.workers import Workers

HOSTS = Path(__file__).parent.parent / "fixtures/hosts"
MACHINES = ("laptop", "nas", "docker", "container", "raspberrypi")
STATVFS = os.statvfs_result((4096, 4096, 10_000, 4_000, 3_500, 1_000, 900, 900, 0, 255))


def recorded(machine: str) -> Host:
    folder = HOSTS / machine
    return Host(str(folder / "proc"), str(folder / "sys"), str(folder / "root"))


def answering(machine: str) -> Callable[[str], Probe]:
    """What statvfs would say there: every mount answers, as the device that it is."""
    table = (HOSTS / machine / "proc/1/mountinfo").read_bytes()
    root = str(HOSTS / machine / "root")
    numbers = {
        root + mount.mount_point.decode(): mount.device_number for mount in parse_mountinfo(table)
    }

    def ask(path: str) -> Probe:
        number = numbers[path]
        assert number is not None
        return Probe(number, is_folder=True, numbers=STATVFS)

    return ask


def collector(machine: str) -> FilesystemCollector:
    return FilesystemCollector(Workers(), Selection(), ask=answering(machine))


def filesystems(machine: str) -> dict[str, Filesystem]:
    return {row.mount_point: row for row in collector(machine).collect(recorded(machine))}


@pytest.mark.parametrize(
    "machine, mount_points",
    [
        ("laptop", ["/", "/boot", "/boot/efi", "/media/me/Archive 2019"]),
        (
            "nas",
            [
                *("/", "/boot/efi", "/mnt/a", "/mnt/b", "/mnt/usb\\disk", "/tank"),
                *("/tank/media", "/tank/my backups", "/var/log"),
            ],
        ),
        ("docker", ["/", "/boot/efi", "/srv"]),
        ("container", ["/data"]),
        ("raspberrypi", ["/", "/boot/firmware", "/mnt/nas", "/mnt/share"]),
    ],
)
def test_filesystems(machine: str, mount_points: list[str]) -> None:
    assert list(filesystems(machine)) == mount_points


def test_what_the_rows_say() -> None:
    assert filesystems("laptop")["/"].device == "/dev/mapper/luks-3f0e"
    nas = filesystems("nas")
    assert nas["/tank/my backups"].read_only
    assert not nas["/tank/media"].read_only
    assert (nas["/mnt/a"].device, nas["/mnt/b"].device) == (
        "/dev/mapper/one-data",
        "/dev/mapper/two-data",
    )
    assert filesystems("raspberrypi")["/mnt/nas"].device == "192.168.1.10:/tank/media"


@pytest.mark.parametrize(
    "machine, kinds",
    [
        (
            "laptop",
            {"physical": 1, "wireless": 1, "bridge": 1, "tun": 1, "wireguard": 1},
        ),
        ("nas", {"physical": 2, "bond": 1, "vlan": 1, "bridge": 1, "tap": 1}),
        ("docker", {"physical": 1, "bridge": 5, "veth": 40}),
        ("container", {"veth": 1}),
        ("raspberrypi", {"physical": 1, "wireless": 1}),
    ],
)
def test_interfaces(machine: str, kinds: dict[str, int]) -> None:
    rows = NetworkInterfaceCollector().collect(recorded(machine))
    assert Counter(row.kind for row in rows) == kinds


def test_what_interfaces_say() -> None:
    laptop = {r.name: r for r in NetworkInterfaceCollector().collect(recorded("laptop"))}
    assert {name: row.is_up for name, row in laptop.items()} == {
        "enp0s31f6": False,
        "wlp0s20f3": True,
        "virbr0": False,
        "tailscale0": True,
        "wg0": True,
    }
    nas = NetworkInterfaceCollector().collect(recorded("nas"))
    assert [row.name for row in external(nas)] == ["eno1", "eno2"]
    assert nas[0].rx_bytes == 9 * 10**12
    assert nas[0].speed_bits_per_second == 10 * 10**9
    assert nas[-1].rx_errors == nas[-1].tx_dropped == 3


@pytest.mark.parametrize(
    "machine, model, cores, distribution, addresses",
    [
        ("laptop", "11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz", 8, "Fedora Linux", 2),
        ("nas", "Intel(R) Xeon(R) E-2224 CPU @ 3.40GHz", 4, "Debian GNU/Linux", 2),
        ("docker", "Intel(R) N100", 4, "Ubuntu", 2),
        ("container", "Intel(R) N100", 4, "Alpine Linux", 1),
        ("raspberrypi", "Raspberry Pi 4 Model B Rev 1.4", 4, "Debian GNU/Linux", 1),
    ],
)
def test_who_they_are(
    machine: str, model: str, cores: int, distribution: str, addresses: int
) -> None:
    host = recorded(machine)
    about = read_about(host)
    assert about.hostname == machine
    assert (about.cpu_info.cpu_model, about.cpu_info.cpu_cores) == (model, cores)
    assert about.os_info.distribution == distribution
    assert len(read_addresses(host)) == addresses


@pytest.mark.parametrize("machine", MACHINES)
def test_a_heartbeat_of_each(machine: str) -> None:
    host = recorded(machine)
    collectors = (HostCollector(), collector(machine), NetworkInterfaceCollector())
    runner = Runner(host, collectors)
    composer = Composer(host, collectors, server_id=None, server_guid=None, interval_seconds=10)
    cycle = runner.cycle()
    assert cycle.well, cycle.reports
    heartbeat = json.loads(encode(composer.compose(cycle, Stamp(0, 1))))
    assert heartbeat["server_id"] == machine
    # Half of it is in use, of which ZFS would give back 10.6 of 31 GiB.
    in_use = 15.9 if machine == "nas" else 50
    assert heartbeat["metrics"]["memory_percent"] == pytest.approx(in_use, abs=0.1)
    assert len(encode(heartbeat)) < 16_000
    host.close()

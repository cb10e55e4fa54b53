"""Block devices, from texts, recorded hosts and this machine."""

from pathlib import Path

import pytest
from homelab_agent.collectors.disk import DiskCollector, parse_diskstats
from homelab_agent.contract import Disk
from homelab_agent.host import MAX_INTEGER, Host

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"
LINE = b"   8       0 sda 10 2 800 45 20 98 1600 23 0 1234 280 0 0 0 0 5 6\n"


def collect(machine: str) -> list[str]:
    host = Host(str(HOSTS / machine / "proc"), str(HOSTS / machine / "sys"))
    return [disk.name for disk in DiskCollector().collect(host)]


def test_a_line() -> None:
    assert parse_diskstats(LINE) == [
        Disk("sda", 800 * 512, 1600 * 512, reads=10, writes=20, busy_seconds=1.234)
    ]


@pytest.mark.parametrize("fields", [14, 18, 20, 13])
def test_kernels_of_any_age(fields: int) -> None:
    line = b" ".join((LINE.split() + [b"7"] * 10)[:fields])
    assert parse_diskstats(line)[0].busy_seconds == 1.234


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"8 0 sda 1 2 3",
        LINE.replace(b"800", b"-800"),
        LINE.replace(b"800", b"8e2"),
        LINE.replace(b"sda", b"loop0"),
        LINE.replace(b"sda", b"dm-0"),
        b"8 0 sdx 0 0 0 0 0 0 0 0 0 0 0\n",  # a card reader without a card
    ],
)
def test_what_is_left_out(line: bytes) -> None:
    assert parse_diskstats(line) == []


def test_counters_at_their_maximum() -> None:
    (disk,) = parse_diskstats(b"8 0 sda" + b" 18446744073709551615" * 11)
    assert disk.reads == MAX_INTEGER
    assert 0 <= disk.read_bytes <= MAX_INTEGER


def test_recorded_hosts() -> None:
    assert collect("laptop") == ["nvme0n1"]
    assert collect("nas") == ["sda", "sdb", "sdc", "sdd", "sde", "sdf"]
    assert collect("raspberrypi") == ["mmcblk0"]
    assert collect("container") == []


def test_without_sysfs_names_tell_partitions(tmp_path: Path) -> None:
    names = ["sda", "sda1", "nvme0n1", "nvme0n1p2", "mmcblk0", "mmcblk0p1", "vdb", "vdb3", "md0"]
    (tmp_path / "diskstats").write_bytes(
        b"".join(LINE.replace(b"sda", name.encode()) for name in names)
    )
    found = DiskCollector().collect(Host(str(tmp_path), str(tmp_path / "none")))
    assert [disk.name for disk in found] == ["sda", "nvme0n1", "mmcblk0", "vdb", "md0"]


def test_the_kernels_other_file_agrees_on_this_machine() -> None:
    for disk in DiskCollector().collect(Host()):
        words = Path(f"/sys/block/{disk.name}/stat").read_text(encoding="ascii").split()
        assert disk.reads <= int(words[0])
        assert disk.read_bytes <= 512 * int(words[2])
        assert disk.written_bytes <= 512 * int(words[6])
        assert 512 * int(words[2]) - disk.read_bytes < 1 << 30

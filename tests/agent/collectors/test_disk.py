"""Block devices, from texts, recorded hosts and this machine."""

from pathlib import Path

import pytest
from homelab_agent.collectors.disk import DiskCollector, parse_diskstats
from homelab_agent.contract import Disk
from homelab_agent.host import MAX_INTEGER, Host

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"
LINE = b"   8       0 sda 10 2 800 45 20 98 1600 23 0 1234 280 0 0 0 0 5 6\n"


def collect(machine: str) -> list[Disk]:
    host = Host(str(HOSTS / machine / "proc"), str(HOSTS / machine / "sys"))
    return DiskCollector().collect(host)


def test_a_line() -> None:
    disk = Disk(
        "sda",
        800 * 512,
        1600 * 512,
        reads=10,
        writes=20,
        busy_seconds=1.234,
        queued_seconds=0.28,
    )
    assert parse_diskstats(LINE) == [(disk, 0.068)]


@pytest.mark.parametrize("fields", [14, 18, 20, 13])
def test_kernels_of_any_age(fields: int) -> None:
    line = b" ".join((LINE.split() + [b"7"] * 10)[:fields])
    assert parse_diskstats(line)[0][0].busy_seconds == 1.234


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"8 0 sda 1 2 3",
        LINE.replace(b"800", b"-800"),
        LINE.replace(b"800", b"8e2"),
        LINE.replace(b"sda", b"loop0"),
        LINE.replace(b"sda", b"zram0"),
        b"8 0 sdx 0 0 0 0 0 0 0 0 0 0 0\n",  # a card reader without a card
    ],
)
def test_what_is_left_out(line: bytes) -> None:
    assert parse_diskstats(line) == []


def test_counters_at_their_maximum() -> None:
    ((disk, _),) = parse_diskstats(b"8 0 sda" + b" 18446744073709551615" * 11)
    assert disk.reads == MAX_INTEGER
    assert 0 <= disk.read_bytes <= MAX_INTEGER


def test_recorded_hosts() -> None:
    assert {disk.name: disk.kind for disk in collect("laptop")} == {
        "nvme0n1": "disk",
        "luks-3f0e": "crypt",
    }
    assert [disk.name for disk in collect("nas")] == ["sda", "sdb", "sdc", "sdd", "sde", "sdf"]
    assert {disk.name: disk.kind for disk in collect("docker")} == {
        "sda": "disk",
        "sdb": "disk",
        "md0": "md",
        "pve-root": "lvm",
        "pve-vm--100--disk--0": "lvm",
    }
    assert collect("container") == []


def test_what_is_known_of_a_device() -> None:
    (card,) = collect("raspberrypi")
    assert (card.name, card.model, card.size_bytes) == ("mmcblk0", "SC64G", 1953525168 * 512)
    assert collect("laptop")[0].model == "SAMSUNG MZVL21T0HCLR-00B00"


def test_what_an_operation_took_since_the_sample_before(tmp_path: Path) -> None:
    collector = DiskCollector()

    def after(line: bytes) -> float | None:
        (tmp_path / "diskstats").write_bytes(line)
        return collector.collect(Host(str(tmp_path), str(tmp_path / "none")))[0].await_seconds

    assert after(LINE) is None
    # Ten reads more, 95 ms more.
    assert after(LINE.replace(b"10 2 800 45", b"20 2 800 140")) == pytest.approx(0.0095)
    assert after(LINE.replace(b"10 2 800 45", b"20 2 800 140")) is None
    assert after(LINE) is None


def test_without_sysfs_names_tell_partitions(tmp_path: Path) -> None:
    names = ["sda", "sda1", "nvme0n1", "nvme0n1p2", "mmcblk0", "mmcblk0p1", "vdb", "vdb3", "md0"]
    (tmp_path / "diskstats").write_bytes(
        b"".join(LINE.replace(b"sda", name.encode()) for name in names)
    )
    found = DiskCollector().collect(Host(str(tmp_path), str(tmp_path / "none")))
    assert [disk.name for disk in found] == ["sda", "nvme0n1", "mmcblk0", "vdb", "md0"]


def test_the_kernels_other_file_agrees_on_this_machine() -> None:
    for disk in DiskCollector().collect(Host()):
        if disk.kind != "disk":
            continue
        words = Path(f"/sys/block/{disk.name}/stat").read_text(encoding="ascii").split()
        assert disk.reads <= int(words[0])
        assert disk.read_bytes <= 512 * int(words[2])
        assert disk.written_bytes <= 512 * int(words[6])
        assert 512 * int(words[2]) - disk.read_bytes < 1 << 30

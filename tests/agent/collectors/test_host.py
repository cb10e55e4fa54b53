"""The host's row, from texts; this machine's own files are the oracle below."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors.host import (
    HostCollector,
    parse_arcstats,
    parse_meminfo,
    parse_numbers,
    parse_pressure,
    parse_stat,
    parse_vmstat,
    with_cpu,
    with_memory,
    with_pressure,
    with_sums,
)
from homelab_agent.contract import Filesystem, HostMetrics, NetworkInterface
from homelab_agent.host import Host

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"
KIB = 1024


def test_shares_of_the_processor_between_two_readings() -> None:
    before, _ = parse_stat(b"cpu  100 0 50 800 50 0 0 0 0 0\n")
    now, switches = parse_stat(b"cpu  130 10 60 830 60 5 5 10 0 0\ncpu0 1 1 1 1\nctxt 987654\n")
    row = with_cpu(HostMetrics(), before, now)
    # 110 ticks went by: user 30 and nice 10, system 10 and interrupts 10, iowait 10, steal 10.
    assert row.cpu_user_percent == pytest.approx(100 * 40 / 110)
    assert row.cpu_system_percent == pytest.approx(100 * 20 / 110)
    assert row.cpu_iowait_percent == pytest.approx(100 * 10 / 110)
    assert row.cpu_steal_percent == pytest.approx(100 * 10 / 110)
    assert row.cpu_percent == pytest.approx(100 * 70 / 110)
    assert switches == 987654


def test_iowait_that_falls_is_no_negative_share() -> None:
    before, _ = parse_stat(b"cpu  100 0 50 800 50 0 0 0\n")
    now, _ = parse_stat(b"cpu  110 0 50 850 40 0 0 0\n")
    assert with_cpu(HostMetrics(), before, now).cpu_iowait_percent == 0


def test_a_first_reading_and_one_of_no_time_say_nothing() -> None:
    times, _ = parse_stat(b"cpu  1 2 3 4 5 6 7 8\n")
    assert with_cpu(HostMetrics(), None, times).cpu_percent is None
    assert with_cpu(HostMetrics(), times, times).cpu_percent is None


@pytest.mark.parametrize("text", [b"", b"cpu", b"cpu 1 2\n", b"cpu  a b c d\n", b"\xff\x00"])
def test_a_stat_that_is_none(text: bytes) -> None:
    assert parse_stat(text) == (None, None)


def test_memory() -> None:
    fields = parse_meminfo(
        b"MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n"
        b"Buffers:          20 kB\nCached:          300 kB\nSwapTotal:       200 kB\n"
        b"SwapFree:        150 kB\nHugePages_Total:       3\nodd\nMore: x kB\n"
    )
    assert len(fields) == 7
    row = with_memory(HostMetrics(), fields)
    assert row.memory_total_bytes == 1000 * KIB
    assert row.memory_used_bytes == 400 * KIB
    assert row.memory_available_bytes == 600 * KIB
    assert row.memory_percent == 40
    assert (row.memory_cached_bytes, row.memory_buffers_bytes) == (300 * KIB, 20 * KIB)
    assert (row.swap_total_bytes, row.swap_used_bytes) == (200 * KIB, 50 * KIB)
    assert row.swap_percent == 25


def test_memory_of_a_kernel_that_estimates_nothing() -> None:
    text = b"MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 20 kB\nCached: 300 kB\n"
    row = with_memory(HostMetrics(), parse_meminfo(text))
    assert row.memory_available_bytes == 420 * KIB
    assert row.swap_total_bytes is None


def test_the_cache_of_zfs_is_not_in_use() -> None:
    fields = parse_meminfo(b"MemTotal: 1000 kB\nMemAvailable: 300 kB\nShmem: 5 kB\nDirty: 7 kB\n")
    row = with_memory(HostMetrics(), fields, (500 * KIB, 400 * KIB))
    assert row.memory_used_bytes == 300 * KIB
    assert row.memory_available_bytes == 700 * KIB
    assert row.memory_percent == 30
    assert row.memory_arc_bytes == 500 * KIB
    assert (row.memory_shared_bytes, row.memory_dirty_bytes) == (5 * KIB, 7 * KIB)


@pytest.mark.parametrize(
    "text, held",
    [
        (
            b"c_min                           4    100\nsize                            4    400\n",
            (400, 300),
        ),
        (b"size 4 400\n", (400, 0)),
        (b"size 4 100\nc_min 4 400\n", (100, 0)),
        (b"size 4 -1\n", (0, 0)),
        (b"", (0, 0)),
    ],
)
def test_arcstats(text: bytes, held: tuple[int, int]) -> None:
    assert parse_arcstats(text) == held


def test_pressure_is_the_share_of_the_time_between_two_readings() -> None:
    text = b"some avg10=0.18 avg60=0.34 avg300=0.10 total=1000000\nfull avg10=0.00 total=20\n"
    assert parse_pressure(text) == {"some": 1_000_000, "full": 20}
    assert parse_pressure(b"some avg10=1.0 total=x\nfull\n\nelse total=1\n") == {}
    name = "pressure_io_some_percent"
    row = with_pressure(HostMetrics(), {name: 1_000_000}, {name: 3_500_000}, 10)
    assert row.pressure_io_some_percent == 25
    assert row.pressure_io_full_percent is None
    assert (
        with_pressure(HostMetrics(), {name: 0}, {name: 10**9}, 10).pressure_io_some_percent == 100
    )
    assert with_pressure(HostMetrics(), {name: 5}, {name: 0}, 10).pressure_io_some_percent == 0
    assert with_pressure(HostMetrics(), {name: 5}, {name: 9}, 0) == HostMetrics()


def test_pressure_of_a_host(tmp_path: Path) -> None:
    (tmp_path / "pressure").mkdir()
    collector = HostCollector()

    def after(uptime: str, stalled: int) -> HostMetrics:
        (tmp_path / "uptime").write_text(f"{uptime} 1.0\n")
        (tmp_path / "pressure/cpu").write_text(f"some total={stalled}\nfull total={stalled}\n")
        return collector.collect(Host(str(tmp_path)))[0]

    assert after("100.00", 0).pressure_cpu_some_percent is None
    row = after("110.00", 1_000_000)
    assert row.pressure_cpu_some_percent == 10
    assert row.pressure_memory_some_percent is None


def test_vmstat() -> None:
    text = b"pgpgin 5\npswpin 12\npswpout 34\noom_kill 2\nzswpout 8\npswpodd x\n"
    assert parse_vmstat(text) == {b"pswpin": 12, b"pswpout": 34, b"oom_kill": 2}
    assert parse_vmstat(b"") == {}


def test_recorded_hosts() -> None:
    def read(machine: str) -> HostMetrics:
        (row,) = HostCollector().collect(Host(str(HOSTS / machine / "proc")))
        return row

    nas = read("nas")
    assert nas.memory_arc_bytes == 12_482_912_000
    assert nas.memory_available_bytes == 32_768_000 * KIB // 2 + 12_482_912_000 - 1_048_576_000
    laptop = read("laptop")
    assert (laptop.oom_kills, laptop.memory_arc_bytes) == (1, None)
    assert laptop.swap_out_bytes == 35045 * os.sysconf("SC_PAGE_SIZE")
    raspberry = read("raspberrypi")
    assert (raspberry.oom_kills, raspberry.swap_in_bytes) == (None, 0)


def test_numbers() -> None:
    assert parse_numbers(b"0.16 0.42 0.41 1/98 123", 3) == [0.16, 0.42, 0.41]
    assert parse_numbers(b"nan inf -1", 3) == [None, None, None]
    assert parse_numbers(b"1.2.3", 1) == [None]
    assert parse_numbers(b"", 2) == [None, None]


def test_missing_files_leave_their_values_out(tmp_path: Path) -> None:
    assert HostCollector().collect(Host(str(tmp_path))) == [HostMetrics()]


def test_sums_for_older_readers() -> None:
    root = Filesystem("/", "/dev/a", "ext4", 10**12, 4 * 10**11, 6 * 10**11, 40.0)
    wired = NetworkInterface("eth0", 5, 6, 1, 1, is_up=True, kind="physical")
    bridge = NetworkInterface("br0", 100, 100, 1, 1, is_up=True, kind="bridge")
    row = with_sums(HostMetrics(), [root], [wired, bridge])
    assert (row.disk_percent, row.disk_total_gb, row.disk_used_gb) == (40.0, 1000.0, 400.0)
    assert (row.network_rx_bytes, row.network_tx_bytes) == (5, 6)
    assert with_sums(HostMetrics(), [], []) == HostMetrics()


def test_this_machines_own_numbers() -> None:
    (row,) = HostCollector().collect(Host())
    assert row.memory_total_bytes == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert row.load_1m is not None
    assert row.load_1m == pytest.approx(os.getloadavg()[0], abs=0.5)
    assert row.uptime_seconds
    assert row.process_count
    assert row.context_switches

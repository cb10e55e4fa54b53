"""The host's row, from texts; this machine's own files are the oracle below."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors.host import (
    HostCollector,
    parse_meminfo,
    parse_numbers,
    parse_stat,
    with_cpu,
    with_memory,
    with_sums,
)
from homelab_agent.contract import Filesystem, HostMetrics, NetworkInterface
from homelab_agent.host import Host

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

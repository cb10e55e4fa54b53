"""The host as a whole: processor, memory, load, uptime and processes, from procfs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from homelab_agent.collectors.network_interface import external
from homelab_agent.contract import HOST, Filesystem, HostMetrics, NetworkInterface
from homelab_agent.contract.host import share_in_use
from homelab_agent.host import MAX_INTEGER, Host

_BYTES_PER_GIGABYTE = 1_000_000_000
_MEMINFO = frozenset(
    (
        *(b"MemTotal", b"MemFree", b"MemAvailable", b"Buffers", b"Cached", b"SwapTotal"),
        *(b"SwapFree", b"Dirty", b"Shmem"),
    )
)
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class CpuTimes:
    """Ticks since boot, by what they went to; guest time is part of user."""

    user: int
    system: int
    iowait: int
    steal: int
    total: int
    busy: int


class HostCollector:
    """One row; the processor's shares are those since the cycle before."""

    family = HOST

    def __init__(self) -> None:
        self._before: CpuTimes | None = None
        self._stalls_before: tuple[float, dict[str, int]] | None = None

    def collect(self, host: Host) -> list[HostMetrics]:
        """Read the host's files; a value whose file is missing or odd is None."""
        times, switches = parse_stat(_text(host, "stat"))
        load = parse_numbers(_text(host, "loadavg"), 3)
        uptime = parse_numbers(_text(host, "uptime"), 1)
        row = HostMetrics(
            load_1m=load[0],
            load_5m=load[1],
            load_15m=load[2],
            uptime_seconds=uptime[0],
            process_count=_process_count(host),
            context_switches=switches,
        )
        row = with_cpu(row, self._before, times)
        self._before = times
        memory = parse_meminfo(_text(host, "meminfo"))
        row = with_memory(row, memory, parse_arcstats(_text(host, "spl/kstat/zfs/arcstats")))
        row = with_vmstat(row, parse_vmstat(_text(host, "vmstat")))
        return [self._with_pressure(row, host)]

    def _with_pressure(self, row: HostMetrics, host: Host) -> HostMetrics:
        stalls = {
            f"pressure_{resource}_{kind}_percent": microseconds
            for resource in ("cpu", "memory", "io")
            for kind, microseconds in parse_pressure(_text(host, f"pressure/{resource}")).items()
            # That all wait for a processor at once has no meaning for a whole host.
            if (resource, kind) != ("cpu", "full")
        }
        before = self._stalls_before
        self._stalls_before = (row.uptime_seconds or 0, stalls)
        if before is None or row.uptime_seconds is None:
            return row
        return with_pressure(row, before[1], stalls, row.uptime_seconds - before[0])


def parse_stat(text: bytes) -> tuple[CpuTimes | None, int | None]:
    """The `cpu` line of /proc/stat and the count of context switches, each None without."""
    times = None
    switches = None
    # The interrupt line alone can be longer than all that is wanted.
    for line in text.split(b"\n"):
        if line.startswith(b"cpu "):
            times = parse_cpu_times(line)
        elif line.startswith(b"ctxt "):
            field = line[5:].strip()
            switches = int(field) & MAX_INTEGER if _is_number(field) else None
    return times, switches


def parse_cpu_times(line: bytes) -> CpuTimes | None:
    """A `cpu` line of /proc/stat: user nice system idle iowait irq softirq steal, and guests."""
    fields = line.split()[1:9]
    if len(fields) < 4 or not all(_is_number(field) for field in fields):
        return None
    values = [int(field) for field in fields] + [0] * (8 - len(fields))
    user, nice, system, idle, iowait, irq, softirq, steal = values
    total = sum(values)
    return CpuTimes(
        user=user + nice,
        system=system + irq + softirq,
        iowait=iowait,
        steal=steal,
        total=total,
        busy=total - idle - iowait,
    )


def parse_meminfo(text: bytes) -> dict[bytes, int]:
    """The wanted fields of /proc/meminfo in bytes; lines that are none are left out."""
    fields = {}
    for line in text.split(b"\n"):
        name, _, rest = line.partition(b":")
        if name not in _MEMINFO:
            continue
        words = rest.split()
        if words and _is_number(words[0]):
            fields[name] = min(int(words[0]) * 1024, MAX_INTEGER)
            if len(fields) == len(_MEMINFO):
                break
    return fields


def parse_arcstats(text: bytes) -> tuple[int, int]:
    """The bytes that ZFS's cache holds, and how many of them it would give back; (0, 0) without.

    It shrinks to `c_min`, and the kernel's MemAvailable knows nothing of it.
    """
    values = {}
    for line in text.split(b"\n"):
        words = line.split()
        if len(words) == 3 and words[0] in {b"size", b"c_min"} and _is_number(words[2]):
            values[words[0]] = min(int(words[2]), MAX_INTEGER)
    size = values.get(b"size", 0)
    return size, max(size - values.get(b"c_min", size), 0)


def parse_vmstat(text: bytes) -> dict[bytes, int]:
    """What /proc/vmstat counts of swapping, in pages, and of killing for memory."""
    found = {}
    for line in text.split(b"\n"):
        if line.startswith((b"pswp", b"oom_kill")):
            name, _, value = line.partition(b" ")
            if _is_number(value):
                found[name] = int(value)
    return found


def parse_pressure(text: bytes) -> dict[str, int]:
    """The microseconds stalled since boot of a file of /proc/pressure, by `some` and `full`.

    `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`
    """
    stalled = {}
    for line in text.split(b"\n"):
        kind, _, rest = line.partition(b" ")
        total = rest.rpartition(b"total=")[2].strip()
        if kind in {b"some", b"full"} and _is_number(total):
            stalled[kind.decode()] = int(total)
    return stalled


def parse_numbers(text: bytes, count: int) -> list[float | None]:
    """The first `count` words as decimal numbers of 0 and more, None for each that is none."""
    words = text.split()[:count]
    numbers: list[float | None] = [
        float(word) if _is_number(word.replace(b".", b"", 1)) else None for word in words
    ]
    return numbers + [None] * (count - len(numbers))


def with_cpu(row: HostMetrics, before: CpuTimes | None, now: CpuTimes | None) -> HostMetrics:
    """The row with the shares of processor time between two readings, if there are two."""
    if before is None or now is None or now.total <= before.total:
        return row
    elapsed = now.total - before.total

    def share(since: int, until: int) -> float:
        # iowait may fall, as the kernel's documentation warns.
        return min(max(100 * (until - since) / elapsed, 0.0), 100.0)

    return replace(
        row,
        cpu_percent=share(before.busy, now.busy),
        cpu_user_percent=share(before.user, now.user),
        cpu_system_percent=share(before.system, now.system),
        cpu_iowait_percent=share(before.iowait, now.iowait),
        cpu_steal_percent=share(before.steal, now.steal),
    )


def with_pressure(
    row: HostMetrics, before: dict[str, int], now: dict[str, int], elapsed_seconds: float
) -> HostMetrics:
    """The row with the shares of the time that was lost; both readings by field."""
    if elapsed_seconds <= 0:
        return row
    shares: dict[str, Any] = {
        name: min(max((now[name] - before[name]) / elapsed_seconds / 10_000, 0.0), 100.0)
        for name in now.keys() & before.keys()
    }
    return replace(row, **shares) if shares else row


def with_vmstat(row: HostMetrics, counts: dict[bytes, int]) -> HostMetrics:
    """The row with what was swapped and killed since boot."""
    if not counts:
        return row

    def count(name: bytes, unit: int = 1) -> int | None:
        return counts[name] * unit & MAX_INTEGER if name in counts else None

    return replace(
        row,
        swap_in_bytes=count(b"pswpin", _PAGE_BYTES),
        swap_out_bytes=count(b"pswpout", _PAGE_BYTES),
        oom_kills=count(b"oom_kill"),
    )


def with_memory(
    row: HostMetrics, fields: dict[bytes, int], arc: tuple[int, int] = (0, 0)
) -> HostMetrics:
    """The row with memory and swap: in use is what programs could not get without swapping.

    arc: the bytes that ZFS's cache holds, and those of them that it would give back
    """
    total = fields.get(b"MemTotal")
    free = fields.get(b"MemFree", 0)
    buffers = fields.get(b"Buffers")
    cached = fields.get(b"Cached")
    # Kernels before 3.14 do not estimate what is available.
    available = fields.get(b"MemAvailable", free + (buffers or 0) + (cached or 0))
    if total:
        available = min(available + arc[1], total)
        row = replace(
            row,
            memory_total_bytes=total,
            memory_used_bytes=total - available,
            memory_available_bytes=available,
            memory_cached_bytes=cached,
            memory_buffers_bytes=buffers,
            memory_percent=share_in_use(total - available, total),
            memory_arc_bytes=arc[0] or None,
            memory_shared_bytes=fields.get(b"Shmem"),
            memory_dirty_bytes=fields.get(b"Dirty"),
        )
    swap_total = fields.get(b"SwapTotal")
    if swap_total is not None:
        swap_used = max(swap_total - fields.get(b"SwapFree", 0), 0)
        row = replace(
            row,
            swap_total_bytes=swap_total,
            swap_used_bytes=swap_used,
            swap_percent=share_in_use(swap_used, swap_total),
        )
    return row


def with_sums(
    row: HostMetrics, filesystems: list[Filesystem], interfaces: list[NetworkInterface]
) -> HostMetrics:
    """The row with what older readers look for in it: the root mount and the network's sums."""
    root = next((fs for fs in filesystems if fs.mount_point == "/" and fs.state == "ok"), None)
    if root is not None:
        row = replace(
            row,
            disk_percent=root.percent,
            disk_total_gb=root.total_bytes / _BYTES_PER_GIGABYTE,
            disk_used_gb=root.used_bytes / _BYTES_PER_GIGABYTE,
        )
    if interfaces:
        summed = external(interfaces)
        row = replace(
            row,
            network_rx_bytes=sum(one.rx_bytes for one in summed) & MAX_INTEGER,
            network_tx_bytes=sum(one.tx_bytes for one in summed) & MAX_INTEGER,
        )
    return row


def _process_count(host: Host) -> int | None:
    try:
        return sum(name.isdecimal() for name in os.listdir(host.proc)) or None
    except OSError:
        return None


def _text(host: Host, name: str) -> bytes:
    try:
        return host.read_again(host.proc_path(name))
    except OSError:
        return b""


def _is_number(word: bytes) -> bool:
    # bytes.isdigit() knows ASCII alone; 20 digits hold every unsigned 64-bit integer.
    return word.isdigit() and len(word) <= 20

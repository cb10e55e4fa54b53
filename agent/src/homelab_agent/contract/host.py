"""The family `host`: one row for the host as a whole, the heartbeat's `metrics`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import Derivation, counter, family, gauge


def share_in_use(used_bytes: int, total_bytes: int) -> float:
    """The percent in use; none of nothing."""
    return 100 * used_bytes / total_bytes if total_bytes else 0.0


@dataclass(frozen=True)
class HostMetrics:
    """Processor, memory, load and uptime of a host."""

    cpu_percent: Annotated[float | None, gauge(1, "percent")] = None
    cpu_user_percent: Annotated[float | None, gauge(2, "percent")] = None
    cpu_system_percent: Annotated[float | None, gauge(3, "percent")] = None
    cpu_iowait_percent: Annotated[float | None, gauge(4, "percent")] = None
    cpu_steal_percent: Annotated[float | None, gauge(5, "percent")] = None
    memory_total_bytes: Annotated[int | None, gauge(6, "bytes")] = None
    memory_used_bytes: Annotated[int | None, gauge(7, "bytes")] = None
    memory_available_bytes: Annotated[
        int | None, gauge(8, "bytes", complement="memory_used_bytes")
    ] = None
    memory_cached_bytes: Annotated[int | None, gauge(9, "bytes")] = None
    memory_buffers_bytes: Annotated[int | None, gauge(10, "bytes")] = None
    memory_percent: Annotated[
        float | None,
        gauge(
            11,
            "percent",
            derive=Derivation(share_in_use, ("memory_used_bytes", "memory_total_bytes")),
        ),
    ] = None
    swap_total_bytes: Annotated[int | None, gauge(12, "bytes")] = None
    swap_used_bytes: Annotated[int | None, gauge(13, "bytes")] = None
    swap_percent: Annotated[
        float | None,
        gauge(
            14,
            "percent",
            derive=Derivation(share_in_use, ("swap_used_bytes", "swap_total_bytes")),
        ),
    ] = None
    load_1m: Annotated[float | None, gauge(15, "processes")] = None
    load_5m: Annotated[float | None, gauge(16, "processes")] = None
    load_15m: Annotated[float | None, gauge(17, "processes")] = None
    uptime_seconds: Annotated[float | None, gauge(18, "seconds")] = None
    process_count: Annotated[int | None, gauge(19, "processes")] = None
    context_switches: Annotated[int | None, counter(20, "switches")] = None
    # The root mount and the sum over the interfaces, for readers from before the families.
    disk_percent: Annotated[float | None, gauge(21, "percent")] = None
    disk_total_gb: Annotated[float | None, gauge(22, "gigabytes")] = None
    disk_used_gb: Annotated[float | None, gauge(23, "gigabytes")] = None
    network_rx_bytes: Annotated[int | None, counter(24, "bytes")] = None
    network_tx_bytes: Annotated[int | None, counter(25, "bytes")] = None
    # The share of the time in which some, or all, of what wanted to run waited for the resource.
    pressure_cpu_some_percent: Annotated[float | None, gauge(26, "percent")] = None
    pressure_memory_some_percent: Annotated[float | None, gauge(27, "percent")] = None
    pressure_memory_full_percent: Annotated[float | None, gauge(28, "percent")] = None
    pressure_io_some_percent: Annotated[float | None, gauge(29, "percent")] = None
    pressure_io_full_percent: Annotated[float | None, gauge(30, "percent")] = None
    # ZFS's cache; what it would give back counts as available.
    memory_arc_bytes: Annotated[int | None, gauge(31, "bytes")] = None
    memory_shared_bytes: Annotated[int | None, gauge(32, "bytes")] = None
    memory_dirty_bytes: Annotated[int | None, gauge(33, "bytes")] = None
    swap_in_bytes: Annotated[int | None, counter(34, "bytes")] = None
    swap_out_bytes: Annotated[int | None, counter(35, "bytes")] = None
    oom_kills: Annotated[int | None, counter(36, "processes")] = None


HOST = family(HostMetrics, name="host", payload="metrics", table="metrics", index="idx_metrics")

"""What a declaration promises: units, and numbers that are for ever."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from homelab_agent.contract import FAMILIES, Family, Role
from homelab_agent.contract.base import counter, family, gauge, key, label, state
from homelab_agent.contract.filesystem import used_percent

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)

BASE_UNITS = {
    *("bytes", "seconds", "percent", "celsius", "packets", "operations", "inodes"),
    *("processes", "switches", "bits_per_second"),
    *("devices", "errors", "restarts", "packages", "sectors"),
    *("watts", "volts", "hertz", "cycles"),
    "rpm",  # as fans are sold, and as the kernel counts them
    "gigabytes",  # of disk_total_gb and disk_used_gb, which older readers expect
}

# Sealed history knows a field by its number: a line here is never changed and never taken away.
NUMBERS = {
    "filesystem": {
        1: "device",
        2: "fs_type",
        3: "total_bytes",
        4: "used_bytes",
        5: "available_bytes",
        6: "percent",
        7: "inodes_total",
        8: "inodes_used",
        9: "read_only",
        10: "state",
    },
    "network_interface": {
        1: "rx_bytes",
        2: "tx_bytes",
        3: "rx_packets",
        4: "tx_packets",
        5: "is_up",
        6: "rx_errors",
        7: "tx_errors",
        8: "rx_dropped",
        9: "tx_dropped",
        10: "speed_bits_per_second",
        11: "operstate",
        12: "kind",
    },
    "host": {
        1: "cpu_percent",
        2: "cpu_user_percent",
        3: "cpu_system_percent",
        4: "cpu_iowait_percent",
        5: "cpu_steal_percent",
        6: "memory_total_bytes",
        7: "memory_used_bytes",
        8: "memory_available_bytes",
        9: "memory_cached_bytes",
        10: "memory_buffers_bytes",
        11: "memory_percent",
        12: "swap_total_bytes",
        13: "swap_used_bytes",
        14: "swap_percent",
        15: "load_1m",
        16: "load_5m",
        17: "load_15m",
        18: "uptime_seconds",
        19: "process_count",
        20: "context_switches",
        21: "disk_percent",
        22: "disk_total_gb",
        23: "disk_used_gb",
        24: "network_rx_bytes",
        25: "network_tx_bytes",
        26: "pressure_cpu_some_percent",
        27: "pressure_memory_some_percent",
        28: "pressure_memory_full_percent",
        29: "pressure_io_some_percent",
        30: "pressure_io_full_percent",
        31: "memory_arc_bytes",
        32: "memory_shared_bytes",
        33: "memory_dirty_bytes",
        34: "swap_in_bytes",
        35: "swap_out_bytes",
        36: "oom_kills",
    },
    "temperature": {1: "celsius", 2: "critical_celsius"},
    "disk": {
        1: "read_bytes",
        2: "written_bytes",
        3: "reads",
        4: "writes",
        5: "busy_seconds",
        6: "queued_seconds",
        7: "await_seconds",
        8: "kind",
        9: "model",
        10: "size_bytes",
    },
    "processor": {1: "percent"},
    "fan": {1: "rpm"},
    "container": {
        1: "image",
        2: "runtime",
        3: "project",
        4: "state",
        5: "health",
        6: "cpu_percent",
        7: "memory_bytes",
        8: "memory_limit_bytes",
        9: "rx_bytes",
        10: "tx_bytes",
        11: "read_bytes",
        12: "written_bytes",
    },
    "systemd_unit": {
        1: "state",
        2: "substate",
        3: "description",
        4: "restarts",
        5: "cpu_percent",
        6: "memory_bytes",
    },
    "software_update": {1: "waiting", 2: "security", 3: "reboot_due"},
    "smart": {
        1: "device",
        2: "state",
        3: "power_on_seconds",
        4: "wear_percent",
        5: "reallocated_sectors",
        6: "pending_sectors",
        7: "uncorrectable_errors",
        8: "interface_errors",
        9: "spare_percent",
        10: "celsius",
    },
    "battery": {
        1: "state",
        2: "percent",
        3: "power_watts",
        4: "remaining_seconds",
        5: "health_percent",
        6: "cycles",
    },
    "ups": {
        1: "state",
        2: "model",
        3: "charge_percent",
        4: "runtime_seconds",
        5: "load_percent",
        6: "power_watts",
        7: "input_volts",
        8: "replace_battery",
    },
    "gpu": {
        1: "busy_percent",
        2: "memory_used_bytes",
        3: "memory_total_bytes",
        4: "power_watts",
        5: "frequency_hertz",
    },
    "process": {1: "processes", 2: "cpu_percent", 3: "memory_bytes"},
    "raid": {
        1: "kind",
        2: "state",
        3: "activity",
        4: "progress_percent",
        5: "devices",
        6: "devices_missing",
        7: "errors",
        8: "total_bytes",
        9: "used_bytes",
        10: "scrubbed_at_seconds",
    },
}


@each_family
def test_numbers_are_for_ever(family: Family) -> None:
    assert {field.spec.number: field.name for field in family.values} == NUMBERS[family.name]


@each_family
def test_units_are_base_units(family: Family) -> None:
    for field in family.fields:
        measured = field.role in {Role.GAUGE, Role.COUNTER}
        assert (field.spec.unit in BASE_UNITS) if measured else field.spec.unit == ""


@each_family
def test_what_follows_from_others_names_them(family: Family) -> None:
    for field in family.fields:
        if field.spec.derive:
            inputs = [family.field(name) for name in field.spec.derive.inputs]
            assert all(one.type in {int, float} for one in inputs)


def test_percent_is_that_of_df() -> None:
    assert used_percent(400, 550) == pytest.approx(42.105, abs=0.001)
    assert used_percent(0, 0) == 0


def test_a_declaration_that_contradicts_itself_is_refused() -> None:
    @dataclass(frozen=True)
    class Twice:
        name: Annotated[str, key(max_length=5)]
        one: Annotated[int, gauge(1, "bytes")]
        two: Annotated[int, counter(1, "bytes")]

    @dataclass(frozen=True)
    class Unsaid:
        name: Annotated[str, key(max_length=5)]
        one: int

    @dataclass(frozen=True)
    class Uncounted:
        name: Annotated[str, label(1, max_length=5)]
        one: Annotated[Literal["on", "off"], state(2, counts="up")]

    for row, message in (
        (Twice, "needs a number of its own"),
        (Unsaid, "annotate it with"),
        (Uncounted, "counts='up' is none of"),
    ):
        with pytest.raises(TypeError, match=message):
            family(row, name="x", payload="xs", table="x_metrics", index="idx_x")

"""Workload "home" as the chunks engine's columns, and as heartbeats.

Two kinds of value of the model have no family yet: temperatures and a disk's totals. They stand in
fields of `host` of the same kind, so that a heartbeat has its 68 values. What follows from others
(available bytes, percent) and labels are there as on a real host, and are not counted as values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from homelab_agent.contract import FILESYSTEM, HOST, NETWORK_INTERFACE, Family
from homelab_agent.contract.filesystem import used_percent
from homelab_cmd.history.chunks.layout import column_id
from homelab_cmd.history.chunks.samples import Samples, SeriesName, SeriesSamples
from homelab_cmd.history.interface import Column
from homelab_cmd.history.rollup import dtype_of

from benchmarks.generate import Host, Values

BOOT_ID = "9d3d1d5c-6f0a-4a0e-8d6c-3c1a6f0e2b11"

_STAND_INS = {
    "temperature_cpu_celsius": "cpu_percent",
    "temperature_nvme_celsius": "disk_percent",
    "disk_read_bytes": "network_rx_bytes",
    "disk_write_bytes": "network_tx_bytes",
}


def samples_of(host: Host, server_key: int, part: slice, interval_ms: int) -> Samples:
    """A part of a host's samples, with every field that the model knows."""
    time_ms = host.time_ms[part]
    count = len(time_ms)
    series = {
        ("host", ""): _series(HOST, _host(host, part)),
        **{
            _name(FILESYSTEM, key): _series(FILESYSTEM, _filesystem(columns, part, place))
            for place, (key, columns) in enumerate(host.filesystems.items())
        },
        **{
            _name(NETWORK_INTERFACE, key): _series(NETWORK_INTERFACE, _interface(columns, part))
            for key, columns in host.interfaces.items()
        },
    }
    return Samples(
        server_key,
        time_ms,
        Column(np.arange(count) + (part.start or 0)),
        np.zeros(count, np.int64),
        np.full(count, interval_ms),
        [BOOT_ID],
        series,
    )


def _name(family: Family, key: str) -> SeriesName:
    return family.name, key


def _series(family: Family, values: dict[str, Any]) -> SeriesSamples:
    columns = {
        column_id(family.field(name)): Column(column.astype(dtype_of(family.field(name).type)))
        for name, column in values.items()
    }
    return SeriesSamples(np.arange(len(next(iter(values.values())))), columns)


def _host(host: Host, part: slice) -> dict[str, Values]:
    return {_STAND_INS.get(name, name): values[part] for name, values in host.host.items()}


def _filesystem(columns: dict[str, Values], part: slice, place: int) -> dict[str, Any]:
    total, used = columns["total_bytes"][part], columns["used_bytes"][part]
    available = total - used
    count = len(total)
    return {
        "device": np.full(count, f"/dev/nvme0n1p{place + 1}", object),
        "fs_type": np.full(count, "ext4", object),
        "total_bytes": total,
        "used_bytes": used,
        "available_bytes": available,
        "percent": np.array(
            [
                used_percent(*pair)
                for pair in zip(
                    used.astype(int).tolist(), available.astype(int).tolist(), strict=True
                )
            ]
        ),
        "inodes_used": columns["inodes_used"][part],
        "read_only": np.zeros(count, bool),
        "state": np.full(count, "ok", object),
    }


def _interface(columns: dict[str, Values], part: slice) -> dict[str, Any]:
    count = len(columns["rx_bytes"][part])
    return {
        **{name: values[part] for name, values in columns.items()},
        "is_up": np.ones(count, bool),
        "operstate": np.full(count, "up", object),
        "kind": np.full(count, "physical", object),
    }

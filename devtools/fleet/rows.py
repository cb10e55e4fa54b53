"""The rows that a host reports of its families, as columns over many times at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from homelab_agent.contract.filesystem import used_percent
from numpy.typing import NDArray

from devtools.fleet.course import (
    DAY,
    LOCAL_OFFSET,
    MONDAY,
    Times,
    Values,
    activity,
    noise,
    rarely,
    seed_of,
    since_each,
    total,
)
from devtools.fleet.machine import Drive, Link, Machine, Space
from devtools.fleet.presence import boots

Row = dict[str, Any]
Columns = Mapping[str, Any]  # arrays over the times, or one value for all of them
_BLOCK = 4_096
_TICKS = 20 * 60  # what fills a disk is written now and then, not at every sample


class Course:
    """A host over some times, which ascend.

    origin: the start of an hour before everything, from which totals are counted
    began:  when the fleet began to live
    """

    def __init__(self, machine: Machine, times: Times, origin: int, began: int) -> None:
        self.machine, self.times, self.origin, self.began = machine, times, origin, began
        self.booted = boots(machine, times)
        busy = activity(times, machine.pattern) * 1.6 + 0.25
        wander = 0.25 * noise(times, self._seed("cpu"), 1_800) + 0.18 * noise(
            times, self._seed("cpu now"), 60
        )
        work = machine.cpu * busy * np.exp(wander)
        work += 35 * rarely(times, self._seed("peak"), 300, 0.012)
        self.cpu = np.clip(work, 0.2, 100)

    def _seed(self, *words: object) -> int:
        return seed_of(self.machine.id, *words)

    def rows(self) -> Iterator[tuple[str, list[Row | None]]]:
        """`(payload field, the row at each time)`; one pair for each series."""
        yield "metrics", _rows(self._host(), len(self.times))
        for space in self.machine.spaces:
            yield "filesystems", _rows(self._space(space), len(self.times))
        for link in self.machine.links:
            rows = _rows(self._link(link), len(self.times))
            if link.gone_days is not None:
                until = self.began - link.gone_days * DAY
                rows = [
                    row if at < until else None for row, at in zip(rows, self.times, strict=True)
                ]
            yield "network_interfaces", rows
        for drive in self.machine.drives:
            yield "disks", _rows(self._drive(drive), len(self.times))
        for sensor in self.machine.sensors:
            # A room is warmest in the afternoon.
            room = 2.5 * np.sin(2 * np.pi * (self.times % DAY / DAY - 0.4))
            slow = noise(self.times, self._seed(sensor.name), 600)
            celsius = np.round(sensor.idle + room + sensor.busy * self.cpu / 100 + slow)
            columns: dict[str, Any] = {"sensor": sensor.name, "celsius": celsius}
            if sensor.critical is not None:
                columns["critical_celsius"] = sensor.critical
            yield "temperatures", _rows(columns, len(self.times))
        for name, rpm in self.machine.fans:
            speed = rpm * (0.85 + self.cpu / 250) + 8 * noise(self.times, self._seed(name), 60)
            columns = {"sensor": name, "rpm": np.maximum(speed, 0).astype(np.int64)}
            yield "fans", _rows(columns, len(self.times))
        if self.machine.shows_processors:
            for number in range(self.machine.cores):
                own = 0.5 * noise(self.times, self._seed("processor", number), 120)
                percent = np.round(np.clip(self.cpu * np.exp(own), 0, 100), 2)
                columns = {"name": str(number), "percent": percent}
                yield "processors", _rows(columns, len(self.times))

    def _host(self) -> Columns:
        machine, cpu, times = self.machine, self.cpu, self.times
        waiting = np.clip(cpu * machine.io_wait, 0, None)
        load = machine.cores * (cpu + waiting) / 100
        memory = self._memory()
        columns: dict[str, Any] = {
            "cpu_percent": np.round(cpu, 2),
            "cpu_user_percent": np.round(cpu * 0.66, 2),
            "cpu_system_percent": np.round(cpu * 0.27, 2),
            "cpu_iowait_percent": np.round(np.minimum(waiting, 100 - cpu), 2),
            "cpu_steal_percent": np.round(cpu * machine.steal, 2),
            **memory,
            "load_1m": np.round(load * np.exp(0.3 * noise(times, self._seed("1m"), 60)), 2),
            "load_5m": np.round(load * np.exp(0.15 * noise(times, self._seed("5m"), 300)), 2),
            "load_15m": np.round(load * np.exp(0.08 * noise(times, self._seed("15m"), 900)), 2),
            "uptime_seconds": times - self.booted + 0.5,
            "process_count": (
                machine.processes * (1 + 0.04 * noise(times, self._seed("processes"), 900))
            ).astype(np.int64),
            "context_switches": self._counted("switches", 900.0 * machine.cores * 10),
            "pressure_cpu_some_percent": np.round(np.clip(cpu - 45, 0, None) * 0.4, 2),
            "pressure_io_some_percent": np.round(np.minimum(waiting * 1.3, 100), 2),
        }
        return columns

    def _memory(self) -> Columns:
        machine, times = self.machine, self.times
        share = machine.memory_share + 0.06 * activity(times, machine.pattern)
        share = share + 0.015 * noise(times, self._seed("memory"), 1_800)
        if machine.leak_days is not None:
            # It grows until somebody, or the kernel, starts it anew.
            since = since_each(times, machine.leak_days, self._seed("leak"))
            share = (
                share + (0.92 - machine.memory_share) * (times - since) / machine.leak_days / DAY
            )
        used = _blocks(machine.memory * np.clip(share, 0.03, 0.97))
        columns: dict[str, Any] = {
            "memory_total_bytes": machine.memory,
            "memory_used_bytes": used,
            "memory_available_bytes": machine.memory - used,
            "memory_cached_bytes": _blocks((machine.memory - used) * 0.7),
            "memory_buffers_bytes": int(machine.memory * 0.012) // _BLOCK * _BLOCK,
            "memory_percent": 100 * used / machine.memory,
        }
        if machine.swap:
            swapped = machine.swap_share * (1 + 0.1 * noise(times, self._seed("swap"), 7_200))
            used = _blocks(machine.swap * np.clip(swapped, 0, 1))
            columns |= {
                "swap_total_bytes": machine.swap,
                "swap_used_bytes": used,
                "swap_percent": 100 * used / machine.swap,
            }
        return columns

    def _space(self, space: Space) -> Columns:
        ticks = self.times // _TICKS * _TICKS
        bytes_used = space.size * space.share + space.per_day * (ticks - self.began) / DAY
        if not space.read_only:
            swing = min(0.002, 20 * (1 << 20) / space.size) if space.per_day else 0.0015
            bytes_used = bytes_used + space.size * swing * noise(
                ticks, self._seed(space.mount), _TICKS
            )
        if space.nightly:
            week = (ticks + LOCAL_OFFSET - MONDAY) % (7 * DAY) // DAY
            bytes_used = bytes_used + space.size * space.nightly * week
        if space.ring:
            bytes_used = bytes_used + space.size * space.ring * (ticks % (DAY // 2) / DAY * 2 - 0.5)
        if space.jump is not None:
            days, by = space.jump
            bytes_used = bytes_used - space.size * by * (ticks < self.began - days * DAY)
        usable = space.size * (1 - space.reserved)
        used = _blocks(np.clip(bytes_used, 0, usable))
        free = np.maximum(_blocks(np.full(len(used), usable)) - used, 0)
        if space.read_only and space.share == 1:
            used, free = np.full(len(used), space.size), np.zeros(len(used), np.int64)
        columns: dict[str, Any] = {
            "mount_point": space.mount,
            "device": space.device,
            "fs_type": space.fs_type,
            "total_bytes": space.size,
            "used_bytes": used,
            "available_bytes": free,
            "percent": [
                used_percent(*pair) for pair in zip(used.tolist(), free.tolist(), strict=True)
            ],
            "read_only": space.read_only,
        }
        if space.inode_share is not None:
            inodes = max(space.size // 16_384, 1_000)
            columns["inodes_total"] = inodes
            columns["inodes_used"] = (
                inodes * space.inode_share * (0.9 + 0.1 * used / space.size)
            ).astype(np.int64)
        if space.state != "ok":
            gone = self.times >= self.began - space.since_days * DAY
            columns["state"] = np.where(gone, space.state, "ok")
            if space.state == "stale":
                columns["available_bytes"] = np.where(gone, 0, free)
        return columns

    def _link(self, link: Link) -> Columns:
        times, since = self.times, self.booted
        name: Any = link.name
        if link.lives_days is not None:
            born = since_each(times, link.lives_days, self._seed(link.name))
            since = np.maximum(since, born)
            # A name that says nothing, like those that containers are given.
            name = np.array(
                [f"veth{seed_of(self.machine.id, link.name, b):08x}" for b in born.tolist()]
            )
        up = np.full(len(times), link.operstate != "down")
        if link.flaps:
            up &= ~rarely(times, self._seed(link.name, "flap"), 1_800, link.flaps)
        rx = self._counted(f"{link.name}/rx", link.rx, link, since)
        tx = self._counted(f"{link.name}/tx", link.tx, link, since)
        packets_in, packets_out = rx // 840, tx // 610
        if link.narrow:
            rx, tx = rx % 2**32, tx % 2**32
        columns: dict[str, Any] = {
            "name": name,
            "rx_bytes": rx,
            "tx_bytes": tx,
            "rx_packets": packets_in,
            "tx_packets": packets_out,
            "is_up": up,
            "rx_errors": (packets_in * link.errors / 1e6).astype(np.int64),
            "tx_errors": 0,
            "rx_dropped": (packets_in * link.errors / 4e6).astype(np.int64),
            "tx_dropped": 0,
            "operstate": np.where(up, link.operstate, "down"),
            "kind": link.kind,
        }
        if link.speed is not None and link.operstate != "down":
            columns["speed_bits_per_second"] = link.speed
        return columns

    def _drive(self, drive: Drive) -> Columns:
        read = self._counted(f"{drive.name}/read", drive.read, drive) // 512 * 512
        written = self._counted(f"{drive.name}/written", drive.written, drive) // 512 * 512
        busy_seconds = np.round((read + 2 * written) / 1.5e8, 2)
        return {
            "name": drive.name,
            "read_bytes": read,
            "written_bytes": written,
            "reads": read // 45_000,
            "writes": written // 30_000,
            "busy_seconds": busy_seconds,
            "queued_seconds": np.round(1.6 * busy_seconds, 2),
            "kind": "md" if drive.name.startswith("md") else "disk",
        }

    def _counted(
        self,
        what: str,
        per_second: float,
        of: Link | Drive | None = None,
        since: Times | None = None,
    ) -> Times:
        """A counter in whole numbers that began with the boot, or since."""
        pattern = self.machine.pattern if of is None else of.pattern
        seed, began = self._seed(what), self.booted if since is None else since
        starts, places = np.unique(np.maximum(began, self.origin), return_inverse=True)
        now = total(self.times, self.origin, pattern, seed, per_second)
        return (now - total(starts, self.origin, pattern, seed, per_second)[places]).astype(
            np.int64
        )


def _blocks(size: Values) -> NDArray[np.int64]:
    blocks: NDArray[np.int64] = np.asarray(size, np.int64) // _BLOCK * _BLOCK
    return blocks


def _rows(columns: Columns, count: int) -> list[Row | None]:
    names = list(columns)
    lists = [
        value.tolist()
        if isinstance(value, np.ndarray)
        else value
        if isinstance(value, list)
        else [value] * count
        for value in columns.values()
    ]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]

"""Containers: which there are by their runtime's socket, what they use by their control groups.

The runtimes' own numbers take them one to two seconds for each container; the kernel's files say
the same in microseconds. Why it is so: docs/decisions.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from homelab_agent import cgroup
from homelab_agent.collectors.network_interface import parse_net_dev
from homelab_agent.collectors.shares import Shares
from homelab_agent.contract import CONTAINER, Container
from homelab_agent.host import MAX_INTEGER, Host
from homelab_agent.runtimes import Listed, ask, sockets
from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers

# Podman's service is started by being asked, and ends after it: not too often.
EVERY_SECONDS = {"docker": 30.0, "podman": 120.0}


class ContainerCollector:
    """Every container of every runtime whose socket this agent may use."""

    family = CONTAINER

    def __init__(self, workers: Workers, named: tuple[str, ...] = ()) -> None:
        self._workers = workers
        self._named = named
        self._sockets: Seldom[dict[str, str]] = Seldom(
            "sockets of containers", workers, EVERY_SECONDS["docker"], {}
        )
        self._lists: dict[str, Seldom[list[Listed]]] = {}
        self._groups: dict[str, str] = {}
        self._limits: dict[str, int | None] = {}
        self._processes: dict[str, int] = {}
        self._shares = Shares()
        self._latest: list[list[Listed]] = []
        self._renewed = False

    def collect(self, host: Host) -> list[Container]:
        """The containers that were listed last, with what they use now."""
        listed = self._listed(host)
        running = [one for one in listed if one.row.state in {"running", "paused"}]
        if self._renewed and any(one.id not in self._groups for one in running):
            self._find_groups(host, {one.id for one in running})
        self._shares.begin(host)
        return [self._with_usage(host, one) for one in listed]

    def _listed(self, host: Host) -> list[Listed]:
        found: dict[str, Listed] = {}
        latest = []
        for path, runtime in self._sockets.latest(partial(sockets, host, self._named)).items():
            if path not in self._lists:
                every_seconds = EVERY_SECONDS[runtime]
                self._lists[path] = Seldom(path, self._workers, every_seconds, [])
            latest.append(self._lists[path].latest(partial(ask, path, runtime)))
            for one in latest[-1]:
                found.setdefault(one.row.name, one)
        # A group that is not found is looked for once a listing: it may be of the other version.
        self._renewed = [id(one) for one in latest] != [id(one) for one in self._latest]
        self._latest = latest
        return list(found.values())

    def _find_groups(self, host: Host, wanted: set[str]) -> None:
        for gone in self._groups.keys() - wanted:
            host.forget(self._groups[gone])
        found = cgroup.containers(host)
        self._groups = {one: found[one] for one in wanted & found.keys()}
        self._limits = {
            one: cgroup.memory_limit(host, folder) for one, folder in self._groups.items()
        }
        self._processes.clear()

    def _with_usage(self, host: Host, one: Listed) -> Container:
        folder = self._groups.get(one.id)
        if folder is None:
            return one.row
        try:
            usage = cgroup.read_usage(host, folder)
        except OSError:
            # It ended, or began anew, since it was listed.
            host.forget(folder)
            del self._groups[one.id]
            for listing in self._lists.values():
                listing.hurry()
            return one.row
        received, sent = self._traffic(host, one, folder)
        return replace(
            one.row,
            cpu_percent=self._shares.percent(one.id, usage.cpu_microseconds),
            memory_bytes=usage.memory_bytes,
            memory_limit_bytes=self._limits.get(one.id),
            rx_bytes=received,
            tx_bytes=sent,
            read_bytes=usage.read_bytes,
            written_bytes=usage.written_bytes,
        )

    def _traffic(self, host: Host, one: Listed, folder: str) -> tuple[int | None, int | None]:
        """What went through the interfaces of the container's network namespace."""
        if not one.has_network:
            return None, None
        process = self._processes.get(one.id) or cgroup.first_process(host, folder)
        if process is None:
            return None, None
        # A file kept open would keep the namespace, and with it a dead container's veth.
        text = _read(host, host.proc_path(f"{process}/net/dev"))
        if not text:
            self._processes.pop(one.id, None)
            return None, None
        self._processes[one.id] = process
        counters = parse_net_dev(text)[0].values()
        received = sum(values[0] for values in counters)
        return received & MAX_INTEGER, sum(values[8] for values in counters) & MAX_INTEGER


def _read(host: Host, path: str) -> bytes:
    try:
        return host.read(path)
    except OSError:
        return b""

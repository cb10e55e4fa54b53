"""The collectors, one per family, in the order in which they run.

To add one, follow docs/adding-a-metric.md: a module here and a line in `every_collector`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from homelab_agent.collectors.battery import BatteryCollector
from homelab_agent.collectors.container import ContainerCollector
from homelab_agent.collectors.disk import DiskCollector
from homelab_agent.collectors.fan import FanCollector
from homelab_agent.collectors.filesystem import FilesystemCollector
from homelab_agent.collectors.gpu import GpuCollector
from homelab_agent.collectors.host import HostCollector
from homelab_agent.collectors.network_interface import NetworkInterfaceCollector
from homelab_agent.collectors.process import ProcessCollector
from homelab_agent.collectors.processor import ProcessorCollector
from homelab_agent.collectors.raid import RaidCollector
from homelab_agent.collectors.smart import SmartCollector
from homelab_agent.collectors.software_update import SoftwareUpdateCollector
from homelab_agent.collectors.systemd_unit import SystemdUnitCollector
from homelab_agent.collectors.temperature import TemperatureCollector
from homelab_agent.collectors.ups import UpsCollector
from homelab_agent.contract import Family
from homelab_agent.host import Host
from homelab_agent.mounts import Selection
from homelab_agent.workers import Workers


class Collector(Protocol):
    """Reads the rows of one family. What it needs from cycle to cycle it keeps itself."""

    @property
    def family(self) -> Family:
        """The family whose rows it makes."""

    def collect(self, host: Host) -> Sequence[Any]:
        """The family's rows, none where the host has none. May raise what it likes."""


# What most hosts need not pay for.
OFF_BY_DEFAULT = frozenset({"process"})


@dataclass(frozen=True)
class Wishes:
    """What is to be measured.

    enable, disable:    families by name
    container_sockets:  where container runtimes are asked, instead of the usual places
    units:              units of systemd to watch, by name or pattern
    upsd:               host and port at which NUT tells of power supplies
    """

    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    container_sockets: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    upsd: tuple[str, int] = ("127.0.0.1", 3493)

    def wants(self, family: Family) -> bool:
        """Whether the family is to be collected."""
        if family.name in OFF_BY_DEFAULT:
            return family.name in self.enable
        return family.name not in self.disable


DEFAULT_WISHES = Wishes()


class Off:
    """In place of a collector that is not wanted: no rows, so that no old ones stay on show."""

    def __init__(self, family: Family) -> None:
        self._family = family

    @property
    def family(self) -> Family:
        """The family that is not wanted."""
        return self._family

    def collect(self, host: Host) -> Sequence[Any]:  # noqa: ARG002 - it is a collector
        """Nothing."""
        return ()


def every_collector(
    workers: Workers,
    selection: Selection,
    deadline_seconds: float,
    wishes: Wishes = DEFAULT_WISHES,
) -> tuple[Collector, ...]:
    """All collectors of this agent, for one host; unwanted ones say that there is nothing."""
    collectors: tuple[Collector, ...] = (
        HostCollector(),
        FilesystemCollector(workers, selection, deadline_seconds),
        NetworkInterfaceCollector(),
        TemperatureCollector(workers, deadline_seconds),
        DiskCollector(),
        ProcessorCollector(),
        FanCollector(workers, deadline_seconds),
        RaidCollector(workers),
        ContainerCollector(workers, wishes.container_sockets),
        SystemdUnitCollector(workers, wishes.units),
        SoftwareUpdateCollector(workers),
        SmartCollector(workers),
        BatteryCollector(workers),
        UpsCollector(workers, wishes.upsd),
        GpuCollector(workers, deadline_seconds),
        ProcessCollector(),
    )
    return tuple(
        collector if wishes.wants(collector.family) else Off(collector.family)
        for collector in collectors
    )

"""The collectors, one per family, in the order in which they run.

To add one, follow docs/adding-a-metric.md: a module here and a line in `every_collector`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from homelab_agent.collectors.disk import DiskCollector
from homelab_agent.collectors.fan import FanCollector
from homelab_agent.collectors.filesystem import FilesystemCollector
from homelab_agent.collectors.host import HostCollector
from homelab_agent.collectors.network_interface import NetworkInterfaceCollector
from homelab_agent.collectors.processor import ProcessorCollector
from homelab_agent.collectors.temperature import TemperatureCollector
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


def every_collector(
    workers: Workers, selection: Selection, deadline_seconds: float
) -> tuple[Collector, ...]:
    """All collectors of this agent, for one host."""
    return (
        HostCollector(),
        FilesystemCollector(workers, selection, deadline_seconds),
        NetworkInterfaceCollector(),
        TemperatureCollector(workers, deadline_seconds),
        DiskCollector(),
        ProcessorCollector(),
        FanCollector(workers, deadline_seconds),
    )

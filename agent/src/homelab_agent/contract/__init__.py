"""The families that agents report and servers keep, each declared once.

To add one, follow docs/adding-a-metric.md: a module here and a line in FAMILIES.
"""

from homelab_agent.contract.base import Derivation, Family, Field, Role, Severity, Spec
from homelab_agent.contract.battery import BATTERY, Battery
from homelab_agent.contract.container import CONTAINER, Container
from homelab_agent.contract.disk import DISK, Disk
from homelab_agent.contract.fan import FAN, Fan
from homelab_agent.contract.filesystem import FILESYSTEM, Filesystem
from homelab_agent.contract.gpu import GPU, Gpu
from homelab_agent.contract.heartbeat import (
    Bounds,
    CollectorReport,
    CpuInfo,
    Envelope,
    OsInfo,
)
from homelab_agent.contract.host import HOST, HostMetrics
from homelab_agent.contract.network_interface import NETWORK_INTERFACE, NetworkInterface
from homelab_agent.contract.process import PROCESS, Process
from homelab_agent.contract.processor import PROCESSOR, Processor
from homelab_agent.contract.raid import RAID, Raid
from homelab_agent.contract.smart import SMART, Smart
from homelab_agent.contract.software_update import SOFTWARE_UPDATE, SoftwareUpdate
from homelab_agent.contract.systemd_unit import SYSTEMD_UNIT, SystemdUnit
from homelab_agent.contract.temperature import TEMPERATURE, Temperature
from homelab_agent.contract.ups import UPS, Ups

FAMILIES: tuple[Family, ...] = (
    HOST,
    FILESYSTEM,
    NETWORK_INTERFACE,
    TEMPERATURE,
    DISK,
    PROCESSOR,
    FAN,
    RAID,
    CONTAINER,
    SYSTEMD_UNIT,
    SOFTWARE_UPDATE,
    SMART,
    BATTERY,
    UPS,
    GPU,
    PROCESS,
)

__all__ = [
    "BATTERY",
    "CONTAINER",
    "DISK",
    "FAMILIES",
    "FAN",
    "FILESYSTEM",
    "GPU",
    "HOST",
    "NETWORK_INTERFACE",
    "PROCESS",
    "PROCESSOR",
    "RAID",
    "SMART",
    "SOFTWARE_UPDATE",
    "SYSTEMD_UNIT",
    "TEMPERATURE",
    "UPS",
    "Battery",
    "Bounds",
    "CollectorReport",
    "Container",
    "CpuInfo",
    "Derivation",
    "Disk",
    "Envelope",
    "Family",
    "Fan",
    "Field",
    "Filesystem",
    "Gpu",
    "HostMetrics",
    "NetworkInterface",
    "OsInfo",
    "Process",
    "Processor",
    "Raid",
    "Role",
    "Severity",
    "Smart",
    "SoftwareUpdate",
    "Spec",
    "SystemdUnit",
    "Temperature",
    "Ups",
]

"""What a host of the fleet is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from devtools.fleet.course import FLAT, HOME, NIGHT, Pattern

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40
MBIT, GBIT = 10**6, 10**9

Presence = Literal["always", "office", "daytime", "nine in ten", "power cuts"]


@dataclass(frozen=True)
class Space:
    """A filesystem. `share` is how full it is when the fleet begins to live.

    per_day:   bytes by which it grows
    nightly:   the share of its size that each night adds and each Sunday takes away
    ring:      the share by which it swings in half a day, as recordings that overwrite the oldest
    jump:      (days before the beginning, share by which it grew then)
    state:     since `since_days` before the beginning; "ok" until then
    """

    mount: str
    device: str
    fs_type: str
    size: int
    share: float
    per_day: float = 0
    nightly: float = 0
    ring: float = 0
    jump: tuple[float, float] | None = None
    read_only: bool = False
    state: Literal["ok", "stale", "missing"] = "ok"
    since_days: float = 0
    reserved: float = 0.0
    inode_share: float | None = 0.04


@dataclass(frozen=True)
class Link:
    """A network interface. Received and sent in bytes a second, over the day as the pattern has it.

    lives_days: it gets another name so often, as containers' ends do
    flaps:      how much of the time it has no carrier
    narrow:     its counters have 32 bits
    errors:     in a million packets
    """

    name: str
    rx: float = 0
    tx: float = 0
    kind: str | None = "physical"
    pattern: Pattern = HOME
    speed: int | None = GBIT
    operstate: Literal["up", "down", "unknown"] = "up"
    lives_days: int | None = None
    flaps: float = 0
    narrow: bool = False
    errors: float = 0
    gone_days: float | None = None


@dataclass(frozen=True)
class Drive:
    """A block device, in bytes a second."""

    name: str
    read: float
    written: float
    pattern: Pattern = NIGHT


@dataclass(frozen=True)
class Sensor:
    """A temperature: at rest, and how much a busy processor adds."""

    name: str
    idle: float
    busy: float = 0
    critical: float | None = None


@dataclass(frozen=True)
class Machine:
    """A host. Percentages are of the mean; memory is a share of all."""

    id: str
    hostname: str = ""
    name: str | None = None
    tags: tuple[str, ...] = ()
    address: str = ""
    distribution: str = "Debian GNU/Linux"
    version: str = "12"
    kernel: str = "6.1.0-31-amd64"
    architecture: str = "x86_64"
    cpu_model: str = "Intel(R) N100"
    cores: int = 4
    cpu: float = 10
    pattern: Pattern = HOME
    io_wait: float = 0.06
    steal: float = 0
    memory: int = 8 * GIB
    memory_share: float = 0.4
    leak_days: float | None = None
    swap: int = 0
    swap_share: float = 0.02
    processes: int = 180
    spaces: tuple[Space, ...] = ()
    links: tuple[Link, ...] = ()
    drives: tuple[Drive, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    fans: tuple[tuple[str, int], ...] = ()
    shows_processors: bool = False
    interval: int = 10
    boots_days: float = 47
    presence: Presence = "always"
    born_days: float = 90
    silent_days: float | None = None
    delivers_every: int | None = None
    never_reports: bool = False
    paused: bool = False
    clock_offset: float = 0.02
    broken_collectors: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The name it calls itself."""
        return self.hostname or f"{self.id}.home.example"


def root(size: int, share: float, device: str = "/dev/sda2", **more: float) -> Space:
    """An ordinary root filesystem."""
    return Space("/", device, "ext4", size, share, reserved=0.05, **more)  # type: ignore[arg-type]  # a part of Space's numbers


def ethernet(rx: float, tx: float, name: str = "eth0", pattern: Pattern = HOME) -> Link:
    """An ordinary wired interface, in kilobytes a second."""
    return Link(name, rx * 1_000, tx * 1_000, pattern=pattern)


LOOPBACK = Link("lo", 2_000, 2_000, kind="loopback", pattern=FLAT, speed=None, operstate="unknown")

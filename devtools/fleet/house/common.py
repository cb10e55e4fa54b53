"""Parts that several of the hosts have."""

from __future__ import annotations

from devtools.fleet.machine import MIB, Link, Sensor, Space

PACKAGE = Sensor("coretemp Package id 0", 38, 34, 100)
NVME = Sensor("nvme Composite", 41, 12, 85)
PI = Sensor("cpu_thermal", 46, 22, 85)
EFI = Space("/boot/efi", "/dev/sda1", "vfat", 512 * MIB, 0.012, inode_share=None)


def veths(count: int, *, days: int = 2) -> tuple[Link, ...]:
    """Containers' ends of their links, which get another name every few days."""
    return tuple(
        Link(
            f"veth{number:02d}",
            900 * (number % 7 + 1),
            700 * (number % 5 + 1),
            kind="veth",
            speed=None,
            lives_days=days + number % 3,
        )
        for number in range(count)
    )


def bridge(name: str, rx: float = 9_000, tx: float = 7_000) -> Link:
    """A bridge for containers or virtual machines."""
    return Link(name, rx, tx, kind="bridge", speed=None)


def platters(count: int) -> tuple[Sensor, ...]:
    """The temperatures of hard disks."""
    return tuple(
        Sensor(f"drivetemp sd{chr(97 + number)}", 33 + number % 4, 6, 60) for number in range(count)
    )

"""Block devices, from /proc/diskstats and /sys/block."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from homelab_agent.contract import DISK, Disk
from homelab_agent.host import MAX_INTEGER, Host, printable

_NAME_LENGTH = 64
# The unit of diskstats, whatever the device's own sector is (Documentation/admin-guide/iostats).
_SECTOR_BYTES = 512
# Memory, images and media that come and go; ZFS's volumes lie in pools that are shown themselves.
_NOT_DISKS = re.compile(r"(loop|ram|zram|sr|fd|zd)\d+")
# Where sysfs does not tell: sda1, vda1, nvme0n1p1, mmcblk0p1, md0p1.
_PARTITION = re.compile(r"(?:[shv]d[a-z]+|xvd[a-z]+)\d+|(?:nvme\d+n\d+|mmcblk\d+|md\d+|nbd\d+)p\d+")
_LAYER = re.compile(r"(dm-|md|bcache)\d+")
# How device-mapper's uuids begin, by who made them.
_KIND_BY_UUID = {"LVM": "lvm", "CRYPT": "crypt", "mpath": "multipath"}
# A logical volume's uuid is 64 letters; the parts of thin pools, mirrors and caches have more.
_LVM_INNER = re.compile(r"LVM-\w{64}-.+")


@dataclass(frozen=True)
class Device:
    """What is known of a device for as long as it is there; `name` as people know it."""

    name: str
    kind: str
    model: str | None
    size_bytes: int | None


@dataclass(frozen=True)
class Work:
    """The operations done since boot, and the seconds that they took together."""

    operations: int
    seconds: float


class DiskCollector:
    """Every disk as a whole, its partitions being parts of it, and what is made of disks."""

    family = DISK

    def __init__(self) -> None:
        self._found: list[str] = []
        self._devices: dict[str, Device] = {}
        self._work: dict[str, Work] = {}

    def collect(self, host: Host) -> list[Disk]:
        """Read all disks. Raises OSError where there is no table of them."""
        found = host.entries(host.sys_path("block"))
        if found != self._found:
            self._found = found
            # sysfs has an entry for whole devices alone, with "!" for the "/" of a name.
            self._devices = {
                name.replace("!", "/"): device
                for name in found
                if (device := _device(host, name)) is not None
            }
        work: dict[str, Work] = {}
        disks = []
        for disk, seconds in parse_diskstats(host.read_again(host.proc_path("diskstats"))):
            device = self._devices.get(disk.name)
            if device is None and (found or not _stands_alone(disk.name)):
                continue
            now = work[disk.name] = Work(disk.reads + disk.writes, seconds)
            disks.append(_known(disk, device, _await(self._work.get(disk.name), now)))
        self._work = work
        return disks


def parse_diskstats(text: bytes) -> list[tuple[Disk, float]]:
    """The devices of /proc/diskstats that hold data and were used, each name once.

    With each the seconds that all its operations took together.
    """
    disks = {}
    for line in text.split(b"\n"):
        words = line.split()
        numbers = words[3:14]
        if len(numbers) < 10 or not all(
            number.isdigit() and len(number) <= 20 for number in numbers
        ):
            continue
        name = printable(words[2], _NAME_LENGTH)
        counters = [int(number) for number in numbers]
        reads, sectors_read, writes, sectors_written = counters[0:7:2]
        # A slot without a medium has never done anything.
        if _NOT_DISKS.fullmatch(name) or not (reads or writes):
            continue
        disk = Disk(
            name=name,
            read_bytes=sectors_read * _SECTOR_BYTES & MAX_INTEGER,
            written_bytes=sectors_written * _SECTOR_BYTES & MAX_INTEGER,
            reads=reads & MAX_INTEGER,
            writes=writes & MAX_INTEGER,
            busy_seconds=counters[9] / 1_000,
            queued_seconds=counters[10] / 1_000 if len(counters) > 10 else None,
        )
        disks[name] = disk, (counters[3] + counters[7]) / 1_000
    return list(disks.values())


def _stands_alone(name: str) -> bool:
    """Whether a device is a disk, as far as its name alone tells."""
    return not _PARTITION.fullmatch(name) and not name.startswith("dm-")


def _device(host: Host, entry: str) -> Device | None:
    folder = host.sys_path(f"block/{entry}")
    size = host.text(f"{folder}/size")
    size_bytes = int(size) * _SECTOR_BYTES & MAX_INTEGER if _is_number(size) else None
    if _LAYER.fullmatch(entry) is None:
        model = host.text(f"{folder}/device/model") or host.text(f"{folder}/device/name")
        return Device(entry.replace("!", "/"), "disk", _short(model, 128) or None, size_bytes)
    uuid = host.text(f"{folder}/dm/uuid")
    if _LVM_INNER.fullmatch(uuid):
        return None
    name = _short(host.text(f"{folder}/dm/name"), _NAME_LENGTH) or entry
    if entry.startswith("dm-"):
        return Device(name, _KIND_BY_UUID.get(uuid.partition("-")[0], "dm"), None, size_bytes)
    return Device(entry, entry.rstrip("0123456789"), None, size_bytes)


def _known(disk: Disk, device: Device | None, await_seconds: float | None) -> Disk:
    if device is None:
        return replace(disk, await_seconds=await_seconds)
    return replace(
        disk,
        name=device.name,
        await_seconds=await_seconds,
        kind=device.kind,
        model=device.model,
        size_bytes=device.size_bytes,
    )


def _await(before: Work | None, now: Work) -> float | None:
    # A device that was taken away and put back begins anew.
    if before is None or now.operations <= before.operations or now.seconds < before.seconds:
        return None
    return (now.seconds - before.seconds) / (now.operations - before.operations)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _short(text: str, limit: int) -> str:
    return printable(text.encode(), limit)

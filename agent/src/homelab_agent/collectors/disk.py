"""Block devices, from /proc/diskstats."""

from __future__ import annotations

import re

from homelab_agent.contract import DISK, Disk
from homelab_agent.host import MAX_INTEGER, Host, printable

_NAME_LENGTH = 64
# The unit of diskstats, whatever the device's own sector is (Documentation/admin-guide/iostats).
_SECTOR_BYTES = 512
# Memory, images, media that come and go, and layers over disks that are counted themselves.
_NOT_DISKS = re.compile(r"(loop|ram|zram|sr|fd|dm-|zd)\d+")
# Where sysfs does not tell: sda1, vda1, nvme0n1p1, mmcblk0p1, md0p1.
_PARTITION = re.compile(r"(?:[shv]d[a-z]+|xvd[a-z]+)\d+|(?:nvme\d+n\d+|mmcblk\d+|md\d+|nbd\d+)p\d+")


class DiskCollector:
    """Every disk as a whole; its partitions are parts of it."""

    family = DISK

    def collect(self, host: Host) -> list[Disk]:
        """Read all disks. Raises OSError where there is no table of them."""
        # sysfs has an entry for whole devices alone, with "!" for the "/" of a name.
        whole = {name.replace("!", "/") for name in host.entries(host.sys_path("block"))}
        return [
            disk
            for disk in parse_diskstats(host.read_again(host.proc_path("diskstats")))
            if (disk.name in whole if whole else not _PARTITION.fullmatch(disk.name))
        ]


def parse_diskstats(text: bytes) -> list[Disk]:
    """The devices of /proc/diskstats that hold data and were used, each name once."""
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
        disks[name] = Disk(
            name=name,
            read_bytes=sectors_read * _SECTOR_BYTES & MAX_INTEGER,
            written_bytes=sectors_written * _SECTOR_BYTES & MAX_INTEGER,
            reads=reads & MAX_INTEGER,
            writes=writes & MAX_INTEGER,
            busy_seconds=counters[9] / 1_000,
        )
    return list(disks.values())

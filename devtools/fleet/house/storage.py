"""Where the house keeps its files."""

from __future__ import annotations

from devtools.fleet.course import EVENING, NIGHT
from devtools.fleet.house.common import EFI, NVME, PACKAGE, platters
from devtools.fleet.machine import (
    GBIT,
    GIB,
    LOOPBACK,
    MIB,
    TIB,
    Drive,
    Link,
    Machine,
    Space,
    ethernet,
    root,
)

STORAGE = (
    Machine(
        "nas",
        tags=("storage", "rack"),
        address="192.168.1.10",
        cpu_model="Intel(R) Xeon(R) E-2224",
        cpu=14,
        memory=32 * GIB,
        memory_share=0.62,
        swap=4 * GIB,
        shows_processors=True,
        spaces=(
            root(250 * GIB, 0.18, "/dev/nvme0n1p2", per_day=30 * MIB),
            EFI,
            # The one to look at first: it fills, and one can say when.
            Space("/tank", "tank", "zfs", 8 * TIB, 0.932, per_day=88 * GIB, nightly=0.0004),
            Space("/tank/media", "tank/media", "zfs", 14 * TIB, 0.71, per_day=9 * GIB),
            Space("/tank/photos", "tank/photos", "zfs", 4 * TIB, 0.38, per_day=1.2 * GIB),
        ),
        links=(
            LOOPBACK,
            Link("eno1", 5.2e6, 9.1e6, speed=10 * GBIT),
            Link("eno2", speed=10 * GBIT, operstate="down"),
        ),
        drives=(
            *(Drive(f"sd{letter}", 2.1e6, 1.4e6) for letter in "abcdef"),
            Drive("md0", 9.8e6, 6.2e6),
            Drive("nvme0n1", 0.4e6, 0.9e6),
        ),
        sensors=(PACKAGE, NVME, *platters(6)),
        fans=(("nct6775 fan1", 1_150), ("nct6775 fan2", 820)),
    ),
    Machine(
        "backup",
        tags=("storage",),
        address="192.168.1.11",
        cpu=6,
        pattern=NIGHT,
        memory=16 * GIB,
        spaces=(
            root(60 * GIB, 0.31),
            # A full copy that nobody expected: too soon after it to tell a trend.
            Space(
                "/backup",
                "/dev/mapper/backup",
                "xfs",
                12 * TIB,
                0.79,
                per_day=6 * GIB,
                jump=(3, 0.17),
            ),
            Space("/snapshots", "/dev/md1", "btrfs", 6 * TIB, 0.55, nightly=0.03),
        ),
        links=(LOOPBACK, ethernet(1_900, 300, "enp3s0", NIGHT)),
        drives=(Drive("sda", 2e5, 6e5), Drive("md1", 1e6, 8e6)),
        sensors=(PACKAGE, *platters(4)),
    ),
    Machine(
        "forty-disks",
        name="Cold storage",
        tags=("storage", "rack"),
        address="192.168.1.12",
        cpu=4,
        interval=30,
        spaces=(
            root(120 * GIB, 0.22),
            *(
                Space(
                    f"/mnt/disk{number:02d}",
                    f"/dev/sd{chr(97 + number // 26)}{chr(97 + number % 26)}1",
                    "xfs",
                    (4 + number % 5 * 4) * TIB,
                    0.3 + (number * 37 % 61) / 100,
                    per_day=(number % 4) * 2.5 * GIB,
                )
                for number in range(1, 40)
            ),
        ),
        links=(LOOPBACK, ethernet(800, 2_400, "enp1s0", EVENING)),
        drives=(Drive("sda", 1e5, 2e5), Drive("sdb", 4e6, 1e6, EVENING)),
        sensors=(PACKAGE,),
    ),
)

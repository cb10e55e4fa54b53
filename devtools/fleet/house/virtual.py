"""Where machines and containers run inside of others."""

from __future__ import annotations

from devtools.fleet.course import FLAT
from devtools.fleet.house.common import EFI, NVME, PACKAGE, bridge, veths
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

VIRTUAL = (
    Machine(
        "proxmox",
        tags=("rack", "hypervisor"),
        address="192.168.1.20",
        cores=16,
        cpu=31,
        distribution="Proxmox VE",
        version="8.2",
        kernel="6.8.12-4-pve",
        shows_processors=True,
        cpu_model="AMD Ryzen 9 7940HS",
        memory=64 * GIB,
        memory_share=0.78,
        processes=640,
        spaces=(
            root(94 * GIB, 0.57, "/dev/mapper/pve-root"),
            EFI,
            Space("/var/lib/vz", "/dev/mapper/pve-data", "ext4", 1 * TIB, 0.83, per_day=400 * MIB),
        ),
        links=(
            LOOPBACK,
            Link("enp2s0f0", 3.1e6, 2.8e6, speed=10 * GBIT),
            Link("enp2s0f1", 2.2e6, 1.7e6, speed=10 * GBIT),
            Link("bond0", 5.3e6, 4.5e6, kind="bond", speed=20 * GBIT),
            *(
                bridge(f"vmbr{number}", 1.2e6 / (number + 1), 1e6 / (number + 1))
                for number in range(4)
            ),
            *(
                Link(
                    f"tap{100 + number}i0",
                    8e4 * (number % 6 + 1),
                    6e4 * (number % 4 + 1),
                    kind="tun",
                    speed=None,
                )
                for number in range(16)
            ),
            *veths(16),
        ),
        drives=(Drive("nvme0n1", 3e6, 6e6, FLAT),),
        sensors=(PACKAGE, NVME),
        fans=(("amdgpu fan1", 0), ("it8620 fan1", 1_480)),
    ),
    Machine(
        "docker",
        tags=("hypervisor", "apps"),
        address="192.168.1.21",
        cores=8,
        cpu=18,
        memory=16 * GIB,
        memory_share=0.7,
        spaces=(root(200 * GIB, 0.66, per_day=350 * MIB, inode_share=0.78),),
        links=(
            LOOPBACK,
            ethernet(420, 610),
            bridge("docker0"),
            bridge("br-5f1c8e02a7d4"),
            bridge("br-9ab3d06e11c8"),
            *veths(23, days=1),
        ),
        drives=(Drive("vda", 6e5, 1.9e6, FLAT),),
    ),
    Machine(
        "kube-1",
        tags=("cluster",),
        address="192.168.1.22",
        cores=4,
        cpu=38,
        memory_share=0.73,
        spaces=(
            root(120 * GIB, 0.48),
            Space("/scratch", "/dev/sdb1", "xfs", 2 * TIB, 0.36, per_day=-7 * GIB),
        ),
        drives=(Drive("sda", 2e5, 1.2e6, FLAT),),
        links=(LOOPBACK, ethernet(900, 900, "ens18"), bridge("cni0"), *veths(11)),
    ),
    Machine(
        "kube-2",
        tags=("cluster",),
        address="192.168.1.23",
        cores=4,
        cpu=35,
        memory_share=0.69,
        spaces=(root(120 * GIB, 0.51),),
        drives=(Drive("sda", 2e5, 1.1e6, FLAT),),
        links=(LOOPBACK, ethernet(850, 950, "ens18"), bridge("cni0"), *veths(9)),
    ),
    Machine(
        "fresh",
        name="Test machine of this week",
        tags=("lab",),
        address="192.168.1.24",
        born_days=4,
        version="13",
        kernel="6.12.57-amd64",
        cpu=5,
        boots_days=3,
        spaces=(root(32 * GIB, 0.19, "/dev/vda1", per_day=600 * MIB),),
        links=(LOOPBACK, ethernet(40, 20, "ens3")),
        drives=(Drive("vda", 5e4, 2e5),),
    ),
)

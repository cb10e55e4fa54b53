"""The family `software_update`: one row per package manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from homelab_agent.contract.base import family, gauge, key, state


@dataclass(frozen=True)
class SoftwareUpdate:
    """The updates that a host's package manager knows of, and whether a reboot is due."""

    manager: Annotated[str, key(max_length=16)]
    waiting: Annotated[int, gauge(1, "packages")]
    # Where the manager tells them apart.
    security: Annotated[int | None, gauge(2, "packages")] = None
    # Something in use was replaced: the kernel, or what the distribution says needs it.
    reboot_due: Annotated[bool | None, state(3)] = None


SOFTWARE_UPDATE = family(
    SoftwareUpdate,
    name="software_update",
    payload="software_updates",
    table="software_update_metrics",
    index="idx_software_update",
)

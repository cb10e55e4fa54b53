"""Which interfaces count towards a host's total traffic."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# A packet that leaves a container passes its veth, the bridge and the card: count it once.
PHYSICAL_KINDS = frozenset({"physical", "wireless"})
_DERIVED_NAME = re.compile(r"^(br|docker|veth|virbr|tap|tun|tailscale|wg|lxc|lxd|vnet|cni|flannel)")


def counted_interfaces(kinds: dict[str, str | None]) -> set[str]:
    """The names to add up, out of `{name: kind}`.

    The physical interfaces; where none is known as such, all but bridges, veth, docker and
    tunnels, by their names.
    """
    physical = {name for name, kind in kinds.items() if kind in PHYSICAL_KINDS}
    return physical or {name for name in kinds if not _DERIVED_NAME.match(name)}


def total_counters(rows: Iterable[Any]) -> dict[str, tuple[int, int]]:
    """`{name: (rx_bytes, tx_bytes)}` of the interfaces that count."""
    listed = list(rows)
    counted = counted_interfaces({row.name: row.kind for row in listed})
    return {row.name: (row.rx_bytes, row.tx_bytes) for row in listed if row.name in counted}

"""The family `network_interface`: one row per interface but the loopback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import counter, family, gauge, key, label, state

# RFC 2863's states, by the names that Linux writes into operstate.
OperState = Literal["up", "down", "unknown", "dormant", "lowerlayerdown", "notpresent", "testing"]


@dataclass(frozen=True)
class NetworkInterface:
    """A network interface with its counters since boot."""

    name: Annotated[str, key(max_length=64, column="interface_name")]
    rx_bytes: Annotated[int, counter(1, "bytes", per="rx_packets")]
    tx_bytes: Annotated[int, counter(2, "bytes", per="tx_packets")]
    rx_packets: Annotated[int, counter(3, "packets")]
    tx_packets: Annotated[int, counter(4, "packets")]
    is_up: Annotated[bool, state(5)]
    rx_errors: Annotated[int | None, counter(6, "packets")] = None
    tx_errors: Annotated[int | None, counter(7, "packets")] = None
    rx_dropped: Annotated[int | None, counter(8, "packets")] = None
    tx_dropped: Annotated[int | None, counter(9, "packets")] = None
    speed_bits_per_second: Annotated[int | None, gauge(10, "bits_per_second")] = None
    operstate: Annotated[OperState | None, state(11, counts="up")] = None
    # physical, wireless, bridge, bond, vlan, veth, tun, wireguard, … (see the collector)
    kind: Annotated[str | None, label(12, max_length=32)] = None


NETWORK_INTERFACE = family(
    NetworkInterface,
    name="network_interface",
    payload="network_interfaces",
    table="network_interface_metrics",
    index="idx_net_iface",
    ephemeral=r"^(veth|tap|vnet)",
    aliases=("network",),
)

"""Interfaces: counters from /proc/net/dev, state and kind from /sys/class/net."""

from __future__ import annotations

import logging
from typing import get_args

from homelab_agent.contract import NETWORK_INTERFACE, NetworkInterface
from homelab_agent.contract.network_interface import OperState
from homelab_agent.host import MAX_INTEGER, Host, printable

log = logging.getLogger(__name__)

_LOOPBACK = "lo"
_COLUMNS = 16
_OPERSTATES = frozenset(get_args(OperState))
_NAME_LENGTH = 64
# ARPHRD_* numbers of /sys/class/net/<interface>/type (linux/if_arp.h) that name a kind.
_KIND_BY_TYPE = {"512": "ppp", "768": "tunnel", "769": "tunnel", "776": "tunnel", "778": "tunnel"}
# DEVTYPE values of an interface's uevent, as the drivers set them.
_KIND_BY_DEVTYPE = {
    "wlan": "wireless",
    "wwan": "wwan",
    "bridge": "bridge",
    "bond": "bond",
    "vlan": "vlan",
    "vxlan": "vxlan",
    "wireguard": "wireguard",
    "ppp": "ppp",
    "macvlan": "macvlan",
    "macvtap": "macvlan",
    "ipvlan": "macvlan",
}
# Kinds whose traffic is that of the host with the outside; see `external`.
_OUTSIDE = frozenset({"physical", "wireless", "wwan"})
_INSIDE = frozenset({"bridge", "veth", "tun", "tap", "wireguard", "tunnel", "vxlan", "ppp"})


class NetworkInterfaceCollector:
    """Every interface but the loopback; what appears later is found at the next cycle."""

    family = NETWORK_INTERFACE

    def __init__(self) -> None:
        self._kinds: dict[str, str | None] = {}
        self._malformed: set[bytes] = set()

    def collect(self, host: Host) -> list[NetworkInterface]:
        """Read all interfaces. Raises OSError where there is no table of them at all."""
        names = ("1/net/dev", "net/dev") if host.moved else ("net/dev",)
        # A moved procfs' own net/ is that of the reader (it is a link to self/net): only a
        # process of the host, its first, leads to the host's interfaces.
        text = host.read_first(*(host.proc_path(name) for name in names))
        counters, malformed = parse_net_dev(text)
        self._report(malformed)
        for gone in self._kinds.keys() - counters.keys():
            del self._kinds[gone]
            host.forget(host.sys_path(f"class/net/{gone}"))
        return [self._interface(host, name, values) for name, values in counters.items()]

    def _report(self, malformed: list[bytes]) -> None:
        for line in malformed:
            if line not in self._malformed and len(self._malformed) < 100:
                self._malformed.add(line)
                log.warning("skipped a line of net/dev that is not an interface: %r", line[:200])

    def _interface(self, host: Host, name: str, counters: list[int]) -> NetworkInterface:
        folder = host.sys_path(f"class/net/{name}")
        operstate = _attribute(host, f"{folder}/operstate")
        if operstate not in _OPERSTATES:
            operstate = None
        if name not in self._kinds:
            self._kinds[name] = read_kind(host, folder, name)
        kind = self._kinds[name]
        # WireGuard, tun and their kin never say more than "unknown": the carrier decides.
        is_up = operstate == "up" or (
            operstate in {"unknown", None} and _attribute(host, f"{folder}/carrier") == "1"
        )
        return NetworkInterface(
            name=printable(name.encode("utf-8", "surrogateescape"), _NAME_LENGTH),
            rx_bytes=counters[0],
            tx_bytes=counters[8],
            rx_packets=counters[1],
            tx_packets=counters[9],
            is_up=is_up,
            rx_errors=counters[2],
            tx_errors=counters[10],
            rx_dropped=counters[3],
            tx_dropped=counters[11],
            speed_bits_per_second=_speed(host, folder) if is_up and kind in _OUTSIDE else None,
            operstate=operstate,  # type: ignore[arg-type]  # checked against the Literal above
            kind=kind,
        )


def parse_net_dev(text: bytes) -> tuple[dict[str, list[int]], list[bytes]]:
    """The 16 counters of each interface but `lo` by name, and the lines that are none.

    The last line of a name wins. Counters over 2⁶³−1 are taken modulo 2⁶³, since that is what
    history can keep: their increases stay right.
    """
    interfaces: dict[str, list[int]] = {}
    malformed = []
    for number, line in enumerate(text.splitlines()):
        if number < 2 and b"|" in line:
            continue  # the two lines of headings
        # Aliases (eth0:1) have a colon of their own: the counters stand behind the last one.
        name, colon, rest = line.rpartition(b":")
        name = name.strip()
        fields = rest.split()
        if not colon or not name or b"/" in name or len(fields) < _COLUMNS:
            if line.strip():
                malformed.append(line)
            continue
        # isdigit() of bytes is true for ASCII digits only; int() takes signs and underscores too.
        if not all(field.isdigit() and len(field) <= 20 for field in fields[:_COLUMNS]):
            malformed.append(line)
            continue
        decoded = name.decode("utf-8", "surrogateescape")
        if decoded not in {_LOOPBACK, ".", ".."}:
            interfaces[decoded] = [int(field) & MAX_INTEGER for field in fields[:_COLUMNS]]
    return interfaces, malformed


def read_kind(host: Host, folder: str, name: str) -> str | None:
    """What sort of interface sysfs says this is; None where sysfs has no entry for it."""
    try:
        uevent = host.read(f"{folder}/uevent")
    except OSError:
        uevent = b""
    devtype = parse_devtype(uevent)
    if devtype in _KIND_BY_DEVTYPE:
        return _KIND_BY_DEVTYPE[devtype]
    for entry, kind in (("wireless", "wireless"), ("bridge", "bridge"), ("bonding", "bond")):
        if host.exists(f"{folder}/{entry}"):
            return kind
    if host.exists(f"{folder}/device"):
        return "physical"
    return _virtual_kind(host, folder, name)


def _virtual_kind(host: Host, folder: str, name: str) -> str | None:
    flags = _attribute_once(host, f"{folder}/tun_flags")
    if flags:
        # IFF_TUN is 1, IFF_TAP is 2 (linux/if_tun.h).
        return "tap" if flags[-1:].lower() in "2367abef" else "tun"
    by_type = _KIND_BY_TYPE.get(_attribute_once(host, f"{folder}/type") or "")
    if by_type:
        return by_type
    by_name = next((kind for kind in ("veth", "dummy", "ifb") if name.startswith(kind)), None)
    index = _attribute_once(host, f"{folder}/ifindex")
    if by_name or index is None:
        return by_name
    # A virtual interface tied to another one, under a name of its own: a container's end of a veth.
    peer = _attribute_once(host, f"{folder}/iflink")
    return "virtual" if peer in {None, index} else "veth"


def parse_devtype(uevent: bytes) -> str | None:
    """The DEVTYPE of an uevent text, or None: most drivers set none."""
    for line in uevent.splitlines():
        if line.startswith(b"DEVTYPE="):
            return line[8:].decode("ascii", "replace")
    return None


def external(interfaces: list[NetworkInterface]) -> list[NetworkInterface]:
    """Those that carry the host's traffic with the outside, so that a sum counts no byte twice.

    The physical ones, or where none is known as such, all but bridges, veth and tunnels.
    """
    outside = [row for row in interfaces if row.kind in _OUTSIDE]
    return outside or [row for row in interfaces if row.kind not in _INSIDE]


def _speed(host: Host, folder: str) -> int | None:
    # Drivers without a speed answer −1 or EINVAL; the unit of the file is Mbit/s.
    text = _attribute(host, f"{folder}/speed") or ""
    return int(text) * 1_000_000 if text.isdecimal() and len(text) < 10 else None


def _attribute(host: Host, path: str) -> str | None:
    try:
        return host.read_again(path).decode("ascii", "replace").strip()
    except OSError:
        return None


def _attribute_once(host: Host, path: str) -> str | None:
    try:
        return host.read(path).decode("ascii", "replace").strip()
    except OSError:
        return None

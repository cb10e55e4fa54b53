"""Interfaces, from texts and from small trees."""

import logging
from pathlib import Path

import pytest
from homelab_agent.collectors.network_interface import (
    NetworkInterfaceCollector,
    external,
    parse_devtype,
    parse_net_dev,
)
from homelab_agent.contract import NetworkInterface
from homelab_agent.host import MAX_INTEGER, Host

HEADINGS = (
    b"Inter-|   Receive                                                |  Transmit\n"
    b" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs"
    b" drop fifo colls carrier compressed\n"
)


def net_dev(*lines: str) -> bytes:
    return HEADINGS + "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")


def counters(first: int = 1) -> str:
    return " ".join(str(number) for number in range(first, first + 16))


def test_every_interface_but_the_loopback() -> None:
    text = net_dev(f"    lo: {counters()}", f"  eth0: {counters(100)}", f"veth1a2b: {counters(5)}")
    interfaces, malformed = parse_net_dev(text)
    assert list(interfaces) == ["eth0", "veth1a2b"]
    assert interfaces["eth0"] == list(range(100, 116))
    assert malformed == []


@pytest.mark.parametrize(
    "name,line",
    [
        ("eth0", "eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"),  # old kernels leave no blank
        ("eth0:1", f"eth0:1: {counters()}"),  # an alias
        ("br-1a2b3c4d5e6f", f"br-1a2b3c4d5e6f: {counters()}"),
        ("eth0", f"eth0: {counters()} 17 18"),  # a column more than today
    ],
)
def test_forms_of_a_line(name: str, line: str) -> None:
    interfaces, malformed = parse_net_dev(net_dev(line))
    assert interfaces[name][0] == 1
    assert malformed == []


@pytest.mark.parametrize(
    "line",
    [
        "eth0",
        "eth0: 1 2 3",
        f"eth0: {counters().replace('7', 'seven')}",
        f"eth0: {counters().replace('7', '-7')}",
        f"eth0: {counters().replace('7', '1_7')}",
        f": {counters()}",
        f"../../etc: {counters()}",
    ],
)
def test_malformed_lines_are_left_out_and_named(line: str) -> None:
    interfaces, malformed = parse_net_dev(net_dev(line, f"wlan0: {counters()}"))
    assert list(interfaces) == ["wlan0"]
    assert malformed == [line.encode()]


def test_a_counter_at_its_maximum_stays_a_signed_64_bit_integer() -> None:
    interfaces, _ = parse_net_dev(net_dev("eth0:" + f" {2**64 - 1}" * 16))
    assert interfaces["eth0"] == [MAX_INTEGER] * 16


def test_devtype() -> None:
    assert parse_devtype(b"DEVTYPE=wlan\nINTERFACE=wlan0\n") == "wlan"
    assert parse_devtype(b"INTERFACE=eth0\n") is None
    assert parse_devtype(b"") is None


class Tree:
    """A /proc and /sys with interfaces, made in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        (folder / "proc/net").mkdir(parents=True)
        (folder / "sys/class/net").mkdir(parents=True)
        self.host = Host(str(folder / "proc"), str(folder / "sys"))

    def add(self, name: str, **attributes: str) -> None:
        self.lines.append(f"{name}: {counters()}")
        (self.folder / "proc/net/dev").write_bytes(net_dev(*self.lines))
        interface = self.folder / "sys/class/net" / name
        interface.mkdir()
        for attribute, text in attributes.items():
            (interface / attribute).write_text(text + "\n")

    def collect(self) -> dict[str, NetworkInterface]:
        return {row.name: row for row in NetworkInterfaceCollector().collect(self.host)}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.mark.parametrize(
    "operstate,carrier,is_up",
    [
        ("up", "1", True),
        ("unknown", "1", True),
        ("unknown", "0", False),
        ("down", "0", False),
        ("dormant", "1", False),
        ("lowerlayerdown", "0", False),
    ],
)
def test_up_or_down(tree: Tree, operstate: str, carrier: str, is_up: bool) -> None:
    tree.add("wg0", operstate=operstate, carrier=carrier)
    row = tree.collect()["wg0"]
    assert row.is_up is is_up
    assert row.operstate == operstate


@pytest.mark.parametrize(
    "name,attributes,kind",
    [
        ("wlan0", {"uevent": "DEVTYPE=wlan"}, "wireless"),
        ("docker0", {"uevent": "DEVTYPE=bridge"}, "bridge"),
        ("bond0", {"uevent": "DEVTYPE=bond"}, "bond"),
        ("wg0", {"uevent": "DEVTYPE=wireguard", "type": "65534"}, "wireguard"),
        ("tun0", {"tun_flags": "0x1001", "type": "65534"}, "tun"),
        ("tap0", {"tun_flags": "0x1002", "type": "1"}, "tap"),
        ("eth0", {"device": "a link on a real host"}, "physical"),
        ("veth12", {"ifindex": "5", "iflink": "4"}, "veth"),
        ("eth1", {"ifindex": "5", "iflink": "4"}, "veth"),
        ("dummy0", {"ifindex": "5", "iflink": "5"}, "dummy"),
        ("sit0", {"type": "776"}, "tunnel"),
        ("odd", {"ifindex": "5", "iflink": "5"}, "virtual"),
        ("nothing", {}, None),
    ],
)
def test_kinds(tree: Tree, name: str, attributes: dict[str, str], kind: str | None) -> None:
    tree.add(name, **attributes)
    assert tree.collect()[name].kind == kind


@pytest.mark.parametrize(
    "speed,bits",
    [("1000", 1_000_000_000), ("-1", None), ("", None), ("fast", None), ("²", None)],
)
def test_speed(tree: Tree, speed: str, bits: int | None) -> None:
    tree.add("eth0", device="", operstate="up", speed=speed)
    assert tree.collect()["eth0"].speed_bits_per_second == bits


def test_without_sysfs_the_counters_are_there(tree: Tree) -> None:
    tree.add("eth0")
    (tree.folder / "sys/class/net/eth0").rmdir()
    row = tree.collect()["eth0"]
    assert (row.rx_bytes, row.tx_bytes, row.rx_packets, row.tx_packets) == (1, 9, 2, 10)
    assert (row.rx_errors, row.rx_dropped, row.tx_errors, row.tx_dropped) == (3, 4, 11, 12)
    assert (row.is_up, row.operstate, row.kind) == (False, None, None)


def test_a_moved_procfs_is_read_through_the_hosts_first_process(tree: Tree) -> None:
    tree.add("reader0")
    first = tree.folder / "proc/1/net"
    first.mkdir(parents=True)
    (first / "dev").write_bytes(net_dev(f"host0: {counters()}"))
    assert list(tree.collect()) == ["host0"]


def test_an_interface_that_comes_and_goes(tree: Tree) -> None:
    collector = NetworkInterfaceCollector()
    tree.add("eth0", operstate="up")
    assert len(collector.collect(tree.host)) == 1
    tree.add("wg0", operstate="unknown", carrier="1")
    assert len(collector.collect(tree.host)) == 2
    tree.lines.clear()
    tree.add("eth2", operstate="down")
    assert [row.name for row in collector.collect(tree.host)] == ["eth2"]
    assert not [path for path in tree.host.kept() if "wg0" in path]


def test_none_at_all(tree: Tree) -> None:
    (tree.folder / "proc/net/dev").write_bytes(HEADINGS)
    assert NetworkInterfaceCollector().collect(tree.host) == []


def test_a_malformed_line_is_logged_once(tree: Tree, caplog: pytest.LogCaptureFixture) -> None:
    (tree.folder / "proc/net/dev").write_bytes(net_dev("eth0: 1 2"))
    collector = NetworkInterfaceCollector()
    with caplog.at_level(logging.WARNING):
        collector.collect(tree.host)
        collector.collect(tree.host)
    assert len(caplog.records) == 1


def test_without_a_table_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        NetworkInterfaceCollector().collect(Host(str(tmp_path), str(tmp_path)))


def test_what_is_summed_for_the_host(tree: Tree) -> None:
    for name, devtype in (("docker0", "bridge"), ("wlan0", "wlan"), ("wg0", "wireguard")):
        tree.add(name, uevent=f"DEVTYPE={devtype}")
    rows = tree.collect()
    assert [row.name for row in external(list(rows.values()))] == ["wlan0"]
    del rows["wlan0"]
    tree.add("odd", ifindex="7", iflink="7")
    rows = tree.collect()
    del rows["wlan0"]
    assert [row.name for row in external(list(rows.values()))] == ["odd"]

"""Who the host is, from texts."""

from pathlib import Path

import pytest
from homelab_agent.about import (
    parse_cpuinfo,
    parse_fib_trie,
    parse_if_inet6,
    parse_os_release,
    read_about,
    read_hostname,
)
from homelab_agent.host import Host, printable


def test_os_release() -> None:
    text = b'# a comment\nNAME="Debian GNU/Linux"\nVERSION_ID=\'12\'\nID=debian\nodd\nQ="a\\"b"\n'
    values = parse_os_release(text)
    assert values["NAME"] == "Debian GNU/Linux"
    assert values["VERSION_ID"] == "12"
    assert values["Q"] == 'a"b'


@pytest.mark.parametrize(
    "text,model,cores",
    [
        (
            (
                b"processor\t: 0\nmodel\t\t: 167\nmodel name\t: Intel(R) N100\n\n"
                b"processor\t: 1\nmodel name\t: Intel(R) N100\n"
            ),
            "Intel(R) N100",
            2,
        ),
        (
            (
                b"processor\t: 0\nBogoMIPS\t: 108.00\n\nHardware\t: BCM2835\n"
                b"Model\t\t: Raspberry Pi 4 Model B Rev 1.4\n"
            ),
            "Raspberry Pi 4 Model B Rev 1.4",
            1,
        ),
        (b"", None, None),
    ],
)
def test_cpuinfo(text: bytes, model: str | None, cores: int | None) -> None:
    assert parse_cpuinfo(text) == (model, cores)


FIB_TRIE = b"""Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 192.168.1.0/24 2 0 2
        |-- 192.168.1.0
           /24 link UNICAST
        |-- 192.168.1.20
           /32 host LOCAL
        |-- 192.168.1.255
           /32 link BROADCAST
Local:
        |-- 192.168.1.20
           /32 host LOCAL
"""


def test_addresses() -> None:
    assert parse_fib_trie(FIB_TRIE) == ["192.168.1.20"]
    text = (
        b"00000000000000000000000000000001 01 80 10 80       lo\n"
        b"fd000000000000000000000000000002 02 40 00 80     eth0\n"
        b"fe800000000000000000000000000001 02 40 20 80     eth0\n"
        b"zz 02 40 00 80 eth0 x\n"
    )
    assert parse_if_inet6(text) == ["fd00::2"]


def test_the_hostname_of_a_moved_root_is_not_the_containers(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hostname").write_text("nas\n")
    assert read_hostname(Host(str(tmp_path), str(tmp_path), str(tmp_path))) == "nas"


def test_a_host_that_tells_nothing_has_a_name_at_least(tmp_path: Path) -> None:
    about = read_about(Host(str(tmp_path), str(tmp_path), str(tmp_path)))
    assert about.hostname
    assert about.boot_id is None
    assert about.cpu_info.cpu_model is None


def test_printable_text_keeps_long_names_apart() -> None:
    first, second = (printable(b"x" * 300 + end, 255) for end in (b"1", b"2"))
    assert len(first) == len(second) == 255
    assert first != second
    assert printable(b"\xff\xed\xa0\x80\0", 255).encode("utf-8", "strict")

"""Who the host is: its name, boot, system, processor and addresses, for the envelope."""

from __future__ import annotations

import os
import re
import socket
import struct
from dataclasses import dataclass

from homelab_agent.contract import CpuInfo, OsInfo
from homelab_agent.host import Host, printable

_TEXT_LENGTH = 255
_MAX_ADDRESSES = 64


@dataclass(frozen=True)
class About:
    """What of a host changes with a reboot at most."""

    hostname: str
    boot_id: str | None
    os_info: OsInfo
    cpu_info: CpuInfo


def read_about(host: Host) -> About:
    """Read all of it; what a host does not tell is None."""
    release = parse_os_release(
        _root_file(host, "/etc/os-release") or _root_file(host, "/usr/lib/os-release")
    )
    model, cores = parse_cpuinfo(_proc_file(host, "cpuinfo"))
    return About(
        hostname=read_hostname(host),
        boot_id=_word(_proc_file(host, "sys/kernel/random/boot_id")),
        os_info=OsInfo(
            distribution=release.get("NAME"),
            version=release.get("VERSION_ID"),
            kernel=_word(_proc_file(host, "sys/kernel/osrelease")),
            architecture=os.uname().machine,
        ),
        cpu_info=CpuInfo(cpu_model=model, cpu_cores=cores),
    )


def read_hostname(host: Host) -> str:
    """The host's name. In a container the kernel's is the container's: then /etc/hostname."""
    if host.moved:
        name = _word(_root_file(host, "/etc/hostname"))
        if name:
            return name
        name = _word(_proc_file(host, "sys/kernel/hostname"))
        if name:
            return name
    return printable(os.fsencode(socket.gethostname()), _TEXT_LENGTH) or "localhost"


def parse_os_release(text: bytes) -> dict[str, str]:
    """The assignments of an os-release(5) file, quotes taken off."""
    values = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition(b"=")
        if equals and not name.startswith(b"#"):
            plain = re.sub(rb"\\(.)", rb"\1", value.strip(b"\"'"))
            values[name.decode("ascii", "replace")] = printable(plain, _TEXT_LENGTH)
    return values


def parse_cpuinfo(text: bytes) -> tuple[str | None, int | None]:
    """Model and number of processors of a /proc/cpuinfo; Arm boards name the board instead."""
    fields: dict[bytes, bytes] = {}
    processors = 0
    for line in text.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            name = name.strip()
            processors += name == b"processor"
            fields.setdefault(name.lower(), value.strip())
    for name in (b"model name", b"cpu model", b"model", b"hardware", b"machine"):
        # On x86 "model" is a number, and comes with a "model name".
        if fields.get(name):
            return printable(fields[name], _TEXT_LENGTH), processors or None
    return None, processors or None


def read_addresses(host: Host) -> list[str]:
    """The host's addresses but loopback and link-local ones, IPv4 first."""
    folder = "1/net" if host.moved else "net"
    return (
        parse_fib_trie(_proc_file(host, f"{folder}/fib_trie"))
        + parse_if_inet6(_proc_file(host, f"{folder}/if_inet6"))
    )[:_MAX_ADDRESSES]


def parse_fib_trie(text: bytes) -> list[str]:
    """The local IPv4 addresses in /proc/net/fib_trie: leaves whose next line says so."""
    found: dict[str, None] = {}
    leaf = ""
    for line in text.split(b"\n"):
        words = line.split()
        if words[:1] == [b"|--"] and len(words) == 2:
            leaf = words[1].decode("ascii", "replace")
        elif words[:3] == [b"/32", b"host", b"LOCAL"] and not leaf.startswith(("127.", "169.254.")):
            found[leaf] = None
    return list(found)


def parse_if_inet6(text: bytes) -> list[str]:
    """The global IPv6 addresses in /proc/net/if_inet6, in their short form."""
    found = []
    for line in text.split(b"\n"):
        words = line.split()
        # The fourth word is the scope: 00 is global, which unique local addresses are as well.
        if len(words) == 6 and words[3] == b"00" and re.fullmatch(rb"[0-9a-f]{32}", words[0]):
            packed = struct.pack(">QQ", int(words[0][:16], 16), int(words[0][16:], 16))
            found.append(socket.inet_ntop(socket.AF_INET6, packed))
    return found


def _proc_file(host: Host, name: str) -> bytes:
    return _file(host, host.proc_path(name))


def _root_file(host: Host, path: str) -> bytes:
    return _file(host, host.root_path(path))


def _file(host: Host, path: str) -> bytes:
    try:
        return host.read(path)
    except OSError:
        return b""


def _word(text: bytes) -> str | None:
    return printable(text.strip(), _TEXT_LENGTH) or None

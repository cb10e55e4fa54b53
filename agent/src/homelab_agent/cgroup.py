"""What control groups use: the files of cgroup v2 (Documentation/admin-guide/cgroup-v2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from homelab_agent.host import MAX_INTEGER, Host

ROOT = "fs/cgroup"
# The groups of containers, as Docker and Podman name them with either of their drivers.
_CONTAINER = re.compile(r"(?:docker-|libpod-)?([0-9a-f]{64})(?:\.scope)?")
# What may hold such a group: slices, users' managers, and the drivers' own parents.
_PARENT = re.compile(r".+\.slice|user@\d+\.service|docker|libpod_parent")
_MAX_DEPTH = 6


@dataclass(frozen=True)
class Usage:
    """What a group used since it was made, and holds now; None for what its files don't say."""

    cpu_microseconds: int | None = None
    memory_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None


def read_usage(host: Host, folder: str) -> Usage:
    """Read a group's files. Raises OSError where the group is gone."""
    cpu = parse_flat(host.read_again(f"{folder}/cpu.stat"), b"usage_usec")
    memory = parse_flat(_again(host, f"{folder}/memory.current"), b"")
    # What a program would lose first when memory is short is hardly its own.
    cache = parse_flat(_again(host, f"{folder}/memory.stat"), b"inactive_file")
    read, written = parse_io(_again(host, f"{folder}/io.stat"))
    return Usage(
        cpu_microseconds=cpu,
        memory_bytes=None if memory is None else max(memory - (cache or 0), 0),
        read_bytes=read,
        written_bytes=written,
    )


def memory_limit(host: Host, folder: str) -> int | None:
    """The bytes that a group may hold, None where it has no limit."""
    return parse_flat(host.text(f"{folder}/memory.max").encode(), b"")


def first_process(host: Host, folder: str) -> int | None:
    """A process of the group, or of a group in it: which one does not matter."""
    for inner in ("", *(f"/{entry}" for entry in host.entries(folder) if "." not in entry)):
        try:
            pids = host.read(f"{folder}{inner}/cgroup.procs").split(b"\n", 1)
        except OSError:
            continue
        # 0 is a process of another namespace.
        if pids[0].isdigit() and len(pids[0]) <= 9 and int(pids[0]):
            return int(pids[0])
    return None


def containers(host: Host) -> dict[str, str]:
    """The folders of the groups that hold a container, by the container's id."""
    found: dict[str, str] = {}
    folders = [(host.sys_path(ROOT), 0)]
    while folders:
        folder, depth = folders.pop()
        for entry in host.entries(folder):
            match = _CONTAINER.fullmatch(entry)
            if match is not None:
                found[match[1]] = f"{folder}/{entry}"
            elif depth < _MAX_DEPTH and _PARENT.fullmatch(entry):
                folders.append((f"{folder}/{entry}", depth + 1))
    return found


def parse_flat(text: bytes, name: bytes) -> int | None:
    """The value of `name` in lines of a name and a number, of the only line where it has none."""
    for line in text.split(b"\n"):
        key, _, value = line.rpartition(b" ")
        if key == name and value.isdigit() and len(value) <= 20:
            return min(int(value), MAX_INTEGER)
    return None


def parse_io(text: bytes) -> tuple[int | None, int | None]:
    """The bytes read and written of io.stat, over all devices; None where it has none.

    `8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 dbytes=0 dios=0`
    """
    totals: dict[bytes, int] = {}
    for line in text.split(b"\n"):
        for word in line.split():
            name, _, value = word.partition(b"=")
            if name in {b"rbytes", b"wbytes"} and value.isdigit() and len(value) <= 20:
                totals[name] = (totals.get(name, 0) + int(value)) & MAX_INTEGER
    return totals.get(b"rbytes"), totals.get(b"wbytes")


def _again(host: Host, path: str) -> bytes:
    try:
        return host.read_again(path)
    except OSError:  # a controller that is not switched on
        return b""

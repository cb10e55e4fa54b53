"""Linux' software RAID, as /proc/mdstat tells it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from homelab_agent.contract import Raid
from homelab_agent.host import MAX_INTEGER, printable

_BLOCK_BYTES = 1024
_NAME_LENGTH = 64
_ARRAY = re.compile(rb"(\S+) : (active|inactive|broken)((?: \([^)]*\))*)(.*)")
_BLOCKS = re.compile(rb"\s+(\d{1,18}) blocks(.*)")
_IN_USE = re.compile(rb"\[(\d{1,6})/(\d{1,6})\]")
_PROGRESS = re.compile(rb"(\w+) *= *(\d{1,3}\.\d+)%")
_WAITING = re.compile(rb"\s+(\w+)=(?:DELAYED|PENDING|REMOTE)")
_ACTIVITIES = frozenset(("resync", "recovery", "check", "repair", "reshape"))


def parse_mdstat(text: bytes) -> list[Raid]:
    """The arrays of /proc/mdstat.

    md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
          195310144 blocks [2/1] [U_]
          [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min
    """
    arrays: dict[str, Raid] = {}
    name = ""
    for line in text.split(b"\n"):
        head = _ARRAY.fullmatch(line.rstrip())
        if head is not None:
            name = printable(head[1], _NAME_LENGTH)
            arrays[name] = _array(name, head)
        elif not line.startswith((b" ", b"\t")):
            name = ""
        elif name in arrays:
            arrays[name] = _with_detail(arrays[name], line)
            if b" super external:" in line and b":/" not in line:
                del arrays[name]  # what holds the metadata of others is no array itself
    return list(arrays.values())


def _array(name: str, head: re.Match[bytes]) -> Raid:
    words = head[4].split()
    members = [word for word in words if word.endswith((b"]", b")")) and b"[" in word]
    level = printable(words[0], _NAME_LENGTH // 2) if words and words[0] not in members else ""
    in_use = [word for word in members if not word.endswith((b"(S)", b"(F)"))]
    failed = [word for word in members if word.endswith(b"(F)")]
    works = head[2] == b"active"
    return Raid(
        name=name,
        kind=f"md {level}".strip(),
        state="ok" if works else "failed",
        activity="idle",
        devices=len(in_use) + len(failed),
        devices_missing=len(failed),
    )


def _with_detail(array: Raid, line: bytes) -> Raid:
    changes: dict[str, Any] = {}
    blocks = _BLOCKS.match(line)
    if blocks is not None:
        changes["total_bytes"] = int(blocks[1]) * _BLOCK_BYTES & MAX_INTEGER
        in_use = _IN_USE.search(blocks[2])
        if in_use is not None:
            wanted, there = int(in_use[1]), int(in_use[2])
            changes |= {"devices": wanted, "devices_missing": max(wanted - there, 0)}
            if there < wanted and array.state == "ok":
                changes["state"] = "degraded"
    progress = _PROGRESS.search(line)
    if progress is not None:
        changes["activity"] = _activity(progress[1])
        changes["progress_percent"] = min(float(progress[2]), 100.0)
    waiting = _WAITING.match(line)
    if waiting is not None:
        changes["activity"] = _activity(waiting[1])
    return replace(array, **changes) if changes else array


def _activity(word: bytes) -> str:
    name = word.decode("ascii", "replace")
    return name if name in _ACTIVITIES else "other"

"""The largest programs, from every process's /proc/<pid>/stat: off unless it is asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass

from homelab_agent.collectors.shares import Shares
from homelab_agent.contract import PROCESS, Process
from homelab_agent.host import MAX_INTEGER, Host, printable

LARGEST = 10
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Of the words behind the name: utime, stime, starttime and rss, as proc_pid_stat(5) counts them.
_UTIME, _STIME, _START, _RSS = 11, 12, 19, 21


@dataclass(frozen=True)
class One:
    """A process; `began` tells it from another that had its number before."""

    name: str
    began: bytes
    cpu_microseconds: int
    memory_bytes: int


class ProcessCollector:
    """The ten programs that take the most processor time, and the ten that hold the most memory."""

    family = PROCESS

    def __init__(self) -> None:
        self._shares = Shares()

    def collect(self, host: Host) -> list[Process]:
        """Read every process; one that ends meanwhile is left out."""
        self._shares.begin(host)
        programs: dict[str, Process] = {}
        for pid in host.entries(host.proc):
            if not pid.isdigit():
                continue
            try:
                one = parse_process(host.read(host.proc_path(f"{pid}/stat")))
            except OSError:
                continue
            if one is None:
                continue
            share = self._shares.percent(f"{pid} {one.began!r}", one.cpu_microseconds)
            programs[one.name] = _with(programs.get(one.name), one, share)
        return largest(list(programs.values()))


def parse_process(text: bytes) -> One | None:
    """A process's stat; its name stands in brackets and may hold blanks and brackets itself."""
    head, bracket, rest = text.rpartition(b")")
    name = head.partition(b"(")[2]
    words = rest.split()
    if not bracket or not name or len(words) <= _RSS:
        return None
    wanted = [words[index] for index in (_UTIME, _STIME, _START, _RSS)]
    if not all(word.isdigit() and len(word) <= 20 for word in wanted):
        return None
    ticks = int(wanted[0]) + int(wanted[1])
    return One(
        name=printable(name, 64),
        began=wanted[2],
        cpu_microseconds=ticks * 1_000_000 // _TICKS_PER_SECOND,
        memory_bytes=min(int(wanted[3]) * _PAGE_BYTES, MAX_INTEGER),
    )


def largest(programs: list[Process]) -> list[Process]:
    """Those among the first ten by processor time or by memory, the busiest first."""
    busiest = sorted(programs, key=lambda row: row.cpu_percent or 0.0, reverse=True)
    fattest = sorted(programs, key=lambda row: row.memory_bytes or 0, reverse=True)
    chosen = {row.name for row in (*busiest[:LARGEST], *fattest[:LARGEST])}
    return [row for row in busiest if row.name in chosen]


def _with(before: Process | None, one: One, share: float | None) -> Process:
    if before is None:
        return Process(one.name, 1, share, one.memory_bytes)
    shares = [part for part in (before.cpu_percent, share) if part is not None]
    return Process(
        name=one.name,
        processes=before.processes + 1,
        cpu_percent=min(sum(shares), 100.0) if shares else None,
        memory_bytes=min((before.memory_bytes or 0) + one.memory_bytes, MAX_INTEGER),
    )

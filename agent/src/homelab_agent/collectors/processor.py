"""The logical processors one by one, from /proc/stat."""

from __future__ import annotations

import re

from homelab_agent.collectors.host import CpuTimes, parse_cpu_times
from homelab_agent.contract import PROCESSOR, Processor
from homelab_agent.host import Host

_LINE = re.compile(rb"cpu(\d{1,5})")


class ProcessorCollector:
    """Every processor that is online, with its use since the cycle before."""

    family = PROCESSOR

    def __init__(self) -> None:
        self._before: dict[str, CpuTimes] = {}

    def collect(self, host: Host) -> list[Processor]:
        """Read all processors; none the first time. Raises OSError without /proc/stat."""
        now = parse_processors(host.read_again(host.proc_path("stat")))
        before, self._before = self._before, now
        return [
            Processor(name, _busy_percent(before[name], times))
            for name, times in now.items()
            if name in before and times.total > before[name].total
        ]


def parse_processors(text: bytes) -> dict[str, CpuTimes]:
    """The times of each `cpu0`, `cpu1` … line of /proc/stat, by number."""
    times_by_number = {}
    for line in text.split(b"\n"):
        match = _LINE.match(line)
        if match is None:
            if line.startswith(b"intr"):
                break  # the processors stand before the interrupts
            continue
        times = parse_cpu_times(line)
        if times is not None:
            times_by_number[match[1].decode()] = times
    return times_by_number


def _busy_percent(before: CpuTimes, now: CpuTimes) -> float:
    # iowait may fall, which makes time look busy.
    share = 100 * (now.busy - before.busy) / (now.total - before.total)
    return min(max(share, 0.0), 100.0)

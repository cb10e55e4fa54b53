"""Shares of the host's processors, from times that only rise."""

from __future__ import annotations

from homelab_agent.collectors.host import parse_numbers
from homelab_agent.collectors.processor import parse_processors
from homelab_agent.host import Host


class Shares:
    """What each of some groups or processes took of all processors between two cycles."""

    def __init__(self) -> None:
        self._uptime_seconds = 0.0
        self._elapsed_seconds = 0.0
        self._processors = 0
        self._before: dict[str, int] = {}
        self._now: dict[str, int] = {}

    def begin(self, host: Host) -> None:
        """Begin a cycle: what was told in the one before is what is compared with."""
        uptime_seconds = parse_numbers(_read(host, "uptime"), 1)[0] or 0.0
        self._elapsed_seconds = uptime_seconds - self._uptime_seconds
        self._uptime_seconds = uptime_seconds
        self._before, self._now = self._now, {}
        # They seldom change; a long table is not read at every cycle for it.
        if not self._processors:
            self._processors = len(parse_processors(_read(host, "stat"))) or 1

    def percent(self, name: str, microseconds: int | None) -> float | None:
        """The share since the cycle before, where it was told there too."""
        if microseconds is None:
            return None
        self._now[name] = microseconds
        before = self._before.get(name)
        if before is None or self._elapsed_seconds <= 0:
            return None
        share = (microseconds - before) / self._elapsed_seconds / self._processors / 10_000
        return min(max(share, 0.0), 100.0)


def _read(host: Host, name: str) -> bytes:
    try:
        return host.read_again(host.proc_path(name))
    except OSError:
        return b""

"""Graphics processors of AMD and Intel, from /sys/class/drm."""

from __future__ import annotations

import re
from functools import partial

from homelab_agent.collectors.host import parse_numbers
from homelab_agent.contract import GPU, Gpu
from homelab_agent.host import MAX_INTEGER, Host, printable
from homelab_agent.workers import Workers

_CARD = re.compile(r"card\d+")
_HERTZ_PER_MEGAHERTZ = 1_000_000
_WATTS_PER_MICROWATT = 1e-6


class GpuCollector:
    """Every card whose driver tells; a driver may hang, so a worker reads."""

    family = GPU

    def __init__(self, workers: Workers, deadline_seconds: float) -> None:
        self._workers = workers
        self._deadline_seconds = deadline_seconds
        self._found: list[str] = []
        self._cards: dict[str, str] = {}
        self._idle_before: dict[str, tuple[float, int]] = {}

    def collect(self, host: Host) -> list[Gpu]:
        """Read every card; one that says nothing, or sleeps, has no row."""
        found = host.entries(host.sys_path("class/drm"))
        if found != self._found:
            self._found = found
            self._cards = {card: _name(host, card) for card in found if _CARD.fullmatch(card)}
        answers = self._workers.run(
            {f"gpu {card}": partial(self._read, host, card) for card in self._cards},
            self._deadline_seconds,
        )
        return [row for row in answers.values() if isinstance(row, Gpu) and row != Gpu(row.name)]

    def _read(self, host: Host, card: str) -> Gpu:
        name = self._cards[card]
        device = host.sys_path(f"class/drm/{card}/device")
        # Asking a card that sleeps would wake it, or fail.
        if host.text(f"{device}/power/runtime_status") == "suspended":
            return Gpu(name)
        power = _first_number(host, _of_hwmon(host, device, "power1_average", "power1_input"))
        megahertz = _first_number(
            host,
            [
                host.sys_path(f"class/drm/{card}/{file}")
                for file in ("gt/gt0/rps_act_freq_mhz", "gt_act_freq_mhz")
            ],
        )
        hertz = _first_number(host, _of_hwmon(host, device, "freq1_input"))
        if megahertz is not None:
            hertz = megahertz * _HERTZ_PER_MEGAHERTZ
        busy = parse_count(_text(host, f"{device}/gpu_busy_percent"))
        return Gpu(
            name=name,
            busy_percent=self._by_idleness(host, card) if busy is None else min(busy, 100.0),
            memory_used_bytes=parse_count(_text(host, f"{device}/mem_info_vram_used")),
            memory_total_bytes=parse_count(_text(host, f"{device}/mem_info_vram_total")),
            power_watts=None if power is None else power * _WATTS_PER_MICROWATT,
            frequency_hertz=None if hertz is None else min(hertz, MAX_INTEGER),
        )

    def _by_idleness(self, host: Host, card: str) -> float | None:
        """Intel tells for how long the card was in its deepest rest (rc6), in milliseconds."""
        folder = host.sys_path(f"class/drm/{card}")
        idle = _first_number(
            host, [f"{folder}/gt/gt0/rc6_residency_ms", f"{folder}/power/rc6_residency_ms"]
        )
        uptime_seconds = parse_numbers(_text(host, host.proc_path("uptime")), 1)[0]
        if idle is None or uptime_seconds is None:
            return None
        before = self._idle_before.get(card)
        self._idle_before[card] = (uptime_seconds, idle)
        if before is None or uptime_seconds <= before[0]:
            return None
        rested = (idle - before[1]) / 1_000 / (uptime_seconds - before[0])
        return min(max(100 * (1 - rested), 0.0), 100.0)


def parse_count(text: bytes) -> int | None:
    """A whole number of 0 and more, None for anything else."""
    word = text.strip()
    return min(int(word), MAX_INTEGER) if word.isdigit() and len(word) <= 20 else None


def _name(host: Host, card: str) -> str:
    device = host.sys_path(f"class/drm/{card}/device")
    driver = host.link(f"{device}/driver").rpartition("/")[2] or "gpu"
    place = host.link(device).rpartition("/")[2] or card
    return printable(f"{driver} {place}".encode(), 64)


def _of_hwmon(host: Host, device: str, *files: str) -> list[str]:
    return [
        f"{device}/hwmon/{chip}/{file}"
        for chip in host.entries(f"{device}/hwmon")
        for file in files
    ]


def _first_number(host: Host, paths: list[str]) -> int | None:
    counts = (parse_count(_text(host, path)) for path in paths)
    return next((count for count in counts if count is not None), None)


def _text(host: Host, path: str) -> bytes:
    try:
        return host.read(path)
    except OSError:
        return b""

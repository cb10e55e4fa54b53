"""Temperatures, from /sys/class/hwmon, and from /sys/class/thermal where that has none."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

from homelab_agent.contract import TEMPERATURE, Temperature
from homelab_agent.host import Host, printable
from homelab_agent.workers import Workers

_INPUT = re.compile(r"(temp\d{1,4})_input")
_NAME_LENGTH = 128
# Unconnected inputs read as the end of their range; no sensor of a computer measures beyond.
_PLAUSIBLE_CELSIUS = (-100.0, 250.0)


@dataclass(frozen=True)
class Sensor:
    """Where one temperature is read. `place` tells chips of one name apart, over reboots too."""

    name: str
    place: str
    reading: str
    critical_celsius: float | None


class TemperatureCollector:
    """Every sensor; a chip's driver may hang or sleep, so each chip has its own call."""

    family = TEMPERATURE

    def __init__(self, workers: Workers, deadline_seconds: float) -> None:
        self._workers = workers
        self._deadline_seconds = deadline_seconds
        self._chips: dict[str, list[Sensor]] = {}

    def collect(self, host: Host) -> list[Temperature]:
        """Read all sensors; one that gives no reading has no row."""
        found = host.entries(host.sys_path("class/hwmon"))
        if found != list(self._chips):
            self._chips = _named_apart({chip: _sensors(host, chip) for chip in found})
        answers = self._workers.run(
            {chip: partial(_read, host, sensors) for chip, sensors in self._chips.items()},
            self._deadline_seconds,
        )
        rows = [row for chip in self._chips for row in _rows(answers.get(chip))]
        return rows or _thermal_zones(host)


def parse_celsius(text: bytes) -> float | None:
    """A file's millidegrees as degrees, None for what no sensor can mean."""
    word = text.strip()
    if not re.fullmatch(rb"-?[0-9]{1,7}", word):
        return None
    celsius = int(word) / 1_000
    low, high = _PLAUSIBLE_CELSIUS
    return celsius if low < celsius < high else None


def _sensors(host: Host, chip: str) -> list[Sensor]:
    folder = host.sys_path(f"class/hwmon/{chip}")
    name = _text(host, f"{folder}/name") or chip
    place = host.link(f"{folder}/device").rpartition("/")[2]
    sensors = []
    for entry in host.entries(folder):
        match = _INPUT.fullmatch(entry)
        if match is None:
            continue
        label = _text(host, f"{folder}/{match[1]}_label") or match[1]
        critical = parse_celsius(_bytes(host, f"{folder}/{match[1]}_crit"))
        # Drivers say 0 where the hardware says nothing.
        sensors.append(Sensor(f"{name} {label}", place, f"{folder}/{entry}", critical or None))
    return sensors


def _named_apart(chips: dict[str, list[Sensor]]) -> dict[str, list[Sensor]]:
    """Add its place to each name that comes twice, and a number where that is not enough."""
    names = Counter(sensor.name for sensors in chips.values() for sensor in sensors)
    seen: Counter[str] = Counter()
    result: dict[str, list[Sensor]] = {}
    for chip, sensors in chips.items():
        result[chip] = []
        for sensor in sensors:
            name = sensor.name
            if names[name] > 1 and sensor.place:
                name = f"{name} ({sensor.place})"
            seen[name] += 1
            if seen[name] > 1:
                name = f"{name} #{seen[name]}"
            result[chip].append(replace(sensor, name=printable(name.encode(), _NAME_LENGTH)))
    return result


def _read(host: Host, sensors: list[Sensor]) -> list[Temperature]:
    rows = []
    for sensor in sensors:
        try:
            celsius = parse_celsius(host.read_again(sensor.reading))
        except OSError:  # asleep, unplugged or not connected
            continue
        if celsius is not None:
            rows.append(Temperature(sensor.name, celsius, sensor.critical_celsius))
    return rows


def _rows(answer: list[Temperature] | OSError | None) -> list[Temperature]:
    return answer if isinstance(answer, list) else []


def _thermal_zones(host: Host) -> list[Temperature]:
    zones: dict[str, list[Sensor]] = {}
    for zone in host.entries(host.sys_path("class/thermal")):
        folder = host.sys_path(f"class/thermal/{zone}")
        if zone.startswith("thermal_zone"):
            name = _text(host, f"{folder}/type") or zone
            zones[zone] = [Sensor(name, "", f"{folder}/temp", None)]
    return [row for sensors in _named_apart(zones).values() for row in _read(host, sensors)]


def _bytes(host: Host, path: str) -> bytes:
    try:
        return host.read(path)
    except OSError:
        return b""


def _text(host: Host, path: str) -> str:
    return printable(_bytes(host, path).strip(), _NAME_LENGTH)

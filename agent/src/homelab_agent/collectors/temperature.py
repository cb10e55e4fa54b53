"""Temperatures, from /sys/class/hwmon, and from /sys/class/thermal where that has none."""

from __future__ import annotations

import re

from homelab_agent.contract import TEMPERATURE, Temperature
from homelab_agent.host import Host
from homelab_agent.hwmon import Sensor, Sensors, named_apart, read_each
from homelab_agent.workers import Workers

# Unconnected inputs read as the end of their range; no sensor of a computer measures beyond.
_PLAUSIBLE_CELSIUS = (-100.0, 250.0)


class TemperatureCollector:
    """Every sensor that gives a reading."""

    family = TEMPERATURE

    def __init__(self, workers: Workers, deadline_seconds: float) -> None:
        self._sensors = Sensors("temp", parse_celsius, workers, deadline_seconds)
        self._found: list[str] = []
        self._zones: list[Sensor] = []

    def collect(self, host: Host) -> list[Temperature]:
        """Read all sensors; one that gives no reading has no row."""
        readings = self._sensors.read(host) or read_each(host, self._zones_of(host), parse_celsius)
        return [
            # Drivers say 0 where the hardware says nothing.
            Temperature(sensor.name, celsius, sensor.critical or None)
            for sensor, celsius in readings
        ]

    def _zones_of(self, host: Host) -> list[Sensor]:
        found = host.entries(host.sys_path("class/thermal"))
        if found != self._found:
            self._found = found
            self._zones = _zones(host, found)
        return self._zones


def parse_celsius(text: bytes) -> float | None:
    """A file's millidegrees as degrees, None for what no sensor can mean."""
    word = text.strip()
    if not re.fullmatch(rb"-?[0-9]{1,7}", word):
        return None
    celsius = int(word) / 1_000
    low, high = _PLAUSIBLE_CELSIUS
    return celsius if low < celsius < high else None


def _zones(host: Host, found: list[str]) -> list[Sensor]:
    zones: dict[str, list[Sensor]] = {}
    for zone in found:
        folder = host.sys_path(f"class/thermal/{zone}")
        if zone.startswith("thermal_zone"):
            name = host.text(f"{folder}/type") or zone
            zones[zone] = [Sensor(name, "", f"{folder}/temp", _critical(host, folder))]
    return [sensor for sensors in named_apart(zones).values() for sensor in sensors]


def _critical(host: Host, folder: str) -> float | None:
    """The temperature of the trip point at which the kernel would switch off."""
    for entry in host.entries(folder):
        trip = entry.removesuffix("_type")
        if trip != entry and host.text(f"{folder}/{entry}") == "critical":
            return parse_celsius(host.text(f"{folder}/{trip}_temp").encode())
    return None

"""Fans, from /sys/class/hwmon."""

from __future__ import annotations

from homelab_agent.contract import FAN, Fan
from homelab_agent.host import Host
from homelab_agent.hwmon import Sensors
from homelab_agent.workers import Workers

# Nothing in a computer turns faster; drivers read as much where nothing is connected.
_MAX_RPM = 50_000


class FanCollector:
    """Every fan that has a sensor, standing ones too."""

    family = FAN

    def __init__(self, workers: Workers, deadline_seconds: float) -> None:
        self._sensors = Sensors("fan", parse_rpm, workers, deadline_seconds)

    def collect(self, host: Host) -> list[Fan]:
        """Read all fans; one that gives no reading has no row."""
        return [Fan(sensor.name, int(rpm)) for sensor, rpm in self._sensors.read(host)]


def parse_rpm(text: bytes) -> float | None:
    """A file's revolutions per minute, None for what no fan can mean."""
    word = text.strip()
    if not word.isdigit() or len(word) > 9:
        return None
    rpm = int(word)
    return rpm if rpm < _MAX_RPM else None

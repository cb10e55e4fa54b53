"""The sensors of /sys/class/hwmon: what they are called, and their readings.

Documentation/hwmon/sysfs-interface names the files: `temp1_input`, `fan2_label` and their like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from homelab_agent.host import Host, printable
from homelab_agent.workers import Workers

NAME_LENGTH = 128
# Of these the drive's model says more than the driver's name.
_DRIVES = frozenset(("nvme", "drivetemp"))


@dataclass(frozen=True)
class Sensor:
    """Where one value is read. `place` tells chips of one name apart, over reboots too."""

    name: str
    place: str
    reading: str
    critical: float | None


Parse = Callable[[bytes], "float | None"]
Readings = list[tuple[Sensor, float]]


class Sensors:
    """Every sensor of one kind (`temp`, `fan`).

    A chip's driver may hang or sleep, so each chip has its own call, under a deadline.
    """

    def __init__(self, kind: str, parse: Parse, workers: Workers, deadline_seconds: float) -> None:
        self._kind = kind
        self._parse = parse
        self._workers = workers
        self._deadline_seconds = deadline_seconds
        self._found: list[str] = []
        self._chips: dict[str, list[Sensor]] = {}

    def read(self, host: Host) -> Readings:
        """The sensors with their readings; one that gives none is left out."""
        found = host.entries(host.sys_path("class/hwmon"))
        if found != self._found:
            self._found = found
            chips = {chip: _sensors(host, chip, self._kind, self._parse) for chip in found}
            self._chips = named_apart({chip: some for chip, some in chips.items() if some})
        answers = self._workers.run(
            {
                f"{self._kind} of {chip}": partial(read_each, host, sensors, self._parse)
                for chip, sensors in self._chips.items()
            },
            self._deadline_seconds,
        )
        readings: Readings = []
        for chip in self._chips:
            answer = answers.get(f"{self._kind} of {chip}")
            if isinstance(answer, list):
                readings.extend(answer)
        return readings


def read_each(host: Host, sensors: list[Sensor], parse: Parse) -> Readings:
    """The readings of some sensors."""
    readings = []
    for sensor in sensors:
        try:
            value = parse(host.read_again(sensor.reading))
        except OSError:  # asleep, unplugged or not connected
            continue
        if value is not None:
            readings.append((sensor, value))
    return readings


def named_apart(chips: dict[str, list[Sensor]]) -> dict[str, list[Sensor]]:
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
            result[chip].append(replace(sensor, name=printable(name.encode(), NAME_LENGTH)))
    return result


def _sensors(host: Host, chip: str, kind: str, parse: Parse) -> list[Sensor]:
    folder = host.sys_path(f"class/hwmon/{chip}")
    name = host.text(f"{folder}/name") or chip
    if name in _DRIVES:
        name = host.text(f"{folder}/device/model") or name
    place = host.link(f"{folder}/device").rpartition("/")[2]
    sensors = []
    for entry in host.entries(folder):
        match = re.fullmatch(rf"({kind}\d{{1,4}})_input", entry)
        if match is None:
            continue
        label = host.text(f"{folder}/{match[1]}_label") or match[1]
        critical = parse(host.text(f"{folder}/{match[1]}_crit").encode())
        sensors.append(Sensor(f"{name} {label}", place, f"{folder}/{entry}", critical))
    return sensors

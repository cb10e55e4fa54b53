"""Batteries, from /sys/class/power_supply."""

from __future__ import annotations

from functools import partial

from homelab_agent.contract import BATTERY, Battery
from homelab_agent.host import MAX_INTEGER, Host, printable
from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers

# A laptop's controller takes milliseconds to answer.
EVERY_SECONDS = 30
_MICRO = 1_000_000
_STATES = {
    b"Charging": "charging",
    b"Discharging": "discharging",
    b"Full": "full",
    b"Not charging": "not_charging",
}


class BatteryCollector:
    """The batteries of the host itself; those of its mice and keyboards are not."""

    family = BATTERY

    def __init__(self, workers: Workers) -> None:
        self._rows: Seldom[list[Battery]] = Seldom("batteries", workers, EVERY_SECONDS, [])

    def collect(self, host: Host) -> list[Battery]:
        """The batteries as they were found last."""
        if not host.entries(host.sys_path("class/power_supply")):
            return []
        return self._rows.latest(partial(read_all, host))


def read_all(host: Host) -> list[Battery]:
    """Read every battery."""
    folder = host.sys_path("class/power_supply")
    rows = []
    for name in host.entries(folder):
        try:
            values = parse_supply(host.read(f"{folder}/{name}/uevent"))
        except OSError:  # taken out
            continue
        of_device = host.text(f"{folder}/{name}/scope") == "Device"
        if values.get(b"TYPE", b"Battery") == b"Battery" and b"STATUS" in values and not of_device:
            rows.append(battery(name, values))
    return rows


def parse_supply(text: bytes) -> dict[bytes, bytes]:
    """The properties of a power supply's uevent: `POWER_SUPPLY_CAPACITY=98`."""
    values = {}
    for line in text.split(b"\n"):
        name, equals, value = line.partition(b"=")
        if equals and name.startswith(b"POWER_SUPPLY_"):
            values[name[13:]] = value.strip()
    return values


def battery(name: str, values: dict[bytes, bytes]) -> Battery:
    """The row of one battery: it tells energy (in microwatt hours) or charge (ampere hours)."""
    unit = b"ENERGY" if b"ENERGY_FULL" in values else b"CHARGE"
    now, full, design = (
        _number(values, unit + part) for part in (b"_NOW", b"_FULL", b"_FULL_DESIGN")
    )
    power = _power_watts(values)
    volts = 1.0 if unit == b"ENERGY" else (_number(values, b"VOLTAGE_NOW") or 0) / _MICRO
    state = _STATES.get(values.get(b"STATUS", b""), "unknown")
    percent = _number(values, b"CAPACITY")
    remaining = None
    if state == "discharging" and power and now is not None:
        remaining = now / _MICRO * volts / power * 3_600
    return Battery(
        name=printable(name.encode(), 64),
        state=state,  # type: ignore[arg-type]  # one of the table above
        percent=None if percent is None else min(percent, 100.0),
        power_watts=power,
        remaining_seconds=remaining,
        health_percent=min(100 * full / design, 200.0) if full and design else None,
        # Many controllers say 0 for "I do not count".
        cycles=int(min(_number(values, b"CYCLE_COUNT") or 0, MAX_INTEGER)) or None,
    )


def _power_watts(values: dict[bytes, bytes]) -> float | None:
    power = _number(values, b"POWER_NOW")
    if power is not None:
        return power / _MICRO
    current, voltage = _number(values, b"CURRENT_NOW"), _number(values, b"VOLTAGE_NOW")
    return None if current is None or voltage is None else current / _MICRO * voltage / _MICRO


def _number(values: dict[bytes, bytes], name: bytes) -> float | None:
    # Some say a discharge as a negative current.
    word = values.get(name, b"").lstrip(b"-")
    return float(word) if word.isdigit() and len(word) <= 12 else None

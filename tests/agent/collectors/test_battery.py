"""Batteries of recorded hosts."""

from pathlib import Path

import pytest
from homelab_agent.collectors.battery import BatteryCollector, battery, parse_supply
from homelab_agent.contract import Battery
from homelab_agent.contract.battery import severity
from homelab_agent.host import Host
from homelab_agent.workers import Workers

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"


def collect(machine: str) -> list[Battery]:
    return BatteryCollector(Workers()).collect(Host("/proc", str(HOSTS / machine / "sys")))


def test_one_that_tells_energy() -> None:
    (row,) = collect("laptop")  # neither the mains nor the mouse
    assert (row.name, row.state, row.percent, row.cycles) == ("BAT0", "discharging", 98, None)
    assert row.power_watts == pytest.approx(4.83)
    assert row.remaining_seconds == pytest.approx(49.45 / 4.83 * 3600)
    assert row.health_percent == pytest.approx(100 * 50.06 / 47.52)


def test_one_that_tells_charge() -> None:
    (row,) = collect("raspberrypi")
    assert (row.state, row.percent, row.cycles) == ("charging", 75, 212)
    assert row.power_watts == pytest.approx(2.0)
    assert (row.remaining_seconds, row.health_percent) == (None, 80)


def test_a_host_without_one() -> None:
    assert collect("nas") == []


@pytest.mark.parametrize("text", [b"", b"POWER_SUPPLY_CAPACITY=x\n", b"A=b\n\xff\n"])
def test_one_that_tells_nothing(text: bytes) -> None:
    assert battery("a", parse_supply(text)) == Battery("a", "unknown")


@pytest.mark.parametrize(
    "row, bad",
    [
        (Battery("a", "discharging", 10.0), "warning"),
        (Battery("a", "discharging", 11.0), None),
        (Battery("a", "charging", 3.0), None),
    ],
)
def test_what_is_bad_for_the_host(row: Battery, bad: str | None) -> None:
    assert severity(row) == bad

"""Fans, from recorded hosts."""

from pathlib import Path

import pytest
from homelab_agent.collectors.fan import FanCollector, parse_rpm
from homelab_agent.host import Host
from homelab_agent.workers import Workers

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"


@pytest.mark.parametrize(
    "text, rpm",
    [
        (b"1153\n", 1153),
        (b"0\n", 0),
        (b"65535\n", None),  # the end of a register where no fan is
        (b"-1\n", None),
        (b"", None),
        (b"1e3", None),
        (b"99999999999999999999", None),
    ],
)
def test_revolutions(text: bytes, rpm: int | None) -> None:
    assert parse_rpm(text) == rpm


@pytest.mark.parametrize(
    "machine, fans",
    [
        ("laptop", {"thinkpad fan1": 2781}),
        ("nas", {"nct6798 fan1": 0, "nct6798 CPU Fan": 1153, "nct6798 fan7": 612}),
        ("raspberrypi", {"pwmfan fan1": 3215}),
        ("container", {}),
    ],
)
def test_recorded_hosts(machine: str, fans: dict[str, int]) -> None:
    rows = FanCollector(Workers(), 5).collect(Host("/proc", str(HOSTS / machine / "sys")))
    assert {row.sensor: row.rpm for row in rows} == fans

"""Asking a stand-in, and what its recordings say when read another way."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from homelab_cmd.errors import Unavailable
from homelab_cmd.netdata.client import Daemon
from homelab_cmd.netdata.schemas import MetricData, SystemMetrics, TimeRange
from homelab_cmd.netdata.service import Netdata, get_system_metrics

from tests.backend.netdata.standin import RECORDINGS


def ask(url: str, time_range: TimeRange = TimeRange.FIVE_MINUTES, node: str = "") -> SystemMetrics:
    return asyncio.run(get_system_metrics(Netdata(Daemon(url, node)), time_range))


def complaint(url: str, node: str = "") -> str:
    with pytest.raises(Unavailable) as caught:
        ask(url, node=node)
    assert caught.value.status == 503
    return caught.value.message


def oracle(recording: str, metric: str, release: str = "v2.10.4") -> list[tuple[int, Any]]:
    """The metric of each recorded row, oldest first, by column numbers and plain arithmetic."""
    data = json.loads((RECORDINGS / release / f"{recording}.json").read_text())["result"]["data"]
    formula: dict[str, Callable[[list[float]], float]] = {
        "cpu": lambda v: min(sum(v), 100),  # the recordings' rounded parts reach 100.000003
        "ram": lambda v: v[1] / sum(v) * 100,  # free, used, cached, buffers
        "disk": lambda v: v[0] - v[1],  # reads, then writes as a negative number
        "network_in": lambda v: v[0],
        "network_out": lambda v: -v[1],
    }
    points = []
    for row in sorted(data):
        cells = [cell[0] if isinstance(cell, list) else cell for cell in row[1:]]
        points.append((row[0], None if None in cells else formula[metric](cells)))
    return points


def assert_equal(found: MetricData | None, expected: list[tuple[int, Any]]) -> None:
    assert found is not None
    assert [point.timestamp for point in found.points] == [moment for moment, _ in expected]
    for point, (_, value) in zip(found.points, expected, strict=True):
        assert point.value == (None if value is None else pytest.approx(value, abs=1e-9))
        assert point.value is None or point.value >= 0

"""The metric query: one metric of one host, or its mean over hosts, in the tier of its range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from homelab_agent.contract import Role
from numpy.typing import NDArray
from sqlalchemy import Connection

from homelab_cmd.clock import iso
from homelab_cmd.durations import TimeRange
from homelab_cmd.history import rates
from homelab_cmd.history.downsample import lttb
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.planner import Question, Series, answer
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, HOUR_MS, MINUTE, RAW, Tier
from homelab_cmd.metrics.names import Metric
from homelab_cmd.metrics.values import iso_times, records
from homelab_cmd.servers.snapshots import Snapshot
from homelab_cmd.servers.status import DEFAULT_INTERVAL_MS, OFFLINE_INTERVALS

# Up to how long a range each tier answers: it is part of this API's contract.
_LONGEST_MS = ((RAW, HOUR_MS), (MINUTE, DAY_MS), (HOUR, 7 * DAY_MS))
_SECOND_MS = 1_000

Times = NDArray[np.int64]
Values = NDArray[Any]


@dataclass(frozen=True)
class Found:
    """The points of a metric, and the tier that they were truly read from."""

    source: Tier
    data: list[dict[str, Any]]


def tier_of(length_ms: int) -> Tier:
    """The finest tier that a range of this length is read from."""
    return next((tier for tier, longest_ms in _LONGEST_MS if length_ms <= longest_ms), DAY)


def read_metric(
    engine: HistoryEngine,
    connection: Connection,
    metric: Metric,
    key: str | None,
    server_keys: Sequence[int],
    times: TimeRange,
    points: int,
) -> Found:
    """At most `points` of one host's values, or of the means over several hosts."""
    question = Question(
        server_keys,
        metric.family,
        None if metric.family.key is None else (key or "",),
        (metric.field,),
        times.start_ms,
        times.end_ms,
        points,
        tier_of(times.end_ms - times.start_ms),
    )
    found = answer(engine, connection, question)
    parts = [_numbers(metric, series) for series in found.series]
    if len(server_keys) == 1:
        time_ms, values = parts[0] if parts else (np.zeros(0, np.int64), np.zeros(0))
    else:
        time_ms, values = _mean(found.series, parts)
    chosen = lttb(time_ms, values, points)
    data = {"time": iso_times(time_ms[chosen]), "value": values[chosen].tolist()}
    return Found(found.plan.source, records(data))


def _numbers(metric: Metric, series: Series) -> tuple[Times, Values]:
    """The times at which there is a value: a gauge's mean, a counter as it stood, a state's share.

    That is what the live stream says of single samples.
    """
    part = "last" if metric.field.role is Role.COUNTER else "avg"
    column = series.level(metric.field, part)
    known = column.mask()
    return series.time_ms[known], np.ascontiguousarray(column.values[known])


def _mean(series: Sequence[Series], parts: Sequence[tuple[Times, Values]]) -> tuple[Times, Values]:
    """The mean over hosts in each window; samples share windows of the slowest host's interval."""
    step_ms = max((_step_ms(one) for one in series), default=_SECOND_MS)
    by_host = [_bucket_means(time_ms, values, step_ms) for time_ms, values in parts]
    if not by_host:
        return np.zeros(0, np.int64), np.zeros(0)
    times = np.concatenate([time_ms for time_ms, _ in by_host])
    return _bucket_means(times, np.concatenate([values for _, values in by_host]), step_ms)


def _step_ms(series: Series) -> int:
    if series.step_ms:
        return series.step_ms
    slowest_ms = int(rates.intervals_ms(series.frame).max())
    return -(-slowest_ms // _SECOND_MS) * _SECOND_MS


def _bucket_means(time_ms: Times, values: Values, step_ms: int) -> tuple[Times, Values]:
    starts, place = np.unique(time_ms - time_ms % step_ms, return_inverse=True)
    sums = np.bincount(place, weights=values.astype(np.float64), minlength=len(starts))
    return starts, sums / np.maximum(np.bincount(place, minlength=len(starts)), 1)


def latest_value(metric: Metric, key: str | None, snapshot: Snapshot) -> tuple[int, float] | None:
    """The time and value of a host's newest report of the metric."""
    family_key = metric.family.key
    for row in snapshot.rows.get(metric.family.name, ()):
        if family_key is None or getattr(row, family_key.name) == key:
            value = metric.value(row)
            if value is not None:
                return snapshot.as_of_ms[metric.family.name], value
    return None


def latest_mean(
    metric: Metric, key: str | None, snapshots: Sequence[Snapshot], at_ms: int
) -> tuple[int, float] | None:
    """The mean over the hosts that report now, and the time of the newest of them."""
    found = []
    for snapshot in snapshots:
        newest = latest_value(metric, key, snapshot)
        interval_ms = snapshot.facts.get("interval_ms") or DEFAULT_INTERVAL_MS
        if newest is not None and at_ms - newest[0] <= OFFLINE_INTERVALS * interval_ms:
            found.append(newest)
    if not found:
        return None
    return max(time_ms for time_ms, _ in found), sum(value for _, value in found) / len(found)


def point(metric_name: str, host: str | None, newest: tuple[int, float]) -> dict[str, Any]:
    """`{metric_name, host, time, value}`, as the live stream says it."""
    time_ms, value = newest
    return {"metric_name": metric_name, "host": host, "time": iso(time_ms), "value": value}

"""The system's five metrics from a Netdata daemon, asked as seldom as many readers allow."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from homelab_cmd.errors import Unavailable
from homelab_cmd.netdata.client import Daemon
from homelab_cmd.netdata.parse import METRICS, Metric, Table, Window, latest, series
from homelab_cmd.netdata.schemas import (
    MetricData,
    MetricPoint,
    NetdataState,
    SystemMetrics,
    TimeRange,
)

WINDOWS = {
    TimeRange.FIVE_MINUTES: Window(300, 60, keep_seconds=2),
    TimeRange.ONE_HOUR: Window(3_600, 60, keep_seconds=15),
    TimeRange.ONE_DAY: Window(86_400, 144, keep_seconds=60),
}
# The last bucket of an hour's or a day's series may be over for 60 or 600 s.
CURRENT = Window(5, 1, keep_seconds=2, unaligned=True)

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_Question = tuple[str, Window]


class Netdata:
    """A daemon behind a short memory: however many ask at once, it is asked once.

    expected: whether somebody set an address; the default one is only tried
    """

    def __init__(
        self,
        daemon: Daemon,
        clock: Callable[[], float] = time.monotonic,
        *,
        expected: bool = True,
    ) -> None:
        self.daemon = daemon
        self.expected = expected
        self._clock = clock
        self._kept: dict[_Question, tuple[float, Table | None]] = {}
        self._asked: dict[_Question, asyncio.Task[Table | None]] = {}

    async def table(self, context: str, window: Window) -> Table | None:
        """As `Daemon.read`; an answer is used again for `window.keep_seconds`, a failure never."""
        question = (context, window)
        if question in self._kept:
            answered_at, table = self._kept[question]
            if self._clock() - answered_at < window.keep_seconds:
                return table
        task = self._asked.get(question)
        if task is None:
            task = asyncio.create_task(self._ask(question))
            self._asked[question] = task
        # Shielded, for a reader who goes away must not take the answer from the others.
        return await asyncio.shield(task)

    async def _ask(self, question: _Question) -> Table | None:
        asked_at = self._clock()
        try:
            table = await self.daemon.read(*question)
        finally:
            del self._asked[question]
        self._kept[question] = (asked_at, table)
        self.expected = True  # it was here: that it is away is worth saying from now on
        return table


def build_netdata(url: str, node: str, *, expected: bool) -> Netdata:
    """The daemon of the settings; a URL that can't be one is named in the log.

    It does not keep the server from starting: everything else works without Netdata.
    """
    daemon = Daemon(url, node)
    if daemon.problem:
        log.warning("no metrics from Netdata: %s", daemon.problem)
    return Netdata(daemon, expected=expected)


async def get_netdata_state(netdata: Netdata) -> NetdataState:
    """Whether the daemon answers, by asking it for the CPU of now."""
    try:
        await netdata.table(METRICS[0].context, CURRENT)
    except Unavailable as error:
        return NetdataState(expected=netdata.expected, problem=error.message)
    return NetdataState(expected=netdata.expected, problem=None)


async def get_system_metrics(netdata: Netdata, time_range: TimeRange) -> SystemMetrics:
    """All five metrics, asked for at the same time. Raises Unavailable, saying what is wrong."""
    # All are waited for, also past a failure, so that no query is left running without a reader.
    outcomes = await asyncio.gather(
        *(fetch_metric(netdata, metric, time_range) for metric in METRICS), return_exceptions=True
    )
    found = [_result(outcome) for outcome in outcomes]
    if not any(found):
        raise netdata.daemon.nothing_known()
    return SystemMetrics(**{metric.name: data for metric, data in zip(METRICS, found, strict=True)})


async def fetch_metric(
    netdata: Netdata, metric: Metric, time_range: TimeRange
) -> MetricData | None:
    """One metric now and over the range, None where the daemon does not collect it.

    Raises Unavailable, saying what is wrong.
    """
    window = WINDOWS[time_range]
    now_window = window if time_range is TimeRange.FIVE_MINUTES else CURRENT
    table, now_table = await asyncio.gather(
        netdata.table(metric.context, window),
        netdata.table(metric.context, now_window),
        return_exceptions=True,
    )
    table, now_table = _result(table), _result(now_table)
    if table is None or not metric.is_in(table):
        return None
    points = series(metric, table, window, int(time.time()))
    return MetricData(
        name=metric.name,
        current=None if now_table is None else latest(metric, now_table),
        unit=metric.unit,
        points=[MetricPoint(timestamp=end, value=value) for end, value in points],
    )


def _result(outcome: _T | BaseException) -> _T:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome

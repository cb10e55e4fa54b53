"""Netdata's data answers (API v1, v2 and v3), read into one shape.

v3 and v2 write a cell as a list whose places `result.point` names, v1 as a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import msgspec


class BadAnswer(Exception):
    """Not a data answer; the text is the rest of a sentence about the daemon."""


Row = Mapping[str, float | None]


@dataclass(frozen=True)
class Window:
    """The time a query covers, back from now.

    `keep_seconds`: for how long its answer may be shown again.
    """

    span_seconds: int
    points: int
    keep_seconds: float
    unaligned: bool = False

    @property
    def step_seconds(self) -> int:
        return self.span_seconds // self.points


@dataclass(frozen=True)
class Table:
    """What a context held in a window.

    rows:        (bucket's end in Unix seconds, values by dimension), oldest first; maybe none
    dimensions:  the names of the values; none where nothing was collected yet
    end_seconds: the end of the window that was answered, where the answer says it
    foreign:     the daemon's own name where the rows mix in other nodes, else ""
    """

    rows: list[tuple[int, dict[str, float | None]]]
    dimensions: frozenset[str]
    end_seconds: int | None
    foreign: str = ""


# Older answers name dimensions by their ids.
_NAME_OF_ID = {"in": "reads", "out": "writes", "InOctets": "received", "OutOctets": "sent"}


_TIMES_END_SECONDS = 1 << 36  # the year 4147; milliseconds are beyond it


class _Result(msgspec.Struct):
    labels: list[str]
    data: list[list[float | list[float | None] | None]]
    point: dict[str, int] = {}  # none in v1


class _Named(msgspec.Struct):
    nm: str = ""


class _Summary(msgspec.Struct):
    contexts: list[Any]
    nodes: list[_Named] = []


class _View(msgspec.Struct):
    before: int | None = None


class _Answer(msgspec.Struct):
    result: _Result
    summary: _Summary | None = None  # v3 and v2
    view: _View = msgspec.field(default_factory=_View)  # v3 and v2
    before: int | None = None  # v1
    agents: list[_Named] = []  # v3 and v2: the daemon that answered


_DECODER = msgspec.json.Decoder(_Answer)


def parse_table(body: bytes) -> Table | None:
    """The table in a 200 answer, or None where the daemon knows no such context (or node).

    Raises BadAnswer.
    """
    try:
        answer = _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"answers JSON that is not a data answer ({error})") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last if nested deep
        raise BadAnswer("answers something that is not JSON") from None
    if answer.summary is not None and not answer.summary.contexts:
        return None
    labels = [_NAME_OF_ID.get(label, label) for label in answer.result.labels]
    if not labels or labels[0] != "time":
        raise BadAnswer("answers a table without times")
    place = answer.result.point.get("value", 0)
    rows = sorted((_row(labels, cells, place) for cells in answer.result.data), key=itemgetter(0))
    end_seconds = answer.view.before or answer.before
    return Table(rows, frozenset(labels[1:]), end_seconds, _foreign(answer))


def _row(
    labels: list[str], cells: list[float | list[float | None] | None], place: int
) -> tuple[int, dict[str, float | None]]:
    time_seconds = cells[0] if len(cells) == len(labels) else None
    if not isinstance(time_seconds, float) or not 0 <= time_seconds < _TIMES_END_SECONDS:
        raise BadAnswer("answers a table whose rows do not match its labels")
    try:
        values = [cell[place] if isinstance(cell, list) else cell for cell in cells[1:]]
    except IndexError:
        raise BadAnswer("answers cells without a value") from None
    return int(time_seconds), dict(zip(labels[1:], values, strict=True))


def _foreign(answer: _Answer) -> str:
    if answer.summary is None or len(answer.summary.nodes) < 2 or not answer.agents:
        return ""
    own = answer.agents[0].nm
    return own if own in {node.nm for node in answer.summary.nodes} else ""


@dataclass(frozen=True)
class Metric:
    """How one number comes out of a context's dimensions.

    Always computed here: the daemon's own arithmetic averages over dimensions, and its
    percentages are wrong as soon as a dimension is left out.
    """

    name: str
    context: str
    unit: str
    needs: frozenset[str]
    value: Callable[[Row], float | None]

    def is_in(self, table: Table) -> bool:
        """False where the dimensions are others than this metric is made of (another system)."""
        return not table.dimensions or self.needs <= table.dimensions


def _cpu(row: Row) -> float | None:
    # Everything but idle, which is left out unless asked for. Rounded parts may exceed 100.
    busy = _sum(value for name, value in row.items() if name != "idle")
    return None if busy is None else min(busy, 100.0)


def _ram(row: Row) -> float | None:
    used, total = row.get("used"), _sum(row.values())
    return None if used is None or not total else 100 * used / total


def _disk(row: Row) -> float | None:
    return _sum(_positive(row.get(name)) for name in ("reads", "writes"))


def _sum(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _positive(value: float | None) -> float | None:
    # What leaves the host is negative, so that charts draw it downwards.
    return None if value is None else abs(value)


METRICS = (
    Metric("cpu", "system.cpu", "%", frozenset(), _cpu),
    Metric("ram", "system.ram", "%", frozenset({"used"}), _ram),
    Metric("disk", "system.io", "KiB/s", frozenset({"reads", "writes"}), _disk),
    Metric(
        "network_in",
        "system.net",
        "kilobits/s",
        frozenset({"received"}),
        lambda row: _positive(row.get("received")),
    ),
    Metric(
        "network_out",
        "system.net",
        "kilobits/s",
        frozenset({"sent"}),
        lambda row: _positive(row.get("sent")),
    ),
)


def latest(metric: Metric, table: Table) -> float | None:
    """The metric in the newest row, None where there is none."""
    return metric.value(table.rows[-1][1]) if table.rows else None


def series(
    metric: Metric, table: Table, window: Window, now_seconds: int
) -> list[tuple[int, float | None]]:
    """Exactly `window.points` buckets (end in Unix seconds, value), oldest first.

    A daemon answers fewer rows where it collects more seldom, and none at all while its first
    bucket is not full; what is missing is None.
    """
    step = window.step_seconds
    end = table.rows[-1][0] if table.rows else table.end_seconds or now_seconds // step * step
    values: list[float | None] = [None] * window.points
    for time_seconds, row in table.rows:
        place = window.points - 1 - (end - time_seconds) // step
        if place >= 0:
            values[place] = metric.value(row)
    first = end - step * (window.points - 1)
    return [(first + step * place, value) for place, value in enumerate(values)]

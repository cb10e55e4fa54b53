import json
import math
from typing import Any

import pytest
from homelab_cmd.netdata.parse import METRICS, BadAnswer, Table, latest, parse_table, series
from homelab_cmd.netdata.schemas import TimeRange
from homelab_cmd.netdata.service import WINDOWS

from tests.backend.netdata.standin import RECORDINGS

METRIC = {metric.name: metric for metric in METRICS}
FIVE_MINUTES = WINDOWS[TimeRange.FIVE_MINUTES]
ONE_DAY = WINDOWS[TimeRange.ONE_DAY]


def body(name: str, release: str = "v2.10.4") -> bytes:
    return (RECORDINGS / release / f"{name}.json").read_bytes()


def table_of(name: str, release: str = "v2.10.4") -> Table:
    table = parse_table(body(name, release))
    assert table is not None
    return table


def v3(labels: list[str], data: list[Any], **more: Any) -> bytes:
    summary = {"contexts": [{"id": "x"}], "nodes": []}
    result = {"labels": labels, "point": {"value": 0, "arp": 1, "pa": 2}, "data": data}
    return json.dumps({"summary": summary, "result": result, **more}).encode()


# By hand, from the newest row of each recording.
@pytest.mark.parametrize(
    "metric,recording,release,time_seconds,value",
    [
        (
            "cpu",
            "final_cpu_5m",
            "v2.10.4",
            1795220645,
            1.319299 + 4.8265692 + 44.054058 + 47.15384 + 1.4352993 + 0.6067764,
        ),
        (
            "ram",
            "final_ram_5m",
            "v2.10.4",
            1795220650,
            100 * 3348.868 / (3017.3978 + 3348.868 + 17547.704 + 191.59766),
        ),
        (
            "ram",
            "v1_ram",
            "v1.37.1",
            1795218180,
            100 * 1840.8774 / (17092.246 + 1840.8774 + 5114.3844 + 58.057032),
        ),
        ("disk", "v1_io", "v1.37.1", 1795218180, 358.593191 + 151425.006),
        ("network_in", "v1_net", "v1.37.1", 1795218180, 10126.3764),
        ("network_out", "v1_net", "v1.37.1", 1795218180, 24.889146),
    ],
)
def test_the_newest_value_of_each_metric(
    metric: str, recording: str, release: str, time_seconds: int, value: float
) -> None:
    table = table_of(recording, release)
    assert table.rows[-1][0] == time_seconds
    assert latest(METRIC[metric], table) == pytest.approx(value)


@pytest.mark.parametrize("recording", ["final_net_5m", "opt_reverse"])
def test_rows_come_out_oldest_first_whichever_way_they_came(recording: str) -> None:
    times = [time_seconds for time_seconds, _ in table_of(recording).rows]
    assert len(times) == 60
    assert times == sorted(times)


def test_cells_are_read_by_the_name_of_their_place() -> None:
    labels = ["time", "received", "sent"]
    swapped = json.loads(v3(labels, [[1795220645, [0, 5.5, 0], [0, -7, 0]]]))
    swapped["result"]["point"] = {"arp": 0, "value": 1, "pa": 2}
    table = parse_table(json.dumps(swapped).encode())
    assert table is not None
    assert latest(METRIC["network_in"], table) == 5.5
    assert latest(METRIC["network_out"], table) == 7


def test_dimensions_are_read_by_name_and_by_the_older_ids() -> None:
    table = parse_table(v3(["time", "OutOctets", "InOctets"], [[1795220645, [-7], [5.5]]]))
    assert table is not None
    assert latest(METRIC["network_in"], table) == 5.5
    assert latest(METRIC["network_out"], table) == 7


def test_gaps_stay_gaps() -> None:
    """144 rows of which all but the last few are `[null,0,1]`, in v1 plain null."""
    for name, release, window, metric in [
        ("data_ram_24h", "v2.10.4", ONE_DAY, "ram"),
        ("v1_cpu", "v1.37.1", FIVE_MINUTES, "cpu"),
    ]:
        nulls = sum(
            1
            for row in json.loads(body(name, release))["result"]["data"]
            if row[1] is None or row[1] == [None, 0, 1]
        )
        points = series(METRIC[metric], table_of(name, release), window, 0)
        assert nulls > 0
        assert [value for _, value in points].count(None) == nulls


def test_a_known_context_without_rows_gives_null_points_over_the_asked_window() -> None:
    table = table_of("cold_net_24h")
    points = series(METRIC["network_in"], table, ONE_DAY, 0)
    # The answer's own window: view.after is its first second, view.before its last.
    assert [points[0], points[-1]] == [(1795132800 + 600, None), (1795219200, None)]
    assert len(points) == 144
    assert latest(METRIC["network_in"], table) is None


def test_fewer_rows_than_asked_for_are_put_at_their_times() -> None:
    """A daemon that collects every 10 s has 30 rows for 60 buckets."""
    data = [[1795220650 - 10 * step, [step], [0]] for step in range(30)]
    table = parse_table(v3(["time", "received", "sent"], data))
    assert table is not None
    points = series(METRIC["network_in"], table, FIVE_MINUTES, 0)
    assert [time for time, _ in points] == list(range(1795220355, 1795220651, 5))
    assert points[-3:] == [(1795220640, 1), (1795220645, None), (1795220650, 0)]
    assert sum(value is not None for _, value in points) == 30


def test_rows_outside_of_the_window_are_left_out() -> None:
    data = [[1795220650, [1], [0]], [1795220650 - 300, [2], [0]]]
    table = parse_table(v3(["time", "received", "sent"], data))
    assert table is not None
    points = series(METRIC["network_in"], table, FIVE_MINUTES, 0)
    assert [value for _, value in points if value is not None] == [1]


def test_an_unknown_context_is_told_from_one_without_rows() -> None:
    assert parse_table(body("err_bad_context")) is None
    assert parse_table(body("parent_child_dead_ram")) is None
    assert table_of("cold_net_24h").rows == []


def test_a_parent_that_averages_names_itself() -> None:
    assert table_of("parent_ram_default").foreign == "nd-parent"
    assert table_of("parent_ram_scope").foreign == ""
    assert table_of("final_ram_5m").foreign == ""


def test_other_systems_dimensions_are_no_ram_percentage() -> None:
    table = parse_table(v3(["time", "active", "wired", "free"], [[1795220650, [1], [2], [3]]]))
    assert table is not None
    assert not METRIC["ram"].is_in(table)
    assert latest(METRIC["ram"], table) is None


def test_idle_is_not_busy_and_rounding_does_not_exceed_a_hundred() -> None:
    table = parse_table(v3(["time", "user", "idle"], [[1795220650, [30.5], [69.5]]]))
    full = parse_table(v3(["time", "user", "system"], [[1795220650, [60.1], [40.1]]]))
    assert table is not None
    assert full is not None
    assert latest(METRIC["cpu"], table) == 30.5
    assert latest(METRIC["cpu"], full) == 100


@pytest.mark.parametrize(
    "text,complaint",
    [
        (b"", "not JSON"),
        (b"<html><body>hello</body></html>", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"result": {"labels": ["time"], "data": [[NaN]]}}', "not JSON"),
        (b'{"x":' + b"[" * 100_000, "not JSON"),
        (b"[]", "not a data answer"),
        (b"{}", "not a data answer"),
        (b'{"result": null}', "not a data answer"),
        (v3(["time", "user"], [[1795220650, "12"]]), "not a data answer"),
        (v3(["time", "user"], [[1795220650, True]]), "not a data answer"),
        (v3(["user", "time"], [[1, 1795220650]]), "without times"),
        (v3([], []), "without times"),
        (v3(["time", "user"], [[1795220650]]), "do not match"),
        (v3(["time", "user"], [[None, [1, 0, 0]]]), "do not match"),
        (v3(["time", "user"], [[1e308, [1, 0, 0]]]), "do not match"),
        (v3(["time", "user"], [[1795220650, []]]), "cells without a value"),
    ],
)
def test_what_is_no_data_answer_is_said_to_be_none(text: bytes, complaint: str) -> None:
    with pytest.raises(BadAnswer, match=complaint):
        parse_table(text)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 400])
def test_a_number_beyond_floats_never_becomes_infinity(number: str) -> None:
    text = v3(["time", "user"], [[1795220650, [777]]]).replace(b"777", number.encode())
    try:
        table = parse_table(text)
    except BadAnswer:
        return
    assert table is not None
    value = latest(METRIC["cpu"], table)
    assert value is not None
    assert math.isfinite(value)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from homelab_agent.contract import HOST, NETWORK_INTERFACE
from homelab_cmd.history import rates
from homelab_cmd.history.frames import column_of, python_values
from homelab_cmd.history.interface import Frame
from hypothesis import given
from hypothesis import strategies as st

from tests.backend.history.oracle import compare
from tests.backend.history.strategies import many

RX = NETWORK_INTERFACE.field("rx_bytes")


def frame(
    samples: list[tuple[int, int | None]],
    boots: list[int] | None = None,
    speed: int | None = None,
    interval_ms: int = 10_000,
) -> Frame:
    times, values = zip(*samples, strict=True)
    return Frame(
        1,
        "eth0",
        np.array(times, np.int64),
        {
            "rx_bytes": column_of(values, np.int64),
            "speed_bits_per_second": column_of([speed] * len(samples), np.int64),
        },
        np.array(boots or [0] * len(samples), np.int64),
        np.full(len(samples), interval_ms, np.int64),
    )


def told(one: Frame) -> list[tuple[Any, str]]:
    rise = rates.increases(NETWORK_INTERFACE, RX, one)
    return list(
        zip(python_values(rise.rate()), (rates.FLAG_NAMES[f] for f in rise.flag), strict=True)
    )


@pytest.mark.parametrize(
    "one,expected",
    [
        (frame([(0, 100), (10_000, 1_100)]), (100.0, "ok")),
        (frame([(0, 100), (30_001, 3_100)]), (pytest.approx(100, rel=1e-3), "gap")),
        (frame([(0, 9_000), (10_000, 500)]), (50.0, "reset")),
        (frame([(0, 100), (10_000, 500)], boots=[0, 1]), (50.0, "reset")),
        (frame([(0, 100), (10_000, 500)], boots=[-1, 1]), (40.0, "ok")),
        (frame([(0, 2**32 - 600), (10_000, 400)]), (100.0, "wrap")),
        (frame([(0, 2**32 - 600), (10_000, 400)], boots=[0, 1]), (40.0, "reset")),
        # More than a link of 10 Mbit/s carries in 10 s: the counter began anew.
        (frame([(0, 2**32 - 10**8), (10_000, 400)], speed=10**7), (40.0, "reset")),
        # A small counter that restarts has not come round.
        (frame([(0, 5_000_000), (600_000, 600)]), (1.0, "reset")),
        # Above the range of 32 bits nothing wraps.
        (frame([(0, 2**33), (10_000, 400)]), (40.0, "reset")),
        # Another interface took over the name, with a counter of its own: not a spike.
        (frame([(0, 10**13), (10_000, 9 * 10**12)]), (None, "reset")),
        (frame([(0, None), (10_000, 500)]), (None, "ok")),
        (frame([(0, 100), (10_000, None)]), (None, "ok")),
        # After more than a day of silence there is nothing to compare with.
        (frame([(0, 100), (86_400_001, 500)]), (None, "gap")),
        (frame([(0, 100), (1_000, 2**63 - 1)]), (pytest.approx(2.0**63, rel=1e-3), "ok")),
    ],
)
def test_a_pair_of_samples(one: Frame, expected: tuple[Any, str]) -> None:
    assert told(one)[0] == (None, "ok")
    assert told(one)[1] == expected


def test_one_sample_has_no_rate() -> None:
    assert told(frame([(0, 7)])) == [(None, "ok")]


def test_a_counter_of_another_unit_never_wraps() -> None:
    field = HOST.field("context_switches")
    one = frame([(0, 2**32 - 600), (10_000, 400)])
    one.columns["context_switches"] = one.columns.pop("rx_bytes")
    rise = rates.increases(HOST, field, one)
    assert (rise.amount[1], rise.flag[1]) == (400, rates.Flag.RESET)


def test_a_slower_pace_is_no_gap() -> None:
    one = frame([(0, 0), (60_000, 60), (70_000, 70)])
    one.interval_ms = np.array([10_000, 60_000, 10_000], np.int64)
    assert [flag for _, flag in told(one)] == ["ok", "ok", "ok"]


counters = st.one_of(
    st.none(),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**33),
    st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**32]),
)


@many
@given(
    samples=st.lists(
        st.tuples(st.integers(1, 10**8), counters, st.integers(-1, 2)), min_size=1, max_size=30
    ),
    speed=st.sampled_from([None, 10**7, 10**9]),
    interval_ms=st.sampled_from([1_000, 10_000, 3_600_000]),
)
def test_rates_equal_the_oracle_and_are_never_negative(
    samples: list[tuple[int, int | None, int]], speed: int | None, interval_ms: int
) -> None:
    times = np.cumsum([pause for pause, _, _ in samples]).tolist()
    values = [value for _, value, _ in samples]
    boots = [boot for _, _, boot in samples]
    one = frame(list(zip(times, values, strict=True)), boots, speed, interval_ms)
    rise = rates.increases(NETWORK_INTERFACE, RX, one)
    described: list[dict[str, Any]] = [
        {
            "time": time_ms,
            "interval": interval_ms,
            "boot": None if boot < 0 else boot,
            "rx_bytes": value,
            "speed_bits_per_second": speed,
        }
        for time_ms, value, boot in zip(times, values, boots, strict=True)
    ]
    for index, sample in enumerate(described):
        before = described[index - 1] if index else None
        if before and sample["time"] - before["time"] > 86_400_000:
            expected: tuple[str, Any] = ("gap", None)
        else:
            expected = compare(NETWORK_INTERFACE, RX, before, sample)
        amount = rise.amount[index].item() if rise.known[index] else None
        assert (rates.FLAG_NAMES[rise.flag[index]], amount) == expected
    assert all(value is None or value >= 0 for value in python_values(rise.rate()))


@many
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([1_000, 10_000, 11_000, 60_000]), st.floats(0, 1), st.booleans()),
        min_size=2,
        max_size=40,
    ),
    bits=st.sampled_from([32, 64]),
)
def test_no_rate_of_a_true_counter_exceeds_its_link(
    steps: list[tuple[int, float, bool]], bits: int
) -> None:
    """A link carries at most its speed; the counter behind it restarts and comes round."""
    speed, time_ms, total, boot = 10**8, 0, 2**31, 0
    samples, boots = [(0, total % 2**bits)], [0]
    for pause_ms, load, reboots in steps:
        carried = int(load * speed / 8 * pause_ms / 1_000)
        time_ms += pause_ms
        boot += reboots
        total = carried // 2 if reboots else total + carried
        samples.append((time_ms, total % 2**bits))
        boots.append(boot)
    rise = rates.increases(NETWORK_INTERFACE, RX, frame(list(samples), boots, speed))
    known = python_values(rise.rate())
    assert all(value is None or 0 <= value <= speed / 8 for value in known)
    assert None not in known[1:]

"""Clocks, ticks and times."""

from datetime import datetime, timezone

import pytest
from homelab_agent.clock import TOLERATED_MS, Grid, ServerClock, boot_ms, iso, now_ms, parse_iso
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 4_102_444_800_000))
def test_times_there_and_back(time_ms: int) -> None:
    assert parse_iso(iso(time_ms)) == time_ms  # leap days and all
    told = datetime.fromtimestamp(time_ms / 1000, timezone.utc)
    assert iso(time_ms).startswith(told.strftime("%Y-%m-%dT%H:%M:%S"))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T07:00:00Z",
        "2026-11-21T07:00:00.000000+00:00",
        "2026-11-21 08:00:00+01:00",
        "2026-11-21T01:30:00-0530",
    ],
)
def test_forms_of_one_moment(text: str) -> None:
    assert parse_iso(text) == 1_795_244_400_000


@pytest.mark.parametrize("text", [None, 5, "", "soon", "2026-11-21T07:00:00"])
def test_what_is_no_time(text: object) -> None:
    assert parse_iso(text) is None


def test_ticks_are_multiples_of_the_interval_and_each_comes_once() -> None:
    grid = Grid(10)
    assert grid.wait_seconds(1_003_000) == 7
    assert grid.wait_seconds(1_009_999) == pytest.approx(10.001)  # woken a moment early
    assert grid.wait_seconds(1_020_004) == pytest.approx(9.996)
    assert grid.wait_seconds(903_000) == 7  # the clock stepped back


def test_an_unknown_server_clock_changes_nothing() -> None:
    clock = ServerClock()
    assert clock.offset_ms is None
    assert clock.true_ms(5) is None
    assert abs(clock.stamp_ms() - now_ms()) < 1_000


@pytest.mark.parametrize("offset_ms", [-86_400_000, 86_400_000])
def test_a_host_whose_clock_is_a_day_off_stamps_with_the_servers(offset_ms: int) -> None:
    clock = ServerClock()
    here = boot_ms()
    clock.observe(now_ms() + offset_ms, here, here)
    assert clock.offset_ms == pytest.approx(offset_ms, abs=1_000)
    assert clock.stamp_ms() == pytest.approx(now_ms() + offset_ms, abs=1_000)
    assert clock.true_ms(here - 5_000) == pytest.approx(now_ms() + offset_ms - 5_000, abs=1_000)


def test_a_small_difference_is_shown_and_not_used() -> None:
    clock = ServerClock()
    here = boot_ms()
    clock.observe(now_ms() + TOLERATED_MS - 10_000, here, here)
    assert clock.stamp_ms() == pytest.approx(now_ms(), abs=1_000)

from __future__ import annotations

import numpy as np
import pytest
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS
from homelab_cmd.metrics.forecast import UNKNOWN, Forecast, forecast
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

NOW_MS = 20_500 * DAY_MS
GB = 1e9
SIZE = 1_000 * GB


def hours(days: int) -> NDArray[np.int64]:
    return NOW_MS - np.arange(days * 24, 0, -1, dtype=np.int64) * HOUR_MS


def foretold(used: NDArray[np.float64]) -> Forecast:
    return forecast(hours(len(used) // 24), used, SIZE - used[-1], NOW_MS)


def growing(days: int, per_day: float, start: float = 100 * GB) -> NDArray[np.float64]:
    return start + np.arange(days * 24) / 24 * per_day


def test_steady_growth_ends_when_the_rest_is_used_up() -> None:
    found = foretold(growing(30, 10 * GB))
    assert found.state == "filling"
    assert found.bytes_per_day == pytest.approx(10 * GB, rel=1e-6)
    assert found.full_ms is not None
    assert (found.full_ms - NOW_MS) / DAY_MS == pytest.approx(60, abs=0.1)


def test_noise_widens_the_range_around_the_true_day() -> None:
    rng = np.random.default_rng(7)
    found = foretold(growing(30, 10 * GB) + rng.normal(0, 5 * GB, 720))
    assert found.earliest_ms is not None
    assert found.full_ms is not None
    assert found.latest_ms is not None
    assert found.earliest_ms < NOW_MS + 60 * DAY_MS < found.latest_ms
    assert found.earliest_ms < found.full_ms < found.latest_ms


@pytest.mark.parametrize("jump", [300 * GB, -60 * GB])
def test_a_jump_does_not_bend_the_slope(jump: float) -> None:
    used = growing(40, 5 * GB)
    used[20 * 24 :] += jump
    found = foretold(used)
    assert found.bytes_per_day == pytest.approx(5 * GB, rel=0.01)


def test_a_nightly_backup_that_is_trimmed_again_is_no_growth() -> None:
    hour = np.arange(30 * 24) % 24
    found = foretold(200 * GB + np.where((hour > 1) & (hour < 9), 50 * GB, 0.0))
    assert (found.state, found.full_ms) == ("steady", None)


def test_a_filesystem_that_empties_is_never_full() -> None:
    found = foretold(growing(30, -2 * GB, 500 * GB))
    assert (found.state, found.full_ms) == ("emptying", None)


def test_too_little_is_unknown() -> None:
    assert forecast(hours(0), np.array([]), SIZE, NOW_MS) == UNKNOWN
    assert foretold(growing(5, 10 * GB)) == UNKNOWN


def test_a_jump_that_leaves_too_little_is_named() -> None:
    used = growing(30, 10 * GB)
    used[27 * 24 :] += 400 * GB
    jumped_ms = int(hours(30)[27 * 24]) // DAY_MS * DAY_MS
    assert foretold(used) == Forecast("unknown", jumped_ms=jumped_ms)


def test_growth_that_takes_decades_is_steady() -> None:
    assert foretold(growing(30, 0.02 * GB)).state == "steady"


@given(
    used=st.lists(st.floats(0, SIZE), min_size=24, max_size=24 * 40),
    available=st.floats(0, SIZE),
)
def test_whatever_was_used_the_dates_are_in_order_and_ahead(
    used: list[float], available: float
) -> None:
    times = NOW_MS - np.arange(len(used), 0, -1, dtype=np.int64) * HOUR_MS
    found = forecast(times, np.array(used), available, NOW_MS)
    if found.full_ms is not None:
        assert found.state == "filling"
        assert found.earliest_ms is not None
        assert NOW_MS <= found.earliest_ms <= found.full_ms
        assert found.latest_ms is None or found.latest_ms >= found.full_ms

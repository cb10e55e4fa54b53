"""Numbers that look like a house's, and are the same whenever they are asked for."""

import numpy as np
import pytest

from devtools.fleet import course
from devtools.fleet.course import DAY, FLAT, HOME, HOUR, MONDAY, NIGHT, OFFICE, Pattern

START = MONDAY + 2_968 * 7 * DAY  # a Monday of 2026, midnight UTC


def times(days: float, step: int = 60) -> course.Times:
    return np.arange(START, START + int(days * DAY), step)


def test_a_moment_is_the_same_whoever_asks_for_it() -> None:
    asked = times(2)
    alone = asked[1_234:1_235]
    assert course.noise(asked, 7, 300)[1_234] == course.noise(alone, 7, 300)[0]
    whole = course.total(asked, START - HOUR, HOME, 7, 1_000.0)
    assert whole[1_234] == course.total(alone, START - HOUR, HOME, 7, 1_000.0)[0]


def test_what_looks_random_is_spread_evenly() -> None:
    found = course.hashed(np.arange(100_000), seed=3)
    assert found.min() >= 0
    assert found.max() < 1
    counts, _ = np.histogram(found, bins=10, range=(0, 1))
    assert abs(counts - 10_000).max() < 500
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.02


def test_noise_wanders_around_nothing() -> None:
    found = course.noise(times(60, 900), 11, 900)
    assert abs(found.mean()) < 0.05
    assert 0.8 < found.std() < 1.1


def test_seeds_differ_by_name_and_stay() -> None:
    assert course.seed_of("nas", "cpu") != course.seed_of("nas", "load")
    assert course.seed_of("nas", 1) == 1_993_293_833  # CRC-32 of "nas/1": history hangs on it


@pytest.mark.parametrize("pattern", [FLAT, HOME, NIGHT, OFFICE])
def test_a_total_never_falls_and_carries_about_what_it_should(pattern: Pattern) -> None:
    found = course.total(times(60, 300), START - DAY, pattern, 5, 1_000.0)
    assert (np.diff(found) >= 0).all()
    assert (found[-1] - found[0]) / (60 * DAY * 1_000) == pytest.approx(1, abs=0.25)


def test_a_total_goes_on_between_the_minutes() -> None:
    fine = course.total(times(0.1, 10), START - DAY, HOME, 5, 1_000.0)
    assert np.array_equal(fine[::6], course.total(times(0.1, 60), START - DAY, HOME, 5, 1_000.0))
    assert (np.diff(fine) > 0).all()


def test_an_office_rests_at_night_and_on_sundays() -> None:
    by_hour = course.activity(times(7, HOUR), OFFICE).reshape(7, 24)
    assert by_hour[0, 9] > 0.8  # ten in the morning where the house stands
    assert by_hour[0, 2] == 0
    assert by_hour[6].max() == 0


def test_periods_begin_where_the_seed_says() -> None:
    found = course.since_each(times(30, HOUR), 7.5, seed=123_456)
    assert set(np.diff(np.unique(found)).tolist()) == {int(7.5 * DAY)}
    assert ((found <= times(30, HOUR)) & (times(30, HOUR) < found + 7.5 * DAY)).all()


def test_what_is_rare_is_that_rare() -> None:
    found = course.rarely(times(200, 600), 9, 600, 0.1)
    assert found.mean() == pytest.approx(0.1, abs=0.01)

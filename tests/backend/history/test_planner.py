from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from homelab_agent.contract import HOST, Role
from homelab_cmd.db.database import Database
from homelab_cmd.history import rollup
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, HistoryEngine
from homelab_cmd.history.planner import Answer, Question, answer, plan
from homelab_cmd.history.tiers import DAY, HOUR, MINUTE, RAW, TIERS, Retention, Tier, ceil_to
from hypothesis import given
from hypothesis import strategies as st

from tests.backend.history.oracle import Oracle, all_series
from tests.backend.history.strategies import DAY_MS, START_MS, Step, heartbeats, many, same, steps

SHORT = Retention({RAW.name: DAY_MS, MINUTE.name: 2 * DAY_MS, HOUR.name: None, DAY.name: None})


@many
@given(
    start_ms=st.integers(START_MS, START_MS + 400 * DAY_MS),
    span_ms=st.integers(60_000, 3_660 * DAY_MS),
    points=st.integers(10, 5_000),
    floors=st.lists(st.integers(0, 800), min_size=3, max_size=3).map(sorted),
)
def test_segments_cover_a_range_once_with_no_more_than_the_points(
    start_ms: int, span_ms: int, points: int, floors: list[int]
) -> None:
    days = dict(zip((HOUR.name, MINUTE.name, RAW.name), floors, strict=True))
    first_day = START_MS // DAY_MS * DAY_MS
    by_tier = {name: first_day + day * DAY_MS for name, day in days.items()}
    end_ms = start_ms + span_ms
    question = Question((1,), HOST, None, (), start_ms, end_ms, points)
    chosen = plan(question, by_tier)
    assert chosen.segments[0].start_ms == start_ms
    assert chosen.segments[-1].end_ms == end_ms
    for before, after in zip(chosen.segments, chosen.segments[1:], strict=False):
        assert before.end_ms == after.start_ms
        assert before.tier.step_ms > after.tier.step_ms
        assert after.start_ms % DAY_MS == 0
    for segment in chosen.segments:
        assert segment.start_ms >= by_tier.get(segment.tier.name, 0)
    if chosen.step_ms:
        windows = ceil_to(end_ms, chosen.step_ms) - start_ms // chosen.step_ms * chosen.step_ms
        assert windows // chosen.step_ms <= points
    coarser = TIERS[TIERS.index(chosen.segments[-1].tier) + 1 :]
    assert all(tier.step_ms > span_ms / points for tier in coarser)


@pytest.mark.parametrize(
    "hours,points,tier,step_seconds",
    [
        (30 * 24, 800, HOUR, 3_600),  # 720 points are enough
        (7 * 24, 170, HOUR, 3_600),
        (24, 1_500, MINUTE, 60),
        (30 * 24, 900, MINUTE, 2_940),  # 720 are not
        (365 * 24, 800, HOUR, 11 * 3_600),
    ],
)
def test_the_coarsest_tier_with_about_the_points_is_read(
    hours: int, points: int, tier: Tier, step_seconds: int
) -> None:
    span_ms = hours * HOUR.step_ms
    question = Question((1,), HOST, None, (), START_MS, START_MS + span_ms, points)
    chosen = plan(question, {})
    assert (chosen.source, chosen.step_ms) == (tier, step_seconds * 1_000)


@dataclass(frozen=True)
class Range:
    """A part of a story, as shares of its length, and the points asked for."""

    first: float
    length: float
    points: int

    def of(self, newest_ms: int) -> tuple[int, int]:
        start_ms = int(START_MS - DAY_MS + self.first * (newest_ms - START_MS + DAY_MS))
        return start_ms, start_ms + 60_000 + int(self.length * (newest_ms + DAY_MS - start_ms))


ranges = st.builds(
    Range, first=st.floats(0, 1), length=st.floats(0, 1), points=st.integers(10, 5_000)
)


@many
@given(story=steps(), seed=st.integers(0, 2**32), asked=ranges)
def test_any_range_equals_the_oracle_however_much_is_rolled_up_and_pruned(
    story: list[Step],
    seed: int,
    asked: Range,
    engine: HistoryEngine,
    database: Database,
    new_server: Callable[[], int],
) -> None:
    oracle, server = Oracle(), new_server()
    told = heartbeats(server, story)
    deliver(engine, database, oracle, told, random.Random(seed))  # noqa: S311 - it has to vary
    start_ms, end_ms = asked.of(told[-1].time_ms)
    for _, family, key in all_series(oracle, [server]):
        fields = tuple(field for field in family.values if field.role is not Role.LABEL)
        question = Question((server,), family, (key,), fields, start_ms, end_ms, asked.points)
        with database.connect() as connection:
            found = answer(engine, connection, question)
        if found.plan.step_ms:
            expect_windows(oracle, question, found)
        else:
            times = [
                sample["time"]
                for sample in oracle.samples(server, family, key)
                if start_ms <= sample["time"] < end_ms
            ]
            assert [one.time_ms.tolist() for one in found.series] == ([times] if times else [])


def expect_windows(oracle: Oracle, question: Question, found: Answer) -> None:
    """The answer holds what the samples of the range's whole windows come to."""
    chosen, (key,) = found.plan, question.keys or ("",)
    last = chosen.segments[-1].tier
    end_ms = question.end_ms if last is RAW else ceil_to(question.end_ms, last.step_ms)
    start_ms = question.start_ms if chosen.source is RAW else found.start_ms
    windows = oracle.windows(
        question.server_keys[0], question.family, key, chosen.step_ms, start_ms, end_ms
    )
    times = sorted(windows)
    assert [one.frame.time_ms.tolist() for one in found.series] == ([times] if times else [])
    for series in found.series:
        for column in rollup.columns(question.family):
            values = python_values(series.frame.columns[column.name])
            expected = [windows[time_ms][column.name] for time_ms in times]
            assert all(map(same, values, expected)), (column.name, values, expected)


def deliver(
    engine: HistoryEngine,
    database: Database,
    oracle: Oracle,
    told: list[Heartbeat],
    rng: random.Random,
) -> None:
    """In parts, each shuffled, some late, with maintenance in between; too late is refused."""
    waiting = list(told)
    while waiting:
        size = rng.randint(1, 12)
        batch = [waiting.pop(0) for _ in range(min(size, len(waiting)))]
        if waiting and rng.random() < 0.3:
            waiting.insert(rng.randrange(len(waiting)) + 1, batch.pop(rng.randrange(len(batch))))
        rng.shuffle(batch)
        now_ms = max([h.time_ms for h in batch] + [h.time_ms for h in oracle.accepted()] or [0])
        oldest_ms = SHORT.oldest_accepted_ms(now_ms)
        batch = [heartbeat for heartbeat in batch if heartbeat.time_ms >= oldest_ms]
        with database.connect(write=True) as connection:
            assert engine.append(connection, batch) == oracle.append(batch)
        if rng.random() < 0.5:
            engine.maintain(database, now_ms + rng.randrange(2) * 3_600_000, SHORT, lambda: False)

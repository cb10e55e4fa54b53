"""Which tiers answer for a range, and putting their parts together.

The coarsest tier is read that still gives about the asked number of points. Where it is pruned the
next coarser one goes on, so that the tiers together cover the range once.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

import numpy as np
from homelab_agent.contract import Family, Field, Role
from numpy.typing import NDArray
from sqlalchemy import Connection

from homelab_cmd.history import rates, rollup
from homelab_cmd.history.frames import join_by_series
from homelab_cmd.history.interface import Column, Frame, HistoryEngine, Selection
from homelab_cmd.history.tiers import RAW, TIERS, Tier, ceil_to, floor_to

# Samples are put into windows of whole seconds where they are more than the points asked for.
_SECOND_MS = 1_000
# A tier gives the asked number of points if it gives this share: the 720 hours of 30 days do for
# 800, where the minutes would be sixty times the work.
_ENOUGH = 7 / 8


@dataclass(frozen=True)
class Question:
    """What is asked: at most `points` values of these fields in each series of a range.

    keys: None for every series of the family.
    tier: None for the planner's choice; else the finest to read, whose values then come as they
          are, however many they are.
    parts: of windows, the parts of each field that will be asked of the answer; None for all.
    """

    server_keys: Sequence[int]
    family: Family
    keys: Sequence[str] | None
    fields: Sequence[Field]
    start_ms: int
    end_ms: int
    points: int
    tier: Tier | None = None
    parts: Container[str] | None = None


@dataclass(frozen=True)
class Segment:
    """A part of a range, and the tier that answers for it."""

    tier: Tier
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Plan:
    """The segments of a range in order, and the windows they are put into.

    `step_ms` is 0 where the answer is samples as they were taken.
    """

    segments: tuple[Segment, ...]
    step_ms: int

    @property
    def source(self) -> Tier:
        """The coarsest tier that is read."""
        return max((segment.tier for segment in self.segments), key=lambda tier: tier.step_ms)


@dataclass(slots=True)
class Series:
    """One series of an answer: windows of `step_ms`, or samples where that is 0.

    `frame` may begin with a sample before the range, at `first - 1`: the one that the first
    increase is measured against.
    """

    family: Family
    frame: Frame
    step_ms: int
    first: int = 0
    _rises: dict[str, rates.Increases] = dataclass_field(default_factory=dict)

    @property
    def time_ms(self) -> NDArray[np.int64]:
        """The times of the samples, or the starts of the windows."""
        return self.frame.time_ms[self.first :]

    def level(self, field: Field, part: str) -> Column:
        """`avg`, `min`, `max` or `last` of each window; a sample is all four.

        Of a state: the last value, or as `avg` the share of the known time at what it counts.
        """
        if not self.step_ms:
            return self._sampled_level(field, part)
        if part != "avg":
            kept = part if field.role is Role.GAUGE else "last"
            return self.frame.columns[f"{field.name}.{kept}"]
        if field.role is Role.STATE:
            return self._ratio(f"{field.name}.seconds", f"{field.name}.covered")
        if field.role is Role.COUNTER:
            return self.frame.columns[f"{field.name}.last"]
        return self._ratio(f"{field.name}.sum", f"{field.name}.count")

    def _sampled_level(self, field: Field, part: str) -> Column:
        column = self.frame.columns[field.name].take(slice(self.first, None))
        if field.role is Role.STATE and part == "avg":
            return Column((column.values == field.spec.counts).astype(np.float64), column.valid)
        return column

    def increase(self, field: Field) -> Column:
        """What a counter rose by since the sample before, or within the window."""
        if self.step_ms:
            seconds = self.frame.columns[f"{field.name}.seconds"]
            amount = self.frame.columns[f"{field.name}.increase"]
            return Column(amount.values, amount.mask() & (seconds.values > 0))
        rise = self._rise(field)
        return Column(rise.amount, rise.known).take(slice(self.first, None))

    def rate(self, field: Field) -> Column:
        """What a counter rose by per second of the time in which that is known."""
        if self.step_ms:
            return self._ratio(f"{field.name}.increase", f"{field.name}.seconds")
        return self._rise(field).rate().take(slice(self.first, None))

    def _rise(self, field: Field) -> rates.Increases:
        """What the samples rose by: rates and flags ask for the same."""
        rise = self._rises.get(field.name)
        if rise is None:
            rise = rates.increases(self.family, field, self.frame)
            self._rises[field.name] = rise
        return rise

    def flags(self, fields: Sequence[Field]) -> NDArray[np.int8]:
        """A `rates.Flag` per sample or window: a reset or wrap of any of the counters, a gap.

        Between windows a gap is more than three of them; wraps are told of samples alone.
        """
        counters = [field for field in fields if field.role is Role.COUNTER]
        if not self.step_ms:
            flags = np.where(rates.gaps(self.frame), rates.Flag.GAP, rates.Flag.OK)
            for field in counters:
                flags = np.maximum(flags, self._rise(field).flag)
            return flags[self.first :].astype(np.int8)
        flags = np.zeros(len(self.frame.time_ms), np.int8)
        flags[1:][np.diff(self.frame.time_ms) > rates.GAP_INTERVALS * self.step_ms] = rates.Flag.GAP
        for field in counters:
            resets = self.frame.columns[f"{field.name}.resets"]
            flags[resets.mask() & (resets.values > 0)] = rates.Flag.RESET
        return flags

    def _ratio(self, amount: str, over: str) -> Column:
        above, below = self.frame.columns[amount], self.frame.columns[over]
        known = above.mask() & below.mask() & (below.values > 0)
        return Column(
            np.where(known, above.values, 0) / np.where(known, below.values, 1),
            None if known.all() else known,
        )


@dataclass(frozen=True)
class Answer:
    """Series by server and key, from `start_ms` on: the range begins with a whole window."""

    plan: Plan
    start_ms: int
    end_ms: int
    series: list[Series]


def plan(question: Question, floors: Mapping[str, int]) -> Plan:
    """How to answer. `floors`: by tier name the time before which it is pruned."""
    span_ms = question.end_ms - question.start_ms
    wanted_ms = span_ms / question.points
    enough = (tier for tier in reversed(TIERS) if tier.step_ms * _ENOUGH <= wanted_ms)
    tier = question.tier or next(enough)
    segments = tuple(reversed(list(_segments(tier, question, floors))))
    coarsest_ms = max(segment.tier.step_ms for segment in segments)
    if not coarsest_ms or question.tier:
        return Plan(segments, coarsest_ms)
    step_ms = max(coarsest_ms, ceil_to(int(wanted_ms), coarsest_ms))
    return Plan(segments, _fitting_step(question, step_ms, coarsest_ms))


def _segments(finest: Tier, question: Question, floors: Mapping[str, int]) -> Iterator[Segment]:
    """From the newest part, of the finest tier, to the oldest."""
    end_ms = question.end_ms
    for tier in TIERS[TIERS.index(finest) :]:
        start_ms = max(question.start_ms, floors.get(tier.name, 0))
        if start_ms < end_ms:
            yield Segment(tier, start_ms, end_ms)
            end_ms = start_ms
        if end_ms <= question.start_ms:
            return
    # Older than everything: said by the coarsest tier, which holds nothing there.
    if end_ms == question.end_ms:
        yield Segment(TIERS[-1], question.start_ms, end_ms)


def _fitting_step(question: Question, step_ms: int, unit_ms: int) -> int:
    """The least multiple of `unit_ms` from `step_ms` on whose windows are not too many."""
    while (
        ceil_to(question.end_ms, step_ms) - floor_to(question.start_ms, step_ms)
        > question.points * step_ms
        and step_ms < question.end_ms - question.start_ms
    ):
        step_ms += unit_ms
    return step_ms


def answer(engine: HistoryEngine, connection: Connection, question: Question) -> Answer:
    """Read what the plan says, and put it into windows where it is more than the points."""
    chosen = plan(question, engine.floors(connection))
    if not chosen.step_ms:
        frames = _read_samples(engine, connection, question, chosen.segments[0])
        series = [_sampled(question, frame) for frame in frames]
        longest = max((len(one.time_ms) for one in series), default=0)
        if longest <= question.points or question.tier:
            return Answer(chosen, question.start_ms, question.end_ms, series)
        span_ms = question.end_ms - question.start_ms
        step_ms = ceil_to(max(1, span_ms // question.points), _SECOND_MS)
        step_ms = _fitting_step(question, step_ms, _SECOND_MS)
        chosen = replace(chosen, step_ms=step_ms)
        rolled = (
            rollup.roll_up(question.family, frame, step_ms, question.start_ms) for frame in frames
        )
        windows = [frame for frame in rolled if frame is not None]
    else:
        windows = _read_windows(engine, connection, question, chosen)
    start_ms = floor_to(question.start_ms, chosen.step_ms)
    series = [Series(question.family, frame, chosen.step_ms) for frame in windows]
    return Answer(chosen, start_ms, question.end_ms, series)


def _sampled(question: Question, frame: Frame) -> Series:
    first = int(np.searchsorted(frame.time_ms, question.start_ms))
    return Series(question.family, frame, 0, first)


def _read_samples(
    engine: HistoryEngine, connection: Connection, question: Question, segment: Segment
) -> list[Frame]:
    wanted = [field.name for field in question.fields]
    names = rollup.raw_fields(question.family, wanted)
    return engine.range(
        connection,
        Selection(
            question.server_keys,
            question.family,
            question.keys,
            names,
            segment.start_ms,
            segment.end_ms,
            RAW,
            lead=rollup.needs_lead(question.family, wanted),
        ),
    )


def _read_windows(
    engine: HistoryEngine, connection: Connection, question: Question, chosen: Plan
) -> list[Frame]:
    """Every segment in windows, joined; the first segment begins with a whole window."""
    wanted = {field.name for field in question.fields}
    names = tuple(
        column.name
        for column in rollup.columns(question.family)
        if column.field.name in wanted and (question.parts is None or column.part in question.parts)
    )
    pieces = []
    for segment in chosen.segments:
        start_ms = segment.start_ms
        if segment is chosen.segments[0]:
            start_ms = floor_to(start_ms, chosen.step_ms)
        if segment.tier is RAW:
            unit_ms = chosen.source.step_ms
            frames = _read_samples(engine, connection, question, segment)
            rolled = (rollup.roll_up(question.family, f, unit_ms, start_ms, names) for f in frames)
            pieces += [frame for frame in rolled if frame is not None]
        else:
            selection = Selection(
                question.server_keys,
                question.family,
                question.keys,
                names,
                start_ms,
                segment.end_ms,
                segment.tier,
                window_ms=chosen.step_ms,
            )
            pieces += engine.range(connection, selection)
    joined = join_by_series(pieces)
    if all(segment.tier.step_ms == chosen.step_ms for segment in chosen.segments):
        return joined  # windows of that length already
    return [rollup.combine(frame, chosen.step_ms) for frame in joined]

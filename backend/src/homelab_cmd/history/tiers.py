"""The tiers of history, and for how long each is kept.

Windows are UTC: a window of a tier starts at a multiple of its step since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

# A tier finer than this many of a host's intervals is not made: its windows would hold a sample
# or two each and cost more than the raw samples, which are kept for its span instead.
INTERVALS_PER_WINDOW = 3

# What a sample is taken to stand for when its heartbeat does not say how often it comes.
ASSUMED_INTERVAL_MS = 60_000


# After a longer silence a sample is a new beginning: it is compared with nothing. Since late data
# is accepted until a day before raw samples expire, whatever a window depends on is still there
# when it is computed once more.
LONGEST_SILENCE_MS = DAY_MS


@dataclass(frozen=True)
class Tier:
    """A resolution of history. `step_ms` is 0 for raw samples, else the length of a window."""

    name: str
    step_ms: int
    suffix: str

    @property
    def source(self) -> str:
        """What the metric query API calls the tier."""
        return "metrics" + self.suffix


RAW = Tier("raw", 0, "")
MINUTE = Tier("minute", MINUTE_MS, "_1min")
HOUR = Tier("hour", HOUR_MS, "_1hour")
DAY = Tier("day", DAY_MS, "_daily")
TIERS = (RAW, MINUTE, HOUR, DAY)
ROLLUP_TIERS = (MINUTE, HOUR, DAY)


def floor_to(time_ms: int, step_ms: int) -> int:
    """The start of the window of `step_ms` that holds `time_ms`."""
    return time_ms - time_ms % step_ms


def ceil_to(time_ms: int, step_ms: int) -> int:
    """The first start of a window of `step_ms` at or after `time_ms`."""
    return -(-time_ms // step_ms) * step_ms


def makes_tier(tier: Tier, interval_ms: int) -> bool:
    """Whether minute windows are worth making for a host that reports every `interval_ms`.

    Hours and days always are: with at most one heartbeat an hour they cost next to nothing, and
    they are what outlives the raw samples.
    """
    return tier is not MINUTE or tier.step_ms >= INTERVALS_PER_WINDOW * interval_ms


def _default_spans() -> dict[str, int | None]:
    return {RAW.name: 30 * DAY_MS, MINUTE.name: 90 * DAY_MS, HOUR.name: None, DAY.name: None}


@dataclass(frozen=True)
class Retention:
    """How long each tier is kept, in milliseconds; None is for ever.

    A tier is kept at least as long as the finer ones; ValueError otherwise, since a range would
    then have a hole between the two.
    """

    spans: Mapping[str, int | None] = field(default_factory=_default_spans)
    ephemeral_ms: int = 7 * DAY_MS

    def __post_init__(self) -> None:
        longest = 0
        for tier in TIERS:
            span = self.spans[tier.name]
            if span is not None and span < max(longest, DAY_MS):
                message = f"the {tier.name} tier must be kept for a day and as long as finer ones"
                raise ValueError(message)
            longest = longest if span is None else span
            if span is None and any(self.spans[later.name] is not None for later in _after(tier)):
                message = f"no tier coarser than {tier.name} may end before it"
                raise ValueError(message)

    def floor_ms(self, tier: Tier, now_ms: int) -> int:
        """The time before which `tier` may be pruned at `now_ms`: a UTC midnight, or 0.

        Whole days, so that no window of any tier is ever left with a part of its samples.
        """
        span = self.spans[tier.name]
        return 0 if span is None else max(0, floor_to(now_ms - span, DAY_MS))

    def oldest_accepted_ms(self, now_ms: int) -> int:
        """The oldest time a heartbeat may bear: a day before raw samples of that age expire."""
        floor_ms = self.floor_ms(RAW, now_ms)
        return floor_ms + DAY_MS if floor_ms else 0


def _after(tier: Tier) -> tuple[Tier, ...]:
    return TIERS[TIERS.index(tier) + 1 :]

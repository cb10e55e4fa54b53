"""What holds, out of the environment, what an admin set, and the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from homelab_cmd.clock import DAY_MS
from homelab_cmd.history.tiers import TIERS, Retention, Tier
from homelab_cmd.settings import Settings

MAX_SIZE = "max_size"


def setting_of(tier: Tier) -> str:
    """The name of the setting that says how many days a tier is kept; 0 is for ever."""
    return f"retention_{tier.name}_days"


NAMES = (*(setting_of(tier) for tier in TIERS), MAX_SIZE)


@dataclass(frozen=True, slots=True)
class Saved:
    """A number that an admin set."""

    value: int
    changed_at_ms: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class Value:
    """A setting as it holds. 0 days are for ever, 0 bytes are no bound."""

    name: str
    value: int
    default: int
    source: Literal["default", "saved", "environment"]
    saved: Saved | None = None

    @property
    def variable(self) -> str:
        """The environment variable that goes before all else."""
        return f"HOMELAB_CMD_{self.name.upper()}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each tier is kept, and how many bytes the database may have; None: no bound."""

    retention: Retention
    max_bytes: int | None

    @property
    def raw_days(self) -> int:
        """For how many days samples are kept; they never are for ever."""
        span_ms = self.retention.spans[TIERS[0].name]
        return 36_500 if span_ms is None else span_ms // DAY_MS


def values_of(settings: Settings, saved: Mapping[str, Saved]) -> dict[str, Value]:
    """Each setting as it holds: the environment's, else what was saved, else the default."""
    values = {}
    for name in NAMES:
        default = int(Settings.model_fields[name].default)
        kept = saved.get(name)
        if name in settings.model_fields_set:
            values[name] = Value(name, int(getattr(settings, name)), default, "environment")
        elif kept is not None:
            values[name] = Value(name, kept.value, default, "saved", kept)
        else:
            values[name] = Value(name, default, default, "default")
    return values


def limits_of(values: Mapping[str, int], *, is_sqlite: bool) -> Limits:
    """What the numbers amount to.

    A coarse tier is kept as long as the finer ones, whatever is set: the settings of two places
    may contradict each other, and what is kept too long can still be pruned.
    """
    spans: dict[str, int | None] = {}
    longest: int | None = DAY_MS
    for tier in TIERS:
        span_ms = values[setting_of(tier)] * DAY_MS or None
        longest = None if longest is None or span_ms is None else max(longest, span_ms)
        spans[tier.name] = longest
    # Deleting rows of PostgreSQL makes no file smaller: a bound there would prune everything.
    return Limits(Retention(spans), values[MAX_SIZE] or None if is_sqlite else None)

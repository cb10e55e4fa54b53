"""What an installation's settings say about its history."""

from __future__ import annotations

from homelab_cmd.clock import DAY_MS
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.tiers import DAY, HOUR, MINUTE, RAW, Retention
from homelab_cmd.settings import Settings


def build_engine(settings: Settings) -> HistoryEngine:
    """The engine that keeps the installation's history."""
    return make_engine(settings.history_engine)


def retention_of(settings: Settings) -> Retention:
    """How long each tier is kept. Raises ValueError where a coarse one ends before a finer."""
    days = {
        RAW: settings.retention_raw_days,
        MINUTE: settings.retention_minute_days,
        HOUR: settings.retention_hour_days,
        DAY: settings.retention_day_days,
    }
    return Retention({tier.name: count * DAY_MS or None for tier, count in days.items()})

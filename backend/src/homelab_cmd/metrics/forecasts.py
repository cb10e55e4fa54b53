"""Forecasts of many filesystems, each worked out once an hour."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.tiers import HOUR_MS, floor_to
from homelab_cmd.metrics.forecast import Forecast
from homelab_cmd.metrics.service import filesystem_forecasts


@dataclass
class Forecasts:
    """What was worked out in the running hour, by server and mount point.

    A forecast rests on hourly means, so within an hour it stays the same; two months of a
    filesystem cost about a millisecond to look through.
    """

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _hour_ms: int = -1
    _by_server: dict[int, dict[str, Forecast]] = field(default_factory=dict)

    def of(
        self,
        engine: HistoryEngine,
        connection: Connection,
        server_keys: Sequence[int],
        now_ms: int,
    ) -> dict[int, dict[str, Forecast]]:
        """By server and mount point, as of the beginning of the running hour."""
        hour_ms = floor_to(now_ms, HOUR_MS)
        with self._lock:
            if hour_ms != self._hour_ms:
                self._hour_ms, self._by_server = hour_ms, {}
            for key in server_keys:
                if key not in self._by_server:
                    self._by_server[key] = filesystem_forecasts(engine, connection, key, hour_ms)
            return {key: self._by_server[key] for key in server_keys}

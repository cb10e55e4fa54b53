"""What the server's history costs and how far it is sealed and rolled up, for the exposition."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from homelab_cmd.clock import now_ms
from homelab_cmd.history.interface import HistoryEngine, StoredSize
from homelab_cmd.history.tiers import HOUR, RAW
from homelab_cmd.metrics.exposition import Exposed, own_gauge

SIZES_KEPT_SECONDS = 600.0


@dataclass(frozen=True)
class Counted:
    """What the engine keeps, as it was counted last."""

    sizes: list[StoredSize]
    compression_ratio: float | None


@dataclass
class HistorySizes:
    """Counts what the engine keeps every ten minutes: it reads a lot for it."""

    engine: HistoryEngine
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counted_at: float = float("-inf")
    _counted: Counted = field(default_factory=lambda: Counted([], None))

    def counted(self, connection: Connection) -> Counted:
        """What was counted in the last ten minutes."""
        with self._lock:
            if self.clock() - self._counted_at >= SIZES_KEPT_SECONDS:
                self._counted = Counted(
                    self.engine.stats(connection), self.engine.compression_ratio(connection)
                )
                self._counted_at = self.clock()
            return self._counted


def of_history(history: Counted) -> Iterator[Exposed]:
    """Samples and bytes by tier; of a history in chunks, how many they are and what they save."""
    sizes = history.sizes
    yield from _by_tier(sizes)
    chunks = [size for size in sizes if size.chunks]
    yield own_gauge("history_chunks", "Compressed chunks of history.").add(
        sum(size.chunks for size in chunks)
    )
    yield own_gauge(
        "history_compression_ratio",
        "Samples at 8 bytes a value, over their bytes in the newest compressed chunks.",
    ).add(history.compression_ratio)
    yield own_gauge(
        "history_seal_age_seconds", "Time since the newest heartbeat that is in a chunk."
    ).add(_age_seconds(size.last_ms for size in chunks if size.tier == RAW.name))
    yield own_gauge(
        "history_rollup_age_seconds", "Time since the end of the newest hour that is rolled up."
    ).add(_age_seconds(s.last_ms + HOUR.step_ms for s in sizes if s.tier == HOUR.name))


def _by_tier(sizes: Iterable[StoredSize]) -> Iterator[Exposed]:
    samples = own_gauge("history_samples", "Samples kept, by tier; counted every ten minutes.")
    bytes_kept = own_gauge("history_size_bytes", "Bytes of the samples kept, by tier.")
    totals: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for size in sizes:
        count, size_bytes = totals[size.tier]
        totals[size.tier] = (count + size.samples, size_bytes + size.size_bytes)
    for tier, (count, size_bytes) in sorted(totals.items()):
        samples.add(count, {"tier": tier})
        bytes_kept.add(size_bytes, {"tier": tier})
    yield from (samples, bytes_kept)


def _age_seconds(times_ms: Iterable[int]) -> float | None:
    newest_ms = max(times_ms, default=None)
    return None if newest_ms is None else (now_ms() - newest_ms) / 1_000

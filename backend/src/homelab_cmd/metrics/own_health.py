"""The server's own health, for its exposition."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, text

from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.housekeeping.scheduler import Scheduler
from homelab_cmd.ingest.writer import IngestWriter
from homelab_cmd.live.hub import Hub
from homelab_cmd.metrics.exposition import Exposed
from homelab_cmd.system.request_times import RequestTimes

_STARTED_SECONDS = time.time()
SIZES_KEPT_SECONDS = 600.0


@dataclass
class HistorySizes:
    """Samples and bytes by tier. To count them reads a lot, so it is done every ten minutes."""

    engine: HistoryEngine
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counted_at: float = float("-inf")
    _by_tier: dict[str, tuple[int, int]] = field(default_factory=dict)

    def by_tier(self, connection: Connection) -> dict[str, tuple[int, int]]:
        """(samples, bytes) of each tier."""
        with self._lock:
            if self.clock() - self._counted_at >= SIZES_KEPT_SECONDS:
                totals: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
                for size in self.engine.stats(connection):
                    samples, size_bytes = totals[size.tier]
                    totals[size.tier] = (samples + size.samples, size_bytes + size.size_bytes)
                self._by_tier = dict(totals)
                self._counted_at = self.clock()
            return self._by_tier


@dataclass(frozen=True)
class Parts:
    """The parts of the server that are asked."""

    database: Database
    writer: IngestWriter
    scheduler: Scheduler
    hub: Hub
    sizes: HistorySizes
    times: RequestTimes


def of_server(parts: Parts, connection: Connection) -> Iterator[Exposed]:
    """What the server says of itself."""
    yield from _of_ingest(parts.writer)
    yield from _of_requests(parts.times)
    yield _gauge("live_readers", "Open live streams.").add(len(parts.hub.readers))
    yield _gauge("database_size_bytes", "Size of the database.").add(
        _database_bytes(parts.database, connection)
    )
    samples = _gauge("history_samples", "Samples kept, by tier; counted every ten minutes.")
    sizes = _gauge("history_size_bytes", "Bytes of the samples kept, by tier.")
    for tier, (count, size_bytes) in sorted(parts.sizes.by_tier(connection).items()):
        samples.add(count, {"tier": tier})
        sizes.add(size_bytes, {"tier": tier})
    yield from (samples, sizes)
    done_ms = parts.scheduler.last_done_ms
    yield _gauge(
        "housekeeping_last_success_timestamp_seconds",
        "When history was last sealed, rolled up and pruned to the end.",
    ).add(None if done_ms is None else done_ms / 1_000)
    yield from _of_process()


def _of_ingest(writer: IngestWriter) -> Iterator[Exposed]:
    stats = writer.stats
    yield _counter("heartbeats_stored", "Heartbeats put on disk.").add(stats.heartbeats_stored)
    yield _counter("heartbeats_repeated", "Heartbeats that were held already.").add(
        stats.heartbeats_repeated
    )
    yield _counter("rows_rejected", "Rows refused in accepted heartbeats.").add(stats.rows_rejected)
    yield _counter("commits", "Transactions of ingest.").add(stats.commits)
    yield _counter("commits_failed", "Transactions of ingest that the database refused.").add(
        stats.failed_commits
    )
    yield _gauge("heartbeats_waiting", "Heartbeats that wait for their commit.").add(stats.waiting)
    yield _gauge("last_commit_duration_seconds", "How long the last commit of ingest took.").add(
        stats.last_commit_seconds
    )


def _of_requests(times: RequestTimes) -> Iterator[Exposed]:
    counts = _counter("http_requests", "HTTP requests, by kind: ingest, query or page.")
    seconds = _counter("http_request_duration_seconds", "Time that these requests took together.")
    for kind, count in sorted(times.counts.items()):
        counts.add(count, {"kind": kind})
        seconds.add(times.seconds[kind], {"kind": kind})
    yield from (counts, seconds)


def _of_process() -> Iterator[Exposed]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield Exposed("process_cpu_seconds", "counter", "User and system time spent.").add(
        usage.ru_utime + usage.ru_stime
    )
    yield Exposed("process_resident_memory_bytes", "gauge", "Resident memory.").add(
        _resident_bytes()
    )
    yield Exposed("process_start_time_seconds", "gauge", "When the server started.").add(
        _STARTED_SECONDS
    )


def _resident_bytes() -> int | None:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:  # not Linux
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _database_bytes(database: Database, connection: Connection) -> int:
    if not database.is_sqlite:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages = connection.scalar(
        text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    )
    return int(pages or 0)


def _gauge(name: str, says: str) -> Exposed:
    return Exposed(f"homelab_cmd_{name}", "gauge", says)


def _counter(name: str, says: str) -> Exposed:
    return Exposed(f"homelab_cmd_{name}", "counter", says)

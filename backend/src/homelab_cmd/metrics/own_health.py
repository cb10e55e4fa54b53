"""The server's own health, for its exposition."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from homelab_cmd.db.database import Database
from homelab_cmd.housekeeping.scheduler import Scheduler
from homelab_cmd.ingest.writer import IngestWriter
from homelab_cmd.live.hub import Hub
from homelab_cmd.metrics.exposition import Exposed, own_counter, own_gauge
from homelab_cmd.metrics.own_history import HistorySizes, of_history
from homelab_cmd.system.request_times import RequestTimes

_STARTED_SECONDS = time.time()


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
    yield own_gauge("live_readers", "Open live streams.").add(len(parts.hub.readers))
    yield own_gauge("database_size_bytes", "Size of the database.").add(
        _database_bytes(parts.database, connection)
    )
    yield from of_history(parts.sizes.counted(connection))
    done_ms = parts.scheduler.last_done_ms
    yield own_gauge(
        "housekeeping_last_success_timestamp_seconds",
        "When history was last sealed, rolled up and pruned to the end.",
    ).add(None if done_ms is None else done_ms / 1_000)
    backups = parts.scheduler.backups
    if backups is not None:
        newest_ms = backups.plan.newest_ms()
        yield own_gauge(
            "backup_last_success_timestamp_seconds", "When the newest scheduled backup began."
        ).add(None if newest_ms is None else newest_ms / 1_000)
    yield from _of_process()


def _of_ingest(writer: IngestWriter) -> Iterator[Exposed]:
    stats = writer.stats
    yield own_counter("heartbeats_stored", "Heartbeats put on disk.").add(stats.heartbeats_stored)
    yield own_counter("heartbeats_repeated", "Heartbeats that were held already.").add(
        stats.heartbeats_repeated
    )
    yield own_counter("rows_rejected", "Rows refused in accepted heartbeats.").add(
        stats.rows_rejected
    )
    yield own_counter("commits", "Transactions of ingest.").add(stats.commits)
    yield own_counter("commits_failed", "Transactions of ingest that the database refused.").add(
        stats.failed_commits
    )
    yield own_gauge("heartbeats_waiting", "Heartbeats that wait for their commit.").add(
        stats.waiting
    )
    yield own_gauge("last_commit_duration_seconds", "How long the last commit of ingest took.").add(
        stats.last_commit_seconds
    )


def _of_requests(times: RequestTimes) -> Iterator[Exposed]:
    counts = own_counter("http_requests", "HTTP requests, by kind: ingest, query or page.")
    seconds = own_counter(
        "http_request_duration_seconds", "Time that these requests took together."
    )
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

"""Heartbeats that the server does not have yet.

While sends succeed, a heartbeat lies for a moment in the *recent* journal, on tmpfs, and touches no
disk. Once a send failed, what gathers there goes to *segments* on disk, once a minute and at the
end, with one write and one sync: an SD card must not wear. So a kill costs at most the sample
being taken, a power cut the last minute.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from homelab_agent.journal import Journal, Record

log = logging.getLogger(__name__)

SPILL_EVERY_SECONDS = 60.0
_SEGMENT_BYTES = 256 * 1024
# What is kept in memory when neither tmpfs nor disk takes it.
_MAX_RECENT_BYTES = 2 << 20
_SEGMENT_NAME = re.compile(r"segment-(\d{12})")
_REFUSED_NAME = "refused.jsonl"
_MAX_REFUSED_BYTES = 1 << 20


@dataclass
class Segment:
    """A journal on disk. `offset` is how far the server has it; `count` is what is left."""

    journal: Journal
    number: int
    count: int
    newest_ms: int
    offset: int = 0


@dataclass(frozen=True)
class Batch:
    """Records on their way, the oldest first; `offsets` tell how far each reaches."""

    records: tuple[Record, ...]
    segment: Segment | None
    offsets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Depth:
    """How much waits: heartbeats in memory and tmpfs, and those on disk with their bytes."""

    recent: int
    stored: int
    stored_bytes: int


class Spool:
    """The queue between sampling and sending; each may run in its own thread.

    disk:   a folder that survives a power cut
    fast:   one that survives a kill and wears nothing, on tmpfs; may be the same
    """

    def __init__(self, disk: str, fast: str, max_bytes: int) -> None:
        self._disk = disk
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._segments: list[Segment] = []
        self._full = False
        self.dropped = 0
        self._recent_journal = Journal(os.path.join(fast, "recent"))
        loaded = self._recent_journal.load()
        self._recent = [record for record in loaded if record.body]
        self.last_sequence = max([0, *(record.sequence for record in loaded)])
        if self._recent_journal.was_torn:
            self.last_sequence += 1  # the record that is torn may have been sent before
        # A tmpfs that is still there has seen every number; a disk may have lost the last.
        self._knows_last = bool(loaded) and fast != disk
        self._open_segments()

    def _open_segments(self) -> None:
        for name in sorted(os.listdir(self._disk)):
            match = _SEGMENT_NAME.fullmatch(name)
            if not match:
                continue
            journal = Journal(os.path.join(self._disk, name))
            records = journal.load()
            if records:
                newest_ms = max(record.time_ms for record in records)
                highest = max(record.sequence for record in records)
                self.last_sequence = max(self.last_sequence, highest)
                self._segments.append(Segment(journal, int(match[1]), len(records), newest_ms))
            else:
                journal.remove()

    def next_sequence(self, reserved: int) -> int:
        """The first number that was never given out; `reserved` is one of those at any rate."""
        following = self.last_sequence + 1
        return following if self._knows_last else max(following, reserved)

    def depth(self) -> Depth:
        """How much waits."""
        with self._lock:
            return Depth(
                len(self._recent),
                sum(segment.count for segment in self._segments),
                sum(segment.journal.size - segment.offset for segment in self._segments),
            )

    def add(self, record: Record) -> None:
        """Keep a new heartbeat. Where tmpfs is full it is kept in memory alone."""
        with self._lock:
            self._recent.append(record)
            self.last_sequence = record.sequence
            try:
                self._recent_journal.append([record])
            except OSError as error:
                self._note_full(error)
            self._bound_recent()

    def newest(self) -> Record | None:
        """The live heartbeat, if it is not sent yet and not on disk."""
        with self._lock:
            return self._recent[-1] if self._recent else None

    def oldest(self, max_count: int, max_bytes: int) -> Batch | None:
        """The next to send after the live one: from disk, else what waits before the newest."""
        with self._lock:
            while self._segments:
                segment = self._segments[0]
                try:
                    found = segment.journal.read(segment.offset, max_bytes)[:max_count]
                except OSError as error:
                    # Left where it is: the next start may be able to read it.
                    self._note_full(error)
                    self._segments.pop(0).journal.close()
                    continue
                if found:
                    offsets, records = zip(*found, strict=True)
                    return Batch(records, segment, offsets)
                self._segments.pop(0).journal.remove()
            records = tuple(self._recent[:-1][:max_count])
            return Batch(records, None) if records else None

    def settle(self, records: Sequence[Record]) -> None:
        """Forget recent heartbeats that the server has, or that were set aside."""
        done = {record.sequence for record in records}
        with self._lock:
            self._recent = [record for record in self._recent if record.sequence not in done]
            self._clear_if_empty()

    def settle_batch(self, batch: Batch, count: int) -> None:
        """Forget the first `count` of a batch."""
        if batch.segment is None:
            self.settle(batch.records[:count])
        elif count:
            with self._lock:
                batch.segment.offset = batch.offsets[count - 1]
                batch.segment.count = max(batch.segment.count - count, 0)
                if batch.segment.count == 0 and batch.segment in self._segments:
                    self._segments.remove(batch.segment)
                    batch.segment.journal.remove()

    def replace(self, old: Record, new: Record) -> None:
        """Put a heartbeat whose time was moved in the place of the one before."""
        with self._lock:
            self._recent = [new if one is old else one for one in self._recent]

    def spill(self) -> None:
        """Bring what is recent to disk, and return when it is safe there.

        On a full disk the oldest is given up for the newest; what fits nowhere stays in memory.
        """
        with self._lock:
            records = list(self._recent)
        if not records:
            return
        while True:
            try:
                self._store(records)
                break
            except OSError as error:
                self._note_full(error)
                if not self._drop_oldest():
                    return
        self._full = False
        while self.depth().stored_bytes > self._max_bytes and self._drop_oldest():
            pass
        self.settle(records)

    def _store(self, records: list[Record]) -> None:
        # Only the sending thread stores and reads segments: the sync needs no lock, and does not
        # keep the sampling waiting.
        with self._lock:
            segment = self._segments[-1] if self._segments else None
        if segment is None or segment.journal.size >= _SEGMENT_BYTES:
            number = segment.number + 1 if segment else 1
            path = os.path.join(self._disk, f"segment-{number:012d}")
            segment = Segment(Journal(path), number, 0, 0)
            try:
                self._append(segment, records)
            except OSError:
                segment.journal.remove()
                raise
            with self._lock:
                self._segments.append(segment)
        else:
            self._append(segment, records)

    @staticmethod
    def _append(segment: Segment, records: list[Record]) -> None:
        segment.journal.append(records)
        segment.journal.sync()
        segment.count += len(records)
        segment.newest_ms = max(segment.newest_ms, *(record.time_ms for record in records))

    def _drop_oldest(self) -> bool:
        with self._lock:
            if not self._segments:
                return False
            segment = self._segments.pop(0)
            segment.journal.remove()
            self.dropped += segment.count
        log.error("the spool is full: gave up the %d oldest heartbeats", segment.count)
        return True

    def drop_before(self, time_ms: int) -> None:
        """Give up segments whose newest heartbeat is older than a server would take."""
        while self._segments and self._segments[0].newest_ms < time_ms:
            self._drop_oldest()

    def set_aside(self, record: Record, text: bytes, reason: str) -> None:
        """Keep a heartbeat that the server will never take where a person can look at it."""
        log.error("heartbeat %d is refused and set aside: %s", record.sequence, reason)
        path = os.path.join(self._disk, _REFUSED_NAME)
        try:
            if os.path.exists(path) and os.path.getsize(path) > _MAX_REFUSED_BYTES:
                os.replace(path, path + ".old")
            with open(path, "ab") as file:
                file.write(text + b"\n")
        except OSError as error:
            self._note_full(error)

    def close(self) -> None:
        """Bring all to disk, and close."""
        self.spill()
        for segment in self._segments:
            segment.journal.close()
        self._recent_journal.close()

    def _clear_if_empty(self) -> None:
        if not self._recent:
            try:
                self._recent_journal.clear(Record(self.last_sequence, 0, 0, b""))
            except OSError as error:
                self._note_full(error)

    def _bound_recent(self) -> None:
        size = sum(record.size for record in self._recent)
        while size > _MAX_RECENT_BYTES and len(self._recent) > 1:
            size -= self._recent.pop(0).size
            self.dropped += 1

    def _note_full(self, error: OSError) -> None:
        if not self._full:
            self._full = True
            log.error("the spool can't be written: %s", error.strerror)

"""A file of records that survives a kill, a power cut and a full disk.

Records are only appended. Each has a length and a checksum, so that a torn or damaged one is
recognized, passed over, and never stops the agent.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zlib import crc32

# magic, length of the body, checksum of all that follows; then sequence, time, monotonic, flags.
_HEADER = struct.Struct("<4sII")
_FACTS = struct.Struct("<qqqI")
_MAGIC = b"\xa5HB1"
_HEAD_BYTES = _HEADER.size + _FACTS.size
_RESTAMPED = 1
# No heartbeat that a server would take is larger; a larger length is damage.
_MAX_BODY_BYTES = 8 << 20


@dataclass(frozen=True)
class Record:
    """A heartbeat as it is kept until the server has it.

    sequence:      its number
    time_ms:       the time it carries, UTC
    monotonic_ms:  the boot clock when it was taken, to find its true time after a wrong clock
    body:          its JSON, compressed by gzip: what goes over the wire
    restamped:     whether its time was already put right once
    """

    sequence: int
    time_ms: int
    monotonic_ms: int
    body: bytes
    restamped: bool = False

    @property
    def size(self) -> int:
        """Bytes that the record takes in a journal."""
        return _HEAD_BYTES + len(self.body)


def pack(record: Record) -> bytes:
    """The record as bytes."""
    flags = _RESTAMPED if record.restamped else 0
    facts = _FACTS.pack(record.sequence, record.time_ms, record.monotonic_ms, flags)
    checksum = crc32(record.body, crc32(facts))
    return _HEADER.pack(_MAGIC, len(record.body), checksum) + facts + record.body


def unpack(content: bytes) -> Iterator[tuple[int, Record]]:
    """The sound records of `content`, each with the offset behind it; damage is passed over."""
    position = content.find(_MAGIC)
    while 0 <= position <= len(content) - _HEAD_BYTES:
        _, length, checksum = _HEADER.unpack_from(content, position)
        body_at = position + _HEAD_BYTES
        end = body_at + length
        facts = content[position + _HEADER.size : body_at]
        body = content[body_at:end]
        sound = length <= _MAX_BODY_BYTES and len(body) == length
        if sound and crc32(body, crc32(facts)) == checksum:
            sequence, time_ms, monotonic_ms, flags = _FACTS.unpack(facts)
            yield end, Record(sequence, time_ms, monotonic_ms, body, bool(flags & _RESTAMPED))
            position = content.find(_MAGIC, end)
        else:
            position = content.find(_MAGIC, position + 1)


class Journal:
    """Records in one file, in the order in which they were appended."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.size = os.fstat(self._descriptor).st_size
        self.was_torn = False

    def append(self, records: Iterable[Record]) -> None:
        """Write records behind the others, all or none. Raises OSError on a full or broken disk."""
        content = b"".join(pack(record) for record in records)
        try:
            written = 0
            while written < len(content):
                written += os.pwrite(self._descriptor, content[written:], self.size + written)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(content)

    def sync(self) -> None:
        """Return when what was appended is on the disk. Raises OSError."""
        os.fdatasync(self._descriptor)

    def read(self, offset: int, max_bytes: int) -> list[tuple[int, Record]]:
        """Records from `offset` on, each with the offset behind it, as far as `max_bytes` reach.

        A record larger than that is read alone. Raises OSError.
        """
        content = os.pread(self._descriptor, max_bytes, offset)
        found = [(offset + end, record) for end, record in unpack(content)]
        if not found and offset + max_bytes < self.size:
            return self.read(offset, min(2 * max_bytes, self.size - offset))
        return found

    def load(self) -> list[Record]:
        """All sound records; a torn end is cut off, so that the next append starts cleanly."""
        records = []
        sound_bytes = 0
        for sound_bytes, record in unpack(os.pread(self._descriptor, self.size, 0)):  # noqa: B007 - its last value is wanted
            records.append(record)
        self.was_torn = sound_bytes < self.size
        if self.was_torn:
            os.ftruncate(self._descriptor, sound_bytes)
            self.size = sound_bytes
        return records

    def clear(self, mark: Record) -> None:
        """Drop all records but one without a body, which remembers the last sequence."""
        content = pack(mark)
        # The mark first: a kill in between leaves records behind that are sent twice, not lost.
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))
        self.size = len(content)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Close the file and delete it."""
        self.close()
        os.unlink(self.path)

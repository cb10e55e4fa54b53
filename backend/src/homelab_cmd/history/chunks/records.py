"""What the log keeps of a heartbeat: its rows by field number, small and quick to write.

    byte 0      0: msgpack follows; 1: four bytes, little-endian, of the dictionary's chunk id,
                then a zstd frame of the same msgpack
    msgpack     [version, boot id, interval in ms, [[family, field numbers, rows], …]]

A row is its key ("" where the family has none) and its values in the order of the numbers, so that
a program with other fields still reads it. A dictionary is an earlier record of the same server:
most of a heartbeat repeats it, and three quarters of the bytes are then never written.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import zstandard
from homelab_agent.contract import FAMILIES, Family

from homelab_cmd.history.interface import Heartbeat

VERSION = 1
_PLAIN = b"\x00"
_WITH_DICTIONARY = struct.Struct("<BI")
# The quickest level that still finds every repetition of a kilobyte.
_LEVEL = -1

_encode = msgspec.msgpack.Encoder().encode


class Record(msgspec.Struct, array_like=True, gc=False):
    """A heartbeat as the log keeps it; `families` are `(name, field numbers, rows)`."""

    version: int
    boot_id: str | None
    interval_ms: int | None
    families: list[tuple[str, list[int], list[list[Any]]]]


_decode = msgspec.msgpack.Decoder(Record).decode


class _FamilyWriter:
    """Reads the values of a family's rows, by attribute and in C."""

    def __init__(self, family: Family) -> None:
        names = [field.name for field in family.values]
        self.numbers = [field.spec.number for field in family.values]
        self._has_key = family.key is not None
        self._values = attrgetter(*([family.key.name] if family.key else []), *names)
        gate = family.gate
        self._gate = None if gate is None else 1 + names.index(gate.name)
        self._current = None if gate is None else gate.spec.counts

    def rows(self, rows: Sequence[Any]) -> list[tuple[Any, ...]]:
        values = self._values
        if not self._has_key:
            return [("", *values(row)) for row in rows]
        if self._gate is None:
            return [values(row) for row in rows]
        return [self._of_now(values(row)) for row in rows]

    def _of_now(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """The row, or its state alone where that says that the numbers are old."""
        gate = self._gate
        if gate is None or row[gate] == self._current:
            return row
        return tuple(value if position in (0, gate) else None for position, value in enumerate(row))


_WRITERS = {family.name: _FamilyWriter(family) for family in FAMILIES}


def encode(heartbeat: Heartbeat) -> bytes:
    """The msgpack of a heartbeat's rows."""
    families = []
    for name, rows in heartbeat.rows.items():
        writer = _WRITERS[name]
        families.append((name, writer.numbers, writer.rows(rows)))
    return _encode((VERSION, heartbeat.boot_id, heartbeat.interval_ms, families))


def decode(content: bytes) -> Record:
    """The record of that msgpack. Raises ValueError for what no writer of this version wrote."""
    try:
        record = _decode(content)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    if record.version != VERSION:
        raise ValueError(f"a record of version {record.version}")
    return record


class Dictionary:
    """A record that others are compressed against, known by the id of its chunk.

    Zstandard's contexts are of one thread at a time, and its binding lets go of the interpreter
    while it works: the writer, housekeeping and every query take turns here.
    """

    def __init__(self, identifier: int, content: bytes) -> None:
        self.identifier = identifier
        shared = zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        shared.precompute_compress(level=_LEVEL)
        self._compressor = zstandard.ZstdCompressor(
            level=_LEVEL, dict_data=shared, write_dict_id=False, write_checksum=True
        )
        self._decompressor = zstandard.ZstdDecompressor(dict_data=shared)
        self._lock = threading.Lock()

    def pack(self, content: bytes) -> bytes:
        """The payload of a record."""
        head = _WITH_DICTIONARY.pack(1, self.identifier)
        with self._lock:
            return head + self._compressor.compress(content)

    def unpack(self, payload: bytes) -> bytes:
        """The record of a payload. Raises ValueError where it is damaged."""
        try:
            with self._lock:
                return self._decompressor.decompress(payload[_WITH_DICTIONARY.size :])
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error


def pack(content: bytes, dictionary: Dictionary | None) -> bytes:
    """The payload of a record, as it is where there is no dictionary yet."""
    return _PLAIN + content if dictionary is None else dictionary.pack(content)


def dictionary_id(payload: bytes | None) -> int | None:
    """The id of the dictionary that a payload is packed against, if it is."""
    if payload is None or len(payload) < _WITH_DICTIONARY.size or payload[0] != 1:
        return None
    return int(_WITH_DICTIONARY.unpack_from(payload)[1])


def unpack(payload: bytes, dictionary_of: Callable[[int], Dictionary]) -> bytes:
    """The record of a payload. Raises ValueError where it is damaged, or its dictionary gone."""
    if payload[:1] == _PLAIN:
        return payload[1:]
    identifier = dictionary_id(payload)
    if identifier is None:
        raise ValueError("a record of an unknown kind")
    return dictionary_of(identifier).unpack(payload)

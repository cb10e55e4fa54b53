"""The payload of a chunk: a checked head, a directory of columns, and their streams.

    byte 0      version of the format (1)
    byte 1      codec of the streams (1: pcodec 1.x, wrapped, a page a stream)
    bytes 2-5   CRC-32 of all that follows, little-endian
    bytes 6-9   length of the directory, little-endian
    then        the directory in msgpack, `[rows, extra, [[id, length, entry], …]]`, and the streams

See docs/history-format.md, which is enough to write a reader of one's own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from homelab_cmd.history.chunks.columns import read_column, write_column
from homelab_cmd.history.chunks.integers import Body, read_integers, write_integers
from homelab_cmd.history.chunks.relations import (
    Candidate,
    Relation,
    read_related,
    write_related,
)
from homelab_cmd.history.interface import Column

VERSION = 1
CODEC_PCODEC = 1

# What pcodec writes as one page: more rows than three days at a second's interval.
MAX_ROWS = 2**18

_HEAD = struct.Struct("<BBII")
_CHECKED_FROM = 2 + 4
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, Any, list[list[Any]]]).decode

# An entry that is as short as this can't be bettered by a relation.
_SHORT = 24

Formula = Callable[[Sequence[NDArray[Any]]], NDArray[Any]]


class DamagedChunk(ValueError):
    """A payload that is not what was written, or of a version this program does not know."""


class PayloadWriter:
    """Collects the columns of a chunk; each may be said through those written before it."""

    def __init__(self, rows: int, extra: Any = None) -> None:
        self._rows = rows
        self._extra = extra
        self._entries: list[list[Any]] = []
        self._streams: list[bytes] = []
        self._columns: dict[int, Column] = {}

    def add(
        self,
        identifier: int,
        column: Column,
        candidates: Sequence[Candidate] = (),
        known: tuple[list[Any], bytes] | None = None,
    ) -> None:
        """Write a column in the shortest of its ways. A column without a value is left out.

        `known` is a way that the caller found already.
        """
        self._columns[identifier] = column
        if column.valid is not None and not column.valid.any():
            return
        body = Body()
        entry, streams = write_column(body, column), body.content()
        if known is not None and _size(*known) < _size(entry, streams):
            entry, streams = known
        if len(streams) > _SHORT:
            for candidate in candidates:
                related = self._related(column, candidate)
                if related is not None and _size(*related) < _size(entry, streams):
                    entry, streams = related
        self._append(identifier, entry, streams)

    def add_derived(
        self,
        identifier: int,
        column: Column,
        inputs: Sequence[tuple[int, ...]],
        formula: Formula,
    ) -> None:
        """Say a float column by how far its bits are from its formula's, where that is shorter.

        Several `inputs` may be given, of which the best is taken; mostly all bits are the same.
        """
        best: tuple[list[Any], bytes] | None = None
        for others in inputs:
            derived = self._derived(column, others, formula)
            if derived is not None and (best is None or _size(*derived) < _size(*best)):
                best = derived
        if best is not None and not best[1]:
            self._columns[identifier] = column
            self._append(identifier, *best)
        else:
            self.add(identifier, column, (), best)

    def _derived(
        self, column: Column, others: tuple[int, ...], formula: Formula
    ) -> tuple[list[Any], bytes] | None:
        dense = self._dense(column, others)
        if dense is None or not len(dense[0]) or dense[0].dtype != np.float64:
            return None
        try:
            derived = formula(dense[1:])
        except (ArithmeticError, ValueError):
            return None  # other inputs than a row's own may be none that the formula takes
        difference = dense[0].view(np.int64) - derived.view(np.int64)
        body = Body()
        stream = write_integers(body, difference)
        return [None, Relation.DERIVED, list(others), stream], body.content()

    def payload(self) -> bytes:
        directory = _encode([self._rows, self._extra, self._entries])
        content = struct.pack("<I", len(directory)) + directory + b"".join(self._streams)
        return struct.pack("<BBI", VERSION, CODEC_PCODEC, zlib.crc32(content)) + content

    def _append(self, identifier: int, entry: list[Any], streams: bytes) -> None:
        self._entries.append([identifier, len(streams), *entry])
        self._streams.append(streams)

    def _related(self, column: Column, candidate: Candidate) -> tuple[list[Any], bytes] | None:
        dense = self._dense(column, candidate.others)
        if dense is None:
            return None
        body = Body()
        described = write_related(body, candidate.relation, dense[0], dense[1:])
        if described is None:
            return None
        return [None, candidate.relation, list(candidate.others), *described], body.content()

    def _dense(self, column: Column, others: tuple[int, ...]) -> list[NDArray[Any]] | None:
        """The values of a column and of others where all are there, None where presence differs."""
        columns = [column]
        for other in others:
            if other not in self._columns:
                return None
            columns.append(self._columns[other])
        masks = [each.mask() for each in columns]
        if any(not np.array_equal(masks[0], mask) for mask in masks[1:]):
            return None
        if any(each.values.dtype not in (np.int64, np.float64) for each in columns):
            return None
        return [each.values if each.valid is None else each.values[each.valid] for each in columns]


def _size(entry: list[Any], streams: bytes) -> int:
    return len(_encode(entry)) + len(streams)


class Payload:
    """A chunk's payload, opened: reads single columns, and knows what it holds."""

    def __init__(self, payload: bytes) -> None:
        """Check and open. Raises DamagedChunk."""
        if len(payload) < _HEAD.size:
            raise DamagedChunk("shorter than its head")
        version, codec, checksum, length = _HEAD.unpack_from(payload)
        if version != VERSION or codec != CODEC_PCODEC:
            raise DamagedChunk(f"of version {version}, codec {codec}, which is not known here")
        if zlib.crc32(memoryview(payload)[_CHECKED_FROM:]) != checksum:
            raise DamagedChunk("its checksum is wrong")
        self._payload = payload
        offset = _HEAD.size + length
        self._entries: dict[int, tuple[int, list[Any]]] = {}
        try:
            self.rows, self.extra, entries = _decode(payload[_HEAD.size : offset])
            for identifier, size, *entry in entries:
                self._entries[identifier] = offset, entry
                offset += size
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            raise DamagedChunk(f"its directory can't be read: {error}") from error
        if not 0 <= self.rows <= MAX_ROWS:
            raise DamagedChunk(f"it says that it holds {self.rows} rows")

    @property
    def size_bytes(self) -> int:
        """Of the payload itself."""
        return len(self._payload)

    @property
    def ids(self) -> tuple[int, ...]:
        """The columns that hold at least a value, in the order they were written."""
        return tuple(self._entries)

    def column(
        self, identifier: int, formulas: Mapping[int, Formula] | None = None
    ) -> Column | None:
        """A column, or None where there is no value. Raises DamagedChunk.

        `formulas` of derived columns, by id: without one, a derived column is not there.
        """
        found = self._entries.get(identifier)
        if found is None:
            return None
        offset, entry = found
        body = Body(self._payload, offset)
        try:
            if entry[1] < min(Relation):
                return read_column(body, entry, self.rows)
            return self._read_related(body, identifier, entry, formulas or {})
        except (ValueError, TypeError, IndexError, KeyError) as error:
            # What the checksum let pass was never written by this program.
            raise DamagedChunk(f"column {identifier}: {error}") from error

    def _read_related(
        self, body: Body, identifier: int, entry: list[Any], formulas: Mapping[int, Formula]
    ) -> Column | None:
        _, relation, others, *rest = entry
        columns = [self.column(other, formulas) for other in others]
        valid = columns[0].valid if columns[0] is not None else None
        inputs = [
            column.values if valid is None else column.values[valid]
            for column in columns
            if column is not None
        ]
        if relation == Relation.DERIVED:
            if identifier not in formulas:
                return None
            values = formulas[identifier](inputs)
            difference = read_integers(body, rest[0], len(values))
            values = (values.view(np.int64) + difference).view(np.float64)
        else:
            values = read_related(body, Relation(relation), rest, inputs)
        if valid is None:
            return Column(values)
        whole = np.zeros(self.rows, values.dtype)
        whole[valid] = values
        return Column(whole, valid)

"""Streams of 64-bit integers, and of floats: the numbers beneath every column of a chunk.

A stream is a *descriptor*, a short msgpack list that says how it was made, and usually a *body*,
the bytes that pcodec made of what was left. Up to INLINE_LIMIT integers are the descriptor itself.

Everything is computed modulo 2**64, so that each integer from -2**63 to 2**63-1 comes back exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pcodec import ChunkConfig, DeltaSpec
from pcodec.wrapped import FileCompressor, FileDecompressor

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

INLINE_LIMIT = 12

# The bits of a descriptor's first number.
_DIFFERENCES = 1  # of the values, after the first
_WIDE = 2  # pcodec's numbers have 64 bits, not 32
_CONSTANT = 4  # all of them equal the minimum: there is no body

# Level 8 is where pcodec's sizes stop falling on a day of samples; 12 takes three times as long.
_LEVEL = 8
_DELTAS = (
    ChunkConfig(compression_level=_LEVEL, delta_spec=DeltaSpec.auto()),
    ChunkConfig(compression_level=_LEVEL, delta_spec=DeltaSpec.no_op()),
)
_COMPRESSOR = FileCompressor()
_HEADER: bytes = _COMPRESSOR.write_header()
_MAX_NARROW = 2**32 - 1
_GCD_PROBE = 64


class Body:
    """The bytes of a payload's streams, written one after the other or read in that order."""

    def __init__(self, content: bytes = b"", offset: int = 0) -> None:
        self._parts: list[bytes] = []
        self._content = content
        self._offset = offset

    def write(self, part: bytes) -> None:
        self._parts.append(part)

    def read(self, length: int) -> bytes:
        """The next `length` bytes. Raises ValueError where the payload ends before."""
        part = self._content[self._offset : self._offset + length]
        if len(part) != length:
            raise ValueError("a stream reaches past the end of its payload")
        self._offset += length
        return part

    def content(self) -> bytes:
        return b"".join(self._parts)


def write_integers(body: Body, values: Integers) -> list[Any]:
    """Write a stream and return its descriptor: an inline list, or `[[flags, …]]`."""
    if len(values) <= INLINE_LIMIT:
        return [int(value) for value in values]
    differences = np.diff(values)
    flags, minimum, factor, content = min(
        _packed(values, 0), _packed(differences, _DIFFERENCES), key=lambda packed: len(packed[3])
    )
    body.write(content)
    first = [int(values[0])] if flags & _DIFFERENCES else []
    return [[flags, minimum, factor, len(content), *first]]


def read_integers(body: Body, descriptor: list[Any], count: int) -> Integers:
    """The `count` integers of a stream. Raises ValueError where it is not one of this version."""
    if not descriptor or not isinstance(descriptor[0], list):
        if len(descriptor) != count:
            raise ValueError("an inline stream has another length than its column")
        return np.array(descriptor, np.int64)
    flags, minimum, factor, length, *first = descriptor[0]
    inner = count - 1 if flags & _DIFFERENCES else count
    if flags & _CONSTANT:
        values = np.full(inner, minimum, np.int64)
    else:
        numbers = _unpack(body.read(length), inner, "u64" if flags & _WIDE else "u32")
        numbers = numbers.astype(np.uint64)
        numbers *= np.uint64(factor)
        numbers += np.uint64(minimum % 2**64)
        values = numbers.view(np.int64)
    if not flags & _DIFFERENCES:
        return values
    whole = np.empty(count, np.int64)
    whole[0] = first[0]
    whole[1:] = values
    np.cumsum(whole, out=whole)
    return whole


def write_floats(body: Body, values: Floats) -> list[Any]:
    """Write float64 bit for bit and return the descriptor: the body's length."""
    content = _compress(np.ascontiguousarray(values), _DELTAS[0])
    body.write(content)
    return [len(content)]


def read_floats(body: Body, descriptor: list[Any], count: int) -> Floats:
    """The `count` floats of a stream."""
    return _unpack(body.read(descriptor[0]), count, "f64")


def _packed(values: Integers, flags: int) -> tuple[int, int, int, bytes]:
    """The values less their minimum, by their common factor, through pcodec."""
    minimum = int(values.min())
    shifted = values.view(np.uint64) - np.uint64(minimum % 2**64)
    if not shifted.any():
        return flags | _CONSTANT, minimum, 1, b""
    factor = _common_factor(shifted)
    if factor > 1:
        shifted //= np.uint64(factor)
    if int(shifted.max()) <= _MAX_NARROW:
        numbers: NDArray[Any] = shifted.astype(np.uint32)
    else:
        numbers, flags = shifted, flags | _WIDE
    # Differences are mostly noise already, where a further delta only costs; but it is what finds
    # the slow drift of a busy counter.
    return flags, minimum, factor, min((_compress(numbers, delta) for delta in _DELTAS), key=len)


def _common_factor(shifted: NDArray[np.uint64]) -> int:
    """The greatest common divisor, 1 where all are 0; most columns show 1 after a few values."""
    if int(np.gcd.reduce(shifted[:_GCD_PROBE])) == 1:
        return 1
    return int(np.gcd.reduce(shifted)) or 1


def _compress(numbers: NDArray[Any], config: ChunkConfig) -> bytes:
    chunk = _COMPRESSOR.chunk_compressor(numbers, config)
    pages = [chunk.write_page(page) for page in range(len(chunk.n_per_page()))]
    if len(pages) != 1:
        raise ValueError(f"a chunk of {len(numbers)} rows is longer than a page")
    return bytes(chunk.write_meta() + pages[0])


def _unpack(content: bytes, count: int, dtype: str) -> NDArray[Any]:
    numbers = np.empty(count, {"u32": np.uint32, "u64": np.uint64, "f64": np.float64}[dtype])
    try:
        file, _ = FileDecompressor.new(_HEADER)
        chunk, offset = file.chunk_decompressor(content, dtype)
        progress, _ = chunk.read_page_into(content[offset:], count, numbers)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"pcodec: {error}") from error
    if progress.n_processed != count:
        raise ValueError("a stream holds fewer numbers than its column has rows")
    return numbers

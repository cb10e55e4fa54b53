from __future__ import annotations

import contextlib
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from homelab_cmd.history.chunks.payload import DamagedChunk, Payload, PayloadWriter
from homelab_cmd.history.chunks.relations import Candidate, Relation
from homelab_cmd.history.interface import Column
from hypothesis import example, given
from hypothesis import strategies as st

ROWS = st.integers(1, 80)
TEXTS = st.sampled_from(["ext4", "xfs", "", "btrfs", "ü" * 40])


@st.composite
def columns(draw: st.DrawFn, rows: int) -> Column:
    elements: dict[str, st.SearchStrategy[Any]] = {
        "int64": st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3),
        "float64": st.floats() | st.integers(0, 10_000).map(lambda n: n / 100),
        "bool": st.booleans(),
        "object": TEXTS,
    }
    dtype = draw(st.sampled_from(list(elements)))
    values = np.array(draw(st.lists(elements[dtype], min_size=rows, max_size=rows)), dtype)
    if draw(st.booleans()):
        return Column(values)
    valid = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
    return Column(values, np.array(valid))


def assert_same(read: Column | None, written: Column) -> None:
    there = written.mask()
    if read is None:
        assert not there.any()
        return
    assert np.array_equal(read.mask(), there)
    expected = written.values[there]
    actual = read.values[there]
    if len(expected) == 0:
        return
    assert actual.dtype == expected.dtype
    if expected.dtype == object:
        assert actual.tolist() == expected.tolist()
    else:
        assert actual.tobytes() == expected.tobytes()


@given(st.data(), ROWS)
def test_columns_of_every_kind_come_back(data: st.DataObject, rows: int) -> None:
    written = data.draw(st.lists(columns(rows), min_size=1, max_size=4))
    writer = PayloadWriter(rows, ["anything"])
    for identifier, column in enumerate(written):
        writer.add(identifier, column)
    payload = Payload(writer.payload())
    assert payload.rows == rows
    assert payload.extra == ["anything"]
    for identifier, column in enumerate(written):
        assert_same(payload.column(identifier), column)


@given(st.data(), ROWS, st.sampled_from([r for r in Relation if r is not Relation.DERIVED]))
def test_related_columns_come_back(data: st.DataObject, rows: int, relation: Relation) -> None:
    """Whether or not the relation holds: an exact one is used, another is not."""
    written = [data.draw(columns(rows)) for _ in range(3)]
    writer = PayloadWriter(rows)
    writer.add(1, written[0])
    writer.add(2, written[1])
    writer.add(3, written[2], [Candidate(relation, (1, 2))])
    payload = Payload(writer.payload())
    for identifier, column in enumerate(written, 1):
        assert_same(payload.column(identifier), column)


def test_relations_make_a_column_short() -> None:
    rng = np.random.default_rng(3)
    rows = 1_000
    packets = rng.poisson(900, rows)
    cases = {
        Relation.COMPLEMENT: (packets, 10**9 - packets),
        Relation.ABOVE: (packets, packets + 5),
        Relation.PER_VALUE: (packets, packets * 700),
        Relation.PER_STEP: (packets.cumsum(), (packets * 700).cumsum()),
        Relation.CUMULATIVE: (packets, packets.cumsum()),
    }
    for relation, (other, this) in cases.items():
        writer = PayloadWriter(rows)
        writer.add(1, Column(other))
        alone = len(writer.payload())
        writer.add(2, Column(this), [Candidate(relation, (1,))])
        assert len(writer.payload()) < alone + 100, relation
        assert_same(Payload(writer.payload()).column(2), Column(this))


@given(st.lists(st.floats(0, 100), min_size=20, max_size=50), st.integers(1, 9))
@example([0.1, 0.2, 0.7] * 9, 3)
def test_sums_of_decimals_come_back(levels: list[float], count: int) -> None:
    smallest = np.round(np.array(levels), 2)
    total = smallest * count + 0.01
    writer = PayloadWriter(len(levels))
    writer.add(1, Column(np.full(len(levels), count)))
    writer.add(2, Column(smallest))
    writer.add(3, Column(total), [Candidate(Relation.TOTAL, (1, 2))])
    assert_same(Payload(writer.payload()).column(3), Column(total))


def test_a_formula_stands_for_its_column_bit_for_bit() -> None:
    rng = np.random.default_rng(2)
    used = Column(rng.integers(0, 10**9, 500))

    def formula(inputs: Any) -> Any:
        return inputs[0] / 7

    exact = formula([used.values])
    nearly = np.nextafter(exact, 10**9)
    unlike = rng.random(500)
    for values, most in ((exact, 40), (nearly, 40), (unlike, 4_000)):
        writer = PayloadWriter(500)
        writer.add(1, used)
        before = len(writer.payload())
        writer.add_derived(2, Column(values), [(1,)], formula)
        assert len(writer.payload()) - before < most
        payload = Payload(writer.payload())
        assert_same(payload.column(2, {2: formula}), Column(values))


def test_every_flipped_bit_is_noticed() -> None:
    writer = PayloadWriter(50)
    writer.add(1, Column(np.random.default_rng(5).integers(0, 1000, 50)))
    sound = writer.payload()
    for position in range(len(sound)):
        damaged = bytearray(sound)
        damaged[position] ^= 1 << position % 8
        with pytest.raises(DamagedChunk):
            Payload(bytes(damaged))
    for length in range(len(sound)):
        with pytest.raises(DamagedChunk):
            Payload(sound[:length])


def read_all(content: bytes) -> None:
    payload = Payload(content)
    for identifier in payload.ids:
        payload.column(identifier)


@given(st.binary(max_size=200))
def test_nonsense_with_a_right_checksum_is_never_a_crash(content: bytes) -> None:
    with contextlib.suppress(DamagedChunk):
        read_all(struct.pack("<BBI", 1, 1, zlib.crc32(content)) + content)


def test_a_newer_version_is_named() -> None:
    sound = PayloadWriter(1).payload()
    with pytest.raises(DamagedChunk, match="version 2"):
        Payload(b"\x02" + sound[1:])
    with pytest.raises(DamagedChunk, match="codec 9"):
        Payload(b"\x01\x09" + sound[2:])

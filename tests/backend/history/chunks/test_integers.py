from __future__ import annotations

import numpy as np
import pytest
from homelab_cmd.history.chunks.integers import (
    INLINE_LIMIT,
    Body,
    read_floats,
    read_integers,
    write_floats,
    write_integers,
)
from hypothesis import given
from hypothesis import strategies as st

any_int64 = st.integers(-(2**63), 2**63 - 1)


def round_trip(values: list[int]) -> list[int]:
    body = Body()
    descriptor = write_integers(body, np.array(values, np.int64))
    read = read_integers(Body(body.content()), descriptor, len(values))
    assert read.dtype == np.int64
    return [int(value) for value in read]


@given(st.lists(any_int64, max_size=60))
def test_any_integers_come_back(values: list[int]) -> None:
    assert round_trip(values) == values


@given(st.lists(st.integers(0, 300), min_size=20, max_size=60), st.integers(1, 2**40), any_int64)
def test_multiples_of_a_factor_come_back(steps: list[int], factor: int, first: int) -> None:
    values = [(first + step * factor + 2**63) % 2**64 - 2**63 for step in steps]
    assert round_trip(values) == values


@pytest.mark.parametrize("length", [0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 256, 257, 10_080])
@pytest.mark.parametrize("step", [0, 1, 4096, 2**50])
def test_series_of_any_length_come_back(length: int, step: int) -> None:
    values = (np.arange(length) * step).tolist()
    assert round_trip(values) == values


def test_the_extremes_come_back_together() -> None:
    values = [-(2**63), 2**63 - 1] * 20
    assert round_trip(values) == values


def test_an_even_series_has_no_body() -> None:
    body = Body()
    write_integers(body, np.arange(0, 1_000_000, 30, dtype=np.int64))
    assert body.content() == b""


@given(st.lists(st.floats(width=64), min_size=1, max_size=60))
def test_floats_come_back_bit_for_bit(values: list[float]) -> None:
    body = Body()
    floats = np.array(values)
    descriptor = write_floats(body, floats)
    read = read_floats(Body(body.content()), descriptor, len(values))
    assert read.tobytes() == floats.tobytes()


def test_a_torn_stream_is_refused() -> None:
    body = Body()
    descriptor = write_integers(body, np.random.default_rng(1).integers(0, 1000, 500))
    torn = body.content()[:-40]
    with pytest.raises(ValueError, match="past the end"):
        read_integers(Body(torn), descriptor, 500)
    with pytest.raises(ValueError, match=r"another length"):
        read_integers(Body(), [1, 2, 3], 4)

from __future__ import annotations

import numpy as np
from homelab_cmd.history.chunks.columns import Kind, read_column, write_column
from homelab_cmd.history.chunks.fractions import as_fractions, from_fractions
from homelab_cmd.history.chunks.integers import Body
from homelab_cmd.history.interface import Column
from hypothesis import given
from hypothesis import strategies as st

shares = st.integers(1, 5_000).flatmap(
    lambda whole: st.tuples(st.integers(0, whole), st.just(whole))
)


@given(st.lists(shares, min_size=1, max_size=80))
def test_percents_of_ticks_come_back(pairs: list[tuple[int, int]]) -> None:
    values = np.array([100 * part / whole for part, whole in pairs])
    found = as_fractions(values)
    assert found is not None
    assert from_fractions(*found).tobytes() == values.tobytes()


@given(st.lists(st.floats(), min_size=1, max_size=40))
def test_what_is_no_percent_of_ticks_is_left_alone_or_comes_back(values: list[float]) -> None:
    floats = np.array(values)
    found = as_fractions(floats)
    assert found is None or from_fractions(*found).tobytes() == floats.tobytes()


def test_percents_of_nearly_even_ticks_are_short() -> None:
    rng = np.random.default_rng(4)
    whole = rng.integers(3_990, 4_010, 1_000)
    values = 100 * rng.poisson(300, 1_000) / whole
    body = Body()
    entry = write_column(body, Column(values))
    assert entry[1] is Kind.FRACTIONS
    assert len(body.content()) < 2.1 * len(values)
    assert read_column(Body(body.content()), entry, 1_000).values.tobytes() == values.tobytes()

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from homelab_cmd.history.downsample import lttb
from numpy.typing import NDArray

SUNSPOTS = Path(__file__).parents[2] / "fixtures/history/sunspots.txt"


def largest_triangle(
    times: NDArray[Any], values: NDArray[Any], before: int, bucket: range, following: slice
) -> int:
    """Steinarsson's thesis, section 4.2: the point that spans the largest triangle between the
    one chosen before and the mean of the next bucket.
    """
    mean_x, mean_y = times[following].mean(), values[following].mean()
    x, y = times[before], values[before]
    areas = [abs((x - mean_x) * (values[i] - y) - (x - times[i]) * (mean_y - y)) for i in bucket]
    return bucket[int(np.argmax(areas))]


def test_it_picks_the_points_of_the_textbook() -> None:
    """All but those that lie on the edge of a bucket, whose rounding the thesis leaves open."""
    picked = same = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        count, points = int(rng.integers(100, 600)), int(rng.integers(3, 80))
        times = 1_794_528_000_000 + np.cumsum(rng.integers(1_000, 60_000, count))
        values = np.cumsum(rng.normal(0, 1, count))
        chosen = lttb(times, values, points).tolist()
        assert (chosen[0], chosen[-1], len(chosen)) == (0, count - 1, points)
        edges = [1 + bucket * (count - 2) // (points - 2) for bucket in range(points - 1)]
        edges.append(count)
        for bucket in range(points - 2):
            start, end, last = edges[bucket : bucket + 3]
            best = largest_triangle(
                times, values, chosen[bucket], range(start, end), slice(end, last)
            )
            picked += 1
            same += best == chosen[bucket + 1]
    assert same / picked > 0.98


@pytest.mark.parametrize("points", [3, 5, 10, 20, 50, 64, 100, 200, 300])
def test_it_equals_the_reference_on_a_published_series(points: int) -> None:
    """Bucket edges as in the thesis's own program: the next whole number after each mean width."""
    words = SUNSPOTS.read_text().split("\n", 1)[1].split()
    values = np.array(words, np.float64)
    years = np.arange(1700, 1700 + len(values))
    width = (len(values) - 2) / (points - 2)
    edges = [math.floor(bucket * width) + 1 for bucket in range(points - 1)] + [len(values)]
    chosen = [0]
    for start, end, last in zip(edges, edges[1:], edges[2:], strict=False):
        chosen.append(
            largest_triangle(years, values, chosen[-1], range(start, end), slice(end, last))
        )
    assert lttb(years, values, points).tolist() == [*chosen, len(values) - 1]


@pytest.mark.parametrize("count", [0, 1, 2, 10])
def test_few_points_stay_as_they_are(count: int) -> None:
    times = np.arange(count, dtype=np.int64)
    assert lttb(times, times.astype(np.float64), 10).tolist() == list(range(count))

"""Fewer points with the shape kept: Largest Triangle Three Buckets.

Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland,
2013. Means, extremes and rates come from windows instead, as the planner makes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tsdownsample import LTTBDownsampler

_lttb = LTTBDownsampler()  # type: ignore[no-untyped-call]  # the package annotates it in part


def lttb(time_ms: NDArray[np.int64], values: NDArray[Any], points: int) -> NDArray[np.intp]:
    """The positions of at most `points` values, first and last among them; all where they are few.

    Times matter: without them unevenly spaced samples would be weighed wrongly.
    """
    if len(values) <= points:
        return np.arange(len(values))
    chosen: NDArray[np.uint64] = _lttb.downsample(time_ms, values, n_out=points)
    return chosen.astype(np.intp)

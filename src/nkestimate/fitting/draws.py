"""What is made of draws in several places: a few of many, one option of several at each, quantiles by weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEP = 1e-4  # of a coordinate, for derivatives
_FEW = 400


def few(draws: Array) -> Array:
    """Return draws at equal distances, no more than 400, at which what is costly is worked out."""
    return draws[np.linspace(0, len(draws) - 1, min(_FEW, len(draws))).astype(int)]


def chosen(logs: Array, rng: np.random.Generator) -> NDArray[np.int_]:
    """Draw which option holds at each draw, from the logs of what the options weigh there, shape (option, draw)."""
    shares = np.exp(logs - np.logaddexp.reduce(logs))
    return np.minimum((shares.cumsum(axis=0) < rng.uniform(size=logs.shape[1])).sum(axis=0), len(logs) - 1)


def weighted_quantiles(values: Array, weights: Array, levels: Sequence[float]) -> list[float]:
    """Return quantiles of weighted draws; of equal weights those of `numpy.quantile`."""
    order = np.argsort(values, kind="stable")
    # Draw i stands at the weight before it, as a share of all but the ends' halves.
    before = np.cumsum(weights[order]) - weights[order] / 2
    at = before[0] + np.asarray(levels) * (before[-1] - before[0])
    return [float(x) for x in np.interp(at, before, values[order])]

"""Scoring rules for draws, each for one total on its working scale, or for one probability.

References
----------
Proper scores: Gneiting & Raftery 2007, doi:10.1198/016214506000001437. The CRPS of draws: Zamo & Naveau 2018,
doi:10.1007/s11004-017-9709-7.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_LOG_ROOT = 0.5 * math.log(2 * math.pi)


def crps(draws: Array, truth: float) -> float:
    """Return the continuous ranked probability score, in the unit of the draws; 0 is best.

    The fair estimate: E|x − y| − ½ E|x − x'| with the second mean over pairs of different draws, so that its expectation is that
    of the distribution the draws are from, however few they are.

    Parameters
    ----------
    draws : array, shape (n,)
        Two at least.
    truth : float

    Examples
    --------
    >>> crps(np.array([1.0, 3.0]), 2.0)
    0.0
    """
    n = len(draws)
    ranks = 2 * np.arange(1, n + 1) - n - 1
    return float(np.abs(draws - truth).mean() - ranks @ np.sort(draws) / (n * (n - 1)))


def kernel_width(draws: Array, effective: float) -> float:
    """Return the standard deviation of the normal kernels that stand for draws: Silverman's rule, for so many independent ones.

    References
    ----------
    Silverman 1986, Density Estimation for Statistics and Data Analysis, equation 3.31.
    """
    low, high = np.quantile(draws, [0.25, 0.75])
    spread = min(float(draws.std()), float(high - low) / 1.349) or float(draws.std())
    return 0.9 * spread * max(effective, 2.0) ** -0.2


def log_score(draws: Array, low: float, high: float, effective: float) -> float | None:
    """Return the log of the posterior's density at a truth, by normal kernels; more is better.

    Parameters
    ----------
    draws : array, shape (n,)
    low, high : float
        Ends of a range that holds the truth, over which the density is averaged: the log of its mass by its width. Of a value
        both ends are the same, and it is the density there.
    effective : float
        How many independent draws they are worth; it sets the kernels' width.

    Returns
    -------
    float or None
        None where all draws are one value, which has no density.
    """
    from scipy.special import log_ndtr, logsumexp

    width = kernel_width(draws, effective)
    if width <= 0:
        return None
    if low == high:
        return float(logsumexp(-0.5 * ((low - draws) / width) ** 2) - math.log(len(draws) * width) - _LOG_ROOT)
    below, above = (low - draws) / width, (high - draws) / width
    flipped = below > 0  # the upper tail keeps its digits as a lower one
    below, above = np.where(flipped, -above, below), np.where(flipped, -below, above)
    mass = log_ndtr(above) + np.log1p(-np.exp(log_ndtr(below) - log_ndtr(above)))
    return float(logsumexp(mass) - math.log(len(draws)) - math.log(high - low))


def pit(draws: Array, truth: float) -> float:
    """Return where the truth lies among the draws: 0 below all, 1 above all; uniform over truths where a fit is calibrated."""
    below = (draws < truth).sum() + 0.5 * (draws == truth).sum()
    return float((below + 0.5) / (len(draws) + 1))


def brier(probability: float, happened: bool) -> float:
    """Return the squared error of a probability: 0 is best, 0.25 is that of one half."""
    return (probability - happened) ** 2


def log_score_of_answer(probability: float, happened: bool, draws: int) -> float:
    """Return the log of the probability given to what happened; draws that all say one thing are taken for half a draw less."""
    counted = (probability * draws + 0.5) / (draws + 1)
    return math.log(counted if happened else 1 - counted)

"""Draws to a smooth curve: a kernel density on the scale that the quantity lives on, turned to the scale that is drawn."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BINS = 1024
_REACH = 4.0  # bandwidths beyond which a kernel adds nothing
_NORMAL = 1.06  # bandwidth, of standard deviation and n^-1/5, that is best for a normal distribution
_WIDEST, _STEP = 2.0, 1.2  # how far, and by what, a bandwidth is widened until no small bump is left
_AGAIN = 0.5  # of the bandwidth on the drawn scale: where that stretches the working one, single draws would show
_SMALL = 0.04  # of the peak: what rises less between two valleys is a bump of Monte Carlo


def density(draws: Array, low: float, high: float, *, log: bool, scale: str = "identity", points: int = 400,
            weights: Array | None = None) -> tuple[Array, Array]:
    """Estimate a density between two values, free of bumps that are Monte Carlo's.

    A Gaussian kernel on the working scale, where a distribution is nearest to normal: its tails are as smooth as its middle, and
    nothing leaks over the end of its support. The kernel is widened, up to twice, while the curve has a bump smaller than 4 % of
    its peak; separated modes stay.

    Parameters
    ----------
    draws : array, shape (draw,)
    low, high : float
        The ends of the picture.
    log : bool
        Whether the picture's axis is logarithmic.
    scale : str
        The working scale: ``log``, ``logit`` or ``identity``; the last is taken where a draw lies outside the others' support.
    points : int
    weights : array, shape (draw,), optional
        Of the draws; equal where none are given. The kernel is as wide as for as many draws as they are worth.

    Returns
    -------
    (array, array), each of shape (point,)
        Values, and the density of the drawn scale at them.

    References
    ----------
    Silverman (1986), Density Estimation for Statistics and Data Analysis, sections 2.9 and 3.4.2.
    """
    ends = (math.log(low), math.log(high)) if log else (low, high)
    grid = np.linspace(*ends, points)
    values = np.exp(grid) if log else grid
    finite = np.isfinite(draws)
    mass = np.where(finite, np.ones(len(draws)) if weights is None else weights, 0.0)
    kept = finite & (mass > 0) & (draws > 0 if log else True)
    x, w = draws[kept], mass[kept]
    share = float(w.sum() / (mass.sum() or 1.0))
    if len(x) < 2 or not ends[1] > ends[0]:
        return values, np.zeros(points)
    if (scale == "log" and not x.min() > 0) or (scale == "logit" and not (x.min() > 0 and x.max() < 1)):
        scale = "identity"
    scale = "log" if log and scale == "identity" else scale
    step = grid[1] - grid[0]
    cells = np.concatenate([grid - step / 2, grid[-1:] + step / 2])
    with np.errstate(all="ignore"):
        z, at = _working(x, scale), _working(np.exp(cells) if log else cells, scale)
        w = w / w.sum()
        width = _bandwidth(z, w)
    if not width > _BINS * np.spacing(np.abs(z).max()):  # draws that are equal, or are but for rounding
        width = 1.5 * float(np.ptp(at[np.isfinite(at)])) / points
    with np.errstate(over="ignore"):
        if not math.isfinite(width) or not math.isfinite(6 * float(np.ptp(z))):  # beyond the range of numbers nothing can be drawn
            return values, np.zeros(points)
    again = 0.0 if scale == ("log" if log else "identity") else _AGAIN * _bandwidth(np.log(x) if log else x, w) / step
    curve = np.zeros(points)
    for factor in _STEP ** np.arange(0, math.log(_WIDEST) / math.log(_STEP) + 1):
        curve = _smooth(share / step * np.diff(_held_below(z, w, at, width * factor)), again * factor)
        if not _has_small_bumps(curve):
            break
    return values, curve


def _working(x: Array, scale: str) -> Array:
    """Return values on a working scale; what lies at or beyond an end of its support is infinite."""
    if scale == "identity":
        return x
    x = np.clip(x, 0.0, 1.0 if scale == "logit" else None)
    return np.log(x) - np.log1p(-x) if scale == "logit" else np.log(x)


def _bandwidth(z: Array, w: Array) -> float:
    """Return the width that suits a normal of the draws' scale: the least of three measures of it.

    The shortest interval with a quarter of the draws knows the scale of one mode where there are several.
    """
    order = np.argsort(z)
    ordered, below = z[order], np.cumsum(w[order]) - w[order] / 2
    ends = np.searchsorted(below, below + 0.25 - 1e-9)  # of the interval that begins with each draw and holds a quarter
    whole = ends < len(z)
    lengths = ordered[ends[whole]] - ordered[whole]
    shortest = float(lengths.min()) / 0.637 if len(lengths) else 0.0  # what a normal of standard deviation 1 has
    q25, q75 = np.interp([0.25, 0.75], below, ordered)
    mean = float(w @ z)
    sd = math.sqrt(max(float(w @ (z - mean) ** 2), 0.0))
    spreads = [spread for spread in (sd, float(q75 - q25) / 1.349, shortest) if spread > 0]
    return _NORMAL * min(spreads) * float(w @ w) ** 0.2 if spreads else 0.0  # w @ w is 1 / draws, of equal weights


def _held_below(z: Array, w: Array, at: Array, width: float) -> Array:
    """Return what share of a kernel estimate lies below ascending values: draws are binned finely, and bins smoothed.

    Shares keep the mass of single draws where a drawn scale crowds them into less than a point of the curve.
    """
    reach = _REACH * width
    low, high = max(at[0], z.min()) - reach, min(at[-1], z.max()) + reach
    if not high > low:
        return np.zeros(len(at))
    bins = int(min(max(_BINS, 6 * (high - low) / width), 32 * _BINS))
    edges = np.linspace(low, high, bins + 1)
    counts, _ = np.histogram(z, bins=edges, weights=w)
    half = int(reach / (edges[1] - edges[0])) + 1
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) * (edges[1] - edges[0]) / width) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum())[half : half + bins]
    return np.interp(at, edges, np.concatenate([[0.0], np.cumsum(smooth)]))


def _smooth(curve: Array, width: float) -> Array:
    """Smooth a curve by a Gaussian of so many of its points; beyond its ends it goes on as steeply as it came."""
    half = min(int(_REACH * width) + 1, len(curve) - 1)
    if not width > 0.3 or half < 2:
        return curve
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / width) ** 2)
    first, last = _end(curve, width), _end(curve[::-1], width)
    padded = np.concatenate([2 * first - curve[half:0:-1], [first], curve[1:-1], [last], 2 * last - curve[-2 : -half - 2 : -1]])
    return np.maximum(np.convolve(padded, kernel / kernel.sum(), mode="valid"), 0.0)


def _end(curve: Array, width: float) -> float:
    """Return what a curve begins with: the line through the means of its first stretches, as single points there are noise."""
    long = min(max(int(2 * width), 2), len(curve) // 3)
    return max(0.0, float(1.5 * curve[1 : long + 1].mean() - 0.5 * curve[long + 1 : 2 * long + 1].mean()))


def _has_small_bumps(curve: Array) -> bool:
    """Return whether the curve rises and falls between two turns by less than a small part of its peak."""
    moves = np.diff(curve)
    moves = np.sign(np.where(np.abs(moves) > 1e-9 * curve.max(), moves, 0.0))
    turning = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(_held(moves))) if a != b), len(curve) - 1]
    rises = [abs(curve[b] - curve[a]) for a, b in pairwise(turning)]
    return any(rise < _SMALL * curve.max() for rise in rises[1:-1])


def _held(moves: Array) -> Array:
    """Return signs with those of the flat parts taken from before."""
    known = np.maximum.accumulate(np.where(moves != 0, np.arange(len(moves)), 0))
    return moves[known]

"""Draws of one density as draws of another: importance weights, their tail smoothed, and k̂ that says whether they will do."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.density.description import Density
from nkestimate.density.evaluate import Evaluator
from nkestimate.inference.diagnose import measures

Array = NDArray[np.float64]
_FLAT = 0.1  # of a log weight: weights that differ by a tenth at most
_NEVER = 700.0  # below the others in the log: a weight of nothing, which the smoothing of the upper tail does not see


def smoothed(logs: Array) -> tuple[Array, float]:
    """Smooth the tail of importance weights (PSIS).

    Parameters
    ----------
    logs : array, shape (draw,)
        Log of the density that is wanted over the one that was drawn from, up to a constant.

    Returns
    -------
    tuple of (array, float)
        Weights that sum to one, and k̂: infinite where no tail could be fitted.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25:72.
    """
    finite = logs[np.isfinite(logs)]
    if not finite.size:
        return np.full(len(logs), 1 / len(logs)), math.inf
    if finite.size < logs.size:
        low = finite.min() - _NEVER
        logs = np.nan_to_num(logs, nan=low, neginf=low, posinf=finite.max())
    weights, k = _tail_smoothed(logs, _tail(logs.size, 1.0))
    if not np.isfinite(k):  # nearly constant: the change changes nothing; else the tail could not be fitted
        k = 0.0 if np.ptp(logs) < _FLAT else math.inf
    return np.exp(weights - special.logsumexp(weights)), float(k)


def power_scaled(logs: Array, alpha: float) -> Array:
    """Return weights of draws, which sum to one, for a factor of their density raised from its first power to ``alpha``.

    ``logs`` are those of the factor, in the order in which they were drawn.
    """
    logs = np.ravel(logs)
    weights, _ = _tail_smoothed((alpha - 1) * logs, _tail(logs.size, measures(logs[None])[2] / logs.size))
    return np.exp(weights - special.logsumexp(weights))


# ArviZ's own, written out here because importing ArviZ takes longer than the rest of a report; the tests hold them equal.


def _tail(size: int, efficiency: float) -> int:
    """Return how many of the largest weights are a tail; of draws that depend on each other, more of them."""
    return min(int(3 * math.sqrt(size / efficiency)) if size * efficiency > 225 else size // 5, size // 2)


def _tail_smoothed(logs: Array, tail: int) -> tuple[Array, float]:
    """Return log weights, the largest of them replaced by quantiles of a Pareto distribution fitted to them, and its shape k̂.

    A tail of equal weights, as of a bound that is far off, and one of fewer than five have nothing to smooth: k̂ is 0.
    """
    logs = logs - logs.max()
    order = np.argsort(logs)
    largest = order[logs.size - tail :]
    if tail < 5 or logs[largest[-1]] - logs[largest[0]] < np.finfo(float).tiny:
        return logs, 0.0
    cut = math.exp(logs[order[logs.size - tail - 1]])
    with np.errstate(all="ignore"):
        k, scale = _pareto(np.exp(logs[largest]) - cut)
        if math.isfinite(k):
            below = np.log1p(-np.arange(0.5, tail) / tail)
            logs[largest] = np.minimum(np.log(cut + scale * (np.expm1(-k * below) / k if k else -below)), 0.0)
    return logs, k


def _pareto(x: Array) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto distribution fitted to rising values; NaN where they are not like one.

    Zhang & Stephens 2009, doi:10.1198/tech.2009.08017, with a prior of ten draws' worth that the shape is a half.
    """
    n, quartile = x.size, x[int(x.size / 4 + 0.5) - 1]
    if quartile <= x[0]:
        return math.nan, math.nan
    points = 30 + int(math.sqrt(n))
    b = (1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3 * quartile) + 1 / x[-1]
    shapes = np.log1p(-b[:, None] * x).mean(axis=1)
    likelihood = n * (np.log(-b / shapes) - shapes - 1)
    weights = np.exp(likelihood - special.logsumexp(likelihood))
    weights[weights < 10 * np.finfo(float).eps] = 0.0
    best = float(b @ weights / weights.sum())
    shape = float(np.log1p(-best * x).mean())
    k = (n * shape + 5) / (n + 10)
    return (math.inf, math.nan) if math.isnan(k) else (k, -shape / best)


def carried(old: Density, new: Density, v: Array, old_logs: Array, rng: np.random.Generator) -> tuple[Array, Array] | None:
    """Take draws of one density into the coordinates of another, with the logs of their importance weights.

    A coordinate p that only the new density has is drawn from its prior there, and one q that only the old one has leaves: with
    the priors of both as proposal and as target, w = new(v', p) · prior(q) / (old(v', q) · prior(p)).

    Parameters
    ----------
    old, new : Density
    v : array, shape (draw, coordinate)
        Draws of the old density.
    old_logs : array, shape (draw,)
        Its log density at them.
    rng : Generator

    Returns
    -------
    tuple of (array, array) or None
        Draws in the new density's coordinates, and logs of weights. None where a coordinate that both have runs otherwise, or one
        that comes or goes has no prior of its own.
    """
    gone = [p for p in old.parameters if p.name not in new.index]
    come = [p for p in new.parameters if p.name not in old.index]
    joined = {density.parameters[i].name for density in (old, new) for copula in density.copulas for i in copula.parameters}
    pooled = {density.parameters[pool.quantity].name for density in (old, new) for pool in density.pools}
    if any(p.prior is None or p.name in joined | pooled for p in (*gone, *come)):
        return None
    before, after = Evaluator(old), Evaluator(new)
    there = after.prior_draws(len(v), rng) if come else np.empty((len(v), new.size))
    for i, parameter in enumerate(new.parameters):
        if parameter.name in old.index:
            other = old.parameters[old.index[parameter.name]]
            if (parameter.transform, parameter.lower, parameter.upper) != (other.transform, other.lower, other.upper):
                return None
            there[:, i] = v[:, old.index[parameter.name]]
    with np.errstate(all="ignore"):
        logs = after.log_density(there) - old_logs
        if gone:
            priors = before.log_prior(v)
            logs = logs + sum(priors[p.name] for p in gone)
        if come:
            priors = after.log_prior(there)
            logs = logs - sum(priors[p.name] for p in come)
    return there, logs


__all__ = ["carried", "power_scaled", "smoothed"]

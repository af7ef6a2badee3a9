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
_LEAST_TAIL = 5  # draws
_POWERS = (0.99, 1.01)
_NEVER = 700.0  # below the others in the log: a weight of nothing, which the smoothing of the upper tail does not see


def smoothed(logs: Array) -> tuple[Array, float]:
    """Smooth the tail of importance weights (PSIS).

    ArviZ's own, written out here because importing ArviZ takes as long as all else in a report; the tests hold them equal.

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
    low = finite.min() - (_NEVER if finite.size < logs.size else 0.0)
    logs = np.nan_to_num(logs, nan=low, neginf=low, posinf=finite.max())
    with np.errstate(all="ignore"):
        weights, k = _tail_smoothed(logs - logs.max())
    if not np.isfinite(k):  # nearly constant: the change changes nothing; else the tail could not be fitted
        k = 0.0 if np.ptp(logs) < _FLAT else math.inf
    return np.exp(weights - special.logsumexp(weights)), k


def power_scaling_sensitivity(y: Array, logs: Array) -> float:
    """Return how far the distribution of draws moves where a part of their log density is scaled.

    Half the difference of the cumulative Jensen-Shannon distances for the powers 1.01 and 0.99, by the logarithm to base 2 of the power:
    that of priorsense and ArviZ, to which the tests hold it.

    Parameters
    ----------
    y, logs : array, shape (draw,)
        Draws, and the part of their log density.

    References
    ----------
    Kallioinen, Paananen, Bürkner & Vehtari 2024, doi:10.1007/s11222-023-10366-5. Nguyen & Vreeken 2015, doi:10.1007/978-3-319-23525-7_11.
    """
    efficiency = measures(logs[None])[2] / logs.size
    found = 0.0
    for power in _POWERS:
        with np.errstate(all="ignore"):
            scaled = (power - 1) * logs
            weights = special.softmax(_tail_smoothed(scaled - scaled.max(), efficiency)[0])
        found += max(_distance(y, weights), _distance(-y, weights)) / abs(math.log2(power)) / len(_POWERS)
    return found


def _distance(y: Array, weights: Array) -> float:
    """Return the cumulative Jensen-Shannon distance between draws, and the same draws weighted."""
    order = np.argsort(y)
    widths, n = np.diff(y[order]), len(y)
    p, q = np.arange(1, n) / n, np.cumsum(weights[order])[:-1]
    middle = (p + q) / 2
    apart = sum(max(0.0, float(widths @ special.xlogy(one, one / middle)) + float(widths @ (other - one)) / 2)
                for one, other in ((p, q), (q, p)))
    return math.sqrt(apart / math.log(2) / float(widths @ (p + q)))


def _tail_smoothed(logs: Array, efficiency: float = 1.0) -> tuple[Array, float]:
    """Put quantiles of a generalised Pareto distribution in place of the largest weights; the largest log is 0, and none is larger.

    The less efficient the draws are, the more of them count as the tail.
    """
    n = len(logs)
    size = min(int(3 * math.sqrt(n / efficiency)), n // 2) if n * efficiency > 225 else n // 5
    order = np.argsort(logs)
    tail = order[n - size :]
    if size < _LEAST_TAIL or logs[tail[-1]] - logs[tail[0]] < np.finfo(float).tiny:
        return logs, 0.0  # a tail of equal weights, as of a bound that is far off: there is nothing to smooth
    cut = math.exp(logs[order[n - size - 1]])
    k, sigma = _pareto(np.exp(logs[tail]) - cut)
    if math.isfinite(k):
        p = (np.arange(size) + 0.5) / size
        above = sigma * (np.expm1(-k * np.log1p(-p)) / k if k else -np.log1p(-p))
        logs = logs.copy()
        logs[tail] = np.minimum(np.log(cut + above), 0.0)
    return logs, k


def _pareto(excess: Array) -> tuple[float, float]:
    """Return shape k and scale of a generalised Pareto distribution, by its profile likelihood averaged over a grid.

    Zhang & Stephens 2009, doi:10.1198/tech.2009.08017, whose k has the other sign; k is drawn towards 0.5 by the weight of ten values.
    """
    n, quartile = len(excess), excess[int(len(excess) / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return math.nan, math.nan
    m = 30 + int(math.sqrt(n))
    b = 1 / excess[-1] + (1 - np.sqrt(m / (np.arange(m) + 0.5))) / (3 * quartile)
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    profile = n * (np.log(-b / k) - k - 1)
    best = float(special.softmax(profile) @ b)
    shape = float(np.log1p(-best * excess).mean())
    return (n * shape + 10 * 0.5) / (n + 10), -shape / best


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


__all__ = ["carried", "power_scaling_sensitivity", "smoothed"]

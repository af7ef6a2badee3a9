"""Draws of one density as draws of another: importance weights, their tail smoothed, and k̂ that says whether they will do."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.density.description import Density
from nkestimate.density.evaluate import Evaluator

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
    from arviz_stats.base import array_stats

    finite = logs[np.isfinite(logs)]
    if not finite.size:
        return np.full(len(logs), 1 / len(logs)), math.inf
    if finite.size < logs.size:
        low = finite.min() - _NEVER
        logs = np.nan_to_num(logs, nan=low, neginf=low, posinf=finite.max())
    try:
        with np.errstate(all="ignore"):
            weights, k = array_stats.psislw(-logs)
    except ValueError:  # a tail of equal weights, as of a bound that is far off: it has no tail to smooth
        weights, k = logs, 0.0
    if not np.isfinite(k):  # nearly constant: the change changes nothing; else the tail could not be fitted
        k = 0.0 if np.ptp(logs) < _FLAT else math.inf
    return np.exp(weights - special.logsumexp(weights)), float(k)


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


__all__ = ["carried", "smoothed"]

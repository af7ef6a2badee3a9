"""Quantile functions of the priors, on SciPy's special functions alone.

`scipy.stats` has them too (the tests hold these to it), but importing it takes longer than a fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.case.distributions import Prior

Array = NDArray[np.float64]
Parameters = Mapping[str, float]


def _triangular(p: Parameters, u: Array) -> Array:
    low, c, high = p["lower"], p["c"], p["upper"]
    width = high - low
    rising = low + np.sqrt(u * width * (c - low))
    falling = high - np.sqrt((1 - u) * width * (high - c))
    return np.where(u < (c - low) / width, rising, falling)


def _truncated(p: Parameters, u: Array) -> Array:
    a, b = (p["lower"] - p["mu"]) / p["sigma"], (p["upper"] - p["mu"]) / p["sigma"]
    if a > 0:  # work in the lower tail, where probabilities keep their digits
        return p["mu"] - p["sigma"] * _between(-b, -a, 1 - u)
    return p["mu"] + p["sigma"] * _between(a, b, u)


def _between(a: float, b: float, u: Array) -> Array:
    """Return the quantile of a standard normal between a and b."""
    low, high = special.log_ndtr(a), special.log_ndtr(b)
    # log of Φ(a) + u (Φ(b) − Φ(a))
    with np.errstate(divide="ignore"):
        inside = np.logaddexp(low + np.log1p(-u), high + np.log(u))
    return np.clip(special.ndtri_exp(inside), a, b)


_QUANTILES: Mapping[str, Callable[[Parameters, Array], Array]] = {
    "Normal": lambda p, u: p["mu"] + p["sigma"] * special.ndtri(u),
    "LogNormal": lambda p, u: np.exp(p["mu"] + p["sigma"] * special.ndtri(u)),
    "HalfNormal": lambda p, u: p["sigma"] * special.ndtri((1 + u) / 2),
    "HalfCauchy": lambda p, u: p["beta"] * np.tan(math.pi / 2 * u),
    "Beta": lambda p, u: special.betaincinv(p["alpha"], p["beta"], u),
    "Gamma": lambda p, u: special.gammaincinv(p["alpha"], u) / p["beta"],
    "Exponential": lambda p, u: -np.log1p(-u) / p["lam"],
    "Uniform": lambda p, u: p["lower"] + (p["upper"] - p["lower"]) * u,
    "Triangular": _triangular,
    "StudentT": lambda p, u: p["mu"] + p["sigma"] * special.stdtrit(p["nu"], u),
    "LogitNormal": lambda p, u: special.expit(p["mu"] + p["sigma"] * special.ndtri(u)),
    "TruncatedNormal": _truncated,
}


def quantile(prior: Prior, u: Array) -> Array:
    """Return the quantile of a prior at probabilities u, on its natural scale."""
    return _QUANTILES[prior.name](dict(prior.parameters), np.asarray(u, float))

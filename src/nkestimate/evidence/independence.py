"""How many independent sources the claims on a target are worth, under the errors that the density gives them.

Given τ, what the two-sided claims on one target state is its value plus normal errors with a known covariance
(CASE.md section 4): with K the smallest κ of a source on the target,

    Σ_cd = σ² min(K_s, K_s')                                                          other sources,
    Σ_cd = σ² min(κ_c, κ_d) + min(κ, 1) τ² + max(κ − 1, 0) S² + Var δ + [c = d] s_c²   one source, κ = min(κ_c, κ_d).

The best *average* of them, with weights a ≥ 0 adding up to 1, has variance V = min aᵀΣa; the best average of
source i's own claims has V_i. Then

    n_eff = min_i V_i / V.

That many independent sources, each as precise as the best one heard, would give the same precision. Two errors never
share more than the smaller one contains (Σ is ultrametric), so the best linear average has no negative weights anyway; they
could come only from biases within a group. No covariance is negative, so 1 ≤ n_eff ≤ n, the number of sources; for n alike
sources whose errors
correlate by r it is Clemen and Winkler's equivalent number n/(1 + (n−1) r).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.model import Case
from nkestimate.density import Density
from nkestimate.density.description import Factor
from nkestimate.evidence.heard import hierarchical_density, stated_on, tau_medians

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Independence:
    """What the sources of one target are worth together.

    Attributes
    ----------
    target : str
        Its key.
    sources : tuple of str
        Sources with a two-sided claim on it that is heard, in the order of the case.
    bound_sources : tuple of str
        Sources heard here through bounds alone; they are not in ``effective``.
    effective : float or None
        The effective number of independent sources, from 1 to the number of ``sources``; None where all claims are bounds.
    shares : mapping of str to float
        By source, its part of the best average; they add up to 1.
    tau : float
        The target's dark uncertainty that was used.
    S, sigma : float
        Its scale, and the size of the error that its sources share (CASE.md section 4).
    groups : mapping of str to tuple of str
        Groups with more than one of the ``sources``: these share their own errors.
    """

    target: str
    sources: tuple[str, ...]
    bound_sources: tuple[str, ...]
    effective: float | None
    shares: Mapping[str, float]
    tau: float
    S: float
    sigma: float
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def independence(case: Case, tau: Mapping[str, float] | None = None) -> dict[str, Independence]:
    """Return the effective number of independent sources of each target that claims are heard on.

    A reading counts as a claim on its target in full, as it does in S_t; of two readings of one claim on the same
    target the likelier one counts. Claims at different dates are taken to speak of one value.

    Parameters
    ----------
    case : Case
    tau : mapping of str to float, optional
        Dark uncertainty by target, the posterior median say; by default the median of its prior.

    Returns
    -------
    dict of str to Independence
        By target, in the order in which claims name them.

    References
    ----------
    Clemen & Winkler 1985, https://doi.org/10.1287/opre.33.2.427, for alike sources. Derived in docs/method.md.
    """
    density = hierarchical_density(case)
    taus = {**tau_medians(density), **(tau or {})}
    heard = stated_on(density)
    found = {}
    for key, target in density.targets.items():
        factors = heard[key]
        two_sided = [factor for factor in factors if factor.kind == "two_sided"]
        sources = tuple(dict.fromkeys(case.claims[factor.claim].source for factor in two_sided))
        others = dict.fromkeys(case.claims[factor.claim].source for factor in factors)
        effective: float | None = None
        shares: dict[str, float] = {}
        if two_sided:
            cov = covariance(density, two_sided, taus[key])
            effective, shares = _effective(cov, [case.claims[factor.claim].source for factor in two_sided])
        found[key] = Independence(key, sources, tuple(source for source in others if source not in sources), effective, shares, taus[key],
                                  target.S, target.sigma, _groups(case, sources))
    return found


def _groups(case: Case, sources: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the groups that hold more than one of these sources."""
    found: dict[str, list[str]] = {}
    for source in sources:
        if group := case.sources[source].group:
            found.setdefault(group, []).append(source)
    return {group: tuple(members) for group, members in found.items() if len(members) > 1}


def covariance(density: Density, factors: list[Factor], tau: float) -> Array:
    """Return Σ of what claims on one target state about it, given τ, shape (claim, claim).

    A two-piece statement counts with the mean of its two spreads.
    """
    columns = {i: j for j, i in enumerate(dict.fromkeys(i for factor in factors for i in factor.loadings(tau)))}
    loadings = np.zeros((len(factors), len(columns)))
    for row, factor in zip(loadings, factors, strict=True):
        for i, coefficient in factor.loadings(tau).items():
            row[columns[i]] = coefficient * (density.bias_of(factor)[1] if i == factor.delta else 1.0)
    alone = np.array([factor.spread.s**2 + factor.own.at(tau) for factor in factors])
    return loadings @ loadings.T + np.diag(alone)


def _effective(cov: Array, sources: list[str]) -> tuple[float, dict[str, float]]:
    """Return n_eff and each source's share of the best average."""
    weights, variance = best_average(cov)
    own = {}
    for source in dict.fromkeys(sources):
        mine = [i for i, other in enumerate(sources) if other == source]
        own[source] = best_average(cov[np.ix_(mine, mine)])[1]
    shares = {source: float(sum(w for w, other in zip(weights, sources, strict=True) if other == source)) for source in own}
    # Rounding alone can leave the bounds.
    return min(max(min(own.values()) / variance, 1.0), float(len(own))), shares


def best_average(cov: Array) -> tuple[Array, float]:
    """Return the weights, none negative and adding up to 1, of the average of least variance, and that variance.

    min aᵀΣa over a ≥ 0, Σa = 1 has the solution a = y/Σy with y ≥ 0 least in yᵀΣy/2 − Σy, and its variance is 1/Σy.
    With R the correlations, R = LLᵀ and z = σy, that is the non-negative least squares ‖Lᵀz − L⁻¹(1/σ)‖².

    Parameters
    ----------
    cov : array, shape (claim, claim)
        A covariance without negative entries.
    """
    sd = np.sqrt(np.diag(cov))
    # Claims whose own spread is lost beside what they share still have one.
    correlation = cov / np.outer(sd, sd) + 1e-12 * np.eye(len(sd))
    unit = sd.min()  # any scale: it keeps the right-hand side near 1
    z = np.linalg.solve(correlation, unit / sd)
    if z.min() < 0:
        z = _non_negative(correlation, unit / sd)
    y = z / sd / unit
    return y / y.sum(), 1 / float(y.sum()) if y.sum() > 0 else math.inf


def _non_negative(correlation: Array, right: Array) -> Array:
    from scipy.linalg import solve_triangular  # half a second to import, and biases within a group alone need it
    from scipy.optimize import nnls

    lower = np.linalg.cholesky(correlation)
    return np.asarray(nnls(lower.T, solve_triangular(lower, right, lower=True))[0])

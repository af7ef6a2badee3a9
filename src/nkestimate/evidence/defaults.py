"""How much of a target's spread is from defaults, and how much from what sources said."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from nkestimate.case.model import Case
from nkestimate.density import Density
from nkestimate.density.description import Factor
from nkestimate.evidence.heard import hierarchical_density, stated_on, tau_medians

SWAMPED = 100  # times a statement is wider as weighed than as stated, from which on a reader is warned

ENOUGH_SOURCES = 3  # from which on a disagreement is one that errors can be estimated from
_ROUNDING = 1e-9
_NEARLY = 1 - 1e-6


@dataclass(frozen=True)
class DefaultShare:
    """How far the spread of what is said on a target is not from what sources said.

    Attributes
    ----------
    sources : int
        Sources (groups count once) with a two-sided claim on it.
    share : float
        Of the variance of the best average of its claims, the part that a default or the analyst has set.
    estimated : bool
        Whether errors beyond the stated ones are estimated from disagreement: from three sources on.
    narrower : float
        How many times the claims as stated are narrower than as weighed.
    """

    sources: int
    share: float
    estimated: bool
    narrower: float


def default_shares(case: Case) -> dict[str, DefaultShare]:
    """Return, for each target that two-sided claims are heard on, how much of its spread is not from what sources said.

    The spread is the variance of the best average of its claims, τ at the median of its prior. Sources said their own spreads;
    where three or more speak, their own errors beyond these are sized by how far they differ, but for S_0's part of S². The
    error that all share leaves no trace in what they say: its size is always a default or the analyst's.
    """
    density = hierarchical_density(case)
    return {key: _share(case, density, key, said, tau) for key, said, tau in _said_on(density)}


def swamped(case: Case) -> dict[str, DefaultShare]:
    """Return those of the `default_shares` whose claims are a hundred times wider as weighed than as stated, and more.

    Their best average has no more variance than the best of them, and no less of it stated than were all as precise as the most precise:
    where that rules it out, as it mostly does, nothing is averaged.
    """
    density = hierarchical_density(case)
    found = {}
    for key, said, tau in _said_on(density):
        of_best, stated = min(_variance(density, factor, tau) for factor in said), min(factor.spread.s**2 for factor in said) / len(said)
        if of_best >= _NEARLY * SWAMPED**2 * stated and (share := _share(case, density, key, said, tau)).narrower >= SWAMPED:
            found[key] = share
    return found


def _said_on(density: Density) -> Iterator[tuple[str, list[Factor], float]]:
    """Yield the targets that two-sided claims are heard on, with these and the median of τ."""
    taus = tau_medians(density)
    for key, factors in stated_on(density).items():
        if two_sided := [factor for factor in factors if factor.kind == "two_sided"]:
            yield key, two_sided, taus[key]


def _variance(density: Density, factor: Factor, tau: float) -> float:
    """Return the variance of all errors of one claim."""
    return float(factor.spread.s**2 + factor.own.at(tau) + density.shared_variance(factor, tau))


def _share(case: Case, density: Density, key: str, two_sided: list[Factor], tau: float) -> DefaultShare:
    import numpy as np  # which `swamped` mostly does without

    from nkestimate.evidence.independence import best_average, covariance

    target = density.targets[key]
    a, variance = best_average(covariance(density, two_sided, tau))
    path = np.array([[dict(f.path).get(i, 0.0) for i in target.path] for f in two_sided]).reshape(len(a), -1)
    shared = float(np.sum((a @ path) ** 2))
    stated = float(np.sum(a**2 * np.array([f.spread.s**2 for f in two_sided])))
    sources = len({case.sources[case.claims[f.claim].source].root for f in two_sided})
    own = max(variance - shared - stated, 0.0)
    from_disagreement = own * target.origin.stated / target.S**2 if sources >= ENOUGH_SOURCES and target.S else 0.0
    share = 1 - (stated + from_disagreement) / variance if variance > 0 else 0.0
    return DefaultShare(
        sources=sources, share=share if share > _ROUNDING else 0.0, estimated=from_disagreement > 0,
        narrower=math.sqrt(variance / stated) if stated > 0 else math.inf)

"""What each claim's statement was read to imply: the feedback that elicitation asks for.

Two distributions of the target's value, both from one claim alone:

*as stated*: the statement as CASE.md section 3 reads it. Two-piece statements have half of their mass on each side.
*as weighed*: the same with all that the density adds to it (section 4), the target's τ at the median of its prior:
sd² = s² + σ² K + Var O(κ) + Var δ, and the centre moved by the mean bias. This is the claim's likelihood read as
a distribution, a flat prior on the working scale; there both sides of a two-piece statement meet at one height.

A bound says nothing of how far below (or above) it the truth lies. What is given of it is where the limit itself is
read to lie: half of the belief in the bound is gone at its 50 % point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

from nkestimate.case.model import Case, Claim, Reading
from nkestimate.density import Density
from nkestimate.density.description import Factor
from nkestimate.density.statements import natural_value, spread_of, working_value
from nkestimate.evidence.heard import hierarchical_density, tau_medians

PROBABILITIES = (0.05, 0.5, 0.95)
_STANDARD = NormalDist()


@dataclass(frozen=True)
class Belief:
    """A distribution in five numbers.

    Attributes
    ----------
    q05, q50, q95 : float
        Quantiles, in the target's unit.
    below, above : float
        Chance below the lower and above the upper end as stated.
    """

    q05: float
    q50: float
    q95: float
    below: float
    above: float


@dataclass(frozen=True)
class Implied:
    """What one reading of a claim was read to imply.

    Attributes
    ----------
    claim, target : str
        The claim's id and the reading's target.
    reading : float
        Prior probability of this reading; 1 for a plain claim.
    kind : str
        The key of the statement.
    unit : str
        The target's, in which all values are, whatever the claim's own: a mistaken unit shows in them.
    low, high : float
        The ends as stated: of a range or magnitude, of a single figure its half unit (or ``within``), of an estimate one
        standard error, of quantiles the outermost.
    coverage : float or None
        How much of the belief they are read to hold; None for estimates and quantiles, which say it themselves.
    stated : Belief
    weighed : Belief or None
        None where the claim is not heard, or is pooled: a pool's weights are shares, they widen nothing.
    """

    claim: str
    target: str
    reading: float
    kind: str
    unit: str
    low: float
    high: float
    coverage: float | None
    stated: Belief
    weighed: Belief | None

    @property
    def is_bound(self) -> bool:
        """Whether the values say where a limit lies, not the truth."""
        return self.kind in ("at_most", "at_least")


def implied(case: Case) -> dict[str, tuple[Implied, ...]]:
    """Return what every claim was read to imply, one record a reading.

    Parameters
    ----------
    case : Case

    Returns
    -------
    dict of str to tuple of Implied
        By claim, superseded and removed ones included.

    References
    ----------
    O'Hagan et al. 2006, https://doi.org/10.1002/0470033312, on feedback in elicitation.
    """
    density = hierarchical_density(case)
    taus = tau_medians(density)
    factors = {(factor.claim, i): factor for factor, i in _placed(case, density)}
    return {
        claim.id: tuple(
            _implied(case, density, taus, claim, reading, factors.get((claim.id, i))) for i, reading in enumerate(claim.readings)
        )
        for claim in case.claims.values()
    }


def _placed(case: Case, density: Density) -> Iterator[tuple[Factor, int]]:
    """Yield each factor with the number of its claim's reading; readings of weight 0 have none."""
    for term in density.terms:
        for claim in term.claims:
            numbers = [i for i, reading in enumerate(case.claims[claim].readings) if reading.weight > 0]
            for i, option in zip(numbers, term.options, strict=True):
                yield next(factor for factor in option.factors if factor.claim == claim), i


def _implied(case: Case, density: Density, taus: dict[str, float], claim: Claim, reading: Reading, factor: Factor | None) -> Implied:
    statement, target = reading.statement, reading.target
    spread = spread_of(statement, target)
    low, high = _ends(reading)
    pooled = claim.is_direct and case.settings.pooling != "hierarchical"
    weighed = None
    if factor is not None and not pooled:
        weighed = _belief(reading, low, high, *_weighed(density, factor, taus[factor.target]))
    z = _STANDARD.inv_cdf

    def quantile(p: float) -> float:
        return spread.m + z(p) * (spread.left if p < 0.5 else spread.right)

    def cdf(y: float) -> float:
        return _STANDARD.cdf((y - spread.m) / (spread.left if y < spread.m else spread.right))

    coverage = None if statement.kind in ("estimate", "quantiles", "counted") else statement.coverage
    return Implied(claim.id, target.key, reading.weight, statement.kind, target.unit.text, low, high, coverage,
                   _belief(reading, low, high, quantile, cdf), weighed)


def _ends(reading: Reading) -> tuple[float, float]:
    """Return the ends as stated, in the target's unit."""
    statement = reading.statement
    if statement.kind == "estimate":
        return statement.value - statement.standard_error, statement.value + statement.standard_error
    if statement.kind == "quantiles":
        return statement.quantiles[0][1], statement.quantiles[-1][1]
    if statement.kind == "counted":  # none and all of n are no values on the working scale: one standard deviation, as of an estimate
        spread = spread_of(statement, reading.target)
        return natural_value(spread.m - spread.s, reading.target), natural_value(spread.m + spread.s, reading.target)
    return statement.low, statement.high


def _belief(reading: Reading, low: float, high: float, quantile: Callable[[float], float], cdf: Callable[[float], float]) -> Belief:
    q05, q50, q95 = (natural_value(quantile(p), reading.target) for p in PROBABILITIES)

    def below(value: float) -> float:
        try:
            return cdf(working_value(value, reading.target))
        except (ValueError, ZeroDivisionError):  # beyond the support: below it all is above, and above it all below
            return 0.0 if value <= 0 else 1.0

    return Belief(q05, q50, q95, below(low), 1 - below(high))


def _weighed(density: Density, factor: Factor, tau: float) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Return quantile and distribution function of g(e), from a claim's likelihood under a flat prior."""
    spread = factor.spread
    own, shared = factor.own.at(tau), density.shared_variance(factor, tau)
    m = spread.m - density.bias_of(factor)[0]
    if spread.symmetric:
        normal = NormalDist(m, math.sqrt(spread.left**2 + own + shared))
        return normal.inv_cdf, normal.cdf
    # Each side takes in what no other claim shares of the source's own error; the rest is an error about both.
    left, right = (math.sqrt(s**2 + own) for s in (spread.left, spread.right))
    return _split_normal(m, left, right, shared)


def _split_normal(m: float, left: float, right: float, variance: float) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Return quantile and distribution function of a split normal plus an independent normal error.

    The split normal has density ∝ exp(−½((y−m)/sd_side)²), continuous at m: a left half-normal with the share
    left/(left+right) and a right one with the rest. A half-normal plus a normal is skew normal (Henze 1986), whose
    distribution function is Φ(z) − 2 T(z, α) with Owen's T (https://doi.org/10.1214/aoms/1177728074).
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, owens_t

    def cdf(y: float) -> float:
        total = 0.0
        for sd, sign in ((left, -1.0), (right, 1.0)):
            width = math.sqrt(sd**2 + variance)
            z, alpha = (y - m) / width, sign * (sd / math.sqrt(variance) if variance > 0 else math.inf)
            total += sd / (left + right) * float(ndtr(z) - 2 * owens_t(z, alpha))
        return total

    reach = 10 * math.sqrt(max(left, right) ** 2 + variance)
    return lambda p: float(brentq(lambda y: cdf(y) - p, m - reach, m + reach, xtol=1e-13 * max(1.0, reach))), cdf

"""What a reader should know of an answer: a median outside its claims, values below zero, a mixture of readings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.model import Case, Notice
from nkestimate.density.description import Density
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.statements import natural_value, spread_of, z_of
from nkestimate.fitting.draws import STEP, few, weighted_quantiles
from nkestimate.fitting.records import Estimate, GivenReading, Outside, median_error

if TYPE_CHECKING:
    from nkestimate.case.model import Quantity

Array = NDArray[np.float64]
_SHARE = re.compile(r"\b(share|fraction|probability|percentage|percent|proportion)s?\b|%", re.IGNORECASE)
_MUCH = 0.01  # of a posterior beyond what its label allows: less is not worth a sentence
_PART = 0.1  # of the posterior's half width: a median less far outside its claims is not worth a sentence
_PULLS = 0.8  # of all that pulls is named
_APART = 0.1  # of the larger median: readings whose medians differ less need not be told apart
_POSSIBLE = 0.01  # probability of a reading below which what it would mean is not told


def outside_claims(case: Case, density: Density, coordinates: Array, estimates: Mapping[str, Estimate]) -> tuple[Outside, ...]:
    """Return the quantities whose median is outside what was stated of them directly, with what pulls it there.

    The hull is of the claims' central 90 % ranges as stated. A pull is the mean, over posterior draws, of the slope of a
    term's (or the prior's) log density in the quantity: all slopes add up to nothing, so what draws the median out of the hull
    is what slopes that way and is no claim on the quantity itself.
    """
    found = []
    for key, quantity in case.quantities.items():
        hull = _hull(case, quantity)
        estimate = estimates[key]
        if hull is None or estimate.median is None:
            continue
        low, high = hull
        beyond = max(low - estimate.median, estimate.median - high)
        width = (estimate.quantile(0.95) - estimate.quantile(0.05)) / 2
        if beyond > max(_PART * width, 3 * estimate.mcse):
            side = "below" if estimate.median < low else "above"
            pulls = _pulls(case, density, coordinates, key, 1.0 if side == "above" else -1.0)
            found.append(Outside(key, estimate.median, low, high, side, pulls))
    return tuple(found)


def _hull(case: Case, quantity: Quantity) -> tuple[float, float] | None:
    """Return the least and the largest end of the direct claims' 90 % ranges, in the quantity's unit."""
    ends: list[float] = []
    for claim in case.active_claims:
        reading = claim.readings[0]
        if claim.is_direct and reading.target.key == quantity.id:
            spread, z = spread_of(reading.statement, reading.target), z_of(0.9)
            ends += [natural_value(spread.m - z * spread.left, reading.target), natural_value(spread.m + z * spread.right, reading.target)]
    return (min(ends), max(ends)) if ends else None


def _pulls(case: Case, density: Density, coordinates: Array, key: str, sign: float) -> tuple[str, ...]:
    """Return the claims (and ``prior``) that pull a quantity one way, the strongest first, until most of the pull is named."""
    i, evaluator = density.index[key], Evaluator(density)
    v = few(coordinates.reshape(-1, density.size))
    sides = []
    for step in (STEP, -STEP):
        moved = v.copy()
        moved[:, i] += step
        prior = sum(evaluator.log_copulas(moved).values(), evaluator.log_prior(moved).get(key, np.zeros(len(v))))
        sides.append({**evaluator.log_likelihood(moved), "prior": prior})
    direct = {claim.id for claim in case.active_claims if claim.is_direct and claim.readings[0].target.key == key}
    pulls = {}
    for name, high in sides[0].items():
        with np.errstate(all="ignore"):
            slope = np.broadcast_to((high - sides[1][name]) / (2 * STEP), len(v))
        pull = sign * float(np.mean(slope[np.isfinite(slope)])) if np.isfinite(slope).any() else 0.0
        if pull > 0 and name not in direct:
            pulls[name] = pull
    named: list[str] = []
    for name in sorted(pulls, key=lambda one: -pulls[one]):
        named.append(name)
        if sum(pulls[one] for one in named) >= _PULLS * sum(pulls.values()):
            break
    return tuple(named)


def below_zero(case: Case, density: Density, coordinates: Array) -> dict[str, float]:
    """Return, of each positive derived that is not held to its support, how much of its posterior lies at or below 0."""
    totals = Evaluator(density).totals(coordinates)
    found = {}
    for key, derived in case.derived.items():
        draws = np.asarray(totals[key])
        share = float(np.mean(draws <= 0)) if derived.support == "positive" and not derived.holds else 0.0
        if share > 0:
            found[key] = share
    return found


def by_reading(case: Case, density: Density, coordinates: Array, headline: Estimate) -> dict[str, tuple[GivenReading, ...]]:
    """Return the headline given each reading of a claim, where its medians differ by more than a tenth and their error.

    At a draw v the readings have the probabilities π_k f_k(v)/Σ π_j f_j(v); the draws weighted by them are the posterior given
    reading k, and their mean is its probability.
    """
    evaluator = Evaluator(density)
    draws = np.asarray(evaluator.totals(coordinates)[case.headline.id]).ravel()
    share = min(1.0, (headline.ess_bulk or draws.size) / draws.size)
    found = {}
    for term in density.mixtures:
        logs = evaluator.log_options(coordinates)[term.name].reshape(len(term.options), -1)
        weights = np.exp(logs - np.logaddexp.reduce(logs))
        readings = [reading for reading in case.claims[term.claims[0]].readings if reading.weight > 0]
        possible = [(reading, w) for reading, w in zip(readings, weights, strict=True) if w.mean() >= _POSSIBLE]
        given = tuple(GivenReading(reading.target.key, float(w.mean()), *weighted_quantiles(draws, w, (0.5, 0.05, 0.95)))
                      for reading, w in possible)
        if len(possible) < 2 or not all(math.isfinite(value) for one in given for value in (one.median, one.low, one.high)):
            continue  # fewer where a fit has failed and no reading can be weighed; of a headline that is undefined nothing is told
        medians = [one.median for one in given]
        error = max(median_error(weighted_quantiles(draws, w, (0.25, 0.75)), share * float(w.sum() ** 2 / np.sum(w**2)))
                    for _, w in possible)
        if max(medians) - min(medians) > max(_APART * max(map(abs, medians)), 3 * error):
            found[term.name] = given
    return found


def above_one(case: Case, density: Density, coordinates: Array) -> list[Notice]:
    """Return how much of the posterior lies above 1, of pure numbers whose label says share, fraction or the like.

    Not told is what states its support, and what exceeds 1 in no more than 1 % of the draws.
    """
    totals = Evaluator(density).totals(coordinates)
    found = []
    for key, total in case.totals.items():
        held = total.support != "positive" or getattr(total, "holds", False)
        if not held and not total.unit.dimension and _SHARE.search(total.label):
            above = float(np.mean(total.unit.to_root(np.asarray(totals[key])) > 1))  # type: ignore[arg-type]
            if above > _MUCH:
                found.append(Notice("above one", (key,), above))
    return found


__all__ = ["above_one", "below_zero", "by_reading", "outside_claims"]

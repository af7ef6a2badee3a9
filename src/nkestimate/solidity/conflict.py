"""Which claims the rest of the case contradicts: leave-one-out predictions, reconciliation, power-scaling.

A claim is left out (a refit, or Pareto-smoothed importance sampling where that is reliable), and what it says is set
against what the rest predicts that such a source, at its weight, would say. ``docs/solidity.md`` has the rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.case.model import Case, Target
from nkestimate.density import Density, compile_case
from nkestimate.density.description import Factor, Term
from nkestimate.density.evaluate import Evaluator, coordinate, evaluate_nodes, natural
from nkestimate.density.statements import natural_value, z_of
from nkestimate.evidence.heard import hierarchical_density
from nkestimate.fitting.draws import weighted_quantiles
from nkestimate.solidity.explaining.explanation import known_total
from nkestimate.solidity.reweighting import power_scaling_sensitivity, smoothed
from nkestimate.wording.names import claim_name, target_label

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit

Array = NDArray[np.float64]
REFITS = ("auto", "all", "none")
RELIABLE_K = 0.5  # the usual 0.7 is not enough where a claim dominates its target: docs/solidity.md has the measurements
VERDICTS = ((0.01, "contradicted"), (0.05, "in conflict"), (0.2, "in tension"), (1.0, "in line"))
SENSITIVE = 0.05


@dataclass(frozen=True)
class Rest:
    """What the rest of the case says of what a claim is about, beside what the claim says.

    Attributes
    ----------
    target, label, unit : str
    kind : str
        ``quantity``, ``derived`` or ``expression``; the last two are totals that have parts.
    stated : (float, float, float)
        Low, centre and high of the claim as stated (90 %), in ``unit``; a bound has one value three times.
    rest : (float, float, float)
        5 %, 50 % and 95 % of the truth at the claim's date, given all but the claim.
    support : str
        ``positive``, ``fraction`` or ``real``.
    since : date or None
        Where values are days since then.
    """

    target: str
    label: str
    unit: str
    kind: str
    stated: tuple[float, float, float]
    rest: tuple[float, float, float]
    support: str = "positive"
    since: date | None = None


@dataclass(frozen=True)
class ClaimConflict:
    """One claim against the rest.

    Attributes
    ----------
    claim, source, label : str
    source_name : str
    kind : str
        ``two_sided``, ``at_most`` or ``at_least``.
    probability : float or None
        Of a two-sided claim: of a statement at least as far out on either side (twice the smaller tail of the predictive
        distribution). Of a bound: that it is met. None where the claim stands alone.
    side : str
        ``high`` or ``low``: where the statement lies in its predictive distribution.
    standard_error : float or None
        Monte Carlo error of ``probability``.
    method : str
        ``refit``, ``psis`` (approximate), ``unreliable psis`` (k̂ above 0.5) or ``alone`` (without it the case says nothing).
    pareto_k : float or None
        Of the importance weights, where they were used or tried.
    rests : tuple of Rest
        One for each reading.
    verdict : str
        ``contradicted``, ``in conflict``, ``in tension``, ``in line``, ``alone``, or ``not computed`` where no refit was
        wanted and there is no other way.
    converged : bool
        Whether the fit behind it passed its diagnostics.
    """

    claim: str
    source: str
    source_name: str
    label: str
    kind: str
    probability: float | None
    side: str
    standard_error: float | None
    method: str
    pareto_k: float | None
    rests: tuple[Rest, ...]
    verdict: str
    converged: bool = True

    @property
    def approximate(self) -> bool:
        """Whether this comes from importance sampling, not from a refit."""
        return self.method.endswith("psis")


@dataclass(frozen=True)
class Sensitivity:
    """Power-scaling sensitivity of a total to one claim, one source or one prior.

    Attributes
    ----------
    kind : str
        ``claim``, ``source`` or ``prior``.
    id, label : str
    value : float
        Cumulative Jensen–Shannon distance per doubling of the component's exponent; above 0.05 it matters.
    """

    kind: str
    id: str
    label: str
    value: float


@dataclass(frozen=True)
class Conflicts:
    """All claims against the rest, and what the total is sensitive to.

    Attributes
    ----------
    claims : tuple of ClaimConflict
        The least probable first; those that stand alone last.
    total, total_label : str
        The total that sensitivities are about.
    sensitivities : tuple of Sensitivity
        By kind, the largest first.
    converged : bool
        Whether the fit and every refit passed its diagnostics.
    """

    claims: tuple[ClaimConflict, ...]
    total: str
    total_label: str
    sensitivities: tuple[Sensitivity, ...]
    converged: bool

    @property
    def reconciliation(self) -> tuple[ClaimConflict, ...]:
        """The claims that quote a total, to be held against what its parts add up to."""
        return tuple(c for c in self.claims if c.rests and any(rest.kind != "quantity" for rest in c.rests))


def conflicts(
    fit: Fit, total: str | None = None, *, refit: str = "auto", cores: int | None = None,
    progress: bool | Callable[[str, float], None] = True,
) -> Conflicts:
    """Set each claim against what the rest of the case predicts.

    Parameters
    ----------
    fit : Fit
    total : str, optional
        The total whose sensitivities are wanted; default the headline.
    refit : {"auto", "all", "none"}
        Which claims are left out by a refit: those where importance sampling is not reliable (k̂ above 0.5), all, or none.
    cores : int, optional
        Chains at a time.
    progress : bool or callable
        True shows a bar where there is a terminal; a callable is told a text and the share done.

    Returns
    -------
    Conflicts

    Raises
    ------
    UnknownTotalError
        If the case has no such total.
    ValueError
        If ``refit`` is none of the three.

    References
    ----------
    Conflict between parts of a model: Marshall & Spiegelhalter 2007, doi:10.1214/07-BA218; Presanis et al. 2013,
    doi:10.1214/13-STS426. PSIS: Vehtari, Gelman & Gabry 2017, doi:10.1007/s11222-016-9696-4. Power-scaling: Kallioinen et
    al. 2024, doi:10.1007/s11222-023-10366-5.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.fitting.fits import fit
    >>> found = conflicts(fit(load_case(STARTER), draws=200, chains=2, progress=False), refit="none", progress=False)
    >>> sorted(claim.claim for claim in found.claims)
    ['organiser-count', 'police-count', 'survey-spending', 'traders-revenue']
    """
    from nkestimate.fitting.progress import shown

    if refit not in REFITS:
        raise ValueError(f"refit is '{refit}', expected one of {', '.join(REFITS)}")
    key = known_total(fit.case, total)
    bench = _Bench(fit)
    found = []
    with shown(progress) as tell:
        for i, term in enumerate(bench.terms):
            if tell:
                tell(f"without {', '.join(term.claims)}", i / len(bench.terms))
            left = bench.smoothed(term)
            if left.method != "alone" and (refit == "all" or (refit == "auto" and not left.reliable)):
                left = bench.refitted(term, left.pareto_k, cores)
            found += [bench.judged(term, claim, left) for claim in term.claims]
    found.sort(key=lambda c: 2.0 if c.probability is None else c.probability)
    return Conflicts(tuple(found), key, fit.case.totals[key].label, sensitivities(fit, key),
                     fit.ok and all(c.converged for c in found))


# ------------------------------------------------------------ leaving out


@dataclass(frozen=True)
class _Left:
    """Draws of all parameters without one term, with their weights; none where the case says nothing without it."""

    density: Density
    v: Array | None
    weights: Array | None
    method: str
    pareto_k: float | None
    converged: bool = True

    @property
    def reliable(self) -> bool:
        return self.pareto_k is not None and self.pareto_k <= RELIABLE_K


class _Bench:
    """A fit whose claims are left out one by one; claims of one reading group together, as they are one statement.

    Left out is a term of the density, and what its claims state no longer moves the scale S of a target, a reference prior or a
    pool (`compile_case`'s ``unheard``). All unknowns stay, the errors of the claim left out among them: what it shares with
    others is learned from these, the rest comes from its prior.
    """

    def __init__(self, fit: Fit):
        self.fit, self.case = fit, fit.case
        self.rng = np.random.default_rng([fit.seed, 5])
        # Pools have no term for a claim; what a source would state is predicted by the hierarchical form in every mode.
        self.full = hierarchical_density(fit.case)
        self.terms = self.full.terms
        self.v = fit.coordinates.reshape(-1, fit.density.size)

    @cached_property
    def logs(self) -> Array:
        """The fit's own log density at its draws, asked for each term."""
        with np.errstate(all="ignore"):
            return Evaluator(self.fit.density).log_density(self.v)

    def without(self, term: Term) -> Density:
        """Return the fit's own density without a term."""
        density = compile_case(self.case, term.claims)
        return replace(density, terms=tuple(other for other in density.terms if other.name != term.name))

    # ------------------------------------------------------------ by importance sampling

    def smoothed(self, term: Term) -> _Left:
        """Return the fit's own draws, weighted by the density without the term over the fit's, the tail of the weights smoothed."""
        judging = hierarchical_density(self.case, term.claims)
        if sole_support(self.case, term.claims):  # what is left, a reference made from the claim itself, would agree with it
            return _Left(judging, None, None, "alone", None)
        if term.name not in {other.name for other in self.fit.density.terms}:  # it is in a pool
            return _Left(judging, None, None, "unreliable psis", None)
        with np.errstate(all="ignore"):
            logs = Evaluator(self.without(term)).log_density(self.v) - self.logs
        weights, k = smoothed(logs)
        method = "psis" if k <= RELIABLE_K else "unreliable psis"
        return _Left(judging, self._aligned(judging, self.fit.density, self.v), weights, method, k, self.fit.ok)

    # ------------------------------------------------------------ by a refit

    def refitted(self, term: Term, pareto_k: float | None, cores: int | None) -> _Left:
        """Return draws of a fit without the term."""
        from nkestimate.fitting.fits import fit_density

        judging = hierarchical_density(self.case, term.claims)
        density = self.without(term)
        done = fit_density(self.case, density, seed=self.fit.seed, cores=cores, progress=False, **self.fit.sampling)
        v = self._aligned(judging, density, done.coordinates.reshape(-1, density.size))
        return _Left(judging, v, np.full(len(v), 1 / len(v)), "refit", pareto_k, done.ok)

    def _aligned(self, judging: Density, density: Density, drawn: Array) -> Array:
        """Return draws in the coordinates of the hierarchical density; what they lack is drawn from its prior."""
        v = Evaluator(judging).prior_draws(len(drawn), self.rng)
        for i, parameter in enumerate(judging.parameters):
            if parameter.name in density.index:
                j = density.index[parameter.name]
                column, other = drawn[:, j], density.parameters[j]
                same = (parameter.transform, parameter.lower, parameter.upper) == (other.transform, other.lower, other.upper)
                v[:, i] = column if same else coordinate(parameter, natural(other, column))
        return v

    # ------------------------------------------------------------ the verdict

    def judged(self, term: Term, claim_id: str, left: _Left) -> ClaimConflict:
        """Set one claim of a term against the draws without that term."""
        claim = self.case.claims[claim_id]
        kind = "two_sided" if not claim.readings[0].statement.is_bound else claim.readings[0].statement.kind
        about = claim_id, claim.source, self.case.sources[claim.source].name, claim_name(claim, self.case), kind
        if left.v is None or left.weights is None:
            verdict = "alone" if left.method == "alone" else "not computed"
            return ClaimConflict(*about, None, "", None, left.method, left.pareto_k, (), verdict)
        evaluator = Evaluator(left.density)
        nodes = evaluate_nodes(left.density.nodes, evaluator.natural(left.v))
        below, rests = np.zeros(len(left.v)), []
        readings = [reading for reading in claim.readings if reading.weight > 0]
        options = next(other for other in left.density.terms if other.name == term.name).options
        for option, reading in zip(options, readings, strict=True):
            factor = next(f for f in option.factors if f.claim == claim_id)
            y, extra = evaluator.centre(factor, left.v, nodes)
            below = below + option.weight * np.nan_to_num(_below(factor, y, extra), nan=0.5)
            truth, _ = evaluator.centre(factor.alone, left.v, nodes)
            rests.append(_rest(self.case, reading.target, factor, np.nan_to_num(truth, nan=-np.inf), left.weights))
        p = float(left.weights @ below)
        error = float(np.sqrt(np.sum(left.weights**2 * (below - p) ** 2)))
        side = "high" if p > 0.5 else "low"
        if kind == "two_sided":
            probability, error = 2 * min(p, 1 - p), 2 * error
        else:
            # Φ((m − y)/sd) is the probability of an "at most", its complement that of an "at least" (CASE.md section 4).
            probability = p if kind == "at_most" else 1 - p
        verdict = next(word for limit, word in VERDICTS if probability < limit or limit == 1.0)
        return ClaimConflict(*about, probability, side, error, left.method, left.pareto_k, tuple(rests), verdict, left.converged)


def sole_support(case: Case, claims: tuple[str, ...]) -> bool:
    """Return whether some quantity without a prior has no two-sided direct claim but these."""
    direct = {(claim.readings[0].target.key, claim.id) for claim in case.active_claims if claim.is_direct}
    return any(quantity.prior is None and not any(key == quantity.id and claim not in claims for key, claim in direct)
               for quantity in case.quantities.values())


def _below(factor: Factor, y: Array, extra: Array) -> Array:
    """Return the probability that such a source states less than this one does: the predictive distribution function at m.

    What is stated lies below the truth as far as the truth may lie above what is stated, so that the two-piece density
    2/((l + r)√2π) exp(−½((m − y)/sd)²) has sd = r where m < y, l where m > y, and mass r/(l + r) and l/(l + r) there.
    """
    spread = factor.spread
    left = np.sqrt(spread.left**2 + extra)
    if factor.kind != "two_sided" or spread.symmetric:
        return special.ndtr((spread.m - y) / left)
    right = np.sqrt(spread.right**2 + extra)
    lower = 2 * right / (left + right) * special.ndtr(np.minimum(spread.m - y, 0) / right)
    upper = 1 - 2 * left / (left + right) * special.ndtr(-np.maximum(spread.m - y, 0) / left)
    return np.where(spread.m < y, lower, upper)


def _rest(case: Case, target: Target, factor: Factor, truth: Array, weights: Array) -> Rest:
    low, middle, high = weighted_quantiles(truth, weights, (0.05, 0.5, 0.95))
    m, z, total = factor.spread.m, z_of(0.9), case.totals.get(target.key)
    ends = (m, m, m) if factor.kind != "two_sided" else (m - z * factor.spread.left, m, m + z * factor.spread.right)
    # A bare expression that is a pure number is told as one, not in the unit that its parts happen to leave.
    pure = target.kind == "expression" and not target.unit.dimension
    size, unit = (target.unit.factor, "") if pure else (1.0, target.unit.text)
    stated, rest = (tuple(size * natural_value(x, target) for x in xs) for xs in (ends, (low, middle, high)))
    return Rest(target.key, target_label(target, case), unit, target.kind, stated, rest,  # type: ignore[arg-type]
                "positive" if pure else target.support, total.since if total else None)


# ------------------------------------------------------------ power-scaling


def sensitivities(fit: Fit, total: str) -> tuple[Sensitivity, ...]:
    """Return how a total moves as each claim, each source and each prior is made to count a little more or less.

    The log-likelihood terms of a claim, or of all claims of a source, are multiplied by α near 1; so is the log prior (or
    pool) of a quantity.
    """
    density, case, shape = fit.density, fit.case, fit.coordinates.shape[:2]
    evaluator = Evaluator(density)
    y = np.asarray(evaluator.totals(fit.coordinates)[total], float)
    likelihood = {key: np.broadcast_to(value, shape) for key, value in evaluator.log_likelihood(fit.coordinates).items()}
    found = []
    for term in density.terms:
        label = " + ".join(claim_name(case.claims[claim], case) for claim in term.claims)
        found.append(Sensitivity("claim", term.name, label, _sensitivity(y, likelihood[term.name])))
    for source in case.sources:
        mine = [likelihood[t.name] for t in density.terms if any(case.claims[c].source == source for c in t.claims)]
        if mine:
            found.append(Sensitivity("source", source, case.sources[source].name, _sensitivity(y, np.sum(mine, axis=0))))
    priors: Mapping[str, Array] = evaluator.log_prior(fit.coordinates)
    for i, parameter in enumerate(density.parameters):
        if parameter.role == "quantity":
            logs = priors.get(parameter.name, np.zeros(shape)) + np.sum(
                [evaluator.log_pool(pool, fit.coordinates) for pool in density.pools if pool.quantity == i], axis=0)
            found.append(Sensitivity("prior", parameter.name, case.quantities[parameter.name].label, _sensitivity(y, logs)))
    kinds = ("claim", "source", "prior")
    return tuple(sorted(found, key=lambda item: (kinds.index(item.kind), -item.value)))


def _sensitivity(y: Array, logs: Array) -> float:
    if not np.all(np.isfinite(y)):
        return math.nan
    if y.size and np.all(y == y.flat[0]):  # a constant: no weight of draws moves it
        return 0.0
    if np.ptp(logs) == 0 or not np.all(np.isfinite(logs)):
        return 0.0 if np.ptp(logs) == 0 else math.nan
    return power_scaling_sensitivity(y.ravel(), logs.ravel())


__all__ = ["ClaimConflict", "Conflicts", "Rest", "Sensitivity", "conflicts", "sensitivities"]

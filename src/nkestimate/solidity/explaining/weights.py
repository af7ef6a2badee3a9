"""How much each claim weighs in the posterior, and how far sources differ within and between themselves.

The posterior mean of a linear-Gaussian model is a weighted mean of what is stated and of what is held otherwise. Given
the draws of τ, of the readings and of the pool components, the density is close to such a model around each draw; its
weights are computed there and averaged over the draws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.case.model import Case
from nkestimate.density.compile import Graph, is_odds
from nkestimate.density.description import Factor, Node, Pool
from nkestimate.density.evaluate import Evaluator, evaluate_nodes, working
from nkestimate.density.statements import Spread, spread_of
from nkestimate.fitting.draws import STEP, chosen, few
from nkestimate.wording.names import target_named

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit

Array = NDArray[np.float64]
_ROLES = ("quantity", "eta", "delta", "epsilon")


@dataclass(frozen=True)
class ClaimWeight:
    """How much one claim counts.

    Attributes
    ----------
    claim, source : str
    targets : tuple of str
        What it is about; several where it has readings.
    stated_weight : float
        The weight that the case gives it.
    weight : float
        Its effective weight on its target at the horizon: if its stated value rose by 1 on the working scale (a percent,
        where that is logarithmic), the centre of the target's posterior would rise by this much. Averaged over readings.
    on_total : float
        The same for the total that is explained.
    """

    claim: str
    source: str
    targets: tuple[str, ...]
    stated_weight: float
    weight: float
    on_total: float


@dataclass(frozen=True)
class TargetEvidence:
    """What a target's centre rests on, and how its sources differ.

    Attributes
    ----------
    target, label, scale : str
        Its key, its name and its working scale, on which everything here is measured.
    claims : float
        The effective weights of the claims about it, added up.
    rest : float
        1 − ``claims``: the weight of its prior and of claims about other totals.
    within, between : float
        Variance of what its sources state: within sources (stated spreads, and a source's differing claims) and between
        their means. They add up to the variance of the mixture of its two-sided claims, weighted as in a linear pool.
    sources : int
        How many sources have a two-sided claim on it.
    """

    target: str
    label: str
    scale: str
    claims: float
    rest: float
    within: float
    between: float
    sources: int


@dataclass(frozen=True)
class Weights:
    """Effective weights of all claims.

    Attributes
    ----------
    claims : tuple of ClaimWeight
        In the order of the case.
    targets : tuple of TargetEvidence
    links : mapping of (str, str) to float
        From (target of claims, quantity) to the added absolute weights of the target's claims on that quantity.
    """

    claims: tuple[ClaimWeight, ...]
    targets: tuple[TargetEvidence, ...]
    links: Mapping[tuple[str, str], float]


def effective_weights(fit: Fit, total: str) -> Weights:
    """Return the effective weight of each claim on its target, on each quantity and on a total.

    At a draw, each claim is m = J v + noise in the coordinates v (quantities, shared errors, biases) with precision h:
    1/sd² for a two-sided claim, the curvature of log Φ for a bound. With the priors' curvatures P the posterior precision
    is Λ = P + Σ h J′J, and a functional a′v of its mean moves with the stated m by a′Λ⁻¹J′h.

    Parameters
    ----------
    fit : Fit
    total : str
        Id of a quantity or derived.

    References
    ----------
    Lindley & Smith 1972, doi:10.1111/j.2517-6161.1972.tb00885.x.
    """
    local = _Linear(fit, total)
    order = {key: i for i, key in enumerate(local.functionals)}
    own: dict[str, float] = defaultdict(float)
    on_total: dict[str, float] = defaultdict(float)
    by_target: dict[str, float] = defaultdict(float)
    links: dict[tuple[str, str], float] = defaultdict(float)
    for (claim, target), row in local.weights().items():
        own[claim] += float(row[order[target]])
        by_target[target] += float(row[order[target]])
        on_total[claim] += float(row[order[total]])
        for quantity in fit.case.quantities:
            links[target, quantity] += float(abs(row[order[quantity]]))
    about = {c.id: tuple(dict.fromkeys(r.target.key for r in c.readings if r.weight > 0)) for c in fit.case.active_claims}
    claims = tuple(ClaimWeight(c.id, c.source, about[c.id], c.weight, own[c.id], on_total[c.id]) for c in fit.case.active_claims)
    return Weights(claims, tuple(_evidence(fit.case, key, by_target[key]) for key in fit.density.targets), dict(links))


class _Linear:
    """The density of a fit, linearised at some of its draws."""

    def __init__(self, fit: Fit, total: str):
        density, case = fit.density, fit.case
        draws = fit.coordinates.reshape(-1, density.size)
        self.density, self.evaluator = density, Evaluator(density)
        self.v = few(draws)
        self.rng = np.random.default_rng([fit.seed, 3])
        self.columns = [i for i, p in enumerate(density.parameters) if p.role in _ROLES]
        self.place = {index: j for j, index in enumerate(self.columns)}
        self.quantities = [i for i, p in enumerate(density.parameters) if p.role == "quantity"]
        self.functionals = self._functionals(case, total)

    def _functionals(self, case: Case, total: str) -> dict[str, Array]:
        """Return the gradients of the quantities, the total and the targets at the horizon, each of shape (draw, column)."""
        graph = Graph(case, {name: i for i, name in enumerate(case.quantities)})
        targets = {reading.target.key: reading.target for claim in case.active_claims for reading in claim.readings}
        if total in case.derived:
            targets[total] = case.derived[total].target
        nodes = {}
        for key, target in targets.items():
            if target.kind != "quantity":
                node = graph.value(target, case.horizon)
                nodes[key] = (graph.odds(node) if is_odds(target) else node, target.scale)
        gradients = self._gradients(tuple(graph.nodes), nodes)
        unit = np.zeros((len(self.v), len(self.columns)))
        for name, i in ((self.density.parameters[i].name, i) for i in self.quantities):
            gradients[name] = unit.copy()
            gradients[name][:, self.place[i]] = self._slope(i)
        return gradients

    def _slope(self, quantity: int) -> Array:
        """Return dx/dv of a quantity's working value by its coordinate."""
        parameter, v = self.density.parameters[quantity], self.v[:, quantity]
        return (working(parameter, v + STEP) - working(parameter, v - STEP)) / (2 * STEP)

    def _gradients(self, nodes: tuple[Node, ...], wanted: Mapping[str, tuple[int, str]]) -> dict[str, Array]:
        """Return the gradient of working values of nodes by the quantities, shape (draw, column) each.

        Derived and expressions work on the log or identity scale; a quantity's own slope takes the place of its node's.
        """
        found = {key: np.zeros((len(self.v), len(self.columns))) for key in wanted}
        for i in self.quantities:
            sides = []
            for sign in (1.0, -1.0):
                moved = self.v.copy()
                moved[:, i] += sign * STEP
                sides.append(evaluate_nodes(nodes, self.evaluator.natural(moved)))
            for key, (node, scale) in wanted.items():
                high, low = (np.broadcast_to(side[node], len(self.v)) for side in sides)
                with np.errstate(all="ignore"):
                    change = high - low if scale == "identity" else np.log(high) - np.log(low)
                found[key][:, self.place[i]] = np.nan_to_num(change / (2 * STEP))
        return found

    # ------------------------------------------------------------ rows

    def weights(self) -> dict[tuple[str, str], Array]:
        """Return each claim's weight by target, on each functional: (claim, target) to array (functional,)."""
        rows = [*self._claims(), *self._pooled()]
        J = np.stack([row[1] for row in rows], axis=1) if rows else np.zeros((len(self.v), 0, len(self.columns)))
        h = np.stack([row[2] for row in rows], axis=1) if rows else np.zeros((len(self.v), 0))
        precision = np.einsum("nri,nr,nrj->nij", J, h, J)
        precision[:, range(len(self.columns)), range(len(self.columns))] += self._prior_curvature()
        precision += self._correlated()
        A = np.stack(list(self.functionals.values()), axis=1)
        gains = np.einsum("nfi,nir,nr->rf", A, np.linalg.solve(precision, np.swapaxes(J, 1, 2)), h) / len(self.v)
        out: dict[tuple[str, str], Array] = {}
        for (key, _, _), gain in zip(rows, gains, strict=True):
            out[key] = out.get(key, 0.0) + gain
        return out

    def _claims(self) -> list[tuple[tuple[str, str], Array, Array]]:
        gradients = self._gradients(self.density.nodes, {
            str(f.node): (f.node, self.density.targets[f.target].scale)
            for term in self.density.terms for option in term.options for f in option.factors})
        nodes = evaluate_nodes(self.density.nodes, self.evaluator.natural(self.v))
        chances = self.evaluator.log_options(self.v)
        rows = []
        for term in self.density.terms:
            holds = chosen(chances[term.name], self.rng) if term.is_mixture else np.zeros(len(self.v), int)
            for k, option in enumerate(term.options):
                rows += [self._row(f, gradients[str(f.node)], nodes, holds == k) for f in option.factors]
        return rows

    def _row(self, factor: Factor, gradient: Array, nodes: list[Array], holds: NDArray[np.bool_]) -> tuple[tuple[str, str], Array, Array]:
        target = self.density.targets[factor.target]
        row = gradient.copy()
        if target.quantity is not None:
            row[:, self.place[target.quantity]] = self._slope(target.quantity)
        for i, coefficient in factor.loadings(self.evaluator.tau(target, self.v)).items():
            row[:, self.place[i]] = coefficient
        y, extra = self.evaluator.centre(factor, self.v, nodes)
        precision = np.nan_to_num(_precision(factor.kind, factor.spread, y, extra))
        return (factor.claim, factor.target), row, np.where(holds, precision, 0.0)

    def _pooled(self) -> list[tuple[tuple[str, str], Array, Array]]:
        rows = []
        for pool in self.density.pools:
            parameter = self.density.parameters[pool.quantity]
            x = working(parameter, self.v[:, pool.quantity])
            gradient = np.zeros((len(self.v), len(self.columns)))
            gradient[:, self.place[pool.quantity]] = self._slope(pool.quantity)
            sides = np.stack([np.where(x > s.m, s.right, s.left) for s in pool.spreads])
            for claim, share, precision in zip(pool.claims, self._shares(pool, x, sides), 1 / sides**2, strict=True):
                rows.append(((claim, parameter.name), gradient, share * precision))
        return rows

    def _shares(self, pool: Pool, x: Array, sides: Array) -> Array:
        """Return how far each claim of a pool holds at each draw: wholly or not at all (linear), by its ω (log)."""
        weights = np.array(pool.weights)[:, None]
        if pool.kind == "log":
            return np.broadcast_to(weights, sides.shape)
        m = np.array([spread.m for spread in pool.spreads])[:, None]
        holds = chosen(np.log(weights / sides) - 0.5 * ((x - m) / sides) ** 2, self.rng)
        return (np.arange(len(sides))[:, None] == holds).astype(float)

    def _correlated(self) -> Array:
        """Return what correlations add to the priors' precision, shape (column, column): (R⁻¹ − I)/σσ′."""
        out = np.zeros((len(self.columns), len(self.columns)))
        for copula in self.density.copulas:
            where = [self.place[i] for i in copula.parameters]
            sd = np.array([self.density.parameters[i].prior["sigma"] for i in copula.parameters])  # type: ignore[index]
            out[np.ix_(where, where)] += (np.linalg.inv(np.array(copula.correlation)) - np.eye(len(sd))) / np.outer(sd, sd)
        return out

    def _prior_curvature(self) -> Array:
        """Return −∂² log prior by each coordinate, shape (draw, column); 0 where a heavy tail curves the other way."""
        step = 1e-3
        middle, low, high = (self.evaluator.log_prior(self.v + shift) for shift in (0.0, -step, step))
        out = np.zeros((len(self.v), len(self.columns)))
        for i in self.columns:
            name = self.density.parameters[i].name
            if name in middle:
                with np.errstate(all="ignore"):
                    curvature = (2 * middle[name] - low[name] - high[name]) / step**2
                out[:, self.place[i]] = np.clip(np.nan_to_num(curvature, posinf=0.0), 0.0, None)
        return out + 1e-9


def _precision(kind: str, spread: Spread, y: Array, extra: Array) -> Array:
    """Return the precision with which a claim speaks of y_c: 1/sd², or the curvature of log Φ for a bound."""
    side = np.where(y > spread.m, spread.right, spread.left)
    sd = np.sqrt(side**2 + extra)
    if kind == "two_sided":
        return 1 / sd**2
    u = (spread.m - y) / sd * (1 if kind == "at_most" else -1)
    mills = np.exp(-0.5 * u**2 - 0.5 * np.log(2 * np.pi) - special.log_ndtr(u))
    return mills * (mills + u) / sd**2


def _evidence(case: Case, key: str, claims: float) -> TargetEvidence:
    """Return a target's within- and between-source variance, the law of total variance over its two-sided claims."""
    stated = [(claim.source, claim.weight * reading.weight, spread_of(reading.statement, reading.target), reading.target)
              for claim in case.active_claims for reading in claim.readings
              if reading.target.key == key and reading.weight > 0 and not reading.statement.is_bound]
    label = target_named(key, case)
    scale = next(r.target.scale for c in case.active_claims for r in c.readings if r.target.key == key)
    sources = list(dict.fromkeys(source for source, *_ in stated))
    number = {source: sum(s == source for s, *_ in stated) for source in sources}
    weights = np.array([weight / number[source] for source, weight, *_ in stated])
    if not stated:
        return TargetEvidence(key, label, scale, claims, 1 - claims, 0.0, 0.0, 0)
    weights /= weights.sum()
    m = np.array([spread.m for *_, spread, _ in stated])
    s2 = np.array([(spread.left**2 + spread.right**2) / 2 for *_, spread, _ in stated])
    of = np.array([sources.index(source) for source, *_ in stated])
    share = np.array([weights[of == i].sum() for i in range(len(sources))])
    mean = np.array([np.average(m[of == i], weights=weights[of == i]) for i in range(len(sources))])
    between = float(share @ (mean - share @ mean) ** 2)
    within = float(weights @ (s2 + (m - mean[of]) ** 2))
    return TargetEvidence(key, label, scale, claims, 1 - claims, within, between, len(sources))


__all__ = ["ClaimWeight", "TargetEvidence", "Weights", "effective_weights"]

"""Lowering: a density in one configuration to a `Program`.

Two coordinate systems are offered. In ``v``, the density's own, the program is the density as it stands. In ``u`` the
program also holds a map u → v that makes NUTS' work easy without changing the density. A lone claim with a small s
makes a ridge x + kλη ≈ m whose width is s where τ is near 0 and τ elsewhere: a funnel, in which NUTS diverges. Given τ,
δ and ε, though, what two-sided claims say of a quantity x and its η is jointly Gaussian, and what they say of any
target's η is Gaussian:

    prior(x, η) Π_c Normal(m_c; y_c, sd_c²) = Z(τ, δ, ε) · Normal((x, η); μ, Σ).

So (x, η) = μ + L u with u ~ Normal(0, 1) leaves log Z + log φ(u) of all these factors, and u knows nothing of them. What is
not Gaussian (a two-piece claim, another prior, a pool) is stood in for by a Gaussian, and its log ratio to that is
recorded at v. A bound on (x, η) is Φ(c) times a Gaussian truncated on one side: with one coordinate more, a normal below
c drawn by inversion, it leaves log Φ(c).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from nkestimate.density.description import Density, Factor, Parameter, Pool, TargetDensity
from nkestimate.density.evaluate import coordinate, grid_density
from nkestimate.density.quantiles import quantile
from nkestimate.inference.choices import Configuration
from nkestimate.inference.density_program import DensityProgram
from nkestimate.inference.products import Solved, solve
from nkestimate.inference.program import Number, Program, Scalar
from nkestimate.inference.signs import intervals

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Lowered:
    """A density in one configuration, as a program.

    Attributes
    ----------
    program : Program
        Log density at u (or v); its outputs are the coordinates v. Inputs that are not ``active`` are standard normal and
        independent of all others: the log density is of those that are.
    walls : bool
        Whether a positive target may come out at or below 0. There, and near it, the program goes on gently downhill, so
        that NUTS meets a slope instead of a cliff: it is above the density, and draws are to be thinned by the ratio.
    """

    program: Program
    walls: bool


def lower(density: Density, configuration: Configuration, *, standardise: bool = True) -> Lowered:
    """Lower a density.

    Parameters
    ----------
    density : Density
    configuration : mapping
        The alternatives that are kept, by choice; all are kept of a choice that is not named.
    standardise : bool
        Whether the program's inputs are u (the coordinates and one more for each bound taken in) or v.
    """
    recorded = _Standardised(density, configuration) if standardise else DensityProgram(density, configuration, density.size)
    if not isinstance(recorded, _Standardised):
        recorded.v = list(recorded.t.inputs)
    recorded.record_density()
    t = recorded.t
    return Lowered(t.program(recorded.total(), recorded.v), recorded.walls)


@dataclass(frozen=True)
class _Said:
    """What a claim, or a prior with k = 0, says of (x, η): x + kλη = stated + noise."""

    k: float
    stated: Number
    variance: Number


@dataclass
class _Gaussian:
    """A Gaussian state of (x, η): mean and covariance; either may be missing."""

    mean: list[Number]
    cov: list[list[Number]]


class _Standardised(DensityProgram):
    """A density with the map u → v recorded in it."""

    def __init__(self, density: Density, configuration: Configuration):
        positive = [interval.positive for interval in intervals(density)]
        absorbed = [f for fs in _certain(density, configuration) for f in fs if _absorbs(density, positive, f)]
        self.positive = positive
        super().__init__(density, configuration, density.size + len(absorbed))
        self.normals: list[Scalar] = []
        self.extra = {id(f): self.t.inputs[density.size + i] for i, f in enumerate(absorbed)}
        self.late = self.late_errors()
        for i, parameter in enumerate(density.parameters):
            if parameter.role in ("tau", "delta", "epsilon") and i not in self.late:
                self.by_itself(i, *prior_moments(parameter))
        self.solved, order = solve(density, self.solvable(), self.widths())
        for i in order:
            self.quantity(i, density.parameters[i])
        for target in density.targets.values():
            if target.eta is not None and self.v[target.eta] is None:
                self.held_priors.add(target.eta)
                self.block(None, target, [])
        for i, factor in self.late.items():
            self.own_error(i, factor, density.targets[factor.target])
        for u in self.extra.values():
            self.normal(u)

    def normal(self, u: Scalar) -> None:
        """Let u be standard normal."""
        self.normals.append(u)

    def total(self) -> Scalar:
        """Return the log density of the inputs that it depends on: the others are standard normal, and left out."""
        read = self.t.read([*self.parts, *self.halves])
        for u in self.normals:
            if u.index in read:
                self.halves.append(self.t.square(u))
                self.parts.append(-_LOG_SQRT_2PI)
        return super().total()

    def by_itself(self, i: int, centre: float, spread: float) -> None:
        """Let v = centre + spread·u, or let the value be half-normal by inversion: NUTS then meets a normal, not a log's long tail."""
        u, parameter = self.t.inputs[i], self.density.parameters[i]
        prior = parameter.prior
        if prior is not None and prior.name == "HalfNormal" and parameter.transform == "log":
            self.values[i] = prior["sigma"] * self.t.operate("half_normal", u)
            self.v[i] = self.t.log(self.values[i])
        else:
            self.v[i] = centre + spread * u
            if i in self.pools or not _is_normal(parameter):
                self.parts.append(math.log(spread))
                return
        self.held_priors.add(i)
        self.normal(u)

    def late_errors(self) -> dict[int, Factor]:
        """Return each ε that can be set last, from the one two-sided claim that it is in: only bounds that are not taken in share it."""
        sharing: dict[int, list[Factor]] = defaultdict(list)
        for factor in (f for factors in self.certain.values() for f in factors if f.epsilon is not None):
            sharing[factor.epsilon].append(factor)  # type: ignore[index]
        late = {}
        for i, factors in sharing.items():
            two_sided = [f for f in factors if f.kind == "two_sided"]
            bounds_wait = not any(_absorbs(self.density, self.positive, f) for f in factors)
            if len(two_sided) == 1 and bounds_wait and self.is_gaussian(two_sided[0], self.density.targets[two_sided[0].target]):
                late[i] = two_sided[0]
        return late

    def own_error(self, i: int, factor: Factor, target: TargetDensity) -> None:
        """Set an ε from u, all else being known: a claim alone says r = k √(1−ρ) τ ε + s ξ."""
        t, u = self.t, self.t.inputs[i]
        one = self.left(factor, target)
        r = one.stated - one.k * self.shared_error(target) * self.v[target.eta] if target.eta is not None and one.k else one.stated
        if id(factor) not in self.held:  # no η, so that its density is in no block yet
            self.held.add(id(factor))
            self.halves += [t.log(one.variance), t.square(r) / one.variance]
            self.parts.append(-_LOG_SQRT_2PI)
        slope = target.own_error(factor.k, self.tau(target))
        self.v[i] = t.scalar(slope * r / one.variance + u * t.sqrt(factor.spread.s**2 / one.variance))
        self.held_priors.add(i)
        self.normal(u)

    def solvable(self) -> list[Factor]:
        """Return the claims on formulas that are, given τ, δ and ε, normals in the log of a product."""
        density = self.density
        return [f for key, factors in self.certain.items() for f in factors
                if f.kind == "two_sided" and f.spread.symmetric and density.targets[key].quantity is None
                and density.targets[key].scale == "log" and self.is_alone(f) and self.is_product(f)]

    def is_alone(self, factor: Factor) -> bool:
        """Whether a two-sided claim is its target's only one, so that no other shares its η and ε."""
        alone = sum(f.kind == "two_sided" for f in self.certain[factor.target]) == 1
        return alone and (factor.epsilon is None or self.late.get(factor.epsilon) is factor)

    def widths(self) -> dict[int, float]:
        """Return, of each quantity whose coordinate is its log, how wide what is said of it directly leaves it."""
        widths = {}
        for i, parameter in enumerate(self.density.parameters):
            if parameter.role == "quantity" and self.is_log(i):
                said = [1 / (f.spread.s**2 + (f.k * self.density.targets[f.target].S) ** 2)
                        for f in self.certain[parameter.name] if f.kind == "two_sided"]
                widths[i] = 1 / math.sqrt(sum(said) + 1 / self.moments(i)[1] ** 2)
        return widths

    def moments(self, i: int) -> tuple[float, float]:
        """Return centre and spread of a quantity's prior, or prior and pool."""
        pool, parameter = self.pools.get(i), self.density.parameters[i]
        return prior_moments(parameter) if pool is None else pool_moments(parameter, pool)

    def quantity(self, i: int, parameter: Parameter) -> None:
        """Set a quantity, and its η if it has one."""
        centre, spread = self.moments(i)
        target = self.density.targets.get(parameter.name) if parameter.coordinate_is_working else None
        solved = self.solved.get(i, [])
        if not solved and (target is None or not self.certain[target.key]):
            self.by_itself(i, centre, spread)
            return
        said = [_Said(0.0, centre, spread**2), *(self.said_by_product(one) for one in solved)]
        self.parts.append(-_LOG_SQRT_2PI * len(solved))
        self.held |= {id(one.factor) for one in solved}
        self.block(i, target, said)
        if target is not None and target.eta is not None:
            self.held_priors.add(target.eta)
        if i not in self.pools and _is_normal(parameter):
            self.held_priors.add(i)
        else:
            self.parts.append(-self.log_normal(self.v[i], centre, spread))

    def said_by_product(self, one: Solved) -> _Said:
        """Return what a claim on a product says of the quantity that it is solved for, its η integrated out."""
        target = self.density.targets[one.factor.target]
        said = self.said(one.factor, target)
        stated = one.sign * (said.stated - self.log_product(one.rest))
        return _Said(0.0, stated, self.marginal(said, target))

    def marginal(self, said: _Said, target: TargetDensity) -> Number:
        """Return the variance of what a claim says when η is integrated out."""
        return said.variance + said.k**2 * self.shared_variance(target) if said.k else said.variance

    def block(self, i: int | None, target: TargetDensity | None, said: list[_Said]) -> None:
        """Set x (if i is given) and η (if the target has one) from what is said, and what the target's certain claims say, of them."""
        t = self.t
        certain = self.certain[target.key] if target is not None else []
        claims = [f for f in certain if f.kind == "two_sided"]
        bounds = [f for f in certain if _absorbs(self.density, self.positive, f)]
        direct = []
        for factor in claims:
            assert target is not None
            direct.append(self.left(factor, target) if i is None else self.said(factor, target))
        if i is None and len(claims) == 1 and target is not None:
            state = self.only(direct[0], target, weighed=id(claims[0]) in self.held)
        else:
            state = self.condition(said + direct, i, target)
        for factor in bounds:
            assert target is not None
            self.bound(state, factor, target, i)
        self.draw(state, [index for index in (i, target.eta if target is not None else None) if index is not None])
        for factor, one in zip(claims, direct, strict=True):
            assert target is not None
            if id(factor) in self.held:
                continue
            self.parts.append(-_LOG_SQRT_2PI)
            if self.is_gaussian(factor, target):
                self.held.add(id(factor))
            else:  # its Gaussian is in Z: take that out again
                y: Number = 0.0 if i is None else self.v[i]
                if target.eta is not None and one.k:
                    y = y + one.k * self.shared_error(target) * self.v[target.eta]
                self.halves += [-t.square(one.stated - y) / one.variance, -t.log(one.variance)]
                self.parts.append(_LOG_SQRT_2PI)

    def is_gaussian(self, factor: Factor, target: TargetDensity) -> bool:
        """Whether a two-sided factor is what `said` makes of it: one normal, on a target that cannot meet a wall."""
        return factor.spread.symmetric and (
            target.quantity is not None or target.scale == "identity" or self.intervals[factor.node].positive)

    def said(self, factor: Factor, target: TargetDensity) -> _Said:
        """Return what a claim says of (g(e), η), given τ, δ and ε."""
        stated: Number = factor.spread.m
        if factor.delta is not None:
            stated = stated - self.v[factor.delta]
        variance: Number = factor.spread.s**2
        doubted = factor.k > 0 and target.tau is not None
        if doubted and (factor.epsilon is None or self.late.get(factor.epsilon) is factor):
            variance = variance + target.own_variance(factor.k, self.tau(target))
        elif doubted and factor.epsilon is not None:
            stated = stated - target.own_error(factor.k, self.tau(target)) * self.v[factor.epsilon]
        return _Said(factor.k if doubted and target.eta is not None else 0.0, stated, variance)

    def left(self, factor: Factor, target: TargetDensity) -> _Said:
        """Return what a claim says of η alone, g(e) being known."""
        one = self.said(factor, target)
        value = self.target_value(factor, target, factor.spread.m - one.stated, self.marginal(one, target))
        return replace(one, stated=one.stated - value)

    def only(self, one: _Said, target: TargetDensity, *, weighed: bool) -> _Gaussian:
        """Return η's state where one claim is all that is said of it, and add log Z unless that is done."""
        variance = self.marginal(one, target)
        if not weighed:
            self.halves += [self.t.log(variance), self.t.square(one.stated) / variance]
        return _Gaussian([one.k * self.shared_error(target) * one.stated / variance], [[one.variance / variance]])

    def condition(self, said: list[_Said], i: int | None, target: TargetDensity | None) -> _Gaussian:
        """Add log Z of what is said of (x, η) and return their state.

        Weighted regression of what is stated on k: x given η first, then η; sums of squares are of residuals, so that
        nothing cancels.
        """
        t = self.t
        weights = [1.0 / one.variance for one in said]
        ks: list[Number] = [one.k for one in said]
        ds = [one.stated for one in said]
        self.halves += [t.log(one.variance) for one in said]
        q: Number = 0.0
        r: Number = 0.0
        total: Number = 1.0
        if i is not None:
            total = self.dot(weights, [1.0] * len(said))
            q, r = self.dot(weights, ks) / total, self.dot(weights, ds) / total
            self.halves.append(t.log(total))
            ks, ds = [k - q for k in ks], [d - r for d in ds]
        self.halves.append(self.dot([w * d for w, d in zip(weights, ds, strict=True)], ds))
        if target is None or target.eta is None:
            return _Gaussian([r], [[1.0 / total]])
        wk = [w * k for w, k in zip(weights, ks, strict=True)]
        slope = self.dot(wk, ds)
        precision = 1.0 + self.shared_variance(target) * self.dot(wk, ks)
        self.halves += [t.log(precision), -self.shared_variance(target) * t.square(slope) / precision]
        mean = self.shared_error(target) * slope / precision
        if i is None:
            return _Gaussian([mean], [[1.0 / precision]])
        # x = r − qλη + noise
        cross = -q * self.shared_error(target) / precision
        return _Gaussian([r - q * self.shared_variance(target) * slope / precision, mean],
                         [[1.0 / total + t.square(q) * self.shared_variance(target) / precision, cross], [cross, 1.0 / precision]])

    def bound(self, state: _Gaussian, factor: Factor, target: TargetDensity, i: int | None) -> None:
        """Take a bound in: w ≤ c with w standard normal under the state; what is left is log Φ(c)."""
        t = self.t
        one = self.left(factor, target) if i is None else self.said(factor, target)
        slope: Number = one.k * self.shared_error(target) if one.k else 0.0
        a: list[Number] = ([1.0, slope] if i is not None else [slope])[: len(state.mean)]
        gain = [self.dot(row, a) for row in state.cov]
        total = self.dot(a, gain) + one.variance
        sd = t.sqrt(total)
        sign = 1.0 if factor.kind == "at_most" else -1.0
        c = sign * (one.stated - self.dot(a, state.mean)) / sd
        w = t.operate("truncated", self.extra[id(factor)], c)
        self.parts.append(t.operate("log_ndtr", c))
        self.held.add(id(factor))
        shift = sign * w / sd
        shrunk = [g / total for g in gain]
        state.mean = [mean + shift * g for mean, g in zip(state.mean, gain, strict=True)]
        state.cov = [[c - g * h for c, h in zip(row, shrunk, strict=True)] for row, g in zip(state.cov, gain, strict=True)]

    def draw(self, state: _Gaussian, where: list[int]) -> None:
        """Set coordinates from u by the state: x, then η given x, of which the density often needs no more."""
        t = self.t
        first, rest = where[0], where[1:]
        sd = t.sqrt(state.cov[0][0])
        u = t.inputs[first]
        self.v[first] = t.scalar(state.mean[0] + sd * u)
        self.normal(u)
        if rest:
            cross = state.cov[0][1] / sd
            # kept above rounding
            left = t.sqrt(t.operate("max", state.cov[1][1] - t.square(cross), 1e-20))
            self.v[rest[0]] = t.scalar(state.mean[1] + cross * u + left * t.inputs[rest[0]])
            self.normal(t.inputs[rest[0]])

    @staticmethod
    def dot(a: list[Number], b: list[Number]) -> Number:
        result: Number = 0.0
        for x, y in zip(a, b, strict=True):
            result = result + x * y
        return result


def _certain(density: Density, configuration: Configuration) -> list[tuple[Factor, ...]]:
    """Return the factors of terms of which one option is left."""
    kept = [configuration.get(term.name, tuple(range(len(term.options)))) for term in density.terms]
    return [term.options[which[0]].factors for term, which in zip(density.terms, kept, strict=True) if len(which) == 1]


def _absorbs(density: Density, positive: list[bool], factor: Factor) -> bool:
    """Whether a bound is taken in: one on a quantity's own coordinate, or one whose error is shared on a target that meets no wall.

    Near a wall the log of the target is kept from falling, in u as in v: that takes what is said with η, not integrated over it.
    """
    target = density.targets[factor.target]
    if factor.kind == "two_sided":
        return False
    own = target.quantity is not None and density.parameters[target.quantity].coordinate_is_working
    walled = target.quantity is None and target.scale == "log" and not positive[factor.node]
    return own or (factor.k > 0 and target.eta is not None and not walled)


def _is_normal(parameter: Parameter) -> bool:
    """Whether the prior is normal in the coordinate."""
    prior = parameter.prior
    if prior is None or prior.name not in ("Normal", "LogNormal", "LogitNormal"):
        return False
    whole = (parameter.lower, parameter.upper) == (0.0, 1.0)
    return {"Normal": parameter.on == "working" or parameter.transform == "identity", "LogNormal": parameter.transform == "log",
            "LogitNormal": parameter.transform in ("logit", "interval") and whole}[prior.name]


def prior_moments(parameter: Parameter) -> tuple[float, float]:
    """Return centre and spread of a prior in its coordinate, from its 16 % and 84 % quantiles."""
    prior = parameter.prior
    assert prior is not None
    if _is_normal(parameter):
        return prior["mu"], prior["sigma"]
    return _quantile_moments(parameter)


@lru_cache(maxsize=4096)
def _quantile_moments(parameter: Parameter) -> tuple[float, float]:
    quantiles = np.sort(coordinate(parameter, quantile(parameter.prior, np.array([0.1587, 0.8413]))))  # type: ignore[arg-type]
    return float(quantiles.mean()), float(max(quantiles[1] - quantiles[0], 1e-12) / 2)


@lru_cache(maxsize=4096)
def pool_moments(parameter: Parameter, pool: Pool) -> tuple[float, float]:
    """Return mean and sd of prior × pool in the quantity's coordinate."""
    if pool.kind == "linear" and parameter.prior is None:
        weights, m, s = (np.array(x) for x in (pool.weights, [p.m for p in pool.spreads], [p.s for p in pool.spreads]))
        weights = weights / weights.sum()
        mean = float(weights @ m)
        return mean, math.sqrt(float(weights @ (s**2 + (m - mean) ** 2)))
    v, density = grid_density(parameter, pool)
    weight = density * np.gradient(v)
    weight /= weight.sum()
    mean = float(weight @ v)
    return mean, max(math.sqrt(float(weight @ (v - mean) ** 2)), 1e-9)

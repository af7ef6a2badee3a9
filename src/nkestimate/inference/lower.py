"""Lowering: a density in one configuration to a `Program`.

Two coordinate systems are offered. In ``v``, the density's own, the program is the density as it stands. In ``u``
the program also holds a map u → v that makes NUTS' work easy without changing the density:

    log p(u) = log p(v(u)) − log G(v(u)) + Σ log φ(u),

where u ~ Normal(0, 1) makes v ~ G, a sequence of Gaussian conditionals. Without it a lone claim with a small s makes
a ridge x + kλη ≈ m whose width is s where τ is near 0 and τ elsewhere: a funnel, in which NUTS diverges. Given τ, δ
and ε, what two-sided claims say of a quantity x and its η is jointly Gaussian, and what they say of any target's η
is Gaussian: G is that. A bound on them is Φ(c) times a Gaussian truncated on one side: it is taken into G with one
coordinate more (a normal below c drawn by inversion), and leaves log Φ(c).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from nkestimate.case.distributions import Prior
from nkestimate.density.description import Density, Factor, Option, Parameter, Pool, TargetDensity
from nkestimate.density.evaluate import coordinate, grid_density
from nkestimate.density.quantiles import quantile
from nkestimate.density.statements import Spread
from nkestimate.inference.choices import Configuration, pool_name
from nkestimate.inference.program import Number, Program, Scalar, Tracer
from nkestimate.inference.signs import intervals

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
# So many standard deviations below m the log of a target that may not be positive stands still: further down its slope
# would throw NUTS about. Draws from there are thinned out afterwards (sampling.py), so that this changes no answer.
_FAR = {"two_sided": 4.0, "at_least": 4.0, "at_most": 8.0}


@dataclass(frozen=True)
class Lowered:
    """A density in one configuration, as a program.

    Attributes
    ----------
    program : Program
        Log density at u (or v); its outputs are the coordinates v.
    walls : bool
        Whether a positive target may come out at or below 0. There, and near it, the program goes on gently downhill, so
        that NUTS meets a slope instead of a cliff: it is above the density, and draws are to be thinned by the ratio.
    """

    program: Program
    walls: bool


@dataclass
class _Gaussian:
    """A Gaussian state of (x, η): mean and covariance; either may be missing."""

    mean: list[Number]
    cov: list[list[Number]]


def lower(density: Density, configuration: Configuration, *, standardise: bool = True) -> Lowered:
    """Lower a density.

    Parameters
    ----------
    density : Density
    configuration : mapping
        The alternatives that are kept, by choice; all are kept of a choice that is not named.
    standardise : bool
        Whether the program's inputs are u (the coordinates and one more for each bound taken into G) or v.
    """
    return _Lowering(density, configuration).run(standardise)


class _Lowering:
    def __init__(self, density: Density, configuration: Configuration):
        self.density = density
        self.options: list[tuple[tuple[Option, ...], tuple[str, ...]]] = []
        for term in density.terms:
            kept = configuration.get(term.name, tuple(range(len(term.options))))
            self.options.append((tuple(term.options[i] for i in kept), term.claims))
        self.pools = {pool.quantity: _kept(pool, configuration.get(pool_name(density, pool))) for pool in density.pools}
        # Factors that hold for certain in this configuration, by target: those G may use.
        self.certain: dict[str, list[Factor]] = defaultdict(list)
        for options, _ in self.options:
            if len(options) == 1:
                for factor in options[0].factors:
                    self.certain[factor.target].append(factor)
        self.intervals = intervals(density)
        self.walls = False
        self.absorbed: set[int] = set()  # ids of the bounds that G holds
        self.kept: list[int] = []  # inputs whose log φ does not cancel against G

    # ------------------------------------------------------------ both coordinate systems

    def run(self, standardise: bool) -> Lowered:
        size = self.density.size
        absorbable = [f for fs in self.certain.values() for f in fs if self._absorbs(f)] if standardise else []
        self.t = Tracer(size + len(absorbable))
        self.parts: list[Number] = []
        self.v: list[Scalar] = [None] * size  # type: ignore[list-item]
        if standardise:
            self.extra = {id(f): self.t.inputs[size + i] for i, f in enumerate(absorbable)}
            self._standardise()
            for i in (*self.kept, *range(size, len(self.t.inputs))):
                self.parts.append(self.t.square(self.t.inputs[i]) * -0.5)
            # G has one √(2π) less than Σ log φ(u) for each bound taken in.
            self.parts.append(-_LOG_SQRT_2PI * len(absorbable))
        else:
            self.v = list(self.t.inputs)
            self._nodes()
        self._density()
        return Lowered(self.t.program(self.t.total(self.parts), self.v), self.walls)

    def _nodes(self) -> None:
        """Run the expression graph once the quantities' coordinates are known."""
        t = self.t
        values = {i: self._natural(p, self.v[i]) for i, p in enumerate(self.density.parameters) if p.role == "quantity"}
        unary = {"neg", "exp", "log", "sqrt"}
        names = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow"}
        self.nodes: list[Scalar] = []
        for node in self.density.nodes:
            if node.op == "const":
                self.nodes.append(t.constant(node.value))
            elif node.op == "parameter":
                self.nodes.append(values[node.args[0]])
            elif node.op in unary:
                self.nodes.append(t.operate(node.op, self.nodes[node.args[0]]))
            else:
                self.nodes.append(t.operate(names.get(node.op, node.op), *(self.nodes[a] for a in node.args)))

    def _natural(self, parameter: Parameter, v: Number) -> Scalar:
        t = self.t
        if parameter.transform == "identity":
            return t.scalar(v)
        if parameter.transform in ("log", "above"):
            return t.exp(v) + (parameter.lower if parameter.transform == "above" else 0.0)
        if parameter.transform == "below":
            return parameter.upper - t.exp(v)
        return parameter.lower + (parameter.upper - parameter.lower) * t.operate("sigmoid", v)

    def _working(self, i: int) -> Scalar:
        """Return the working value of a quantity."""
        parameter, t = self.density.parameters[i], self.t
        if parameter.coordinate_is_working:
            return self.v[i]
        value = self._natural(parameter, self.v[i])
        if parameter.scale == "log":
            return t.log(value)
        if parameter.scale == "logit":
            rest = 1 / parameter.factor - parameter.upper + (parameter.upper - parameter.lower) * t.operate("sigmoid", -self.v[i])
            return t.log(value) - t.log(rest)
        return value

    def _centre(self, factor: Factor) -> tuple[Scalar, Number]:
        """Return y_c and the variance that is added to s_c²."""
        target, t = self.density.targets[factor.target], self.t
        shift: Number = 0.0
        if factor.delta is not None:
            shift = shift + self.v[factor.delta]
        extra: Number = 0.0
        if factor.k > 0 and target.tau is not None:
            tau = self._natural(self.density.parameters[target.tau], self.v[target.tau])
            if target.eta is not None:
                shift = shift + self._slope(factor, target, tau) * self.v[target.eta]
            if factor.epsilon is not None:
                shift = shift + factor.k * math.sqrt(1 - target.rho) * tau * self.v[factor.epsilon]
            else:
                extra = (1 - target.rho) * factor.k**2 * t.square(tau)
        return t.scalar(self._target_value(factor, target, shift, extra) + shift), extra

    def _slope(self, factor: Factor, target: TargetDensity, tau: Scalar) -> Scalar:
        return factor.k * self.t.sqrt(target.rho * self.t.square(tau) + (target.rho * target.S) ** 2)

    def _target_value(self, factor: Factor, target: TargetDensity, shift: Number = 0.0, extra: Number = 0.0) -> Scalar:
        """Return g(e_c); where e_c may not be positive, of no less than what puts m `_FAR` above y_c."""
        if target.quantity is not None:
            return self._working(target.quantity)
        value, t = self.nodes[factor.node], self.t
        if target.scale == "identity":
            return value
        if self.intervals[factor.node].positive:
            return t.log(value)
        floor = factor.spread.m - shift - _FAR[factor.kind] * t.sqrt(factor.spread.left**2 + extra)
        return t.log(t.operate("max", value, t.exp(floor)))

    # ------------------------------------------------------------ the density

    def _density(self) -> None:
        for i, parameter in enumerate(self.density.parameters):
            if parameter.prior is not None:
                self.parts.append(self._log_prior(parameter, self.v[i]))
        for i, pool in self.pools.items():
            self.parts.append(self._log_pool(pool, self._working(i)))
        for options, _ in self.options:
            self.parts.append(self._term(options))

    def _term(self, options: tuple[Option, ...]) -> Scalar:
        result: Scalar | None = None
        for option in options:
            part = self.t.total([math.log(option.weight), *(self._factor(f) for f in option.factors)])
            result = part if result is None else self.t.operate("logaddexp", result, part)
        assert result is not None
        return result

    def _factor(self, factor: Factor) -> Number:
        if id(factor) in self.absorbed:
            return self._wall(factor)
        t, spread = self.t, factor.spread
        y, extra = self._centre(factor)
        left = t.sqrt(spread.left**2 + extra)
        if factor.kind != "two_sided":
            distance = (spread.m - y) / left
            return t.operate("log_ndtr", distance if factor.kind == "at_most" else -distance) + self._wall(factor)
        if spread.symmetric:
            variance = t.scalar(spread.left**2 + extra)
            return (t.square(spread.m - y) / variance + t.log(variance)) * -0.5 - _LOG_SQRT_2PI + self._wall(factor)
        right = t.sqrt(spread.right**2 + extra)
        below, above = t.operate("min", y - spread.m, 0.0), t.operate("max", y - spread.m, 0.0)
        quadratic = (t.square(below / left) + t.square(above / right)) * -0.5
        return quadratic + math.log(2) - t.log(left + right) - _LOG_SQRT_2PI + self._wall(factor)

    def _wall(self, factor: Factor) -> Number:
        """Return a downhill slope for a positive target at or below 0."""
        target = self.density.targets[factor.target]
        if target.scale != "log" or target.quantity is not None or self.intervals[factor.node].positive:
            return 0.0
        self.walls = True
        scale = math.exp(factor.spread.m)
        return self.t.operate("min", self.nodes[factor.node], 0.0) * (20.0 / scale)

    def _log_prior(self, parameter: Parameter, v: Scalar) -> Number:
        prior = parameter.prior
        assert prior is not None
        if parameter.on == "working":
            return self._log_normal_density(v, prior["mu"], prior["sigma"])
        return self._log_natural(parameter, prior, v)

    def _log_normal_density(self, x: Number, mean: Number, sd: Number) -> Number:
        t = self.t
        return t.square((x - t.scalar(mean)) / sd) * -0.5 - t.log(sd) - _LOG_SQRT_2PI

    def _log_natural(self, parameter: Parameter, prior: Prior, v: Scalar) -> Number:
        """Return log p(θ) + log |dθ/dv|, up to nothing: constants are kept."""
        t, p = self.t, dict(prior.parameters)
        theta = self._natural(parameter, v)
        jacobian: Number = 0.0
        if parameter.transform in ("log", "above", "below"):
            jacobian = v
        elif parameter.transform != "identity":
            jacobian = math.log(parameter.upper - parameter.lower) - t.operate("softplus", v) - t.operate("softplus", -v)
        if prior.name == "Normal":
            return self._log_normal_density(theta, p["mu"], p["sigma"]) + jacobian
        if prior.name == "LogNormal":  # normal in v = log θ
            return self._log_normal_density(v, p["mu"], p["sigma"])
        if prior.name == "LogitNormal":  # normal in v = logit θ
            return self._log_normal_density(v, p["mu"], p["sigma"])
        if prior.name == "HalfNormal":
            return t.square(theta / p["sigma"]) * -0.5 + 0.5 * math.log(2 / math.pi) - math.log(p["sigma"]) + jacobian
        if prior.name == "HalfCauchy":
            # log(1 + (θ/β)²) with θ = exp(v), so that large v does no harm
            return -t.operate("softplus", 2.0 * (v - math.log(p["beta"]))) + math.log(2 / (math.pi * p["beta"])) + jacobian
        if prior.name == "Exponential":
            return -p["lam"] * theta + math.log(p["lam"]) + jacobian
        if prior.name == "Gamma":
            a, b = p["alpha"], p["beta"]
            return a * v - b * theta + a * math.log(b) - math.lgamma(a)
        if prior.name == "Beta":  # θ = 1/(1 + e^{−v}), its Jacobian included
            a, b = p["alpha"], p["beta"]
            constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
            return constant - a * t.operate("softplus", -v) - b * t.operate("softplus", v)
        if prior.name == "Uniform":
            return jacobian - math.log(p["upper"] - p["lower"])
        if prior.name == "StudentT":
            nu = p["nu"]
            constant = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi) - math.log(p["sigma"])
            return constant - (nu + 1) / 2 * t.log(1.0 + t.square((theta - p["mu"]) / p["sigma"]) / nu) + jacobian
        if prior.name == "TruncatedNormal":
            ends = [(p["lower"] - p["mu"]) / p["sigma"], (p["upper"] - p["mu"]) / p["sigma"]]
            low, high = ends if ends[0] < 0 else (-ends[1], -ends[0])  # in the tail where probabilities keep their digits
            log_mass = float(special.log_ndtr(high)) + math.log(-math.expm1(float(special.log_ndtr(low) - special.log_ndtr(high))))
            return self._log_normal_density(theta, p["mu"], p["sigma"]) - log_mass + jacobian
        return self._log_triangular(p, v) + jacobian

    def _log_triangular(self, p: dict[str, float], v: Scalar) -> Number:
        low, c, high = p["lower"], p["c"], p["upper"]
        t, width = self.t, math.log(high - low)
        # 2 min((θ − low)/(c − low), (high − θ)/(high − c))/(high − low); a side of no width does not bind.
        up = width - t.operate("softplus", -v) - math.log(c - low) if c > low else None
        down = width - t.operate("softplus", v) - math.log(high - c) if high > c else None
        side = up if down is None else down if up is None else t.operate("min", up, down)
        assert side is not None
        return side + math.log(2 / (high - low))

    def _log_pool(self, pool: Pool, x: Scalar) -> Number:
        t = self.t
        result: Scalar | None = None
        for weight, spread in zip(pool.weights, pool.spreads, strict=True):
            below, above = t.operate("min", x - spread.m, 0.0), t.operate("max", x - spread.m, 0.0)
            log_normal = (t.square(below / spread.left) + t.square(above / spread.right)) * -0.5 - _LOG_SQRT_2PI
            if pool.kind == "log":
                part = weight * (log_normal + math.log(2 / (spread.left + spread.right)))
                result = part if result is None else result + part
            else:
                part = log_normal + (math.log(weight) - self._log_side(x, spread))
                result = part if result is None else t.operate("logaddexp", result, part)
        assert result is not None
        return result

    def _log_side(self, x: Scalar, spread: Spread) -> Number:
        if spread.symmetric:
            return math.log(spread.left)
        # A step from log left to log right at m, steeper than any draw could notice.
        step = self.t.operate("sigmoid", (x - spread.m) * (1e9 / spread.s))
        return math.log(spread.left) + (math.log(spread.right) - math.log(spread.left)) * step

    # ------------------------------------------------------------ the map u → v

    def _absorbs(self, factor: Factor) -> bool:
        """Whether G takes a bound in: one on a quantity's own coordinate, or one whose error is shared."""
        target = self.density.targets[factor.target]
        if factor.kind == "two_sided":
            return False
        own = target.quantity is not None and self.density.parameters[target.quantity].coordinate_is_working
        return own or (factor.k > 0 and target.eta is not None)

    def _standardise(self) -> None:
        density, t = self.density, self.t
        for i, parameter in enumerate(density.parameters):
            if parameter.role in ("tau", "delta", "epsilon"):
                centre, spread = prior_moments(parameter)
                self.v[i] = centre + spread * t.inputs[i]
                self.parts.append(math.log(spread))
        for i, parameter in enumerate(density.parameters):
            if parameter.role == "quantity":
                self._standardise_quantity(i, parameter)
        self._nodes()
        for target in density.targets.values():
            if target.eta is not None and self.v[target.eta] is None:
                state = _Gaussian([0.0], [[1.0]])
                self._condition(state, target, [f for f in self.certain[target.key] if f.kind == "two_sided"], None)
                self._draw(state, [target.eta], target, None)

    def _standardise_quantity(self, i: int, parameter: Parameter) -> None:
        centre, spread = self._moments(i, parameter)
        state = _Gaussian([centre], [[spread**2]])
        target = self.density.targets.get(parameter.name)
        if target is None or not parameter.coordinate_is_working:
            self._draw(state, [i], None, None)
            return
        where = [i]
        if target.eta is not None:
            state = _Gaussian([centre, 0.0], [[spread**2, 0.0], [0.0, 1.0]])
            where.append(target.eta)
        self._condition(state, target, [f for f in self.certain[target.key] if f.kind == "two_sided"], i)
        self._draw(state, where, target, i)

    def _moments(self, i: int, parameter: Parameter) -> tuple[float, float]:
        pool = self.pools.get(i)
        return prior_moments(parameter) if pool is None else pool_moments(parameter, pool)

    def _condition(self, state: _Gaussian, target: TargetDensity, factors: list[Factor], i: int | None) -> None:
        """Condition the state on two-sided claims, one after another (Kalman's update)."""
        for factor in factors:
            a, stated, variance = self._linear(factor, target, i, len(state.mean))
            gain, total = self._gain(state, a, variance)
            surprise = stated - self._dot(a, state.mean)
            for r in range(len(state.mean)):
                state.mean[r] = state.mean[r] + gain[r] * surprise / total
            self._shrink(state, gain, total)

    def _linear(self, factor: Factor, target: TargetDensity, i: int | None, size: int) -> tuple[list[Number], Number, Number]:
        """Return a, m and variance such that a claim says: a·(x, η) + noise = m."""
        t = self.t
        stated: Number = factor.spread.m
        if factor.delta is not None:
            stated = stated - self.v[factor.delta]
        variance: Number = factor.spread.s**2
        slope: Number = 0.0
        if factor.k > 0 and target.tau is not None:
            tau = self._natural(self.density.parameters[target.tau], self.v[target.tau])
            if factor.epsilon is None:
                variance = variance + (1 - target.rho) * factor.k**2 * t.square(tau)
            else:
                stated = stated - factor.k * math.sqrt(1 - target.rho) * tau * self.v[factor.epsilon]
            if target.eta is not None:
                slope = self._slope(factor, target, tau)
        if i is None:
            stated = stated - self._target_value(factor, target, factor.spread.m - stated, variance + t.square(slope))
        return ([1.0, slope][:size] if i is not None else [slope]), stated, variance

    def _gain(self, state: _Gaussian, a: list[Number], variance: Number) -> tuple[list[Number], Number]:
        gain = [self._dot(row, a) for row in state.cov]
        return gain, self._dot(a, gain) + variance

    def _shrink(self, state: _Gaussian, gain: list[Number], total: Number) -> None:
        state.cov = [[state.cov[r][c] - gain[r] * gain[c] / total for c in range(len(gain))] for r in range(len(gain))]

    @staticmethod
    def _dot(a: list[Number], b: list[Number]) -> Number:
        result: Number = 0.0
        for x, y in zip(a, b, strict=True):
            result = result + x * y
        return result

    def _draw(self, state: _Gaussian, where: list[int], target: TargetDensity | None, i: int | None) -> None:
        """Set coordinates from u by the state, bounds taken in; add log φ(u) − log G, of which without bounds log sd is left."""
        t = self.t
        before = _Gaussian(list(state.mean), [list(row) for row in state.cov])
        bounds = [factor for factor in self.certain[target.key] if self._absorbs(factor)] if target is not None else []
        for factor in bounds:
            assert target is not None
            self._bound(state, factor, target, i)
        first, rest = where[0], where[1:]
        sd = t.sqrt(state.cov[0][0])
        self.v[first] = t.scalar(state.mean[0] + sd * t.inputs[first])
        logs = t.log(sd)
        if rest:
            left = t.sqrt(self._conditional(state))
            self.v[rest[0]] = t.scalar(state.mean[1] + state.cov[0][1] / sd * t.inputs[first] + left * t.inputs[rest[0]])
            logs = logs + t.log(left)
        if bounds:
            self.kept += where
            self._subtract(before, where)
        else:
            self.parts.append(logs)

    def _conditional(self, state: _Gaussian) -> Scalar:
        """Return the variance of η given x, kept above rounding."""
        t = self.t
        return t.operate("max", state.cov[1][1] - t.square(state.cov[0][1]) / state.cov[0][0], 1e-20)

    def _bound(self, state: _Gaussian, factor: Factor, target: TargetDensity, i: int | None) -> None:
        """Take a bound in: w ≤ c with w standard normal under the state; what is left is log Φ(c)."""
        t = self.t
        a, stated, variance = self._linear(factor, target, i, len(state.mean))
        gain, total = self._gain(state, a, variance)
        sign = 1.0 if factor.kind == "at_most" else -1.0
        c = sign * (stated - self._dot(a, state.mean)) / t.sqrt(total)
        w = t.operate("truncated", self.extra[id(factor)], c)
        self.parts.append(t.operate("log_ndtr", c))
        self.absorbed.add(id(factor))
        for r in range(len(state.mean)):
            state.mean[r] = state.mean[r] + sign * w * gain[r] / t.sqrt(total)
        self._shrink(state, gain, total)

    def _subtract(self, state: _Gaussian, where: list[int]) -> None:
        """Add −log G(v): the Gaussian before any bound, whose truncation the other parts already hold."""
        t = self.t
        d0 = self.v[where[0]] - t.scalar(state.mean[0])
        if len(where) == 1:
            self.parts.append(0.5 * t.square(d0) / state.cov[0][0] + 0.5 * t.log(state.cov[0][0]))
        else:
            a, b = state.cov[0]
            d1 = self.v[where[1]] - t.scalar(state.mean[1])
            left = self._conditional(state)
            residual = d1 - b / a * d0
            self.parts.append(0.5 * (t.square(d0) / a + t.square(residual) / left) + 0.5 * (t.log(a) + t.log(left)))


def _kept(pool: Pool, kept: tuple[int, ...] | None) -> Pool:
    if kept is None:
        return pool
    return Pool(pool.kind, pool.quantity, tuple(pool.claims[i] for i in kept), tuple(pool.weights[i] for i in kept),
                tuple(pool.spreads[i] for i in kept))


def prior_moments(parameter: Parameter) -> tuple[float, float]:
    """Return centre and spread of a prior in its coordinate, from its 16 % and 84 % quantiles."""
    prior = parameter.prior
    assert prior is not None
    if prior.name == "Normal" and (parameter.on == "working" or parameter.transform == "identity"):
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

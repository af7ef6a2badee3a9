"""The density of a case, recorded on a `Tracer` in its own coordinates v: values, centres, factors, priors and pools."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from nkestimate.case.distributions import Prior
from nkestimate.density.description import Copula, Density, Factor, Hold, Option, Parameter, Pool, TargetDensity, Variance
from nkestimate.density.signs import intervals
from nkestimate.density.statements import Spread
from nkestimate.engine.program import Number, Scalar, Tracer
from nkestimate.inference.choices import Configuration, pool_name
from nkestimate.inference.products import factors_of

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow"}
# So many standard deviations below m the log of a target that may not be positive stands still: further down its slope
# would throw NUTS about. Draws from there are thinned out afterwards (sampling.py), so that this changes no answer.
_FAR = {"two_sided": 4.0, "at_least": 4.0, "at_most": 8.0}
_STEEPNESS = 20.0  # the power by which a relaxed density falls outside a wall, distances over the scale of what is walled in


class DensityProgram:
    """A density in one configuration, being recorded.

    Parameters
    ----------
    density : Density
    configuration : mapping
        The alternatives that are kept, by choice; all are kept of a choice that is not named.

    Attributes
    ----------
    certain : dict of str to list of Factor
        Factors that hold for certain in this configuration, by target.
    lifts, lifted : bool, int
        Whether walls that say nothing but yes or no are lifted (bounds at a wall, stated supports), and how many were.
    walls : bool
        Whether a positive target may come out at or below 0.
    v : list of Scalar
        The coordinates, to be set before anything is recorded of them.
    values : dict of int to Scalar
        The natural values that are known, by parameter.
    parts, halves : list
        The log density is the sum of ``parts`` less half of the sum of ``halves``.
    """

    def __init__(self, density: Density, configuration: Configuration, inputs: int, lifted: bool = False):
        self.density, self.t = density, Tracer(inputs)
        self.lifts, self.lifted = lifted, 0
        self.options: list[tuple[tuple[Option, ...], tuple[str, ...]]] = []
        for term in density.terms:
            kept = configuration.get(term.name, tuple(range(len(term.options))))
            self.options.append((tuple(term.options[i] for i in kept), term.claims))
        self.pools = {pool.quantity: _kept(pool, configuration.get(pool_name(density, pool))) for pool in density.pools}
        self.certain: dict[str, list[Factor]] = defaultdict(list)
        for options, _ in self.options:
            if len(options) == 1:
                for factor in options[0].factors:
                    self.certain[factor.target].append(factor)
        self.intervals = intervals(density)
        self.walls = False
        self.parts: list[Number] = []
        self.halves: list[Number] = []
        self.v: list[Scalar] = [None] * density.size  # type: ignore[list-item]
        self.values: dict[int, Scalar] = {}
        self.nodes: dict[int, Scalar] = {}
        # What a map u → v holds already (lower.py): ids of factors, and parameters whose prior it is.
        self.held: set[int] = set()
        self.held_priors: set[int] = set()

    def node(self, wanted: int) -> Scalar:
        """Return the value of a node of the expression graph, of quantities that are set already."""
        t, nodes = self.t, self.density.nodes
        stack = [wanted]
        while stack:
            at = stack[-1]
            node = nodes[at]
            if at not in self.nodes:
                operands = () if node.op in ("const", "parameter") else node.args
                if missing := [a for a in operands if a not in self.nodes]:
                    stack += missing
                    continue
                if node.op == "const":
                    self.nodes[at] = t.constant(node.value)
                elif node.op == "parameter":
                    self.nodes[at] = self.value(node.args[0])
                else:
                    self.nodes[at] = t.operate(_NAMES.get(node.op, node.op), *(self.nodes[a] for a in operands))
            stack.pop()
        return self.nodes[wanted]

    def log_product(self, factors: Sequence[tuple[int, int]]) -> Scalar:
        """Return Σ ± log of positive nodes: a quantity whose coordinate is its log needs none."""
        logs: list[Number] = []
        for at, sign in factors:
            node = self.density.nodes[at]
            log = self.v[node.args[0]] if node.op == "parameter" and self.is_log(node.args[0]) else self.t.log(self.node(at))
            logs.append(log if sign > 0 else -log)
        return self.t.total(logs)

    def is_log(self, i: int) -> bool:
        """Whether a parameter's coordinate is the log of its value."""
        return self.density.parameters[i].transform == "log"

    def value(self, i: int) -> Scalar:
        """Return a parameter's natural value."""
        if i not in self.values:
            self.values[i] = self.natural(self.density.parameters[i], self.v[i])
        return self.values[i]

    def natural(self, parameter: Parameter, v: Number) -> Scalar:
        t = self.t
        if parameter.transform == "identity":
            return t.scalar(v)
        if parameter.transform in ("log", "above"):
            return t.exp(v) + (parameter.lower if parameter.transform == "above" else 0.0)
        if parameter.transform == "below":
            return parameter.upper - t.exp(v)
        return parameter.lower + (parameter.upper - parameter.lower) * t.operate("sigmoid", v)

    def working(self, i: int) -> Scalar:
        """Return the working value of a quantity."""
        parameter, t = self.density.parameters[i], self.t
        if parameter.coordinate_is_working:
            return self.v[i]
        value = self.value(i)
        if parameter.scale == "log":
            return t.log(value)
        return t.log(value) - t.log(self.rest(i)) if parameter.scale == "logit" else value

    def rest(self, i: int) -> Scalar:
        """Return (1 − share)/factor of a fraction, exact near 1."""
        parameter = self.density.parameters[i]
        return 1 / parameter.factor - parameter.upper + (parameter.upper - parameter.lower) * self.t.operate("sigmoid", -self.v[i])

    def log_jacobian(self, parameter: Parameter, v: Scalar) -> Number:
        """Return log |dθ/dv|."""
        if parameter.transform == "identity":
            return 0.0
        if parameter.transform in ("log", "above", "below"):
            return v
        softplus = (self.t.operate("softplus", side) for side in (v, -v))
        return math.log(parameter.upper - parameter.lower) - next(softplus) - next(softplus)

    def log_working_jacobian(self, i: int) -> Number:
        """Return log |dx/dv| of the step from coordinate to working value."""
        parameter, t = self.density.parameters[i], self.t
        if parameter.coordinate_is_working:
            return 0.0
        slope = self.log_jacobian(parameter, self.v[i])
        if parameter.scale == "log":
            return slope - t.log(self.value(i))
        if parameter.scale == "logit":
            return slope - t.log(self.value(i)) - t.log(self.rest(i)) - math.log(parameter.factor)
        return slope

    def centre(self, factor: Factor) -> tuple[Scalar, Number]:
        """Return y_c and the variance that is added to s_c²."""
        target, t = self.density.targets[factor.target], self.t
        shift: Number = 0.0
        if factor.delta is not None:
            shift = shift + self.v[factor.delta]
        for i, coefficient in factor.path:
            shift = shift + coefficient * self.v[i]
        for i, variance in factor.shared:
            shift = shift + t.sqrt(self.variance(variance, target)) * self.v[i]
        extra = self.variance(factor.own, target)
        return t.scalar(self.target_value(factor, target) + shift), extra

    def variance(self, variance: Variance, target: TargetDensity) -> Number:
        """Return a variance at the target's τ."""
        return variance.at(self.tau(target)) if variance.tau2 else variance.fixed

    def tau(self, target: TargetDensity) -> Scalar:
        """Return τ_t of a target that has one."""
        assert target.tau is not None
        return self.value(target.tau)

    def error_variance(self, factor: Factor, target: TargetDensity) -> Number:
        """Return the variance of all of a claim's error but what it states itself."""
        total: Number = self.density.shared_variance(factor, 0.0 if target.tau is None else self.tau(target))
        return total + self.variance(factor.own, target)

    def target_value(self, factor: Factor, target: TargetDensity) -> Scalar:
        """Return g(e_c); where e_c may not be positive, of no less than lies `_FAR` standard deviations below m."""
        if target.quantity is not None:
            return self.working(target.quantity)
        t = self.t
        if target.scale != "identity" and self.is_product(factor):
            return self.log_product(factors_of(self.density.nodes, factor.node))
        value = self.node(factor.node)
        if target.scale == "identity":
            return value
        if self.intervals[factor.node].positive:
            return t.log(value)
        # The same whether the errors are known or integrated over, so that a relaxed density is one density.
        floor = factor.spread.m - _FAR[factor.kind] * t.sqrt(factor.spread.left**2 + self.error_variance(factor, target))
        return t.log(t.operate("max", value, t.exp(floor)))

    # ------------------------------------------------------------ the density

    def total(self) -> Scalar:
        """Return the log density recorded so far."""
        return self.t.total([*self.parts, self.t.total(self.halves) * -0.5])

    def is_product(self, factor: Factor) -> bool:
        """Whether all factors of a claim's formula are positive, so that its log is the sum of theirs."""
        return all(self.intervals[at].positive for at, _ in factors_of(self.density.nodes, factor.node))

    def record_density(self) -> None:
        """Add up priors, pools and terms."""
        for i, parameter in enumerate(self.density.parameters):
            if parameter.prior is not None and i not in self.held_priors:
                self.parts.append(self.log_prior(parameter, self.v[i]))
        for i, pool in self.pools.items():
            self.parts.append(self.log_pool(pool, self.working(i)))
            if self.density.parameters[i].prior is None:
                self.parts.append(self.log_working_jacobian(i))
        for options, _ in self.options:
            self.parts.append(self._term(options))
        for hold in self.density.holds:
            self.parts.append(self.kept_inside(hold))
        for copula in self.density.copulas:
            self.log_copula(copula)

    def _term(self, options: tuple[Option, ...]) -> Scalar:
        result: Scalar | None = None
        for option in options:
            part = self.t.total([math.log(option.weight), *(self.factor(f) for f in option.factors)])
            result = part if result is None else self.t.operate("logaddexp", result, part)
        assert result is not None
        return result

    def factor(self, factor: Factor) -> Number:
        """Return a factor's log density; of one that the map holds, what it leaves."""
        if id(factor) in self.held:
            return self.wall(factor)
        if factor.kind != "two_sided" and self.lifts and self.at_wall(factor):
            self.walls, self.lifted = True, self.lifted + 1
            return 0.0
        t, spread = self.t, factor.spread
        y, extra = self.centre(factor)
        left = t.sqrt(spread.left**2 + extra)
        if factor.kind != "two_sided":
            distance = (spread.m - y) / left
            return t.operate("log_ndtr", distance if factor.kind == "at_most" else -distance) + self.wall(factor)
        if spread.symmetric:
            variance = t.scalar(spread.left**2 + extra)
            return (t.square(spread.m - y) / variance + t.log(variance)) * -0.5 - _LOG_SQRT_2PI + self.wall(factor)
        right = t.sqrt(spread.right**2 + extra)
        below, above = t.operate("min", y - spread.m, 0.0), t.operate("max", y - spread.m, 0.0)
        quadratic = (t.square(below / left) + t.square(above / right)) * -0.5
        return quadratic + math.log(2) - t.log(left + right) - _LOG_SQRT_2PI + self.wall(factor)

    def wall(self, factor: Factor) -> Number:
        """Return a downhill slope for a positive target at or below 0."""
        if not self.at_wall(factor):
            return 0.0
        self.walls = True
        return self.slope(self.node(factor.node), math.exp(factor.spread.m))

    def slope(self, above: Number, scale: float) -> Scalar:
        """Return what is taken off where ``above`` is below 0: ever less steep, so that no trajectory is thrown far out."""
        t = self.t
        return t.log(1.0 - t.operate("min", above, 0.0) / scale) * -_STEEPNESS

    def at_wall(self, factor: Factor) -> bool:
        """Whether a factor's target is positive and may come out at or below 0."""
        target = self.density.targets[factor.target]
        return target.scale == "log" and target.quantity is None and not self.intervals[factor.node].positive

    def kept_inside(self, hold: Hold) -> Number:
        """Return a downhill slope where a total is outside the support that it states."""
        where = self.intervals[hold.node]
        below, above = where.low < hold.lower, where.high > hold.upper
        if not (below or above):
            return 0.0
        self.walls = True
        if self.lifts:
            self.lifted += 1
            return 0.0
        value, scale = self.node(hold.node), hold.upper if math.isfinite(hold.upper) else 1.0
        return (self.slope(value - hold.lower, scale) if below else 0.0) + (self.slope(hold.upper - value, scale) if above else 0.0)

    def log_prior(self, parameter: Parameter, v: Scalar) -> Number:
        prior = parameter.prior
        assert prior is not None
        if parameter.on == "working":
            i = self.density.index[parameter.name]
            return self.log_normal(self.working(i), prior["mu"], prior["sigma"]) + self.log_working_jacobian(i)
        return self._log_natural(parameter, prior, v)

    def log_normal(self, x: Number, mean: Number, sd: Number) -> Number:
        t = self.t
        return t.square((x - t.scalar(mean)) / sd) * -0.5 - t.log(sd) - _LOG_SQRT_2PI

    def _log_natural(self, parameter: Parameter, prior: Prior, v: Scalar) -> Number:
        """Return log p(θ) + log |dθ/dv|, up to nothing: constants are kept."""
        t, family, p = self.t, prior.family, dict(prior.parameters)
        theta = self.natural(parameter, v)
        if not family.coordinate:
            return family.record(t, p, theta, v) + self.log_jacobian(parameter, v)
        if not parameter.is_limited:
            return family.record(t, p, theta, v)
        # It is recorded in the coordinate of its own reach: log θ, or the logit of where θ is in it.
        low, high = prior.reach
        own = t.log(theta) if family.coordinate == "log" else t.log((theta - low) / (high - theta))
        slope = own if family.coordinate == "log" else math.log(high - low) - t.operate("softplus", own) - t.operate("softplus", -own)
        return family.record(t, p, theta, own) - slope + self.log_jacobian(parameter, v)

    def log_copula(self, copula: Copula) -> None:
        """Add what correlations of normal priors add to their logs: L w = z has independent normals in place of z."""
        cholesky = np.linalg.cholesky(np.array(copula.correlation))
        w: list[Scalar] = []
        for row, i in zip(cholesky, copula.parameters, strict=True):
            prior = self.density.parameters[i].prior
            assert prior is not None
            z = (self.v[i] - prior["mu"]) / prior["sigma"]
            w.append(self.t.total([z, *(-float(entry) * other for entry, other in zip(row, w, strict=False))]) / float(row[len(w)]))
            self.parts.append(-math.log(row[len(w) - 1]))
            self.halves += [self.t.square(w[-1]), -self.t.square(z)]

    def log_pool(self, pool: Pool, x: Scalar) -> Number:
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


def _kept(pool: Pool, kept: tuple[int, ...] | None) -> Pool:
    if kept is None:
        return pool
    return Pool(pool.kind, pool.quantity, tuple(pool.claims[i] for i in kept), tuple(pool.weights[i] for i in kept),
                tuple(pool.spreads[i] for i in kept))



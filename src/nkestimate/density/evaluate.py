"""The reference evaluator: the density in plain NumPy and SciPy, nothing compiled.

Every engine is held to this one by the tests. Arrays broadcast over leading axes: a point is
``(coordinate,)``, draws are ``(chain, draw, coordinate)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.density.description import Comparison, Copula, Density, Factor, Node, Option, Parameter, Pool, TargetDensity, Term
from nkestimate.density.statements import Spread

Array = NDArray[np.float64]
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)

_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power, "neg": np.negative,
    "min": np.minimum, "max": np.maximum, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "round": lambda x: np.floor(x + 0.5),
}


def natural(parameter: Parameter, v: Array) -> Array:
    """Return the natural value of a coordinate."""
    lower, upper = parameter.lower, parameter.upper
    if parameter.transform == "identity":
        return v
    if parameter.transform == "log":
        return np.exp(v)
    if parameter.transform == "above":
        return lower + np.exp(v)
    if parameter.transform == "below":
        return upper - np.exp(v)
    return lower + (upper - lower) * special.expit(v)


def coordinate(parameter: Parameter, value: Array) -> Array:
    """Return the coordinate of a natural value (the inverse of `natural`)."""
    lower, upper = parameter.lower, parameter.upper
    if parameter.transform == "identity":
        return value
    if parameter.transform == "log":
        return np.log(value)
    if parameter.transform == "above":
        return np.log(value - lower)
    if parameter.transform == "below":
        return np.log(upper - value)
    return special.logit((value - lower) / (upper - lower))


def log_jacobian(parameter: Parameter, v: Array) -> Array:
    """Return log |dθ/dv| of the transform from coordinate to natural value."""
    if parameter.transform == "identity":
        return np.zeros_like(v)
    if parameter.transform in ("log", "above", "below"):
        return v
    return math.log(parameter.upper - parameter.lower) - np.logaddexp(0, v) - np.logaddexp(0, -v)


def log_working_jacobian(parameter: Parameter, v: Array) -> Array:
    """Return log |dx/dv| of the step from coordinate to working value, for what has a density in x."""
    if parameter.coordinate_is_working:
        return np.zeros_like(v)
    slope = log_jacobian(parameter, v)
    if parameter.scale == "log":
        return slope - np.log(natural(parameter, v))
    if parameter.scale == "logit":  # dx/dθ = factor/(share (1 − share))
        return slope - np.log(natural(parameter, v)) - np.log(_rest(parameter, v)) - math.log(parameter.factor)
    return slope


def _rest(parameter: Parameter, v: Array) -> Array:
    """Return (1 − share)/factor from the other end, so that nothing is lost where the share is near 1."""
    width = parameter.upper - parameter.lower
    return 1 / parameter.factor - parameter.upper + width * special.expit(-v)


def working(parameter: Parameter, v: Array) -> Array:
    """Return the working value x = g(θ) of a quantity's coordinate."""
    if parameter.coordinate_is_working:
        return v
    if parameter.scale == "logit":
        return np.log(natural(parameter, v)) - np.log(_rest(parameter, v))
    return np.log(natural(parameter, v)) if parameter.scale == "log" else natural(parameter, v)


def evaluate_nodes(nodes: tuple[Node, ...], values: Array) -> list[Array]:
    """Run the expression graph forward.

    Parameters
    ----------
    nodes : tuple of Node
    values : array, shape (…, coordinate)
        Natural values of the parameters.

    Returns
    -------
    list of array, each of shape (…) or ()
        Node values in root units.
    """
    out: list[Array] = []
    with np.errstate(all="ignore"):  # a value outside a function's domain is nan, and has density 0
        for node in nodes:
            if node.op == "const":
                out.append(np.float64(node.value))  # type: ignore[arg-type]
            elif node.op == "parameter":
                out.append(values[..., node.args[0]])
            else:
                out.append(_OPERATIONS[node.op](*(out[a] for a in node.args)))
    return out


class Evaluator:
    """Evaluates one density.

    Parameters
    ----------
    density : Density
    """

    def __init__(self, density: Density):
        self.density = density

    # ------------------------------------------------------------ forward

    def natural(self, v: Array) -> Array:
        """Return natural values, shape (…, coordinate)."""
        v = np.asarray(v, float)
        return np.stack([natural(p, v[..., i]) for i, p in enumerate(self.density.parameters)], axis=-1)

    def totals(self, v: Array) -> dict[str, Array]:
        """Return quantities and derived at the horizon in their units, each of shape (…)."""
        return self.totals_of(self.natural(v))

    def totals_of(self, values: Array) -> dict[str, Array]:
        """Return `totals` for natural values."""
        nodes = evaluate_nodes(self.density.nodes, values)
        shape = values.shape[:-1]
        return {t.name: np.broadcast_to((nodes[t.node] - t.offset) / t.factor, shape) for t in self.density.totals}

    def answers(self, v: Array) -> dict[str, Array]:
        """Return whether each question's comparison is true (1) or not (0), nan where a side has no value; each of shape (…)."""
        nodes = evaluate_nodes(self.density.nodes, self.natural(v))
        shape = np.shape(v)[:-1]
        return {q.name: np.broadcast_to(_compare(q, nodes), shape) for q in self.density.questions}

    # ------------------------------------------------------------ density

    def log_density(self, v: Array) -> Array:
        """Return the log density at v, up to a constant that no parameter moves; shape (…)."""
        v = np.asarray(v, float)
        total = sum(self.log_prior(v).values(), np.zeros(v.shape[:-1]))
        for pool in self.density.pools:
            total = total + self.log_pool(pool, v)
        for joint in (*self.log_holds(v).values(), *self.log_copulas(v).values()):
            total = total + joint
        return total + sum(self.log_likelihood(v).values(), np.zeros(v.shape[:-1]))

    def log_prior(self, v: Array) -> dict[str, Array]:
        """Return each parameter's log prior density in its coordinate, pools apart."""
        v = np.asarray(v, float)
        return {p.name: _log_prior(p, v[..., i]) for i, p in enumerate(self.density.parameters) if p.prior is not None}

    def log_pool(self, pool: Pool, v: Array) -> Array:
        """Return a pool's log density in the coordinate of its quantity; beside a prior it is a factor of the working value."""
        return _log_pooled(self.density.parameters[pool.quantity], pool, v[..., pool.quantity])

    def log_holds(self, v: Array) -> dict[str, Array]:
        """Return 0 where a total is in the support that it states, else -inf; shape (…)."""
        v = np.asarray(v, float)
        nodes = evaluate_nodes(self.density.nodes, self.natural(v)) if self.density.holds else []
        found: dict[str, Array] = {}
        for hold in self.density.holds:
            value = np.broadcast_to(nodes[hold.node], v.shape[:-1])
            inside = np.where((value >= hold.lower) & (value <= hold.upper), 0.0, -np.inf)
            found[hold.name] = found.get(hold.name, 0.0) + inside
        return found

    def log_copulas(self, v: Array) -> dict[str, Array]:
        """Return what correlations add to the log of the priors, shape (…)."""
        v = np.asarray(v, float)
        found = {}
        for copula in self.density.copulas:
            z = np.stack([(v[..., i] - mu) / sigma for i, (mu, sigma) in self._normals(copula)], axis=-1)
            cholesky = np.linalg.cholesky(np.array(copula.correlation))
            w = np.linalg.solve(cholesky, z[..., None])[..., 0]
            found[copula.name] = -np.log(np.diag(cholesky)).sum() - 0.5 * (np.sum(w**2, axis=-1) - np.sum(z**2, axis=-1))
        return found

    def _normals(self, copula: Copula) -> list[tuple[int, tuple[float, float]]]:
        """Return the parameters that a copula joins, with mean and standard deviation of their priors in their coordinates."""
        priors = [(i, self.density.parameters[i].prior) for i in copula.parameters]
        return [(i, (prior["mu"], prior["sigma"])) for i, prior in priors if prior is not None]

    def log_likelihood(self, v: Array) -> dict[str, Array]:
        """Return the log-likelihood of each term, shape (…); -inf where a positive target is not."""
        v = np.asarray(v, float)
        nodes = evaluate_nodes(self.density.nodes, self.natural(v))
        return {term.name: special.logsumexp(self._options(term, v, nodes), axis=0) for term in self.density.terms}

    def log_options(self, v: Array) -> dict[str, Array]:
        """Return log π_k f_k of each term with readings, shape (reading, …)."""
        v = np.asarray(v, float)
        nodes = evaluate_nodes(self.density.nodes, self.natural(v))
        return {term.name: self._options(term, v, nodes) for term in self.density.mixtures}

    def _options(self, term: Term, v: Array, nodes: list[Array]) -> Array:
        return np.stack([self._option(option, v, nodes) for option in term.options])

    def _option(self, option: Option, v: Array, nodes: list[Array]) -> Array:
        total = np.full(v.shape[:-1], math.log(option.weight))
        for factor in option.factors:
            total = total + self._factor(factor, v, nodes)
        return total

    def _factor(self, factor: Factor, v: Array, nodes: list[Array]) -> Array:
        y, extra = self.centre(factor, v, nodes)
        with np.errstate(all="ignore"):
            value = log_statement(factor, y, extra)
        return np.where(np.isnan(value), -np.inf, value)

    def centre(self, factor: Factor, v: Array, nodes: list[Array]) -> tuple[Array, Array]:
        """Return y_c and the variance that is added to s_c², each of shape (…)."""
        target = self.density.targets[factor.target]
        if target.quantity is not None:
            y = working(self.density.parameters[target.quantity], v[..., target.quantity])
        else:
            with np.errstate(all="ignore"):
                value = nodes[factor.node]
                # A positive target at or below 0 is nan here, and has density 0 whatever is said of it.
                y = np.log(np.where(value > 0, value, np.nan)) if target.scale == "log" else value + 0.0
        tau = self.tau(target, v)
        for i, coefficient in factor.loadings(tau).items():
            y = y + coefficient * v[..., i]
        extra = np.asarray(factor.own.at(tau))
        return np.broadcast_to(y, v.shape[:-1]), np.broadcast_to(extra, v.shape[:-1])

    def tau(self, target: TargetDensity, v: Array) -> Any:
        """Return τ_t, of shape (…); 0 where it does not act."""
        return 0.0 if target.tau is None else natural(self.density.parameters[target.tau], v[..., target.tau])

    # ------------------------------------------------------------ prior draws

    def prior_draws(self, size: int, rng: np.random.Generator) -> Array:
        """Draw coordinates from the prior (a pool is its quantity's prior), shape (draw, coordinate)."""
        columns = [self.prior_of(i, size, rng) for i in range(self.density.size)]
        for copula in self.density.copulas:
            noise = rng.standard_normal((size, len(copula.parameters))) @ np.linalg.cholesky(np.array(copula.correlation)).T
            for (i, (mu, sigma)), z in zip(self._normals(copula), noise.T, strict=True):
                columns[i] = mu + sigma * z
        return np.stack(columns, axis=-1)

    def prior_of(self, i: int, size: int, rng: np.random.Generator) -> Array:
        """Draw one coordinate from its own prior (a pool is its quantity's prior), no correlation heard; shape (draw,)."""
        parameter = self.density.parameters[i]
        pool = next((pool for pool in self.density.pools if pool.quantity == i), None)
        if pool is None and not parameter.is_limited:
            assert parameter.prior is not None
            drawn = parameter.prior.quantile(rng.uniform(size=size))
            return drawn if parameter.on == "working" else coordinate(parameter, drawn)
        if pool is not None and pool.kind == "linear" and parameter.prior is None and parameter.coordinate_is_working:
            return _from_mixture(pool, size, rng)
        return _from_grid(parameter, pool, size, rng)


def stated_error(spread: Spread, extra: Array, noise: Array) -> Array:
    """Turn standard normal noise into the error of a statement, as `log_statement` has it.

    It falls short of the truth (m < y) with sd_right, as the truth then lies on the right side of m, and exceeds it with
    sd_left; the continuous density puts sd_right/(sd_left + sd_right) of the mass below the truth.
    """
    left, right = np.sqrt(spread.left**2 + extra), np.sqrt(spread.right**2 + extra)
    if spread.symmetric:
        return left * noise
    p, both = special.ndtr(noise), (left + right) / 2
    below = p * 2 * both < right
    short = right * special.ndtri(np.where(below, p * both / right, 0.5))
    over = -left * special.ndtri(np.where(below, 0.5, (1 - p) * both / left))
    return np.where(below, short, over)


def log_statement(factor: Factor, y: Array, extra: Array) -> Array:
    """Return the log density (or bound probability) of what a factor states, given y_c and the added variance."""
    spread = factor.spread
    left = np.sqrt(spread.left**2 + extra)
    if factor.kind != "two_sided":
        distance = (spread.m - y) / left
        return special.log_ndtr(distance if factor.kind == "at_most" else -distance)
    right = left if spread.symmetric else np.sqrt(spread.right**2 + extra)
    side = np.where(y > spread.m, right, left)
    return -0.5 * ((spread.m - y) / side) ** 2 + math.log(2) - np.log(left + right) - _HALF_LOG_2PI


def log_pool(pool: Pool, x: Array) -> Array:
    """Return a pool's log density at the working value x (the log pool up to its constant)."""
    parts = []
    for weight, spread in zip(pool.weights, pool.spreads, strict=True):
        side = np.where(x > spread.m, spread.right, spread.left)
        log_normal = -0.5 * ((x - spread.m) / side) ** 2 - _HALF_LOG_2PI
        if pool.kind == "linear":
            parts.append(math.log(weight) + log_normal - np.log(side))
        else:
            parts.append(weight * (log_normal + math.log(2 / (spread.left + spread.right))))
    return special.logsumexp(np.stack(parts), axis=0) if pool.kind == "linear" else np.sum(parts, axis=0)


def _log_prior(parameter: Parameter, v: Array) -> Array:
    assert parameter.prior is not None
    if parameter.on == "working":
        return parameter.prior.log_density(working(parameter, v)) + log_working_jacobian(parameter, v)
    if parameter.prior.family.coordinate == "logit" and not parameter.is_limited:
        return parameter.prior.family.log_logit(dict(parameter.prior.parameters), v)
    with np.errstate(all="ignore"):
        return parameter.prior.log_density(natural(parameter, v)) + log_jacobian(parameter, v)


def _compare(question: Comparison, nodes: list[Array]) -> Array:
    left, right = nodes[question.left], nodes[question.right]
    if question.rounded:  # what is a whole number of one unit need not be one of another to the last digit
        right = np.where(np.isclose(left, right, rtol=1e-9, atol=0.0), left, right)
    operation = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[question.op]
    # Infinities of one sign differ by nothing that is known.
    known = ~(np.isnan(left) | np.isnan(right) | (np.isinf(left) & (left == right)))
    return np.where(known, operation(left, right), np.nan)


def _from_mixture(pool: Pool, size: int, rng: np.random.Generator) -> Array:
    chosen = rng.choice(len(pool.weights), size=size, p=pool.weights)
    noise = rng.standard_normal(size)
    m, left, right = (np.array([getattr(s, key) for s in pool.spreads])[chosen] for key in ("m", "left", "right"))
    return m + np.where(noise < 0, left, right) * noise


def _from_grid(parameter: Parameter, pool: Pool | None, size: int, rng: np.random.Generator) -> Array:
    """Draw from prior × pool of one quantity by inverting its distribution function on a fine grid."""
    v, density = grid_density(parameter, pool)
    cumulative = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(v))])
    return np.interp(rng.uniform(size=size), cumulative / cumulative[-1], v)


def grid_density(parameter: Parameter, pool: Pool | None) -> tuple[Array, Array]:
    """Return a grid of coordinates and the density of prior × pool on it, not normalised.

    The grid is refined until no cell holds more than 1/2000 of the probability, however sharp a component is.
    """
    def log_density(v: Array) -> Array:
        logs = np.zeros_like(v) if pool is None else _log_pooled(parameter, pool, v)
        return logs if parameter.prior is None else logs + _log_prior(parameter, v)

    v = _first_grid(parameter, pool)
    with np.errstate(all="ignore"):
        logs = log_density(v)
        for _ in range(100):
            density = np.exp(logs - np.nanmax(logs))
            mass = (density[1:] + density[:-1]) / 2 * np.diff(v)
            middle = (v[1:] + v[:-1]) / 2
            split = (mass > np.nansum(mass) / 2000) & (middle > v[:-1]) & (middle < v[1:])
            if not split.any():
                break
            order = np.argsort(joined := np.concatenate([v, middle[split]]), kind="stable")
            v, logs = joined[order], np.concatenate([logs, log_density(middle[split])])[order]
        return v, np.nan_to_num(np.exp(logs - np.nanmax(logs)))


def _log_pooled(parameter: Parameter, pool: Pool, v: Array) -> Array:
    logs = log_pool(pool, working(parameter, v))
    return logs if parameter.prior is not None else logs + log_working_jacobian(parameter, v)


def _first_grid(parameter: Parameter, pool: Pool | None) -> Array:
    """Return coordinates around each component, or over the prior, and between them."""
    if pool is None:
        return _prior_grid(parameter)
    steps = np.linspace(-12.0, 12.0, 385)
    x = [s.m + np.where(steps < 0, s.left, s.right) * steps for s in pool.spreads]
    x.append(np.linspace(min(each[0] for each in x), max(each[-1] for each in x), 1001))
    working_values = np.concatenate(x)
    if parameter.coordinate_is_working:
        return np.unique(working_values)
    with np.errstate(all="ignore"):
        v = coordinate(parameter, from_working(parameter, working_values))
    return np.unique(np.concatenate([v[np.isfinite(v)], np.linspace(-40.0, 40.0, 1001)]))


def _prior_grid(parameter: Parameter) -> Array:
    """Return coordinates over a prior that limits cut: its own quantiles, and the way to both ends."""
    assert parameter.prior is not None
    tail = 10.0 ** np.arange(-15, -2)
    drawn = parameter.prior.quantile(np.concatenate([tail, np.linspace(0.01, 0.99, 99), 1 - tail]))
    with np.errstate(all="ignore"):
        v = coordinate(parameter, from_working(parameter, drawn) if parameter.on == "working" else drawn)
    v = v[np.isfinite(v)]
    ends = np.linspace(-40.0, 40.0, 1001) + (v.max() if v.size and parameter.transform in ("above", "below") else 0.0)
    return np.unique(np.concatenate([v, ends]))


def from_working(parameter: Parameter, x: Array) -> Array:
    """Return the natural value of a quantity's working value: the inverse of g."""
    if parameter.scale == "log":
        return np.exp(x)
    return special.expit(x) / parameter.factor if parameter.scale == "logit" else x

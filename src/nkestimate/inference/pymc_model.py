"""The density as a PyMC model that a reader can inspect and extend."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from nkestimate.case.distributions import Prior
from nkestimate.case.model import Case
from nkestimate.density import Density, compile_case
from nkestimate.density.description import Copula, Factor, Parameter, Pool, Term
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.restate import moves
from nkestimate.inference.choices import pool_name

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b, "**": lambda a, b: a**b,
    "neg": lambda a: -a, "min": pt.minimum, "max": pt.maximum, "exp": pt.exp, "log": pt.log, "sqrt": pt.sqrt,
    "round": lambda a: pt.floor(a + 0.5),
}


def to_pymc(case: Case | Density) -> pm.Model:
    """Turn a case into a PyMC model with named variables and a log-likelihood term for each claim.

    Quantities without a prior of their own appear twice: ``log length`` (or ``logit …``), the working value that is
    sampled, and ``length`` in its unit. Readings and linear pools are mixtures here: sampling this model directly may
    miss modes, which `nkestimate.fit` does not.

    What a predictive draw of a claim is, on its working scale: of a statement with two ends that stands alone, what would be
    stated; of another, by how much that would differ from what is stated (of a bound: by how much it would have to give way
    to hold, 0 where it holds). Correlations and the supports of derived are potentials, which PyMC's prior draws leave out:
    the ``prior`` of a fit's ``tree`` has the correlations.

    Parameters
    ----------
    case : Case or Density

    Returns
    -------
    pymc.Model
        With coords ``claim`` (terms) and ``total``; totals are deterministic, in their units.

    References
    ----------
    CASE.md, section 4.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> model = to_pymc(load_case(STARTER))
    >>> [variable.name for variable in model.deterministics if variable.name in ("revenue", "local_revenue")]
    ['revenue', 'local_revenue']
    """
    density = case if isinstance(case, Density) else compile_case(case)
    return _Builder(density).build()


class _Builder:
    def __init__(self, density: Density):
        self.density = density
        self.v: list[Any] = [None] * density.size  # coordinates, as random variables see them
        self.values: list[Any] = [None] * density.size  # natural values

    def build(self) -> pm.Model:
        density = self.density
        coords = {"claim": [t.name for t in density.terms], "total": [t.name for t in density.totals]}
        with pm.Model(coords=coords) as model:
            weights = {}
            for name, options in log_weights(density).items():
                weights[name] = pm.Data(f"log_weight[{name}]", options)
            pools = {pool.quantity: pool for pool in density.pools}
            for i, parameter in enumerate(density.parameters):
                pool = pools.get(i)
                self.parameter(i, parameter, pool, weights.get(pool_name(density, pool)) if pool else None)
            nodes = self.nodes()
            for k, hold in enumerate(density.holds):
                inside = pt.and_(pt.ge(nodes[hold.node], hold.lower), pt.le(nodes[hold.node], hold.upper))
                pm.Potential(f"support[{hold.name}]" + ("" if not k else f" {k + 1}"), pt.switch(inside, 0.0, -np.inf))
            for copula in density.copulas:
                pm.Potential(f"correlation[{copula.name}]", self.log_copula(copula))
            for term in density.terms:
                self.term(term, nodes, weights.get(term.name))
            quantities = {p.name for p in density.parameters if p.role == "quantity"}
            for total in density.totals:
                if total.name not in quantities:
                    pm.Deterministic(total.name, pt.as_tensor_variable((nodes[total.node] - total.offset) / total.factor))
        return model

    def parameter(self, i: int, parameter: Parameter, pool: Pool | None, log_weights: Any) -> None:
        name, sampled = model_name(parameter.name), sampled_name(parameter)
        prior = parameter.prior
        if pool is None and prior is not None and sampled == name:
            self.values[i] = _random_variable(name, prior)
            return
        plain = pool is None and prior is not None and parameter.on == "working" and parameter.coordinate_is_working
        self.v[i] = _random_variable(sampled, prior) if plain and prior else self.own_prior(i, sampled, pool, log_weights)
        value = _natural(parameter, self.v[i])
        self.values[i] = value if sampled == name else pm.Deterministic(name, value)

    def own_prior(self, i: int, sampled: str, pool: Pool | None, log_weights: Any) -> Any:
        """Return the variable of a coordinate whose prior is a pool, or one that limits cut (up to the mass that is left)."""
        parameter, evaluator = self.density.parameters[i], Evaluator(self.density)

        def logp(v: Any, weights: Any) -> Any:
            value, log = _natural(parameter, v), pt.zeros_like(v)
            if not parameter.coordinate_is_working:
                log = log + _log_slope(parameter, v, value, working=parameter.prior is None or parameter.on == "working")
            x = _working(parameter, v, value)
            if parameter.prior is not None:
                log = log + pm.logp(_distribution(parameter.prior), x if parameter.on == "working" else value)
            return log if pool is None else log + _log_pool(pool, x, weights)

        def random(_: Any, rng: np.random.Generator | None = None, size: Any = None) -> Any:
            shape = tuple(size) if size is not None else ()
            return evaluator.prior_of(i, math.prod(shape), rng or np.random.default_rng()).reshape(shape)

        weights = log_weights if log_weights is not None else pt.zeros((1,))
        return pm.CustomDist(sampled, weights, logp=logp, random=random, signature="(k)->()",
                             default_transform=None, support_point=lambda rv, *_: pt.zeros(()))

    def nodes(self) -> list[Any]:
        """Return the expression graph's values in root units; constants are NumPy's (a Python number has its log in single precision)."""
        out: list[Any] = []
        for node in self.density.nodes:
            if node.op == "const":
                out.append(np.float64(node.value))
            elif node.op == "parameter":
                out.append(self.values[node.args[0]])
            else:
                out.append(_OPERATIONS[node.op](*(out[a] for a in node.args)))
        return out

    def working(self, i: int) -> Any:
        """Return the working value of a quantity."""
        return _working(self.density.parameters[i], self.v[i], self.values[i])

    def log_copula(self, copula: Copula) -> Any:
        """Return what correlations of normal priors add to their logs."""
        R, priors = np.array(copula.correlation), [self.density.parameters[i].prior for i in copula.parameters]
        z = pt.stack([(self.working(i) - np.float64(p["mu"])) / np.float64(p["sigma"])
                      for i, p in zip(copula.parameters, priors, strict=True) if p is not None])
        return -0.5 * np.linalg.slogdet(R)[1] - 0.5 * pt.dot(z, pt.dot(np.linalg.inv(R) - np.eye(len(R)), z))

    def term(self, term: Term, nodes: list[Any], log_weights: Any) -> None:
        centres = [[self.centre(factor, nodes) for factor in option.factors] for option in term.options]
        only = term.options[0].factors[0]
        if not term.is_mixture and len(term.claims) == 1 and only.kind == "two_sided" and only.spread.symmetric:
            y, extra = centres[0][0]
            pm.Normal(term.name, mu=y, sigma=pt.sqrt(np.float64(only.spread.s**2) + extra), observed=only.spread.m)
            return
        # Every other term: parameters y and the added variance of each factor, the log density in a closure.
        flat = [pair for row in centres for pair in row]
        y = pt.stack([pt.as_tensor_variable(pair[0]) for pair in flat])
        extra = pt.stack([pt.as_tensor_variable(pair[1]) for pair in flat])
        weights = log_weights if log_weights is not None else pt.zeros((1,))

        at, whole = {claim: c for c, claim in enumerate(term.claims)}, len(term.claims) == 1

        def logp(value: Any, y: Any, extra: Any, weights: Any) -> Any:
            parts, position = [], 0
            for i, option in enumerate(term.options):
                part = weights[i]
                for factor in option.factors:
                    part = part + _log_statement(factor, y[position] - (value if whole else value[at[factor.claim]]), extra[position])
                    position += 1
                parts.append(part)
            return parts[0] if len(parts) == 1 else pt.logsumexp(pt.stack(parts))

        def random(y: Any, extra: Any, weights: Any, rng: np.random.Generator | None = None, size: Any = None) -> Any:
            shape = tuple(size) if size is not None else np.shape(y)[:-1]
            y, extra, weights = (np.broadcast_to(a, (*shape, np.shape(a)[-1])) for a in (y, extra, weights))
            drawn, _ = moves(term, y, extra, weights, rng or np.random.default_rng())
            return drawn[..., 0] if whole else drawn

        # What is observed is that the claims state what they state: a difference of 0 from the numbers in the closure.
        pm.CustomDist(term.name, y, extra, weights, logp=logp, random=random, observed=0.0 if whole else np.zeros(len(at)),
                      signature="(n),(n),(k)->()" if whole else f"(n),(n),(k)->({len(at)})")

    def centre(self, factor: Factor, nodes: list[Any]) -> tuple[Any, Any]:
        """Return y_c and the variance added to s_c²."""
        density = self.density
        target = density.targets[factor.target]
        if target.quantity is not None:
            y = self.working(target.quantity)
        else:
            y = pt.log(nodes[factor.node]) if target.scale == "log" else nodes[factor.node]
        if factor.delta is not None:
            y = y + self.values[factor.delta]
        for i, coefficient in factor.path:  # the error that sources share
            y = y + np.float64(coefficient) * self.values[i]
        tau = 0.0 if target.tau is None else self.values[target.tau]
        for i, variance in factor.shared:  # what the source's claims share besides
            # NumPy's zero: a variance that no τ is in is a Python number, which PyTensor would take in single precision
            y = y + pt.sqrt(np.float64(0) + variance.at(tau)) * self.values[i]
        extra = np.float64(0) + factor.own.at(tau)
        return y, extra


def _random_variable(name: str, prior: Prior) -> Any:
    wanted = prior.family.pymc_transform
    transform = {"default_transform": getattr(pm.distributions.transforms, wanted)} if wanted else {}
    return getattr(pm, prior.name)(name, **_parameters(prior), **transform)


def _distribution(prior: Prior) -> Any:
    return getattr(pm, prior.name).dist(**_parameters(prior))


def _parameters(prior: Prior) -> dict[str, Any]:
    # NumPy's numbers: PyTensor would take a Python 10.0 as float32, and its logarithm with it
    return {key: None if math.isinf(value) else np.float64(value) for key, value in prior.parameters}


def _log_statement(factor: Factor, y: Any, extra: Any) -> Any:
    spread = factor.spread
    left = pt.sqrt(spread.left**2 + extra)
    if factor.kind != "two_sided":
        distance = (spread.m - y) / left
        return _log_ndtr(distance if factor.kind == "at_most" else -distance)
    right = left if spread.symmetric else pt.sqrt(spread.right**2 + extra)
    side = pt.switch(pt.gt(y, spread.m), right, left)
    return -0.5 * ((spread.m - y) / side) ** 2 + math.log(2) - pt.log(left + right) - _HALF_LOG_2PI


def _log_ndtr(x: Any) -> Any:
    # log Φ(x), by erfcx where Φ itself would underflow.
    return pt.switch(pt.lt(x, -1.0), pt.log(pt.erfcx(-x / math.sqrt(2)) / 2) - x**2 / 2, pt.log1p(-pt.erfc(x / math.sqrt(2)) / 2))


def _log_pool(pool: Pool, x: Any, log_weights: Any) -> Any:
    parts = []
    for i, (weight, spread) in enumerate(zip(pool.weights, pool.spreads, strict=True)):
        right, left = np.float64(spread.right), np.float64(spread.left)
        side = left if spread.symmetric else pt.switch(pt.gt(x, spread.m), right, left)
        log_normal = -0.5 * ((x - spread.m) / side) ** 2 - _HALF_LOG_2PI
        if pool.kind == "linear":
            parts.append(log_weights[i] + log_normal - pt.log(pt.as_tensor_variable(side)))
        else:
            parts.append(weight * (log_normal + math.log(2 / (spread.left + spread.right))))
    return pt.logsumexp(pt.stack(parts)) if pool.kind == "linear" else sum(parts)


def log_weights(density: Density) -> dict[str, NDArray[np.float64]]:
    """Return the log weights of readings of mixture terms and of components of linear pools, by the choice's name."""
    terms = {term.name: [option.weight for option in term.options] for term in density.mixtures}
    pools = {pool_name(density, pool): list(pool.weights) for pool in density.pools if pool.kind == "linear"}
    return {name: np.log(weights) for name, weights in {**terms, **pools}.items()}


def sampled_name(parameter: Parameter) -> str:
    """Return the name of the variable that PyMC samples for a parameter."""
    natural = parameter.on == "natural" and parameter.prior is not None and not parameter.is_limited
    name = model_name(parameter.name)
    return name if natural or (parameter.transform == "identity" and not parameter.is_limited) else f"{parameter.transform} {name}"


def model_name(name: str) -> str:
    """Return a name as PyMC takes it: a target such as ``a / b`` has a slash, which PyMC forbids."""
    return name.replace("/", "÷")


def _working(parameter: Parameter, v: Any, value: Any) -> Any:
    if v is not None and parameter.coordinate_is_working:
        return v
    if parameter.scale == "log":
        return pt.log(value)
    if parameter.scale == "logit":
        share = value * parameter.factor
        return pt.log(share) - pt.log1p(-share)
    return value


def _natural(parameter: Parameter, v: Any) -> Any:
    if parameter.transform == "identity":
        return v
    if parameter.transform in ("log", "above"):
        return pt.exp(v) + (parameter.lower if parameter.transform == "above" else 0.0)
    if parameter.transform == "below":
        return parameter.upper - pt.exp(v)
    return parameter.lower + (parameter.upper - parameter.lower) * pt.sigmoid(v)


def _log_slope(parameter: Parameter, v: Any, value: Any, *, working: bool) -> Any:
    """Return log |dθ/dv|, or log |dx/dv| of the working value."""
    log = v if parameter.transform in ("log", "above", "below") else np.float64(0)
    if parameter.transform in ("logit", "interval"):
        log = math.log(parameter.upper - parameter.lower) - pt.softplus(v) - pt.softplus(-v)
    if working and parameter.scale == "log":
        log = log - pt.log(value)
    if working and parameter.scale == "logit":
        log = log - pt.log(value) - pt.log1p(-value * parameter.factor)
    return log

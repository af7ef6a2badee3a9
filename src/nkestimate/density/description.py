"""The density of a case as data: parameters, an expression graph and terms.

All numbers of a case's density are in these records; which formula they go into is said of each, and written out in
`evaluate`. Engines (`evaluate` in NumPy, those of `nkestimate.inference`) run them; they know neither YAML nor cases.

A point of the density is a vector v, one *coordinate* a parameter, each on the whole real line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from nkestimate.case.distributions import Prior
from nkestimate.density.statements import Spread


@dataclass(frozen=True)
class Parameter:
    """One unknown of the density.

    Attributes
    ----------
    name : str
        ``length``, ``tau[length]``, ``eta[length]``, ``delta[source]`` or ``epsilon[source, target]``; where there are
        several increments, ``eta[length, 2]`` and ``epsilon[source, target, 2]``.
    role : str
        ``quantity``, ``tau``, ``eta`` (the path's increments), ``delta`` (bias) or ``epsilon`` (own errors that are shared).
    prior : Prior or None
        None for a quantity whose pool is its prior.
    on : str
        What ``prior`` is a density of: ``natural`` (the value in its unit) or ``working`` (the coordinate itself).
    transform : str
        From coordinate v to natural value: ``identity`` v, ``log`` exp(v), ``logit`` or ``interval``
        lower + (upper − lower)/(1 + exp(−v)), ``above`` lower + exp(v), ``below`` upper − exp(v).
    lower, upper : float
        Ends of the interval.
    scale : str
        Working scale of a quantity; ``identity`` for the others.
    factor, offset : float
        root value = factor · natural value + offset.
    of : tuple of str
        What it is of, but for a quantity: a target; of a bias the source and, where it differs by target, that; of own errors the
        source's root and the target.
    part : int
        Which of several increments it is, from 1.
    """

    name: str
    role: str
    prior: Prior | None
    on: str = "natural"
    transform: str = "identity"
    lower: float = 0.0
    upper: float = 1.0
    scale: str = "identity"
    factor: float = 1.0
    offset: float = 0.0
    of: tuple[str, ...] = ()
    part: int = 1

    @property
    def coordinate_is_working(self) -> bool:
        """Whether the coordinate is the working value itself."""
        if self.scale == "logit":
            whole = self.lower == 0.0 and math.isclose(self.upper * self.factor, 1.0, rel_tol=1e-12)
            return whole and self.transform in ("logit", "interval")
        return self.transform == self.scale

    @property
    def reach(self) -> tuple[float, float]:
        """Where its natural value can be."""
        ends = {"identity": (-math.inf, math.inf), "log": (0.0, math.inf), "above": (self.lower, math.inf),
                "below": (-math.inf, self.upper)}
        return ends.get(self.transform, (self.lower, self.upper))

    @property
    def is_limited(self) -> bool:
        """Whether limits cut its prior, so that the prior's own quantiles and mass are not the parameter's."""
        if self.prior is None:
            return False
        return self.reach != self.prior.reach if self.on == "natural" else not self.coordinate_is_working


@dataclass(frozen=True)
class Node:
    """A node of the expression graph: ``const`` (value), ``parameter`` (index) or an operation on earlier nodes.

    ``round`` is to whole numbers, half up.
    """

    op: str
    args: tuple[int, ...] = ()
    value: float = 0.0


@dataclass(frozen=True)
class Variance:
    """A variance that depends on the target's τ: ``tau2`` · τ² + ``fixed``."""

    tau2: float
    fixed: float

    def at(self, tau: Any) -> Any:
        """Return the variance at τ: of an engine's own numbers, be they arrays, tensors or recorded scalars."""
        return self.tau2 * tau**2 + self.fixed if self.tau2 else self.fixed

    @property
    def acts(self) -> bool:
        """Whether it can be other than 0."""
        return self.tau2 > 0 or self.fixed > 0


@dataclass(frozen=True)
class ScaleOrigin:
    """Where a target's S² comes from: what sources said, and the default S_0.

    Attributes
    ----------
    stated : float
        V (1 + 1/n), from the variance of the linear pool of what sources state.
    default : float
        S_0²/(n + 1).
    sources : float
        n, how many sources the claims are worth by their weights.
    """

    stated: float
    default: float
    sources: float

    @property
    def S(self) -> float:
        return math.sqrt(self.stated + self.default)


@dataclass(frozen=True)
class TargetDensity:
    """What the claims on one target share.

    Attributes
    ----------
    S : float
        The scale S_t of section 4.
    sigma : float
        σ_t, the size of the error that its sources share: common error times S.
    tau : int or None
        Index of its parameter; None where it does not act.
    levels : tuple of float
        The distinct K of its sources above 0, ascending: where the path H is looked at.
    path : tuple of int
        Parameters: the path's increment up to each level, standardised. Empty where σ is 0.
    scale : str
        Working scale.
    quantity : int or None
        Index of the parameter, where the target is a quantity.
    origin : ScaleOrigin
        Where S comes from.
    """

    key: str
    kind: str
    scale: str
    unit: str
    S: float
    sigma: float
    tau: int | None
    levels: tuple[float, ...]
    path: tuple[int, ...]
    quantity: int | None
    origin: ScaleOrigin


@dataclass(frozen=True)
class Factor:
    """What one claim, in one reading, says: Normal(m; y, sd²), two-piece, or a bound.

    With v the coordinates, y = g(e) + v[delta] + Σ coefficient · v[path] + Σ √variance · v[shared], and
    sd² = s² + ``own``.

    Attributes
    ----------
    kind : str
        ``two_sided``, ``at_most`` or ``at_least``.
    spread : Spread
        m and s on the target's working scale.
    node : int
        Node of e_c in the target's unit (for a logit target, its root value).
    kappa : float
        (1 − w)/w.
    delta : int or None
        Parameter of the source's bias.
    path : tuple of (int, float)
        The error that sources share, σ_t H_t(K): increments of the path, each with its coefficient.
    shared : tuple of (int, Variance)
        What of the source's own error O other claims of the source share: standardised increments and their variances.
    own : Variance
        What of O nothing shares.
    """

    claim: str
    target: str
    kind: str
    spread: Spread
    node: int
    kappa: float
    delta: int | None
    path: tuple[tuple[int, float], ...]
    shared: tuple[tuple[int, Variance], ...]
    own: Variance

    @property
    def alone(self) -> Factor:
        """The same statement without any error but its own: what it says of g(e) where nothing is shared."""
        return replace(self, delta=None, path=(), shared=(), own=NO_VARIANCE)

    def loadings(self, tau: Any) -> dict[int, Any]:
        """Return the coefficient in y of each error that it has in common with others, at τ, by parameter."""
        own = {i: variance.at(tau) ** 0.5 for i, variance in self.shared}
        return {**({} if self.delta is None else {self.delta: 1.0}), **dict(self.path), **own}


NO_VARIANCE = Variance(0.0, 0.0)


@dataclass(frozen=True)
class Hold:
    """A support that a derived total states: outside [lower, upper], in root units, the density is 0."""

    name: str
    node: int
    lower: float
    upper: float


@dataclass(frozen=True)
class Copula:
    """What joins parameters whose priors are each normal in their coordinate: the correlations of these normals.

    With z the standardised coordinates and R the correlations it adds −½ log |R| − ½ z′(R⁻¹ − I) z to the log density.

    Attributes
    ----------
    correlation : tuple of tuple of float
        R, positive definite, in the order of ``parameters``.
    """

    name: str
    parameters: tuple[int, ...]
    correlation: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Option:
    """One reading of a term: its prior probability and the factors that multiply."""

    weight: float
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class Term:
    """A log-likelihood term: one claim, or a reading group (Σ_k π_k Π_c f_{c,k})."""

    name: str
    claims: tuple[str, ...]
    options: tuple[Option, ...]

    @property
    def is_mixture(self) -> bool:
        return len(self.options) > 1


@dataclass(frozen=True)
class Pool:
    """Direct claims on a quantity, pooled.

    Attributes
    ----------
    kind : str
        ``linear``: Σ ω Normal(x; m, s²) in half-mass pieces; ``log``: Π Normal(x; m, s²)^ω, continuous pieces.
    weights : tuple of float
        ω, adding up to 1.
    """

    kind: str
    quantity: int
    claims: tuple[str, ...]
    weights: tuple[float, ...]
    spreads: tuple[Spread, ...]


@dataclass(frozen=True)
class Total:
    """A quantity or derived at the horizon: ``value = (node − offset)/factor`` in its unit."""

    name: str
    node: int
    factor: float
    offset: float
    unit: str


@dataclass(frozen=True)
class Comparison:
    """A question: is node ``left`` ``op`` node ``right``?

    Attributes
    ----------
    rounded : bool
        Whether a side is rounded: what differs in its last digits then is equal.
    """

    name: str
    op: str
    left: int
    right: int
    rounded: bool = False


@dataclass(frozen=True)
class Density:
    """A case's density (CASE.md section 4), pure data.

    Attributes
    ----------
    parameters : tuple of Parameter
        The coordinates, in order: quantities, tau, eta, delta, epsilon.
    nodes : tuple of Node
        The expression graph, each node after those it needs.
    pools : tuple of Pool
        Empty under hierarchical pooling.
    terms : tuple of Term
        Log-likelihood terms.
    holds : tuple of Hold
        Supports that totals are held to.
    copulas : tuple of Copula
        Correlations of priors; a parameter is in one of them at most, and has no pool then.
    totals, questions
        What is asked of the posterior.
    """

    parameters: tuple[Parameter, ...]
    nodes: tuple[Node, ...]
    targets: Mapping[str, TargetDensity]
    pools: tuple[Pool, ...]
    terms: tuple[Term, ...]
    holds: tuple[Hold, ...]
    totals: tuple[Total, ...]
    questions: tuple[Comparison, ...]
    copulas: tuple[Copula, ...] = ()

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each parameter by name."""
        return {parameter.name: i for i, parameter in enumerate(self.parameters)}

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return len(self.parameters)

    def bias_of(self, factor: Factor) -> tuple[float, float]:
        """Return mean and standard deviation of the bias δ that acts on a claim; 0 where none does."""
        prior = None if factor.delta is None else self.parameters[factor.delta].prior
        return (prior["mu"], prior["sigma"]) if prior is not None else (0.0, 0.0)

    def shared_variance(self, factor: Factor, tau: Any) -> Any:
        """Return the variance of all errors that a claim has in common with others, at τ."""
        path = sum(coefficient**2 for _, coefficient in factor.path)
        return path + self.bias_of(factor)[1] ** 2 + sum(variance.at(tau) for _, variance in factor.shared)

    @cached_property
    def mixtures(self) -> tuple[Term, ...]:
        """The terms that have more than one reading."""
        return tuple(term for term in self.terms if term.is_mixture)

"""The density of a case as data: parameters, an expression graph and terms.

Everything of statistical meaning is in these records and nowhere else. Engines (`evaluate` in
NumPy, `nkestimate.inference.pymc_model` in PyMC) run them; they know neither YAML nor cases.

A point of the density is a vector v, one *coordinate* a parameter, each on the whole real line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
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
        ``length``, ``tau[length]``, ``eta[length]``, ``delta[source]`` or ``epsilon[source, target]``.
    role : str
        ``quantity``, ``tau``, ``eta``, ``delta`` or ``epsilon``.
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

    @property
    def coordinate_is_working(self) -> bool:
        """Whether the coordinate is the working value itself."""
        if self.scale == "logit":
            whole = self.lower == 0.0 and math.isclose(self.upper * self.factor, 1.0, rel_tol=1e-12)
            return whole and self.transform in ("logit", "interval")
        return self.transform == self.scale


@dataclass(frozen=True)
class Node:
    """A node of the expression graph: ``const`` (value), ``parameter`` (index) or an operation on earlier nodes."""

    op: str
    args: tuple[int, ...] = ()
    value: float = 0.0


@dataclass(frozen=True)
class TargetDensity:
    """What the claims on one target share.

    Attributes
    ----------
    S : float
        The scale S_t of section 4.
    rho : float
        Its common error.
    tau, eta : int or None
        Indices of its parameters; None where they do not act.
    scale : str
        Working scale.
    quantity : int or None
        Index of the parameter, where the target is a quantity.
    """

    key: str
    kind: str
    scale: str
    unit: str
    S: float
    rho: float
    tau: int | None
    eta: int | None
    quantity: int | None

    # Of an engine's own numbers: arrays, tensors, recorded scalars.

    def shared_variance(self, tau: Any) -> Any:
        """Return λ² = ρ τ² + (ρ S)², the variance of the error that all sources share, at k = 1."""
        return self.rho * tau**2 + (self.rho * self.S) ** 2

    def own_error(self, k: float, tau: Any) -> Any:
        """Return k √(1 − ρ) τ, the standard deviation of a source's own error."""
        return k * math.sqrt(1 - self.rho) * tau

    def own_variance(self, k: float, tau: Any) -> Any:
        """Return its square, k² (1 − ρ) τ²."""
        return (1 - self.rho) * k**2 * tau**2


@dataclass(frozen=True)
class Factor:
    """What one claim, in one reading, says: Normal(m; y, sd²), two-piece, or a bound.

    Attributes
    ----------
    kind : str
        ``two_sided``, ``at_most`` or ``at_least``.
    spread : Spread
        m and s on the target's working scale.
    node : int
        Node of e_c in the target's unit (for a logit target, its root value).
    k : float
        (1 − w)/w.
    delta, epsilon : int or None
        Parameters of the source's bias and of its own error where two of its claims share it.
    """

    claim: str
    target: str
    kind: str
    spread: Spread
    node: int
    k: float
    delta: int | None
    epsilon: int | None


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
    """A question: is node ``left`` ``op`` node ``right``?"""

    name: str
    op: str
    left: int
    right: int


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
    totals, questions
        What is asked of the posterior.
    """

    parameters: tuple[Parameter, ...]
    nodes: tuple[Node, ...]
    targets: Mapping[str, TargetDensity]
    pools: tuple[Pool, ...]
    terms: tuple[Term, ...]
    totals: tuple[Total, ...]
    questions: tuple[Comparison, ...]

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each parameter by name."""
        return {parameter.name: i for i, parameter in enumerate(self.parameters)}

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return len(self.parameters)

    @cached_property
    def mixtures(self) -> tuple[Term, ...]:
        """The terms that have more than one reading."""
        return tuple(term for term in self.terms if term.is_mixture)

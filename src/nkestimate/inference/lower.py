"""Lowering: a density in one configuration to a `Program`.

Two coordinate systems are offered. In ``v``, the density's own, the program is the density as it stands. In ``u`` the
program also holds a map u → v that makes NUTS' work easy without changing the density. A lone claim with a small s makes a
ridge in quantity and errors whose width is s where τ is near 0: a funnel, in which NUTS diverges. Given the τ, though, what
two-sided claims say of a quantity, of the errors that sources share, of their own and of their biases is jointly Gaussian:

    prior(z) Π_c Normal(m_c; y_c, sd_c²) = Z(τ) · Normal(z; μ, Σ).

So z = μ + L u with u ~ Normal(0, 1) leaves log Z + log φ(u) of all these factors, and u knows nothing of them (network.py). It is
done in rounds: quantities first, each after those that claims on products of it need; last the errors of claims on other
formulas, the formulas being known. What is not Gaussian (a two-piece claim, another prior, a pool) is stood in for by a
Gaussian, and its log ratio to that is recorded at v. A bound is Φ(c) times a Gaussian truncated on one side: drawn by
inversion it leaves log Φ(c).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nkestimate.density.description import Density, Factor, Parameter, Pool, TargetDensity
from nkestimate.density.evaluate import coordinate, from_working, grid_density
from nkestimate.density.signs import intervals
from nkestimate.engine.instructions import Program
from nkestimate.engine.program import Number, Scalar
from nkestimate.inference.choices import Configuration
from nkestimate.inference.density_program import DensityProgram
from nkestimate.inference.network import GROUND, LOG_SQRT_2PI, Bound, Free, Network, bounded
from nkestimate.inference.products import parameters_of, solve

_LOPSIDED = 5.0
_MOST_TIED = 12  # targets or quantities that a bias may tie together and still be integrated over: the cost grows with their cube
_MOST_BOUNDS = 40  # that one network takes in, at a cost that grows with their square; those left out are walls to climb


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
    lifted : int
        How many walls were left out altogether, to be met by thinning alone.
    """

    program: Program
    walls: bool
    lifted: int


def lower(density: Density, configuration: Configuration, *, standardise: bool = True, lifted: bool = False) -> Lowered:
    """Lower a density.

    Parameters
    ----------
    density : Density
    configuration : mapping
        The alternatives that are kept, by choice; all are kept of a choice that is not named.
    standardise : bool
        Whether the program's inputs are u (the coordinates and two more for each bound taken in) or v.
    lifted : bool
        Whether bounds at a wall and stated supports are left out where the density has any.
    """
    recorded = (_Standardised(density, configuration, lifted) if standardise
                else DensityProgram(density, configuration, density.size, lifted))
    if not isinstance(recorded, _Standardised):
        recorded.v = list(recorded.t.inputs)
    recorded.record_density()
    t = recorded.t
    return Lowered(t.program(recorded.total(), recorded.v), recorded.walls, recorded.lifted)


class _Standardised(DensityProgram):
    """A density with the map u → v recorded in it."""

    def __init__(self, density: Density, configuration: Configuration, lifted: bool = False):
        positive = [interval.positive for interval in intervals(density)]
        absorbed = [f for fs in _certain(density, configuration) for f in fs if _absorbs(density, positive, f)]
        quantities = [i for i, parameter in enumerate(density.parameters) if parameter.role == "quantity"]
        spare = quantities if absorbed else []
        super().__init__(density, configuration, density.size + 2 * len(absorbed) + len(spare), lifted)
        own = self.t.inputs[density.size :]
        self.absorbed = {id(f): (own[2 * i], own[2 * i + 1]) for i, f in enumerate(absorbed)}
        self.spare = dict(zip(spare, own[2 * len(absorbed) :], strict=True))
        self.normals: list[Scalar] = []
        self.solved, levels = solve(density, self.solvable(), self.widths())
        self.placed = {key for entries in self.solved.values() for key in (one.target for one in entries)}
        for i, parameter in enumerate(density.parameters):
            if parameter.role == "tau" or (parameter.role == "quantity" and not self.in_network(i)):
                self.by_itself(i)
        self.read = self.read_elsewhere()
        for i in self.widespread([i for level in levels for i in level]):
            self.by_itself(i)
        for level in levels:
            for members in self.together([i for i in level if self.in_network(i)]):
                self.round(_Round(self), members)
        rest = _Round(self)
        for key in self.certain:
            if key not in self.placed and not self.is_rooted(key):
                rest.plant(density.targets[key], GROUND, 1.0, self.given(key))
        self.draw(rest)
        for i in range(density.size):
            if self.v[i] is None:
                self.by_itself(i)
        for u in own:
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
                self.parts.append(-LOG_SQRT_2PI)
        return super().total()

    def by_itself(self, i: int) -> None:
        """Let v = centre + spread·u, or let the value be half-normal by inversion: NUTS then meets a normal, not a log's long tail."""
        u, parameter = self.t.inputs[i], self.density.parameters[i]
        prior = parameter.prior
        value = prior.family.inverted(self.t, dict(prior.parameters), u) if prior is not None and parameter.transform == "log" else None
        if value is not None:
            self.values[i] = value
            self.v[i] = self.t.log(self.values[i])
        else:
            centre, spread = self.moments(i)
            self.v[i] = centre + spread * u
            if i in self.pools or not _is_normal(parameter):
                self.parts.append(math.log(spread))
                return
        self.held_priors.add(i)
        self.normal(u)

    def moments(self, i: int) -> tuple[float, float]:
        """Return centre and spread of a parameter's prior, or prior and pool, in its coordinate."""
        pool, parameter = self.pools.get(i), self.density.parameters[i]
        if parameter.role == "quantity" and not parameter.coordinate_is_working and (said := self.about(i)):
            return self.near(i, said)
        return prior_moments(parameter) if pool is None else pool_moments(parameter, pool)

    def about(self, i: int) -> list[Factor]:
        """Return the two-sided claims that hold for certain of a quantity itself."""
        return [f for f in self.certain.get(self.density.parameters[i].name, []) if f.kind == "two_sided"]

    def near(self, i: int, said: list[Factor]) -> tuple[float, float]:
        """Return about where claims put a quantity whose coordinate is not its working value: any centre and spread will do."""
        parameter, S = self.density.parameters[i], self.density.targets[said[0].target].S
        precisions = [1 / (f.spread.s**2 + f.kappa * S**2) for f in said]
        mean = sum(p * f.spread.m for p, f in zip(precisions, said, strict=True)) / sum(precisions)
        sd = 1 / math.sqrt(sum(precisions))
        low, high = parameter.reach
        margin = 1e-3 * (high - low) if math.isfinite(high - low) else 1e-9 * max(abs(low) if math.isfinite(low) else abs(high), 1e-9)
        values = np.clip(from_working(parameter, np.array([mean - sd, mean + sd])), low + margin, high - margin)
        ends = coordinate(parameter, values)
        return float(ends.mean()), max(float(abs(ends[1] - ends[0])) / 2, 1e-6, 0.1 if values[0] == values[1] else 0.0)

    # ------------------------------------------------------------ what goes where

    def widespread(self, quantities: list[int]) -> list[int]:
        """Return the biases that tie more unknowns together than is worth integrating over at once: these are sampled."""
        targets: dict[int, set[str]] = defaultdict(set)
        for key, factors in self.certain.items():
            for factor in factors:
                if factor.delta is not None:
                    targets[factor.delta].add(key)
        crowded = {i for i, keys in targets.items() if len(keys) > _MOST_TIED}
        for members in self.together(quantities):
            if len(members) > _MOST_TIED:
                names = {self.density.parameters[i].name for i in members}
                keys = names | {one.target for i in members for one in self.solved.get(i, [])}
                crowded |= {i for i, touched in targets.items() if touched & keys}
        return sorted(crowded)

    def together(self, quantities: list[int]) -> list[list[int]]:
        """Part quantities into those that share a bias which is still unknown; each part is integrated over by itself."""
        groups: list[tuple[list[int], set[int]]] = []
        for i in quantities:
            keys = [self.density.parameters[i].name, *(one.target for one in self.solved.get(i, []))]
            said = (f.delta for key in keys for f in self.certain.get(key, []))
            biases = {i for i in said if i is not None and self.v[i] is None}
            joined = [group for group in groups if group[1] & biases]
            groups = [group for group in groups if group not in joined]
            groups.append((sorted([i, *(j for group in joined for j in group[0])]), biases.union(*(group[1] for group in joined))))
        return [members for members, _ in groups]

    def read_elsewhere(self) -> set[int]:
        """Return the quantities whose values enter more than what is said of themselves: formulas, supports, priors that are not normal."""
        density = self.density
        read = {i for i, p in enumerate(density.parameters) if p.role == "quantity" and (i in self.pools or not _is_normal(p))}
        nodes = [hold.node for hold in density.holds]
        for options, _ in self.options:
            for factor in (f for option in options for f in option.factors):
                target = density.targets[factor.target]
                if target.quantity is None:
                    nodes.append(factor.node)
                elif len(options) > 1 or not factor.spread.symmetric:
                    read.add(target.quantity)
        return read | parameters_of(density.nodes, nodes)

    def is_rooted(self, key: str) -> bool:
        """Whether what is said on a target is said of a quantity's own coordinate."""
        quantity = self.density.targets[key].quantity
        return quantity is not None and self.density.parameters[quantity].coordinate_is_working

    def in_network(self, i: int) -> bool:
        """Whether anything Gaussian is said of a quantity."""
        parameter = self.density.parameters[i]
        direct = parameter.coordinate_is_working and self.takes(self.certain.get(parameter.name, []))
        return direct or i in self.solved

    def takes(self, factors: Iterable[Factor]) -> bool:
        return any(f.kind == "two_sided" or id(f) in self.absorbed for f in factors)

    def solvable(self) -> dict[str, Factor]:
        """Return the formulas that are products of which claims speak as one: symmetric, at one date; with one of the claims."""
        found = {}
        for key, factors in self.certain.items():
            said = [f for f in factors if f.kind == "two_sided"]
            if (said and self.density.targets[key].quantity is None and self.density.targets[key].scale == "log"
                    and all(f.spread.symmetric and f.node == said[0].node for f in factors) and self.is_product(said[0])):
                found[key] = min(said, key=lambda f: f.spread.s)
        return found

    def widths(self) -> dict[int, float]:
        """Return, of each quantity whose coordinate is its log, how wide what is said of it directly leaves it."""
        widths = {}
        for i, parameter in enumerate(self.density.parameters):
            if parameter.role == "quantity" and self.is_log(i):
                said = [1 / (f.spread.s**2 + f.kappa * self.density.targets[f.target].S ** 2)
                        for f in self.certain.get(parameter.name, []) if f.kind == "two_sided"]
                widths[i] = 1 / math.sqrt(sum(said) + 1 / self.moments(i)[1] ** 2)
        return widths

    # ------------------------------------------------------------ one round

    def round(self, network: _Round, members: list[int]) -> None:
        """Set quantities with all that is said of them and of products that are solved for them."""
        density = self.density
        for i in members:
            parameter = density.parameters[i]
            centre, spread = self.moments(i)
            network.quantity(i, centre, spread)
            for one in self.solved.get(i, []):
                rest = self.log_product(one.rest)
                network.plant(density.targets[one.target], i, one.sign, lambda f, r=rest: f.spread.m - r, centre)  # type: ignore[misc]
            if parameter.coordinate_is_working and parameter.name in density.targets:
                network.plant(density.targets[parameter.name], i, 1.0, lambda f: f.spread.m, centre)
        self.draw(network)
        for i in members:
            if i not in self.pools and _is_normal(density.parameters[i]):
                self.held_priors.add(i)
            else:
                self.parts.append(-self.log_normal(self.v[i], *self.moments(i)))

    def given(self, key: str) -> Callable[[Factor], Number]:
        """Return what claims on a known formula state, less its value."""
        target = self.density.targets[key]
        return lambda factor: factor.spread.m - self.target_value(factor, target)

    def draw(self, network: _Round) -> None:
        """Integrate over a round's unknowns, and set them from u."""
        density, t = self.density, self.t
        network.network.integrate(last=[i for i in network.nodes if density.parameters[i].role == "quantity"])
        noise: dict[int, Number] = {i: t.inputs[i] for i in network.nodes}
        if network.bounds:
            free = [Free(i, t.inputs[i]) for i in network.centres if i in self.read]
            noise |= {one.a: self.spare[one.a] for one in free}
            # What is said for certain comes first: given the quantity, it would be a cliff.
            # And of bounds on one thing the tightest does, which those after it are then sure to hold: before it they would be cliffs.
            bounds = sorted(network.bounds, key=lambda one: one.rank)
            sought: list[Bound | Free] = [one for one in bounds if one.hard]
            sought += [*free, *(one for one in bounds if not one.hard)]
            values, parts = bounded(network.network, sought, noise)
            self.parts += parts
            differences = {pair: values[pair[0]] - values[pair[1]] for pair in network.steps}
        else:
            values, differences = network.network.values(noise)
        self.parts += network.network.parts
        self.halves += network.network.halves
        for i in network.nodes:
            self.normal(t.inputs[i])
            role = density.parameters[i].role
            if role == "quantity":
                self.v[i] = t.scalar(network.centres[i] + values[i])
            elif role == "delta":
                self.v[i] = t.scalar(network.centres[i] - values[i])
                self.held_priors.add(i)
        for (i, before), (sign, sd) in network.steps.items():
            self.v[i] = t.scalar(sign * differences[i, before] / sd)
            self.held_priors.add(i)
        for factor, one in network.claims:
            if factor.spread.symmetric:
                self.held.add(id(factor))
            else:  # its Gaussian is in the integral: take that out again
                self.parts.append(-self.stand_in(factor, one))
        self.held |= network.held

    def stand_in(self, factor: Factor, one: _Stated) -> Number:
        """Return the log of the normal that was put in a claim's place."""
        target, error = self.density.targets[factor.target], one.offset
        for i, coefficient in factor.path:
            error = error - coefficient * self.v[i]
        for i, variance in factor.shared:
            error = error - self.t.sqrt(self.variance(variance, target)) * self.v[i]
        if factor.delta is not None:
            error = error - self.v[factor.delta]
        if target.quantity is not None and self.is_rooted(factor.target):
            error = error - self.v[target.quantity]
        log = (self.t.square(error) / one.variance + self.t.log(one.variance)) * -0.5 - LOG_SQRT_2PI
        return log + self.t.operate("log_ndtr", one.way * error / self.t.sqrt(one.steep)) if one.way else log


@dataclass(frozen=True)
class _Stated:
    """What stands in for a claim: a normal, its offset less what of its target is known; ``way`` and ``steep`` of a bound beside it."""

    offset: Number
    variance: Number
    way: float = 0.0
    steep: Number = 0.0


class _Round:
    """Unknowns that are set together: a network of quantities, errors that sources share, their own and their biases.

    Attributes
    ----------
    nodes : list of int
        The parameters that are set.
    steps : mapping of (int, int) to (float, number)
        The node of each increment of a path and the node before it, with its sign and standard deviation.
    claims : list of (Factor, _Stated)
    held : set of int
        Ids of the bounds that were taken in.
    """

    def __init__(self, recorded: _Standardised):
        self.recorded, self.network = recorded, Network(recorded.t)
        self.nodes: list[int] = []
        self.centres: dict[int, float] = {}
        self.steps: dict[tuple[int, int], tuple[float, Number]] = {}
        self.claims: list[tuple[Factor, _Stated]] = []
        self.bounds: list[Bound] = []
        self.held: set[int] = set()

    def quantity(self, i: int, centre: float, spread: float) -> None:
        """Add a quantity with its prior, or what stands in for it; its node is how far it is from the prior's centre."""
        self.nodes.append(i)
        self.centres[i] = centre
        self.network.connect(i, GROUND, 0.0, spread**2)

    def plant(self, target: TargetDensity, root: int, sign: float, stated: Callable[[Factor], Number], centre: float = 0.0) -> None:
        """Add what certain claims say of a target, whose value less ``centre`` is ``sign`` times the root's."""
        recorded = self.recorded
        for factor in recorded.certain[target.key]:
            absorbed = recorded.absorbed.get(id(factor))
            taken_in = absorbed is not None and len(self.bounds) < _MOST_BOUNDS
            if factor.kind != "two_sided" and not taken_in:
                continue
            at = root
            for i, coefficient in factor.path:
                at = self.step(i, at, sign, coefficient**2)
            for i, variance in factor.shared:
                at = self.step(i, at, sign, recorded.variance(variance, target))
            unknown = factor.delta is not None and self.bias(factor.delta)
            offset, end = stated(factor), GROUND
            if factor.delta is not None:
                offset = offset - (self.centres[factor.delta] if unknown else recorded.v[factor.delta])
                end = factor.delta if unknown else GROUND
            if at == end:  # nothing that it is about is left unknown: it is a factor as it stands
                continue
            alone, limit = recorded.variance(factor.own, target), sign * offset - centre
            own = factor.spread.s**2 + alone
            if factor.kind == "two_sided" and absorbed is not None and taken_in:
                self.cliff(factor, stated(factor), (at, end, limit), alone, absorbed)
            elif factor.kind != "two_sided" and absorbed is not None:
                way = sign if factor.kind == "at_most" else -sign
                self.bounds.append(Bound(at, end, limit, own, way, *absorbed, hard=factor.kappa == 0, rank=way * sign * factor.spread.m))
                self.held.add(id(factor))
            else:
                self.network.connect(at, end, limit, own)
                self.claims.append((factor, _Stated(stated(factor), own)))

    def cliff(self, factor: Factor, stated: Number, place: tuple[int, int, Number], alone: Number, absorbed: tuple[Scalar, Scalar]) -> None:
        """Put the flat side's normal in place of a lopsided claim, and a bound in place of its steep side."""
        at, end, limit = place
        spread = factor.spread
        flat, steep = (spread.right, spread.left) if spread.right > spread.left else (spread.left, spread.right)
        way = -1.0 if spread.right > spread.left else 1.0
        self.network.connect(at, end, limit, flat**2 + alone)
        self.bounds.append(Bound(at, end, limit, steep**2 + alone, way, *absorbed, hard=factor.kappa == 0, rank=way * spread.m))
        self.claims.append((factor, _Stated(stated, flat**2 + alone, way, steep**2 + alone)))

    def step(self, i: int, before: int, sign: float, variance: Number) -> int:
        """Add an increment of a path, unless it is there, and return its node."""
        if (i, before) not in self.steps:
            self.nodes.append(i)
            self.steps[i, before] = sign, self.recorded.t.sqrt(variance)
            self.network.connect(i, before, 0.0, variance)
        return i

    def bias(self, i: int) -> bool:
        """Return whether a source's bias is still unknown; its node is how far it is below its prior's mean."""
        if self.recorded.v[i] is not None:
            return False
        if i not in self.centres:
            prior = self.recorded.density.parameters[i].prior
            assert prior is not None
            self.nodes.append(i)
            self.centres[i] = prior["mu"]
            self.network.connect(i, GROUND, 0.0, prior["sigma"] ** 2)
        return True


def _certain(density: Density, configuration: Configuration) -> list[tuple[Factor, ...]]:
    """Return the factors of terms of which one option is left."""
    kept = [configuration.get(term.name, tuple(range(len(term.options)))) for term in density.terms]
    return [term.options[which[0]].factors for term, which in zip(density.terms, kept, strict=True) if len(which) == 1]


def _absorbs(density: Density, positive: list[bool], factor: Factor) -> bool:
    """Whether a bound is taken in, or the steep side of a lopsided claim, which is much like one.

    It is where it is about a quantity's own coordinate, or its error is shared on a target that meets no wall: near a wall the
    log of the target is kept from falling, in u as in v, and that takes what is said with η, not integrated over it.
    """
    target = density.targets[factor.target]
    if factor.kind == "two_sided" and not _lopsided(factor):
        return False
    own = target.quantity is not None and density.parameters[target.quantity].coordinate_is_working
    walled = target.quantity is None and target.scale == "log" and not positive[factor.node]
    return own or (bool(factor.path or factor.shared) and not walled)


def _lopsided(factor: Factor) -> bool:
    """Whether one side of a two-piece claim is so much steeper than the other that it is a cliff beside it."""
    return max(factor.spread.left, factor.spread.right) > _LOPSIDED * min(factor.spread.left, factor.spread.right)


def _is_normal(parameter: Parameter) -> bool:
    """Whether the prior is normal in the coordinate."""
    prior = parameter.prior
    if prior is None or parameter.is_limited:
        return False
    if parameter.on == "working":
        return prior.family.normal_in == "identity"
    between = parameter.transform in ("logit", "interval")
    whole = (parameter.lower, parameter.upper) == (0.0, 1.0)
    return prior.family.normal_in == (("logit" if whole else "") if between else parameter.transform) != ""


def prior_moments(parameter: Parameter) -> tuple[float, float]:
    """Return centre and spread of a prior in its coordinate, from its 16 % and 84 % quantiles."""
    prior = parameter.prior
    assert prior is not None
    if _is_normal(parameter):
        return prior["mu"], prior["sigma"]
    return _quantile_moments(parameter)


@lru_cache(maxsize=4096)
def _quantile_moments(parameter: Parameter) -> tuple[float, float]:
    if parameter.is_limited:
        return _grid_moments(parameter, None)
    with np.errstate(divide="ignore"):  # a quantile may be below all floats
        ends = coordinate(parameter, parameter.prior.quantile(np.array([0.1587, 0.8413])))  # type: ignore[union-attr]
    quantiles = np.sort(np.clip(ends, -700, 700) if parameter.transform == "log" else ends)
    return float(quantiles.mean()), float(max(quantiles[1] - quantiles[0], 1e-12) / 2)


@lru_cache(maxsize=4096)
def pool_moments(parameter: Parameter, pool: Pool) -> tuple[float, float]:
    """Return mean and sd of prior × pool in the quantity's coordinate."""
    if pool.kind == "linear" and parameter.prior is None and parameter.coordinate_is_working:
        weights, m, s = (np.array(x) for x in (pool.weights, [p.m for p in pool.spreads], [p.s for p in pool.spreads]))
        weights = weights / weights.sum()
        mean = float(weights @ m)
        return mean, math.sqrt(float(weights @ (s**2 + (m - mean) ** 2)))
    return _grid_moments(parameter, pool)


def _grid_moments(parameter: Parameter, pool: Pool | None) -> tuple[float, float]:
    v, density = grid_density(parameter, pool)
    weight = density * np.gradient(v)
    weight /= weight.sum()
    mean = float(weight @ v)
    return mean, max(math.sqrt(float(weight @ (v - mean) ** 2)), 1e-9)

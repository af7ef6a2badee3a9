"""A case to its density (CASE.md section 4): which claims speak of what, and which errors they share.

How a statement is read is `statements`, how large errors are `sizes`, and what is learned of sources before `weighing`.
"""

from __future__ import annotations

import math
import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from nkestimate.case.distributions import Prior
from nkestimate.case.expressions import DateCall, Expr, Literal, Name, at_date, has_rounding, names_in
from nkestimate.case.joint import linked
from nkestimate.case.model import Case, Claim, Quantity, Reading, Target
from nkestimate.density import sizes
from nkestimate.density.description import (
    Comparison,
    Copula,
    Density,
    Factor,
    Hold,
    Node,
    Option,
    Parameter,
    Pool,
    ScaleOrigin,
    TargetDensity,
    Term,
    Total,
    Variance,
)
from nkestimate.density.statements import Spread, spread_of, working_normal
from nkestimate.density.weighing import weighed

_REFERENCE_SD = {"log": 2.0, "logit": 1.5}


class Graph:
    """Builds the expression graph; the same expression at the same date is one node."""

    def __init__(self, case: Case, parameters: Mapping[str, int]):
        self.case, self.parameters = case, parameters
        self.nodes: list[Node] = []
        self._known: dict[Node, int] = {}
        self._derived: dict[tuple[str, date], int] = {}

    def add(self, op: str, *args: int, value: float = 0.0) -> int:
        node = Node(op, args, value)
        if op not in ("const", "parameter") and all(self.nodes[a].op == "const" for a in args):
            node = Node("const", (), _fold(op, [self.nodes[a].value for a in args]))
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def const(self, value: float) -> int:
        return self.add("const", value=value)

    def root(self, expr: Expr, when: date) -> int:
        """Return the node of an expression's value in root units at a date."""
        if isinstance(expr, Literal):
            return self.const(expr.value)
        if isinstance(expr, DateCall):
            return self.period(expr, when)
        if isinstance(expr, Name):
            return self.total(expr.id, when)
        if expr.op == "round":
            assert isinstance(expr.args[1], Literal)
            return self.rounded(self.root(expr.args[0], when), expr.args[1])
        args = [self.root(arg, when) for arg in expr.args]
        if expr.op in ("min", "max"):
            node = args[0]
            for arg in args[1:]:
                node = self.add(expr.op, node, arg)
            return node
        return self.add(expr.op, *args)

    def total(self, key: str, when: date) -> int:
        """Return a quantity, or a derived with all that it needs: each is built once a date, those that others need first."""
        stack = [key]
        while stack:
            at = stack[-1]
            if at not in self.case.derived or (at, when) in self._derived:
                stack.pop()
                continue
            expr = self.case.derived[at].expr
            missing = [name for name in names_in(expr) if name in self.case.derived and (name, when) not in self._derived]
            if missing:
                stack += missing
                continue
            self._derived[at, when] = self.root(expr, when)
        return self._derived[key, when] if key in self.case.derived else self.quantity(key)

    def period(self, call: DateCall, when: date) -> int:
        """Return a function of dates: a constant, unless one of them is uncertain."""
        if all(name in self.case.dates for name in call.dates):
            return self.const(at_date(call, self.case.dates, when))
        first = self.day(call.dates[0])
        zero = self.const(0.0)
        if call.function == "ramp":
            gone = self.add("-", self.const(when.toordinal()), first)
            length = self.add("max", self.add("-", self.day(call.dates[1]), first), self.const(1.0))
            return self.add("min", self.add("max", self.add("/", gone, length), zero), self.const(1.0))
        last = self.day(call.dates[1]) if len(call.dates) == 2 else self.const(when.toordinal())
        return self.add("*", self.add("max", self.add("-", last, first), zero), self.const(86400.0))

    def day(self, name: str) -> int:
        """Return a date as a day's number."""
        if name in self.case.dates:
            return self.const(self.case.dates[name].toordinal())
        since = self.case.quantities[name].since
        assert since is not None
        return self.add("+", self.add("parameter", self.parameters[name]), self.const(since.toordinal()))

    def quantity(self, key: str) -> int:
        unit = self.case.quantities[key].unit
        node = self.add("parameter", self.parameters[key])
        return self.affine(node, unit.factor, unit.offset)

    def affine(self, node: int, factor: float, offset: float) -> int:
        if factor != 1:
            node = self.add("*", node, self.const(factor))
        return self.add("+", node, self.const(offset)) if offset else node

    def value(self, target: Target, when: date) -> int:
        """Return the node of a target's value in its unit (root value on the logit scale)."""
        node = self.root(target.expr, when)
        if target.scale == "logit":
            return node
        unit = target.unit
        if unit.offset:
            node = self.add("-", node, self.const(unit.offset))
        return self.add("*", node, self.const(1 / unit.factor)) if unit.factor != 1 else node

    def rounded(self, node: int, step: Literal) -> int:
        """Return a node rounded, half up, to multiples of ``step``, counted from its unit's zero."""
        offset = step.unit.offset
        size = self.const(step.value - offset)
        whole = self.add("round", self.add("/", self.affine(node, 1.0, -offset), size))
        return self.affine(self.add("*", whole, size), 1.0, offset)

    def odds(self, node: int) -> int:
        """Return the node of a share's odds."""
        return self.add("/", node, self.add("-", self.const(1.0), node))


def _fold(op: str, values: list[float]) -> float:
    operations: dict[str, Callable[..., float]] = {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow, "neg": operator.neg,
        "min": min, "max": max, "exp": math.exp, "log": math.log, "sqrt": math.sqrt,
        "round": lambda x: math.floor(x + 0.5),
    }
    try:
        return float(operations[op](*values))
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):  # a root of a negative number is complex
        return math.nan


@dataclass(frozen=True)
class _Said:
    """One reading of a claim on its target; ``root`` is who makes it: the source's group, or the source."""

    claim: Claim
    position: int
    reading: Reading
    root: str


@dataclass(frozen=True)
class _Increment:
    """A step of a source's own path on a target, up to κ = ``end``; a parameter where several claims share it."""

    end: float
    variance: Variance
    parameter: int | None


def root_of(case: Case, claim: Claim) -> str:
    """Return who makes a claim as far as own errors go: its source's group, or its source."""
    return case.sources[claim.source].root


class Compiler:
    """Compiles one case; what claims that are ``unheard`` state moves no scale, reference prior or pool."""

    def __init__(self, case: Case, unheard: Collection[str] = ()):
        self.case, self.unheard = case, frozenset(unheard)
        self.settings = case.settings
        self.spreads: dict[tuple[str, int], Spread] = {
            (claim.id, i): spread_of(reading.statement, reading.target)
            for claim in case.active_claims for i, reading in enumerate(claim.readings)
        }
        self.direct: dict[str, list[Claim]] = defaultdict(list)
        for claim in case.active_claims:
            if claim.is_direct and claim.id not in self.unheard:
                self.direct[claim.readings[0].target.key].append(claim)
        self.parameters: list[Parameter] = []
        # What is said on each target, and the smallest κ of each source there; readings count whichever is true.
        self.said: dict[str, list[_Said]] = defaultdict(list)
        self.nearest: dict[tuple[str, str], float] = {}
        for claim in case.active_claims:
            for i, reading in _possible(claim):
                one = _Said(claim, i, reading, root_of(case, claim))
                place = one.root, reading.target.key
                self.said[reading.target.key].append(one)
                self.nearest[place] = min(self.nearest.get(place, math.inf), _kappa(claim))

    def compile(self) -> Density:
        for quantity in self.case.quantities.values():
            self.parameters.append(self.quantity(quantity))
        graph = Graph(self.case, {name: i for i, name in enumerate(self.case.quantities)})
        likelihood = self.likelihood_claims()
        targets = self.targets(likelihood)
        deltas = self.deltas(likelihood, targets)
        terms = self.terms(graph, targets, deltas, self.own_errors(likelihood, targets))
        totals = self.totals(graph)
        horizon = self.case.horizon
        questions = tuple(
            Comparison(q.id, q.comparison.op, graph.root(q.comparison.left, horizon), graph.root(q.comparison.right, horizon),
                       has_rounding(q.comparison))
            for q in self.case.questions.values()
        )
        return Density(tuple(self.parameters), tuple(graph.nodes), targets, self.pools(), terms, self.holds(graph), totals, questions,
                       self.copulas())

    # ------------------------------------------------------------ quantities

    def quantity(self, quantity: Quantity) -> Parameter:
        unit = quantity.unit
        common: dict[str, Any] = {"scale": quantity.scale, "factor": unit.factor, "offset": unit.offset}
        prior = quantity.prior
        if prior is not None and prior.name == "Between":
            prior = working_normal(prior, quantity.target)
        elif prior is not None:
            return Parameter(quantity.id, "quantity", prior, "natural", **_prior_transform(prior, quantity.limits), **common)
        elif self.settings.pooling == "hierarchical":
            prior = self.reference(quantity)
        return Parameter(quantity.id, "quantity", prior, "working", **_working_transform(quantity), **common)

    def reference(self, quantity: Quantity) -> Prior:
        """Normal(m̄, b²) on the working scale, from the direct claims as stated."""
        claims = self.direct[quantity.id]
        spreads = [self.spreads[claim.id, 0] for claim in claims]
        centres = [spread.m for spread in spreads]
        mean = sum(w * m for w, m in zip(self.shares(claims), centres, strict=True))
        if quantity.scale == "identity":
            b = 10 * max(max(spread.s for spread in spreads), max(centres) - min(centres))
        else:
            b = max(_REFERENCE_SD[quantity.scale], 5 * self.scale_of(quantity.id).S)
        return Prior.normal(mean, b)

    def shares(self, claims: list[Claim]) -> list[float]:
        """ω ∝ w/n, n the number of direct claims on the quantity by that source or its group."""
        number = Counter(root_of(self.case, claim) for claim in claims)
        raw = [claim.weight / number[root_of(self.case, claim)] for claim in claims]
        return [r / sum(raw) for r in raw]

    def pools(self) -> tuple[Pool, ...]:
        if self.settings.pooling == "hierarchical":
            return ()
        return tuple(
            Pool(self.settings.pooling, i, tuple(c.id for c in claims), tuple(self.shares(claims)),
                 tuple(self.spreads[c.id, 0] for c in claims))
            for i, key in enumerate(self.case.quantities) if (claims := self.direct[key])
        )

    def copulas(self) -> tuple[Copula, ...]:
        """Return the stated correlations, those that hang together as one; pairs that are not stated have none.

        Where direct claims are pooled into a quantity's prior, that is no normal, and its correlations do not act.
        """
        pooled = set() if self.settings.pooling == "hierarchical" else {key for key, claims in self.direct.items() if claims}
        acting = [one for one in self.case.correlations.values() if not pooled & set(one.between)]
        place, found = list(self.case.quantities), []
        for names in linked(one.between for one in acting):
            r = {frozenset(one.between): one.r for one in acting}
            matrix = tuple(tuple(1.0 if a == b else r.get(frozenset((a, b)), 0.0) for b in names) for a in names)
            found.append(Copula(", ".join(names), tuple(place.index(name) for name in names), matrix))
        return tuple(found)

    # ------------------------------------------------------------ what claims share

    def likelihood_claims(self) -> list[Claim]:
        """The claims that are likelihood terms: all but direct ones under linear and log pooling."""
        hierarchical = self.settings.pooling == "hierarchical"
        return [claim for claim in self.case.active_claims if hierarchical or not claim.is_direct]

    def scale_of(self, key: str) -> ScaleOrigin:
        """S_t, of the two-sided claims that are heard, else of bounds."""
        said = [one for one in self.said[key] if one.claim.id not in self.unheard] or self.said[key]
        two_sided = [one for one in said if not one.reading.statement.is_bound]
        counted = two_sided or said
        stated = [(one.root, one.claim.weight * one.reading.weight, self.spreads[one.claim.id, one.position]) for one in counted]
        return sizes.scale_of(stated, counted[0].reading.target.scale, two_sided=bool(two_sided))

    def targets(self, likelihood: list[Claim]) -> dict[str, TargetDensity]:
        doubted = {reading.target.key for claim in likelihood if _kappa(claim) > 0 for _, reading in _possible(claim)}
        heard = {(root_of(self.case, claim), reading.target.key) for claim in likelihood for _, reading in _possible(claim)}
        targets = {}
        for key, said in self.said.items():
            target, origin = said[0].reading.target, self.scale_of(key)
            total = self.case.totals.get(key) if target.kind != "expression" else None
            common = total.common_error if total and total.common_error is not None else self.settings.common_error
            tau = self.tau(key, target, origin) if key in doubted and origin.S > 0 else None
            sigma = common * origin.S
            levels = tuple(sorted({self.nearest[one.root, key] for one in said if (one.root, key) in heard} - {0.0}))
            path = tuple(self.parameter("eta", (key,), _STANDARD, i + 1) for i in range(len(levels))) if sigma else ()
            unit = target.unit.text if target.scale == "identity" else ""
            quantity = list(self.case.quantities).index(key) if target.kind == "quantity" else None
            scale = "log" if is_odds(target) else target.scale
            targets[key] = TargetDensity(key, target.kind, scale, unit, origin.S, sigma, tau, levels, path, quantity, origin)
        return targets

    def tau(self, key: str, target: Target, origin: ScaleOrigin) -> int:
        total = self.case.totals.get(key) if target.kind != "expression" else None
        own = total.dark_uncertainty if total else None
        shared = self.settings.dark_uncertainty if target.scale != "identity" else None
        prior = own or shared or Prior("HalfNormal", (("sigma", origin.S),))
        return self.parameter("tau", (key,), prior.scaled(self.settings.dark_uncertainty_factor))

    def parameter(self, role: str, of: tuple[str, ...], prior: Prior, part: int = 1) -> int:
        # The first of several increments has no number in its name, so that weights may change around it.
        name = ", ".join((*of, str(part)) if part > 1 else of)
        self.parameters.append(Parameter(f"{role}[{name}]", role, prior, of=of, part=part, **_prior_transform(prior)))
        return len(self.parameters) - 1

    def deltas(self, likelihood: list[Claim], targets: Mapping[str, TargetDensity]) -> dict[tuple[str, str], int]:
        """The bias of each source on each target: one on log scales, where it states one; by target on identity, where it learned one."""
        deltas = self.shifts(likelihood, targets)
        ours = self.factors(likelihood)
        for claim in likelihood:
            for _, reading in _possible(claim):
                if reading.target.scale == "log" and claim.source in ours:
                    deltas[claim.source, reading.target.key] = ours[claim.source]
        return deltas

    def shifts(self, likelihood: list[Claim], targets: Mapping[str, TargetDensity]) -> dict[tuple[str, str], int]:
        """A bias in units of S for each source that learned one and each target on the identity scale that it speaks of."""
        deltas: dict[tuple[str, str], int] = {}
        for claim in likelihood:
            shift = self.case.sources[claim.source].shift
            for _, reading in _possible(claim):
                place, S = (claim.source, reading.target.key), targets[reading.target.key].S
                if shift and S > 0 and reading.target.scale == "identity" and place not in deltas:
                    prior = Prior.normal(shift[0] * S, shift[1] * S)
                    deltas[place] = self.parameter("delta", place, prior)
        return deltas

    def factors(self, likelihood: list[Claim]) -> dict[str, int]:
        """One bias a source, where it states one and has a claim on the log scale."""
        deltas: dict[str, int] = {}
        for claim in likelihood:
            factor = self.case.sources[claim.source].overstates_by
            if factor and claim.source not in deltas and any(r.target.scale == "log" for _, r in _possible(claim)):
                prior = Prior.normal(*sizes.normal_of_bias(factor))
                deltas[claim.source] = self.parameter("delta", (claim.source,), prior)
        return deltas

    def own_errors(self, likelihood: list[Claim], targets: Mapping[str, TargetDensity]) -> dict[tuple[str, str], tuple[_Increment, ...]]:
        """The increments of each source's own path on each target, those that several claims share as parameters.

        What one claim alone has of it is left to be added to its variance: an exact marginalisation.
        """
        reach: dict[tuple[str, str], list[float]] = defaultdict(list)
        for claim in likelihood:
            for _, reading in _possible(claim):
                reach[root_of(self.case, claim), reading.target.key].append(_kappa(claim))
        found = {}
        for (root, key), kappas in reach.items():
            ends = sorted(set(kappas) - {0.0})
            target, nearest = targets[key], self.nearest[root, key]
            variances = [sizes.own_error(low, high, nearest, target.S, target.sigma, target.tau is not None)
                         for low, high in pairwise([0.0, *ends])]
            several = [sum(kappa >= end for kappa in kappas) > 1 for end in ends]
            number = sum(several)
            increments = []
            for i, (end, variance, shared) in enumerate(zip(ends, variances, several, strict=True), 1):
                part = i if number > 1 else 1
                parameter = self.parameter("epsilon", (root, key), _STANDARD, part) if shared and variance.acts else None
                increments.append(_Increment(end, variance, parameter))
            found[root, key] = tuple(increments)
        return found

    # ------------------------------------------------------------ terms

    def terms(self, graph: Graph, targets: Mapping[str, TargetDensity], deltas: Mapping[tuple[str, str], int],
              own: Mapping[tuple[str, str], tuple[_Increment, ...]]) -> tuple[Term, ...]:
        return tuple(
            Term(name, tuple(claim.id for claim in claims), tuple(
                Option(reading.weight, tuple(self.factor(claim, i, graph, targets, deltas, own) for claim in claims))
                for i, reading in _possible(claims[0])))
            for name, claims in self.case.terms.items() if self.settings.pooling == "hierarchical" or not claims[0].is_direct)

    def factor(self, claim: Claim, i: int, graph: Graph, targets: Mapping[str, TargetDensity], deltas: Mapping[tuple[str, str], int],
               own: Mapping[tuple[str, str], tuple[_Increment, ...]]) -> Factor:
        reading, root = claim.readings[i], root_of(self.case, claim)
        key, kind, kappa = reading.target.key, reading.statement.kind, _kappa(claim)
        target = targets[key]
        nearest = self.nearest[root, key]
        path = tuple(
            (parameter, target.sigma * math.sqrt(high - low))
            for parameter, (low, high) in zip(target.path, pairwise((0.0, *target.levels)), strict=bool(target.path)) if high <= nearest
        )
        mine = [one for one in own[root, key] if one.end <= kappa]
        alone = [one.variance for one in mine if one.parameter is None]
        node = graph.value(reading.target, reading.as_of)
        return Factor(
            claim.id, key, kind if reading.statement.is_bound else "two_sided", self.spreads[claim.id, i],
            graph.odds(node) if is_odds(reading.target) else node, kappa,
            deltas.get((claim.source, key)), path,
            tuple((one.parameter, one.variance) for one in mine if one.parameter is not None),
            Variance(sum(v.tau2 for v in alone), sum(v.fixed for v in alone)))

    def holds(self, graph: Graph) -> tuple[Hold, ...]:
        """What totals are held to: the stated support of a derived, at the horizon and at the dates of claims about it."""
        found = []
        for key, derived in self.case.derived.items():
            if not derived.holds or derived.support == "real":
                continue
            dates = {self.case.horizon, *(one.reading.as_of for one in self.said.get(key, ()))}
            for node in sorted({graph.root(Name(key), when) for when in dates}):
                found.append(Hold(key, node, 0.0, 1.0 if derived.support == "fraction" else math.inf))
        return tuple(found)

    def totals(self, graph: Graph) -> tuple[Total, ...]:
        return tuple(
            Total(key, graph.root(Name(key), self.case.horizon), total.unit.factor, total.unit.offset, total.unit.text)
            for key, total in self.case.totals.items()
        )


_STANDARD = Prior.normal(0.0, 1.0)


def is_odds(target: Target) -> bool:
    """Whether a target is a part of a whole: its log-odds are kept as the log of its odds, since no coordinate is a part's."""
    return target.kind != "quantity" and target.scale == "logit"


def _possible(claim: Claim) -> list[tuple[int, Reading]]:
    """Return a claim's readings, with their positions, but for those of weight 0, which are as good as not listed."""
    return [(i, reading) for i, reading in enumerate(claim.readings) if reading.weight > 0]


def _kappa(claim: Claim) -> float:
    """κ = (1 − w)/w; weights that differ by rounding are one, so that their claims share all of their errors."""
    return float(f"{(1 - claim.weight) / claim.weight:.12g}")


def _working_transform(quantity: Quantity) -> dict[str, Any]:
    """Return the transform of a quantity without a prior on its natural scale: its working scale's, or what stays in its limits."""
    upper = 1 / quantity.unit.factor if quantity.scale == "logit" else math.inf
    limits = max(quantity.limits[0], -math.inf if quantity.scale == "identity" else 0.0), min(quantity.limits[1], upper)
    if limits == (-math.inf if quantity.scale == "identity" else 0.0, upper):
        return {"transform": quantity.scale, "upper": upper if quantity.scale == "logit" else 1.0}
    return _transform_onto(*limits)


def _prior_transform(prior: Prior, limits: tuple[float, float] = (-math.inf, math.inf)) -> dict[str, Any]:
    """Return the transform that maps the whole line onto where the prior reaches, within limits."""
    reach = prior.reach
    return _transform_onto(max(reach[0], limits[0]), min(reach[1], limits[1]))


def _transform_onto(lower: float, upper: float) -> dict[str, Any]:
    """Return the transform that maps the whole line onto an interval."""
    if math.isinf(lower) and math.isinf(upper):
        return {"transform": "identity"}
    if math.isinf(upper):
        return {"transform": "log"} if lower == 0 else {"transform": "above", "lower": lower}
    if math.isinf(lower):
        return {"transform": "below", "upper": upper}
    return {"transform": "logit" if (lower, upper) == (0, 1) else "interval", "lower": lower, "upper": upper}


def compile_case(case: Case, unheard: Collection[str] = ()) -> Density:
    """Compile a case to its density.

    Parameters
    ----------
    case : Case
    unheard : collection of str
        Claims whose values move no scale S, reference prior or pool, where others are left to make these of: for what the
        rest of a case predicts of them. Their terms are there, to be left out.

    Returns
    -------
    Density
        Immutable, free of YAML and of any engine.
    """
    return Compiler(weighed(case), unheard).compile()


def density_at_dates(case: Case, names: Iterable[str], dates: Iterable[date]) -> tuple[tuple[Node, ...], dict[str, list[Total]]]:
    """Return a graph with the totals ``names`` evaluated at each of ``dates`` (for charts over time)."""
    graph = Graph(case, {name: i for i, name in enumerate(case.quantities)})
    when = list(dates)
    totals = {
        name: [Total(name, graph.root(Name(name), day), case.totals[name].unit.factor, case.totals[name].unit.offset,
                     case.totals[name].unit.text) for day in when]
        for name in names
    }
    return tuple(graph.nodes), totals

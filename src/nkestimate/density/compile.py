"""A case to its density: the one place that says what a case means (CASE.md section 4)."""

from __future__ import annotations

import math
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from statistics import NormalDist, median, stdev
from typing import Any

from nkestimate.case.distributions import Prior
from nkestimate.case.expressions import DateCall, Expr, Literal, Name, at_date
from nkestimate.case.model import Case, Claim, Quantity, Reading, Target
from nkestimate.density.description import (
    Comparison,
    Density,
    Factor,
    Node,
    Option,
    Parameter,
    Pool,
    TargetDensity,
    Term,
    Total,
)
from nkestimate.density.statements import Spread, spread_of, working_value, z_of

_REFERENCE_SD = {"log": 2.0, "logit": 1.5}
_LEAST_S = {"log": 0.5, "logit": 0.5, "identity": 0.0}
_MAX_TAIL = NormalDist().inv_cdf(0.95)  # the 1.645 of a 90 % range


class Graph:
    """Builds the expression graph; the same expression at the same date is one node."""

    def __init__(self, case: Case, parameters: Mapping[str, int]):
        self.case, self.parameters = case, parameters
        self.nodes: list[Node] = []
        self._known: dict[Node, int] = {}

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
            return self.const(at_date(expr, self.case.dates, when))
        if isinstance(expr, Name):
            if expr.id in self.case.derived:
                return self.root(self.case.derived[expr.id].expr, when)
            return self.quantity(expr.id)
        args = [self.root(arg, when) for arg in expr.args]
        if expr.op in ("min", "max"):
            node = args[0]
            for arg in args[1:]:
                node = self.add(expr.op, node, arg)
            return node
        return self.add(expr.op, *args)

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


def _fold(op: str, values: list[float]) -> float:
    operations: dict[str, Callable[..., float]] = {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow, "neg": operator.neg,
        "min": min, "max": max, "exp": math.exp, "log": math.log, "sqrt": math.sqrt,
    }
    try:
        return float(operations[op](*values))
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):  # a root of a negative number is complex
        return math.nan


class Compiler:
    """Compiles one case."""

    def __init__(self, case: Case):
        self.case = case
        self.settings = case.settings
        self.spreads: dict[tuple[str, int], Spread] = {
            (claim.id, i): spread_of(reading.statement, reading.target)
            for claim in case.active_claims for i, reading in enumerate(claim.readings)
        }
        self.direct: dict[str, list[Claim]] = defaultdict(list)
        for claim in case.active_claims:
            if claim.is_direct:
                self.direct[claim.readings[0].target.key].append(claim)
        self.parameters: list[Parameter] = []

    def compile(self) -> Density:
        for quantity in self.case.quantities.values():
            self.parameters.append(self.quantity(quantity))
        graph = Graph(self.case, {name: i for i, name in enumerate(self.case.quantities)})
        likelihood = self.likelihood_claims()
        targets = self.targets(likelihood)
        deltas = self.deltas(likelihood)
        epsilons = self.epsilons(likelihood, targets)
        terms = self.terms(likelihood, graph, targets, deltas, epsilons)
        totals = self.totals(graph)
        horizon = self.case.horizon
        questions = tuple(
            Comparison(q.id, q.comparison.op, graph.root(q.comparison.left, horizon), graph.root(q.comparison.right, horizon))
            for q in self.case.questions.values()
        )
        return Density(tuple(self.parameters), tuple(graph.nodes), targets, self.pools(), terms, totals, questions)

    # ------------------------------------------------------------ quantities

    def quantity(self, quantity: Quantity) -> Parameter:
        unit = quantity.unit
        common: dict[str, Any] = {"scale": quantity.scale, "factor": unit.factor, "offset": unit.offset}
        prior = quantity.prior
        if prior is not None and prior.name == "Between":
            target = Target(quantity.id, "quantity", Name(quantity.id), quantity.support, quantity.scale, unit)
            low, high = working_value(prior["lower"], target), working_value(prior["upper"], target)
            prior = Prior("Normal", (("mu", (low + high) / 2), ("sigma", (high - low) / (2 * z_of(prior["coverage"])))))
            return Parameter(quantity.id, "quantity", prior, "working", **_working_transform(quantity), **common)
        if prior is not None:
            return Parameter(quantity.id, "quantity", prior, "natural", **_prior_transform(prior), **common)
        if self.settings.pooling == "hierarchical":
            return Parameter(quantity.id, "quantity", self.reference(quantity), "working", **_working_transform(quantity), **common)
        return Parameter(quantity.id, "quantity", None, "working", **_working_transform(quantity), **common)

    def reference(self, quantity: Quantity) -> Prior:
        """Normal(m̄, b²) on the working scale, from the direct claims as stated."""
        claims = self.direct[quantity.id]
        spreads = [self.spreads[claim.id, 0] for claim in claims]
        centres = [spread.m for spread in spreads]
        mean = sum(w * m for w, m in zip(self.shares(claims), centres, strict=True))
        if quantity.scale == "identity":
            b = 10 * max(max(spread.s for spread in spreads), max(centres) - min(centres))
        else:
            b = _REFERENCE_SD[quantity.scale]
        return Prior("Normal", (("mu", mean), ("sigma", b)))

    @staticmethod
    def shares(claims: list[Claim]) -> list[float]:
        """ω ∝ w/n, n the number of that source's direct claims on the quantity."""
        number = [sum(other.source == claim.source for other in claims) for claim in claims]
        raw = [claim.weight / n for claim, n in zip(claims, number, strict=True)]
        return [r / sum(raw) for r in raw]

    def pools(self) -> tuple[Pool, ...]:
        if self.settings.pooling == "hierarchical":
            return ()
        return tuple(
            Pool(self.settings.pooling, i, tuple(c.id for c in claims), tuple(self.shares(claims)),
                 tuple(self.spreads[c.id, 0] for c in claims))
            for i, key in enumerate(self.case.quantities) if (claims := self.direct[key])
        )

    # ------------------------------------------------------------ what claims share

    def likelihood_claims(self) -> list[Claim]:
        """The claims that are likelihood terms: all but direct ones under linear and log pooling."""
        hierarchical = self.settings.pooling == "hierarchical"
        return [claim for claim in self.case.active_claims if hierarchical or not claim.is_direct]

    def targets(self, likelihood: list[Claim]) -> dict[str, TargetDensity]:
        everyone: dict[str, list[tuple[Claim, int, Reading]]] = defaultdict(list)
        for claim in self.case.active_claims:
            for i, reading in _possible(claim):
                everyone[reading.target.key].append((claim, i, reading))
        doubted = {reading.target.key for claim in likelihood if _k(claim) > 0 for _, reading in _possible(claim)}
        targets = {}
        for key, members in everyone.items():
            target = members[0][2].target
            S = self.scale_of(target, members)
            total = self.case.totals.get(key) if target.kind != "expression" else None
            rho = total.common_error if total and total.common_error is not None else self.settings.common_error
            tau = eta = None
            if key in doubted:
                own = total.dark_uncertainty if total else None
                shared = self.settings.dark_uncertainty if target.scale != "identity" else None
                prior = (own or shared or Prior("HalfNormal", (("sigma", S),))).scaled(self.settings.dark_uncertainty_factor)
                tau = self.parameter(f"tau[{key}]", "tau", prior)
                eta = self.parameter(f"eta[{key}]", "eta", _STANDARD) if rho > 0 else None
            unit = target.unit.text if target.scale == "identity" else ""
            quantity = list(self.case.quantities).index(key) if target.kind == "quantity" else None
            targets[key] = TargetDensity(key, target.kind, target.scale, unit, S, rho, tau, eta, quantity)
        return targets

    def scale_of(self, target: Target, members: list[tuple[Claim, int, Reading]]) -> float:
        """S_t: the larger of the median s and the standard deviation of the two-sided m."""
        spreads = [self.spreads[claim.id, i] for claim, i, _ in members]
        centres = [self.spreads[claim.id, i].m for claim, i, reading in members if not reading.statement.is_bound]
        between = stdev(centres) if len(centres) > 1 else 0.0
        return max(median(spread.s for spread in spreads), between, _LEAST_S[target.scale])

    def parameter(self, name: str, role: str, prior: Prior) -> int:
        self.parameters.append(Parameter(name, role, prior, **_prior_transform(prior)))
        return len(self.parameters) - 1

    def deltas(self, likelihood: list[Claim]) -> dict[str, int]:
        """One bias a source, where it states one and has a claim on the log scale."""
        deltas: dict[str, int] = {}
        for claim in likelihood:
            factor = self.case.sources[claim.source].overstates_by
            if factor and claim.source not in deltas and any(r.target.scale == "log" for _, r in _possible(claim)):
                low, high = math.log(factor[0]), math.log(factor[1])
                prior = Prior("Normal", (("mu", (low + high) / 2), ("sigma", (high - low) / (2 * _MAX_TAIL))))
                deltas[claim.source] = self.parameter(f"delta[{claim.source}]", "delta", prior)
        return deltas

    def epsilons(self, likelihood: list[Claim], targets: Mapping[str, TargetDensity]) -> dict[tuple[str, str], int]:
        """The source's own error on a target, where two of its claims share it; else it is marginalised exactly."""
        members: dict[tuple[str, str], set[str]] = defaultdict(set)
        for claim in likelihood:
            for _, reading in _possible(claim):
                if _k(claim) > 0 and targets[reading.target.key].rho < 1:
                    members[claim.source, reading.target.key].add(claim.id)
        return {
            key: self.parameter(f"epsilon[{key[0]}, {key[1]}]", "epsilon", _STANDARD)
            for key, claims in members.items() if len(claims) > 1
        }

    # ------------------------------------------------------------ terms

    def terms(self, likelihood: list[Claim], graph: Graph, targets: Mapping[str, TargetDensity],
              deltas: Mapping[str, int], epsilons: Mapping[tuple[str, str], int]) -> tuple[Term, ...]:
        groups: dict[str, list[Claim]] = defaultdict(list)
        for claim in likelihood:
            groups[f"group {claim.group}" if claim.group else claim.id].append(claim)
        terms = []
        for claims in groups.values():
            options = []
            for i, reading in _possible(claims[0]):
                options.append(Option(reading.weight, tuple(self.factor(claim, i, graph, deltas, epsilons) for claim in claims)))
            terms.append(Term(" + ".join(c.id for c in claims), tuple(c.id for c in claims), tuple(options)))
        return tuple(terms)

    def factor(self, claim: Claim, i: int, graph: Graph, deltas: Mapping[str, int],
               epsilons: Mapping[tuple[str, str], int]) -> Factor:
        reading = claim.readings[i]
        target, kind = reading.target, reading.statement.kind
        k = _k(claim)
        return Factor(
            claim.id, target.key, kind if reading.statement.is_bound else "two_sided", self.spreads[claim.id, i],
            graph.value(target, reading.as_of), k, deltas.get(claim.source) if target.scale == "log" else None,
            epsilons.get((claim.source, target.key)) if k > 0 else None)

    def totals(self, graph: Graph) -> tuple[Total, ...]:
        return tuple(
            Total(key, graph.root(Name(key), self.case.horizon), total.unit.factor, total.unit.offset, total.unit.text)
            for key, total in self.case.totals.items()
        )


_STANDARD = Prior("Normal", (("mu", 0.0), ("sigma", 1.0)))


def _possible(claim: Claim) -> list[tuple[int, Reading]]:
    """Return a claim's readings, with their positions, but for those of weight 0, which are as good as not listed."""
    return [(i, reading) for i, reading in enumerate(claim.readings) if reading.weight > 0]


def _k(claim: Claim) -> float:
    return (1 - claim.weight) / claim.weight


def _working_transform(quantity: Quantity) -> dict[str, Any]:
    upper = 1 / quantity.unit.factor if quantity.scale == "logit" else 1.0
    return {"transform": quantity.scale, "upper": upper}


def _prior_transform(prior: Prior) -> dict[str, Any]:
    """Return the transform that maps the whole line onto where the prior reaches."""
    lower, upper = prior.reach
    if math.isinf(lower) and math.isinf(upper):
        return {"transform": "identity"}
    if math.isinf(upper):
        return {"transform": "log"} if lower == 0 else {"transform": "above", "lower": lower}
    if math.isinf(lower):
        return {"transform": "below", "upper": upper}
    return {"transform": "logit" if (lower, upper) == (0, 1) else "interval", "lower": lower, "upper": upper}


def compile_case(case: Case) -> Density:
    """Compile a case to its density.

    Returns
    -------
    Density
        Immutable, free of YAML and of any engine.
    """
    return Compiler(case).compile()


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

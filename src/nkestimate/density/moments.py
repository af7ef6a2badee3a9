"""Which posterior moments exist, from the tails of priors and what expressions do to them.

Each node of the expression graph carries two orders: E|y|^p is finite for p below ``up``, and E|y|^−p for p below
``down``. A lognormal has all moments both ways, a half-Cauchy none of order 1; Hölder's inequality joins products.
For exponentials it also carries whether E exp(py) is finite for every p > 0 (``light_up``) and every p < 0 (``light_down``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from nkestimate.density.description import Density, Factor, Node, Parameter
from nkestimate.density.signs import Interval, intervals

_ALL = math.inf


@dataclass(frozen=True)
class Orders:
    """Orders below which positive and negative moments exist, and whether exponentials have a mean."""

    up: float
    down: float
    light_up: bool = True
    light_down: bool = True


def moment_orders(density: Density) -> dict[str, Orders]:
    """Return the orders of each total."""
    informed = _informed(density)
    where = intervals(density)
    out: list[Orders] = []
    for i, node in enumerate(density.nodes):
        if node.op == "const":
            orders = Orders(_ALL, _ALL if node.value else 0.0)
        elif node.op == "parameter":
            orders = _parameter(density.parameters[node.args[0]], node.args[0] in informed)
        else:
            orders = _operation(node, [out[a] for a in node.args], [where[a] for a in node.args], _top(density, node, informed))
        out.append(_bounded(orders, where[i]))
    return {total.name: out[total.node] for total in density.totals}


def _bounded(orders: Orders, interval: Interval) -> Orders:
    """Return orders, widened by what the ends of the interval say."""
    low, high = math.isfinite(interval.low), math.isfinite(interval.high)
    return Orders(
        _ALL if low and high else orders.up, _ALL if interval.low > 0 or interval.high < 0 else orders.down,
        orders.light_up or high, orders.light_down or low)


def tau_orders(density: Density, target: str) -> Orders:
    """Return the orders of a target's τ: its prior's tail, thinned by 1/τ for each of the errors that grow with it.

    As τ grows each two-sided claim's density falls like 1/τ; claims of one source whose errors in units of τ are the same
    (those of κ ≥ 1, or of one κ) fall together, once.
    """
    entry = density.targets[target]
    prior = density.parameters[entry.tau].prior if entry.tau is not None else None
    order = prior.family.order(dict(prior.parameters)) if prior is not None else _ALL
    if order == _ALL:
        return Orders(_ALL, 0.0)
    errors: set[int | str] = set()
    for term in density.terms:
        for factor in term.options[0].factors if not term.is_mixture else ():
            if factor.target == target and factor.kind == "two_sided":
                shared = [i for i, variance in factor.shared if variance.tau2]
                errors |= {factor.claim} if factor.own.tau2 else set(shared[-1:])
    return Orders(order + len(errors), 0.0)


def _informed(density: Density) -> set[int]:
    """Return the quantities on which a two-sided statement or a pool bears directly: it cuts off power tails."""
    stated = {pool.quantity for pool in density.pools}
    for term in density.terms:
        for factor in term.options[0].factors if not term.is_mixture else ():
            if (quantity := _bears_on(density, factor)) is not None:
                stated.add(quantity)
    return stated


def _bears_on(density: Density, factor: Factor) -> int | None:
    return density.targets[factor.target].quantity if factor.kind == "two_sided" else None


def _parameter(parameter: Parameter, informed: bool) -> Orders:
    prior = parameter.prior
    if parameter.scale == "identity" and parameter.transform == "identity":
        # A real value has positive density at 0, so its reciprocal has no mean.
        light = prior is None or informed or prior.family.light
        return Orders(_ALL if prior is None or informed else prior.family.order(dict(prior.parameters)), 1.0, light, light)
    if prior is None or parameter.on == "working":
        return Orders(_ALL, _ALL, False)  # normal on the working scale; where that is bounded the interval says so
    light = prior.family.light
    if informed and parameter.scale != "identity":
        return Orders(_ALL, _ALL, light)
    return Orders(_ALL if informed else prior.family.order(dict(prior.parameters)), _near(parameter, 0.0), light)


def _near(parameter: Parameter, end: float) -> float:
    """Return the order of E|θ − end|^−p at the lower or upper end of a prior: where its density is positive, 1."""
    prior = parameter.prior
    return _ALL if prior is None or parameter.on == "working" else prior.family.order_at(dict(prior.parameters), end)


def _top(density: Density, node: Node, informed: set[int]) -> float:
    """Return the order of the reciprocal of ``1 − share``: that of a constant less a quantity that reaches up to it."""
    if node.op != "-":
        return 1.0
    left, right = (density.nodes[a] for a in node.args)
    if left.op != "const" or right.op != "parameter":
        return 1.0
    parameter = density.parameters[right.args[0]]
    if parameter.transform not in ("logit", "interval") or parameter.upper != left.value:
        return 1.0
    cut_off = right.args[0] in informed and parameter.scale == "logit" and parameter.coordinate_is_working
    return _ALL if cut_off else _near(parameter, parameter.upper)


def _holder(*orders: float) -> float:
    total = sum(0.0 if math.isinf(order) else 1 / order if order else math.inf for order in orders)
    return 1 / total if total else _ALL


def _operation(node: Node, args: list[Orders], where: list[Interval], top: float) -> Orders:
    op, a, b = node.op, args[0], args[-1]
    positive = all(interval.positive for interval in where)
    if op == "neg":
        return Orders(a.up, a.down, a.light_down, a.light_up)
    if op == "*":
        return Orders(_holder(a.up, b.up), _holder(a.down, b.down), *_scaled(a, b, *where))
    if op == "/":
        reciprocal = where[1].low > 0 or where[1].high < 0
        light = _scaled(a, b, where[0], replace(where[1], low=-1.0, high=1.0)) if reciprocal else (False, False)
        if where[1].low == where[1].high and where[1].low > 0:
            light = (a.light_up, a.light_down)
        return Orders(_holder(a.up, b.down), _holder(a.down, b.up), *light)
    if op == "+":
        # A sum of positive parts is no smaller than either; of real parts it may vanish.
        down = max(a.down, b.down) if positive else 1.0
        return Orders(min(a.up, b.up), down, a.light_up and b.light_up, a.light_down and b.light_down)
    if op == "-":
        return Orders(min(a.up, b.up), top, a.light_up and b.light_down, a.light_down and b.light_up)
    if op == "min":
        up = max(a.up, b.up) if positive else min(a.up, b.up)
        return Orders(up, min(a.down, b.down), a.light_up or b.light_up, a.light_down and b.light_down)
    if op == "max":
        down = max(a.down, b.down) if positive else min(a.down, b.down)
        return Orders(min(a.up, b.up), down, a.light_up and b.light_up, a.light_down or b.light_down)
    if op == "sqrt":
        return Orders(2 * a.up, 2 * a.down, a.light_up)
    if op == "exp":
        return Orders(_ALL if a.light_up else 0.0, _ALL if a.light_down else 0.0, False)
    if op == "log":
        return Orders(_ALL if min(a.up, a.down) > 0 else 0.0, 1.0, a.up == _ALL, a.down == _ALL)
    if op == "round":
        return Orders(a.up, 0.0, a.light_up, a.light_down)
    return _power(a, where[1])


def _power(a: Orders, exponent: Interval) -> Orders:
    power = exponent.low if exponent.low == exponent.high else 0.0
    if not power:
        return Orders(_ALL, _ALL)
    up, down = (a.up, a.down) if power > 0 else (a.down, a.up)
    return Orders(up / abs(power), down / abs(power), a.light_up and 0 < power <= 1, False)


def _scaled(a: Orders, b: Orders, of_a: Interval, of_b: Interval) -> tuple[bool, bool]:
    """Return the lightness of a product: it keeps what one factor has where the other is bounded."""
    for one, other, fixed in ((a, of_a, of_b), (b, of_b, of_a)):
        if not (math.isfinite(fixed.low) and math.isfinite(fixed.high)):
            continue
        if fixed.low >= 0:
            return one.light_up, one.light_down
        if fixed.high <= 0:
            return one.light_down, one.light_up
        both = (one.light_up and one.light_down) or (math.isfinite(other.low) and math.isfinite(other.high))
        return both, both
    return False, False

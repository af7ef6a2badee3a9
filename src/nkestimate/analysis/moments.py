"""Which posterior moments exist, from the tails of priors and what expressions do to them.

Each node of the expression graph carries two orders: E|y|^p is finite for p below ``up``, and E|y|^−p for p below
``down``. A lognormal has all moments both ways, a half-Cauchy none of order 1; Hölder's inequality joins products.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nkestimate.density.description import Density, Parameter

_ALL = math.inf


@dataclass(frozen=True)
class Orders:
    """Orders below which positive and negative moments exist."""

    up: float
    down: float


def moment_orders(density: Density) -> dict[str, Orders]:
    """Return the orders of each total."""
    informed = _informed(density)
    out: list[Orders] = []
    for node in density.nodes:
        if node.op == "const":
            out.append(Orders(_ALL, _ALL if node.value else 0.0))
        elif node.op == "parameter":
            out.append(_parameter(density.parameters[node.args[0]], node.args[0] in informed))
        else:
            out.append(_operation(node.op, [out[a] for a in node.args], [density.nodes[a].value for a in node.args]))
    return {total.name: out[total.node] for total in density.totals}


def tau_orders(density: Density, target: str) -> Orders:
    """Return the orders of a target's τ: its prior's tail, thinned by 1/τ for each claim it doubts.

    As τ grows each two-sided claim with k > 0 has a density that falls like 1/τ; where the whole error is shared
    (ρ = 1) they fall together, once.
    """
    entry = density.targets[target]
    prior = density.parameters[entry.tau].prior if entry.tau is not None else None
    if prior is None or prior.name != "HalfCauchy":
        return Orders(_ALL, 0.0)
    doubted = sum(
        factor.target == target and factor.k > 0 and factor.kind == "two_sided"
        for term in density.terms if not term.is_mixture for factor in term.options[0].factors
    )
    return Orders(1.0 + (doubted if entry.rho < 1 else min(doubted, 1)), 0.0)


def _informed(density: Density) -> set[int]:
    """Return the quantities on which a two-sided statement or a pool bears directly: it cuts off power tails."""
    stated = {pool.quantity for pool in density.pools}
    for term in density.terms:
        for factor in term.options[0].factors:
            quantity = density.targets[factor.target].quantity
            if quantity is not None and factor.kind == "two_sided" and not term.is_mixture:
                stated.add(quantity)
    return stated


def _parameter(parameter: Parameter, informed: bool) -> Orders:
    prior = parameter.prior
    if parameter.scale == "identity" and parameter.transform == "identity":
        # A real value has positive density at 0, so its reciprocal has no mean.
        up = prior["nu"] if prior is not None and prior.name == "StudentT" and not informed else _ALL
        return Orders(up, 1.0)
    if informed or prior is None or parameter.on == "working":
        return Orders(_ALL, _ALL)
    low, _ = prior.reach
    p = dict(prior.parameters)
    up = 1.0 if prior.name == "HalfCauchy" else _ALL
    down = {"LogNormal": _ALL, "LogitNormal": _ALL, "Gamma": p.get("alpha", 1.0), "Beta": p.get("alpha", 1.0),
            "Triangular": 2.0}.get(prior.name, 1.0)
    return Orders(up, _ALL if low > 0 else down)


def _holder(*orders: float) -> float:
    total = sum(0.0 if math.isinf(order) else 1 / order if order else math.inf for order in orders)
    return 1 / total if total else _ALL


def _operation(op: str, args: list[Orders], values: list[float]) -> Orders:
    a = args[0]
    b = args[-1]
    if op == "*":
        return Orders(_holder(a.up, b.up), _holder(a.down, b.down))
    if op == "/":
        return Orders(_holder(a.up, b.down), _holder(a.down, b.up))
    if op == "+":
        # A sum of positive parts is no smaller than either; of real parts it may vanish.
        return Orders(min(a.up, b.up), max(a.down, b.down))
    if op == "-":
        return Orders(min(a.up, b.up), 1.0)
    if op == "neg":
        return a
    if op == "min":
        return Orders(max(a.up, b.up), min(a.down, b.down))
    if op == "max":
        return Orders(min(a.up, b.up), max(a.down, b.down))
    if op == "sqrt":
        return Orders(2 * a.up, 2 * a.down)
    if op == "**" and values[1]:
        power = abs(values[1])
        up, down = (a.up, a.down) if values[1] > 0 else (a.down, a.up)
        return Orders(up / power, down / power)
    if op == "log":
        return Orders(_ALL if min(a.up, a.down) > 0 else 0.0, 1.0)
    return Orders(_ALL, _ALL)

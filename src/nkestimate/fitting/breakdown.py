"""What follows from a fit's draws beside its totals: shares of a sum, a target at any date, the shape of a distribution."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.expressions import Expr, Literal, Name, Op
from nkestimate.case.model import Case, Target
from nkestimate.density.compile import Graph
from nkestimate.density.evaluate import evaluate_nodes
from nkestimate.fitting.records import QUANTILES

Array = NDArray[np.float64]
SHAPE = tuple((i + 0.5) / 100 for i in range(100))
"""At which probabilities quantiles tell the shape of a distribution."""


def quantiles_of(draws: Iterable[float] | Array, at: tuple[float, ...] = QUANTILES) -> dict[float, float]:
    """Return quantiles of the finite draws; nan where there are none."""
    values = np.asarray(draws, float)
    values = values[np.isfinite(values)]
    if not values.size:
        return dict.fromkeys(at, math.nan)
    return dict(zip(at, (float(q) for q in np.quantile(values, at)), strict=True))


def target_draws(case: Case, target: Target, when: date, natural: Array) -> Array:
    """Return a target's draws at a date, in its unit, shape (draw,).

    Parameters
    ----------
    natural : array, shape (draw, coordinate)
        Natural values of the coordinates.
    """
    graph = Graph(case, {name: i for i, name in enumerate(case.quantities)})
    node = graph.value(target, when)
    values = np.broadcast_to(evaluate_nodes(tuple(graph.nodes), natural)[node], natural.shape[:1])
    # On the logit scale `Graph.value` gives the root value.
    return target.unit.from_root(values) if target.scale == "logit" else values  # type: ignore[arg-type, return-value]


def shares_of_headline(case: Case, natural: Array) -> tuple[str, list[tuple[Expr, Array]]]:
    """Return the total of which the headline is the sum, and draws of the share of each part; no part where nothing is a sum.

    Parameters
    ----------
    natural : array, shape (draw, coordinate)
        Natural values of the coordinates.
    """
    whole, summands = _sum_in(case.headline.id, case)
    if not summands:
        return whole, []
    graph = Graph(case, {name: i for i, name in enumerate(case.quantities)})
    nodes = [graph.root(part, case.horizon) for part in summands]
    values = evaluate_nodes(tuple(graph.nodes), natural)
    draws = np.stack([np.broadcast_to(values[node], natural.shape[:1]) for node in nodes])
    if np.any(draws < 0):
        return whole, []  # a share of what may be negative says nothing
    return whole, list(zip(summands, draws / draws.sum(axis=0), strict=True))


def _sum_in(key: str, case: Case) -> tuple[str, list[Expr]]:
    """Return the total, from one down through numerators and constant factors, that is a sum; and its terms."""
    expr: Expr = Name(key)
    while isinstance(expr, Name) or (isinstance(expr, Op) and expr.op in ("/", "*")):
        if isinstance(expr, Op):
            varying = [arg for arg in expr.args if not isinstance(arg, Literal)] if expr.op == "*" else expr.args[:1]
            if len(varying) != 1:
                return key, []
            expr = varying[0]
        elif expr.id in case.derived:
            key, expr = expr.id, case.derived[expr.id].expr
        else:
            return expr.id, []
    return key, list(_terms(expr)) if isinstance(expr, Op) and expr.op == "+" else []


def _terms(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Op) and expr.op == "+":
        for arg in expr.args:
            yield from _terms(arg)
    else:
        yield expr

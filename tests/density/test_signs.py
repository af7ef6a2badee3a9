"""Intervals of expressions: what is called positive never comes out at or below 0, and simple cases are recognised."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator, evaluate_nodes
from nkestimate.density.signs import intervals
from random_cases import load, random_case


@pytest.mark.parametrize("seed", range(60))
def test_values_are_inside_their_intervals(seed):
    density = compile_case(load(random_case(Random(seed), walls=True)))
    evaluator = Evaluator(density)
    v = evaluator.prior_draws(200, np.random.default_rng(seed))
    for value, interval in zip(evaluate_nodes(density.nodes, evaluator.natural(v)), intervals(density), strict=True):
        value = np.asarray(value)[np.isfinite(value)]
        slack = 1e-9 * (1 + np.abs(value))
        assert np.all(value >= interval.low - slack)
        assert np.all(value <= interval.high + slack)
        if interval.positive:
            assert np.all(value >= 0)  # 0 by underflow only


@pytest.mark.parametrize(
    ("expr", "positive"),
    [("a + b", True), ("a * b / (a + 1)", True), ("1 - p", True), ("0.5 - p", False), ("log(1 + a)", True), ("log(a)", False), ("a - b", False),
     ("max(a - b, 0)", False), ("max(a - b, 1)", True), ("min(a, b, 1)", True), ("1 - min(a, 1)", False), ("exp(r)", True), ("r", False), ("r**2", False),
     ("sqrt(a)", True), ("sqrt(r)", False), ("-(0 - a)", True), ("a**r", True), ("(1 - p)**-0.5", True), ("a * years(late, early) / (1 year)", False),
     ("a * (1 - p * p)", True), ("1 / (p - 1)", False), ("max(a, r)", True), ("a / exp(-r)", True)],
)  # fmt: skip
def test_signs(make, expr, positive):
    quantities = {"a": {}, "b": {}, "p": {"support": "fraction"}, "r": {"support": "real"}}
    priors = {"a": "LogNormal(0, 1)", "b": "Uniform(1, 2)", "p": "Beta(1, 1)", "r": "Normal(0, 1)"}
    case = make(quantities={key: {"unit": "", "prior": priors[key], "rationale": "r", **entry} for key, entry in quantities.items()},
                dates={"early": "2020-01-01", "late": "2021-01-01"}, derived={"d": {"unit": "", "expr": expr}})  # fmt: skip
    density = compile_case(case)
    total = next(t for t in density.totals if t.name == "d")
    assert intervals(density)[total.node].positive is positive

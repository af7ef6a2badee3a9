"""Parts that sum to one: the same density whichever part comes last, that of a Dirichlet times what claims say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import special, stats

import nkestimate
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.engine.kernel import evaluate
from nkestimate.inference.lower import lower

Z90 = 1.6448536269514722
PARTS = ("arms", "food", "rest")


@pytest.fixture
def budget(make):
    """Return a function that makes a case of a budget's parts, in any order."""

    def budget(order=PARTS, claims=None, quantities=None, prior=None, **sections):
        stated = {name: {"unit": "", "support": "fraction"} for name in PARTS} | (quantities or {})
        whole = {"parts": list(order), "rationale": "there is nothing else", **({"prior": prior} if prior else {})}
        return make(quantities=stated, shares={"budget": whole}, claims={key: {"source": "a", **claim} for key, claim in (claims or {}).items()},
                    **sections)  # fmt: skip

    return budget


def log_density_of_parts(case, theta):
    """Return the log density of (arms, food) at points, errors that sources share at 0."""
    density = compile_case(case)
    evaluator = Evaluator(density)

    def parts(sticks):
        v = np.zeros((*sticks.shape[:-1], density.size))
        v[..., :2] = sticks
        totals = evaluator.totals(v)
        return v, np.stack([totals["arms"], totals["food"]], axis=-1)

    order = [quantity.part for quantity in case.quantities.values()]
    point = dict(zip(PARTS, (theta[:, 0], theta[:, 1], 1 - theta.sum(axis=1)), strict=True))
    first = point[order[0]]
    sticks = special.logit(np.stack([first, point[order[1]] / (1 - first)], axis=-1))
    v, found = parts(sticks)
    np.testing.assert_allclose(found, theta, rtol=1e-9)
    slopes = np.stack([(parts(sticks + step)[1] - parts(sticks - step)[1]) / 2e-5 for step in 1e-5 * np.eye(2)], axis=-1)
    return evaluator.log_density(v) - np.log(np.abs(np.linalg.det(slopes)))


def log_said(theta, low, high):
    """Return the log density of a range's centre, normal on the log-odds scale."""
    a, b = special.logit(low), special.logit(high)
    return stats.norm.logpdf((a + b) / 2, special.logit(theta), (b - a) / (2 * Z90))


THETA = np.random.default_rng(1).dirichlet([2, 2, 2], 30)[:, :2]


@pytest.mark.parametrize("order", list(itertools.permutations(PARTS)), ids="-".join)
@pytest.mark.parametrize("prior", [None, (4, 1, 2.5)])
def test_the_density_is_a_dirichlet_times_what_is_said_of_each_part_in_any_order(budget, order, prior):
    claims = {"a": {"about": "arms", "between": [0.2, 0.4]}, "r": {"about": "rest", "between": [0.3, 0.6]}}
    alpha = dict(zip(PARTS, prior or (1, 1, 1), strict=True))
    stated = f"Dirichlet({', '.join(str(alpha[name]) for name in order)})" if prior else None
    rest = 1 - THETA.sum(axis=1)
    expected = (stats.dirichlet.logpdf(np.column_stack([THETA, rest]).T, list(alpha.values()))
                + log_said(THETA[:, 0], 0.2, 0.4) + log_said(rest, 0.3, 0.6))  # fmt: skip
    np.testing.assert_allclose(log_density_of_parts(budget(order, claims, prior=stated), THETA), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("pooling", ["hierarchical", "linear", "log"])
def test_doubted_claims_are_the_same_in_any_order_and_mode(budget, pooling):
    claims = {"a": {"about": "arms", "between": [0.2, 0.4], "weight": 0.5}, "b": {"about": "arms", "at_least": 0.1, "weight": 0.3},
              "f": {"about": "food", "counted": "3 of 12", "weight": 0.4}, "r": {"about": "rest", "around": 0.5, "weight": 0.6}}  # fmt: skip
    one, two = (log_density_of_parts(budget(order, claims, settings={"pooling": pooling}), THETA) for order in (PARTS, PARTS[::-1]))
    np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-6)
    assert np.isfinite(one).all()


def test_draws_without_claims_are_those_of_the_prior_and_sum_to_one(budget):
    evaluator = Evaluator(compile_case(budget(("rest", "arms", "food"), quantities={"food": {"unit": "percent", "support": "fraction"}})))
    totals = evaluator.totals(evaluator.prior_draws(5000, np.random.default_rng(3)))
    np.testing.assert_allclose(totals["arms"] + totals["food"] / 100 + totals["rest"], 1, rtol=1e-12)
    for part in (totals["arms"], totals["food"] / 100, totals["rest"]):
        assert stats.kstest(part, stats.beta(1, 2).cdf).pvalue > 1e-3


def test_a_prior_of_one_part_is_its_own_and_the_others_share_what_it_leaves(budget):
    quantities = {"rest": {"unit": "percent", "support": "fraction", "prior": {"between": [20, 50]}, "rationale": "a year ago"}}
    case = budget(quantities=quantities)
    evaluator = Evaluator(compile_case(case))
    totals = evaluator.totals(evaluator.prior_draws(5000, np.random.default_rng(4)))
    low, high = special.logit(0.2), special.logit(0.5)
    law = stats.norm((low + high) / 2, (high - low) / (2 * Z90))
    assert stats.kstest(special.logit(totals["rest"] / 100), law.cdf).pvalue > 1e-3
    assert stats.kstest(totals["arms"] / (1 - totals["rest"] / 100), stats.uniform.cdf).pvalue > 1e-3


def test_two_parts_are_one_fraction(make):
    """Of two parts the second is the rest: the density is that of one flat fraction with both claims."""
    quantities = {key: {"unit": "", "support": "fraction"} for key in ("yes", "no")}
    claims = {"y": {"source": "a", "about": "yes", "between": [0.1, 0.3]}, "n": {"source": "a", "about": "no", "between": [0.6, 0.8]}}
    case = make(quantities=quantities, claims=claims, shares={"vote": {"parts": ["yes", "no"], "rationale": "none abstained"}})
    v = np.linspace(-4, 4, 9)[:, None]
    expected = log_said(special.expit(v[:, 0]), 0.1, 0.3) + log_said(special.expit(-v[:, 0]), 0.6, 0.8) - np.logaddexp(0, v[:, 0]) - np.logaddexp(0, -v[:, 0])
    np.testing.assert_allclose(Evaluator(compile_case(case)).log_density(v), expected, rtol=1e-9)


def test_the_fast_engine_and_pymc_have_the_same_density(budget):
    from inference.test_pymc_model import assert_same

    claims = {"a": {"about": "arms", "between": [0.2, 0.4], "weight": 0.5}, "r": {"about": "rest", "at_most": 0.9, "weight": 0.6}}
    case = budget(claims=claims, derived={"double": {"unit": "", "expr": "2 * rest + arms"}})
    density = compile_case(case)
    v = Evaluator(density).prior_draws(20, np.random.default_rng(5))
    logs, _ = evaluate(lower(density, {}, standardise=False).program, v)
    np.testing.assert_allclose(logs, Evaluator(density).log_density(v), rtol=1e-9, atol=1e-9)
    assert not lower(density, {}).walls
    assert_same(case)


def test_shares_of_counts_have_their_closed_form(budget):
    """Claims at their word on two parts of three: the posterior mean of the third, by quadrature over the simplex."""
    claims = {"a": {"about": "arms", "between": [0.2, 0.4]}, "f": {"about": "food", "between": [0.1, 0.5]}}
    fit = nkestimate.fit(budget(("food", "rest", "arms"), claims), progress=False)
    assert fit.summary.diagnostics.ok, fit.summary.diagnostics
    grid = (np.arange(800) + 0.5) / 800
    arms, food = np.meshgrid(grid, grid, indexing="ij")
    weight = np.where(arms + food < 1, np.exp(log_said(arms, 0.2, 0.4) + log_said(food, 0.1, 0.5)), 0.0)
    rest, weight = (1 - arms - food).ravel(), weight.ravel() / weight.sum()
    row = fit.summary.totals["rest"]
    mean, sd = float(weight @ rest), math.sqrt(float(weight @ rest**2) - float(weight @ rest) ** 2)
    assert abs(row.mean - mean) < 4.5 * sd / math.sqrt(row.ess_bulk)
    assert row.sd == pytest.approx(sd, rel=0.1)
    assert {*fit.summary.derived} == {*PARTS}
    assert fit.case.headline.id == "food"

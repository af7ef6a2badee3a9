"""Statements drawn from a density have its likelihood, and what is restated is that density with other statements."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator, log_statement
from nkestimate.density.restate import NoTruthError, moves, restated, simulate

SIZE = 20_000


def drawn_moves(term, y, extra, seed=1):
    """Moves of a term's claims whose centres are all y, with that variance added, SIZE times."""
    factors = sum(len(option.factors) for option in term.options)
    weights = np.log([option.weight for option in term.options])
    return moves(term, np.full((SIZE, factors), y), np.full((SIZE, factors), extra), np.tile(weights, (SIZE, 1)), np.random.default_rng(seed))


@pytest.mark.parametrize("said", [{"between": [80, 120]}, {"quantiles": {0.05: 60, 0.5: 100, 0.95: 400}}])
def test_what_is_stated_has_the_likelihood_as_its_density(make, said):
    term = compile_case(make(quantities={"x": {"unit": ""}}, claims={"c": {"source": "a", "about": "x", **said}})).terms[0]
    factor, y, extra = term.options[0].factors[0], np.log(130), 0.04
    moved, _ = drawn_moves(term, y, extra)

    def likelihood(by):
        from dataclasses import replace

        return float(np.exp(log_statement(replace(factor, spread=replace(factor.spread, m=factor.spread.m + by)), np.array(y), np.array(extra))))

    for at in (-0.5, 0.0, 0.3, 0.8):
        wanted = integrate.quad(likelihood, -8, at, points=[y - factor.spread.m] if y - factor.spread.m < at else None, limit=200)[0]
        assert np.mean(moved[:, 0] <= at) == pytest.approx(wanted, abs=4 * 0.5 / np.sqrt(SIZE))


@pytest.mark.parametrize("kind", ["at_most", "at_least"])
def test_a_bound_holds_as_often_as_it_is_probable_and_else_turns_into_its_complement(make, kind):
    claims = {"c": {"source": "a", "about": "x", "between": [80, 120]}, "b": {"source": "a", "about": "x", kind: 120}}
    density = compile_case(make(quantities={"x": {"unit": ""}}, claims=claims))
    term = density.terms[1]
    factor, y, extra = term.options[0].factors[0], np.log(110), 0.04
    moved, _ = drawn_moves(term, y, extra)
    holds = stats.norm.cdf((factor.spread.m - y) / np.hypot(factor.spread.left, 0.2))
    assert np.mean(moved[:, 0] == 0) == pytest.approx(holds if kind == "at_most" else 1 - holds, abs=4 * 0.5 / np.sqrt(SIZE))
    other = restated(density, {"c": np.zeros(1), "b": np.array([0.3])})
    v = Evaluator(density).prior_draws(50, np.random.default_rng(2))
    one, two = Evaluator(density).log_likelihood(v)["b"], Evaluator(other).log_likelihood(v)["b"]
    np.testing.assert_allclose(np.exp(one) + np.exp(two), 1)  # an event and its complement
    assert (other.parameters, other.targets, other.terms[0]) == (density.parameters, density.targets, density.terms[0])


def test_a_group_takes_one_reading_together_and_each_by_its_weight(make):
    said = {"reading_group": "g", "readings": [{"about": "x", "weight": 0.3}, {"about": "y", "weight": 0.7}]}
    claims = {"x1": {"source": "a", "about": "x", "between": [9, 11]}, "y1": {"source": "a", "about": "y", "between": [900, 1100]},
              "g1": {"source": "a", "between": [9, 11], **said}, "g2": {"source": "a", "between": [90, 110], **said}}  # fmt: skip
    density = compile_case(make(quantities={"x": {"unit": ""}, "y": {"unit": ""}}, claims=claims))
    term = next(term for term in density.terms if term.is_mixture)
    y = np.tile(np.log([10, 10, 1000, 1000]), (SIZE, 1))
    moved, chosen = moves(term, y, np.full_like(y, 1e-4), np.tile(np.log([0.3, 0.7]), (SIZE, 1)), np.random.default_rng(1))
    assert np.mean(chosen == 0) == pytest.approx(0.3, abs=4 * 0.5 / np.sqrt(SIZE))
    of_first = chosen == 0
    np.testing.assert_allclose(moved[of_first].mean(axis=0), [np.log(10 / 9.95), np.log(10 / 99.5)], atol=0.02)
    np.testing.assert_allclose(moved[~of_first].mean(axis=0), [np.log(1000 / 9.95), np.log(1000 / 99.5)], atol=0.02)


def test_truths_are_where_all_claims_have_something_to_be_about(make):
    quantities = {"x": {"unit": ""}, "y": {"unit": ""}}
    claims = {"x1": {"source": "a", "about": "x", "between": [9, 11]}, "y1": {"source": "a", "about": "y", "between": [8, 12]},
              "d": {"source": "a", "about": "x - y", "between": [1, 3]}}  # fmt: skip
    density = compile_case(make(quantities=quantities, claims=claims))
    rng = np.random.default_rng(1)
    for _ in range(20):
        drawn = simulate(density, rng)
        x, y = (Evaluator(density).totals(drawn.v)[key] for key in "xy")
        assert x > y
        assert np.isfinite(Evaluator(drawn.density).log_density(drawn.v))
    held = make(quantities={"s": {"unit": "", "support": "fraction", "prior": "Uniform(0.6, 1)", "rationale": "x"}},
                derived={"d": {"unit": "", "support": "positive", "expr": "0.5 - s"}})  # fmt: skip
    with pytest.raises(NoTruthError, match="none of 20,000 draws"):
        simulate(compile_case(held), rng)

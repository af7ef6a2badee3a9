"""Ranks of truths: equal to those under an exact posterior, uniform, and not so where another density is fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from nkestimate.density import compile_case
from nkestimate.density.restate import simulate
from nkestimate.engine.nuts import Effort
from nkestimate.solidity.calibrating.ranking import rank, ranked
from nkestimate.solidity.calibrating.uniformity import uniformity

EFFORT = Effort(draws=500, tune=200, chains=2)


@pytest.fixture
def normal(make):
    """A normal prior and one statement taken at its word: the posterior is known."""
    claims = {"c": {"source": "a", "about": "x", "estimate": 12, "standard_error": 3}}
    quantities = {"x": {"unit": "", "support": "real", "prior": "Normal(10, 4)", "rationale": "a test"}}
    return compile_case(make(quantities=quantities, claims=claims))


def test_a_rank_is_that_under_the_exact_posterior(normal):
    apart = []
    for number in range(12):
        drawn = simulate(normal, np.random.default_rng((1, number)))
        m = drawn.density.terms[0].options[0].factors[0].spread.m
        mean, sd = (10 / 16 + m / 9) / (1 / 16 + 1 / 9), (1 / 16 + 1 / 9) ** -0.5
        exact = stats.norm.cdf(drawn.v[0], mean, sd)
        apart.append(ranked(normal, EFFORT, (1, number)).ranks["total:x"].u - exact)
    assert np.abs(apart).max() < 4 * 0.5 / np.sqrt(100)
    assert np.sqrt(np.mean(np.square(apart))) < 0.06


@pytest.fixture(scope="module")
def both():
    """Ranks of one small case, and of the same with all statements fitted as if half as sharp, 60 times each."""
    from random_cases import load

    plain = {"format": 1, "title": "A test", "horizon": "2025-06-30", "sources": {"a": {"weight": 1}, "b": {"weight": 0.5}},
             "quantities": {"x": {"unit": ""}}, "claims": {"c": {"source": "a", "about": "x", "between": [90, 130]},
                                                           "d": {"source": "b", "about": "x", "at_most": 120}}}  # fmt: skip
    density = compile_case(load(plain))

    def blunted(density):
        terms = tuple(replace(term, options=tuple(replace(o, factors=tuple(
            replace(f, spread=replace(f.spread, left=2 * f.spread.left, right=2 * f.spread.right)) for f in o.factors)) for o in term.options))
            for term in density.terms)  # fmt: skip
        return replace(density, terms=terms)

    return {name: [ranked(density, EFFORT, (1, number), spoil) for number in range(60)] for name, spoil in (("right", None), ("wrong", blunted))}


def least_p(outcomes):
    return min(uniformity(np.array([o.ranks[name].u for o in outcomes])).p * len(outcomes[0].ranks) for name in outcomes[0].ranks)


@pytest.mark.slow
def test_the_right_density_passes_and_one_with_twice_the_spread_does_not(both):
    assert set(both["right"][0].ranks) == {"total:x", "tau[x]", "log likelihood"}
    assert least_p(both["right"]) > 0.05
    assert least_p(both["wrong"]) < 0.01
    spread = [np.std([o.ranks["total:x"].u for o in both[name]]) for name in ("right", "wrong")]
    assert spread[1] < 0.8 * spread[0]  # too wide a posterior has its truths in the middle


def test_which_reading_is_true_is_ranked_by_their_probabilities(make):
    claims = {"x1": {"source": "a", "about": "x", "between": [9, 11]}, "y1": {"source": "a", "about": "y", "between": [900, 1100]},
              "r": {"source": "a", "between": [9, 11], "readings": [{"about": "x", "weight": 0.3}, {"about": "y", "weight": 0.7}]}}  # fmt: skip
    density = compile_case(make(quantities={"x": {"unit": ""}, "y": {"unit": ""}}, claims=claims))
    for number in range(4):
        true = simulate(density, np.random.default_rng((1, number))).readings["r"]
        u = ranked(density, EFFORT, (1, number)).ranks["reading:r"].u
        assert 0 <= u <= 1
        assert true in (0, 1)
        # the two quantities lie a factor of a hundred apart, so that each statement tells which it is of, as a rule
    wanted = [ranked(density, EFFORT, (2, number)).ranks["reading:r"].of for number in range(2)]
    assert wanted == [0, 0]  # no draws are counted


def test_ties_and_values_that_are_none_are_ranked_at_random_among_their_like():
    draws = np.zeros((2, 300))
    places = np.array([rank(0.0, draws, np.random.default_rng(seed)).u for seed in range(400)])
    assert stats.kstest(places, "uniform").pvalue > 0.001
    assert rank(1.0, draws, np.random.default_rng(1)).below == 99
    slow = np.repeat(np.random.default_rng(1).normal(size=(2, 15)), 20, axis=1)  # each draw twenty times over
    assert rank(0.0, slow, np.random.default_rng(1)).of < 99

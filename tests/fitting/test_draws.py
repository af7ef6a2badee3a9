"""Quantiles by weight against those of the normal that the weights make, options drawn against their shares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nkestimate.fitting.draws import chosen, few, weighted_quantiles

LEVELS = (0.05, 0.5, 0.95)


def test_equal_weights_have_the_quantiles_of_numpy():
    draws = np.random.default_rng(1).normal(size=501)
    assert weighted_quantiles(draws, np.full(501, 7.0), LEVELS) == pytest.approx(np.quantile(draws, LEVELS), abs=1e-12)


def test_weights_make_another_normal_of_draws():
    draws = np.random.default_rng(1).normal(size=100_000)
    weights = stats.norm.pdf(draws, 0.5, 0.8) / stats.norm.pdf(draws)
    assert weighted_quantiles(draws, weights, LEVELS) == pytest.approx(stats.norm.ppf(LEVELS, 0.5, 0.8), abs=0.02)


def test_an_option_is_drawn_as_often_as_it_weighs():
    shares = np.array([0.2, 0.5, 0.3])
    drawn = chosen(np.log(40 * shares)[:, None] + np.zeros(50_000), np.random.default_rng(1))
    assert np.bincount(drawn) / 50_000 == pytest.approx(shares, abs=0.01)


def test_an_option_that_cannot_be_is_not_drawn():
    assert set(chosen(np.array([[0.0] * 9, [-np.inf] * 9]), np.random.default_rng(1))) == {0}


def test_a_few_of_many_reach_from_the_first_to_the_last():
    assert few(np.arange(4000.0))[[0, -1]].tolist() == [0, 3999] and len(few(np.arange(4000.0))) == 400 and len(few(np.arange(7.0))) == 7

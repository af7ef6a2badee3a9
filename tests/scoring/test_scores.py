"""Scoring rules against closed forms."""

import math

import numpy as np
import pytest
from scipy import stats

from nkestimate.scoring import scores

MANY = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)  # a standard normal, without Monte Carlo error


def crps_of_a_normal(y):
    """Gneiting, Raftery, Westveld & Goldman 2005, equation 5."""
    return y * (2 * stats.norm.cdf(y) - 1) + 2 * stats.norm.pdf(y) - 1 / math.sqrt(math.pi)


@pytest.mark.parametrize("y", [-2.5, -0.3, 0.0, 1.0, 4.0])
def test_the_crps_of_a_normal(y):
    assert scores.crps(MANY, y) == pytest.approx(crps_of_a_normal(y), abs=2e-4)
    assert scores.crps(10 * MANY + 3, 10 * y + 3) == pytest.approx(10 * crps_of_a_normal(y), abs=2e-3)


def test_the_crps_is_fair_to_few_draws():
    rng = np.random.default_rng(1)
    few = np.mean([scores.crps(rng.normal(size=4), 0.5) for _ in range(20_000)])
    assert few == pytest.approx(crps_of_a_normal(0.5), abs=0.01)  # that of the empirical distribution is 0.14 too high


def test_the_crps_is_the_mean_over_pairs():
    draws = np.random.default_rng(2).normal(size=7)
    pairs = np.abs(draws[:, None] - draws).sum() / (7 * 6)
    assert scores.crps(draws, 0.2) == pytest.approx(np.abs(draws - 0.2).mean() - pairs / 2)


@pytest.mark.parametrize("y", [-1.5, 0.0, 2.0])
def test_the_log_score_of_a_normal_is_that_of_a_normal_widened_by_the_kernel(y):
    width = scores.kernel_width(MANY, 2000)
    assert width == pytest.approx(0.9 * 2000**-0.2, rel=2e-3)
    wide = stats.norm(0, math.hypot(1, width))
    assert scores.log_score(MANY, y, y, 2000) == pytest.approx(wide.logpdf(y), abs=1e-3)
    assert scores.log_score(MANY, y, y + 0.5, 2000) == pytest.approx(math.log((wide.cdf(y + 0.5) - wide.cdf(y)) / 0.5), abs=1e-3)
    assert abs(scores.log_score(MANY, y, y, 2000) - stats.norm.logpdf(y)) < 0.06


def test_the_log_score_is_finite_far_away_and_a_narrow_range_is_its_value():
    assert -1e5 < scores.log_score(MANY, 40.0, 41.0, 2000) < -1000
    assert scores.log_score(MANY, 40.0, 40.0 + 1e-7, 2000) == pytest.approx(scores.log_score(MANY, 40.0, 40.0, 2000), rel=1e-4)
    assert scores.log_score(-MANY, -40.0 - 1e-7, -40.0, 2000) == pytest.approx(scores.log_score(MANY, 40.0, 40.0, 2000), rel=1e-4)
    assert scores.log_score(np.ones(10), 1.0, 1.0, 10) is None


def test_the_place_of_a_truth():
    assert scores.pit(MANY, 1.0) == pytest.approx(stats.norm.cdf(1), abs=1e-4)
    assert (scores.pit(MANY, -9), scores.pit(MANY, 9)) == pytest.approx((0, 1), abs=1e-4)
    assert scores.pit(np.array([1.0, 1.0]), 1.0) == 0.5


def test_scores_of_answers():
    assert scores.brier(0.7, True) == pytest.approx(0.09)
    assert scores.brier(0.7, False) == pytest.approx(0.49)
    assert scores.log_score_of_answer(0.7, False, 10**6) == pytest.approx(math.log(0.3), abs=1e-5)
    assert scores.log_score_of_answer(0.0, True, 999) == pytest.approx(math.log(0.5 / 1000))

"""Weighted quantiles against NumPy's, densities against the normal that was drawn from, round ticks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from nkestimate.case import load_case
from nkestimate.exploring.picture import Sample, picture, ticks
from nkestimate.wording.numbers import PRINT, display

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@pytest.fixture
def draws():
    return np.random.default_rng(1).normal(size=4000)


def test_quantiles_of_equal_weights_are_those_of_numpy(draws):
    assert Sample.of(draws).quantiles(LEVELS) == pytest.approx(np.quantile(draws, LEVELS), abs=1e-9)


def test_quantiles_of_weights_are_those_of_the_density_they_make(draws):
    weights = stats.norm.pdf(draws, 0.5, 0.8) / stats.norm.pdf(draws)
    found = Sample.of(draws, weights / weights.sum()).quantiles(LEVELS)
    assert found == pytest.approx(stats.norm.ppf(LEVELS, 0.5, 0.8), abs=0.12)


def test_draws_without_a_value_are_left_out():
    sample = Sample.of(np.array([np.nan, 1.0, np.inf, 3.0]))
    assert list(sample.values) == [1, 3]
    assert sample.weights.sum() == pytest.approx(1)
    assert not sample.whole
    assert Sample.of(np.array([1.0, 2.0])).whole
    assert math.isnan(Sample.of(np.array([np.nan])).quantiles((0.5,))[0])


def shown(total, values):
    return display(total.unit.text, total.support, dict(zip(LEVELS, np.quantile(values, LEVELS))), PRINT)


def test_a_density_is_that_of_the_normal_it_was_drawn_from(fence, draws):
    total = load_case(fence).totals["cost"]
    values = np.exp(5 + 0.6 * draws)  # wide enough for an axis in logarithms
    found = picture(total, {"now": Sample.of(values)}, shown(total, values))
    x, y = np.array(found["curves"]["now"]["line"]).T
    low, high = np.quantile(draws, (0.002, 0.998))
    margin = 0.03 * (high - low)
    z = low - margin + x * (high - low + 2 * margin)
    assert y == pytest.approx(stats.norm.pdf(z) / stats.norm.pdf(0), abs=0.05)
    middle = found["curves"]["now"]["marks"][1]
    assert y[np.abs(x - middle).argmin()] > 0.95


def test_the_axis_is_that_of_all_curves(fence, draws):
    total = load_case(fence).totals["cost"]
    samples = {"now": Sample.of(100 + draws), "file": Sample.of(110 + draws)}
    found = picture(total, samples, shown(total, 100 + draws))
    now, file = (found["curves"][name]["marks"][1] for name in ("now", "file"))
    assert 0.1 < now < 0.3 < 0.7 < file < 0.9
    where = {float(tick["words"]): tick["x"] for tick in found["ticks"]}
    assert (file - now) / 10 == pytest.approx((where[110] - where[100]) / 10, abs=0.01)


def test_what_has_no_spread_has_no_picture(fence):
    total = load_case(fence).totals["cost"]
    for values in (np.ones(10), np.full(10, np.nan)):
        assert picture(total, {"now": Sample.of(values)}, display("USD", "positive", {0.05: 1, 0.5: 1, 0.95: 1}, PRINT)) is None


@pytest.mark.parametrize("low, high, log, wanted", [
    (1.3, 18, True, [2, 5, 10]), (0.011, 90, True, [0.1, 1, 10]), (11, 95, True, [20, 50]), (3.2, 9.7, False, [4, 6, 8]), (-1.2, 1.4, False, [-1, 0, 1]),
    (101, 101.9, False, [101, 101.2, 101.4, 101.6, 101.8])])  # fmt: skip
def test_ticks_are_round(low, high, log, wanted):
    plain = display("USD", "positive", {0.05: low, 0.5: (low + high) / 2, 0.95: high}, PRINT)
    assert ticks(low, high, plain, log=log) == pytest.approx(wanted)

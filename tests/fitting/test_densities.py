"""Curves against the densities that the draws are of, which scipy knows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nkestimate.fitting.densities import density


def modes(curve):
    rises = np.sign(np.diff(curve[curve > 0.001 * curve.max()]))
    rises = rises[rises != 0]
    return int(np.sum((rises[:-1] > 0) & (rises[1:] < 0)))


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("scale", ["log", "identity"])
def test_it_holds_its_mass(log, scale):
    draws = np.random.default_rng(0).lognormal(0, 0.5, 20_000)
    x, curve = density(draws, 0.02, 30.0, log=log, scale=scale, points=2000)
    assert np.trapezoid(curve, np.log(x) if log else x) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("truth", "scale", "low", "high", "log"), [
    (stats.lognorm(0.8), "log", 0.0, 8.0, False), (stats.lognorm(0.8), "log", 0.05, 20.0, True), (stats.norm(3, 2), "identity", -5.0, 11.0, False),
    (stats.beta(2, 30), "logit", 0.0, 0.3, False), (stats.beta(30, 2), "logit", 0.0, 1.0, False), (stats.gamma(2), "log", 0.0, 9.0, False)])  # fmt: skip
def test_it_is_the_density_and_has_no_bumps(seed, truth, scale, low, high, log):
    draws = truth.rvs(4000, random_state=np.random.default_rng(seed))
    x, curve = density(draws, low, high, log=log, scale=scale)
    known = truth.pdf(x) * (x if log else 1.0)
    assert np.abs(curve - known)[8:-8].max() < 0.09 * known.max()  # at the very end of a support the scale stretches single draws
    assert np.abs(curve - known).max() < 0.3 * known.max()
    assert modes(curve) == 1


def test_separated_modes_stay_apart_and_as_narrow_as_they_are():
    rng = np.random.default_rng(0)
    draws = np.concatenate([rng.normal(10, 0.3, 2000), rng.normal(20, 0.3, 2000)])
    x, curve = density(draws, 5, 25, log=False)
    assert modes(curve) == 2
    assert density(draws, 5, 25, log=False, scale="log")[1].max() == pytest.approx(stats.norm(0, 0.3).pdf(0) / 2, rel=0.15)
    assert curve[np.abs(x - 15).argmin()] < 0.001 * curve.max()


def test_what_is_not_positive_has_no_logarithm():
    draws = np.random.default_rng(1).normal(1.0, 1.0, 5000)
    x, curve = density(draws, -2.0, 4.0, log=False, scale="log")
    assert np.trapezoid(curve, x) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("draws", [[], [1.0], [2.0, 2.0, 2.0], [np.nan, np.inf]])
def test_next_to_no_draws_make_no_fault(draws):
    x, curve = density(np.array(draws), 1.0, 3.0, log=True, scale="log")
    assert np.isfinite(curve).all()
    assert x[0] == pytest.approx(1.0)


def test_weights_turn_draws_into_draws_of_another_distribution():
    draws = np.random.default_rng(2).normal(0, 1, 20_000)
    weights = stats.norm(0.5, 0.8).pdf(draws) / stats.norm(0, 1).pdf(draws)
    x, curve = density(draws, -3, 4, log=False, weights=weights)
    known = stats.norm(0.5, 0.8).pdf(x)
    assert np.abs(curve - known).max() < 0.05 * known.max()
    np.testing.assert_allclose(density(draws, -3, 4, log=False, weights=np.full(len(draws), 0.1))[1], density(draws, -3, 4, log=False)[1])


def test_a_draw_of_twice_the_weight_counts_as_two():
    draws = np.random.default_rng(3).normal(0, 1, 2000)
    doubled, once = np.concatenate([draws, draws[draws > 0]]), density(draws, -3, 3, log=False, weights=1.0 + (draws > 0))[1]
    other = density(doubled, -3, 3, log=False)[1]  # whose kernel is as for half as many again
    assert np.abs(once - other).max() < 0.1 * once.max()


def test_draws_that_are_equal_but_for_rounding_are_one_peak():
    x = 300.0 * (1 + np.spacing(1.0) * np.arange(400).reshape(4, 100) % 3)
    values, curve = density(x.ravel(), 298.0, 302.0, log=False, scale="log")
    assert np.trapezoid(curve, values) == pytest.approx(1, abs=0.02)
    assert abs(values[curve.argmax()] - 300) < 0.05


@pytest.mark.parametrize("largest", [1e160, 1e200])
def test_draws_at_the_end_of_numbers_have_no_curve_or_a_finite_one(largest):
    draws = largest * np.random.default_rng(1).uniform(-1, 1, 400)
    _, curve = density(draws, -0.9 * largest, 0.9 * largest, log=False)
    assert np.isfinite(curve).all()

"""Bands for ECDFs: against ArviZ's by simulation, paths that were drawn, and the level they promise."""

from __future__ import annotations

import numpy as np
import pytest

from nkestimate.solidity.calibrating.uniformity import band, ecdf, points, staying, uniformity


def test_the_band_is_what_simulation_gives():
    from arviz_stats.ecdf_utils import simulate_confidence_bands  # takes longer to import than the test

    n = 50
    simulated = 1 - simulate_confidence_bands(n, 1, points(n), 0.95, 4000, np.random.default_rng(1))
    assert band(n).gamma == pytest.approx(simulated, rel=0.2)


@pytest.mark.parametrize("n", [7, 40, 150])
def test_uniform_numbers_stay_in_the_band_as_often_as_it_says(n):
    found = band(n)
    u = np.random.default_rng(n).uniform(size=(4000, n))
    reached = np.array([ecdf(row, found.z) for row in u])
    stay = np.mean(np.all((reached >= found.low - 1e-9) & (reached <= found.high + 1e-9), axis=1))
    assert stay == pytest.approx(staying(n, found.gamma), abs=4 * 0.22 / np.sqrt(4000))
    assert 0.95 <= staying(n, found.gamma) < 0.99


def test_p_is_at_most_as_small_as_it_says_and_agrees_with_the_band():
    u = np.random.default_rng(3).uniform(size=(300, 60))
    found = [uniformity(row) for row in u]
    for level in (0.05, 0.3):
        assert np.mean([one.p <= level for one in found]) <= level + 3 * np.sqrt(level * (1 - level) / 300)
    assert all(one.inside == (one.p > 1 - staying(60, band(60).gamma) + 1e-9) for one in found)
    assert np.mean([one.chi2_p <= 0.3 for one in found]) == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize("spoil", [lambda u: u**1.5, lambda u: (u + 0.5) / 2, lambda u: np.where(u < 0.5, 2 * u**2, 1 - 2 * (1 - u) ** 2)])
def test_numbers_that_are_not_uniform_are_seen(spoil):
    found = uniformity(spoil(np.random.default_rng(1).uniform(size=200)))
    assert not found.inside
    assert found.p < 0.01
    assert found.chi2_p < 0.05


def test_few_numbers_have_a_band_and_no_histogram():
    found = uniformity(np.array([0.1, 0.3, 0.5, 0.7, 0.9]))
    assert found.inside
    assert found.chi2_p is None

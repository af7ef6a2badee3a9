"""Bridge sampling: known normalising constants, and errors that mean what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from nkestimate.inference.bridge import Evidence, bridge
from nkestimate.inference.sampling import _systematic, mode_masses

COV = np.array([[2.0, 0.9, 0.0], [0.9, 1.0, -0.3], [0.0, -0.3, 0.5]])


def gaussian(u):
    return -0.5 * np.einsum("ni,ij,nj->n", u, np.linalg.inv(COV), u)


def skewed(u):
    """log of Gamma(3) in log coordinates, squeezed against a Student t: Z = Γ(3) · 1."""
    return 3 * u[:, 0] - np.exp(u[:, 0]) + stats.t.logpdf(u[:, 1], 6)


def draw_gaussian(rng, n):
    return rng.multivariate_normal(np.zeros(3), COV, size=(4, n))


def draw_skewed(rng, n):
    return np.stack([np.log(rng.gamma(3, size=(4, n))), rng.standard_t(6, size=(4, n))], axis=-1)


def weighed(log_density, draws, ess, rng):
    logs = log_density(draws.reshape(-1, draws.shape[-1])).reshape(draws.shape[:-1])
    return bridge(log_density, draws, logs, ess, rng)


TARGETS = {
    "gaussian": (gaussian, draw_gaussian, 1.5 * math.log(2 * math.pi) + 0.5 * np.linalg.slogdet(COV)[1]),
    "skewed": (skewed, draw_skewed, float(special.gammaln(3))),
}


@pytest.mark.parametrize("name", TARGETS)
def test_known_constants_with_calibrated_errors(name):
    """Over repetitions the error in units of its stated standard error has a spread near 1, and no drift."""
    log_density, draw, truth = TARGETS[name]
    rng = np.random.default_rng(7)
    found = [weighed(log_density, draw(rng, 500), 2000, rng) for _ in range(60)]
    z = np.array([(e.log - truth) / e.error for e in found])
    assert abs(z.mean()) < 0.6
    assert 0.3 < z.std() < 1.6
    assert max(abs(e.log - truth) for e in found) < 0.1


def test_errors_stay_calibrated_where_draws_repeat_each_other():
    rng = np.random.default_rng(3)
    found = [weighed(skewed, np.repeat(draw_skewed(rng, 100), 10, axis=1), 400, rng) for _ in range(40)]
    z = np.array([(e.log - TARGETS["skewed"][2]) / e.error for e in found])
    assert 0.3 < z.std() < 1.6


def test_chains_that_stand_apart_disagree():
    """Each pair of chains knows one of two modes: no half of the draws, taken by chain, speaks for the other."""
    rng = np.random.default_rng(4)
    draws = rng.standard_normal((4, 500, 1)) + 8.0 * (np.arange(4) % 2)[:, None, None]
    two = weighed(lambda u: np.logaddexp(stats.norm.logpdf(u[:, 0]), stats.norm.logpdf(u[:, 0], 8)), draws, 2000, rng)
    assert two.error > 0.3


def test_a_constant_factor_is_a_shift():
    draws = draw_gaussian(np.random.default_rng(1), 400)
    one = weighed(gaussian, draws, 1600, np.random.default_rng(2))
    other = weighed(lambda u: gaussian(u) - 1234.5, draws, 1600, np.random.default_rng(2))
    assert one.log - other.log == pytest.approx(1234.5, abs=1e-6)


def test_where_the_density_is_zero_nothing_is_counted():
    """A half-normal: the bridge's normal proposes on both sides, and one of them has density 0 or none at all."""
    rng = np.random.default_rng(5)
    draws = np.abs(rng.standard_normal((4, 1000, 1)))
    for outside in (-np.inf, np.nan):
        got = weighed(lambda u, outside=outside: np.where(u[:, 0] > 0, -0.5 * u[:, 0] ** 2, outside), draws, 4000, rng)
        assert got.log == pytest.approx(0.5 * math.log(math.pi / 2), abs=0.05)


# ---------------------------------------------------------------- masses from evidences


def test_masses_and_their_errors_by_simulation():
    logs, errors = np.array([-3.0, -2.0, -5.0]), np.array([0.03, 0.02, 0.2])
    masses, spread = mode_masses([Evidence(x, e) for x, e in zip(logs, errors, strict=True)])
    np.testing.assert_allclose(masses, np.exp(logs) / np.exp(logs).sum())
    noisy = logs + errors * np.random.default_rng(1).standard_normal((40_000, 3))
    simulated = np.exp(noisy) / np.exp(noisy).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(spread, simulated.std(axis=0), rtol=0.05)


def test_systematic_counts_are_exact_to_one_and_unbiased():
    masses = np.array([0.123, 0.5, 1e-4, 0.3769])
    counts = np.array([_systematic(masses, 1000, np.random.default_rng(seed)) for seed in range(400)])
    assert (counts.sum(axis=1) == 1000).all()
    assert (np.abs(counts - 1000 * masses) < 1).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1000 * masses, atol=0.1)

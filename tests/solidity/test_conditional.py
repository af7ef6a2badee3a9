"""Given-data estimators on functions whose answers are known: correlated Gaussians, Ishigami, lognormals, products."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from nkestimate.solidity.explaining.conditional import Conditional, blocks, interval_width, normal_scores, ranks, variance_share

N = 4000
Z90 = 1.6448536269514722


def average(function, times=40, seed=1):
    """Mean and standard deviation of an estimate over fresh draws."""
    rng = np.random.default_rng(seed)
    found = np.array([function(rng) for _ in range(times)])
    return found.mean(axis=0), found.std(axis=0, ddof=1)


def gaussian(rng, rho, n=N):
    x = rng.standard_normal(n)
    return x, rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(n)


# ------------------------------------------------------------ shares of variance


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9])
def test_the_share_of_a_gaussian_is_its_squared_correlation(rho):
    (mean, error), (spread, _) = average(lambda rng: variance_share(*gaussian(rng, rho)))
    assert mean == pytest.approx(rho**2, abs=3 * spread / np.sqrt(40) + 0.001)
    if rho:  # the jackknife's error is that of the estimate over fresh draws
        assert error == pytest.approx(spread, rel=0.4)


def test_shares_of_dependent_gaussians_are_those_of_their_closed_form():
    """Var(E[y|x_i]) = Cov(y, x_i)²/Var(x_i): with correlated x the shares add up to more than 1."""
    a, covariance = np.array([1.0, 2.0, 0.5]), np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 1.0]])
    total = a @ covariance @ a
    known = (covariance @ a) ** 2 / np.diag(covariance) / total
    assert known.sum() > 1

    def shares(rng):
        x = rng.multivariate_normal(np.zeros(3), covariance, N)
        return [variance_share(x[:, i], x @ a)[0] for i in range(3)]

    mean, spread = average(shares)
    np.testing.assert_allclose(mean, known, atol=0.004)
    assert spread.max() < 0.015


def test_ishigami():
    """Ishigami & Homma 1990, a = 7, b = 0.1: 0.3139, 0.4424 and 0."""

    def shares(rng):
        x = rng.uniform(-np.pi, np.pi, (3, N))
        y = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
        return [variance_share(each, y)[0] for each in x]

    mean, spread = average(shares)
    np.testing.assert_allclose(mean, [0.3139, 0.4424, 0.0], atol=0.006)
    assert spread.max() < 0.02


def test_a_product_of_lognormals():
    """E[y|x] is lognormal too: share (e^{s²} − 1)/(e^{Σ s²} − 1)."""
    s = np.array([0.6, 0.3, 0.15])
    known = np.expm1(s**2) / np.expm1((s**2).sum())

    def shares(rng):
        x = np.exp(s[:, None] * rng.standard_normal((3, N)))
        return [variance_share(each, x.prod(axis=0))[0] for each in x]

    mean, _ = average(shares)
    np.testing.assert_allclose(mean, known, atol=0.008)


def test_autocorrelated_draws_that_say_nothing_get_no_share():
    """Two independent AR(1) chains: taking all draws as independent finds a share where there is none."""

    def chain(rng):
        e = rng.standard_normal(N)
        out = np.empty(N)
        out[0] = e[0]
        for i in range(1, N):
            out[i] = 0.9 * out[i - 1] + np.sqrt(1 - 0.81) * e[i]
        return out

    def both(rng):
        x, y = chain(rng), chain(rng)
        return variance_share(x, y)[0], variance_share(x, y, N * (1 - 0.81) / (1 + 0.81))[0]

    (naive, corrected), _ = average(both, times=15)
    assert naive > 0.004
    assert corrected < 0.3 * naive


def test_constants_have_no_share():
    x = np.linspace(0, 1, 100)
    assert variance_share(np.ones(100), x) == (0.0, 0.0)
    assert variance_share(x, np.ones(100)) == (0.0, 0.0)


# ------------------------------------------------------------ conditional quantiles and widths


@pytest.mark.parametrize("rho", [0.0, -0.5, 0.9, 0.99])
def test_gaussian_medians_and_widths(rho):
    def found(rng):
        x, y = gaussian(rng, rho)
        learned = Conditional.of(x, y)
        return [*learned.quantiles(np.array([0.5]), np.array([0.05, 0.95]))[:, 0], learned.width() / interval_width(y)]

    mean, _ = average(found)
    np.testing.assert_allclose(mean, [-Z90 * rho, Z90 * rho, np.sqrt(1 - rho**2)], atol=0.035)


def test_the_expected_width_of_a_lognormal():
    """Given x the width is e^{s√r z}·2 sinh(1.645 s√(1 − r)), and its expectation e^{s²r/2}·2 sinh(…)."""
    s, r = 0.8, 0.5

    def found(rng):
        x = rng.standard_normal(N)
        y = np.exp(s * (np.sqrt(r) * x + np.sqrt(1 - r) * rng.standard_normal(N)))
        return Conditional.of(x, y).width() / interval_width(y)

    mean, _ = average(found)
    assert mean == pytest.approx(np.exp(s**2 * r / 2) * np.sinh(Z90 * s * np.sqrt(1 - r)) / np.sinh(Z90 * s), abs=0.01)


def test_the_expected_width_where_only_the_spread_depends_on_x():
    """y = x z: E|x| 1.645 · 2, next to the width of the product of two normals, found by quadrature."""
    below = lambda t: integrate.quad(lambda x: stats.norm.pdf(x) * stats.norm.cdf(t / abs(x)), -8, 8, points=[0])[0] - 0.95
    known = Z90 * np.sqrt(2 / np.pi) / optimize.brentq(below, 0.5, 3)

    def found(rng):
        x, z = rng.standard_normal((2, N))
        return Conditional.of(x, x * z).width() / interval_width(x * z)

    mean, _ = average(found)
    assert mean == pytest.approx(known, abs=0.02)


def test_what_determines_the_total_leaves_no_width():
    x = np.random.default_rng(1).standard_normal(N)
    assert Conditional.of(x, np.exp(3 * x)).width() < 0.01 * interval_width(np.exp(3 * x))


def test_few_draws_still_answer():
    x, y = gaussian(np.random.default_rng(1), 0.9, 40)
    assert 0 < Conditional.of(x, y).width() < interval_width(y)


# ------------------------------------------------------------ laws


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_monotone_maps_change_nothing_but_the_unit(seed):
    """The share does not see a map of x; a conditional quantile is mapped with y."""
    rng = np.random.default_rng(seed)
    x, y = gaussian(rng, 0.7, 500)
    assert variance_share(np.exp(x), y) == pytest.approx(variance_share(x, y))
    levels, at = np.array([0.05, 0.5, 0.95]), np.array([0.1, 0.5, 0.9])
    plain = Conditional.of(x, y).quantiles(levels, at)
    np.testing.assert_allclose(Conditional.of(x**3, 5 * y - 2).quantiles(levels, at), 5 * plain - 2, rtol=1e-9, atol=1e-9)


def test_ranks_share_ties():
    np.testing.assert_allclose(ranks(np.array([3.0, 1.0, 3.0, 2.0])) * 4, [3.0, 0.5, 3.0, 1.5])
    assert normal_scores(np.arange(11.0))[5] == pytest.approx(0.0)


def test_blocks_hold_consecutive_draws():
    found = blocks(10, 4)
    assert found.tolist() == sorted(found.tolist())
    assert len(set(found.tolist())) == 4

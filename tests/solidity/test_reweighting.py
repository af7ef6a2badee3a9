"""Weighted draws against closed forms, and against a refit where coordinates come and go."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from nkestimate import fit
from nkestimate.case import changed
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.solidity.reweighting import carried, power_scaling_sensitivity, smoothed

QUIET = {"progress": False}


def weighted(found, case):
    """The weighted median of a fit's total x under another case, and k̂."""
    v = found.coordinates.reshape(-1, found.density.size)
    density = compile_case(case)
    there, logs = carried(found.density, density, v, Evaluator(found.density).log_density(v), np.random.default_rng(3))
    weights, k = smoothed(logs)
    values = Evaluator(density).totals(there)["x"]
    order = np.argsort(values)
    return float(np.interp(0.5, np.cumsum(weights[order]), values[order])), k


@pytest.fixture
def draws():
    return np.random.default_rng(2).normal(size=4000)


def test_weights_make_one_normal_of_another(draws):
    weights, k = smoothed(stats.norm.logpdf(draws, 0.5, 0.9) - stats.norm.logpdf(draws))
    assert weights.sum() == pytest.approx(1)
    assert k < 0.7
    assert weights @ draws == pytest.approx(0.5, abs=0.08)
    assert np.sqrt(weights @ (draws - weights @ draws) ** 2) == pytest.approx(0.9, abs=0.08)


@pytest.mark.parametrize("size", [25, 60, 225, 226, 1000, 4000])
@pytest.mark.parametrize("tail", ["normal", "t", "heavy", "ties", "flat", "short"])
def test_they_are_those_of_arviz(size, tail):
    from arviz_stats.base import array_stats  # seconds, which other workers need not spend

    rng = np.random.default_rng(size)
    logs = {"normal": rng.normal(size=size), "t": rng.standard_t(3, size), "heavy": 5 * rng.standard_exponential(size),
            "ties": np.round(rng.normal(size=size), 1), "flat": 1e-9 * rng.normal(size=size), "short": -rng.uniform(size=size) ** 2}[tail]
    with np.errstate(all="ignore"):
        theirs, k = array_stats.psislw(-logs)
    weights, found = smoothed(logs)
    if np.isfinite(k):
        assert found == pytest.approx(k, rel=1e-9)
    np.testing.assert_allclose(weights, np.exp(theirs), rtol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_the_sensitivity_is_that_of_arviz(seed):
    from arviz_stats.base import array_stats

    rng = np.random.default_rng(seed)
    y = rng.normal(size=(4, 500)).cumsum(axis=1) if seed == 5 else rng.standard_t(3, (4, 500))  # of poor draws, too
    logs = -0.5 * (y - seed) ** 2 + rng.normal(size=y.shape)
    with np.errstate(all="ignore"):
        weights = [np.exp(array_stats.power_scale_lw(logs, alpha=alpha, axis=(0, 1))) for alpha in (0.99, 1.01)]
        theirs = array_stats.power_scale_sense(y, *weights, 0.99, 1.01)
    assert power_scaling_sensitivity(y.ravel(), logs.ravel()) == pytest.approx(float(theirs), rel=1e-8)


def test_a_wide_density_is_not_had_from_a_narrow_one(draws):
    _, k = smoothed(stats.norm.logpdf(draws, 0, 10) - stats.norm.logpdf(draws))
    assert k > 0.7


def test_draws_that_the_other_density_excludes_weigh_nothing(draws):
    weights, _ = smoothed(np.where(draws > 0, 0.0, -np.inf))
    assert weights[draws <= 0].sum() < 1e-100
    assert weights @ draws == pytest.approx(math.sqrt(2 / math.pi), abs=0.06)


def test_weights_that_are_all_alike_are_reliable_and_none_are_not():
    assert smoothed(np.zeros(500))[1] <= 0.7
    assert smoothed(np.full(500, -np.inf))[1] == math.inf


@pytest.fixture
def plain(make):
    return make(quantities={"x": {"unit": "", "support": "real", "prior": "Normal(0, 3)", "rationale": "r"}},
                claims={"c": {"source": "a", "about": "x", "estimate": 1, "standard_error": 1}})  # fmt: skip


@pytest.mark.slow
def test_a_prior_that_moves_has_its_closed_form(plain):
    found = fit(plain, seed=1, **QUIET)
    median, k = weighted(found, changed(plain, {"quantities.x.prior": "Normal(1, 2)"}))
    assert k < 0.7
    assert median == pytest.approx((1 / 4 + 1) / (1 / 4 + 1), abs=0.06)
    median, k = weighted(found, changed(plain, {"claims.c.estimate": 1.5, "claims.c.standard_error": 1}))
    assert median == pytest.approx(1.5 / (1 / 9 + 1), abs=0.06)


@pytest.mark.slow
def test_coordinates_that_come_and_go_are_weighed_with_their_priors(make):
    case = make(sources={"a": {"weight": 0.7}, "b": {"weight": 0.6}}, quantities={"x": {"unit": "metre"}, "y": {"unit": "metre"}},
                claims={"one": {"source": "a", "about": "x", "between": [8, 14]}, "two": {"source": "b", "about": "x", "between": [9, 20]},
                        "other": {"source": "b", "about": "y", "between": [1, 2]}})  # fmt: skip
    at_its_word = changed(case, {"sources.b.weight": 1})
    loose, tight = fit(case, seed=1, **QUIET), fit(at_its_word, seed=1, **QUIET)
    assert loose.density.size > tight.density.size
    for found, other, wanted in ((loose, at_its_word, tight), (tight, case, loose)):
        median, k = weighted(found, other)
        assert k < 0.7
        assert median == pytest.approx(wanted.summary.quantities["x"].median, rel=0.03)
    assert abs(loose.summary.quantities["x"].median - tight.summary.quantities["x"].median) > 0.5


def test_what_has_no_prior_of_its_own_is_not_carried(make):
    case = make(quantities={"x": {"unit": "metre"}}, claims={"one": {"source": "a", "about": "x", "between": [8, 14]}}, sources={"a": {"weight": 0.5}})
    linear, other = compile_case(changed(case, {"settings.pooling": "linear"})), compile_case(case)
    without = compile_case(make(quantities={"y": {"unit": "metre", "prior": "LogNormal(0, 1)", "rationale": "r"}}))
    v = np.zeros((3, linear.size))
    assert carried(linear, without, v, np.zeros(3), np.random.default_rng(1)) is None
    limited = compile_case(changed(case, {"quantities.x.limits": [1, 90], "quantities.x.rationale": "r"}))
    assert carried(other, limited, np.zeros((3, other.size)), np.zeros(3), np.random.default_rng(1)) is None

"""Distributions: the evaluator's density, the engine's and PyMC's of each are one; and another is added by one class alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

import nkestimate
from nkestimate import families
from nkestimate.case.distributions import PriorFault, parse_prior
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.moments import moment_orders
from nkestimate.engine.kernel import evaluate
from nkestimate.inference.lower import lower
from scipy_priors import twin

ONE_OF_EACH = {
    "Normal(1, 2)": "real", "StudentT(4, 1, 2)": "real", "LogNormal(1, 0.5)": "positive", "HalfNormal(2)": "positive",
    "HalfCauchy(2)": "positive", "Gamma(1.5, 0.5)": "positive", "Exponential(0.3)": "positive", "Uniform(1, 4)": "positive",
    "Triangular(1, 2, 5)": "positive", "Triangular(1, 1, 5)": "positive", "TruncatedNormal(1, 2, 0, 9)": "positive",
    "TruncatedNormal(9, 1, -3, -2)": "real", "Beta(2, 3)": "fraction", "LogitNormal(0.5, 1)": "fraction"}  # fmt: skip


class Logistic(families.Family):
    """The logistic distribution, which the package lacks: all that it takes to add it."""

    parameters, positive, scales = ("mu", "s"), ("s",), ("mu", "s")
    ends = families.REAL

    def quantile(self, p, u):
        return p["mu"] + p["s"] * special.logit(u)

    def log_within(self, p, x):
        return stats.logistic(p["mu"], p["s"]).logpdf(x)

    def record(self, t, p, theta, v):
        z = (theta - p["mu"]) / p["s"]
        return -t.operate("softplus", z) - t.operate("softplus", -z) - math.log(p["s"])


@pytest.fixture
def logistic(monkeypatch):
    monkeypatch.setitem(families.FAMILIES, "Logistic", Logistic())


def of_one(make, text, support, **more):
    return make(quantities={"x": {"unit": "", "support": support, "prior": text, "rationale": "r"}}, **more)


def test_each_family_is_among_them():
    assert {text.partition("(")[0] for text in ONE_OF_EACH} == set(families.FAMILIES)


@pytest.mark.parametrize(("text", "support"), ONE_OF_EACH.items())
def test_the_engines_density_is_scipys(make, text, support):
    density = compile_case(of_one(make, text, support))
    theta = twin(text).ppf([0.001, 0.02, 0.3, 0.7, 0.98, 0.999])
    np.testing.assert_allclose(parse_prior(text).log_density(theta), twin(text).logpdf(theta), rtol=1e-10, atol=1e-12)
    v = coordinates(density, theta)
    slope = np.log(np.gradient(Evaluator(density).natural(v + np.linspace(-1e-5, 1e-5, 3)[:, None, None]), 1e-5, axis=0)[1, :, 0])
    expected = twin(text).logpdf(theta) + slope
    np.testing.assert_allclose(Evaluator(density).log_density(v), expected, atol=1e-5)  # the slope is a difference quotient
    np.testing.assert_allclose(evaluate(lower(density, {}, standardise=False).program, v)[0], expected, atol=1e-5)  # the slope is a difference quotient


@pytest.mark.parametrize("text", ONE_OF_EACH)
def test_the_median_is_scipys(text):
    assert parse_prior(text).median == pytest.approx(twin(text).median(), rel=1e-9)


def coordinates(density, theta):
    """Return where the natural value is θ, found by bisection: the transform is monotone."""
    low, high = np.full((2, len(theta), 1), [[[-60.0]], [[60.0]]])
    falling = density.parameters[0].transform == "below"
    for _ in range(200):
        middle = (low + high) / 2
        under = (Evaluator(density).natural(middle) < theta[:, None]) != falling
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2


def test_a_family_is_added_by_one_class(make, logistic):
    case = of_one(make, "Logistic(1, 0.5)", "real", derived={"e": {"expr": "exp(x)"}, "half": {"expr": "0.5 * x"}},
                  questions={"q": {"ask": "x > 2"}})  # fmt: skip
    density = compile_case(case)
    v = np.linspace(-4.0, 6.0, 11)[:, None]
    expected = stats.logistic(1, 0.5).logpdf(v[:, 0])
    np.testing.assert_allclose(Evaluator(density).log_density(v), expected, rtol=1e-12)
    np.testing.assert_allclose(evaluate(lower(density, {}, standardise=False).program, v)[0], expected, rtol=1e-12)
    drawn = Evaluator(density).prior_draws(100_000, np.random.default_rng(1))[:, 0]
    assert stats.kstest(drawn, stats.logistic(1, 0.5).cdf).pvalue > 0.001
    assert parse_prior("Logistic(1, 0.5)").scaled(2) == parse_prior("Logistic(2, 1)")
    orders = moment_orders(density)
    assert (orders["half"].up, orders["e"].up) == (math.inf, 0.0)  # E exp(pθ) is finite for p below 1/s only
    with pytest.raises(PriorFault, match="s = -1"):
        parse_prior("Logistic(0, -1)")


def test_the_fit_and_the_twin_of_an_added_family(make, logistic):
    case = of_one(make, "Logistic(1, 0.5)", "real", questions={"q": {"ask": "x > 2"}})
    answer = nkestimate.fit(case, progress=False).summary.questions["q"]
    assert answer.probability == pytest.approx(special.expit(-2), abs=4 * answer.mcse)
    model = nkestimate.to_pymc(case)
    logp = model.compile_logp()
    np.testing.assert_allclose([logp({"x": np.array(x)}) for x in (-3.0, 0.5, 4.0)], stats.logistic(1, 0.5).logpdf([-3.0, 0.5, 4.0]), rtol=1e-9)

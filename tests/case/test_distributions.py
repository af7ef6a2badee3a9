"""Priors: CASE.md's list, PyMC's parameters by position or name, inside the support."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.case.distributions import SUPPORTS, PriorFault, check_reach, parse_prior


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("Normal(1, 2)", "Normal", {"mu": 1, "sigma": 2}),
        ("LogNormal(mu=1, sigma=2)", "LogNormal", {"mu": 1, "sigma": 2}),
        ("Normal(sigma=2, mu=-1)", "Normal", {"mu": -1, "sigma": 2}),
        ("HalfNormal(0.5)", "HalfNormal", {"sigma": 0.5}),
        ("HalfCauchy(beta=2)", "HalfCauchy", {"beta": 2}),
        ("Beta(2, 3)", "Beta", {"alpha": 2, "beta": 3}),
        ("Gamma(2, beta=0.1)", "Gamma", {"alpha": 2, "beta": 0.1}),
        ("Exponential(3)", "Exponential", {"lam": 3}),
        ("Uniform(1, 2)", "Uniform", {"lower": 1, "upper": 2}),
        ("Triangular(1, 2, 4)", "Triangular", {"lower": 1, "c": 2, "upper": 4}),
        ("StudentT(4, 0, 1)", "StudentT", {"nu": 4, "mu": 0, "sigma": 1}),
        ("LogitNormal(0, 1)", "LogitNormal", {"mu": 0, "sigma": 1}),
        ("TruncatedNormal(1, 2, 0, 9)", "TruncatedNormal", {"mu": 1, "sigma": 2, "lower": 0, "upper": 9}),
        ("TruncatedNormal(mu=1, sigma=2, lower=0)", "TruncatedNormal", {"mu": 1, "sigma": 2, "lower": 0, "upper": math.inf}),
        (" Normal ( 1 million , 2e5 ) ", "Normal", {"mu": 1e6, "sigma": 2e5}),
    ],
)
def test_reading(text, name, parameters):
    prior = parse_prior(text)
    assert (prior.name, dict(prior.parameters)) == (name, parameters)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Normal",
        "Normal(",
        "Normal()",
        "Normal(1)",
        "Normal(1, 2, 3)",
        "Normal(1, 0)",
        "Normal(1, -1)",
        "Normal(1, x)",
        "Normal(1; 2)",
        "Norml(1, 2)",
        "normal(1, 2)",
        "Beta(0, 1)",
        "Gamma(1, rate=2)",
        "Normal(1, mu=2)",
        "Normal(mu=1, 2)",
        "Uniform(2, 1)",
        "Uniform(1, 1)",
        "Triangular(1, 5, 4)",
        "TruncatedNormal(0, 1, 3, 2)",
        "Normal(1 km, 2 km)",
        "Normal(1e400, 1)",
        "Normal(inf, 1)",
        "Normal(1, 2) + 1",
        "__import__('os')",
        "Normal(1,,2)",
    ],
)
def test_no_priors(text):
    with pytest.raises(PriorFault) as caught:
        parse_prior(text)
    assert caught.value.said[0]


@pytest.mark.parametrize(
    ("text", "supports"),
    [
        ("Normal(1, 2)", {"real"}),
        ("StudentT(4, 0, 1)", {"real"}),
        ("LogNormal(1, 2)", {"real", "positive"}),
        ("HalfNormal(1)", {"real", "positive"}),
        ("HalfCauchy(1)", {"real", "positive"}),
        ("Gamma(1, 1)", {"real", "positive"}),
        ("Exponential(1)", {"real", "positive"}),
        ("Beta(1, 1)", set(SUPPORTS)),
        ("LogitNormal(0, 1)", set(SUPPORTS)),
        ("Uniform(0, 1)", set(SUPPORTS)),
        ("Uniform(0, 2)", {"real", "positive"}),
        ("Uniform(-1, 1)", {"real"}),
        ("Triangular(0.1, 0.2, 0.3)", set(SUPPORTS)),
        ("TruncatedNormal(1, 2, 0)", {"real", "positive"}),
        ("TruncatedNormal(1, 2)", {"real"}),
        ("TruncatedNormal(0.5, 1, 0, 1)", set(SUPPORTS)),
    ],
)
def test_reach(text, supports):
    inside = set()
    for support, ends in SUPPORTS.items():
        try:
            check_reach(parse_prior(text), *ends)
        except PriorFault:
            continue
        inside.add(support)
    assert inside == supports


@given(st.text(max_size=30))
def test_any_text_is_a_prior_or_a_fault(text):
    with suppress(PriorFault):
        parse_prior(text)

"""Explaining totals: closed forms of linear Gaussian cases, nested simulation, heavy tails, readings."""

from __future__ import annotations

import numpy as np
import pytest

from nkestimate import ScaleError, UnknownTotalError, explain, fit
from nkestimate.solidity.explaining.drivers import scale_of

FULL = {"progress": False}
Z90 = 1.6448536269514722


def real(prior):
    return {"unit": "", "support": "real", "prior": prior, "rationale": "r"}


@pytest.fixture(scope="module")
def linear():
    """t = x + 2y with x ~ N(0, 1), y ~ N(0, 1) and a claim on x + y that ties them: everything is Gaussian."""
    from random_cases import load

    case = load({
        "format": 1, "title": "t", "horizon": "2025-06-30", "sources": {"a": {"weight": 1}},
        "quantities": {"x": real("Normal(0, 1)"), "y": real("Normal(0, 1)"), "z": real("Normal(5, 1)")},
        "derived": {"t": {"unit": "", "support": "real", "expr": "x + 2 * y", "headline": True}, "both": {"unit": "", "support": "real", "expr": "x + y"}},
        "claims": {"c": {"source": "a", "about": "both", "estimate": 1, "standard_error": 0.5}}})  # fmt: skip
    J, a = np.array([1.0, 1.0]), np.array([1.0, 2.0])
    covariance = np.linalg.inv(np.eye(2) + np.outer(J, J) / 0.25)
    mean = covariance @ J * 1 / 0.25
    return explain(fit(case, **FULL)), covariance, mean, a, J


def test_shares_agree_with_the_closed_form(linear):
    found, covariance, _, a, _ = linear
    shares = {s.unknown: s for s in found.shares}
    known = (covariance @ a) ** 2 / np.diag(covariance) / (a @ covariance @ a)
    for name, value in zip("xy", known, strict=True):
        assert shares[name].share == pytest.approx(value, abs=4 * shares[name].standard_error + 0.005)
    assert shares["z"].share < 0.01
    assert found.scale.name == "natural"
    assert [s.share for s in found.shares] == sorted((s.share for s in found.shares), reverse=True)


def test_the_tornado_agrees_with_the_closed_form(linear):
    """E[t | x at its 95 %] = mean + Cov(t, x)/sd(x) · 1.645: y follows x down."""
    found, covariance, mean, a, _ = linear
    swings = {s.quantity: s for s in found.swings}
    for i, name in enumerate("xy"):
        slope = (covariance @ a)[i] / np.sqrt(covariance[i, i])
        low, high = (a @ mean + z * slope for z in (-Z90, Z90))
        assert (swings[name].low, swings[name].high) == pytest.approx((low, high), abs=4 * max(swings[name].errors))
        assert max(swings[name].errors) < 0.15
    assert {key for key, swing in swings.items() if swing.felt} == {"x", "y"}


def test_the_value_of_checking_agrees_with_the_closed_form(linear):
    """Known exactly, X leaves √(1 − ρ²) of the width; a claim, once checked, leaves what its target leaves."""
    found, covariance, _, a, J = linear
    checks = {c.id: c for c in found.checks}
    variance = a @ covariance @ a
    for direction, key in ((np.array([1.0, 0.0]), "x"), (np.array([0.0, 1.0]), "y"), (J, "c")):
        rho2 = (a @ covariance @ direction) ** 2 / (direction @ covariance @ direction) / variance
        assert checks[key].shrink == pytest.approx(1 - np.sqrt(1 - rho2), abs=4 * checks[key].standard_error + 0.005), key
        assert checks[key].standard_error < 0.025
    assert checks["z"].shrink == pytest.approx(0, abs=4 * checks["z"].standard_error + 0.005)
    assert checks["c"].kind == "claim"
    assert not checks["c"].itself


def test_the_value_of_checking_agrees_with_nested_simulation(make):
    """A product under a bound and a claim, no normal anywhere: checked values are conditioned on one by one."""
    case = make(quantities={"x": {"unit": "USD", "prior": "Gamma(3, 1)", "rationale": "r"}, "y": {"unit": "", "prior": "HalfNormal(2)", "rationale": "r"}},
                derived={"t": {"unit": "USD", "expr": "x * y", "headline": True}, "sum": {"unit": "USD", "expr": "x + y * 1 USD"}},
                claims={"c": {"source": "a", "about": "sum", "between": [3, 8]}, "up": {"source": "a", "about": "t", "at_most": 9, "within": "40%"}})  # fmt: skip
    found = {c.id: c for c in explain(fit(case, draws=4000, **FULL)).checks}
    rng = np.random.default_rng(1)
    x, y = rng.gamma(3, 1, 3_000_000), np.abs(rng.normal(0, 2, 3_000_000))
    from scipy import special

    m, s = (np.log(3) + np.log(8)) / 2, np.log(8 / 3) / (2 * Z90)
    sb = np.log(1.4 / 0.6) / (2 * Z90)
    weight = np.exp(-0.5 * ((np.log(x + y) - m) / s) ** 2) * special.ndtr((np.log(9) - np.log(x * y)) / sb)
    kept = rng.uniform(size=len(x)) < weight
    x, y = x[kept], y[kept]
    t = x * y
    now = np.subtract(*np.quantile(t, [0.95, 0.05]))
    for key, known in (("x", x), ("y", y), ("c", x + y)):
        # Outer: 2,000 slices of equal probability, each as good as one value; inner: the slice's own interval.
        slices = np.array_split(t[np.argsort(known)], 2000)
        expected = np.mean([np.subtract(*np.quantile(each, [0.95, 0.05])) for each in slices])
        assert found[key].shrink == pytest.approx(1 - expected / now, abs=0.03), key
    assert found["up"].itself
    assert found["up"].shrink > 0.95


def test_a_coordinate_that_falls_with_its_value_does_not_turn_the_tornado(make):
    prior = {"unit": "", "support": "real", "prior": "TruncatedNormal(0, 20, upper=70)", "rationale": "r"}
    case = make(quantities={"y": prior}, derived={"t": {"unit": "", "support": "real", "expr": "2*y", "headline": True}}, claims={})
    (swing,) = explain(fit(case, progress=False), "t").swings
    assert swing.low == pytest.approx(2 * swing.at[0], rel=0.05)
    assert swing.high == pytest.approx(2 * swing.at[1], rel=0.05)


def test_a_claim_with_readings_is_checked_as_to_which_was_meant(make):
    """x and y are far apart in effect: learning the reading and its value is worth what both are, weighed."""
    case = make(quantities={"x": {"unit": "", "prior": "LogNormal(0, 0.5)", "rationale": "r"}, "y": {"unit": "", "prior": "LogNormal(0, 0.5)", "rationale": "r"}},
                derived={"t": {"unit": "", "expr": "x * y", "headline": True}},
                claims={"c": {"source": "a", "readings": [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.5}], "between": [0.5, 2]}})  # fmt: skip
    checks = {c.id: c for c in explain(fit(case, **FULL), scale="log").checks}
    s2 = (np.log(4) / (2 * Z90)) ** 2
    claimed, free = 0.25 * s2 / (0.25 + s2), 0.25
    # By symmetry: the one that was meant is known, the other is as in its prior.
    assert checks["c"].shrink == pytest.approx(1 - np.sqrt(free / (claimed + free)), abs=0.03)


def test_what_is_learned_twice_is_told_once(make):
    """A quantity stands for the claims on it and on what falls with it alone; of two claims on another formula the first does."""
    case = make(quantities={"x": {"unit": ""}, "y": {"unit": ""}}, derived={"t": {"unit": "", "expr": "x * y", "headline": True}},
                claims={key: {"source": "a", "about": about, "between": [1, 3]} for key, about in
                        {"x1": "x", "x2": "x", "y1": "y", "s1": "x + y", "s2": "x + y", "t1": "t", "w": "3 / x"}.items()})  # fmt: skip
    found = explain(fit(case, **FULL))
    assert {c.id: c.same_as for c in found.checks if c.same_as} == {"x1": "x", "x2": "x", "y1": "y", "s2": "s1", "w": "x"}
    by_id = {c.id: c for c in found.checks}
    assert all(c.shrink == by_id[c.same_as].shrink for c in found.checks if c.same_as)
    assert sorted(c.id for c in found.worth_checking(0.01)) == ["s1", "t1", "x", "y"]


# ------------------------------------------------------------ scales


def test_heavy_tails_are_taken_on_another_scale_and_said_to_be(make):
    heavy = {"unit": "", "prior": "HalfCauchy(1)", "rationale": "r"}
    case = make(quantities={"x": heavy, "y": {"unit": "", "prior": "LogNormal(0, 0.5)", "rationale": "r"}},
                derived={"t": {"unit": "", "expr": "x * y", "headline": True}, "d": {"unit": "", "support": "real", "expr": "x * y - 1"}})  # fmt: skip
    result = fit(case, **FULL)
    log = explain(result)
    assert (log.scale.name, log.scale.reason) == ("log", "its posterior has no standard deviation")
    known = np.pi**2 / 4  # the variance of the logarithm of a half-Cauchy
    shares = {s.unknown: s.share for s in log.shares}
    assert shares["x"] == pytest.approx(known / (known + 0.25), abs=0.02)
    rank = explain(result, "d")
    assert rank.scale.name == "rank"
    assert {s.unknown: s.share for s in rank.shares}["x"] == pytest.approx(shares["x"], abs=0.05)
    assert all(np.isfinite([s.low, s.high]).all() for s in rank.swings)
    with pytest.raises(ScaleError, match="log"):
        explain(result, "d", scale="log")


def test_a_variance_that_few_draws_decide_is_not_taken():
    draws = np.exp(2.5 * np.random.default_rng(1).standard_normal(4000))
    assert scale_of(draws, 4000, True).name == "log"
    assert "tail" in scale_of(draws, 4000, True).reason
    assert scale_of(np.log(draws), 4000, True).name == "natural"
    assert scale_of(np.append(draws, np.inf), 4000, False).name == "rank"


# ------------------------------------------------------------ totals


def test_unknown_totals_are_named(linear, make):
    case = make(quantities={"length": real("Normal(0, 1)")}, derived={"t": {"unit": "", "support": "real", "expr": "2 * length"}})
    result = fit(case, draws=100, tune=100, chains=2, progress=False)
    with pytest.raises(UnknownTotalError, match="did you mean 'length'"):
        explain(result, "lenght")
    assert explain(result, "length").total == "length"
    assert [s.unknown for s in explain(result, "length").shares] == []
    assert explain(result).total == "t"

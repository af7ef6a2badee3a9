"""What statements were read to imply, against SciPy's distributions and quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from nkestimate.evidence.implied import implied

TAU = 0.5 * stats.norm.ppf(0.75)  # the median of HalfNormal(0.5)
SETTINGS = {"dark_uncertainty": "HalfNormal(0.5)", "common_error": 0.6}
QUANTITIES = {
    "size": {"unit": "metre", "prior": {"between": [0.001, 1e6]}, "rationale": "wide"},
    "share": {"unit": "", "support": "fraction"},
    "level": {"unit": "", "support": "real", "dark_uncertainty": "HalfNormal(0.5)"},
}
OTHERS = {key: {"source": "other", "about": key, "between": ends} for key, ends in
          (("size", [1, 2]), ("share", [0.1, 0.2]), ("level", [0.0, 0.1]))}


@pytest.fixture
def belief(make):
    """Return a function that gives what one claim of weight w implies; it is alone on its target."""

    def belief(weight=0.5, source=None, settings=None, **claim):
        about = claim["about"]
        case = make(settings=SETTINGS | (settings or {}), sources={"a": {"weight": weight, **(source or {})}, "other": {"weight": 1}},
                    quantities=QUANTITIES, claims={k: v for k, v in OTHERS.items() if k != about} | {"x": {"source": "a", **claim}})
        (one,) = implied(case)["x"]
        return one

    return belief


def extra(weight, s, default=0.5):
    """Standard deviations that a weight adds to a lone claim, of its own and shared: S² = 2 s² + S_0²/2, σ = 0.6 S and K = κ."""
    kappa, S2 = (1 - weight) / weight, 2 * s**2 + default**2 / 2
    return math.sqrt(min(kappa, 1) * TAU**2 + max(kappa - 1, 0) * S2), 0.6 * math.sqrt(S2 * kappa)


@pytest.mark.parametrize("weight", [1.0, 0.6, 0.2])
@pytest.mark.parametrize(("low", "high", "coverage"), [(1.72, 5.5, 0.9), (40, 60, 0.5), (3, 300, 0.8)])
def test_a_range_is_a_lognormal(belief, low, high, coverage, weight):
    got = belief(weight, about="size", between=[low, high], coverage=coverage)
    s = math.log(high / low) / (2 * stats.norm.ppf((1 + coverage) / 2))
    for found, sd in ((got.stated, s), (got.weighed, math.hypot(s, *extra(weight, s)))):
        wanted = stats.lognorm(sd, scale=math.sqrt(low * high))
        assert (found.q05, found.q50, found.q95) == pytest.approx(tuple(wanted.ppf([0.05, 0.5, 0.95])), rel=1e-9)
        assert (found.below, found.above) == pytest.approx((wanted.cdf(low), wanted.sf(high)), rel=1e-9)
    assert got.stated.below == pytest.approx((1 - coverage) / 2)
    assert (got.low, got.high, got.coverage, got.unit) == (low, high, coverage, "metre")


def test_a_fraction_is_a_logit_normal(belief):
    got = belief(0.5, about="share", between=[20, 50], unit="percent")
    logit = lambda p: math.log(p / (1 - p))
    s, m = (logit(0.5) - logit(0.2)) / (2 * stats.norm.ppf(0.95)), (logit(0.5) + logit(0.2)) / 2
    sd = math.hypot(s, *extra(0.5, s))
    assert (got.stated.q05, got.stated.q95) == pytest.approx((0.2, 0.5))
    assert got.weighed.q95 == pytest.approx(stats.logistic.cdf(stats.norm(m, sd).ppf(0.95)), rel=1e-9)
    assert got.weighed.below == pytest.approx(stats.norm(m, sd).cdf(logit(0.2)))
    assert got.unit == ""


def test_all_is_in_the_targets_unit(belief):
    plain, other = belief(about="size", between=[1200, 1500]), belief(about="size", between=[1.2, 1.5], unit="km")
    inside = belief(about="size", between=["1.2 km", "1.5 km"])
    assert (other.unit, other.low, other.high) == ("metre", pytest.approx(1200), pytest.approx(1500))
    assert other.weighed.q95 == pytest.approx(plain.weighed.q95)
    assert (inside.unit, inside.stated.q50) == ("metre", pytest.approx(other.stated.q50))


def test_single_figures_and_magnitudes_are_ranges(belief):
    around = belief(about="size", around="11000")
    wide = math.sqrt(11500 / 10500)  # the value is the centre, and its precision the spread on the log scale
    assert (around.low, around.high, around.stated.q05, around.stated.q95) == pytest.approx((10500, 11500, 11000 / wide, 11000 * wide))
    several = belief(about="size", magnitude="several hundred")
    assert (several.low, several.high) == (300, 900)
    assert several.stated.q50 == pytest.approx(math.sqrt(300 * 900))


def test_an_estimate_shows_what_the_working_scale_does_to_its_error(belief):
    got = belief(about="size", estimate=200, standard_error=80)
    wanted = stats.lognorm(0.4, scale=200)
    assert (got.low, got.high, got.coverage) == (120, 280, None)
    assert (got.stated.below, got.stated.above) == pytest.approx((wanted.cdf(120), wanted.sf(280)))
    assert belief(about="size", estimate=200, standard_error=300).stated.below == 0  # one error below lies outside the support
    level = belief(about="level", estimate=-3, standard_error=2)
    assert level.stated.below == pytest.approx(stats.norm.cdf(-1))


def test_a_bound_tells_where_the_limit_lies(belief):
    got = belief(0.5, about="size", at_most="6000")
    s = math.log(6500 / 5500) / (2 * stats.norm.ppf(0.95))
    assert got.is_bound
    assert (got.low, got.high) == (5500, 6500)
    for found, sd in ((got.stated, s), (got.weighed, math.hypot(s, *extra(0.5, s)))):
        wanted = stats.lognorm(sd, scale=6000)
        assert (found.q05, found.q50, found.q95) == pytest.approx(tuple(wanted.ppf([0.05, 0.5, 0.95])))
        assert (found.below, found.above) == pytest.approx((wanted.cdf(5500), wanted.sf(6500)))


def test_a_bias_moves_and_widens(belief):
    got = belief(1.0, source={"overstates_by": [1.0, 4.0]}, about="size", between=[10, 20])
    s = math.log(2) / (2 * stats.norm.ppf(0.95))
    wanted = stats.lognorm(math.hypot(s, math.log(4) / (2 * stats.norm.ppf(0.95))), scale=math.sqrt(200) / 2)
    assert (got.weighed.q05, got.weighed.q50, got.weighed.q95) == pytest.approx(tuple(wanted.ppf([0.05, 0.5, 0.95])))
    assert got.stated.q50 == pytest.approx(math.sqrt(200))


# ---------------------------------------------------------------- two pieces

LEFT, RIGHT = 4 / stats.norm.ppf(0.95), 12 / stats.norm.ppf(0.9)


@pytest.fixture
def skewed(belief):
    return lambda weight, **more: belief(weight, about="level", quantiles={"0.05": -4, "0.5": 0, "0.9": 12}, **more)


def test_as_stated_all_three_quantiles_hold(skewed):
    got = skewed(0.5)
    assert (got.stated.q05, got.stated.q50, got.stated.below, got.stated.above) == pytest.approx((-4, 0, 0.05, 0.1), abs=1e-12)
    assert got.stated.q95 == pytest.approx(RIGHT * stats.norm.ppf(0.95))


@pytest.mark.parametrize("weight", [1.0, 0.7, 0.3])
def test_as_weighed_it_is_the_likelihood_with_the_shared_error_integrated_out(skewed, weight):
    """By quadrature over η of the continuous two-piece likelihood, normalised over the value."""
    own, shared = extra(weight, (LEFT + RIGHT) / 2, default=0)
    left, right = math.hypot(LEFT, own), math.hypot(RIGHT, own)

    def split(y, u):
        return np.exp(-0.5 * ((y - u) / np.where(y > u, right, left)) ** 2)

    grid = np.linspace(-10 * math.hypot(left, shared), 10 * math.hypot(right, shared), 3001)
    if shared:
        u = np.linspace(-9 * shared, 9 * shared, 3001)
        density = integrate.trapezoid(split(grid[:, None], u) * stats.norm.pdf(u, 0, shared), u, axis=1)
    else:
        density = split(grid, 0.0)
    mass = integrate.cumulative_trapezoid(density, grid, initial=0)
    got = skewed(weight).weighed
    assert (got.q05, got.q50, got.q95) == pytest.approx(tuple(np.interp([0.05, 0.5, 0.95], mass / mass[-1], grid)), abs=0.02)
    assert (got.below, got.above) == pytest.approx((np.interp(-4, grid, mass) / mass[-1], 1 - np.interp(12, grid, mass) / mass[-1]), abs=1e-4)


# ---------------------------------------------------------------- who has what


def test_each_reading_has_its_own_and_silent_claims_are_not_weighed(make):
    case = make(sources={"a": {"weight": 0.5}, "b": {"weight": 0}}, quantities={"size": {"unit": "metre"}, "other": {"unit": "metre"}}, claims={
        "size": {"source": "a", "about": "size", "between": [1, 2]}, "other": {"source": "a", "about": "other", "between": [1, 2]},
        "x": {"source": "a", "around": 3, "readings": [{"about": "size", "unit": "km", "weight": 0.7}, {"about": "other", "unit": "metre", "weight": 0},
                                                      {"about": "other", "unit": "cm", "weight": 0.3}]},
        "silent": {"source": "b", "about": "size", "around": 3}, "new": {"source": "a", "about": "size", "around": 4, "supersedes": "old"},
        "old": {"source": "a", "about": "size", "around": 5}})
    got = implied(case)
    assert [(one.target, one.unit, one.reading, one.weighed is None) for one in got["x"]] == [
        ("size", "metre", 0.7, False), ("other", "metre", 0, True), ("other", "metre", 0.3, False)]
    assert [one.stated.q05 for one in got["x"]] == pytest.approx([size * 3 * math.sqrt(2.5 / 3.5) for size in (1000, 1, 0.01)])
    assert got["silent"][0].weighed is None
    assert got["old"][0].weighed is None
    assert got["new"][0].weighed is not None


@pytest.mark.parametrize("pooling", ["linear", "log"])
def test_pooled_claims_are_as_stated(make, pooling):
    case = make(settings={"pooling": pooling}, sources={"a": {"weight": 0.5}}, quantities={"size": {"unit": "metre"}}, claims={
        "x": {"source": "a", "about": "size", "between": [1, 2]}, "y": {"source": "a", "about": "size", "at_most": 3}})
    got = implied(case)
    assert got["x"][0].weighed is None
    assert got["y"][0].weighed is not None

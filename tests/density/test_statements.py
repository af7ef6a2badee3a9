"""What a claim says, as a centre and spreads on the working scale: closed forms for each kind and scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from nkestimate.density import compile_case
from nkestimate.density.evaluate import log_pool, log_statement

Z90 = 1.6448536269514722
QUANTITIES = {
    "size": {"unit": "metre"},
    "share": {"unit": "", "support": "fraction"},
    "rate": {"unit": "percent", "support": "fraction"},
    "level": {"unit": "", "support": "real"},
}
BASE = {
    "size-0": {"source": "a", "about": "size", "between": [1, 2]},
    "share-0": {"source": "a", "about": "share", "between": [0.1, 0.2]},
    "rate-0": {"source": "a", "about": "rate", "between": [10, 20]},
    "level-0": {"source": "a", "about": "level", "between": [1, 2]},
}


def logit(p: float) -> float:
    return math.log(p / (1 - p))


@pytest.fixture
def spread(make):
    def spread(settings=None, source=None, derived=None, **claim):
        case = make(settings=settings or {}, sources={"a": {"weight": 1, **(source or {})}}, quantities=QUANTITIES, derived=derived or {},
                    claims=BASE | {"x": {"source": "a", **claim}})
        factor = next(f for t in compile_case(case).terms for o in t.options for f in o.factors if f.claim == "x")
        return factor.spread

    return spread


def half(g, low, high, z=Z90):
    return (g(high) - g(low)) / (2 * z)


@pytest.mark.parametrize(
    ("claim", "m", "s"),
    [
        ({"about": "size", "between": [3, 12]}, math.log(6), half(math.log, 3, 12)),
        ({"about": "size", "between": [0.003, 0.012], "unit": "km"}, math.log(6), half(math.log, 3, 12)),
        ({"about": "share", "between": [0.2, 0.5]}, (logit(0.2) + logit(0.5)) / 2, half(logit, 0.2, 0.5)),
        ({"about": "rate", "between": [20, 50]}, (logit(0.2) + logit(0.5)) / 2, half(logit, 0.2, 0.5)),
        ({"about": "level", "between": [-1, 5]}, 2, 6 / (2 * Z90)),
        # around: the value itself, not the middle of its ends; half a unit of the last digit, at most a quarter of the value
        ({"about": "size", "around": "11000"}, math.log(11000), half(math.log, 10500, 11500)),
        ({"about": "size", "around": "100"}, math.log(100), half(math.log, 75, 125)),
        ({"about": "size", "around": "1/3"}, math.log(1 / 3), half(math.log, 1 / 4, 5 / 12)),
        ({"about": "size", "around": "3 billion"}, math.log(3e9), half(math.log, 2.5e9, 3.5e9)),
        ({"about": "size", "around": "4", "within": "50%"}, math.log(4), half(math.log, 2, 6)),
        ({"about": "size", "around": "4 km", "within": "500 metre"}, math.log(4000), half(math.log, 3500, 4500)),
        ({"about": "share", "around": "0.30"}, logit(0.3), half(logit, 0.25, 0.35)),
        ({"about": "share", "around": "1 in 5"}, logit(0.2), half(logit, 0.15, 0.25)),
        ({"about": "level", "around": "-30"}, -30, 10 / (2 * Z90)),
        ({"about": "level", "around": "0", "within": "5"}, 0, 10 / (2 * Z90)),
        # a count: half a case on each side
        ({"about": "share", "counted": "2 of 199"}, math.log(2.5 / 197.5), math.sqrt(1 / 2.5 + 1 / 197.5)),
        ({"about": "rate", "counted": "0 of 50"}, math.log(0.5 / 50.5), math.sqrt(1 / 0.5 + 1 / 50.5)),
        ({"about": "share", "counted": "50 of 50"}, math.log(50.5 / 0.5), math.sqrt(1 / 50.5 + 1 / 0.5)),
        # an estimate by the delta method
        ({"about": "size", "estimate": 8, "standard_error": 2}, math.log(8), 0.25),
        ({"about": "share", "estimate": 0.2, "standard_error": 0.04}, logit(0.2), 0.25),
        ({"about": "rate", "estimate": 20, "standard_error": 4}, logit(0.2), 0.25),
        ({"about": "level", "estimate": -8, "standard_error": 2}, -8, 2),
        # a bound: its value, not the middle
        ({"about": "size", "at_most": "6000"}, math.log(6000), half(math.log, 5500, 6500)),
        ({"about": "share", "at_least": "0.4"}, logit(0.4), half(logit, 0.35, 0.45)),
        ({"about": "size", "at_least": "1"}, 0, half(math.log, 0.75, 1.25)),
        ({"about": "level", "at_most": "50"}, 50, 10 / (2 * Z90)),
        ({"about": "size", "magnitude": "several hundred"}, (math.log(300) + math.log(900)) / 2, half(math.log, 300, 900)),
        # two quantiles: the normal through both, whichever they are
        ({"about": "size", "quantiles": {"0.1": 2, "0.75": 9}},
         math.log(2) - stats.norm.ppf(0.1) * math.log(4.5) / (stats.norm.ppf(0.75) - stats.norm.ppf(0.1)),
         math.log(4.5) / (stats.norm.ppf(0.75) - stats.norm.ppf(0.1))),
        ({"about": "level", "quantiles": {"0.5": 3, "0.9": 7}}, 3, 4 / stats.norm.ppf(0.9)),
    ],
)  # fmt: skip
def test_closed_forms(spread, claim, m, s):
    got = spread(**claim)
    assert (got.m, got.left, got.right) == pytest.approx((m, s, s), rel=1e-12)


def test_the_nearest_coverage_wins(spread):
    def s(**entries):
        return spread(about="level", between=[0, 2], **entries).s

    case, source, claim = {"settings": {"coverage": 0.5}}, {"source": {"coverage": 0.8}}, {"coverage": 0.99}
    assert s(**case) == pytest.approx(1 / stats.norm.ppf(0.75))
    assert s(**case, **source) == pytest.approx(1 / stats.norm.ppf(0.9))
    assert s(**case, **source, **claim) == pytest.approx(1 / stats.norm.ppf(0.995))


@pytest.mark.parametrize(("unit", "size"), [("", 1.0), ("percent", 0.01)])
@pytest.mark.parametrize(("k", "n"), [(2, 199), (0, 50), (50, 50), (3000, 10_000)])
def test_a_count_about_a_derived_fraction_has_the_moments_of_a_logarithm(spread, unit, size, k, n):
    got = spread({}, {}, {"part": {"unit": unit, "expr": "share * share", "support": "fraction"}}, about="part", counted=f"{k} of {n}")
    assert got.m == pytest.approx(math.log((k + 0.5) / (n + 1) / size), rel=1e-12)
    assert got.s == got.left == got.right == pytest.approx(math.sqrt(1 / (k + 0.5) - 1 / (n + 1)), rel=1e-12)
    if k > 100:  # and is then that of the Jeffreys posterior
        draws = np.log(stats.beta(k + 0.5, n - k + 0.5).ppf(np.linspace(0.0005, 0.9995, 1000)))
        assert got.s == pytest.approx(np.std(draws), rel=0.01)


def test_a_derived_fraction_is_on_the_log_scale(spread):
    got = spread(derived={"part": {"unit": "", "support": "fraction", "expr": "share * share"}}, about="part", between=[0.1, 0.4])
    assert (got.m, got.s) == pytest.approx((math.log(0.2), half(math.log, 0.1, 0.4)))


@pytest.mark.parametrize(("about", "quantiles"), [("level", {"0.05": -4, "0.5": 0, "0.9": 12}), ("size", {"0.2": 2, "0.5": 3, "0.6": 20})])
def test_two_piece_pool_holds_all_three_quantiles(make, about, quantiles):
    """By integration of the half-mass density that a linear pool of one claim is."""
    claims = {key: entry for key, entry in BASE.items() if key != f"{about}-0"} | {"x": {"source": "a", "about": about, "quantiles": quantiles}}
    density = compile_case(make(settings={"pooling": "linear"}, quantities=QUANTITIES, claims=claims))
    pool = next(p for p in density.pools if p.claims == ("x",))
    g = math.log if about == "size" else float
    m = pool.spreads[0].m
    for p, value in quantiles.items():
        pieces = [(-40, min(g(value), m)), (m, max(g(value), m))]
        mass = sum(integrate.quad(lambda x: float(np.exp(log_pool(pool, np.array(x)))), low, high, limit=200)[0] for low, high in pieces)
        assert mass == pytest.approx(float(p), abs=1e-9)


def test_two_piece_likelihood_is_continuous_and_a_density_of_the_statement(make):
    """As a likelihood it does not jump at m, and is the right side's where y is above m."""
    claims = BASE | {"x": {"source": "a", "about": "level", "quantiles": {"0.05": -4, "0.5": 0, "0.9": 12}}}
    factor = next(t.options[0].factors[0] for t in compile_case(make(quantities=QUANTITIES, claims=claims)).terms if t.name == "x")
    left, right = 4 / Z90, 12 / stats.norm.ppf(0.9)
    zero, extra = np.zeros(()), np.array(2.0)
    assert np.exp(log_statement(factor, np.array(1e-9), zero)) == pytest.approx(np.exp(log_statement(factor, np.array(-1e-9), zero)), rel=1e-7)
    for y, side in ((-3.0, left), (5.0, right)):
        sides = math.hypot(left, math.sqrt(2)) + math.hypot(right, math.sqrt(2))
        expected = math.exp(-0.5 * y**2 / (side**2 + 2)) * 2 / (sides * math.sqrt(2 * math.pi))
        assert np.exp(log_statement(factor, np.array(y), extra)) == pytest.approx(expected, rel=1e-12)
    total = integrate.quad(lambda y: float(np.exp(log_statement(factor, np.array(y), extra))), -100, 200, points=[0], limit=200)[0]
    assert total == pytest.approx(1, abs=1e-8)

"""The NumPy evaluator: priors in their coordinates, pools, bounds, and prior draws, against SciPy and quadrature."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special, stats

from nkestimate.case.model import Notice
from nkestimate.density import compile_case
from nkestimate.density.evaluate import (
    Evaluator,
    coordinate,
    evaluate_nodes,
    grid_density,
    log_jacobian,
    log_pool,
    natural,
    working,
)
from nkestimate.density.restate import predictive
from random_cases import PERCENT_PRIORS, PRIORS
from scipy_priors import twin

PAIRS = [(support, "", prior) for support, priors in PRIORS.items() for prior in priors] + [("fraction", "percent", p) for p in PERCENT_PRIORS]


@pytest.fixture
def parameter(make):
    def parameter(support, unit, prior):
        case = make(quantities={"x": {"unit": unit, "support": support, "prior": prior, "rationale": "r"}})
        return compile_case(case)

    return parameter


@pytest.mark.parametrize(("support", "unit", "prior"), PAIRS, ids=str)
def test_prior_in_its_coordinate_integrates_to_one(parameter, support, unit, prior):
    density = parameter(support, unit, prior)
    evaluator = Evaluator(density)
    middle = np.median(evaluator.prior_draws(200, np.random.default_rng(1)))

    def p(v):
        return float(np.exp(evaluator.log_density(np.array([v]))))

    ends = [middle + x for x in (-400, -40, -6, 6, 40, 400)]
    total = sum(integrate.quad(p, low, high, limit=400)[0] for low, high in pairwise(ends))
    # beyond 40 a heavy tail holds little, and a real value has its natural scale
    assert total == pytest.approx(1, abs=2e-3 if "Student" in str(prior) else 1e-6)


@pytest.mark.parametrize(("support", "unit", "prior"), PAIRS, ids=str)
def test_prior_draws_and_density_are_those_of_the_stated_distribution(parameter, support, unit, prior):
    density = parameter(support, unit, prior)
    p, evaluator = density.parameters[0], Evaluator(density)
    v = evaluator.prior_draws(4000, np.random.default_rng(3))
    value = evaluator.natural(v)[:, 0]
    if isinstance(prior, dict):
        low, high = (x / 100 if unit else x for x in prior["between"])
        g = {"positive": np.log, "fraction": special.logit, "real": np.asarray}[support]
        coverage = prior.get("coverage", 0.9)
        stated = stats.norm((g(low) + g(high)) / 2, (g(high) - g(low)) / 2 / stats.norm.ppf((1 + coverage) / 2))
        assert stats.kstest(g(value / 100 if unit else value), stated.cdf).pvalue > 1e-4
        return
    stated = twin(p.prior)
    assert stats.kstest(value, stated.cdf).pvalue > 1e-4
    inside = v[np.abs(v[:, 0]) < 15]
    expected = stated.logpdf(natural(p, inside[:, 0])) + log_jacobian(p, inside[:, 0])
    np.testing.assert_allclose(evaluator.log_density(inside), expected, rtol=1e-7, atol=1e-7)


def test_jacobians_are_derivatives_and_coordinates_invert(parameter):
    for support, unit, prior in PAIRS:
        p = parameter(support, unit, prior).parameters[0]
        v = np.linspace(-3, 3, 13)
        slope = (natural(p, v + 1e-6) - natural(p, v - 1e-6)) / 2e-6
        np.testing.assert_allclose(np.log(np.abs(slope)), log_jacobian(p, v), atol=1e-7)
        np.testing.assert_allclose(coordinate(p, natural(p, v)), v, atol=1e-9)
        g = {"positive": np.log, "real": np.asarray, "fraction": lambda x: special.logit(x / 100 if unit else x)}[support]
        np.testing.assert_allclose(working(p, v), g(natural(p, v)), atol=1e-9)


def test_pymc_parametrisations():
    """The order and meaning of parameters, by moments that no other parametrisation has."""
    from nkestimate.case.distributions import parse_prior

    means = {"Gamma(3, 0.5)": 6, "Exponential(0.25)": 4, "Beta(2, 6)": 0.25, "LogNormal(1, 2)": math.exp(3), "HalfNormal(2)": 2 * math.sqrt(2 / math.pi),
             "Uniform(2, 10)": 6, "Triangular(0, 1, 5)": 2, "StudentT(5, 7, 2)": 7, "Normal(3, 2)": 3}  # fmt: skip
    sds = {"StudentT(5, 7, 2)": 2 * math.sqrt(5 / 3), "Normal(3, 2)": 2}
    medians = {"HalfCauchy(3)": 3, "LogitNormal(0.4, 2)": special.expit(0.4), "TruncatedNormal(3, 2, 1, 5)": 3}
    for text, mean in means.items():
        assert twin(parse_prior(text)).mean() == pytest.approx(mean), text
    for text, sd in sds.items():
        assert twin(parse_prior(text)).std() == pytest.approx(sd), text
    for text, median in medians.items():
        assert twin(parse_prior(text)).median() == pytest.approx(median), text


# ---------------------------------------------------------------- pools


@pytest.fixture
def pooled(make):
    def pooled(kind, claims, **quantity):
        sources = {"a": {"weight": 0.6}, "b": {"weight": 0.3}}
        claims = {f"c{i}": {"source": "ab"[i % 2], "about": "x", **claim} for i, claim in enumerate(claims)}
        return compile_case(make(settings={"pooling": kind}, sources=sources, quantities={"x": {"unit": "", "support": "real", **quantity}}, claims=claims))

    return pooled


NORMALS = [{"estimate": 1, "standard_error": 0.5}, {"estimate": 4, "standard_error": 2}]


def test_linear_pool_is_the_mixture(pooled):
    pool = pooled("linear", NORMALS).pools[0]
    x = np.linspace(-5, 15, 41)
    expected = (2 * stats.norm.pdf(x, 1, 0.5) + stats.norm.pdf(x, 4, 2)) / 3
    np.testing.assert_allclose(np.exp(log_pool(pool, x)), expected, rtol=1e-12)


def test_log_pool_of_normals_is_the_precision_weighted_normal(pooled):
    pool = pooled("log", NORMALS).pools[0]
    x = np.linspace(-5, 15, 41)
    precision = (2 / 0.25 + 1 / 4) / 3
    mean = (2 * 1 / 0.25 + 1 * 4 / 4) / 3 / precision
    difference = log_pool(pool, x) - stats.norm.logpdf(x, mean, precision**-0.5)
    np.testing.assert_allclose(difference, difference[0], atol=1e-10)


@pytest.mark.parametrize("kind", ["linear", "log"])
@pytest.mark.parametrize("prior", [None, "Normal(3, 1)", "Uniform(-4, 9)", "StudentT(3, 2, 0.5)"])
def test_pool_draws_follow_pool_times_prior(pooled, kind, prior):
    claims = [*NORMALS, {"quantiles": {"0.05": 2, "0.5": 5, "0.95": 5.5}}, {"estimate": 6.0, "standard_error": 1e-4}]
    density = pooled(kind, claims, **({"prior": prior} if prior else {}))
    evaluator, p = Evaluator(density), density.parameters[0]
    drawn = working(p, evaluator.prior_draws(4000, np.random.default_rng(5))[:, 0])
    s = [0.5, 2, 3, 1e-4]
    edges = np.unique(np.concatenate([m + np.linspace(-12, 12, 4001) * w for m, w in zip([1, 4, 5, 6], s, strict=True)]))
    logs = log_pool(density.pools[0], edges)
    if prior:
        with np.errstate(divide="ignore"):
            logs = logs + twin(p.prior).logpdf(edges)
    mass = np.exp(logs - logs.max())
    cdf = integrate.cumulative_trapezoid(mass, edges, initial=0)
    assert stats.kstest(drawn, lambda x: np.interp(x, edges, cdf / cdf[-1])).pvalue > 1e-4


def test_grid_finds_a_spike_that_is_far_from_prior_and_other_claims(pooled):
    density = pooled("log", [{"estimate": 0, "standard_error": 1e-3}, {"estimate": 100, "standard_error": 1e-3}])
    v, p = grid_density(density.parameters[0], density.pools[0])
    mass = integrate.cumulative_trapezoid(p, v, initial=0)
    low, middle, high = np.interp([0.05, 0.5, 0.95], mass / mass[-1], v)
    assert middle == pytest.approx(100 / 3, abs=1e-5)
    assert (high - low) == pytest.approx(2 * 1.6448536 * 1e-3, rel=1e-2)


# ---------------------------------------------------------------- likelihood


def test_bounds_and_doubt(make):
    """Φ((m − y)/sd) with y = x + σ √3 η and sd² = s² + τ² + 2 S² at κ = K = 3, written out."""
    case = make(sources={"a": {"weight": 1}, "b": {"weight": 0.25}}, quantities={"x": {"unit": "", "support": "real"}},
                settings={"common_error": 0.4},
                claims={"base": {"source": "a", "about": "x", "estimate": 1, "standard_error": 2},
                        "up": {"source": "b", "about": "x", "at_most": "5", "within": 0.2},
                        "two": {"source": "a", "about": "x", "at_least": "3", "within": 0.5}})  # fmt: skip
    density = compile_case(case)
    x, tau, eta = 2.5, 0.7, -1.2
    v = np.zeros(density.size)
    v[density.index["x"]], v[density.index["tau[x]"]], v[density.index["eta[x]"]] = x, math.log(tau), eta
    z = 1.6448536269514722
    S = math.sqrt(2 * 2**2)  # of the only two-sided claim
    assert pytest.approx(S) == density.targets["x"].S
    y = x + 0.4 * S * math.sqrt(3) * eta
    sd = math.sqrt((1 / z) ** 2 + tau**2 + 2 * S**2)
    got = Evaluator(density).log_likelihood(v)
    assert float(got["up"]) == pytest.approx(stats.norm.logcdf((5 - y) / sd), rel=1e-12)
    assert float(got["two"]) == pytest.approx(stats.norm.logcdf((x - 3) / (1.5 / z)), rel=1e-12)
    assert float(got["base"]) == pytest.approx(stats.norm.logpdf(1, x, 2), rel=1e-12)


def test_marginal_own_error_is_what_a_shared_epsilon_integrates_to(make):
    """One claim's error marginalised equals ∫ φ(ε) Normal(m; y + √Var O ε, s²) dε, written as a repeat with epsilon."""
    sources, quantities = {"a": {"weight": 1}, "b": {"weight": 0.4}}, {"x": {"unit": "", "support": "real"}}
    base = {"base": {"source": "a", "about": "x", "estimate": 1, "standard_error": 2}, "one": {"source": "b", "about": "x", "estimate": 3, "standard_error": 1}}
    lone = compile_case(make(sources=sources, quantities=quantities, claims=base))
    twice = compile_case(make(sources=sources, quantities=quantities, claims={**base, "again": base["one"]}))
    # A source that repeats itself counts once, so the scale is the same.
    assert twice.targets["x"].S == pytest.approx(lone.targets["x"].S)
    named = {"x": 0.3, "tau[x]": -0.2, "eta[x]": 0.8}
    marginal = float(Evaluator(lone).log_likelihood(np.array([named[p.name] for p in lone.parameters]))["one"])
    second = Evaluator(twice)

    def integrand(epsilon):
        v = np.array([named.get(p.name, epsilon) for p in twice.parameters])
        return math.exp(float(second.log_likelihood(v)["one"])) * stats.norm.pdf(epsilon)

    assert math.log(integrate.quad(integrand, -12, 12)[0]) == pytest.approx(marginal, rel=1e-10)


def test_two_weights_of_one_source_share_the_smaller_error(make):
    """w = 0.5 (κ = 1) and 0.25 (κ = 3): of the second's error, τ² is the first's too, and 2 S² + 2 σ² its own alone."""
    claims = {key: {"source": "b", "weight": w, "about": "x", "estimate": m, "standard_error": 1} for key, w, m in (("near", 0.5, 2), ("far", 0.25, 4))}
    density = compile_case(make(sources={"b": {"weight": 1}}, quantities={"x": {"unit": "", "support": "real"}}, claims=claims,
                                settings={"common_error": 0.5}))
    # ω = 1/4 and 1/8 of one source: μ = 8/3, V = 1 + 8/9, n = 1
    S2 = 2 * (1 + 8 / 9)
    x, tau, eta, epsilon = 1.5, 0.7, 0.4, -0.9
    v = np.zeros(density.size)
    for name, value in (("x", x), ("tau[x]", math.log(tau)), ("eta[x]", eta), ("epsilon[b, x]", epsilon)):
        v[density.index[name]] = value
    assert density.size == 4
    y = x + 0.5 * math.sqrt(S2) * eta + tau * epsilon
    got = Evaluator(density).log_likelihood(v)
    assert float(got["near"]) == pytest.approx(stats.norm.logpdf(2, y, 1), rel=1e-12)
    assert float(got["far"]) == pytest.approx(stats.norm.logpdf(4, y, math.sqrt(1 + 2 * S2 + 2 * 0.25 * S2)), rel=1e-12)


def test_correlated_priors_are_one_multivariate_normal_on_the_working_scales(make):
    quantities = {"x": {"unit": "", "prior": "LogNormal(1, 0.5)"}, "p": {"unit": "percent", "support": "fraction", "prior": {"between": [10, 60]}},
                  "z": {"unit": "", "support": "real", "prior": "Normal(-2, 3)"}, "free": {"unit": "", "prior": "Gamma(2, 3)"}}  # fmt: skip
    correlations = {"one": {"between": ["x", "p"], "rank": 0.6}, "two": {"between": ["z", "x"], "log": -0.5}}
    case = make(quantities={key: {**entry, "rationale": "r"} for key, entry in quantities.items()},
                correlations={key: {**entry, "rationale": "r"} for key, entry in correlations.items()})  # fmt: skip
    evaluator = Evaluator(compile_case(case))
    r = 2 * math.sin(math.pi * 0.6 / 6)
    low, high = special.logit(0.1), special.logit(0.6)
    mean, sd = np.array([1, (low + high) / 2, -2]), np.array([0.5, (high - low) / 2 / stats.norm.ppf(0.95), 3])
    law = stats.multivariate_normal(mean, np.outer(sd, sd) * np.array([[1, r, -0.5], [r, 1, 0], [-0.5, 0, 1]]))
    v = evaluator.prior_draws(20_000, np.random.default_rng(1))
    apart = evaluator.log_density(v) - evaluator.log_prior(v)["free"]
    np.testing.assert_allclose(apart, law.logpdf(v[:, :3]), rtol=1e-10, atol=1e-10)
    totals = evaluator.totals(v)
    assert stats.spearmanr(totals["x"], totals["p"]).statistic == pytest.approx(0.6, abs=0.03)
    np.testing.assert_allclose(np.cov(v[:, :3].T), law.cov, atol=0.05 * np.outer(sd, sd).max())
    assert stats.kstest(totals["x"], stats.lognorm(0.5, scale=math.e).cdf).pvalue > 1e-3


def test_a_correlation_with_pooled_claims_does_not_act_and_says_so(make):
    sections = {"quantities": {"x": {"unit": ""}, "y": {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "r"}},
                "claims": {"c": {"source": "a", "about": "x", "between": [1, 3]}},
                "correlations": {"k": {"between": ["x", "y"], "log": 0.5, "rationale": "r"}}}  # fmt: skip
    assert len(compile_case(make(**sections)).copulas) == 1
    pooled = make(**sections, settings={"pooling": "linear"})
    assert not compile_case(pooled).copulas
    assert Notice("correlation without effect", ("k",)) in pooled.notices


@pytest.mark.parametrize("claim", [{"at_most": 3}, {"at_least": 3}, {"between": [1, 3]}])
@pytest.mark.parametrize("expr", ["x - y", "max(x - y, 0)", "sqrt(x - y)", "(x - y) * 1"])
def test_a_positive_target_at_or_below_zero_has_density_zero(make, claim, expr):
    case = make(quantities={"x": {"unit": ""}, "y": {"unit": ""}}, derived={"d": {"unit": "", "expr": expr}},
                claims={"x0": {"source": "a", "about": "x", "between": [2, 4]}, "y0": {"source": "a", "about": "y", "between": [2, 4]},
                        "c": {"source": "a", "about": "d", **claim}})  # fmt: skip
    evaluator = Evaluator(compile_case(case))
    above, equal, below = np.log([[3, 2]]), np.log([[2, 2]]), np.log([[2, 3]])
    assert np.isfinite(evaluator.log_density(above))
    assert evaluator.log_density(equal) == evaluator.log_density(below) == -np.inf


def test_a_reading_where_one_meaning_is_impossible_keeps_the_other(make):
    readings = [{"about": "x - y", "weight": 0.3}, {"about": "y", "weight": 0.7}]
    case = make(quantities={"x": {"unit": ""}, "y": {"unit": ""}},
                claims={"x0": {"source": "a", "about": "x", "between": [2, 4]}, "y0": {"source": "a", "about": "y", "between": [2, 4]},
                        "c": {"source": "a", "readings": readings, "between": [2, 4]}})  # fmt: skip
    density = compile_case(case)
    v = np.log([2.0, 3.0])
    s = math.log(2) / (2 * 1.6448536269514722)
    expected = math.log(0.7) + stats.norm.logpdf(math.log(8) / 2, math.log(3), s)
    assert float(Evaluator(density).log_likelihood(v)["c"]) == pytest.approx(expected)


# ---------------------------------------------------------------- shapes and draws


def test_everything_broadcasts_over_draws(make):
    case = make(sources={"a": {"weight": 0.5}}, quantities={"x": {"unit": ""}}, derived={"d": {"unit": "", "expr": "2 * x"}, "one": {"unit": "", "expr": "1 + 1"}},
                claims={"c": {"source": "a", "about": "x", "between": [2, 4]}, "d0": {"source": "a", "about": "d", "at_most": 9}},
                questions={"q": {"ask": "x > 3"}})  # fmt: skip
    density = compile_case(case)
    evaluator = Evaluator(density)
    v = evaluator.prior_draws(6, np.random.default_rng(0))
    many = v.reshape(2, 3, -1)
    np.testing.assert_array_equal(evaluator.log_density(many), evaluator.log_density(v).reshape(2, 3))
    assert {a.shape for a in evaluator.totals(many).values()} == {(2, 3)}
    assert evaluator.answers(many)["q"].tolist() == (evaluator.totals(many)["x"] > 3).tolist()
    assert predictive(density, many, np.random.default_rng(0)).keys() == {"c"}


def test_predictive_draws_have_the_claims_spread(make):
    """What claim c would state, at a fixed point: centre y and both kinds of spread."""
    case = make(sources={"a": {"weight": 0.5}}, quantities={"x": {"unit": "", "support": "real"}}, settings={"common_error": 0},
                claims={"c": {"source": "a", "about": "x", "quantiles": {"0.05": 0, "0.5": 3, "0.95": 4}}})  # fmt: skip
    density = compile_case(case)
    v = np.tile([7.0, math.log(0.5)], (40_000, 1))
    drawn = predictive(density, v, np.random.default_rng(1))["c"]
    z = 1.6448536269514722
    # The truth may lie 3/z below what is stated: so what is stated exceeds the truth by that spread, and with its share of the mass.
    over, short = math.hypot(3 / z, 0.5), math.hypot(1 / z, 0.5)
    assert np.mean(drawn < 7) == pytest.approx(short / (over + short), abs=0.01)
    np.testing.assert_allclose(np.sqrt(np.mean((drawn[drawn > 7] - 7) ** 2)), over, rtol=0.02)
    np.testing.assert_allclose(np.sqrt(np.mean((drawn[drawn < 7] - 7) ** 2)), short, rtol=0.02)


def test_nodes_of_every_operation():
    from nkestimate.density.description import Node

    nodes = [Node("parameter", (0,)), Node("const", (), 2.0)]
    operations = {"+": 5, "-": 1, "*": 6, "/": 1.5, "**": 9, "min": 2, "max": 3, "neg": -3, "exp": math.exp(3), "log": math.log(3), "sqrt": math.sqrt(3)}
    nodes += [Node(op, (0, 1) if op not in ("neg", "exp", "log", "sqrt") else (0,)) for op in operations]
    out = evaluate_nodes(tuple(nodes), np.array([[3.0]]))
    assert [float(np.squeeze(x)) for x in out[2:]] == pytest.approx(list(operations.values()))


def test_questions_round_half_up_in_the_unit_that_is_written(make):
    """P(round(n) ≥ 3) is P(n ≥ 2.5): a normal's tail, and what is asked in another unit is the same number."""
    n = {"unit": "thousand person", "support": "real", "prior": "Normal(2, 1)", "rationale": "r"}
    asks = {"own": ("round(n) >= 3 thousand person", 2.5), "people": ("round(n, 1 person) >= 2_500 person", 2.4995),
            "hundreds": ("round(n, 100 person) > 2.6 thousand person", 2.65), "equal": ("round(n) <= 3 thousand person", 3.5)}  # fmt: skip
    case = make(quantities={"n": n, "c": {"unit": "", "prior": "Exponential(1)", "rationale": "r"}}, units={"dime": {"is": "0.1 USD"}},
                derived={"price": {"unit": "dime", "expr": "2.5 dime + 0 dime * c"}, "loss": {"unit": "dime", "support": "real", "expr": "-2.5 dime + 0 dime * c"}},
                questions={key: {"ask": ask} for key, (ask, _) in asks.items()} | {
                    "half": {"ask": "round(price) >= 0.3 USD"}, "negative": {"ask": "round(loss) >= -0.2 USD"},
                    "less": {"ask": "round(price) < 30 percent * 1 USD"}})  # fmt: skip
    evaluator = Evaluator(compile_case(case))
    v = evaluator.prior_draws(4000, np.random.default_rng(1))
    answers, drawn = evaluator.answers(v), evaluator.totals(v)["n"]
    for key, (_, limit) in asks.items():
        np.testing.assert_array_equal(answers[key], drawn <= limit if key == "equal" else drawn >= limit)
    assert answers["own"].mean() == pytest.approx(stats.norm.sf(0.5), abs=0.03)
    assert answers["half"].all()
    assert answers["negative"].all()
    assert not answers["less"].any()

"""The effective number of independent sources: closed forms, a state-space posterior and a constrained optimiser of their own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from nkestimate.audit.independence import best_average, independence
from random_cases import load

Z90 = 1.6448536269514722


def case_of(claims, sources, rho=0.6, tau=None, quantity=None):
    """A case of claims on one real quantity ``level`` (identity scale), each ``between`` its ends."""
    level = {"unit": "", "support": "real", "common_error": rho} | ({"dark_uncertainty": tau} if tau else {}) | (quantity or {})
    return load({"format": 1, "title": "t", "horizon": "2025-01-01", "sources": sources, "quantities": {"level": level}, "claims": claims})


def alike(n, weight, rho, tau="HalfNormal(2)", low=0, high=4):
    claims = {f"c{i}": {"source": f"s{i}", "about": "level", "between": [low, high]} for i in range(n)}
    return case_of(claims, {f"s{i}": {"weight": weight} for i in range(n)}, rho, tau)


def worth(case, **kwargs):
    return independence(case, **kwargs)["level"]


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize("n", [1, 2, 5, 12])
@pytest.mark.parametrize("weight", [0.2, 0.6, 0.9])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 1.0])
def test_alike_sources_are_worth_clemen_and_winklers_number(n, weight, rho):
    tau = 2 * stats.norm.ppf(0.75)  # the median of HalfNormal(2)
    s, k = 4 / (2 * Z90), (1 - weight) / weight
    shared, own = rho * tau**2 + (rho * s) ** 2, (1 - rho) * tau**2
    r = k**2 * shared / (s**2 + k**2 * (shared + own))
    got = worth(alike(n, weight, rho))
    assert got.tau == pytest.approx(tau)
    assert got.S == pytest.approx(s)
    assert got.effective == pytest.approx(n / (1 + (n - 1) * r), rel=1e-6)
    assert got.shares == pytest.approx({f"s{i}": 1 / n for i in range(n)}, abs=1e-6)


def test_independent_equal_sources_count_in_full_and_wholly_dependent_ones_as_one():
    assert worth(alike(7, 0.5, 0)).effective == pytest.approx(7)
    assert worth(alike(7, 0.05, 1)).effective == pytest.approx(1, abs=0.02)


def test_sources_at_their_word_have_their_stated_spread_alone():
    """k is 0: no error in common. Independent sources of unequal spread are worth Σ 1/V over the largest 1/V."""
    claims = {"a": {"source": "a", "about": "level", "between": [0, 2]}, "b": {"source": "b", "about": "level", "between": [0, 4]}}
    got = worth(case_of(claims, {"a": {"weight": 1}, "b": {"weight": 1}}))
    assert got.effective == pytest.approx(1 + 1 / 4)
    assert got.shares == pytest.approx({"a": 0.8, "b": 0.2})
    assert got.tau == 0


def test_a_repeated_source_does_not_become_two():
    repeated = {f"c{i}": {"source": "a", "about": "level", "between": [0, 4]} for i in range(3)}
    got = worth(case_of(repeated, {"a": {"weight": 0.5}}))
    assert (got.sources, got.effective) == (("a",), pytest.approx(1))
    other = {"d": {"source": "b", "about": "level", "between": [0, 4]}}
    two = {"a": {"weight": 0.5}, "b": {"weight": 0.5}}
    more, once = worth(case_of(repeated | other, two)), worth(case_of({"c0": repeated["c0"]} | other, two))
    assert more.sources == ("a", "b")
    assert 1 <= more.effective <= 2
    assert more.effective <= once.effective + 0.05


def test_a_source_of_weight_0_or_superseded_does_not_count():
    claims = {key: {"source": key, "about": "level", "between": [0, 4]} for key in "abc"}
    weights = {"a": {"weight": 0.5}, "b": {"weight": 0.5}, "c": {"weight": 0}}
    without = {key: claims[key] for key in "ab"}
    assert worth(case_of(claims, weights)) == worth(case_of(without, weights))
    claims["c"]["supersedes"] = "b"
    got = worth(case_of(claims, weights | {"c": {"weight": 0.5}}))
    assert got.sources == ("a", "c")


def test_a_weight_that_goes_to_0_fades_out():
    def of(weight):
        claims = {key: {"source": key, "about": "level", "between": [0, 4]} for key in "ab"}
        return worth(case_of(claims, {"a": {"weight": 0.5}, "b": {"weight": weight}}, rho=0.1)).effective

    values = [of(w) for w in (0.5, 0.2, 0.05, 0.001)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(1, abs=1e-4)


def test_bounds_are_counted_apart():
    claims = {"a": {"source": "a", "about": "level", "between": [0, 4]}, "b": {"source": "b", "about": "level", "at_most": "5"},
              "c": {"source": "a", "about": "level", "at_least": "1"}}
    sources = {"a": {"weight": 0.5}, "b": {"weight": 0.5}}
    got = worth(case_of(claims, sources))
    assert (got.sources, got.bound_sources, got.effective) == (("a",), ("b",), pytest.approx(1))
    only = worth(case_of({"b": claims["b"]}, sources, quantity={"prior": "Normal(0, 1)"}))
    assert (only.sources, only.bound_sources, only.effective, only.shares) == ((), ("b",), None, {})


def test_a_reading_counts_in_full_and_only_one_of_two_on_the_same_target():
    claims = {"a": {"source": "a", "about": "level", "between": [0, 4]},
              "b": {"source": "b", "between": [0, 4], "readings": [{"about": "level", "weight": 0.3, "as_of": "2024-01-01"},
                                                                    {"about": "level", "weight": 0.7, "as_of": "2024-06-01"}]}}
    plain = {"a": claims["a"], "b": {"source": "b", "about": "level", "between": [0, 4]}}
    sources = {"a": {"weight": 0.5}, "b": {"weight": 0.5}}
    tau = {"tau": {"level": 1.0}}
    assert worth(case_of(claims, sources), **tau).effective == pytest.approx(worth(case_of(plain, sources), **tau).effective)


def test_a_bias_that_is_not_known_widens_its_source():
    def case(factors):
        return load({"format": 1, "title": "t", "horizon": "2025-01-01", "quantities": {"size": {"unit": "metre"}},
                     "sources": {"a": {"weight": 0.6}, "b": {"weight": 0.6, **factors}},
                     "claims": {key: {"source": key, "about": "size", "between": [10, 20]} for key in "ab"}})

    plain, biased = (independence(case(factors))["size"] for factors in ({}, {"overstates_by": [0.2, 5.0]}))
    assert biased.shares["b"] < plain.shares["b"] == pytest.approx(0.5)
    assert biased.effective < plain.effective


def test_pooling_does_not_change_what_sources_are_worth():
    claims = {key: {"source": key, "about": "level", "between": [0, 4]} for key in "ab"}
    sources = {"a": {"weight": 0.5}, "b": {"weight": 0.3}}
    plain = {"format": 1, "title": "t", "horizon": "2025-01-01", "sources": sources, "claims": claims,
             "quantities": {"level": {"unit": "", "support": "real"}}}
    found = [worth(load(plain | {"settings": {"pooling": pooling}})) for pooling in ("hierarchical", "linear", "log")]
    assert found[0] == found[1] == found[2]


# ---------------------------------------------------------------- by other means


def posterior_variance(k, s, source, rho, tau, S):
    """Var(x | m) under a flat prior on x, by conditioning the joint normal of x, η, ε and the claims: no Σ is formed."""
    names = sorted(set(source))
    huge = 1e8
    prior = np.diag([huge, 1.0, *[1.0] * len(names)])  # x, η, ε of each source
    design = np.array([[1.0, kc * math.sqrt(rho * tau**2 + (rho * S) ** 2), *(kc * math.sqrt(1 - rho) * tau * (name == sc) for name in names)]
                       for kc, sc in zip(k, source)])
    information = np.linalg.inv(prior) + design.T @ np.diag(1 / np.asarray(s) ** 2) @ design
    return np.linalg.inv(information)[0, 0]


random_claims = st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0.5, 6)), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(random_claims, st.integers(0, 95).map(lambda p: p / 100), st.floats(0.3, 0.9))
def test_where_trust_is_equal_it_is_the_ratio_of_posterior_variances(members, rho, weight):
    """With one weight for all, the best linear estimate weighs no claim negatively in these cases, so it is the best average."""
    claims = {f"c{i}": {"source": source, "about": "level", "between": [-width, width]} for i, (source, width) in enumerate(members)}
    got = worth(case_of(claims, {key: {"weight": weight} for key in "abcd"}, rho, "HalfNormal(1)"))
    k = [(1 - weight) / weight] * len(members)
    s = [width / Z90 for _, width in members]
    source = [name for name, _ in members]

    def variance(of):
        chosen = [i for i, name in enumerate(source) if of is None or name == of]
        return posterior_variance(*([values[i] for i in chosen] for values in (k, s, source)), rho, got.tau, got.S)

    assert 1 <= got.effective <= len(set(source))
    assert sum(got.shares.values()) == pytest.approx(1)
    # A flat prior of variance 1e8 and s of 0.3 and more: the ratio is good to a millionth or so.
    assert got.effective == pytest.approx(min(variance(name) for name in set(source)) / variance(None), rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0.2, 6), st.floats(0.05, 1)), min_size=1, max_size=6), st.integers(0, 100).map(lambda p: p / 100))
def test_it_never_leaves_its_bounds(members, rho):
    claims = {f"c{i}": {"source": source, "about": "level", "between": [-width, width], "weight": weight}
              for i, (source, width, weight) in enumerate(members)}
    got = worth(case_of(claims, {key: {"weight": 1} for key in "abcd"}, rho, "HalfNormal(1)"))
    assert 1 <= got.effective <= len({source for source, *_ in members})
    assert all(-1e-12 <= share <= 1 + 1e-9 for share in got.shares.values())


@pytest.mark.parametrize("seed", range(6))
def test_the_best_average_is_that_of_a_general_optimiser(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    k = rng.uniform(0, 4, n)
    cov = np.outer(k, k) * 0.7 + np.diag(rng.uniform(0.05, 1, n))
    weights, variance = best_average(cov)
    found = optimize.minimize(lambda a: a @ cov @ a, np.full(n, 1 / n), jac=lambda a: 2 * cov @ a, bounds=[(0, 1)] * n, method="SLSQP",
                              constraints={"type": "eq", "fun": lambda a: a.sum() - 1}, options={"ftol": 1e-14, "maxiter": 1000})
    assert found.success
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    assert variance == pytest.approx(weights @ cov @ weights)
    assert variance == pytest.approx(found.fun, rel=1e-6)


def test_a_doubtful_source_that_only_gauges_the_shared_error_adds_nothing():
    """The density's own precision may exceed that of n independent sources here; an average's does not."""
    claims = {"a": {"source": "a", "about": "level", "between": [0, 0.5]}, "b": {"source": "b", "about": "level", "between": [0, 0.5]}}
    got = worth(case_of(claims, {"a": {"weight": 0.9}, "b": {"weight": 0.3}}, rho=0.9, tau="HalfNormal(1)"))
    assert got.shares["b"] == 0
    assert got.effective == pytest.approx(1)
    k, s = [1 / 9, 7 / 3], [0.5 / (2 * Z90)] * 2
    joint = posterior_variance(k, s, ["a", "b"], 0.9, got.tau, got.S)
    assert posterior_variance(k[:1], s[:1], ["a"], 0.9, got.tau, got.S) / joint > 1.1

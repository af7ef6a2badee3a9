"""The effective number of independent sources: closed forms, a state-space posterior and a constrained optimiser of their own."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from nkestimate.evidence.independence import best_average, independence
from random_cases import load

Z90 = 1.6448536269514722


def case_of(claims, sources, common=0.7, tau=None, quantity=None):
    """A case of claims on one real quantity ``level`` (identity scale), each ``between`` its ends."""
    level = {"unit": "", "support": "real", "common_error": common} | ({"dark_uncertainty": tau} if tau else {}) | (quantity or {})
    return load({"format": 1, "title": "t", "horizon": "2025-01-01", "sources": sources, "quantities": {"level": level}, "claims": claims})


def alike(n, weight, common, tau="HalfNormal(2)", low=0, high=4):
    claims = {f"c{i}": {"source": f"s{i}", "about": "level", "between": [low, high]} for i in range(n)}
    return case_of(claims, {f"s{i}": {"weight": weight} for i in range(n)}, common, tau)


def worth(case, **kwargs):
    return independence(case, **kwargs)["level"]


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize("n", [1, 2, 5, 12])
@pytest.mark.parametrize("weight", [0.2, 0.6, 0.9])
@pytest.mark.parametrize("common", [0.0, 0.3, 0.7, 2.0])
def test_alike_sources_are_worth_clemen_and_winklers_number(n, weight, common):
    tau = 2 * stats.norm.ppf(0.75)  # the median of HalfNormal(2)
    s, kappa = 4 / (2 * Z90), (1 - weight) / weight
    S2 = s**2 * (1 + 1 / n)  # they agree, and are worth the same
    shared, own = common**2 * S2 * kappa, min(kappa, 1) * tau**2 + max(kappa - 1, 0) * S2
    r = shared / (s**2 + shared + own)
    got = worth(alike(n, weight, common))
    assert got.tau == pytest.approx(tau)
    assert pytest.approx(math.sqrt(S2)) == got.S
    assert got.sigma == pytest.approx(common * math.sqrt(S2))
    assert got.effective == pytest.approx(n / (1 + (n - 1) * r), rel=1e-6)
    assert got.shares == pytest.approx({f"s{i}": 1 / n for i in range(n)}, abs=1e-6)


def test_independent_equal_sources_count_in_full_and_wholly_dependent_ones_as_one():
    assert worth(alike(7, 0.5, 0)).effective == pytest.approx(7)
    # what they share is 30² times what each has of its own, and more
    assert worth(alike(7, 0.05, 30)).effective == pytest.approx(1, abs=0.02)


def test_sources_at_their_word_have_their_stated_spread_alone():
    """κ is 0: no error in common. Independent sources of unequal spread are worth Σ 1/V over the largest 1/V."""
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
        return worth(case_of(claims, {"a": {"weight": 0.5}, "b": {"weight": weight}}, common=0.1)).effective

    values = [of(w) for w in (0.5, 0.2, 0.05, 0.001)]
    assert values == sorted(values, reverse=True)
    # the other source's variance is more than 998 S², the trusted one's less than S² (its s² is under S²/2)
    assert values[-1] == pytest.approx(1, abs=2e-3)


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
    got = worth(case_of(claims, {"a": {"weight": 0.5}, "b": {"weight": 0.5}}), tau={"level": 1.0})
    # In the scale a reading counts with its probability over the number of them: ω = 0.5, 0.075 and 0.175.
    s2 = (4 / (2 * Z90)) ** 2
    S2 = s2 * (1 + (0.5**2 + 0.25**2) / 0.75**2)
    r = 0.49 * S2 / (s2 + 1 + 0.49 * S2)
    assert got.effective == pytest.approx(2 / (1 + r))


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


def posterior_variance(claims, tau, S, sigma):
    """Var(x | m) under a flat prior on x, by conditioning the joint normal of x, the paths' steps and the claims: no Σ is formed.

    Claims are (source, s, weight).
    """
    kappa = [(1 - weight) / weight for *_, weight in claims]
    K = {name: min(k for (other, *_), k in zip(claims, kappa) if other == name) for name, *_ in claims}

    def own(name, k):
        return min(k, 1) * tau**2 + max(k - 1, 0) * S**2 + sigma**2 * (k - K[name])

    levels = [0.0, *sorted(set(K.values()) - {0.0})]
    columns = [[1.0] * len(claims)]
    columns += [[sigma * math.sqrt(high - low) * (high <= K[name]) for name, *_ in claims] for low, high in pairwise(levels)]
    for name in K:
        ends = sorted({k for (other, *_), k in zip(claims, kappa) if other == name})
        for before, end in pairwise([None, *ends]):
            step = math.sqrt(max(own(name, end) - (0.0 if before is None else own(name, before)), 0.0))
            columns.append([step * (other == name and k >= end) for (other, *_), k in zip(claims, kappa)])
    design = np.array(columns).T
    prior = np.diag([1e-8, *[1.0] * (len(columns) - 1)])
    information = prior + design.T @ np.diag([1 / s**2 for _, s, _ in claims]) @ design
    return np.linalg.inv(information)[0, 0]


random_claims = st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0.5, 6), st.sampled_from([1, 0.9, 0.5, 0.3, 0.1])), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(random_claims, st.integers(0, 150).map(lambda p: p / 100))
def test_it_is_the_ratio_of_posterior_variances(members, common):
    """No error is shared for more than the smaller one contains, so the best linear estimate is an average, whatever the weights."""
    claims = {f"c{i}": {"source": source, "about": "level", "between": [-width, width], "weight": weight}
              for i, (source, width, weight) in enumerate(members)}
    got = worth(case_of(claims, {key: {"weight": 1} for key in "abcd"}, common, "HalfNormal(1)"))

    def variance(of=None):
        return posterior_variance([(name, width / Z90, w) for name, width, w in members if of in (None, name)], got.tau, got.S, got.sigma)

    names = {name for name, *_ in members}
    assert 1 <= got.effective <= len(names)
    assert sum(got.shares.values()) == pytest.approx(1)
    # A flat prior of variance 1e8 and s of 0.3 and more: the ratio is good to a millionth or so.
    assert got.effective == pytest.approx(min(variance(name) for name in names) / variance(), rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0.2, 6), st.floats(0.05, 1)), min_size=1, max_size=6), st.integers(0, 200).map(lambda p: p / 100))
def test_it_never_leaves_its_bounds(members, common):
    claims = {f"c{i}": {"source": source, "about": "level", "between": [-width, width], "weight": weight}
              for i, (source, width, weight) in enumerate(members)}
    got = worth(case_of(claims, {key: {"weight": 1} for key in "abcd"}, common, "HalfNormal(1)"))
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


def test_a_doubtful_source_counts_for_what_it_has_of_its_own():
    """Weights 0.9 and 0.3: what the better one errs by with the other, the other errs by too; (V_a − C)/(V_a + V_b − 2 C) is its share."""
    claims = {"a": {"source": "a", "about": "level", "between": [0, 0.5]}, "b": {"source": "b", "about": "level", "between": [0, 0.5]}}
    got = worth(case_of(claims, {"a": {"weight": 0.9}, "b": {"weight": 0.3}}, common=0.9, tau="HalfNormal(1)"))
    s2, tau2, k_a, k_b = (0.5 / (2 * Z90)) ** 2, stats.norm.ppf(0.75) ** 2, 1 / 9, 7 / 3
    S2 = s2 * (1 + (0.9**2 + 0.3**2) / 1.2**2)
    shared = 0.81 * S2 * k_a
    V_a, V_b = s2 + shared + k_a * tau2, s2 + 0.81 * S2 * k_b + tau2 + (k_b - 1) * S2
    share = (V_a - shared) / (V_a + V_b - 2 * shared)
    assert 0 < share < 0.2
    assert got.shares["b"] == pytest.approx(share, rel=1e-6)
    assert got.effective == pytest.approx(V_a * (V_a + V_b - 2 * shared) / (V_a * V_b - shared**2), rel=1e-6)

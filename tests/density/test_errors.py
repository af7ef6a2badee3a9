"""What claims on one target err by: the covariance of section 4 between them, and what it does to an answer (closed forms)."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator


def claims_of(density):
    return {f.claim: f for term in density.terms for option in term.options for f in option.factors}


def covariance(density, key, tau):
    """The covariance of what the claims on a target state, given the truth and τ, of the density's increments."""
    found = [f for f in claims_of(density).values() if f.target == key]
    rows = np.zeros((len(found), density.size))
    for row, factor in zip(rows, found, strict=True):
        for i, coefficient in factor.path:
            row[i] += coefficient
        for i, variance in factor.shared:
            row[i] += math.sqrt(variance.at(tau))
    for i in np.flatnonzero(rows.any(axis=0)):
        assert str(density.parameters[i].prior) == "Normal(0, 1)"
    return rows @ rows.T + np.diag([f.spread.s**2 + f.own.at(tau) for f in found])


def stated_covariance(claims, weights, tau, S, sigma):
    """The same, written out from section 4: claims are (source, s), weights by claim."""
    kappa = [(1 - w) / w for w in weights]
    K = {source: min(k for (other, _), k in zip(claims, kappa, strict=True) if other == source) for source, _ in claims}
    n = len(claims)
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            (a, s), (b, _) = claims[i], claims[j]
            if a != b:
                out[i, j] = sigma**2 * min(K[a], K[b])
            else:
                k = min(kappa[i], kappa[j])
                out[i, j] = sigma**2 * k + min(k, 1) * tau**2 + max(k - 1, 0) * S**2 + (s**2 if i == j else 0)
    return out


def panel(random, make, **settings):
    """A quantity on the real line, with claims of random sources, weights and spreads, some on one and the same."""
    sources = {f"s{i}": {"weight": 1} for i in range(random.randint(1, 4))}
    weights, claims, entries = [], [], {}
    for i in range(random.randint(1, 7)):
        source, s = random.choice(list(sources)), random.choice([0.01, 0.3, 2.0])
        weights.append(random.choice([1, 0.999, 0.7, 0.5, 0.5, 0.2, 0.01, 0.001]))
        claims.append((source, s))
        entries[f"c{i}"] = {"source": source, "about": "x", "weight": weights[-1], "estimate": round(random.gauss(0, 3), 3), "standard_error": s}
    used = {source: sources[source] for source, _ in claims}
    quantities = {"x": {"unit": "", "support": "real"}}
    density = compile_case(make(sources=used, quantities=quantities, claims=entries, settings={"common_error": random.choice([0, 0.3, 0.7, 2])} | settings))
    return density, claims, weights


@pytest.mark.parametrize("seed", range(200))
def test_covariance_between_claims_is_the_stated_one(make, seed):
    random = Random(seed)
    density, claims, weights = panel(random, make)
    target = density.targets["x"]
    for tau in (0.0, 0.4, 5.0):
        tau = tau if target.tau is not None else 0.0
        np.testing.assert_allclose(covariance(density, "x", tau), stated_covariance(claims, weights, tau, target.S, target.sigma), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(200))
def test_no_claim_counts_negatively(make, seed):
    """The best linear weights of the claims are never negative, so that what they say together is within what each says."""
    density, _, _ = panel(Random(seed), make)
    tau = 0.7 if density.targets["x"].tau is not None else 0.0
    cov = covariance(density, "x", tau)
    weights = np.linalg.solve(cov, np.ones(len(cov)))
    assert (weights >= -1e-9 * weights.sum()).all()
    values = [f.spread.m for f in claims_of(density).values()]
    mean = weights @ values / weights.sum()
    assert min(values) - 1e-6 <= mean <= max(values) + 1e-6


def test_the_evaluator_errs_by_the_covariance(make):
    """Independent claims given the errors in common; over draws of those, centres have the covariance less each one's own variance."""
    entries = {"a0": ("a", 0.5), "a1": ("a", 0.2), "b0": ("b", 0.25), "c0": ("c", 1)}
    claims = {key: {"source": source, "weight": w, "about": "x", "estimate": 1, "standard_error": 0.5} for key, (source, w) in entries.items()}
    density = compile_case(make(sources={key: {"weight": 1} for key in "abc"}, quantities={"x": {"unit": "", "support": "real"}}, claims=claims))
    target, tau = density.targets["x"], 0.8
    rng = np.random.default_rng(1)
    v = rng.standard_normal((200_000, density.size))
    v[:, density.index["x"]], v[:, density.index["tau[x]"]] = 0.0, math.log(tau)
    found = claims_of(density)
    centres, extras = zip(*(Evaluator(density).centre(found[key], v, [None] * 99) for key in entries), strict=True)
    assert all(np.ptp(extra) == 0 for extra in extras)
    got = np.cov(centres) + np.diag([extra[0] + 0.25 for extra in extras])
    expected = stated_covariance([(source, 0.5) for source, _ in entries.values()], [w for _, w in entries.values()], tau, target.S, target.sigma)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert (np.abs(got - expected) / scale < 5 * math.sqrt(2 / len(v))).all()


# ---------------------------------------------------------------- what follows of it


def posterior(density, tau):
    """Mean and sd of a quantity on the real line given τ, from its reference prior and its claims."""
    prior = density.parameters[0].prior
    cov = covariance(density, "x", tau)
    m = np.array([f.spread.m for f in claims_of(density).values()])
    weights = np.linalg.solve(cov, np.ones(len(m)))
    precision = weights.sum() + 1 / prior["sigma"] ** 2
    return (weights @ m + prior["mu"] / prior["sigma"] ** 2) / precision, precision**-0.5


def real(make, claims, **sections):
    sources = {claim["source"]: {"weight": 1} for claim in claims}
    entries = {f"c{i}": {"about": "x", "standard_error": 1, **claim} for i, claim in enumerate(claims)}
    return compile_case(make(sources=sources, quantities={"x": {"unit": "", "support": "real"}}, claims=entries, **sections))


def test_weight_one_takes_at_its_word_and_one_half_adds_both_variances_once(make):
    density = real(make, [{"source": "a", "estimate": 3}, {"source": "b", "estimate": 3, "weight": 0.5}])
    target, tau = density.targets["x"], 0.6
    np.testing.assert_allclose(covariance(density, "x", tau), [[1, 0], [0, 1 + tau**2 + target.sigma**2]], rtol=1e-12)


@pytest.mark.parametrize("far", [0, 3, 30])
def test_claims_of_nearly_no_weight_draw_no_answer_away_and_never_narrow_it(make, far):
    """Nor do ten of them; what they do to it is to widen, through the variance of the pool."""
    trusted = [{"source": "a", "estimate": 0, "weight": 0.5}, {"source": "b", "estimate": 1, "weight": 0.5}]
    worthless = [{"source": f"z{i}", "estimate": far + i / 10, "weight": 0.001} for i in range(10)]
    plain, more = real(make, trusted), real(make, trusted + worthless)
    for tau in (0.01, 1.0):
        (mean, sd), (mean_more, sd_more) = posterior(plain, tau), posterior(more, tau)
        assert abs(mean_more - mean) < 0.02 * sd * max(1, far / 3)
        assert sd_more > 0.99 * sd


def test_a_less_trusted_source_that_is_far_off_does_not_push_the_answer_away(make):
    """With errors shared in proportion to each claim's own distrust, its distance measured the common error."""
    near = {"source": "a", "estimate": 0, "weight": 0.8}
    alone = posterior(real(make, [near]), 0.3)[0]
    for distance in (1, 5, 25):
        mean, _ = posterior(real(make, [near, {"source": "b", "estimate": distance, "weight": 0.3}]), 0.3)
        assert alone <= mean < distance


@pytest.mark.parametrize("seed", range(50))
def test_own_errors_grow_with_distrust_by_independent_steps(make, seed):
    """The variance of a source's own error up to κ is min(κ, 1) τ² + max(κ − 1, 0) S² + σ² (κ − K), whatever steps it is cut into."""
    density, claims, weights = panel(Random(seed), make)
    target, tau = density.targets["x"], 1.3 if density.targets["x"].tau is not None else 0.0
    K = {source: min((1 - w) / w for (other, _), w in zip(claims, weights, strict=True) if other == source) for source, _ in claims}
    for (source, _), weight, factor in zip(claims, weights, claims_of(density).values(), strict=True):
        kappa = (1 - weight) / weight
        whole = sum(v.at(tau) for _, v in factor.shared) + factor.own.at(tau)
        assert whole == pytest.approx(min(kappa, 1) * tau**2 + max(kappa - 1, 0) * target.S**2 + target.sigma**2 * (kappa - K[source]), rel=1e-9, abs=1e-9)
        own = [i for i, _ in factor.shared]
        assert all(a < b for a, b in pairwise(own))

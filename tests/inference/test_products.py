"""Claims on products: solved for one quantity, in an order that works out, and the density stays what it was."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.engine.kernel import evaluate
from nkestimate.engine.nuts import Effort
from nkestimate.inference.lower import lower
from nkestimate.inference.products import factors_of, parameters_of, solve
from nkestimate.inference.sampling import sample_density

PRIORS = {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "r"}


def product_case(make, claims, **kw):
    quantities = {name: dict(PRIORS) for name in ("a", "b", "c")}
    listed = {f"c{i}": {"source": "s", "estimate": 1, "standard_error": 0.1, **claim} for i, claim in enumerate(claims)}
    return compile_case(make(sources={"s": {"weight": 1}, "t": {"weight": 0.5}}, quantities=quantities, claims=listed, **kw))


def candidates(density):
    """What is said, by target."""
    return {f.target: f for term in density.terms for option in term.options for f in option.factors}


WIDE = {0: 1.0, 1: 2.0, 2: 3.0}


def test_factors_and_parameters_of_a_formula(make):
    density = product_case(make, [{"about": "a * (b + 1) / (c / 2)"}])
    (said,) = candidates(density).values()
    node = said.node
    parts = factors_of(density.nodes, node)
    assert sorted((density.nodes[at].op, sign) for at, sign in parts) == [("+", 1), ("const", 1), ("parameter", -1), ("parameter", 1)]
    assert parameters_of(density.nodes, [node]) == {0, 1, 2}


def test_the_widest_quantity_is_solved_for(make):
    density = product_case(make, [{"about": "a * b"}, {"about": "a / c"}])
    solved, levels = solve(density, candidates(density), WIDE)
    assert {i: [(one.target, one.sign) for one in found] for i, found in solved.items()} == {1: [("a * b", 1)], 2: [("a / c", -1)]}
    assert levels == [[0], [1, 2]]


def test_no_two_wait_for_each_other(make):
    density = product_case(make, [{"about": "a * b"}, {"about": "b / a"}, {"about": "a * (b + 1)"}, {"about": "a * (a + 1)"}, {"about": "(a + b) * 3"}])
    solved, levels = solve(density, candidates(density), WIDE)
    assert sorted(one.target for one in solved[1]) == ["a * b", "b / a"]
    assert set(solved) == {1}  # the third would need a solved for while b waits for it; the others stand in no product alone
    assert levels == [[0, 2], [1]]


def test_a_product_with_a_sharp_claim_is_normal_in_u(make):
    """log a, log b normal and a sharp claim on a·b: jointly normal, and nothing is left to sample. By matrix algebra."""
    density = product_case(make, [{"about": "a * b", "estimate": 2, "standard_error": 0.002}])
    program = lower(density, {}).program
    assert program.active.size == 1  # the quantity that is not solved for: it meets log Z
    rng = np.random.default_rng(1)
    u = rng.standard_normal((200_000, density.size))
    log_density, v = evaluate(program, u)
    weight = np.exp(log_density - stats.norm.logpdf(u[:, program.active]).sum(axis=1))
    weight /= weight.sum()
    s = 0.001
    precision = np.eye(2) + np.ones((2, 2)) / s**2
    cov = np.linalg.inv(precision)
    mean = cov @ (np.ones(2) * math.log(2) / s**2)
    names = [p.name for p in density.parameters]
    got = v[:, [names.index("a"), names.index("b")]]
    error = 5 / math.sqrt(1 / np.sum(weight**2))
    np.testing.assert_allclose(weight @ got, mean, atol=error)
    np.testing.assert_allclose((got - mean).T @ (weight[:, None] * (got - mean)), cov, atol=2 * error)
    evidence = stats.norm.logpdf(math.log(2), 0, math.sqrt(2 + s**2))
    assert np.exp(log_density - stats.norm.logpdf(u[:, program.active]).sum(axis=1)).mean() == pytest.approx(math.exp(evidence), rel=0.02)


def test_the_sharpest_is_solved_first_and_a_biased_one_not_for_its_divisor(make):
    """A bias is added to the log of the target, so it would have to be taken from a divisor."""
    density = product_case(make, [{"about": "a * b", "standard_error": 0.3}, {"about": "b / c", "standard_error": 0.01}])
    solved, levels = solve(density, candidates(density), WIDE)
    # c is the widest: the sharper claim takes it as its divisor, and b is free for the other
    assert {i: [(one.target, one.sign) for one in found] for i, found in solved.items()} == {2: [("b / c", -1)], 1: [("a * b", 1)]}
    assert levels == [[0], [1], [2]]
    quantities = {name: dict(PRIORS) for name in ("a", "c")}
    claims = {"c0": {"source": "s", "about": "a / c", "estimate": 1, "standard_error": 0.1}}
    biased = compile_case(make(sources={"s": {"weight": 1, "overstates_by": [1, 2]}}, quantities=quantities, claims=claims))
    solved, _ = solve(biased, candidates(biased), {0: 1.0, 1: 3.0})
    assert {i: [one.sign for one in found] for i, found in solved.items()} == {0: [1]}


@pytest.mark.parametrize("common_error", [0, 0.7, 2])
def test_a_doubted_sharp_claim_on_a_product_samples_without_divergence(make, common_error):
    """A claim a hundred times sharper than its source's error may be: a ridge in v, where NUTS diverges."""
    density = product_case(make, [{"about": "a * b", "source": "t", "estimate": 2, "standard_error": 0.004}, {"about": "b", "estimate": 1}],
                           settings={"common_error": common_error})
    sampled = sample_density(density, Effort(1000, 400, 4), 1)
    assert sampled.divergences == 0
    assert not sampled.reasons
    # against importance sampling from the prior
    rng = np.random.default_rng(3)
    v = Evaluator(density).prior_draws(400_000, rng)
    logs = sum(Evaluator(density).log_likelihood(v).values())
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    size = 1 / np.sum(weight**2)
    assert size > 400
    names = [p.name for p in density.parameters]
    for name in ("a", "b"):
        i = names.index(name)
        mean = weight @ v[:, i]
        sd = math.sqrt(weight @ (v[:, i] - mean) ** 2)
        assert sampled.coordinates[..., i].mean() == pytest.approx(mean, abs=5 * sd / math.sqrt(size))

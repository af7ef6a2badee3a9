"""Leave-one-out predictions against closed forms, importance sampling against refits, power-scaling against ArviZ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from nkestimate import fit
from nkestimate.density import compile_case
from nkestimate.density.evaluate import log_statement
from nkestimate.density.restate import predictive
from nkestimate.sentences.solidity import conflict_sentence as sentence
from nkestimate.solidity.conflict import _below, _Bench, conflicts, sensitivities
from nkestimate.tables.solidity import chance_words

QUIET = {"progress": False}


def normal(m, s):
    return {"estimate": m, "standard_error": s}


def real(prior="Normal(0, 3)", **more):
    return {"unit": "", "support": "real", "prior": prior, "rationale": "r", **more}


def by_claim(found):
    return {c.claim: c for c in found.claims}


def tails(m, mean, sd):
    return 2 * stats.norm.sf(abs(m - mean) / sd)


@pytest.fixture
def two(make):
    """Two claims at their word on one real quantity, and a bound."""
    return make(quantities={"x": real()}, claims={"c": {"source": "a", "about": "x", **normal(1, 0.5)}, "d": {"source": "a", "about": "x", **normal(4, 1)},
                                                   "up": {"source": "a", "about": "x", "at_most": 2, "within": "10%"}})  # fmt: skip


def test_refits_agree_with_the_closed_form(make):
    case = make(quantities={"x": real()}, claims={"c": {"source": "a", "about": "x", **normal(1, 0.5)}, "d": {"source": "a", "about": "x", **normal(4, 1)}})  # fmt: skip
    found = by_claim(conflicts(fit(case, **QUIET), refit="all", **QUIET))
    for key, m, s, other, other_s in (("c", 1, 0.5, 4, 1), ("d", 4, 1, 1, 0.5)):
        precision = 1 / 9 + 1 / other_s**2
        mean, variance = other / other_s**2 / precision, 1 / precision
        assert found[key].probability == pytest.approx(tails(m, mean, np.sqrt(variance + s**2)), abs=4 * found[key].standard_error + 0.002)
        assert found[key].side == ("low" if m < mean else "high")
        assert found[key].method == "refit"
        (rest,) = found[key].rests
        np.testing.assert_allclose(rest.rest, mean + np.sqrt(variance) * np.array([-1.645, 0, 1.645]), atol=0.12)
        np.testing.assert_allclose(rest.stated, m + s * np.array([-1.645, 0, 1.645]), atol=0.01)


def test_importance_sampling_agrees_with_refits_where_it_is_trusted(two):
    result = fit(two, **QUIET)
    quick, slow = by_claim(conflicts(result, refit="none", **QUIET)), by_claim(conflicts(result, refit="all", **QUIET))
    trusted = [c for c in quick.values() if c.method == "psis"]
    assert trusted
    for c in trusted:
        assert c.approximate
        assert c.pareto_k <= 0.5
        assert c.probability == pytest.approx(slow[c.claim].probability, abs=0.05)
    auto = by_claim(conflicts(result, **QUIET))
    for key, c in auto.items():
        assert c.method == ("psis" if quick[key].method == "psis" else "refit")


def test_a_bound_is_met_with_the_probability_of_its_likelihood(two):
    """P(at most) = E Φ((m − x)/s) over the posterior of the two other claims."""
    found = by_claim(conflicts(fit(two, **QUIET), refit="all", **QUIET))["up"]
    s = 0.2 / 1.6448536269514722  # within 10 % of 2, read at 90 %
    precision = 1 / 9 + 1 / 0.25 + 1
    mean = (1 / 0.25 + 4) / precision
    assert found.kind == "at_most"
    assert found.probability == pytest.approx(stats.norm.cdf((2 - mean) / np.sqrt(1 / precision + s**2)), abs=0.02)


def without(case, claim):
    bench = _Bench(fit(case, draws=50, tune=50, chains=2, **QUIET))
    return bench.without(next(term for term in bench.terms if term.name == claim))


def test_leaving_out_is_deleting_by_hand(make):
    """The density without a term has scales, reference priors and terms of the case whose claim has been taken out of the file."""
    claims = {"c": {"source": "a", "about": "x", "between": [1, 2]}, "d": {"source": "b", "about": "x", "between": [30, 90]}, "e": {"source": "e", "about": "x", "around": 4}}
    sources = {"a": {"weight": 0.5}, "b": {"weight": 0.5}, "e": {"weight": 0.5}}
    make_it = lambda said: make(sources=sources, quantities={"x": {"unit": ""}}, claims=said)
    left, deleted = without(make_it(claims), "d"), compile_case(make_it({k: c for k, c in claims.items() if k != "d"}))
    assert left.terms == deleted.terms
    assert left.parameters == deleted.parameters
    assert left.targets == deleted.targets


def test_what_a_left_out_claim_supersedes_does_not_come_back(make):
    case = make(quantities={"x": real()}, claims={"older": {"source": "a", "about": "x", **normal(1, 1)}, "old": {"source": "a", "about": "x", **normal(1, 1), "supersedes": "older"},
                                                   "new": {"source": "a", "about": "x", **normal(2, 1), "supersedes": "old"}, "other": {"source": "a", "about": "x", **normal(0, 1)}})  # fmt: skip
    assert [term.name for term in without(case, "new").terms] == ["other"]


def test_a_claim_in_a_pool_is_not_said_to_stand_alone_for_want_of_a_refit(make):
    claims = {f"c{i}": {"source": "a", "about": "x", "between": [1, 2 + i]} for i in range(2)}
    result = fit(make(settings={"pooling": "linear"}, quantities={"x": {"unit": "USD"}}, claims=claims), **QUIET)
    for found in conflicts(result, refit="none", **QUIET).claims:
        assert found.verdict == "not computed"
        assert "alone" not in sentence(found)
    assert {found.verdict for found in conflicts(result, refit="all", **QUIET).claims} == {"in line"}


def test_the_only_support_of_a_quantity_stands_alone(make):
    case = make(sources={"a": {"weight": 0.2}}, quantities={"x": {"unit": "USD"}}, claims={"c": {"source": "a", "about": "x", "between": [1, 2]}})
    result = fit(case, **QUIET)
    for how in ("all", "none"):  # what importance sampling would set it against is a reference made from itself
        (found,) = conflicts(result, refit=how, **QUIET).claims
        assert (found.verdict, found.probability, found.method) == ("alone", None, "alone")
        assert "stands alone" in sentence(found)


def test_a_target_without_other_claims_is_predicted_from_the_priors_of_its_errors(make):
    """The claim's weight leaves room for an error that nothing else informs: the predictive is a mixture over τ."""
    case = make(sources={"a": {"weight": 0.5}}, quantities={"x": real("Normal(0, 1)", dark_uncertainty="HalfNormal(2)")}, settings={"common_error": 0.6},
                claims={"c": {"source": "a", "about": "x", **normal(6, 0.5)}})  # fmt: skip
    (found,) = conflicts(fit(case, **QUIET), refit="all", **QUIET).claims
    S2 = 2 * 0.5**2  # one source: its own variance and as much again
    tail = integrate.quad(lambda tau: stats.halfnorm(scale=2).pdf(tau) * tails(6, 0, np.sqrt(1 + tau**2 + 0.6**2 * S2 + 0.25)), 0, 12)[0]
    assert found.probability == pytest.approx(tail, abs=0.01)


def test_a_sources_own_error_is_learned_from_its_other_claim(make):
    """No common error and a known τ: two claims of one source share ε, so the one predicts the other."""
    tau = 2.0
    quantity = real("Normal(0, 1)", dark_uncertainty=f"TruncatedNormal({tau}, 0.0001, 0)")
    case = make(sources={"a": {"weight": 0.5}}, quantities={"x": quantity}, settings={"common_error": 0},
                claims={"c": {"source": "a", "about": "x", **normal(5, 0.5)}, "d": {"source": "a", "about": "x", **normal(4, 0.5)}})  # fmt: skip
    found = by_claim(conflicts(fit(case, **QUIET), refit="all", **QUIET))
    shared, own = 1 + tau**2, 0.25
    for key, m, other in (("c", 5, 4), ("d", 4, 5)):
        mean, variance = shared / (shared + own) * other, shared + own - shared**2 / (shared + own)
        assert found[key].probability == pytest.approx(tails(m, mean, np.sqrt(variance)), abs=0.03)


def test_a_pooled_claim_is_left_out_of_its_pool(make):
    case = make(sources={"a": {"weight": 1}, "b": {"weight": 1}}, quantities={"x": {"unit": "", "support": "real"}}, settings={"pooling": "linear"},
                claims={"c": {"source": "a", "about": "x", **normal(0, 1)}, "d": {"source": "b", "about": "x", **normal(3, 1)}})  # fmt: skip
    found = by_claim(conflicts(fit(case, **QUIET), **QUIET))
    assert found["c"].method == "refit"
    assert found["c"].probability == pytest.approx(tails(0, 3, np.sqrt(2)), abs=0.02)


def test_readings_are_predicted_as_their_mixture(make):
    quantities = {"x": real("Normal(0, 1)"), "y": real("Normal(8, 1)")}
    readings = [{"about": "x", "weight": 0.75}, {"about": "y", "weight": 0.25}]
    case = make(quantities=quantities, claims={"c": {"source": "a", "readings": readings, **normal(8, 1)}})
    (found,) = conflicts(fit(case, **QUIET), refit="all", **QUIET).claims
    below = 0.75 * stats.norm.cdf(8 / np.sqrt(2)) + 0.25 * 0.5
    assert found.probability == pytest.approx(2 * (1 - below), abs=0.02)
    assert [rest.target for rest in found.rests] == ["x", "y"]


def test_the_predictive_distribution_is_that_of_the_likelihood(make):
    """Three quantiles: the distribution function against the integral of the density over what might be stated."""
    from dataclasses import replace

    case = make(quantities={"x": real("Normal(7, 1)")}, claims={"c": {"source": "a", "about": "x", "quantiles": {"0.05": 0, "0.5": 3, "0.95": 4}}})
    factor = compile_case(case).terms[0].options[0].factors[0]

    def density(m, y):
        return float(np.exp(log_statement(replace(factor, spread=replace(factor.spread, m=m)), np.array(y), np.array(0.3))))

    for y in (2.0, 3.5):
        known = integrate.quad(density, -30, 3.0, args=(y,), points=[y] if y < 3 else None)[0]
        assert _below(factor, np.array(y), np.array(0.3)) == pytest.approx(known, abs=1e-7)
    drawn = predictive(compile_case(case), np.full((200_000, 1), 2.0), np.random.default_rng(1))["c"]
    assert np.mean(drawn < 3) == pytest.approx(float(_below(factor, np.array(2.0), np.array(0.0))), abs=0.004)


def test_power_scaling_agrees_with_arviz(two):
    from arviz_stats import psense

    result = fit(two, **QUIET)
    found = {(s.kind, s.id): s.value for s in sensitivities(result, "x")}
    tree = result.tree
    for claim in ("c", "d", "up"):
        known = psense(tree, var_names=["x"], group="likelihood", group_coords={"claim": [claim]})["x"].item()
        assert found["claim", claim] == pytest.approx(known, rel=1e-6)
    assert found["source", "a"] == pytest.approx(psense(tree, var_names=["x"], group="likelihood")["x"].item(), rel=1e-6)
    assert found["prior", "x"] == pytest.approx(psense(tree, var_names=["x"], group="prior", group_coords={"parameter": ["x"]})["x"].item(), rel=1e-6)


def test_sentences_on_a_case_whose_answer_is_known(make):
    """Nine against one: the odd one out is contradicted, the others are in line, and the parts are held against the quoted sum."""
    claims = {f"c{i}": {"source": "a", "about": "x", **normal(10 + 0.1 * i, 1)} for i in range(4)}
    case = make(quantities={"x": real("Normal(0, 30)"), "y": real("Normal(2, 1)")}, derived={"sum": {"unit": "", "support": "real", "expr": "x + y", "headline": True}},
                claims={**claims, "odd": {"source": "a", "about": "x", **normal(25, 1)}, "total": {"source": "a", "about": "sum", **normal(40, 1)}})  # fmt: skip
    found = conflicts(fit(case, **QUIET), refit="all", **QUIET)
    verdicts = {key: c.verdict for key, c in by_claim(found).items()}
    assert verdicts["odd"] == verdicts["total"] == "contradicted"
    said = sentence(by_claim(found)["odd"])
    assert "is contradicted by the rest" in said
    assert "high side" in said
    assert [c.claim for c in found.reconciliation] == ["total"]
    low, middle, high = by_claim(found)["total"].rests[0].rest
    assert low < 15 < high  # five claims on x, the mean 13.15, and 2 for y
    assert "claims" in chance_words(found)


def test_an_unknown_way_of_leaving_out_is_refused(two):
    with pytest.raises(ValueError, match="auto, all, none"):
        conflicts(fit(two, draws=100, tune=100, chains=2, **QUIET), refit="some", **QUIET)


def test_a_constant_is_moved_by_nothing_and_driven_by_nothing(make):
    """A derived of numbers alone: no share, no swing, no sensitivity, and no warning of a variance of 0."""
    from nkestimate.solidity.explaining.explanation import explain
    from nkestimate.tables.solidity import as_text

    case = make(quantities={"x": real()}, derived={"price": {"unit": "USD", "expr": "40 USD"}, "cost": {"unit": "USD", "support": "real", "expr": "price * x"}},
                claims={"c": {"source": "a", "about": "x", **normal(2, 1)}, "p": {"source": "a", "about": "price", **normal("45 USD", 5)}})  # fmt: skip
    one = fit(case, draws=200, tune=200, **QUIET)
    assert {each.value for each in sensitivities(one, "price")} == {0.0}
    told = explain(one, "price")
    assert (told.median, told.interval) == (40.0, (40.0, 40.0))
    assert all(share.share == 0 for share in told.shares)
    assert "nothing drives it" in as_text(told)
    assert "nothing drives it" not in as_text(explain(one, "cost"))
    assert one.summary.derived["price"].sd == 0

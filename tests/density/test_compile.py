"""A case to its density: scales, references, weights and what claims share, against CASE.md section 4 written out."""

from __future__ import annotations

import math
from statistics import median, stdev

import numpy as np
import pytest
from scipy import stats

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator, evaluate_nodes

Z90 = 1.6448536269514722
SOURCES = {"full": {"weight": 1}, "half": {"weight": 0.5}, "low": {"weight": 0.2}, "none": {"weight": 0}, "letter": {"reliability": "D"}}


@pytest.fixture
def compiled(make):
    """Compile a case of the sources above and a quantity of each support."""

    def compiled(claims, **sections):
        quantities = {"size": {"unit": ""}, "other": {"unit": ""}, "share": {"unit": "", "support": "fraction"},
                      "level": {"unit": "", "support": "real"}} | sections.pop("quantities", {})  # fmt: skip
        claims = {key: {"source": "full", **entry} for key, entry in claims.items()}
        for name, values in (("size", [2, 8]), ("other", [3, 5]), ("share", [0.2, 0.6]), ("level", [1, 3])):
            if quantities[name].get("prior") is None:
                claims.setdefault(f"{name}-0", {"source": "full", "about": name, "between": values})
        return compile_case(make(sources=SOURCES, quantities=quantities, claims=claims, **sections))

    return compiled


def m_and_s(low, high, g=math.log):
    return (g(low) + g(high)) / 2, (g(high) - g(low)) / (2 * Z90)


def parameter(density, name):
    return density.parameters[density.index[name]]


def factors(density):
    return {f.claim: f for term in density.terms for option in term.options for f in option.factors}


# ---------------------------------------------------------------- S_t


def test_scale_is_the_median_of_spreads_where_claims_agree(compiled):
    ranges = [[1, 3], [0.5, 6], [0.1, 30]]
    density = compiled({f"size-{i}": {"about": "size", "between": r} for i, r in enumerate(ranges)})
    assert density.targets["size"].S == pytest.approx(median(m_and_s(*r)[1] for r in ranges))


def test_scale_is_the_standard_deviation_where_claims_differ_and_bounds_count_among_spreads_only(compiled):
    ranges = [[1, 1.1], [10, 11], [99, 110]]
    density = compiled({f"size-{i}": {"about": "size", "between": r} for i, r in enumerate(ranges)} | {"b": {"about": "size", "at_most": 9000}})
    assert density.targets["size"].S == pytest.approx(stdev(m_and_s(*r)[0] for r in ranges))
    wide = compiled({"size-0": {"about": "size", "between": [1, 2]}, "b": {"about": "size", "at_most": 10, "within": 0.9},
                     "c": {"about": "size", "at_most": 12, "within": 0.9}})  # fmt: skip
    assert wide.targets["size"].S == pytest.approx(m_and_s(1.2, 22.8)[1])


@pytest.mark.parametrize(("target", "least"), [("size", 0.5), ("share", 0.5), ("level", 0.01 / Z90)])
def test_scale_has_a_least_value_on_log_and_logit_only(compiled, target, least):
    middle = {"size": 5, "share": 0.5, "level": 5}[target]
    density = compiled({f"{target}-0": {"about": target, "between": [middle - 0.01, middle + 0.01]}})
    assert density.targets[target].S == pytest.approx(least, rel=1e-3)


def test_removed_and_superseded_claims_leave_no_trace(compiled):
    plain = compiled({"size-0": {"about": "size", "between": [2, 8]}})
    more = compiled({"size-0": {"about": "size", "between": [2, 8], "supersedes": "old"}, "old": {"about": "size", "between": [200, 300]},
                     "gone": {"about": "size", "source": "none", "between": [20, 30]}, "zero": {"about": "size", "weight": 0, "at_most": 1}})  # fmt: skip
    assert plain == more


def test_a_reading_counts_in_the_scale_of_its_target(compiled):
    claims = {"size-0": {"about": "size", "between": [2, 8]},
              "r": {"between": [200, 300], "readings": [{"about": "size", "weight": 0.5}, {"about": "other", "weight": 0.5}]}}  # fmt: skip
    density = compiled(claims)
    assert density.targets["size"].S == pytest.approx(stdev([m_and_s(2, 8)[0], m_and_s(200, 300)[0]]))


# ---------------------------------------------------------------- the reference


def test_reference_on_each_scale(compiled):
    """m̄ weighs by w/n with n the source's direct claims; b is 2, 1.5 or ten times the larger of spread and range."""
    density = compiled(
        {
            "size-0": {"about": "size", "source": "half", "between": [1, 4]},
            "size-1": {"about": "size", "source": "half", "between": [4, 9]},
            "size-2": {"about": "size", "source": "low", "between": [90, 110]},
            "bound": {"about": "size", "source": "low", "at_most": 5},
            "level-0": {"about": "level", "source": "half", "estimate": 1, "standard_error": 0.2},
            "level-1": {"about": "level", "source": "half", "estimate": 4, "standard_error": 2},
        }
    )
    ms = [m_and_s(1, 4)[0], m_and_s(4, 9)[0], m_and_s(90, 110)[0]]
    size, share, level = (parameter(density, name).prior for name in ("size", "share", "level"))
    assert (size["mu"], size["sigma"]) == pytest.approx(((0.25 * ms[0] + 0.25 * ms[1] + 0.2 * ms[2]) / 0.7, 2))
    assert share["sigma"] == 1.5
    assert (level["mu"], level["sigma"]) == pytest.approx((2.5, 30))
    lone = compiled({"level-0": {"about": "level", "estimate": 1, "standard_error": 0.2}})
    assert parameter(lone, "level").prior["sigma"] == pytest.approx(2)


def test_bias_is_not_removed_from_the_reference(make):
    entry = {"source": "a", "about": "size", "between": [2, 8]}
    case = make(sources={"a": {"weight": 1, "overstates_by": [2, 4]}}, quantities={"size": {"unit": ""}}, claims={"c": entry})
    assert parameter(compile_case(case), "size").prior["mu"] == pytest.approx(math.log(4))


def test_pool_weights(compiled):
    claims = {"size-0": {"about": "size", "source": "half", "between": [1, 4]}, "size-1": {"about": "size", "source": "half", "between": [4, 9]},
              "size-2": {"about": "size", "source": "letter", "between": [9, 11]}, "size-3": {"about": "size", "source": "none", "between": [9, 11]},
              "bound": {"about": "size", "source": "low", "at_most": 5}, "credible": {"about": "size", "between": [3, 4], "credibility": 5}}  # fmt: skip
    for kind in ("linear", "log"):
        density = compiled(claims, settings={"pooling": kind})
        pool = next(p for p in density.pools if density.parameters[p.quantity].name == "size")
        shares = dict(zip(pool.claims, pool.weights, strict=True))
        raw = {"size-0": 0.25, "size-1": 0.25, "size-2": 0.4, "credible": 0.25}
        assert shares == pytest.approx({key: value / 1.15 for key, value in raw.items()})
        assert "bound" in factors(density)
        assert not shares.keys() & factors(density).keys()  # direct claims are in the pool alone


# ---------------------------------------------------------------- tau, eta, epsilon, delta


def test_tau_prior_own_then_settings_then_the_scale(compiled):
    claims = {f"{t}-1": {"about": t, "source": "half", "between": r} for t, r in (("size", [2, 9]), ("share", [0.2, 0.7]), ("level", [0, 9]))}
    claims["product"] = {"about": "size * other", "source": "half", "between": [5, 50]}
    plain = compiled(claims)
    assert str(parameter(plain, "tau[size]").prior) == f"HalfNormal({plain.targets['size'].S:.4g})"
    settled = compiled(claims, settings={"dark_uncertainty": "Exponential(2)"}, quantities={"size": {"unit": "", "dark_uncertainty": "HalfCauchy(3)"}})
    named = {t: parameter(settled, f"tau[{t}]").prior.name for t in ("size", "share", "level", "size * other")}
    assert named == {"size": "HalfCauchy", "share": "Exponential", "level": "HalfNormal", "size * other": "Exponential"}


def test_tau_acts_only_where_a_likelihood_claim_is_doubted(compiled):
    claims = {"size-1": {"about": "size", "source": "half", "between": [2, 9]}, "low": {"about": "other", "source": "low", "at_most": 9},
              "word": {"about": "size * other", "between": [1, 5]}}  # fmt: skip
    acting = {key for key, target in compiled(claims).targets.items() if target.tau is not None}
    assert acting == {"size", "other"}
    linear = {key for key, target in compiled(claims, settings={"pooling": "linear"}).targets.items() if target.tau is not None}
    assert linear == {"other"}
    readings = [{"about": "size", "weight": 1}, {"about": "other", "weight": 0}]
    impossible = compiled({"r": {"source": "half", "readings": readings, "between": [2, 4]}})
    assert [key for key, target in impossible.targets.items() if target.tau is not None] == ["size"]


def test_common_error_of_settings_and_of_a_target(compiled):
    claims = {"size-1": {"about": "size", "source": "half", "between": [2, 9]}, "share-1": {"about": "share", "source": "half", "between": [0.2, 0.7]}}
    density = compiled(claims, settings={"common_error": 0.3}, quantities={"size": {"unit": "", "common_error": 0}})
    assert (density.targets["size"].rho, density.targets["share"].rho) == (0, 0.3)
    assert density.targets["size"].eta is None
    assert density.targets["share"].eta is not None
    assert compiled(claims).targets["size"].rho == 0.6


def test_epsilons_only_where_two_claims_share_one(compiled):
    twice = {f"size-{i}": {"about": "size", "source": "half", "between": [2, 9 + i]} for i in (1, 2)}
    density = compiled({**twice, "low": {"about": "size", "source": "low", "at_most": 9}, "word": {"about": "size", "between": [2, 7]}})
    own = [p.name for p in density.parameters if p.role == "epsilon"]
    assert own == ["epsilon[half, size]"]
    found = factors(density)
    assert found["size-1"].epsilon == found["size-2"].epsilon == density.index[own[0]]
    assert found["low"].epsilon is found["word"].epsilon is None
    everything_shared = compiled(twice, settings={"common_error": 1})
    assert not [p for p in everything_shared.parameters if p.role == "epsilon"]
    # two readings of one claim are never true together: nothing is shared
    both = [{"about": "size", "weight": 0.5, "as_of": "2024-01-01"}, {"about": "size", "weight": 0.5}]
    assert not [p for p in compiled({"r": {"source": "half", "readings": both, "between": [2, 4]}}).parameters if p.role == "epsilon"]


def test_weights_become_k(compiled):
    found = factors(compiled({"size-1": {"about": "size", "source": "low", "between": [2, 9]},
                              "size-2": {"about": "size", "source": "letter", "between": [2, 9], "credibility": 4},
                              "size-3": {"about": "size", "source": "low", "weight": 0.8, "between": [2, 9]}}))  # fmt: skip
    assert [found[f"size-{i}"].k for i in range(4)] == pytest.approx([0, 4, 4, 0.25])


def test_delta_is_one_a_source_on_log_targets_only(make):
    quantities = {"size": {"unit": ""}, "share": {"unit": "", "support": "fraction"}, "level": {"unit": "", "support": "real"}}
    derived = {"part": {"unit": "", "support": "fraction", "expr": "share * share"}}
    ranges = {"size": [2, 8], "share": [0.2, 0.6], "level": [1, 3], "part": [0.1, 0.3], "2 * size": [5, 9]}
    claims = {f"c{i}": {"source": "a", "about": key, "between": value} for i, (key, value) in enumerate(ranges.items())}
    sources = {"a": {"weight": 1, "overstates_by": [1, 4]}}
    density = compile_case(make(sources=sources, quantities=quantities, derived=derived, claims=claims))
    deltas = [p for p in density.parameters if p.role == "delta"]
    assert [p.name for p in deltas] == ["delta[a]"]
    assert (deltas[0].prior["mu"], deltas[0].prior["sigma"]) == pytest.approx((math.log(2), math.log(4) / (2 * 1.645)), rel=1e-3)
    assert {key: f.delta is not None for key, f in factors(density).items()} == {"c0": True, "c1": False, "c2": False, "c3": True, "c4": True}
    linear = compile_case(make(sources=sources, quantities=quantities, settings={"pooling": "linear"}, claims=dict(list(claims.items())[:3])))
    assert not [p for p in linear.parameters if p.role == "delta"]


# ---------------------------------------------------------------- targets, dates, readings


def test_a_derived_is_another_target_than_its_formula_and_dates_are_not(compiled):
    claims = {"one": {"about": "twice", "between": [2, 9]}, "two": {"about": "2*size", "between": [2, 9], "as_of": "2024-01-01"},
              "three": {"about": "2 * size", "between": [3, 9], "as_of": "2025-01-01"}}  # fmt: skip
    density = compiled(claims, derived={"twice": {"unit": "", "expr": "2 * size"}})
    assert {"twice", "2 * size"} <= density.targets.keys()
    assert len(density.targets) == 6


def test_the_evaluation_date_is_the_claims_and_the_horizon_is_the_totals(compiled):
    density = compiled({"then": {"about": "paid", "between": [1, 2], "as_of": "2024-01-01"}}, dates={"begin": "2023-01-01"},
                       derived={"paid": {"unit": "", "expr": "size * years_since(begin) / (1 year)"}})  # fmt: skip
    evaluator = Evaluator(density)
    v = evaluator.prior_draws(1, np.random.default_rng(1))
    size = float(evaluator.totals(v)["size"][0])
    assert float(evaluator.totals(v)["paid"][0]) == pytest.approx(size * 911 / 365.25)
    y, _ = evaluator.centre(factors(density)["then"], v, evaluate_nodes(density.nodes, evaluator.natural(v)))
    assert float(y[0]) == pytest.approx(math.log(size * 365 / 365.25))


def test_reading_groups_become_one_term_and_impossible_readings_none(compiled):
    first = [{"about": "size", "weight": 0.6}, {"about": "other", "weight": 0.4}]
    second = [{"about": "other", "weight": 0.6}, {"about": "size", "weight": 0.4}]
    density = compiled({"g1": {"readings": first, "reading_group": "g", "between": [1, 2]},
                        "g2": {"readings": second, "reading_group": "g", "at_most": 9},
                        "lone": {"readings": [{"about": "size", "weight": 0}, {"about": "other", "weight": 1}], "between": [1, 2]}})  # fmt: skip
    terms = {term.name: term for term in density.terms}
    together = terms["g1 + g2"]
    assert [option.weight for option in together.options] == [0.6, 0.4]
    assert [[f.target for f in option.factors] for option in together.options] == [["size", "other"], ["other", "size"]]
    assert len(terms["lone"].options) == 1
    assert density.mixtures == (together,)


def test_a_reading_on_a_quantity_is_derived_in_every_mode(compiled):
    density = compiled({"r": {"readings": [{"about": "size", "weight": 1}], "between": [1, 2]}}, settings={"pooling": "linear"})
    assert "r" in factors(density)
    assert all("r" not in pool.claims for pool in density.pools)


def test_between_priors_are_normal_on_the_working_scale(compiled):
    between = {"prior": {"between": [0.2, 0.6], "coverage": 0.5}, "rationale": "x"}
    density = compiled({}, quantities={"share": {"unit": "", "support": "fraction", **between}})
    prior = parameter(density, "share")
    low, high = math.log(0.25), math.log(1.5)
    assert prior.on == "working"
    assert (prior.prior["mu"], prior.prior["sigma"]) == pytest.approx(((low + high) / 2, (high - low) / (2 * stats.norm.ppf(0.75))))


def test_constants_fold_to_nan_where_arithmetic_has_no_answer(compiled):
    for text in ("1 / 0", "(-8)**0.5", "log(-1)", "exp(1e9)", "sqrt(-2)"):
        density = compiled({}, derived={"odd": {"unit": "", "support": "real", "expr": f"size * ({text})"}})
        v = Evaluator(density).prior_draws(1, np.random.default_rng(1))
        assert not math.isfinite(float(Evaluator(density).totals(v)["odd"][0]))

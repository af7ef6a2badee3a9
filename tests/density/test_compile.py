"""A case to its density: scales, references, weights and what claims share, against CASE.md section 4 written out."""

from __future__ import annotations

import math

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


def scale_of(said, default=0.5):
    """S_t of what (source, ω, m, s) say, as section 4 has it: m is None for a bound."""
    omega = np.array([w for _, w, _, _ in said])
    share = omega / omega.sum()
    worth = [sum(share[i] for i, one in enumerate(said) if one[0] == source) for source in {one[0] for one in said}]
    n = 1 / sum(w**2 for w in worth)
    variance = share @ np.array([s**2 for *_, s in said])
    if said[0][2] is not None:
        m = np.array([m for _, _, m, _ in said])
        variance += share @ (m - share @ m) ** 2
    return math.sqrt(variance * (1 + 1 / n) + default**2 / (n + 1))


def test_scale_of_a_lone_source(compiled):
    """V = s² and n = 1: S² = 2 s² + 0.5²/2."""
    s = m_and_s(2, 8)[1]
    assert compiled({}).targets["size"].S == pytest.approx(math.sqrt(2 * s**2 + 0.125))


def test_scale_of_two_sources_worth_the_same(compiled):
    """m = ln 1 and ln 4 around their middle, s = 0.1 and 0.3: V = (0.01 + 0.09)/2 + (ln 2)², and n = 2."""
    density = compiled({"size-0": {"about": "size", "source": "half", "estimate": 1, "standard_error": 0.1},
                        "size-1": {"about": "size", "source": "low", "weight": 0.5, "estimate": 4, "standard_error": 1.2}})  # fmt: skip
    assert density.targets["size"].S == pytest.approx(math.sqrt((0.05 + math.log(2) ** 2) * 1.5 + 0.25 / 3))
    assert density.targets["size"].origin.sources == pytest.approx(2)


def test_scale_weighs_by_weight_over_the_sources_claims(compiled):
    """Weights 1 and 0.2 beside two claims of one source at 0.5: ω = 1, 0.2, 0.25 and 0.25, of sources worth 1, 0.2 and 0.5."""
    ranges = {"full": [[1, 3]], "low": [[20, 60]], "half": [[0.5, 6], [0.1, 30]]}
    claims = {f"size-{i}": {"about": "size", "source": source, "between": r}
              for i, (source, r) in enumerate((source, r) for source, rs in ranges.items() for r in rs)}  # fmt: skip
    target = compiled(claims).targets["size"]
    said = [("full", 1, *m_and_s(1, 3)), ("low", 0.2, *m_and_s(20, 60)), ("half", 0.25, *m_and_s(0.5, 6)), ("half", 0.25, *m_and_s(0.1, 30))]
    assert target.S == pytest.approx(scale_of(said))
    assert target.origin.sources == pytest.approx(1.7**2 / (1 + 0.04 + 0.25))


def test_a_source_that_repeats_itself_is_not_two(compiled):
    once = compiled({"size-0": {"about": "size", "source": "half", "between": [2, 8]}})
    twice = compiled({f"size-{i}": {"about": "size", "source": "half", "between": [2, 8]} for i in range(2)})
    assert twice.targets["size"].S == pytest.approx(once.targets["size"].S)
    assert twice.targets["size"].origin.sources == pytest.approx(1)


def test_bounds_count_in_the_scale_only_where_there_is_nothing_else(compiled):
    bounds = {"b": {"about": "size", "at_most": 10, "within": 0.9}, "c": {"about": "size", "source": "half", "at_least": 12, "within": 0.5}}
    s = m_and_s(2, 8)[1]
    assert compiled(bounds).targets["size"].S == pytest.approx(math.sqrt(2 * s**2 + 0.125))
    alone = compiled({key: {**entry, "about": "size + 1"} for key, entry in bounds.items()}).targets["size + 1"]
    # where they lie says nothing of how far sources are apart
    assert alone.S == pytest.approx(scale_of([("full", 1, None, m_and_s(1, 19)[1]), ("half", 0.5, None, m_and_s(6, 18)[1])]))


@pytest.mark.parametrize(("target", "g", "least"), [("size", math.log, 0.5), ("share", lambda x: math.log(x / (1 - x)), 0.5), ("level", float, 0)])
def test_scale_has_a_default_on_log_and_logit_only(compiled, target, g, least):
    middle = {"size": 5, "share": 0.5, "level": 5}[target]
    density = compiled({f"{target}-0": {"about": target, "between": [middle - 0.01, middle + 0.01]}})
    s = m_and_s(middle - 0.01, middle + 0.01, g)[1]
    assert density.targets[target].S == pytest.approx(math.sqrt(2 * s**2 + least**2 / 2))


def test_the_spread_of_a_two_piece_claim_is_the_mean_of_both_sides(compiled):
    density = compiled({"level-0": {"about": "level", "quantiles": {"0.05": 1, "0.5": 2, "0.95": 5}}})
    assert density.targets["level"].S == pytest.approx(math.sqrt(2) * (1 / Z90 + 3 / Z90) / 2)


def test_removed_and_superseded_claims_leave_no_trace(compiled):
    plain = compiled({"size-0": {"about": "size", "between": [2, 8]}})
    more = compiled({"size-0": {"about": "size", "between": [2, 8], "supersedes": "old"}, "old": {"about": "size", "between": [200, 300]},
                     "gone": {"about": "size", "source": "none", "between": [20, 30]}, "zero": {"about": "size", "weight": 0, "at_most": 1}})  # fmt: skip
    assert plain == more


def test_a_reading_counts_in_the_scale_of_its_target(compiled):
    """With ω = w π over the number of its source's entries there, be they claims or readings."""
    readings = [{"about": "size", "weight": 0.25}, {"about": "other", "weight": 0.75}]
    claims = {"size-0": {"about": "size", "between": [2, 8]}, "r": {"source": "half", "between": [200, 300], "readings": readings},
              "size-1": {"about": "size", "source": "half", "between": [4, 9]}}  # fmt: skip
    said = [("full", 1, *m_and_s(2, 8)), ("half", 0.125 / 2, *m_and_s(200, 300)), ("half", 0.5 / 2, *m_and_s(4, 9))]
    assert compiled(claims).targets["size"].S == pytest.approx(scale_of(said))


# ---------------------------------------------------------------- the reference


def test_reference_on_each_scale(compiled):
    """m̄ weighs by w/n with n the source's direct claims; b is max(2, 5 S), max(1.5, 5 S) or ten times the larger of spread and range."""
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
    said = [m_and_s(1, 4), m_and_s(4, 9), m_and_s(90, 110)]
    mean = (0.25 * said[0][0] + 0.25 * said[1][0] + 0.2 * said[2][0]) / 0.7
    S = scale_of([("half", 0.25, *said[0]), ("half", 0.25, *said[1]), ("low", 0.2, *said[2])])
    size, level = (parameter(density, name).prior for name in ("size", "level"))
    assert (size["mu"], size["sigma"]) == pytest.approx((mean, 5 * S))
    assert (level["mu"], level["sigma"]) == pytest.approx((2.5, 30))
    lone = compiled({"level-0": {"about": "level", "estimate": 1, "standard_error": 0.2}})
    assert parameter(lone, "level").prior["sigma"] == pytest.approx(2)


def test_reference_is_never_sharper_than_2_or_1_5(compiled):
    """A lone sharp claim has S² = 0.125, so that 5 S is 1.77: more than 1.5, less than 2. Two of them: 5 S = 1.44."""
    claims = {"size-0": {"about": "size", "estimate": 3, "standard_error": 1e-6}, "share-0": {"about": "share", "estimate": 0.5, "standard_error": 1e-6}}
    density = compiled(claims)
    assert parameter(density, "size").prior["sigma"] == 2
    assert parameter(density, "share").prior["sigma"] == pytest.approx(5 * math.sqrt(0.125))
    again = compiled({**claims, "share-1": {"about": "share", "source": "half", "weight": 1, "estimate": 0.5, "standard_error": 1e-6}})
    assert parameter(again, "share").prior["sigma"] == 1.5


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
    size, share = density.targets["size"], density.targets["share"]
    assert (size.sigma, share.sigma) == (0, pytest.approx(0.3 * share.S))
    assert size.path == ()
    assert len(share.path) == 1
    assert compiled(claims).targets["size"].sigma == pytest.approx(0.7 * size.S)


def test_the_path_is_looked_at_where_each_sources_best_claim_is(compiled):
    """K is the smallest κ of a source: 0 for full, 1 for half with its claim at 0.1 beside it, 4 for low; D's 1.5 on a bound."""
    density = compiled({"size-1": {"about": "size", "source": "half", "between": [2, 9]},
                        "size-2": {"about": "size", "source": "half", "weight": 0.1, "between": [2, 9]},
                        "size-3": {"about": "size", "source": "low", "between": [2, 9]},
                        "size-4": {"about": "size", "source": "letter", "at_most": 9}})  # fmt: skip
    target = density.targets["size"]
    assert target.levels == pytest.approx((1, 1.5, 4))
    steps = [math.sqrt(x) * target.sigma for x in (1, 0.5, 2.5)]
    found = factors(density)
    for key, number in (("size-0", 0), ("size-1", 1), ("size-2", 1), ("size-3", 3), ("size-4", 2)):
        assert [i for i, _ in found[key].path] == list(target.path[:number])
        assert [c for _, c in found[key].path] == pytest.approx(steps[:number])


def test_epsilons_only_where_two_claims_share_one(compiled):
    twice = {f"size-{i}": {"about": "size", "source": "half", "between": [2, 9 + i]} for i in (1, 2)}
    density = compiled({**twice, "low": {"about": "size", "source": "low", "at_most": 9}, "word": {"about": "size", "between": [2, 7]}})
    own = [p.name for p in density.parameters if p.role == "epsilon"]
    assert own == ["epsilon[half, size]"]
    found = factors(density)
    for key in ("size-1", "size-2"):
        assert [i for i, _ in found[key].shared] == [density.index[own[0]]]
        assert not found[key].own.acts
    assert found["low"].shared == found["word"].shared == ()
    assert found["low"].own.acts
    assert not found["word"].own.acts
    # A reading counts as a claim on its target: two of one claim share what their source errs by there.
    both = [{"about": "size", "weight": 0.5, "as_of": "2024-01-01"}, {"about": "size", "weight": 0.5}]
    read = compiled({"r": {"source": "half", "readings": both, "between": [2, 4]}})
    assert [p.name for p in read.parameters if p.role == "epsilon"] == ["epsilon[half, size]"]


def test_weights_become_kappa(compiled):
    found = factors(compiled({"size-1": {"about": "size", "source": "low", "between": [2, 9]},
                              "size-2": {"about": "size", "source": "letter", "between": [2, 9], "credibility": 4},
                              "size-3": {"about": "size", "source": "low", "weight": 0.8, "between": [2, 9]}}))  # fmt: skip
    assert [found[f"size-{i}"].kappa for i in range(4)] == pytest.approx([0, 4, 4, 0.25])


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


def test_days_count_from_certain_and_uncertain_dates_and_do_not_take_a_name(compiled):
    begin = {"between": ["2023-06-01", "2023-06-11"], "rationale": "said in June"}  # its value counts from the middle, 6 June
    density = compiled({}, dates={"begin": begin, "end": "2023-07-06"}, quantities={"days": {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "r"}},
                       derived={"all": {"unit": "hour", "expr": "days(begin, end)"}, "since": {"unit": "day", "expr": "days_since(begin)"},
                                "twice": {"unit": "", "expr": "2 * days"}})  # fmt: skip
    evaluator = Evaluator(density)
    v = evaluator.prior_draws(1000, np.random.default_rng(1))
    totals = evaluator.totals(v)
    np.testing.assert_allclose(totals["all"], 24 * (30 - totals["begin"]))
    np.testing.assert_allclose(totals["since"], 755 - totals["begin"])  # from 6 June 2023 to the horizon, 30 June 2025
    np.testing.assert_allclose(totals["twice"], 2 * totals["days"])


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
    dates = {"early": "2000-01-01", "late": "2998-01-01", "later": "2999-01-01"}  # a ramp that has not begun is 0; of numbers alone it is a fault of the case
    none = "ramp(late, later)"
    # dividing by it is a fault of the case, too
    for text in (f"({none} - 8)**0.5", f"log({none} - 1)", f"exp({none} + 1e9)", f"sqrt({none} - 2)"):
        density = compiled({}, dates=dates, derived={"odd": {"unit": "", "support": "real", "expr": f"size * ({text})"}})
        v = Evaluator(density).prior_draws(1, np.random.default_rng(1))
        assert not math.isfinite(float(Evaluator(density).totals(v)["odd"][0]))

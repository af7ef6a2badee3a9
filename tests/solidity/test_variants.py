"""What is varied: the changes mean what they should, nothing else moves, and what loses its support is named."""

from __future__ import annotations

import copy
import itertools
import math

import pytest
from solidity_cases import SMALL

from nkestimate.case import changed, grid_from_plain
from nkestimate.density import compile_case
from nkestimate.solidity.refits.variants import case_of, factors, variants
from random_cases import load


def plan(case, **grid):
    return variants(case, grid_from_plain(grid))


def one(case, kind, name, **grid):
    (found,) = [variant for variant in plan(case, **grid) if (variant.kind, variant.name) == (kind, name)]
    return found


def density(case, variant):
    found, lost = case_of(case, variant)
    assert not lost
    return compile_case(found)


def by_hand(edit, base=SMALL):
    """The density of the small case edited as plain values."""
    plain = copy.deepcopy({"format": 1, "title": "A test", **base})
    edit(plain)
    return compile_case(load(plain))


def crossed(case, **choices):
    wanted = {"coverage": 0.9, "pooling": "hierarchical", "common_error": 0.7, "dark_uncertainty": 1.0} | choices
    (found,) = [variant for variant in plan(case) if variant.in_grid and variant.choices == wanted]
    return found


# ---------------------------------------------------------------- the plan


def test_the_default_grid(small):
    found = plan(small)
    kinds = [variant.kind for variant in found]
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        "base": 1, "crossed": 107, "reading": 2, "scenario": 1, "source": 3, "document": 1, "claim": 5}  # fmt: skip
    assert kinds == sorted(kinds, key=["base", "crossed", "reading", "scenario", "source", "document", "claim"].index)
    every = {tuple(variant.choices.values()) for variant in found if variant.in_grid}
    assert every == set(itertools.product((0.5, 0.8, 0.9, 0.95), ("hierarchical", "linear", "log"), (0.0, 0.7, 1.4), (0.5, 1.0, 2.0)))
    assert found[0].changes == {}
    assert len({(variant.kind, variant.name) for variant in found}) == len(found)


def test_the_same_case_has_the_same_plan_and_another_has_other_seeds(small):
    assert plan(small) == plan(small)
    assert len({variant.seed(1) for variant in plan(small)}) == len({variant.digest for variant in plan(small)})
    assert all(a.seed(1) != a.seed(2) for a in plan(small))
    other = changed(small, {"title": "Another"})
    assert not {variant.digest for variant in plan(small)} & {variant.digest for variant in plan(other)}


def test_what_changes_the_same_is_one_fit(small):
    """A source whose only claim is left out, and the claim left out."""
    assert one(small, "source", "c").digest == one(small, "claim", "c-cost").digest
    assert one(small, "source", "a").digest != one(small, "claim", "a-x").digest


def test_a_base_outside_the_grid_is_fitted_too(small):
    found = plan(changed(small, {"settings.coverage": 0.7}), pooling=[], common_error=[], dark_uncertainty=[], one_at_a_time=[])
    assert [variant.choices for variant in found] == [{"coverage": c} for c in (0.7, 0.5, 0.8, 0.9, 0.95)]
    assert factors(changed(small, {"settings.coverage": 0.7}), grid_from_plain({}))["coverage"] == (0.5, 0.8, 0.9, 0.95, 0.7)


def test_any_path_can_be_crossed(small):
    found = plan(small, coverage=[], pooling=[], common_error=[], dark_uncertainty=[], one_at_a_time=[],
                 others={"sources.a.weight": ["0.80", 0.2], "horizon": ["2025-06-30", "2026-01-01"]})  # fmt: skip
    assert [dict(variant.changes) for variant in found] == [
        {}, {"horizon": "2026-01-01"}, {"sources.a.weight": "0.2"}, {"sources.a.weight": "0.2", "horizon": "2026-01-01"}]  # fmt: skip


def test_levels_that_are_lists_or_mappings_have_a_name(small):
    wide = {"between": ["1", "9"]}
    found = plan(small, coverage=[], pooling=[], common_error=[], dark_uncertainty=[], one_at_a_time=[],
                 others={"quantities.y.prior": [wide, "LogNormal(1, 1)", {"between": [2, 3]}]})  # fmt: skip
    assert [variant.choices for variant in found] == [{"quantities.y.prior": name} for name in ("{between: [1, 9]}", "LogNormal(1, 1)", "{between: [2, 3]}")]
    assert case_of(small, found[1])[0].quantities["y"].prior.name == "LogNormal"


# ---------------------------------------------------------------- crossed choices


def test_each_crossed_variant_is_its_own_density(small):
    """No two combinations mean the same here, and none is at fault."""
    seen = [density(small, variant) for variant in plan(small, one_at_a_time=[])]
    assert all(a != b for a, b in itertools.combinations(seen, 2))


def test_coverage_is_of_ranges_whose_own_nobody_states(small):
    def spread(variant, claim):
        return case_of(small, variant)[0].claims[claim].readings[0].statement.coverage

    half = crossed(small, coverage=0.5)
    assert [spread(half, claim) for claim in ("a-x", "a-z", "c-cost", "b-x", "b-y")] == [0.5, 0.5, 0.5, 0.6, 0.95]
    assert case_of(small, half)[0].quantities["y"].prior == small.quantities["y"].prior  # the analyst's own range


def test_dark_uncertainty_is_scaled_on_every_target(small):
    """Those with a prior of their own, those that go by S_t, and real ones alike."""
    taus = [{p.name: p.prior for p in density(small, crossed(small, dark_uncertainty=f)).parameters if p.role == "tau"} for f in (0.5, 1.0, 2.0)]
    assert {"tau[x]", "tau[y]", "tau[z]", "tau[cost]", "tau[twice]"} <= taus[1].keys()
    for name in taus[1]:
        assert [tau[name]["sigma"] for tau in taus] == pytest.approx([taus[1][name]["sigma"] * f for f in (0.5, 1, 2)])


def test_common_error_is_set_on_every_target(small):
    for size in (0.0, 1.4):
        targets = density(small, crossed(small, common_error=size)).targets.values()
        assert [t.sigma / t.S for t in targets] == pytest.approx([size] * len(targets))
    base = density(small, crossed(small)).targets
    assert [base[key].sigma / base[key].S for key in ("z", "x")] == pytest.approx([0.2, 0.7])


def test_a_variant_can_be_had_by_hand(small):
    variant = crossed(small, coverage=0.5, pooling="linear", common_error=1.4, dark_uncertainty=2.0)
    assert compile_case(changed(small, variant.changes)) == density(small, variant)


@pytest.mark.parametrize("prior, factor, points", [
    ("HalfNormal(0.4)", 2, 5), ("HalfCauchy(0.3)", 0.5, 5), ("Exponential(2)", 3, 5), ("Gamma(2, 4)", 2, 5), ("LogNormal(-1, 0.5)", 0.5, 5),
    ("Uniform(0.05, 1.5)", 2, 5), ("TruncatedNormal(0.3, 0.3, 0)", 2, 5), ("Triangular(0, 0.4, 1)", 2, 5), ("Normal(1, 2)", 3, 5), ("StudentT(4, 1, 2)", 3, 5)])  # fmt: skip
def test_a_scaled_prior_is_that_of_the_multiple(prior, factor, points):
    from nkestimate.case.distributions import parse_prior
    from scipy_priors import twin

    plain, scaled = twin(parse_prior(prior)), twin(parse_prior(prior).scaled(factor))
    p = [i / (points + 1) for i in range(1, points + 1)]
    assert [float(scaled.ppf(q)) for q in p] == pytest.approx([factor * float(plain.ppf(q)) for q in p], rel=1e-6, abs=1e-9)


def test_a_prior_that_has_no_scale_is_a_fault(small):
    from nkestimate.errors import CaseError

    with pytest.raises(CaseError, match="can't be multiplied by 2"):
        changed(small, {"settings.dark_uncertainty": "Beta(2, 2)", "settings.dark_uncertainty_factor": 2})
    changed(small, {"settings.dark_uncertainty": "Beta(2, 2)"})


# ---------------------------------------------------------------- one at a time


def drop(*claims):
    def edit(plain):
        for claim in claims:
            del plain["claims"][claim]

    return edit


def test_a_group_is_left_out_with_all_its_sources(make):
    grouped = copy.deepcopy(SMALL)
    grouped["sources"]["a"]["group"] = grouped["sources"]["b"]["group"] = "one service"
    grouped["sources"]["c"]["group"] = "of one"  # the same as that source left out
    case = make(**grouped)
    (found,) = [variant for variant in plan(case) if variant.kind == "group"]
    assert (found.name, found.label) == ("one service", "without the group “one service” (Ann and Ben)")
    assert found.leaves_out
    assert found.changes.keys() == {"claims.a-x.weight", "claims.b-x.weight", "claims.b-y.weight", "claims.a-z.weight", "quantities.y.rationale"}
    left, lost = case_of(case, found)
    assert set(lost) == {"x", "z"}
    assert not left.active_claims  # what is claimed of the cost tells nothing without the length
    heard = copy.deepcopy(grouped)
    for key in ("b-x", "b-y"):
        heard["claims"][key]["weight"] = 0
    heard["quantities"]["y"]["rationale"] = "nobody says"
    assert not [variant for variant in plan(make(**heard)) if variant.kind == "group"]


@pytest.mark.parametrize("kind, name, claims", [
    ("claim", "b-x", ["b-x"]), ("claim", "b-y", ["b-y"]), ("claim", "c-cost", ["c-cost"]), ("source", "b", ["b-x", "b-y"]), ("document", "d2", ["b-x"])])  # fmt: skip
def test_left_out_is_deleted_by_hand(small, kind, name, claims):
    def edit(plain):
        drop(*claims)(plain)
        plain["quantities"]["y"]["rationale"] = "needed once no claim is about it"

    assert density(small, one(small, kind, name)) == by_hand(edit)


def test_a_claim_left_out_brings_back_what_it_superseded(small):
    plain = copy.deepcopy({"format": 1, "title": "A test", **SMALL})
    plain["claims"]["a-x-new"] = {"source": "a", "about": "x", "between": [5, 6], "supersedes": "a-x"}
    case = load(plain)
    assert density(case, one(case, "claim", "a-x-new")) == compile_case(load({"format": 1, "title": "A test", **SMALL}))
    assert not [variant for variant in plan(case) if variant.name == "a-x"]  # it is not heard: leaving it out says nothing
    found = case_of(case, one(case, "source", "a"))
    assert {claim.id for claim in found[0].active_claims} == {"b-x", "b-y", "c-cost"}


def test_totals_stay_those_of_the_same_day(make):
    case = make(**{key: value for key, value in SMALL.items() if key != "horizon"}, horizon=None)
    assert case.horizon.isoformat() == "2024-02-02"
    found, _ = case_of(case, one(case, "claim", "b-x"))
    assert found.horizon == case.horizon


def test_readings_taken_alone(small):
    def take(weights):
        def edit(plain):
            for reading, weight in zip(plain["claims"]["c-cost"]["readings"], weights, strict=True):
                reading["weight"] = weight

        return edit

    assert density(small, one(small, "reading", "c-cost, 1")) == by_hand(take([1, 0]))
    assert density(small, one(small, "reading", "c-cost, 2")) == by_hand(take([0, 1]))
    assert one(small, "reading", "c-cost, 2").label == "with Cis (20 to 90 USD) read as Twice the cost"


def test_readings_of_a_group_are_taken_together(make):
    readings = [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.5}]
    case = make(quantities={"x": {}, "y": {}}, claims={
        "p": {"source": "a", "about": "x", "between": [1, 2]}, "q": {"source": "a", "about": "y", "between": [1, 2]},
        "r": {"source": "a", "readings": readings, "around": 2, "reading_group": "g"}, "s": {"source": "a", "readings": readings, "around": 3, "reading_group": "g"}})  # fmt: skip
    found = [variant for variant in plan(case) if variant.kind == "reading"]
    assert [variant.name for variant in found] == ["g, 1", "g, 2"]
    assert set(found[0].changes) == {"claims.r.readings", "claims.s.readings"}


def test_scenarios_are_those_not_yet_applied(small):
    assert density(small, one(small, "scenario", "trust")) == by_hand(lambda plain: plain["sources"]["b"].update(weight=1))
    import dataclasses

    assert not [variant for variant in plan(dataclasses.replace(small, scenario="trust")) if variant.kind == "scenario"]


# ---------------------------------------------------------------- what cannot be said


def test_what_loses_its_support_is_named_and_the_rest_can_be_said(small):
    found, lost = case_of(small, one(small, "claim", "a-z"))
    assert lost == ("z",)
    assert set(found.totals) == {"x", "y", "cost", "twice"}
    assert set(found.questions) == {"dear"}

    def edit(plain):
        drop("a-z")(plain)
        del plain["quantities"]["z"]
        del plain["questions"]["shifted"]

    assert compile_case(found) == by_hand(edit)


def test_with_a_quantity_goes_what_is_made_of_it_and_claimed_of_that(make):
    case = make(quantities={"x": {}, "y": {}}, derived={"product": {"expr": "x * y"}, "double": {"expr": "2 * product"}},
                claims={"p": {"source": "a", "about": "x", "between": [1, 2]}, "q": {"source": "a", "about": "y", "between": [1, 2]},
                        "r": {"source": "a", "about": "double", "around": 3}, "s": {"source": "a", "about": "y + x", "around": 3, "supersedes": "r"},
                        "t": {"source": "a", "about": "y", "around": 2, "supersedes": "s"}},
                questions={"one": {"ask": "double > 2"}, "two": {"ask": "y > 1"}})  # fmt: skip
    found, lost = case_of(case, one(case, "claim", "p"))
    assert lost == ("x",)
    assert (set(found.totals), set(found.claims), set(found.questions)) == ({"y"}, {"q", "t"}, {"two"})


def test_where_nothing_is_left_there_is_no_case(make):
    case = make(quantities={"x": {}}, claims={"p": {"source": "a", "about": "x", "between": [1, 2]}})
    assert case_of(case, one(case, "source", "a")) == (None, ("x",))


def test_a_quantity_with_a_prior_goes_by_it_alone(small):
    """No rationale is asked for where the program left the claim out."""
    found, lost = case_of(small, one(small, "claim", "b-y"))
    assert not lost
    assert "y" in found.totals
    assert math.isclose(found.quantities["y"].prior["coverage"], 0.9)

"""Cases between two cases: what differs is named, ends are the cases themselves, everything between is valid or said not to be."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nkestimate.case import load_case
from nkestimate.density import compile_case
from nkestimate.solidity.comparing.blending import GROUPS, Blend, subsets
from random_cases import load, random_case

BASE = {
    "format": 1, "title": "t", "horizon": "2025-06-30", "settings": {"common_error": 0.6},
    "documents": {"d1": {"publisher": "P", "title": "T", "published": "2024-01-01"}},
    "sources": {"a": {"weight": 0.8}, "b": {"weight": 0.5, "overstates_by": [1, 2]}},
    "quantities": {"x": {"unit": "USD"}, "y": {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "r"}},
    "derived": {"t": {"unit": "USD", "expr": "x * y", "headline": True}},
    "claims": {"c": {"source": "a", "about": "x", "between": [1, 2]}, "d": {"source": "b", "about": "x", "around": 3, "reported_in": [{"document": "d1"}]},
               "e": {"source": "b", "about": "t", "at_most": 9, "credibility": 2}},
    "questions": {"q": {"ask": "t > 2 USD"}},
}  # fmt: skip


def changed(**sections):
    """The base with some entries replaced (None deletes)."""
    out = {key: dict(value) if isinstance(value, dict) else value for key, value in BASE.items()}
    for section, entries in sections.items():
        if not isinstance(entries, dict):
            out[section] = entries
            continue
        for key, entry in entries.items():
            if entry is None:
                out[section].pop(key)
            else:
                out[section][key] = entry
    return load(out)


def core(case):
    """What of a density can move its draws, in an order that does not matter."""
    density = compile_case(case)
    return sorted(map(repr, density.parameters)), sorted(t.name for t in density.terms), sorted(map(repr, density.pools))


CHANGES = {
    "model": [{"quantities": {"x": {"unit": "USD", "limits": [0.1, 40], "rationale": "r"}}},
              {"quantities": {"y": {"unit": "", "prior": "LogNormal(1, 1)", "rationale": "r"}}}, {"horizon": "2026-01-01"},
              {"derived": {"t": {"unit": "USD", "expr": "x * y * 2", "headline": True}}}],
    "claims": [{"claims": {"d": None}}, {"claims": {"n": {"source": "a", "about": "y", "around": 3}}}, {"claims": {"e": {**BASE["claims"]["e"], "weight": 0}}},
               {"claims": {"n": {"source": "a", "about": "x", "around": 3, "supersedes": "c"}}}],
    "values": [{"claims": {"c": {"source": "a", "about": "x", "between": [1, 3]}}}, {"claims": {"d": {**BASE["claims"]["d"], "as_of": "2024-02-02"}}}],
    "weights": [{"sources": {"a": {"weight": 0.7}}}, {"sources": {"a": {**BASE["sources"]["a"], "group": "press"}}}, {"sources": {"b": {"weight": 0.5}}}, {"claims": {"c": {**BASE["claims"]["c"], "reliability": "C"}}},
                {"claims": {"c": {**BASE["claims"]["c"], "credibility": 3}}}],
    "settings": [{"settings": {"pooling": "linear"}}, {"settings": {"coverage": 0.5}}, {"sources": {"a": {"weight": 0.8, "coverage": 0.5}}}],
}  # fmt: skip


@pytest.mark.parametrize(("group", "change"), [(group, change) for group, changes in CHANGES.items() for change in changes], ids=str)
def test_each_change_is_in_its_group_and_no_other(group, change):
    blend = Blend(load(BASE), changed(**change))
    assert blend.differing == (group,)
    assert blend.differences[group]
    for one, other in ((blend.case(frozenset()), blend.a), (blend.case(frozenset({group})), blend.b)):
        assert core(one) == core(other)


def test_words_that_do_not_count_are_no_difference():
    other = changed(title="Another", quantities={"x": {"unit": "USD", "label": "X marks", "note": "n"}}, questions={"q": {"ask": "t > 3 USD"}})
    assert Blend(load(BASE), other).differing == ()


def test_a_new_unknown_comes_with_its_evidence():
    """A claim on what only one case knows is part of the model: no case between has the unknown without support."""
    other = changed(quantities={"z": {"unit": ""}}, derived={"t": {"unit": "USD", "expr": "x * y * z", "headline": True}},
                    claims={"z1": {"source": "a", "about": "z", "around": 2}, "c": {"source": "a", "about": "x", "between": [1, 4]}})  # fmt: skip
    blend = Blend(load(BASE), other)
    assert blend.tied == {"z1"}
    assert blend.differing == ("model", "values")
    blocks, joined = blend.blocks()
    assert blocks == (("model",), ("values",))
    assert not joined
    assert "z1" in blend.case(frozenset({"model"})).claims
    assert "z1" not in blend.case(frozenset({"values"})).claims


def test_groups_are_joined_where_a_case_between_is_invalid():
    """B drops the prior of y and adds the claim that stands in for it: neither change is a case without the other."""
    other = changed(quantities={"y": {"unit": ""}}, claims={"n": {"source": "a", "about": "y", "around": 3}}, sources={"a": {"weight": 0.3}})
    blend = Blend(load(BASE), other)
    assert blend.case(frozenset({"model"})) is None
    blocks, joined = blend.blocks()
    assert blocks == (("model", "claims"), ("weights",))
    assert joined == ("model and claims",)
    for chosen in subsets(blocks):
        assert blend.known(frozenset(group for block in chosen for group in block)) is not None


def test_a_heard_claim_keeps_the_weight_it_has_where_it_is_heard():
    silent = changed(claims={"d": {**BASE["claims"]["d"], "weight": 0}}, sources={"a": {"weight": 0.3}})
    blend = Blend(load(BASE), silent)
    assert blend.differing == ("claims", "weights")
    assert blend.case(frozenset({"weights"})).claims["d"].weight == 0.5
    assert "d" not in blend.case(frozenset({"claims"})).claims


@given(st.integers(0, 2**32), st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_the_ends_of_any_two_cases_are_the_cases(one, other):
    a, b = load(random_case(Random(one))), load(random_case(Random(other)))
    blend = Blend(a, b)
    assert core(blend.case(frozenset())) == core(a)
    assert core(blend.case(frozenset(GROUPS))) == core(b)
    assert Blend(a, a).differing == ()
    for chosen in subsets(blend.blocks()[0]):
        assert blend.known(frozenset(group for block in chosen for group in block)) is not None


def test_scenarios_of_the_shipped_case(monkeypatch):
    from pathlib import Path

    path = Path(__file__).parents[2] / "priors" / "north-korea-russia.yaml"
    base = load_case(path)
    groups = {key: Blend(base, load_case(path, scenario=key)).differing for key in base.scenarios}
    assert groups["trust-ukraine"] == ("weights",)
    assert groups["arms-paid-in-full"] == ("model",)
    assert groups["low-pay"] == ("model",)
    assert groups["without-the-study"] == ("claims",)
    assert groups["arms-since-invasion"] == ("model",)
    assert groups["ministry-yearly"] == ("values",)
    assert groups["arms-earned"] == ("values",)


def test_groups_limits_and_counts_come_with_their_case():
    plain = {"quantities": {**BASE["quantities"], "f": {"unit": "", "support": "fraction", "limits": [0.01, 0.6], "rationale": "r"}},
             "sources": {"a": {"weight": 0.8, "group": "g"}, "b": {"weight": 0.5, "overstates_by": [1, 2], "group": "g"}},
             "claims": {**BASE["claims"], "n": {"source": "a", "about": "f", "counted": "2 of 19"}}}  # fmt: skip
    one = load(BASE | plain)
    other = load(BASE | plain | {"sources": BASE["sources"], "claims": plain["claims"] | {"n": {"source": "a", "about": "f", "counted": "5 of 19"}}})
    blend = Blend(one, other)
    assert blend.differing == ("values", "weights")
    assert set(blend.differences["weights"]) == {"group of a: g → none", "group of b: g → none"}
    assert blend.differences["values"] == ("n: 2 of 19 → 5 of 19",)
    assert core(blend.case(frozenset())) == core(one)
    assert core(blend.case(frozenset({"values", "weights"}))) == core(other)
    between = blend.case(frozenset({"values"}))
    assert {source.group for source in between.sources.values()} == {"g"}
    assert between.claims["n"].readings[0].statement.count == (5, 19)
    assert between.quantities["f"].limits == (0.01, 0.6)


def test_a_date_that_is_not_known_any_more_is_told_as_its_range():
    known = load(BASE | {"dates": {"begun": "2024-03-01"}})
    unknown = load(BASE | {"dates": {"begun": {"between": ["2024-02-01", "2024-06-01"], "label": "When it began", "rationale": "r"}}})
    assert Blend(known, unknown).differences["model"] == ("begun: 2024-03-01 → 2024-02-01 to 2024-06-01",)

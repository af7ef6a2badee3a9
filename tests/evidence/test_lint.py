"""What a referee would ask: each kind on a small case, and on none that has its answer."""

from __future__ import annotations

import pytest

from nkestimate.evidence.lint import Doubt, doubts

QUANTITIES = {"length": {"unit": "metre"}, "cost": {"unit": "USD"}, "budget": {"unit": "USD"}}
SOURCES = {"ministry": {"weight": 0.5}, "rival": {"weight": 0.5}}


@pytest.fixture
def found(make):
    """Return a function from claims and other sections to the doubts of a case that is well without them."""

    def found(claims=None, **sections):
        base = {f"{source}-{key}": {"source": source, "about": key, "between": [10, 20]} for source in SOURCES for key in QUANTITIES}
        return doubts(make(**{"sources": SOURCES, "quantities": QUANTITIES, "documents": {"d": {"publisher": "Paper", "published": "2025-01-01"}},
                              "claims": base | (claims or {}), **sections}))

    return found


def claim(figures, **statement):
    return {"c": {"source": "ministry", "about": "length", "reported_in": [{"document": "d", "figures": figures}], **statement}}


def test_a_case_that_is_well_has_none(found):
    assert found() == ()


@pytest.mark.parametrize("figures, statement, kind", [
    ("up to 40 metres", {"around": 40}, "bound"), ("more than 40 metres", {"between": [38, 42]}, "bound"),
    ("up to 40 metres", {"at_most": 40}, None), ("40 metres", {"around": 40}, None), ("up to 40 metres", {"around": 40, "note": "they say so elsewhere"}, None),
    ("about 4,112 metres", {"around": "4112"}, "precision"), ("4,112 metres", {"around": "4112"}, None),
    ("about 4,100 metres", {"around": "4100"}, None), ("about 4,112 metres", {"around": "4112", "within": "10 %"}, None),
])  # fmt: skip
def test_print_and_claim(found, figures, statement, kind):
    assert [(doubt.kind, doubt.about, doubt.others) for doubt in found(claim(figures, **statement))] == ([(kind, "c", (figures,))] if kind else [])


def test_a_trusted_source_wants_its_reason(found):
    assert found(sources={**SOURCES, "rival": {"weight": 0.9}}) == (Doubt("weight", "rival"),)
    assert found(sources={**SOURCES, "rival": {"weight": 0.9, "note": "an audited account"}}) == ()
    assert found(sources={**SOURCES, "rival": {"weight": 0.75}}) == ()
    assert found(sources={**SOURCES, "silent": {"weight": 1}}) == ()


def test_a_claim_after_the_horizon(found):
    late = {"c": {"source": "ministry", "about": "length", "around": 15, "as_of": "2026-01-01"},
            "d": {"source": "ministry", "about": "length", "around": 15, "as_of": "2025-06-30"}}
    assert [doubt for doubt in found(late) if doubt.kind == "late"] == [Doubt("late", "c")]


def test_a_total_on_one_source_is_found_through_its_formula(found):
    one = {f"ministry-{key}": {"source": "ministry", "about": key, "between": [10, 20]} for key in QUANTITIES}
    share = {"share": {"expr": "cost / budget", "unit": "", "headline": True}}
    assert found(derived=share) == ()
    both = one | {"rival-length": {"source": "rival", "about": "length", "around": 15}}
    alone = found(derived=share, claims=both | {f"rival-{key}": {"source": "ministry", "about": key, "at_least": 5} for key in ("cost", "budget")})
    assert alone == (Doubt("one source", "share", ("ministry",)),)
    grouped = {name: {"weight": 0.5, "group": "service"} for name in SOURCES}
    assert found(derived=share, sources=grouped) == (Doubt("one source", "share", ("group:service",)),)


def test_shares_of_different_wholes(found):
    derived = {"a": {"expr": "cost / budget", "unit": "", "headline": True}, "b": {"expr": "cost / (2 * budget)", "unit": "percent"},
               "c": {"expr": "budget / cost", "unit": ""}, "half": {"expr": "cost / 2", "unit": "USD"}}  # fmt: skip
    assert found(derived=derived) == (Doubt("denominators", "a", ("b",)),)


def test_sources_of_one_name(found):
    claims = {"c": {"source": "third", "about": "length", "between": [10, 20]}}
    one = {**SOURCES, "ministry": {"weight": 0.5, "name": "Agency"}, "third": {"weight": 0.5, "name": " agency"}}
    assert found(claims, sources=one) == (Doubt("same name", "ministry", ("third",)),)
    assert found(sources=one) == ()  # of which only one is heard
    noted = {key: {**source, "note": "two bodies that share a name"} for key, source in one.items()}
    assert found(claims, sources=noted) == ()

"""The table of claims: its rows, its filters, what it says of targets."""

from __future__ import annotations

import json
from random import Random

import pytest

from nkestimate.errors import CaseError
from nkestimate.evidence.claims import claim_table
from nkestimate.evidence.exports import FORMATS as EXPORTS
from nkestimate.evidence.exports import export
from nkestimate.tables.claims import FORMATS, VIEWS, render
from random_cases import load, random_case

CASE = {
    "documents": {"d1": {"publisher": "The Daily", "published": "2024-11-01"}, "d2": {"publisher": "The Weekly", "published": "2024-12-01"}},
    "sources": {"a": {"name": "Agency", "weight": 0.6}, "b": {"weight": 0.4}, "c": {"weight": 0}},
    "quantities": {"size": {"label": "Size", "unit": "metre"}, "other": {"unit": "metre"}},
    "claims": {
        "one": {"source": "a", "about": "size", "between": [1.2, 1.5], "unit": "km", "label": "First", "note": "why", "credibility": 3,
                "reported_in": [{"document": "d2", "figures": "up to 1.5 km", "at": 7}, {"document": "d1", "figures": "1.2 to 1.5 km", "at": 3}]},
        "two": {"source": "b", "around": 1, "readings": [{"about": "size", "unit": "km", "weight": 0.7}, {"about": "size * other / (1 metre)", "unit": "metre", "weight": 0.3}],
                "reported_in": [{"document": "d1"}]},
        "three": {"source": "b", "about": "other", "around": 30, "supersedes": "four"},
        "four": {"source": "b", "about": "other", "around": 20},
        "five": {"source": "c", "about": "other", "around": 10},
    },
}


@pytest.fixture
def case(make):
    return make(**CASE)


def test_a_row_says_who_what_when_and_where(case):
    one, two, *rest = claim_table(case).claims
    assert (one.id, one.label, one.source, one.source_name, one.says, one.note) == ("one", "First", "a", "Agency", "1.2 to 1.5 km", "why")
    assert (one.weight, one.status, one.superseded_by) == (pytest.approx(0.45), "active", None)
    assert one.printed == "1.2 to 1.5 km"
    assert one.documents == ("d2", "d1")
    assert [(about.target, about.label, about.weight, about.unit, about.as_of.isoformat()) for about in one.about] == [("size", "Size", 1, "km", "2024-11-01")]
    assert [(about.target, about.weight, about.unit) for about in two.about] == [("size", 0.7, "km"), ("size * other / 1 metre", 0.3, "metre")]
    assert (two.printed, two.documents) == (None, ("d1",))
    assert [(row.id, row.status, row.superseded_by) for row in rest] == [("three", "active", None), ("four", "superseded", "three"), ("five", "removed", None)]


def test_targets_have_their_effective_number(case):
    table = claim_table(case)
    assert [worth.target for worth in table.targets] == ["size", "size * other / 1 metre", "other"]
    size, expression, other = table.targets
    assert (size.sources, expression.sources, other.sources) == (("a", "b"), ("b",), ("b",))
    assert 1 <= size.effective <= 2
    assert [row.id for row in table.on("size")] == ["one", "two"]


def test_filters_narrow_and_combine(case):
    ids = lambda **filters: [row.id for row in claim_table(case, **filters).claims]
    assert ids(targets=["other"]) == ["three", "four", "five"]
    assert ids(targets=["size"]) == ["one", "two"]
    assert ids(sources=["a", "c"]) == ["one", "five"]
    assert ids(documents=["d1"]) == ["one", "two"]
    assert ids(documents=["d1"], sources=["b"]) == ["two"]
    assert ids(documents=["d2"], sources=["b"]) == []
    table = claim_table(case, targets=["size"])
    assert [worth.target for worth in table.targets] == ["size"]
    # What a filter leaves out is still worth what it is.
    assert claim_table(case, sources=["a"]).targets[0].sources == ("a", "b")


def test_what_the_case_does_not_have_is_told_all_at_once(case):
    with pytest.raises(CaseError) as caught:
        claim_table(case, targets=["siz"], sources=["x"], documents=["d3"], where="case.yaml")
    said = [str(fault) for fault in caught.value.faults]
    assert said == [
        "case.yaml:1: --document: unknown document 'd3'; expected one of d1, d2",
        "case.yaml:1: --source: unknown source 'x'; expected one of a, b, c",
        "case.yaml:1: --target: unknown target 'siz'; expected one of size, size * other / 1 metre, other; did you mean 'size'?",
    ]


def test_a_total_without_claims_may_be_asked_for(make):
    case = make(**CASE, derived={"twice": {"unit": "metre", "expr": "2 * size"}})
    table = claim_table(case, targets=["twice", "size"])
    assert [worth.target for worth in table.targets] == ["size", "twice"]
    assert table.targets[1].sources == ()
    assert [row.id for row in table.claims] == ["one", "two"]


def test_a_target_on_which_nobody_is_heard_is_there_all_the_same(make):
    case = make(quantities={"size": {"unit": "metre", "prior": {"between": [1, 2]}, "rationale": "x"}}, sources={"c": {"weight": 0}},
                claims={"x": {"source": "c", "about": "size", "around": 10}})
    (worth,) = claim_table(case).targets
    assert (worth.target, worth.sources, worth.effective) == ("size", (), None)


@pytest.mark.parametrize("seed", range(25))
def test_any_case_has_a_table_and_exports(seed):
    """All supports, kinds, poolings, readings, groups and biases; the bounds hold and quantiles rise."""
    case = load(random_case(Random(seed)))
    table = claim_table(case)
    assert len(table.claims) == len(case.claims)
    for worth in table.targets:
        assert worth.effective is None if not worth.sources else 1 <= worth.effective <= len(worth.sources)
    for row in table.claims:
        for one in row.implied:
            for belief in filter(None, (one.stated, one.weighed)):
                assert belief.q05 <= belief.q50 <= belief.q95
                assert 0 <= belief.below <= 1
                assert 0 <= belief.above <= 1
            plain = any(claim.is_direct for claim in [case.claims[row.id]]) and case.settings.pooling != "hierarchical"
            assert (one.weighed is None) == (row.status != "active" or plain or one.reading == 0)
    for view in VIEWS:
        for form in FORMATS:
            render(table, view, form)
    for form in EXPORTS:
        text = export(case, form)
        assert form in ("bibtex", "provn") or json.loads(text)

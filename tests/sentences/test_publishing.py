"""What a referee would ask, in words."""

from __future__ import annotations

from nkestimate.evidence.lint import Doubt, doubts
from nkestimate.sentences.publishing import carrying_sentence, doubt_sentences
from nkestimate.wording.numbers import PRINT


def test_one_sentence_a_kind_and_three_names_of_many(make):
    sources = {f"s{i}": {"name": f"Source {i}", "weight": 0.9} for i in range(5)}
    case = make(sources=sources, quantities={"length": {"unit": "metre"}}, documents={"d": {"publisher": "Paper"}},
                claims={f"c{i}": {"source": f"s{i}", "about": "length", "around": 40, "reported_in": [{"document": "d", "figures": "up to 40 metres"}]}
                        for i in range(5)})  # fmt: skip
    bound, weight = doubt_sentences(doubts(case), case)
    assert bound.count("“up to 40 metres”") == 3
    assert "2 more" in bound
    assert "at_most" in bound
    assert weight == "Weights above 0.75 have no note that says why: Source 0 (0.9), Source 1 (0.9), Source 2 (0.9) and 2 more."


def test_totals_are_named_by_their_labels(make):
    case = make(quantities={"cost": {"unit": "USD", "label": "Cost"}, "budget": {"unit": "USD"}}, claims={
        "a": {"source": "a", "about": "cost", "around": 5}, "b": {"source": "a", "about": "budget", "around": 5}},
        derived={"x": {"expr": "cost / budget", "label": "Share of all", "unit": ""}, "y": {"expr": "cost / (2 * budget)", "label": "Share of twice", "unit": ""}})
    one, two = doubt_sentences([Doubt("one source", "x", ("a",)), Doubt("denominators", "x", ("y",))], case)
    assert one.endswith("from one source: Share of all (on A).")
    assert two.endswith("Share of all and Share of twice.")


def test_an_assumption_that_carries_a_total_is_named_with_its_share():
    assert carrying_sentence("Budget", 0.624, "Share of it", PRINT).startswith(
        "An assumption carries more than half of the variance of “Share of it”: Budget (62%).")


def test_sources_of_one_name_are_asked_about(make):
    sources = {"a": {"name": "Agency", "weight": 0.5}, "b": {"name": "Agency", "weight": 0.5}, "c": {"name": "Office", "weight": 0.5}}
    case = make(sources=sources, quantities={"x": {"unit": ""}}, claims={key: {"source": key, "about": "x", "around": 5} for key in sources})
    found = doubts(case)
    assert doubt_sentences(found, case) == ("Two sources are called “Agency” (a and b): are they one? What one source says twice counts once.",)
    assert doubt_sentences(found, case, PRINT)[0].startswith("Two sources are called “Agency”: are they one?")
    assert doubt_sentences([Doubt("same name", "a", ("b", "c"))], case)[0].startswith("3 sources are called “Agency” (a, b and c): are")
    assert doubt_sentences([*found, Doubt("same name", "c", ("a",))], case)[0].startswith("Several sources have one name, “Agency” (a and b) and “Office”")

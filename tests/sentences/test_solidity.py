"""Sentences about conflicts; those about grids are told on rows made by hand in ``tests/solidity/test_holding.py``."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from nkestimate.reporting.brief import taken_away
from nkestimate.sentences.solidity import chance, chance_words, conflict_sentence, rest_display, unsaid_sentences
from nkestimate.solidity.conflict import ClaimConflict, Conflicts, Rest
from nkestimate.wording.choices import choice_words, level_words
from nkestimate.wording.numbers import PRINT

REST = Rest("x", "Length", "person", "quantity", (30.0, 40.0, 50.0), (11_000.0, 12_645.0, 15_000.0))
CLAIM = ClaimConflict("c", "a", "Ann", "Ann: 40 people", "two_sided", 0.0479, "low", 0.001, "psis", 0.31, (REST,), "in conflict")


def test_a_conflict():
    assert conflict_sentence(CLAIM) == (
        "Ann: 40 people: is in conflict with the rest, which puts Length at 11,000 to 15,000 people (90 %); it lies on the low side, and a "
        "statement as far out has probability 4.8 % (approximate, k̂ 0.31).")  # fmt: skip
    assert "(90%); it lies on the low side, and a statement as far out has probability 4.8%" in conflict_sentence(CLAIM, set_in=PRINT)
    bound = replace(CLAIM, kind="at_most", method="refit", probability=0.002, verdict="contradicted")
    assert conflict_sentence(bound).endswith("the bound would be met with probability <1 %.")
    assert "stands alone" in conflict_sentence(replace(CLAIM, probability=None, verdict="alone"))
    assert "takes a refit" in conflict_sentence(replace(CLAIM, probability=None, verdict="not computed"))


@pytest.mark.parametrize(("p", "verdict"), [(0.0099, "<1 %"), (0.0101, "1 %"), (0.0499, "4.99 %"), (0.0501, "5 %"), (0.1996, "19.96 %"), (0.2, "20 %")])
def test_a_verdict_can_be_told_from_its_probability(p, verdict):
    assert chance(p) == verdict


def test_how_many_are_in_conflict_and_how_many_would_be_by_chance():
    found = Conflicts((CLAIM, replace(CLAIM, probability=0.5), replace(CLAIM, probability=None)), "x", "Length", (), True)
    assert chance_words(found).startswith("1 of 2 claims that could be judged is in conflict with the rest (probability below 5 %)")
    assert chance_words(found).endswith("puts about 0.10 of 2 there.")
    assert chance_words(replace(found, claims=(replace(CLAIM, probability=0.5),))).startswith("None of 1 claim that could be judged is in conflict")


def test_a_rest_that_is_narrow_is_written_to_its_width():
    narrow = replace(REST, unit="km/s", rest=(299_792.457, 299_792.458, 299_792.459))
    assert rest_display(narrow).bare_range(narrow.rest[0], narrow.rest[2]) == "299,792.457 to 299,792.459"


def test_choices():
    assert [choice_words("coverage", 0.975), choice_words("dark_uncertainty", 2.0), choice_words("common_error", 0.7), choice_words("dates.x", None)] == [
        "coverage 97.5 %", "dark uncertainty doubled", "common error 0.7", "dates.x nothing"]  # fmt: skip
    assert level_words("coverage", 0.5, PRINT) == "50%"


def test_what_is_left_is_named_where_nearly_nothing_can_be_said():
    def told(*unsaid):
        answers = {label: SimpleNamespace(label=label, unsaid=changes) for label, changes in zip(("Is it long?", "Is it wide?", "Is it dear?"), unsaid[1:])}
        result = SimpleNamespace(headline="x", ranges={"x": SimpleNamespace(label="Length", unsaid=unsaid[0])}, answers=answers, rows=())
        return unsaid_sentences(result)

    ann, ben = ("without Ann",), ("in the scenario “One”", "in the scenario “Two”")
    assert told(ann, ann, ann, ()) == ("Nothing can be said without Ann of: all that was asked but “Is it dear?”.",)
    assert told(ann, ann, ann, ann) == ("Nothing can be said without Ann of: all that was asked.",)
    assert told((), ben, (), ()) == ("Nothing can be said in the scenarios “One” and “Two” of: Is it long?",)
    assert told((), (), (), ()) == ()


def test_what_cannot_be_said_is_told_with_the_reason_and_a_remedy():
    def told(lost):
        rows = [SimpleNamespace(variant=SimpleNamespace(label=label), lost=keys) for label, keys in lost.items()]
        result = SimpleNamespace(headline="x", ranges={"x": SimpleNamespace(label="Length", unsaid=tuple(lost))}, answers={}, rows=rows,
                                 totals={key: SimpleNamespace(label=key.upper()) for key in "abcde"})  # fmt: skip
        return unsaid_sentences(result), taken_away(result)

    assert told({"without Ann": ("a",)}) == (
        ("Nothing can be said without Ann of: all that was asked. No estimate is left of: A. A prior, or a second source, "
         "would give one.",),
        "Some changes leave no estimate of what an answer rests on: without Ann (A). A prior, or a second source, would give one.")  # fmt: skip
    (said,), brief = told({"without Ann": ("a", "b", "c", "d", "e"), "without Ben": ("b",), "without Cy": ("b",)})
    assert "is left of: A, B, C and 2 more (without Ann); B (without Ben; without Cy). A prior" in said
    assert "rests on: without Ann (A, B, C and 2 more); without Ben (B); without Cy (B). A prior" in brief
    (said,), brief = told({"in the scenario “One”": ()})  # which leaves out no evidence
    assert said == "Nothing can be said in the scenario “One” of: all that was asked."
    assert "rests on: in the scenario “One”. A prior" in brief

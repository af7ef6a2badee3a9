"""Sentences on what a run finds beside its figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_fits import BRIDGE

from nkestimate.case import changed, load_case
from nkestimate.case.model import Notice
from nkestimate.evidence.defaults import DefaultShare
from nkestimate.fitting.records import GivenReading, Outside
from nkestimate.sentences.findings import (
    below_zero_sentence,
    default_words,
    mostly_default_sentence,
    outside_sentence,
    reading_sentences,
    swamped_sentence,
    told,
)
from nkestimate.wording.numbers import PRINT


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "bridge.yaml"
    path.write_text(BRIDGE, encoding="utf-8")
    return load_case(path)


OUTSIDE = Outside("bridge_length", 1_710.0, 1_200.0, 1_500.0, "above", ("institute-cost", "prior"))


def test_a_median_outside_its_claims_is_told_with_what_pulls_it(case):
    assert outside_sentence(OUTSIDE, case) == (
        "Bridge length: the median, 1,710 metres, is above all that was stated of it directly (1,200 to 1,500 metres). What pulls it there: "
        "Bridge Institute (about 20 million USD); its prior.")  # fmt: skip
    assert outside_sentence(replace(OUTSIDE, pulled_by=()), case).endswith("(1,200 to 1,500 metres).")
    assert "metre_price" not in outside_sentence(replace(OUTSIDE, pulled_by=("institute-price",)), case)


def test_values_below_zero(case):
    assert below_zero_sentence("total_cost", 0.073, case).startswith("Total cost so far: 7 % of its posterior lies at or below zero")
    assert "<1%" in below_zero_sentence("total_cost", 0.0001, case, PRINT)


def test_readings_of_the_headline(case):
    given = (GivenReading("total_cost", 0.61, 19.2, 12.0, 33.0), GivenReading("bridge_length * metre_price", 0.39, 31.0, 20.0, 52.0))
    head, first, second = reading_sentences("institute-cost", given, case)
    assert head == "The headline mixes 2 readings of what was said (Bridge Institute: about 20 million USD)"
    assert first == "19 million USD (12 to 33 million USD) if that is “Total cost so far”, which has probability 61 %"
    assert second == "31 million USD (20 to 52 million USD) if that is “Bridge length * Price a metre”, which has probability 39 %".replace("*", "×")


@pytest.mark.parametrize(("found", "words"), [
    (DefaultShare(1, 0.97, estimated=False, narrower=6), "97 % of its spread is from defaults or settings, 3 % from what the source said; too few sources"),
    (DefaultShare(4, 0.5, estimated=True, narrower=2), "50 % from what the sources said; the error of its sources is estimated from their disagreement"),
    (DefaultShare(1, 0, estimated=False, narrower=1), "all of its spread is from what the source said; the source is taken at its word"),
])  # fmt: skip
def test_whose_spread_it_is(found, words):
    assert words in default_words(found)
    assert ("estimated from their disagreement" in default_words(found)) == found.estimated


def test_defaults_that_swamp_statements_are_named_in_one_sentence_with_the_ways_out(case):
    swamped, fine = DefaultShare(1, 1.0, estimated=False, narrower=2.5e8), DefaultShare(1, 0.9, estimated=False, narrower=99.0)
    told = swamped_sentence({"bridge_length": swamped, "metre_price": replace(swamped, narrower=float("inf")), "total_cost": fine}, case)
    assert "Bridge length (250,000,000 times); Price a metre." in told
    assert "Total cost" not in told
    for way in ("`support: real`", "`common_error`", "`dark_uncertainty`"):
        assert way in told
    assert swamped_sentence({"total_cost": fine}, case) == ""
    assert swamped_sentence({"bridge_length": swamped}, changed(case, {"settings.pooling": "linear"})) == ""


def test_what_is_mostly_default_is_told_in_one_sentence(case):
    shares = {key: DefaultShare(1, share, estimated=False, narrower=2) for key, share in (("bridge_length", 0.7), ("metre_price", 0.4), ("total_cost", 0.9))}
    assert mostly_default_sentence(shares, case) == (
        "Defaults or settings, and not what sources said, are most of the spread of what is claimed on 2 subjects of 3: "
        "Total cost so far (90 %); Bridge length (70 %).")  # fmt: skip
    many = {f"bridge_length * {i}": DefaultShare(1, 0.8, estimated=False, narrower=2) for i in range(7)}
    assert "claimed on all 7 subjects, most of all: " in mostly_default_sentence(many, case)
    assert mostly_default_sentence(many, case).count("(80 %)") == 3
    most = mostly_default_sentence(many | {"metre_price": shares["metre_price"]}, case)
    assert "claimed on 7 subjects of 8, most of all: " in most
    assert mostly_default_sentence({"metre_price": shares["metre_price"]}, case) == ""
    assert mostly_default_sentence({"total_cost": shares["total_cost"]}, case).endswith("of what is claimed on Total cost so far (90 %).")
    both = {key: shares[key] for key in ("total_cost", "bridge_length")}
    assert "claimed on all 2 subjects: Total cost so far (90 %); Bridge length (70 %)." in mostly_default_sentence(both, case)


def test_a_run_tells_all_of_it(case):
    class Found:
        by_reading = {"institute-cost": (GivenReading("total_cost", 0.6, 19.0, 12.0, 33.0), GivenReading("bridge_length", 0.4, 31.0, 20.0, 52.0))}
        outside = (OUTSIDE,)
        below_zero = {"total_cost": 0.02}
        defaults = {"metre_price": DefaultShare(1, 1.0, estimated=False, narrower=1e6)}
        notices = (Notice("undefined", ("total_cost",), 0.3),)

    said = told(Found(), case)
    assert [text.split(" ")[0] for text in said] == ["The", "Bridge", "Total", "Defaults", "What", "Total"]
    assert all(text.endswith(".") for text in said)

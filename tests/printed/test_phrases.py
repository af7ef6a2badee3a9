"""Numeric phrases of texts: found, put together, and incidental only where they are."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.printed import rules
from nkestimate.printed.phrases import find_phrases

LABELLED = Path(__file__).parents[1] / "data" / "labelled_phrases.jsonl"


def found(text):
    return [(phrase.text, phrase.rule) for phrase in find_phrases(text)]


def figures(text):
    return [phrase.text for phrase in find_phrases(text) if not phrase.rule]


# ---------------------------------------------------------------- whole phrases


@pytest.mark.parametrize(("text", "phrase"), [
    ("It got 1.7bn–5.5bn in all.", "1.7bn–5.5bn"), ("worth $1.7-5.5 billion.", "$1.7-5.5 billion"), ("paid US$2,000 a month,", "US$2,000 a month"),
    ("€20m went", "€20m"), ("₩4 trillion was", "₩4 trillion"), ("4 trillion won was", "4 trillion won"), ("sent 10,000 to 12,000.", "10,000 to 12,000"),
    ("cut by a third.", "a third"), ("lost two dozen.", "two dozen"), ("It is 3-4 % now", "3-4 %"), ("about 5 per cent or", "about 5 per cent"),
    ("as many as 12,000 North Koreans might", "as many as 12,000 North Koreans"), ("no fewer than 7 of them", "no fewer than 7 of them"),
    ("between 5,000 to 20,000 soldiers.", "between 5,000 to 20,000 soldiers"), ("200 ± 80 tons of", "200 ± 80 tons"),
    ("10,000+ men.", "10,000+ men"), ("20,000 cargo containers filled", "20,000 cargo containers"), ("$2 billion-$3 billion.", "$2 billion-$3 billion"),
    ("around 4,000 of the troops were", "around 4,000 of the troops"), ("5 percentage points.", "5 percentage points"), ("£1m to £2m.", "£1m to £2m"),
    ("up to R24.13 a litre", "up to R24.13 a litre"), ("30 sq km of", "30 sq km"), ("two million people.", "two million people"),
])  # fmt: skip
def test_a_phrase_has_its_hedge_currency_unit_and_noun(text, phrase):
    assert found(text) == [(phrase, "")]


@pytest.mark.parametrize(("text", "wanted"), [
    ("1,000 engineers and 5,000 builders.", ["1,000 engineers", "5,000 builders"]), ("12, 15 and 18 ships", ["12", "15", "18 ships"]),
    ("doubled to 8,400.", ["doubled", "8,400"]),
    ("fell by a fifth to 812,000.", ["a fifth", "812,000"]), ("rose 5% to 1,200.", ["5%", "1,200"]), ("rose by a third to Rbs595bn.", ["a third", "Rbs595bn"]),
    ("fell by 24,000 to 812,000.", ["24,000", "812,000"]), ("grew by 10,000 to 15,000.", ["10,000 to 15,000"]), ("It was 5% to 7.", ["5% to 7"]),
    ("from half to 1 percent.", ["from half to 1 percent"]), ("from a quarter to one mile.", ["from a quarter to one mile"]), ("millions of 300mm pipes", ["millions", "300mm"]), ("5,000 (2,000 of them women)", ["5,000", "2,000 of them women"]),
    ("$143 million to $572 million for 5,000 men", ["$143 million to $572 million", "5,000 men"]),
])  # fmt: skip
def test_two_figures_are_two_phrases(text, wanted):
    assert figures(text) == wanted


GAPS = ["\n", "\r\n", "  ", "\u00a0", "\u202f", " \n   ", "\t"]


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("text", [
    "as much as 1 billion dollars", "up to 5 deaths", "no more than 12 men", "at least 12 men", "in excess of $5 million", "close to 40 ships",
    "a total of 40 ships", "an upper limit of 40 ships", "12 men or more", "40 ships at the most", "$2,000 a month", "40 US dollars", "5 billion South Korean won",
    "40 percentage points", "40 percent", "40 sq km", "between 5 and 7 men", "5 or even 7 men", "5 to 7 men", "up to 5 to as many as 7 men", "40 of the troops",
    "several hundred million dollars", "one in five men", "200 plus or minus 80 tons", "2.9 and 3.5 billion dollars",
])  # fmt: skip
def test_words_belong_together_over_any_whitespace(text, gap):
    def said(text):
        return [(replace(phrase, start=0, end=0, text="", numerals=()), [numeral.written for numeral in phrase.numerals]) for phrase in find_phrases(text)]

    broken = text.replace(" ", gap)
    assert said(f"It was {broken}.") == said(f"It was {text}.")
    assert all(phrase.text == broken[phrase.start : phrase.end] for phrase in find_phrases(broken))
    assert [" ".join(phrase.text.split()) for phrase in find_phrases(broken)] == [phrase.text for phrase in find_phrases(text)]


PIECES = [*"0123456789,.-–$% ", "one ", "third ", "May ", "2024 ", "about ", "billion ", "of ", "to ", "people ", "aged ", "MiG-", "and ", "half "]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_phrases_stand_apart_and_hold_every_digit(text):
    phrases = find_phrases(text)
    assert all(text[one.start : one.end] == one.text and one.text for one in phrases)
    assert all(one.end <= two.start for one, two in itertools.pairwise(phrases))
    covered = {i for one in phrases for i in range(one.start, one.end)}
    assert {i for i, letter in enumerate(text) if letter.isdecimal()} <= covered


@pytest.mark.parametrize(("text", "hedges"), [
    ("It had 12 and more than 30 left.", [(), ("at_least",)]), ("It had 12 or more, 30 left.", [("at_least",), ()]), ("12 and over 30", [(), ("at_least",)]),
    ("In all 12 and less than $30", [(), ("at_most",)]),
])  # fmt: skip
def test_a_hedge_belongs_to_one_number(text, hedges):
    assert [one.hedges for one in find_phrases(text)] == hedges


# ---------------------------------------------------------------- incidental by rule


@pytest.mark.parametrize("pattern", rules.PATTERNS, ids=lambda pattern: pattern.example)
def test_each_form_has_an_example_that_it_makes_incidental(pattern):
    text = pattern.example if "^" in pattern.form.pattern else f"It is {pattern.example}."
    phrases = [one for one in find_phrases(text) if pattern.form.search(one.text) or one.rule]
    assert phrases
    assert {one.rule for one in find_phrases(text)} == {pattern.rule}


@pytest.mark.parametrize(("text", "rule"), [
    ("in 2024", "date"), ("since 2000", "date"), ("the 2024 election", "date"), ("24 February 2022", "date"), ("Oct. 7, 2023", "date"),
    ("the Seoul summit (2018)", "date"), ("six months ago", "date"), ("three weeks later", "date"), ("the mid-thirties", "date"),
    ("for the first time", "order"), ("the 38th parallel", "order"), ("a third downside", "order"),
    ("Choe Son, 64, said", "age"),
    ("the imam, who is 81.", "age"), ("the youngest we met was 17.", "age"), ("the oldest victim was 75.", "age"), ("the oldest of the dead was 75.", "age"), ("the youngest was 17.", "age"), ("She was 19 when", "age"), ("by year-end 2024", "date"), ("in 2023 and more than", "date"), ("a video [31:07] of", "time"),
    ("Resolution 2397 of the council", "reference"), ("section 2(1) of", "reference"), ("section 2(1)(b) of", "reference"), ("the 9M729 and", "name"), ("a 2S19 gun", "name"), ("said Oleh, 52.", "age"), ("a 64-year-old man", "age"),
    ("MiG-29", "name"), ("the Five Eyes", "name"), ("G7", "name"), ("Article 5 says", "reference"), ("it rained.¹ It", "reference"),
    ("https://a.org/2024/12/17/x", "address"), ("mail a1@b2.org", "address"),
])  # fmt: skip
def test_incidental(text, rule):
    assert {one.rule for one in find_phrases(text)} == {rule}


@pytest.mark.parametrize(("text", "wanted"), [
    ("about 2000 soldiers", ["about 2000 soldiers"]), ("In 2000 villages", ["2000 villages"]), ("They killed 1987 civilians", ["1987 civilians"]),
    ("lost 1950 of them", ["1950"]), ("1950-2010 tonnes a year", ["1950-2010 tonnes a year"]), ("In May 10,000 troops came", ["10,000 troops"]),
    ("In June 20 soldiers died", ["20 soldiers"]), ("on May 20 100 people left", ["100 people"]), ("Some 2024 people came", ["Some 2024 people"]),
    ("Unit 5 soldiers fell", ["5 soldiers"]), ("Brigade 3,000 strong", ["3,000 strong"]), ("The report notes 12 deaths", ["12 deaths"]),
    ("Dead: 12. Missing: 5. All", ["12", "5"]), ("Russia-40, Ukraine-30", ["Russia-40", "Ukraine-30"]), ("Kursk-10,000 men", ["10,000 men"]),
    ("a ratio of 3:15 held", ["3:15"]), ("temperatures in the 30s", ["30s"]), ("200mm of rain", ["200mm"]), ("155mm of rain", ["155mm"]),
    ("Article 5 and 12 ships", ["12 ships"]), ("Route 66 and 300 lorries", ["300 lorries"]), ("Choe sent (12) men", ["12"]), ("shared N3000 to", ["3000"]),
    ("In Seoul, 40 and more", ["40 and more"]), ("South Sudan (45) and", ["45"]), ("Train 300 recruits", ["300 recruits"]), ("Dead: 1. Hurt: 3.", ["1", "3"]),
    ("It said 12 ships", ["12 ships"]), ("call 300 reservists", ["300 reservists"]), ("in 12.05 tonnes", ["12.05 tonnes"]), ("a price of 13.20.", ["13.20"]),
    ("soldiers over 40 sites", ["over 40 sites"]), ("the past 24 hours", ["24 hours"]), ("for the next six months", ["six months"]),
    ("a five-year plan", ["five-year"]), ("ranks 158th of 180", ["158th", "180"]), ("the fourth consecutive rise", ["fourth consecutive"]),
    ("the first half of the payment", ["half of the payment"]), ("the 10,000th man", ["10,000"]), ("in Kursk, 40, including", ["40"]),
    ("Kim Sends Ten Thousand Troops", ["Ten Thousand Troops"]), ("one soldier died", ["one soldier"]), ("one member of the crew", ["one member"]),
    ("5만 명", ["5"]), ("reached Rbs595bn in", ["Rbs595bn"]), ("cost Xyz3bn in", ["3bn"]), ("for Tk500m.", ["Tk500m"]), ("the third meeting running.", ["third"]),
    ("the second quarterly fall in a row", ["second"]), ("Every second family in", ["second family"]), ("12 wagons and nil in", ["12 wagons", "nil"]),
    ("Resolution 2397 of 2017 killed 1,200", ["1,200"]), ("He is 12 points behind", ["12 points"]), ("The oldest bridge was 300 metres", ["300 metres"]), ("The oldest was 41.", ["41"]), ("The oldest ship was 41.", ["41"]),
    ("The ship is 21 years old", ["21 years"]), ("tankers are on average 21 years old", ["21 years"]), ("a mean of 43 years of age", ["43 years"]),
    ("A group of seven soldiers", ["seven soldiers"]), ("demand was flat, 3 ships came", ["3 ships"]), ("sons, 12 and 14 of them dead", ["12", "14"]), ("Nearly a third voted", ["Nearly a third voted"]), ("3 times the pay", ["3 times"]), ("FY figures of 2023 tonnes", ["2023 tonnes"]),
])  # fmt: skip
def test_a_real_figure_is_not_hidden(text, wanted):
    got = figures(text)
    assert len(got) == len(wanted), found(text)
    assert all(want in one for want, one in zip(wanted, got)) or got == wanted, got


# ---------------------------------------------------------------- texts never seen


def labelled():
    return [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]


def overlaps(phrase, label):
    return phrase.start < label["core_at"] + len(label["core"]) and label["core_at"] < phrase.end


@pytest.mark.parametrize("first", ["p", "a", "t", "f"], ids=["first set", "second set", "third set", "fourth set"])
@pytest.mark.parametrize("strict", [False, True], ids=["all", "without doubtful ones"])
def test_figures_of_labelled_texts_are_found(strict, first):
    """Texts and labels of the first three sets were written by a reader who had not seen the code; docs/audit.md has the scores of first runs."""
    recalled = stated = right = told = 0
    for entry in labelled():
        if not entry["id"].startswith(first):
            continue
        phrases = find_phrases(entry["text"])
        labels = [label for label in entry["phrases"] if not (strict and label.get("doubtful"))]
        doubtful = [label for label in entry["phrases"] if label not in labels]
        stated += sum(label["kind"] == "statement" for label in labels)
        recalled += sum(label["kind"] == "statement" and any(overlaps(one, label) and not one.rule for one in phrases) for label in labels)
        for one in phrases:
            hits = [label for label in labels if overlaps(one, label)]
            if not one.rule and (hits or not any(overlaps(one, label) for label in doubtful)):
                told += 1
                right += any(label["kind"] == "statement" for label in hits)
    assert stated >= 130
    assert recalled / stated >= 0.97
    assert right / told >= 0.90


def test_nothing_of_labelled_texts_is_missed():
    missed = [(entry["id"], label["phrase"]) for entry in labelled() for phrases in [find_phrases(entry["text"])]
              for label in entry["phrases"] if not any(overlaps(one, label) for one in phrases)]  # fmt: skip
    # "Short ones" is a pronoun. "Once already" is a count, but most that is once is none; its label is doubtful.
    assert missed == [("t48", "ones"), ("f19", "once")]


# ---------------------------------------------------------------- odd texts


@pytest.mark.parametrize("text", ["1" * 5000, "9" * 30 + " trillion" * 12, "1e999", "1:" + "9" * 300, "5 in 0", "1/0", "0:0", "one in " + "9" * 39])
def test_numbers_beyond_measure_are_found(text):
    phrases = find_phrases(text)
    assert phrases[0].start == 0
    assert all(one.numerals[0].number is None or one.numerals[0].number.value < 1e100 for one in phrases)


@pytest.mark.parametrize("piece", ["1,", "1-", "1/", "(1) ", "a.", "one ", "half a ", "aged 5, ", "5, ", "1. ", "Article 5, ", "12:", "@a."])
def test_work_grows_with_the_text_and_not_with_its_square(piece):
    """Counted in calls of Python, since a test asserts no time: twice the text, about twice the calls."""
    import sys

    def calls(text):
        count = 0

        def profile(frame, event, argument):
            nonlocal count
            count += event == "call"

        sys.setprofile(profile)
        try:
            find_phrases(text)
        finally:
            sys.setprofile(None)
        return count

    assert calls(piece * 400) < 3 * calls(piece * 200) + 1000


# ---------------------------------------------------------------- nobody, parts of a whole, what is no bound


@pytest.mark.parametrize(("text", "wanted"), [
    ("Nobody was killed", ["Nobody"]), ("None of the 38 crew was hurt", ["None of the 38 crew"]), ("no one else was injured", ["no one else"]),
    ("none survived", ["none survived"]), ("Nobody knows why", []), ("no one expected it", []), ("none the wiser", []), ("second to none", []),
    ("two of the 61 samples", ["two of the 61 samples"]), ("nine of 240 patients", ["nine of 240 patients"]), ("5 of 2024", ["5"]),
    ("46 cases per 100,000 people", ["46 cases per 100,000 people"]), ("417 parts per million", ["417 parts per million"]),
    ("PM2.5 in the air", []), ("In 2010 dollars the bill", []), ("105 by 68 metres", ["105 by 68 metres"]), ("95 øre per kilowatt-hour", ["95 øre per kilowatt-hour"]),
    ("low hundreds of them", ["low hundreds of them"]), ("4.2 t/ha.", ["4.2 t/ha"]), ("€395/t.", ["€395/t"]), ("12 m3/s of water", ["12 m3/s"]),
])  # fmt: skip
def test_kinds_beside_money_and_people(text, wanted):
    assert [one.strip() for one in figures(text)] == wanted


@pytest.mark.parametrize(("text", "hedges"), [
    ("It yields 3 TWh, as much as 800,000 homes use.", [(), ()]), ("as much as 2.5% of output", [("at_most",)]), ("as many as 400 homes", [("at_most",)]),
    ("6.5% over two years", [(), ()]), ("It took over two years", [("at_least",)]), ("700 MW over 165 km", [(), ()]), ("a cable of over 165 km", [("at_least",)]),
])  # fmt: skip
def test_what_only_looks_like_a_bound(text, hedges):
    assert [one.hedges for one in find_phrases(text)] == hedges


# ---------------------------------------------------------------- shares with a noun between, two units, names of currencies


@pytest.mark.parametrize(("text", "wanted"), [
    ("84 measles cases per 100,000 people.", ["84 measles cases per 100,000 people"]), ("one latrine for every 62 residents.", ["one latrine for every 62 residents"]),
    ("or one man in ten, have", ["one man in ten"]), ("loses 37 litres of every 100 that", ["37 litres of every 100"]),
    ("One bomb in ten cities", ["One bomb", "ten cities"]), ("Five soldiers in three days", ["Five soldiers", "three days"]),
    ("5 cents for every 20 miles", ["5 cents", "20 miles"]), ("one station for every 50 km", ["one station", "50 km"]),
    ("3 votes out of 20.", ["3 votes out of 20"]), ("They led 12 men out of 30 houses", ["12 men", "30 houses"]),
    ("3 hours 50 minutes.", ["3 hours 50 minutes"]), ("between 2 hours and 50 minutes", ["2 hours", "50 minutes"]), ("3 years 14 months.", ["3 years", "14 months"]),
    ("Nobody in the group died", ["Nobody"]), ("No one on board was hurt", ["No one"]), ("Nobody in Kyiv knows who died", []), ("no one here knows how they died", []),
    ("at 0400 it rained", []), ("the hotline on 8911-5061", []), ("its third in a row.", ["third"]), ("the second-fastest time", ["second-fastest"]),
    ("the 49th exchange since May", ["49th exchange"]), ("COP28 and COP 28", ["28"]), ("14.9 kWh per 100 km.", ["14.9 kWh per 100 km"]),
])  # fmt: skip
def test_what_belongs_together_and_what_does_not(text, wanted):
    assert [one.strip() for one in figures(text)] == wanted or all(want in one for want, one in zip(wanted, figures(text), strict=True))


@pytest.mark.parametrize(("text", "currencies"), [
    ("MWK 58,000 and 500 XAF", ["MWK", "XAF"]), ("COP 1.2 trillion", ["COP"]), ("COP 28 in TOP 10 and ALL 50 STATES", ["", "", ""]),
    ("In Lahore it is Rs 500", ["PKR"]), ("Rs 500 in Delhi and Lahore", ["INR"]), ("500 pesos in Manila", ["PHP"]), ("INR 500 in Lahore", ["INR"]),
])  # fmt: skip
def test_whose_money_it_is(text, currencies):
    assert [one.currency for one in find_phrases(text)] == currencies


@pytest.mark.parametrize(("text", "hedges"), [
    ("pending for longer than 18 months", [("at_least",)]), ("a loan repayable over forty years", [()]), ("at 250 km/h over 87 percent of the route", [(), ()]),
    ("It grew over 87 percent", [("at_least",)]),
])  # fmt: skip
def test_longer_than_is_a_bound_and_spread_over_is_none(text, hedges):
    assert [one.hedges for one in find_phrases(text)] == hedges


@pytest.mark.parametrize("unit", ["A-", "1 ", "1/", "1.\n", "a.", "one and ", "12.5\t", "Ab-"])
def test_time_grows_with_the_text_and_no_faster(unit):
    import time

    def taken(size):
        began = time.process_time()
        find_phrases(unit * (size // len(unit)))
        return time.process_time() - began

    size = 250
    while (small := taken(size)) < 0.03 and size < 2_000:  # long enough to be measured
        size *= 2
    assert taken(8 * size) < 30 * max(small, 0.01)  # eight times the text; squares would take 64

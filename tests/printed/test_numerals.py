"""Single numbers: what is one, and what it is worth."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.printed.numerals import numerals_of
from nkestimate.printed.tokens import tokens_of


def values(text):
    return [numeral.number.value for numeral in numerals_of(text) if numeral.number]


@pytest.mark.parametrize(("text", "value"), [
    ("11,000", 11000), ("1.72 billion", 1.72e9), ("1.7bn", 1.7e9), ("3.5 mln", 3.5e6), ("1,5 Mrd", 1.5e9), ("4 trillion", 4e12), ("10k", 1e4),
    ("5 hundred thousand", 5e5), ("1 000", 1000), ("10\u202f000\u202f000", 1e7), ("1'500", 1500), ("12,34,567", 1234567), ("20.000", 20000),
    ("0.500", 0.5), ("1.125 billion", 1.125e9), ("3,14", 3.14), ("１２３", 123), ("٣٠٠", 300), ("½", 0.5), ("2½", 2.5), ("3/4", 0.75), ("-3", -3),
    ("1.5 × 10^9", 1.5e9), ("3×10⁵", 3e5), ("2e6", 2e6),
    ("two dozen", 24), ("a dozen", 12), ("half a dozen", 6), ("half a million", 5e5), ("a quarter of a million", 2.5e5), ("a hundred", 100),
    ("one hundred and twenty-five thousand", 125000), ("two thousand and twenty-four", 2024), ("three million five hundred thousand", 3.5e6),
    ("two and a half million", 2.5e6), ("a million and a half", 1.5e6), ("Twenty-five", 25), ("zero", 0), ("seventy thousand", 70000),
    ("a third", 1 / 3), ("two-thirds", 2 / 3), ("three quarters", 0.75), ("nine-tenths", 0.9), ("half", 0.5), ("one in five", 0.2),
    ("nine out of 10", 0.9), ("fivefold", 5), ("five-fold", 5), ("5x", 5), ("twice", 2), ("doubled", 2), ("twenty-first", 21), ("80th", 80), ("3:1", 3),
])  # fmt: skip
def test_values(text, value):
    (numeral,) = numerals_of(text)
    assert numeral.number.value == pytest.approx(value)
    assert text[numeral.start : numeral.end] == text


@pytest.mark.parametrize(("text", "written"), [
    ("dozens", "dozens"), ("tens of thousands", "tens of thousands"), ("several hundred million", "several hundred million"),
    ("a few thousand", "a few thousand"), ("many millions", "millions"), ("multibillion", "billions"), ("multi-million", "millions"),
    ("scores of", "scores"),
])  # fmt: skip
def test_magnitudes(text, written):
    (numeral,) = numerals_of(text)
    assert (numeral.kind, numeral.written) == ("magnitude", written)


@pytest.mark.parametrize("text", [
    "living quarters", "headquarters", "the last quarter", "a double agent", "he scores often", "tension", "someone", "none", "billionaire", "May", "km²",
    "once more", "World War II",
])  # fmt: skip
def test_no_numbers(text):
    assert numerals_of(text) == []


@pytest.mark.parametrize("name", ["MiG-29", "Su-27s", "T-72B3M", "KN-23", "G7", "Covid-19", "S-300/400", "5G", "M1A2", "CO2", "KN‑23", "9M729", "2S19", "5P85TM2"])
def test_letters_and_digits_are_one_name(name):
    (numeral,) = numerals_of(f"the {name} there")
    assert (numeral.kind, numeral.start, numeral.end) == ("opaque", 4, 4 + len(name))


@pytest.mark.parametrize(("text", "found"), [
    ("June 20 100 people", [20, 100]), ("a third country and a third of it", [3, 1 / 3]), ("every third raid", [1 / 3]), ("every second family", [0.5]), ("every second counts", []), ("nil", [0]), ("Rbs595bn", [595e9]), ("Sfr3.2m", [3.2e6]), ("one second", [1]),
    ("killed 5 in 10 days", [5, 10]), ("1,000 in 2024", [1000, 2024]), ("12, 15 and 18", [12, 15, 18]), ("R24.13", [24.13]),
    ("£3.5m and 3.5m long", [3.5e6, 3.5]), ("20m people", [2e7]), ("two three-day visits", [2, 3]), ("the top third of them", [1 / 3]),
])  # fmt: skip
def test_neighbours(text, found):
    assert values(text) == pytest.approx(found)


def test_a_group_by_points_may_be_a_decimal():
    (numeral,) = numerals_of("20.000")
    assert (numeral.written, numeral.other) == ("20000", "20.000")
    assert numerals_of("0.300")[0].other == ""


@given(st.text(max_size=80))
def test_tokens_make_up_the_text_and_numerals_stand_apart_in_it(text):
    tokens = tokens_of(text)
    assert "".join(token.text for token in tokens) == text
    spans = [(numeral.start, numeral.end) for numeral in numerals_of(text)]
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@given(st.text(alphabet=st.sampled_from("0123456789 ,.abeMm-–/:%$€thousandilon½²'’"), max_size=40))
def test_every_digit_is_in_a_numeral(text):
    covered = {i for numeral in numerals_of(text) for i in range(numeral.start, numeral.end)}
    assert {i for i, letter in enumerate(text) if letter.isdecimal()} <= covered


WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(number: int) -> str:
    """Write a number in English, by the school's rule."""
    if number < 20:
        return WORDS[number - 1]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{WORDS[number % 10 - 1]}" if number % 10 else "")
    for power, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= power:
            rest = number % power
            link = (" and " if rest < 100 else " ") + in_words(rest) if rest else ""
            return f"{in_words(number // power)} {name}{link}"
    raise AssertionError(number)


@given(st.integers(1, 10**12 - 1))
def test_any_number_in_words_is_read(number):
    text = in_words(number)
    (numeral,) = numerals_of(text)
    assert math.isclose(numeral.number.value, number, rel_tol=1e-12)
    assert (numeral.start, numeral.end) == (0, len(text))


@given(st.integers(0, 10**12))
def test_any_number_in_groups_is_read(number):
    assert values(f"some {number:,} of them") == [number]
    assert values(f"some {number:,} of them".replace(",", "\u202f")) == [number]

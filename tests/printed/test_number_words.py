"""Numbers in words, against a speller that knows nothing of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.printed.number_words import in_digits

ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
        "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spelled(n: int, link: str = " and ", dash: str = "-") -> str:
    """n below a thousand in words."""
    if n >= 100:
        return f"{ONES[n // 100]} hundred" + (link + spelled(n % 100, link, dash) if n % 100 else "")
    if n >= 20:
        return TENS[n // 10] + (dash + ONES[n % 10] if n % 10 else "")
    return ONES[n]


@given(st.integers(1, 999), st.sampled_from([" and ", " "]), st.sampled_from(["-", " "]), st.sampled_from(["", " people", " million USD"]))
def test_what_is_spelled_is_read(n, link, dash, behind):
    assert in_digits(spelled(n, link, dash) + behind) == f"{n}{behind}"


@given(st.integers(2, 9), st.sampled_from([("halves", 2), ("thirds", 3), ("quarters", 4), ("fifths", 5), ("tenths", 10)]))
def test_several_parts_are_a_fraction(top, name):
    assert in_digits(f"{spelled(top)} {name[0]}") == f"{top}/{name[1]}"


@given(st.integers(1, 12), st.integers(2, 99), st.sampled_from(["in", "out of"]))
def test_so_many_in_so_many(top, bottom, link):
    assert in_digits(f"{spelled(top)} {link} {spelled(bottom)}") == f"{top}/{bottom}"


@pytest.mark.parametrize("words, digits", [
    ("a dozen people", "12 people"), ("three dozen", "36"), ("a hundred", "100"), ("two and a half million", "2.5 million"),
    ("half a million", "0.5 million"), ("a quarter of a million", "0.25 million"), ("zero", "0"), ("2½ million", "2.5 million"), ("¾", "0.75"),
    ("half of a tonne", "1/2 tonne"), ("a third", "1/3"),
])  # fmt: skip
def test_other_ways_to_say_a_number(words, digits):
    assert in_digits(words) == digits


@pytest.mark.parametrize("words", ["", "about eighty", "people", "a", "one third half", "a people", "dozen", "hundred", "thirds"])
def test_what_begins_with_no_number_is_left(words):
    assert in_digits(words) is None

"""Units in words."""

from __future__ import annotations

import pytest

from nkestimate.wording.units import split_scale, unit_words, with_unit


@pytest.mark.parametrize(("unit", "words"), [
    ("person", "people"), ("USD/person/year", "USD per person per year"), ("million USD/month", "million USD per month"), ("percent", "%"),
    ("", ""), ("kt_TNT", "kt\u00a0TNT"), ("thousand person", "thousand people"), ("metre**2", "metres²"), ("1/year", "per year"),
    ("USD/person/year * year", "USD per person"), ("billion USD / (billion USD)", ""), ("tonne/year", "tonnes per year"),
])
def test_units_in_words(unit, words):
    assert unit_words(unit) == words


def test_the_singular():
    assert unit_words("person", plural=False) == "person"
    assert unit_words("million person", plural=False) == "million people"  # 1 million people
    assert unit_words("kt_TNT", " ") == "kt TNT"


def test_a_unit_that_cannot_be_read_is_shown():
    assert unit_words("odd((unit_of") == "odd((unit of"


def test_parts():
    assert split_scale("million USD") == ("million", "USD")
    assert split_scale("USD") == ("", "USD")
    assert [with_unit("5", words) for words in ("%", "", "USD")] == ["5%", "5", "5 USD"]

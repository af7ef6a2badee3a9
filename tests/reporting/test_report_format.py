"""One helper writes every number: what it writes."""

from __future__ import annotations

from datetime import date

import pytest

from nkestimate.reporting import format as f

WIDE = {0.05: 1.0, 0.5: 2.0, 0.95: 3.0}


@pytest.mark.parametrize(("value", "digits", "text"), [
    (12_645, 2, "13,000"), (12_645, 3, "12,600"), (0.0997, 2, "0.10"), (9.96, 2, "10"), (-3, 2, "−3.0"), (0, 2, "0"), (3.1, 2, "3.1"),
    (1_234_567, 2, "1,200,000"), (3.1e-9, 2, "3.1 × 10⁻⁹"), (float("nan"), 2, "–"), (float("inf"), 2, "–"),
])
def test_significant_figures(value, digits, text):
    assert f.significant(value, digits) == text


@pytest.mark.parametrize(("value", "text"), [(28_600, "28,600"), (0.3, "0.3"), (1.72, "1.72"), (5, "5"), (0.00035, "0.00035")])
def test_stated_numbers_are_written_in_full(value, text):
    assert f.plain(value) == text


@pytest.mark.parametrize(("p", "text"), [(0.624, "62%"), (0.004, "<1%"), (0.999, ">99%"), (0.5, "50%"), (0.01, "1%"), (0.99, "99%")])
def test_probabilities(p, text):
    assert f.probability(p) == text


def test_probability_with_its_monte_carlo_error():
    assert f.with_error(0.54, 0.011) == "54% ± 2"
    assert f.with_error(0.54, 0.0001) == "54% ± 1"


@pytest.mark.parametrize(("unit", "words"), [
    ("person", "people"), ("USD/person/year", "USD per person per year"), ("million USD/month", "million USD per month"), ("percent", "%"),
    ("", ""), ("kt_TNT", "kt\u00a0TNT"), ("thousand person", "thousand people"), ("metre**2", "metres²"), ("1/year", "per year"),
    ("USD/person/year * year", "USD per person"), ("billion USD / (billion USD)", ""), ("tonne/year", "tonnes per year"),
])
def test_units_in_words(unit, words):
    assert f.unit_words(unit) == words


def test_a_unit_that_cannot_be_read_is_shown():
    assert f.unit_words("odd((unit_of") == "odd((unit of"


def test_figures_stand_before_their_unit():
    assert f.display("billion USD", "positive", WIDE).value(3.14) == "3.1 billion USD"
    assert f.display("percent", "positive", WIDE).range(12.3, 98.2) == "12% to 98%"
    assert f.display("person", "positive", WIDE).range(11_000, 20_000) == "11,000 to 20,000 people"


def test_a_fraction_is_shown_in_percent():
    shown = f.display("", "fraction", {0.05: 0.1, 0.5: 0.3, 0.95: 0.6})
    assert shown.value(0.325) == "32%"
    assert shown.column == "%"


def test_a_narrow_interval_takes_a_third_figure():
    shown = f.display("tonne", "positive", {0.05: 2_700, 0.5: 2_750, 0.95: 2_800})
    assert shown.range(2_700, 2_812) == "2,700 to 2,810 tonnes"


@pytest.mark.parametrize(("unit", "median", "text"), [
    ("million USD", 2_300, "2.3 billion USD"), ("billion USD", 0.35, "0.35 billion USD"), ("billion USD", 0.035, "35 million USD"),
    ("USD", 2.3e9, "2.3 billion USD"), ("USD", 28_600, "29,000 USD"), ("million USD", 0.01, "10,000 USD"),
])
def test_the_scale_word_follows_the_median(unit, median, text):
    shown = f.display(unit, "positive", {0.05: median / 2, 0.5: median, 0.95: 2 * median})
    assert shown.value(median) == text


def test_texts():
    assert f.digits("about 28600 (within 5 %)") == "about 28,600 (within 5%)"
    assert f.digits("1_700_000 or 0.5") == "1,700,000 or 0.5"
    assert f.digits("the site (2024-12-18); wave (autumn 2024) of 11000; -12000") == "the site (2024-12-18); wave (autumn 2024) of 11,000; -12,000"
    assert f.sentence("flat; none was measured") == "Flat; none was measured."
    assert f.sentence("doi:10.1007/s00193") == "doi:10.1007/s00193."
    assert f.day(date(2025, 6, 30)).replace("\u00a0", " ") == "30 June 2025"
    assert f.join(["a", "b", "c"]) == "a, b and c"

"""Numbers as CASE.md section 2 spells and reads them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.printed.notation import magnitudes, parse_magnitude, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.7e9", 1.7e9),
        ("1_700_000_000", 1.7e9),
        ("1.7 billion", 1.7e9),
        ("3 billion", 3e9),
        ("2 thousand", 2000.0),
        ("1.5 trillion", 1.5e12),
        ("4 million", 4e6),
        ("-3", -3.0),
        ("+3", 3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        (" 7 ", 7.0),
        ("1/4", 0.25),
        ("-3/8", -0.375),
        ("3 / 4", 0.75),
        ("1 in 5", 0.2),
        ("1.5 in 100", 0.015),
        ("1 in 1_000", 0.001),
        ("1/4 million", 250_000.0),
        ("half a million", 500_000.0),
        ("half", 0.5),
        ("a quarter", 0.25),
        ("one quarter", 0.25),
        ("two-thirds", 2 / 3),
        ("three quarters", 0.75),
        ("a quarter of a million", 250_000.0),
        ("two thirds of a million", 2e6 / 3),
        ("one in five", 0.2),
        ("three out of ten", 0.3),
        ("3 out of 10", 0.3),
        ("eighty", 80.0),
        ("twenty-five", 25.0),
        ("a dozen", 12.0),
        ("two dozen", 24.0),
        ("three hundred and twenty", 320.0),
        ("two hundred five", 205.0),
        ("three hundred thousand", 300_000.0),
        ("a million", 1e6),
        ("two and a half million", 2.5e6),
        ("½ million", 500_000.0),
        ("2½", 2.5),
        ("zero", 0.0),
    ],
)
def test_values(text, value):
    assert parse_number(text).value == value
    assert parse_number(text).unit is None


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("11000", 500),
        ("3 billion", 0.5e9),
        ("0.30", 0.05),
        ("30", 5),
        ("28600", 50),
        ("1", 0.5),
        ("1.5", 0.05),
        ("1.50", 0.05),
        ("1.7e9", 0.05e9),
        ("1_700_000_000", 0.05e9),
        ("600_000", 50_000),
        ("25", 0.5),
        ("0.0040", 0.0005),
        ("1e3", 500),
        ("100", 50),
        ("-0.25", 0.005),
        ("1.7 billion", 0.05e9),
        ("1/4", 0.125),
        ("1 in 5", 0.1),
        ("20 in 100", 0.05),
        ("13/40", 0.0125),
        ("1/4 million", 125_000),
        ("a quarter", 0.125),
        ("one in four", 0.125),
        ("half a million", 50_000),
        ("eighty", 5),
    ],
)
def test_half_a_unit_of_the_last_significant_digit(text, half):
    assert parse_number(text).half_unit == pytest.approx(half, rel=1e-12)


def test_zero_has_no_significant_digit():
    assert parse_number("0").half_unit is None
    assert parse_number("0.00").half_unit is None


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("100 percent", 100, "percent"),
        ("5%", 5, "percent"),
        ("5 %", 5, "percent"),
        ("6 million USD", 6e6, "USD"),
        ("1.2 km", 1.2, "km"),
        ("3 USD/person/year", 3, "USD/person/year"),
        ("7 thousand person", 7000, "person"),
        ("1/4 person", 0.25, "person"),
        ("1 in 5 person", 0.2, "person"),
        ("eighty million USD", 8e7, "USD"),
        ("two-thirds tonne", 2 / 3, "tonne"),
        ("half a million person/year", 5e5, "person/year"),
        ("1 in", 1, "in"),
        ("1.2k", 1.2, "k"),
    ],
)
def test_a_value_may_carry_its_own_unit(text, value, unit):
    assert (parse_number(text).value, parse_number(text).unit) == (value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1,000",
        "1.000.000",
        "--1",
        "$5",
        "second",
        "five and",
        "a person",
        "twenty thirty",
        "two third",
        "1:30",
        "nan",
        "inf",
        ".inf",
        "1e400",
        "1e-400",
        "1e99999999999999999999",
        "\u0663",
        "5 6",
        "5 -",
        "_5",
        ".",
        "1/0",
        "1 in 0",
        "1/3/4",
        "1/-3",
        "1/1e-400",
    ],
)
def test_no_numbers(text):
    with pytest.raises(ValueError, match="number"):
        parse_number(text)


@given(st.integers(1, 10**15), st.integers(-6, 6))
def test_spellings_of_one_number_agree(digits, exponent):
    plain = parse_number(f"{digits}e{exponent}")
    grouped = parse_number(f"{digits:_}e{exponent}")
    assert (plain.value, plain.half_unit) == (grouped.value, grouped.half_unit)
    in_millions = parse_number(f"{digits}e{exponent - 6} million")
    assert in_millions.value == pytest.approx(plain.value, rel=1e-15)
    assert in_millions.half_unit == pytest.approx(plain.half_unit, rel=1e-15)


@given(st.decimals(min_value="0.000001", max_value=10**12, allow_nan=False, places=6))
def test_trailing_zeros_change_nothing(number):
    text = f"{number:f}"
    assert parse_number(text + "0").half_unit == parse_number(text).half_unit
    assert parse_number(text + "000").value == parse_number(text).value


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_fault(text):
    with suppress(ValueError):
        parse_number(text)


@pytest.mark.parametrize(
    ("phrase", "low", "high"),
    [
        ("thousands", 2e3, 9e3),
        ("tens of thousands", 2e4, 9e4),
        ("hundreds of thousands", 2e5, 9e5),
        ("millions", 2e6, 9e6),
        ("tens of millions", 2e7, 9e7),
        ("hundreds of millions", 2e8, 9e8),
        ("billions", 2e9, 9e9),
        ("tens of billions", 2e10, 9e10),
        ("trillions", 2e12, 9e12),
        ("hundreds", 200, 900),
        ("dozens", 24, 96),
        ("tens", 20, 90),
        ("several hundred million", 3e8, 9e8),
        ("several thousand", 3e3, 9e3),
        ("several million", 3e6, 9e6),
        ("several billion", 3e9, 9e9),
        ("several hundred", 300, 900),
        ("a few thousand", 2e3, 5e3),
        ("a few hundred", 200, 500),
        ("a few billion", 2e9, 5e9),
        ("a few hundred thousand", 2e5, 5e5),
        ("several tens of thousands", 3e4, 9e4),
        ("several dozen", 36, 108),
        ("Several  Hundred Million", 3e8, 9e8),
        ("several millions", 3e6, 9e6),
        ("thousands of", 2e3, 9e3),
        ("a couple of hundred", 150, 300),
        ("couple hundred", 150, 300),
        ("a couple thousand", 1500, 3000),
        ("few dozen", 24, 60),
        ("scores", 40, 180),
        ("dozens of thousands", 24e3, 96e3),
        ("in the low thousands", 1e3, 4e3),
        ("high hundreds", 600, 900),
        ("double-digit", 10, 99),
        ("several", 3, 9),
    ],
)
def test_magnitudes(phrase, low, high):
    assert parse_magnitude(phrase) == (low, high)


@pytest.mark.parametrize("phrase", ["", "lots", "million", "dozen", "many", "a couple", "5 million", "half a million", "umpteen"])
def test_no_magnitudes(phrase):
    with pytest.raises(ValueError, match="no magnitude"):
        parse_magnitude(phrase)


def test_every_phrase_of_the_table_is_read_as_its_range():
    for phrase, (low, high) in magnitudes().items():
        assert parse_magnitude(phrase) == (low, high)
        assert 0 < low < high

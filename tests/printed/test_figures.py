"""What printed figures say, in the terms of a case file."""

from __future__ import annotations

import math

import pytest

from nkestimate.printed.figures import read_figures
from nkestimate.printed.notation import magnitudes


@pytest.mark.parametrize(("text", "kind", "values", "unit"), [
    ("$1.72 billion to $5.5 billion", "between", [1.72e9, 5.5e9], "USD"), ("1.7bn–5.5bn", "between", [1.7e9, 5.5e9], ""),
    ("$1.7-5.5 billion", "between", [1.7e9, 5.5e9], "USD"), ("US$3.8-4.6 billion", "between", [3.8e9, 4.6e9], "USD"),
    ("between $10 and $15 billion", "between", [1e10, 1.5e10], "USD"), ("25-30,000 more soldiers", "between", [25e3, 30e3], "person"),
    ("10,000 to 12,000", "between", [1e4, 1.2e4], ""), ("3-4 %", "between", [3, 4], "percent"), ("five or six tonnes", "between", [5, 6], "tonne"),
    ("up to $6 billion", "at_most", [6e9], "USD"), ("as many as 12,000 North Koreans", "at_most", [12000], "person"),
    ("no more than 5 km", "at_most", [5], "km"), ("fewer than 300 men", "at_most", [300], "person"), ("bis zu 1.100 Tonnen", "at_most", [1100], ""),
    ("more than 10,000 troops", "at_least", [1e4], "person"), ("over $5 billion", "at_least", [5e9], "USD"), ("at least half", "at_least", [0.5], ""),
    ("no fewer than 7", "at_least", [7], ""), ("10,000+ men", "at_least", [1e4], "person"), ("300 or more", "at_least", [300], ""),
    ("around 30 percent", "around", [30], "percent"), ("approximately 11,000 soldiers", "around", [11000], "person"), ("a third", "around", [1 / 3], ""),
    ("US$2,000 a month", "around", [2000], "USD/month"), ("$2,000 per soldier per month", "around", [2000], "USD/person/month"),
    ("4 trillion won", "around", [4e12], "KRW"), ("€20m", "around", [2e7], "EUR"), ("LL1.66 trillion", "around", [1.66e12], "LBP"),
    ("fivefold", "around", [5], ""), ("three times", "around", [3], ""), ("50 sq km", "around", [50], "km**2"), ("two dozen", "around", [24], ""),
    ("200 ± 80 tons", "estimate", [200, 80], "tonne"), ("rose from $5bn to $10bn", "change", [5e9, 1e10], "USD"),
])  # fmt: skip
def test_figures(text, kind, values, unit):
    (figure,) = read_figures(text)
    assert (figure.kind, figure.unit) == (kind, unit)
    assert [number.value for number in figure.numbers] == pytest.approx(values)
    assert text[figure.start : figure.end] == figure.text


@pytest.mark.parametrize(("text", "magnitude", "unit"), [
    ("several hundred million US dollars", "several hundred million", "USD"), ("thousands of soldiers", "thousands", "person"),
    ("billions of dollars’ worth", "billions", "USD"), ("tens of thousands", "tens of thousands", ""), ("a few dozen", "a few dozen", ""),
])  # fmt: skip
def test_magnitudes(text, magnitude, unit):
    (figure,) = read_figures(text)
    assert (figure.kind, figure.magnitude, figure.unit) == ("magnitude", magnitude, unit)
    assert (figure.low, figure.high) == magnitudes()[magnitude]


@pytest.mark.parametrize("phrase", sorted({*magnitudes()} - {"several", "a few"}))  # by themselves they are no numeric phrases
def test_every_magnitude_of_the_format_is_read(phrase):
    (figure,) = read_figures(f"{phrase} of them")
    assert figure.magnitude == phrase


def test_ends():
    def ends(text):
        (figure,) = read_figures(text)
        return figure.low, figure.high

    assert ends("up to 6 km") == (-math.inf, 6)
    assert ends("over 5 km") == (5, math.inf)
    assert ends("about 30 km") == (25, 35)
    assert ends("3 to 4 km") == (3, 4)
    assert ends("200 ± 80 km") == (120, 280)


def test_a_unit_that_only_the_second_states_is_both_s():
    one, two = read_figures("2.9 and 3.5 billion dollars")
    assert [figure.numbers[0].value for figure in (one, two)] == [2.9e9, 3.5e9]
    assert one.unit == two.unit == "USD"


@pytest.mark.parametrize("text", ["", "etwa halb so wirksam", "MiG-29", "24 February 2022", "decades ago", "no one"])
def test_no_figures(text):
    assert read_figures(text) == ()


@pytest.mark.parametrize(("text", "values", "unit"), [
    ("3 hours 50 minutes", [230.0], "minute"), ("30 minutes 54 seconds", [1854.0], "second"), ("two years and six months", [30.0], "month"), ("5 feet 10 inches", [70.0], "inch"),
    ("52m–54m bags", [52e6, 54e6], ""), ("1.3m to 1.5m citizens", [1.3e6, 1.5e6], "person"), ("10m–20m deep", [10.0, 20.0], "metre"),
    ("14.9 kWh per 100 km", [0.149], "kWh/km"), ("7 litres per 1,000 kilometres", [0.007], "litre/km"), ("83 grams of CO2 per passenger-kilometre", [83.0], "gram/person/km"),
    ("$3.87 a pound", [3.87], "USD/pound"), ("30 bar.", [30.0], "bar"), ("30 bar owners", [30.0], ""), ("41.3C", [41.3], "degC"), ("104F", [104.0], "degF"),
    ("one latrine for every 62 residents", [1 / 62], ""), ("84 measles cases per 100,000 people", [0.00084], ""),
])  # fmt: skip
def test_units_that_hang_together(text, values, unit):
    (figure,) = read_figures(text)
    assert [number.value for number in figure.numbers] == pytest.approx(values)
    assert figure.unit == unit


@pytest.mark.parametrize(("text", "units"), [
    ("It was 25.6 degrees Celsius, 1.9 degrees above the mean.", ["degC", "delta_degC"]), ("3 degrees warmer than usual: 90 °F", ["delta_degF", "degF"]),
    ("It was 20C here and 41.3° there.", ["degC", "degC"]), ("It was 20C at 41.3° N", ["degC"]), ("20C at 38 degrees north", ["degC"]), ("3 degrees warmer than usual", []),
])  # fmt: skip
def test_degrees_are_of_the_scale_that_the_text_names(text, units):
    assert [figure.unit for figure in read_figures(text)] == units

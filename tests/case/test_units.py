"""Units: pint's, `USD`, `person`, scale words and the case's own."""

from __future__ import annotations

import math
from contextlib import suppress

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pint.util import ParserHelper

from nkestimate.case.units import COMMON, CURRENCIES, UnitFault, Units, powers_of, show_dimension

YEAR = 365.25 * 86400


@pytest.fixture
def units():
    units = Units()
    units.define("KRW", "0.00072 USD")
    units.define("cow", None)
    units.define("kt_TNT", "1000 tonne")
    return units


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("km", "metre", 1000),
        ("percent", "", 0.01),
        ("%", "", 0.01),
        ("million USD", "USD", 1e6),
        ("thousand person", "person", 1e3),
        ("billion KRW", "USD", 720_000),
        ("trillion USD", "billion USD", 1000),
        ("year", "day", 365.25),
        ("year", "month", 12),
        ("USD/month", "USD/year", 12),
        ("kt_TNT", "kg", 1e6),
        ("million KRW/cow", "USD/cow", 720),
        ("km**2", "metre**2", 1e6),
        ("km^2", "m**2", 1e6),
        ("1/year", "1/month", 1 / 12),
        ("USD/person/year", "USD/(person year)", 1),
        ("cows", "cow", 1),
    ],
)
def test_conversions(units, one, other, ratio):
    first, second = units.unit(one), units.unit(other)
    assert first.dimension == second.dimension
    assert first.factor / second.factor == pytest.approx(ratio, rel=1e-12)


def test_usd_and_person_are_base_units(units):
    assert units.unit("USD").dimension == (("[currency]", 1.0),)
    assert units.unit("person").dimension == (("[person]", 1.0),)
    assert units.unit("cow").dimension == (("[cow]", 1.0),)
    assert show_dimension(units.unit("USD/person/year").dimension) == "currency / person / time"
    assert show_dimension(()) == "a pure number"


@pytest.mark.parametrize(
    "text",
    [
        "usd",
        "lenght",
        "5",
        "5 km",
        "km 2",
        "(USD",
        "USD)",
        "USD//",
        "**",
        "million million USD",
        "USD**9**9**9",
        "km**(2)",
        "1/0",
        "$",
        "€",
        "dB",
        "x" * 500,
        "USD; import os",
        "__import__('os')",
        "USD\0",
    ],
)
def test_no_units(units, text):
    with pytest.raises(UnitFault):
        units.unit(text)


def test_hints(units):
    for text, hint in (
        ("usd", "did you mean 'USD'?"),
        ("bn", "write the word: billion"),
        ("EUR", "declare it under 'units:'"),
        ("KRV", "did you mean 'KRW'?"),
    ):
        with pytest.raises(UnitFault) as caught:
            units.unit(text)
        assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        ("metre", "3 foot"),
        ("KRW", "1 USD"),
        ("million", None),
        ("person", None),
        ("1a", None),
        ("_a", None),
        ("x y", None),
        ("$2010", None),
        ("km", None),
        ("GWh", "1 J"),
        ("pints", None),
        ("EUR", "much"),
        ("EUR", "-1 USD"),
        ("EUR", "0 USD"),
        ("EUR", "1.1 USDD"),
        ("EUR", "1/0 USD"),
    ],
)
def test_definitions_at_fault(units, name, definition):
    with pytest.raises(UnitFault):
        units.define(name, definition)


def test_a_currency_has_its_years(units):
    units.define_all({"EUR_2010": "0.9463 EUR_2005", "EUR_2005": "1.24 USD", "USD2020": "1/1.19 USD"})
    assert units.unit("EUR_2010/kW").factor / units.unit("EUR_2005/kW").factor == pytest.approx(0.9463, rel=1e-12)
    assert units.unit("million EUR_2005").factor == pytest.approx(1.24e6, rel=1e-12)
    assert units.unit("USD2020").factor == pytest.approx(1 / 1.19, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("k", "thousand"), ("barrel", "oil_barrel"), ("barrels", "oil_barrel"), ("bbl", "oil_barrel"), ("mt", "tonne"), ("unit", "{}"),
     ("quarters", "3 month"), ("degree", "degC"), ("M", "million"), ("MM", "million BTU"), ("b", "billion"), ("mil", "million"), ("MT", "tonne"),
     ("kt", "kilotonne"), ("ton", "short_ton"), ("tons", "tonne"), ("point", "percent"), ("pp", "percent"), ("bp", "percent"), ("pct", "percent"),
     ("cal", "kcal"), ("calories", "kcal"), ("a", "year"), ("AU", "astronomical_unit"), ("c", "degC"), ("C", "degC"), ("F", "degF"), ("PS", "metric_horsepower"),
     ("gal", "imperial_gallon"), ("cup", "millilitre"), ("stone", "kg"), ("count", "counted"), ("mb", "oil_barrel"), ("Mb", "bit")],
)  # fmt: skip
def test_what_pint_would_read_as_something_else_is_declared_or_a_fault(units, name, hint):
    for text in (name, f"USD/{name}"):
        with pytest.raises(UnitFault) as caught:
            units.unit(text)
        assert hint in caught.value.hint
    units.define(name, "3 month")
    assert units.unit(f"USD/{name}").factor == pytest.approx(1 / units.unit("month").factor / 3, rel=1e-12)


def test_the_ways_out_of_a_mistaken_unit_are_what_they_say(units):
    assert units.unit("oil_barrel").factor == pytest.approx(42 * 231 * 0.0254**3, rel=1e-9)  # 42 gallons of 231 cubic inches
    assert units.unit("tonne").factor / units.unit("kg").factor == pytest.approx(1000)
    assert units.unit("megatonne").factor / units.unit("tonne").factor == pytest.approx(1e6)
    assert units.unit("deg").factor == pytest.approx(math.pi / 180)
    kg, joule = units.unit("kg").factor, units.unit("joule").factor
    assert [units.unit(name).factor / kg for name in ("short_ton", "long_ton", "kilotonne")] == pytest.approx([907.18474, 1016.0469088, 1e6])
    assert units.unit("kcal").factor / joule == pytest.approx(4184)
    assert units.unit("million BTU").factor / joule == pytest.approx(1.05506e9, rel=1e-4)
    litre = units.unit("litre").factor
    assert [units.unit(name).factor / litre for name in ("gallon", "imperial_gallon", "millilitre")] == pytest.approx([3.785411784, 4.54609, 0.001])
    assert units.unit("troy_ounce").factor / kg == pytest.approx(0.0311034768)
    assert units.unit("metric_horsepower").factor / units.unit("watt").factor == pytest.approx(735.49875)
    assert units.unit("knot").factor / units.unit("km/hour").factor == pytest.approx(1.852)
    assert all(units.unit(name) for name in ("megabit", "megabyte", "degC", "degF", "percent", "year", "astronomical_unit"))


def test_cases_do_not_share_their_units(units):
    with pytest.raises(UnitFault):
        Units().unit("KRW")
    other = Units()
    other.define("KRW", "0.001 USD")
    assert other.unit("KRW").factor != units.unit("KRW").factor


def test_temperatures_have_a_zero(units):
    unit = units.unit("degC")
    assert unit.to_root(20) == pytest.approx(293.15)
    assert unit.from_root(293.15) == pytest.approx(20)
    assert units.unit("degC/day").offset == 0


@given(st.floats(-1e12, 1e12), st.sampled_from(["km", "million USD/year", "percent", "degC", "cow"]))
def test_to_root_and_back(value, text):
    units = Units()
    units.define("cow", None)
    unit = units.unit(text)
    assert unit.from_root(unit.to_root(value)) == pytest.approx(value, rel=1e-9, abs=1e-9)


@given(st.text(max_size=30))
def test_any_text_is_a_unit_or_a_fault(text):
    with suppress(UnitFault):
        Units().unit(text)


# ---------------------------------------------------------------- what is known here, as pint knows it


@pytest.fixture(scope="module")
def pints():
    registry = pint.UnitRegistry()
    registry.define("USD = [currency]")
    registry.define("person = [person]")
    return registry


@pytest.mark.parametrize("name", [*COMMON, *(f"{name}s" for name in COMMON if name.islower() and len(name) > 2)])
def test_common_units_are_as_pint_has_them(pints, name):
    known, its = Units().unit(name), pints.Quantity(1.0, name)
    assert known.factor == its.to_root_units().magnitude
    assert dict(known.dimension) == {str(key): float(power) for key, power in its.dimensionality.items()}
    assert pints.Quantity(0.0, name).to_root_units().magnitude == 0


def test_what_pint_takes_for_a_plural_is_one_here(pints):
    for name in COMMON:
        if not name.islower() or len(name) <= 2:
            found = expected = None
            with suppress(pint.UndefinedUnitError):
                expected = pints.Quantity(1.0, f"{name}s").to_root_units().magnitude
            with suppress(UnitFault):
                found = Units().unit(f"{name}s").factor
            assert found == expected, name


def test_currencies_are_no_units_of_pints(pints):
    names = set(dir(pints))
    for code in CURRENCIES:
        for name in (code, f"{code}s", f"{code}_2010", f"{code}_2010s"):
            assert name not in names
            with pytest.raises((pint.UndefinedUnitError, AttributeError)):
                pints.parse_units(name)
        units = Units()
        units.define(code, "0.5 USD")
        assert units.unit(f"million {code}/person").factor == 5e5


WORDS = st.sampled_from(["USD", "person", "metre", "year", "kg", "K", "e", "per", "square", "cubic", "squared", "sq", "nan", "inf", "x_2", "m2", "in", "and", "E5", "j"])
LINKS = st.sampled_from(["/", "*", " ", " / ", " * ", "  ", "/ ", "**", "^"])
ENDS = st.sampled_from(["", "", "", "**2", "^3", "**-1", "**2.5", " **2", "2"])


@given(st.lists(st.tuples(WORDS, ENDS, LINKS), min_size=1, max_size=4))
def test_plain_products_are_read_as_pint_reads_them(parts):
    text = "".join(word + end + link for word, end, link in parts[:-1]) + "".join(parts[-1][:2])
    try:
        parsed = ParserHelper.from_string(text)
        expected = {str(name): float(power) for name, power in parsed.items()} if parsed.scale == 1 else None
    except Exception:
        expected = None
    try:
        found = powers_of(text)
    except Exception:
        found = None
    assert found == expected

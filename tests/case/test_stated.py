"""What claims state: figures apart from their units, and the prose made of them."""

from __future__ import annotations

import pytest

from nkestimate.case.stated import Figure, Stated
from nkestimate.printed.notation import parse_number


@pytest.mark.parametrize(("text", "digits", "unit"), [
    ("6", "6", ""), ("6 km", "6", "km"), ("1.7 billion USD/year", "1.7 billion", "USD/year"), ("5%", "5", "%"), ("5 percent", "5", "percent"),
    ("1_700_000", "1_700_000", ""), ("3 million", "3 million", ""), ("1e9 EUR", "1e9", "EUR"), ("2  metre / second", "2", "metre / second"),
])  # fmt: skip
def test_digits_and_unit_stand_apart(text, digits, unit):
    assert Figure.of(parse_number(text)) == Figure(digits, unit)


def test_a_claims_statement_is_data(make):
    readings = [{"about": "x", "unit": "km", "weight": 0.5}, {"about": "y", "unit": "mile", "weight": 0.5}]
    case = make(quantities={"x": {"unit": "metre"}, "y": {"unit": "metre"}}, claims={
        "r": {"source": "a", "readings": readings, "between": [1.5, 2]},
        "q": {"source": "a", "about": "x", "quantiles": {0.1: "1 km", 0.9: 2000}},
        "p": {"source": "a", "about": "x", "at_most": 6, "within": "5%"},
        "m": {"source": "a", "about": "x", "magnitude": "thousands"},
        "e": {"source": "a", "about": "y", "estimate": 5, "standard_error": 2, "unit": "km"}})  # fmt: skip
    stated = {key: claim.stated for key, claim in case.claims.items()}
    assert stated == {
        "r": Stated("between", (Figure("1.5"), Figure("2")), ("km", "mile")),
        "q": Stated("quantiles", (Figure("1", "km"), Figure("2000")), ("metre",), (0.1, 0.9)),
        "p": Stated("at_most", (Figure("6"),), ("metre",), (), Figure("5", "%")),
        "m": Stated("magnitude", (Figure("thousands"),), ("metre",)),
        "e": Stated("estimate", (Figure("5"), Figure("2")), ("km",))}  # fmt: skip
    assert [stated[key].words() for key in "rqpme"] == [
        "1.5 to 2 km", "1 km at 10 %, 2000 metre at 90 %", "up to 6 metre (within 5 %)", "thousands metre", "5 ± 2 km"]  # fmt: skip
    assert stated["r"].words(unit="mile") == "1.5 to 2 mile"
    assert stated["q"].words(lambda digits, unit: f"<{digits}|{unit}>", at=" [{}]") == "<1|km> [<10|%>], <2000|metre> [<90|%>]"


def test_numbers_with_units_of_their_own_keep_them():
    stated = Stated("between", (Figure("1", "km"), Figure("2", "mile")), ("metre",))
    assert stated.words(unit="foot") == "1 km to 2 mile"

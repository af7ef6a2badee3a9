"""Warnings: a claim whose kind or values none of its printed figures bears out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nkestimate.case.evidence import read_evidence
from nkestimate.evidence.agreement import disagreements

ROOT = Path(__file__).parents[2]


@pytest.fixture
def problems(tmp_path):
    """Return a function that gives the warnings of one claim with these printed figures."""

    def problems(*figures, whole=False, **claim):
        plain = {"documents": {"d": {}}, "sources": {"a": {"weight": 1}}, "units": {"EUR": {"is": "1.1 USD"}, "home": {}},
                 "claims": {"x": {"source": "a", "about": "paid", "reported_in": [{"document": "d", "figures": one} for one in figures], **claim}},
                 "quantities": {"paid": {"unit": "million USD"}, "pay": {"unit": "USD/person/year"}, "men": {"unit": "person"},
                                "fraction": {"unit": ""}, "grant": {"unit": "million EUR"}, "price": {"unit": "EUR/home"}}}  # fmt: skip
        path = tmp_path / "case.yaml"
        path.write_text(yaml.safe_dump(plain, allow_unicode=True), encoding="utf-8")
        evidence = read_evidence(path)
        assert not evidence.faults
        return [one if whole else one.problem for one in disagreements(evidence)]

    return problems


BILLION = {"unit": "billion USD"}
MEN = {"about": "men", "unit": "person"}


@pytest.mark.parametrize(("figures", "claim"), [
    ("up to $6 billion", {"at_most": 6, **BILLION}), ("$1.72 billion to $5.5 billion", {"between": [1.72, 5.5], **BILLION}),
    ("$1.7-5.5bn", {"between": ["1.7 billion", "5.5 billion"], "unit": "USD"}), ("only $330 million", {"around": 330}),
    ("$330 million", {"around": 330, "unit": "million USD/year"}), ("US$2,000 a month", {"around": 24000, "unit": "USD/year"}),
    ("US$2,000 a month", {"about": "pay", "around": 2000, "unit": "USD/person/month"}), ("more than 10,000 troops", {"at_least": 10000, **MEN}),
    ("about 10,000-15,000 soldiers", {"between": [10000, 15000], **MEN}), ("two dozen soldiers", {"around": 24, **MEN}),
    ("thousands of soldiers", {"magnitude": "thousands", **MEN}), ("thousands of soldiers", {"between": [2000, 9000], **MEN}),
    ("190", {"at_least": 190, **MEN}), ("300,000", {"around": 300, "unit": "thousand person"}), ("10 miles", {"around": 16, "unit": "km", "about": "road"}),
    ("around 30 percent", {"around": 30, "unit": "percent", "about": "share"}), ("a third", {"around": 0.33, "unit": "", "about": "share"}),
    ("20.000 men", {"around": 20000, **MEN}), ("1.125 tonnes", {"around": 1.125, "unit": "tonne", "about": "mass"}),
    ("200 ± 80 tons", {"estimate": 200, "standard_error": 80, "unit": "tonne", "about": "mass"}),
    ("200 ± 80 tonnes", {"between": [120, 280], "unit": "tonne", "about": "mass"}), ("as many as 10,000 to 12,000 men", {"at_most": 12000, **MEN}),
    ("0.6 +0.3 −0.3 kt", {"quantiles": {0.16: 0.3, 0.5: 0.6, 0.84: 0.9}, "unit": "thousand tonne", "about": "mass"}),
    ("rose from 5% to 7%", {"around": 7, "unit": "percent", "about": "share"}), ("€20m", {"around": 20, "unit": "million EUR"}), ("etwa halb so viel", {"around": 0.5, "unit": "", "about": "share"}),
    ("£5m", {"around": 7, "unit": "million USD"}),
])  # fmt: skip
def test_what_agrees_is_not_told(problems, figures, claim):
    assert problems(figures, **claim) == []


@pytest.mark.parametrize(("figures", "claim", "told"), [
    ("up to $6 billion", {"between": [1, 6], **BILLION}, "'between' is recorded, but 'up to $6 billion' says an upper bound"),
    ("up to $6 billion", {"around": 6, **BILLION}, "says an upper bound"), ("over $5 billion", {"at_most": 5, **BILLION}, "says a lower bound"),
    ("between $1 and $5 billion", {"at_most": 5, **BILLION}, "says a range"), ("between $1 and $5 billion", {"around": 3, **BILLION}, "says a range"),
    ("about $5 billion", {"at_least": 5, **BILLION}, "says one number"), ("thousands of soldiers", {"around": 4000, **MEN}, "an order of magnitude only"),
    ("$1.72 billion to $5.5 billion", {"between": [1.27, 5.5], **BILLION}, "'between: 1.27 and 5.5' in 'billion USD' is recorded"),
    ("up to $6 billion", {"at_most": 6, "unit": "million USD"}, "'at_most: 6' in 'million USD' is recorded"), ("$5 billion", {"around": 5.5, **BILLION}, "is printed"),
    ("US$2,000 a month", {"around": 2000, "unit": "USD/year"}, "is printed"), ("US$2,000 a month", {"around": 2000, "unit": "USD"}, "no amount in 'USD'"),
    ("30 percent", {"around": 30, "unit": "USD"}, "no amount in 'USD'"), ("tens of thousands", {"magnitude": "thousands", **MEN}, "magnitude: thousands"),
    ("€20m", {"around": 20, "unit": "million USD"}, "is printed"), ("200 ± 80 tons", {"estimate": 200, "standard_error": 8, "unit": "tonne", "about": "mass"}, "is printed"),
    ("rose from 5% to 7%", {"around": 6, "unit": "percent", "about": "share"}, "is printed"),
    ("as many as 10,000 to 12,000 men", {"at_most": 10000, **MEN}, "is printed"), ("a third", {"around": 0.3, "unit": "", "about": "share"}, "is printed"),
])  # fmt: skip
def test_what_disagrees_is_told(problems, figures, claim, told):
    (problem,) = problems(figures, **claim)
    assert told in problem


FRACTION, GRANT, PRICE = {"about": "fraction"}, {"about": "grant"}, {"about": "price"}


@pytest.mark.parametrize(("figures", "claim"), [
    ("55% to 75%", {"between": ["55%", "75%"], **FRACTION}), ("55 to 75 percent", {"between": ["55 percent", "75 percent"], **FRACTION}),
    ("55% to 75%", {"between": [0.55, 0.75], **FRACTION}), ("55% to 75%", {"between": [0.55, "75%"], **FRACTION}),
    ("a third", {"around": "33%", **FRACTION}), ("0.55", {"around": "55%", **FRACTION}),
    ("5% ± 1%", {"estimate": "5%", "standard_error": 1, **FRACTION}), ("5% ± 1%", {"estimate": "5%", "standard_error": "1%", **FRACTION}),
    ("up to €900 million", {"at_most": "900 million EUR", **GRANT}), ("up to €900 million", {"at_most": "900_000_000 EUR", **GRANT}),
    ("up to €900 million", {"at_most": "0.9 billion EUR", **GRANT}), ("up to €900 million", {"at_most": 900, **GRANT}),
    ("€900 million to €1.2 billion", {"between": [900, "1.2 billion EUR"], **GRANT}),
    ("€20m", {"around": "22 million USD", **GRANT}), ("10% to 90%", {"quantiles": {0.1: "10%", 0.9: "90%"}, **FRACTION}),
    ("between €60,000 and €110,000", {"between": [60000, 110000], **PRICE}),
    ("between €60,000 and €110,000", {"between": ["60_000 EUR/home", "110_000 EUR/home"], **PRICE}),
    ("€60,000", {"around": 60, "unit": "thousand EUR/home", **PRICE}), ("€60,000 a year", {"around": 60000, "unit": "EUR/home/year", "about": "rent"}),
    ("€60,000", {"around": 60000, "unit": "EUR/home/year", "about": "rent"}), ("$50", {"around": 50, "unit": "USD/tonne", "about": "coal"}),
])  # fmt: skip
def test_a_value_is_held_to_what_is_printed_by_its_own_unit(problems, figures, claim):
    assert problems(figures, **claim) == []


@pytest.mark.parametrize(("figures", "claim", "told"), [
    ("55% to 75%", {"between": ["50%", "75%"], **FRACTION}, "'between: 50% and 75%' is recorded, but '55% to 75%' is printed"),
    ("55% to 75%", {"between": ["5.5%", "7.5%"], **FRACTION}, "is printed"), ("55% to 75%", {"between": [55, 75], **FRACTION}, "is printed"),
    ("up to €900 million", {"at_most": "900 thousand EUR", **GRANT}, "'at_most: 900 thousand EUR' is recorded"),
    ("up to €900 million", {"at_most": "900 million USD", **GRANT}, "is printed"), ("up to €900 million", {"around": "900 million EUR", **GRANT}, "upper bound"),
    ("€900 million to €1.2 billion", {"between": [900, "1.3 billion EUR"], **GRANT}, "is printed"),
    ("between €60,000 and €110,000", {"between": [60, 110], **PRICE}, "'between: 60 and 110' in 'EUR/home' is recorded"),
    ("between €60,000 and €110,000", {"between": ["60 EUR/home", "110 EUR/home"], **PRICE}, "is printed"),
    ("€60,000 a month", {"around": 60000, **PRICE}, "no amount in 'EUR/home'"), ("30 percent", {"around": 30, **PRICE}, "no amount in 'EUR/home'"),
])  # fmt: skip
def test_a_slip_in_a_value_with_its_own_unit_is_told(problems, figures, claim, told):
    (problem,) = problems(figures, **claim)
    assert told in problem


SLIPS = [
    (["some 300 GWh"], {"around": 300, "unit": "TWh/year", "about": "energy"}, 1), (["some 300 GWh"], {"around": 300, "unit": "MWh", "about": "energy"}, -1),
    (["9 to 15 TWh a year"], {"between": [9, 15], "unit": "GWh/year", "about": "energy"}, -1), (["up to $6 billion"], {"at_most": 6, "unit": "million USD"}, -1),
    (["12 mg"], {"around": 12, "unit": "gram", "about": "dose"}, 1), (["12 micrograms"], {"around": 12, "unit": "gram", "about": "dose"}, 2),
    (["1.5 tonnes a day"], {"around": 1.5, "unit": "kg/day", "about": "load"}, -1), (["350 MW"], {"around": 350, "unit": "GW", "about": "power"}, 1),
    (["350 MW"], {"around": 340, "unit": "GW", "about": "power"}, 0), (["350 MW"], {"around": 0.34, "unit": "GW", "about": "power"}, 0),
    (["8.5 euro cents per kilowatt-hour"], {"around": 8.5, "unit": "EUR/kWh", "about": "price"}, 0),
]


@pytest.mark.parametrize(("figures", "claim", "thousands"), SLIPS)
def test_a_slip_by_thousands_is_told_apart(problems, figures, claim, thousands):
    (doubt,) = problems(*figures, whole=True, **claim)
    assert doubt.thousands == thousands


@pytest.mark.parametrize(("figures", "claim"), [
    ("some 300 GWh", {"around": 300, "unit": "GWh/year", "about": "energy"}), ("some 300 GWh", {"around": 0.3, "unit": "TWh/year", "about": "energy"}),
    ("8.5 euro cents per kilowatt-hour", {"around": 0.085, "unit": "EUR/kWh", "about": "price"}), ("€88/MWh", {"around": 0.088, "unit": "EUR/kWh", "about": "price"}),
    ("25 basis points", {"around": 0.25, "unit": "percent", "about": "share"}), ("62,000 barrels a day", {"around": 62000, "unit": "oil_barrel/day", "about": "flow"}),
    ("two of the 61 samples", {"around": 2, "unit": "", "about": "count"}), ("two of the 61 samples", {"around": 0.033, "unit": "", "about": "share"}),
    ("nobody was hurt", {"around": 0, **MEN}),
])  # fmt: skip
def test_units_of_every_kind_are_read(problems, figures, claim):
    assert problems(figures, **claim) == []


def test_one_report_that_bears_it_out_is_enough(problems):
    assert problems("over $5 billion", "up to $5.5 billion", "$1.7 to $5.5 billion", between=[1.7, 5.5], **BILLION) == []
    (problem,) = problems("over $5 billion", "up to $5.5 billion", between=[1.7, 5.5], **BILLION)
    assert "over $5 billion" in problem


def test_a_quotient_or_product_of_two_figures_is_no_disagreement(problems):
    pay = {"about": "pay", "unit": "USD/person/year"}
    money, men = "$143 million to $572 million", "between 5,000 to 20,000 soldiers"
    assert problems(men, money, around=28600, **pay) == []
    assert problems(men, money, around=26800, **pay)
    assert problems("10,000 soldiers", "$3,000 per soldier", around=30) == []
    assert problems("10,000 soldiers", "$3,000 per soldier", around=3)


@pytest.mark.parametrize("path", sorted((ROOT / "priors").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_cases_of_the_repository_raise_none(path):
    assert [str(one) for one in disagreements(read_evidence(path))] == []

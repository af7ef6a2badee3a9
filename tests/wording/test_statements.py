"""What claims and priors state, in words."""

from __future__ import annotations

import math
from datetime import date

import pytest

from nkestimate.case.distributions import Prior
from nkestimate.wording.numbers import PRINT, TERMINAL, display
from nkestimate.wording.statements import distribution_words, factor_words, prior_words, said, weight_words

STATEMENTS = {
    "range": ({"between": ["1.72 billion", "5.5 billion"]}, "1.72 to 5.5 billion USD", None),
    "around": ({"around": 28600}, "about 28,600 USD", None),
    "year": ({"around": 2025}, "about 2,025 USD", None),
    "within": ({"around": 30, "within": "20%"}, "about 30 USD (within 20 %)", "about 30 USD (within 20%)"),
    "bound": ({"at_most": 1_500_000}, "up to 1,500,000 USD", None),
    "phrase": ({"magnitude": "tens of millions"}, "tens of millions of USD", None),
    "scale words": ({"magnitude": "several hundred million"}, "several hundred million USD", None),
    "few": ({"magnitude": "a few dozen"}, "a few dozen USD", None),
    "scores": ({"magnitude": "scores"}, "scores of USD", None),
    "error": ({"estimate": 12000, "standard_error": 1500}, "12,000 ± 1,500 USD", None),
    "quantiles": ({"quantiles": {0.05: 10, 0.5: 20, 0.95: 4000}}, "10 USD (5 %), 20 USD (50 %), 4,000 USD (95 %)",
                  "10 USD (5%), 20 USD (50%), 4,000 USD (95%)"),
}  # fmt: skip


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_a_claim_says(make, name):
    entry, terminal, printed = STATEMENTS[name]
    if name == "range":
        entry, terminal = {"between": [1.72, 5.5], "unit": "billion USD"}, "1.72 to 5.5 billion USD"
    prior = {"prior": "LogNormal(0, 1)", "rationale": "r"}
    claim = make(quantities={"x": {"unit": "USD", **prior}}, claims={"c": {"source": "a", "about": "x", **entry}}).claims["c"]
    assert said(claim) == terminal
    assert said(claim, PRINT) == (printed or terminal)


@pytest.mark.parametrize(("value", "words"), [(11_000, "about 11,000 people"), (1, "about 1 person")])
def test_people_are_counted_in_one_way(make, value, words):
    case = make(quantities={"x": {"unit": "person"}}, claims={"c": {"source": "a", "about": "x", "around": value}})
    assert said(case.claims["c"]) == said(case.claims["c"], PRINT) == words


def test_readings_with_units_of_their_own(make):
    case = make(
        quantities={"x": {"unit": "USD/year", "prior": "LogNormal(0, 1)", "rationale": "r"}, "y": {"unit": "USD", "prior": "LogNormal(0, 1)", "rationale": "r"}},
        claims={"c": {"source": "a", "around": 3000, "readings": [{"about": "x", "weight": 0.5, "unit": "USD/year"}, {"about": "y", "weight": 0.5, "unit": "USD"}]}},
    )  # fmt: skip
    assert said(case.claims["c"]) == "about 3,000 USD per year or USD"
    assert said(case.claims["c"], unit="USD") == "about 3,000 USD"


def test_weights(make):
    case = make(quantities={"x": {"unit": "USD"}}, sources={"a": {"weight": 0.675}, "b": {"weight": 0}},
                claims={"c": {"source": "a", "about": "x", "around": 1, "supersedes": "d"}, "d": {"source": "a", "about": "x", "around": 2},
                        "e": {"source": "b", "about": "x", "around": 2}})  # fmt: skip
    assert [weight_words(case.claims[key]) for key in "cde"] == ["weight 0.68", "superseded", "not heard"]


def test_priors():
    share = display("", "fraction", {0.05: 0.1, 0.5: 0.4, 0.95: 0.7})
    assert prior_words(Prior("Beta", (("alpha", 2.0), ("beta", 2.0))), share, "logit") == "90% from 14% to 86%; Beta(2, 2)"
    between = Prior("Between", (("lower", 5000.0), ("upper", 45000.0), ("coverage", 0.8)))
    pay = display("USD", "positive", {0.05: 5000, 0.5: 15000, 0.95: 45000}, TERMINAL)
    assert prior_words(between, pay, "log") == "80 % from 5,000 to 45,000 USD; normal on the log scale"
    when = display("day", "real", {0.05: -37.0, 0.5: 0.5, 0.95: 38.0}, TERMINAL, date(2024, 11, 7))
    assert prior_words(Prior("Normal", (("mu", 0.5), ("sigma", 22.8))), when, "identity") == (
        "90 % from 2024-10-01 to 2024-12-15; normal, with a standard deviation of 23 days")
    cut = Prior("TruncatedNormal", (("mu", 5.0), ("sigma", 2.0), ("lower", -math.inf), ("upper", math.inf)))
    assert distribution_words(cut) == "TruncatedNormal(5, 2, -∞, ∞)"
    assert distribution_words(Prior("Normal", (("mu", -12000.0), ("sigma", 0.25)))) == "Normal(-12,000, 0.25)"


def test_dark_uncertainty():
    assert factor_words(0.5, "log", "") == "a factor of 1.6"
    assert factor_words(0.05, "log", "") == "a factor of 1.05"
    assert factor_words(5000.0, "log", "") == "a factor too large to write"
    assert factor_words(0.5, "logit", "") == "0.50 in log-odds"
    assert factor_words(1234.0, "identity", "person") == "1,200 people"

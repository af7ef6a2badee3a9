"""The printed table: width, order, changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nkestimate.fitting.records import Diagnostics, Estimate, QuestionAnswer, Summary
from nkestimate.tables.run import headline_table


@pytest.fixture
def case(make):
    return make(
        title="How much, and a title that is so long that it has to be broken over several lines by whoever prints it in a terminal",
        quantities={"x": {"label": "A label of a length that nobody should write but somebody will, some day", "unit": "million USD/person/year"},
                    "y": {"unit": ""}},
        derived={"d": {"label": "The product", "unit": "million USD/person/year", "expr": "x * y"},
                 "h": {"label": "The headline", "unit": "percent", "expr": "y", "headline": True}},
        claims={"c": {"source": "a", "about": "x", "between": [1, 2]}, "e": {"source": "a", "about": "y", "between": [1, 2]}},
        questions={"q": {"ask": "y > 1.5", "label": "Is it a question of a length that nobody should ask but somebody will, some day?"}},
    )  # fmt: skip


def row(median, unit):
    quantiles = {"0.05": median / 2, "0.25": median, "0.5": median, "0.75": median, "0.95": median * 2}  # no Monte Carlo error
    return Estimate(unit, None, None, median, quantiles, 1000.0, 1000.0, 1.0)


@pytest.fixture
def summary(case):
    units = {name: total.unit.text for name, total in case.totals.items()}
    rows = {name: row(value, units[name]) for name, value in {"x": 1234567.0, "y": 1.5, "d": 2e9, "h": 150.0}.items()}
    return Summary(
        case.id, 1, case.title, None, case.digest, 1, {}, "", "", "hierarchical", "2025-06-30", Diagnostics(True, 1.0, 1e3, 1e3, 0, None, 0, ()),
        {k: rows[k] for k in "xy"}, {k: rows[k] for k in "dh"}, {}, {}, {"q": QuestionAnswer(0.123, 0.01, "very unlikely")}, ())  # fmt: skip


def test_no_line_is_wider_than_80_columns_whoever_looks(case, summary, monkeypatch):
    for columns in ("20", "300"):
        monkeypatch.setenv("COLUMNS", columns)
        for before in (None, summary):
            assert max(map(len, headline_table(summary, case, before).splitlines())) <= 80


def test_headline_first_then_derived_then_quantities(case, summary):
    text = headline_table(summary, case)
    places = [text.index(label) for label in ("The headline", "The product", "A label", "Y ")]
    assert places == sorted(places)
    assert "12 %" in text
    assert "very unlikely" in text
    assert "2025-06-30" in text
    assert "change" not in text


def test_changes(case, summary):
    before = replace(summary, derived={"h": row(120.0, "percent"), "d": row(3e9, summary.derived["d"].unit)},
                     quantities=summary.quantities | {"x": row(1.0, "USD")})
    lines = headline_table(summary, case, before).splitlines()
    assert any("very unlikely" in line and line.endswith(" =") for line in lines)
    last = [line.split()[-1] for line in lines if any(number in line for number in ("150 ", "2,000 ", "1.23 ", "1.5 "))]
    assert last == ["+30", "-1,000", "new", "="]  # in the unit shown; "new": another unit, nothing to compare


def test_units_are_never_cut_short(case, summary):
    squeezed = "".join("".join(line.split()) for line in headline_table(summary, case, summary).splitlines())
    assert "…" not in squeezed


def test_another_cases_summary_is_no_comparison(case, summary):
    assert "change" not in headline_table(summary, case, replace(summary, case="another"))


def test_a_median_that_is_not_finite(case, summary):
    broken = replace(summary, quantities=summary.quantities | {"x": replace(summary.quantities["x"], median=None)})
    for one, other in ((broken, summary), (summary, broken)):
        assert "–" in headline_table(one, case, other)


def test_failed_diagnostics_are_stamped(case, summary):
    assert "NOT CONVERGED" in headline_table(replace(summary, diagnostics=replace(summary.diagnostics, ok=False)), case)
    assert "NOT CONVERGED" not in headline_table(summary, case)


def test_uncertain_dates_are_dates_in_a_table_of_their_own(make):
    case = make(
        dates={"left": {"between": ["2025-01-01", "2025-03-02"], "label": "When it left", "rationale": "nobody says"}},
        quantities={"x": {"label": "Length", "unit": "metre"}}, derived={"y": {"unit": "metre", "expr": "x * ramp(left, left)"}},
        claims={"c": {"source": "a", "about": "x", "between": [1, 2]}})  # fmt: skip
    days = {"0.05": -29.6, "0.25": -10.0, "0.5": 0.4, "0.75": 10.0, "0.95": 30.0}
    rows = {"x": row(1.5, "metre"), "left": Estimate("day", 0.0, 1.0, 0.4, days, 1000.0, 1000.0, 1.0)}
    summary = Summary(case.id, 1, case.title, None, case.digest, 1, {}, "", "", "hierarchical", "2025-06-30", Diagnostics(True, 1.0, 1e3, 1e3, 0, None, 0, ()),
                      rows, {"y": row(1.5, "metre")}, {}, {}, {}, ())  # fmt: skip
    head, line = headline_table(summary, case).splitlines()[-2:]
    assert head.split() == ["date", "median", "5", "%", "95", "%"]
    assert line.split() == ["When", "it", "left", "2025-01-31", "2025-01-01", "2025-03-02"]
    assert "metres" in headline_table(summary, case)


def test_questions_and_intervals_have_their_change(case, summary):
    def after(low, middle, high):
        quantiles = {"0.05": low, "0.25": middle * 0.9, "0.5": middle, "0.75": middle * 1.1, "0.95": high}
        return Estimate("percent", None, None, middle, quantiles, 4000.0, 4000.0, 1.0)

    before = replace(summary, derived=summary.derived | {"h": after(75.0, 150.0, 300.0)})
    for row_now, said in ((after(75.0, 150.0, 300.0), "="), (after(77.0, 150.0, 303.0), "≈"), (after(60.0, 150.4, 350.0), "≈ wider"), (after(100.0, 150.4, 250.0), "≈ narrower"),
                          (after(90.0, 150.4, 350.0), "≈ shifted"), (after(90.0, 180.0, 350.0), "+30")):  # fmt: skip
        (line,) = [line for line in headline_table(replace(summary, derived=summary.derived | {"h": row_now}), case, before).splitlines() if line.startswith("The headline")]
        assert line.endswith(f" {said}")
    for old, said in ((0.05, "+7"), (0.30, "-18"), (0.115, "="), (0.14, "≈"), (None, "–")):
        earlier = replace(summary, questions={"q": QuestionAnswer(old, 0.01, "")})
        assert any(line.rstrip().endswith(f" {said}") and "very unlikely" in line for line in headline_table(summary, case, earlier).splitlines())
    assert any(line.endswith(" new") and "very unlikely" in line for line in headline_table(summary, case, replace(summary, questions={})).splitlines())

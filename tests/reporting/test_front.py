"""The first page beside the headline: parts, what is left out, readings, scenarios; uncertain dates in the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from report_fits import fit_of

from nkestimate.case import grid_from_plain
from nkestimate.case.model import Notice
from nkestimate.evidence.defaults import DefaultShare
from nkestimate.fitting.records import GivenReading, Outside
from nkestimate.reporting.charts import panels_chart
from nkestimate.reporting.data import report_data
from nkestimate.reporting.figures import over_time, panel, time_grid
from nkestimate.reporting.front import findings, front, left_out, mixture, parts, scenarios
from nkestimate.reporting.story import Story
from nkestimate.sentences.findings import told as told_at_the_terminal
from nkestimate.solidity.refits.record import Robustness, Subject
from nkestimate.solidity.refits.row import CANNOT, FITTED, Row
from nkestimate.solidity.refits.variants import factors, variants
from nkestimate.wording.numbers import PRINT

PAID = """
format: 1
title: What was paid
horizon: 2025-06-30
dates:
  signed: 2024-01-01
  begun: {between: [2024-02-01, 2024-06-01], label: When it began, rationale: nobody says}
documents: {d: {publisher: P, title: T, published: 2025-01-01}}
sources: {a: {name: Ann, weight: 0.5, group: one service}, b: {name: Ben, weight: 0.5, group: one service}, c: {name: Cis, weight: 0.5}}
quantities:
  arms: {label: Arms, unit: million USD/year}
  food: {label: Food, unit: million USD/year}
  budget: {label: Budget, unit: million USD/year}
derived:
  paid: {label: Paid a year, unit: million USD/year, expr: arms + 3 * food}
  share: {label: Share of the budget, unit: percent, expr: 1.5 * paid / budget / 2, headline: true, note: technology is not priced}
  so_far: {label: Paid so far, unit: million USD, expr: paid * years_since(begun)}
claims:
  a-arms: {source: a, about: arms, between: [10, 20]}
  b-arms: {source: b, about: arms, between: [9, 30]}
  c-arms: {source: c, about: arms, between: [14, 18]}
  a-food: {source: a, about: food, between: [1, 3]}
  a-budget: {source: a, about: budget, between: [100, 200]}
  b-paid: {source: b, around: 40, unit: million USD, readings: [{about: paid, unit: million USD/year, weight: 0.5}, {about: so_far, weight: 0.5}]}
excluded:
  - {document: d, figures: "7", reason: background}
  - {document: d, figures: "8", reason: background}
  - {document: d, figures: "9", reason: it is the sum of two others}
scenarios:
  no-cis: {label: Cis is not heard, set: {weights.c: 0}}
  all-food: {label: More food, set: {quantities.food.unit: million USD/year}}
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return Story(fit_of(PAID, tmp_path_factory.mktemp("front")))


def with_summary(story, **changes):
    other = Story(story.fit)
    other.summary = replace(story.summary, **changes)
    return other


def test_parts_are_shares_of_the_sum_above_the_line(story):
    arms, food = story.draws("arms"), story.draws("food")
    found = parts(story)
    assert found["whole"] == "Paid a year"
    shares = {"Arms": arms / (arms + 3 * food), "3 × Food": 3 * food / (arms + 3 * food)}
    assert {row["label"]: row["share"] for row in found["rows"]} == {label: f"{100 * np.median(share):.0f}%" for label, share in shares.items()}
    assert np.median(shares[found["rows"][0]["label"]]) == max(map(np.median, shares.values()))


@pytest.mark.parametrize("expr", ["paid * (arms / arms) / budget", "'max(paid, arms) / budget'", "arms / budget", "(paid - arms) / budget"])
def test_what_is_no_sum_has_no_parts(expr, tmp_path):
    text = PAID.replace("1.5 * paid / budget / 2", expr)
    assert parts(Story(fit_of(text, tmp_path, prior=500, draws=20))) is None


def test_parts_that_may_be_negative_have_no_shares(tmp_path):
    text = PAID.replace("expr: arms + 3 * food", "expr: arms + (food - 100 million USD/year), support: real").replace(
        "1.5 * paid / budget / 2, headline: true", "paid / budget, support: real, headline: true").replace("{about: paid, unit: million USD/year, weight: 0.5}", "{about: arms, unit: million USD/year, weight: 0.5}")  # fmt: skip
    assert parts(Story(fit_of(text, tmp_path, prior=500, draws=20))) is None


@pytest.mark.parametrize("line", ["d{0}: {{unit: million USD/year, expr: d{1} + d{1}}}", "d{0}: {{unit: million USD/year, expr: d{1}}}"])
def test_formulas_that_double_or_are_nested_deep_are_gone_through_once(line, tmp_path):
    chain = "".join(f"  {line.format(i, i - 1)}\n" for i in range(1, 300))
    text = PAID.replace("claims:", "  d0: {unit: million USD/year, expr: paid}\n" + chain + "claims:", 1).replace("headline: true, ", "", 1)
    story = Story(fit_of(text.replace("d299: {", "d299: {headline: true, "), tmp_path, prior=50, draws=20))
    assert set(story.case.stands_on(story.case.headline.expr)) == {f"d{i}" for i in range(299)} | {"paid", "arms", "food"}
    assert findings(story, near_headline=True) == findings(Story(fit_of(PAID, tmp_path, prior=50, draws=20)), near_headline=True)
    if "+" not in line:
        assert parts(story)["whole"] == "Paid a year"


def test_what_is_left_out(story):
    assert left_out(story) == {
        "note": "Technology is not priced.",
        "figures": "3 figures of the documents were read and left out: background (2) and others (1)."}  # fmt: skip


def test_reasons_in_sentences_are_not_counted(tmp_path):
    text = PAID.replace("reason: background", "reason: it is old").replace(", note: technology is not priced", "")
    assert left_out(Story(fit_of(text, tmp_path, prior=500, draws=20))) == {
        "note": "", "figures": "3 figures of the documents were read and left out, with a reason each."}  # fmt: skip


@pytest.mark.parametrize(("figures", "words"), [(1, "1 figure of the documents was read and left out, with a reason."),
                                                (2, "2 figures of the documents were read and left out, with a reason each.")])  # fmt: skip
def test_one_figure_has_one_reason(story, figures, words):
    excluded = tuple(replace(entry, reason="it is old") for entry in story.case.excluded[:figures])
    assert left_out(SimpleNamespace(case=replace(story.case, excluded=excluded)))["figures"] == words


def test_how_many_subjects_rest_on_defaults_is_said_alike_everywhere(story):
    keys = ("food", "arms", "so_far", "arms * 2")  # so_far is not near the headline, arms * 2 is an expression that a claim is about
    given = with_summary(story, defaults={key: DefaultShare(1, 0.9, estimated=False, narrower=2.0) for key in keys})
    brief, annex, terminal = findings(given, near_headline=True), findings(given), told_at_the_terminal(given.summary, given.case, PRINT)
    said = [next(text for text in texts if text.startswith("Defaults or settings")) for texts in (brief, annex, terminal)]
    assert "claimed on all 4 subjects, most of all: " in said[0]
    assert said == [said[0]] * 3


def test_a_number_that_may_be_meant_otherwise_is_told_on_page_one(story):
    notices = (Notice("note", text="A term was added."), Notice("bare number in a formula", ("paid",), text="20 = 2000 percent"))
    notes = front(with_summary(story, notices=notices))["notes"]
    assert notes[0].startswith("The formula of Paid a year has 20, which without a unit is 2,000%: write 20 percent")
    assert not any("A term was added." in note for note in notes)
    assert notes[1:] == front(story)["notes"]


def test_readings_and_findings_stand_on_the_first_page_where_they_concern_the_headline(story):
    given = (GivenReading("paid", 0.6, 20.0, 10.0, 40.0), GivenReading("so_far", 0.4, 15.0, 8.0, 30.0))
    outside = (Outside("arms", 31.0, 9.0, 30.0, "above", ("b-paid",)),)
    told = with_summary(story, by_reading={"b-paid": given}, outside=outside, below_zero={"so_far": 0.03, "paid": 0.02},
                        defaults={"food": DefaultShare(1, 1.0, estimated=False, narrower=1e4)})  # fmt: skip
    (head, first, second), = mixture(told)
    assert head.startswith("The headline mixes 2 readings of what was said (Ben: about 40")
    assert first == "20% (10% to 40%) if that is “Paid a year”, which has probability 60%"
    assert second == "15% (8.0% to 30%) if that is “Paid so far”, which has probability 40%"
    near, all_of_them = findings(told, near_headline=True), findings(told)
    assert [text.split(":")[0] for text in near[:2]] == ["Arms", "Paid a year"]
    assert len(all_of_them) == len(near) + 1  # the total so far is no part of the headline
    assert any("Defaults or settings" in text for text in near)
    assert front(told)["notes"] == near
    assert report_data(told)["findings"] == all_of_them
    assert findings(story) == []


def grid_of(story):
    grid = grid_from_plain({"coverage": [], "pooling": [], "common_error": [], "dark_uncertainty": []})
    case, rows = story.case, []
    for i, variant in enumerate(variants(case, grid)):
        lost = variant.name == "all-food"
        totals = {} if lost else {"share": {"unit": "percent", "quantiles": dict(zip(("0.05", "0.25", "0.5", "0.75", "0.95"), (5.0, 8.0, 10.0 + i, 40.0, 70.0), strict=True)), "mcse": 0.1}}
        rows.append(Row(variant, CANNOT if lost else FITTED, "", (), 1, totals, {}, {}))
    subjects = {key: Subject(total.label, total.unit.text, total.support) for key, total in case.totals.items()}
    return Robustness(case.id, case.title, None, case.digest, case.horizon.isoformat(), 1, {"draws": 1, "tune": 1, "chains": 1}, "", factors(case, grid),
                      rows[0].variant.choices, "share", subjects, {}, ("share",), {}, tuple(rows))


def test_scenarios_are_shown_where_they_have_been_fitted(story):
    assert scenarios(story, None) == {"rows": [], "unknown": "2 scenarios"}
    solid = grid_of(story)
    first = next(row for row in solid.rows if row.variant.name == "no-cis")
    found = scenarios(story, solid)
    assert found["rows"] == [["Cis is not heard", story.displays["share"].value(first.median("share")), story.displays["share"].bare_range(5, 70)],
                             ["More food", "cannot be said", ""]]
    assert found["unknown"] == ""


@pytest.mark.parametrize(("apart", "mcse", "alike"), [(1.9, 0.0, True), (2.1, 0.0, False), (3.0, 2.0, True), (-3.0, 2.0, True), (5.0, 2.0, False)])
def test_a_median_that_monte_carlo_error_does_not_tell_from_the_headline_is_marked(story, apart, mcse, alike):
    """As the terminal's table of scenarios does: within twice the error of both; in errors of the headline."""
    here, solid = story.summary.totals["share"], grid_of(story)
    rows = []
    for row in solid.rows:
        median = here.median + apart * here.mcse
        known = {"share": {"unit": "percent", "quantiles": {"0.05": 5.0, "0.25": 8.0, "0.5": median, "0.75": 40.0, "0.95": 70.0}, "mcse": mcse * here.mcse}}
        rows.append(replace(row, totals=known, status=FITTED))
    display = replace(story.displays["share"], place=None, most=9)  # so that what differs reads so
    one = SimpleNamespace(case=story.case, summary=story.summary, displays={"share": display})
    found = [median for _, median, _ in scenarios(one, replace(solid, rows=tuple(rows)))["rows"]]
    written = display.value(here.median + apart * here.mcse)
    assert found == [f"≈\u00a0{written}" if alike else written] * 2


def test_groups_and_defaults_stand_on_the_evidence_page(story):
    data = report_data(story)
    worth = {row["label"]: row for row in data["evidence"]["worth"]}
    assert worth["Arms"]["groups"] == ["Ann and Ben are one group, “one service”"]
    assert (worth["Arms"]["sources"], worth["Arms"]["sized"]) == ("3", "default")  # a group counts once
    assert worth["Food"]["defaults"].endswith("%")
    assert [row["group"] for row in data["assumptions"]["sources"]] == ["group “one service”"] * 2 + [""]
    assert {row["sized"] for row in data["dark"]} == {"default"}


def test_disagreement_speaks_from_three_sources_on(tmp_path):
    three = Story(fit_of(PAID.replace(", group: one service", ""), tmp_path, prior=500, draws=20))
    assert {row["label"]: row["sized"] for row in report_data(three)["dark"]}["Arms"] == "disagreement"


def test_an_uncertain_date_is_a_date_in_every_table_and_figure(story):
    data = report_data(story)
    row = next(row for row in data["totals"] if row["label"] == "When it began")
    assert row["unit"] == "date"
    for text in (row["median"], *row["ninety"].split(" to ")):
        assert text.endswith("\u00a02024")
    prior = next(row for row in data["assumptions"]["priors"] if row["label"] == "When it began")
    assert prior["rationale"] == "Nobody says."
    assert "1\u00a0Feb\u00a02024 to 1\u00a0Jun\u00a02024" in prior["prior"]
    assert [name for name, _ in data["assumptions"]["dates"]] == ["Signed"]
    grid = time_grid(story, [story.case.derived["so_far"]])
    assert date(2024, 1, 1) < grid[0] < date(2024, 4, 1)
    assert grid[-1] == story.case.horizon
    assert next(iter(over_time(story))).name == "over-time"


def test_an_axis_of_dates_tells_its_scale(story):
    shown = panels_chart([panel(story, story.case.totals["begun"])])
    ticks = [text.get_text() for axes in shown.axes for text in axes.get_xticklabels()]
    assert len(ticks) >= 2
    assert len(set(ticks)) == len(ticks)
    assert all(text.endswith(("\u00a02023", "\u00a02024")) for text in ticks)

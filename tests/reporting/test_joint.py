"""What goes together is told among the assumptions: parts of a whole and correlations, by their labels, with the reasons."""

from __future__ import annotations

from report_fits import fit_of

from nkestimate.reporting.data import report_data
from nkestimate.reporting.story import Story

CASE = """
format: 1
title: A budget
horizon: 2025-01-01
sources:
  office: {weight: 0.7}
quantities:
  spending: {label: Spending, unit: million USD}
  prices: {label: Price index, unit: ""}
  arms: {label: Arms, unit: percent, support: fraction}
  rest: {label: Everything else, unit: "", support: fraction}
  ayes: {label: Ayes, unit: "", support: fraction}
  noes: {label: Noes, unit: "", support: fraction}
derived:
  money: {label: Spent on arms, unit: million USD, expr: arms * spending * prices, headline: true}
shares:
  budget: {of: spending, parts: [arms, rest], rationale: there is nothing else}
  vote: {parts: [ayes, noes], prior: "Dirichlet(4, 2.5)", rationale: none abstained}
correlations:
  market: {between: [spending, prices], rank: 0.5, rationale: both follow inflation}
claims:
  s: {source: office, about: spending, between: [9, 12]}
  p: {source: office, about: prices, between: [1, 2]}
  a: {source: office, about: arms, between: [20, 40]}
  r: {source: office, about: rest, around: 0.6}
"""


def test_the_report_tells_what_goes_together(tmp_path):
    data = report_data(Story(fit_of(CASE, tmp_path)))
    rows = data["assumptions"]["joint"]
    assert [row[0] for row in rows] == ["Arms and Everything else", "Ayes and Noes", "Spending and Price index"]
    assert rows[0][1] == "sum to one; by default all ways to share are as likely"
    assert rows[1][1] == "sum to one; prior Dirichlet(4, 2.5)"
    assert rows[2][1] == "rank correlation 0.5"
    assert [row[2] for row in rows] == ["There is nothing else.", "None abstained.", "Both follow inflation."]
    priors = {row["label"]: row for row in data["assumptions"]["priors"]}
    assert priors["Arms as a share of Budget"]["assumption"]
    assert "as likely" in priors["Arms as a share of Budget"]["rationale"]

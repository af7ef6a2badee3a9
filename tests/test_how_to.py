"""The cases of the how-to page: each is whole, converges, and says what its section says, against closed forms where there are any."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import nkestimate
from nkestimate.case import load_case
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.inference.diagnose import gate

PAGE = (Path(__file__).parents[1] / "docs" / "how-to.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
CASES = {name: block for name, text in SECTIONS.items() for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)}
TABLES = {name: block for name, text in SECTIONS.items() for block in re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)}
Z90 = 1.6448536269514722


@pytest.fixture(scope="session")
def fitted(tmp_path_factory):
    """Return a function that fits the case of a section, once."""
    folder, known = tmp_path_factory.mktemp("how-to"), {}

    def fitted(name):
        if name not in known:
            path = folder / (re.sub(r"\W+", "-", name.lower()) + ".yaml")
            path.write_text(CASES[name], encoding="utf-8")
            (folder / "claims.csv").write_text(TABLES.get(name, ""), encoding="utf-8")
            known[name] = nkestimate.fit(load_case(path), progress=False)
        return known[name]

    return fitted


def prior_totals(fit, size=20_000):
    evaluator = Evaluator(compile_case(fit.case))
    return evaluator.totals(evaluator.prior_draws(size, np.random.default_rng(1)))


def test_every_section_but_the_last_has_a_case_and_all_are_listed():
    assert [name for name in SECTIONS if name not in CASES] == ["When it does not converge"]
    assert re.findall(r"^- \[(.+?)\]", PAGE.split("\n## ")[0], re.MULTILINE) == list(SECTIONS)


@pytest.mark.parametrize("name", CASES)
def test_each_case_converges_without_a_notice(fitted, name):
    fit = fitted(name)
    assert fit.ok, fit.summary.diagnostics.reasons
    assert not fit.summary.notices
    assert all(row.median is not None for row in fit.summary.totals.values())


def test_a_claim_of_two_rows_is_one_claim(fitted):
    claims = fitted("Enter claims in a spreadsheet").case.claims
    assert [len(claims[key].reported_in) for key in ("plan", "survey", "sounding", "least")] == [2, 0, 0, 1]
    assert [reading.weight for reading in claims["sounding"].readings] == [0.9, 0.1]


def test_parts_of_the_whole_sum_to_one(fitted):
    totals = Evaluator(fitted("Share out a whole").density).totals(fitted("Share out a whole").coordinates)
    np.testing.assert_allclose(totals["arms"] + totals["pay"] + totals["rest"], 100)


def test_prices_that_go_together_widen_their_product(fitted):
    fit = fitted("Say that two quantities go together")
    prior = prior_totals(fit)
    assert stats.spearmanr(prior["ships"], prior["fee"]).statistic == pytest.approx(0.6, abs=0.03)


def test_a_limit_is_kept(fitted):
    fit = fitted("State a limit")
    totals = Evaluator(fit.density).totals(fit.coordinates)
    assert totals["guests"].max() <= 800
    assert totals["eating"].max() <= 100
    assert (totals["guests"] > 750).any()


def test_k_of_n_has_its_logit(fitted):
    """A source of weight 0.9 adds little to 1/14.5 + 1/185.5: the median of the log-odds is near, and within the hull of its own spread."""
    row = fitted("Enter k of n").summary.quantities["damaged"]
    m, s = math.log(14.5 / 185.5), math.sqrt(1 / 14.5 + 1 / 185.5)
    assert math.log(row.median / (100 - row.median)) == pytest.approx(m, abs=0.1 * s)
    assert math.log(row.quantile(0.95) / (100 - row.quantile(0.95))) > m + Z90 * s


def test_growth_is_read_at_the_dates_of_the_claims(fitted):
    fit = fitted("Let a quantity grow")
    totals = Evaluator(fit.density).totals(fit.coordinates)
    years = 3653 / 365.25  # from 1 January 2015 to 1 January 2025
    np.testing.assert_allclose(totals["people"], totals["start"] * np.exp(totals["growth"] / 100 * years), rtol=1e-9)


def test_days_are_counted_from_an_uncertain_date(fitted):
    fit = fitted("Count days")
    totals = Evaluator(fit.density).totals(fit.coordinates)
    # from 13 January, the middle of the range, to 20 February there are 38 days
    np.testing.assert_allclose(totals["rations"], totals["daily"] * (38 - totals["opened"]), rtol=1e-9)


def test_currencies_of_a_year_convert_by_their_rates(fitted):
    fit = fitted("Use currencies of a year and uncertain rates")
    totals = Evaluator(fit.density).totals(fit.coordinates)
    np.testing.assert_allclose(totals["cost"], totals["turbines"] + totals["wages"] * totals["rate"], rtol=1e-9)
    np.testing.assert_allclose(totals["cost_2010"], totals["cost"] / 1.19, rtol=1e-9)
    statement = fit.case.claims["turbines-builder"].readings[0].statement
    assert statement.value == pytest.approx(45 * 1.33 * 1.19)


def test_a_constant_is_exact_and_a_scenario_changes_it(fitted):
    fit = fitted("Write an exact constant")
    row = fit.summary.derived["price"]
    assert (row.median, row.sd, row.quantile(0.05), row.quantile(0.95)) == (40_000, 0, 40_000, 40_000)
    cost, length = fit.summary.derived["cost"].median, fit.summary.quantities["length"].median
    assert cost == pytest.approx(40_000 * length / 1e6)


def test_whole_numbers_are_asked_by_halves(fitted):
    fit = fitted("Ask about whole numbers")
    crew = Evaluator(fit.density).totals(fit.coordinates)["crew"]
    assert fit.summary.questions["three"].probability == pytest.approx(np.mean(crew >= 2.5))
    assert fit.summary.questions["exactly"].probability == pytest.approx(np.mean(crew < 4.5))


def test_the_likelier_reading_is_the_one_that_agrees(fitted):
    """130 million a year would be three times the office's most; in ten years it is within its range."""
    yearly, decade = fitted("Say either-or").summary.readings["minister-said"]
    assert (yearly.about, decade.about) == ("yearly", "decade")
    assert decade.posterior > 0.6


def test_the_page_knows_every_reason_of_the_gate():
    reasons = gate(1.2, 10, 10, 3, 4000, lost=5).reasons
    text = SECTIONS["When it does not converge"]
    for reason in reasons:
        words = re.sub(r"[\d.]+", "…", reason.split(" (")[0]).replace(" where a positive total is not positive", "")
        words = words.replace("the bulk", "the bulk (or tail)").replace("the tail", "the bulk (or tail)")
        assert re.sub(r"[\d.]+", "…", words) in re.sub(r"\d[\d.]*", "…", text), reason

"""Numbers beyond a float, and numbers that are none: null, a dash, told; never the largest float, never "no"."""

from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest
from scipy import stats

import nkestimate
from nkestimate.density.evaluate import Evaluator
from nkestimate.errors import ScaleError
from nkestimate.fitting.records import Summary
from nkestimate.reporting.data import report_data
from nkestimate.reporting.story import Story
from nkestimate.tables.run import headline_table
from nkestimate.tables.solidity import as_json, as_text
from nkestimate.wording.notices import notice_words
from nkestimate.wording.numbers import NONE, PRINT, display
from random_cases import load

LAW = stats.lognorm(0.4, scale=math.exp(1.6))  # of q
ERROR = 4 * 0.5 / math.sqrt(1500)  # of a share, by draws that are worth 1,500 independent ones
LARGEST = np.finfo(float).max ** (1 / 8) / 1e38  # from this q on, big is no float
PLAIN = {
    "format": 1, "title": "Not finite", "horizon": "2025-06-30", "sources": {"s": {"weight": 0.5}},
    "quantities": {"q": {"prior": "LogNormal(1.6, 0.4)", "rationale": "r"}},
    "derived": {"big": {"expr": "(q * 1e38) ** 8", "headline": True}, "root": {"expr": "sqrt(q - 5)", "support": "real"},
                "twice": {"expr": "2 * q"}},
    "questions": {"less": {"ask": "sqrt(q - 5) < 1"}, "more": {"ask": "sqrt(q - 5) >= 1"}, "over": {"ask": "big / 1e90 / 1e90 / 1e90 > 1e36"},
                  "same": {"ask": "big > 2 * big"}, "usual": {"ask": "q > 5"}},
}  # fmt: skip


def fitted(plain):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return nkestimate.fit(load(plain), draws=1000, tune=300, progress=False)


@pytest.fixture(scope="module")
def fit():
    return fitted(PLAIN)


def test_a_quantile_beyond_a_float_is_null_and_the_others_stand(fit):
    row = fit.summary.derived["big"]
    assert LAW.cdf(LARGEST) == pytest.approx(0.17, abs=0.01)  # so that only the first of the quantiles is a float
    # the standard error of a share of 5 % is 2.3 times smaller than that of one half
    low = (LAW.ppf(0.05 + np.array([-1, 1]) * ERROR / 2.2) * 1e38) ** 8
    assert low[0] < row.quantiles["0.05"] < low[1]
    assert [row.quantiles[p] for p in ("0.25", "0.5", "0.75", "0.95")] == [None] * 4
    assert (row.median, row.mean, row.sd) == (None, None, None)
    assert row.mcse == 0
    assert fit.ok  # of the numbers it comes from nothing is wrong


def test_what_some_draws_leave_undefined_has_no_quantiles(fit):
    row = fit.summary.derived["root"]
    assert set(row.quantiles.values()) == {None}
    assert (row.median, row.mean, row.sd, row.ess_bulk, row.ess_tail, row.r_hat) == (None,) * 6


def test_undefined_draws_are_neither_yes_nor_no(fit):
    for key in ("less", "more"):
        answer = fit.summary.questions[key]
        assert (answer.probability, answer.mcse, answer.words) == (None, None, "undefined")
        assert answer.undefined == pytest.approx(LAW.cdf(5), abs=ERROR)
    assert fit.summary.questions["same"].undefined == pytest.approx(LAW.sf(LARGEST), abs=ERROR)  # ∞ against ∞
    assert fit.summary.questions["same"].probability is None
    over, usual = fit.summary.questions["over"], fit.summary.questions["usual"]
    assert over.probability == pytest.approx(LAW.sf(1e306 ** (1 / 8) / 1e38), abs=ERROR)  # ∞ is above it
    assert usual.probability == pytest.approx(LAW.sf(5), abs=ERROR)
    assert over.undefined == usual.undefined == 0


def test_answers_are_yes_no_or_nothing(fit):
    evaluator = Evaluator(fit.density)
    q = np.array([1.0, 5.5, 7.0])
    answers = evaluator.answers(np.log(q)[:, None])
    np.testing.assert_array_equal(answers["less"], [math.nan, 1, 0])
    np.testing.assert_array_equal(answers["more"], [math.nan, 0, 1])
    np.testing.assert_array_equal(answers["same"], [0, math.nan, math.nan])


def test_it_is_told(fit):
    of = {notice.kind: notice for notice in fit.summary.notices if notice.share}
    assert {kind: notice.about for kind, notice in of.items()} == {"too large": ("big",), "undefined": ("root",)}
    assert notice_words(of["too large"], fit.case).startswith("Big is too large to be reckoned with in 8")
    assert notice_words(of["undefined"], fit.case).startswith("Root is undefined in ")


def test_the_file_holds_null_and_is_read_again(fit, tmp_path):
    text = json.dumps(fit.summary.plain(), allow_nan=False)
    assert "e+308" not in text
    assert Summary.of(json.loads(text)) == fit.summary
    assert nkestimate.Fit.load(fit.save(tmp_path / "posterior.nc")).summary == fit.summary
    assert math.isnan(fit.to_frame().loc["big", "0.5"])


def test_tables_show_a_dash(fit):
    lines = headline_table(fit.summary, fit.case, fit.summary).splitlines()
    big = next(line for line in lines if line.startswith("Big"))
    assert big.split()[1] == NONE
    assert big.split()[3] == NONE
    assert next(line for line in lines if line.startswith("Root")).split()[1:4] == [NONE] * 3
    asked = next(line for line in lines if line.startswith("sqrt(q - 5) < 1"))
    assert f"{NONE}  undefined in " in asked


def test_the_report_says_so(fit):
    data = report_data(Story(fit), lost := [])
    rows = {row["label"]: row for row in data["totals"]}
    assert rows["Big"]["median"] == rows["Root"]["median"] == NONE
    answers = {row["label"]: row for row in data["questions"]}
    assert (answers["big > 2 * big"]["probability"], answers["big > 2 * big"]["share"]) == (NONE, None)
    assert answers["big > 2 * big"]["words"].startswith("undefined in 8")
    assert sum("posterior" in notice for notice in data["notices"]) == 2
    assert "nan" not in json.dumps(data["totals"] + data["questions"])
    assert not lost


@pytest.mark.parametrize("low, median, high", [(None, None, None), (1.0, None, None), (-1e308, 0.0, 1e308), (1e300, 1e308, None), (math.inf, math.inf, math.inf)])
def test_no_value_is_too_large_to_be_written(low, median, high):
    shown = display("USD", "real", {0.05: low, 0.5: median, 0.95: high}, PRINT)
    for value in (low, median, high):
        finite = value is not None and math.isfinite(value)
        assert (shown.number(value) == NONE) == (not finite)
    assert shown.change(math.nan) == shown.change(math.inf) == shown.size(-math.inf) == NONE


def test_what_drives_what_is_undefined_is_not_said(fit):
    with pytest.raises(ScaleError, match="undefined"):
        nkestimate.explain(fit, "root")
    explained = nkestimate.explain(fit, "big")
    assert math.isnan(explained.median)
    assert json.loads(as_json(explained))["median"] is None
    assert f"median {NONE}" in as_text(explained)


def test_a_median_that_is_no_number_is_not_compared(fit):
    found = nkestimate.compare(fit, fitted(PLAIN | {"title": "Another"}), refits=2, progress=False)
    rows = {row.total: row for row in found.totals}
    assert rows["big"].change is rows["root"].change is None
    assert "is not finite" in rows["big"].note
    assert rows["twice"].change == 0
    assert "Big" in as_text(found)

"""A fit scored: against draws that are known, with claims on the outcome's target."""

import math
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

from nkestimate.fitting.fits import fit
from nkestimate.scoring.outcomes import Outcome
from nkestimate.scoring.resolution import UnscoredError, outside, score
from random_cases import load

CASE = {
    "format": 1, "title": "A bridge", "horizon": "2025-06-30", "dates": {"begun": "2024-06-30"},
    "sources": {"a": {"name": "Ministry", "weight": 0.7}, "b": {"weight": 0.4}},
    "quantities": {"length": {"label": "Length", "unit": "metre", "prior": "LogNormal(7, 0.5)", "rationale": "known"},
                   "share": {"unit": "percent", "support": "fraction", "prior": {"between": [20, 40]}, "rationale": "known"},
                   "gain": {"unit": "USD", "support": "real", "prior": "Normal(-5, 10)", "rationale": "known"},
                   "rate": {"unit": "metre/year", "prior": "LogNormal(3, 0.3)", "rationale": "known"}},
    "derived": {"built": {"unit": "metre", "expr": "rate * years_since(begun)"}, "sum": {"unit": "USD", "expr": "gain"}},
    "claims": {
        "above": {"source": "b", "about": "share", "at_least": 30, "weight": 0},
        "counted": {"source": "b", "about": "share", "counted": "30 of 100", "weight": 0},
        "quarter": {"source": "a", "about": "share", "quantiles": {0.05: 20, 0.5: 25, 0.95: 35}, "weight": 0},
        "then": {"source": "a", "about": "built", "around": 10, "as_of": "2024-12-31", "weight": 0},
        "now": {"source": "a", "about": "built", "around": 20, "as_of": "2025-06-30", "weight": 0},
        "range": {"source": "a", "about": "length", "between": [0.8, 1.2], "unit": "km", "coverage": 0.5, "weight": 0},
        "old": {"source": "a", "about": "length", "around": 900}, "new": {"source": "a", "about": "length", "around": 950, "supersedes": "old", "weight": 0.001},
        "either": {"source": "b", "readings": [{"about": "length", "weight": 0.5}, {"about": "rate", "weight": 0.5, "unit": "metre/year"}],
                   "around": 900, "weight": 0},
    },
    "questions": {"long": {"ask": "length > 1000 metre"}},
}  # fmt: skip
CASE["claims"].pop("either")


@pytest.fixture(scope="module")
def fitted():
    return fit(load(CASE), draws=1000, tune=300, chains=2, progress=False)


def outcome(key, low, high=None, happened=None):
    return Outcome(key, low, low if high is None else high, happened, f"{low:g}", "survey", date(2025, 9, 1), None, "bridges", None)


def test_a_total_is_scored_on_its_working_scale(fitted):
    draws = np.log(fitted.tree["posterior"]["length"].to_numpy().ravel())
    (found,) = score(fitted, [outcome("length", 1350.0)])
    near = stats.norm(draws.mean(), draws.std())  # the prior, hardly moved
    at, z = math.log(1350), (math.log(1350) - draws.mean()) / draws.std()
    crps = draws.std() * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi))
    assert found.total.log_score == pytest.approx(near.logpdf(at), abs=0.15)
    assert found.total.crps == pytest.approx(crps, rel=0.05)
    assert found.total.pit == pytest.approx(near.cdf(at), abs=0.03)
    assert (found.total.median, found.total.low_90) == pytest.approx(tuple(np.exp(np.quantile(draws, [0.5, 0.05]))))
    assert (found.scale, found.low, found.high, found.unit) == ("log", 1350, 1350, "metre")
    assert (found.total.held_90, found.total.beyond, found.from_, found.when, found.class_) == (True, False, "survey", "2025-09-01", "bridges")


def test_a_range_is_scored_by_its_mass_its_middle_and_its_ends(fitted):
    inside, wide, far = score(fitted, [outcome("length", 1000, 1050), outcome("length", 500, 60_000), outcome("length", 1e9)])
    one, = score(fitted, [outcome("length", math.sqrt(1000 * 1050))])
    assert inside.total.crps == pytest.approx(one.total.crps)
    assert inside.total.pit_low < inside.total.pit < inside.total.pit_high
    assert inside.total.log_score == pytest.approx(one.total.log_score, abs=0.05)
    assert not inside.total.partly_90
    assert wide.total.partly_90
    mass = 1 - (np.asarray(fitted.tree["posterior"]["length"]) < 500).mean()
    assert wide.total.log_score == pytest.approx(math.log(mass / math.log(120)), abs=0.05)
    assert (far.total.beyond, far.total.held_90, far.total.pit) == (True, False, pytest.approx(1, abs=1e-3))


def test_scales_are_those_of_the_totals(fitted):
    share, gain, total = score(fitted, [outcome("share", 25.0), outcome("gain", -3.0), outcome("sum", 4.0)])
    draws = fitted.tree["posterior"]["share"].to_numpy().ravel() / 100
    assert share.scale == "logit"
    logit = np.log(draws / (1 - draws))
    assert share.total.crps == pytest.approx(np.abs(logit - math.log(1 / 3)).mean() - np.abs(logit[:, None] - logit).sum() / 2 / (2000 * 1999))
    assert (gain.scale, total.scale) == ("identity", "identity")  # the second has draws below 0, which have no log
    assert gain.total.crps == pytest.approx(float(np.std(fitted.tree["posterior"]["gain"])) * 0.24, rel=0.2)  # near its median, in USD


def test_a_question_is_scored_by_its_probability(fitted):
    yes, no = score(fitted, [outcome("long", math.nan, happened=True), outcome("long", math.nan, happened=False)])
    p = fitted.summary.questions["long"].probability
    assert (yes.answer.brier, no.answer.brier) == pytest.approx(((1 - p) ** 2, p**2))
    assert (yes.answer.log_score, no.answer.log_score) == pytest.approx((math.log(p), math.log(1 - p)), abs=1e-3)
    assert (yes.total, yes.low, yes.happened) == (None, None, True)


def test_claims_on_the_target_are_scored(fitted):
    share, length = score(fitted, [outcome("share", 25.0), outcome("length", 1250.0)])
    claims = {one.claim: one for one in (*share.claims, *length.claims)}
    assert set(claims) == {"above", "counted", "quarter", "range", "new"}
    assert (claims["above"].held, claims["above"].off) == (False, None)
    off = math.log(30.5 / 70.5) - math.log(1 / 3)
    assert claims["counted"].off == pytest.approx(off)
    assert claims["counted"].spreads == pytest.approx(off / math.sqrt(1 / 30.5 + 1 / 70.5))
    assert (claims["counted"].held, claims["quarter"].held, claims["quarter"].off) == (True, True, pytest.approx(0.0))
    one = claims["range"]
    assert one.off == pytest.approx(math.log(math.sqrt(0.8 * 1.2) / 1.25))
    assert one.spreads == pytest.approx(one.off / (math.log(1.5) / (2 * stats.norm.ppf(0.75))))
    assert (one.held, one.says, one.name) == (False, "0.8 to 1.2 km", "Ministry")
    assert [(left.claim, left.reason) for left in length.left_out] == [("old", "superseded by about 950 metre")]


def test_claims_of_another_date_are_scored_only_where_the_total_does_not_move(fitted):
    (built,) = score(fitted, [outcome("built", 21.0)])
    assert [one.claim for one in built.claims] == ["now"]
    assert [(left.claim, left.reason) for left in built.left_out] == [("then", "it is of 2024-12-31, and the total moves with its date")]


def test_what_has_no_value_has_no_score():
    plain = {**CASE, "derived": {"root": {"unit": "", "expr": "sqrt(gain / 1 USD)"}}, "claims": {}}
    found = fit(load(plain), draws=100, tune=100, chains=1, progress=False)
    with pytest.raises(UnscoredError, match="'root' has draws without a value"):
        score(found, [outcome("root", 2.0)])


def test_a_truth_outside_all_draws_is_a_fault_where_it_stands(fitted):
    told = [replace(outcome(key, *ends, happened=happened), file="outcomes.yaml", line=3 + i)
            for i, (key, ends, happened) in enumerate([("length", (1e9,), None), ("length", (1000.0, 1e9), None), ("share", (0.3,), None),
                                                       ("long", (0.0,), True)])]  # fmt: skip
    length, share = outside(fitted, told, score(fitted, told))
    draws = fitted.tree["posterior"]["share"].to_numpy()
    assert str(length).startswith("outcomes.yaml:3: outcomes.length.came_true: 1e+09 lies outside all 2,000 draws of 'Length', ")
    assert (share.line, share.path) == (5, "outcomes.share.came_true")
    ends = [float(number) for number in re.search(r"'Share', (\S+) % to (\S+) %;", str(share)).groups()]
    assert ends == pytest.approx([draws.min(), draws.max()], rel=0.05)
    assert "expected a truth that some draw reaches; is this unit meant?" in str(share)

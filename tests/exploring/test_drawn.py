"""Priors that are drawn: what a case with the statement has at 5, 50 and 95 %, by SciPy, against what was asked and what is told."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from nkestimate.case import load_case
from nkestimate.errors import CaseError
from nkestimate.exploring.controls import changes_of, controls_of
from nkestimate.exploring.drawn import LEVELS, axis_of, panel, quantiles, statement
from scipy_priors import twin

SCALES = {"positive": (np.log, np.exp), "fraction": (logit, expit), "real": (np.asarray, np.asarray)}
CASES = [("positive", "{between: [2, 9]}", ""), ("positive", "LogNormal(1, 0.5)", ""), ("positive", "Gamma(2, 0.5)", ""),
         ("fraction", "{between: [0.2, 0.4]}", ""), ("fraction", "Beta(2, 5)", ""), ("fraction", "{between: [20, 40]}", "percent"),
         ("real", "{between: [-4, 4]}", ""), ("real", "StudentT(4, 0, 2)", "")]  # fmt: skip


@pytest.fixture
def made(tmp_path):
    """Returns the case of one quantity, with changes."""
    path = tmp_path / "case.yaml"

    def make(support, prior, unit="", **changes):
        spelled = prior if prior.startswith("{") else f"'{prior}'"
        path.write_text(f"title: T\nhorizon: 2025-01-01\nquantities: {{x: {{unit: '{unit}', support: {support}, prior: {spelled}, rationale: r}}}}\n")
        return load_case(path, **changes)

    return make


def by_scipy(quantity, u):
    """Quantiles of a quantity's prior, in its unit."""
    prior, whole = quantity.prior, 100 if quantity.unit.text == "percent" else 1
    if prior.name != "Between":
        return twin(prior).ppf(u)
    there, back = SCALES[quantity.support]
    low, high = there(prior["lower"] / whole), there(prior["upper"] / whole)
    return whole * back(stats.norm((low + high) / 2, (high - low) / 2 / stats.norm.ppf((1 + prior["coverage"]) / 2)).ppf(u))


@pytest.mark.parametrize("support, prior, unit", CASES)
def test_the_handles_stand_at_the_quantiles_of_the_prior(made, support, prior, unit):
    case = made(support, prior, unit)
    axis = axis_of(case.quantities["x"], case)
    assert [axis.values[at] for at in axis.homes] == pytest.approx(by_scipy(case.quantities["x"], LEVELS), rel=1e-6, abs=1e-6)
    assert len(set(axis.words)) == len(axis.words) == len(axis.values)
    there, whole = SCALES[support][0], 100 if unit else 1
    gaps = np.diff(there(np.array(axis.values) / whole))
    assert gaps == pytest.approx(np.median(gaps), rel=1.1)  # even there, but for rounding and for what the case has to the digit


@pytest.mark.parametrize("support, prior, unit", CASES)
@pytest.mark.parametrize("move", [(-40, -10, 20), (10, 10, 10), (-20, 0, 20), (0, 12, 0), (0, -12, 0), (-60, 0, 5)])
def test_the_case_with_it_has_the_quantiles_that_are_told(made, support, prior, unit, move):
    case = made(support, prior, unit)
    controls = controls_of(case)
    handles = [control for control in controls.values() if control.axis]
    asked = [control.home + by for control, by in zip(handles, move, strict=True)]
    changes = changes_of(controls, {control.id: at for control, at in zip(handles, asked, strict=True)})
    assert list(changes) == ["quantities.x.prior"]
    quantity = made(support, prior, unit, set=changes).quantities["x"]
    there, whole = SCALES[support][0], 100 if unit else 1
    found = there(np.array(by_scipy(quantity, LEVELS)) / whole)
    assert quantiles(quantity, quantity.prior) == pytest.approx(found, rel=1e-6, abs=1e-6)
    wanted = there(np.array([handles[0].stops[at].value for at in asked]) / whole)
    off, width = np.abs(found - wanted), wanted[2] - wanted[0]
    assert off.max() < 0.2 * width
    told = panel(handles[0].axis, quantity.prior, asked)
    assert told["near"] == (off.max() <= 0.03 * width)
    midway = abs(wanted[1] - (wanted[0] + wanted[2]) / 2) <= 0.025 * width
    assert told["near"] or not midway
    if midway:
        assert changes["quantities.x.prior"] == {"between": [handles[0].stops[asked[0]].value, handles[0].stops[asked[2]].value], "coverage": 0.9}
    said = [float(re.sub("[%,]", "", row[2]).replace("−", "-")) for row in told["rows"]]
    shown = np.array(by_scipy(quantity, LEVELS)) * (100 if support == "fraction" and not unit else 1)
    assert said == pytest.approx(shown, rel=0.06, abs=0.05 * (shown[2] - shown[0]))  # as many digits as its interval tells


@pytest.mark.parametrize("support, name", [("positive", "Gamma(0.8, 0.2)"), ("positive", "Gamma(4, 3)"), ("fraction", "Beta(1, 4)"), ("fraction", "Beta(6, 1.5)")])
def test_quantiles_of_a_skewed_family_give_it_back(made, support, name):
    quantity = made(support, "Uniform(0, 1)").quantities["x"]
    found = statement(quantity, twin(name).ppf(LEVELS))
    assert found.split("(")[0] == name.split("(")[0]
    assert twin(found).ppf(LEVELS) == pytest.approx(twin(name).ppf(LEVELS), rel=0.01)


def test_a_skew_that_nothing_has_is_told(made):
    case = made("positive", "{between: [2, 8]}")
    axis = axis_of(case.quantities["x"], case)
    found = made("positive", "{between: [2, 8]}", set={"quantities.x.prior": statement(case.quantities["x"], (2, 3, 8))})
    told = panel(axis, found.quantities["x"].prior, axis.homes)
    assert not told["near"]
    # by least squares on the log scale: the middle is the mean of the three but for the ends' own
    assert by_scipy(found.quantities["x"], 0.5) == pytest.approx(math.exp((math.log(2) + math.log(3) + math.log(8)) / 3), rel=0.01)


@pytest.mark.parametrize("support, prior, density", [
    ("positive", "Gamma(2, 0.5)", lambda x: stats.gamma(2, scale=2).pdf(np.exp(x)) * np.exp(x)),
    ("fraction", "Beta(2, 5)", lambda x: stats.beta(2, 5).pdf(expit(x)) * expit(x) * expit(-x)),
    ("positive", "{between: [2, 8]}", lambda x: stats.norm(math.log(4), math.log(2) / 1.6448536).pdf(x)),
    ("real", "StudentT(4, 0, 2)", stats.t(4, 0, 2).pdf)])  # fmt: skip
def test_the_curve_is_the_density_on_the_working_scale(made, support, prior, density):
    case = made(support, prior)
    axis = axis_of(case.quantities["x"], case)
    line = np.array(panel(axis, case.quantities["x"].prior, axis.homes)["picture"]["curves"]["now"]["line"])
    x = axis.first + line[:, 0] * (axis.last - axis.first)
    assert line[:, 1] == pytest.approx(density(x) / density(x).max(), abs=0.005)


def test_quantiles_out_of_order_are_a_fault(made):
    controls = controls_of(made("positive", "{between: [2, 8]}"))
    with pytest.raises(CaseError, match=r"quantities\.x\.prior: the 50% quantile is .*, the 5% quantile .*; expected quantiles in ascending order"):
        changes_of(controls, {"drawn:x:5": controls["drawn:x:50"].home})


def test_of_what_has_no_prior_the_handles_begin_at_its_claims(fence):
    controls = controls_of(load_case(fence))
    low, middle, high = (controls[f"drawn:length:{level}"].stops[controls[f"drawn:length:{level}"].home].value for level in (5, 50, 95))
    assert low == pytest.approx(80, rel=0.02)  # Ann: 80 to 120; Ben: about 150
    assert high > 150
    assert middle == pytest.approx(math.sqrt(low * high), rel=0.01)
    drawn = load_case(fence, set=changes_of(controls, {"drawn:length:95": controls["drawn:length:95"].home + 1}))
    assert drawn.quantities["length"].prior is not None


def test_a_prior_that_is_drawn_counts_and_not_its_sliders(fence):
    controls = controls_of(load_case(fence))
    moved = {"prior:share:alpha": 0, "drawn:share:95": controls["drawn:share:95"].home + 5}
    assert changes_of(controls, moved) == changes_of(controls, {"drawn:share:95": moved["drawn:share:95"]})
    assert changes_of(controls, {"prior:share:alpha": 0})["quantities.share.prior"].startswith("Beta(0.2")

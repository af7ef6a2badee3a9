"""Comparisons: parts add up, what did not change has no part, what cannot be compared is said."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nkestimate import CaseError, ComparisonError, compare, fit
from nkestimate.solidity.comparing.comparison import shapley_weights
from random_cases import load

QUIET = {"progress": False}
BRIEF = {"draws": 500, "tune": 500, "chains": 2}


def case(**changes):
    """t = x y, all lognormal; every keyword replaces one thing."""
    given = {"prior": "LogNormal(0, 0.5)", "low": 1, "high": 2, "weight": 1, "extra": {}, "common": 0.6, "title": "t", "horizon": "2025-06-30", "unit": "USD", **changes}
    return load({
        "format": 1, "title": given["title"], "horizon": given["horizon"], "settings": {"common_error": given["common"]}, "sources": {"a": {"weight": given["weight"]}},
        "quantities": {"x": {"unit": "USD", "prior": "LogNormal(0, 2)", "rationale": "r"}, "y": {"unit": "", "prior": given["prior"], "rationale": "r"}},
        "derived": {"t": {"unit": given["unit"], "expr": "x * y", "headline": True}},
        "claims": {"c": {"source": "a", "about": "x", "between": [given["low"], given["high"]]}, **given["extra"]}})  # fmt: skip


def fitted(**changes):
    return fit(case(**changes), **BRIEF, **QUIET)


def parts(found, total="t"):
    (fall,) = [fall for fall in found.waterfalls if fall.total == total]
    assert math.fsum(part.change for part in fall.parts) == pytest.approx(fall.end - fall.start, rel=1e-12, abs=1e-12)
    return {part.groups: part for part in fall.parts}


@pytest.fixture(scope="module")
def base():
    return fitted()


def test_two_groups_share_their_joint_effect(base):
    """On the log scale model and values act additively and known: medians are e^{m}·…; the Shapley values follow by hand."""
    other = fitted(prior="LogNormal(1, 0.5)", low=2, high=4)
    found = compare(base, other, refits=3, **QUIET)
    mine = parts(found)
    assert set(mine) == {("model",), ("values",), ("noise",)}
    start = math.exp(math.log(2) / 2)  # nearly: the prior of x is wide
    v = {(0, 0): start, (1, 0): start * math.e, (0, 1): 2 * start, (1, 1): 2 * math.e * start}
    model = ((v[1, 0] - v[0, 0]) + (v[1, 1] - v[0, 1])) / 2
    values = ((v[0, 1] - v[0, 0]) + (v[1, 1] - v[1, 0])) / 2
    assert mine["model",].change == pytest.approx(model, rel=0.06)
    assert mine["values",].change == pytest.approx(values, rel=0.06)
    assert abs(mine["noise",].change) < 5 * mine["noise",].standard_error
    assert found.fits == 12
    assert found.converged


def test_a_change_of_weights_is_in_weights_and_noise(base):
    mine = parts(compare(base, fitted(weight=0.3), refits=2, **QUIET))
    assert set(mine) == {("weights",), ("noise",)}
    assert mine["weights",].what == ("c: 1 → 0.3",)


def test_identical_cases_differ_by_noise_alone(base):
    again = fit(case(), seed=9, **BRIEF, **QUIET)
    found = compare(base, again, refits=3, **QUIET)
    mine = parts(found)
    assert set(mine) == {("noise",)}
    assert 0 < abs(mine["noise",].change) < 5 * mine["noise",].standard_error
    assert {1, 9}.isdisjoint(found.seeds)
    same = parts(compare(base, base, refits=2, **QUIET))
    assert same["noise",].change == 0


def test_what_a_change_cannot_touch_has_no_part(base):
    """Another claim on y leaves x alone: with the same seeds its median does not move at all."""
    found = compare(base, fitted(extra={"n": {"source": "a", "about": "y", "around": 3}}), refits=2, **QUIET)
    rows = {row.total: row for row in found.totals}
    assert rows["x"].change == pytest.approx(0, abs=0.05)
    assert rows["t"].change > 10 * rows["t"].error > 0
    assert parts(found)["claims",].what == ("+ n",)


def test_errors_of_parts_are_those_of_repetition(base):
    other = fitted(prior="LogNormal(0.2, 0.5)")
    found = [parts(compare(fit(case(), seed=s, **BRIEF, **QUIET), other, refits=3, **QUIET))["model",] for s in (11, 12, 13)]
    assert np.ptp([part.change for part in found]) < 8 * max(part.standard_error for part in found) + 1e-9


# ------------------------------------------------------------ what cannot be compared


def test_other_units_and_horizons_are_told(base):
    found = compare(base, fitted(unit="thousand USD", horizon="2026-06-30"), refits=2, **QUIET)
    row = next(row for row in found.totals if row.total == "t")
    assert row.unit == "USD"
    assert row.b[1] == pytest.approx(row.a[1], rel=0.1)
    assert any("as of 2025-06-30" in note for note in found.notes)
    assert any("Stated in A's unit: t" in note for note in found.notes)


def test_missing_totals_are_listed_and_nothing_in_common_is_a_fault(base, make):
    one = fit(make(quantities={"x": {"unit": "USD", "prior": "LogNormal(0, 1)", "rationale": "r"}}), **BRIEF, **QUIET)
    found = compare(base, one, refits=2, **QUIET)
    assert [row.total for row in found.totals if row.change is not None] == ["x"]
    assert any("B has no 't'" in note for note in found.notes)
    assert [fall.total for fall in found.waterfalls] == ["x"]
    other = fit(make(quantities={"x": {"unit": "metre", "prior": "LogNormal(0, 1)", "rationale": "r"}}), **BRIEF, **QUIET)
    with pytest.raises(ComparisonError, match="measures"):
        compare(base, other, refits=2, **QUIET)


def test_sides_are_fits_cases_files_scenarios_and_folders(base, tmp_path):
    base.save(tmp_path / "run" / "posterior.nc")
    text = ("format: 1\ntitle: t\nhorizon: 2025-06-30\nsources: {a: {weight: 1}}\nquantities:\n  x: {unit: USD, prior: 'LogNormal(0, 1)', rationale: r}\n"
            "scenarios:\n  other: {set: {quantities.x.prior: 'LogNormal(1, 1)'}}\n")  # fmt: skip
    path = tmp_path / "case.yaml"
    path.write_text(text)
    found = compare(tmp_path / "run", tmp_path / "run" / "posterior.nc", refits=2, **QUIET)
    assert (found.a.label, found.a.digest) == (found.b.label, base.case.digest)
    found = compare(path, f"{path}@other", refits=2, **QUIET)
    assert (found.a.label, found.b.label) == ("case", "case@other")
    assert {part.groups for part in found.waterfalls[0].parts} == {("model",), ("noise",)}
    with pytest.raises(CaseError, match="did you mean 'other'"):
        compare(path, f"{path}@othre", refits=2, **QUIET)
    with pytest.raises(CaseError, match="does not exist"):
        compare(path, tmp_path / "no.yaml", refits=2, **QUIET)
    with pytest.raises(ValueError, match="refits"):
        compare(base, base, refits=1, **QUIET)


def test_shapley_weights_average_over_orders():
    """Three groups, v known: against the mean over all six orders."""
    from itertools import permutations

    blocks = (("a",), ("b",), ("c",))
    rng = np.random.default_rng(1)
    v = {}

    def value(some):
        return v.setdefault(tuple(block for block in blocks if block in some), rng.normal())

    for block in blocks:
        weights = shapley_weights(block, blocks)
        by_hand = np.mean([value(order[: order.index(block) + 1]) - value(order[: order.index(block)]) for order in permutations(blocks)])
        assert sum(w * value(some) for some, w in weights.items()) == pytest.approx(by_hand)

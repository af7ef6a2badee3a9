"""What a run finds beside its figures: readings against closed forms, medians outside their claims, values below zero, defaults."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import yaml
from scipy import stats

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.fitting.findings import above_one, by_reading
from nkestimate.fitting.records import Estimate
from random_cases import load

TWO = """
format: 1
title: Two unknowns
horizon: "2025-01-01"
sources: {s: {weight: 1}}
quantities:
  a: {unit: metre, support: real, prior: "Normal(5, 1)", rationale: given, headline: true}
  b: {unit: metre, support: real, prior: "Normal(9, 1)", rationale: given}
claims:
  c: {source: s, estimate: 7.5, standard_error: 1, readings: [{about: a, weight: 0.5}, {about: b, weight: 0.5}]}
"""


def case_of(text, **changes):
    plain = yaml.safe_load(text)
    for path, value in changes.items():
        at = plain
        *parents, last = path.split("__")
        for key in parents:
            at = at[key]
        at[last] = value
    return load(plain)


def normal(x, mean, sd):
    return math.exp(-0.5 * ((x - mean) / sd) ** 2) / sd


def exact(size):
    """Draws of (a, b) from the posterior, which is a mixture of two known normals, and the probability of the first reading."""
    rng = np.random.default_rng(5)
    p = normal(7.5, 5, math.sqrt(2)) / (normal(7.5, 5, math.sqrt(2)) + normal(7.5, 9, math.sqrt(2)))
    first = rng.random(size) < p
    half = math.sqrt(0.5)
    a = np.where(first, rng.normal(6.25, half, size), rng.normal(5, 1, size))
    b = np.where(first, rng.normal(9, 1, size), rng.normal(8.25, half, size))
    return np.stack([a, b], axis=-1).reshape(4, -1, 2), p


def estimate(draws):
    q = {f"{p:g}": float(np.quantile(draws, p)) for p in (0.05, 0.25, 0.5, 0.75, 0.95)}
    return Estimate("metre", float(draws.mean()), float(draws.std()), q["0.5"], q, float(draws.size), float(draws.size), 1.0)


def test_the_headline_given_each_reading_is_its_conditional_posterior():
    case, (draws, p) = case_of(TWO), exact(80_000)
    found = by_reading(case, compile_case(case), draws, estimate(draws[..., 0]))
    first, second = found["c"]
    assert (first.about, second.about) == ("a", "b")
    assert first.probability == pytest.approx(p, abs=0.01)
    assert first.probability + second.probability == pytest.approx(1)
    z = 1.645
    assert (first.median, first.low, first.high) == pytest.approx((6.25, 6.25 - z * math.sqrt(0.5), 6.25 + z * math.sqrt(0.5)), abs=0.03)
    assert (second.median, second.low, second.high) == pytest.approx((5, 5 - z, 5 + z), abs=0.04)


def test_readings_that_mean_the_same_for_the_headline_are_not_told():
    draws, _ = exact(8_000)
    near = case_of(TWO, claims__c__estimate=5.1)
    assert not by_reading(near, compile_case(near), draws, estimate(draws[..., 0]))
    unlikely = case_of(TWO, claims__c__readings=[{"about": "a", "weight": 0.0001}, {"about": "b", "weight": 0.9999}])
    assert not by_reading(unlikely, compile_case(unlikely), draws, estimate(draws[..., 0]))


def test_readings_that_no_draw_can_weigh_are_not_told():
    """Draws of a fit that has failed may be impossible under every reading."""
    draws, _ = exact(8_000)
    case = case_of(TWO)
    with np.errstate(invalid="ignore"):
        assert not by_reading(case, compile_case(case), np.full_like(draws, np.inf), estimate(draws[..., 0]))


def test_few_draws_tell_no_difference():
    draws, _ = exact(8_000)
    case = case_of(TWO)
    assert not by_reading(case, compile_case(case), draws, replace(estimate(draws[..., 0]), ess_bulk=8.0))


def test_shares_above_one_are_told_where_nothing_holds_them(make):
    part = {"unit": "USD", "prior": "LogNormal(0, 1)", "rationale": "r"}
    derived = {key: {"unit": unit, "expr": "a / b", "label": label, **more} for key, unit, label, more in (
        ("paid", "percent", "Share paid", {}), ("held", "", "Share held", {"support": "fraction"}), ("real", "", "A fraction", {"support": "real"}),
        ("ratio", "", "Ratio of both", {}), ("shares", "", "Shareholders each", {}))}  # fmt: skip
    derived["rare"] = {"unit": "", "expr": "a / b / 100", "label": "Probability of it"}
    case = make(quantities={"a": part, "b": part, "p": {**part, "unit": "", "label": "Percentage of votes"}}, derived=derived)
    density = compile_case(case)
    told = above_one(case, density, Evaluator(density).prior_draws(4000, np.random.default_rng(1)).reshape(4, 1000, -1))
    found = {notice.about[0]: notice.share for notice in told}
    assert set(found) == {"paid", "p"}
    assert found["paid"] == pytest.approx(0.5, abs=0.04)  # ln a − ln b is normal about 0
    assert stats.norm.sf(np.log(100) / np.sqrt(2)) < 0.01  # and why "rare" is not told
    assert {notice.kind for notice in told} == {"above one"}

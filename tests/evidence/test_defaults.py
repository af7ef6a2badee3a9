"""How much of a spread is from defaults, against the variance worked out by hand."""

from __future__ import annotations

import math
from random import Random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.evidence.defaults import SWAMPED, default_shares, swamped
from random_cases import load

LIGHT = """
format: 1
title: Light
horizon: "2025-01-01"
sources: {lab: {weight: 0.5}}
quantities: {c: {unit: metre/second}}
claims: {one: {source: lab, about: c, around: 300000, within: 0.001%}}
"""


def test_what_a_default_makes_of_a_precise_statement():
    # one claim at weight 0.5: its variance is s² + σ² + τ², with V = s², n = 1, S² = 2 V + 0.125, σ = 0.7 S and τ at HalfNormal's median
    s = (math.log1p(1e-5) - math.log1p(-1e-5)) / (2 * 1.6448536)
    S2 = 2 * s**2 + 0.125
    wide = math.sqrt(s**2 + (0.7**2 + 0.6744898**2) * S2)
    found = default_shares(load(yaml.safe_load(LIGHT)))["c"]
    assert found.narrower == pytest.approx(wide / s, rel=1e-3)
    assert found.share == pytest.approx(1, abs=1e-6)
    assert (found.sources, found.estimated) == (1, False)
    assert default_shares(load(yaml.safe_load(LIGHT.replace("weight: 0.5", "weight: 1"))))["c"].share == 0


@given(seed=st.integers(0, 10**6), within=st.sampled_from(["20%", "1%", "0.1%", "0.01%", "0.001%"]), sources=st.integers(1, 4))
def test_what_is_swamped_is_what_is_a_hundred_times_wider(seed, within, sources):
    # the bound that spares the average may leave out none, wherever statements stand beside the limit of a hundred
    random = Random(seed)
    names = [f"s{i}" for i in range(sources)]
    case = load({
        "format": 1, "title": "Light", "horizon": "2025-01-01", "sources": {name: {"weight": round(random.uniform(0.1, 1), 2)} for name in names},
        "quantities": {"c": {"unit": "metre/second"}, "d": {"unit": "metre"}},
        "claims": {"d0": {"source": "s0", "about": "d", "between": [1, 3]}, **{
            f"{name}_{i}": {"source": name, "about": "c", "around": round(random.uniform(2, 4), 4), "within": within}
            for name in names for i in range(random.randint(1, 2))}}})
    every = default_shares(case)
    assert swamped(case) == {key: share for key, share in every.items() if share.narrower >= SWAMPED}
    assert set(swamped(case)) <= {"c"} < set(every)

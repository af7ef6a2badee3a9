"""Probability words: every band, its edges, and PHIA's gaps."""

from __future__ import annotations

import pytest

import nkestimate

ICD203 = {0: "almost no chance", 0.05: "almost no chance", 0.0501: "very unlikely", 0.2: "very unlikely", 0.2001: "unlikely", 0.45: "unlikely",
          0.4501: "roughly even chance", 0.5: "roughly even chance", 0.55: "roughly even chance", 0.5501: "likely", 0.8: "likely",
          0.8001: "very likely", 0.95: "very likely", 0.9501: "almost certain", 1: "almost certain"}  # fmt: skip
PHIA = {0: "remote chance", 0.05: "remote chance", 0.07: "between remote chance and highly unlikely", 0.1: "highly unlikely", 0.2: "highly unlikely",
        0.22: "between highly unlikely and unlikely", 0.25: "unlikely", 0.35: "unlikely", 0.37: "between unlikely and realistic possibility",
        0.4: "realistic possibility", 0.5: "realistic possibility", 0.52: "between realistic possibility and likely or probable",
        0.55: "likely or probable", 0.75: "likely or probable", 0.77: "between likely or probable and highly likely", 0.8: "highly likely",
        0.9: "highly likely", 0.92: "between highly likely and almost certain", 0.95: "almost certain", 1: "almost certain"}  # fmt: skip


@pytest.mark.parametrize(("scale", "table"), [("icd203", ICD203), ("phia", PHIA)])
def test_bands_and_edges(scale, table):
    assert {p: nkestimate.words(p, scale) for p in table} == table


def test_default_is_icd203():
    assert nkestimate.words(0.3) == "unlikely"


@pytest.mark.parametrize("p", [-0.01, 1.01, float("nan")])
def test_no_probability(p):
    with pytest.raises(ValueError, match="probability"):
        nkestimate.words(p)

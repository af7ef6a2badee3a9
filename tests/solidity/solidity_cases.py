"""Small cases for grids, and rows made by hand; importable from the tests of this folder."""

from __future__ import annotations

from nkestimate.case.load import digest_of
from nkestimate.solidity.refits.row import Row
from nkestimate.solidity.refits.variants import Variant

SMALL = {
    "horizon": "2025-06-30",
    "documents": {"d1": {"published": "2024-01-01", "title": "One"}, "d2": {"published": "2024-02-02", "title": "Two"}},
    "sources": {"a": {"name": "Ann", "weight": 0.8}, "b": {"name": "Ben", "weight": 0.5, "coverage": 0.6}, "c": {"name": "Cis", "weight": 0.5}},
    "quantities": {
        "x": {"label": "Length", "unit": "metre"},
        "y": {"label": "Price", "unit": "USD/metre", "prior": {"between": [1, 9]}},
        "z": {"label": "Shift", "unit": "", "support": "real", "dark_uncertainty": "HalfNormal(3)", "common_error": 0.2},
    },
    "derived": {"cost": {"label": "Cost", "unit": "USD", "expr": "x * y", "headline": True},
                "twice": {"label": "Twice the cost", "unit": "USD", "expr": "2 * cost"}},
    "claims": {
        "a-x": {"source": "a", "about": "x", "between": [8, 12], "reported_in": [{"document": "d1"}, {"document": "d2"}]},
        "b-x": {"source": "b", "about": "x", "between": [9, 30], "reported_in": [{"document": "d2"}]},
        "b-y": {"source": "b", "about": "y", "between": [3, 4], "coverage": 0.95},
        "a-z": {"source": "a", "about": "z", "between": [-1, 1]},
        "c-cost": {"source": "c", "between": [20, 90], "readings": [{"about": "cost", "weight": 0.7}, {"about": "twice", "weight": 0.3}]},
    },
    "questions": {"dear": {"ask": "cost > 40 USD", "label": "Is it dear?"}, "shifted": {"ask": "z > 0", "label": "Is it shifted?"}},
    "scenarios": {"trust": {"label": "Trust Ben", "set": {"sources.b.weight": 1}}},
}  # fmt: skip


def made(kind, name, choices, probability=None, *, mcse=0.01, median=None, interval=None, status="fitted", reason=""):
    """A row as if it had been fitted."""
    variant = Variant(kind, name, f"without {name}" if kind == "claim" else name, {}, choices, digest_of({"v": name}))
    questions = {} if probability is None else {"q": {"probability": probability, "mcse": mcse}}
    low, high = interval or (median, median)
    totals = {} if median is None else {"t": {"unit": "USD", "mcse": mcse, "quantiles": {"0.05": low, "0.25": median, "0.5": median, "0.75": median, "0.95": high}}}
    return Row(variant, status, reason, (), 1, totals, questions, {})

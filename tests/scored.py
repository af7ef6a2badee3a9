"""Entries of a ledger for tests, made without a fit."""

from __future__ import annotations

from typing import Any

from nkestimate.scoring.ledger import AnswerScores, ClaimScore, Entry, TotalScores

TOTAL = TotalScores(median=1300.0, low_50=1150.0, high_50=1500.0, low_90=900.0, high_90=1900.0, held_50=True, held_90=True, partly_50=False,
                    partly_90=False, log_score=0.5, crps=0.05, crps_low=0.05, crps_high=0.05, pit=0.6, pit_low=0.6, pit_high=0.6, beyond=False,
                    draws=4000)


def entry(i: int, **changed: Any) -> Entry:
    """Return the entry of case number ``i``: one total, without claims."""
    plain: dict[str, Any] = {
        "case": f"case-{i}", "title": "A bridge", "scenario": None, "digest": f"sha256:{i:064d}", "seed": 1, "horizon": "2025-06-30",
        "converged": True, "outcome": "length", "kind": "total", "label": "Bridge length", "unit": "metre", "support": "positive", "since": None,
        "scale": "log", "low": 1350.0, "high": 1350.0, "happened": None, "stated": "1.35 km", "from": "survey",
        "when": f"2025-{i % 12 + 1:02d}-01", "check": None, "class": None, "note": None, "total": TOTAL, "answer": None, "claims": [],
        "left_out": []}  # fmt: skip
    return Entry.model_validate(plain | changed)


def answered(i: int, probability: float, happened: bool) -> Entry:
    """Return the entry of a question of case number ``i``."""
    scores = AnswerScores(probability=probability, brier=(probability - happened) ** 2, log_score=-0.5, draws=4000)
    return entry(i, outcome="dear", kind="question", label="Is it dear?", unit="", support="", scale="", low=None, high=None, happened=happened,
                 stated="yes" if happened else "no", total=None, answer=scores)


def claim(source: str, off: float | None, held: bool = True) -> ClaimScore:
    """Return the score of a claim."""
    return ClaimScore(claim=f"of-{source}", source=source, name=source.title(), says="something", kind="around" if off is not None else "at_most",
                      held=held, spreads=off, off=off)

"""Calibrate a small case of each kind of statement, pooling and structure by simulation; print a table and write it to RESULTS.md.

    uv run python benchmarks/sbc.py --simulations 200          # about five minutes on two cores
    uv run python benchmarks/sbc.py --only between linear      # these alone; RESULTS.md is left as it is

Truths and statements are drawn from each case's own density, the density is refitted, and the truths' ranks among the draws are
held against the 95 % ECDF bands of Säilynoja, Bürkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6 (docs/calibrate.md).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from run import HERE, Section, write

from nkestimate import calibrate
from nkestimate.case import Case, case_from_resolved
from nkestimate.engine.cores import cores
from nkestimate.solidity.calibrating.record import Calibration

PLAIN = {"source": "b", "about": "x", "between": [80, 160]}  # beside what a case is made to show


def _case(*claims: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """Return a case of claims c1, c2, …, about x unless they say otherwise."""
    base: dict[str, Any] = {
        "format": 1, "title": "A small case", "horizon": "2025-06-30",
        "sources": {"a": {"weight": 0.7}, "b": {"weight": 0.4}, "c": {"weight": 0.5}}, "quantities": {"x": {"unit": ""}},
        "claims": {f"c{i}": {"source": "a", **({} if "readings" in claim else {"about": "x"}), **claim} for i, claim in enumerate(claims, 1)},
        "questions": {"large": {"ask": "x > 100"}},
    }
    return base | sections


_SHARE, _REAL = {"x": {"unit": "", "support": "fraction"}}, {"x": {"unit": "", "support": "real"}}
_OF_SHARES = {"large": {"ask": "x > 0.3"}}
_PRODUCT = {"quantities": {"x": {"unit": ""}, "y": {"unit": ""}}, "derived": {"xy": {"unit": "", "expr": "x * y", "headline": True}}}
_POOLED = ({"between": [80, 120]}, {"source": "b", "between": [200, 400]}, {"source": "c", "about": "y", "between": [2, 5]},
           {"source": "c", "about": "xy", "between": [300, 700]})
_TWO = {"x": {"unit": ""}, "y": {"unit": ""}}
_DIRECT = ({"between": [80, 140]}, {"source": "b", "about": "y", "between": [200, 420]})
_RECORD = {
    f"{source}{i}": {"source": source, "about": f"thing{i}", "between": [low * off, high * off], "unit": "", "came_true": true, "from": "a count"}
    for i, (low, high, true) in enumerate([(8, 12, 11), (40, 90, 55), (5, 7, 6.5), (100, 160, 115)]) for source, off in (("a", 1.0), ("b", 1.8))}

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "between": ("between", _case({"between": [90, 120]}, PLAIN)),
    "around": ("around", _case({"around": 110}, {"source": "b", "around": 130})),
    "estimate": ("estimate, real support", _case({"estimate": 110, "standard_error": 8}, {"source": "b", "between": [60, 150]}, quantities=_REAL)),
    "counted": ("counted, a fraction", _case({"counted": "12 of 40"}, {"source": "b", "counted": "55 of 100"}, quantities=_SHARE,
                                             questions=_OF_SHARES)),
    "quantiles-2": ("quantiles, two", _case({"quantiles": {"0.1": 80, "0.9": 130}}, PLAIN)),
    "quantiles-3": ("quantiles, three (two-piece)", _case({"quantiles": {"0.05": 60, "0.5": 100, "0.95": 400}},
                                                          {"source": "b", "quantiles": {"0.1": 40, "0.5": 120, "0.9": 150}})),
    "at-most": ("at most", _case(PLAIN, {"at_most": 120}, {"source": "c", "at_most": 300})),
    "at-least": ("at least", _case(PLAIN, {"at_least": 100}, {"source": "c", "at_least": 40})),
    "magnitude": ("magnitude", _case({"magnitude": "dozens"}, PLAIN)),
    "at-its-word": ("weight 1", _case({"source": "w", "between": [90, 120]}, PLAIN, sources={"w": {"weight": 1}, "b": {"weight": 0.4}})),
    "hierarchical": ("hierarchical pooling, a product", _case(*_POOLED, **_PRODUCT)),
    "linear": ("linear pooling, a product", _case(*_POOLED, **_PRODUCT, settings={"pooling": "linear"})),
    "log": ("log pooling, a product", _case(*_POOLED, **_PRODUCT, settings={"pooling": "log"})),
    "group": ("sources in a group", _case({"between": [90, 120]}, {"source": "b", "between": [100, 160]}, {"source": "c", "between": [150, 250]},
                                          sources={"a": {"weight": 0.7, "group": "g"}, "b": {"weight": 0.4, "group": "g"}, "c": {"weight": 0.5}})),
    "repeats": ("a source that speaks twice", _case({"between": [90, 120]}, {"around": 140, "weight": 0.3}, {"source": "b", "between": [100, 200]})),
    "readings": ("readings", _case(*_DIRECT, {"source": "c", "between": [150, 210], "readings": [
        {"about": "x", "weight": 0.4}, {"about": "y", "weight": 0.6}]}, quantities=_TWO)),
    "reading-group": ("a reading group, one of it a bound", _case(
        *_DIRECT, *({"source": "c", **said, "reading_group": "g", "readings": [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.5}]}
                    for said in ({"between": [150, 210]}, {"at_most": 250})), quantities=_TWO)),
    "dates": ("an uncertain date", _case(
        {"between": [80, 160]}, {"source": "b", "about": "sent", "between": [30, 70], "as_of": "2024-06-01"},
        dates={"start": {"between": ["2023-03-01", "2024-03-01"], "rationale": "nobody gave a day"}},
        derived={"sent": {"unit": "", "expr": "x * years_since(start) / (1 year)", "headline": True}})),
    "shares": ("shares of a whole", _case(
        {"between": [0.4, 0.6]}, {"source": "b", "about": "y", "counted": "12 of 40"}, questions=_OF_SHARES,
        quantities={key: {"unit": "", "support": "fraction"} for key in "xyz"},
        shares={"whole": {"parts": ["x", "y", "z"], "rationale": "all there is"}})),
    "overstates": ("a source that overstates", _case({"between": [90, 120]}, {"source": "b", "between": [150, 260]}, sources={
        "a": {"weight": 0.7}, "b": {"weight": 0.4, "overstates_by": [1.0, 2.5]}})),
    "record": ("weights and biases from a track record", _case(
        {"between": [90, 120]}, {"source": "b", "between": [150, 260]}, track_record=_RECORD,
        sources={"a": {"weight": "learned"}, "b": {"weight": {"stated": 0.4, "record": True}}})),
    "difference": ("a difference that must be positive", _case(
        {"between": [80, 140]}, {"source": "b", "about": "y", "between": [30, 60]}, {"source": "c", "about": "left", "between": [40, 90]},
        quantities={key: {"unit": "", "prior": {"between": ends}, "rationale": "truths mostly possible"} for key, ends in (
            ("x", [70, 160]), ("y", [20, 80]))},
        derived={"left": {"unit": "", "expr": "x - y", "support": "positive", "headline": True}})),
}


def case_of(kind: str) -> Case:
    """Return the case of a kind."""
    return case_from_resolved(KINDS[kind][1], kind)


def row(kind: str, found: Calibration, seconds: float) -> tuple[str, ...]:
    """Return a kind's row: what is farthest off, how far, how likely that is."""
    worst = min(found.ranked, key=lambda one: one.uniformity.p)
    chi2 = min((one.uniformity.chi2_p for one in found.ranked if one.uniformity.chi2_p is not None), default=1.0)
    number = len(found.ranked)
    return (KINDS[kind][0], str(number), worst.name, f"{worst.uniformity.ratio:.2f}", f"{worst.uniformity.p:.3f}", f"{min(found.least_p, 1):.2f}",
            f"{min(chi2 * number, 1):.2f}", f"{found.unconverged}", f"{len(found.failures)}", f"{seconds:.0f} s")


HEADER = ("kind", "ranked", "least uniform", "ECDF / band", "p", "p of all", "χ² p of all", "not converged", "failed", "seconds")


def main() -> int:
    parser = argparse.ArgumentParser(description="Calibrate a case of each kind by simulation.")
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS), metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=Path, help="folder to keep rows in, so that a run that was stopped goes on")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    given = parser.parse_args()
    began, rows, doubtful = time.perf_counter(), [], []
    for kind in given.only:
        start = time.perf_counter()
        found = calibrate(case_of(kind), simulations=given.simulations, seed=given.seed, workers=given.workers, progress=False,
                          out=given.rows / kind if given.rows else None)
        rows.append(row(kind, found, time.perf_counter() - start))
        print(" | ".join(rows[-1]), flush=True)
        if not (found.uniform and found.ok):
            doubtful.append(KINDS[kind][0])
            for one in found.ranked:
                print(f"    {one.name}: {one.uniformity}", flush=True)
            print("   ", *dict.fromkeys(found.failures), sep="\n    ", flush=True)
    seconds = time.perf_counter() - began
    print(f"{seconds:.0f} s; not uniform: {', '.join(doubtful) or 'none'}")
    if set(given.only) == set(KINDS):
        section = Section(
            "10. Calibration by simulation",
            f"`benchmarks/sbc.py --simulations {given.simulations}`: a small case of each kind; truths and statements drawn from its own density, "
            f"refitted with 2 × (300 + 500) draws, ranked; all of it took {seconds:.0f} s with {given.workers} processes{' (what was kept before is not counted)' if given.rows else ''}. *ECDF / band*: the largest "
            "distance of the ECDF of ranks from the diagonal in widths of the 95 % band, of what is least uniform by p; *p of all*: that p "
            "times the number of things ranked, 1 at most. *seconds*: starting the processes included. With "
            f"{len(KINDS)} kinds one with *p of all* below 0.05 is to be expected. Not uniform by it: {', '.join(doubtful) or 'none'}.",
            "none: nothing is compiled for a case.", HEADER, rows)
        load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        text = section.markdown(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC{load}")
        write(given.out, {"sbc": text})
    return 1 if doubtful else 0


if __name__ == "__main__":
    sys.exit(main())

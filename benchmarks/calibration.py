"""Predict what expert panels were asked, and score the predictions against what came true.

uv run python benchmarks/calibration.py PANELS.csv --out predictions.csv        (one set of predictions)
uv run python benchmarks/calibration.py PANELS.csv --table 1,2,3,5,all          (a table: how well few or many experts do)
uv run python benchmarks/calibration.py PANELS.csv --trained --out predictions.csv          (weights and biases learned from a track record)

PANELS.csv has the columns study, item, scale ("log" or another word), expert, q05, q50, q95 and, for the table, realization. Each
item becomes a case with one quantity and one claim an expert, all of the same weight; the predictions have the columns study,
item, p and value, p from 0.01 to 0.99. The panels are not part of the repository.

With --trained each expert has a track record: what he said of the panel's other items and what came true of them, and its weight is
learned from that; the item that is predicted is in no one's record. A table then sets it beside the same experts untrained and their
linear pool, with differences in CRPS and their bootstrap standard errors over whole panels.

The table draws N experts of each panel that has as many (three times), fits, and scores: how often the central 90 % and 50 %
intervals hold what came true; CRPS from the quantiles (Gneiting & Raftery 2007, doi:10.1198/016214506000001437) and the width of
the 90 % interval, both relative to the range of all that the whole panel states, widened by a fifth, on logs where the scale is
log; the CRPS of one item counts 1 at most. Errors are bootstrap standard errors over items.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import synthetic

P = np.arange(1, 100) / 100
Rows = list[dict[str, str]]
POOLINGS = ("hierarchical", "linear")


def case_of(rows: Rows, weight: float, pooling: str) -> dict[str, Any]:
    """Return the case of one item."""
    support = "positive" if rows[0]["scale"] == "log" else "real"
    experts = [f"e{i}" for i in range(len(rows))]
    return {
        "format": 1,
        "title": "One question to a panel",
        "horizon": "2000-01-01",
        "settings": {"pooling": pooling},
        "sources": {e: {"name": e, "weight": weight} for e in experts},
        "quantities": {"x": {"unit": "", "support": support}},
        "claims": {
            e: {"source": e, "about": "x", "quantiles": {p: float(row[key]) for p, key in ((0.05, "q05"), (0.5, "q50"), (0.95, "q95"))}}
            for e, row in zip(experts, rows, strict=True)
        },
    }


def _statement(row: dict[str, str]) -> dict[str, Any]:
    return {"quantiles": {p: float(row[key]) for p, key in ((0.05, "q05"), (0.5, "q50"), (0.95, "q95"))}}


def trained_case_of(rows: Rows, others: list[Rows]) -> dict[str, Any]:
    """Return the case of one item whose experts have a record: what they said of the panel's ``others``."""
    case = case_of(rows, 0.5, "hierarchical")
    experts = list(dict.fromkeys(row["expert"] for item in (rows, *others) for row in item))
    name = {expert: f"e{i}" for i, expert in enumerate(experts)}
    case["sources"] = {e: {"name": e, "weight": "learned"} for e in name.values()}
    case["claims"] = {name[row["expert"]]: {"source": name[row["expert"]], "about": "x", **_statement(row)} for row in rows}
    case["track_record"] = {
        f"{name[row['expert']]}-{i}": {
            "source": name[row["expert"]], "about": f"item {i}", "support": "positive" if row["scale"] == "log" else "real",
            "came_true": float(row["realization"]), "from": "the panel", **_statement(row)}
        for i, item in enumerate(others) for row in item
    }
    return case


def panels_of(path: Path) -> dict[tuple[str, str], Rows]:
    """Return the rows of each item, by study and item."""
    items: dict[tuple[str, str], Rows] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            items[row["study"], row["item"]].append(row)
    return items


def quantiles_of(rows: Rows, weight: float, pooling: str, others: list[Rows] | None = None) -> tuple[np.ndarray, bool]:
    """Return the predictive quantiles of one item at `P`, and whether the fit converged; trained where there are ``others``."""
    from nkestimate import fit, load_case

    case = case_of(rows, weight, pooling) if others is None else trained_case_of(rows, others)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        path.write_text(synthetic.to_yaml(case), encoding="utf-8")
        result = fit(load_case(path), progress=False, cores=1)
    totals = result.coordinates[..., result.density.index["x"]]
    return np.quantile(np.exp(totals) if rows[0]["scale"] == "log" else totals, P), result.ok


def predict(panels: Path, out: Path, weight: float, pooling: str) -> int:
    """Write the predictions of all items; return how many fits did not converge."""
    failed = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("study", "item", "p", "value"))
        for (study, item), rows in panels_of(panels).items():
            quantiles, ok = quantiles_of(rows, weight, pooling)
            failed += not ok
            writer.writerows((study, item, f"{p:.2f}", repr(float(q))) for p, q in zip(P, quantiles, strict=True))
    return failed


def score(quantiles: np.ndarray, panel: Rows) -> tuple[float, float, float, float]:
    """Return of one item: whether the 90 % and the 50 % interval hold what came true, CRPS and 90 % width, both relative."""
    log = panel[0]["scale"] == "log"
    stated = np.array([[float(row[key]) for key in ("q05", "q50", "q95")] for row in panel])
    truth = np.float64(panel[0]["realization"])
    if log:
        quantiles, stated, truth = np.log(np.maximum(quantiles, 1e-300)), np.log(stated), np.log(truth)
    span = 1.2 * np.ptp(stated) or 1.0
    at = {p: float(np.interp(p, P, quantiles)) for p in (0.05, 0.25, 0.75, 0.95)}
    loss = np.maximum(P * (truth - quantiles), (P - 1) * (truth - quantiles))
    crps = min(2 * float(np.trapezoid(loss, P)) / span, 1.0)
    return float(at[0.05] <= truth <= at[0.95]), float(at[0.25] <= truth <= at[0.75]), crps, (at[0.95] - at[0.05]) / span


def _scored(task: tuple[Rows, Rows, float, str]) -> tuple[tuple[float, float, float, float], bool]:
    some, panel, weight, pooling = task
    quantiles, ok = quantiles_of(some, weight, pooling)
    return score(quantiles, panel), ok


def table(panels: Path, sizes: list[str], weight: float, draws: int) -> None:
    """Print how well N experts do, by N and pooling."""
    items = list(panels_of(panels).values())
    print("| experts | items | pooling | 90 % holds | 50 % holds | CRPS | width of 90 % | not converged |")
    print("|---|---|---|---|---|---|---|---|")
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for size in sizes:
            tasks: list[tuple[Rows, Rows]] = []
            for seed in range(1 if size == "all" else draws):
                rng = np.random.default_rng(seed)
                n = None if size == "all" else int(size)
                tasks += [([p[i] for i in np.sort(rng.choice(len(p), n or len(p), replace=False))], p) for p in items if len(p) >= (n or 1)]
            for pooling in POOLINGS:
                done = list(pool.map(_scored, ((some, panel, weight, pooling) for some, panel in tasks), chunksize=8))
                scores = np.array([each for each, _ in done])
                # Draws of one item are no new items: the bootstrap is over items.
                by_item = scores.reshape(-1, len(tasks) // (1 if size == "all" else draws), 4).mean(axis=0)
                pick = np.random.default_rng(0).integers(len(by_item), size=(2000, len(by_item)))
                errors = by_item[pick].mean(axis=1).std(axis=0)
                shown = " | ".join(f"{mean:.3f} ± {error:.3f}" for mean, error in zip(scores.mean(axis=0), errors, strict=True))
                print(f"| {size} | {len(by_item)} | {pooling} | {shown} | {sum(not ok for _, ok in done)} |", flush=True)


def _trained(task: tuple[Rows, list[Rows]]) -> tuple[list[np.ndarray], list[bool]]:
    rows, others = task
    done = [quantiles_of(rows, 0.5, "hierarchical", others), quantiles_of(rows, 0.5, "hierarchical"), quantiles_of(rows, 0.5, "linear")]
    return [quantiles for quantiles, _ in done], [not ok for _, ok in done]


def trained(panels: Path, out: Path) -> None:
    """Write the predictions of trained experts, and print how well they do beside untrained ones and their linear pool."""
    items = panels_of(panels)
    tasks = [(rows, [item for other, item in items.items() if other[0] == key[0] and other != key]) for key, rows in items.items()]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(_trained, tasks, chunksize=4))
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("study", "item", "p", "value"))
        for (study, item), ((quantiles, *_), _) in zip(items, done, strict=True):
            writer.writerows((study, item, f"{p:.2f}", repr(float(q))) for p, q in zip(P, quantiles, strict=True))
    if all(rows[0].get("realization") for rows in items.values()):
        print_trained(items, done)


def print_trained(items: dict[tuple[str, str], Rows], done: list[tuple[list[np.ndarray], list[bool]]]) -> None:
    scores = np.array([[score(quantiles, rows) for quantiles in each] for rows, (each, _) in zip(items.values(), done, strict=True)])
    studies = list(dict.fromkeys(study for study, _ in items))
    members = [np.array([i for i, (study, _) in enumerate(items) if study == one]) for one in studies]
    picks = np.random.default_rng(0).integers(len(studies), size=(2000, len(studies)))
    print("| | 90 % holds | 50 % holds | CRPS | width of 90 % | CRPS of the trained, less this | not converged |")
    print("|---|---|---|---|---|---|---|")
    for k, name in enumerate(("trained", "untrained", "linear pool")):
        less = scores[:, 0, 2] - scores[:, k, 2]
        error = np.std([np.concatenate([less[members[i]] for i in pick]).mean() for pick in picks])
        shown = " | ".join(f"{mean:.4f}" if j == 2 else f"{mean:.3f}" for j, mean in enumerate(scores[:, k].mean(axis=0)))
        print(f"| {name} | {shown} | {less.mean():+.4f} ± {error:.4f} | {sum(failed[k] for _, failed in done)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("panels", type=Path)
    parser.add_argument("--out", type=Path, default=Path("predictions.csv"))
    parser.add_argument("--weight", type=float, default=0.5, help="of every expert (default 0.5)")
    parser.add_argument("--pooling", default="hierarchical", choices=("hierarchical", "linear", "log"))
    parser.add_argument("--table", help="numbers of experts, such as 1,2,3,5,all: print scores instead of writing predictions")
    parser.add_argument("--draws", type=int, default=3, help="draws of N experts for each row of the table (default 3)")
    parser.add_argument("--trained", action="store_true", help="learn each expert's weight and bias from the panel's other items")
    given = parser.parse_args()
    if given.trained:
        trained(given.panels, given.out)
        return
    if given.table:
        table(given.panels, given.table.split(","), given.weight, given.draws)
        return
    failed = predict(given.panels, given.out, given.weight, given.pooling)
    print(f"Written: {given.out}. Fits that did not converge: {failed}.")


if __name__ == "__main__":
    main()

"""Predict what expert panels were asked, for a score against what came true.

uv run python benchmarks/calibration.py PANELS.csv --out predictions.csv

PANELS.csv has the columns study, item, scale ("log" or another word), expert, q05, q50 and q95. Each item becomes a case with one
quantity and one claim an expert, all of the same weight; the predictions have the columns study, item, p and value, p from
0.01 to 0.99. The panels are not part of the repository.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import synthetic

P = np.arange(1, 100) / 100


def case_of(rows: list[dict[str, str]], weight: float, pooling: str) -> dict[str, Any]:
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


def predict(panels: Path, out: Path, weight: float, pooling: str) -> int:
    """Write the predictions of all items; return how many fits did not converge."""
    from nkestimate import fit, load_case

    items: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with panels.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            items[row["study"], row["item"]].append(row)
    failed = 0
    with tempfile.TemporaryDirectory() as folder, out.open("w", encoding="utf-8", newline="") as file:
        path = Path(folder) / "case.yaml"
        writer = csv.writer(file)
        writer.writerow(("study", "item", "p", "value"))
        for (study, item), rows in items.items():
            path.write_text(synthetic.to_yaml(case_of(rows, weight, pooling)), encoding="utf-8")
            result = fit(load_case(path), progress=False)
            failed += not result.ok
            draws = result.tree["posterior"]["x"].to_numpy()
            writer.writerows((study, item, f"{p:.2f}", repr(float(q))) for p, q in zip(P, np.quantile(draws, P), strict=True))
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("panels", type=Path)
    parser.add_argument("--out", type=Path, default=Path("predictions.csv"))
    parser.add_argument("--weight", type=float, default=0.5, help="of every expert (default 0.5)")
    parser.add_argument("--pooling", default="hierarchical", choices=("hierarchical", "linear", "log"))
    given = parser.parse_args()
    failed = predict(given.panels, given.out, given.weight, given.pooling)
    print(f"Written: {given.out}. Fits that did not converge: {failed}.")


if __name__ == "__main__":
    main()

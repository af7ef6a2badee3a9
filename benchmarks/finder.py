"""How well the number finder finds, and how often the entry that it proposes is right, on texts labelled by hand.

    uv run python benchmarks/finder.py tests/data/fresh_news.jsonl tests/data/fresh_general.jsonl --wrong

A labelled figure counts as found where a phrase that is not incidental overlaps its number. Its proposed entry counts as right where
a case with a quantity in the label's unit takes it and reads it as one of the statements that the label lists: the same kind and
values, the unit stated wherever the label has one. A label may say that there is nothing to state (an empty list); then no entry is the
right one.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nkestimate import load_case
from nkestimate.case.model import Statement
from nkestimate.errors import NKEstimateError
from nkestimate.evidence.suggest import statement
from nkestimate.printed.figures import figure_of
from nkestimate.printed.phrases import Phrase, find_phrases
from nkestimate.printed.vocabulary import CODES

# Any rates do: values are compared in the label's own currency.
_RATES = {code: {"is": f"0.{i + 11} USD", "as_of": "2025-01-01", "from": "here"} for i, code in enumerate(sorted({*CODES.values()} - {"USD"}))}


@dataclass
class Score:
    """Counts of one labelled file: figures and how many were found, phrases told and how many are figures, entries and how many are right."""

    stated: int = 0
    recalled: int = 0
    told: int = 0
    right: int = 0
    entries: int = 0
    entries_right: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        shares = (("recall", self.recalled, self.stated), ("precision", self.right, self.told), ("entries right", self.entries_right, self.entries))
        return ", ".join(f"{name} {part} of {whole} ({part / max(whole, 1):.1%})" for name, part, whole in shares)


def score(rows: list[dict[str, Any]], *, strict: bool) -> Score:
    """Return how the finder does on labelled texts; ``strict`` leaves out labels that are marked doubtful."""
    counts = Score()
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            _score_text(counts, row, Path(folder) / "case.yaml", strict)
    return counts


def _score_text(counts: Score, row: dict[str, Any], path: Path, strict: bool) -> None:
    phrases = find_phrases(row["text"])
    labels = [label for label in row["phrases"] if not (strict and label.get("doubtful"))]
    passed_over = [label for label in row["phrases"] if label not in labels]
    for label in labels:
        if label["kind"] != "statement":
            continue
        hits = [one for one in phrases if not one.rule and _overlap(one, label)]
        counts.stated += 1
        counts.recalled += bool(hits)
        if not hits:
            counts.wrong.append(f"{row['id']}: missed: {label['phrase']}")
        if "entries" in label:
            counts.entries += 1
            entry = _entry(hits)
            good = any(_is_right(entry, wanted, path) for wanted in label["entries"] or [None])
            counts.entries_right += good
            if hits and not good:
                counts.wrong.append(f"{row['id']}: {label['phrase']!r}, read {[one.text for one in hits]}: {entry}, wanted {label['entries']}")
    for one in phrases:
        if one.rule or any(_overlap(one, label) for label in passed_over):
            continue
        counts.told += 1
        good = any(label["kind"] == "statement" and _overlap(one, label) for label in labels)
        counts.right += good
        if not good:
            counts.wrong.append(f"{row['id']}: no figure: {one.text}")


def _overlap(phrase: Phrase, label: dict[str, Any]) -> bool:
    return bool(phrase.start < label["core_at"] + len(label["core"]) and label["core_at"] < phrase.end)


def _entry(hits: list[Phrase]) -> dict[str, Any] | None:
    """Return what is proposed for the first of the phrases that state a value; None where none does."""
    figures = [figure for one in hits if (figure := figure_of(one))]
    lines = statement(figures[0]) if figures else []
    return yaml.load("\n".join(lines), yaml.BaseLoader) if lines else None


def _is_right(entry: dict[str, Any] | None, wanted: dict[str, Any] | None, path: Path) -> bool:
    """Whether an entry states what the label wants; nothing where it wants nothing."""
    if entry is None or wanted is None:
        return entry is wanted
    if wanted["unit"] and not entry.get("unit"):
        return False
    values = wanted["values"]
    numbers = [f"{value!r}" if isinstance(value, float) else value for value in values]
    said: Any = numbers if wanted["kind"] == "between" else numbers[0]
    said = "{:g} of {:g}".format(*values) if wanted["kind"] == "counted" else said
    # A bound alone makes no valid case, so the quantity has a prior.
    shape = {"support": "fraction", "prior": "Beta(1, 1)"} if wanted["kind"] == "counted" else {"prior": "LogNormal(0, 9)"}
    target = {"unit": wanted["unit"], "label": "What", "rationale": "any will do", **shape}
    claim = {wanted["kind"]: said, **({"standard_error": numbers[1]} if wanted["kind"] == "estimate" else {})}
    named = set(re.findall(r"[A-Z]{3}", f"{wanted['unit']} {entry.get('unit')}"))
    rates = {code: rate for code, rate in _RATES.items() if code in named}  # all of them would take most of the time
    case = {"title": "One", "horizon": "2031-01-01", "sources": {"s": {"weight": 1}}, "units": rates, "quantities": {"what": target},
            "claims": {"read": {"source": "s", "about": "what", **entry},
                       "label": {"source": "s", "about": "what", **claim}}}  # fmt: skip
    path.write_text(yaml.safe_dump(case), encoding="utf-8")
    try:
        claims = load_case(path).claims
    except NKEstimateError:
        return False
    return _same(*(claims[key].readings[0].statement for key in ("read", "label")))


def _same(one: Statement, two: Statement) -> bool:
    ends = [] if one.kind in ("around", "at_most", "at_least") else [(one.low, two.low), (one.high, two.high)]
    return one.kind == two.kind and one.count == two.count and all(
        (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-6) for a, b in [(one.value, two.value), *ends])


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def main(arguments: list[str] | None = None) -> None:
    """Print a line for each file, with and without doubtful labels, and what is wrong if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list what was missed, shown in vain or misread")
    options = parser.parse_args(arguments)
    for path in options.files:
        rows = list(_read(path))
        print(f"{path.stem}: {score(rows, strict=False)}")
        firm = score(rows, strict=True)
        print(f"{path.stem} without doubtful labels: {firm}")
        if options.wrong:
            print(*firm.wrong, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])

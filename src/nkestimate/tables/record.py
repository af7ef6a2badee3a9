"""The track records of sources for a terminal, as CSV and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from nkestimate.density.record import SourceRecord
from nkestimate.evidence.cooke import LEVELS, SourcesTable
from nkestimate.text import as_csv, as_json, as_text, bare_table, paragraph
from nkestimate.wording.numbers import NONE, TERMINAL, Typography, count, decimals, figures, shown_by, stated_percent, weight

WAYS = {
    "equal": "linear pool, equal weights", "cooke": "linear pool, Cooke's weights", "learned": "linear pool, learned weights",
    "without": "this case without its record", "with": "this case with its record",
}
"""Ways of weighing sources, and what they are called."""


def render(table: SourcesTable, form: str) -> str:
    """Write a table as ``text``, ``csv`` or ``json``."""
    if form == "json":
        return as_json(plain(table))
    if form == "csv":
        rows = list(_cells(table))
        return as_csv(list(rows[0]), (row.values() for row in rows))
    return _text(table)


def plain(table: SourcesTable) -> dict[str, Any]:
    """Return a table as plain values; other programs may rely on its keys."""
    return {
        "case": table.case.id, "digest": table.case.digest,
        "sources": {key: {**asdict(record), "factor": record.factor, "cooke": asdict(table.scores[key]) if key in table.scores else None}
                    for key, record in table.records.items()},
        "says": {key: {way: {f"{level:g}": value if math.isfinite(value) else None for level, value in zip(LEVELS, values, strict=True)}
                       for way, values in ways.items()} for key, ways in table.says.items()},
    }


def _cells(table: SourcesTable) -> Iterator[dict[str, Any]]:
    for key, record in table.records.items():
        score, factor = table.scores.get(key), record.factor or ("", "", "")
        yield {
            "source": key, "entries": record.entries, "occasions": record.occasions, "acts": record.acts, "weight_without": record.before,
            "weight": record.weight, "weight_5": record.weights[0], "weight_95": record.weights[1], "overstates_by": factor[0],
            "overstates_5": factor[1], "overstates_95": factor[2], "shift_S": record.shift[0] if record.shift else "",
            "calibration": score.calibration if score else "", "information": score.information if score else "",
            "cooke_weight": score.weight if score else "",
        }


def bias_words(record: SourceRecord, set_in: Typography = TERMINAL) -> str:
    """Write a learned bias: a factor with its 90 % interval, and on identity scales a shift in units of S."""
    said = []
    if record.factor:
        middle, low, high = (figures(value, 2, set_in) for value in record.factor)
        said.append(f"{middle} ({low} to {high})")
    if record.shift:
        said.append(f"{decimals(record.shift[0], 2, set_in, signed=True)} S")
    return ", ".join(said) or NONE


def weight_range(record: SourceRecord, set_in: Typography = TERMINAL) -> str:
    """Write the 90 % interval of a learned weight."""
    return f"{weight(record.weights[0], set_in)} to {weight(record.weights[1], set_in)}"


def _text(table: SourcesTable) -> str:
    names = {key: source.name for key, source in table.case.sources.items()}
    learned = bare_table()
    learned.add_column("source", ratio=1, overflow="fold")
    for column in ("entries", "overstates by", "stated", "learned", stated_percent(0.9), "acts"):
        learned.add_column(column, justify="right", no_wrap=True)
    for key, record in table.records.items():
        learned.add_row(names[key], count(record.entries), bias_words(record), weight(record.before), weight(record.weight),
                        weight_range(record), "yes" if record.acts else "no")
    parts: list[Any] = [paragraph(f"{table.case.title}: what sources said before"), "", learned, ""]
    parts.append(paragraph(
        "overstates by: a factor; with S: a shift, in units of the spread of what all said of one thing. stated, learned: the weight "
        f"without the record and with it. In parentheses, and under {stated_percent(0.9)}: intervals."))
    if table.scores:
        scored = bare_table()
        scored.add_column("Cooke's scores", ratio=1)
        for column in ("items", "calibration", "information", "share of weight"):
            scored.add_column(column, justify="right", no_wrap=True)
        for key, score in table.scores.items():
            scored.add_row(names[key], count(score.items), figures(score.calibration, 2), decimals(score.information, 2),
                           decimals(score.weight, 2))
        parts += ["", scored]
    if table.says:
        parts += ["", _says(table)]
    return as_text(*parts)


def _says(table: SourcesTable) -> Any:
    said = bare_table()
    said.add_column("what each would say", ratio=1)
    for column in ("median", stated_percent(0.05), stated_percent(0.95)):
        said.add_column(column, justify="right", no_wrap=True)
    said.add_column("unit", max_width=18, overflow="fold")
    for key, ways in table.says.items():
        total = table.case.totals[key]
        said.add_row(total.label, "", "", "", "", style="bold")
        for way in (way for way in WAYS if way in ways):
            shown = shown_by(total, ways[way], TERMINAL)
            low, middle, high = (shown.number(value) for value in ways[way])
            said.add_row(f"  {WAYS[way]}", middle, low, high, shown.cell)
    return said

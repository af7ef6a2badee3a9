"""The table that a run prints: totals, and their change since the last run."""

from __future__ import annotations

import math
from typing import Any

from nkestimate.analysis.records import Estimate, Summary
from nkestimate.case.model import Case
from nkestimate.text import as_text, bare_table
from nkestimate.wording.numbers import NONE, TERMINAL, Display, day, display, percent, stated_percent
from nkestimate.wording.probability_words import answer_words


def headline_table(summary: Summary, case: Case, before: Summary | None = None) -> str:
    """Return the totals as a table no wider than 80 columns, the headline first, then the questions.

    Parameters
    ----------
    summary : Summary
    case : Case
    before : Summary, optional
        An earlier summary; where its totals are in the same units, their medians' changes are shown.
    """
    rows = summary.totals
    order = sorted(rows, key=lambda name: (name != case.headline.id, name not in case.derived))
    changed = before is not None and before.case == case.id
    earlier = before.totals if before else {}
    state = "" if summary.diagnostics.ok else "NOT CONVERGED. "
    told = f"as of {day(case.horizon, TERMINAL)}; median with {stated_percent(0.9)} interval (equal tails)"
    table = bare_table(title=f"{state}{case.title}\n{told}", title_justify="left", title_style="bold")
    table.add_column("total", ratio=1)
    for column in ("median", stated_percent(0.05), stated_percent(0.95)):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("unit", max_width=18, overflow="fold")
    if changed:
        table.add_column("change", justify="right", no_wrap=True)
    for name in order:
        row, total = rows[name], case.totals[name]
        known = {p: row.quantile(p) for p in (0.5, 0.05, 0.25, 0.75, 0.95)}
        shown = display(row.unit, total.support, known, TERMINAL, getattr(total, "since", None))
        cells = [total.label, *(shown.number(known[p]) for p in (0.5, 0.05, 0.95)), shown.column]
        cells += [_change(row, earlier.get(name), shown)] if changed else []
        table.add_row(*cells, style="bold" if name == case.headline.id else "")
    parts: list[Any] = [table]
    if summary.questions:
        asked = bare_table()
        for column in ("question", "probability"):
            asked.add_column(column, ratio=1 if column == "question" else None, justify="left" if column == "question" else "right")
        asked.add_column("in words", max_width=24)
        for name, answer in summary.questions.items():
            asked.add_row(case.questions[name].label, percent(answer.probability), answer_words(answer))
        parts += ["", asked]
    if changed and before is not None:
        parts.append(f"\nchange: since {_named(before)} in this folder; ≈ within Monte Carlo error (two standard errors)")
    return as_text(*parts)


def _named(summary: Summary) -> str:
    """Name an earlier run by what set it apart."""
    parts = [f"scenario {summary.scenario}"] if summary.scenario else []
    parts += [f"{summary.pooling} pooling"] if summary.pooling != "hierarchical" else []
    return "the last run" + (f" ({', '.join(parts)})" if parts else "")


def _change(row: Estimate, old: Estimate | None, shown: Display) -> str:
    if old is None or old.unit != row.unit:
        return "new"
    if row.median is None or old.median is None:
        return NONE
    difference = row.median - old.median
    if shown.number(row.median) == shown.number(old.median):
        return "="
    if abs(difference) < 2 * math.hypot(row.mcse, old.mcse):
        return "≈"
    return shown.change(difference)

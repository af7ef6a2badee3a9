"""The table that a run prints: totals, and their change since the last run."""

from __future__ import annotations

import math
from typing import Any

from nkestimate.analysis.records import Estimate, Summary
from nkestimate.case.model import Case
from nkestimate.text import as_text, bare_table


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
    table = bare_table(title=f"{state}{case.title}\nas of {case.horizon.isoformat()}; median with 90 % interval (equal tails)",
                       title_justify="left", title_style="bold")
    table.add_column("total", ratio=1)
    for column in ("median", "5 %", "95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("unit", max_width=18, overflow="fold")
    if changed:
        table.add_column("change", justify="right", no_wrap=True)
    for name in order:
        row = rows[name]
        cells = [case.totals[name].label, *(significant(row.quantiles[p]) for p in ("0.5", "0.05", "0.95")), row.unit]
        table.add_row(*cells, *([_change(row, earlier.get(name))] if changed else []), style="bold" if name == case.headline.id else "")
    parts: list[Any] = [table]
    if summary.questions:
        asked = bare_table()
        for column in ("question", "probability"):
            asked.add_column(column, ratio=1 if column == "question" else None, justify="left" if column == "question" else "right")
        asked.add_column("in words", max_width=24)
        for name, answer in summary.questions.items():
            asked.add_row(case.questions[name].label, percent(answer.probability), answer.words)
        parts += ["", asked]
    if changed and before is not None:
        parts.append(f"\nchange: since {_named(before)} in this folder; ≈ within Monte Carlo error (two standard errors)")
    return as_text(*parts)


def significant(value: float | None, figures: int = 3) -> str:
    """Return a number with a few significant figures, thousands separated: ``12,600``, ``0.634``."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = figures - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    if abs(rounded) >= 1e15 or abs(rounded) < 1e-6:
        return f"{rounded:.{figures - 1}e}"
    return f"{rounded:,.{max(digits, 0)}f}"


def _named(summary: Summary) -> str:
    """Name an earlier run by what set it apart."""
    parts = [f"scenario {summary.scenario}"] if summary.scenario else []
    parts += [f"{summary.pooling} pooling"] if summary.pooling != "hierarchical" else []
    return "the last run" + (f" ({', '.join(parts)})" if parts else "")


def percent(probability: float) -> str:
    """Return a probability in whole percent, never as a certainty that draws cannot give."""
    return "<1 %" if probability < 0.005 else ">99 %" if probability > 0.995 else f"{100 * probability:.0f} %"


def _change(row: Estimate, old: Estimate | None) -> str:
    if old is None or old.unit != row.unit:
        return "new"
    if row.median is None or old.median is None:
        return "–"
    difference = row.median - old.median
    if significant(row.median) == significant(old.median):
        return "="
    if abs(difference) < 2 * math.hypot(row.mcse, old.mcse):
        return "≈"
    return ("+" if difference > 0 else "−") + significant(abs(difference), 2)

"""The table that a run prints: totals, and their change since the last run."""

from __future__ import annotations

import math
from typing import Any

from nkestimate.case.model import Case
from nkestimate.fitting.records import Estimate, QuestionAnswer, Summary, within_error
from nkestimate.sentences.findings import answer_words
from nkestimate.text import as_text, bare_table, paragraph
from nkestimate.wording.numbers import NONE, TERMINAL, Display, day, decimals, display, percent, stated_percent


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
    parts: list[Any] = [f"{state}{case.title}\n{told}"]
    dated = [name for name in order if case.totals[name].since]
    for names in ([name for name in order if name not in dated], dated):  # days are long: they would widen all columns
        if names:
            table = _columns("date" if names is dated else "total", changed=changed)
            for name in names:
                table.add_row(*_cells(case, name, rows[name], earlier.get(name), changed=changed),
                              style="bold" if name == case.headline.id else "")
            parts += [table] if len(parts) == 1 else ["", table]
    if summary.questions:
        asked = bare_table()
        for column in ("question", "probability"):
            asked.add_column(column, ratio=1 if column == "question" else None, justify="left" if column == "question" else "right")
        asked.add_column("in words", max_width=24)
        if changed:
            asked.add_column("change", justify="right", no_wrap=True)
        for name, answer in summary.questions.items():
            cells = [case.questions[name].label, percent(answer.probability), answer_words(answer)]
            asked.add_row(*cells, *([answer_change(answer, before.questions.get(name))] if changed and before else []))
        parts += ["", asked]
    if changed and before is not None:
        parts.append("\n" + paragraph("change: of the median, in its unit, and of the probability, in percentage points, since "
                                      f"{_named(before)} in this folder; {LEGEND}"))
    return as_text(*parts)


def _columns(first: str, *, changed: bool) -> Any:
    """Return a table of totals without rows; of dates, whose unit needs no column."""
    table = bare_table()
    table.add_column(first, ratio=1)
    for column in ("median", stated_percent(0.05), stated_percent(0.95)):
        table.add_column(column, justify="right", no_wrap=True)
    if first != "date":
        table.add_column("unit", max_width=18, overflow="fold")
    if changed:
        table.add_column("change", justify="right", no_wrap=True)
    return table


def _cells(case: Case, name: str, row: Estimate, old: Estimate | None, *, changed: bool) -> list[str]:
    total = case.totals[name]
    known = row.known
    shown = display(row.unit, total.support, known, TERMINAL, total.since)
    cells = [total.label, *(shown.number(known[p]) for p in (0.5, 0.05, 0.95))]
    cells += [] if shown.since else [shown.cell]
    return cells + ([change_words(row, old, shown)] if changed else [])


def _named(summary: Summary) -> str:
    """Name an earlier run by what set it apart."""
    parts = [f"scenario {summary.scenario}"] if summary.scenario else []
    parts += [f"{summary.pooling} pooling"] if summary.pooling != "hierarchical" else []
    return "the last run" + (f" ({', '.join(parts)})" if parts else "")


LEGEND = ("≈ within Monte Carlo error (two standard errors), with wider, narrower or shifted where the interval has moved by more; = the "
          "same figures")


def change_words(row: Estimate, old: Estimate | None, shown: Display) -> str:
    """Write how far a median has moved: ``=`` where it and its interval read the same, ``≈`` within Monte Carlo error.

    Where the median has not moved but the interval has, that is said: ``≈ wider``. ``new`` is one without an earlier one.
    """
    if old is None or old.unit != row.unit:
        return "new"
    if row.median is None or old.median is None:
        return NONE
    difference, interval = row.median - old.median, row.interval_since(old)
    if all(shown.number(row.quantile(p)) == shown.number(old.quantile(p)) for p in (0.05, 0.5, 0.95)):
        return "="
    if within_error(difference, row.mcse, old.mcse) or shown.number(row.median) == shown.number(old.median):
        return f"≈ {interval}".rstrip()
    return shown.change(difference)


def answer_change(answer: QuestionAnswer, old: QuestionAnswer | None) -> str:
    """Write by how many percentage points a probability has moved, with the signs of `change_words`."""
    if old is None:
        return "new"
    return probability_change(answer.probability, old.probability, math.hypot(answer.mcse or 0.0, old.mcse or 0.0))


def probability_change(new: float | None, old: float | None, error: float) -> str:
    """Write by how many percentage points a probability has moved; ``error`` is the standard error of the difference."""
    if new is None or old is None:
        return NONE
    if percent(new) == percent(old):
        return "="
    return "≈" if within_error(new - old, error) else decimals(100 * (new - old), 0, signed=True)

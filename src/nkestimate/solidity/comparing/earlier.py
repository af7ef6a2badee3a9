"""A folder's run beside an earlier one of its history, of which the summary alone is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from nkestimate.errors import ComparisonError
from nkestimate.fitting.history import Line
from nkestimate.fitting.records import Estimate, Summary
from nkestimate.solidity.comparing.comparison import Compared, Comparison, TotalChange

_WHY = ("Of earlier runs a folder keeps the summaries and no draws: which change moved the median, and by how much, can be told of "
        "two case files or scenarios.")


def against(fit: Any, line: Line) -> Comparison:
    """Compare the run that a folder holds (B) with an earlier one of its history (A).

    Parameters
    ----------
    fit : Fit
    line : Line
        From `nkestimate.fitting.history.earlier`.

    Returns
    -------
    Comparison
        Without waterfalls; errors of changes are those that both runs state of their medians.

    Raises
    ------
    ComparisonError
        If the two have no total in the same unit.
    """
    totals = tuple(_totals(fit, line))
    if all(row.change is None for row in totals):
        raise ComparisonError(f"{_label(line.summary)} and {_label(fit.summary)} have no total to compare: "
                              + "; ".join(dict.fromkeys(row.note for row in totals)))
    then, now = line.summary, fit.summary
    notes = [_WHY]
    if then.horizon != now.horizon:
        notes.insert(0, f"A is as of {then.horizon}, B as of {now.horizon}.")
    if then.digest == now.digest:
        notes.insert(0, "Both are of the same case: what differs is from seed, sampling or code.")
    notes += [f"{side} has not converged: its medians are not to be relied on." for side, one in (("A", then), ("B", now))
              if not one.diagnostics.ok]
    missing = [row.note for row in totals if row.change is None]
    notes += [f"Not compared: {'; '.join(missing)}."] if missing else []
    converged = then.diagnostics.ok and now.diagnostics.ok
    return Comparison(_side(then, line.made.isoformat()), _side(now, fit.created_at), totals, (), tuple(notes), 0, (), converged)


def _totals(fit: Any, line: Line) -> Iterator[TotalChange]:
    case, old, new = fit.case, line.summary.totals, fit.summary.totals
    for key in dict.fromkeys([case.headline.id, *case.derived, *case.quantities, *old]):
        total = case.totals.get(key)
        label, support, since = (total.label, total.support, total.since) if total else (key, "real", None)
        a, b = old.get(key), new.get(key)
        unit = next(one.unit for one in (a, b) if one)
        note = f"{'A' if a is None else 'B'} has no '{key}'" if a is None or b is None else ""
        if a and b and a.unit != b.unit:
            note, b = f"'{key}' is in {a.unit or 'no unit'} in A and in {b.unit or 'no unit'} in B", None
        yield _change(key, label, unit, a, b, note, support, since)


def _change(key: str, label: str, unit: str, a: Estimate | None, b: Estimate | None, note: str, support: str, since: Any) -> TotalChange:
    change = b.quantile(0.5) - a.quantile(0.5) if a and b else None
    if change is not None and not math.isfinite(change):
        change, note = None, f"the median of '{key}' is not finite"
    error = math.hypot(a.mcse, b.mcse) if a and b else None
    return TotalChange(key, label, unit, _three(a), _three(b), change, note, error, support, since)


def _three(row: Estimate | None) -> tuple[float, float, float] | None:
    return (row.quantile(0.05), row.quantile(0.5), row.quantile(0.95)) if row else None


def _label(summary: Summary) -> str:
    return summary.case + (f"@{summary.scenario}" if summary.scenario else "")


def _side(summary: Summary, made: str) -> Compared:
    return Compared(_label(summary), summary.title, summary.digest, summary.horizon, summary.seed, summary.diagnostics.ok, made)

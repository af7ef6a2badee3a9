"""Results as text for a terminal of 80 columns, as JSON and as CSV."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date, datetime
from functools import singledispatch
from typing import Any

from nkestimate.sentences.solidity import chance, chance_words, conflict_sentence, rest_display, scale_words
from nkestimate.solidity.comparing.comparison import Comparison, QuestionChange, TotalChange, Waterfall
from nkestimate.solidity.conflict import RELIABLE_K, SENSITIVE, VERDICTS, ClaimConflict, Conflicts
from nkestimate.solidity.explaining.drivers import LEVEL, Swing
from nkestimate.solidity.explaining.explanation import Explanation
from nkestimate.tables.run import LEGEND, probability_change
from nkestimate.text import as_csv as csv_of
from nkestimate.text import as_json as json_of
from nkestimate.text import as_text as text_of
from nkestimate.text import bare_table, paragraph
from nkestimate.wording.numbers import (
    NONE,
    TERMINAL,
    Display,
    count,
    counted,
    day,
    decimals,
    figures,
    moment,
    percent,
    points,
    shown_by,
    stated_percent,
    weight,
)
from nkestimate.wording.numbers import plain as in_full

FORMATS = ("text", "json", "csv")
_LEAST = 0.005  # a share or shrinkage below it is not listed
_MOST = 12
NOT_CONVERGED = "NOT CONVERGED. "


def shown(result: Any, form: str) -> str:
    """Return a result in one of `FORMATS`."""
    return as_json(result) if form == "json" else as_csv(result) if form == "csv" else as_text(result)


def as_json(result: Any) -> str:
    """Return a result's record as JSON; what is not finite is null."""
    return json_of(plain(result))


def plain(value: Any) -> Any:
    """Return a record as dicts, lists and numbers."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(each) for key, each in vars(value).items() if not key.startswith("_")}
    if isinstance(value, Mapping):
        if any(isinstance(key, tuple) for key in value):
            return [{"from": key[0], "to": key[1], "value": plain(each)} for key, each in value.items()]
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, Iterable):
        return [plain(each) for each in value]
    return float(value) if math.isfinite(value) else None


def as_csv(result: Any) -> str:
    """Return a result as one table: a row for each entry, ``section`` naming what kind it is."""
    rows = list(rows_of(result))
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return csv_of(columns, ([row.get(column, "") for column in columns] for row in rows))


@singledispatch
def as_text(result: Any) -> str:
    """Return a result as text of at most 80 columns."""
    raise TypeError(f"no text for a {type(result).__name__}")


@singledispatch
def rows_of(result: Any) -> Iterator[dict[str, Any]]:
    """Yield a result's rows for CSV."""
    raise TypeError(f"no table for a {type(result).__name__}")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], under: str = "") -> str:
    """Return a table of at most 80 columns, the first taking what room is left."""
    made = bare_table(title=title, title_justify="left", title_style="bold")
    made.add_column(columns[0], ratio=1)
    for column in columns[1:]:
        made.add_column(column, justify="right", max_width=24)
    for row in rows:
        made.add_row(*row)
    return text_of(made, *([under] if under else []))


# ------------------------------------------------------------ explain


@as_text.register
def _(result: Explanation) -> str:
    head = f"{'' if result.converged else NOT_CONVERGED}What drives: {result.label}"
    shown = _display(result)
    state = f"median {shown.value(result.median)}, {_ninety()} interval {shown.range(*result.interval)} (equal tails)"
    if result.interval[0] == result.interval[1]:  # a derived of numbers alone, say
        return f"{head}\n{paragraph(state)}\n\nIt is the same in all draws: nothing drives it."
    tables = (_shares(result), _swings(result), _checks(result), _weights(result), _evidence(result))
    return "\n\n".join([f"{head}\n{paragraph(state)}", *tables])


def _ninety() -> str:
    return stated_percent(LEVEL)


def _display(result: Explanation) -> Display:
    """Return how the values of an explained total are written."""
    return shown_by(result, (result.interval[0], result.median, result.interval[1]), TERMINAL)


def _swing_display(swing: Swing) -> Display:
    """Return how the quantity of a swing is written."""
    low, high = swing.at
    return shown_by(swing, (low, (low + high) / 2, high), TERMINAL)


def _shares(result: Explanation) -> str:
    found = [s for s in result.shares if s.share >= _LEAST][:_MOST]
    rows = [(s.label, percent(s.share), points(s.standard_error)) for s in found]
    rest = len(result.shares) - len(found)
    under = (f"First-order effects {scale_words(result)}: by how much the variance would shrink, on average, if this were known. They do "
             f"not add up to {stated_percent(1.0)}: unknowns that depend on each other share some, and some acts only jointly."
             + (f" {count(rest)} more below {stated_percent(0.01)}." if rest else ""))
    return table("Share of the variance", ("unknown", "share", "±"), rows, under)


def _swings(result: Explanation) -> str:
    rows, shown = [], _display(result)
    found = [s for s in result.swings if s.felt][:_MOST]
    for s in found:
        own = _swing_display(s)
        at = f"{own.number(s.at[0])} / {own.number(s.at[1])}"
        rows.append((_with_unit(s.label, own), at, f"{shown.number(s.low)} / {shown.number(s.high)}"))
    rest = len(result.swings) - len(found)
    under = "What depends on the quantity follows it." + (f" {count(rest)} more move it by no more than Monte Carlo error." if rest else "")
    ends = f"{stated_percent(0.05)} / {stated_percent(0.95)}"
    return table(f"Median where a quantity is at its {ends}, {shown.column}", ("quantity", f"at {ends}", "median there"), rows, under)


def _checks(result: Explanation) -> str:
    found = result.worth_checking(_LEAST)[:_MOST]
    rows = [(c.label, "claim on itself" if c.itself else c.kind, percent(c.shrink), points(c.standard_error)) for c in found]
    rest = sum(not c.same_as for c in result.checks) - len(found)
    under = (f"By how much the {_ninety()} interval would be expected to shrink, {scale_words(result)}, if the quantity, or what the claim "
             "is about, were known exactly; what is learned stands once."
             + (f" {count(rest)} more change it less, or by no more than Monte Carlo error." if rest else ""))
    return table("The value of checking", ("what", "", "shrinks by", "±"), rows, under)


def _weights(result: Explanation) -> str:
    ordered = sorted((w for w in result.weights.claims if abs(w.on_total) >= _LEAST), key=lambda w: -abs(w.on_total))
    labels = {c.id: c.label for c in result.checks if c.kind == "claim"}
    rows = [(labels.get(w.claim, w.claim), weight(w.stated_weight), decimals(w.weight, 2), decimals(w.on_total, 2, signed=True))
            for w in ordered]
    rest = len(result.weights.claims) - len(ordered)
    under = (f"If a claim stated {stated_percent(0.01)} more, the centre of what it is about (of the total) would be this many percent "
             "higher. Below zero, the total falls as what the claim is about rises."
             + (f" {count(rest)} more hardly bear on the total." if rest else ""))
    return table("Effective weights of claims", ("claim", "given", "on its target", "on the total"), rows, under)


def _evidence(result: Explanation) -> str:
    rows = [(t.label, count(t.sources), decimals(t.claims, 2), decimals(t.rest, 2),
             *(figures(math.sqrt(v), 2) for v in (t.within, t.between)))
            for t in result.weights.targets]
    under = ("The rest is the prior and claims about other totals. Standard deviations on the working scale (logarithmic but for shares "
             "and reals).")
    return table("What each target rests on", ("target", "sources", "claims", "rest", "sd within", "between"), rows, under)


@rows_of.register
def _(result: Explanation) -> Iterator[dict[str, Any]]:
    for s in result.shares:
        yield {"section": "share", "kind": s.role, "id": s.unknown, "label": s.label, "value": s.share, "standard_error": s.standard_error}
    for w in result.swings:
        yield {"section": "tornado", "kind": "quantity", "id": w.quantity, "label": w.label, "low": w.low, "high": w.high,
               "at_low": w.at[0], "at_high": w.at[1], "standard_error": max(w.errors)}
    for c in result.checks:
        yield {"section": "check", "kind": c.kind, "id": c.id, "label": c.label, "value": c.shrink, "standard_error": c.standard_error,
               "itself": c.itself, "same_as": c.same_as}
    for e in result.weights.claims:
        yield {"section": "weight", "kind": "claim", "id": e.claim, "label": " or ".join(e.targets), "value": e.weight,
               "given": e.stated_weight, "on_total": e.on_total}
    for t in result.weights.targets:
        yield {"section": "target", "kind": t.scale, "id": t.target, "label": t.label, "value": t.claims, "rest": t.rest,
               "within": t.within, "between": t.between, "sources": t.sources}


# ------------------------------------------------------------ conflict


_METHODS = {"refit": "refit", "psis": "approx.", "unreliable psis": "unreliable", "alone": "–"}


@as_text.register
def _(result: Conflicts) -> str:
    title = f"{'' if result.converged else NOT_CONVERGED}Each claim against the rest of the case"
    blocks = [table(title, ("claim", "probability", "by", "verdict"), [_conflict_row(c) for c in result.claims], _legend(result.claims))]
    flagged = [c for c in result.claims if c.verdict not in ("in line", "alone", "not computed")]
    blocks += ["\n".join(paragraph(conflict_sentence(c)) for c in flagged)] if flagged else []
    blocks.append(paragraph(chance_words(result)))
    if quoted := reconciled(result):
        blocks.append(table("Quoted totals against their parts", ("total", "quoted", "its parts, all else heard", "ratio"), quoted,
                            f"The parts: median and {_ninety()} interval of the total at the claim's date without the claim."))
    blocks.append(_sensitivities(result))
    return "\n\n".join(blocks)


def _conflict_row(c: ClaimConflict) -> tuple[str, str, str, str]:
    if c.probability is None:
        return c.label, NONE, NONE, c.verdict
    by = _METHODS[c.method] + (f" k̂ {decimals(c.pareto_k, 2)}" if c.approximate and c.pareto_k is not None else "")
    by += "" if c.converged else ", not converged"
    return c.label, chance(c.probability), by, c.verdict


def _legend(claims: tuple[ClaimConflict, ...]) -> str:
    text = ("Probability: that such a source would state something at least as far out; of a bound, that it is met. Verdicts: "
            f"{_verdicts()}. Alone: without the claim the case says too little.")
    if any(c.approximate for c in claims):
        text += " approx.: importance sampling (PSIS), no refit; unreliable where k̂ is above " + in_full(RELIABLE_K) + "."
    return text


def _verdicts() -> str:
    """Say which verdict stands for which probability."""
    return ", ".join(f"{word} below {stated_percent(limit)}" for limit, word in VERDICTS[:-1])


def reconciled(result: Conflicts) -> list[tuple[str, str, str, str]]:
    """Return each quoted total beside the sum of its parts."""
    rows = []
    for c in result.reconciliation:
        for rest in c.rests:
            if rest.kind == "quantity":
                continue
            centre, shown = rest.stated[1], rest_display(rest)
            quoted = {"at_most": "up to ", "at_least": "at least "}.get(c.kind, "") + shown.stated(centre)
            parts = f"{shown.number(rest.rest[1])} ({shown.bare_range(rest.rest[0], rest.rest[2])})"
            ratio = decimals(centre / rest.rest[1], 2) if rest.rest[1] > 0 and centre > 0 else NONE
            note = " (approx.)" if c.approximate else ""
            rows.append((_with_unit(rest.label, shown) + f": {c.source_name}{note}", quoted, parts, ratio))
    return rows


def _sensitivities(result: Conflicts) -> str:
    kinds = {"source": "source", "claim": "claim", "prior": "prior"}
    rows = [(s.label, kinds[s.kind], decimals(s.value, 3), "matters" if s.value >= SENSITIVE else "")
            for kind in ("source", "claim", "prior") for s in [s for s in result.sensitivities if s.kind == kind][:5]]
    under = (f"How far the distribution of {result.total_label} moves for each doubling of how much something counts (power-scaling); "
             f"{in_full(SENSITIVE)} and more matters. The five largest of each kind.")
    return table("What the total is sensitive to", ("what", "", "distance", ""), rows, under)


@rows_of.register
def _(result: Conflicts) -> Iterator[dict[str, Any]]:
    for c in result.claims:
        for rest in c.rests or (None,):
            row = {"section": "claim", "id": c.claim, "source": c.source, "label": c.label, "kind": c.kind, "probability": c.probability,
                   "standard_error": c.standard_error, "side": c.side, "method": c.method, "pareto_k": c.pareto_k, "verdict": c.verdict,
                   "converged": c.converged}
            if rest:
                row |= {"target": rest.target, "unit": rest.unit, "stated_low": rest.stated[0], "stated": rest.stated[1],
                        "stated_high": rest.stated[2], "rest_low": rest.rest[0], "rest": rest.rest[1], "rest_high": rest.rest[2]}
            yield row
    for s in result.sensitivities:
        yield {"section": "sensitivity", "kind": s.kind, "id": s.id, "label": s.label, "value": s.value}


# ------------------------------------------------------------ compare


@as_text.register
def _(result: Comparison) -> str:
    names = "\n".join(f"{side}: {of.label} (seed {of.seed}, as of {_day(of.horizon)}{_run_at(of.made)})"
                      for side, of in (("A", result.a), ("B", result.b)))
    rows = [(_with_unit(t.label, shown), _three(t.a, shown), _three(t.b, shown), _beyond_noise(t, shown))
            for t in result.totals for shown in [_total_display(t)]]
    title = f"{'' if result.converged else NOT_CONVERGED}Totals side by side: median ({_ninety()} interval)"
    side = table(title, ("total", "A", "B", "change"), rows, f"{LEGEND}.")
    shown = {t.total: _total_display(t) for t in result.totals}
    falls = [_waterfall(fall, shown[fall.total]) for fall in result.waterfalls]
    notes = [paragraph(f"Note: {note}") for note in result.notes]
    how = (f"Parts are averages over all orders in which the groups of changes can be made (Shapley values), from "
           f"{counted(result.fits, 'fit')} with other seeds; ± is their standard error, for noise the size to be expected.")
    asked = [_asked(result.questions)] if result.questions else []
    return "\n\n".join([names, side, *asked, *falls, *([paragraph(how)] if falls else []), *notes])


def _asked(questions: Sequence[QuestionChange]) -> str:
    rows = [(q.label, percent(q.a), percent(q.b), probability_change(q.b, q.a, q.error)) for q in questions]
    return table("Questions: probability of yes", ("question", "A", "B", "change"), rows, "change: in percentage points.")


def _total_display(row: TotalChange) -> Display:
    """Return how one total is written on both sides: by A's interval, B's where A lacks it."""
    return shown_by(row, row.a or row.b or (), TERMINAL)


def _with_unit(label: str, shown: Display) -> str:
    """Name a total with its unit, for a table whose column has none."""
    return f"{label}, {shown.unit}".rstrip(", ") if not shown.since else label


def _run_at(made: str) -> str:
    return f"; run {moment(datetime.fromisoformat(made))}" if made else ""


def _day(iso: str) -> str:
    return day(date.fromisoformat(iso), TERMINAL)


def _waterfall(fall: Waterfall, shown: Display) -> str:
    rows = [("A", shown.number(fall.start), "", "")]
    for p in fall.parts:
        label = f"{p.label}: {'; '.join(p.what)}" if p.what else p.label
        rows.append((label, "", shown.change(p.change), figures(shown.factor * p.standard_error, 1)))
    rows.append(("B", shown.number(fall.end), shown.change(fall.end - fall.start), ""))
    return table(f"Why the median of {fall.label} changed, {shown.column}", ("", "median", "change", "±"), rows)


def _three(q: tuple[float, float, float] | None, shown: Display) -> str:
    return f"{shown.number(q[1])} ({shown.bare_range(q[0], q[2])})" if q else NONE


def _beyond_noise(row: TotalChange, shown: Display) -> str:
    if row.change is None:
        return NONE
    if row.error is not None and abs(row.change) < 2 * row.error:
        same = row.a and row.b and all(shown.number(x) == shown.number(y) for x, y in zip(row.a, row.b, strict=True))
        return "=" if same else f"≈ {row.interval}".rstrip()
    return shown.change(row.change)


@rows_of.register
def _(result: Comparison) -> Iterator[dict[str, Any]]:
    for t in result.totals:
        a, b = (q or (None, None, None) for q in (t.a, t.b))
        yield {"section": "total", "id": t.total, "label": t.label, "unit": t.unit, "a_low": a[0], "a_median": a[1], "a_high": a[2],
               "b_low": b[0], "b_median": b[1], "b_high": b[2], "change": t.change, "standard_error": t.error, "note": t.note,
               "interval": t.interval}
    for q in result.questions:
        change = None if q.a is None or q.b is None else q.b - q.a
        yield {"section": "question", "id": q.question, "label": q.label, "a_median": q.a, "b_median": q.b, "change": change,
               "standard_error": q.error}
    for fall in result.waterfalls:
        for p in fall.parts:
            yield {"section": "part", "id": fall.total, "label": p.label, "unit": fall.unit, "change": p.change,
                   "standard_error": p.standard_error, "note": "; ".join(p.what)}


__all__ = ["FORMATS", "as_csv", "as_json", "as_text", "plain", "rows_of", "shown"]

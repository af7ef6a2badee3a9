"""Results as text for a terminal of 80 columns, as JSON and as CSV."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from functools import singledispatch
from typing import Any

from nkestimate.analysis.table import significant
from nkestimate.solidity.comparing import Comparison, TotalChange, Waterfall
from nkestimate.solidity.conflict import SENSITIVE, ClaimConflict, Conflicts, sentence, tail
from nkestimate.solidity.explaining import Explanation
from nkestimate.text import as_csv as csv_of
from nkestimate.text import as_text as text_of
from nkestimate.text import bare_table, paragraph

FORMATS = ("text", "json", "csv")
_LEAST = 0.005  # a share or shrinkage below it is not listed
_MOST = 12
NOT_CONVERGED = "NOT CONVERGED. "


def shown(result: Any, form: str) -> str:
    """Return a result in one of `FORMATS`."""
    return as_json(result) if form == "json" else as_csv(result) if form == "csv" else as_text(result)


def as_json(result: Any) -> str:
    """Return a result's record as JSON; what is not finite is null."""
    return json.dumps(plain(result), indent=1, ensure_ascii=False, allow_nan=False)


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


def share(value: float) -> str:
    """Write a share in whole percent: ``<1 %``, ``31 %``, ``−4 %``."""
    return f"−{100 * -value:.0f} %" if value < -_LEAST else "<1 %" if value < _LEAST else f"{100 * value:.0f} %"


# ------------------------------------------------------------ explain


@as_text.register
def _(result: Explanation) -> str:
    head = f"{'' if result.converged else NOT_CONVERGED}What drives: {result.label}"
    low, high = result.interval
    state = f"median {significant(result.median)} {result.unit}, 90 % interval {significant(low)} to {significant(high)} (equal tails)"
    tables = (_shares(result), _swings(result), _checks(result), _weights(result), _evidence(result))
    return "\n\n".join([f"{head}\n{paragraph(state)}", *tables])


def scale_words(result: Explanation) -> str:
    """Say on which scale variances and widths are taken."""
    where = {"natural": "in its own unit", "log": "on the logarithmic scale", "rank": "on the scale of ranks"}[result.scale.name]
    return where + (f", as {result.scale.reason}" if result.scale.reason else "")


def _shares(result: Explanation) -> str:
    found = [s for s in result.shares if s.share >= _LEAST][:_MOST]
    rows = [(s.label, share(s.share), f"{100 * s.standard_error:.0f}") for s in found]
    rest = len(result.shares) - len(found)
    under = (f"First-order effects {scale_words(result)}: by how much the variance would shrink, on average, if this were known. They do "
             "not add up to 100 %: unknowns that depend on each other share some, and some acts only jointly."
             + (f" {rest} more below 1 %." if rest else ""))
    return table("Share of the variance", ("unknown", "share", "±"), rows, under)


def _swings(result: Explanation) -> str:
    rows = []
    found = [s for s in result.swings if s.size > 2 * math.hypot(*s.errors)][:_MOST]
    for s in found:
        at = f"{significant(s.at[0])} / {significant(s.at[1])}"
        rows.append((f"{s.label}, {s.unit}".rstrip(", "), at, f"{significant(s.low)} / {significant(s.high)}"))
    rest = len(result.swings) - len(found)
    under = "What depends on the quantity follows it." + (f" {rest} more move it by no more than Monte Carlo error." if rest else "")
    return table(f"Median where a quantity is at its 5 % / 95 %, {result.unit or 'ratio'}", ("quantity", "at 5 % / 95 %", "median there"),
                 rows, under)


def _checks(result: Explanation) -> str:
    found = [c for c in result.checks if c.shrink >= max(_LEAST, 2 * c.standard_error)][:_MOST]
    rows = [(c.label, "claim on itself" if c.itself else c.kind, share(c.shrink), f"{100 * c.standard_error:.0f}") for c in found]
    rest = len(result.checks) - len(found)
    under = (f"By how much the 90 % interval would be expected to shrink, {scale_words(result)}, if the quantity, or what the claim is "
             "about, were known exactly." + (f" {rest} more change it by no more than Monte Carlo error." if rest else ""))
    return table("The value of checking", ("what", "", "shrinks by", "±"), rows, under)


def _weights(result: Explanation) -> str:
    ordered = sorted((w for w in result.weights.claims if abs(w.on_total) >= _LEAST), key=lambda w: -abs(w.on_total))
    labels = {c.id: c.label for c in result.checks if c.kind == "claim"}
    rows = [(labels.get(w.claim, w.claim), f"{w.stated_weight:.2g}", f"{w.weight:.2f}".replace("-", "−"),
             f"{w.on_total:+.2f}".replace("-", "−")) for w in ordered]
    rest = len(result.weights.claims) - len(ordered)
    under = ("If a claim stated 1 % more, the centre of what it is about (of the total) would be this many percent higher. Below 0: "
             "its distance from others is read as an error they share."
             + (f" {rest} more hardly bear on the total." if rest else ""))
    return table("Effective weights of claims", ("claim", "given", "on its target", "on the total"), rows, under)


def _evidence(result: Explanation) -> str:
    rows = [(t.label, str(t.sources), f"{t.claims:.2f}", f"{t.rest:.2f}", *(significant(math.sqrt(v), 2) for v in (t.within, t.between)))
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
               "itself": c.itself}
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
    blocks += ["\n".join(paragraph(sentence(c)) for c in flagged)] if flagged else []
    blocks.append(paragraph(chance_words(result)))
    if quoted := reconciled(result):
        blocks.append(table("Quoted totals against their parts", ("total", "quoted", "its parts, all else heard", "ratio"), quoted,
                            "The parts: median and 90 % interval of the total at the claim's date without the claim."))
    blocks.append(_sensitivities(result))
    return "\n\n".join(blocks)


def _conflict_row(c: ClaimConflict) -> tuple[str, str, str, str]:
    if c.probability is None:
        return c.label, "–", "–", c.verdict
    by = _METHODS[c.method] + (f" k̂ {c.pareto_k:.2f}" if c.approximate and c.pareto_k is not None else "")
    by += "" if c.converged else ", not converged"
    return c.label, tail(c.probability), by, c.verdict


def _legend(claims: tuple[ClaimConflict, ...]) -> str:
    text = ("Probability: that such a source would state something at least as far out; of a bound, that it is met. Verdicts: contradicted "
            "below 1 %, in conflict below 5 %, in tension below 20 %. Alone: without the claim the case says too little.")
    if any(c.approximate for c in claims):
        text += " approx.: importance sampling (PSIS), no refit; unreliable where k̂ is above 0.5."
    return text


def chance_words(result: Conflicts) -> str:
    """Say how many claims are in conflict, and how many would be by chance."""
    judged = [c for c in result.claims if c.probability is not None]
    low = sum(c.probability < 0.05 for c in judged if c.probability is not None)
    many = "No claim is" if not low else f"{low} of {len(judged)} claims {'is' if low == 1 else 'are'}"
    return (f"{many} in conflict with the rest (probability below 5 %); where all are right about their own accuracy, chance alone "
            f"puts about {0.05 * len(judged):.2g} of {len(judged)} there.")


def reconciled(result: Conflicts) -> list[tuple[str, str, str, str]]:
    """Return each quoted total beside the sum of its parts."""
    rows = []
    for c in result.reconciliation:
        for rest in c.rests:
            if rest.kind == "quantity":
                continue
            centre = rest.stated[1]
            bound = {"at_most": "up to ", "at_least": "at least "}.get(c.kind)
            quoted = f"{bound}{significant(centre)}" if bound else significant(centre)
            parts = f"{significant(rest.rest[1])} ({significant(rest.rest[0])} to {significant(rest.rest[2])})"
            ratio = f"{centre / rest.rest[1]:.2f}" if rest.rest[1] > 0 and centre > 0 else "–"
            note = " (approx.)" if c.approximate else ""
            rows.append((f"{rest.label}, {rest.unit}".rstrip(", ") + f": {c.label.split(':')[0]}{note}", quoted, parts, ratio))
    return rows


def _sensitivities(result: Conflicts) -> str:
    kinds = {"source": "source", "claim": "claim", "prior": "prior"}
    rows = [(s.label, kinds[s.kind], f"{s.value:.3f}" if math.isfinite(s.value) else "–", "matters" if s.value >= SENSITIVE else "")
            for kind in ("source", "claim", "prior") for s in [s for s in result.sensitivities if s.kind == kind][:5]]
    under = (f"How far the distribution of {result.total_label} moves for each doubling of how much something counts (power-scaling); "
             f"{SENSITIVE} and more matters. The five largest of each kind.")
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
    names = "\n".join(f"{side}: {of.label} (seed {of.seed}, as of {of.horizon})" for side, of in (("A", result.a), ("B", result.b)))
    rows = [(f"{t.label}, {t.unit}".rstrip(", "), _three(t.a), _three(t.b), _beyond_noise(t)) for t in result.totals]
    title = f"{'' if result.converged else NOT_CONVERGED}Totals side by side: median (90 % interval)"
    side = table(title, ("total", "A", "B", "change"), rows, "≈: within two Monte Carlo standard errors.")
    falls = [_waterfall(fall) for fall in result.waterfalls]
    notes = [paragraph(f"Note: {note}") for note in result.notes]
    how = (f"Parts are averages over all orders in which the groups of changes can be made (Shapley values), from {result.fits} fits with "
           "other seeds; ± is their standard error, for noise the size to be expected.")
    return "\n\n".join([names, side, *falls, paragraph(how), *notes])


def _waterfall(fall: Waterfall) -> str:
    rows = [("A", significant(fall.start), "", "")]
    for p in fall.parts:
        label = f"{p.label}: {'; '.join(p.what)}" if p.what else p.label
        rows.append((label, "", _signed(p.change), significant(p.standard_error, 1)))
    rows.append(("B", significant(fall.end), _signed(fall.end - fall.start), ""))
    return table(f"Why the median of {fall.label} changed, {fall.unit or 'ratio'}", ("", "median", "change", "±"), rows)


def _three(q: tuple[float, float, float] | None) -> str:
    return f"{significant(q[1])} ({significant(q[0])} to {significant(q[2])})" if q else "–"


def _beyond_noise(row: TotalChange) -> str:
    small = row.change is not None and row.error is not None and abs(row.change) < 2 * row.error
    return "≈" if small else _signed(row.change)


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    return "0" if value == 0 else ("+" if value > 0 else "−") + significant(abs(value), 2)


@rows_of.register
def _(result: Comparison) -> Iterator[dict[str, Any]]:
    for t in result.totals:
        a, b = (q or (None, None, None) for q in (t.a, t.b))
        yield {"section": "total", "id": t.total, "label": t.label, "unit": t.unit, "a_low": a[0], "a_median": a[1], "a_high": a[2],
               "b_low": b[0], "b_median": b[1], "b_high": b[2], "change": t.change, "standard_error": t.error, "note": t.note}
    for fall in result.waterfalls:
        for p in fall.parts:
            yield {"section": "part", "id": fall.total, "label": p.label, "unit": fall.unit, "change": p.change,
                   "standard_error": p.standard_error, "note": "; ".join(p.what)}


__all__ = ["FORMATS", "as_csv", "as_json", "as_text", "plain", "rows_of", "scale_words", "shown"]

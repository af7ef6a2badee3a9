"""The table of claims as text for a terminal, CSV, JSON or Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nkestimate.case.model import Case
from nkestimate.evidence.claims import About, ClaimRow, ClaimTable
from nkestimate.evidence.defaults import default_shares
from nkestimate.evidence.implied import Belief, Implied
from nkestimate.evidence.independence import Independence
from nkestimate.sentences.findings import default_words
from nkestimate.text import as_csv, as_json, as_text, bare_table, in_markdown, paragraph
from nkestimate.wording.names import humanise, target_named
from nkestimate.wording.numbers import (
    NONE,
    TERMINAL,
    Display,
    count,
    counted,
    day,
    decimals,
    display,
    percent,
    resolved,
    stated_percent,
    weight,
)
from nkestimate.wording.prose import listed
from nkestimate.wording.statements import said

if TYPE_CHECKING:
    from nkestimate.evidence.defaults import DefaultShare

_IMPLIED_NOTES = """
stated: the statement as it is read. weighed: with what its weight adds, the
target's dark uncertainty at the median of its prior.
below, above: chance beyond the ends as stated. Of a bound, the values say where
the limit lies, not how far on its near side the truth is."""
VIEWS = ("claims", "echoes", "implied")
FORMATS = ("text", "csv", "json", "md")


def render(table: ClaimTable, view: str, form: str) -> str:
    """Return a table of claims as text.

    Parameters
    ----------
    table : ClaimTable
    view : {"claims", "echoes", "implied"}
        One row a claim, a report or a reading. JSON holds all three, whatever the view.
    form : {"text", "csv", "json", "md"}
        Text is 80 columns wide.
    """
    if form == "json":
        return as_json(record(table))
    if form == "text":
        return {"claims": _claims_text, "echoes": _echoes_text, "implied": _implied_text}[view](table)
    rows = list({"claims": claim_cells, "echoes": _echo_cells, "implied": _implied_cells}[view](table))
    return as_csv(list(rows[0]) if rows else [], (row.values() for row in rows)) if form == "csv" else _markdown(rows)


# ------------------------------------------------------------------ for programs


def record(table: ClaimTable) -> dict[str, Any]:
    """Return a table of claims as plain values; other programs may rely on its keys."""
    case, shares = table.case, default_shares(table.case)
    return {
        "case": case.id, "title": case.title, "digest": case.digest, "scenario": case.scenario, "horizon": case.horizon.isoformat(),
        "claims": [_claim_record(row, case) for row in table.claims],
        "targets": [_target_record(table, worth, shares.get(worth.target)) for worth in table.targets],
    }


def _claim_record(row: ClaimRow, case: Case) -> dict[str, Any]:
    return {
        "id": row.id, "label": row.label, "source": row.source, "source_name": row.source_name,
        "group": case.sources[row.source].group, "says": row.says, "printed": row.printed,
        "about": [{"target": about.target, "label": about.label, "weight": about.weight, "unit": about.unit,
                   "as_of": about.as_of.isoformat()} for about in row.about],
        "weight": row.weight, "status": row.status, "superseded_by": row.superseded_by, "note": row.note,
        "reports": [{"document": report.document, "published": report.published.isoformat() if report.published else None,
                     "figures": report.figures, "at": report.at, "echo": report.kind, "detail": report.detail} for report in row.reports],
        "implied": [_implied_record(one) for one in row.implied],
    }


def _implied_record(one: Implied) -> dict[str, Any]:
    return {"target": one.target, "reading": one.reading, "kind": one.kind, "of": "limit" if one.is_bound else "value", "unit": one.unit,
            "low": _finite(one.low), "high": _finite(one.high), "coverage": one.coverage, "stated": _belief_record(one.stated),
            "weighed": _belief_record(one.weighed) if one.weighed else None}


def _belief_record(belief: Belief) -> dict[str, float | None]:
    return {"0.05": _finite(belief.q05), "0.5": _finite(belief.q50), "0.95": _finite(belief.q95),
            "below": belief.below, "above": belief.above}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _target_record(table: ClaimTable, worth: Independence, found: DefaultShare | None) -> dict[str, Any]:
    return {"target": worth.target, "label": target_named(worth.target, table.case), "sources": list(worth.sources),
            "bound_sources": list(worth.bound_sources), "effective_sources": worth.effective, "shares": dict(worth.shares),
            "groups": {group: list(members) for group, members in worth.groups.items()},
            "tau": worth.tau, "S": worth.S, "common_error": worth.sigma / worth.S if worth.S else 0.0,
            "default_share": found.share if found else None, "error_estimated": found.estimated if found else False}


def claim_cells(table: ClaimTable) -> Iterator[dict[str, Any]]:
    """Yield a row of words for each claim, by the names of columns."""
    for row in table.claims:
        yield {
            "id": row.id, "source": row.source, "source_name": row.source_name, "group": table.case.sources[row.source].group or "",
            "about": _joined(about.target for about in row.about),
            "reading_weights": _joined(f"{about.weight:g}" for about in row.about) if len(row.about) > 1 else "", "says": row.says,
            "printed": row.printed or "", "unit": _joined(about.unit for about in row.about),
            "as_of": _joined(about.as_of.isoformat() for about in row.about), "weight": f"{row.weight:g}", "status": row.status,
            "superseded_by": row.superseded_by or "", "documents": _joined(row.documents), "reports": len(row.reports),
        }


def _echo_cells(table: ClaimTable) -> Iterator[dict[str, Any]]:
    for row in table.claims:
        for report in row.reports:
            yield {"claim": row.id, "source": row.source, "group": table.case.sources[row.source].group or "",
                   "document": report.document, "published": report.published or "",
                   "at": "" if report.at is None else report.at, "figures": report.figures or "",
                   "echo": report.kind, "detail": report.detail}


def _implied_cells(table: ClaimTable) -> Iterator[dict[str, Any]]:
    for row in table.claims:
        for one in row.implied:
            cells: dict[str, Any] = {"claim": row.id, "source": row.source, "about": one.target, "reading_weight": f"{one.reading:g}",
                                     "statement": one.kind, "of": "limit" if one.is_bound else "value", "unit": one.unit,
                                     "low": f"{one.low:.6g}", "high": f"{one.high:.6g}"}
            for name, belief in (("stated", one.stated), ("weighed", one.weighed)):
                numbers = _belief_record(belief).items() if belief else ((key, None) for key in ("0.05", "0.5", "0.95", "below", "above"))
                cells |= {f"{name}_{key}": "" if number is None else f"{number:.6g}" for key, number in numbers}
            yield cells


def _joined(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))


def _markdown(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return ""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join("| " + " | ".join(in_markdown(cell) for cell in line) + " |" for line in lines)


# ------------------------------------------------------------------ for people


def _heading(table: ClaimTable) -> str:
    rows = table.claims
    sources, documents = {row.source for row in rows}, {key for row in rows for key in row.documents}
    silent = sum(row.status != "active" for row in rows)
    counts = f"{counted(len(rows), 'claim')} of {counted(len(sources), 'source')}, read in {counted(len(documents), 'document')}"
    return f"{table.case.title}\n{counts}" + (f"; {count(silent)} not heard" if silent else "")


def worth_words(worth: Independence, case: Case) -> str:
    """Say what a target's sources are worth: ``3 sources, worth 1.4 independent ones; 1 more by a bound``."""
    bounds = len(worth.bound_sources)
    if not worth.sources:
        return f"{counted(bounds, 'source')}, by bounds alone" if bounds else "no source is heard"
    words = counted(len(worth.sources), "source")
    for group, members in worth.groups.items():
        words += f" ({listed([case.sources[key].name for key in members])} are one group, “{humanise(group)}”)"
    if worth.effective is not None and len(worth.sources) > 1:
        words += f", worth {decimals(worth.effective, 1)} independent ones"
    return words + (f"; {count(bounds)} more by a bound alone" if bounds else "")


def _table(*columns: tuple[str, dict[str, Any]], header: bool = True) -> Any:
    table = bare_table(header_style="none", expand=True, show_header=header)
    for name, how in columns:
        table.add_column(name, **{"overflow": "fold", **how})
    return table


def _under_targets(table: ClaimTable) -> Iterator[tuple[str, str, tuple[ClaimRow, ...]]]:
    """Yield each target's heading, key and claims; a claim with several readings stands under each of its targets."""
    shares = default_shares(table.case)
    for worth in table.targets:
        label = target_named(worth.target, table.case)
        name = label if label == worth.target else f"{label} ({worth.target})"
        told = [worth_words(worth, table.case), *([default_words(shares[worth.target])] if worth.target in shares else [])]
        yield "\n".join([f"\n{name}", *map(paragraph, told)]), worth.target, table.on(worth.target)


def _claims_text(table: ClaimTable) -> str:
    columns = (("claim", {"width": 24}), ("says; as printed; read in", {"ratio": 1}), ("as of", {"width": 10}),
               ("weight", {"width": 10, "justify": "right"}))
    parts: list[Any] = [_heading(table) + "\n", _table(*columns)]
    for heading, target, rows in _under_targets(table):
        shown = _table(*columns, header=False)
        for row in rows:
            about = next(about for about in row.about if about.target == target)
            says = [_says(table, row, about) + (f" (read so: {percent(about.weight)})" if about.weight < 1 else "")]
            says += [f"“{row.printed}”"] if row.printed else []
            says += ["in " + ", ".join(row.documents)] if row.documents else []
            heard = weight(row.weight) if row.status == "active" else row.status
            group = table.case.sources[row.source].group
            who = f"{row.id}\n  {row.source}" + (f"\n  in “{humanise(group)}”" if group else "")
            shown.add_row(who, "\n".join(says), day(about.as_of, TERMINAL), heard)
        parts += [heading, shown]
    return as_text(*parts)


def _says(table: ClaimTable, row: ClaimRow, about: About) -> str:
    """Return what a claim says in one of its readings: in that one's unit."""
    return said(table.case.claims[row.id], unit=about.unit if len(row.stated.units) > 1 else None)


def _echoes_text(table: ClaimTable) -> str:
    shown = _table(("document", {"width": 24}), ("published", {"width": 10}), ("as printed", {"ratio": 1}),
                   ("beside the root", {"width": 18}))
    for row in table.claims:
        if not row.reports:
            continue
        group = table.case.sources[row.source].group
        shown.add_row(row.id, "", said(table.case.claims[row.id]), f"group “{humanise(group)}”" if group else "")
        for report in row.reports:
            shown.add_row(f"  {report.document}", day(report.published, TERMINAL), f"“{report.figures}”" if report.figures else NONE,
                          report.kind + (f": {report.detail}" if report.detail else ""))
        shown.add_row()
    return as_text(_heading(table) + "\n", shown)


def _implied_text(table: ClaimTable) -> str:
    shown = _table(("claim", {"ratio": 1}), ("", {"width": 7}), *((name, {"width": width, "justify": "right"}) for name, width in (
        (stated_percent(0.05), 8), (stated_percent(0.5), 8), (stated_percent(0.95), 8), ("below", 6), ("above", 6))))
    for row in table.claims:
        for one in row.implied:
            written = _display(table, row, one)
            name = row.id + (f" ({percent(one.reading)})" if len(row.implied) > 1 else "")
            shown.add_row(name, "stated", *_cells(one.stated, written))
            limit = "limit, in " if one.is_bound else "in "
            shown.add_row(f"  {limit}{written.column}" if written.unit else ("  a limit" if one.is_bound else ""), "weighed",
                          *(_cells(one.weighed, written) if one.weighed else [NONE] * 5))
    return as_text(_heading(table) + "\n", shown, _IMPLIED_NOTES)


def _display(table: ClaimTable, row: ClaimRow, one: Implied) -> Display:
    """Return how what a reading was taken to imply is written: by what is stated."""
    target = next(r.target for r in table.case.claims[row.id].readings if r.target.key == one.target)
    total = table.case.totals.get(one.target)
    return display(one.unit, target.support, {0.05: one.stated.q05, 0.5: one.stated.q50, 0.95: one.stated.q95}, TERMINAL,
                   total.since if total else None)


def _cells(belief: Belief, shown: Display) -> list[str]:
    """Write a belief, with digits enough to tell its quantiles apart."""
    quantiles = belief.q05, belief.q50, belief.q95
    fine = resolved(shown, quantiles)
    return [*(fine.number(q) for q in quantiles), percent(belief.below), percent(belief.above)]

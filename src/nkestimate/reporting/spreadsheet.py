"""A fit as tables for a spreadsheet: numbers as numbers, units in a column of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nkestimate.case.model import Derived
from nkestimate.evidence.claims import claim_table
from nkestimate.fitting.records import QUANTILES
from nkestimate.reporting.story import Story, Total
from nkestimate.tables.claims import claim_cells
from nkestimate.wording.statements import prior_words

Table = list[list[Any]]


def tables(story: Story) -> dict[str, Table]:
    """Return a fit's tables by name, each with the names of its columns first.

    Parameters
    ----------
    story : Story

    Returns
    -------
    dict of list
        ``totals``: every quantity and derived, the headline first; ``quantities``: their priors and what they rest on; ``questions``;
        ``claims``, as `nkestimate claims` lists them; ``sources``. Numbers are floats, what is not known is None.
    """
    made = {"totals": _totals(story), "quantities": _quantities(story), "questions": _questions(story), "claims": _claims(story),
            "sources": _sources(story)}
    return {name: _table(list(rows)) for name, rows in made.items()}


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    return [list(rows[0]), *(list(row.values()) for row in rows)] if rows else [["none"]]


def _totals(story: Story) -> Iterator[dict[str, Any]]:
    head = story.case.headline.id
    for total in sorted(story.totals, key=lambda one: one.id != head):
        row = story.summary.totals[total.id]
        since = total.since
        yield {"id": total.id, "label": total.label, "kind": _kind(total), "headline": "yes" if total.id == head else "", "unit": row.unit,
               "since": since.isoformat() if since else "", "median": row.median, **{f"q{p:g}": row.quantiles[f"{p:g}"] for p in QUANTILES},
               "mean": row.mean, "sd": row.sd, "ess_bulk": row.ess_bulk, "ess_tail": row.ess_tail, "r_hat": row.r_hat}


def _kind(total: Total) -> str:
    return "derived" if isinstance(total, Derived) else "quantity"


def _quantities(story: Story) -> Iterator[dict[str, Any]]:
    for quantity in story.case.quantities.values():
        prior = prior_words(quantity.prior, story.displays[quantity.id], quantity.scale) if quantity.prior else "reference"
        heard = [claim for claim in story.case.active_claims if any(one.target.key == quantity.id for one in claim.readings)]
        yield {"id": quantity.id, "label": quantity.label, "unit": quantity.unit.text, "support": quantity.support, "prior": prior,
               "assumption": "yes" if story.is_assumption(quantity) else "", "claims": len(heard),
               "sources": len({claim.source for claim in heard}), "rationale": quantity.rationale or ""}


def _questions(story: Story) -> Iterator[dict[str, Any]]:
    for key, question in story.case.questions.items():
        answer = story.summary.questions[key]
        yield {"id": key, "question": question.label, "ask": (story.case.resolved["questions"][key] or {}).get("ask", ""),
               "probability": answer.probability, "mcse": answer.mcse, "words": answer.words, "undefined": answer.undefined}


def _claims(story: Story) -> Iterator[dict[str, Any]]:
    for row in claim_cells(claim_table(story.case)):
        yield {**row, "weight": float(row["weight"])}


def _sources(story: Story) -> Iterator[dict[str, Any]]:
    moves = {found.claim: found.on_total for found in story.explanation.weights.claims}
    for key, source in story.case.sources.items():
        heard = [claim for claim in story.case.active_claims if claim.source == key]
        low, high = source.overstates_by or (None, None)
        known = [moves[claim.id] for claim in heard if claim.id in moves]
        yield {"id": key, "name": source.name, "kind": source.kind, "group": source.group or "", "weight": source.weight,
               "overstates_low": low, "overstates_high": high, "claims_heard": len(heard), "pull": sum(known) if known else None,
               "note": source.note or ""}

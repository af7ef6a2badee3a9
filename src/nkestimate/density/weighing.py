"""A case whose sources have learned from their track record; without one, none of what learning takes is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from nkestimate.case.fields import CREDIBILITY
from nkestimate.case.model import Case, Claim, Source

if TYPE_CHECKING:
    from nkestimate.density.record import SourceRecord


def weighed(case: Case) -> Case:
    """Return a case whose sources have learned from their record; the case itself where none is to.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Case
        With the weights and biases that the record leads to; its digest is the same, as that names what is stated.
    """
    if not any(source.learns for source in case.sources.values()):
        return case
    from nkestimate.density.record import Records  # grids: NumPy is the larger part of what a case without a record costs to check

    records = Records(case)
    sources = {key: _taught(source, records.learned(source)) if source.learns else source for key, source in case.sources.items()}
    claims = {key: _reweighed(claim, case, sources) if case.sources[claim.source].learns else claim for key, claim in case.claims.items()}
    return replace(case, sources=sources, claims=claims)


def untaught(case: Case) -> Case:
    """Return a case whose record changes nothing: each source at its weight without it."""
    sources = {key: replace(source.before or source, learns=False) for key, source in case.sources.items()}
    learned = {key for key, source in case.sources.items() if source.before}
    claims = {key: _reweighed(claim, case, sources) if claim.source in learned else claim for key, claim in case.claims.items()}
    return replace(case, sources=sources, claims=claims)


def _taught(source: Source, record: SourceRecord) -> Source:
    factor = record.factor
    bias = (factor[1], factor[2]) if factor else source.overstates_by
    return replace(source, weight=record.weight, overstates_by=bias, shift=record.shift, learns=False, before=source)


def _reweighed(claim: Claim, case: Case, sources: Mapping[str, Source]) -> Claim:
    entry = case.resolved["claims"][claim.id]
    if entry.get("weight") is not None or entry.get("reliability") is not None:
        return claim
    return replace(claim, weight=sources[claim.source].weight * CREDIBILITY[int(entry.get("credibility") or 1)])

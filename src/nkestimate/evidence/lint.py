"""What a referee would ask before a case is published, found in the case alone: each finding is a question, not a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nkestimate.case.expressions import Name, Op, names_in, show
from nkestimate.case.model import Case, Claim, Statement
from nkestimate.printed.vocabulary import HEDGES

if TYPE_CHECKING:
    from nkestimate.printed.figures import Figure

TRUSTED = 0.75  # a weight above it wants its reason beside it
PRECISE = 0.005  # of a value: a hedged figure is not known so well
# Words that may hedge: only where one stands are figures read, as the forms of the finder take as long to compile as a case to read.
_MAY_HEDGE = re.compile("|".join([*(HEDGES[kind] for kind in ("at_most", "at_least", "around")), r"\+", "plus", "or", "and", "most",
                                  "least", "m[ai][nx]imum", "odd", "ish"]), re.IGNORECASE)
_POINTS = ("between", "around", "estimate", "counted", "quantiles")


@dataclass(frozen=True)
class Doubt:
    """One thing that a referee would ask about.

    Attributes
    ----------
    kind : str
        ``bound``: a bound in print that a claim takes for a value; ``precision``: a figure that is hedged in print and taken to a half
        percent; ``weight``: a weight above 0.75 without a note; ``late``: a claim dated after the horizon; ``one source``: a total on
        which one source alone speaks; ``denominators``: one amount relative to several others.
    about : str
        Id of the claim, source or total.
    others : tuple of str
        Its figures as printed, the source that a total rests on, the totals with another denominator, the other sources of a name.
    """

    kind: str
    about: str
    others: tuple[str, ...] = ()


def doubts(case: Case) -> tuple[Doubt, ...]:
    """Return what a referee would ask about a case, by kind and then in the order of the case."""
    printed = sorted(_printed(case), key=lambda doubt: doubt.kind)
    return (*printed, *_trusted(case), *_late(case), *_one_source(case), *_denominators(case), *_same_name(case))


def _hedged(case: Case) -> Iterator[tuple[Claim, list[Figure]]]:
    """Yield the claims without a note of which every printed form may be hedged, with their figures."""
    for claim in case.active_claims:
        printed = [place.figures for place in claim.reported_in if place.figures]
        if claim.stated.kind in _POINTS and not claim.note and printed and all(map(_MAY_HEDGE.search, printed)):
            from nkestimate.printed.figures import read_figures

            yield claim, [figure for text in printed for figure in read_figures(text)]


def _printed(case: Case) -> Iterator[Doubt]:
    """What is a bound or hedged in print, and which a claim takes for more; a note beside it is the answer."""
    for claim, figures in _hedged(case):
        if figures and all(figure.bound for figure in figures):
            yield Doubt("bound", claim.id, tuple(figure.text for figure in figures))
        hedged = tuple(figure.text for figure in figures if figure.hedged)
        if hedged and claim.stated.kind in ("around", "between") and _half_width(claim.readings[0].statement) < PRECISE:
            yield Doubt("precision", claim.id, hedged)


def _half_width(statement: Statement) -> float:
    """Return half the width of what is stated, relative to its middle."""
    return (statement.high - statement.low) / abs(statement.high + statement.low or 1.0)


def _trusted(case: Case) -> Iterator[Doubt]:
    heard = {claim.source for claim in case.active_claims}
    for source in case.sources.values():
        if source.id in heard and source.weight > TRUSTED and not source.note:
            yield Doubt("weight", source.id)


def _late(case: Case) -> Iterator[Doubt]:
    for claim in case.active_claims:
        if any(reading.weight > 0 and reading.as_of > case.horizon for reading in claim.readings):
            yield Doubt("late", claim.id)


def _one_source(case: Case) -> Iterator[Doubt]:
    """The headline, and totals that questions name, of which all that is heard comes from one source or group."""
    asked = {case.headline.id, *(name for question in case.questions.values() for name in names_in(question.comparison))}
    said = [(case.sources[claim.source].root, set(case.stands_on(reading.target.expr)))
            for claim in case.active_claims for reading in claim.readings if reading.weight > 0]
    for key in case.totals:
        if key not in asked:
            continue
        wanted = set(case.stands_on(Name(key))) & case.quantities.keys()
        heard = {root for root, touched in said if wanted & touched}
        if len(heard) == 1:
            yield Doubt("one source", key, tuple(heard))


def _denominators(case: Case) -> Iterator[Doubt]:
    """Pure numbers that set one amount against different others: a reader may take one share for the other."""
    by_top: dict[str, dict[str, str]] = {}
    for key, derived in case.derived.items():
        if not derived.unit.dimension and isinstance(derived.expr, Op) and derived.expr.op == "/" and any(names_in(derived.expr.args[1])):
            top, bottom = map(show, derived.expr.args)
            by_top.setdefault(top, {}).setdefault(bottom, key)
    for found in by_top.values():
        if len(found) > 1:
            first, *others = found.values()
            yield Doubt("denominators", first, tuple(others))


def _same_name(case: Case) -> Iterator[Doubt]:
    """Sources that are heard under one name: counted apart, what one of them says twice is taken for two voices."""
    heard, named = {claim.source for claim in case.active_claims}, dict[str, list[str]]()
    for source in case.sources.values():
        if source.id in heard:
            named.setdefault(" ".join(source.name.lower().split()), []).append(source.id)
    for first, *others in named.values():
        if others and not all(case.sources[key].note for key in (first, *others)):
            yield Doubt("same name", first, tuple(others))

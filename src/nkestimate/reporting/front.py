"""The first page's records beside the headline: what it mixes, what it is made of, what is left out, what scenarios make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from nkestimate.case.expressions import Expr
from nkestimate.case.model import Derived
from nkestimate.fitting.breakdown import quantiles_of, shares_of_headline
from nkestimate.fitting.records import within_error
from nkestimate.reporting.story import Story
from nkestimate.sentences.findings import (
    below_zero_sentence,
    mostly_default_sentence,
    outside_sentence,
    reading_sentences,
    swamped_sentence,
)
from nkestimate.sentences.solidity import missing_words
from nkestimate.solidity.refits.record import Robustness
from nkestimate.solidity.refits.row import Row
from nkestimate.wording.names import humanise, in_words
from nkestimate.wording.notices import notice_words
from nkestimate.wording.numbers import PRINT, Display, count, counted, display
from nkestimate.wording.prose import join, sentence

Record = dict[str, Any]
# Notices of numbers that may be meant otherwise, of which the answer is then wrong by far.
_MISREAD = ("part of a scale", "prior of a scale", "bare number asked", "bare number in a formula")
_NAMED = 4  # reasons of what was left out that are named one by one


def front(story: Story, solid: Robustness | None = None) -> Record:
    """Return what the first page tells beside the headline."""
    misread = [notice_words(notice, story.case, PRINT) for notice in story.summary.notices if notice.kind in _MISREAD]
    notes = [*misread, *findings(story, near_headline=True)]
    return {"mixture": mixture(story), "parts": parts(story), "left_out": left_out(story), "notes": notes,
            "scenarios": scenarios(story, solid)}


def mixture(story: Story) -> list[list[str]]:
    """Return, for each statement whose readings give the headline different answers, what mixes and the headline under each."""
    return [list(reading_sentences(term, given, story.case, PRINT)) for term, given in story.summary.by_reading.items()]


# ------------------------------------------------------------------ parts


def parts(story: Story) -> Record | None:
    """Return of what the headline is the sum: the share of each part; None where it, or what stands above its line, is no sum."""
    whole, shares = shares_of_headline(story.case, story.natural)
    if not shares:
        return None
    rows = [_share(part, quantiles_of(share), story) for part, share in shares]
    return {"whole": story.case.totals[whole].label, "rows": sorted(rows, key=lambda row: -row.pop("order"))}


def _share(part: Expr, q: Mapping[float, float], story: Story) -> Record:
    return {"label": in_words(part, story.case, PRINT), **share_words(q), "order": q[0.5]}


def share_words(q: Mapping[float, float]) -> Record:
    """Write the share of a part: its median and 90 % interval."""
    shown = display("", "fraction", {p: q[p] for p in (0.05, 0.5, 0.95)}, PRINT)
    return {"share": shown.value(q[0.5]), "ninety": shown.range(q[0.05], q[0.95])}


# ------------------------------------------------------------------ left out


def left_out(story: Story) -> Record:
    """Return what the headline leaves out: its own note, and how many figures were read and left out, by reason."""
    reasons = Counter(humanise(entry.reason) for entry in story.case.excluded if " " not in entry.reason.strip())  # words of a closed list
    named = [f"{words} ({count(number)})" for words, number in reasons.most_common(_NAMED)]
    figures = len(story.case.excluded)
    others = figures - sum(number for _, number in reasons.most_common(_NAMED))
    each = " each" if figures > 1 else ""
    why = f": {join([*named, *([f'others ({count(others)})'] if others else [])])}" if named else f", with a reason{each}"
    told = f"{counted(figures, 'figure')} of the documents {'was' if figures == 1 else 'were'} read and left out{why}." if figures else ""
    return {"note": sentence(story.case.headline.note or ""), "figures": told}


# ------------------------------------------------------------------ findings


def findings(story: Story, *, near_headline: bool = False) -> list[str]:
    """Return the sentences on medians outside their claims, values below zero and defaults that swamp statements.

    Near the headline stand those on itself and on what it is made of; how many subjects rest on defaults is one fact, and said of all.
    """
    case, summary = story.case, story.summary
    head = case.headline
    near = {head.id, *(case.stands_on(head.expr) if isinstance(head, Derived) else ())} if near_headline else set(case.totals)
    told = [outside_sentence(one, case, PRINT) for one in summary.outside if one.quantity in near]
    told += [below_zero_sentence(key, share, case, PRINT) for key, share in summary.below_zero.items() if key in near]
    swamped = swamped_sentence({key: share for key, share in summary.defaults.items() if key in near or not near_headline}, case, PRINT)
    mostly = mostly_default_sentence(summary.defaults, case, PRINT)  # counts subjects: the same ones wherever it is said
    return [*told, *filter(None, (mostly, swamped))]


# ------------------------------------------------------------------ scenarios


def scenarios(story: Story, solid: Robustness | None) -> Record:
    """Return the headline in each scenario, as far as `nkestimate robustness` has fitted them; else how many there are."""
    key, shown = story.case.headline.id, story.displays[story.case.headline.id]
    rows = []
    same = solid is not None and solid.digest == story.case.digest  # of an earlier state of the case, the headlines are others
    for row in solid.rows if solid and same else ():
        if row.variant.kind == "scenario":
            q = [row.quantile(key, p) for p in ("0.05", "0.5", "0.95")]
            known = [_beside(story, row, shown), shown.bare_range(q[0], q[2])]
            told = known if None not in q else [missing_words(row), ""]
            rows.append([story.case.scenarios[row.variant.name].label, *told])
    unknown = len(story.case.scenarios) - (story.case.scenario is not None) if not rows else 0
    return {"rows": rows, "unknown": counted(unknown, "scenario") if unknown else ""}


def _beside(story: Story, row: Row, shown: Display) -> str:
    """Write a scenario's median of the headline, with ``≈`` where it is within Monte Carlo error of the fit's own, or reads the same."""
    here, there = story.summary.totals[story.case.headline.id], row.median(story.case.headline.id)
    written = shown.value(there)
    if here.median is None or there is None:
        return written
    error = row.totals[story.case.headline.id]["mcse"] or 0.0
    alike = within_error(there - here.median, error, here.mcse) or written == shown.value(here.median)
    return f"≈{PRINT.space}{written}" if alike else written

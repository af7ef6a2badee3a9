"""The evidence page's records: what each document made of each claim, what sources are worth, what statements imply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from nkestimate.density.record import records_of
from nkestimate.density.weighing import untaught
from nkestimate.evidence import echoes
from nkestimate.evidence.claims import ClaimRow
from nkestimate.evidence.cooke import cooke_scores
from nkestimate.evidence.defaults import DefaultShare
from nkestimate.evidence.implied import Belief
from nkestimate.evidence.independence import Independence
from nkestimate.fitting.fits import OWN_MODEL, fit
from nkestimate.reporting.story import Story
from nkestimate.tables.record import bias_words, weight_range
from nkestimate.wording.names import humanise, target_label
from nkestimate.wording.numbers import (
    NONE,
    PRINT,
    Display,
    count,
    counted,
    decimals,
    display,
    figures,
    percent,
    resolved,
    short_day,
    stated_percent,
    weight,
)
from nkestimate.wording.prose import join, listed
from nkestimate.wording.statements import said, weight_words

Record = dict[str, Any]

_WORDED = 6  # documents that have a column of words each; more have one of signs
_SIGNED = 28  # and still more are listed by number
SIGNS = {
    echoes.ROOT: "●", echoes.SAME: "=", echoes.ROUNDED: "≈", echoes.UPPER: "▲", echoes.LOWER: "▼", echoes.WIDENED: "↔",
    echoes.NARROWED: "→←", echoes.MAGNITUDE: "∼", echoes.CHANGED: "u", echoes.PART: "∑", echoes.OTHER: "+", echoes.CONTRADICTS: "✗",
    echoes.NONE: "○",
}
"""What stands for each kind of echo where there is no room for words."""
_LEAST_SHARE = 0.005
_NAMED = 4  # sources of an average that are named


def evidence(story: Story) -> Record:
    """Return the evidence page: the matrix of documents and claims, effective numbers of sources, the audit's tally.

    Parameters
    ----------
    story : Story

    Returns
    -------
    dict
        ``form`` is ``words``, ``signs`` or ``list`` by the number of documents, ``none`` without any; ``audit`` is None
        where the run had no documents at hand.
    """
    rows, documents = _rows(story), _documents(story)
    form = "none" if not documents else "words" if len(documents) <= _WORDED else "signs" if len(documents) <= _SIGNED else "list"
    numbers = {document["id"]: i for i, document in enumerate(documents)}
    used = dict.fromkeys(echo.kind for row in rows for echo in row.reports)
    left_out = [sum(entry.document == document["id"] for entry in story.case.excluded) for document in documents]
    return {
        "form": form, "documents": [{key: value for key, value in document.items() if key != "id"} for document in documents],
        "rows": [_row(story, row, numbers, form) for row in rows],
        "left_out": [count(number) if number else "" for number in left_out],
        "legend": [[SIGNS[kind], kind] for kind in echoes.KINDS if kind in used],
        "worth": [_worth(story, worth) for worth in story.evidence.targets if worth.sources or worth.bound_sources],
        "audit": _tally(story), "records": records(story), "difference": difference(story),
    }


def _rows(story: Story) -> list[ClaimRow]:
    """Return the claims in the order of what they are about, as the table of claims has them."""
    by_id = {row.id: row for row in story.evidence.claims}
    return [by_id[key] for key in dict.fromkeys(claim.id for members in story.targets.values() for claim, _ in members)]


def _documents(story: Story) -> list[Record]:
    """Return the documents in the order of their publication, numbered; undated ones last."""
    ordered = sorted(story.case.documents.values(), key=lambda document: document.published or date.max)
    return [{"id": document.id, "number": count(i), "publisher": document.publisher or document.title,
             "date": short_day(document.published)} for i, document in enumerate(ordered, 1)]


def _row(story: Story, row: ClaimRow, numbers: Mapping[str, int], form: str) -> Record:
    claim = story.case.claims[row.id]
    kinds: list[list[str]] = [[] for _ in numbers]
    for echo in row.reports:
        kinds[numbers[echo.document]].append(echo.kind)
    record: Record = {"source": row.source_name, "said": said(claim, PRINT), "muted": row.status != "active",
                      "status": "" if row.status == "active" else weight_words(claim, PRINT)}
    if form == "list":
        found = {kind: [i for i, there in enumerate(kinds, 1) if kind in there] for kind in echoes.KINDS}
        record["cells"] = ["; ".join(f"{kind}: {spans(places)}" for kind, places in found.items() if places) or NONE]
    elif form == "signs":
        record["cells"] = [" ".join(SIGNS[kind] for kind in there) for there in kinds]
    else:
        record["cells"] = [_counted(there) for there in kinds]
    return record


def _counted(kinds: Sequence[str]) -> str:
    """Name kinds of echo, each once with its number: ``root, upper end only (2)``."""
    return ", ".join(kind + (f" ({count(kinds.count(kind))})" if kinds.count(kind) > 1 else "") for kind in dict.fromkeys(kinds))


def spans(numbers: Sequence[int]) -> str:
    """Write ascending whole numbers with runs of three and more as spans.

    Examples
    --------
    >>> spans([1, 3, 4, 5, 8, 9])
    '1, 3–5, 8, 9'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{count(run[0])}–{count(run[-1])}" if len(run) > 2 else ", ".join(map(count, run)) for run in runs)


def _worth(story: Story, worth: Independence) -> Record:
    found = story.defaults.get(worth.target)
    shares = sorted(worth.shares.items(), key=lambda pair: -pair[1])
    named = [(story.case.sources[source].name, share) for source, share in shares if share >= _LEAST_SHARE]
    told = [f"{name} ({percent(share, PRINT)})" for name, share in named[:_NAMED]]
    more = [counted(len(named) - _NAMED, "other")] if len(named) > _NAMED else []
    average = join([*told, *more]) if len(named) > 1 else "".join(name for name, _ in named)
    return {
        "label": target_label(story.target(worth.target), story.case, PRINT), "sources": count(len(worth.sources)),
        "bounds": count(len(worth.bound_sources)) if worth.bound_sources else "",
        "effective": decimals(worth.effective, 1, PRINT), "average": average or "bounds alone",
        "defaults": "" if not found else percent(found.share, PRINT) if found.share else count(0) + PRINT.percent, "sized": sized(found),
        "groups": [f"{listed([story.case.sources[key].name for key in members])} are one group, “{humanise(group)}”"
                   for group, members in worth.groups.items()],
    }


def sized(found: DefaultShare | None) -> str:
    """Say what the size of sources' own errors is from."""
    if found is None or not found.share:
        return NONE
    return "disagreement" if found.estimated else "default"


def records(story: Story) -> list[Record]:
    """Return what each source's track record says of it, beside Cooke's scores."""
    scores = cooke_scores(story.case)
    return [{
        "source": story.case.sources[key].name, "entries": count(one.entries), "bias": bias_words(one, PRINT),
        "before": weight(one.before, PRINT), "weight": weight(one.weight, PRINT), "range": weight_range(one, PRINT),
        "calibration": figures(scores[key].calibration, 2, PRINT) if key in scores else NONE,
        "information": decimals(scores[key].information, 2, PRINT) if key in scores else NONE, "acts": one.acts,
    } for key, one in records_of(story.case).items()]


def difference(story: Story) -> str:
    """Say what the headline would be without the record, for which the case is fitted once more; empty where no record acts.

    Nothing is said of draws that somebody's own model gave: what else that holds no fit here knows.
    """
    sampling = story.fit.sampling
    if not any(source.before for source in story.case.sources.values()) or sampling["engine"] == OWN_MODEL:
        return ""
    other = fit(untaught(story.case), seed=story.fit.seed, progress=False, **sampling)
    if not other.ok:
        return ""
    key = story.case.headline.id
    shown, (without, found) = story.displays[key], [summary.totals[key] for summary in (other.summary, story.summary)]
    told = [f"{shown.value(one.median)} ({stated_percent(0.9, PRINT)} interval {shown.range(one.quantile(0.05), one.quantile(0.95))})"
            for one in (without, found)]
    return f"Without the record the median of “{story.case.headline.label}” would be {told[0]}; with it, it is {told[1]}."


_COUNTS = ("claimed", "excluded", "incidental", "unaccounted")


def _tally(story: Story) -> Record | None:
    """Return what the audit counted in each document, where the run had the documents at hand."""
    found = story.summary.audit
    if found is None:
        return None
    counts = found.documents
    rows = [[document.publisher or document.title, short_day(document.published), *(count(counts[key][name]) for name in _COUNTS)]
            for key, document in story.case.documents.items() if key in counts]
    total = [count(sum(one[name] for one in counts.values())) for name in _COUNTS]
    return {"ok": found.ok, "faults": counted(found.faults, "fault"), "rows": rows, "total": total}


# ------------------------------------------------------------------ implied beliefs


def implied(story: Story) -> list[Record]:
    """Return what each claim that is heard was read to imply, one record a reading."""
    out = []
    for row in _rows(story):
        if row.status != "active":
            continue
        claim = story.case.claims[row.id]
        for reading, one in zip(claim.readings, row.implied, strict=True):
            about = target_label(reading.target, story.case, PRINT) + (f" ({percent(one.reading, PRINT)})" if len(row.implied) > 1 else "")
            target, stated = reading.target, {0.05: one.stated.q05, 0.5: one.stated.q50, 0.95: one.stated.q95}
            shown = Display(100 * target.unit.factor, "%") if story.is_percent(target) else display(one.unit, target.support, stated)
            out.append({
                "source": row.source_name, "said": said(claim, PRINT), "about": about, "unit": shown.column,
                "limit": one.is_bound,
                "stated": _belief(one.stated, shown), "weighed": _belief(one.weighed, shown) if one.weighed else None,
            })
    return out


def _belief(belief: Belief, shown: Display) -> list[str]:
    """Write median, interval and chances, with digits enough to tell the quantiles apart."""
    shown = resolved(shown, (belief.q05, belief.q50, belief.q95))
    return [shown.number(belief.q50), shown.bare_range(belief.q05, belief.q95), percent(belief.below, PRINT), percent(belief.above, PRINT)]

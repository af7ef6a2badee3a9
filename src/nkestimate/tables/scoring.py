"""Outcomes and ledgers as text, CSV and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from nkestimate.scoring.ledger import AnswerScores, Entry, TotalScores, Withdrawal
from nkestimate.scoring.standing import ENOUGH, ENOUGH_OF_A_SOURCE, Answers, Mean, Share, SourceStanding, Standing
from nkestimate.tables.solidity import plain, table
from nkestimate.text import as_csv, as_json, paragraph
from nkestimate.wording.numbers import (
    NONE,
    TERMINAL,
    Display,
    commas,
    count,
    counted,
    day,
    decimals,
    display,
    figures,
    percent,
    stated_percent,
)

Withdrawn = Sequence[tuple[Entry, Withdrawal]]


def _ninety() -> str:
    return stated_percent(0.9)


def _fifty() -> str:
    return stated_percent(0.5)


# ------------------------------------------------------------ what came true of one case


def resolution(entries: Sequence[Entry], form: str, sources: Mapping[str, str]) -> str:
    """Return the scores of one case's outcomes as text, JSON or CSV; ``sources`` has the name of each claim's."""
    if form == "json":
        return as_json([entry.plain() for entry in entries])
    return entries_csv(entries) if form == "csv" else "\n\n".join(_resolution(entries, sources))


def _resolution(entries: Sequence[Entry], sources: Mapping[str, str]) -> Iterator[str]:
    head = entries[0]
    state = "" if head.converged else "NOT CONVERGED. "
    yield f"{state}{head.title}: what came true"
    if late := sum(entry.hindsight for entry in entries):
        yield paragraph(f"Hindsight: of {count(late)} of {counted(len(entries), 'outcome')} the run was made after the outcome was known.")
    if totals := [(entry, entry.total) for entry in entries if entry.total]:
        yield _totals(totals)
        yield table("Scores", ("total", "log score", "CRPS", "PIT"), [
            (entry.label, _log(score), _crps(entry, score), _ends(score.pit, score.pit_low, score.pit_high)) for entry, score in totals],
            _scales(totals))
    if answers := [(entry, entry.answer) for entry in entries if entry.answer]:
        yield _answered(answers)
    if claims := [row for entry, _ in totals for row in _claims(entry, sources)]:
        yield table("What sources said", ("claim", "said", "held", "off by", "in spreads"), claims, _claims_note())


def _shown(entry: Entry, score: TotalScores) -> Display:
    known = {0.05: score.low_90, 0.25: score.low_50, 0.5: score.median, 0.75: score.high_50, 0.95: score.high_90}
    return display(entry.unit, entry.support, known, TERMINAL, date.fromisoformat(entry.since) if entry.since else None)


def _named(entry: Entry, shown: Display) -> str:
    unit = "" if entry.since else shown.cell
    return f"{entry.label}, {unit}" if unit else entry.label


def _came_true(entry: Entry, shown: Display) -> str:
    if entry.low is None or entry.high is None:
        return entry.stated
    return shown.number(entry.low) if entry.low == entry.high else shown.bare_range(entry.low, entry.high)


def _held(score: TotalScores) -> str:
    """Say which intervals hold what came true; of a range by its middle, with a sign where an end says otherwise."""
    inner, outer = ("~" if partly else "" for partly in (score.partly_50, score.partly_90))
    return f"{inner}{_fifty()}" if score.held_50 else f"{outer}{_ninety()}" if score.held_90 else f"{outer}none"


def _totals(totals: Sequence[tuple[Entry, TotalScores]]) -> str:
    rows = []
    for entry, score in totals:
        shown = _shown(entry, score)
        rows.append((_named(entry, shown), _came_true(entry, shown), shown.number(score.median),
                     shown.bare_range(score.low_90, score.high_90), _held(score)))
    note = f"held by: the narrower of the {_fifty()} and the {_ninety()} interval that holds what came true"
    if any(entry.low != entry.high for entry, _ in totals):
        note += "; of a range its middle on the working scale, with ~ where an end says otherwise"
    return table("Totals", ("total", "came true", "median", f"{_ninety()} interval", "held by"), rows, paragraph(note))


def _log(score: TotalScores) -> str:
    return decimals(score.log_score, 2, signed=True) + ("*" if score.beyond else "")


def _crps(entry: Entry, score: TotalScores) -> str:
    if entry.scale == "identity":
        return figures(score.crps, 2)
    return _ends(score.crps, score.crps_low, score.crps_high)


def _ends(value: float, low: float, high: float) -> str:
    return decimals(value, 2) + (f" ({decimals(low, 2)}\u2013{decimals(high, 2)})" if decimals(low, 2) != decimals(high, 2) else "")


def _scales(totals: Sequence[tuple[Entry, TotalScores]]) -> str:
    note = ("Log score: log of the posterior's density at the truth by normal kernels, over a range its mean; more is better. CRPS: "
            "less is better. ")
    own = [entry.label for entry, _ in totals if entry.scale == "identity"]
    unscaled = f"; in the unit: {', '.join(own)}" if own else ""
    note += (f"Both on the working scale (logs; log-odds of shares{unscaled}). PIT: where the truth lies in the posterior, from "
             f"{count(0)} to {count(1)}.")
    if any(entry.low != entry.high for entry, _ in totals):
        note += " Of a range CRPS and PIT are at its middle, with the least and most over its ends."
    if any(score.beyond for _, score in totals):
        note += " *: outside all draws, so that the log score is the kernels' tail; read the CRPS."
    return paragraph(note)


def _answered(answers: Sequence[tuple[Entry, AnswerScores]]) -> str:
    rows = [(entry.label, entry.stated, percent(answer.probability), decimals(answer.brier, 2), decimals(answer.log_score, 2, signed=True))
            for entry, answer in answers]
    return table("Questions", ("question", "answer", "probability", "Brier", "log score"), rows,
                 f"Brier score: {count(0)} is best, that of one half is {decimals(0.25, 2)}.")


def _claims(entry: Entry, sources: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    for claim in entry.claims:
        yield (f"{claim.name}, on {entry.label}", commas(claim.says), "yes" if claim.held else "no", _off(entry, claim.off),
               decimals(claim.spreads, 1, signed=True))
    for left in entry.left_out:
        yield f"{sources[left.claim]}, on {entry.label}", f"not scored: {commas(left.reason)}", "", "", ""


def _off(entry: Entry, off: float | None) -> str:
    """Write how far a claim is off: a factor where the scale is that of logs, log-odds or the unit else."""
    if off is None:
        return NONE
    if entry.scale == "log" and abs(off) < 100:
        return "×" + figures(math.exp(off), 2)
    return figures(off, 2, signed=True) + (" log-odds" if entry.scale == "logit" else "")


def _claims_note() -> str:
    return paragraph("held: whether what it states holds the truth. off by: what it states by what came true; in spreads: the same in "
                     "its stated standard deviations, positive where it is too high.")


# ------------------------------------------------------------ a ledger


def ledger(found: Standing, form: str, withdrawn: Withdrawn = ()) -> str:
    """Return a ledger as text, JSON or CSV: what it says so far, and as CSV its entries; what was withdrawn is told apart."""
    if form == "json":
        told = {key: plain(value) for key, value in vars(found).items() if key != "entries"}
        taken = [{"entry": entry.plain(), "withdrawal": line.plain()} for entry, line in withdrawn]
        return as_json({"entries": [entry.plain() for entry in found.entries], "withdrawn": taken, **told})
    if form == "csv":
        return entries_csv(found.entries)
    parts = _ledger(found) if found.entries else ["No entries yet: 'nkestimate resolve CASE --with outcomes.yaml' enters what came true."]
    return "\n\n".join([*parts, *_withdrawn(withdrawn)])


def _withdrawn(withdrawn: Withdrawn) -> Iterator[str]:
    if withdrawn:
        rows = [(f"{entry.label} ({entry.case})", commas(entry.stated), day(date.fromisoformat(line.entered[:10]), TERMINAL), line.by,
                 line.why) for entry, line in withdrawn]
        yield table("Withdrawn", ("what (case)", "entered as", "withdrawn", "by", "why"), rows,
                    f"{counted(len(withdrawn), 'entry', 'entries')} in no figure above.")


def _ledger(found: Standing) -> Iterator[str]:
    cases = len({(entry.case, entry.title) for entry in found.entries})
    yield f"{counted(len(found.entries), 'outcome')} of {counted(cases, 'case')}"
    if found.left_out:
        left_out = counted(found.left_out, "entry", "entries")
        yield paragraph(f"Each counts once, as the last run made before it was known told it, else the last; {left_out} of other runs or "
                        "scenarios left out.")
    if late := sum(entry.hindsight for entry in found.entries):
        yield paragraph(f"Hindsight: {count(late)} of {count(len(found.entries))} told by a run made after the outcome was known.")
    yield _over_time(found.entries)
    totals = found.coverage["0.9"].of
    if totals:
        yield _intervals(found, totals)
    if found.answers:
        yield _reliability(found.answers)
    if found.sources:
        yield _ranked(found.sources)


def _over_time(entries: Sequence[Entry]) -> str:
    rows, several = [], len({entry.case for entry in entries}) > 1
    for entry in entries:
        if entry.total:
            shown = _shown(entry, entry.total)
            name = _named(entry, shown)
            cells = (_came_true(entry, shown), shown.bare_range(entry.total.low_90, entry.total.high_90), _held(entry.total),
                     decimals(entry.total.log_score, 1, signed=True), _crps_alone(entry, entry.total))
        else:
            assert entry.answer
            name = entry.label
            cells = (entry.stated, percent(entry.answer.probability), NONE, decimals(entry.answer.log_score, 1, signed=True),
                     decimals(entry.answer.brier, 2))
        rows.append((f"{name} ({entry.case})" if several else name, day(date.fromisoformat(entry.when), TERMINAL), *cells))
    what = "what (case)" if several else "what"
    return table("Scores over time", (what, "known", "came true", f"{_ninety()} interval", "held by", "log", "CRPS"), rows,
                 paragraph("Of a question the probability stands under the interval, and the Brier score under CRPS."))


def _crps_alone(entry: Entry, score: TotalScores) -> str:
    return figures(score.crps, 2) if entry.scale == "identity" else decimals(score.crps, 2)


def _share(share: Share) -> str:
    return f"{count(share.held)} of {count(share.of)}"


def _range(low: float, high: float) -> str:
    return f"{percent(low)} to {percent(high)}"


def _early(n: int) -> str:
    return f"Too early to tell: {counted(n, 'outcome')}, of which {count(ENOUGH)} at least are needed." if n < ENOUGH else ""


def _intervals(found: Standing, totals: int) -> str:
    rows = [(stated_percent(float(level)), _share(share), _range(share.low, share.high)) for level, share in found.coverage.items()]
    told = [f"{name} {_mean(mean)}" for name, mean in (("Mean CRPS", found.crps), ("mean log score", found.log_score)) if mean]
    note = f"{', '.join(told)}, over totals on log and log-odds scale. " if told else ""
    return table("Intervals", ("interval", "held", f"share, {_ninety()} interval"), rows, paragraph(note + _early(totals)))


def _mean(mean: Mean) -> str:
    places = 2
    return decimals(mean.value, places) + (f" ± {decimals(mean.error, places)}" if mean.error is not None else "")


def _reliability(answers: Answers) -> str:
    rows = [(f"{stated_percent(one.low)} to {stated_percent(one.high)}", percent(one.mean), _share(one.share),
             _range(one.share.low, one.share.high)) for one in answers.bins]
    note = (f"Mean Brier score {_mean(answers.brier)}: reliability {decimals(answers.reliability, 2)} ({count(0)} is best) "
            f"- resolution {decimals(answers.resolution, 2)} + uncertainty {decimals(answers.uncertainty, 2)}, over these bins. ")
    return table("Questions", ("said", "on average", "came true", f"share, {_ninety()} interval"), rows,
                 paragraph(note + _early(answers.brier.of)))


def _ranked(sources: Sequence[SourceStanding]) -> str:
    rows = []
    for place, one in enumerate(sources, 1):
        name = one.name if one.early else f"{count(place)}. {one.name}"
        rows.append((name, count(one.things), _share(one.held), _factor(one.factor), _factor(one.bias)))
    early = [one for one in sources if one.early]
    note = ("off by: within such a factor lie two in three of its figures; overstates by: what it states by what is true; with "
            f"{_ninety()} intervals, both drawn to what all sources do where a source is hardly known. ")
    if early:
        note += f"Without a place: fewer than {count(ENOUGH_OF_A_SOURCE)} outcomes with a figure of it, too early to rank."
    return table("Sources, the nearest to the truth first", ("source", "outcomes", "claims held", "off by", "overstates by"), rows,
                 paragraph(note))


def _factor(three: tuple[float, float, float] | None) -> str:
    """Write a factor with its interval: two digits, as few outcomes deserve no more."""
    return NONE if three is None else "{} ({}\u2013{})".format(*(figures(one, 2) for one in three))


# ------------------------------------------------------------ rows

_COLUMNS = ("case", "digest", "outcome", "kind", "label", "unit", "came_true_low", "came_true_high", "happened", "from", "when", "median",
            "low_90", "high_90", "held_50", "held_90", "log_score", "crps", "pit", "probability", "brier", "entered")


def entries_csv(entries: Iterable[Entry]) -> str:
    """Return entries as CSV, a row for each."""
    return as_csv(_COLUMNS, ([_cell(cells.get(column)) for column in _COLUMNS] for cells in map(_cells, entries)))


def _cells(entry: Entry) -> dict[str, Any]:
    scores = entry.total.model_dump() if entry.total else entry.answer.model_dump() if entry.answer else {}
    return entry.plain() | scores | {"came_true_low": entry.low, "came_true_high": entry.high}


def _cell(value: Any) -> Any:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value

"""A fit set against what came true: its totals, its questions and its sources' claims scored."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.model import Case, Claim, Target
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.statements import natural_value, spread_of, working_value, z_of
from nkestimate.errors import Fault, NKEstimateError
from nkestimate.fitting.fits import Fit
from nkestimate.scoring import scores
from nkestimate.scoring.ledger import AnswerScores, ClaimScore, Entry, LeftOut, TotalScores
from nkestimate.scoring.outcomes import Outcome
from nkestimate.wording.numbers import TERMINAL, counted, display

Array = NDArray[np.float64]


class UnscoredError(NKEstimateError):
    """A total or question has draws without a value, and no score."""


@dataclass(frozen=True)
class _Scale:
    """The scale on which a total is scored: its working scale, or identity where draws lie outside the support of that."""

    target: Target
    name: str

    def values(self, draws: Array) -> Array:
        if self.name == "log":
            return np.log(draws)
        if self.name == "logit":
            share = self.target.unit.factor * draws + self.target.unit.offset
            return np.log(share / (1 - share))
        return draws

    def value(self, value: float) -> float:
        return working_value(value, self.target) if self.name == self.target.scale else value

    def middle(self, low: float, high: float) -> float:
        """Return the middle of a range, in the total's unit."""
        if low == high:
            return low
        middle = (self.value(low) + self.value(high)) / 2
        return natural_value(middle, self.target) if self.name == self.target.scale else middle


def score(fit: Fit, outcomes: Iterable[Outcome]) -> list[Entry]:
    """Score a fit against outcomes: an entry for each, as the ledger keeps it.

    Raises
    ------
    UnscoredError
        If a total or question has draws without a value.
    """
    totals = Evaluator(fit.density).totals(fit.coordinates)
    return [_answer(fit, one) if one.happened is not None else _total(fit, one, totals[one.id].reshape(-1)) for one in outcomes]


def outside(fit: Fit, outcomes: Sequence[Outcome], scored: Sequence[Entry]) -> list[Fault]:
    """Return a fault for each truth that no draw reaches: more often another unit was meant than a posterior is so far off."""
    beyond = [(one, entry) for one, entry in zip(outcomes, scored, strict=True) if entry.total and entry.total.beyond]
    totals = Evaluator(fit.density).totals(fit.coordinates) if beyond else {}
    return [_unreached(one, entry, totals[one.id]) for one, entry in beyond]


def _unreached(outcome: Outcome, entry: Entry, draws: Array) -> Fault:
    ends = float(draws.min()), float(draws.max())
    since = date.fromisoformat(entry.since) if entry.since else None
    shown = display(entry.unit, entry.support, {0.0: ends[0], 0.5: float(np.median(draws)), 1.0: ends[1]}, TERMINAL, since)
    return outcome.fault(f"{outcome.stated} lies outside all {counted(draws.size, 'draw')} of '{entry.label}', {shown.range(*ends)}",
                         "a truth that some draw reaches",
                         "is this unit meant? nothing is entered; if it is so all the same, give --anyway")


def _entry(fit: Fit, outcome: Outcome, **found: object) -> Entry:
    case = fit.case
    common = {
        "case": case.id, "title": case.title, "scenario": case.scenario, "digest": case.digest, "seed": fit.seed, "made": fit.created_at,
        "horizon": case.horizon.isoformat(), "converged": fit.ok, "outcome": outcome.id, "happened": outcome.happened,
        "stated": outcome.stated, "from": outcome.said_by, "when": outcome.when.isoformat(), "check": outcome.check,
        "class": outcome.group, "note": outcome.note,
    }
    return Entry.model_validate(common | found)


def _answer(fit: Fit, outcome: Outcome) -> Entry:
    question, answer = fit.case.questions[outcome.id], fit.summary.questions[outcome.id]
    if answer.probability is None or outcome.happened is None:
        raise UnscoredError(f"'{outcome.id}' has draws at which it has no answer, so it can't be scored; take it out of the outcomes")
    draws = math.prod(fit.coordinates.shape[:2])
    scored = AnswerScores(
        probability=answer.probability, brier=scores.brier(answer.probability, outcome.happened), draws=draws,
        log_score=scores.log_score_of_answer(answer.probability, outcome.happened, draws))
    return _entry(fit, outcome, kind="question", label=question.label, unit="", support="", since=None, scale="", low=None, high=None,
                  total=None, answer=scored, claims=[], left_out=[])


def _total(fit: Fit, outcome: Outcome, draws: Array) -> Entry:
    total = fit.case.totals[outcome.id]
    target = total.target
    if not np.isfinite(draws).all():
        raise UnscoredError(f"'{outcome.id}' has draws without a value, so it can't be scored; take it out of the outcomes")
    scale = _Scale(target, target.scale if target.scale == "identity" or draws.min() > 0 else "identity")
    scored = score_total(scale, draws, outcome.low, outcome.high, fit.summary.totals[outcome.id].ess_bulk)
    claims, left_out = _claims(fit.case, target, scale.middle(outcome.low, outcome.high))
    since = total.since
    return _entry(fit, outcome, kind="total", label=total.label, unit=total.unit.text, support=total.support,
                  since=since and since.isoformat(), scale=scale.name, low=outcome.low, high=outcome.high, total=scored,
                  answer=None, claims=claims, left_out=left_out)


def score_total(scale: _Scale, draws: Array, low: float, high: float, effective: float | None) -> TotalScores:
    """Score draws of a total, in its unit, against what came true, a value or a range."""
    working = scale.values(draws)
    middle, ends = scale.value(scale.middle(low, high)), (scale.value(low), scale.value(high))
    points = (middle, *ends)
    crps, places = ([rule(working, point) for point in points] for rule in (scores.crps, scores.pit))
    quantiles = np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95])
    inner, outer = ([float(quantiles[a]), float(quantiles[b])] for a, b in ((1, 3), (0, 4)))
    held = [[bound[0] <= point <= bound[1] for point in (scale.middle(low, high), low, high)] for bound in (inner, outer)]
    return TotalScores(
        median=float(quantiles[2]), low_50=inner[0], high_50=inner[1], low_90=outer[0], high_90=outer[1],
        held_50=held[0][0], held_90=held[1][0], partly_50=len(set(held[0])) > 1, partly_90=len(set(held[1])) > 1,
        log_score=scores.log_score(working, *ends, effective or len(draws)),
        crps=crps[0], crps_low=min(crps), crps_high=max(crps), pit=places[0], pit_low=min(places), pit_high=max(places),
        beyond=bool(high < draws.min() or low > draws.max()), draws=len(draws))


# ------------------------------------------------------------ claims


def _claims(case: Case, target: Target, truth: float) -> tuple[list[ClaimScore], list[LeftOut]]:
    """Score what sources said of a total; the truth is of the horizon, and of other dates only where the total does not move."""
    found, left_out = list[ClaimScore](), list[LeftOut]()
    moves = case.moves(target.expr)
    for claim in _about(case, target.key):
        if claim.superseded_by:
            left_out.append(LeftOut(claim=claim.id, reason=f"superseded by {case.claims[claim.superseded_by].said}"))
        elif claim.has_readings:
            left_out.append(LeftOut(claim=claim.id, reason="it may mean several things"))
        elif moves and claim.readings[0].as_of != case.horizon:
            left_out.append(LeftOut(claim=claim.id, reason=f"it is of {claim.readings[0].as_of}, and the total moves with its date"))
        else:
            found.append(_claim_score(case, claim, truth))
    return found, left_out


def _about(case: Case, key: str) -> Iterator[Claim]:
    return (claim for claim in case.claims.values() if any(reading.target.key == key for reading in claim.readings))


def _claim_score(case: Case, claim: Claim, truth: float) -> ClaimScore:
    reading = claim.readings[0]
    statement, target = reading.statement, reading.target
    common = {"claim": claim.id, "source": claim.source, "name": case.sources[claim.source].name, "says": claim.said,
              "kind": statement.kind}
    if statement.is_bound:
        held = truth <= statement.value if statement.kind == "at_most" else truth >= statement.value
        return ClaimScore(held=held, spreads=None, off=None, **common)
    spread, at = spread_of(statement, target), working_value(truth, target)
    off = spread.m - at
    spreads = off / (spread.right if off < 0 else spread.left)
    if statement.kind in ("estimate", "counted"):
        return ClaimScore(held=abs(spreads) <= z_of(statement.coverage), spreads=spreads, off=off, **common)
    low, high = statement.extent(target.unit)
    return ClaimScore(held=low <= truth <= high, spreads=spreads, off=off, **common)

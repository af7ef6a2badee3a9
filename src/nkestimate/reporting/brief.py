"""The brief's records: who was believed, which assumptions carry most, what would change the answer, what to check next.

Each list is cut to what a page holds; what is over is counted, and stands in the annex.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from nkestimate.case.model import Case, Claim
from nkestimate.evidence.lint import doubts
from nkestimate.reporting.data import claim_about, weight_of
from nkestimate.reporting.evidence import sized
from nkestimate.reporting.picture import reckoned
from nkestimate.reporting.story import Story
from nkestimate.sentences.publishing import carrying_sentence, doubt_sentences
from nkestimate.sentences.solidity import (
    REMEDY,
    chance,
    chance_words,
    check_name,
    lost_words,
    rest_display,
    scenarios_sentence,
    unsaid_rows,
)
from nkestimate.solidity.conflict import VERDICTS, ClaimConflict
from nkestimate.solidity.explaining.drivers import Check, Share, Swing
from nkestimate.solidity.refits.record import Robustness
from nkestimate.wording.names import claim_name
from nkestimate.wording.numbers import NONE, PRINT, counted, decimals, percent, points, shown_by
from nkestimate.wording.statements import prior_words, said

Record = dict[str, Any]

SOURCES, SAYINGS, CARRIED, QUESTIONS, CONFLICTS, CHECKS, UNSAID, DOCUMENTS, DOUBTS = 9, 3, 3, 6, 3, 5, 3, 10, 4  # rows of each table
_LEAST = 0.01  # of a share or a shrinkage that is worth a row
_MOST_OF_IT = 0.5  # of the headline's variance: more on one assumption is told
_SET_FOR_ALL = ("tau", "eta", "delta")  # errors of sources whose size is a prior or a setting
_RELIABLE = ("psis", "refit", "alone")  # ways of judging a claim that need no further fit
_SET_BY = {"tau": "the prior of dark uncertainty", "eta": "the size set for common error, by default or by the case",
           "delta": "its bias, as stated or learned from its record", "epsilon": "the weight of the source, and dark uncertainty"}


def brief(story: Story, solid: Robustness | None, lost: list[str] | None = None) -> Record:
    """Return what the brief tells below its first page.

    Parameters
    ----------
    story : Story
    solid : Robustness or None
        What `robustness` found, if it was run.
    lost : list of str, optional
        Where to say that a part could not be reckoned; without it, that raises.
    """

    def part(what: str, make: Callable[[], Any]) -> Any:
        return make() if lost is None else reckoned(what, make, lost)

    return {
        "believed": part("who was believed", lambda: believed(story)),
        "carried": part("which assumptions carry most", lambda: carried(story)),
        "conflict": part("what conflicts", lambda: conflict(story)),
        "scenarios": part("the scenarios", lambda: scenarios_sentence(solid, PRINT)) if solid and solid.digest == story.case.digest else "",
        "checks": part("what to check next", lambda: checks(story)),
        "doubts": part("what a referee would ask", lambda: doubts_of(story)),
        "questions": QUESTIONS, "more_questions": _more(len(solid.answers) - QUESTIONS, "question") if solid else "",
        "taken_away": taken_away(solid) if solid else "",
        "documents": DOCUMENTS, "more_documents": _more(len(story.case.documents) - DOCUMENTS, "document"),
    }


def taken_away(solid: Robustness) -> str:
    """Say which changes leave an answer unsaid, and of which quantities there is no estimate then; empty where none does."""
    changes = [change for several, _ in unsaid_rows(solid, PRINT) for change in several]
    told = [f"{change} ({labels})" if (labels := "".join(lost_words(solid, (change,), PRINT))) else change for change in changes[:UNSAID]]
    named = "; ".join([*told, *filter(None, [_more(len(changes) - UNSAID, "change")])])
    return f"Some changes leave no estimate of what an answer rests on: {named}. {REMEDY}" if named else ""


def _more(number: int, singular: str) -> str:
    """Say how many are left for the annex; nothing where none is."""
    return counted(number, f"more {singular}") if number > 0 else ""


# ------------------------------------------------------------------ who was believed


def believed(story: Story) -> Record:
    """Return the sources that were heard, those that move the headline most first, and what was on record but not weighed."""
    case = story.case
    moves, order = _moves(story), heard(story)
    rows = [_source(case, key, claims, moves) for key, claims in order[:SOURCES]]
    unheard = [claim for claim in case.claims.values() if not claim.active]
    named = [claim_name(claim, case, PRINT) for claim in unheard[:SAYINGS]]
    return {"rows": rows, "more": _more(len(order) - SOURCES, "source"),
            "unheard": "; ".join([*named, *filter(None, [_more(len(unheard) - SAYINGS, "claim")])])}


def heard(story: Story) -> list[tuple[str, list[Claim]]]:
    """Return the sources that are heard with their claims, those that move the headline most first."""
    moves, found = _moves(story), defaultdict[str, list[Claim]](list)
    for claim in story.case.active_claims:
        found[claim.source].append(claim)
    order = sorted(found, key=lambda key: -sum(abs(moves.get(claim.id, 0.0)) for claim in found[key]))
    return [(key, sorted(found[key], key=lambda claim: -abs(moves.get(claim.id, 0.0)))) for key in order]


def _moves(story: Story) -> dict[str, float]:
    return {found.claim: found.on_total for found in story.explanation.weights.claims}


def _source(case: Case, key: str, claims: Sequence[Claim], moves: dict[str, float]) -> Record:
    told = [{"said": said(claim, PRINT), "about": " or ".join(claim_about(claim, case))} for claim in claims[:SAYINGS]]
    known = [moves[claim.id] for claim in claims if claim.id in moves]
    return {"name": case.sources[key].name, "weight": weight_of(case, key), "said": told, "more": _more(len(claims) - SAYINGS, "claim"),
            "moves": decimals(sum(known), 2, PRINT, signed=True) if known else NONE}


# ------------------------------------------------------------------ what carries most


def carried(story: Story) -> list[Record]:
    """Return the unknowns that carry most of the headline's variance, and what each rests on."""
    swings = {swing.quantity: swing for swing in story.explanation.swings}
    return [_carried(story, share, swings.get(share.unknown)) for share in carrying(story)]


def carrying(story: Story) -> list[Share]:
    """Return the shares that are told, the largest first."""
    return [share for share in story.explanation.shares[:CARRIED] if share.share >= _LEAST]


def _carried(story: Story, share: Share, swing: Swing | None) -> Record:
    explained = story.explanation
    shown = shown_by(explained, (explained.interval[0], explained.median, explained.interval[1]))
    return {"label": share.label, "share": percent(share.share, PRINT), "rests_on": _rests_on(story, share),
            "swing": [shown.value(swing.low), shown.value(swing.high)] if swing else []}


def _rests_on(story: Story, share: Share) -> str:
    """Say what an unknown rests on: its prior, the claims on it, or what sets the errors of sources."""
    if share.role != "quantity":
        return _SET_BY[share.role]
    quantity = story.case.quantities[share.unknown]
    claims = [claim for claim in story.case.active_claims if any(reading.target.key == share.unknown for reading in claim.readings)]
    told = []
    if quantity.prior is not None:
        name = "the analyst’s assumption" if story.is_assumption(quantity) else "prior"
        told.append(f"{name}: {prior_words(quantity.prior, story.displays[share.unknown], quantity.scale)}")
    if claims:
        by = counted(len({claim.source for claim in claims}), "source")
        errors = sized(story.defaults.get(share.unknown))
        told.append(f"{counted(len(claims), 'claim')} by {by}" + (f", their errors sized by {errors}" if errors != NONE else ""))
    return "; ".join(told) or "claims about other totals"


def doubts_of(story: Story) -> list[str]:
    """Return what a referee would ask, of what carries the headline and of the case."""
    case, told = story.case, []
    for share in story.explanation.shares:
        assumed = story.is_assumption(case.quantities[share.unknown]) if share.role == "quantity" else share.role in _SET_FOR_ALL
        if assumed and share.share > _MOST_OF_IT:
            told.append(carrying_sentence(share.label, share.share, case.headline.label, PRINT))
    told += doubt_sentences(doubts(case), case, PRINT)
    more = len(told) - DOUBTS
    return [*told[:DOUBTS], f"{_more(more, 'point')}: `nkestimate validate` lists them."] if more > 0 else told


# ------------------------------------------------------------------ what would change it


def conflict(story: Story) -> Record:
    """Return what conflicts, as far as the fit itself tells: a sentence, and the claims that lie furthest out."""
    found, tense = story.conflicts, in_tension(story)
    judged = tuple(one for one in found.claims if one.method in _RELIABLE)
    unknown = len(found.claims) - len(judged)
    return {"sentence": chance_words(replace(found, claims=judged), PRINT) if any(one.probability is not None for one in judged) else "",
            "rows": [_conflict(story.case, one) for one in tense[:CONFLICTS]], "more": _more(len(tense) - CONFLICTS, "claim"),
            "unknown": counted(unknown, "claim") if unknown else ""}


def in_tension(story: Story) -> list[ClaimConflict]:
    """Return the claims that lie far out, as far as the fit itself tells, the furthest first."""
    judged = (one for one in story.conflicts.claims if one.method in _RELIABLE)
    return sorted((one for one in judged if one.probability is not None and one.probability < VERDICTS[2][0]),
                  key=lambda one: one.probability or 0.0)


def _conflict(case: Case, one: ClaimConflict) -> list[str]:
    rest = one.rests[0]
    return [claim_name(case.claims[one.claim], case, PRINT), rest.label, rest_display(rest, PRINT).range(rest.rest[0], rest.rest[2]),
            chance(one.probability, PRINT), one.verdict]


# ------------------------------------------------------------------ what to check


def checks(story: Story) -> Record:
    """Return what is most worth checking: by how much the headline's interval would be expected to shrink."""
    found = worth_checking(story)
    return {"rows": [_check(story.case, one) for one in found[:CHECKS]], "more": _more(len(found) - CHECKS, "check")}


def worth_checking(story: Story) -> list[Check]:
    """Return the checks that are told, the best first."""
    return [one for one in story.explanation.worth_checking(_LEAST) if not one.itself]


def _check(case: Case, one: Check) -> list[str]:
    kind = "what this claim is about" if one.kind == "claim" else "the quantity"
    return [check_name(one, case), kind, percent(one.shrink, PRINT), points(one.standard_error)]

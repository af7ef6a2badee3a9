"""Sentences on what a run finds beside its figures: medians outside their claims, values below zero, readings, defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nkestimate.case.model import Case
from nkestimate.evidence.defaults import SWAMPED, DefaultShare
from nkestimate.fitting.records import GivenReading, Outside, QuestionAnswer, Summary
from nkestimate.wording.names import claim_name, claim_with_target, target_named
from nkestimate.wording.notices import notice_words
from nkestimate.wording.numbers import TERMINAL, Typography, count, counted, figures, percent, shown_by
from nkestimate.wording.probability_words import UNDEFINED
from nkestimate.wording.prose import listed

_NAMED = 3  # of the targets whose spread is mostly from defaults


def outside_sentence(found: Outside, case: Case, set_in: Typography = TERMINAL) -> str:
    """Say that a median is outside what was stated of it, and what pulls it there."""
    total = case.totals[found.quantity]
    shown = shown_by(total, sorted((found.low, found.median, found.high)), set_in)
    pulls = [_pull(name, case, set_in) for name in found.pulled_by]
    why = f" What pulls it there: {'; '.join(pulls)}." if pulls else ""
    return (f"{total.label}: the median, {shown.value(found.median)}, is {found.side} all that was stated of it directly "
            f"({shown.range(found.low, found.high)}).{why}")


def _pull(term: str, case: Case, set_in: Typography) -> str:
    if term == "prior":
        return "its prior"
    return " with ".join(claim_with_target(claim, case, set_in) for claim in case.terms[term])


def below_zero_sentence(key: str, share: float, case: Case, set_in: Typography = TERMINAL) -> str:
    """Say how much of a positive total's posterior is not above zero."""
    return (f"{case.totals[key].label}: {percent(share, set_in)} of its posterior lies at or below zero, though it is taken as positive. "
            "A stated `support: positive` would hold it above, `support: real` would say that it may be negative.")


def reading_sentences(term: str, given: tuple[GivenReading, ...], case: Case, set_in: Typography = TERMINAL) -> tuple[str, ...]:
    """Say what the headline is under each reading of a statement: a sentence that introduces them, then one for each."""
    claims = [claim_name(claim, case, set_in) for claim in case.terms[term]]
    shown = shown_by(case.headline, (min(g.low for g in given), max(g.median for g in given), max(g.high for g in given)), set_in)
    head = f"The headline mixes {counted(len(given), 'reading')} of what was said ({listed(claims)})"
    return (head, *(f"{shown.value(one.median)} ({shown.range(one.low, one.high)}) if that is “{target_named(one.about, case, set_in)}”, "
                    f"which has probability {percent(one.probability, set_in)}" for one in given))


def default_words(found: DefaultShare, set_in: Typography = TERMINAL) -> str:
    """Say what a target's spread is from: ``97 % of its spread is from defaults, 3 % from what the source said; ...``."""
    who = "source" if found.sources == 1 else "sources"
    speaks = ("the error of its sources is estimated from their disagreement" if found.estimated
              else "too few sources to estimate an error from: the default speaks" if found.share > 0
              else f"the {who} {'is' if found.sources == 1 else 'are'} taken at {'its' if found.sources == 1 else 'their'} word")
    if not found.share:
        return f"all of its spread is from what the {who} said; {speaks}"
    return (f"{percent(found.share, set_in)} of its spread is from defaults or settings, {percent(1 - found.share, set_in)} from what the "
            f"{who} said; {speaks}")


def swamped_sentence(defaults: Mapping[str, DefaultShare], case: Case, set_in: Typography = TERMINAL) -> str:
    """Name the targets whose claims a default makes a hundred times wider and more, with the ways out; empty where there are none.

    Pools take direct claims at the spread that they state.
    """
    found = [(key, share) for key, share in defaults.items() if share.narrower >= SWAMPED
             and (case.settings.pooling == "hierarchical" or key not in case.quantities)]
    if not found:
        return ""
    names = [target_named(key, case, set_in) + (f" ({figures(share.narrower, 2, set_in)} times)" if math.isfinite(share.narrower) else "")
             for key, share in found]
    return ("What is stated far more precisely than the default lets a source be believed is widened a hundred times and more: "
            f"{listed(names)}. Where that is not meant: weight 1 takes a source at its word, `support: real` measures errors by what is "
            "stated, and `common_error` and `dark_uncertainty` of a total set their size.")


def mostly_default_sentence(defaults: Mapping[str, DefaultShare], case: Case, set_in: Typography = TERMINAL) -> str:
    """Name the targets of whose spread defaults or settings are the larger part, the largest first; empty where there are none."""
    found = sorted(((found.share, key) for key, found in defaults.items() if found.share > 0.5), key=lambda pair: -pair[0])
    if not found:
        return ""
    named = "; ".join(f"{target_named(key, case, set_in)} ({percent(share, set_in)})" for share, key in found[:_NAMED])
    many, all_of = len(found) > _NAMED, len(found) == len(defaults)
    subjects = counted(len(found), "subject")
    on = f"all {subjects}" if all_of else f"{subjects} of {count(len(defaults))}"
    which = named if len(defaults) == 1 else f"{on}, most of all: {named}" if many else f"{on}: {named}"
    return f"Defaults or settings, and not what sources said, are most of the spread of what is claimed on {which}."


def told(summary: Summary, case: Case, set_in: Typography = TERMINAL) -> tuple[str, ...]:
    """Say what a run found beside its figures: what the headline mixes, medians outside claims, values below zero, defaults, notices."""
    mixed = []
    for term, given in summary.by_reading.items():
        head, *each = reading_sentences(term, given, case, set_in)
        mixed.append(f"{head}: {'; '.join(each)}.")
    said = [*mixed, *(outside_sentence(one, case, set_in) for one in summary.outside),
            *(below_zero_sentence(key, share, case, set_in) for key, share in summary.below_zero.items()),
            mostly_default_sentence(summary.defaults, case, set_in), swamped_sentence(summary.defaults, case, set_in),
            *(notice_words(notice, case, set_in) for notice in summary.notices)]
    return tuple(filter(None, said))


def answer_words(answer: QuestionAnswer, set_in: Typography = TERMINAL) -> str:
    """Return the word for a question's probability; where it has none, at how many draws the answer is neither yes nor no."""
    return answer.words if answer.probability is not None else f"{UNDEFINED} in {percent(answer.undefined, set_in)} of draws"

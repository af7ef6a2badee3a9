"""Sentences on what a referee would ask before a case is published."""

from __future__ import annotations

from collections.abc import Iterable

from nkestimate.case.model import Case
from nkestimate.evidence.lint import Doubt
from nkestimate.wording.names import claim_with_target, humanise
from nkestimate.wording.numbers import TERMINAL, Typography, count, day, percent, plain, weight
from nkestimate.wording.prose import join, listed

_NAMED = 3  # of a kind


def doubt_sentences(found: Iterable[Doubt], case: Case, set_in: Typography = TERMINAL) -> tuple[str, ...]:
    """Say what a referee would ask, one sentence a kind."""
    by_kind: dict[str, list[Doubt]] = {}
    for doubt in found:
        by_kind.setdefault(doubt.kind, []).append(doubt)
    return tuple(_SAID[kind](doubts, case, set_in) for kind, doubts in by_kind.items())


def carrying_sentence(label: str, share: float, total: str, set_in: Typography = TERMINAL) -> str:
    """Say that what nobody stated carries most of a total: its label, and its share of the variance."""
    return (f"An assumption carries more than half of the variance of “{total}”: {label} ({percent(share, set_in)}). No source stated it: "
            "say what it rests on, or find who knows.")


def bias_sentences(case: Case) -> tuple[str, ...]:
    """Say by what range each source is read to overstate that names a class of bias, and who found it."""
    said = []
    for source in case.sources.values():
        stated = (source.before or source).overstates_by  # what was learned since is no class's
        if source.bias_class is not None and stated is not None:
            found = case.bias_classes[source.bias_class]
            low, high = (plain(end) for end in stated)
            of = f" of {found.population}" if found.population else ""
            said.append(f"{source.name} is read to overstate by a factor of {low} to {high}, as the class '{found.id}': found{of} "
                        f"({found.from_}).")
    return tuple(said)


def _some(names: list[str]) -> str:
    more = [f"{count(len(names) - _NAMED)} more"] if len(names) > _NAMED else []
    return listed([*names[:_NAMED], *more])


def _claims(doubts: list[Doubt], case: Case, set_in: Typography) -> list[str]:
    return [claim_with_target(case.claims[doubt.about], case, set_in) for doubt in doubts]


def _bound(doubts: list[Doubt], case: Case, set_in: Typography) -> str:
    names = [f"{name} (“{join(doubt.others)}”)" for name, doubt in zip(_claims(doubts, case, set_in), doubts, strict=True)]
    return f"A bound in print is taken for a value: {_some(names)}. Say at_most or at_least, or in a note why not."


def _precision(doubts: list[Doubt], case: Case, set_in: Typography) -> str:
    names = [f"{name} (“{join(doubt.others)}”)" for name, doubt in zip(_claims(doubts, case, set_in), doubts, strict=True)]
    return f"Hedged in print, and taken more precisely than to half a percent: {_some(names)}. 'within' says how well a figure is known."


def _weight(doubts: list[Doubt], case: Case, set_in: Typography) -> str:
    names = [f"{source.name} ({weight(source.weight, set_in)})" for source in (case.sources[doubt.about] for doubt in doubts)]
    return f"Weights above 0.75 have no note that says why: {_some(names)}."


def _late(doubts: list[Doubt], case: Case, set_in: Typography) -> str:
    return f"Claims are dated after the horizon, {day(case.horizon, set_in)}: {_some(_claims(doubts, case, set_in))}."


def _one_source(doubts: list[Doubt], case: Case, set_in: Typography) -> str:
    names = [f"{case.totals[doubt.about].label} (on {_source(doubt.others[0], case)})" for doubt in doubts]
    return f"All that is heard on a total comes from one source: {_some(names)}."


def _source(root: str, case: Case) -> str:
    return case.sources[root].name if root in case.sources else f"the group “{humanise(root.removeprefix('group:'))}”"


def _denominators(doubts: list[Doubt], case: Case, set_in: Typography) -> str:
    names = [join(case.totals[key].label for key in (doubt.about, *doubt.others)) for doubt in doubts]
    return f"One amount is set against different wholes, and a reader may take one share for the other: {_some(names)}."


def _same_name(doubts: list[Doubt], case: Case, set_in: Typography) -> str:
    ids = [f" ({join([doubt.about, *doubt.others])})" if set_in is TERMINAL else "" for doubt in doubts]
    names = [f"“{case.sources[doubt.about].name}”{said}" for doubt, said in zip(doubts, ids, strict=True)]
    number = len(doubts[0].others) + 1
    who = "Several sources have one name," if len(doubts) > 1 else f"{'Two' if number == 2 else count(number)} sources are called"
    return f"{who} {_some(names)}: are they one? What one source says twice counts once."


_SAID = {"bound": _bound, "precision": _precision, "weight": _weight, "late": _late, "one source": _one_source,
         "denominators": _denominators, "same name": _same_name}

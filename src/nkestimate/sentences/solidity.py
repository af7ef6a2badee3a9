"""Sentences about results: what holds over a grid, what contradicts what, what was varied. Results hold facts; the English is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from nkestimate.case.model import Case
from nkestimate.solidity.conflict import VERDICTS, ClaimConflict, Conflicts, Rest
from nkestimate.solidity.explaining.drivers import Check
from nkestimate.solidity.explaining.explanation import Explanation
from nkestimate.solidity.refits.holding import (
    CANNOT_BE_SAID,
    FAILS,
    HOLDS,
    NOT_FITTED,
    UNDECIDED,
    Answer,
    Literal,
    Range,
    Rule,
    in_order,
    ordered,
)
from nkestimate.solidity.refits.record import Robustness
from nkestimate.solidity.refits.row import CANNOT, FAILED, QUANTILES, UNCONVERGED, Row
from nkestimate.solidity.refits.variants import IN_SCENARIO
from nkestimate.wording.choices import choice_name, level_words
from nkestimate.wording.names import claim_name
from nkestimate.wording.numbers import (
    PRINT,
    TERMINAL,
    Display,
    Typography,
    count,
    counted,
    decimals,
    display,
    figures,
    percent,
    reset,
    shown_by,
    stated_percent,
    with_error,
)
from nkestimate.wording.prose import join

Levels = Mapping[str, Sequence[Any]]
Words = tuple[str, ...]
# A mark is an s where there are several.
LIMITS = tuple(limit for limit, _ in VERDICTS[:-1])
_KINDS = {"crossed": "crossed", "reading": "reading# taken alone", "scenario": "scenario#", "source": "source# left out",
          "group": "group# left out", "document": "document# left out", "claim": "claim# left out"}
REMEDY = "A prior, or a second source, would give one."
_LOST = 3  # quantities without an estimate that are named
ALONE = tuple(kind for kind in _KINDS if kind != "crossed")


# ------------------------------------------------------------------ robustness


def robustness_sentences(result: Robustness) -> tuple[str, ...]:
    """Say how far the headline moves, what answers hold and when they fail, how far other totals move; last what cannot be said."""
    first, *rest = (range_sentence(found, total_display(result, key)) for key, found in result.ranges.items())
    return (first, *answer_sentences(result).values(), *rest, *unsaid_sentences(result))


def unsaid_rows(result: Robustness, set_in: Typography = TERMINAL) -> list[tuple[Words, Words]]:
    """Return which single changes leave unsaid the headline and which answers, each change once.

    Returns
    -------
    list of (changes, subjects)
        Changes that leave the same unsaid stand together, those that take away most first.
    """
    lost: dict[str, list[str]] = {}
    asked: tuple[Answer | Range, ...] = (result.ranges[result.headline], *result.answers.values())
    for found in asked:
        for change in found.unsaid:
            lost.setdefault(reset(change, set_in), []).append(found.label)
    together: dict[tuple[str, ...], list[str]] = {}
    for change, subjects in lost.items():
        together.setdefault(tuple(dict.fromkeys(subjects)), []).append(change)
    return [(tuple(changes), subjects) for subjects, changes in sorted(together.items(), key=lambda pair: -len(pair[0]))]


def unsaid_sentences(result: Robustness) -> tuple[str, ...]:
    """Say what cannot be said of what, once for all that is asked, why, and what would help."""
    every = [result.ranges[result.headline].label, *(found.label for found in result.answers.values())]
    return tuple(" ".join(filter(None, [f"Nothing can be said {changes_words(changes)} of: {_subjects(subjects, every)}",
                                        _why_unsaid(lost_words(result, changes))])) for changes, subjects in unsaid_rows(result))


def lost_words(result: Robustness, changes: Words, set_in: Typography = TERMINAL) -> dict[str, Words]:
    """Return which quantities some changes leave without an estimate, each list with the changes that do; none where none does."""
    lost = {reset(row.variant.label, set_in): row.lost for row in result.rows if row.lost}
    together: dict[str, Words] = {}
    for change in changes:
        labels = [result.totals[key].label for key in lost.get(change, ())]
        if labels:
            over = len(labels) - _LOST
            named = [*labels[:_LOST], *([f"{count(over)} more"] if over > 0 else [])]
            together[join(named)] = (*together.get(join(named), ()), change)
    return together


def _why_unsaid(lost: Mapping[str, Words]) -> str:
    """Say which quantities have no estimate then; where that differs by change, under which."""
    if not lost:
        return ""
    told = "; ".join(f"{labels} ({changes_words(changes)})" for labels, changes in lost.items()) if len(lost) > 1 else next(iter(lost))
    return f"No estimate is left of: {told}. {REMEDY}"


def _subjects(subjects: Words, every: Sequence[str]) -> str:
    """Name what nothing can be said of; where that is nearly all that was asked, what is left instead."""
    left = [label for label in dict.fromkeys(every) if label not in subjects]
    most = f"all that was asked but {'; '.join(f'“{label}”' for label in left)}" if left else "all that was asked"
    told = most if len(left) < len(subjects) else "; ".join(subjects)
    return told + ("" if told[-1] in "?.!" else ".")


def changes_words(labels: Sequence[str]) -> str:
    """List single changes; scenarios stand together, first.

    Examples
    --------
    >>> changes_words(["in the scenario “Low pay”", "without Ann", "in the scenario “No pay”"])
    'in the scenarios “Low pay” and “No pay”; without Ann'
    """
    names = [label.removeprefix(IN_SCENARIO) for label in labels if label.startswith(IN_SCENARIO)]
    rest = [label for label in labels if not label.startswith(IN_SCENARIO)]
    if len(names) > 1:
        rest.insert(0, f"in the scenarios {', '.join(names[:-1])} and {names[-1]}")
    return "; ".join(rest if len(names) > 1 else labels)


def total_display(result: Robustness, key: str, set_in: Typography = TERMINAL) -> Display:
    """Return how a total of a grid is written: by its interval in the base."""
    subject = result.totals[key]
    known = result.base.totals.get(key, {}).get("quantiles", {})
    return display(subject.unit, subject.support, {float(p): known.get(p) for p in QUANTILES}, set_in,
                   date.fromisoformat(subject.since) if subject.since else None)


def variants_words(result: Robustness) -> str:
    """Say how many variants there are, of which kinds, and how they fared."""
    kinds = Counter("crossed" if row.variant.in_grid else row.variant.kind for row in result.rows)
    parts = ", ".join(f"{count(kinds[kind])} {kind_words(kind, kinds[kind])}" for kind in _KINDS if kinds[kind])
    fits = len({row.variant.digest for row in result.rows})
    states = Counter(row.status for row in result.rows)
    told = [f"{count(states[status])} {words}" for status, words in (
        (CANNOT, "leave something that cannot be said"), (UNCONVERGED, "did not converge"), (FAILED, "failed")) if states[status]]
    return f"{counted(len(result.rows), 'variant')} in {counted(fits, 'fit')}: {parts}." + (f" {'; '.join(told)}." if told else "")


def kind_words(kind: str, number: int = 1) -> str:
    """Name a kind of variant, or so many of it."""
    return _KINDS[kind].replace("#", "s" if number != 1 else "")


def missing_words(row: Row) -> str:
    """Say why a variant has no answer."""
    return CANNOT if row.usable else "no fit that converged"


def literal_words(literal: Literal, levels: Sequence[Any], set_in: Typography = TERMINAL) -> str:
    """Write one choice of a rule; ``levels`` are all that the factor has."""
    written = [level_words(literal.factor, level, set_in) for level in literal.levels]
    if len(written) <= 2:
        what = " or ".join(written)
    elif ordered(levels) and literal.levels[0] == in_order(levels)[0]:
        what = f"at most {written[-1]}"
    elif ordered(levels) and literal.levels[-1] == in_order(levels)[-1]:
        what = f"at least {written[0]}"
    else:
        what = " or ".join([", ".join(written[:-1]), written[-1]])
    return f"{choice_name(literal.factor)} is {what}"


def rule_words(rule: Rule, levels: Levels, set_in: Typography = TERMINAL) -> str:
    """Write a rule's conditions: ``coverage is 50 % and pooling is log, or common error is 0``."""
    return ", or ".join(" and ".join(literal_words(literal, levels[literal.factor], set_in) for literal in condition)
                        for condition in rule.conditions)


def answer_sentences(result: Robustness, set_in: Typography = TERMINAL) -> dict[str, str]:
    """Say of each question, by id, what `answer_sentence` says; a list of changes that one has named is not named again."""
    named: dict[Words, str] = {}
    told = {}
    for key, found in result.answers.items():
        told[key] = answer_sentence(found, result.levels, set_in, named.get(found.alone, ""))
        if len(found.alone) > 1:
            named.setdefault(found.alone, found.label)
    return told


def answer_sentence(found: Answer, levels: Levels, set_in: Typography = TERMINAL, named: str = "") -> str:
    """Say in how many variants a question's answer holds, and when it does not.

    Its single changes are those of another question where that is ``named``.
    """
    if found.probability is None:
        return f"{found.label} Cannot be said in the base."
    total = count(len(found.states))
    given = f"{with_error(found.probability, found.mcse or 0.0, set_in)} for yes"
    if found.side:
        parts = [f"“{found.side.capitalize()}” holds in {count(found.count(HOLDS))} of {total} variants (in the base {given})."]
        verb = {FAILS: "fails", UNDECIDED: "is undecided"}[found.explained]
    else:
        parts = [f"The base itself is undecided ({given}): the answer is yes in {count(found.count(HOLDS))} of {total} variants, no in "
                 f"{count(found.count(FAILS))}."]
        verb = {HOLDS: "is yes", FAILS: "is no", UNDECIDED: "is undecided"}[found.explained]
    parts += _when(found, verb, levels, set_in, named)
    if found.explained != UNDECIDED and found.count(UNDECIDED):
        parts.append(f"It is undecided in {counted(found.count(UNDECIDED), 'variant')}.")
    return " ".join([found.label, *parts, *_unsaid(found)])


def _when(found: Answer, verb: str, levels: Levels, set_in: Typography, named: str) -> list[str]:
    rule, of = found.rule, count(found.crossed_of)
    whens = []
    if found.crossed and found.crossed == found.crossed_of:
        whens.append(f"in all {of} crossed variants")
    elif rule is not None and rule.exact:
        whens.append(f"when {rule_words(rule, levels, set_in)} ({count(found.crossed)} of {of} crossed variants)")
    elif found.crossed:
        whens.append(f"in {count(found.crossed)} of {of} crossed variants, which no rule of one or two choices separates")
    parts = [f"It {verb} {whens[0]}."] if whens else []
    if 0 < found.crossed < found.crossed_of and rule is not None and not rule.exact:
        parts.append(f"Most tellingly: when {rule_words(rule, levels, set_in)}, in {count(rule.inside)} of {count(rule.inside_of)} that "
                     f"are decided; else in {count(rule.outside)} of {count(rule.outside_of)}.")
    if found.alone:
        labels = (f"under the single changes named for “{named}”" if named
                  else changes_words([reset(label, set_in) for label in found.alone]))
        parts.append(f"{'Of single changes, it' if whens else 'It'} {verb} {labels}.")
    return parts


def _unsaid(found: Answer | Range) -> list[str]:
    """Say in how many variants there is no answer; `unsaid_rows` has which."""
    parts = []
    if cannot := found.states.count(CANNOT_BE_SAID):
        parts.append(f"It cannot be said in {counted(cannot, 'variant')}.")
    if missing := found.states.count(NOT_FITTED):
        parts.append(f"In {counted(missing, 'variant')} no fit converged.")
    return parts


def range_sentence(found: Range, shown: Display) -> str:
    """Say how far a total moves, and what moves it."""
    if found.median is None or found.lowest is None or found.highest is None:
        return f"{found.label}: cannot be said in the base."
    set_in = shown.set_in
    ends = [f"{shown.value(median)} ({reset(label, set_in)})" for label, median in (found.lowest, found.highest)]
    parts = [f"{found.label}: {shown.value(found.median)} in the base; over {count(found.of)} of {count(len(found.states))} variants the "
             f"median lies between {ends[0]} and {ends[1]}.",
             f"{count(found.inside)} of {count(found.of)} intervals ({stated_percent(0.9, set_in)}) hold the base's median."]
    felt = [(name, size) for name, size in found.moves.items() if size > found.noise]
    if felt:
        told = [f"{choice_name(name)} ({shown.size(size)} on average)" for name, size in felt]
        parts.append(f"Of the crossed choices {told[0]} moves it most" + (f", then {', '.join(told[1:])}." if told[1:] else "."))
    elif found.moves:
        parts.append("No crossed choice moves it by more than Monte Carlo error.")
    if found.alone and abs(found.alone[1]) > found.noise:
        sign = "+" if found.alone[1] > 0 else set_in.minus
        parts.append(f"Of single changes it moves most {reset(found.alone[0], set_in)} ({sign}{shown.size(found.alone[1])}).")
    return " ".join([*parts, *_unsaid(found)])


def scenarios_sentence(result: Robustness, set_in: Typography = TERMINAL) -> str:
    """Say between which medians the headline lies over the case's scenarios; nothing where none was fitted."""
    shown = total_display(result, result.headline, set_in)
    said = [(median, row.variant.label) for row in result.rows if row.variant.kind == "scenario"
            and (median := row.median(result.headline)) is not None]
    if not said:
        return ""
    if len(said) == 1:
        return f"The median is {shown.value(said[0][0])} {reset(said[0][1], set_in)}."
    ends = [f"{shown.value(median)} ({reset(label, set_in)})" for median, label in (min(said), max(said))]
    return f"Over {count(len(said))} scenarios the median lies between {ends[0]} and {ends[1]}."


# ------------------------------------------------------------------ conflict


def check_name(check: Check, case: Case) -> str:
    """Name what would be checked, in print."""
    return claim_name(case.claims[check.id], case, PRINT) if check.kind == "claim" else check.label


def chance(p: float | None, set_in: Typography = TERMINAL) -> str:
    """Write a tail probability, so that its verdict can be told from it.

    Examples
    --------
    >>> chance(0.0004), chance(0.0479), chance(0.0531), chance(0.31)
    ('<1 %', '4.8 %', '5 %', '31 %')
    """
    return percent(p, set_in, LIMITS)


def conflict_sentence(conflict: ClaimConflict, case: Case | None = None, set_in: Typography = TERMINAL) -> str:
    """Say how a claim stands to the rest; with its case, the claim's name is set in the same way as the rest."""
    name = claim_name(case.claims[conflict.claim], case, set_in) if case else conflict.label
    if conflict.verdict == "not computed":
        return f"{name}: was not set against the rest; that takes a refit (a claim in a pool has no term to leave out)."
    if conflict.probability is None:
        return f"{name}: stands alone; without it the case says too little to contradict it."
    rest = conflict.rests[0]
    verb = {"in line": "is in line with", "in tension": "is in tension with", "in conflict": "is in conflict with",
            "contradicted": "is contradicted by"}[conflict.verdict]
    about = rest_display(rest, set_in).range(rest.rest[0], rest.rest[2])
    p = chance(conflict.probability, set_in)
    why = (f"the bound would be met with probability {p}" if conflict.kind != "two_sided"
           else f"it lies on the {conflict.side} side, and a statement as far out has probability {p}")
    note = f" (approximate, k̂ {decimals(conflict.pareto_k, 2, set_in)})" if conflict.approximate else ""
    return f"{name}: {verb} the rest, which puts {rest.label} at {about} ({stated_percent(0.9, set_in)}); {why}{note}."


def rest_display(rest: Rest, set_in: Typography = TERMINAL) -> Display:
    """Return how what the rest of a case says of a target is written."""
    return shown_by(rest, rest.rest, set_in)


def chance_words(result: Conflicts, set_in: Typography = TERMINAL) -> str:
    """Say how many claims are in conflict, and how many would be by chance."""
    judged = [c.probability for c in result.claims if c.probability is not None]
    level = VERDICTS[1][0]
    low = sum(p < level for p in judged)
    many = f"{count(low) if low else 'None'} of {counted(len(judged), 'claim')} that could be judged {'are' if low > 1 else 'is'}"
    return (f"{many} in conflict with the rest (probability below {stated_percent(level, set_in)}); where all are right about their own "
            f"accuracy, chance alone puts about {figures(level * len(judged), 2, set_in)} of {count(len(judged))} there.")


# ------------------------------------------------------------------ explain


def scale_words(result: Explanation) -> str:
    """Say on which scale variances and widths are taken."""
    where = {"natural": "in its own unit", "log": "on the logarithmic scale", "rank": "on the scale of ranks"}[result.scale.name]
    return where + (f", as {result.scale.reason}" if result.scale.reason else "")

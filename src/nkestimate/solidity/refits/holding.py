"""What holds over a grid, and when it fails: counts, and the shortest rule that separates.

Nothing here samples: rows go in, findings come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.solidity.refits.row import Row
from nkestimate.solidity.refits.variants import BASE

Mask = NDArray[np.bool_]

HOLDS, FAILS, UNDECIDED, CANNOT_BE_SAID, NOT_FITTED = "holds", "fails", "undecided", "cannot be said", "not fitted"
STATES = (HOLDS, FAILS, UNDECIDED, CANNOT_BE_SAID, NOT_FITTED)
_ERRORS = 2.0  # Monte Carlo standard errors within which a probability is not told from one half
_MOST_SUBSETS = 5  # levels of an unordered factor up to which all their subsets are tried
_MOST_SAFE = 400  # conditions that are tried in twos
_NOISE = 3.0  # standard errors below which the range of a few medians is Monte Carlo error


# ------------------------------------------------------------------ rules


@dataclass(frozen=True)
class Literal:
    """A factor at one of some of its levels."""

    factor: str
    levels: tuple[Any, ...]


Condition = tuple[Literal, ...]
"""All of its literals hold."""


@dataclass(frozen=True)
class Rule:
    """What sets the variants where something happens apart from those where it does not.

    Attributes
    ----------
    conditions : tuple of Condition
        Any of them; each is a conjunction of at most two choices.
    exact : bool
        Whether it happens wherever one of them holds and nowhere else, variants that are neither left aside.
    inside, inside_of, outside, outside_of : int
        In how many variants it happens of those that fit the rule, and of the others.
    """

    conditions: tuple[Condition, ...]
    exact: bool
    inside: int
    inside_of: int
    outside: int
    outside_of: int


def find_rule(choices: Sequence[Mapping[str, Any]], happens: Sequence[bool], not_: Sequence[bool],
              levels: Mapping[str, Sequence[Any]]) -> Rule | None:
    """Find the shortest rule for when something happens.

    Searched, in this order, each exhaustively: one choice; two choices together; either of two such conditions. Of rules
    of one length the one that takes in the fewest variants in all is taken. Where none separates, the single choice or
    pair with the largest difference of rates (Youden's J) is returned, marked as not exact.

    Parameters
    ----------
    choices : sequence of mapping
        The level of each factor, for each variant.
    happens, not_ : sequence of bool
        Where it happens and where it does not; a variant may be neither (undecided, say), and is then left aside.
    levels : mapping of str to sequence

    Returns
    -------
    Rule or None
        None where it happens nowhere, or nothing was varied.

    References
    ----------
    Youden 1950, Cancer 3:32.
    """
    yes, no = np.array(happens, bool), np.array(not_, bool)
    literals = _literals(choices, levels)
    if not yes.any() or not literals:
        return None
    singles: list[Condition] = [(literal,) for literal in literals]
    pairs: list[Condition] = [(a, b) for a, b in combinations(literals, 2) if a.factor != b.factor]
    best: tuple[float, Condition] = (0.0, ())
    safe: list[tuple[int, Condition]] = []
    for conditions in (singles, pairs):
        exact: list[tuple[int, Condition]] = []
        for condition in conditions:
            mask = _mask(condition, literals)
            caught, wrong = int((mask & yes).sum()), int((mask & no).sum())
            if caught and not wrong:
                (exact if caught == yes.sum() else safe).append((int(mask.sum()) if caught == yes.sum() else caught, condition))
            youden = round(caught / int(yes.sum()) - (wrong / int(no.sum()) if wrong else 0.0), 9)
            if youden > best[0]:  # a pair has to be better than the best single choice
                best = youden, condition
        if exact:
            return _rule((min(exact, key=lambda pair: pair[0])[1],), literals, yes, no, exact=True)
    either = _either(safe, literals, yes)
    if either:
        return _rule(either, literals, yes, no, exact=True)
    return _rule((best[1],), literals, yes, no, exact=False) if best[1] else None


def _literals(choices: Sequence[Mapping[str, Any]], levels: Mapping[str, Sequence[Any]]) -> dict[Literal, Mask]:
    """Return what a rule may say of one factor, with the variants of which it is true."""
    found = {}
    for name, all_ in levels.items():
        place = {level: i for i, level in enumerate(all_)}
        chosen = np.array([place[row[name]] for row in choices])
        for subset in _subsets(all_):
            found[Literal(name, subset)] = np.isin(chosen, [place[level] for level in subset])
    return found


def _mask(condition: Condition, literals: Mapping[Literal, Mask]) -> Mask:
    return np.logical_and.reduce([literals[literal] for literal in condition])


def _either(safe: Sequence[tuple[int, Condition]], literals: Mapping[Literal, Mask], yes: Mask) -> tuple[Condition, Condition] | None:
    """Return the two conditions that together cover all of ``yes``, with the fewest choices and then variants."""
    # Above a few hundred, those that cover most: a small one is part of a larger one as often as not.
    kept = [condition for _, condition in sorted(safe, key=lambda pair: -pair[0])[:_MOST_SAFE]]
    masks, wanted = [_mask(condition, literals) for condition in kept], int(yes.sum())
    covered = [int((mask & yes).sum()) for mask in masks]
    best: tuple[tuple[int, int], tuple[Condition, Condition]] | None = None
    for i, j in combinations(range(len(kept)), 2):
        if covered[i] + covered[j] >= wanted and not (yes & ~(masks[i] | masks[j])).any():
            size = (len(kept[i]) + len(kept[j]), int((masks[i] | masks[j]).sum()))
            if best is None or size < best[0]:
                best = size, (kept[i], kept[j])
    return best and best[1]


def _rule(conditions: tuple[Condition, ...], literals: Mapping[Literal, Mask], yes: Mask, no: Mask, *, exact: bool) -> Rule:
    mask = np.logical_or.reduce([_mask(condition, literals) for condition in conditions])
    known = yes | no
    return Rule(conditions, exact, int((mask & yes).sum()), int((mask & known).sum()), int((~mask & yes).sum()), int((~mask & known).sum()))


def _subsets(levels: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the sets of levels that a rule may name: stretches of an ordered factor, else any (or one and all but one)."""
    n = len(levels)
    if ordered(levels):
        ranked = in_order(levels)
        return [tuple(ranked[i:j]) for i, j in combinations(range(n + 1), 2) if j - i < n]
    if n <= _MOST_SUBSETS:
        return [subset for size in range(1, n) for subset in combinations(levels, size)]
    return [(level,) for level in levels] + [tuple(other for other in levels if other != level) for level in levels]


def ordered(levels: Sequence[Any]) -> bool:
    """Return whether levels have an order: all numbers or dates, written as either."""
    return all(_rank(level) is not None for level in levels)


def in_order(levels: Sequence[Any]) -> list[Any]:
    """Return levels that have an order in it."""
    return sorted(levels, key=lambda level: _rank(level) or 0.0)


def _rank(level: Any) -> float | None:
    """Return where a level stands: a number, or a date, written as either; None for others."""
    try:
        return float(level)
    except (TypeError, ValueError):
        try:
            return float(date.fromisoformat(level).toordinal())
        except (TypeError, ValueError):
            return None


# ------------------------------------------------------------------ questions


@dataclass(frozen=True)
class Answer:
    """How far the answer to a question holds.

    Attributes
    ----------
    question, label : str
    probability, mcse : float or None
        In the base.
    side : str
        ``yes`` or ``no``, whichever the base is on; empty where the base is itself undecided. Variants are then counted as
        holding where they say yes.
    states : tuple of str
        Of each row: ``holds``, ``fails``, ``undecided``, ``cannot be said`` or ``not fitted``.
    explained : str
        The state that ``rule`` and ``alone`` are of: ``fails``; ``undecided`` where it never fails; where the base is
        undecided, the rarer of ``holds`` and ``fails``.
    rule : Rule or None
        When that state comes up, among the crossed variants.
    crossed, crossed_of : int
        In how many of the crossed variants it does, of how many.
    alone : tuple of str
        Labels of the one-at-a-time variants in which it does.
    unsaid : tuple of str
        Labels of those in which the answer cannot be said.
    """

    question: str
    label: str
    probability: float | None
    mcse: float | None
    side: str
    states: tuple[str, ...]
    explained: str
    rule: Rule | None
    crossed: int
    crossed_of: int
    alone: tuple[str, ...]
    unsaid: tuple[str, ...]

    def count(self, state: str) -> int:
        """Return in how many variants it holds, fails, and so on."""
        return self.states.count(state)

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, with the counts in place of the states."""
        kept = asdict(self)
        del kept["states"]
        return kept | {"of": len(self.states), "counts": {state: self.count(state) for state in STATES}}


def answer(rows: Sequence[Row], question: str, label: str, levels: Mapping[str, Sequence[Any]]) -> Answer:
    """Judge a question over all variants.

    It *holds* where its probability is on the base's side of one half by more than two Monte Carlo standard errors, *fails*
    where it is that far on the other, and is *undecided* between.
    """
    base = next(row for row in rows if row.variant.kind == BASE)
    given = base.questions.get(question, {}) if base.usable else {}
    side = _side(given) if given else 0
    states = tuple(_state(row, question, side or 1) for row in rows)
    bad = FAILS if FAILS in states else UNDECIDED
    if not side:  # what to explain is the rarer of the two answers
        bad = min((state for state in (HOLDS, FAILS) if state in states), key=states.count, default=UNDECIDED)
    rule, alone = _when(rows, states, bad, levels)
    crossed = [state for row, state in zip(rows, states, strict=True) if row.variant.in_grid]
    return Answer(question, label, given.get("probability"), given.get("mcse"), {1: "yes", -1: "no", 0: ""}[side], states, bad, rule,
                  crossed.count(bad), len(crossed), alone, _labels(rows, states, CANNOT_BE_SAID))


def _side(given: Mapping[str, Any]) -> int:
    apart = given["probability"] - 0.5
    return 0 if abs(apart) <= _ERRORS * (given["mcse"] or 0.0) else 1 if apart > 0 else -1


def _state(row: Row, question: str, side: int) -> str:
    if not row.usable:
        return NOT_FITTED
    if question not in row.questions:
        return CANNOT_BE_SAID
    return {side: HOLDS, -side: FAILS, 0: UNDECIDED}[_side(row.questions[question])]


def _when(rows: Sequence[Row], states: Sequence[str], bad: str, levels: Mapping[str, Sequence[Any]]) -> tuple[Rule | None, tuple[str, ...]]:
    """Return the rule for when a state comes up among the crossed variants, and which single changes bring it."""
    crossed = [(row, state) for row, state in zip(rows, states, strict=True) if row.variant.in_grid]
    # An undecided variant counts neither way, but where being undecided is itself what is to be explained.
    good = {HOLDS, FAILS} - {bad} if bad in (HOLDS, FAILS) else {HOLDS, FAILS}
    rule = find_rule([row.variant.choices for row, _ in crossed], [state == bad for _, state in crossed],
                     [state in good for _, state in crossed], levels)
    return rule, _labels(rows, states, bad)


def _labels(rows: Sequence[Row], states: Sequence[str], state: str) -> tuple[str, ...]:
    """Return the labels of the single changes in a state, one for each fit."""
    found: dict[str, str] = {}
    for row, its in zip(rows, states, strict=True):
        if its == state and not row.variant.in_grid:
            found.setdefault(row.variant.digest, row.variant.label)
    return tuple(found.values())


# ------------------------------------------------------------------ totals


@dataclass(frozen=True)
class Range:
    """How far a total's estimate moves.

    Attributes
    ----------
    total, label, unit : str
    median, mcse : float or None
        The base's, and its Monte Carlo standard error.
    lowest, highest : (str, float) or None
        The variants with the lowest and the highest median, by label, with it.
    moves : mapping of str to float
        By factor: highest less lowest median over its levels, all else alike, averaged over all else; largest first.
    noise : float
        What Monte Carlo error alone may give for ``moves``.
    alone : (str, float) or None
        The single change that moves the median most, with the difference.
    inside, of : int
        How many 90 % intervals hold the base's median, of how many.
    states : tuple of str
        Of each row: ``holds`` where it has a median, ``cannot be said`` or ``not fitted``.
    unsaid : tuple of str
        Labels of the one-at-a-time variants in which it cannot be said.
    """

    total: str
    label: str
    unit: str
    median: float | None
    mcse: float | None
    lowest: tuple[str, float] | None
    highest: tuple[str, float] | None
    moves: Mapping[str, float]
    noise: float
    alone: tuple[str, float] | None
    inside: int
    of: int
    states: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, the number of variants in place of their states."""
        kept = asdict(self)
        del kept["states"]
        return kept | {"variants": len(self.states)}


def range_of(rows: Sequence[Row], total: str, label: str, unit: str, levels: Mapping[str, Sequence[Any]]) -> Range:
    """Measure how far a total moves over all variants."""
    base = next(row for row in rows if row.variant.kind == BASE)
    said = [(row, median) for row in rows if (median := row.median(total)) is not None]
    centre = base.median(total)
    if centre is None or not said:
        return Range(total, label, unit, None, None, None, None, {}, 0.0, None, 0, 0)
    errors = [row.totals[total]["mcse"] for row, _ in said]
    moves = _moves([(row.variant.choices, median) for row, median in said if row.variant.in_grid], levels)
    changes = [(row.variant.label, median - centre) for row, median in said if not row.variant.in_grid]
    inside = sum(_within(row, total, centre) for row, _ in said)
    lowest, highest = (pick(said, key=lambda pair: pair[1]) for pick in (min, max))
    states = tuple(NOT_FITTED if not row.usable else CANNOT_BE_SAID if row.median(total) is None else HOLDS for row in rows)
    return Range(
        total, label, unit, centre, base.totals[total]["mcse"],
        (lowest[0].variant.label, lowest[1]), (highest[0].variant.label, highest[1]),
        dict(sorted(moves.items(), key=lambda pair: -pair[1])), _NOISE * float(np.median(errors)),
        max(changes, key=lambda pair: abs(pair[1]), default=None), inside, len(said), states,
        _labels(rows, states, CANNOT_BE_SAID))


def _within(row: Row, total: str, value: float) -> bool:
    low, high = row.quantile(total, "0.05"), row.quantile(total, "0.95")
    return (low is None or low <= value) and (high is None or value <= high)


def _moves(medians: Sequence[tuple[Mapping[str, Any], float]], levels: Mapping[str, Sequence[Any]]) -> dict[str, float]:
    """Return by factor the highest less the lowest median over its levels with all else alike, averaged over all else."""
    moves = {}
    for name, all_ in levels.items():
        alike: dict[tuple[Any, ...], list[float]] = {}
        for choices, median in medians:
            alike.setdefault(tuple(choices[other] for other in levels if other != name), []).append(median)
        spreads = [max(group) - min(group) for group in alike.values() if len(group) > 1]
        if len(all_) > 1 and spreads:
            moves[name] = float(np.mean(spreads))
    return moves


__all__ = ["Answer", "Literal", "Range", "Rule", "answer", "find_rule", "range_of"]

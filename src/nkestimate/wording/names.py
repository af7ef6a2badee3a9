"""What things are called: totals, targets, claims and their expressions, with labels in place of ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from nkestimate.case.expressions import DateCall, Expr, Literal, Name, Op
from nkestimate.case.model import Case, Claim, Target
from nkestimate.wording.numbers import PRINT, TERMINAL, Typography, day, plain
from nkestimate.wording.prose import capital, listed
from nkestimate.wording.statements import said
from nkestimate.wording.units import unit_words, with_unit

Token = tuple[str, str]  # kind (label, sign or text), text

_SIGNS = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}
_PERIODS = {"years": "years from {} to {}", "months": "months from {} to {}", "days": "days from {} to {}",
            "years_since": "years since {}", "months_since": "months since {}", "days_since": "days since {}",
            "ramp": "share there by then (none before {}, all after {})"}
_FUNCTIONS = {"min": "the smaller of ", "max": "the larger of ", "exp": "exp", "log": "ln", "sqrt": "√"}


def tokens(expr: Expr, case: Case, set_in: Typography = PRINT) -> list[Token]:
    """Write an expression as labels and signs, for a formula that a reader can follow."""
    return list(_tokens(expr, case, 0, set_in))


def in_words(expr: Expr, case: Case, set_in: Typography = TERMINAL) -> str:
    """Write an expression in one line of words."""
    return "".join(text for _, text in tokens(expr, case, set_in))


def _tokens(expr: Expr, case: Case, outer: float, set_in: Typography) -> Iterator[Token]:
    if isinstance(expr, Name):
        yield "label", case.totals[expr.id].label
    elif isinstance(expr, Literal):
        value, unit = expr.unit.from_root(expr.value), expr.unit.text
        yield "text", with_unit(plain(value, set_in), unit_words(unit, set_in.space, plural=value != 1), set_in.percent)
    elif isinstance(expr, DateCall):
        yield "text", _PERIODS[expr.function].format(*(date_name(case, name, set_in) for name in expr.dates))
    elif expr.op in _STRENGTH:
        yield from _operation(expr, case, outer, set_in)
    else:
        yield "sign", _FUNCTIONS.get(expr.op, expr.op) + "("
        for i, arg in enumerate(expr.args):
            if i:
                yield "sign", ", "
            yield from _tokens(arg, case, 0, set_in)
        yield "sign", ")"


def _operation(expr: Op, case: Case, outer: float, set_in: Typography) -> Iterator[Token]:
    strength = _STRENGTH[expr.op]
    if strength < outer:
        yield "sign", "("
    if expr.op == "neg":
        yield "sign", "−"
        yield from _tokens(expr.args[0], case, strength, set_in)
    elif expr.op == "**":
        yield from _power(expr, case, set_in)
    else:
        yield from _tokens(expr.args[0], case, strength, set_in)
        yield "sign", _SIGNS[expr.op]
        yield from _tokens(expr.args[1], case, strength + (0.5 if expr.op in "-/" else 0), set_in)
    if strength < outer:
        yield "sign", ")"


def _power(expr: Op, case: Case, set_in: Typography) -> Iterator[Token]:
    yield from _tokens(expr.args[0], case, 4.5, set_in)
    yield "sign", " to the power "
    yield from _tokens(expr.args[1], case, 4, set_in)


def date_name(case: Case, name: str, set_in: Typography = TERMINAL) -> str:
    """Name an entry of ``dates:``: the day, or, where it is uncertain, its label."""
    return day(case.dates[name], set_in) if name in case.dates else case.totals[name].label


def dates_named(case: Case) -> list[tuple[str, date]]:
    """Return the case's dates by name in words, in order of time."""
    return sorted(((capital(humanise(name)), when) for name, when in case.dates.items()), key=lambda pair: pair[1])


def target_label(target: Target, case: Case, set_in: Typography = TERMINAL) -> str:
    """Name what a claim is about: a total's label, or an expression with labels in it."""
    return case.totals[target.key].label if target.key in case.totals else in_words(target.expr, case, set_in)


def target_named(key: str, case: Case, set_in: Typography = TERMINAL) -> str:
    """Name a target by its key, which some claim, total or else nobody has."""
    if key in case.totals:
        return case.totals[key].label
    found = (reading.target for claim in case.claims.values() for reading in claim.readings if reading.target.key == key)
    target = next(found, None)
    return target_label(target, case, set_in) if target else humanise(key)


def claim_name(claim: Claim, case: Case, set_in: Typography = TERMINAL) -> str:
    """Name a claim by its source and what it says: ``Ministry of Bridges: 1.2 to 1.5 km``."""
    return f"{case.sources[claim.source].name}: {said(claim, set_in)}"


def claim_with_target(claim: Claim, case: Case, set_in: Typography = TERMINAL) -> str:
    """Name a claim with what it is about, as part of a sentence: ``Ministry of Bridges on Bridge length (1.2 to 1.5 km)``."""
    about = "" if claim.has_readings else f" on {target_label(claim.readings[0].target, case, set_in)}"
    return f"{case.sources[claim.source].name}{about} ({said(claim, set_in)})"


def group_name(case: Case, group: str) -> str:
    """Name a group of sources with who is in it: ``the group “military intelligence” (Ann; Ben)``."""
    members = [source.name for source in case.sources.values() if source.group == group]
    return f"the group “{humanise(group)}” ({listed(members)})"


def humanise(key: str) -> str:
    """Turn an id such as ``not-a-quantity-here`` into words; leave text alone."""
    return key.replace("_", " ").replace("-", " ") if re.fullmatch(r"[\w-]+", key) else key

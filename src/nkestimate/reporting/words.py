"""Expressions, statements and priors in words, with labels in place of ids."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date

from nkestimate.case.distributions import Prior
from nkestimate.case.expressions import DateCall, Expr, Literal, Name, Op, dates_in, names_in
from nkestimate.case.model import Case, Claim, Target
from nkestimate.density.evaluate import distribution
from nkestimate.reporting.format import Display, day, digits, join, plain, share, significant, unit_words, with_unit

Token = tuple[str, str]  # kind (label, sign or text), text

_SIGNS = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}
_PERIODS = {"years": "years from {} to {}", "months": "months from {} to {}", "years_since": "years since {}",
            "months_since": "months since {}", "ramp": "share there by then (none before {}, all after {})"}
_FUNCTIONS = {"min": "the smaller of ", "max": "the larger of ", "exp": "exp", "log": "ln", "sqrt": "√"}


def humanise(key: str) -> str:
    """Turn an id such as ``not-a-quantity-here`` into words; leave text alone."""
    return key.replace("_", " ").replace("-", " ") if re.fullmatch(r"[\w-]+", key) else key


def tokens(expr: Expr, case: Case) -> list[Token]:
    """Write an expression as labels and signs, for a formula that a reader can follow."""
    return list(_tokens(expr, case, 0))


def in_words(expr: Expr, case: Case) -> str:
    """Write an expression in one line of words."""
    return "".join(text for _, text in tokens(expr, case))


def _tokens(expr: Expr, case: Case, outer: float) -> Iterator[Token]:
    if isinstance(expr, Name):
        yield "label", case.totals[expr.id].label
    elif isinstance(expr, Literal):
        value, unit = expr.unit.from_root(expr.value), expr.unit.text
        yield "text", with_unit(plain(value), unit if value == 1 and unit.isalpha() else unit_words(unit))
    elif isinstance(expr, DateCall):
        yield "text", _PERIODS[expr.function].format(*(day(case.dates[name]) for name in expr.dates))
    elif expr.op in _STRENGTH:
        yield from _operation(expr, case, outer)
    else:
        yield "sign", _FUNCTIONS.get(expr.op, expr.op) + "("
        for i, arg in enumerate(expr.args):
            if i:
                yield "sign", ", "
            yield from _tokens(arg, case, 0)
        yield "sign", ")"


def _operation(expr: Op, case: Case, outer: float) -> Iterator[Token]:
    strength = _STRENGTH[expr.op]
    if strength < outer:
        yield "sign", "("
    if expr.op == "neg":
        yield "sign", "−"
        yield from _tokens(expr.args[0], case, strength)
    elif expr.op == "**":
        yield from _power(expr, case)
    else:
        yield from _tokens(expr.args[0], case, strength)
        yield "sign", _SIGNS[expr.op]
        yield from _tokens(expr.args[1], case, strength + (0.5 if expr.op in "-/" else 0))
    if strength < outer:
        yield "sign", ")"


def _power(expr: Op, case: Case) -> Iterator[Token]:
    yield from _tokens(expr.args[0], case, 4.5)
    yield "sign", " to the power "
    yield from _tokens(expr.args[1], case, 4)


def expand(expr: Expr, case: Case) -> Iterator[DateCall]:
    """Yield the date functions of an expression and of the derived that it names, directly or not, each of these once."""
    left, seen = [expr], set[str]()
    while left:
        one = left.pop()
        yield from dates_in(one)
        new = [name for name in names_in(one) if name in case.derived and name not in seen]
        seen.update(new)
        left += [case.derived[name].expr for name in dict.fromkeys(new)]


def moves(expr: Expr, case: Case) -> bool:
    """Return whether a value depends on the evaluation date."""
    return any(call.function == "ramp" or call.function.endswith("_since") for call in expand(expr, case))


def target_label(target: Target, case: Case) -> str:
    """Name what a claim is about."""
    return case.totals[target.key].label if target.kind != "expression" else in_words(target.expr, case)


# ------------------------------------------------------------------ statements


def stated_units(claim: Claim, case: Case) -> list[str]:
    """Return the units in which a claim is stated, as written: one, or one for each reading that has its own."""
    entry = case.resolved["claims"][claim.id]
    own = [reading.get("unit") for reading in entry.get("readings") or []] if not entry.get("unit") else [entry["unit"]]
    return list(dict.fromkeys([str(unit) for unit in own if unit])) or [claim.readings[0].target.unit.text]


def said(claim: Claim, case: Case) -> str:
    """Write what a claim says, unit included.

    For example ``1.72 to 5.5 billion USD``, ``thousands of people``, ``about 25% (within 20%)``.
    """
    text, magnitude = digits(claim.said), claim.readings[0].statement.kind == "magnitude"
    units = stated_units(claim, case)
    for unit in filter(None, units):
        words = unit_words(unit)
        gap = "" if words == "%" else " of " if magnitude else " "
        text = re.sub(rf" {re.escape(unit)}(?!\w)", (gap + words).replace("\\", ""), text)
    text = re.sub(r" at (\S+%)", r" (\1)", text)  # quantiles
    others = [unit_words(unit) for unit in units[1:] if unit_words(unit) != unit_words(units[0])]
    return re.sub(r"(?<=[^\W\d])_(?=[^\W\d])", "\u00a0", " or ".join([text, *others]))


def weight_words(claim: Claim) -> str:
    """Write a claim's weight, or why it is not in the estimate."""
    if claim.superseded_by:
        return "superseded"
    return f"weight {claim.weight:.2g}" if claim.weight > 0 else "not heard"


# ------------------------------------------------------------------ priors


def prior_words(prior: Prior, shown: Display, scale: str) -> str:
    """Write a prior: its range and mass, and its form."""
    form = {"log": "normal on the log scale", "logit": "normal on the log-odds scale"}.get(scale, "normal")
    if prior.name == "Between":
        low, high = prior["lower"], prior["upper"]
        return f"{share(prior['coverage'])} from {_short(shown.stated(low), shown)} to {with_unit(shown.stated(high), shown.unit)}; {form}"
    low, high = (float(x) for x in distribution(prior).ppf([0.05, 0.95]))
    return f"90% from {_short(shown.number(low), shown)} to {shown.value(high)}; {prior}"


def _short(figures: str, shown: Display) -> str:
    """Write the lower end of a range, whose unit follows its upper end (but for percent)."""
    return figures + "%" * (shown.unit == "%")


def dates_named(case: Case) -> list[tuple[str, date]]:
    """Return the case's dates by name in words, in order of time."""
    pairs = [(humanise(name), when) for name, when in case.dates.items()]
    return sorted(((name[0].upper() + name[1:], when) for name, when in pairs), key=lambda pair: pair[1])


def factor_words(tau: float, scale: str, unit: str) -> str:
    """Write a dark uncertainty: as a factor on the log scale, else in its unit."""
    if scale == "log":
        factor = math.exp(tau)
        return f"a factor of {significant(factor, 2 if factor > 1.2 else 3)}"
    if scale == "logit":
        return f"{significant(tau)} in log-odds"
    return with_unit(significant(tau), unit_words(unit))


def listed(labels: list[str]) -> str:
    """Join labels that may themselves hold commas."""
    return "; ".join(labels) if any("," in label for label in labels) else join(labels)

"""Expressions, statements and priors in words, with labels in place of ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from nkestimate.case.distributions import Prior
from nkestimate.case.expressions import DateCall, Expr, Literal, Name, Op, dates_in, names_in
from nkestimate.case.model import Case, Claim, Target
from nkestimate.density.evaluate import distribution
from nkestimate.report.format import Display, day, digits, join, plain, share, significant, unit_words, with_unit

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
    """Yield the date functions of an expression and of the derived that it names."""
    yield from dates_in(expr)
    for name in names_in(expr):
        if name in case.derived:
            yield from expand(case.derived[name].expr, case)


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
    units = stated_units(claim, case)
    found = re.search(r" \(within ([^)]*)\)", claim.said)
    within = found[1] if found else ""
    figures = claim.said.replace(found[0], "") if found else claim.said
    for unit in [*units, claim.readings[0].target.unit.text]:
        figures = figures.removesuffix(unit).strip()
    words = [unit_words(unit) for unit in units]
    if claim.readings[0].statement.kind == "magnitude":
        text = " of ".join(filter(None, [figures, words[0]]))
    elif claim.readings[0].statement.kind == "quantiles":
        text = with_unit(re.sub(r"(\S+) at (\S+%)", r"\1 (\2)", digits(figures)), words[0])
    elif words[0] == "%":
        text = re.sub(r"(\d)(?=$| to |,| at )", r"\1%", digits(figures), count=0)
    else:
        text = with_unit(digits(figures), words[0])
    for other in words[1:]:
        if other != words[0]:
            text += f" or {other}"
    return text + (f" (within {digits(within)})" if within else "")


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
        return f"{shown.stated_range(prior['lower'], prior['upper'])} ({share(prior['coverage'])}), {form}"
    low, high = (float(x) for x in distribution(prior).ppf([0.05, 0.95]))
    return f"{shown.bare_range(low, high)} (90%), {prior}"


def dates_named(case: Case) -> list[tuple[str, date]]:
    """Return the case's dates by name in words, in order of time."""
    pairs = [(humanise(name), when) for name, when in case.dates.items()]
    return sorted(((name[0].upper() + name[1:], when) for name, when in pairs), key=lambda pair: pair[1])


def factor_words(tau: float, scale: str, unit: str) -> str:
    """Write a dark uncertainty: as a factor on the log scale, else in its unit."""
    if scale == "log":
        return f"a factor of {significant(2.718281828459045**tau)}"
    if scale == "logit":
        return f"{significant(tau)} in log-odds"
    return with_unit(significant(tau), unit_words(unit))


def listed(labels: list[str]) -> str:
    """Join labels that may themselves hold commas."""
    return "; ".join(labels) if any("," in label for label in labels) else join(labels)

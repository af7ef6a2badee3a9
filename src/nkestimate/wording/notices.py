"""Notices in words: what the reader of a case or of its answer should be told."""

from __future__ import annotations

import math
from itertools import batched

from nkestimate.case.model import Case, Notice, Quantity
from nkestimate.case.units import Unit
from nkestimate.printed.notation import parse_number
from nkestimate.wording.names import target_label, target_named
from nkestimate.wording.numbers import TERMINAL, Typography, commas, percent, plain
from nkestimate.wording.prose import join
from nkestimate.wording.statements import said
from nkestimate.wording.units import unit_words, with_unit


def notice_words(notice: Notice, case: Case, set_in: Typography = TERMINAL) -> str:
    """Say what a notice holds; at the terminal with the ids under which things stand in the file, in print with their names.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> notice_words(Notice("undefined", ("revenue",), 0.25), load_case(STARTER))
    'Total spending is undefined in 25 % of the posterior: what stands for it has no value there, and so it has no interval.'
    """
    return _SAID[notice.kind](notice, case, set_in)


def _setting(notice: Notice, case: Case, set_in: Typography) -> str:
    where = ", ".join(notice.about) if set_in is TERMINAL else join(_called(key, case, set_in) for key in notice.about)
    return f"Under {case.settings.pooling} pooling '{notice.text}' ({where}) does not act on direct claims."


def _correlation(notice: Notice, case: Case, set_in: Typography) -> str:
    where = "; ".join(join(case.quantities[key].label for key in case.correlations[one].between) for one in notice.about)
    return (f"Under {case.settings.pooling} pooling the correlation of a quantity with direct claims does not act, as these claims "
            f"are its prior: {', '.join(notice.about) if set_in is TERMINAL else where}.")


def _prior_alone(notice: Notice, case: Case, set_in: Typography) -> str:
    return f"No derived, claim or question uses {_called(notice.about[0], case, set_in)}: it rests on its prior alone."


def _no_record(notice: Notice, case: Case, set_in: Typography) -> str:
    return (f"{_called(notice.about[0], case, set_in)} is to learn its weight from its record, and has no entry under 'track_record:': it "
            "counts as a source of which nothing is known, a little below the weight that it begins from.")


def _outside(notice: Notice, case: Case, set_in: Typography) -> str:
    claim, quantity = case.claims[notice.about[0]], case.quantities[notice.about[1]]
    who = f"claim '{claim.id}'" if set_in is TERMINAL else case.sources[claim.source].name
    return (f"What {who} says ({said(claim, set_in)}) lies outside the limits of {_called(quantity.id, case, set_in)}, "
            f"{_limits(quantity, set_in)}.")


def _limits(quantity: Quantity, set_in: Typography) -> str:
    (low, high), unit = quantity.limits, quantity.unit.text
    ends = [plain(end, set_in) for end in (low, high) if math.isfinite(end)]
    last = with_unit(ends[-1], unit_words(unit, set_in.space, plural=quantity.limits[1] != 1), set_in.percent)
    return f"{ends[0]} to {last}" if len(ends) == 2 else f"at most {last}" if math.isfinite(high) else f"at least {last}"


def _dates(notice: Notice, case: Case, set_in: Typography) -> str:
    key = notice.about[0]
    free = (name for name in ("start", "first_day", "base_date") if name not in case.dates and name not in case.totals)
    start = next(free, f"{key}_start")
    change = (f"{key} + {key}_a_year * years_since({start})" if case.quantities[key].support == "real"
              else f"{key} * exp({key}_growth * years_since({start}))")
    way = f", such as {change}" if set_in is TERMINAL else ""
    return ("A quantity has one value at all times, so claims of different dates are read as about one value: "
            f"{', '.join(case.quantities[one].label for one in notice.about)}. Where it changes, make them about a derived{way}, with the "
            f"growth a quantity and '{start}' under 'dates:'.")


def _contradiction(notice: Notice, case: Case, set_in: Typography) -> str:
    target, *claims = notice.about
    pairs = [" and ".join(case.sources[case.claims[key].source].name for key in pair) for pair in batched(claims, 2)]
    return (f"{target_named(target, case, set_in)}: claims taken at their word (weight 1) contradict each other ({'; '.join(pairs)}); "
            "the answer lies between them and may satisfy neither. Weights below 1 allow for error.")


def _part(notice: Notice, case: Case, set_in: Typography) -> str:
    claim, larger = case.claims[notice.about[0]], notice.about[1:]
    only, kind = claim.readings[0], claim.stated.kind
    digits = [number.digits for number in (claim.stated.numbers[:1] if kind == "estimate" else claim.stated.numbers)]
    than = [f"the prior of {_called(key, case, set_in)}" if key == only.target.key else _who(key, case, set_in) for key in larger]
    less = f", some hundred times less than {than[0]} says" if than else ""
    printed = next((f" (in print “{place.figures}”)" for place in claim.reported_in if place.figures), "")
    who = _who(claim.id, case, set_in)
    return (f"{who[0].upper()}{who[1:]} says {_spread(digits, kind)}{printed}, which is read as "
            f"{_as_read(digits, only.unit, set_in)}{less}: {_meant(digits, only.unit, 'claim', set_in)}")


def _prior_part(notice: Notice, case: Case, set_in: Typography) -> str:
    digits, unit = notice.text.split(" to "), case.quantities[notice.about[0]].unit
    return (f"The prior of {_called(notice.about[0], case, set_in)} is from {notice.text}, which is read as "
            f"{_as_read(digits, unit, set_in)}: {_meant(digits, unit, 'quantity', set_in)}")


def _who(claim: str, case: Case, set_in: Typography) -> str:
    one = case.claims[claim]
    on = target_label(one.readings[0].target, case, set_in)
    return f"claim '{claim}'" if set_in is TERMINAL else f"{case.sources[one.source].name} on {on}"


def _spread(written: list[str], kind: str = "between") -> str:
    return (" to " if kind == "between" else ", ").join(written)


def _as_read(digits: list[str], unit: Unit, set_in: Typography) -> str:
    """Write numbers of a statement as they are read, in its unit."""
    return with_unit(_spread(_short(digits, 1.0, set_in)), unit_words(unit.text, set_in.space), set_in.percent)


def _meant(digits: list[str], unit: Unit, where: str, set_in: Typography) -> str:
    """Say how parts of a whole are written that were stated in a unit that is a scale."""
    numbers = f"write {_spread(_short(digits, unit.factor, set_in))}, or" if unit.factor < 1 else "where parts of 1 are meant,"
    return f"{numbers} state the {where} with `unit: \"\"`."


def _short(digits: list[str], factor: float, set_in: Typography) -> list[str]:
    return [plain(float(f"{parse_number(text).value / factor:.3g}"), set_in) for text in digits]


def _bare_asked(notice: Notice, case: Case, set_in: Typography) -> str:
    key = notice.about[0]
    which = f"The question '{key}'" if set_in is TERMINAL else f"The question “{case.questions[key].label}”"
    return f"{which} compares with {_bare(notice.text, set_in)}"


def _bare_in_formula(notice: Notice, case: Case, set_in: Typography) -> str:
    return f"The formula of {_called(notice.about[0], case, set_in)} has {_bare(notice.text, set_in)}"


def _bare(text: str, set_in: Typography) -> str:
    """Say what ``20 = 2000 percent`` holds."""
    number, is_read = text.split(" = ")
    value, unit = is_read.split(" ", 1)
    read = with_unit(plain(float(value), set_in), unit_words(unit, set_in.space), set_in.percent)
    return (f"{commas(number, set_in)}, which without a unit is {read}: write {number} {unit}, or, where it is meant, "
            f"{plain(float(value)).replace(',', '_')} {unit}.")


def _undefined(notice: Notice, case: Case, set_in: Typography) -> str:
    return (f"{case.totals[notice.about[0]].label} is undefined in {percent(notice.share, set_in)} of the posterior: what stands for it "
            "has no value there, and so it has no interval.")


def _too_large(notice: Notice, case: Case, set_in: Typography) -> str:
    return (f"{case.totals[notice.about[0]].label} is too large to be reckoned with in {percent(notice.share, set_in)} of the posterior: "
            "quantiles that lie there are not given.")


def _above_one(notice: Notice, case: Case, set_in: Typography) -> str:
    way = "'support: fraction' holds it to 1; fractions that sum to one go under 'shares:'"
    return (f"{case.totals[notice.about[0]].label}: {percent(notice.share, set_in)} of the posterior lies above 1, which its name does not "
            f"allow; {way}.")


def _settled(notice: Notice, case: Case, set_in: Typography) -> str:
    key, total = notice.about
    which = f"'{key}'" if set_in is TERMINAL else f"“{case.questions[key].label}”"
    return (f"The question {which} has one answer whatever is true: the number in it is none that {_called(total, case, set_in)} can be, "
            "by its support.")


def _note(notice: Notice, case: Case, set_in: Typography) -> str:
    return notice.text


def _called(key: str, case: Case, set_in: Typography) -> str:
    """Return the id under which something stands, in print its name."""
    if set_in is TERMINAL:
        return f"'{key}'"
    if key in case.sources:
        return case.sources[key].name
    return case.totals[key].label if key in case.totals else key


_SAID = {"setting without effect": _setting, "correlation without effect": _correlation, "prior alone": _prior_alone,
         "part of a scale": _part, "prior of a scale": _prior_part, "bare number asked": _bare_asked,
         "bare number in a formula": _bare_in_formula, "settled question": _settled, "no record": _no_record, "outside limits": _outside,
         "different dates": _dates, "contradiction": _contradiction, "undefined": _undefined, "too large": _too_large,
         "above one": _above_one, "note": _note}  # fmt: skip

"""What a case says and may not mean: a third of a total in percent, which is read as a third of one percent; 20 for 20 percent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from nkestimate.case import model
from nkestimate.case.distributions import Prior
from nkestimate.case.expressions import Expr, Literal, Op
from nkestimate.case.units import Unit
from nkestimate.printed.notation import Number, is_part, parse_number

_TIMES = (40, 250)  # what is some hundred times larger, given that sources differ by a factor of two or so
_SAME = 0.05  # relative: a printed share and a recorded number that are one figure but for the percent


def is_scale(unit: Unit) -> bool:
    """Return whether a unit is a pure number times a power of ten: percent, thousand, ppm."""
    power = math.log10(unit.factor)
    return not unit.dimension and not unit.offset and abs(power) > 0.5 and abs(power - round(power)) < 1e-9


def claimed_parts(claims: Mapping[str, model.Claim], quantities: Mapping[str, model.Quantity]) -> Iterator[model.Notice]:
    """Yield a notice of each claim that says a part of a whole in a unit that is a scale, and may mean another number.

    A part that is written as one (``1 in 4``, ``a third``) is told anyway; a plain number below 1 in percent where something else that
    is said of the target, or the figure as printed, is some hundred times larger.
    """
    for claim in claims.values():
        unit = claim.readings[0].unit
        numbers = claim.stated.numbers[:1] if claim.stated.kind == "estimate" else claim.stated.numbers
        if not claim.active or claim.stated.kind in ("counted", "magnitude") or not is_scale(unit) or any(n.unit for n in numbers):
            continue
        texts = [number.digits for number in numbers]
        if any(abs(parse_number(text).value) > 1 for text in texts):
            continue
        if any(map(is_part, texts)):
            yield model.Notice("part of a scale", (claim.id,))
        elif _in_percent(unit) and (larger := _larger(claim, claims, quantities) or _printed_larger(claim, texts)):
            yield model.Notice("part of a scale", (claim.id, larger) if larger != claim.id else (claim.id,))


def prior_parts(
    ranges: Mapping[str, tuple[Number, Number]], quantities: Mapping[str, model.Quantity], claims: Mapping[str, model.Claim],
) -> Iterator[model.Notice]:
    """Yield a notice of each range of a prior (as written, by quantity) that says a part in a unit that is a scale."""
    for key, ends in ranges.items():
        quantity = quantities.get(key)
        if quantity is None or not is_scale(quantity.unit) or any(end.unit or abs(end.value) > 1 for end in ends):
            continue
        said = [_middle(reading) for claim in claims.values() if claim.active for reading in claim.readings
                if claim.is_direct and reading.target.key == key]
        middle = (ends[0].value + ends[1].value) / 2
        if any(is_part(end.text) for end in ends) or (_in_percent(quantity.unit) and any(_far(middle, other) for other in said)):
            yield model.Notice("prior of a scale", (key,), text=" to ".join(end.text for end in ends))


def bare_numbers(expr: Expr, natural: Callable[[Expr], Unit | None]) -> Iterator[tuple[Literal, Unit]]:
    """Yield the numbers without a unit that are added to what comes out in a scale, or set against it, with that scale.

    A number is a pure one there: 0.2 of percent is 20 %, and 20 000 of thousands 20 thousand. Told are those which are odd so: above 1
    of percent, and below one thousand of thousands.
    """
    if not isinstance(expr, Op):
        return
    if expr.op in ("+", "-", "min", "max"):
        bare = [arg for arg in expr.args if isinstance(arg, Literal) and not arg.unit.text]
        others = (natural(arg) for arg in expr.args if arg not in bare) if bare else ()
        scale = next((unit for unit in others if unit and is_scale(unit) and unit.text.replace("%", "percent").isalpha()), None)
        for number in bare if scale else ():
            if scale and number.value and (abs(number.value) > 1 if scale.factor < 1 else abs(number.value) < scale.factor):
                yield number, scale
    for arg in expr.args:
        yield from bare_numbers(arg, natural)


def _in_percent(unit: Unit) -> bool:
    return math.isclose(unit.factor, 0.01)


def _far(value: float, other: float) -> bool:
    return value != 0 and _TIMES[0] <= other / value <= _TIMES[1]


def _middle(reading: model.Reading) -> float:
    return sum(reading.statement.extent(reading.target.unit)) / 2


def _larger(claim: model.Claim, claims: Mapping[str, model.Claim], quantities: Mapping[str, model.Quantity]) -> str:
    """Return what else is said of a claim's target that is some hundred times larger: a claim's id, or the target's for its prior."""
    mine = claim.readings[0]
    for other in claims.values():
        for reading in other.readings:
            heard = other.active and other.id != claim.id and reading.weight > 0 and not reading.statement.is_bound
            if heard and reading.target.key == mine.target.key and _far(_middle(mine), _middle(reading)):
                return other.id
    quantity = quantities.get(mine.target.key)
    ends = _ends(quantity.prior) if quantity and quantity.prior else None
    return mine.target.key if ends and _far(_middle(mine), sum(ends) / 2) else ""


def _ends(prior: Prior) -> tuple[float, float] | None:
    """Return the ends of a prior that has them."""
    ends = (prior["lower"], prior["upper"]) if prior.name == "Between" else prior.reach
    return ends if all(map(math.isfinite, ends)) else None


def _printed_larger(claim: model.Claim, texts: list[str]) -> str:
    """Return a claim's own id where it is printed as a share a hundred times as large as it is read."""
    from nkestimate.printed.figures import read_figures  # the forms take as long to compile as a case to read

    recorded = [parse_number(text).value for text in texts]
    for place in claim.reported_in:
        for figure in read_figures(place.figures or ""):
            scale = {"percent": 0.01, "": 1.0, "1": 1.0}.get(figure.unit)
            shares = [number.value * scale for number in figure.numbers] if scale else []
            pairs = zip(shares, recorded, strict=False)
            if shares and len(shares) == len(recorded) and all(math.isclose(a, b, rel_tol=_SAME) for a, b in pairs):
                plain = figure.unit != "percent" and not any(is_part(number.text) for number in figure.numbers)
                return "" if plain else claim.id  # "0.25" in print may be of a percent, too
    return ""

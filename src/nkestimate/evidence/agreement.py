"""Whether what a claim records agrees with its figures as printed.

A claim may rest on printed figures in another unit or period, on the quotient of two of them, or on words of the sentence
round them. So it is held against all of its reports, and doubted only where none of them bears it out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, permutations

from nkestimate.case.evidence import Evidence, Place, Stated
from nkestimate.case.units import Unit, UnitFault, Units, multiply
from nkestimate.printed.figures import Figure, magnitude_span, read_figures
from nkestimate.printed.notation import SCALES, Number

_SLACK = 1e-6
# A printed ton may be the metric, the short or the long one; they lie within 12 % of each other.
_TONS = 0.12
_SAYS = {"between": "a range", "at_most": "an upper bound", "at_least": "a lower bound", "magnitude": "an order of magnitude only",
         "around": "one number", "estimate": "a value with its error",
         "counted": "a part of a whole"}
# Which recorded kinds a printed kind bears out; what a plain number is may stand in words outside of the figures.
_BEARS_OUT = {"between": ("between", "estimate"), "at_most": ("at_most",), "at_least": ("at_least",), "magnitude": ("magnitude", "between"),
              "around": ("around", "estimate", "at_most", "at_least"), "estimate": ("estimate", "between", "around")}


@dataclass(frozen=True)
class Disagreement:
    """A claim that none of its printed figures bears out.

    Attributes
    ----------
    claim : str
        Id of the claim.
    place : Place
        The report that comes nearest to bearing it out.
    problem : str
        What disagrees, in a sentence.
    thousands : int
        How many times a thousand the recorded values are the printed ones, or these the recorded ones (below 0); 0 where they differ
        otherwise. Such a slip of a unit or a scale is a fault.
    """

    claim: str
    place: Place
    problem: str
    thousands: int = 0

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.place.path}: {self.problem}"


@dataclass(frozen=True)
class _Printed:
    """A printed figure, its unit read: None for one that the case does not know."""

    figure: Figure
    unit: Unit | None
    place: Place


def disagreements(evidence: Evidence) -> Iterator[Disagreement]:
    """Yield a record for each claim that none of its reports bears out; what can't be compared is passed over."""
    reports: dict[str, list[Place]] = {}
    for place in evidence.places:
        if place.claim:
            reports.setdefault(place.claim, []).append(place)
    for key, stated in evidence.claims.items():
        if stated.kind == "counted":  # printed as a share as often as a count
            continue
        judge = _Judge(stated, evidence.units)
        printed = [_Printed(figure, judge.unit(figure.unit), place)
                   for place in reports.get(key, ()) for figure in read_figures(place.figures or "")]
        found = judge.problem(printed)
        if found:
            yield Disagreement(key, found[0].place, found[1], judge.thousands(found[0]))


class _Judge:
    """Holds one claim against its printed figures."""

    def __init__(self, stated: Stated, units: Units):
        self.kind, self.entry, self.units, self.known = stated.kind, stated.entry, stated.units, units
        self.written = self.recorded = _recorded(stated)
        if any(number.unit for number in self.written):
            self.units, self.recorded = self.in_own_unit()

    def in_own_unit(self) -> tuple[tuple[Unit, ...], list[Number]]:
        """Return the unit that a number carries (the first that does) and all numbers in it; no unit where one can't be read."""
        units = [self.unit(number.unit) if number.unit else None for number in self.written]
        unit = next((one for one in units if one), None)
        if unit is None or any(number.unit and not one for number, one in zip(self.written, units, strict=True)):
            return (), self.written
        # A number without a unit is in the claim's; the standard error of an estimate in the estimate's.
        plain = unit if self.kind == "estimate" or not self.units else self.units[0]
        scales = [(one or plain).factor / unit.factor for one in units]
        if any((one or plain).dimension != unit.dimension for one in units):
            return (), self.written
        return (unit,), [number if scale == 1 else replace(number, value=number.value * scale, half_unit=(number.half_unit or 0.0) * scale)
                         for number, scale in zip(self.written, scales, strict=True)]

    def unit(self, text: str) -> Unit | None:
        try:
            return self.known.unit("" if text == "1" else text)
        except UnitFault:
            return None

    def problem(self, printed: list[_Printed]) -> tuple[_Printed, str] | None:
        """Return the figure that comes nearest and what it lacks; None where one bears the claim out or none can be compared."""
        told = [(self.against(one, unit), i) for i, one in enumerate(printed) for unit in self.units]
        if any(said == "" for said, _ in told) or any(self.is_joint(one, two) for one, two in permutations(printed, 2)):
            return None
        # Of several that disagree, the first that was printed: most often the root of the others.
        return next(((printed[i], said) for said, i in told if said), None)

    # ------------------------------------------------------------ one figure

    def against(self, one: _Printed, unit: Unit) -> str | None:
        """Return what disagrees between a figure and the claim, nothing where they agree, None where they can't be compared."""
        factors = self.factors(one, unit)
        if factors is None:
            return None
        if not factors:
            return f"'{one.figure.text}' is printed, which is no amount in '{unit.text}'"
        if self.kind == "quantiles" or one.figure.kind in ("change", "counted"):  # several printed numbers make it
            places = range(len(one.figure.numbers))
            agrees = any(self.close(number, one.figure, i, factor) for number in self.recorded for i in places for factor in factors)
            return "" if agrees else self.values_problem(one.figure, unit)
        if not self.bears_out(one.figure):
            return f"'{self.kind}' is recorded, but '{one.figure.text}' says {_SAYS[one.figure.kind]}"
        return "" if any(self.same_values(one.figure, factor) for factor in factors) else self.values_problem(one.figure, unit)

    def values_problem(self, figure: Figure, unit: Unit) -> str:
        values = self.entry.magnitude if self.kind == "magnitude" else " and ".join(number.text for number in self.written)
        where = "" if any(number.unit for number in self.written) else f" in '{unit.text}'"
        return f"'{self.kind}: {values}'{where} is recorded, but '{figure.text}' is printed"

    def thousands(self, one: _Printed) -> int:
        """Return the power of a thousand between recorded and printed values where that is all that is between them; else 0."""
        values = [number.value for number in self.recorded]
        if not values or one.figure.kind in ("magnitude", "change", "counted") or len(values) != len(one.figure.numbers):
            return 0
        for factor in (factor for unit in self.units for factor in self.factors(one, unit) or ()):
            printed = sorted(number.value * factor for number in one.figure.numbers)
            for power in (-4, -3, -2, -1, 1, 2, 3, 4):
                if all(_close(a, b * 1000.0**power) for a, b in zip(sorted(values), printed, strict=True)):
                    return power
        return 0

    def bears_out(self, figure: Figure) -> bool:
        """Whether the printed kind allows for the recorded one."""
        if figure.kind == "around" and figure.hedged:
            return self.kind in ("around", "estimate")
        if "from" in figure.hedges and self.kind in ("around", "at_most", "at_least"):
            return True  # "from 5 to 7 percent" may say what it rose from
        if figure.kind == "between" and self.kind in ("at_most", "at_least"):
            return self.kind in figure.hedges  # as many as 10,000 to 12,000
        return self.kind in _BEARS_OUT[figure.kind]

    def factors(self, one: _Printed, unit: Unit) -> tuple[float, ...] | None:
        """Return what printed numbers may be multiplied by to be in the claim's unit; None where the printed unit is not known.

        A figure without a unit is one in the claim's, whose noun stands outside of the printed words. What a figure is per is often
        left unsaid: "$330 million" of a year.
        """
        if one.unit is None or one.unit.offset or unit.offset:
            return None
        bare = one.figure.unit in ("", "person") and not (one.figure.unit and any("person" in name for name, _ in unit.dimension))
        if bare and one.unit.dimension != unit.dimension:
            return (1.0, 1 / SCALES.get(unit.text.split(" ")[0], 1.0))
        return tuple(one.unit.factor / wanted.factor for wanted in self.unsaid(unit) if wanted.dimension == one.unit.dimension)

    def unsaid(self, unit: Unit) -> list[Unit]:
        """Return a unit, and it without what it is per, periods, heads or homes: USD/person/year, USD/person, USD/year, USD."""
        top, *below = unit.text.replace(" / ", "/").split("/")
        kept = [parts for n in range(len(below), -1, -1) for parts in combinations(below, n)]
        texts = ["/".join([top, *parts]) for parts in kept]
        return [unit, *(one for text in texts[1:] if (one := self.unit(text)))]

    def same_values(self, figure: Figure, factor: float) -> bool:
        """Whether a figure states the recorded values."""
        if self.kind == "magnitude":
            recorded, printed = magnitude_span(self.entry.magnitude or ""), magnitude_span(figure.magnitude)
            return not recorded or not printed or all(_close(a, b * factor) for a, b in zip(recorded, printed, strict=True))
        values = [number.value for number in self.recorded]
        if figure.kind == "magnitude":
            span = magnitude_span(figure.magnitude)
            return not span or all(_close(a, b * factor) for a, b in zip(values, span, strict=True))
        numbers = [number.value * factor for number in figure.numbers]
        if figure.kind == "estimate" and self.kind == "between":
            return _close(values[0], numbers[0] - numbers[1]) and _close(values[1], numbers[0] + numbers[1])
        if figure.kind == "between" and self.kind == "estimate":
            return min(numbers) <= values[0] <= max(numbers)
        if "from" in figure.hedges and len(values) == 1:
            return any(self.close(self.recorded[0], figure, i, factor) for i in range(len(numbers)))
        if figure.kind == "between" and self.kind in ("at_most", "at_least"):
            return _close(values[0], max(numbers) if self.kind == "at_most" else min(numbers))
        order = sorted(range(len(numbers)), key=numbers.__getitem__) if figure.kind == "between" else range(len(numbers))
        return all(self.close(number, figure, i, factor) for number, i in zip(self.recorded, order, strict=False))

    def close(self, recorded: Number, figure: Figure, i: int, factor: float) -> bool:
        """Whether a recorded number is a printed one, or another reading of it; a conversion may have been rounded."""
        for number in (figure.numbers[i], figure.others[i]):
            if number is None:
                continue
            value, step = number.value * factor, 0.0
            if not math.isclose(math.log10(factor), round(math.log10(factor)), abs_tol=1e-9):
                step = min(0.05 * abs(value), max(recorded.half_unit or 0.0, (number.half_unit or 0.0) * factor))
            if self.kind == "quantiles" or "/" in number.text:  # 0.33 for a third
                step = max(step, (number.half_unit or 0.0) * factor)
            if "tonne" in figure.unit:
                step = max(step, _TONS * abs(value))
            if _close(recorded.value, value, step):
                return True
        return False

    # ------------------------------------------------------------ two figures together

    def is_joint(self, one: _Printed, two: _Printed) -> bool:
        """Whether two figures of one document give the recorded values by quotient or product: money by heads, say."""
        if one.place.document != two.place.document or not (one.unit and two.unit and self.recorded):
            return False
        for wanted in (wanted for unit in self.units for wanted in self.unsaid(unit)):
            for power in (-1, 1):
                dimension = tuple(sorted(multiply(dict(one.unit.dimension), two.unit.dimension, power).items()))
                factor = one.unit.factor * two.unit.factor**power / wanted.factor
                joint = [a.value * b.value**power * factor for a in one.figure.numbers for b in two.figure.numbers if b.value]
                if dimension == wanted.dimension and all(any(_close(a.value, b, a.half_unit or 0.0) for b in joint) for a in self.recorded):
                    return True
        return False


def _recorded(stated: Stated) -> list[Number]:
    """Return the numbers that a claim states; none for a magnitude."""
    value = getattr(stated.entry, stated.kind)
    if stated.kind == "magnitude":
        return []
    if stated.kind == "between":
        return list(value)
    if stated.kind == "quantiles":
        return list(value.values())
    return [value, stated.entry.standard_error] if stated.kind == "estimate" and stated.entry.standard_error else [value]


def _close(a: float, b: float, step: float = 0.0) -> bool:
    return abs(a - b) <= step + _SLACK * max(abs(a), abs(b))

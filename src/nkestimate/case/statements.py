"""From a claim's entry to what it says in its target's unit (CASE.md section 2, "What a claim says")."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

from nkestimate.case import model, schema
from nkestimate.case.distributions import SUPPORTS, span
from nkestimate.case.expressions import period_hint
from nkestimate.case.stated import Figure, Stated
from nkestimate.case.tree import Path_
from nkestimate.case.units import Unit, UnitFault, Units, measures
from nkestimate.printed.notation import SCALES, Number, parse_magnitude

_WITH_PRECISION = ("around", "at_most", "at_least")
# Units that stand for a number in other hands.
_ABBREVIATED = {
    "m": "'m' is the metre: where million is meant, write {} million", "M": "'M' is molar: where million is meant, write {} million",
    "K": "'K' is kelvin: where thousand is meant, write {} thousand", "B": "'B' is a byte: where billion is meant, write {} billion",
}
_NEVER = "a bound that nothing can keep: look at its value and its direction"
_ANYWAY = "a bound that holds anyway says nothing: drop it"

Said = schema.Claim | schema.TrackEntry
Told = Callable[[Path_, str, str, str], None]


def inside(support: str, unit: Unit) -> str:
    """Return in words which numbers a support holds, of a fraction in a unit: ``numbers above 0 and below 100 percent``."""
    top = f"{unit.from_root(1.0):.15g} {unit.text}".rstrip() if support == "fraction" else ""
    return f"numbers above 0 and below {top}" if top else "numbers above 0" if support == "positive" else "finite numbers"


def statement_kind(path: Path_, entry: Said, fault: Told) -> str | None:
    """Return which of the kinds of statement a claim makes, or None after telling that it is not exactly one."""
    stated = [kind for kind in schema.KINDS if getattr(entry, kind) is not None]
    if len(stated) != 1:
        what = "claim" if path[0] == "claims" else "entry"
        problem = f"the {what} states {' and '.join(stated)}" if stated else f"the {what} states nothing"
        fault(path, problem, "exactly one of " + ", ".join(schema.KINDS), "two figures are two claims" if stated else "")
        return None
    kind = stated[0]
    if entry.within is not None and kind not in _WITH_PRECISION:
        fault((*path, "within"), f"'within' beside '{kind}'", "it beside around, at_most or at_least only", "")
    if kind == "counted" and entry.unit is not None:
        fault((*path, "unit"), "'unit' beside 'counted'", "no unit: what is counted is a pure number", "")
    if kind == "counted" and entry.coverage is not None:
        fault((*path, "coverage"), "'coverage' beside 'counted'", "no coverage: a count has the spread of its numbers", "")
    if kind == "estimate" and entry.standard_error is None:
        fault(path, "an estimate without its standard_error", "standard_error: a number", "or state it with 'around'")
    if kind != "estimate" and entry.standard_error is not None:
        fault((*path, "standard_error"), f"'standard_error' beside '{kind}'", "it beside estimate only", "")
    if entry.standard_error is not None and entry.standard_error.value <= 0:
        fault((*path, "standard_error"), f"a standard error of {entry.standard_error.text}", "a number above 0", "")
    return kind


class _SpoiltError(Exception):
    """The statement has a fault, which has been told."""


@dataclass(frozen=True)
class StatementReader:
    """Reads what a claim, or a prior's range, says about one target.

    Attributes
    ----------
    path : tuple
        Where the claim stands; ``kind`` is the key of its statement.
    unit : Unit
        The claim's unit, else the target's own.
    unit_stated : bool
        Whether the claim has a ``unit:`` of its own; its numbers then carry none.
    """

    units: Units
    fault: Told
    path: Path_
    kind: str
    target: model.Target
    unit: Unit
    unit_stated: bool
    coverage: float

    def read(self, entry: Said) -> model.Statement | None:
        """Return the statement in the target's unit, or None after telling its faults."""
        reader = {"between": self.between, "magnitude": self.magnitude, "quantiles": self.quantiles, "estimate": self.estimate,
                  "counted": self.counted}
        try:
            return reader.get(self.kind, self.precise)(entry)
        except _SpoiltError:
            return None

    def read_prior(self, low: Number, high: Number) -> model.Statement | None:
        """Return the range of a ``prior: {between: …}``."""
        try:
            return self.range(self.convert(low), self.convert(high), f"[{low.text}, {high.text}]")
        except _SpoiltError:
            return None

    def read_truth(self, truth: Number | tuple[Number, Number]) -> tuple[float, float] | None:
        """Return what came true as a range, of a value both ends, in the target's unit."""
        try:
            if isinstance(truth, Number):
                value = self.convert(truth)
                self.check_inside(truth.text, [value])
                return value, value
            low, high = truth
            found = self.range(self.convert(low), self.convert(high), f"[{low.text}, {high.text}]")
            return found.low, found.high
        except _SpoiltError:
            return None

    def read_limits(self, low: Number | None, high: Number | None) -> tuple[float, float] | None:
        """Return the hard ``limits:`` of a quantity, infinite where there is none inside the support."""
        try:
            return self.limits(low, high)
        except _SpoiltError:
            return None

    def limits(self, low: Number | None, high: Number | None) -> tuple[float, float]:
        support = [self.target.unit.from_root(end) if self.target.support == "fraction" else end for end in SUPPORTS[self.target.support]]
        ends = [edge if number is None else self.convert(number) for number, edge in zip((low, high), support, strict=True)]
        if ends[0] < support[0] or ends[1] > support[1]:
            self.spoil(f"limits that hold {span(*ends)}, which '{self.target.key}' can't all be", f"limits inside {span(*support)}",
                       "null where there is no limit")
        if not ends[0] < ends[1]:
            self.spoil(f"limits from {ends[0]:g} to {ends[1]:g}", "the lower one first")
        return ends[0] if ends[0] > support[0] else -math.inf, ends[1] if ends[1] < support[1] else math.inf

    def between(self, entry: Said) -> model.Statement:
        assert entry.between is not None
        low, high = entry.between
        return self.range(self.convert(low), self.convert(high), f"[{low.text}, {high.text}]")

    def magnitude(self, entry: Said) -> model.Statement:
        text = entry.magnitude or ""
        low, high = (self.convert(Number(text, value, None)) for value in parse_magnitude(text))
        return self.range(low, high, text)

    def range(self, low: float, high: float, text: str) -> model.Statement:
        if not low < high:
            self.spoil(f"a range from {low:g} to {high:g}", "the lower end first", "a single value is 'around'" if low == high else "")
        self.check_inside(text, [low, high])
        return model.Statement(self.kind, self.coverage, low, high)

    def quantiles(self, entry: Said) -> model.Statement:
        pairs = tuple((p, self.convert(number)) for p, number in (entry.quantiles or {}).items())
        values = [value for _, value in pairs]
        if any(after <= before for before, after in pairwise(values)):
            self.spoil("the quantiles do not rise", "larger values at larger probabilities")
        self.check_inside(", ".join(number.text for number in (entry.quantiles or {}).values()), values)
        return model.Statement(self.kind, self.coverage, quantiles=pairs)

    def estimate(self, entry: Said) -> model.Statement:
        value, error = entry.estimate, entry.standard_error
        if value is None or error is None:
            raise _SpoiltError  # which has been told
        middle = self.convert(value)
        self.check_inside(value.text, [middle])
        # A standard error is a difference: it scales with the unit, and no zero point enters.
        unit = self.unit_of(error if error.unit else value, "standard_error")
        return model.Statement(self.kind, self.coverage, value=middle, standard_error=error.value * unit.factor / self.target.unit.factor)

    def counted(self, entry: Said) -> model.Statement:
        if self.target.support != "fraction":
            self.spoil(f"'counted' about '{self.target.key}', which is no fraction", "a target with 'support: fraction'",
                       "make the share a quantity of its own, and multiply it where a number is wanted")
        return model.Statement(self.kind, self.coverage, count=entry.counted)

    def precise(self, entry: Said) -> model.Statement:
        """Read a value whose precision is that of its spelling, or ``within``."""
        number: Number = getattr(entry, self.kind)
        middle = self.convert(number)
        self.check_inside(number.text, [middle])
        low, high = self.ends(number, middle, entry.within)
        self.check_inside(number.text, [middle, low, high])
        return model.Statement(self.kind, self.coverage, low, high, middle)

    def ends(self, number: Number, middle: float, within: Number | None) -> tuple[float, float]:
        """Return the ends of the range that a value stands for, in the target's unit."""
        if within is not None and (within.unit not in (None, "percent") or (within.unit is None and not number.value)):
            # An amount is a difference, like a standard error: it scales with its unit, and no zero point enters.
            unit = self.own_unit(within.unit, within.text, "within") if within.unit else self.unit_of(number)
            step = within.value * unit.factor / self.target.unit.factor
            if step <= 0:
                self.spoil(f"'{within.text}' as a precision", "an amount above 0", key="within")
            return middle - step, middle + step
        spread = self.precision(number) if within is None else self.share(within) * abs(number.value)
        if not spread:
            expected = f"'within' as an amount, such as within: 1 {self.unit.text}".rstrip()
            hint = "or a range with 'between', or an 'estimate'" if self.kind == "around" else ""
            if within is not None:
                self.spoil("a share of 0 is 0", expected, hint, "within")
            self.spoil("0 has no last significant digit", expected, hint)
        low, high = sorted(self.convert(number, number.value + step) for step in (-spread, spread))
        return low, high

    @staticmethod
    def precision(number: Number) -> float:
        """Return half a unit of the last significant digit, and never more than a quarter of the value."""
        return min(number.half_unit or 0.0, abs(number.value) / 4)

    def share(self, within: Number) -> float:
        share = within.value / 100 if within.unit else within.value
        if not 0 < share < 1:
            amount = share > 0 and self.unit.text and not within.unit
            self.spoil(f"'{within.text}' as a precision", "a share above 0 and below 1, such as 5%",
                       f"an amount has its unit: {within.text} {self.unit.text}" if amount else "", "within")
        return share

    def convert(self, number: Number, value: float | None = None) -> float:
        """Return a number of the claim, or ``value`` in its stead, in the target's unit."""
        value = number.value if value is None else value
        unit, wanted = self.unit_of(number), self.target.unit
        # Untouched where nothing is to be done: a factor there and back would cost the last digit.
        return value if (unit.factor, unit.offset) == (wanted.factor, wanted.offset) else wanted.from_root(unit.to_root(value))

    def stated_unit(self, entry: Said) -> Unit:
        """Return the unit of a statement that was read without a fault: its first number's own, else the claim's."""
        value = getattr(entry, self.kind)
        numbers = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
        return self.unit_of(numbers[0]) if isinstance(numbers[0], Number) else self.unit

    def unit_of(self, number: Number, key: str = "") -> Unit:
        """Return a number's own unit, else the claim's."""
        if number.unit is None:
            self.hold_to_one_scale(number, key)
            return self.unit
        if self.unit_stated:
            self.spoil(f"'{number.text}' has a unit and so has the claim", "one unit", "delete one of them", key)
        return self.own_unit(number.unit, number.text, key)

    def hold_to_one_scale(self, number: Number, key: str) -> None:
        """Tell a number whose scale the unit says again: 65 billion in billion USD."""
        said, again = (next((word for word in text.split() if word in SCALES), "") for text in (number.text, self.unit.text))
        if said and again and (said == again or min(SCALES[said], SCALES[again]) > SCALES["thousand"]):
            value = number.text.replace(said, "").strip()
            plain = self.unit.text.replace(again, "", 1).strip()
            self.spoil(f"'{number.text}' of '{self.unit.text}' says its scale twice", "the scale once, in the number or in the unit",
                       f"write {value} or 'unit: {plain}'" if said == again else f"write 'unit: {plain}'", key)

    def own_unit(self, name: str, text: str, key: str) -> Unit:
        """Return the unit ``name`` that ends the number ``text``, where it converts to the target's."""
        try:
            unit = self.units.unit(name)
        except UnitFault as fault:
            self.spoil(*fault.said, key=key)
        wanted = self.target.unit
        if unit.dimension != wanted.dimension:
            expected, hint = convertible(unit, wanted)
            self.spoil(f"'{text}' {measures(unit.dimension)} but '{self.target.key}' {measures(wanted.dimension)}",
                       expected, _abbreviated(name, text) or hint, key)
        return unit

    def check_inside(self, text: str, values: Sequence[float]) -> None:
        """Check that values, written as ``text``, are in the open support of the target."""
        support, unit = self.target.support, self.target.unit
        low, high = SUPPORTS[support]
        for position, value in enumerate(values):
            natural = unit.to_root(value) if support == "fraction" else value
            if not low < natural < high:
                own, at = (self.unit, self.unit.from_root(natural)) if support == "fraction" else (unit, value)
                reached = f"{at:.6g} {own.text}".rstrip()
                hint = self.edge_hint(values) if natural in (low, high) else ""
                if not hint and self.kind in _WITH_PRECISION:  # whose first value is the one stated
                    bound = position == 0 and self.kind != "around"
                    never = bound and (natural <= low) == (self.kind == "at_most")
                    wide = "state a smaller 'within:', or a range that stays inside" if position > 0 or natural in (low, high) else ""
                    hint = _NEVER if never else _ANYWAY if bound else wide
                self.spoil(f"'{self.kind}: {text}' reaches {reached}, which '{self.target.key}' can't be",
                           f"{inside(support, self.unit)}{'' if support == 'real' else ', precision included'}", hint)

    def edge_hint(self, values: Sequence[float]) -> str:
        """Return the ways out for a statement that ends at the edge of the support: at 0, or a fraction at 1."""
        fraction, ways = self.target.support == "fraction", []
        if self.kind == "between":
            at_the_top = fraction and self.target.unit.to_root(max(values)) >= 1
            if at_the_top and self.target.unit.to_root(min(values)) <= 0:
                return ""
            ways = ["'at_least' with the lower end alone" if at_the_top else "'at_most' with the upper end alone"]
        elif self.kind not in ("around", "estimate", "quantiles"):
            return ""
        if not fraction:
            ways.append("'support: real' where it can be 0")
        ways.append("'counted: k of n' where it was counted" if fraction else "'counted: k of n' about a share")
        return "write " + ", or ".join(ways)

    def spoil(self, problem: str, expected: str, hint: str = "", key: str = "") -> NoReturn:
        """Tell a fault and give the statement up."""
        self.fault((*self.path, key or self.kind), problem, expected, hint)
        raise _SpoiltError


def _abbreviated(name: str, text: str) -> str:
    digits = text.removesuffix(name).strip()
    return "" if re.search("[a-z]", digits) else _ABBREVIATED.get(name, "").format(digits)


def convertible(unit: Unit, wanted: Unit) -> tuple[str, str]:
    """Return what is expected of a unit that does not convert to ``wanted``, and a hint."""
    expected = f"a unit convertible to '{wanted.text}'" if wanted.text else "a pure number: no unit, or percent"
    return expected, period_hint(unit, wanted)


def stated(kind: str, entry: Said, target: model.Target) -> Stated:
    """Return what a claim states, in its own unit."""
    readings = entry.readings or () if isinstance(entry, schema.Claim) else ()
    own = [unit for unit in (entry.unit, *(reading.unit for reading in readings)) if unit is not None]
    units = tuple(dict.fromkeys(own)) if entry.unit is None else (entry.unit,)
    value = getattr(entry, kind)
    if kind == "magnitude":
        return Stated(kind, (Figure(value),), units or (target.unit.text,))
    if kind == "counted":
        return Stated(kind, (Figure("{} of {}".format(*value)),), ("",))
    pairs = value if kind == "quantiles" else {}
    listed = pairs.values() if pairs else value if kind == "between" else filter(None, (value, entry.standard_error))
    within = _within(entry.within, value, (units or (target.unit.text,))[0]) if entry.within else None
    return Stated(kind, tuple(map(Figure.of, listed)), units or (target.unit.text,), tuple(pairs), within)


def _within(within: Number, value: Number, unit: str) -> Figure:
    if within.unit not in (None, "percent"):
        return Figure.of(within)
    if within.unit is None and not value.value:  # an amount, in the value's unit
        return Figure(within.text, value.unit or unit)
    return Figure(f"{within.value if within.unit else 100 * within.value:g}", "%")

"""From a claim's entry to what it says in its target's unit (CASE.md section 2, "What a claim says")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

from nkestimate.case import model, schema
from nkestimate.case.distributions import SUPPORTS
from nkestimate.case.expressions import period_hint
from nkestimate.case.numbers import Number, parse_magnitude
from nkestimate.case.stated import Figure, Stated
from nkestimate.case.tree import Path_
from nkestimate.case.units import Unit, UnitFault, Units, measures

_WITH_PRECISION = ("around", "at_most", "at_least")
_INSIDE = {"positive": "numbers above 0, precision included", "fraction": "numbers above 0 and below 1, precision included",
           "real": "finite numbers"}
_ANYWAY = "a bound that holds anyway says nothing: drop it"

Told = Callable[[Path_, str, str, str], None]


def statement_kind(path: Path_, entry: schema.Claim, fault: Told) -> str | None:
    """Return which of the kinds of statement a claim makes, or None after telling that it is not exactly one."""
    stated = [kind for kind in schema.KINDS if getattr(entry, kind) is not None]
    if len(stated) != 1:
        problem = f"the claim states {' and '.join(stated)}" if stated else "the claim states nothing"
        fault(path, problem, "exactly one of " + ", ".join(schema.KINDS), "two figures are two claims" if stated else "")
        return None
    kind = stated[0]
    if entry.within is not None and kind not in _WITH_PRECISION:
        fault((*path, "within"), f"'within' beside '{kind}'", "it beside around, at_most or at_least only", "")
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

    def read(self, entry: schema.Claim) -> model.Statement | None:
        """Return the statement in the target's unit, or None after telling its faults."""
        reader = {"between": self.between, "magnitude": self.magnitude, "quantiles": self.quantiles, "estimate": self.estimate}
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

    def between(self, entry: schema.Claim) -> model.Statement:
        assert entry.between is not None
        low, high = entry.between
        return self.range(self.convert(low), self.convert(high), f"[{low.text}, {high.text}]")

    def magnitude(self, entry: schema.Claim) -> model.Statement:
        text = entry.magnitude or ""
        low, high = (self.convert(Number(text, value, None)) for value in parse_magnitude(text))
        return self.range(low, high, text)

    def range(self, low: float, high: float, text: str) -> model.Statement:
        if not low < high:
            self.spoil(f"a range from {low:g} to {high:g}", "the lower end first", "a single value is 'around'" if low == high else "")
        self.check_inside(text, [low, high])
        return model.Statement(self.kind, self.coverage, low, high)

    def quantiles(self, entry: schema.Claim) -> model.Statement:
        pairs = tuple((p, self.convert(number)) for p, number in (entry.quantiles or {}).items())
        values = [value for _, value in pairs]
        if any(after <= before for before, after in pairwise(values)):
            self.spoil("the quantiles do not rise", "larger values at larger probabilities")
        self.check_inside(", ".join(number.text for number in (entry.quantiles or {}).values()), values)
        return model.Statement(self.kind, self.coverage, quantiles=pairs)

    def estimate(self, entry: schema.Claim) -> model.Statement:
        value, error = entry.estimate, entry.standard_error
        if value is None or error is None:
            raise _SpoiltError  # which has been told
        middle = self.convert(value)
        self.check_inside(value.text, [middle])
        # A standard error is a difference: it scales with the unit, and no zero point enters.
        unit = self.unit_of(error if error.unit else value, "standard_error")
        return model.Statement(self.kind, self.coverage, value=middle, standard_error=error.value * unit.factor / self.target.unit.factor)

    def precise(self, entry: schema.Claim) -> model.Statement:
        """Read a value whose precision is that of its spelling, or ``within``."""
        number: Number = getattr(entry, self.kind)
        spread = number.half_unit if entry.within is None else abs(number.value) * entry.within
        if not spread:
            self.spoil("0 has no last significant digit", "a value other than 0", "state a range with 'between', or an 'estimate'")
        middle = self.convert(number)
        low, high = sorted(self.convert(number, number.value + step) for step in (-spread, spread))
        self.check_inside(number.text, [middle, low, high])
        return model.Statement(self.kind, self.coverage, low, high, middle)

    def convert(self, number: Number, value: float | None = None) -> float:
        """Return a number of the claim, or ``value`` in its stead, in the target's unit."""
        value = number.value if value is None else value
        unit, wanted = self.unit_of(number), self.target.unit
        # Untouched where nothing is to be done: a factor there and back would cost the last digit.
        return value if (unit.factor, unit.offset) == (wanted.factor, wanted.offset) else wanted.from_root(unit.to_root(value))

    def stated_unit(self, entry: schema.Claim) -> Unit:
        """Return the unit of a statement that was read without a fault: its first number's own, else the claim's."""
        value = getattr(entry, self.kind)
        numbers = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
        return self.unit_of(numbers[0]) if isinstance(numbers[0], Number) else self.unit

    def unit_of(self, number: Number, key: str = "") -> Unit:
        """Return a number's own unit, else the claim's."""
        if number.unit is None:
            return self.unit
        if self.unit_stated:
            self.spoil(f"'{number.text}' has a unit and so has the claim", "one unit", "delete one of them", key)
        try:
            unit = self.units.unit(number.unit)
        except UnitFault as fault:
            self.spoil(*fault.said, key=key)
        wanted = self.target.unit
        if unit.dimension != wanted.dimension:
            self.spoil(f"'{number.text}' {measures(unit.dimension)} but '{self.target.key}' {measures(wanted.dimension)}",
                       *convertible(unit, wanted), key=key)
        return unit

    def check_inside(self, text: str, values: Sequence[float]) -> None:
        """Check that values, written as ``text``, are in the open support of the target."""
        support, unit = self.target.support, self.target.unit
        low, high = SUPPORTS[support]
        for position, value in enumerate(values):
            natural = unit.to_root(value) if support == "fraction" else value
            if not low < natural < high:
                hint = ""
                if self.kind in _WITH_PRECISION:  # whose first value is the one stated
                    bound = position == 0 and self.kind != "around"
                    hint = _ANYWAY if bound else "state a smaller 'within:', or a range that stays inside"
                reached = f"{value:.6g} {unit.text}".rstrip()
                self.spoil(f"'{self.kind}: {text}' reaches {reached}, which '{self.target.key}' can't be", _INSIDE[support], hint)

    def spoil(self, problem: str, expected: str, hint: str = "", key: str = "") -> NoReturn:
        """Tell a fault and give the statement up."""
        self.fault((*self.path, key or self.kind), problem, expected, hint)
        raise _SpoiltError


def convertible(unit: Unit, wanted: Unit) -> tuple[str, str]:
    """Return what is expected of a unit that does not convert to ``wanted``, and a hint."""
    expected = f"a unit convertible to '{wanted.text}'" if wanted.text else "a pure number: no unit, or percent"
    return expected, period_hint(unit, wanted)


def stated(kind: str, entry: schema.Claim, target: model.Target) -> Stated:
    """Return what a claim states, in its own unit."""
    own = [unit for unit in (entry.unit, *(reading.unit for reading in entry.readings or ())) if unit is not None]
    units = tuple(dict.fromkeys(own)) if entry.unit is None else (entry.unit,)
    value = getattr(entry, kind)
    if kind == "magnitude":
        return Stated(kind, (Figure(value),), units or (target.unit.text,))
    pairs = value if kind == "quantiles" else {}
    listed = pairs.values() if pairs else value if kind == "between" else filter(None, (value, entry.standard_error))
    within = Figure(f"{100 * entry.within:g}", "%") if entry.within else None
    return Stated(kind, tuple(map(Figure.of, listed)), units or (target.unit.text,), tuple(pairs), within)

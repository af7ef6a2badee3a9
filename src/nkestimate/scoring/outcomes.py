"""What came true of the totals and questions of a case: ``outcomes.yaml``, all its faults at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from nkestimate.case.fields import Date, Text, describe, shape_fault
from nkestimate.case.model import Case, Derived, Quantity
from nkestimate.case.schema import Entry as Stated
from nkestimate.case.shape import Shape
from nkestimate.case.statements import StatementReader, convertible
from nkestimate.case.tree import Node, Path_, read_bytes, read_tree
from nkestimate.case.units import Unit, UnitFault, Units, measures
from nkestimate.errors import CaseError, Fault, did_you_mean
from nkestimate.printed.notation import Number, parse_number

_Found = tuple[float, float, bool | None, str]
_KEYS = ("case", "outcomes")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TRUTH = "a number such as 1.7e9 or 1.7 billion, a range [low, high], a date, or for a question true or false"

_WANTED = "outcomes: with an entry for each total or question"
_SUCH = "such as outcomes: {length: {came_true: 1.35, unit: km, from: survey, when: 2025-09-01}}"


def _truth(value: Any) -> bool | date | Number | tuple[Number, Number]:
    if isinstance(value, bool):
        return value
    if isinstance(value, list) and len(value) == 2:
        low, high = (_number(one) for one in value)
        return low, high
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise shape_fault(f"'{value}' is no date", "a day that exists") from None
    return _number(value)


def _number(value: Any) -> Number:
    if not isinstance(value, str):
        raise shape_fault(f"{describe(value)} stands here", _TRUTH)
    try:
        return parse_number(value)
    except ValueError as error:
        raise shape_fault(str(error), _TRUTH) from None


class OutcomeEntry(Stated):
    """One entry of ``outcomes:``."""

    came_true: Annotated[Any, BeforeValidator(_truth)]
    unit: Text | None = None
    from_: Text | None = Field(None, alias="from")
    when: Date | None = None
    check: Text | None = None
    class_: Text | None = Field(None, alias="class")


@dataclass(frozen=True)
class Outcome:
    """What came true of one total or question.

    Attributes
    ----------
    id : str
        Of the total or question.
    low, high : float
        Ends of what came true, in the total's unit; the same for a value. nan for a question.
    happened : bool or None
        The answer to a question; None for a total.
    stated : str
        As the file spells it, with its unit.
    said_by : str
        From whom it is.
    when : date
        When it was known.
    check : str or None
        Where to check it.
    group : str or None
        The class that it is of, for readers.
    file, line : str, int
        Where it stands.
    """

    id: str
    low: float
    high: float
    happened: bool | None
    stated: str
    said_by: str
    when: date
    check: str | None
    group: str | None
    note: str | None
    file: str = ""
    line: int = 0

    def fault(self, problem: str, expected: str, hint: str) -> Fault:
        """Return a fault of what came true, where it stands."""
        return Fault(self.file, self.line, f"outcomes.{self.id}.came_true", problem, expected, hint)


def read_outcomes(path: Path, case: Case) -> tuple[Outcome, ...]:
    """Read what came true of a case's totals and questions.

    Raises
    ------
    CaseError
        If the file is at fault; it holds every fault found.
    """
    faults: list[Fault] = []
    tree = _tree(path, faults)
    found = _Reader(tree, case, faults).outcomes() if tree is not None else ()
    if faults:
        raise CaseError(faults)
    return found


def _tree(path: Path, faults: list[Fault]) -> Node | None:
    """Parse the file; one that is missing or empty is told in words of outcomes, not of a case."""
    content = read_bytes(path, str(path), faults, "outcomes in YAML")
    if content is not None and all(not line.strip() or line.lstrip().startswith(b"#") for line in content.splitlines()):
        faults.append(Fault(str(path), 1, "", "the file is empty", _WANTED, _SUCH))
    return None if faults else read_tree(path, str(path), faults)


def scored_totals(case: Case) -> dict[str, Quantity | Derived]:
    """Return the totals that something can come true of: all but the unknowns that only fix the parts of a whole."""
    return {key: total for key, total in case.totals.items() if not getattr(total, "part", None)}


class _Reader(Shape):
    """Reads the entries of one file."""

    def __init__(self, tree: Node, case: Case, faults: list[Fault]):
        super().__init__(tree, faults)
        self.case, self.units = case, Units()
        self.units.define_all({key: (entry or {}).get("is") for key, entry in (case.resolved.get("units") or {}).items()})

    def outcomes(self) -> tuple[Outcome, ...]:
        if not isinstance(self.tree.value, dict):
            self.fault((), f"{describe(self.tree.plain())} stands here", _WANTED)
            return ()
        for key in self.tree.value:
            if key not in _KEYS:
                self.fault((key,), f"unknown key '{key}'", "one of " + ", ".join(_KEYS), did_you_mean(key, _KEYS))
        self.check_case(self.tree.value)
        entries = self.tree.value.get("outcomes")
        if entries is None or not isinstance(entries.value, dict) or not entries.value:
            self.fault(("outcomes",) if entries else (), "nothing came true here", _WANTED, _SUCH)
            return ()
        return tuple(found for key in entries.value if (found := self.outcome(key)))

    def check_case(self, top: Mapping[str, Node]) -> None:
        named = top.get("case")
        if named is not None and named.value != self.case.id:
            self.fault(("case",), f"these are outcomes of {describe(named.plain())}", f"outcomes of '{self.case.id}'")

    def outcome(self, key: str) -> Outcome | None:
        path: Path_ = ("outcomes", key)
        entry: OutcomeEntry | None = self.entry(path, OutcomeEntry)
        totals, questions = scored_totals(self.case), self.case.questions
        if key not in totals and key not in questions:
            known = [*totals, *questions]
            self.fault(path, f"the case has no total or question '{key}'", "the id of a quantity, derived or question",
                       did_you_mean(key, known))
            return None
        if entry is None:
            return None
        said, since = entry.from_ or "", entry.when or date.min
        if not said and path not in self.partial:
            self.fault(path, "nobody says what came true", "from: who says so", "and 'check:' where to look it up")
        if entry.when is None and path not in self.partial:
            self.fault(path, "no date", "when: the date at which it was known")
        if isinstance(entry.came_true, bool) if key in totals and key in questions else key in questions:
            found = self.answer(key, entry)
        else:
            found = self.total(key, entry)
        at = self.tree.at((*path, "came_true"))
        return found and Outcome(key, *found, said, since, entry.check, entry.class_, entry.note, at.file, at.line)

    def answer(self, key: str, entry: OutcomeEntry) -> _Found | None:
        path: Path_ = ("outcomes", key)
        if not isinstance(entry.came_true, bool):
            self.fault((*path, "came_true"), "a question came true or not", "true or false")
            return None
        if entry.unit is not None:
            self.fault((*path, "unit"), "an answer has no unit", "came_true: true or false alone")
            return None
        nan = float("nan")
        return nan, nan, entry.came_true, "yes" if entry.came_true else "no"

    def total(self, key: str, entry: OutcomeEntry) -> _Found | None:
        path: Path_ = ("outcomes", key, "came_true")
        since = self.case.totals[key].since
        if isinstance(entry.came_true, date) != bool(since) or isinstance(entry.came_true, bool):
            what = "true or false" if isinstance(entry.came_true, bool) else "a date" if isinstance(entry.came_true, date) else "a number"
            self.fault(path, f"{what}, but '{key}' is {'a date' if since else 'an amount'}",
                       "a date such as 2024-11-01" if since else "a number, or a range [low, high]")
            return None
        if since:
            days = float((entry.came_true - since).days)
            return days, days, None, entry.came_true.isoformat()
        unit = self.unit_of(key, entry)
        if unit is None:
            return None
        target, own = self.case.totals[key].target, entry.unit is not None
        reader = StatementReader(self.units, self.fault, path[:-1], "came_true", target, unit, own, 1.0)
        ends = reader.read_truth(entry.came_true)
        numbers = entry.came_true if isinstance(entry.came_true, tuple) else (entry.came_true,)
        spelled = " to ".join(number.text for number in numbers)
        behind = "" if numbers[0].unit else f" {unit.text}"
        return (*ends, None, f"{spelled}{behind}".rstrip()) if ends else None

    def unit_of(self, key: str, entry: OutcomeEntry) -> Unit | None:
        path: Path_ = ("outcomes", key, "unit")
        wanted = self.case.totals[key].unit
        try:
            unit = self.units.unit(entry.unit) if entry.unit is not None else wanted
        except UnitFault as fault:
            self.fault(path, *fault.said)
            return None
        if unit.dimension != wanted.dimension:
            problem = f"'{entry.unit}' {measures(unit.dimension)} but '{key}' {measures(wanted.dimension)}"
            self.fault(path, problem, *convertible(unit, wanted))
            return None
        return unit

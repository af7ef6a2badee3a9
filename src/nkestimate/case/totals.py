"""The unknowns of a case and what is made of them: units, expressions, quantities, derived, questions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

from nkestimate.case import model, schema
from nkestimate.case.distributions import SCALES, SUPPORTS, Prior, PriorFault, check_reach, parse_prior, span
from nkestimate.case.expressions import (
    DATE_FUNCTIONS,
    FUNCTIONS,
    Comparison,
    Expr,
    ExpressionFault,
    Name,
    Op,
    constant,
    dates_in,
    names_in,
    number_hint,
    parse_comparison,
    parse_expression,
    period_hint,
    show,
    unit_of,
    with_steps,
)
from nkestimate.case.shape import Known, Shape
from nkestimate.case.slips import bare_numbers
from nkestimate.case.statements import StatementReader
from nkestimate.case.tree import Node, Path_
from nkestimate.case.units import Unit, UnitFault, Units, measures
from nkestimate.errors import Fault
from nkestimate.families import normal_of_range
from nkestimate.printed.notation import SCALES as SCALE_WORDS
from nkestimate.printed.notation import Number

_DERIVED_SCALES = {**SCALES, "fraction": "log"}
_UNLIMITED = (-math.inf, math.inf)
# What was a name before it was a function stays free: a call is told by its parenthesis.
_RESERVED = {*FUNCTIONS, *DATE_FUNCTIONS, *SCALE_WORDS} - {"days", "days_since"}


def words(key: str) -> str:
    """Return an id as a label: ``arms_value`` as "Arms value"."""
    text = key.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


class Totals(Shape):
    """Reads units, expressions and what stands on them.

    Attributes
    ----------
    names : dict
        Entries of quantities and derived by id; None where an entry is at fault.
    total_units : dict
        The unit of each; None where it is at fault.
    derived_exprs : dict
        The parsed expression of each derived; None where it is at fault.
    part_of : dict
        The entry of ``shares:`` that a quantity is a part of.
    """

    def __init__(self, tree: Node, faults: list[Fault], whole: bool = True, known: Known | None = None):
        super().__init__(tree, faults, whole, known)
        self.units = Units()
        self.names: dict[str, Any] = {}
        self.total_units: dict[str, Unit | None] = {}
        self.derived_exprs: dict[str, Expr | None] = {}
        self.words = self.measured = -1  # numbers of what a text can name, and of the units of that, once these are known
        self.asked: set[str] = set()  # names that claims and questions are about
        self.part_of: dict[str, str] = {}

    # ------------------------------------------------------------ names and units

    def check_names(self) -> None:
        """Check ids of quantities and derived, and gather them as the names of expressions."""
        for section in ("quantities", "derived"):
            for key in self.entries[section]:
                if key in _RESERVED:
                    self.fault((section, key), f"'{key}' is a word of expressions", "another id")
                if section == "derived" and key in self.entries["quantities"]:
                    self.fault((section, key), f"'{key}' is a quantity already", "an id of its own")
        for key in self.uncertain_dates():
            if key in _RESERVED:
                self.fault(("dates", key), f"'{key}' is a word of expressions", "another id")
            for section, kind in (("quantities", "quantity"), ("derived", "derived")):
                if key in self.entries[section]:
                    self.fault(("dates", key), f"'{key}' is a {kind} already", "an id of its own", "an uncertain date is an unknown, too")
        quantities = self.tree.at(("quantities",))
        if not self.entries["quantities"] and (quantities is self.tree or not quantities.value):
            self.fault(("quantities",), "the case has no quantities", "at least one entry under 'quantities:'")
        self.names = {**self.entries["quantities"], **self.entries["derived"]}

    def uncertain_dates(self) -> dict[str, schema.UncertainDate]:
        """Return the entries of ``dates:`` that are ranges."""
        return {key: entry for key, entry in self.entries["dates"].items() if isinstance(entry, schema.UncertainDate)}

    def fixed_dates(self) -> dict[str, date]:
        """Return the entries of ``dates:`` that are days."""
        return {key: entry for key, entry in self.entries["dates"].items() if isinstance(entry, date)}

    def define_units(self) -> None:
        """Define the case's units, or tell their faults."""
        failed = self.units.define_all({key: entry.is_ for key, entry in self.entries["units"].items() if entry})
        for key, fault in failed.items():
            self.fault(("units", key), *fault.said)
        self.words = self.known.number((frozenset(self.names), tuple(self.units.own.items())))

    def unit(self, text: str, path: Path_) -> Unit | None:
        """Read a unit, or tell its fault."""
        try:
            return self.known.text(("unit", text, self.words), lambda: self.units.unit(text))
        except UnitFault as fault:
            self.fault(path, *fault.said)
            return None

    def read_total_units(self) -> None:
        """Read the units of quantities and derived, and check that expressions have them."""
        for section in ("quantities", "derived"):
            for key, entry in self.entries[section].items():
                unit = self.unit(entry.unit, (section, key, "unit")) if entry else None
                if unit and entry.support == "fraction" and unit.dimension:
                    self.fault((section, key, "unit"), f"a fraction in '{entry.unit}'", "a pure number: '' or percent")
                self.total_units[key] = unit
        self.measured = self.known.number((self.words, tuple(self.total_units.items())))
        for key, expr in self.derived_exprs.items():
            stated = self.total_units[key]
            natural = self.natural_unit(expr, ("derived", key, "expr")) if expr and stated else None
            if natural and stated and natural.dimension != stated.dimension:
                self.fault(("derived", key, "expr"), f"the expression {measures(natural.dimension)} but the unit '{stated.text}' "
                           f"{measures(stated.dimension)}", "the same dimension", period_hint(natural, stated))

    def natural_unit(self, expr: Expr, path: Path_) -> Unit | None:
        """Return the unit an expression comes out in; None where it, or a name in it, is at fault."""
        if any(self.total_units.get(name) is None for name in names_in(expr)):
            return None  # that fault has been told
        known = {key: unit for key, unit in self.total_units.items() if unit is not None}
        try:
            return self.known.text(("natural", expr, self.measured), lambda: unit_of(expr, known.__getitem__, self.units))
        except ExpressionFault as fault:
            self.fault(path, *fault.said)
            return None

    # ------------------------------------------------------------ expressions

    def read_exprs(self) -> None:
        """Parse what derived stand for, and tell those that need each other in a ring."""
        for key, entry in self.entries["derived"].items():
            expr = self.expression(entry.expr, ("derived", key, "expr")) if entry else None
            self.derived_exprs[key] = None if key in self.entries["quantities"] else expr  # that clash has been told
        while ring := _ring(self.derived_exprs):
            first = min(ring)
            start = ring.index(first)
            trail = " → ".join([*ring[start:], *ring[:start], first])
            self.fault(("derived", first, "expr"), f"'{first}' is defined by itself ({trail})",
                       "derived that do not need each other in a ring")
            for member in ring:
                self.derived_exprs[member] = None

    def expression(self, text: str, path: Path_) -> Expr | None:
        """Parse an expression, or tell its faults."""
        try:
            expression = self.known.text(("expression", text, self.words),
                                         lambda: parse_expression(text, self.names, self.units, self.entries["dates"]))
        except ExpressionFault as fault:
            self.fault(path, *fault.said)
            return None
        return expression if self.dates_known(expression, path) else None

    def dates_known(self, expression: Expr, path: Path_) -> bool:
        """Check the dates that an expression names."""
        known = self.entries["dates"]
        fine = True
        for call in dates_in(expression):
            for name in call.dates:
                if name not in known:
                    self.unknown(path, "date", name, known)
                    fine = False
            days = [day for name in call.dates if isinstance(day := known.get(name), date)]
            if call.function == "ramp" and len(days) == 2 and days[0] > days[1]:
                self.fault(path, f"ramp from {days[0]} back to {days[1]}", "the earlier date first")
        return fine

    def target(self, about: str, path: Path_) -> model.Target | None:
        """Return what a claim is about, or None after telling why there is no such thing."""
        expr = self.expression(about, path)
        if expr is None:
            return None
        key = show(expr)
        self.asked |= {*names_in(expr), *(name for call in dates_in(expr) for name in call.dates)}
        if not any(names_in(expr)):
            self.fault(path, f"'{key}' is no unknown", "a quantity, a derived or an expression with one of them in it")
            return None
        if not isinstance(expr, Name):
            unit = self.natural_unit(expr, path)
            return model.Target(key, "expression", expr, "positive", "log", unit) if unit else None
        unit, entry = self.total_units.get(key), self.names[key]
        if unit is None or entry is None:
            return None
        scales = SCALES if key in self.entries["quantities"] else _DERIVED_SCALES
        kind = "quantity" if key in self.entries["quantities"] and key not in self.part_of else "derived"
        return model.Target(key, kind, expr, entry.support, scales[entry.support], unit)

    # ------------------------------------------------------------ priors

    def prior_text(self, text: str | None, path: Path_, support: str = "positive", unit: Unit | None = None) -> Prior | None:
        """Read a distribution and check that it stays inside a support (in ``unit``, for a fraction in percent)."""
        if text is None:
            return None
        try:
            prior = parse_prior(text)
            low, high = SUPPORTS[support]
            if support == "fraction" and unit is not None and unit.factor != 1:
                if prior.family.stretched(dict(prior.parameters), 1.0) is None:
                    raise PriorFault(f"{prior.name} on a fraction in '{unit.text}'", "a prior in that unit", "write unit: '' here")
                high = 1 / unit.factor
            check_reach(prior, low, high)
        except PriorFault as fault:
            self.fault(path, *fault.said)
            return None
        return prior

    def dark(self, text: str | None, path: Path_) -> Prior | None:
        """Read a prior of dark uncertainty and check that it can take the case's factor."""
        prior = self.prior_text(text, path)
        try:
            return prior and prior.scaled(self.settings.dark_uncertainty_factor) and prior
        except PriorFault as fault:
            self.fault(path, *fault.said)
            return None

    def prior(self, entry: schema.Quantity, path: Path_, unit: Unit) -> Prior | None:
        """Read the prior of a quantity."""
        if not isinstance(entry.prior, dict):
            return self.prior_text(entry.prior, path, entry.support, unit)
        coverage = entry.prior.get("coverage", self.settings.coverage)
        key = str(path[-2])
        target = model.Target(key, "quantity", Name(key), entry.support, SCALES[entry.support], unit)
        reader = StatementReader(self.units, self.fault, path[:-1], "prior", target, unit, False, coverage)
        stated = reader.read_prior(*entry.prior["between"])
        return Prior("Between", (("lower", stated.low), ("upper", stated.high), ("coverage", coverage))) if stated else None

    def prior_ranges(self) -> dict[str, tuple[Number, Number]]:
        """Return the ranges of priors as they are written, by quantity."""
        return {key: entry.prior["between"] for key, entry in self.entries["quantities"].items() if entry and isinstance(entry.prior, dict)}

    def read_settings(self) -> model.Settings:
        """Return the settings."""
        stated = self.settings
        dark = self.dark(stated.dark_uncertainty, ("settings", "dark_uncertainty"))
        return model.Settings(stated.pooling, stated.coverage, dark, stated.common_error, stated.words, stated.dark_uncertainty_factor)

    # ------------------------------------------------------------ records

    def read_quantities(self) -> dict[str, model.Quantity]:
        """Return the quantities that are free of faults."""
        quantities = {}
        for key, entry in self.entries["quantities"].items():
            unit = self.total_units.get(key)
            if entry is None or unit is None or key in self.part_of:
                continue
            path: Path_ = ("quantities", key)
            quantities[key] = model.Quantity(
                key, entry.label or words(key), unit, entry.support, SCALES[entry.support], self.prior(entry, (*path, "prior"), unit),
                entry.rationale, entry.headline, self.dark(entry.dark_uncertainty, (*path, "dark_uncertainty")), entry.common_error,
                entry.note, self.read_limits(key, entry, unit))
            self.check_prior_inside(quantities[key])
        return quantities | self.read_uncertain_dates()

    def read_limits(self, key: str, entry: schema.Quantity, unit: Unit) -> tuple[float, float]:
        """Return a quantity's hard limits in its unit; infinite where there is none, or none inside its support."""
        if entry.limits is None:
            return _UNLIMITED
        path: Path_ = ("quantities", key)
        if entry.rationale is None:
            self.fault((*path, "limits"), "limits without a rationale", "rationale: a sentence on why nothing lies outside")
        target = model.Target(key, "quantity", Name(key), entry.support, SCALES[entry.support], unit)
        return StatementReader(self.units, self.fault, path, "limits", target, unit, False, 1.0).read_limits(*entry.limits) or _UNLIMITED

    def check_prior_inside(self, quantity: model.Quantity) -> None:
        """Check that some of a quantity's prior lies inside its limits."""
        if quantity.prior is None:
            return
        (low, high), (lower, upper) = quantity.prior.reach, quantity.limits
        if high <= lower or low >= upper:
            self.fault(("quantities", quantity.id, "prior"), f"the prior is over {span(low, high)}, all outside the limits",
                       f"a prior over some of {span(lower, upper)}")

    def read_uncertain_dates(self) -> dict[str, model.Quantity]:
        """Return the dates that are ranges as unknowns: days from the middle of the range, normal."""
        unit, read = self.units.unit("day"), {}
        for key, entry in self.uncertain_dates().items():
            if entry.rationale is None:
                self.fault(("dates", key), f"'{key}' rests on its range alone and has no rationale",
                           "rationale: a sentence on why this range")
            first, last = entry.between
            days = (last - first).days
            prior = Prior.normal(*normal_of_range(-(days // 2), days - days // 2, entry.coverage or self.settings.coverage))
            read[key] = model.Quantity(
                key, entry.label or words(key), unit, "real", SCALES["real"], prior, entry.rationale, headline=False, dark_uncertainty=None,
                common_error=None, note=entry.note, since=first + timedelta(days // 2))
        return read

    def read_derived(self) -> dict[str, model.Derived]:
        """Return the derived that are free of faults."""
        derived = {}
        for key, entry in self.entries["derived"].items():
            expr, unit = self.derived_exprs.get(key), self.total_units.get(key)
            if entry is None or expr is None or unit is None:
                continue
            dark = self.dark(entry.dark_uncertainty, ("derived", key, "dark_uncertainty"))
            derived[key] = model.Derived(
                key, entry.label or words(key), unit, entry.support, _DERIVED_SCALES[entry.support], expr, entry.expr, entry.headline, dark,
                entry.common_error, entry.note, holds="support" in entry.model_fields_set)
        return derived

    def check_headline(self) -> None:
        """Check that one total at most is marked as the headline."""
        marked = [(section, key) for section in ("quantities", "derived") for key, entry in self.entries[section].items()
                  if entry and entry.headline]
        for section, key in marked[1:]:
            self.fault((section, key, "headline"), f"a second headline (the first is '{marked[0][1]}')", "one headline")

    def read_questions(self) -> dict[str, model.Question]:
        """Return the questions that are free of faults."""
        questions = {}
        for key, entry in self.entries["questions"].items():
            question = self.question(key, entry, ("questions", key, "ask")) if entry else None
            if question:
                questions[key] = question
        return questions

    def question(self, key: str, entry: schema.Question, path: Path_) -> model.Question | None:
        try:
            comparison = self.known.text(("question", entry.ask, self.words),
                                         lambda: parse_comparison(entry.ask, self.names, self.units, self.entries["dates"]))
        except ExpressionFault as fault:
            self.fault(path, *fault.said)
            return None
        if not (self.dates_known(comparison.left, path) and self.dates_known(comparison.right, path)):
            return None
        sides = (comparison.left, comparison.right)
        dated = {name for side in sides for call in dates_in(side) for name in call.dates}
        named = {*names_in(comparison)} | (dated & self.uncertain_dates().keys())
        self.asked |= named | dated
        units = [unit for side in sides if (unit := self.natural_unit(side, path))]
        if len(units) == 2 and units[0].dimension != units[1].dimension:
            one, other = (f"'{show(side)}' {measures(unit.dimension)}" for side, unit in zip(sides, units, strict=True))
            self.fault(path, f"{one} but {other}", "the same dimension on both sides", period_hint(*units) or number_hint(sides, units))
        elif len(units) == 2 and (not named or show(sides[0]) == show(sides[1])):
            self.fault(path, "the question has the same answer whatever is true", "a quantity or derived, compared with something else")
        if len(units) == 2:
            known = {name: unit for name, unit in self.total_units.items() if unit is not None}
            left, right = (with_steps(side, lambda part: unit_of(part, known.__getitem__, self.units)) for side in sides)
            comparison = Comparison(comparison.op, left, right)
        return model.Question(key, entry.ask, entry.label or entry.ask, comparison)


    def bare_numbers(self, questions: Mapping[str, model.Question]) -> Iterator[model.Notice]:
        """Yield a notice of each number without a unit that a question or formula sets against percent, thousands and the like."""
        if self.faults:  # what is at fault may have no unit
            return
        asked = [("bare number asked", key, Op("-", (one.comparison.left, one.comparison.right))) for key, one in questions.items()]
        formulas = [("bare number in a formula", key, expr) for key, expr in self.derived_exprs.items() if expr]
        for kind, key, expr in (*asked, *formulas):
            for number, unit in bare_numbers(expr, lambda part: self.natural_unit(part, ())):
                yield model.Notice(kind, (key,), text=f"{show(number)} = {unit.from_root(number.value):.15g} {unit.text}")

    def settled(self, questions: Mapping[str, model.Question]) -> Iterator[model.Notice]:
        """Yield a notice of each question that compares a total with a number which its support excludes: one answer, whatever is true."""
        for key, question in questions.items():
            left, right = question.comparison.left, question.comparison.right
            for side, other in ((left, right), (right, left)):
                if isinstance(side, Name) and (value := constant(other)) is not None and self.excluded(side.id, value):
                    yield model.Notice("settled question", (key, side.id))

    def excluded(self, total: str, value: float) -> bool:
        """Return whether a total's support holds, and excludes a value in root units."""
        entry, unit = self.names.get(total), self.total_units.get(total)
        held = total in self.entries["quantities"] or (entry and "support" in entry.model_fields_set)
        if entry is None or unit is None or not held:
            return False
        low, high = SUPPORTS[entry.support]
        return not low < (value if entry.support == "fraction" else unit.from_root(value)) < high


def _ring(exprs: Mapping[str, Expr | None]) -> list[str]:
    """Return derived that need each other in a ring, each followed by one that it needs, or nothing."""
    needs = {key: [name for name in names_in(expr) if name in exprs] if expr else [] for key, expr in exprs.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return list(error.args[1][:0:-1])  # graphlib names the needed one first, and the first one twice
    return []

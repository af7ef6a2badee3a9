"""The arithmetic of a case: parsed, dimension-checked, never evaluated as Python.

Grammar (loosest first)::

    comparison = sum ("<" | "<=" | ">" | ">=") sum            (questions only)
    sum        = product (("+" | "-") product)*
    product    = sign (("*" | "/") sign)*
    sign       = "-" sign | power
    power      = atom ("**" sign)?
    atom       = number ["in" number] [unit] | name | function "(" sum ("," sum)* ")" | "(" sum ")"

A number takes the unit behind it with it: in ``x / 4 million USD/person`` the whole
``4 million USD/person`` is divided by. A name is a quantity or derived before it is a unit.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from nkestimate.case.units import Unit, UnitFault, Units, measures, multiply
from nkestimate.errors import did_you_mean
from nkestimate.printed.notation import SCALES, parse_number

FUNCTIONS = {"min": None, "max": None, "exp": 1, "log": 1, "sqrt": 1}
DATE_FUNCTIONS = {"years": 2, "months": 2, "days": 2, "years_since": 1, "months_since": 1, "days_since": 1, "ramp": 2}
_IN_FUNCTIONS = "years(), months(), days(), years_since(), months_since(), days_since() or ramp()"
COMPARISONS = ("<=", ">=", "<", ">")
_TIME_UNITS = {"years": "year", "months": "month", "days": "day", "ramp": ""}
# Expressions are walked by recursion; these keep well inside Python's own limit.
_MOST_TOKENS = 400
_DEEPEST = 40
_BREAK_UP = "give parts of it names under 'derived:'"


class ExpressionFault(ValueError):
    """An expression at fault: problem, what was expected, hint."""

    def __init__(self, problem: str, expected: str = "", hint: str = ""):
        self.said = (problem, expected, hint)
        super().__init__(problem)


@dataclass(frozen=True)
class Literal:
    """A number with its unit; ``value`` is in root units."""

    value: float
    unit: Unit


@dataclass(frozen=True)
class Name:
    """A quantity or derived."""

    id: str


@dataclass(frozen=True)
class DateCall:
    """A function of the evaluation date and of named dates: a number once the date is known."""

    function: str
    dates: tuple[str, ...]


@dataclass(frozen=True)
class Op:
    """An operation: + - * / ** neg min max exp log sqrt, and in questions round (to multiples of its second part, a literal)."""

    op: str
    args: tuple[Expr, ...]


Expr = Literal | Name | DateCall | Op


@dataclass(frozen=True)
class Comparison:
    """``left op right`` with op one of < <= > >=."""

    op: str
    left: Expr
    right: Expr


_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_µ°][\w°]*)|(?P<symbol>\*\*|<=|>=|==|!=|[-+*/(),<>%^=]))"
)


_HINTS = {
    "^": "use ** for powers",
    ",": "write thousands as 1_000, not 1,000",
    "$": "write amounts as 4 million USD",
    "€": "declare EUR under 'units:' and write 4 million EUR",
    "\u00d7": "use * to multiply",
    "÷": "use / to divide",
    "\u2212": "use the plain hyphen for minus",
}


def parse_expression(text: str, names: Mapping[str, object], units: Units, dates: Container[str] = ()) -> Expr:
    """Parse an arithmetic expression.

    Parameters
    ----------
    text : str
        The expression as written.
    names : mapping
        Ids of quantities and derived that it may use.
    units : Units
        The case's units.
    dates : container of str, optional
        Names under ``dates:``, for hints.

    Raises
    ------
    ExpressionFault
        If it does not parse.
    """
    parser = _Parser(text, names, units, dates)
    expression = parser.sum()
    parser.end()
    return expression


def parse_comparison(text: str, names: Mapping[str, object], units: Units, dates: Container[str] = ()) -> Comparison:
    """Parse a question's ``left > right``; see `parse_expression`."""
    parser = _Parser(text, names, units, dates, rounds=True)
    left = parser.sum()
    op = parser.peek()
    if op not in COMPARISONS:
        if op not in ("=", "==", "!="):
            parser.end()
        raise ExpressionFault("the question compares nothing", "one comparison, such as 'cost > 4 million USD'", "use one of < <= > >=")
    parser.next()
    right = parser.sum()
    if parser.peek() in COMPARISONS:
        raise ExpressionFault("the question has two comparisons", "one comparison of two expressions", "ask two questions")
    parser.end()
    return Comparison(op, left, right)


class _Parser:
    def __init__(self, text: str, names: Mapping[str, object], units: Units, dates: Container[str], rounds: bool = False):
        self.names, self.units, self.dates, self.rounds = names, units, dates, rounds
        self.tokens = list(_tokens(text))
        self.position = 0
        self.depth = 0
        if len(self.tokens) > _MOST_TOKENS:
            raise ExpressionFault(f"an expression of {len(self.tokens)} parts", f"{_MOST_TOKENS} at most", _BREAK_UP)

    def peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.position][0] if self.position < len(self.tokens) else "end"

    def next(self) -> str:
        token = self.peek()
        self.position += 1
        return token

    def take(self, *symbols: str) -> str:
        return self.next() if self.kind() == "symbol" and self.peek() in symbols else ""

    def end(self) -> None:
        if self.kind() != "end":
            raise ExpressionFault(f"'{self.peek()}' can't stand here", "an operator (+ - * / **) or the end", _HINTS.get(self.peek(), ""))

    def sum(self) -> Expr:
        left = self.product()
        while op := self.take("+", "-"):
            left = Op(op, (left, self.product()))
        return left

    def product(self) -> Expr:
        left = self.sign()
        while op := self.take("*", "/"):
            left = Op(op, (left, self.sign()))
        return left

    def sign(self) -> Expr:
        if self.take("-"):
            return Op("neg", (self.sign(),))
        if self.take("+"):
            return self.sign()
        return self.power()

    def power(self) -> Expr:
        base = self.atom()
        return Op("**", (base, self.sign())) if self.take("**") else base

    def atom(self) -> Expr:
        if self.take("("):
            self.open()
            inside = self.sum()
            self.close()
            return inside
        if self.kind() == "number":
            return self.literal()
        if self.kind() != "name":
            what = f"'{self.peek()}' can't stand here" if self.peek() else "the expression ends too early"
            raise ExpressionFault(what, "a number, a quantity, a derived or a function")
        name = self.next()
        if self.take("("):
            return self.call(name)
        if name not in self.names and name in self.dates:
            raise ExpressionFault(f"'{name}' is a date", "a quantity or derived of this case", f"use it in {_IN_FUNCTIONS}")
        if name not in self.names:
            hint = did_you_mean(name, [*self.names, *FUNCTIONS, *DATE_FUNCTIONS])
            raise ExpressionFault(f"unknown name '{name}'", "a quantity or derived of this case", hint or self.unit_hint(name))
        return Name(name)

    def unit_hint(self, name: str) -> str:
        try:
            self.units.unit(name)
        except UnitFault:
            return ""
        return f"a unit needs a number before it: 1 {name}"

    def open(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionFault(f"parentheses nested {self.depth} deep", f"{_DEEPEST} at most", _BREAK_UP)

    def close(self) -> None:
        if not self.take(")"):
            what = f"'{self.peek()}' can't stand here" if self.peek() else "a parenthesis is not closed"
            raise ExpressionFault(what, "an operator or ')'" if self.peek() else "')'", _HINTS.get(self.peek(), ""))
        self.depth -= 1

    def call(self, name: str) -> Expr:
        self.open()
        if name in DATE_FUNCTIONS:
            dates = [self.date_name(name)]
            while self.take(","):
                dates.append(self.date_name(name))
            self.close()
            self.count(name, len(dates), DATE_FUNCTIONS[name])
            return DateCall(name, tuple(dates))
        if name == "round":
            return self.rounded()
        if name not in FUNCTIONS:
            raise ExpressionFault(f"unknown function '{name}'", "one of " + " ".join([*FUNCTIONS, *DATE_FUNCTIONS]),
                                  did_you_mean(name, [*FUNCTIONS, *DATE_FUNCTIONS]))
        args = [self.sum()]
        while self.take(","):
            args.append(self.sum())
        self.close()
        if FUNCTIONS[name] is None and len(args) < 2:
            raise ExpressionFault(f"{name}() of one value", "two or more, separated by commas")
        self.count(name, len(args), FUNCTIONS[name] or len(args))
        return Op(name, tuple(args))

    def rounded(self) -> Expr:
        """Parse the rest of ``round(x)`` or ``round(x, 10 person)``."""
        if not self.rounds:
            raise ExpressionFault("round() outside a question", "it under 'questions:' only",
                                  "steps have no slope, which sampling needs: round where it is asked about")
        parts = [self.sum()]
        if self.take(","):
            step = self.literal() if self.kind() == "number" else None
            if step is None or step.value - step.unit.offset <= 0:
                raise ExpressionFault("round() to no number", "a number above 0 with its unit, such as round(x, 10 person)")
            parts.append(step)
        self.close()
        return Op("round", tuple(parts))

    def count(self, name: str, given: int, wanted: int) -> None:
        if given != wanted:
            takes = ", ".join("ab"[:wanted]) if name in DATE_FUNCTIONS else "x"
            raise ExpressionFault(f"{name}() is given {given} value{'s' * (given != 1)}", f"{name}({takes})")

    def date_name(self, function: str) -> str:
        if self.kind() != "name":
            raise ExpressionFault(f"{function}() takes dates by name", "a name that stands under 'dates:'", "give the date a name there")
        return self.next()

    def literal(self) -> Literal:
        try:
            number = parse_number(self.number_text())
        except ValueError as error:
            raise ExpressionFault(str(error), "a number such as 1.7e9") from None
        scale = SCALES[self.next()] if self.kind() == "name" and self.peek() in SCALES else 1.0
        text = self.unit_factor()
        while text and self.peek() in ("*", "/") and self.unit_follows(1):
            text += self.next() + self.unit_factor()
        try:
            unit = self.units.unit(text)
        except UnitFault as fault:
            raise ExpressionFault(*fault.said) from None
        return Literal(unit.to_root(number.value * scale), unit)

    def number_text(self) -> str:
        text = self.next()
        after = self.tokens[self.position : self.position + 2]
        if [token for _, token in after[:1]] == ["in"] and [kind for kind, _ in after[1:]] == ["number"]:  # 1 in 5, no inch
            text += f" {self.next()} {self.next()}"
        return text

    def unit_follows(self, ahead: int = 0) -> bool:
        if self.position + ahead >= len(self.tokens):
            return False
        kind, token = self.tokens[self.position + ahead]
        after = self.tokens[self.position + ahead + 1][1] if self.position + ahead + 1 < len(self.tokens) else ""
        return token == "%" or (kind == "name" and token not in self.names and after != "(")

    def unit_factor(self) -> str:
        if not self.unit_follows():
            return ""
        text = self.next()
        if self.take("**"):
            text += "**" + self.take("-") + (self.next() if self.kind() == "number" else "")
        return text


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, text = 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            sign = text[position:].strip()[0]
            raise ExpressionFault(f"'{sign}' is no part of arithmetic", "numbers, names, + - * / ** and parentheses", _HINTS.get(sign, ""))
        kind = match.lastgroup or ""
        yield kind, match[kind]
        position = match.end()


def names_in(expression: Expr | Comparison) -> Iterator[str]:
    """Yield the ids that an expression, or both sides of a comparison, use, with repeats."""
    if isinstance(expression, Name):
        yield expression.id
    elif isinstance(expression, Comparison):
        yield from names_in(expression.left)
        yield from names_in(expression.right)
    elif isinstance(expression, Op):
        for arg in expression.args:
            yield from names_in(arg)


def dates_in(expression: Expr) -> Iterator[DateCall]:
    """Yield the date functions of an expression."""
    if isinstance(expression, DateCall):
        yield expression
    elif isinstance(expression, Op):
        for arg in expression.args:
            yield from dates_in(arg)


# Binding strength; what is no operator binds strongest.
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}


def show(expression: Expr) -> str:
    """Write an expression in one canonical way: equal texts are equal targets."""
    if isinstance(expression, Name):
        return expression.id
    if isinstance(expression, DateCall):
        return f"{expression.function}({', '.join(expression.dates)})"
    if isinstance(expression, Literal):
        # Twelve digits: what conversion to root units and back does to the last ones is no difference.
        number = f"{expression.unit.from_root(expression.value):.12g}"
        return f"{number} {expression.unit.text}".strip()
    if expression.op not in _PRECEDENCE:
        return f"{expression.op}({', '.join([show(arg) for arg in expression.args])})"
    parts = [_show_part(arg, i, expression.op) for i, arg in enumerate(expression.args)]
    return f"-{parts[0]}" if expression.op == "neg" else f" {expression.op} ".join(parts)


def _show_part(part: Expr, position: int, op: str) -> str:
    """Write one side of an operation, in parentheses where it would be read otherwise."""
    # a - b - c is (a - b) - c, and a ** b ** c is a ** (b ** c)
    needed = _PRECEDENCE[op] + (op != "neg" and (position == 0) == (op == "**"))
    bare = _PRECEDENCE.get(part.op, 9) >= needed if isinstance(part, Op) else True
    if isinstance(part, Literal) and part.unit.text and op == "**":
        bare = False  # 3 km ** 2 is three square kilometres
    return show(part) if bare else f"({show(part)})"


def unit_of(expression: Expr, unit_of_name: Callable[[str], Unit], units: Units) -> Unit:
    """Return the unit that an expression comes out in, checking dimensions on the way.

    Sums, minima and maxima come out in the unit of their first part; products multiply units.

    Raises
    ------
    ExpressionFault
        If dimensions do not fit.
    """
    if isinstance(expression, Literal):
        return expression.unit
    if isinstance(expression, Name):
        return unit_of_name(expression.id)
    if isinstance(expression, DateCall):
        return units.unit(_TIME_UNITS[expression.function.removesuffix("_since")])
    args = [unit_of(arg, unit_of_name, units) for arg in expression.args]
    op = expression.op
    if (value := constant(expression)) is not None and not math.isfinite(value):
        raise ExpressionFault(f"'{show(expression)}' is no finite number", "arithmetic that has a result")
    if value is None and op == "/" and constant(expression.args[1]) == 0:
        raise ExpressionFault(f"'{show(expression)}' divides by zero", "arithmetic that has a result")
    if op in ("+", "-", "min", "max", "neg", "round"):
        for arg, unit in zip(expression.args, args, strict=True):
            if unit.dimension != args[0].dimension:
                raise ExpressionFault(
                    f"'{show(expression.args[0])}' {measures(args[0].dimension)} but '{show(arg)}' {measures(unit.dimension)}",
                    f"the same dimension {'in all parts' if op == 'round' else 'on every side'} of {op}",
                    period_hint(args[0], unit) or number_hint(expression.args, args) or "multiply or divide first")
        return args[0]
    if op in ("*", "/"):
        return _product(args[0], args[1], 1 if op == "*" else -1)
    if op == "sqrt":
        return _power(args[0], 0.5)
    if op == "**":
        return _exponent(expression, args)
    if args[0].dimension:
        what = f"{op} of '{show(expression.args[0])}', which {measures(args[0].dimension)}"
        raise ExpressionFault(what, "a pure number", "divide by a unit first")
    return units.unit("")


def number_hint(parts: tuple[Expr, ...], units: list[Unit]) -> str:
    """Return what to do where a bare number meets something with a dimension, else nothing."""
    bare = [part for part, unit in zip(parts, units, strict=True) if isinstance(part, Literal) and not unit.text]
    wanted = [unit.text for unit in units if unit.dimension]
    if not bare or not wanted:
        return ""
    unit, value = wanted[0], bare[0].value
    scale, _, rest = unit.partition(" ")
    if scale in SCALES and rest and abs(value) >= SCALES[scale]:  # written out, or with its own scale word: it needs no second one
        unit = rest
    return f"give the number a unit: {show(bare[0])} {unit}"


def _exponent(expression: Op, args: list[Unit]) -> Unit:
    base, exponent = expression.args
    if args[1].dimension:
        raise ExpressionFault(f"the exponent '{show(exponent)}' {measures(args[1].dimension)}", "a pure number")
    if not args[0].dimension:
        return Unit("", 1.0, ())
    power = constant(exponent)
    if power is None:
        raise ExpressionFault(f"'{show(base)}' has a unit and an exponent that is not known", "a number as exponent",
                              "make the base a pure number")
    return _power(args[0], power)


def zero_divisor(expression: Expr, dates: Mapping[str, date], when: date) -> Expr | None:
    """Return what an expression divides by that is 0 on a day, whatever is unknown: a period of no length, say."""
    if not isinstance(expression, Op):
        return None
    if expression.op == "/" and constant(expression.args[1], dates, when) == 0:
        return expression.args[1]
    found = (zero_divisor(arg, dates, when) for arg in expression.args)
    return next((part for part in found if part is not None), None)


def constant(expression: Expr, dates: Mapping[str, date] | None = None, when: date = date.min) -> float | None:
    """Return the value of an expression of literals (and dates that are known), nan where it has none; None where it holds others."""
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, DateCall) and dates is not None and all(name in dates for name in expression.dates):
        return at_date(expression, dates, when)
    if not isinstance(expression, Op) or expression.op == "round":
        return None
    values = [constant(arg, dates, when) for arg in expression.args]
    if None in values:
        return None
    try:
        return float(_OPERATIONS[expression.op](*values))
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):  # a root of a negative number is complex
        return math.nan


_OPERATIONS: dict[str, Callable[..., float]] = {
    "neg": operator.neg, "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    "min": min, "max": max, "exp": math.exp, "log": math.log, "sqrt": math.sqrt,
}


def _product(left: Unit, right: Unit, sign: int) -> Unit:
    dimension = tuple(sorted(multiply(dict(left.dimension), right.dimension, sign).items()))
    return Unit(_product_text(left.text, right.text, sign), _in_range(left.factor * right.factor**sign), dimension)


def _product_text(left: str, right: str, sign: int) -> str:
    if not right or (not left and sign > 0):
        return left or right
    if " " in right or (sign < 0 and ("/" in right or "*" in right)):
        right = f"({right})"
    return f"{left or 1} {'*' if sign > 0 else '/'} {right}"


def _power(unit: Unit, power: float) -> Unit:
    dimension = tuple((name, p * power) for name, p in unit.dimension if p * power)
    try:
        factor = unit.factor**power
    except OverflowError:
        factor = math.inf
    return Unit(f"({unit.text})**{power:g}" if unit.text else "", _in_range(factor), dimension)


def _in_range(factor: float) -> float:
    if not 1e-250 < factor < 1e250:
        raise ExpressionFault("the unit of this expression is too large or too small to reckon with", "smaller powers")
    return factor


def period_hint(one: Unit, other: Unit) -> str:
    """Return what to do where two units differ by a time only, else nothing."""
    powers = [dict(unit.dimension) for unit in (one, other)]
    if powers[0].pop("[time]", 0) != powers[1].pop("[time]", 0) and powers[0] == powers[1]:
        return "one is a flow and the other a stock: a flow times years(a, b) is a stock"
    return ""


def with_steps(expression: Expr, unit: Callable[[Expr], Unit]) -> Expr:
    """Return an expression in which each ``round(x)`` says to what: one unit of those that x comes out in."""
    if not isinstance(expression, Op):
        return expression
    args = tuple(with_steps(arg, unit) for arg in expression.args)
    if expression.op == "round" and len(args) == 1:
        own = unit(args[0])
        args = (*args, Literal(own.to_root(1.0), own))
    return Op(expression.op, args)


def has_rounding(comparison: Comparison) -> bool:
    """Whether a question rounds something."""
    return any(_rounds(side) for side in (comparison.left, comparison.right))


def _rounds(expression: Expr) -> bool:
    return isinstance(expression, Op) and (expression.op == "round" or any(map(_rounds, expression.args)))


def at_date(call: DateCall, dates: Mapping[str, date], when: date) -> float:
    """Return the value of a date function in root units (seconds for lengths, else a pure number).

    Whether those seconds count as years of 365.25 days or as twelfths of them is the unit's: see `unit_of`.
    """
    days = [dates[name].toordinal() for name in call.dates]
    now = when.toordinal()
    if call.function == "ramp":
        start, stop = days
        return min(1.0, max(0.0, (now - start) / (stop - start))) if stop > start else float(now >= stop)
    length = days[1] - days[0] if len(days) == 2 else now - days[0]
    return max(0, length) * 86400.0

"""The arithmetic of a case: what parses to what, which dimensions fit, what the date functions say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.case.expressions import (
    DATE_FUNCTIONS,
    DateCall,
    ExpressionFault,
    Literal,
    Name,
    Op,
    at_date,
    dates_in,
    names_in,
    parse_comparison,
    parse_expression,
    show,
    unit_of,
)
from nkestimate.case.units import Units

NAMES = {"a": None, "b": None, "c": None, "min_pay": None}
UNITS = Units()
A, B, C = Name("a"), Name("b"), Name("c")


def parse(text):
    return parse_expression(text, NAMES, UNITS)


def number(value, unit=""):
    unit = UNITS.unit(unit)
    return Literal(unit.to_root(value), unit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("(a)", A),
        ("a + b * c", Op("+", (A, Op("*", (B, C))))),
        ("(a + b) * c", Op("*", (Op("+", (A, B)), C))),
        ("a - b - c", Op("-", (Op("-", (A, B)), C))),
        ("a / b / c", Op("/", (Op("/", (A, B)), C))),
        ("a ** b ** c", Op("**", (A, Op("**", (B, C))))),
        ("-a ** b", Op("neg", (Op("**", (A, B)),))),
        ("a ** -b", Op("**", (A, Op("neg", (B,))))),
        ("-a * b", Op("*", (Op("neg", (A,)), B))),
        ("+a", A),
        ("min(a, b, c)", Op("min", (A, B, C))),
        ("sqrt(exp(log(a)))", Op("sqrt", (Op("exp", (Op("log", (A,)),)),))),
        ("2 * a", Op("*", (number(2), A))),
        ("1_000 * a", Op("*", (number(1000), A))),
        ("1.7e9", number(1.7e9)),
        (["a", " 0 USD"][0], A),
        ("4 million USD", number(4e6, "USD")),
        ("2 thousand", number(2000)),
        ("5%", number(5, "%")),
        ("5 percent * a", Op("*", (number(5, "percent"), A))),
        ("a / 4 million USD/person", Op("/", (A, number(4e6, "USD/person")))),
        ("4 USD * a", Op("*", (number(4, "USD"), A))),
        ("4 USD / a", Op("/", (number(4, "USD"), A))),
        ("3 km**2 / 2 day", Op("/", (number(3, "km**2"), number(2, "day")))),
        ("5 km**-1", number(5, "km**-1")),
        ("5 min * min(a, b)", Op("*", (number(5, "min"), Op("min", (A, B))))),
        ("min_pay", Name("min_pay")),
        ("years(x, y) * a", Op("*", (DateCall("years", ("x", "y")), A))),
        ("ramp(x, y) + months_since(x)", Op("+", (DateCall("ramp", ("x", "y")), DateCall("months_since", ("x",))))),
    ],
)
def test_parsing(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "(a",
        "a)",
        "a b",
        "2 a b",
        "a ^ 2",
        "a @ b",
        "d",
        "USD",
        "4 lightyearz",
        "foo(a)",
        "max(a)",
        "exp()",
        "exp(a, b)",
        "years(x)",
        "years(2020, 2021)",
        "years_since(x, y)",
        "ramp()",
        "1,000 * a",
        "a > b",
        "a = b",
        "a if b else c",
        "a.b",
        "a[0]",
        "lambda: a",
        "__import__('os')",
        "a and b",
        "1e400",
        "'a'",
        "a;b",
        "(" * 100 + "a" + ")" * 100,
        "a" + " + a" * 1000,
        "-" * 1000 + "a",
        "a % b",
        "a // b",
        "\u0662 * a",
    ],
)
def test_what_does_not_parse(text):
    with pytest.raises(ExpressionFault) as caught:
        parse(text)
    assert all(isinstance(part, str) for part in caught.value.said)
    assert caught.value.said[0]
    assert caught.value.said[1]


def test_an_expression_is_never_evaluated(monkeypatch):
    monkeypatch.setattr("builtins.eval", lambda *_: pytest.fail("eval"))
    monkeypatch.setattr("builtins.exec", lambda *_: pytest.fail("exec"))
    parse("a * 4 million USD/person + b ** 2")


atoms = st.sampled_from([A, B, C, DateCall("years", ("x", "y")), DateCall("ramp", ("x", "y"))]) | st.builds(
    number, st.integers(0, 10**9).map(float), st.sampled_from(["", "USD", "USD/person", "%", "km**2", "person", "kg/m**3"])
)
expressions = st.recursive(
    atoms,
    lambda inner: (
        st.builds(lambda op, x, y: Op(op, (x, y)), st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner)
        | st.builds(lambda op, x: Op(op, (x,)), st.sampled_from(["neg", "exp", "log", "sqrt"]), inner)
        | st.builds(lambda op, xs: Op(op, tuple(xs)), st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=12,
)


def same(one, other):
    if isinstance(one, Literal) and isinstance(other, Literal):
        return one.value == pytest.approx(other.value, rel=1e-11) and one.unit.dimension == other.unit.dimension
    if isinstance(one, Op) and isinstance(other, Op):
        return one.op == other.op and len(one.args) == len(other.args) and all(map(same, one.args, other.args))
    return one == other


@given(expressions)
def test_an_expression_is_read_as_it_is_shown(expression):
    again = parse(show(expression))
    assert same(again, expression)
    assert show(again) == show(expression)


def test_targets_differ_where_expressions_do():
    assert show(parse("(3 km) ** 2")) != show(parse("3 km ** 2"))
    assert show(parse("a - (b - c)")) != show(parse("a - b - c"))
    assert show(parse(" a*(b) ")) == show(parse("a * b"))
    assert show(parse("4_000 USD")) == show(parse("4 thousand USD"))


@given(st.text(alphabet="ab 12.+-*/()<>,%^_eUSD", max_size=30))
def test_any_text_is_an_expression_or_a_fault(text):
    try:
        expression = parse(text)
    except ExpressionFault:
        return
    assert set(names_in(expression)) <= set(NAMES)


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_comparisons(op):
    comparison = parse_comparison(f"a * 2 {op} 4 million USD", NAMES, UNITS)
    assert (comparison.op, comparison.left, comparison.right) == (op, parse("a * 2"), parse("4 million USD"))


@pytest.mark.parametrize("text", ["a", "a == b", "a = b", "a < b < c", "< a", "a >", "a != b", "", "a < b)"])
def test_no_comparisons(text):
    with pytest.raises(ExpressionFault):
        parse_comparison(text, NAMES, UNITS)


# ---------------------------------------------------------------- dimensions

OF = {"a": "USD/year", "b": "million USD", "c": "", "min_pay": "USD/person/month"}


def dimension(text):
    return dict(unit_of(parse(text), lambda name: UNITS.unit(OF[name]), UNITS).dimension)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"[currency]": 1, "[time]": -1}),
        ("a * years(x, y)", {"[currency]": 1}),
        ("a * months_since(x) + b", {"[currency]": 1}),
        ("b * ramp(x, y)", {"[currency]": 1}),
        ("b / b", {}),
        ("exp(c)", {}),
        ("log(b / 1 USD)", {}),
        ("sqrt(b * b)", {"[currency]": 1}),
        ("b ** 2", {"[currency]": 2}),
        ("b ** -1", {"[currency]": -1}),
        ("b ** (1/2)", {"[currency]": 0.5}),
        ("c ** c", {}),
        ("min_pay * 12_000 person", {"[currency]": 1, "[time]": -1}),
        ("max(b, 4 million USD)", {"[currency]": 1}),
        ("-b", {"[currency]": 1}),
    ],
)
def test_dimensions(text, expected):
    assert dimension(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a + b",
        "b - 1",
        "b + c",
        "min(a, b)",
        "exp(b)",
        "log(a)",
        "2 ** b",
        "b ** c",
        "1 / 0",
        "9**9**9**9",
        "1 + 0 * log(0)",
        "sqrt(0 - 1)",
        "(0 - 8) ** 0.5",
        "exp(1000)",
        "b ** (1 / 0)",
        "b ** 1e9",
        "max(0, b)",
        "years(x, y) + ramp(x, y)",
    ],
)
def test_dimensions_that_do_not_fit(text):
    with pytest.raises(ExpressionFault):
        dimension(text)


def test_a_flow_and_a_stock_get_a_hint():
    with pytest.raises(ExpressionFault) as caught:
        dimension("a + b")
    assert "flow" in caught.value.said[2]
    with pytest.raises(ExpressionFault) as caught:
        dimension("b > 4".replace(">", "+"))
    assert caught.value.said[2] == "give the number a unit: 4 million USD"


# ---------------------------------------------------------------- dates

DATES = {"x": date(2024, 1, 1), "y": date(2025, 1, 1)}
DAY = 86400.0


def value(text, when):
    (call,) = dates_in(parse(text))
    return at_date(call, DATES, when)


@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        ("years(x, y)", date(2000, 1, 1), 366 * DAY),
        ("years(y, x)", date(2000, 1, 1), 0),
        ("months(x, y)", date(2000, 1, 1), 366 * DAY),
        ("years_since(x)", date(2024, 3, 1), 60 * DAY),
        ("years_since(x)", date(2023, 1, 1), 0),
        ("months_since(y)", date(2025, 1, 31), 30 * DAY),
        ("days(x, y)", date(2000, 1, 1), 366 * DAY),
        ("days_since(y)", date(2025, 1, 31), 30 * DAY),
        ("days_since(y)", date(2024, 1, 31), 0),
        ("ramp(x, y)", date(2023, 6, 1), 0),
        ("ramp(x, y)", date(2024, 1, 1), 0),
        ("ramp(x, y)", date(2024, 7, 2), 0.5),
        ("ramp(x, y)", date(2025, 1, 1), 1),
        ("ramp(x, y)", date(2030, 1, 1), 1),
    ],
)
def test_date_functions(text, when, expected):
    assert value(text, when) == pytest.approx(expected)


def test_a_year_is_365_and_a_quarter_days_and_a_month_a_twelfth():
    seconds = value("years(x, y)", date(2024, 1, 1))
    for name, length in (("years", 365.25), ("months", 365.25 / 12), ("days", 1)):
        unit = unit_of(parse(f"{name}(x, y)"), lambda _: None, UNITS)
        assert unit.from_root(seconds) == pytest.approx(366 / length)


@given(st.dates(), st.sampled_from(sorted(DATE_FUNCTIONS)))
def test_no_date_function_is_negative(when, function):
    arguments = ", ".join(list(DATES)[: DATE_FUNCTIONS[function]])
    assert value(f"{function}({arguments})", when) >= 0


@pytest.mark.parametrize(("number", "unit", "hint"), [("400 million", "million USD", "400000000 USD"), ("400", "million USD", "400 million USD"), ("4", "person", "4 person")])
def test_the_unit_that_a_bare_number_is_offered_scales_it_once(number, unit, hint):
    from nkestimate.case.expressions import Literal, number_hint
    from nkestimate.case.units import Units
    from nkestimate.printed.notation import SCALES

    units = Units()
    digits, _, scale = number.partition(" ")
    bare = Literal(float(digits) * SCALES.get(scale, 1.0), units.unit(""))
    assert number_hint((bare, Literal(1.0, units.unit(unit))), [units.unit(""), units.unit(unit)]) == f"give the number a unit: {hint}"

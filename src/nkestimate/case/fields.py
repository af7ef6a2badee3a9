"""What may stand at one place of a case file: numbers, dates, ranges, counts, each with its fault and its JSON Schema."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from nkestimate.errors import did_you_mean
from nkestimate.printed.notation import Number, magnitudes, parse_magnitude, parse_number


def shape_fault(problem: str, expected: str, hint: str = "") -> PydanticCustomError:
    """Return the error to raise in a validator: problem, what was expected, hint."""
    # The three parts of a fault ride in the context; the message template is never shown.
    return PydanticCustomError("nkestimate", "fault", {"said": (problem, expected, hint)})


def _is_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise shape_fault(f"{describe(value)} stands here", "a text", "write one word or a text in quotes")
    return value


def describe(value: Any) -> str:
    """Return what stands somewhere, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f"'{str(value).lower() if isinstance(value, bool) else value if len(str(value)) <= 60 else str(value)[:60] + '…'}'"


_A_NUMBER = "a number such as 1.7e9, 1_700_000 or 1.7 billion"
_PROBABILITY = "a probability above 0 and below 1"
_LEAST = 1e-6  # of a weight or probability: what is nearer to 0 is beyond what a density can be reckoned with
DEFAULT_WEIGHT = 0.5  # of a source of which nothing is known but its record
_YEARS = (500, 2999)  # beyond, calendars and the axes of charts have no days
_WEIGHT = "a weight from 0 to 1"


def _number(value: Any) -> Number:
    if not isinstance(value, str):
        raise shape_fault(f"{describe(value)} stands here", _A_NUMBER)
    try:
        return parse_number(value)
    except ValueError as error:
        raise shape_fault(str(error), _A_NUMBER, _number_hint(value)) from None


def _number_hint(value: str) -> str:
    """Return a way to write what was meant, which is never another number."""
    if grouped := re.fullmatch(r"(\d{1,3}(?:[,' \u00a0\u2009\u202f\u2019]\d{3})+)(?![\d,]).*", value):
        return f"write thousands as {re.sub(r'[^0-9]', '_', grouped[1])}, not {grouped[1]}"
    if decimal := re.fullmatch(r"([+-]?\d+),(\d+)(?![\d,]).*", value):
        return f"write decimals with a point: {decimal[1]}.{decimal[2]}, not {decimal[1]},{decimal[2]}"
    if day := re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2\d{2,4}|\d{4}-\d\d-\d\d", value.strip()):
        of = f" of {int(day[1])}/{int(day[3])}" if day[1] else " of a fraction such as 1/3"
        return f"a spreadsheet may have made a date{of}: enter it as text"
    if "," in value:
        return "write thousands as 1_000, not 1,000"
    if re.search(r"[$€£¥]", value):
        return "leave the currency to 'unit:'"
    if value.startswith("\u2212"):
        return f"use the plain hyphen for minus: -{value[1:]}"
    with suppress(ValueError):
        parse_magnitude(value)
        return "a phrase goes under 'magnitude:'"
    if bound := re.fullmatch(r"[~≈∼] *([\d.,_]+)|([\d.,_]+) *\+", value):
        return f"leave the sign out: 'around: {bound[1]}'" if bound[1] else f"{value} is a bound: write 'at_least: {bound[2]}'"
    if worded := _worded(value):
        return worded
    return "write the number in digits, such as 0.5 million" if re.search("dozen|hundred|thousand|illion|[½¼¾]", value) else ""


_SAID_BEFORE = {
    "at_most": r"up to|at most|(?:no|not) more than|less than|fewer than|under|below|as (?:many|much) as|maximum(?: of)?",
    "at_least": r"at least|more than|(?:no|not) less than|no fewer than|over|above|upwards of|minimum(?: of)?",
    "around": r"about|around|some|roughly|approximately|approx\.?|circa|ca?\.|nearly|almost|an estimated|estimated",
}


def _worded(value: str) -> str:
    """Return a hint for a number with the words before it that its key says."""
    for key, words in _SAID_BEFORE.items():
        if said := re.fullmatch(rf"(?:{words}) +(.+)", value.strip(), re.IGNORECASE):
            with suppress(ValueError):
                parse_number(said[1])
                return f"leave the words out: '{key}: {said[1]}'"
    return ""


def _plain_number(value: Any) -> float:
    number = _number(value)
    if number.unit == "percent":
        return number.value / 100
    if number.unit:
        raise shape_fault(f"'{value}' has a unit", "a pure number", "")
    return number.value


def _share(value: Any, what: str, *, closed: bool) -> float:
    number = _plain_number(value)
    if not (0 <= number <= 1 if closed else 0 < number < 1):
        raise shape_fault(f"{describe(value)} is out of range", what)
    return number


def read_positive(value: Any) -> float:
    """Read a number above 0."""
    number = _plain_number(value)
    if not 0 < number < math.inf:
        raise shape_fault(f"{describe(value)} is out of range", "a number above 0")
    return number


def read_not_negative(value: Any) -> float:
    """Read a number from 0 up."""
    number = _plain_number(value)
    if not 0 <= number < math.inf:
        raise shape_fault(f"{describe(value)} is out of range", "a number from 0 up")
    return number


def read_coverage(value: Any) -> float:
    """Read a probability above 0 and below 1, and not so near to them that no normal quantile tells it from them."""
    number = _share(value, _PROBABILITY, closed=False)
    if not _LEAST <= number <= 1 - _LEAST:
        raise shape_fault(f"{describe(value)} is out of range", f"a probability from {_LEAST:f} to {1 - _LEAST:f}")
    return number


def _date(value: Any) -> date:
    day = None
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        with suppress(ValueError):
            day = date.fromisoformat(value)
    if day is None:
        problem = f"'{value}' is no date" if isinstance(value, str) else f"{describe(value)} stands here"
        raise shape_fault(problem, "a date such as 2024-11-01", "write year-month-day, with a day that exists")
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise shape_fault(f"'{value}' is out of range", f"a date of the years {_YEARS[0]} to {_YEARS[1]}")
    return day


def _magnitude(value: Any) -> str:
    try:
        parse_magnitude(_is_text(value))
    except ValueError:
        raise shape_fault(f"{describe(value)} is no magnitude that has a range",
                          "a phrase such as 'thousands', 'several hundred million' or 'a few billion'",
                     _misspelt(str(value)) or _a_number(str(value)) or "state the range with 'between:'") from None
    return str(value)


def _a_number(phrase: str) -> str:
    """Return a hint for a phrase that is a number, not a range: half a million."""
    try:
        parse_number(phrase)
    except ValueError:
        return ""
    return f"that is a number: write 'around: {phrase}'"


def _misspelt(phrase: str) -> str:
    """Return a hint of the phrase that was misspelt: the same words but for a letter, as another word is another number."""
    given, known = phrase.lower().split(), {word for row in magnitudes() for word in row.split()}
    close = {word: get_close_matches(word, [other for other in known if other[0] == word[0]], 1, 0.8) for word in given}
    meant = " ".join(word if word in known else "".join(close[word]) for word in given)
    return f"did you mean '{meant}'?" if meant in magnitudes() else ""


GRADES = {"A": 0.9, "B": 0.75, "C": 0.6, "D": 0.4, "E": 0.2, "F": 0.3}
CREDIBILITY = {1: 1.0, 2: 0.9, 3: 0.75, 4: 0.5, 5: 0.25, 6: 0.6}


def _number_weight(value: Any) -> float:
    if isinstance(value, str) and value in GRADES:
        raise shape_fault(f"'{value}' as a weight", _WEIGHT, f"write reliability: {value}")
    if _is_word(value):
        raise shape_fault(f"'{value}' is no weight", f"{_WEIGHT}, or in its place 'reliability:' with a letter from A to F")
    return _heard(value)


def _is_word(value: Any) -> bool:
    """Whether something is words, and none that say a number (half)."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][A-Za-z -]*", value):
        return False
    try:
        parse_number(value)
    except ValueError:
        return True
    return False


def _heard(value: Any) -> float:
    weight = _share(value, _WEIGHT, closed=True)
    if 0 < weight < _LEAST:
        raise shape_fault(f"{describe(value)} is out of range", f"0, or a weight from {_LEAST:f} to 1")
    return weight


@dataclass(frozen=True)
class Learned:
    """A weight that is learned from a source's record, from ``stated`` on."""

    stated: float = DEFAULT_WEIGHT


_LEARNED = "learned, or {stated: 0.4, record: true}"


def _learned(value: Any) -> Learned | None:
    """Read a weight that a record is to decide on; None where it is another."""
    if value == "learned":
        return Learned()
    if not isinstance(value, dict):
        return None
    if set(value) != {"stated", "record"} or value["record"] not in (True, "true"):
        raise shape_fault("a mapping stands here", f"a weight from 0 to 1, or {_LEARNED}")
    stated = _number_weight(value["stated"])
    if not 0 < stated < 1:
        raise shape_fault(f"{describe(value['stated'])} as the weight to begin with", "a weight above 0 and below 1",
                          "0 and 1 are beyond what a record can move: state them without one")
    return Learned(stated)


def _weight_of_source(value: Any) -> float | Learned:
    return _learned(value) or _number_weight(value)


def _true_value(value: Any) -> Any:
    return _range(value) if isinstance(value, list) else _number(value)


def _grade(value: Any) -> str:
    text = _is_text(value)
    if text not in GRADES:
        hint = "a number goes under 'weight:'" if re.fullmatch(r"[\d.]+ *%?", text) else did_you_mean(text, GRADES)
        raise shape_fault(f"{describe(value)} is no reliability", "one of " + ", ".join(GRADES), hint)
    return text


def read_weight(value: Any) -> float | str | Learned:
    """Read a weight, a letter of reliability, or that the weight is learned."""
    if learned := _learned(value):
        return learned
    if isinstance(value, str) and value in GRADES:
        return value
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z]", value):
        raise shape_fault(f"'{value}' is no reliability", "one of A, B, C, D, E, F, or a weight from 0 to 1")
    if not isinstance(value, str) or _is_word(value):
        problem = f"'{value}' is no weight" if isinstance(value, str) else f"{describe(value)} stands here"
        raise shape_fault(problem, f"{_WEIGHT}, or a letter from A to F")
    return _heard(value)


_TEXT_NUMBER = {"type": "string", "pattern": r"^ *[+-]?[\d.]"}
_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, _TEXT_NUMBER]}
SHARE_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _TEXT_NUMBER]}
COVERAGE_SCHEMA = {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, _TEXT_NUMBER]}
Text = Annotated[str, BeforeValidator(_is_text), WithJsonSchema({"type": ["string", "number"]})]
Value = Annotated[Any, BeforeValidator(_number), WithJsonSchema(_NUMBER_SCHEMA)]
POSITIVE_SCHEMA = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _TEXT_NUMBER]}
Positive = Annotated[float, BeforeValidator(read_positive), WithJsonSchema(POSITIVE_SCHEMA)]
NOT_NEGATIVE_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, _TEXT_NUMBER]}
NotNegative = Annotated[float, BeforeValidator(read_not_negative), WithJsonSchema(NOT_NEGATIVE_SCHEMA)]
Weight = Annotated[float, BeforeValidator(_number_weight), WithJsonSchema(SHARE_SCHEMA)]
LEARNED_SCHEMA = {"anyOf": [{"const": "learned"}, {
    "type": "object", "properties": {"stated": SHARE_SCHEMA, "record": {"const": True}}, "required": ["stated", "record"],
    "additionalProperties": False}]}
SourceWeight = Annotated[Any, BeforeValidator(_weight_of_source), WithJsonSchema({"anyOf": [SHARE_SCHEMA, LEARNED_SCHEMA]})]
Coverage = Annotated[float, BeforeValidator(read_coverage), WithJsonSchema(COVERAGE_SCHEMA)]
_DATE_SCHEMA = {"type": "string", "format": "date"}
Date = Annotated[date, BeforeValidator(_date), WithJsonSchema(_DATE_SCHEMA)]
Phrase = Annotated[str, BeforeValidator(_magnitude), WithJsonSchema({"type": "string", "examples": sorted(magnitudes())})]


_COUNT = re.compile(r"(\d[\d_]*)( *of *| *in *| */ *)(\d[\d_]*)", re.ASCII)
_A_COUNT = "whole numbers, such as 2 of 199"


def _count(value: Any) -> tuple[int, int]:
    text = value.strip() if isinstance(value, str) else ""
    match = _COUNT.fullmatch(text)
    if not match or match[2].strip() != "of":
        hint = f"write {match[1]} of {match[3]}" if match else ""
        if whole := re.fullmatch(r"(none|all) of (\d[\d_]*)", text, re.IGNORECASE | re.ASCII):
            hint = f"write {'0' if whole[1].lower() == 'none' else whole[2]} of {whole[2]}"
        raise shape_fault(f"{describe(value)} stands here", _A_COUNT, hint)
    k, n = (int(digits.replace("_", "")) for digits in (match[1], match[3]))
    if k > n:
        raise shape_fault(f"{describe(value)} is more than all", "at most all of them")
    if not 1 <= n < _MOST_COUNTED:
        raise shape_fault(f"{describe(value)} is out of range", f"a count of at least one, and below {_MOST_COUNTED:.0e}")
    return k, n


_MOST_COUNTED = 10**15  # beyond, a whole number is no float


def whole(low: int, high: int | None = None) -> Any:
    """Return a validator of whole numbers."""

    def check(value: Any) -> int:
        number = _plain_number(value)
        if number != int(number) or number < low or (high is not None and number > high):
            expected = f"from {low} to {high}" if high is not None else f"from {low} up"
            raise shape_fault(f"{describe(value)} stands here", f"a whole number {expected}")
        return int(number)

    return BeforeValidator(check)


def one_of(*options: str) -> Any:
    """Return a reader of one of several words."""
    known = " or ".join([", ".join(options[:-1]), options[-1]]).removeprefix(" or ")

    def check(value: Any) -> Any:
        text = _is_text(value)
        if text not in options:
            raise shape_fault(f"{describe(value)} is not known here", known, did_you_mean(text, options))
        return text

    return check


def choice(*options: str) -> Any:
    """Return a validator of one of several words."""
    return BeforeValidator(one_of(*options))


def read_bias(value: Any) -> tuple[float, float] | str:
    """Read a 90 % range of a factor, or the name of a class that has one: ``class:enemy-losses``."""
    return value if isinstance(value, str) and value.startswith("class:") else read_factors(value)


def read_factors(value: Any) -> tuple[float, float]:
    """Read a 90 % range of a factor."""
    if not isinstance(value, list) or len(value) != 2:
        raise shape_fault(f"{describe(value)} stands here", "a pair [low, high] of factors",
                          "a 90 % range of the factor, such as [1.0, 2.0]")
    low, high = (_plain_number(v) for v in value)
    if not 0 < low < high:
        raise shape_fault(f"factors from {low:g} to {high:g}", "two factors, the smaller first, both above 0",
                          "a 90 % range of the factor, such as [1.0, 2.0]; below 1 understates")
    return low, high


def _range(value: Any) -> tuple[Number, Number]:
    if isinstance(value, list) and len(value) == 2:
        return _number(value[0]), _number(value[1])
    what = f"a list of {len(value)}" if isinstance(value, list) else describe(value)
    hint = "write thousands as 1_000, not 1,000" if isinstance(value, list) else ""
    if isinstance(value, str) and (ends := re.fullmatch(r"\s*([\d._]+)\s*(?:-|–|to)\s*([\d._]+)\s*", value)):
        hint = f"write [{ends[1]}, {ends[2]}]"
    raise shape_fault(f"{what} stands here", "a pair [low, high]", hint)


def _limits(value: Any) -> tuple[Number | None, Number | None]:
    if not isinstance(value, list) or len(value) != 2 or value == [None, None]:
        raise shape_fault(f"{describe(value)} stands here", "a pair [low, high], either of them null where there is no limit")
    low, high = (None if end is None else _number(end) for end in value)
    return low, high


def _date_range(value: Any) -> tuple[date, date]:
    if not isinstance(value, list) or len(value) != 2:
        raise shape_fault(f"{describe(value)} stands here", "a pair of dates, such as [2023-06-01, 2023-10-01]")
    first, last = (_date(day) for day in value)
    if not first < last:
        raise shape_fault(f"a range from {first} to {last}", "the earlier date first",
                          "a date that is known stands alone, without 'between'" if first == last else "")
    return first, last


def _quantiles(value: Any) -> dict[float, Number]:
    if not isinstance(value, dict):
        raise shape_fault(f"{describe(value)} stands here", "probabilities with their values, such as {0.05: 1, 0.5: 2, 0.95: 4}")
    read = sorted(((read_coverage(p), _number(v)) for p, v in value.items()), key=lambda pair: pair[0])
    probabilities = [p for p, _ in read]
    if len(set(probabilities)) != len(probabilities):
        raise shape_fault("a probability stands twice", "different probabilities")
    if len(read) not in (2, 3) or (len(read) == 3 and probabilities[1] != 0.5):
        given = ", ".join(f"{p:g}" for p in probabilities) or "no probability"
        raise shape_fault(f"quantiles at {given}", "two quantiles, or three of which the middle one is 0.5")
    return dict(read)


def _prior(value: Any) -> str | dict[str, Any]:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or "between" not in value or set(value) - {"between", "coverage"}:
        raise shape_fault(f"{describe(value)} as a prior", "a distribution such as 'Beta(2, 2)', or {between: [low, high]}",
                          "beside 'between' only 'coverage' can stand" if isinstance(value, dict) else "")
    read: dict[str, Any] = {"between": _range(value["between"])}
    if value.get("coverage") is not None:
        read["coverage"] = read_coverage(value["coverage"])
    return read


def _correlation(value: Any) -> float:
    number = _plain_number(value)
    if not -1 < number < 1:
        hint = "quantities that move as one are one, and a derived with its factor" if abs(number) == 1 else ""
        raise shape_fault(f"{describe(value)} is out of range", "a correlation above -1 and below 1", hint)
    return number


def _names(most: int | None, example: str) -> Any:
    """Return a validator of a list of two different ids or more."""
    expected = f"{'two' if most == 2 else 'a list of 2 or more'} different quantities, such as {example}"

    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise shape_fault(f"{describe(value)} stands here", expected)
        if not 2 <= len(value) <= (most or len(value)) or len(set(value)) < len(value):
            twice = next((one for one in value if value.count(one) > 1), None)
            raise shape_fault(f"'{twice}' stands twice" if twice else f"a list of {len(value)}", expected)
        return tuple(value)

    return BeforeValidator(check)


_NAMES_SCHEMA = {"type": "array", "items": {"type": "string"}, "minItems": 2}
Correlated = Annotated[float, BeforeValidator(_correlation), WithJsonSchema(
    {"anyOf": [{"type": "number", "exclusiveMinimum": -1, "exclusiveMaximum": 1}, _TEXT_NUMBER]})]
TwoNames = Annotated[Any, _names(2, "[price, amount]"), WithJsonSchema(_NAMES_SCHEMA | {"maxItems": 2})]
Parts = Annotated[Any, _names(None, "[arms, food, rest]"), WithJsonSchema(_NAMES_SCHEMA)]
_DATES = {"type": "array", "prefixItems": [_DATE_SCHEMA, _DATE_SCHEMA], "minItems": 2, "maxItems": 2}
DateRange = Annotated[Any, BeforeValidator(_date_range), WithJsonSchema(_DATES)]
_LIMIT_SCHEMA = {"anyOf": [*_NUMBER_SCHEMA["anyOf"], {"type": "null"}]}
Limits = Annotated[Any, BeforeValidator(_limits), WithJsonSchema(
    {"type": "array", "prefixItems": [_LIMIT_SCHEMA, _LIMIT_SCHEMA], "minItems": 2, "maxItems": 2})]
Count = Annotated[Any, BeforeValidator(_count), WithJsonSchema({"type": "string", "pattern": r"^ *[\d_]+ *of *[\d_]+ *$"})]
PAIR_SCHEMA = {"type": "array", "prefixItems": [_NUMBER_SCHEMA, _NUMBER_SCHEMA], "minItems": 2, "maxItems": 2}
Pair = Annotated[Any, BeforeValidator(_range), WithJsonSchema(PAIR_SCHEMA)]
TrueValue = Annotated[Any, BeforeValidator(_true_value), WithJsonSchema({"anyOf": [_NUMBER_SCHEMA, PAIR_SCHEMA]})]
Quantiles = Annotated[
    Any, BeforeValidator(_quantiles), WithJsonSchema({"type": "object", "additionalProperties": _NUMBER_SCHEMA})
]
Reliability = Annotated[str, BeforeValidator(_grade), WithJsonSchema({"enum": list(GRADES)})]
Prior = Annotated[
    Any,
    BeforeValidator(_prior),
    WithJsonSchema({
        "anyOf": [
            {"type": "string", "pattern": r"^[A-Za-z]+ *\(.*\)$"},
            {"type": "object", "properties": {"between": PAIR_SCHEMA, "coverage": COVERAGE_SCHEMA},
             "required": ["between"], "additionalProperties": False},
        ]
    }),
]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise shape_fault(f"{describe(value)} stands here", "true or false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Support = Annotated[str, choice("positive", "fraction", "real"), WithJsonSchema({"enum": ["positive", "fraction", "real"]})]

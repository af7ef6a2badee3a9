"""The shape of a case file: what may stand where (CASE.md section 2), and its JSON Schema.

Shape only: whether names exist, units fit and values make sense is `nkestimate.case.resolve`'s.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from nkestimate.case.numbers import Number, magnitudes, parse_magnitude, parse_number
from nkestimate.errors import did_you_mean

# ---------------------------------------------------------------- scalars


def _fault(problem: str, expected: str, hint: str = "") -> PydanticCustomError:
    # The three parts of a fault ride in the context; the message template is never shown.
    return PydanticCustomError("nkestimate", "fault", {"said": (problem, expected, hint)})


def _is_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise _fault(f"{describe(value)} stands here", "a text", "write one word or a text in quotes")
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
_WEIGHT = "a weight from 0 to 1"


def _number(value: Any) -> Number:
    if isinstance(value, bool) or not isinstance(value, str):
        raise _fault(f"{describe(value)} stands here", _A_NUMBER)
    try:
        return parse_number(value)
    except ValueError as error:
        raise _fault(str(error), _A_NUMBER, _number_hint(value)) from None


def _number_hint(value: str) -> str:
    if "," in value:
        return "write thousands as 1_000, not 1,000"
    if re.search(r"[$€£¥]", value):
        return "leave the currency to 'unit:'"
    return "a phrase goes under 'magnitude:'" if re.search(r"dozen|hundred|thousand|illion|several|few", value) else ""


def _plain_number(value: Any) -> float:
    number = _number(value)
    if number.unit == "percent":
        return number.value / 100
    if number.unit:
        raise _fault(f"'{value}' has a unit", "a pure number", "")
    return number.value


def _between(low: float, high: float, closed: bool, what: str) -> Any:
    def check(value: Any) -> float:
        number = _plain_number(value)
        if not (low <= number <= high if closed else low < number < high):
            raise _fault(f"{describe(value)} is out of range", what)
        return number

    return check


def _positive(value: Any) -> float:
    number = _plain_number(value)
    if not 0 < number < math.inf:
        raise _fault(f"{describe(value)} is out of range", "a number above 0")
    return number


def _not_negative(value: Any) -> float:
    number = _plain_number(value)
    if not 0 <= number < math.inf:
        raise _fault(f"{describe(value)} is out of range", "a number from 0 up")
    return number


_FIRST, _LAST = 100, 3000  # years that dates can be reckoned and drawn around


def _date(value: Any) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            day = date.fromisoformat(value)
        else:
            raise ValueError
    except ValueError:
        problem = f"'{value}' is no date" if isinstance(value, str) else f"{describe(value)} stands here"
        raise _fault(problem, "a date such as 2024-11-01", "write year-month-day, with a day that exists") from None
    if not _FIRST <= day.year <= _LAST:
        raise _fault(f"the year {day.year:04} is beyond what can be reckoned with", f"a year from {_FIRST:04} to {_LAST}")
    return day


def _magnitude(value: Any) -> str:
    try:
        parse_magnitude(_is_text(value))
    except ValueError:
        known = did_you_mean(str(value), magnitudes(), "or state the range with 'between:'")
        raise _fault(f"{describe(value)} is no magnitude that has a range",
                     "a phrase such as 'thousands', 'several hundred million' or 'a few billion'", known) from None
    return str(value)


GRADES = {"A": 0.9, "B": 0.75, "C": 0.6, "D": 0.4, "E": 0.2, "F": 0.3}
CREDIBILITY = {1: 1.0, 2: 0.9, 3: 0.75, 4: 0.5, 5: 0.25, 6: 0.6}


def _number_weight(value: Any) -> float:
    if isinstance(value, str) and value in GRADES:
        raise _fault(f"'{value}' as a weight", _WEIGHT, f"write reliability: {value}")
    return _heard(value)


def _heard(value: Any) -> float:
    weight = float(_between(0, 1, True, _WEIGHT)(value))
    if 0 < weight < _LEAST:
        raise _fault(f"{describe(value)} is too near to 0", f"0, or a weight from {_LEAST:g} to 1")
    return weight


def _grade(value: Any) -> str:
    text = _is_text(value)
    if text not in GRADES:
        hint = "a number goes under 'weight:'" if re.fullmatch(r"[\d.]+ *%?", text) else did_you_mean(text, GRADES)
        raise _fault(f"{describe(value)} is no reliability", "one of " + ", ".join(GRADES), hint)
    return text


def _weight(value: Any) -> float | str:
    if isinstance(value, str) and value in GRADES:
        return value
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z]", value):
        raise _fault(f"'{value}' is no reliability", "one of A, B, C, D, E, F, or a weight from 0 to 1")
    if not isinstance(value, str):
        raise _fault(f"{describe(value)} stands here", "a weight from 0 to 1, or a letter from A to F")
    return _heard(value)


_TEXT_NUMBER = {"type": "string", "pattern": r"^ *[+-]?[\d.]"}
_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, _TEXT_NUMBER]}
_SHARE_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _TEXT_NUMBER]}
_COVERAGE_SCHEMA = {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, _TEXT_NUMBER]}
Text = Annotated[str, BeforeValidator(_is_text), WithJsonSchema({"type": ["string", "number"]})]
Value = Annotated[Any, BeforeValidator(_number), WithJsonSchema(_NUMBER_SCHEMA)]
Float = Annotated[float, BeforeValidator(_plain_number), WithJsonSchema(_NUMBER_SCHEMA)]
_LEAST = 1e-6  # what is nearer to 0 or 1 is beyond what a density can be reckoned with


def _coverage(value: Any) -> float:
    number = float(_between(0, 1, False, _PROBABILITY)(value))
    if not _LEAST <= number <= 1 - _LEAST:
        raise _fault(f"{describe(value)} is too near to 0 or 1", f"a probability from {_LEAST:g} to 1 - {_LEAST:g}")
    return number


Fraction = Annotated[float, BeforeValidator(_between(0, 1, True, "a number from 0 to 1")), WithJsonSchema(_SHARE_SCHEMA)]
_POSITIVE_SCHEMA = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _TEXT_NUMBER]}
Positive = Annotated[float, BeforeValidator(_positive), WithJsonSchema(_POSITIVE_SCHEMA)]
_NOT_NEGATIVE_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, _TEXT_NUMBER]}
NotNegative = Annotated[float, BeforeValidator(_not_negative), WithJsonSchema(_NOT_NEGATIVE_SCHEMA)]
Weight = Annotated[float, BeforeValidator(_number_weight), WithJsonSchema(_SHARE_SCHEMA)]
Coverage = Annotated[float, BeforeValidator(_coverage), WithJsonSchema(_COVERAGE_SCHEMA)]
Date = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Phrase = Annotated[str, BeforeValidator(_magnitude), WithJsonSchema({"type": "string", "examples": sorted(magnitudes())})]


def _whole(low: int, high: int | None = None) -> Any:
    def check(value: Any) -> int:
        number = _plain_number(value)
        if number != int(number) or number < low or (high is not None and number > high):
            raise _fault(f"{describe(value)} stands here", f"a whole number {f'from {low} to {high}' if high is not None else 'from 0 up'}")
        return int(number)

    return BeforeValidator(check)


def _precision(value: Any) -> float:
    number = _plain_number(value)
    if not 0 < number < 1:
        raise _fault(f"{describe(value)} as a precision", "a share above 0 and below 1, such as 5%", "")
    return number


def _one_of(*options: str) -> Any:
    def check(value: Any) -> Any:
        text = _is_text(value)
        if text not in options:
            raise _fault(f"{describe(value)} is not known here", " or ".join([", ".join(options[:-1]), options[-1]]).removeprefix(" or "),
                         did_you_mean(text, options))
        return text

    return check


def _choice(*options: str) -> Any:
    return BeforeValidator(_one_of(*options))


def _factors(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise _fault(f"{describe(value)} stands here", "a pair [low, high] of factors", "a 90 % range of the factor, such as [1.0, 2.0]")
    low, high = (_plain_number(v) for v in value)
    if not 0 < low < high:
        raise _fault(f"factors from {low:g} to {high:g}", "two factors, the smaller first, both above 0",
                     "a 90 % range of the factor, such as [1.0, 2.0]; below 1 understates")
    return low, high


def _range(value: Any) -> tuple[Number, Number]:
    if isinstance(value, list) and len(value) == 2:
        return _number(value[0]), _number(value[1])
    what = f"a list of {len(value)}" if isinstance(value, list) else describe(value)
    raise _fault(f"{what} stands here", "a pair [low, high]", "write thousands as 1_000, not 1,000" if isinstance(value, list) else "")


def _quantiles(value: Any) -> dict[float, Number]:
    if not isinstance(value, dict):
        raise _fault(f"{describe(value)} stands here", "probabilities with their values, such as {0.05: 1, 0.5: 2, 0.95: 4}")
    read = sorted(((_coverage(p), _number(v)) for p, v in value.items()), key=lambda pair: pair[0])
    probabilities = [p for p, _ in read]
    if len(set(probabilities)) != len(probabilities):
        raise _fault("a probability stands twice", "different probabilities")
    if len(read) not in (2, 3) or (len(read) == 3 and probabilities[1] != 0.5):
        given = ", ".join(f"{p:g}" for p in probabilities) or "no probability"
        raise _fault(f"quantiles at {given}", "two quantiles, or three of which the middle one is 0.5")
    return dict(read)


def _prior(value: Any) -> str | dict[str, Any]:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or "between" not in value or set(value) - {"between", "coverage"}:
        raise _fault(f"{describe(value)} as a prior", "a distribution such as 'Beta(2, 2)', or {between: [low, high]}",
                     "beside 'between' only 'coverage' can stand" if isinstance(value, dict) else "")
    read: dict[str, Any] = {"between": _range(value["between"])}
    if value.get("coverage") is not None:
        read["coverage"] = _coverage(value["coverage"])
    return read


_PAIR = {"type": "array", "prefixItems": [_NUMBER_SCHEMA, _NUMBER_SCHEMA], "minItems": 2, "maxItems": 2}
Pair = Annotated[Any, BeforeValidator(_range), WithJsonSchema(_PAIR)]
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
            {"type": "object", "properties": {"between": _PAIR, "coverage": _COVERAGE_SCHEMA},
             "required": ["between"], "additionalProperties": False},
        ]
    }),
]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _fault(f"{describe(value)} stands here", "true or false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Support = Annotated[str, _choice("positive", "fraction", "real"), WithJsonSchema({"enum": ["positive", "fraction", "real"]})]

# ---------------------------------------------------------------- entries


def _set_changes(value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise _fault(f"{describe(value)} stands here", "paths with values, such as {sources.rival.weight: 1.0}")
    return value or {}


def _readings(value: Any) -> Any:
    if value is not None and (not isinstance(value, list) or not value):
        what = "an empty list" if value == [] else describe(value)
        raise _fault(f"{what} stands here", "a list of {about: …, weight: …}")
    return value


class Entry(BaseModel):
    """Any entry of a case; all may carry a note."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    note: Text | None = Field(None, description="A remark for readers; it has no effect.")


class Settings(Entry):
    """How the whole case is read."""

    pooling: Annotated[str, _choice("hierarchical", "linear", "log"), WithJsonSchema({"enum": ["hierarchical", "linear", "log"]})] = Field(
        "hierarchical", description="How direct claims on a quantity are pooled.")
    coverage: Coverage = Field(0.9, description="How much probability a stated range is read to hold.")
    dark_uncertainty: Text | None = Field(None, description="Prior of tau on log and logit scales, such as HalfNormal(0.5).")
    dark_uncertainty_factor: Positive = Field(1.0, description="Multiplies the dark uncertainty of every target, whoever states it.")
    common_error: NotNegative = Field(0.7, description="Size of the error that sources of one target share, in units of its scale S_t.")
    words: Annotated[str, _choice("icd203", "phia"), WithJsonSchema({"enum": ["icd203", "phia"]})] = Field(
        "icd203", description="The scale of probability words: US ICD 203 or UK PHIA.")


class UnitEntry(Entry):
    """A unit of the case: a rate with its date and origin, or {} for a new base unit."""

    is_: Text | None = Field(None, alias="is", description="Its size in another unit, such as 0.00072 USD.")
    as_of: Date | None = None
    from_: Text | None = Field(None, alias="from", description="Where the rate comes from.")


class Document(Entry):
    """A text that was read."""

    publisher: Text | None = None
    title: Text | None = None
    published: Date | None = None
    file: Text | None = None
    sha256: Text | None = None
    url: Text | None = None
    length: Annotated[int | None, _whole(0)] = Field(None, description="Length in code points.")


class Source(Entry):
    """Who stands behind a statement."""

    name: Text | None = None
    kind: Text | None = Field(None, description="government, academic, belligerent, media, …")
    weight: Weight | None = Field(None, description="How far it is taken at its word, 0 to 1.")
    reliability: Reliability | None = None
    overstates_by: Annotated[Any, BeforeValidator(_factors), WithJsonSchema(_PAIR)] = Field(
        None, description="A 90 % range of the factor by which it overstates.")
    coverage: Coverage | None = None


class Unknown(Entry):
    """What quantities and derived have in common."""

    label: Text | None = None
    unit: Text = Field("", description="Such as 'million USD/year'; empty for a pure number.")
    support: Support = "positive"
    headline: Flag = Field(False, description="Stated first in reports.")
    dark_uncertainty: Text | None = Field(None, description="Prior of its tau on its working scale.")
    common_error: NotNegative | None = None


class Quantity(Unknown):
    """An unknown with a unit."""

    prior: Prior | None = None
    rationale: Text | None = Field(None, description="Why this prior; needed where no claim supports the quantity.")


class Derived(Unknown):
    """A named expression over quantities."""

    expr: Text


class Report(Entry):
    """A document in which a claim appears, with the figures as printed."""

    document: Text
    figures: Text | None = Field(None, description="The figures as printed, a few words.")
    at: Annotated[int | None, _whole(0)] = Field(None, description="Code point offset in the document.")


class Reading(Entry):
    """One thing that a statement may mean."""

    about: Text
    weight: Weight
    unit: Text | None = None
    as_of: Date | None = None


KINDS = ("between", "around", "estimate", "quantiles", "at_most", "at_least", "magnitude")


class Claim(Entry):
    """One numeric statement of one source about one target."""

    source: Text
    label: Text | None = None
    about: Text | None = Field(None, description="A quantity, a derived or an expression.")
    readings: Annotated[list[Reading] | None, BeforeValidator(_readings)] = Field(
        None, description="What the statement may mean, in place of 'about', with weights that add up to 1.")
    reading_group: Text | None = None
    between: Pair | None = None
    around: Value | None = None
    estimate: Value | None = None
    quantiles: Quantiles | None = None
    at_most: Value | None = None
    at_least: Value | None = None
    magnitude: Phrase | None = None
    within: Annotated[float | None, BeforeValidator(_precision), WithJsonSchema(_NUMBER_SCHEMA)] = Field(
        None, description="Precision of 'around' or a bound, such as 5%.")
    standard_error: Value | None = Field(None, description="Of 'estimate', in its unit.")
    unit: Text | None = None
    as_of: Date | None = None
    coverage: Coverage | None = None
    weight: Weight | None = Field(None, description="Replaces the source's.")
    reliability: Reliability | None = None
    credibility: Annotated[int | None, _whole(1, 6)] = None
    supersedes: Text | None = None
    reported_in: Annotated[list[Report], BeforeValidator(lambda value: [] if value is None else value)] = Field(
        default_factory=list, description="Every document in which it appears: echoes of one claim, not claims.")


class Excluded(Entry):
    """A figure that was read and left out, with the reason."""

    document: Text
    figures: Text
    at: Annotated[int | None, _whole(0)] = None
    reason: Text
    why: Text | None = Field(None, description="The reason in a sentence.")


class Incidental(Entry):
    """A number that is no figure: a date, a name, a turn of phrase."""

    document: Text
    figures: Text
    at: Annotated[int | None, _whole(0)] = None
    reason: Text


class Question(Entry):
    """A comparison of two expressions at the horizon."""

    ask: Text
    label: Text | None = None


POOLINGS = ("hierarchical", "linear", "log")
ONE_AT_A_TIME = ("readings", "scenarios", "sources", "documents", "claims")


def _levels(check: Any) -> Any:
    """Return a validator of a list without repetition, each of whose entries passes ``check``."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _fault(f"{describe(value)} stands here", "a list of values, such as [0.5, 0.9]", "an empty list varies nothing")
        found = tuple(check(child) for child in value)
        if len(set(map(str, found))) != len(found):
            raise _fault("a value stands twice", "different values")
        return found

    return BeforeValidator(read)


def _others(value: Any) -> dict[str, tuple[Any, ...]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _fault(f"{describe(value)} stands here", "paths with lists of values, such as {dates.opening: [2024-01-01, 2024-06-01]}")
    for levels in value.values():
        if not isinstance(levels, list) or not levels:
            raise _fault(f"{describe(levels)} stands here", "a list of values to try")
    return {key: tuple(levels) for key, levels in value.items()}


def _level_schema(entry: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": "array", "items": entry})


class Robustness(Entry):
    """What `nkestimate robustness` varies. It is no part of what the case means, and not in its digest."""

    coverage: Annotated[Any, _levels(_coverage), _level_schema(_COVERAGE_SCHEMA)] = Field(
        (0.5, 0.8, 0.9, 0.95), description="How much a stated range is read to hold; a claim or source that states its own keeps it.")
    pooling: Annotated[Any, _levels(_one_of(*POOLINGS)), _level_schema({"enum": list(POOLINGS)})] = POOLINGS
    common_error: Annotated[Any, _levels(_not_negative), _level_schema(_NOT_NEGATIVE_SCHEMA)] = Field(
        (0.0, 0.7, 1.4), description="Size of the error that sources share, on every target, in units of its scale.")
    dark_uncertainty: Annotated[Any, _levels(_positive), _level_schema(_POSITIVE_SCHEMA)] = Field(
        (0.5, 1.0, 2.0), description="Factors of the dark uncertainty of every target.")
    others: Annotated[Any, BeforeValidator(_others), WithJsonSchema({"type": "object", "additionalProperties": {"type": "array"}})] = Field(
        {}, description="More to cross: paths as in a scenario, each with a list of values.")
    one_at_a_time: Annotated[Any, _levels(_one_of(*ONE_AT_A_TIME)), _level_schema({"enum": list(ONE_AT_A_TIME)})] = Field(
        ONE_AT_A_TIME, description="What is changed alone: each reading taken, each scenario, each source, document and claim left out.")


class Scenario(Entry):
    """Changes to the case, addressed by id: {sources.rival.weight: 1.0}."""

    label: Text | None = None
    set: Annotated[dict[str, Any], BeforeValidator(_set_changes), WithJsonSchema({"type": ["object", "null"]})] = Field(
        {}, description="Paths with their new values; null takes a statement back.")


SECTIONS: dict[str, type[Entry]] = {
    "units": UnitEntry,
    "documents": Document,
    "sources": Source,
    "quantities": Quantity,
    "derived": Derived,
    "claims": Claim,
    "questions": Question,
    "scenarios": Scenario,
}
"""Sections that map ids to entries."""
LISTS: dict[str, type[Entry]] = {"excluded": Excluded, "incidental": Incidental}
"""Sections that are lists of entries."""

Weights = Annotated[Any, BeforeValidator(_weight), WithJsonSchema({"anyOf": [_SHARE_SCHEMA, {"enum": list(GRADES)}]})]


class CaseFile(BaseModel):
    """A case, or a part of one that others include."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Annotated[str, _choice("1"), WithJsonSchema({"const": 1})] = Field("1", description="Number of this format; may be missing.")
    include: Annotated[
        Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
    ] = Field(None, description="Other files of the case, by paths relative to this one.")
    title: Text | None = Field(None, description="Required once the files are joined.")
    horizon: Date | None = Field(None, description="The date at which totals are stated; default: the latest as_of.")
    settings: Settings = Settings.model_validate({})
    dates: dict[str, Date] = Field({}, description="Names for dates, for years(a, b), ramp(a, b) and the like.")
    weights: dict[str, Weights] = Field({}, description="A weight or reliability for sources that do not state one.")
    units: dict[str, UnitEntry] = {}
    documents: dict[str, Document] = {}
    sources: dict[str, Source] = {}
    quantities: dict[str, Quantity] = {}
    derived: dict[str, Derived] = {}
    claims: dict[str, Claim] = {}
    excluded: list[Excluded] = Field([], description="Figures that were read and left out.")
    incidental: list[Incidental] = Field([], description="Numbers that are no figures, where no rule of the audit says so.")
    questions: dict[str, Question] = {}
    scenarios: dict[str, Scenario] = {}
    robustness: Robustness = Field(
        Robustness.model_validate({}), description="What `nkestimate robustness` varies; without effect on the case.")


TOP_KEYS = tuple(CaseFile.model_fields)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a case file, for editors."""
    schema = CaseFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "nkestimate case, format 1"}

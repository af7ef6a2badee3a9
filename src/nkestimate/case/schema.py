"""The shape of a case file: what may stand where (CASE.md section 2), and its JSON Schema.

Shape only: whether names exist, units fit and values make sense is `nkestimate.case.resolve`'s.
"""

# Annotations are evaluated where they stand: as texts, each would be compiled once more at every start.
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from nkestimate.case.fields import (
    COVERAGE_SCHEMA,
    GRADES,
    LEARNED_SCHEMA,
    NOT_NEGATIVE_SCHEMA,
    PAIR_SCHEMA,
    POSITIVE_SCHEMA,
    SHARE_SCHEMA,
    Correlated,
    Count,
    Coverage,
    Date,
    DateRange,
    Flag,
    Limits,
    NotNegative,
    Pair,
    Parts,
    Phrase,
    Positive,
    Prior,
    Quantiles,
    Reliability,
    SourceWeight,
    Support,
    Text,
    TrueValue,
    TwoNames,
    Value,
    Weight,
    choice,
    describe,
    one_of,
    read_bias,
    read_coverage,
    read_factors,
    read_not_negative,
    read_positive,
    read_weight,
    shape_fault,
    whole,
)


def _set_changes(value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise shape_fault(f"{describe(value)} stands here", "paths with values, such as {sources.rival.weight: 1.0}")
    return value or {}


def _readings(value: Any) -> Any:
    if value is not None and (not isinstance(value, list) or not value):
        what = "an empty list" if value == [] else describe(value)
        raise shape_fault(f"{what} stands here", "a list of {about: …, weight: …}")
    return value


# A shape is built when the first entry of its kind is read: no case has all of them.
_STRICT = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Entry(BaseModel):
    """Any entry of a case; all may carry a note."""

    model_config = _STRICT
    note: Text | None = Field(None, description="A remark for readers; it has no effect.")


POOLINGS = ("hierarchical", "linear", "log")


class Settings(Entry):
    """How the whole case is read."""

    pooling: Annotated[str, choice(*POOLINGS), WithJsonSchema({"enum": list(POOLINGS)})] = Field(
        "hierarchical", description="How direct claims on a quantity are pooled.")
    coverage: Coverage = Field(0.9, description="How much probability a stated range is read to hold.")
    dark_uncertainty: Text | None = Field(None, description="Prior of tau on log and logit scales, such as HalfNormal(0.5).")
    dark_uncertainty_factor: Positive = Field(1.0, description="Multiplies the dark uncertainty of every target, whoever states it.")
    common_error: NotNegative = Field(0.7, description="Size of the error that sources of one target share, in units of its scale S_t.")
    words: Annotated[str, choice("icd203", "phia"), WithJsonSchema({"enum": ["icd203", "phia"]})] = Field(
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
    length: Annotated[int | None, whole(0)] = Field(None, description="Length in code points.")


_CLASS_SCHEMA = {"type": "string", "pattern": r"^class:[\w-]+$"}


class BiasClass(Entry):
    """How far sources of a kind were found to overstate; it acts on those that name it."""

    overstates_by: Annotated[Any, BeforeValidator(read_factors), WithJsonSchema(PAIR_SCHEMA)] = Field(
        description="A 90 % range of the factor by which they overstate.")
    from_: Text | None = Field(None, alias="from", description="Who found it. Needed.")
    population: Text | None = Field(None, description="Of what it was found.")
    check: Text | None = Field(None, description="Where to check it.")
    derived: Text | None = Field(None, description="How the range was made of what is printed.")


class Source(Entry):
    """Who stands behind a statement."""

    name: Text | None = None
    kind: Text | None = Field(None, description="government, academic, belligerent, media, …")
    weight: SourceWeight | None = Field(
        None, description="How far it is taken at its word, 0 to 1; or 'learned' from its track record.")
    reliability: Reliability | None = None
    overstates_by: Annotated[Any, BeforeValidator(read_bias), WithJsonSchema({"anyOf": [PAIR_SCHEMA, _CLASS_SCHEMA]})] = Field(
        None, description="A 90 % range of the factor by which it overstates, or a class that has one: class:enemy-losses.")
    group: Text | None = Field(None, description="Sources of one group share their own errors, as if they were one.")
    coverage: Coverage | None = None


class UncertainDate(Entry):
    """A date that is known to lie in a range: normal over days."""

    label: Text | None = None
    between: DateRange
    coverage: Coverage | None = Field(None, description="How much probability the range holds; default: the case's.")
    rationale: Text | None = Field(None, description="Why this range. Needed.")


def _kind_of_date(value: Any) -> str:
    return "range" if isinstance(value, dict | UncertainDate) else "date"


NamedDate = Annotated[Annotated[Date, Tag("date")] | Annotated[UncertainDate, Tag("range")], Discriminator(_kind_of_date)]


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
    limits: Limits | None = Field(None, description="Hard limits, either of them null: outside them the density is 0. Need a rationale.")
    rationale: Text | None = Field(None, description="Why this prior or these limits; needed where no claim supports the quantity.")


class Derived(Unknown):
    """A named expression over quantities."""

    expr: Text


class Shares(Entry):
    """Shares of one whole: fractions that sum to one."""

    label: Text | None = None
    of: Text | None = Field(None, description="The whole, a quantity or derived, where the case has it.")
    parts: Parts = Field(description="Two or more quantities with 'support: fraction'.")
    prior: Text | None = Field(None, description="Dirichlet(a, b, …), a number above 0 for each part in order; default: 1 for each.")
    rationale: Text | None = Field(None, description="Why there are no other parts, and why this prior. Needed.")


class Correlation(Entry):
    """Two quantities that go together, or against each other, beyond what the case's formulas say."""

    between: TwoNames = Field(description="Two quantities whose priors are normal on their working scales.")
    rank: Correlated | None = Field(None, description="Spearman's rank correlation.")
    log: Correlated | None = Field(None, description="Correlation on the working scales: of the logs, log-odds or values.")
    rationale: Text | None = Field(None, description="Why they go together. Needed.")


class Report(Entry):
    """A document in which a claim appears, with the figures as printed."""

    document: Text
    figures: Text | None = Field(None, description="The figures as printed, a few words.")
    at: Annotated[int | None, whole(0)] = Field(None, description="Code point offset in the document.")


class Reading(Entry):
    """One thing that a statement may mean."""

    about: Text
    weight: Weight
    unit: Text | None = None
    as_of: Date | None = None


KINDS = ("between", "around", "estimate", "counted", "quantiles", "at_most", "at_least", "magnitude")


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
    counted: Count | None = Field(None, description="So many of so many, on a fraction: 2 of 199.")
    quantiles: Quantiles | None = None
    at_most: Value | None = None
    at_least: Value | None = None
    magnitude: Phrase | None = None
    within: Value | None = Field(None, description="Precision of 'around' or a bound: a share such as 5%, or an amount such as 5 km.")
    standard_error: Value | None = Field(None, description="Of 'estimate', in its unit.")
    unit: Text | None = None
    as_of: Date | None = None
    coverage: Coverage | None = None
    weight: Weight | None = Field(None, description="Replaces the source's.")
    reliability: Reliability | None = None
    credibility: Annotated[int | None, whole(1, 6)] = None
    supersedes: Text | None = None
    reported_in: Annotated[list[Report], BeforeValidator(lambda value: [] if value is None else value)] = Field(
        default_factory=list, description="Every document in which it appears: echoes of one claim, not claims.")


class TrackEntry(Entry):
    """One thing that a source said before, and what came true."""

    source: Text
    label: Text | None = None
    about: Text | None = Field(
        None, description="A name for the thing, the same for all who said something of it; default: the entry's id.")
    occasion: Text | None = Field(None, description="Entries of one source on one occasion count together as one; default: 'about'.")
    class_: Text | None = Field(None, alias="class", description="Enemy losses, own losses, pledges, prices, …; for readers.")
    support: Support = "positive"
    between: Pair | None = None
    around: Value | None = None
    estimate: Value | None = None
    counted: Count | None = Field(None, description="So many of so many, on a fraction: 2 of 199.")
    quantiles: Quantiles | None = None
    at_most: Value | None = None
    at_least: Value | None = None
    magnitude: Phrase | None = None
    within: Value | None = Field(None, description="Precision of 'around' or a bound: a share such as 5%, or an amount such as 5 km.")
    standard_error: Value | None = Field(None, description="Of 'estimate', in its unit.")
    unit: Text | None = None
    as_of: Date | None = Field(None, description="When it was said.")
    coverage: Coverage | None = None
    came_true: TrueValue = Field(description="What came true: a value, or a range that holds it with the case's coverage.")
    from_: Text | None = Field(None, alias="from", description="Who says what came true. Needed.")
    when: Date | None = Field(None, description="When it was known.")
    check: Text | None = Field(None, description="Where to check it: an address or a reference.")


class Excluded(Entry):
    """A figure that was read and left out, with the reason."""

    document: Text
    figures: Text
    at: Annotated[int | None, whole(0)] = None
    reason: Text
    why: Text | None = Field(None, description="The reason in a sentence.")


class Incidental(Entry):
    """A number that is no figure: a date, a name, a turn of phrase."""

    document: Text
    figures: Text
    at: Annotated[int | None, whole(0)] = None
    reason: Text


class Question(Entry):
    """A comparison of two expressions at the horizon."""

    ask: Text
    label: Text | None = None


ONE_AT_A_TIME = ("readings", "scenarios", "sources", "groups", "documents", "claims")


def _levels(check: Any) -> Any:
    """Return a validator of a list without repetition, each of whose entries passes ``check``."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise shape_fault(f"{describe(value)} stands here", "a list of values, such as [0.5, 0.9]", "an empty list varies nothing")
        found = tuple(check(child) for child in value)
        if len(set(map(str, found))) != len(found):
            raise shape_fault("a value stands twice", "different values")
        return found

    return BeforeValidator(read)


def _others(value: Any) -> dict[str, tuple[Any, ...]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise shape_fault(f"{describe(value)} stands here", "paths with lists of values, such as {dates.opening: [2024-01-01, 2024-06-01]}")
    for levels in value.values():
        if not isinstance(levels, list) or not levels:
            raise shape_fault(f"{describe(levels)} stands here", "a list of values to try")
    return {key: tuple(levels) for key, levels in value.items()}


def _level_schema(entry: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": "array", "items": entry})


class Robustness(Entry):
    """What `nkestimate robustness` varies. It is no part of what the case means, and not in its digest."""

    coverage: Annotated[Any, _levels(read_coverage), _level_schema(COVERAGE_SCHEMA)] = Field(
        (0.5, 0.8, 0.9, 0.95), description="How much a stated range is read to hold; a claim or source that states its own keeps it.")
    pooling: Annotated[Any, _levels(one_of(*POOLINGS)), _level_schema({"enum": list(POOLINGS)})] = POOLINGS
    common_error: Annotated[Any, _levels(read_not_negative), _level_schema(NOT_NEGATIVE_SCHEMA)] = Field(
        (0.0, 0.7, 1.4), description="Size of the error that sources share, on every target, in units of its scale.")
    dark_uncertainty: Annotated[Any, _levels(read_positive), _level_schema(POSITIVE_SCHEMA)] = Field(
        (0.5, 1.0, 2.0), description="Factors of the dark uncertainty of every target.")
    others: Annotated[Any, BeforeValidator(_others), WithJsonSchema({"type": "object", "additionalProperties": {"type": "array"}})] = Field(
        {}, description="More to cross: paths as in a scenario, each with a list of values.")
    one_at_a_time: Annotated[Any, _levels(one_of(*ONE_AT_A_TIME)), _level_schema({"enum": list(ONE_AT_A_TIME)})] = Field(
        ONE_AT_A_TIME,
        description="What is changed alone: each reading taken, each scenario, each source, group, document and claim left out.")


class Scenario(Entry):
    """Changes to the case, addressed by id: {sources.rival.weight: 1.0}."""

    label: Text | None = None
    set: Annotated[dict[str, Any], BeforeValidator(_set_changes), WithJsonSchema({"type": ["object", "null"]})] = Field(
        {}, description="Paths with their new values; null takes a statement back.")


SECTIONS: dict[str, type[Entry]] = {
    "units": UnitEntry,
    "documents": Document,
    "sources": Source,
    "bias_classes": BiasClass,
    "quantities": Quantity,
    "derived": Derived,
    "shares": Shares,
    "correlations": Correlation,
    "claims": Claim,
    "track_record": TrackEntry,
    "questions": Question,
    "scenarios": Scenario,
}
"""Sections that map ids to entries."""
LISTS: dict[str, type[Entry]] = {"excluded": Excluded, "incidental": Incidental}
"""Sections that are lists of entries."""

Weights = Annotated[Any, BeforeValidator(read_weight), WithJsonSchema({"anyOf": [SHARE_SCHEMA, {"enum": list(GRADES)}, LEARNED_SCHEMA]})]


class Top(BaseModel):
    """What stands at the top of a case, but for its sections of entries."""

    model_config = _STRICT
    format: Annotated[str, choice("1"), WithJsonSchema({"const": 1})] = Field("1", description="Number of this format; may be missing.")
    include: Annotated[
        Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
    ] = Field(None, description="Other files of the case, by paths relative to this one.")
    title: Text | None = Field(None, description="Required once the files are joined.")
    horizon: Date | None = Field(None, description="The date at which totals are stated; default: the latest as_of.")
    settings: Settings = Settings.model_validate({})
    dates: dict[str, NamedDate] = Field({}, description="Names for dates, for years(a, b), ramp(a, b) and the like.")
    weights: dict[str, Weights] = Field({}, description="A weight or reliability for sources that do not state one.")


class CaseFile(Top):
    """A case, or a part of one that others include."""

    units: dict[str, UnitEntry] = {}
    documents: dict[str, Document] = {}
    sources: dict[str, Source] = {}
    bias_classes: dict[str, BiasClass] = Field({}, description="Classes of bias that sources name, with who found them.")
    quantities: dict[str, Quantity] = {}
    derived: dict[str, Derived] = {}
    shares: dict[str, Shares] = Field({}, description="Wholes whose parts, fractions, sum to one.")
    correlations: dict[str, Correlation] = Field({}, description="Pairs of quantities that go together.")
    claims: dict[str, Claim] = {}
    track_record: dict[str, TrackEntry] = Field({}, description="What sources said before, and what came true.")
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

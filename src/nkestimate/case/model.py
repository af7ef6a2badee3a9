"""A case once it has been read and found free of faults: frozen records, units resolved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nkestimate.case.distributions import Prior
from nkestimate.case.expressions import Comparison, DateCall, Expr, Name, dates_in, names_in
from nkestimate.case.stated import Stated
from nkestimate.case.units import Unit


@dataclass(frozen=True)
class Notice:
    """What the reader of a case or of its answer should be told, as facts; `nkestimate.wording.notices` puts it in words.

    Attributes
    ----------
    kind : str
        Of the case: ``setting without effect``, ``correlation without effect``, ``prior alone``, ``no record``, ``outside limits``,
        ``different dates``, ``contradiction``, ``part of a scale``, ``prior of a scale``,
        ``bare number asked``, ``bare number in a formula``, ``settled question``. Of its posterior: ``undefined``, ``too large``,
        ``above one``. A ``note`` is somebody's sentence.
    about : tuple of str
        Ids of what it is about: totals, sources or correlations; of a claim outside limits that claim, then the quantity; of
        contradictions the target, then pairs of claims; of a claim that says a part of a scale that claim, then what is larger: another
        claim, or the quantity whose prior is.
    share : float or None
        Of the posterior.
    text : str
        A setting's key; the sentence of a note; the range of a prior as written; a bare number
        and what it is in the unit that it is set against.
    """

    kind: str
    about: tuple[str, ...] = ()
    share: float | None = None
    text: str = ""


@dataclass(frozen=True)
class Document:
    """A text that was read."""

    id: str
    publisher: str
    title: str
    published: date | None
    file: str | None
    sha256: str | None
    url: str | None
    note: str | None


@dataclass(frozen=True)
class BiasClass:
    """How far sources of a kind were found to overstate: a 90 % range of the factor, with who found it, of what, and how."""

    id: str
    overstates_by: tuple[float, float]
    from_: str
    population: str | None
    check: str | None
    derived: str | None


@dataclass(frozen=True)
class Source:
    """Who stands behind statements.

    Attributes
    ----------
    weight : float
        How far it is taken at its word, in [0, 1].
    overstates_by : (float, float) or None
        A 90 % range of the factor by which it overstates.
    group : str or None
        Sources of one group share their own errors, as if they were one source; each has its own bias and weight.
    learns : bool
        Whether ``weight`` is but where its track record begins (`nkestimate.density.record` goes on from there).
    shift : (float, float) or None
        Of one that has learned: mean and standard deviation of its bias on identity scales, in units of the target's scale S.
    before : Source or None
        Of one that has learned: itself before.
    bias_class : str or None
        The class of bias that ``overstates_by`` is of, where it names one.
    """

    id: str
    name: str
    kind: str
    weight: float
    overstates_by: tuple[float, float] | None
    note: str | None
    group: str | None = None
    learns: bool = False
    shift: tuple[float, float] | None = None
    before: Source | None = None
    bias_class: str | None = None

    @property
    def root(self) -> str:
        """What its own errors are named for: its group, else itself (``group:`` keeps the two apart)."""
        return f"group:{self.group}" if self.group else self.id


@dataclass(frozen=True)
class Target:
    """What a claim is about.

    Attributes
    ----------
    key : str
        Canonical text of the expression; equal keys are the same target.
    kind : str
        ``quantity``, ``derived`` or ``expression``.
    support : str
        ``positive``, ``fraction`` or ``real``.
    scale : str
        Working scale: ``log``, ``logit`` or ``identity``.
    unit : Unit
        The unit in which its working values are taken.
    """

    key: str
    kind: str
    expr: Expr
    support: str
    scale: str
    unit: Unit


@dataclass(frozen=True)
class Statement:
    """What a claim says, in its target's unit.

    Attributes
    ----------
    kind : str
        The key of the statement: between, around, estimate, counted, quantiles, at_most, at_least or magnitude.
    low, high : float
        The stated range, or the one that ``around``'s precision gives.
    value : float
        The stated value, of a single figure, a bound or an estimate.
    standard_error : float
        Of an estimate.
    quantiles : tuple of (float, float)
        Probability and value, ascending.
    count : (int, int) or None
        k and n of ``counted: k of n``.
    coverage : float
        How much probability ``low`` to ``high`` is read to hold.
    """

    kind: str
    coverage: float
    low: float = float("nan")
    high: float = float("nan")
    value: float = float("nan")
    standard_error: float = float("nan")
    quantiles: tuple[tuple[float, float], ...] = ()
    count: tuple[int, int] | None = None

    @property
    def is_bound(self) -> bool:
        """Whether this is ``at_most`` or ``at_least``."""
        return self.kind in ("at_most", "at_least")

    def extent(self, unit: Unit) -> tuple[float, float]:
        """Return the lowest and the highest value that is stated, in ``unit``, the target's; of a count its share of all."""
        if self.count is not None:
            share = unit.from_root(self.count[0] / self.count[1])
            return share, share
        if self.quantiles:
            return self.quantiles[0][1], self.quantiles[-1][1]
        return (self.value, self.value) if math.isnan(self.low) else (self.low, self.high)


@dataclass(frozen=True)
class Reading:
    """One meaning of a claim: a statement about a target at a date, with its prior probability.

    Attributes
    ----------
    statement : Statement
        In the target's unit.
    unit : Unit
        The unit in which the source stated it.
    """

    target: Target
    statement: Statement
    as_of: date
    weight: float
    unit: Unit


@dataclass(frozen=True)
class Appearance:
    """A document in which a claim appears."""

    document: str
    figures: str | None
    at: int | None


@dataclass(frozen=True)
class Claim:
    """One numeric statement of one source.

    Attributes
    ----------
    readings : tuple of Reading
        One for a plain claim, several where it may mean different things.
    has_readings : bool
        Whether the claim listed ``readings`` (even a single one).
    weight : float
        After reliability, credibility and the claim's own weight; 0 for a removed claim.
    active : bool
        False where the weight is 0 or another claim supersedes it: such a claim is not in the density.
    stated : Stated
        What it states, as the case spells it.
    """

    id: str
    source: str
    label: str | None
    readings: tuple[Reading, ...]
    has_readings: bool
    group: str | None
    weight: float
    active: bool
    superseded_by: str | None
    reported_in: tuple[Appearance, ...]
    stated: Stated
    note: str | None

    @property
    def said(self) -> str:
        """What it states, with its unit, in words for tables."""
        return self.stated.words()

    @property
    def is_direct(self) -> bool:
        """A two-sided claim about a quantity, with no readings."""
        only = self.readings[0]
        return not self.has_readings and only.target.kind == "quantity" and not only.statement.is_bound


@dataclass(frozen=True)
class TrackEntry:
    """What a source said before, and what came true.

    Attributes
    ----------
    target : Target
        What it was about, ``key`` a name that all entries about it have; its unit is that of ``statement`` and ``truth``.
    truth : (float, float)
        The range that came true; a value twice.
    truth_coverage : float
        How much probability that range is read to hold.
    occasion : str
        Entries of one source on one occasion count together as one.
    """

    id: str
    source: str
    label: str | None
    target: Target
    statement: Statement
    truth: tuple[float, float]
    truth_coverage: float
    occasion: str
    kind: str | None
    as_of: date | None
    known_from: str
    known_when: date | None
    check: str | None
    stated: Stated
    truth_stated: str
    note: str | None


@dataclass(frozen=True)
class Quantity:
    """An unknown with a unit.

    Attributes
    ----------
    part : str or None
        The part of a whole that it fixes, given the parts before it: it is that part as a share of what those leave.
    limits : (float, float)
        Hard limits in its unit, infinite where none is stated; outside them the density is 0.
    since : date or None
        Of an uncertain entry of ``dates:`` the day from which its value counts, in days; None of all others.
    """

    id: str
    label: str
    unit: Unit
    support: str
    scale: str
    prior: Prior | None
    rationale: str | None
    headline: bool
    dark_uncertainty: Prior | None
    common_error: float | None
    note: str | None
    limits: tuple[float, float] = (-math.inf, math.inf)
    since: date | None = None
    part: str | None = None

    @property
    def target(self) -> Target:
        """Itself as what a statement is about."""
        return Target(self.id, "quantity", Name(self.id), self.support, self.scale, self.unit)


@dataclass(frozen=True)
class Derived:
    """A named expression over quantities.

    Attributes
    ----------
    holds : bool
        Whether it states its support: outside it the density is 0.
    shares : str or None
        The entry of ``shares:`` that it is a part of; it then stands under ``quantities:`` in the case.
    since : None
        None: only quantities are days since a day.
    """

    id: str
    label: str
    unit: Unit
    support: str
    scale: str
    expr: Expr
    text: str
    headline: bool
    dark_uncertainty: Prior | None
    common_error: float | None
    note: str | None
    holds: bool = False
    shares: str | None = None
    since: date | None = None

    @property
    def target(self) -> Target:
        """Itself as what a statement is about."""
        return Target(self.id, "derived", Name(self.id), self.support, self.scale, self.unit)


@dataclass(frozen=True)
class Shares:
    """Parts of a whole, which sum to one.

    Attributes
    ----------
    of : str or None
        The whole.
    concentration : tuple of float
        Of the Dirichlet prior, in the order of ``parts``; where one part has a prior of its own, that of the others in what it leaves.
    stated : bool
        Whether the case states that prior.
    """

    id: str
    label: str
    of: str | None
    parts: tuple[str, ...]
    concentration: tuple[float, ...]
    stated: bool
    rationale: str
    note: str | None


@dataclass(frozen=True)
class Correlation:
    """Two quantities that go together.

    Attributes
    ----------
    kind : str
        ``rank`` or ``log``: what ``stated`` is, Spearman's rank correlation or the correlation on the working scales.
    """

    id: str
    between: tuple[str, str]
    kind: str
    stated: float
    rationale: str
    note: str | None

    @property
    def r(self) -> float:
        """The correlation of the working values, jointly normal: 2 sin(π ρ/6) for a rank correlation ρ.

        References
        ----------
        Kruskal 1958, doi:10.1080/01621459.1958.10501481.
        """
        return 2 * math.sin(math.pi * self.stated / 6) if self.kind == "rank" else self.stated


@dataclass(frozen=True)
class Excluded:
    """A figure that was read and left out."""

    document: str
    figures: str
    at: int | None
    reason: str
    why: str | None


@dataclass(frozen=True)
class Incidental:
    """A number that is no figure: a date, a name, a turn of phrase."""

    document: str
    figures: str
    at: int | None
    reason: str


@dataclass(frozen=True)
class Question:
    """A comparison at the horizon."""

    id: str
    ask: str
    label: str
    comparison: Comparison


@dataclass(frozen=True)
class Scenario:
    """A named set of changes."""

    id: str
    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Settings:
    """How the whole case is read (CASE.md section 2)."""

    pooling: str
    coverage: float
    dark_uncertainty: Prior | None
    common_error: float
    words: str
    dark_uncertainty_factor: float = 1.0


@dataclass(frozen=True)
class Grid:
    """What a case's robustness is judged over (no part of what the case means).

    Attributes
    ----------
    coverage, common_error, dark_uncertainty : tuple of float
        Levels to cross: how much a stated range holds, how much of their error sources share, and factors of the dark
        uncertainty of every target.
    pooling : tuple of str
    others : mapping of str to tuple
        More to cross: a scenario's paths, each with its values.
    one_at_a_time : tuple of str
        Which of readings, scenarios, sources, groups of sources, documents and claims are taken or left out alone.
    """

    coverage: tuple[float, ...]
    pooling: tuple[str, ...]
    common_error: tuple[float, ...]
    dark_uncertainty: tuple[float, ...]
    others: Mapping[str, tuple[Any, ...]]
    one_at_a_time: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A case free of faults.

    Attributes
    ----------
    id : str
        The file's stem.
    horizon : date
        The date at which totals are stated.
    resolved : mapping
        The case with its includes, scenario and settings merged, as plain values; its digest names a result.
    digest : str
        ``sha256:…`` of ``resolved`` in canonical JSON.
    scenario : str or None
        The scenario that was applied.
    notices : tuple of Notice
    grid : Grid or None
        What `robustness` varies, where the case states it; not in ``resolved`` or the digest.
    bias_classes : mapping
        The classes of bias that the case states, and those of the package that its sources name.
    """

    id: str
    title: str
    format: int
    horizon: date
    settings: Settings
    dates: Mapping[str, date]
    documents: Mapping[str, Document]
    sources: Mapping[str, Source]
    quantities: Mapping[str, Quantity]
    derived: Mapping[str, Derived]
    claims: Mapping[str, Claim]
    excluded: tuple[Excluded, ...]
    questions: Mapping[str, Question]
    scenarios: Mapping[str, Scenario]
    scenario: str | None
    digest: str
    resolved: Mapping[str, Any] = field(repr=False)
    notices: tuple[Notice, ...] = ()
    incidental: tuple[Incidental, ...] = ()
    grid: Grid | None = None
    correlations: Mapping[str, Correlation] = field(default_factory=dict)
    shares: Mapping[str, Shares] = field(default_factory=dict)
    track_record: Mapping[str, TrackEntry] = field(default_factory=dict)
    bias_classes: Mapping[str, BiasClass] = field(default_factory=dict)

    @property
    def active_claims(self) -> tuple[Claim, ...]:
        """The claims that are in the density, in the order of the files."""
        return tuple(claim for claim in self.claims.values() if claim.active)

    @property
    def terms(self) -> dict[str, tuple[Claim, ...]]:
        """The active claims by the name of the term of the density that they are: those of one reading group are one."""
        groups: dict[str, list[Claim]] = {}
        for claim in self.active_claims:
            groups.setdefault(f"group {claim.group}" if claim.group else claim.id, []).append(claim)
        return {" + ".join(claim.id for claim in claims): tuple(claims) for claims in groups.values()}

    @property
    def totals(self) -> dict[str, Quantity | Derived]:
        """Quantities and derived by id."""
        return {**self.quantities, **self.derived}

    def stands_on(self, expr: Expr) -> list[str]:
        """Return the totals that an expression stands on, those that it names first; each once, however often the derived name them."""
        left, found = [expr], dict[str, None]()
        for one in left:
            new = [name for name in dict.fromkeys(names_in(one)) if name not in found]
            found.update(dict.fromkeys(new))
            left += [self.derived[name].expr for name in new if name in self.derived]
        return list(found)

    def date_calls(self, expr: Expr) -> Iterator[DateCall]:
        """Yield the date functions of an expression and of the derived that it stands on, each of these once."""
        for one in [expr, *(self.derived[name].expr for name in self.stands_on(expr) if name in self.derived)]:
            yield from dates_in(one)

    def moves(self, expr: Expr) -> bool:
        """Return whether a value depends on the date at which it is asked for."""
        return any(call.function == "ramp" or len(call.dates) == 1 for call in self.date_calls(expr))

    @property
    def headline(self) -> Quantity | Derived:
        """The total stated first: the one marked so, else the last derived, else the first quantity."""
        marked = [total for total in self.totals.values() if total.headline]
        formulas = [total for total in self.derived.values() if not total.shares]
        stated = [total for total in self.quantities.values() if not total.part]
        return [*marked, *formulas[-1:], *stated, *self.derived.values()][0]

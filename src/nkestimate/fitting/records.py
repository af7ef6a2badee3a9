"""What a run finds, as records: one writer to ``summary.json`` and one reader from it, and a table.

A field's name is its key in the file. A field that is added later needs a default, so that runs saved before it still read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from nkestimate.case.model import Notice
from nkestimate.evidence.defaults import DefaultShare

if TYPE_CHECKING:
    import pandas as pd  # at run time only where a table is made

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Probabilities of the quantiles that every estimate states."""


def median_error(quartiles: Sequence[float], effective: float) -> float:
    """Return the Monte Carlo standard error of a median, as for a normal of the same two quartiles."""
    return 1.2533 * (quartiles[1] - quartiles[0]) / 1.349 / math.sqrt(effective)


def within_error(difference: float, *errors: float) -> bool:
    """Return whether a difference is within Monte Carlo error: two standard errors, of estimates with these."""
    return abs(difference) < 2 * math.hypot(*errors)


@dataclass(frozen=True)
class Estimate:
    """The posterior of one number.

    Attributes
    ----------
    unit : str
    mean, sd : float or None
        None where the posterior has none.
    median : float or None
    quantiles : mapping of str to float or None
        By probability: 0.05, 0.25, 0.5, 0.75 and 0.95. None where it is not finite; all are where some draws have no value.
    ess_bulk, ess_tail, r_hat : float or None
        None where some draws have no value.
    """

    unit: str
    mean: float | None
    sd: float | None
    median: float | None
    quantiles: Mapping[str, float | None]
    ess_bulk: float | None
    ess_tail: float | None
    r_hat: float | None

    def quantile(self, p: float) -> float:
        """Return a quantile; nan where there is none."""
        value = self.quantiles[f"{p:g}"]
        return math.nan if value is None else value

    @property
    def known(self) -> dict[float, float]:
        """All of `QUANTILES`; nan where there is none."""
        return {p: self.quantile(p) for p in QUANTILES}

    @property
    def mcse(self) -> float:
        """Monte Carlo standard error of the median."""
        low, high = self.quantiles["0.25"], self.quantiles["0.75"]
        if low is None or high is None or not self.ess_bulk:
            return 0.0
        return median_error((low, high), self.ess_bulk)

    def end_mcse(self, p: float) -> float:
        """Monte Carlo standard error of an end of the 90 % interval, as for a normal whose side has this width."""
        end, middle = self.quantiles[f"{p:g}"], self.median
        if end is None or middle is None or not self.ess_tail:
            return 0.0
        return 2.113 * abs(end - middle) / 1.645 / math.sqrt(self.ess_tail)  # √(p(1 − p))/φ(z) at p = 0.05, and z

    def interval_since(self, old: Estimate) -> str:
        """Say how the 90 % interval has moved since: ``wider``, ``narrower`` or ``shifted``.

        Empty where both ends are within Monte Carlo error (two standard errors), or one is not known.
        """
        moves, far = [], []
        for p in (0.05, 0.95):
            new, before = self.quantiles[f"{p:g}"], old.quantiles[f"{p:g}"]
            if new is None or before is None or self.unit != old.unit:
                return ""
            moves.append(new - before)
            far.append(abs(new - before) > max(2 * math.hypot(self.end_mcse(p), old.end_mcse(p)), 1e-9 * abs(before)))
        if not any(far):
            return ""
        low, high = (move if moved else 0.0 for move, moved in zip(moves, far, strict=True))
        return "shifted" if low * high > 0 else "wider" if high - low > 0 else "narrower"


@dataclass(frozen=True)
class Diagnostics:
    """What the sampler's checks found.

    Attributes
    ----------
    ok : bool
    max_r_hat, min_ess_bulk, min_ess_tail : float or None
        The worst of all numbers of the summary.
    divergences : int
    max_mode_error : float or None
        The largest standard error of the probability of a mode that was sampled apart.
    modes : int
        Modes that were sampled apart.
    reasons : tuple of str
        Why it is not ``ok``.
    """

    ok: bool
    max_r_hat: float | None
    min_ess_bulk: float | None
    min_ess_tail: float | None
    divergences: int
    max_mode_error: float | None
    modes: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class QuestionAnswer:
    """How probable it is that the answer to a question is yes.

    Attributes
    ----------
    probability, mcse : float or None
        With its Monte Carlo standard error; None where a draw is neither yes nor no.
    words : str
        ``undefined`` where there is no probability.
    undefined : float
        Share of the draws at which a side of the question has no value, so that the answer is neither.
    """

    probability: float | None
    mcse: float | None
    words: str
    undefined: float = 0.0


@dataclass(frozen=True)
class ReadingAnswer:
    """What a reading of a claim is about, and its probability before and after."""

    about: str
    prior: float
    posterior: float


@dataclass(frozen=True)
class Outside:
    """A quantity whose median is outside what was stated of it directly.

    Attributes
    ----------
    quantity : str
    median, low, high : float
        The median, and the ends of the direct claims' 90 % ranges, in its unit.
    side : str
        ``above`` or ``below``.
    pulled_by : tuple of str
        Terms (claims, joined by " + " in a reading group) and ``prior``, the strongest first.
    """

    quantity: str
    median: float
    low: float
    high: float
    side: str
    pulled_by: tuple[str, ...]


@dataclass(frozen=True)
class GivenReading:
    """The headline if one reading of a claim is the true one.

    Attributes
    ----------
    about : str
        Target of that reading.
    probability : float
        Of that reading, posterior.
    median, low, high : float
        Of the headline, in its unit: its median, 5 % and 95 % quantile.
    """

    about: str
    probability: float
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class AuditTally:
    """What the audit counted, by document: ``claimed``, ``excluded``, ``incidental``, ``unaccounted``."""

    ok: bool
    faults: int
    documents: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Summary:
    """What ``summary.json`` holds (CASE.md section 5).

    Attributes
    ----------
    case, format, title, scenario, digest, pooling, horizon
        Which case it is of.
    seed : int
    sampling : mapping
        ``draws``, ``tune``, ``chains`` and ``engine``.
    version, code : str
        Of the package: its version, and a digest of its code.
    diagnostics : Diagnostics
    quantities, derived, dark_uncertainty : mapping of str to Estimate
        By id; dark uncertainty by target.
    readings : mapping of str to tuple of ReadingAnswer
        By claim, where it has several.
    questions : mapping of str to QuestionAnswer
    notices : tuple of Notice
        What a reader should be told; `nkestimate.wording.notices.notice_words` says it.
    outside : tuple of Outside
        Quantities whose median is outside what was stated of them.
    defaults : mapping of str to DefaultShare
        By target.
    below_zero : mapping of str to float
        Of positive derived that are not held to their support, the share of the posterior at or below 0.
    by_reading : mapping of str to tuple of GivenReading
        The headline by the readings of a claim (of several in one reading group, joined by " + "), where they differ.
    audit : AuditTally, optional
        Where the documents were at hand; else the file has no such key.
    """

    case: str
    format: int
    title: str
    scenario: str | None
    digest: str
    seed: int
    sampling: Mapping[str, Any]
    version: str
    code: str
    pooling: str
    horizon: str
    diagnostics: Diagnostics
    quantities: Mapping[str, Estimate]
    derived: Mapping[str, Estimate]
    dark_uncertainty: Mapping[str, Estimate]
    readings: Mapping[str, tuple[ReadingAnswer, ...]]
    questions: Mapping[str, QuestionAnswer]
    notices: tuple[Notice, ...]
    outside: tuple[Outside, ...] = ()
    defaults: Mapping[str, DefaultShare] = field(default_factory=dict)
    below_zero: Mapping[str, float] = field(default_factory=dict)
    by_reading: Mapping[str, tuple[GivenReading, ...]] = field(default_factory=dict)
    audit: AuditTally | None = None

    @property
    def totals(self) -> dict[str, Estimate]:
        """Quantities and derived, by id."""
        return {**self.quantities, **self.derived}

    def plain(self) -> dict[str, Any]:
        """Return the plain values of ``summary.json``."""
        written: dict[str, Any] = plain(self)
        return {key: value for key, value in written.items() if key != "audit" or value is not None}

    @classmethod
    def of(cls, written: Any) -> Summary:
        """Return the summary that `plain` gave.

        Raises
        ------
        ValueError
            If it is none: a key is missing, or a value is not of its field's type.
        """
        try:
            # Histories hold runs from before notices were records: what they say is theirs.
            if isinstance(told := written["notices"], list):
                written = written | {"notices": [{"kind": "note", "text": one} if isinstance(one, str) else one for one in told]}
            found: Summary = _read(cls, written)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a summary of nkestimate ({type(error).__name__}: {error})") from error
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return the totals as a table: a row each, by id; ``kind``, ``unit``, ``mean``, ``sd``, quantiles and diagnostics."""
        import pandas as pd

        rows = {key: {"kind": "derived" if key in self.derived else "quantity", "unit": row.unit, "mean": row.mean, "sd": row.sd,
                      **{p: row.quantiles[p] for p in row.quantiles}, "mcse": row.mcse, "ess_bulk": row.ess_bulk,
                      "ess_tail": row.ess_tail, "r_hat": row.r_hat} for key, row in self.totals.items()}  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("total")


def plain(value: Any) -> Any:
    """Return a record as plain values, its fields in their order; tuples as lists."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, tuple | list) else value


def _read(kind: Any, written: Any) -> Any:
    """Return plain values as what a field's annotation says; of a record, the keys that it knows."""
    if isinstance(kind, type) and is_dataclass(kind):
        types, needed = _types(kind), {field.name for field in fields(kind) if field.default is field.default_factory is MISSING}
        if missing := needed - written.keys():
            raise KeyError(min(missing))
        return kind(**{key: _read(types[key], value) for key, value in written.items() if key in types})
    outer, inner = get_origin(kind), get_args(kind)
    if outer is UnionType:  # of a type and None
        return None if written is None else _read(inner[0], written)
    if outer is tuple and isinstance(written, list):
        return tuple(_read(inner[0], one) for one in written)
    if outer is Mapping:
        return {key: _read(inner[1], value) for key, value in written.items()}
    allowed = object if kind is Any else (int, float) if kind is float else kind
    if not isinstance(written, allowed) or (kind in (int, float) and isinstance(written, bool)):
        raise TypeError(f"{type(written).__name__} for {getattr(kind, '__name__', kind)}")
    return written


@cache
def _types(record: type) -> dict[str, Any]:
    return get_type_hints(record)

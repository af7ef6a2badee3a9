"""What a source's track record says of its bias and of how far it is off (docs/track-record.md).

Learned before the case is weighed, and not again from it: what a source said before moves its weight here, what it says
here does not. All of it is sums over grids, so that the same record gives the same weights to the last digit.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.fields import DEFAULT_WEIGHT
from nkestimate.case.model import Case, Source, TrackEntry
from nkestimate.density.sizes import BIAS, mean_error, normal_of_bias, scale_of
from nkestimate.density.statements import Spread, spread_of, working_value
from nkestimate.families import normal_of_range, z_of

Array = NDArray[np.float64]

SOURCES_DIFFER = 0.33
"""Standard deviation of log κ among sources: two of three within a factor of 1.4 of the usual."""
USED = 0.75
"""The quantile of κ that is used: who is hardly known is doubted a little more, who is known is taken as he is."""
_HARD = 2.0  # how many sources' errors the usual size is worth, when the size of an occasion's errors is judged
_FAR = 1e3  # standard deviations, beyond which an error tells no more of how hard a thing was
_FARTHEST = 1e100  # and beyond which its square is no number
_TAIL = z_of(0.9)
_KAPPA_REACH, _KAPPA_STEPS = 5.0, 81
_BIAS_REACH, _BIAS_STEPS = 6.0, 161


@dataclass(frozen=True)
class Said:
    """One entry on its working scale, with how large errors on it are.

    Attributes
    ----------
    truth : float
        What came true, and ``doubt`` the standard deviation of that.
    S : float
        The scale of the thing, from what all sources of the record said of it, as if each had weight 0.5.
    hard : float
        By how much the variance of errors on it is larger than usual, from the errors of the other sources.
    counts : float
        1, or its part where the source has several entries on one occasion.
    """

    entry: TrackEntry
    spread: Spread
    truth: float
    doubt: float
    S: float = 1.0
    hard: float = 1.0
    counts: float = 1.0

    @property
    def scale(self) -> str:
        return self.entry.target.scale

    @property
    def error(self) -> float:
        """How far off it was, on the working scale."""
        return self.spread.m - self.truth

    def variance(self, kappa: Any, common_error: float, stated: float) -> Any:
        """Return Var(m − truth) at odds κ, with its spread ``stated`` on one side."""
        return mean_error(kappa, common_error) * self.S**2 + stated**2 + self.doubt**2

    def log_likelihood(self, kappa: Array, bias: Array, common_error: float) -> Array:
        """Return the log of the density (of a bound: the probability) of what was said, by κ and bias."""
        left, right = (np.sqrt(self.hard * self.variance(kappa, common_error, s)) for s in (self.spread.left, self.spread.right))
        off = self.error - bias
        if self.entry.statement.is_bound:
            from scipy import special  # which costs more to import than all else here, and a case without a record has no use for it

            sign = 1.0 if self.entry.statement.kind == "at_most" else -1.0
            return np.asarray(self.counts * special.log_ndtr(sign * off / left))
        z = np.clip(off / np.where(off < 0, right, left), -_FARTHEST, _FARTHEST)
        return np.asarray(self.counts * (-0.5 * z**2 - np.log((left + right) / 2)))


@dataclass(frozen=True)
class SourceRecord:
    """What the record says of one source.

    Attributes
    ----------
    source : str
    entries, occasions : int
        How many things it said before, on how many occasions.
    before, weight : float
        Its weight without the record, and with it.
    weights : (float, float)
        90 % interval of the weight.
    bias : (float, float) or None
        Mean and standard deviation of the log of the factor by which it overstates; None without an entry on the log scale.
    shift : (float, float) or None
        The same on identity scales, in units of S.
    acts : bool
        Whether the case lets the record act: ``weight: learned``, or stated with ``record: true``.
    """

    source: str
    entries: int
    occasions: int
    before: float
    weight: float
    weights: tuple[float, float]
    bias: tuple[float, float] | None
    shift: tuple[float, float] | None
    acts: bool

    @property
    def factor(self) -> tuple[float, float, float] | None:
        """Median, 5 % and 95 % quantile of the factor by which it overstates."""
        if self.bias is None:
            return None
        mean, sd = self.bias
        return math.exp(mean), math.exp(mean - _TAIL * sd), math.exp(mean + _TAIL * sd)


class Records:
    """The track record of a case, whether its sources have learned from it or not."""

    def __init__(self, case: Case):
        self.case = case
        self.sources = {key: source.before or source for key, source in case.sources.items()}
        self.common_error = case.settings.common_error

    @cached_property
    def said(self) -> dict[str, list[Said]]:
        """The entries of each source."""
        things: dict[str, list[Said]] = defaultdict(list)
        for entry in self.case.track_record.values():
            things[entry.target.key].append(_read(entry))
        occasions = Counter((entry.source, entry.occasion) for entry in self.case.track_record.values())
        found: dict[str, list[Said]] = defaultdict(list)
        for key in sorted(things):
            for one in self.measured(sorted(things[key], key=lambda one: one.entry.id)):
                entry = one.entry
                found[entry.source].append(replace(one, counts=1 / occasions[entry.source, entry.occasion]))
        return {source: sorted(mine, key=lambda one: one.entry.id) for source, mine in found.items()}

    def measured(self, about: list[Said]) -> list[Said]:
        """Return what was said of one thing with its scale S, and how hard it was by the errors of the others."""
        two_sided = [one for one in about if not one.entry.statement.is_bound]
        # As of a target of a case, every source at one weight.
        S = scale_of([(self.root(one), 1.0, one.spread) for one in two_sided or about], about[0].scale, two_sided=bool(two_sided)).S
        about, squares = [replace(one, S=S) for one in about], defaultdict[str, list[float]](list)
        for one in about:
            if not one.entry.statement.is_bound:
                size = math.sqrt(one.variance(1.0, self.common_error, one.spread.s))
                squares[self.root(one)].append(min(abs(one.error) / size, _FAR) ** 2)
        means = {root: sum(several) / len(several) for root, several in squares.items()}
        return [replace(one, hard=_hard([mean for root, mean in means.items() if root != self.root(one)])) for one in about]

    def root(self, one: Said) -> str:
        return self.sources[one.entry.source].root

    def learned(self, source: Source) -> SourceRecord:
        """Return what is known of a source once its record has been read."""
        said = self.said.get(source.id, [])
        # 0 and 1 can't be learned from: what the record says by itself is then shown.
        before = source.weight if 0 < source.weight < 1 else DEFAULT_WEIGHT
        log_kappa = math.log((1 - before) / before) + SOURCES_DIFFER * np.linspace(-_KAPPA_REACH, _KAPPA_REACH, _KAPPA_STEPS)
        log_p = -0.5 * ((log_kappa - log_kappa.mean()) / SOURCES_DIFFER) ** 2
        joint: dict[str, tuple[Array, Array]] = {}
        for scale in dict.fromkeys(one.scale for one in said):
            bias, prior = _biases(scale, source)
            logs = prior + np.zeros((_KAPPA_STEPS, 1))
            for one in said:
                if one.scale == scale:
                    unit = one.S if scale == "identity" else 1.0
                    logs = logs + one.log_likelihood(np.exp(log_kappa)[:, None], bias * unit, self.common_error)
            joint[scale] = bias, logs
            log_p = log_p + _log_sums(logs)
        p = _normalised(log_p)
        biases = {scale: _moments(bias, p @ _rows(logs)) for scale, (bias, logs) in joint.items() if scale in BIAS}
        low, used, high = (1 / (1 + math.exp(_quantile(log_kappa, p, q))) for q in (0.05, USED, 0.95))
        return SourceRecord(source.id, len(said), len({one.entry.occasion for one in said}), before, used, (high, low),
                            biases.get("log"), biases.get("identity"), source.learns)


def _hard(others: Iterable[float]) -> float:
    squares = list(others)
    return (_HARD + math.fsum(sorted(squares))) / (_HARD + len(squares))


def _read(entry: TrackEntry) -> Said:
    low, high = (working_value(end, entry.target) for end in entry.truth)
    return Said(entry, spread_of(entry.statement, entry.target), *normal_of_range(low, high, entry.truth_coverage))


def _biases(scale: str, source: Source) -> tuple[Array, Array]:
    """Return a grid of biases and the log of their prior: what the source is said to overstate by, else that of sources at large."""
    if scale not in BIAS:
        return np.zeros(1), np.zeros(1)
    mean, sd = 0.0, BIAS[scale]
    if scale == "log" and source.overstates_by:
        mean, sd = normal_of_bias(source.overstates_by)
    steps = np.linspace(-_BIAS_REACH, _BIAS_REACH, _BIAS_STEPS)
    return mean + sd * steps, -0.5 * steps**2


def _normalised(log_p: Array) -> Array:
    p = np.exp(log_p - log_p.max())
    return np.asarray(p / p.sum())


def _log_sums(logs: Array) -> Array:
    most = logs.max(axis=1)
    return np.asarray(most + np.log(np.exp(logs - most[:, None]).sum(axis=1)))


def _rows(logs: Array) -> Array:
    p = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def _moments(values: Array, p: Array) -> tuple[float, float]:
    mean = float(p @ values)
    return mean, math.sqrt(float(p @ (values - mean) ** 2))


def _quantile(values: Array, p: Array, q: float) -> float:
    """Return a quantile of a density given at equal steps."""
    return float(np.interp(q, np.cumsum(p) - p / 2, values))


def records_of(case: Case) -> dict[str, SourceRecord]:
    """Return what the record says of each source that has one, or asks for one.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> records_of(load_case(STARTER))
    {}
    """
    records = Records(case)
    return {key: records.learned(source) for key, source in records.sources.items() if source.learns or key in records.said}

"""What a ledger says so far: how often intervals held, how reliable answers were, how far off each source was."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nkestimate.density.sizes import BIAS, LEAST_S
from nkestimate.scoring.ledger import Entry

ENOUGH, ENOUGH_OF_A_SOURCE = 10, 3  # outcomes, below which it is too early to tell
_EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of the bins of a reliability diagram
_PRIOR_WEIGHT = 4.0  # outcomes that the prior of a source's error is worth
_PRIOR_SPREAD, _PRIOR_BIAS = LEAST_S["log"], BIAS["log"]


@dataclass(frozen=True)
class Share:
    """So many of so many, with a 90 % interval of the share behind them."""

    held: int
    of: int
    low: float
    high: float


@dataclass(frozen=True)
class Mean:
    """A mean with its standard error; None of fewer than two."""

    value: float
    error: float | None
    of: int


@dataclass(frozen=True)
class Bin:
    """Answers whose probability lay in one range: the mean of it, and how many came true."""

    low: float
    high: float
    mean: float
    share: Share


@dataclass(frozen=True)
class Answers:
    """How the probabilities of questions did.

    Attributes
    ----------
    brier, log_score : Mean
    reliability, resolution, uncertainty : float
        Parts of the Brier score over the bins: it is reliability − resolution + uncertainty where all probabilities of a bin are one.
    bins : tuple of Bin
        Those that are not empty.
    """

    brier: Mean
    log_score: Mean
    reliability: float
    resolution: float
    uncertainty: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class SourceStanding:
    """How far off a source was.

    Attributes
    ----------
    things : int
        Outcomes that it said something of, bounds among them.
    scored : int
        Those on log scale of which it stated more than a bound.
    held : Share
        Claims that held the truth.
    factor, bias : (float, float, float) or None
        Median and 90 % interval. ``factor``: the size of its errors, so that two in three lie within it. ``bias``: what it states by
        what is true. None without a scored outcome.
    """

    source: str
    name: str
    things: int
    scored: int
    held: Share
    factor: tuple[float, float, float] | None
    bias: tuple[float, float, float] | None

    @property
    def early(self) -> bool:
        """Whether it is too early to rank it."""
        return self.scored < ENOUGH_OF_A_SOURCE


@dataclass(frozen=True)
class Standing:
    """What a ledger says so far.

    Attributes
    ----------
    entries : tuple of Entry
        By the date at which the outcome was known; of each outcome of a case one: of the last run made before it was known, else of
        the last.
    left_out : int
        Entries that are of other runs or scenarios of the same outcome.
    coverage : mapping of str to Share
        How often the 50 and 90 % intervals of totals held.
    log_score, crps : Mean or None
        Over totals on log and log-odds scale.
    answers : Answers or None
    sources : tuple of SourceStanding
        The nearest to the truth first; those without a scored outcome last.
    """

    entries: tuple[Entry, ...]
    left_out: int
    coverage: Mapping[str, Share]
    log_score: Mean | None
    crps: Mean | None
    answers: Answers | None
    sources: tuple[SourceStanding, ...]


def standing(entries: Iterable[Entry]) -> Standing:
    """Sum up a ledger's entries."""
    ordered, left_out = _last_told(entries)
    totals = [entry.total for entry in ordered if entry.total]
    scaled = [entry.total for entry in ordered if entry.total and entry.scale in ("log", "logit")]
    coverage = {"0.5": jeffreys(sum(one.held_50 for one in totals), len(totals)),
                "0.9": jeffreys(sum(one.held_90 for one in totals), len(totals))}
    logs = [one.log_score for one in scaled if one.log_score is not None]
    return Standing(ordered, left_out, coverage, _mean(logs), _mean([one.crps for one in scaled]), _answers(ordered), _sources(ordered))


def _last_told(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], int]:
    """Return one entry of each outcome, by date, and how many others there are."""
    given = sorted(entries, key=lambda entry: (entry.scenario is None, not entry.hindsight, entry.made, entry.entered))
    last = {entry.thing: entry for entry in given}
    return tuple(sorted(last.values(), key=lambda entry: (entry.when, entry.entered, *entry.thing))), len(given) - len(last)


def jeffreys(held: int, of: int) -> Share:
    """Return a share with its 90 % Jeffreys interval: quantiles of Beta(k + ½, n − k + ½), and 0 or 1 where none or all held.

    References
    ----------
    Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286.

    Examples
    --------
    >>> share = jeffreys(9, 10)
    >>> round(share.low, 2), round(share.high, 2)
    (0.67, 0.98)
    """
    from scipy.special import betaincinv

    low, high = (float(betaincinv(held + 0.5, of - held + 0.5, p)) for p in (0.05, 0.95))
    return Share(held, of, 0.0 if held == 0 else low, 1.0 if held == of else high)


def _mean(values: Sequence[float]) -> Mean | None:
    n = len(values)
    if not n:
        return None
    mean = math.fsum(values) / n
    error = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n) if n > 1 else None
    return Mean(mean, error, n)


def _answers(entries: Iterable[Entry]) -> Answers | None:
    pairs = [(entry.answer, bool(entry.happened)) for entry in entries if entry.answer]
    brier, logs = _mean([answer.brier for answer, _ in pairs]), _mean([answer.log_score for answer, _ in pairs])
    if brier is None or logs is None:
        return None
    return Answers(brier, logs, *decomposed([(answer.probability, happened) for answer, happened in pairs]))


def decomposed(pairs: Sequence[tuple[float, bool]]) -> tuple[float, float, float, tuple[Bin, ...]]:
    """Return reliability, resolution and uncertainty of probabilities with what happened, and the bins they are over.

    References
    ----------
    Murphy 1973, A new vector partition of the probability score, Journal of Applied Meteorology 12:595.
    """
    n, base, bins = len(pairs), sum(happened for _, happened in pairs) / len(pairs), list[Bin]()
    reliability = resolution = 0.0
    for low, high in pairwise(_EDGES):
        inside = [pair for pair in pairs if low <= pair[0] < high or pair[0] == high == _EDGES[-1]]
        if inside:
            mean, yes = math.fsum(p for p, _ in inside) / len(inside), sum(happened for _, happened in inside)
            reliability += len(inside) / n * (mean - yes / len(inside)) ** 2
            resolution += len(inside) / n * (yes / len(inside) - base) ** 2
            bins.append(Bin(low, high, mean, jeffreys(yes, len(inside))))
    return reliability, resolution, base * (1 - base), tuple(bins)


def _sources(entries: Iterable[Entry]) -> tuple[SourceStanding, ...]:
    """Rank sources by the size of their errors on log scale, bias included.

    What a source said of one outcome counts once, by the mean of its claims. Errors of a source on different outcomes are
    taken as independent, normal with a variance of its own, whose prior is scaled inverse χ² around that of all sources.

    References
    ----------
    Smyth 2004, doi:10.2202/1544-6115.1027, with a stated number of degrees of freedom.
    """
    names, held, things = dict[str, str](), defaultdict[str, list[bool]](list), defaultdict[str, set[tuple[str, str]]](set)
    errors: dict[str, dict[tuple[str, str], list[float]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        for claim in entry.claims:
            names[claim.source] = claim.name
            held[claim.source].append(claim.held)
            things[claim.source].add(entry.key)
            if claim.off is not None and entry.scale == "log":
                errors[claim.source][entry.key].append(claim.off)
    means = {key: [math.fsum(offs) / len(offs) for offs in found.values()] for key, found in errors.items()}
    every = [error for found in means.values() for error in found]
    around = (_PRIOR_WEIGHT * _PRIOR_SPREAD**2 + math.fsum(e * e for e in every)) / (_PRIOR_WEIGHT + len(every))
    ranked = [SourceStanding(key, names[key], len(things[key]), len(means.get(key, ())), jeffreys(sum(found), len(found)),
                             *how_far(means.get(key, ()), around)) for key, found in held.items()]
    return tuple(sorted(ranked, key=lambda one: (one.factor is None, one.factor or (), one.source)))


def how_far(errors: Sequence[float], around: float) -> tuple[tuple[float, float, float] | None, tuple[float, float, float] | None]:
    """Return the size and the bias of a source's errors as factors, each a median with its 90 % interval.

    Parameters
    ----------
    errors : sequence of float
        On log scale.
    around : float
        The variance that the prior is around.
    """
    from scipy.special import gammaincinv

    if not errors:
        return None, None
    freedom = _PRIOR_WEIGHT + len(errors)
    total = _PRIOR_WEIGHT * around + math.fsum(e * e for e in errors)
    factor = [math.exp(math.sqrt(total / (2 * float(gammaincinv(freedom / 2, 1 - p))))) for p in (0.5, 0.05, 0.95)]
    return (factor[0], factor[1], factor[2]), _bias(errors)


def _bias(errors: Sequence[float]) -> tuple[float, float, float]:
    """Return what a source states by what is true: the mean of its errors, its scatter unknown, by quadrature over the mean."""
    import numpy as np

    reach = max(map(abs, errors)) + 6 * _PRIOR_BIAS
    grid = np.linspace(-reach, reach, 4001)
    freedom = _PRIOR_WEIGHT + len(errors)
    scatter = _PRIOR_WEIGHT * _PRIOR_SPREAD**2 + ((np.array(errors) - grid[:, None]) ** 2).sum(axis=1)
    log_density = -0.5 * (grid / _PRIOR_BIAS) ** 2 - 0.5 * freedom * np.log(scatter)
    mass = np.cumsum(np.exp(log_density - log_density.max()))
    middle, low, high = (float(np.exp(np.interp(p * mass[-1], mass, grid))) for p in (0.5, 0.05, 0.95))
    return middle, low, high

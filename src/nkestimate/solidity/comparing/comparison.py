"""Comparing two cases or runs: totals side by side, and what their difference comes from."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nkestimate.case import load_case
from nkestimate.case.model import Case, Derived, Quantity
from nkestimate.case.units import measures
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.errors import ComparisonError
from nkestimate.fitting.records import Estimate
from nkestimate.solidity.comparing.blending import Blend, Blocks, subsets

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit

Array = NDArray[np.float64]
NOISE = "noise"
LABELS = {"model": "Model", "claims": "Claims added or removed", "values": "What claims say", "weights": "Weights", "settings": "Settings",
          NOISE: "Monte Carlo noise"}
DEFAULT_REFITS = 4


@dataclass(frozen=True)
class Compared:
    """One side of a comparison.

    Attributes
    ----------
    label : str
        Its id, with its scenario.
    title, digest, horizon : str
    seed : int
    converged : bool
    made : str
        Of an earlier run of a folder, when: UTC, ISO 8601.
    """

    label: str
    title: str
    digest: str
    horizon: str
    seed: int
    converged: bool
    made: str = ""


@dataclass(frozen=True)
class TotalChange:
    """One total on both sides.

    Attributes
    ----------
    total, label, unit : str
        ``unit`` is A's (B's where A has no such total).
    a, b : (float, float, float) or None
        5 %, 50 % and 95 % quantiles in ``unit``; None where a side lacks it.
    change : float or None
        Of the median.
    note : str
        Why there is no change to state.
    error : float or None
        Size of the change to be expected from Monte Carlo error alone.
    support : str
        ``positive``, ``fraction`` or ``real``.
    since : date or None
        Where values are days since then.
    interval : str
        ``wider``, ``narrower`` or ``shifted``: how B's interval differs by more than Monte Carlo error; empty where it does not.
    """

    total: str
    label: str
    unit: str
    a: tuple[float, float, float] | None
    b: tuple[float, float, float] | None
    change: float | None
    note: str
    error: float | None = None
    support: str = "positive"
    since: date | None = None
    interval: str = ""


@dataclass(frozen=True)
class QuestionChange:
    """The probability of yes on both sides, None where a side does not ask it or has no answer.

    Attributes
    ----------
    question, label : str
    a, b : float or None
    error : float
        Monte Carlo standard error of their difference.
    """

    question: str
    label: str
    a: float | None
    b: float | None
    error: float


@dataclass(frozen=True)
class Part:
    """One part of a change.

    Attributes
    ----------
    groups : tuple of str
        What it is due to: one of `blending.GROUPS`, several where a case with the one and not the other is invalid; or noise.
    label : str
    change, standard_error : float
        In the total's unit. Of the noise, the standard error is the size to be expected of it.
    what : tuple of str
        What differs, in words.
    """

    groups: tuple[str, ...]
    label: str
    change: float
    standard_error: float
    what: tuple[str, ...]


@dataclass(frozen=True)
class Waterfall:
    """The change of one total's median, split; ``end - start`` is the sum of the parts.

    Attributes
    ----------
    start, end : float
        Medians as A and B state them, in ``unit``.
    """

    total: str
    label: str
    unit: str
    start: float
    end: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Comparison:
    """Two cases or runs compared.

    Attributes
    ----------
    a, b : Compared
    totals : tuple of TotalChange
    waterfalls : tuple of Waterfall
        One for each headline total that both sides have.
    notes : tuple of str
        What the reader should know: other horizons, missing totals, parts that could not be told apart.
    fits : int
        How many fits were made.
    seeds : tuple of int
        Theirs.
    converged : bool
        Whether all of them, and both sides, passed their diagnostics.
    questions : tuple of QuestionChange
    """

    a: Compared
    b: Compared
    totals: tuple[TotalChange, ...]
    waterfalls: tuple[Waterfall, ...]
    notes: tuple[str, ...]
    fits: int
    seeds: tuple[int, ...]
    converged: bool
    questions: tuple[QuestionChange, ...] = ()


def compare(
    a: Fit | Case | str | os.PathLike[str], b: Fit | Case | str | os.PathLike[str], *, refits: int = DEFAULT_REFITS,
    cores: int | None = None, progress: bool | Callable[[str, float], None] = True,
) -> Comparison:
    """Compare two cases, scenarios or saved runs, and split the change of the headline's median.

    Every case between the two (each group of differences from A or from B) is fitted with ``refits`` other seeds. A
    group's part is its Shapley value: what taking it from B instead of A changes, averaged over all orders in which the
    groups can be taken. What is left of the change between the two fits as they stand is Monte Carlo noise.

    Parameters
    ----------
    a, b : Fit, Case, or path
        A path is of a case file, ``CASE@scenario``, a run's folder or its ``posterior.nc``.
    refits : int
        Seeds for each case, 2 or more.
    cores : int, optional
        Chains at a time.
    progress : bool or callable
        True shows a bar where there is a terminal; a callable is told a text and the share done.

    Returns
    -------
    Comparison

    Raises
    ------
    CaseError, ResultFileError
        If a side cannot be read.
    ComparisonError
        If they have no total in common.
    ValueError
        If ``refits`` is below 2.

    References
    ----------
    Shorrocks 2013, doi:10.1007/s10888-011-9214-z.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> found = compare(load_case(STARTER), load_case(STARTER, set={"sources.organiser.weight": 0}), refits=2, progress=False)
    >>> found.waterfalls[0].total, found.waterfalls[0].parts[0].what
    ('revenue', ('− organiser-count',))
    """
    from nkestimate.fitting.progress import shown

    if refits < 2:
        raise ValueError(f"refits is {refits}: the error of a mean of fewer than 2 cannot be told")
    with shown(progress) as tell:
        bench = _Bench(fitted(a, cores, tell), fitted(b, cores, tell), refits, cores)
        return bench.compared(tell)


def fitted(given: Fit | Case | str | os.PathLike[str], cores: int | None = None, tell: Callable[[str, float], None] | None = None) -> Fit:
    """Return the fit of a side: as it is, as saved, or made now."""
    from nkestimate.fitting.fits import Fit, fit

    opened = given if isinstance(given, Fit | Case) else open_side(given)
    if isinstance(opened, Fit):
        return opened
    if tell:
        tell(f"fitting {opened.id}", 0.0)
    return fit(opened, cores=cores, progress=False)


def open_side(given: str | os.PathLike[str]) -> Fit | Case:
    """Open a run's folder, its posterior, a case file, or ``CASE@scenario``.

    Raises
    ------
    CaseError, ResultFileError
        If it cannot be read.
    """
    from nkestimate.fitting.fits import Fit
    from nkestimate.fitting.runs import POSTERIOR

    path = Path(given)
    if path.is_dir() or path.suffix == ".nc":
        return Fit.load(path / POSTERIOR if path.is_dir() else path)
    name, _, scenario = str(given).rpartition("@")
    return load_case(name, scenario=scenario) if name and not path.exists() else load_case(path)


class _Bench:
    """Two fits, the cases between them, and their medians."""

    def __init__(self, a: Fit, b: Fit, refits: int, cores: int | None):
        self.a, self.b, self.cores = a, b, cores
        self.blend = Blend(a.case, b.case)
        taken = {a.seed, b.seed}
        candidates = (seed for seed in range(1, refits + len(taken) + 1) if seed not in taken)
        self.seeds = tuple(next(candidates) for _ in range(refits))
        self.fits: dict[str, tuple[Array, bool]] = {}

    def compared(self, tell: Callable[[str, float], None] | None) -> Comparison:
        totals = tuple(self._totals())
        self.names = [row.total for row in totals if row.change is not None]
        if not self.names:
            why = "; ".join(dict.fromkeys(row.note for row in totals))
            raise ComparisonError(f"{_label(self.a)} and {_label(self.b)} have no total to compare: {why}")
        blocks, joined = self.blend.blocks()
        chosen = list(subsets(blocks))
        medians: dict[Blocks, Array] = {}
        for i, some in enumerate(chosen):
            def told(done: float, i: int = i) -> None:
                if tell:
                    tell(f"between A and B, {i + 1} of {len(chosen)}", (i + done) / len(chosen))

            medians[some] = self._medians(some, told)
        totals = tuple(self._with_error(row, blocks, medians) for row in totals)
        notes = tuple(self._notes(totals, joined))
        converged = self.a.ok and self.b.ok and all(ok for _, ok in self.fits.values())
        falls = tuple(self._waterfall(next(r for r in totals if r.total == name), blocks, medians) for name in self._headlines())
        return Comparison(_side(self.a), _side(self.b), totals, falls, notes, len(self.fits) * len(self.seeds), self.seeds, converged,
                          tuple(self._questions()))

    # ------------------------------------------------------------ side by side

    def _totals(self) -> Iterator[TotalChange]:
        a, b = self.a.case, self.b.case
        for key in dict.fromkeys([a.headline.id, *a.derived, *a.quantities, *b.totals]):
            if key not in a.totals or key not in b.totals:
                case, fit, side, other = (a, self.a, "A", "B") if key in a.totals else (b, self.b, "B", "A")
                total, row = case.totals[key], fit.summary.totals[key]
                mine = _quantiles(row)
                yield TotalChange(key, total.label, total.unit.text, mine if side == "A" else None, mine if side == "B" else None, None,
                                  f"{other} has no '{key}'", None, total.support, total.since)
                continue
            ours, theirs = a.totals[key], b.totals[key]
            before = _quantiles(self.a.summary.totals[key])
            if ours.unit.dimension != theirs.unit.dimension:
                yield TotalChange(key, ours.label, ours.unit.text, before, None, None,
                                  f"'{key}' {measures(ours.unit.dimension)} in A and {measures(theirs.unit.dimension)} in B",
                                  None, ours.support, ours.since)
                continue
            after = tuple(_converted(q, theirs, ours) for q in _quantiles(self.b.summary.totals[key]))
            change = after[1] - before[1]
            finite = math.isfinite(change)
            interval = self.b.summary.totals[key].interval_since(self.a.summary.totals[key])
            why = "" if finite else f"the median of '{key}' is not finite in {'B' if math.isfinite(before[1]) else 'A'}"
            yield TotalChange(key, ours.label, ours.unit.text, before, after, change if finite else None, why, None,  # type: ignore[arg-type]
                              ours.support, ours.since, interval)

    def _questions(self) -> Iterator[QuestionChange]:
        a, b = self.a, self.b
        for key in dict.fromkeys([*a.case.questions, *b.case.questions]):
            answers = [fit.summary.questions.get(key) for fit in (a, b)]
            label = (a if key in a.case.questions else b).case.questions[key].label
            before, after = (answer.probability if answer else None for answer in answers)
            yield QuestionChange(key, label, before, after, math.hypot(*((answer.mcse or 0.0) if answer else 0.0 for answer in answers)))

    def _headlines(self) -> list[str]:
        marked = [key for case in (self.a.case, self.b.case) for key, total in case.totals.items() if total.headline]
        wanted = marked or [self.a.case.headline.id, self.b.case.headline.id]
        found = [key for key in dict.fromkeys(wanted) if key in self.names]
        return found or self.names[:1]

    # ------------------------------------------------------------ the parts

    def _medians(self, chosen: Blocks, tell: Callable[[float], None]) -> Array:
        """Return the medians of a case between the two, shape (refit, total), in A's units."""
        from nkestimate.fitting.fits import fit

        case = self.blend.known(frozenset(group for block in chosen for group in block))
        assert case is not None
        key = _density_key(case)
        if key not in self.fits:
            rows, fine = [], True
            for done, seed in enumerate(self.seeds):
                tell(done / len(self.seeds))
                result = fit(case, seed=seed, cores=self.cores, progress=False, **self.a.sampling)
                draws = Evaluator(result.density).totals(result.coordinates)
                rows.append([_converted(float(np.median(draws[name])), case.totals[name], self.a.case.totals[name]) for name in self.names])
                fine = fine and result.ok
            self.fits[key] = np.array(rows), fine
        return self.fits[key][0]

    def _with_error(self, row: TotalChange, blocks: Blocks, medians: Mapping[Blocks, Array]) -> TotalChange:
        if row.change is None:
            return row
        values = {chosen: table[:, self.names.index(row.total)] for chosen, table in medians.items()}
        return replace(row, error=math.hypot(self._error(values, ()), self._error(values, blocks)))

    def _waterfall(self, row: TotalChange, blocks: Blocks, medians: Mapping[Blocks, Array]) -> Waterfall:
        assert row.a is not None
        assert row.b is not None
        column = self.names.index(row.total)
        values = {chosen: table[:, column] for chosen, table in medians.items()}
        parts = []
        for block in blocks:
            weights = shapley_weights(block, blocks)
            # Seed by seed: two cases sampled with one seed err alike where they are alike, and their difference hardly at all.
            changes = sum(w * values[chosen] for chosen, w in weights.items())
            change, error = float(np.mean(changes)), float(np.std(changes, ddof=1)) / math.sqrt(len(self.seeds))
            what = tuple(text for group in block for text in self.blend.differences[group])
            label = " and ".join([LABELS[block[0]], *(LABELS[group].lower() for group in block[1:])])
            parts.append(Part(block, label, change, error, what))
        noise = row.b[1] - row.a[1] - math.fsum(part.change for part in parts)
        single = [self._error(values, end) * math.sqrt(1 + 1 / len(self.seeds)) for end in ((), blocks)]
        parts.append(Part((NOISE,), LABELS[NOISE], noise, math.hypot(*single), ()))
        return Waterfall(row.total, row.label, row.unit, row.a[1], row.b[1], tuple(parts))

    def _error(self, values: Mapping[Blocks, Array], chosen: Blocks) -> float:
        """Return the standard deviation of one fit's median: pooled over the cases between, relative where all are positive."""
        relative = all(np.all(each > 0) for each in values.values())
        spreads = [np.var(np.log(each) if relative else each, ddof=1) for each in values.values()]
        pooled = math.sqrt(float(np.mean(spreads)))
        return pooled * float(values[chosen].mean()) if relative else pooled

    def _notes(self, totals: tuple[TotalChange, ...], joined: tuple[str, ...]) -> Iterator[str]:
        a, b = self.a.case, self.b.case
        if a.horizon != b.horizon:
            yield f"A is as of {a.horizon}, B as of {b.horizon}: time that passes is part of the model's change."
        for side, fit in (("A", self.a), ("B", self.b)):
            if not fit.ok:
                yield f"{side} has not converged: its medians are not to be relied on."
        missing = [row.note for row in totals if row.change is None]
        if missing:
            yield "Not compared: " + "; ".join(dict.fromkeys(missing)) + "."
        for words in joined:
            yield f"Taken together, as a case with one and not the other is not valid: {words}."
        differ = {key for key, total in a.totals.items() if key in b.totals and total.unit.text != b.totals[key].unit.text}
        if differ & set(self.names):
            yield f"Stated in A's unit: {', '.join(sorted(differ & set(self.names)))}."
        if self.a.sampling != self.b.sampling:
            yield "A and B were sampled with different settings; the fits between them are sampled as A was."


def shapley_weights(block: tuple[str, ...], blocks: Blocks) -> dict[Blocks, float]:
    """Return the weight of each case between A and B in a block's Shapley value.

    φ = Σ_S |S|! (d − |S| − 1)!/d! (v(S + block) − v(S)) over the subsets S of the other blocks.
    """
    d = len(blocks)
    weights: dict[Blocks, float] = {}
    for without in subsets(tuple(each for each in blocks if each != block)):
        share = math.factorial(len(without)) * math.factorial(d - len(without) - 1) / math.factorial(d)
        weights[without] = -share
        weights[tuple(each for each in blocks if each == block or each in without)] = share
    return weights


def _density_key(case: Case) -> str:
    """Name a density by what can move its draws, so that none is sampled twice."""
    density = compile_case(case)
    needed = max([total.node for total in density.totals] + [f.node for t in density.terms for o in t.options for f in o.factors])
    content = (density.parameters, density.nodes[: needed + 1], tuple(density.targets.items()), density.pools, density.terms)
    return sha256(repr((*content, density.totals)).encode()).hexdigest()


def _quantiles(row: Estimate) -> tuple[float, float, float]:
    low, middle, high = (row.quantile(p) for p in (0.05, 0.5, 0.95))
    return low, middle, high


def _converted(value: float, of: Quantity | Derived, to: Quantity | Derived) -> float:
    same = (of.unit.factor, of.unit.offset) == (to.unit.factor, to.unit.offset)
    return value if same else to.unit.from_root(of.unit.to_root(value))


def _label(fit: Fit) -> str:
    return fit.case.id + (f"@{fit.case.scenario}" if fit.case.scenario else "")


def _side(fit: Fit) -> Compared:
    case = fit.case
    return Compared(_label(fit), case.title, case.digest, case.horizon.isoformat(), fit.seed, fit.ok)

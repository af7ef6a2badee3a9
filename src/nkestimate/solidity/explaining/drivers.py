"""What drives a total: shares of its variance, its tornado, and the value of checking."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.case.model import Claim
from nkestimate.density.description import Factor, Parameter, Term
from nkestimate.density.evaluate import Evaluator, evaluate_nodes, natural
from nkestimate.errors import ScaleError
from nkestimate.fitting.draws import chosen
from nkestimate.solidity.explaining.conditional import (
    Conditional,
    Response,
    blocks,
    interval_width,
    jackknife_error,
    normal_scores,
    variance_share,
)
from nkestimate.wording.names import claim_name, humanise, target_named
from nkestimate.wording.numbers import count

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit

Array = NDArray[np.float64]
SCALES = ("natural", "log", "rank")
LOW, HIGH, LEVEL = 0.05, 0.95, 0.9
_SHAKY = 0.2  # relative standard error of a variance above which it is not estimated from these draws
_BLOCKS = 10
_FELT = 3.0  # standard errors
_FEW = 40  # draws below which nothing is learned of a conditional


@dataclass(frozen=True)
class Scale:
    """The scale on which a total's variance and widths are taken, and why.

    Attributes
    ----------
    name : str
        ``natural`` (the total's unit), ``log`` or ``rank`` (normal scores of ranks).
    reason : str
        Why it is not the total's own unit; empty where it is, or another was asked for.
    """

    name: str
    reason: str

    def of(self, y: Array) -> Array:
        """Return draws on this scale."""
        return y if self.name == "natural" else np.log(y) if self.name == "log" else normal_scores(y)

    def back(self, values: Array, y: Array) -> Array:
        """Return values on this scale in the unit of the draws ``y``."""
        if self.name == "rank":
            return np.interp(special.ndtr(values) * len(y) - 0.5, np.arange(len(y)), np.sort(y))
        return np.exp(values) if self.name == "log" else values


@dataclass(frozen=True)
class Share:
    """The first-order effect of one unknown: Var(E[total | unknown])/Var(total).

    Attributes
    ----------
    unknown, label : str
        The parameter's name, and what it is in words.
    role : str
        ``quantity``, or ``tau``, ``eta``, ``delta`` and ``epsilon`` for the errors of sources.
    share, standard_error : float
    """

    unknown: str
    label: str
    role: str
    share: float
    standard_error: float


@dataclass(frozen=True)
class Swing:
    """A bar of the tornado: the total's median where a quantity is at its 5 % and at its 95 % quantile.

    Attributes
    ----------
    at : (float, float)
        Those quantiles, in the quantity's unit.
    low, high : float
        The total's median there, in its unit; what depends on the quantity follows it.
    errors : (float, float)
        Standard errors of ``low`` and ``high``.
    support : str
        The quantity's.
    since : date or None
        Where the quantity's values are days since then.
    """

    quantity: str
    label: str
    unit: str
    at: tuple[float, float]
    low: float
    high: float
    errors: tuple[float, float]
    support: str = "positive"
    since: date | None = None

    @property
    def size(self) -> float:
        return abs(self.high - self.low)

    @property
    def felt(self) -> bool:
        """Whether it is more than Monte Carlo error: by three standard errors, as some dozens of quantities are asked."""
        return self.size > _FELT * math.hypot(*self.errors)


@dataclass(frozen=True)
class Check:
    """The value of checking: what knowing something exactly would be expected to do to the total's 90 % interval.

    Attributes
    ----------
    kind : str
        ``quantity`` or ``claim``.
    id, label : str
    width, expected : float
        The interval's width now, and its expectation once this is known; on the scale of the `Scale`.
    shrink, standard_error : float
        1 − expected/width.
    itself : bool
        Whether the claim is about the total itself, at some date and in some reading, so that checking it is no shortcut.
    same_as : str
        The id of an earlier check that teaches the same: of a claim's quantity, or of another claim on the same.
    """

    kind: str
    id: str
    label: str
    width: float
    expected: float
    shrink: float
    standard_error: float
    itself: bool = False
    same_as: str = ""


@dataclass(frozen=True)
class _Learned:
    """The total's median at both ends (row, end) and its expected width (row,), on all draws and without each block."""

    medians: Array
    expected: Array


def scale_of(draws: Array, effective: float, has_sd: bool, wanted: str | None = None) -> Scale:
    """Choose the scale of a total's variance.

    Its own unit, unless its posterior has no standard deviation, or one that so few large draws decide that its relative
    standard error, √((kurtosis − 1)/n), is above a fifth. Then the logarithm where all draws are positive, else ranks.

    Raises
    ------
    ScaleError
        If ``wanted`` is no scale, or the logarithm of a total that is not positive; or where some draws have no value.
    """
    if np.isnan(draws).any():
        raise ScaleError("this total is undefined in a part of its posterior: there is no variance, and nothing that drives it")
    finite, positive = bool(np.all(np.isfinite(draws))), bool(np.all(draws > 0))
    if wanted is not None:
        if wanted not in SCALES or (wanted == "log" and not (finite and positive)):
            raise ScaleError(f"no scale '{wanted}' for this total: expected natural, log (where all of it is positive) or rank")
        return Scale(wanted, "")
    reason = ""
    if not has_sd or not finite:
        reason = "its posterior has no standard deviation"
    elif (spread := draws.std()) > 0:
        kurtosis = float(np.mean(((draws - draws.mean()) / spread) ** 4))
        if np.sqrt((kurtosis - 1) / effective) > _SHAKY:
            reason = "its tail is so heavy that these draws do not fix its variance"
    return Scale("natural" if not reason else "log" if finite and positive else "rank", reason)


class Drivers:
    """The draws of one total beside those of everything it may hang on.

    Parameters
    ----------
    fit : Fit
    total : str
        Id of a quantity or derived.
    scale : str, optional
        ``natural``, ``log`` or ``rank`` in place of `scale_of`'s choice.
    """

    def __init__(self, fit: Fit, total: str, scale: str | None = None):
        self.case, self.density, self.total = fit.case, fit.density, total
        self.v = fit.coordinates.reshape(-1, fit.density.size)
        self.evaluator = Evaluator(fit.density)
        self.y = np.asarray(self.evaluator.totals(self.v)[total], float)
        row = fit.summary.totals[total]
        self.effective = float(min(row.ess_bulk or len(self.y), len(self.y)))
        self.scale = scale_of(self.y, self.effective, row.sd is not None, scale)
        self.scaled = self.scale.of(self.y)
        self.rng = np.random.default_rng([fit.seed, 4])

    # ------------------------------------------------------------ shares

    def shares(self) -> tuple[Share, ...]:
        """Return the variance share of every unknown, the largest first."""
        found = []
        for i, parameter in enumerate(self.density.parameters):
            if parameter.name != self.total:
                share, error = variance_share(self.v[:, i], self.scaled, self.effective)
                found.append(Share(parameter.name, self._words(parameter), parameter.role, share, error))
        return tuple(sorted(found, key=lambda item: -item.share))

    def _words(self, parameter: Parameter) -> str:
        if parameter.role == "quantity":
            return self.case.quantities[parameter.name].label
        source, *about = parameter.of if parameter.role in ("delta", "epsilon") else ("", *parameter.of)
        on = f" on: {target_named(about[0], self.case)}" if about else ""
        name = self.case.sources[source].name if source in self.case.sources else humanise(source.removeprefix("group:"))
        # Errors are nested: a further part is had by what is less trusted alone.
        all_of = parameter.part == 1
        label = {"tau": f"How far sources may be off{on}", "eta": f"Error that {'' if all_of else 'less trusted '}sources share{on}",
                 "delta": f"How much it overstates: {name}{on}",
                 "epsilon": f"Own error of {name}{'' if all_of else ' where it is less trusted'}{on}"}[parameter.role]
        return label + (f" (part {count(parameter.part)})" if parameter.part > 2 else "")

    # ------------------------------------------------------------ tornado and checks

    def swings(self) -> tuple[Swing, ...]:
        """Return the tornado, the largest swing first."""
        found = []
        for i, key in self._quantities():
            x = natural(self.density.parameters[i], self.v[:, i])
            at = np.quantile(x, (LOW, HIGH))
            learned = self._learned[key]
            low, high = self.scale.back(learned.medians[0], self.y)
            errors = [jackknife_error(self.scale.back(learned.medians[1:, end], self.y)) for end in (0, 1)]
            moved = self.case.quantities[key]
            found.append(Swing(key, moved.label, moved.unit.text, (float(at[0]), float(at[1])), float(low), float(high),
                               (errors[0], errors[1]), moved.support, moved.since))
        return tuple(sorted(found, key=lambda swing: -swing.size))

    def checks(self) -> tuple[Check, ...]:
        """Return the value of checking each quantity and each claim, the greatest first.

        To check a quantity is to learn its value. To check a claim is to learn the value of what it is about at its date;
        as what it states is known, that is the same as to learn how far it is off. Where it has readings, the check also
        tells which one was meant. Two checks teach the same if they put the draws in one order, or in the reverse: two claims on
        one total, or a quantity and a claim on what rises or falls with it alone.
        """
        found = [self._check("quantity", key, self.case.quantities[key].label, self._learned[key]) for _, key in self._quantities()]
        known: dict[object, tuple[str, _Learned]] = {_order(self.v[:, i]): (key, self._learned[key]) for i, key in self._quantities()}
        for claim, parts, values in self._claims():
            key = _order(values[0]) if len(values) == 1 else claim.id
            same_as, learned = known.get(key) or ("", self._learn(parts, values))
            known[key] = same_as or claim.id, learned
            itself = any(reading.target.key == self.total and reading.weight > 0 for reading in claim.readings)
            found.append(replace(self._check("claim", claim.id, claim_name(claim, self.case), learned), itself=itself, same_as=same_as))
        return tuple(sorted(found, key=lambda check: -check.shrink))

    def _check(self, kind: str, key: str, label: str, learned: _Learned) -> Check:
        with np.errstate(all="ignore"):
            shrink = np.nan_to_num(1 - learned.expected / self._width)
        return Check(kind, key, label, float(self._width[0]), float(learned.expected[0]), float(shrink[0]), jackknife_error(shrink[1:]))

    def _quantities(self) -> Iterator[tuple[int, str]]:
        for i, parameter in enumerate(self.density.parameters):
            if parameter.role == "quantity" and parameter.name != self.total:
                yield i, parameter.name

    @cached_property
    def _kept(self) -> list[NDArray[np.bool_]]:
        """All draws, then all but one block each, for the jackknife."""
        block = blocks(len(self.y), _BLOCKS)
        return [np.ones(len(self.y), bool), *(block != b for b in range(block[-1] + 1))]

    @cached_property
    def _width(self) -> Array:
        return np.array([interval_width(self.scaled[keep], LEVEL) for keep in self._kept])

    @cached_property
    def _responses(self) -> list[Response]:
        return [Response.of(self.scaled[keep]) for keep in self._kept]

    @cached_property
    def _learned(self) -> dict[str, _Learned]:
        """What knowing each quantity tells of the total."""
        one = np.zeros(len(self.y), int)
        # "below" is upper − exp(v), the one coordinate that falls with its value
        signs = [-1.0 if parameter.transform == "below" else 1.0 for parameter in self.density.parameters]
        return {key: self._learn(one, [signs[i] * self.v[:, i]]) for i, key in self._quantities()}

    def _learn(self, parts: NDArray[np.int_], values: list[Array]) -> _Learned:
        """Learn the total given which part holds and the value of what that part is about, on all draws and without each block."""
        medians, expected = np.full((len(self._kept), 2), np.nan), np.zeros(len(self._kept))
        for row, (keep, response) in enumerate(zip(self._kept, self._responses, strict=True)):
            for k, x in enumerate(values):
                held = keep & (parts == k)
                share = held.sum() / keep.sum()
                if held.sum() < _FEW:  # too few to learn from: as if only the part were known
                    expected[row] += share * interval_width(self.scaled[held], LEVEL) if held.any() else 0.0
                    continue
                known = response if share == 1 else self.scaled[held]
                conditional = Conditional.of(x[held], known, self.effective * share * keep.mean())
                expected[row] += share * conditional.width(LEVEL)
                if len(values) == 1:
                    medians[row] = conditional.quantiles(np.array([0.5]), np.array([LOW, HIGH]))[:, 0]
        return _Learned(medians, expected)

    def _claims(self) -> Iterator[tuple[Claim, NDArray[np.int_], list[Array]]]:
        """Yield each claim in the density: which reading holds at each draw, and what each is about, as draws."""
        nodes = evaluate_nodes(self.density.nodes, self.evaluator.natural(self.v))
        chances = self.evaluator.log_options(self.v)
        drawn = {name: chosen(logs, self.rng) for name, logs in chances.items()}
        terms = {claim: term for term in self.density.terms for claim in term.claims}
        for claim in self.case.active_claims:
            term = terms.get(claim.id)
            if term is None:  # pooled: a direct claim on a quantity
                quantity = claim.readings[0].target.key
                yield claim, np.zeros(len(self.y), int), [self.v[:, self.density.index[quantity]]]
                continue
            values = [self._about(factor, nodes) for factor in _factors(term, claim.id)]
            yield claim, drawn.get(term.name, np.zeros(len(self.y), int)), values

    def _about(self, factor: Factor, nodes: list[Array]) -> Array:
        """Return the draws of what a factor is about at its date, free of errors."""
        return np.asarray(self.evaluator.centre(factor.alone, self.v, nodes)[0])


def _order(values: Array) -> bytes:
    """Return what tells in which order values are, whichever way round; a sampler may repeat some."""
    ranks = np.unique(values, return_inverse=True)[1]
    return min(ranks.tobytes(), (ranks.max() - ranks).tobytes())


def _factors(term: Term, claim: str) -> list[Factor]:
    return [next(f for f in option.factors if f.claim == claim) for option in term.options]

"""A prior that is drawn: three quantiles on an axis of the quantity's working scale, the statement they make, and what that implies.

A case can say ``{between: [L, U]}``, normal on the working scale, which three quantiles have where the median is midway; of the families
beside it one is tried for each support, Gamma or Beta. The nearer one is taken, and what it implies is told beside what was drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nkestimate.case.distributions import Prior, parse_prior
from nkestimate.case.model import Case, Quantity
from nkestimate.density.statements import natural_value, spread_of, working_normal, working_value, z_of
from nkestimate.exploring.picture import ticks
from nkestimate.families import FAMILIES, Parameters
from nkestimate.wording.numbers import PRINT, plain, resolved, shown_by, stated_percent

if TYPE_CHECKING:
    from nkestimate.families import Array

LEVELS = (0.05, 0.5, 0.95)
COVERAGE = 0.9  # between the outer two
_Z = z_of(COVERAGE)
_STEPS = 240  # of the axis
_BESIDE = {"log": 3.0, "logit": 2.2}  # on either side of the outer two: twice their width, but no more than this or three quarters of it
_MIDWAY = 0.025  # of that width: a median so near the middle is taken to be there, since the axis has steps
_NEAR = 0.03  # of that width: what is farther off is told
_SKEWED = {"positive": "Gamma", "fraction": "Beta"}
_SHARES = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True)
class Axis:
    """Where the quantiles of a quantity's prior can stand.

    Attributes
    ----------
    quantity : Quantity
    first, last : float
        Its ends on the working scale; its steps are even there.
    values : tuple of float
        The steps, in the quantity's unit, ascending.
    homes : tuple of int
        The steps at which the three stand in the case, or begin where it has no prior.
    words : tuple of str
        For the steps.
    """

    quantity: Quantity
    first: float
    last: float
    values: tuple[float, ...]
    homes: tuple[int, ...]
    words: tuple[str, ...]


def axis_of(quantity: Quantity, case: Case) -> Axis | None:
    """Return the axis on which a quantity's prior is drawn; None where nothing says where it would be."""
    begun = _begun(quantity, case)
    if begun is None:
        return None
    low, _, high = begun
    width = high - low
    beside = min(2 * width, max(0.75 * width, _BESIDE.get(quantity.scale, math.inf)))
    step = (width + 2 * beside) / _STEPS
    if not (math.isfinite(step) and step > 1e-9 * max(abs(low), abs(high), 1e-300)):
        return None
    first = low - beside
    target = quantity.target
    values = _rounded([natural_value(first + k * step, target) for k in range(_STEPS + 1)], step, quantity)
    homes = tuple(round((x - first) / step) for x in begun)
    for at, level in zip(homes, begun, strict=True):
        values[at] = float(f"{natural_value(level, target):.12g}")
    if len(set(homes)) < len(homes) or values != sorted(set(values)):
        return None
    return Axis(quantity, first, first + _STEPS * step, tuple(values), homes, _words(quantity, values, homes))


def _begun(quantity: Quantity, case: Case) -> list[float] | None:
    """Return the three quantiles of the prior on the working scale; without one, what its direct claims span."""
    if quantity.prior is not None:
        found = quantiles(quantity, quantity.prior)
        return found if all(map(math.isfinite, found)) else None
    target = quantity.target
    direct = [claim.readings[0] for claim in case.claims.values() if claim.active and claim.is_direct]
    spreads = [spread_of(reading.statement, target) for reading in direct if reading.target.key == quantity.id]
    if not spreads:
        return None
    low, high = min(one.m - _Z * one.left for one in spreads), max(one.m + _Z * one.right for one in spreads)
    return [low, (low + high) / 2, high]


def _rounded(values: list[float], step: float, quantity: Quantity) -> list[float]:
    """Return values with as few figures as tell them apart, three at least; of a fraction also of what is left to its whole."""
    whole = quantity.unit.from_root(1.0) if quantity.scale == "logit" else math.inf
    for digits in range(3, 16):
        found = [round(value, digits - 1 - math.floor(math.log10(step if quantity.scale == "identity" else min(value, whole - value))))
                 for value in values]
        if len(set(found)) == len(found):
            break
    return found


def _words(quantity: Quantity, values: list[float], homes: Sequence[int]) -> tuple[str, ...]:
    """Write the steps of an axis so that they differ."""
    shown = shown_by(quantity, [values[at] for at in homes], PRINT)
    fine = resolved(shown, values)
    for write in (shown.stated, lambda x: plain(shown.factor * x, PRINT), fine.number):
        found = tuple(shown.unit_behind(write(x)) for x in values)
        if len(set(found)) == len(found):
            break
    return found


# ------------------------------------------------------------ a prior on the working scale


def quantiles(quantity: Quantity, prior: Prior, levels: Sequence[float] = LEVELS) -> list[float]:
    """Return quantiles of a prior on its quantity's working scale."""
    u = np.array(levels)
    if prior.name == "Between":
        return [float(x) for x in working_normal(prior, quantity.target).quantile(u)]
    try:
        return [working_value(float(x), quantity.target) for x in prior.quantile(u)]
    except (ValueError, ZeroDivisionError):  # so near an end of the support that it rounds to it
        return [math.nan] * len(levels)


def natural_quantiles(quantity: Quantity, prior: Prior, levels: Sequence[float] = LEVELS) -> list[float]:
    """Return quantiles of a prior in its quantity's unit."""
    return [natural_value(x, quantity.target) for x in quantiles(quantity, prior, levels)]


def _density(quantity: Quantity, prior: Prior, at: Array) -> Array:
    """Return the density on the working scale, as a share of its largest value."""
    if prior.name == "Between":
        log = working_normal(prior, quantity.target).log_density(at)
    else:
        target = quantity.target
        x = np.array([natural_value(float(one), target) for one in at])
        # log |dθ/dx|, but for a constant
        slope = {"log": at, "logit": -np.logaddexp(0, at) - np.logaddexp(0, -at)}.get(quantity.scale, 0.0)
        log = prior.log_density(x) + slope
    fine = np.isfinite(log)
    return np.where(fine, np.exp(log - log[fine].max()), 0.0) if fine.any() else np.zeros_like(at)


# ------------------------------------------------------------ from quantiles to a statement


def statement(quantity: Quantity, asked: Sequence[float]) -> str | dict[str, Any]:
    """Return the prior, as a case states it, that comes nearest to three quantiles.

    Parameters
    ----------
    quantity : Quantity
    asked : sequence of float
        The 5, 50 and 95 % quantile in its unit, ascending.
    """
    target = quantity.target
    wanted = [working_value(x, target) for x in asked]
    low, middle, high = wanted
    width, midway = high - low, (low + high) / 2
    if abs(middle - midway) <= _MIDWAY * width:
        return {"between": [neat(asked[0]), neat(asked[2])], "coverage": COVERAGE}
    off = (middle - midway) / 3  # by least squares: the mean moves by a third of it
    ends = [float(f"{natural_value(end + off, target):.4g}") for end in (low, high)]
    plain = Prior("Between", (("lower", ends[0]), ("upper", ends[1]), ("coverage", COVERAGE)))
    skewed = _skewed(quantity, wanted)
    if skewed is not None and misfit(quantity, parse_prior(skewed), asked) < misfit(quantity, plain, asked):
        return skewed
    return {"between": [neat(end) for end in ends], "coverage": COVERAGE}


def misfit(quantity: Quantity, prior: Prior, asked: Sequence[float]) -> float:
    """Return how far the farthest of a prior's three quantiles is from what was asked, in widths between the outer two asked."""
    wanted = np.array([working_value(x, quantity.target) for x in asked])
    return float(np.abs(np.array(quantiles(quantity, prior)) - wanted).max() / (wanted[2] - wanted[0]))


def _skewed(quantity: Quantity, wanted: Sequence[float]) -> str | None:
    """Return the distribution of the family for skewed priors whose quantiles are nearest, by least squares on the working scale."""
    name = _SKEWED.get(quantity.support)
    if name is None or (quantity.support == "fraction" and quantity.unit.factor != 1):  # in percent a case takes no Beta
        return None
    from scipy.optimize import least_squares

    family, target, u = FAMILIES[name], quantity.target, np.array(LEVELS)
    middle, sd = natural_value(wanted[1], target), (wanted[2] - wanted[0]) / (2 * _Z)

    def prior(logs: Array) -> Parameters:
        return dict(zip(family.parameters, map(float, np.exp(logs)), strict=True))

    def off(logs: Array) -> Array:
        x = family.quantile(prior(logs), u)
        inside = np.clip(x, 1e-300, 1 - 1e-16 if name == "Beta" else 1e300)
        return np.array([working_value(float(one), target) for one in inside]) - np.asarray(wanted)

    shape = sd**-2
    start = [shape, shape / middle] if name == "Gamma" else [shape / (1 - middle), shape / middle]
    found = least_squares(off, np.log(start), max_nfev=200)
    return f"{name}({', '.join(f'{x:.4g}' for x in prior(found.x).values())})"


def neat(value: float) -> float:
    """Return a whole number as one, so that it is spelled as people do."""
    return int(value) if value == round(value) and abs(value) < 1e15 else value


# ------------------------------------------------------------ what is shown


def panel(axis: Axis, prior: Prior, asked: Sequence[int]) -> dict[str, Any]:
    """Return what a prior implies, for the page.

    Parameters
    ----------
    axis : Axis
    prior : Prior
        As the case with it has it.
    asked : sequence of int
        The steps at which the three handles stand.

    Returns
    -------
    dict
        ``picture`` as `picture` gives one, ``told`` in words, ``rows`` of quantile, asked and implied, and whether they are ``near``.
    """
    quantity = axis.quantity
    found = natural_quantiles(quantity, prior, (LEVELS[0], 0.25, LEVELS[1], 0.75, LEVELS[2]))
    shown = resolved(shown_by(quantity, (found[0], found[2], found[4]), PRINT), found)
    rows = [[stated_percent(level, PRINT), axis.words[at], shown.value(x)] for level, at, x in zip(LEVELS, asked, found[::2], strict=True)]
    told = (f"Median {shown.value(found[2])}; {stated_percent(0.5, PRINT)} from {shown.range(found[1], found[3])}, "
            f"{stated_percent(COVERAGE, PRINT)} from {shown.range(found[0], found[4])}.")
    if any(map(math.isfinite, quantity.limits)):
        told += " The quantity has limits, which cut it further."
    near = misfit(quantity, prior, [axis.values[at] for at in asked]) <= _NEAR
    return {"picture": _picture(axis, prior), "told": told, "rows": rows, "near": near}


def _picture(axis: Axis, prior: Prior) -> dict[str, Any]:
    quantity, target = axis.quantity, axis.quantity.target
    at = np.linspace(axis.first, axis.last, 161)
    width = axis.last - axis.first

    def place(x: float) -> float:
        return round(min(max((x - axis.first) / width, 0.0), 1.0), 4)

    line = [[place(float(x)), round(float(y), 4)] for x, y in zip(at, _density(quantity, prior, at), strict=True)]
    low, high, shown = axis.values[0], axis.values[-1], shown_by(quantity, [axis.values[k] for k in axis.homes], PRINT)
    if quantity.scale == "logit":
        wanted = [x for share in _SHARES if low < (x := quantity.unit.from_root(share)) < high]
    else:
        wanted = ticks(low, high, shown, log=quantity.scale == "log")
    if len(wanted) < 2:
        wanted = ticks(low, high, shown, log=False)
    drawn = [{"x": place(working_value(x, target)), "words": shown.unit_behind(shown.tick(x)) if shown.unit == "%" else shown.tick(x)}
             for x in wanted if low <= x <= high]
    return {"curves": {"now": {"line": line, "marks": [place(x) for x in quantiles(quantity, prior)]}}, "ticks": drawn,
            "unit": "" if shown.unit == "%" else shown.column}


__all__ = ["COVERAGE", "LEVELS", "Axis", "axis_of", "misfit", "natural_quantiles", "neat", "panel", "quantiles", "statement"]

"""From what a claim says to a distribution on its target's working scale (CASE.md section 3)."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from statistics import NormalDist

from nkestimate.case.distributions import Prior
from nkestimate.case.model import Statement, Target
from nkestimate.families import normal_of_range
from nkestimate.families import z_of as z_of

_LARGEST_LOG = math.log(sys.float_info.max)


@dataclass(frozen=True)
class Spread:
    """A statement on the working scale.

    Attributes
    ----------
    m : float
        Its centre.
    left, right : float
        Standard deviations below and above ``m``; equal but for three quantiles.
    """

    m: float
    left: float
    right: float

    @property
    def s(self) -> float:
        """The one spread where one is wanted: the mean of both sides."""
        return (self.left + self.right) / 2

    @property
    def symmetric(self) -> bool:
        return self.left == self.right


def working_value(value: float, target: Target) -> float:
    """Return g(value) for a value in the target's unit."""
    if target.scale == "log":
        return math.log(value)
    if target.scale == "logit":
        share = target.unit.to_root(value)
        return math.log(share / (1 - share))
    return value


def natural_value(working: float, target: Target) -> float:
    """Return the value in the target's unit whose g is ``working``: the inverse of `working_value`; inf beyond all floats."""
    if target.scale == "log":
        return math.exp(working) if working < _LARGEST_LOG else math.inf
    if target.scale == "logit":
        small = math.exp(-abs(working))
        return target.unit.from_root((1.0 if working > 0 else small) / (1 + small))
    return working


def spread_of(statement: Statement, target: Target) -> Spread:
    """Read a statement as a centre and spreads on its target's working scale."""
    if statement.kind == "estimate":
        return _estimate(statement, target)
    if statement.kind == "quantiles":
        return _quantiles(statement, target)
    if statement.count is not None:
        return _counted(*statement.count, target)
    low, high = working_value(statement.low, target), working_value(statement.high, target)
    m, s = normal_of_range(low, high, statement.coverage)
    # A single value is its own centre, bound or not; the range around it gives the spread only.
    return Spread(m if math.isnan(statement.value) else working_value(statement.value, target), s, s)


def working_normal(prior: Prior, target: Target) -> Prior:
    """Return what a prior ``{between: …}`` stands for on its quantity's working scale."""
    low, high = (working_value(prior[end], target) for end in ("lower", "upper"))
    return Prior.normal(*normal_of_range(low, high, prior["coverage"]))


def _estimate(statement: Statement, target: Target) -> Spread:
    value, error = statement.value, statement.standard_error
    if target.scale == "log":
        s = error / value
    elif target.scale == "logit":
        share = target.unit.to_root(value)
        s = error * target.unit.factor / (share * (1 - share))
    else:
        s = error
    return Spread(working_value(value, target), s, s)


def _counted(k: int, n: int, target: Target) -> Spread:
    """k of n: half a case is added to each side, so that none and all have a place on the scale."""
    yes, no = k + 0.5, n - k + 0.5
    if target.scale == "logit":
        s = math.sqrt(1 / yes + 1 / no)
        return Spread(math.log(yes / no), s, s)
    s = math.sqrt(1 / yes - 1 / (n + 1))
    return Spread(working_value(target.unit.from_root(yes / (n + 1)), target), s, s)


def _quantiles(statement: Statement, target: Target) -> Spread:
    points = [(NormalDist().inv_cdf(p), working_value(value, target)) for p, value in statement.quantiles]
    if len(points) == 2:
        (z0, y0), (z1, y1) = points
        s = (y1 - y0) / (z1 - z0)
        return Spread(y0 - z0 * s, s, s)
    (z0, y0), (_, m), (z1, y1) = points
    return Spread(m, (y0 - m) / z0, (y1 - m) / z1)

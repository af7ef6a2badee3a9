"""The picture of a total: a smooth density and where its median and interval stand, in shares of the picture's width and height."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.model import Derived, Quantity
from nkestimate.fitting.densities import density
from nkestimate.fitting.draws import weighted_quantiles
from nkestimate.wording.numbers import Display

Array = NDArray[np.float64]
_POINTS = 120
_OUTER = (0.002, 0.998)  # quantiles between which it is drawn
_SPREAD = 4.0  # times that the upper end of a positive total is above the lower, from which on its axis is logarithmic
_MOST_TICKS = 6


@dataclass(frozen=True)
class Sample:
    """Draws of a total, ascending, with their weights, which sum to one.

    Attributes
    ----------
    whole : bool
        Whether every draw has a value; those that have none are left out.
    """

    values: Array
    weights: Array
    whole: bool = True

    @classmethod
    def of(cls, values: Array, weights: Array | None = None) -> Sample:
        """Make a sample of draws, of equal weights where none are given."""
        flat = np.asarray(values, float).reshape(-1)
        shares = np.full(flat.size, 1 / max(flat.size, 1)) if weights is None else weights
        fine = np.isfinite(flat)
        order = np.argsort(flat[fine], kind="stable")
        kept = shares[fine][order]
        return cls(flat[fine][order], kept / kept.sum() if kept.sum() > 0 else kept, not np.isnan(flat).any())

    def quantiles(self, levels: Sequence[float]) -> list[float]:
        """Return quantiles; nan where no draw has a value."""
        return weighted_quantiles(self.values, self.weights, levels) if self.values.size else [math.nan] * len(levels)


def picture(total: Quantity | Derived, samples: Mapping[str, Sample], shown: Display) -> dict[str, Any] | None:
    """Return the geometry of the densities of a total.

    Parameters
    ----------
    total : Quantity or Derived
    samples : mapping of str to Sample
        By what they are called on the page.
    shown : Display
        Writes the ticks.

    Returns
    -------
    dict or None
        ``curves`` by name, each with its ``line`` (x and y from 0 to 1) and ``marks`` (x of the 5, 50 and 95 % quantile); ``ticks``
        (x and words). None where there is no spread to draw.
    """
    ends = [sample.quantiles(_OUTER) for sample in samples.values() if sample.values.size]
    if not ends:
        return None
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if not math.isfinite(high - low) or high <= low:
        return None
    log = total.support == "positive" and low > 0 and high > _SPREAD * low
    scale = np.log if log else np.asarray
    left, right = float(scale(low)), float(scale(high))
    margin = 0.03 * (right - left)
    left, right = left - margin, right + margin
    first, last = (math.exp(left), math.exp(right)) if log else (left, right)
    curves = {name: density(sample.values, first, last, log=log, scale=_scale(total), points=_POINTS, weights=sample.weights)[1]
              for name, sample in samples.items()}
    top = max(float(curve.max()) for curve in curves.values()) or 1.0

    def place(value: float) -> float:
        return round(min(max((float(scale(value)) - left) / (right - left), 0.0), 1.0), 4) if value > 0 or not log else 0.0

    return {
        "curves": {name: {"line": [[round(i / (_POINTS - 1), 4), round(float(y) / top, 4)] for i, y in enumerate(curve)],
                          "marks": [place(q) for q in samples[name].quantiles((0.05, 0.5, 0.95))]} for name, curve in curves.items()},
        "ticks": [{"x": place(value), "words": shown.unit_behind(shown.tick(value)) if shown.unit == "%" else shown.tick(value)}
                  for value in ticks(low, high, shown, log=log)],
        "unit": "" if shown.unit == "%" else shown.column}


def _scale(total: Quantity | Derived) -> str:
    """Return the scale that a total's kernel density is best made on."""
    return total.scale if total.scale != "logit" or total.support == "fraction" else "identity"


def ticks(low: float, high: float, shown: Display, *, log: bool) -> list[float]:
    """Return values of the axis, in the total's unit, that are round as they are written.

    Parameters
    ----------
    low, high : float
    shown : Display
    log : bool
        Whether the axis is logarithmic: then 1, 2 and 5 and their tenfolds, fewer where these are too many.
    """
    factor = shown.factor or 1.0
    first, last = factor * low, factor * high
    if log:
        powers = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
        for digits in ((1, 2, 5), (1, 3), (1,)):
            found = [d * 10.0**k for k in powers for d in digits if first <= d * 10.0**k <= last]
            if len(found) <= _MOST_TICKS:
                break
        found = found[:: math.ceil(len(found) / _MOST_TICKS)] if found else []
        if len(found) >= 2:
            return [value / factor for value in found]
    step = 10.0 ** math.floor(math.log10((last - first) / 2))
    step = next(s for s in (step, 2 * step, 5 * step, 10 * step) if (last - first) / s <= _MOST_TICKS - 1)
    return [k * step / factor for k in range(math.ceil(first / step), math.floor(last / step) + 1)]


__all__ = ["Sample", "picture", "ticks"]

"""What draws say about one variable when another is known: shares of variance, conditional quantiles.

Everything here works on given draws, whatever made them, and lets the unknowns depend on each other. Both variables
are replaced by their normal scores, the standard normal quantiles of their ranks: quantiles and medians commute with
monotone maps, so nothing is lost, heavy tails do no harm, and where the two are jointly Gaussian (or lognormal, or
any monotone images of it) the regression is exactly linear. ``docs/solidity.md`` derives and measures the rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.interpolate import BSpline

Array = NDArray[np.float64]

_COLUMNS = 12  # of the cubic spline basis: eight knots inside
_LEAST_DRAWS = 20  # for each column
_WINDOW = 0.1  # share of the draws whose residuals stand for those at a point
_POINTS = 50  # at which a conditional width is averaged
BLOCKS = 20  # of the jackknife


def ranks(values: Array) -> Array:
    """Return (rank − ½)/n of each value, ties sharing theirs, shape (draw,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - (counts - 1) / 2) - 0.5)[inverse] / len(values)


def normal_scores(values: Array) -> Array:
    """Return the standard normal quantile of each value's rank, shape (draw,)."""
    return special.ndtri(ranks(values))


@dataclass(frozen=True)
class Basis:
    """A cubic spline basis over the normal scores of one variable.

    Attributes
    ----------
    scores : array, shape (draw,)
    knots : array
    """

    scores: Array
    knots: Array

    @classmethod
    def over(cls, values: Array) -> Basis:
        """Return the basis for a variable's draws: knots at equal steps of its ranks, fewer where draws are few."""
        scores = normal_scores(values)
        inside = min(_COLUMNS, max(len(scores) // _LEAST_DRAWS, 4)) - 4
        places = special.ndtri(np.arange(1, inside + 1) / (inside + 1))
        low, high = scores.min() - 1e-9, scores.max() + 1e-9
        places = places[(places > low) & (places < high)]
        return cls(scores, np.concatenate([[low] * 4, places, [high] * 4]))

    @property
    def columns(self) -> int:
        return len(self.knots) - 4

    def matrix(self, at: Array | None = None) -> Array:
        """Return the basis functions at normal scores, by default the draws' own; shape (point, column)."""
        points = self.scores if at is None else np.clip(at, self.knots[0], self.knots[-1])
        return np.asarray(BSpline.design_matrix(points, self.knots, 3).todense())


def blocks(size: int, count: int = BLOCKS) -> NDArray[np.int_]:
    """Return the block of consecutive draws that each draw is in, shape (draw,); what is autocorrelated stays together."""
    return np.arange(size) * min(count, size) // size


def variance_share(x: Array, y: Array, effective: float | None = None) -> tuple[float, float]:
    """Estimate the first-order effect Var(E[y|x])/Var(y) and its standard error from draws.

    y is regressed on a cubic spline of the normal scores of x. With p columns and n effective draws even an x that says
    nothing explains p/n of the variance; the adjusted coefficient of determination 1 − (RSS/(n − p))/(TSS/(n − 1)) takes
    that off. The error is that of a jackknife over blocks of consecutive draws.

    Parameters
    ----------
    x, y : array, shape (draw,)
        In the order in which they were drawn, chains joined.
    effective : float, optional
        Effective number of draws; default all.

    Returns
    -------
    (float, float)
        The share, in [0, 1], and its standard error.

    References
    ----------
    Given-data estimators: Plischke, Borgonovo & Smith 2013, doi:10.1016/j.ejor.2012.11.047. Estimation by smoothing:
    Da Veiga, Wahl & Gamboa 2009, Technometrics 51:452. Jackknife over blocks: Künsch 1989, doi:10.1214/aos/1176347265.
    """
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0, 0.0
    n = float(min(effective or len(y), len(y)))
    basis = Basis.over(x)
    B, block = basis.matrix(), blocks(len(y))
    y = (y - y.mean()) / y.std()
    pieces = [B[block == b] for b in range(block[-1] + 1)]
    gram = np.stack([piece.T @ piece for piece in pieces])
    cross = np.stack([piece.T @ y[block == b] for b, piece in enumerate(pieces)])
    sums = np.stack([np.bincount(block), np.bincount(block, y), np.bincount(block, y * y)], axis=-1).astype(float)
    whole = _adjusted(gram.sum(axis=0), cross.sum(axis=0), sums.sum(axis=0), n)
    without = np.array([
        _adjusted(gram.sum(axis=0) - g, cross.sum(axis=0) - c, sums.sum(axis=0) - s, n * (1 - s[0] / len(y)))
        for g, c, s in zip(gram, cross, sums, strict=True)])
    return min(max(whole, 0.0), 1.0), jackknife_error(without)


def _adjusted(gram: Array, cross: Array, sums: Array, n: float) -> float:
    count, first, second = sums
    total = second - first**2 / count
    # A touch of ridge: a block left out may leave a column nearly empty.
    solved = np.linalg.solve(gram + 1e-9 * np.trace(gram) / len(gram) * np.eye(len(gram)), cross)
    left = second - float(cross @ solved)
    columns = len(gram)
    return 1 - left / total * (n - 1) / (n - columns) if n > columns + 1 else 0.0


def jackknife_error(without: Array) -> float:
    """Return the standard error of a statistic from its values with one block left out each."""
    count = len(without)
    if not np.all(np.isfinite(without)):
        return math.nan
    with np.errstate(over="ignore"):
        return math.sqrt((count - 1) / count) * math.hypot(*(without - without.mean()))  # which overflows only where the error does


@dataclass(frozen=True)
class Response:
    """What is to be predicted: its normal scores in the order of the draws, and its values, sorted."""

    scores: Array
    ascending: Array

    @classmethod
    def of(cls, y: Array) -> Response:
        return cls(normal_scores(y), np.sort(y))


@dataclass(frozen=True)
class Conditional:
    """The distribution of y given x, learned from draws.

    In normal scores, y is a spline of x and a residual. The residuals of the tenth of the draws whose x is nearest
    (in rank) stand for the residual at a point, so that its spread and shape may change with x.

    Attributes
    ----------
    basis : Basis
    residuals : array, shape (draw,)
        In ascending x, with the degrees of freedom of the spline given back.
    coefficients : array, shape (column,)
    ascending : array, shape (draw,)
        y, sorted.
    """

    basis: Basis
    residuals: Array
    coefficients: Array
    ascending: Array

    @classmethod
    def of(cls, x: Array, y: Array | Response, effective: float | None = None) -> Conditional:
        """Learn y given x from draws, each of shape (draw,)."""
        known = y if isinstance(y, Response) else Response.of(y)
        n = float(min(effective or len(x), len(x)))
        basis = Basis.over(x)
        B = basis.matrix()
        gram = B.T @ B
        coefficients = np.linalg.solve(gram + 1e-9 * np.trace(gram) / len(gram) * np.eye(len(gram)), B.T @ known.scores)
        residuals = (known.scores - B @ coefficients) * np.sqrt(n / max(n - basis.columns, 1.0))
        return cls(basis, residuals[np.argsort(basis.scores, kind="stable")], coefficients, known.ascending)

    def quantiles(self, levels: Array, at: Array) -> Array:
        """Return quantiles of y where x is at its own quantiles ``at``, shape (point, level)."""
        n = len(self.residuals)
        width = max(int(_WINDOW * n), min(n, 20))
        starts = np.clip((np.asarray(at) * n - width / 2).astype(int), 0, n - width)
        windows = np.lib.stride_tricks.sliding_window_view(self.residuals, width)[starts]
        spread = np.quantile(windows, levels, axis=-1, method="hazen").T
        scores = (self.basis.matrix(special.ndtri(np.asarray(at))) @ self.coefficients)[:, None] + spread
        return np.interp(special.ndtr(scores) * n - 0.5, np.arange(n), self.ascending)

    def width(self, level: float = 0.9) -> float:
        """Return E over x of the width of y's central interval given x."""
        at = (np.arange(_POINTS) + 0.5) / _POINTS
        low, high = self.quantiles(np.array([(1 - level) / 2, (1 + level) / 2]), at).T
        return float(np.mean(high - low))


def interval_width(y: Array, level: float = 0.9) -> float:
    """Return the width of the central interval of draws."""
    low, high = np.quantile(y, [(1 - level) / 2, (1 + level) / 2], method="hazen")
    return float(high - low)

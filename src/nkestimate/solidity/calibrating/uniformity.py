"""Whether numbers are uniform on (0, 1): their ECDF with a simultaneous band, and χ² of a histogram."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
COVERAGE = 0.95
_MOST_POINTS, _LEAST_POINTS, _MOST_BINS, _IN_A_BIN = 100, 10, 20, 5


@dataclass(frozen=True)
class Band:
    """Where the ECDF of uniform numbers stays, all along, with a given probability.

    Attributes
    ----------
    z : array
        Points at which the ECDF is looked at.
    low, high : array
        Its least and greatest value there.
    gamma : float
        What the binomial interval at each point leaves out.
    """

    z: Array
    low: Array
    high: Array
    gamma: float


@dataclass(frozen=True)
class Uniformity:
    """How uniform some numbers are.

    Attributes
    ----------
    n : int
        How many numbers.
    ratio : float
        The largest distance of their ECDF from the diagonal, in widths of the 95 % band there: above 1 it leaves the band.
    p : float
        Probability that uniform numbers leave a band as narrow as these do.
    chi2_p : float or None
        Of χ² over a histogram; None where there are too few for one.
    mean : float
        ½ where they are uniform.
    """

    n: int
    ratio: float
    p: float
    chi2_p: float | None
    mean: float

    @property
    def inside(self) -> bool:
        """Whether the ECDF stays in the band."""
        return self.ratio <= 1


def points(n: int) -> Array:
    """Return where the ECDF of n numbers is looked at: as many points as numbers, from 10 to 100, equally spaced, the ends left out."""
    number = min(max(n, _LEAST_POINTS), _MOST_POINTS)
    return np.arange(1, number) / number


def ecdf(u: Array, z: Array) -> Array:
    """Return the share of numbers up to each point."""
    return np.searchsorted(np.sort(u), z, side="right") / len(u)


@lru_cache(maxsize=16)
def _tails(n: int) -> Array:
    """Return twice the smaller tail of Binomial(n, z) at each count, both tails with the count itself; shape (point, count)."""
    counts, z = np.arange(n + 1), points(n)[:, None]
    up_to = special.bdtr(counts, n, z)
    before = np.concatenate([np.zeros((len(z), 1)), up_to[:, :-1]], axis=1)
    return np.asarray(2 * np.minimum(up_to, 1 - before))


def staying(n: int, gamma: float) -> float:
    """Return the probability that the ECDF of n uniform numbers stays, at every point, where both tails exceed γ/2.

    Counts up to equally spaced points are sums of independent Poisson numbers, given that all of them add up to n: the paths that
    have stayed are carried from point to point by one convolution.
    """
    inside = _tails(n) > gamma
    mean, counts = n / (len(inside) + 1), np.arange(n + 1)
    step = np.exp(counts * np.log(mean) - mean - special.gammaln(counts + 1))
    paths = np.zeros(n + 1)
    paths[0] = 1.0
    for allowed in inside:
        paths = np.where(allowed, np.convolve(paths, step)[: n + 1], 0.0)
    whole = np.exp(n * np.log(n) - n - special.gammaln(n + 1))
    return float(paths @ step[::-1] / whole)


@lru_cache(maxsize=16)
def band(n: int) -> Band:
    """Return the simultaneous band for the ECDF of n uniform numbers.

    At each point it is a binomial interval; all leave out the same γ, the largest with which the ECDF stays in all of them with
    probability `COVERAGE`. It is found from the exact probability, by bisection.

    References
    ----------
    Säilynoja, Bürkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6.

    Examples
    --------
    >>> found = band(100)
    >>> 0.001 < found.gamma < 0.05
    True
    """
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if staying(n, middle) >= COVERAGE else (low, middle)
    inside, z = _tails(n) > low, points(n)
    return Band(z, np.argmax(inside, axis=1) / n, (n - np.argmax(inside[:, ::-1], axis=1)) / n, low)


def uniformity(u: Array) -> Uniformity:
    """Judge whether numbers are uniform on (0, 1).

    Examples
    --------
    >>> uniformity((np.arange(200) + 0.5) / 200).inside, uniformity(np.full(200, 0.3)).inside
    (True, False)
    """
    n, found = len(u), band(len(u))
    reached = ecdf(u, found.z)
    # Half a count keeps the widths above 0 where the band touches the diagonal.
    over = (reached - found.z) / (found.high + 0.5 / n - found.z)
    under = (found.z - reached) / (found.z - found.low + 0.5 / n)
    counts = np.rint(reached * n).astype(int)
    gamma = float(np.min(_tails(n)[np.arange(len(found.z)), counts]))
    # A hair below: the path itself must count among those that go as far.
    p = 1 - staying(n, gamma * (1 + 1e-12))
    return Uniformity(n, float(np.maximum(over, under).max()), min(max(p, 0.0), 1.0), _chi2_p(u), float(np.mean(u)))


def _chi2_p(u: Array) -> float | None:
    bins = min(_MOST_BINS, len(u) // _IN_A_BIN)
    if bins < 5:
        return None
    counts, _ = np.histogram(u, bins=bins, range=(0.0, 1.0))
    expected = len(u) / bins
    return float(special.chdtrc(bins - 1, np.sum((counts - expected) ** 2) / expected))

"""Whether chains may be believed: R-hat, effective sample sizes, divergences (Vehtari et al. 2021, doi:10.1214/20-BA1221)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nkestimate.engine.nuts import Chains

Array = NDArray[np.float64]

MOST_R_HAT = 1.01
LEAST_ESS = 400.0
# What is asked of any mode that matters, however small its share.
FAIR_R_HAT = 1.05
FAIR_ESS = 100.0


@dataclass(frozen=True)
class Gate:
    """Diagnostics of a set of chains.

    Attributes
    ----------
    max_r_hat, min_ess_bulk, min_ess_tail : float
    divergences : int
    reasons : tuple of str
        Why it fails; empty where it passes.
    size : int
        Draws in all.
    lost : int
        Draws that a chain is short of, where a positive total came out at or below 0.
    """

    max_r_hat: float
    min_ess_bulk: float
    min_ess_tail: float
    divergences: int
    reasons: tuple[str, ...]

    size: int = 0
    lost: int = 0

    @property
    def ok(self) -> bool:
        return not self.reasons

    def of_share(self, share: float) -> Gate:
        """Judge again as one mode of several, with this share of the probability.

        Of the variance of a mixture's chain means a mode with share p adds p² of its own. So with p (R-hat² − 1) in place
        of R-hat² − 1, and ESS/p in place of the ESS, modes that all pass make a mixture that passes. As the share is
        estimated from these very chains, they have to be fair ones whatever it is.
        """
        share = min(max(share, 1e-9), 1.0)
        r_hat = math.sqrt(1 + share * (self.max_r_hat**2 - 1))
        judged = gate(r_hat, self.min_ess_bulk / share, self.min_ess_tail / share, self.divergences, self.size, self.lost)
        reasons = list(judged.reasons)
        if share < 1 and judged.ok and not (self.max_r_hat < FAIR_R_HAT and self.least_ess > min(FAIR_ESS, 0.8 * self.size)):
            reasons.append(f"a mode with share {share:.2g} has R-hat {self.max_r_hat:.2f} and effective sample size {self.least_ess:.0f} "
                           f"(below {FAIR_R_HAT} and above {FAIR_ESS:.0f} are wanted of any)")
        return replace(self, reasons=tuple(reasons))

    @property
    def least_ess(self) -> float:
        """The smallest effective sample size, at least 1."""
        return max(min(self.min_ess_bulk, self.min_ess_tail), 1.0)


def least_ess(draws: int) -> float:
    """Return the effective sample size that is wanted of so many draws."""
    return min(LEAST_ESS, 0.8 * draws)


def gate(r_hat: float, ess_bulk: float, ess_tail: float, divergences: int, draws: int, lost: int = 0) -> Gate:
    """Judge diagnostics: R-hat < 1.01, bulk and tail ESS > 400, no divergences.

    Where fewer than 500 draws were asked for, the ESS wanted is 80 percent of them.
    """
    least = least_ess(draws)
    reasons = []
    if math.isnan(r_hat):
        reasons.append("R-hat can't be told: the chains are too short, or have not moved")
    elif not r_hat < MOST_R_HAT:
        reasons.append(f"R-hat is {r_hat:.3f} (below {MOST_R_HAT} is wanted)")
    if not ess_bulk > least:
        reasons.append(f"the bulk effective sample size is {ess_bulk:.0f} (above {least:.0f} is wanted)")
    if not ess_tail > least:
        reasons.append(f"the tail effective sample size is {ess_tail:.0f} (above {least:.0f} is wanted)")
    if divergences:
        reasons.append(f"{divergences} divergent transitions (none are wanted)")
    if lost:
        reasons.append(f"{lost} draws a chain were lost where a positive total is not positive")
    return Gate(r_hat, ess_bulk, ess_tail, divergences, tuple(reasons), draws, lost)


def check_chains(chains: Chains) -> Gate:
    """Judge NUTS chains by all of their inputs, none of which is a constant: chains that have not moved tell nothing."""
    draws = chains.points.shape[0] * chains.points.shape[1]
    found = [measures(column) if np.ptp(column) > 0 else (math.nan, 1.0, 1.0) for column in np.moveaxis(chains.points, -1, 0)]
    r_hats, bulks, tails = zip(*found, strict=True) if found else ((1.0,), (float(draws),), (float(draws),))
    return gate(float(np.max(r_hats)), min(bulks), min(tails), int(chains.diverging.sum()), draws)


def measures(draws: Array) -> tuple[float, float, float]:
    """Return R-hat, bulk ESS and tail ESS of draws (chain, draw); a constant has R-hat 1 and full ESS.

    ArviZ's own (rank-normalised, split; tail at 5 and 95 percent), written out here because importing ArviZ takes
    longer than a whole fit; the tests hold them equal.

    References
    ----------
    Vehtari et al. 2021, doi:10.1214/20-BA1221. Geyer 1992, doi:10.1214/ss/1177011137.
    """
    if draws.shape[1] < 8:
        return math.nan, float(draws.size), float(draws.size)
    draws = draws if np.all(np.isfinite(draws)) else _ranks(draws)
    split = _split(draws)
    order, rising = _sorted(split)
    if rising[-1] - rising[0] <= np.finfo(float).resolution * max(abs(rising[0]), abs(rising[-1])):
        return 1.0, float(draws.size), float(draws.size)
    middle = _quantile(rising, 0.5)
    whole = rising if split.size == draws.size else np.sort(draws, axis=None)  # with the draw in the middle of each chain
    tails = [(split <= _quantile(whole, p)).astype(float) for p in (0.05, 0.95)]
    normal = _normal_scores(order, rising).reshape(split.shape)
    # By distance from the median: what is below it and what is above are in order already, and a stable sort merges them.
    below = int(np.searchsorted(rising, middle))
    distance = np.concatenate([middle - rising[:below][::-1], rising[below:] - middle])
    merged = np.argsort(distance, kind="stable")
    folded = _normal_scores(np.concatenate([order[:below][::-1], order[below:]])[merged], distance[merged]).reshape(split.shape)
    bulk, *tail = _ess(np.stack([normal, *tails]))
    return max(_r_hat(normal), _r_hat(folded)), bulk, min(tail)


def bulk_ess(draws: Array) -> float:
    """Return the bulk ESS of draws (chain, draw) alone."""
    if draws.shape[1] < 8:
        return float(draws.size)
    split = _split(draws)
    return _ess(_normal_scores(*_sorted(split)).reshape(1, *split.shape))[0]


def _split(draws: Array) -> Array:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _sorted(draws: Array) -> tuple[NDArray[np.int64], Array]:
    """Return where the draws stand in rising order, and the draws in that order."""
    order = np.argsort(draws, axis=None)
    return order, draws.ravel()[order]


def _quantile(rising: Array, p: float) -> float:
    """Return a quantile of sorted draws, as NumPy's: linear between neighbours."""
    return float(np.interp((rising.size - 1) * p, np.arange(rising.size), rising))


def _ranks(draws: Array) -> Array:
    """Return average ranks from 1 on; infinite values take theirs like any other."""
    order, rising = _sorted(draws)
    return _scattered(order, _average_ranks(rising)).reshape(draws.shape)


def _average_ranks(rising: Array) -> Array:
    ranks = np.arange(1.0, rising.size + 1)
    ties = rising[1:] == rising[:-1]
    if ties.any():
        group = np.concatenate([[0], np.cumsum(~ties)])
        ranks = (np.bincount(group, weights=ranks) / np.bincount(group))[group]
    return ranks


def _scattered(order: NDArray[np.int64], values: Array) -> Array:
    out = np.empty(values.size)
    out[order] = values
    return out


def _normal_scores(order: NDArray[np.int64], rising: Array) -> Array:
    """Return the normal scores of draws by their rank; ``order`` says where each stands."""
    return _scattered(order, _scores(rising.size)[(2 * _average_ranks(rising)).astype(int) - 2])


@cache
def _scores(size: int) -> Array:
    """Return the normal scores of ranks 1, 1½, 2, … of so many draws: an average rank is one of them."""
    return special.ndtri((np.arange(2, 2 * size + 1) / 2 - 0.375) / (size + 0.25))


def _r_hat(draws: Array) -> float:
    n = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean()
    between = n * draws.mean(axis=1).var(ddof=1)
    if within == 0:  # chains that do not move agree only if they stand at the same place
        return 1.0 if between == 0 else math.inf
    return float(np.sqrt((between / within + n - 1) / n))


def _ess(series: Array) -> list[float]:
    """Return the effective sample size of each of several series (series, chain, draw), by Geyer's initial monotone sequence."""
    count, m, n = series.shape
    lagged = _autocovariance(series)
    between = series.mean(axis=2).var(axis=1, ddof=1) if m > 1 else np.zeros(count)
    return [_effective(lagged[i], float(between[i]), m * n) if np.ptp(series[i]) else float(m * n) for i in range(count)]


def _effective(lagged: Array, between: float, size: int) -> float:
    n = len(lagged)
    within = lagged[0] * n / (n - 1)
    rho = 1 - (within - lagged) / (lagged[0] + between)
    rho[0] = 1.0
    # Sums of neighbouring pairs are positive and fall, in a reversible chain: stop where they are not, and flatten.
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    most = (n - 3) // 2
    ended = np.flatnonzero(pairs[: most + 1] <= 0)
    kept = int(ended[0]) if ended.size else most
    tau = -1 + 2 * np.minimum.accumulate(pairs[:kept]).sum() + max(rho[2 * kept], 0.0)
    return size / max(float(tau), 1 / math.log10(size))


def _autocovariance(series: Array) -> Array:
    """Return autocovariances, averaged over chains: (series, lag)."""
    n = series.shape[-1]
    centred = series - series.mean(axis=-1, keepdims=True)
    waves = np.fft.rfft(centred, n=2 ** math.ceil(math.log2(2 * n)), axis=-1)
    power = (waves.real**2 + waves.imag**2).mean(axis=-2)
    return np.fft.irfft(power, axis=-1)[..., :n] / n

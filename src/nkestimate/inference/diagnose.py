"""Whether chains may be believed: R-hat, effective sample sizes, divergences (Vehtari et al. 2021, doi:10.1214/20-BA1221)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nkestimate.inference.nuts import Chains

Array = NDArray[np.float64]

MOST_R_HAT = 1.01
LEAST_ESS = 400.0


@dataclass(frozen=True)
class Gate:
    """Diagnostics of a set of chains.

    Attributes
    ----------
    max_r_hat, min_ess_bulk, min_ess_tail : float
    divergences : int
    reasons : tuple of str
        Why it fails; empty where it passes.
    """

    max_r_hat: float
    min_ess_bulk: float
    min_ess_tail: float
    divergences: int
    reasons: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.reasons

    @property
    def least_ess(self) -> float:
        """The smallest effective sample size, at least 1."""
        return max(min(self.min_ess_bulk, self.min_ess_tail), 1.0)


def gate(r_hat: float, ess_bulk: float, ess_tail: float, divergences: int, draws: int) -> Gate:
    """Judge diagnostics: R-hat < 1.01, bulk and tail ESS > 400, no divergences.

    Where fewer than 500 draws were asked for, the ESS wanted is 80 percent of them.
    """
    least = min(LEAST_ESS, 0.8 * draws)
    reasons = []
    if not r_hat < MOST_R_HAT:
        reasons.append(f"R-hat is {r_hat:.3f} (below {MOST_R_HAT} is wanted)")
    if not ess_bulk > least:
        reasons.append(f"the bulk effective sample size is {ess_bulk:.0f} (above {least:.0f} is wanted)")
    if not ess_tail > least:
        reasons.append(f"the tail effective sample size is {ess_tail:.0f} (above {least:.0f} is wanted)")
    if divergences:
        reasons.append(f"{divergences} divergent transitions (none are wanted)")
    return Gate(r_hat, ess_bulk, ess_tail, divergences, tuple(reasons))


def check_chains(chains: Chains) -> Gate:
    """Judge NUTS chains by all of their inputs."""
    columns = np.moveaxis(chains.points, -1, 0)
    r_hats, bulks, tails = zip(*(measures(column) for column in columns), strict=True)
    draws = chains.points.shape[0] * chains.points.shape[1]
    return gate(max(r_hats), min(bulks), min(tails), int(chains.diverging.sum()), draws)


def measures(draws: Array) -> tuple[float, float, float]:
    """Return R-hat, bulk ESS and tail ESS of draws (chain, draw); a constant has R-hat 1 and full ESS."""
    from arviz_stats.base import array_stats

    if not np.all(np.isfinite(draws)):
        draws = rank(draws)
    if np.ptp(draws) == 0:
        return 1.0, float(draws.size), float(draws.size)
    axes = {"chain_axis": 0, "draw_axis": 1}
    return (float(array_stats.rhat(draws, **axes)) if draws.shape[0] > 1 else _split_only(draws),
            float(array_stats.ess(draws, method="bulk", **axes)), float(array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)))


def _split_only(draws: Array) -> float:
    from arviz_stats.base import array_stats

    value = float(array_stats.rhat(np.stack(np.array_split(draws[0][: draws.shape[1] // 2 * 2], 2)), chain_axis=0, draw_axis=1))
    return value if math.isfinite(value) else 1.0


def rank(draws: Array) -> Array:
    """Return ranks, so that infinite values do no harm to measures that are functions of ranks."""
    return np.argsort(np.argsort(draws, axis=None)).reshape(draws.shape).astype(float)

"""How large errors are, whoever asks: a case's density, the track record of its sources, the ledger (CASE.md section 4)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from nkestimate.density.description import ScaleOrigin, Variance
from nkestimate.density.statements import Spread
from nkestimate.families import normal_of_range

LEAST_S = {"log": 0.5, "logit": 0.5, "identity": 0.0}
"""S_0 by working scale: what S takes in where few sources speak."""
BIAS = {"log": 0.5, "identity": 0.3}
"""Standard deviation of the bias among sources: of its log, and on identity in units of S. There is none on logit."""


def scale_of(said: Sequence[tuple[str, float, Spread]], scale: str, *, two_sided: bool) -> ScaleOrigin:
    """Return where S_t comes from: the variance of the linear pool of what is stated, more where few sources state it.

    Of each statement it takes who makes it, its weight and how it is read; distances between bounds do not count.
    """
    entries = Counter(root for root, _, _ in said)
    omega = [weight / entries[root] for root, weight, _ in said]
    total = sum(omega)
    parts: dict[str, float] = defaultdict(float)
    for (root, _, _), share in zip(said, omega, strict=True):
        parts[root] += share / total
    number = 1 / sum(part**2 for part in parts.values())
    variance = sum(share / total * spread.s**2 for share, (_, _, spread) in zip(omega, said, strict=True))
    if two_sided:
        mean = sum(share / total * spread.m for share, (_, _, spread) in zip(omega, said, strict=True))
        variance += sum(share / total * (spread.m - mean) ** 2 for share, (_, _, spread) in zip(omega, said, strict=True))
    return ScaleOrigin(variance * (1 + 1 / number), LEAST_S[scale] ** 2 / (number + 1), number)


def own_error(low: float, high: float, nearest: float, S: float, sigma: float, dark: bool) -> Variance:
    """Return Var O(high) − Var O(low): τ² for κ below 1 where it acts, S² above, and σ² from the source's nearest claim on."""
    tau2 = min(high, 1.0) - min(low, 1.0) if dark else 0.0
    beyond = max(high - 1.0, 0.0) - max(low - 1.0, 0.0)
    common = max(high - nearest, 0.0) - max(low - nearest, 0.0)
    return Variance(tau2, beyond * S**2 + common * sigma**2)


def mean_error(kappa: Any, common_error: float) -> Any:
    """Return the variance of the common and the own error together in units of S², τ² at its mean: one formula below κ = 1 and above."""
    return (common_error**2 + 1) * kappa


def normal_of_bias(overstates_by: tuple[float, float]) -> tuple[float, float]:
    """Return mean and standard deviation of δ, the log of the factor of which a source states a 90 % range."""
    low, high = map(math.log, overstates_by)
    return normal_of_range(low, high, 0.9)

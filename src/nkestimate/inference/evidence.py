"""How much probability each mode holds: the evidence of a configuration, by bridge sampling.

With draws from the posterior density p(u)/Z and from a normal q fitted to other draws of it, the optimal bridge
(Meng & Wong 1996, Statistica Sinica 6:831) estimates Z by iterating

    Z ← mean_q[ p/(s₁ p + s₂ Z q) ] / mean_p[ q/(s₁ p + s₂ Z q) ],   s₁ = n₁/(n₁ + n₂).

Its relative error follows Frühwirth-Schnatter (2004, doi:10.1111/j.1368-423X.2004.00125.x). In the standardised
coordinates the posterior is near normal, so that the two overlap well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """The log of a normalising constant, with the standard error of that log."""

    log: float
    error: float


def bridge(log_density: Callable[[Array], Array], chains: Array, ess: float, rng: np.random.Generator) -> Evidence:
    """Estimate ∫ exp(log_density(u)) du.

    Parameters
    ----------
    log_density : callable
        Maps points (n, coordinate) to log densities (n,).
    chains : array, shape (chain, draw, coordinate)
        Draws from the density.
    ess : float
        Effective number of these draws, for the error.
    rng : numpy.random.Generator

    Returns
    -------
    Evidence
    """
    if chains.shape[-1] == 0:  # no integral is left
        return Evidence(float(log_density(np.empty((1, 0)))[0]), 0.0)
    # Halves by chain, so that chains which stand apart disagree; by draw where there is one chain.
    half = chains.shape[1] // 2
    halves = (chains[::2], chains[1::2]) if len(chains) > 1 else (chains[:, :half], chains[:, half:])
    parts = [part.reshape(-1, chains.shape[-1]) for part in halves]
    share = ess / (chains.shape[0] * chains.shape[1])
    one = _half(log_density, parts[0], parts[1], share, rng)
    two = _half(log_density, parts[1], parts[0], share, rng)
    # The halves' estimates are nearly independent; should they disagree by more than they claim, believe that.
    error = max(math.hypot(one.error, two.error) / 2, abs(one.log - two.log) / 2)
    return Evidence(float(np.logaddexp(one.log, two.log) - math.log(2)), error)


def _half(log_density: Callable[[Array], Array], fitted: Array, used: Array, share: float, rng: np.random.Generator) -> Evidence:
    dim = fitted.shape[1]
    mean = fitted.mean(axis=0)
    cov = np.cov(fitted, rowvar=False).reshape(dim, dim) + 1e-12 * np.eye(dim)
    root = np.linalg.cholesky(cov)
    inverse = np.linalg.inv(root)
    proposed = mean + rng.standard_normal((2 * len(used), dim)) @ root.T

    def log_q(points: Array) -> Array:
        z = (points - mean) @ inverse.T
        return -0.5 * np.sum(z**2, axis=1) - np.log(np.diag(root)).sum() - 0.5 * dim * math.log(2 * math.pi)

    l1 = log_density(used) - log_q(used)
    l2 = log_density(proposed) - log_q(proposed)
    l2 = np.where(np.isnan(l2), -np.inf, l2)
    n1, n2 = len(used) * share, float(len(proposed))
    log_s1, log_s2 = math.log(n1 / (n1 + n2)), math.log(n2 / (n1 + n2))
    log_z = float(np.median(l1))
    for _ in range(200):
        over = l2 - np.logaddexp(log_s1 + l2, log_s2 + log_z)
        under = -np.logaddexp(log_s1 + l1, log_s2 + log_z)
        new = float(special.logsumexp(over) - math.log(n2) - special.logsumexp(under) + math.log(len(used)))
        done = abs(new - log_z) < 1e-10
        log_z = new
        if done:
            break
    f2 = np.exp(l2 - np.logaddexp(log_s1 + l2, log_s2 + log_z))
    f1 = np.exp(log_z - np.logaddexp(log_s1 + l1, log_s2 + log_z))
    error = math.sqrt(_relative_variance(f2) / n2 + _relative_variance(f1) / n1)
    return Evidence(log_z, error)


def _relative_variance(f: Array) -> float:
    mean = f.mean()
    return float(f.var() / mean**2) if mean > 0 else math.inf

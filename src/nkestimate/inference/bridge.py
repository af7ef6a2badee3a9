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

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """The log of a normalising constant, with the standard error of that log."""

    log: float
    error: float


def bridge(log_density: Callable[[Array], Array], chains: Array, logs: Array, ess: float, rng: np.random.Generator) -> Evidence:
    """Estimate ∫ exp(log_density(u)) du.

    Parameters
    ----------
    log_density : callable
        Maps points (n, coordinate) to log densities (n,).
    chains : array, shape (chain, draw, coordinate)
        Draws from the density.
    logs : array, shape (chain, draw)
        Their log densities.
    ess : float
        Effective number of these draws, for the error.
    rng : numpy.random.Generator

    Returns
    -------
    Evidence
    """
    if chains.shape[-1] == 0:  # no integral is left
        return Evidence(float(logs[0, 0]), 0.0)
    # Halves by chain, so that chains which stand apart disagree; by draw where there is one chain.
    half = chains.shape[1] // 2
    parts = (np.s_[::2], np.s_[1::2]) if len(chains) > 1 else (np.s_[:, :half], np.s_[:, half:])
    points = [chains[part].reshape(-1, chains.shape[-1]) for part in parts]
    known = [logs[part].ravel() for part in parts]
    share = ess / logs.size
    one = _half(log_density, points[0], points[1], known[1], share, rng)
    two = _half(log_density, points[1], points[0], known[0], share, rng)
    # The halves' estimates are nearly independent; should they disagree by more than they claim, believe that.
    error = max(math.hypot(one.error, two.error) / 2, abs(one.log - two.log) / 2)
    return Evidence(float(np.logaddexp(one.log, two.log) - math.log(2)), error)


def _half(log_density: Callable[[Array], Array], fitted: Array, used: Array, logs: Array, share: float,
          rng: np.random.Generator) -> Evidence:
    dim = fitted.shape[1]
    mean = fitted.mean(axis=0)
    centred = fitted - mean
    # einsum rather than @: threads of a matrix library would stand in the way of those that sample the next mode
    root = np.linalg.cholesky(np.einsum("ni,nj->ij", centred, centred) / (len(fitted) - 1) + 1e-12 * np.eye(dim))
    inverse = np.linalg.inv(root)
    proposed = mean + np.einsum("nj,ij->ni", rng.standard_normal(used.shape), root)

    def log_q(points: Array) -> Array:
        z = np.einsum("nj,ij->ni", points - mean, inverse)
        return -0.5 * np.sum(z**2, axis=1) - np.log(np.diag(root)).sum() - 0.5 * dim * math.log(2 * math.pi)

    l1 = logs - log_q(used)
    l2 = log_density(proposed) - log_q(proposed)
    l2 = np.where(np.isnan(l2), -np.inf, l2)
    n1, n2 = len(used) * share, float(len(proposed))
    log_s1, log_s2 = math.log(n1 / (n1 + n2)), math.log(n2 / (n1 + n2))
    log_z = float(np.median(l1))

    def terms() -> tuple[Array, Array]:
        """Return p/(s₁ p + s₂ Z q) at the proposals and Z q/(s₁ p + s₂ Z q) at the draws: at most 1/s₁ and 1/s₂."""
        return np.exp(l2 - np.logaddexp(log_s1 + l2, log_s2 + log_z)), np.exp(log_z - np.logaddexp(log_s1 + l1, log_s2 + log_z))

    for _ in range(200):
        over, under = terms()
        step = math.log(max(over.mean(), 1e-300)) - math.log(max(under.mean(), 1e-300))
        log_z += step
        if abs(step) < 1e-10:
            break
    over, under = terms()
    error = math.sqrt(_relative_variance(over) / n2 + _relative_variance(under) / n1)
    return Evidence(log_z, error)


def _relative_variance(f: Array) -> float:
    mean = f.mean()
    return float(f.var() / mean**2) if mean > 0 else math.inf

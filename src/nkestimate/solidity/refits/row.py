"""What became of one variant of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nkestimate.fitting.records import QUANTILES as PROBABILITIES
from nkestimate.solidity.refits.variants import Variant

FITTED, CANNOT, UNCONVERGED, FAILED = "fitted", "cannot be said", "not converged", "failed"
QUANTILES = tuple(f"{p:g}" for p in PROBABILITIES)  # their keys in a row


@dataclass(frozen=True)
class Row:
    """What became of one variant.

    Attributes
    ----------
    variant : Variant
    status : str
        ``fitted``; ``cannot be said`` where a quantity has lost its only support (what does not stand on it is there);
        ``not converged`` where the sampler's diagnostics failed; ``failed`` where there was no fit.
    reason : str
        Why, where it did not converge or failed.
    lost : tuple of str
        Quantities that cannot be said.
    seed : int or None
    totals : mapping
        By id: ``unit``, ``quantiles`` (at 0.05, 0.25, 0.5, 0.75, 0.95) and ``mcse``, the Monte Carlo standard error of the
        median.
    questions : mapping
        By id: ``probability`` and ``mcse``.
    diagnostics : mapping
        As in a run's summary.
    parts : mapping
        Quantiles of the share of each part of the headline, by the part's canonical text.
    targets : mapping
        Quantiles, at the horizon, of what claims are about that is no total, by the target's key.
    shape : tuple of float
        Quantiles of the headline at `SHAPE`, from which its density is drawn.
    """

    variant: Variant
    status: str
    reason: str
    lost: tuple[str, ...]
    seed: int | None
    totals: Mapping[str, Mapping[str, Any]]
    questions: Mapping[str, Mapping[str, Any]]
    diagnostics: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    targets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shape: tuple[float, ...] = ()

    @classmethod
    def of(cls, variant: Variant, plain: Mapping[str, Any]) -> Row:
        """Return the row of a variant from a line of the file."""
        return cls(variant, plain["status"], plain["reason"], tuple(plain.get("lost", ())), plain.get("seed"), plain.get("totals", {}),
                   plain.get("questions", {}), plain.get("diagnostics", {}), plain.get("parts", {}), plain.get("targets", {}),
                   tuple(plain.get("shape", ())))

    @property
    def usable(self) -> bool:
        """Whether its figures may be used."""
        return self.status in (FITTED, CANNOT)

    def median(self, total: str) -> float | None:
        """Return a total's median; None where there is none."""
        return self.quantile(total, "0.5")

    def quantile(self, total: str, p: str) -> float | None:
        """Return a quantile of a total; None where there is none to be used."""
        entry = self.totals.get(total) if self.usable else None
        return entry["quantiles"][p] if entry else None

"""The record of a calibration: where each truth stood among its draws, and whether that is uniform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nkestimate.folder import reading
from nkestimate.solidity.calibrating.uniformity import Uniformity, uniformity
from nkestimate.text import as_csv, as_json

FORMAT = 1  # of the file
RANKED, UNCONVERGED, FAILED = "ranked", "not converged", "failed"
_MOST_UNCONVERGED = 0.05
DOUBTFUL = 0.05
"""A probability below which ranks are told not to be uniform, once it is multiplied by the number of things that were ranked."""


@dataclass(frozen=True)
class Ranked:
    """One thing whose truths were ranked.

    Attributes
    ----------
    name, label : str
        The name as in `Outcome`.
    u : tuple of float
        The place of the truth in each simulation that gave one, in their order.
    fewest : int
        The least number of draws that a truth was ranked among; 0 where none were needed.
    """

    name: str
    label: str
    u: tuple[float, ...]
    fewest: int

    @cached_property
    def uniformity(self) -> Uniformity:
        """How uniform the places are."""
        return uniformity(np.array(self.u))


@dataclass(frozen=True)
class ClaimPlace:
    """Where what a claim states stands in what the rest of the case predicts that its source would state.

    Attributes
    ----------
    claim, label : str
    kind : str
        ``two_sided``, ``at_most`` or ``at_least``.
    pit : float or None
        Of a two-sided claim: the predictive distribution function at what is stated. None for a bound, and where a claim stands alone.
    holds : float or None
        Of a bound: the probability that it holds.
    method : str
        As in `ClaimConflict`.
    converged : bool
    """

    claim: str
    label: str
    kind: str
    pit: float | None
    holds: float | None
    method: str
    converged: bool


@dataclass(frozen=True)
class Calibration:
    """A case calibrated by simulation.

    Attributes
    ----------
    case, title, scenario, digest : str
    seed : int
    sampling : mapping
        ``draws``, ``tune`` and ``chains`` of each fit.
    code : str
        Digest of the package that fitted.
    simulations : int
    unconverged : int
        Fits whose diagnostics failed; they are ranked with the others, as what fails depends on what was drawn.
    failures : tuple of str
        Why there was no rank: one reason for each simulation that gave none.
    ranked : tuple of Ranked
    claims : tuple of ClaimPlace
        Empty where they were not asked for.
    """

    case: str
    title: str
    scenario: str | None
    digest: str
    seed: int
    sampling: Mapping[str, int]
    code: str
    simulations: int
    unconverged: int
    failures: tuple[str, ...]
    ranked: tuple[Ranked, ...]
    claims: tuple[ClaimPlace, ...] = ()

    @property
    def least_p(self) -> float:
        """The smallest p of all that was ranked, times their number (Bonferroni), 1 at most."""
        return min((len(self.ranked) * one.uniformity.p for one in self.ranked), default=1.0)

    @property
    def uniform(self) -> bool:
        """Whether all ranks together pass for uniform."""
        return self.least_p >= DOUBTFUL

    @property
    def ok(self) -> bool:
        """Whether every simulation gave ranks, and no more than one fit of twenty has not converged."""
        return not self.failures and self.unconverged <= _MOST_UNCONVERGED * self.simulations

    @cached_property
    def pits(self) -> Uniformity | None:
        """How uniform the claims' places are; None where fewer than five have one."""
        places = [one.pit for one in self.claims if one.pit is not None]
        return uniformity(np.array(places)) if len(places) >= 5 else None

    # ------------------------------------------------------------ files

    def plain(self) -> dict[str, Any]:
        """Return all of it as plain values, with what follows from the ranks: the same for the same seed."""
        kept = {key: value for key, value in vars(self).items() if key in self.__dataclass_fields__}
        ranked = [{**asdict(one), "u": list(one.u), **_found(one.uniformity)} for one in self.ranked]
        return {"format": FORMAT, **kept, "failures": list(self.failures), "least_p": self.least_p, "uniform": self.uniform,
                "ranked": ranked, "claims": [asdict(one) for one in self.claims],
                "claims_uniformity": _found(self.pits) if self.pits else None}

    def json(self) -> str:
        """Return it as JSON."""
        return as_json(self.plain()) + "\n"

    def csv(self) -> str:
        """Return a table in CSV: a row for each thing that was ranked, then one for each claim."""
        columns = ["kind", "name", "label", "n", "fewest_draws", "ratio", "p", "chi2_p", "mean", "pit", "holds", "method"]
        rows: list[list[Any]] = []
        for one in self.ranked:
            found = one.uniformity
            rows.append(["ranked", one.name, one.label, found.n, one.fewest, found.ratio, found.p, found.chi2_p, found.mean, *[None] * 3])
        rows += [["claim", c.claim, c.label, *[None] * 6, c.pit, c.holds, c.method] for c in self.claims]
        return as_csv(columns, rows) + "\n"

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read what was written to ``calibration.json``.

        Raises
        ------
        ResultFileError
            If the file is missing, not of this package, or not as it was written.
        """
        with reading(path, "calibrate", FORMAT) as plain:
            fields = {key: plain[key] for key in cls.__dataclass_fields__}
            fields["failures"] = tuple(fields["failures"])
            fields["ranked"] = tuple(Ranked(one["name"], one["label"], tuple(one["u"]), one["fewest"]) for one in fields["ranked"])
            _ = [one.uniformity for one in fields["ranked"]]  # what the numbers must bear
            fields["claims"] = tuple(ClaimPlace(**one) for one in fields["claims"])
            return cls(**fields)


def _found(found: Uniformity) -> dict[str, Any]:
    return {"n": found.n, "ratio": found.ratio, "p": found.p, "chi2_p": found.chi2_p, "mean": found.mean}


def joined(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> tuple[Ranked, ...]:
    """Gather the ranks of all simulations by what was ranked."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        for name, rank in row.get("ranks", {}).items():
            found.setdefault(name, []).append(rank)
    return tuple(Ranked(name, labels.get(name, name), tuple(rank["u"] for rank in ranks),
                        min((rank["of"] for rank in ranks if rank["of"]), default=0)) for name, ranks in found.items())

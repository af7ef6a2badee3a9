"""Fitting a case, and the record of a fit: draws, summary and provenance, saved as one NetCDF file."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.model import Case
from nkestimate.density import Density, compile_case, weighed
from nkestimate.density.compile import density_at_dates
from nkestimate.density.evaluate import Evaluator, evaluate_nodes
from nkestimate.engine.nuts import Effort, NutpieChanged
from nkestimate.errors import ConvergenceError
from nkestimate.fitting.posterior import Group, as_netcdf, as_tree, groups_of
from nkestimate.fitting.posterior_file import checksum
from nkestimate.fitting.records import Summary
from nkestimate.fitting.runs import POSTERIOR, sampling_of, stored
from nkestimate.fitting.summary import summarise
from nkestimate.inference.sampling import Sampled, sample_density

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr  # at run time only where a tree is made: importing it takes longer than a fit

Array = NDArray[np.float64]
_PACKAGES = ("nkestimate", "nutpie", "numba", "numpy", "scipy", "pymc", "arviz", "xarray", "pint", "matplotlib", "typst")
DEFAULT_SEED = 1
OWN_MODEL = "own model"  # in place of an engine: what drew is not ours


@dataclass(frozen=True)
class Fit:
    """A fitted case.

    Attributes
    ----------
    case : Case
        The case as it was resolved.
    density : Density
    coordinates : array, shape (chain, draw, parameter)
        Posterior draws of the density's coordinates.
    summary : Summary
    seed : int
    sampling : dict
        ``draws``, ``tune``, ``chains`` and ``engine``.
    versions : dict
        Package versions.
    created_at : str
        UTC, ISO 8601.
    stats : dict of str to array
        What the sampler recorded: ``mode`` (chain, draw), the mode of each independent part a draw is from.
    """

    case: Case
    density: Density
    coordinates: Array
    summary: Summary
    seed: int
    sampling: dict[str, Any]
    versions: dict[str, str]
    created_at: str
    stats: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def prior_coordinates(self) -> Array:
        """Draws of the density's prior, shape (draw, parameter), as many as of its posterior."""
        size = self.coordinates.shape[0] * self.coordinates.shape[1]
        return Evaluator(self.density).prior_draws(size, np.random.default_rng([self.seed, 1]))

    @property
    def ok(self) -> bool:
        """Whether the diagnostics passed."""
        return self.summary.diagnostics.ok

    def require_converged(self) -> Fit:
        """Return the fit itself.

        Raises
        ------
        ConvergenceError
            If its diagnostics failed.
        """
        if not self.ok:
            raise ConvergenceError("the sampler did not converge: " + "; ".join(self.summary.diagnostics.reasons), self)
        return self

    @cached_property
    def tree(self) -> xr.DataTree:
        """The draws as an ArviZ DataTree.

        Groups ``posterior``, ``prior`` (totals by id, in their units), ``posterior_predictive``, ``prior_predictive``
        (what each two-sided claim would state, on its target's working scale), ``log_likelihood`` (chain, draw, claim),
        ``log_prior`` (chain, draw, parameter), ``observed_data``, ``sample_stats``, ``unconstrained_posterior`` and
        ``unconstrained_prior`` (the density's coordinates). A total named like a dimension has an underscore added.
        """
        return as_tree(self._groups, self._attributes)

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return groups_of(self.density, self.coordinates, self.prior_coordinates, self.seed, self.stats.get("divergences", 0))

    @cached_property
    def _attributes(self) -> dict[str, Any]:
        """Summary, case and provenance ride along, so that a report or a comparison needs nothing else."""
        kept = {
            "case": self.case.resolved, "case_id": self.case.id, "scenario": self.case.scenario, "summary": self.summary.plain(),
            "seed": self.seed, "sampling": self.sampling, "versions": self.versions, "created_at": self.created_at,
        }
        text = json.dumps(kept, ensure_ascii=False)
        return {
            "created_at": self.created_at, "inference_library": "nutpie", "inference_library_version": self.versions.get("nutpie", ""),
            "case_digest": self.case.digest, "random_seed": self.seed, "nkestimate": text,
            "sha256": checksum(text, self.coordinates, self.stats.get("divergences", 0)),
        }

    def to_frame(self) -> pd.DataFrame:
        """Return the totals as a table (`Summary.to_frame`)."""
        return self.summary.to_frame()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save as NetCDF, with the resolved case, digest, seed, versions and summary; nothing half-written is left."""
        from nkestimate.fitting.runs import write_bytes

        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, self.to_bytes())
        return path

    def to_bytes(self) -> bytes:
        """Return the NetCDF file that `save` writes."""
        return as_netcdf(self._groups, self._attributes)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Fit:
        """Load a saved fit.

        Raises
        ------
        ResultFileError
            If the file is missing, was not saved by this package, or is not as it was saved.
        """
        from nkestimate.fitting.posterior_file import opened

        case, density, kept, coordinates, divergences = opened(Path(path))
        return cls(case, density, coordinates, kept["summary"], kept["seed"], kept["sampling"], kept["versions"],
                   kept["created_at"], {"divergences": divergences})


def fit(
    case: Case, *, draws: int = 1000, tune: int = 400, chains: int = 4, seed: int = DEFAULT_SEED, engine: str = "fast",
    cores: int | None = None, progress: bool | Callable[[str, float], None] = True, store: str | os.PathLike[str] | None = None,
) -> Fit:
    """Fit a case: sample its posterior and judge the draws.

    Each independent part of the density is sampled by itself with NUTS; readings and separated components of linear
    pools are sampled one by one and weighted by their evidence, so that the mass of each mode is right.

    Parameters
    ----------
    case : Case
    draws, tune, chains : int
        Kept draws and tuning draws a chain (nutpie's own number by default), and chains.
    seed : int
        The same seed gives the same draws.
    engine : {"fast", "pymc"}
        ``fast`` runs the density on a fixed kernel and compiles nothing; ``pymc`` compiles the PyMC model.
    cores : int, optional
        Chains at a time.
    progress : bool or callable
        True shows a bar where there is a terminal; a callable is told a text and the share done.
    store : path, optional
        A folder that ``nkestimate run`` wrote. Where it holds this very run (case, seed, sampling, code of the package), that
        is loaded and nothing is sampled.

    Returns
    -------
    Fit
        Also where the diagnostics fail: see ``Fit.ok`` and `Fit.require_converged`.

    References
    ----------
    CASE.md, section 4. NUTS: Hoffman & Gelman 2014, JMLR 15:1593. Evidence: Meng & Wong 1996, Statistica Sinica 6:831.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> result = fit(load_case(STARTER), draws=200, chains=2, progress=False)
    >>> result.coordinates.shape[:2], result.summary.totals["revenue"].unit
    ((2, 200), 'million USD')
    """
    sampling: dict[str, Any] = sampling_of(draws, tune, chains) | {"engine": engine}
    if store is not None and stored(Path(store), case, seed, sampling) is not None:
        return Fit.load(Path(store) / POSTERIOR)
    case = weighed(case)
    return fit_density(case, compile_case(case), seed=seed, cores=cores, progress=progress, **sampling)


def fit_density(
    case: Case, density: Density, *, draws: int, tune: int, chains: int, seed: int, engine: str, cores: int | None,
    progress: bool | Callable[[str, float], None],
) -> Fit:
    """Fit a density that a case was compiled to, or what is left of it without a term."""
    from nkestimate.fitting.progress import shown

    sampling = sampling_of(draws, tune, chains) | {"engine": engine}
    effort = Effort(draws, tune, chains)
    with shown(progress) as tell:
        sampled = _sample(engine, density, effort, seed, cores, tell)
    return Fit(
        case, density, sampled.coordinates, summarise(case, density, sampled, seed, sampling), seed, sampling, versions(),
        datetime.now(UTC).replace(microsecond=0).isoformat(), {"divergences": sampled.divergences})


def _sample(engine: str, density: Density, effort: Effort, seed: int, cores: int | None,
            tell: Callable[[str, float], None] | None) -> Sampled:
    if engine == "fast":
        try:
            return sample_density(density, effort, seed, cores=cores, progress=tell)
        except NutpieChanged as error:
            warnings.warn(f"nutpie is not as the fast engine expects ({error}); using the PyMC engine", stacklevel=3)
    elif engine != "pymc":
        raise ValueError(f"unknown engine '{engine}': 'fast' or 'pymc'")
    from nkestimate.inference.pymc_engine import pymc_runner

    return sample_density(density, effort, seed, cores=cores, progress=tell, engine=pymc_runner)


def summarize(fit: Fit) -> dict[str, Any]:
    """Return the summary of a fit as plain values, as in ``summary.json`` (CASE.md section 5).

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> found = summarize(fit(load_case(STARTER), draws=200, chains=2, progress=False))
    >>> found["title"], sorted(found["derived"]["revenue"]["quantiles"])
    ('What the harbour festival brought in', ['0.05', '0.25', '0.5', '0.75', '0.95'])
    """
    return fit.summary.plain()


@cache
def versions() -> dict[str, str]:
    """Return the versions of the packages that a result depends on."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def over_time(fit: Fit, names: Iterable[str], dates: Iterable[date]) -> dict[str, Array]:
    """Return posterior draws of totals at several dates.

    Parameters
    ----------
    fit : Fit
    names : iterable of str
        Ids of quantities or derived.
    dates : iterable of date

    Returns
    -------
    dict of str to array, shape (sample, date)
        In the totals' units, chains joined.

    Examples
    --------
    >>> from datetime import date
    >>> from nkestimate.case import STARTER, load_case
    >>> result = fit(load_case(STARTER), draws=200, chains=2, progress=False)
    >>> over_time(result, ["revenue"], [date(2024, 9, 1), date(2024, 9, 30)])["revenue"].shape
    (400, 2)
    """
    when = list(dates)
    nodes, totals = density_at_dates(fit.case, list(names), when)
    values = Evaluator(fit.density).natural(fit.coordinates).reshape(-1, fit.density.size)
    out = evaluate_nodes(nodes, values)
    return {
        name: np.stack([np.broadcast_to((out[t.node] - t.offset) / t.factor, len(values)) for t in row], axis=-1)
        for name, row in totals.items()
    }

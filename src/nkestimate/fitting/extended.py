"""To PyMC's functions and back: a fit's draws under the names of the model's variables, and a model's draws as a fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from nkestimate.case.model import Case, Notice
from nkestimate.density import compile_case
from nkestimate.density.evaluate import coordinate, natural
from nkestimate.engine.nuts import Chains
from nkestimate.errors import ResultFileError
from nkestimate.fitting.fits import OWN_MODEL, Fit, versions
from nkestimate.fitting.summary import summarise
from nkestimate.inference.bridge import Evidence
from nkestimate.inference.choices import choices_of
from nkestimate.inference.components import Component
from nkestimate.inference.diagnose import check_chains
from nkestimate.inference.pymc_model import model_name, sampled_name
from nkestimate.inference.sampling import Mode, PartDraws, Sampled

if TYPE_CHECKING:
    import xarray as xr

_NOTE = "These are draws of a PyMC model that was made from the case: what was added to it is not in this report."


def pymc_trace(fit: Fit) -> xr.DataTree:
    """Return the draws of a fit under the names that the variables of its PyMC model have.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    DataTree
        Group ``posterior`` as ``pm.sample`` would return it, for ``pm.sample_posterior_predictive``,
        ``pm.compute_log_likelihood`` and the like. Totals by their ids are in `Fit.tree`.

    Examples
    --------
    >>> from nkestimate import fit, load_case
    >>> from nkestimate.case import STARTER
    >>> trace = pymc_trace(fit(load_case(STARTER), draws=200, chains=2, progress=False))
    >>> sorted(trace["posterior"].data_vars)[-4:]
    ['logit local_share', 'tau[revenue]', 'tau[spending]', 'tau[visitors]']
    """
    import xarray as xr

    shown = {}
    for i, parameter in enumerate(fit.density.parameters):
        v, name = fit.coordinates[..., i], sampled_name(parameter)
        shown[name] = (("chain", "draw"), natural(parameter, v) if name == model_name(parameter.name) else v)
    chains, draws = fit.coordinates.shape[:2]
    return xr.DataTree.from_dict({"posterior": xr.Dataset(shown, {"chain": range(chains), "draw": range(draws)})})


def from_pymc(case: Case, trace: xr.DataTree, note: str = _NOTE) -> Fit:
    """Take draws of a case's PyMC model, with terms of your own, for a fit of that case.

    Parameters
    ----------
    case : Case
        The case that `to_pymc` made the model of.
    trace : DataTree
        What ``pm.sample`` returned.
    note : str
        A sentence for the reader on what was added; it stands beside the figures.

    Returns
    -------
    Fit
        Its summary, tree and report are those of the draws. What is fitted again for an answer (`conflicts`, `robustness`,
        `compare`) hears the case alone, not your terms. Where a claim has readings or a pool is linear, it is not ``ok``:
        PyMC samples all modes as one and may miss some.

    Raises
    ------
    ResultFileError
        If the draws are not of the case's model.

    Examples
    --------
    >>> from nkestimate import fit, load_case
    >>> from nkestimate.case import STARTER
    >>> result = fit(load_case(STARTER), draws=200, chains=2, progress=False)
    >>> again = from_pymc(result.case, pymc_trace(result))
    >>> again.summary.totals["revenue"].quantiles == result.summary.totals["revenue"].quantiles
    True
    """
    density = compile_case(case)
    columns = []
    for parameter in density.parameters:
        name = sampled_name(parameter)
        try:
            drawn = np.asarray(trace["posterior"][name], float)
        except KeyError:
            raise ResultFileError(f"the draws have no '{name}': they are not of the PyMC model of case '{case.id}'") from None
        if drawn.ndim != 2:
            raise ResultFileError(f"'{name}' has the shape {drawn.shape}; expected (chain, draw)")
        columns.append(coordinate(parameter, drawn) if name == model_name(parameter.name) else drawn)
    coordinates = np.stack(columns, axis=-1)
    shape = coordinates.shape[:2]
    diverging = np.asarray(trace["sample_stats"]["diverging"], bool) if "sample_stats" in trace else np.zeros(shape, bool)
    gate = check_chains(Chains(coordinates, diverging, np.zeros(shape)))
    mode = Mode({}, coordinates, Evidence(0.0, 0.0), gate)
    whole = Component(density, tuple(range(density.size)))
    part = PartDraws(whole, (mode,), np.ones(1), np.zeros(1), coordinates, np.zeros(shape, np.int64), independent=False)
    reasons = ("modes were sampled as one, and some may be missed",) if choices_of(density) else ()
    sampled = Sampled(coordinates, (part,), reasons)
    sampling: dict[str, Any] = {"draws": shape[1], "tune": 0, "chains": shape[0], "engine": OWN_MODEL}
    summary = summarise(case, density, sampled, 0, sampling)
    return Fit(case, density, coordinates, replace(summary, notices=(Notice("note", text=note), *summary.notices)), 0, sampling, versions(),
               datetime.now(UTC).replace(microsecond=0).isoformat(), {"divergences": sampled.divergences})

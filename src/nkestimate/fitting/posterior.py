"""A posterior as groups of named arrays: as an ArviZ tree, and as a NetCDF file, which needs no xarray to be written."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.density import Density
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.restate import predictive

if TYPE_CHECKING:
    import xarray as xr  # at run time only where a tree is made: importing it takes longer than a fit

Array = NDArray[np.float64]
_DIMENSIONS = ("chain", "draw", "claim", "parameter", "target")
_SHARED = ("created_at", "inference_library", "inference_library_version", "case_digest", "random_seed")  # in every group, as ArviZ has it


@dataclass(frozen=True)
class Group:
    """One group of a posterior.

    Attributes
    ----------
    variables : mapping of str to (dimensions, array, attributes)
    coords : mapping of str to list of str, or of int
        Labels along dimensions; chains and draws are numbered besides.
    attrs : mapping
    """

    variables: Mapping[str, tuple[tuple[str, ...], Array, Mapping[str, str]]] = field(default_factory=dict)
    coords: Mapping[str, list[str] | list[int]] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, NDArray[Any]]:
        """All coordinates: some of ArviZ's plots need chains and draws to be numbered."""
        sizes = _sizes(self)
        numbered: dict[str, NDArray[Any]] = {name: np.arange(sizes[name]) for name in ("chain", "draw") if name in sizes}
        return {**numbered, **{name: np.array(labels) for name, labels in self.coords.items()}}


def _sizes(group: Group) -> dict[str, int]:
    return {name: size for dimensions, values, _ in group.variables.values() for name, size in zip(dimensions, values.shape, strict=True)}


def groups_of(density: Density, posterior: Array, prior: Array, seed: int, divergences: int) -> dict[str, Group]:
    """Return the groups of a fit: what `Fit.tree` describes.

    Parameters
    ----------
    density : Density
    posterior : array, shape (chain, draw, parameter)
        Coordinates.
    prior : array, shape (draw, parameter)
    seed, divergences : int
    """
    evaluator, prior, rng = Evaluator(density), prior[None], np.random.default_rng([seed, 2])
    names = [p.name for p in density.parameters]
    log_prior = evaluator.log_prior(posterior)
    for pool in density.pools:
        name = density.parameters[pool.quantity].name
        log_prior[name] = log_prior.get(name, 0.0) + evaluator.log_pool(pool, posterior)
    for copula, joint in zip(density.copulas, evaluator.log_copulas(posterior).values(), strict=True):
        log_prior[names[copula.parameters[0]]] += joint  # that of all that it joins, once
    claims = [t.name for t in density.terms]
    shape, unconstrained = posterior.shape[:2], ("chain", "draw", "parameter")
    return {
        "posterior": _totals(density, evaluator, posterior),
        "prior": _totals(density, evaluator, prior),
        "posterior_predictive": _stacked(drawn := predictive(density, posterior, rng), "claim", list(drawn), "stated", shape),
        "prior_predictive": _stacked(drawn := predictive(density, prior, rng), "claim", list(drawn), "stated", prior.shape[:2]),
        "log_likelihood": _stacked(evaluator.log_likelihood(posterior), "claim", claims, "log_likelihood", shape),
        "log_prior": _stacked(log_prior, "parameter", names, "log_prior", shape),
        "observed_data": _observed(density, list(drawn)),
        "sample_stats": Group({"lp": (("chain", "draw"), evaluator.log_density(posterior), {})}, attrs={"divergences": divergences}),
        "unconstrained_posterior": Group({"v": (unconstrained, posterior, {})}, {"parameter": names}),
        "unconstrained_prior": Group({"v": (unconstrained, prior, {})}, {"parameter": names}),
    }


def _totals(density: Density, evaluator: Evaluator, v: Array) -> Group:
    units = {total.name: total.unit for total in density.totals}
    variables: dict[str, Any] = {
        name + ("_" if name in _DIMENSIONS else ""): (("chain", "draw"), np.array(draws), {"units": units[name]})
        for name, draws in evaluator.totals(v).items()
    }
    targets = [(key, t.tau) for key, t in density.targets.items() if t.tau is not None]
    if not targets:
        return Group(variables)
    natural = evaluator.natural(v)
    variables["dark_uncertainty"] = (("chain", "draw", "target"), np.stack([natural[..., tau] for _, tau in targets], axis=-1), {})
    return Group(variables, {"target": [key for key, _ in targets]})


def _stacked(values: Mapping[str, Array], dimension: str, labels: list[str], name: str, shape: tuple[int, ...]) -> Group:
    kept = [label for label in labels if label in values]
    if not kept:
        return Group()
    columns = [np.broadcast_to(values[label], shape) for label in kept]
    return Group({name: (("chain", "draw", dimension), np.stack(columns, axis=-1), {})}, {dimension: kept})


def _observed(density: Density, claims: list[str]) -> Group:
    """What claims state, where it can be drawn again: a bound has no value of its own to be held against draws."""
    stated = {f.claim: f.spread.m for t in density.terms for f in t.options[0].factors if f.claim in claims}
    return Group({"stated": (("claim",), np.array(list(stated.values())), {})}, {"claim": list(stated)}) if stated else Group()


def as_tree(groups: Mapping[str, Group], attributes: Mapping[str, Any]) -> xr.DataTree:
    """Return groups as an ArviZ DataTree."""
    import xarray as xr

    shared = {name: attributes[name] for name in _SHARED}
    tree = xr.DataTree.from_dict({
        name: xr.Dataset(dict(group.variables), group.labels, {**group.attrs, **shared}) for name, group in groups.items()})
    tree.attrs = dict(attributes)
    return tree


def as_netcdf(groups: Mapping[str, Group], attributes: Mapping[str, Any]) -> bytes:
    """Return groups as a NetCDF 4 file, which xarray and ArviZ read as the tree."""
    import h5netcdf

    content = io.BytesIO()
    with h5netcdf.File(content, "w") as file:
        file.attrs.update(attributes)
        for name, group in groups.items():
            _put(file.create_group(name), group, {name: attributes[name] for name in _SHARED})
    return content.getvalue()


def _put(at: Any, group: Group, shared: Mapping[str, Any]) -> None:
    """Write one group, in the order and with the fill values of xarray."""
    import h5py

    at.dimensions = _sizes(group)
    for name, labels in group.labels.items():
        if labels.dtype.kind == "U":
            at.create_variable(name, (name,), h5py.string_dtype())[...] = labels.astype(object)
        else:
            at.create_variable(name, (name,), labels.dtype, data=labels)
    for name, (dimensions, values, attrs) in group.variables.items():
        made = at.create_variable(name, dimensions, values.dtype, data=values, fillvalue=np.nan)
        made.attrs.update(attrs)
    at.attrs.update({**group.attrs, **shared})

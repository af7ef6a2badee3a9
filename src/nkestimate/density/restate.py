"""Drawing from a density: a truth, and what sources would state of it; the same density with that in place of what they stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.density.description import Density, Factor, Option, Term
from nkestimate.density.evaluate import Evaluator, evaluate_nodes, stated_error

Array = NDArray[np.float64]
_AT_ONCE, _MOST_TRIED = 200, 20_000


class NoTruthError(ValueError):
    """The priors allow next to no truth of which all claims could be stated."""


@dataclass(frozen=True)
class Simulated:
    """A truth drawn from a density's prior, and the density with statements drawn given that truth.

    Attributes
    ----------
    v : array, shape (coordinate,)
        The truth.
    density : Density
        Its terms restated; all else, scales and reference priors among it, as it was.
    readings : mapping of str to int
        Which reading is true, by term with readings.
    """

    v: Array
    density: Density
    readings: Mapping[str, int]


def moves(term: Term, y: Array, extra: Array, log_weights: Array, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
    """Draw by how much each claim of a term would state something else.

    Parameters
    ----------
    term : Term
    y, extra : array, shape (…, factor)
        Centre and added variance of each factor, the options' one after another.
    log_weights : array, shape (…, option)
    rng : Generator

    Returns
    -------
    moves : array, shape (…, claim)
        Of a two-sided claim: what would be stated less what is. Of a bound: by how much what the source takes the truth for is
        past it, 0 where the bound holds.
    chosen : array of int, shape (…)
        The option that is true.
    """
    gumbel = rng.gumbel(size=log_weights.shape)  # the largest log weight with noise is an option drawn by its weight
    chosen = np.argmax(log_weights + gumbel, axis=-1)
    at = {claim: c for c, claim in enumerate(term.claims)}
    out, position = np.zeros((*y.shape[:-1], len(at))), 0
    for i, option in enumerate(term.options):
        for factor in option.factors:
            centre, added = y[..., position], extra[..., position]
            noise, m = rng.standard_normal(centre.shape), factor.spread.m
            if factor.kind == "two_sided":
                moved = centre + stated_error(factor.spread, added, noise) - m
            else:
                over = centre + np.sqrt(factor.spread.left**2 + added) * noise - m  # what the source takes the truth for, past its bound
                moved = np.maximum(over, 0) if factor.kind == "at_most" else np.minimum(over, 0)
            out[..., at[factor.claim]] = np.where(chosen == i, moved, out[..., at[factor.claim]])
            position += 1
    return out, chosen


def restated(density: Density, moved: Mapping[str, Array]) -> Density:
    """Return a density whose claims state something else: by term, its claims' `moves`.

    A two-sided claim has another m, in each of its readings moved alike. A bound that gives way becomes its complement: whether it
    holds is what happens or not, with probability Φ((m − y)/sd), and that it does not has the likelihood of the opposite bound.
    """
    return replace(density, terms=tuple(_moved(term, moved[term.name]) for term in density.terms))


def _moved(term: Term, moved: Array) -> Term:
    by = dict(zip(term.claims, moved.tolist(), strict=True))
    return replace(term, options=tuple(Option(o.weight, tuple(_stating(f, by[f.claim]) for f in o.factors)) for o in term.options))


def _stating(factor: Factor, by: float) -> Factor:
    if factor.kind == "two_sided":
        return replace(factor, spread=replace(factor.spread, m=factor.spread.m + by))
    return replace(factor, kind={"at_most": "at_least", "at_least": "at_most"}[factor.kind]) if by else factor


def simulate(density: Density, rng: np.random.Generator) -> Simulated:
    """Draw a truth from a density's prior and statements given it.

    Truths outside a support that totals are held to have no density and are drawn again; so is, by the weight of the readings that
    are left, one under which something that a claim is about has no value (a positive target at or below 0).

    Raises
    ------
    NoTruthError
        If none of 20,000 prior draws will do.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.density import compile_case
    >>> density = compile_case(load_case(STARTER))
    >>> drawn = simulate(density, np.random.default_rng(1))
    >>> drawn.v.shape == (density.size,), [term.name for term in drawn.density.terms] == [term.name for term in density.terms]
    (True, True)
    """
    evaluator = Evaluator(density)
    for _ in range(_MOST_TRIED // _AT_ONCE):
        v = evaluator.prior_draws(_AT_ONCE, rng)
        inside = np.zeros(len(v)) + sum(evaluator.log_holds(v).values())
        centres = dict(_centres(evaluator, v))
        log_weights = {term.name: _possible(term, *centres[term.name]) for term in density.terms}
        for left in log_weights.values():
            inside = inside + np.logaddexp.reduce(left, axis=-1)
        allowed = np.log(rng.uniform(size=len(v))) < inside
        if allowed.any():
            return _stated(density, v, int(np.argmax(allowed)), centres, log_weights, rng)
    raise NoTruthError(f"none of {_MOST_TRIED:,} draws from the priors gives every claim something to be about")


def _stated(density: Density, v: Array, first: int, centres: Mapping[str, tuple[Array, Array]], log_weights: Mapping[str, Array],
            rng: np.random.Generator) -> Simulated:
    moved, readings = {}, {}
    for term in density.terms:
        y, extra = centres[term.name]
        moved[term.name], chosen = moves(term, y[first], extra[first], log_weights[term.name][first], rng)
        if term.is_mixture:
            readings[term.name] = int(chosen)
    return Simulated(v[first], restated(density, moved), readings)


def predictive(density: Density, v: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Draw what each two-sided claim would state, on its working scale, given draws v; shape (…)."""
    out: dict[str, Array] = {}
    for term, (_, (y, extra)) in zip(density.terms, _centres(Evaluator(density), v), strict=True):
        weights = np.log([option.weight for option in term.options])
        moved, chosen = moves(term, y, extra, np.broadcast_to(weights, (*v.shape[:-1], len(weights))), rng)
        for c, claim in enumerate(term.claims):
            factors = [option.factors[c] for option in term.options]
            if all(factor.kind == "two_sided" for factor in factors):
                out[claim] = np.array([factor.spread.m for factor in factors])[chosen] + moved[..., c]
    return out


def _centres(evaluator: Evaluator, v: Array) -> Iterator[tuple[str, tuple[Array, Array]]]:
    """Yield the centre of each term's factors and the variance that is added to theirs, shape (…, factor)."""
    nodes = evaluate_nodes(evaluator.density.nodes, evaluator.natural(v))
    for term in evaluator.density.terms:
        with np.errstate(all="ignore"):
            found: Any = [evaluator.centre(factor, v, nodes) for option in term.options for factor in option.factors]
        yield term.name, (np.stack([y for y, _ in found], axis=-1), np.stack([extra for _, extra in found], axis=-1))


def _possible(term: Term, y: Array, extra: Array) -> Array:
    """Return the log weight of each option, −inf where something that it is about has no value; shape (draw, option)."""
    finite, position, out = np.isfinite(y) & np.isfinite(extra), 0, []
    for option in term.options:
        size = len(option.factors)
        out.append(np.where(finite[..., position : position + size].all(axis=-1), np.log(option.weight), -np.inf))
        position += size
    return np.stack(out, axis=-1)

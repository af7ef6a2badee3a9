"""One simulation: a truth and statements drawn from a density, the density refitted, the truth's rank among the draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.density.description import Density
from nkestimate.density.evaluate import Evaluator, natural
from nkestimate.density.restate import simulate
from nkestimate.engine.nuts import Effort
from nkestimate.inference.choices import choices_of
from nkestimate.inference.diagnose import measures
from nkestimate.inference.sampling import PartDraws, option_probabilities, sample_density

Array = NDArray[np.float64]
MOST_RANKED = 99  # draws that a truth is ranked among: a hundred ranks
LIKELIHOOD = "log likelihood"
PARAMETERS = ("tau", "delta")  # roles that are ranked beside totals and questions


@dataclass(frozen=True)
class Rank:
    """Where a truth stands among draws.

    Attributes
    ----------
    u : float
        Its place between 0 and 1: uniform where the draws are of its posterior. Places between two draws, and among draws that
        equal it, are taken at random.
    below, ties, of : int
        How many of the draws it is ranked among are less than it, and equal to it; ``of`` 0 where probabilities are known and there
        is nothing to count.
    """

    u: float
    below: int = 0
    ties: int = 0
    of: int = 0


@dataclass(frozen=True)
class Outcome:
    """What one simulation gave.

    Attributes
    ----------
    ranks : mapping of str to Rank
        By name: ``total:id``, ``question:id``, ``reading:term``, ``tau[target]``, ``delta[source]``, ``log likelihood``.
    reasons : tuple of str
        Why the fit has not converged, if it has not.
    """

    ranks: Mapping[str, Rank]
    reasons: tuple[str, ...]


def ranked(density: Density, effort: Effort, seed: tuple[int, int], spoil: Callable[[Density], Density] | None = None) -> Outcome:
    """Simulate once.

    Parameters
    ----------
    density : Density
    effort : Effort
    seed : (int, int)
        Of the run, and the simulation's number.
    spoil : callable, optional
        Makes another density of the one that is refitted, to see whether a fault is found.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.density import compile_case
    >>> outcome = ranked(compile_case(load_case(STARTER)), Effort(draws=200, tune=200, chains=2), (1, 1))
    >>> 0 <= outcome.ranks["total:revenue"].u <= 1
    True
    """
    rng = np.random.default_rng(seed)
    drawn = simulate(density, rng)
    refitted = spoil(drawn.density) if spoil else drawn.density
    sampled = sample_density(refitted, effort, int(rng.integers(2**31)), cores=1)
    truths, draws = quantities(refitted, drawn.v), quantities(refitted, sampled.coordinates)
    found = {name: rank(float(truths[name]), values, rng) for name, values in draws.items()}
    return Outcome(found | _readings(sampled.parts, drawn.readings, rng), sampled.reasons)


def quantities(density: Density, v: Array) -> dict[str, Array]:
    """Return what is ranked, by name, each of the shape of v without its last axis."""
    evaluator, shape = Evaluator(density), v.shape[:-1]
    found = {f"total:{key}": values for key, values in evaluator.totals(v).items()}
    found |= {f"question:{key}": values for key, values in evaluator.answers(v).items()}
    found |= {p.name: natural(p, v[..., i]) for i, p in enumerate(density.parameters) if p.role in PARAMETERS}
    if density.terms:
        found[LIKELIHOOD] = sum(evaluator.log_likelihood(v).values(), np.zeros(shape))
    # A question that one side has no value for is answered otherwise than by yes and no: below both.
    return {key: np.nan_to_num(np.asarray(values, float), nan=-np.inf, posinf=np.inf, neginf=-np.inf) for key, values in found.items()}


def rank(truth: float, draws: Array, rng: np.random.Generator) -> Rank:
    """Rank a truth among draws (chain, draw), thinned to as many as they are worth and 99 at most."""
    _, bulk, tail = measures(draws)
    size = max(1, min(MOST_RANKED, int(min(bulk, tail)), draws.size))
    kept = draws.ravel()[(np.arange(size) * draws.size) // size]
    below, ties = int(np.sum(kept < truth)), int(np.sum(kept == truth))
    return Rank((below + (ties + 1) * rng.uniform()) / (size + 1), below, ties, size)


def _readings(parts: tuple[PartDraws, ...], true: Mapping[str, int], rng: np.random.Generator) -> dict[str, Rank]:
    """Rank which reading is true by the probabilities of all: no draws are needed for it."""
    found = {}
    for part in parts:
        for choice in choices_of(part.component.density) if part.modes else ():
            if choice.name in true:
                p: Any = option_probabilities(part, choice)[0]
                if p.sum() > 0:  # they are not weighed one by one where they are too many
                    k = true[choice.name]
                    found[f"reading:{choice.name}"] = Rank(float((p[:k].sum() + rng.uniform() * p[k]) / p.sum()))
    return found

"""What is said on each target, and with which errors, whatever a case's pooling: the density of which all that is said is a term."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from nkestimate.case.model import Case
from nkestimate.density import Density, compile_case
from nkestimate.density.description import Factor


def hierarchical_density(case: Case, unheard: Collection[str] = ()) -> Density:
    """Return the density in which every claim is a likelihood term, whatever the case's pooling.

    Pools give direct claims no error in common, but weights and ``common_error`` say what the sources are worth
    all the same. ``unheard`` is as in `compile_case`.
    """
    return compile_case(replace(case, settings=replace(case.settings, pooling="hierarchical")), unheard)


def tau_medians(density: Density) -> dict[str, float]:
    """Return the prior median of each target's τ; 0 where τ does not act, as all its claims have weight 1."""
    medians = {}
    for key, target in density.targets.items():
        prior = None if target.tau is None else density.parameters[target.tau].prior
        medians[key] = prior.median if prior is not None else 0.0
    return medians


def stated_on(density: Density) -> dict[str, list[Factor]]:
    """Return what is said on each target: of one claim's readings the likeliest."""
    best: dict[tuple[str, str], tuple[float, Factor]] = {}
    for term in density.terms:
        for option in term.options:
            for factor in option.factors:
                key = (factor.target, factor.claim)
                if key not in best or option.weight > best[key][0]:
                    best[key] = option.weight, factor
    found: dict[str, list[Factor]] = {key: [] for key in density.targets}
    for (target, _), (_, factor) in best.items():
        found[target].append(factor)
    return found

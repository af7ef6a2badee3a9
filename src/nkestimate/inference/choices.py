"""The discrete choices in a density: readings of statements, and separated components of linear pools.

They make separated modes. Each *configuration* (one choice of everything) is sampled by itself and
weighted by its evidence, so that no sampler has to jump between modes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nkestimate.density.description import Density, Pool
from nkestimate.density.statements import Spread


@dataclass(frozen=True)
class Choice:
    """One thing to choose.

    Attributes
    ----------
    name : str
        The term's name, or ``pool[quantity]``.
    groups : tuple of tuple of int
        Alternatives; each holds the readings (one) or pool components (one or more that overlap) it keeps.
    """

    name: str
    groups: tuple[tuple[int, ...], ...]


Configuration = Mapping[str, tuple[int, ...]]
"""Which alternatives are kept, by the choice's name."""


def pool_name(density: Density, pool: Pool) -> str:
    """Return the name of the choice among a linear pool's components."""
    return f"pool[{density.parameters[pool.quantity].name}]"


def choices_of(density: Density) -> tuple[Choice, ...]:
    """Return everything that has to be chosen, in a fixed order."""
    terms = [Choice(term.name, tuple((i,) for i in range(len(term.options)))) for term in density.mixtures]
    pools = [Choice(pool_name(density, pool), _clusters(pool.spreads)) for pool in density.pools if pool.kind == "linear"]
    return (*terms, *(pool for pool in pools if len(pool.groups) > 1))


def configurations(density: Density) -> list[Configuration]:
    """Return all configurations."""
    choices = choices_of(density)
    return [
        {choice.name: group for choice, group in zip(choices, groups, strict=True)}
        for groups in itertools.product(*(choice.groups for choice in choices))
    ]


def count_configurations(density: Density) -> int:
    """Return how many configurations there are, without listing them."""
    return math.prod(len(choice.groups) for choice in choices_of(density))


def restricted(density: Density, configuration: Configuration) -> Density:
    """Return a density with the kept alternatives only, their weights as they were."""
    terms = tuple(
        replace(term, options=tuple(term.options[i] for i in configuration[term.name])) if term.name in configuration else term
        for term in density.terms
    )
    pools = []
    for pool in density.pools:
        kept = configuration.get(pool_name(density, pool), range(len(pool.claims)))
        pools.append(replace(pool, claims=tuple(pool.claims[i] for i in kept), weights=tuple(pool.weights[i] for i in kept),
                             spreads=tuple(pool.spreads[i] for i in kept)))
    return replace(density, terms=terms, pools=tuple(pools))


def _clusters(spreads: tuple[Spread, ...]) -> tuple[tuple[int, ...], ...]:
    """Group components that make one mode together: near each other and of like width.

    Two normals no further apart than the sum of their sds, and within a factor 3 in width, have a mixture that NUTS
    crosses freely. A spike inside a broad component is kept apart: it is no other mode, but a funnel.
    """
    groups: list[set[int]] = []
    for i, spread in enumerate(spreads):
        near = [g for g in groups if any(_alike(spread, spreads[j]) for j in g)]
        groups = [g for g in groups if g not in near] + [{i}.union(*near)]
    return tuple(tuple(sorted(group)) for group in sorted(groups, key=min))


def _alike(one: Spread, other: Spread) -> bool:
    return abs(one.m - other.m) <= one.s + other.s and 1 / 3 <= one.s / other.s <= 3

"""Which claims on a formula are, given all but one of its quantities, plain statements about that one.

The log of a product is linear in the logs of its factors. So a claim on ``price * amount``, given the price, says of the
amount's log what a claim on the amount would say, and can be conditioned on like one (lower.py). Left to the sampler, a sharp
claim of that kind is a ridge in the plane of both logs, as narrow as the claim where its source's error is small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from nkestimate.density.description import Density, Factor, Node


@dataclass(frozen=True)
class Solved:
    """A claim whose formula is solved for one quantity: log e = sign · x + Σ of the logs of ``rest``, each with its sign."""

    factor: Factor
    sign: int
    rest: tuple[tuple[int, int], ...]


def factors_of(nodes: Sequence[Node], node: int) -> list[tuple[int, int]]:
    """Return the nodes that a node is the product of, each with 1 or −1 (where it divides)."""
    found: list[tuple[int, int]] = []
    stack = [(node, 1)]
    while stack:
        at, sign = stack.pop()
        if nodes[at].op == "*":
            stack += [(a, sign) for a in nodes[at].args]
        elif nodes[at].op == "/":
            stack += [(nodes[at].args[0], sign), (nodes[at].args[1], -sign)]
        else:
            found.append((at, sign))
    return found


def parameters_of(nodes: Sequence[Node], roots: Iterable[int]) -> set[int]:
    """Return the parameters that nodes depend on."""
    found: set[int] = set()
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        at = stack.pop()
        if at not in seen:
            seen.add(at)
            if nodes[at].op == "parameter":
                found.add(nodes[at].args[0])
            elif nodes[at].op != "const":
                stack += nodes[at].args
    return found


def solve(density: Density, candidates: Sequence[Factor], widths: Mapping[int, float]) -> tuple[dict[int, list[Solved]], list[int]]:
    """Solve each claim that can be for one quantity, so that no two wait for each other.

    Parameters
    ----------
    density : Density
    candidates : sequence of Factor
        Claims on positive formulas on a log scale; the sharpest come first.
    widths : mapping
        The quantities whose coordinate is a log, with the spread of what is said of them directly: the widest is solved for.

    Returns
    -------
    solved : dict of int to list of Solved
        By quantity.
    order : list of int
        All quantities, each after those that what is solved for it needs.
    """
    quantities = [i for i, p in enumerate(density.parameters) if p.role == "quantity"]
    needs: dict[int, set[int]] = {i: set() for i in quantities}
    solved: dict[int, list[Solved]] = {}
    for factor in sorted(candidates, key=lambda f: f.spread.s):
        parts = factors_of(density.nodes, factor.node)
        alone = [(k, at) for k, (at, _) in enumerate(parts) if density.nodes[at].op == "parameter" and density.nodes[at].args[0] in widths]
        for k, at in sorted(alone, key=lambda pair: -widths[density.nodes[pair[1]].args[0]]):
            i, rest = density.nodes[at].args[0], parts[:k] + parts[k + 1 :]
            others = parameters_of(density.nodes, [node for node, _ in rest])
            if i not in others and _acyclic(needs | {i: needs[i] | others}):
                needs[i] |= others
                solved.setdefault(i, []).append(Solved(factor, parts[k][1], tuple(rest)))
                break
    return solved, list(TopologicalSorter(needs).static_order())


def _acyclic(needs: Mapping[int, set[int]]) -> bool:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return False
    return True

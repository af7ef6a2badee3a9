"""Which claims on a formula are, given all but one of its quantities, plain statements about that one.

The log of a product is linear in the logs of its factors. So a claim on ``price * amount``, given the price, says of the
amount's log what a claim on the amount would say, and can be conditioned on like one (lower.py). Left to the sampler, a sharp
claim of that kind is a ridge in the plane of both logs, as narrow as the claim where its source's error is small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from nkestimate.density.description import Density, Factor, Node


@dataclass(frozen=True)
class Solved:
    """A target whose formula is solved for one quantity: log e = sign · x + Σ of the logs of ``rest``, each with its sign."""

    target: str
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


def solve(density: Density, candidates: Mapping[str, Factor],
          widths: Mapping[int, float]) -> tuple[dict[int, list[Solved]], list[list[int]]]:
    """Solve each target that can be for one quantity, so that no two wait for each other.

    Parameters
    ----------
    density : Density
    candidates : mapping of str to Factor
        Targets that are positive formulas on a log scale, each with its sharpest claim; the sharpest come first.
    widths : mapping
        The quantities whose coordinate is a log, with the spread of what is said of them directly: the widest is solved for.

    Returns
    -------
    solved : dict of int to list of Solved
        By quantity.
    levels : list of list of int
        All quantities: those of a level need those of earlier levels only.
    """
    needs: dict[int, set[int]] = {i: set() for i, p in enumerate(density.parameters) if p.role == "quantity"}
    solved: dict[int, list[Solved]] = {}
    for key, factor in sorted(candidates.items(), key=lambda pair: pair[1].spread.s):
        parts = factors_of(density.nodes, factor.node)
        alone = [(k, at) for k, (at, _) in enumerate(parts) if density.nodes[at].op == "parameter" and density.nodes[at].args[0] in widths]
        for k, at in sorted(alone, key=lambda pair: -widths[density.nodes[pair[1]].args[0]]):
            i, rest = density.nodes[at].args[0], parts[:k] + parts[k + 1 :]
            others = parameters_of(density.nodes, [node for node, _ in rest])
            # A bias is added to the log of the product, so it would enter what is solved for a divisor the wrong way round.
            biased = parts[k][1] < 0 and any(f.delta is not None for f in _said(density, key))
            if i not in others and not biased and _acyclic(needs | {i: needs[i] | others}):
                needs[i] |= others
                solved.setdefault(i, []).append(Solved(key, parts[k][1], tuple(rest)))
                break
    return solved, _levels(needs)


def _said(density: Density, key: str) -> Iterator[Factor]:
    for term in density.terms:
        for option in term.options:
            yield from (factor for factor in option.factors if factor.target == key)


def _levels(needs: Mapping[int, set[int]]) -> list[list[int]]:
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    levels = []
    while sorter.is_active():
        levels.append(sorted(ready := sorter.get_ready()))
        sorter.done(*ready)
    return levels


def _acyclic(needs: Mapping[int, set[int]]) -> bool:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return False
    return True

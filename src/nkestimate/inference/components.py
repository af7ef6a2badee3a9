"""Independent parts of a density: parameters that no term joins are sampled apart.

Fewer unknowns at a time, and the configurations of one part are not multiplied by those of another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from nkestimate.density.description import Copula, Density, Factor, Hold, Node, Option, Pool, Term


@dataclass(frozen=True)
class Component:
    """One independent part.

    Attributes
    ----------
    density : Density
        With the part's parameters only, renumbered; it has no totals and no questions.
    where : tuple of int
        Positions of its parameters in the whole density.
    """

    density: Density
    where: tuple[int, ...]


def components_of(density: Density) -> list[Component]:
    """Split a density into its independent parts, in the order of their first parameters."""
    parent = list(range(density.size))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    needs = _needs(density.nodes)
    # A claim on what holds no unknown is a constant; it stands with the first part.
    term_parameters = [_parameters(density, term, needs) or {0} for term in density.terms]
    hold_parameters = [set(needs[hold.node]) or {0} for hold in density.holds]
    for members in [*term_parameters, *hold_parameters, *(set(copula.parameters) for copula in density.copulas)]:
        first, *others = sorted(members)
        for other in others:
            parent[find(other)] = find(first)
    groups: dict[int, list[int]] = {}
    for i in range(density.size):
        groups.setdefault(find(i), []).append(i)
    terms_of: dict[int, list[Term]] = {}
    for term, members in zip(density.terms, term_parameters, strict=True):
        terms_of.setdefault(find(min(members)), []).append(term)
    holds_of: dict[int, list[Hold]] = {}
    for hold, members in zip(density.holds, hold_parameters, strict=True):
        holds_of.setdefault(find(min(members)), []).append(hold)
    return [_restrict(density, where, terms_of.get(root, []), holds_of.get(root, [])) for root, where in groups.items()]


def _needs(nodes: tuple[Node, ...]) -> list[frozenset[int]]:
    out: list[frozenset[int]] = []
    for node in nodes:
        if node.op == "parameter":
            out.append(frozenset(node.args))
        else:
            out.append(frozenset().union(*(out[a] for a in node.args)))
    return out


def _parameters(density: Density, term: Term, needs: list[frozenset[int]]) -> set[int]:
    members: set[int] = set()
    for option in term.options:
        for factor in option.factors:
            target = density.targets[factor.target]
            members |= needs[factor.node] | set(factor.loadings(0.0))
            if target.tau is not None and any(variance.tau2 for variance in (factor.own, *(variance for _, variance in factor.shared))):
                members.add(target.tau)
    return members


def _restrict(density: Density, where: list[int], terms: list[Term], holds: list[Hold]) -> Component:
    new = {old: i for i, old in enumerate(where)}

    def moved(i: int | None) -> int | None:
        return None if i is None else new.get(i)

    def node(entry: Node) -> Node:
        if entry.op != "parameter":
            return entry
        # A node of another part is not used here.
        return Node("parameter", (new[entry.args[0]],)) if entry.args[0] in new else Node("const", (), math.nan)

    def factor(entry: Factor) -> Factor:
        return replace(entry, delta=moved(entry.delta), path=tuple((new[i], c) for i, c in entry.path),
                       shared=tuple((new[i], variance) for i, variance in entry.shared))

    used = {f.target for term in terms for option in term.options for f in option.factors}
    targets = {
        key: replace(target, tau=moved(target.tau), path=tuple(new[i] for i in target.path if i in new), quantity=moved(target.quantity))
        for key, target in density.targets.items() if key in used
    }
    pools = tuple(Pool(p.kind, new[p.quantity], p.claims, p.weights, p.spreads) for p in density.pools if p.quantity in new)
    kept = tuple(
        Term(term.name, term.claims, tuple(Option(o.weight, tuple(map(factor, o.factors))) for o in term.options)) for term in terms
    )
    parameters = tuple(density.parameters[i] for i in where)
    copulas = tuple(Copula(c.name, tuple(new[i] for i in c.parameters), c.correlation) for c in density.copulas if c.parameters[0] in new)
    nodes = tuple(map(node, density.nodes))
    return Component(Density(parameters, nodes, targets, pools, kept, tuple(holds), (), (), copulas), tuple(where))

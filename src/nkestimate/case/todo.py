"""What an author has still to fill in: keys and values that begin with TODO, in drafts and in proposed entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nkestimate.case.tree import Node, Path_
from nkestimate.errors import STILL, Fault

_TODO = re.compile(r"TODO(?:\b|_)")
_EXPECTED = {
    "title": "what the case asks, in a few words", "horizon": "the date at which totals are stated",
    "name": "who stands behind the figures",
    "weight": "0 to 1, or reliability: A to F in its place", "label": "what is unknown, in a few words",
    "published": "the date of the text, such as 2025-03-04; without one delete the line",
    "about": "the quantity, derived or expression that the figure is of",
    "source": "an id under 'sources:', of who stands behind the figure",
    "reason": "why the figure is left out", "prior": "a prior, such as {between: [L, U]}: only bounds are stated of it",
    "rationale": "why this prior", "document": "an id under 'documents:'",
}
_A_KEY = "an id and a label for what is unknown; several entries where the figures are of several things"


def todos(tree: Node) -> list[Fault]:
    """Return a fault for each key and value of a case that still says TODO, with what belongs there.

    Examples
    --------
    >>> from nkestimate.case.tree import from_plain
    >>> print(*todos(from_plain({"title": "Ships", "sources": {"port": {"weight": "TODO: ask Ann"}}}, "case.yaml", 3)))
    case.yaml:3: sources.port.weight: still TODO; expected 0 to 1, or reliability: A to F in its place; ask Ann
    """
    return list(_found(tree, ()))


def _found(node: Node, path: Path_) -> Iterator[Fault]:
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            if _TODO.match(key):
                yield child.fault((*path, key), f"{STILL}: '{key}'", _A_KEY if path == ("quantities",) else "an id of your own")
                continue  # what stands in it is a placeholder's, too
            yield from _found(child, (*path, key))
    elif isinstance(node.value, list):
        for i, child in enumerate(node.value):
            yield from _found(child, (*path, i))
    elif isinstance(node.value, str) and _TODO.match(node.value):
        word, _, hint = node.value.partition(":")
        key = next((str(key) for key in reversed(path) if isinstance(key, str)), "")
        yield node.fault(path, STILL if word == "TODO" else f"{STILL}: '{word}'", _EXPECTED.get(key, "a value"), hint.strip())


def apart_from(left: Iterable[Fault], faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults that stand at no TODO, nor below one: they say what is wrong with a placeholder."""
    places = {(fault.file, fault.path) for fault in left}
    return [fault for fault in faults if not any((fault.file, begin) in places for begin in _beginnings(fault.path))]


def _beginnings(path: str) -> Iterator[str]:
    yield path
    for match in re.finditer(r"[.\[]", path):
        yield path[: match.start()]



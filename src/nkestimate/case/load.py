"""Files to one tree: includes joined, a scenario's changes set, every fault kept."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nkestimate.case.fields import describe
from nkestimate.case.schema import KINDS, LISTS, SECTIONS, TOP_KEYS
from nkestimate.case.sheets import SUFFIXES
from nkestimate.case.table import read_table
from nkestimate.case.tree import Node, from_plain, read_tree
from nkestimate.errors import Fault, did_you_mean

_MAPPINGS = (*SECTIONS, "dates", "weights", "settings")
# Keys of one entry of which stating one withdraws the others.
_WEIGHTS = {"weight", "reliability"}
_ALTERNATIVES = ({*KINDS}, _WEIGHTS, {"about", "readings"}, {"rank", "log"})
# Keys that go with some kinds of statement only.
_COMPANIONS = {"within", "standard_error"}
_NOT_BESIDE_COUNTED = {"unit", "coverage"}
_COMPANIONS_OF = {"around": {"within"}, "at_most": {"within"}, "at_least": {"within"}, "estimate": {"standard_error"}}
_EXAMPLES = {"settings": "settings.pooling", "dates": "dates.opening", "weights": "weights.ministry", "sources": "sources.ministry.weight",
             "title": "title", "horizon": "horizon"}


def join_files(path: Path, faults: list[Fault]) -> tuple[Node | None, bool]:
    """Read a case file with all it includes into one tree.

    Returns
    -------
    tuple of (Node or None, bool)
        The tree, None where the file itself could not be read; and whether every included file could be.
    """
    files = _Files(faults)
    root = files.join(path, None)
    return (Node(files.joined, root.file, 1) if root else None), files.whole


def files_of(path: Path) -> list[Path]:
    """Return the files of a case that can be found: itself and all it includes."""
    files = _Files([])
    files.join(path, None)
    return list(files.open)


def _name(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _read(path: Path, faults: list[Fault], *, table: bool = True) -> Node | None:
    """Read one file of a case: YAML, or an included table of claims."""
    return (read_table if table and path.suffix.lower() in SUFFIXES else read_tree)(path, _name(path), faults)


class _Files:
    """Files on their way to one tree, ``joined``; ``whole`` turns False where one can't be read."""

    def __init__(self, faults: list[Fault]):
        self.faults = faults
        self.joined: dict[str, Node] = {}
        self.open: dict[Path, bool] = {}
        self.whole = True

    def join(self, path: Path, from_: Node | None) -> Node | None:
        """Add a file, after those that it includes; each file counts once."""
        real = Path(os.path.realpath(path)) if "\0" not in str(path) else path
        if real in self.open:
            if self.open[real] and from_:
                self.faults.append(from_.fault(("include",), f"'{from_.value}' leads back to a file that includes this one",
                                               "files that do not include each other in a ring", "delete one of the includes"))
            return None
        self.open[real] = True
        root = self.read(path, from_)
        if root and isinstance(root.value, dict):
            for child in self.included(root.value.get("include")):
                self.join(path.parent / str(child.value), child)
            _add(root.value, self.joined, self.faults)
        self.open[real] = False
        return root

    def read(self, path: Path, from_: Node | None) -> Node | None:
        if from_ and not os.path.exists(path):  # noqa: PTH110 (Path.exists raises on a name that is too long)
            self.faults.append(from_.fault(("include",), f"there is no file '{from_.value}'", "a path relative to this file"))
            root = None
        elif from_ and self.outside(path):
            root = self.foreign(path, from_)
        else:
            root = _read(path, self.faults, table=from_ is not None)
        if root and not isinstance(root.value, dict):
            what = "a list" if isinstance(root.value, list) else "a single value"
            self.faults.append(root.fault((), f"the file holds {what}", "keys with values, such as title: and quantities:",
                                          "begin lines with a key and ':', not with '-'" if what == "a list" else ""))
            root = None
        self.whole = self.whole and root is not None
        return root

    def outside(self, path: Path) -> bool:
        """Return whether a file stands outside the folder of the case itself."""
        return not Path(os.path.realpath(path)).is_relative_to(next(iter(self.open)).parent)

    def foreign(self, path: Path, from_: Node) -> Node | None:
        """Read a file from another folder: if it is no part of a case nothing of what stands in it is told."""
        own: list[Fault] = []
        root = _read(path, own)
        if root and not own and isinstance(root.value, dict) and root.value.keys() <= set(TOP_KEYS):
            return root
        self.faults.append(from_.fault(("include",), f"'{from_.value}' stands outside the folder of this case, and is no part of a case",
                                       "a file with the keys of a case", "to see its faults, move it below this folder"))
        self.whole = False
        return None

    def included(self, include: Node | None) -> list[Node]:
        if include is None or include.value is None:
            return []
        children = include.value if isinstance(include.value, list) else [include]
        fine = [child for child in children if isinstance(child.value, str) and child.value]
        for child in children:
            if child not in fine:
                said = (f"{describe(child.plain())} stands here", "the path of a file, or a list of paths")
                self.faults.append(child.fault(("include",), *said))
                self.whole = False
        return fine


def _add(part: Mapping[str, Node], joined: dict[str, Node], faults: list[Fault]) -> None:
    for key, node in part.items():
        if key not in TOP_KEYS:
            faults.append(node.fault((key,), f"unknown key '{key}'", "one of " + ", ".join(TOP_KEYS), did_you_mean(key, TOP_KEYS)))
        elif key == "include" or node.value is None:
            continue
        elif key not in joined:
            joined[key] = node
        elif key in _MAPPINGS and isinstance(node.value, dict) and isinstance(joined[key].value, dict):
            joined[key] = _merge(key, joined[key], node, faults)
        elif key in LISTS and isinstance(node.value, list) and isinstance(joined[key].value, list):
            joined[key] = Node([*joined[key].value, *node.value], node.file, node.line)  # type: ignore[misc]
        elif node.value != joined[key].value:
            faults.append(_twice(node, (key,), joined[key]))


def _merge(section: str, first: Node, second: Node, faults: list[Fault]) -> Node:
    assert isinstance(first.value, dict)
    assert isinstance(second.value, dict)
    merged = dict(first.value)
    for key, node in second.value.items():
        if key in merged:
            faults.append(_twice(node, (section, key), merged[key]))
        else:
            merged[key] = node
    return Node(merged, second.file, second.line)


def _twice(node: Node, path: tuple[str, ...], first: Node) -> Fault:
    return node.fault(path, f"'{path[-1]}' is stated twice", f"one; the first is {first.file}:{first.line}",
                      "a later file may add, not redefine; use a scenario for changes")


def apply_changes(tree: Node, changes: Mapping[str, Node], faults: list[Fault]) -> Node:
    """Return the tree with each ``sources.rival.weight: 1.0`` set; paths go by id, never by position."""
    known = []
    for path, value in changes.items():
        keys = _keys(path)
        problem = _unknown_path(tree, keys)
        if problem:
            faults.append(value.fault((path,), *problem))
        else:
            known.append((keys, value))
    known.sort(key=lambda change: len(change[0]))  # a whole entry before its parts; else the order does not matter
    for keys, value in known:
        if value.value is not None:
            for other in _withdrawn(keys):
                tree = _set(tree, other, Node(None, value.file, value.line))
    for keys, value in known:
        tree = _set(tree, keys, value)
    return tree


def one_after_other(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one set of changes that does what two do, the second after the first.

    Examples
    --------
    >>> one_after_other({"sources.a.weight": 1, "dates.b": "2024-01-01"}, {"weights.a": 0.5})
    {'dates.b': '2024-01-01', 'weights.a': 0.5}
    """
    void = [_keys(path) for path in second]
    void += [other for path, value in second.items() if value is not None for other in _withdrawn(_keys(path))]
    kept = {path: value for path, value in first.items() if not any(_keys(path)[: len(other)] == other for other in void)}
    return {**kept, **second}


def _keys(path: str) -> list[str]:
    """Split a path; the dot in ``claims.one.quantiles.0.05`` is a decimal point."""
    keys = path.split(".")
    return [*keys[:3], ".".join(keys[3:])] if len(keys) > 4 and keys[2] == "quantiles" else keys


def _withdrawn(keys: list[str]) -> list[list[str]]:
    """Return the paths that a change makes void: what else the entry said in that respect."""
    *entry, key = keys
    if len(keys) == 2:
        return [["sources", key, other] for other in sorted(_WEIGHTS)] if entry == ["weights"] else []
    others = {other for group in _ALTERNATIVES if key in group for other in group} - {key}
    if key in KINDS:
        others |= _COMPANIONS - _COMPANIONS_OF.get(key, set()) | (_NOT_BESIDE_COUNTED if key == "counted" else set())
    void = [[*entry, other] for other in sorted(others)]
    if len(keys) == 3 and keys[0] == "sources" and key in _WEIGHTS:
        void.append(["weights", keys[1]])
    return void


def _unknown_path(tree: Node, keys: list[str]) -> tuple[str, str, str] | None:
    section, *rest = keys
    sections = [*(section for section in _MAPPINGS if section != "scenarios"), "title", "horizon"]
    if section not in sections:
        return f"there is no section '{section}'", "one of " + ", ".join(sections), did_you_mean(section, sections)
    if (not rest and section in _MAPPINGS) or not all(keys):
        return f"'{'.'.join(keys)}' is no path to a value", f"a path such as {_EXAMPLES.get(section, 'claims.one.weight')}", ""
    known = _ids(tree, "sources" if section == "weights" else section)
    if section in (*SECTIONS, "dates", "weights") and rest[0] not in known:
        return f"there is no '{rest[0]}' under '{section}:'", "an id that the case declares", did_you_mean(rest[0], known)
    ranges = section == "dates" and isinstance(tree.at(("dates", rest[0])).value, dict)
    if len(rest) > {"settings": 1, "dates": 1 + ranges, "weights": 1, "title": 0, "horizon": 0}.get(section, 9):
        return f"'{'.'.join(keys)}' is no path to a value", f"a path such as {_EXAMPLES[section]}", ""
    return _unknown_item(tree, keys)


def _unknown_item(tree: Node, keys: list[str]) -> tuple[str, str, str] | None:
    """Return what is wrong with a path that leads into a list: only readings have names."""
    for depth in range(2, len(keys)):
        node = tree.at(tuple(keys[:depth]))
        if isinstance(node.value, list):
            names = [str(child.at(("about",)).value) for child in node.value] if keys[depth - 1] == "readings" else []
            if keys[depth] in names:
                return None
            here, wrong = ".".join(keys[:depth]), ".".join(keys[depth:])
            return (f"there is no '{wrong}' in {here}", "the whole list, or a reading by what it is about",
                    did_you_mean(keys[depth], names, "such as claims.one.readings.cost.weight"))
    return None


def _ids(tree: Node, section: str) -> list[str]:
    node = tree.at((section,))
    return list(node.value) if node is not tree and isinstance(node.value, dict) else []


def _set(node: Node, keys: list[str], value: Node) -> Node:
    """Return ``node`` with the value at ``keys`` replaced; null deletes; readings are found by what they are about."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(node.value, list):
        changed = [_set(child, rest, value) if child.at(("about",)).value == key else child for child in node.value]
        return Node([child for child in changed if child.value is not None], node.file, node.line)
    entries = dict(node.value) if isinstance(node.value, dict) else {}
    if value.value is None and key not in entries:
        return node
    new = _set(entries.get(key, Node({}, value.file, value.line)), rest, value)
    if new.value is None:
        entries.pop(key, None)
    else:
        entries[key] = new
    return Node(entries, node.file, node.line)


def changes_from_plain(changes: Mapping[str, Any], file: str) -> dict[str, Node]:
    """Make changes given from outside (command line, API) into nodes."""
    return {str(path): from_plain(value, file, 1) for path, value in changes.items()}


def digest_of(resolved: Mapping[str, Any]) -> str:
    """Return ``sha256:…`` of plain values in canonical JSON; the order of keys does not matter."""
    text = json.dumps(resolved, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

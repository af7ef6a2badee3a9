"""Reading cases: YAML to `Case`, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from nkestimate.case.load import apply_changes, changes_from_plain, digest_of, join_files
from nkestimate.case.model import Case, Grid
from nkestimate.case.resolve import grid_of, resolve
from nkestimate.case.schema import Robustness
from nkestimate.case.shape import Known, Shape
from nkestimate.case.todo import apart_from, todos
from nkestimate.case.tree import Node, from_plain, read_tree
from nkestimate.errors import CaseError, Fault, did_you_mean

__all__ = ["Case", "Grid", "case_from_resolved", "changed", "grid_from_plain", "load_case", "read_grid"]


STARTER = Path(__file__).parents[1] / "starter" / "case.yaml"
"""A small case with comments, which ``nkestimate init`` copies."""


def load_case(
    path: str | PathLike[str], *, scenario: str | None = None, set: Mapping[str, Any] | None = None
) -> Case:
    """Read a case, with its includes, and check it.

    Parameters
    ----------
    path : path
        The YAML file.
    scenario : str, optional
        Id of one of the case's scenarios to apply.
    set : mapping, optional
        More changes, addressed by id as in a scenario: ``{"sources.rival.weight": 1.0}``.

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        If the case, one of its scenarios or ``set`` is at fault; it holds every fault found.

    Examples
    --------
    >>> case = load_case(STARTER, set={"settings.pooling": "log"})
    >>> case.title, case.headline.label, case.settings.pooling
    ('What the harbour festival brought in', 'Total spending', 'log')
    """
    path = Path(path)
    faults: list[Fault] = []
    tree, whole = join_files(path, faults)
    if tree is None:
        raise CaseError(faults)
    misread, read = {(fault.file, fault.line, fault.path) for fault in faults}, len(faults)
    known = Known()
    case = _changed(tree, path.stem, scenario, set, faults, whole, known)
    if whole:
        _check_scenarios(tree, path.stem, faults, known)
        if case is not None and case.grid is not None:
            faults.extend(grid_faults(case, case.grid, tree.at(("robustness", "others"))))
    left = todos(tree)
    if case is None or faults or left:
        # What the parser misread at a place explains what is wrong with it later.
        told = [fault for i, fault in enumerate(faults) if i < read or (fault.file, fault.line, fault.path) not in misread]
        raise CaseError([*left, *apart_from(left, told)])
    return case


def case_from_resolved(resolved: Mapping[str, Any], case_id: str, scenario: str | None = None) -> Case:
    """Rebuild the case that a saved result carries.

    Raises
    ------
    CaseError
        If it is at fault (it was written by another version, say).
    """
    faults: list[Fault] = []
    case = resolve(from_plain(resolved, f"{case_id} (saved)", 1), case_id, scenario, faults)
    if case is None:
        raise CaseError(faults)
    return case


def changed(case: Case, changes: Mapping[str, Any]) -> Case:
    """Return a case with more changes, as `load_case` would with them in ``set``; no file is read.

    Raises
    ------
    CaseError
        If it is at fault with them.
    """
    faults: list[Fault] = []
    tree = apply_changes(from_plain(case.resolved, f"{case.id} (changed)", 1), changes_from_plain(changes, "(changes)"), faults)
    new = resolve(tree, case.id, case.scenario, faults)
    if new is None or faults:
        raise CaseError(faults)
    return new


def read_grid(path: str | PathLike[str]) -> Grid:
    """Read what to vary from a file of its own: the keys of a case's ``robustness:``, with or without that key above them.

    Raises
    ------
    CaseError
        If the file is at fault; it holds every fault found.
    """
    faults: list[Fault] = []
    tree = read_tree(Path(path), str(path), faults)
    if tree is not None and isinstance(tree.value, dict) and set(tree.value) != {"robustness"}:
        tree = Node({"robustness": tree}, tree.file, tree.line)
    return _grid(tree, faults)


def grid_from_plain(plain: Mapping[str, Any]) -> Grid:
    """Make a grid of the values of a case's ``robustness:``; what is not stated has its default.

    Raises
    ------
    CaseError
        If they are at fault.
    """
    return _grid(Node({"robustness": from_plain(plain, "(grid)", 1)}, "(grid)", 1), [])


def grid_faults(case: Case, grid: Grid, where: Node) -> list[Fault]:
    """Return what is wrong with a grid's ``others``, each value tried alone, as faults that stand at ``where``."""
    found: list[Fault] = []
    for path, levels in grid.others.items():
        for level in levels:
            try:
                changed(case, {path: level})
            except CaseError as error:
                found += [where.at((path,)).fault(("robustness", "others", path), f"with {level}, {fault.path}: {fault.problem}",
                                                  fault.expected, fault.hint) for fault in error.faults]
    return found


def _grid(tree: Node | None, faults: list[Fault]) -> Grid:
    stated = None
    if tree is not None:
        shape = Shape(tree, faults)
        stated = shape.entry(("robustness",), Robustness)
        if stated is None and not faults:
            shape.fault((), "the file states no grid", "keys such as coverage: [0.5, 0.9]")
    if stated is None or faults:
        raise CaseError(faults)
    return grid_of(stated)


def _changed(
    tree: Node, case_id: str, scenario: str | None, changes: Mapping[str, Any] | None, faults: list[Fault], whole: bool,
    known: Known,
) -> Case | None:
    if scenario is not None:
        scenarios = _scenarios(tree)
        if scenario not in scenarios:
            expected = "one of " + ", ".join(scenarios) if scenarios else "a case with scenarios"
            faults.append(tree.fault(("scenarios",), f"unknown scenario '{scenario}'", expected, did_you_mean(scenario, scenarios)))
        else:
            tree = apply_changes(tree, _scenario_changes(scenarios[scenario]), faults)
    if changes:
        tree = apply_changes(tree, changes_from_plain(changes, "(set)"), faults)
    return resolve(tree, case_id, scenario, faults, whole, known)


def _scenarios(tree: Node) -> dict[str, Node]:
    node = tree.at(("scenarios",))
    return node.value if node is not tree and isinstance(node.value, dict) else {}


def _scenario_changes(node: Node) -> dict[str, Node]:
    changes = node.value.get("set") if isinstance(node.value, dict) else None
    return changes.value if changes and isinstance(changes.value, dict) else {}


_SOUND: set[str] = set()  # digests of trees whose scenarios were found to be sound


def _check_scenarios(tree: Node, case_id: str, faults: list[Fault], known: Known) -> None:
    """Try each scenario, and add the faults that the case has with it alone; a tree that passed is not tried again."""
    if (digest := digest_of(tree.plain())) in _SOUND:
        return
    without = set(faults)
    for key, node in _scenarios(tree).items():
        mine: list[Fault] = []
        resolve(apply_changes(tree, _scenario_changes(node), mine), case_id, key, mine, known=known)
        faults.extend(_fault_of_scenario(fault, key, node) for fault in mine if fault not in without)
    if not faults:
        _SOUND.add(digest)


def _fault_of_scenario(fault: Fault, key: str, scenario: Node) -> Fault:
    if any((node.file, node.line) == (fault.file, fault.line) for node in scenario.walk()):
        return replace(fault, path=f"scenarios.{key}.set" + (f".{fault.path}" if fault.path else ""))
    # It stands elsewhere, but the scenario is its cause.
    where = f"{fault.path}: " if fault.path else ""
    return replace(fault, file=scenario.file, line=scenario.line, path=f"scenarios.{key}",
                   problem=f"with this scenario, {where}{fault.problem}")

"""The evidence of a case by itself: documents, what claims say and where it stands, figures left out.

Read from the tree, so that it is there whatever is wrong with the model: formulas, quantities, priors, questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from nkestimate.case import schema
from nkestimate.case.load import join_files
from nkestimate.case.statements import statement_kind
from nkestimate.case.todo import apart_from, todos
from nkestimate.case.totals import Totals
from nkestimate.case.tree import Node, Path_, show_path
from nkestimate.case.units import Unit, UnitFault, Units
from nkestimate.errors import CaseError, Fault

# Sections in which a fault is one of the model.
_MODEL = {"title", "format", "horizon", "settings", "dates", "weights", "units", "sources", "bias_classes", "quantities", "derived",
          "questions", "scenarios", "track_record"}


@dataclass(frozen=True)
class Place:
    """Where the case says that figures stand.

    Attributes
    ----------
    section : str
        ``claims``, ``excluded`` or ``incidental``.
    claim : str
        Id of the claim; empty for the other sections.
    document : str
        Id of the document.
    figures : str or None
        The words as printed.
    at : int or None
        Their code point offset in the document.
    reason : str
        Why a figure is left out or incidental.
    file, line, path
        Where the entry stands in the case, for faults.
    """

    section: str
    claim: str
    document: str
    figures: str | None
    at: int | None
    reason: str
    file: str
    line: int
    path: str

    def fault(self, problem: str, expected: str = "", hint: str = "") -> Fault:
        """Return a fault standing at this entry."""
        return Fault(self.file, self.line, self.path, problem, expected, hint)


@dataclass(frozen=True)
class Stated:
    """What one claim says, as far as it can be known without the model.

    Attributes
    ----------
    kind : str
        The key of its statement.
    entry : schema.Claim
    units : tuple of Unit
        The units in which it may be stated: its own or its readings', else its target's; empty where none can be read.
    """

    kind: str
    entry: schema.Claim
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class Evidence:
    """The evidence of a case.

    Attributes
    ----------
    case : str
        The case's id.
    documents : mapping
        Entries by id, those that have the shape of one.
    nodes : mapping
        The place of each document in the case, for faults.
    places : tuple of Place
        Every report of a claim and every entry under ``excluded`` and ``incidental``, in the order of the files.
    claims : mapping
        What each claim says; a claim at fault is not in it.
    units : Units
        The units of the case.
    faults : tuple of Fault
        What is wrong with the evidence.
    """

    case: str
    documents: Mapping[str, schema.Document]
    nodes: Mapping[str, Node]
    places: tuple[Place, ...]
    claims: Mapping[str, Stated]
    units: Units
    faults: tuple[Fault, ...]


def read_evidence(path: Path) -> Evidence:
    """Read the evidence of a case, with its includes.

    Raises
    ------
    CaseError
        If the file, or one that it includes, can't be read at all: what it holds is then unknown.
    """
    faults: list[Fault] = []
    tree, whole = join_files(path, faults)
    if tree is None or not whole:
        raise CaseError(faults)
    return _Reader(tree, faults).evidence(path.stem)


class _Reader(Totals):
    """Reads the sections that make up the evidence; what is wrong elsewhere is left to others."""

    def evidence(self, case: str) -> Evidence:
        self.read_shape()
        self.define_units()
        documents = {key: entry for key, entry in self.entries["documents"].items() if entry}
        places = tuple(self.places())
        claims = {key: stated for key, entry in self.entries["claims"].items() if entry and (stated := self.stated(key, entry))}
        told = apart_from(todos(self.tree), self.faults)  # what is still to do, `validate` tells
        faults = tuple(sorted({fault for fault in told if not _of_model(fault)}))
        nodes = {key: self.tree.at(("documents", key)) for key in self.entries["documents"]}
        return Evidence(case, documents, nodes, places, claims, self.units, faults)

    def places(self) -> Iterator[Place]:
        """Yield every place, those of a claim that is at fault elsewhere too."""
        claims = self.tree.at(("claims",))
        for key in self.entries["claims"]:
            reports = claims.at((key, "reported_in"))
            for i, node in enumerate(reports.value if isinstance(reports.value, list) else ()):
                report = _one(schema.Report, node)
                if report:
                    yield self.place(("claims", key, "reported_in", i), key, report, "")
        for section in schema.LISTS:
            for i, entry in enumerate(self.lists[section]):
                if entry:
                    yield self.place((section, i), "", entry, entry.reason)

    def place(self, path: Path_, claim: str, entry: schema.Report | schema.Excluded | schema.Incidental, reason: str) -> Place:
        if entry.document not in self.entries["documents"]:
            self.unknown((*path, "document"), "document", entry.document, self.entries["documents"])
        node = self.tree.at(path)
        return Place(str(path[0]), claim, entry.document, entry.figures, entry.at, reason, node.file, node.line, show_path(path))

    def stated(self, key: str, entry: schema.Claim) -> Stated | None:
        if entry.source not in self.entries["sources"]:
            self.unknown(("claims", key, "source"), "source", entry.source, self.entries["sources"])
        kind = statement_kind(("claims", key), entry, self.fault)
        return Stated(kind, entry, tuple(self.units_of(entry))) if kind else None

    def units_of(self, entry: schema.Claim) -> Iterator[Unit]:
        """Yield the units in which a claim may be stated; one that can't be read is a fault of the model, told there."""
        plain: list[tuple[str, str | None]] = [(entry.about or "", None)]
        for about, unit in [(reading.about, reading.unit) for reading in entry.readings or ()] or plain:
            total = self.entries["quantities"].get(about) or self.entries["derived"].get(about)
            text = unit if unit is not None else entry.unit if entry.unit is not None else total.unit if total else None
            try:
                if text is not None:
                    yield self.units.unit(text)
            except UnitFault:
                continue


def _of_model(fault: Fault) -> bool:
    return fault.path.split(".")[0] in _MODEL or (not fault.path and "title" in fault.problem)


def _one(shape: type[schema.Report], node: Node) -> schema.Report | None:
    try:
        return shape.model_validate(node.plain())
    except ValidationError:
        return None

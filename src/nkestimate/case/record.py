"""What sources said before and what came true: the entries under ``track_record:``."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nkestimate.case import model, schema
from nkestimate.case.distributions import SCALES
from nkestimate.case.expressions import Name
from nkestimate.case.joint import Joint
from nkestimate.case.statements import StatementReader, convertible, stated, statement_kind
from nkestimate.case.tree import Path_
from nkestimate.case.units import Unit, measures
from nkestimate.printed.notation import Number

_ONE_TRUTH = 1e-9  # relative: what two entries say came true, once in one unit


class Record(Joint):
    """Reads the track record."""

    def read_track_record(self, settings: model.Settings) -> dict[str, model.TrackEntry]:
        """Return the entries that are free of faults; those about one thing are in the unit of its first."""
        found: dict[str, model.TrackEntry] = {}
        first: dict[str, model.TrackEntry] = {}
        for key, entry in self.entries["track_record"].items():
            about = entry and (entry.about or key)
            read = self.track_entry(key, entry, first.get(about), settings) if entry else None
            if read and ("track_record", key) not in self.partial:
                found[key] = read
                first.setdefault(about, read)
        return found

    @staticmethod
    def unrecorded(sources: Mapping[str, model.Source], entries: Mapping[str, model.TrackEntry]) -> tuple[model.Notice, ...]:
        """Return a notice of each source that is to learn from a record of which nothing stands in the case."""
        known = {entry.source for entry in entries.values()}
        return tuple(model.Notice("no record", (key,)) for key, source in sources.items() if source.learns and key not in known)

    def track_entry(self, key: str, entry: schema.TrackEntry, first: model.TrackEntry | None,
                    settings: model.Settings) -> model.TrackEntry | None:
        path: Path_ = ("track_record", key)
        before = len(self.faults)
        if entry.source not in self.entries["sources"]:
            self.unknown((*path, "source"), "source", entry.source, self.entries["sources"])
        if entry.from_ is None:
            self.fault(path, "nobody says what came true", "from: who says so", "and 'check:' where to look it up")
        kind = statement_kind(path, entry, self.fault)
        unit = first.target.unit if first and entry.unit is None else self.unit(entry.unit or "", (*path, "unit"))
        target = self.track_target(key, entry, unit, first) if unit else None
        if kind is None or unit is None or target is None:
            return None
        source = self.entries["sources"].get(entry.source)
        coverage = entry.coverage or (source and source.coverage) or settings.coverage
        own = entry.unit is not None
        reader = StatementReader(self.units, self.fault, path, kind, target, unit, own, coverage)
        statement = reader.read(entry)
        judge = StatementReader(self.units, self.fault, path, "came_true", target, unit, own, settings.coverage)
        truth = judge.read_truth(entry.came_true)
        if statement is None or truth is None or len(self.faults) > before:
            return None
        if first and not all(math.isclose(a, b, rel_tol=_ONE_TRUTH) for a, b in zip(truth, first.truth, strict=True)):
            self.fault((*path, "came_true"), f"something else came true of '{target.key}' in '{first.id}': {first.truth_stated}",
                       "one truth of one thing", "give the entries different names under 'about:'")
            return None
        return model.TrackEntry(
            key, entry.source, entry.label, target, statement, truth, settings.coverage, entry.occasion or target.key, entry.class_,
            entry.as_of, entry.from_ or "", entry.when, entry.check, stated(kind, entry, target), _spelled(entry.came_true, unit.text),
            entry.note)

    def track_target(self, key: str, entry: schema.TrackEntry, unit: Unit, first: model.TrackEntry | None) -> model.Target | None:
        """Return what an entry is about: a thing of its own, or the thing of an earlier one, in whose unit it is then put."""
        path: Path_ = ("track_record", key)
        if entry.support == "fraction" and unit.dimension:
            self.fault((*path, "unit"), f"a fraction in '{entry.unit}'", "a pure number: '' or percent")
            return None
        if first is None:
            about = entry.about or key
            return model.Target(about, "quantity", Name(about), entry.support, SCALES[entry.support], unit)
        if first.target.support != entry.support:
            self.fault((*path, "support"), f"'{entry.support}', but '{first.target.support}' in '{first.id}' about the same",
                       f"support: {first.target.support}")
            return None
        if unit.dimension != first.target.unit.dimension:
            self.fault((*path, "unit"), f"'{unit.text}' {measures(unit.dimension)} but '{first.target.unit.text}' of '{first.id}' "
                       f"about the same {measures(first.target.unit.dimension)}", *convertible(unit, first.target.unit))
            return None
        return first.target


def _spelled(truth: Number | tuple[Number, Number], unit: str) -> str:
    digits = truth.text if isinstance(truth, Number) else f"{truth[0].text} to {truth[1].text}"
    return digits if (truth if isinstance(truth, Number) else truth[0]).unit else f"{digits} {unit}".rstrip()

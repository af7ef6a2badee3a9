"""Cases between two cases: some of what differs taken from the one, the rest from the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from nkestimate.case import case_from_resolved, schema
from nkestimate.case.expressions import names_in
from nkestimate.case.model import Case, Claim
from nkestimate.errors import CaseError
from nkestimate.wording.choices import choice_name, level_words
from nkestimate.wording.numbers import plain, weight
from nkestimate.wording.statements import said

GROUPS = ("model", "claims", "values", "weights", "settings")
_WORDS = {"label", "note", "rationale", "headline"}  # of an entry: no part of the density
# Of a claim all but who says it, how far that is believed and what is for readers.
_STATEMENT = schema.Claim.model_fields.keys() - {
    "source", "label", "note", "weight", "reliability", "credibility", "supersedes", "reported_in"}
_SETTINGS_OF_SOURCE, _WEIGHTS_OF_SOURCE = ("coverage",), ("overstates_by", "group")

Blocks = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Blend:
    """Two cases, and the cases between them.

    Each group of what may differ is taken from ``a`` or from ``b``:

    - ``model``: quantities with their priors, derived, dates, units, the horizon; and claims that touch a name which only
      one of the cases has, since the evidence for a new unknown comes with it;
    - ``claims``: which other claims are heard (weight 0 is removal, and so is being superseded);
    - ``values``: what the claims say, about what, and when;
    - ``weights``: the claims' weights, and the sources' bias;
    - ``settings``: pooling, common error, dark uncertainty, and the coverage at which ranges are read.

    Dates, units and sources that only one case names come along with whatever needs them.
    """

    a: Case
    b: Case

    @cached_property
    def tied(self) -> frozenset[str]:
        """The claims that count as part of the model."""
        shared = self.a.totals.keys() & self.b.totals.keys()
        return frozenset(
            claim.id for case in (self.a, self.b) for claim in case.claims.values()
            if any(not set(names_in(reading.target.expr)) <= shared for reading in claim.readings))

    @cached_property
    def differing(self) -> tuple[str, ...]:
        """The groups in which the two cases differ."""
        return tuple(group for group in GROUPS if self.differences[group])

    @cached_property
    def differences(self) -> dict[str, tuple[str, ...]]:
        """What differs in each group, in words."""
        return {"model": tuple(self._model()), "claims": tuple(self._claims()), "values": tuple(self._values()),
                "weights": tuple(self._weights()), "settings": tuple(self._settings())}

    # ------------------------------------------------------------ between

    def case(self, from_b: frozenset[str]) -> Case | None:
        """Return the case that takes the groups named from ``b`` and the others from ``a``; None where that is no valid case."""
        side = {group: self.b if group in from_b else self.a for group in GROUPS}
        model = side["model"]
        plain: dict[str, Any] = {
            "format": 1, "title": model.title, "horizon": model.horizon.isoformat(),
            "settings": side["settings"].resolved.get("settings") or {},
            **{key: {**self._other(model).resolved.get(key, {}), **model.resolved.get(key, {})} for key in ("dates", "units")},
            **{key: model.resolved.get(key, {}) for key in ("quantities", "derived", "shares", "correlations")},
            "sources": dict(self._sources(side)), "claims": dict(self._heard(side)),
        }
        try:
            return case_from_resolved({key: value for key, value in plain.items() if value}, f"{self.a.id}/{self.b.id}")
        except CaseError:
            return None

    def _other(self, case: Case) -> Case:
        return self.b if case is self.a else self.a

    def _sources(self, side: Mapping[str, Case]) -> Iterator[tuple[str, dict[str, Any]]]:
        for key in dict.fromkeys([*self.a.sources, *self.b.sources]):
            case = side["weights"] if key in side["weights"].sources else self._other(side["weights"])
            entry: dict[str, Any] = {"name": case.sources[key].name, "weight": case.sources[key].weight}
            kept = [*((name, side["weights"]) for name in _WEIGHTS_OF_SOURCE), *((name, side["settings"]) for name in _SETTINGS_OF_SOURCE)]
            for name, owner in kept:
                owner = owner if key in owner.sources else self._other(owner)
                if (value := (owner.resolved["sources"][key] or {}).get(name)) is not None:
                    entry[name] = value
            bias = side["weights"].sources[key].overstates_by if key in side["weights"].sources else None
            if bias is not None:  # as stated, or as learned
                entry["overstates_by"] = list(bias)
            yield key, entry

    def _heard(self, side: Mapping[str, Case]) -> Iterator[tuple[str, dict[str, Any]]]:
        for key in dict.fromkeys([*side["claims"].claims, *self._other(side["claims"]).claims]):
            tied = key in self.tied
            presence, values, weights = (side["model" if tied else group] for group in ("claims", "values", "weights"))
            if key not in presence.claims or not presence.claims[key].active:
                continue
            if key not in values.claims:
                values = self._other(values)
            if key not in weights.claims or not weights.claims[key].weight:
                weights = self._other(weights)
            yield key, _statement(values, key) | {"weight": weights.claims[key].weight}

    # ------------------------------------------------------------ what differs

    def _model(self) -> Iterator[str]:
        if self.a.horizon != self.b.horizon:
            yield f"horizon {self.a.horizon} → {self.b.horizon}"
        for section in ("dates", "units", "quantities", "derived", "shares", "correlations"):
            ours, theirs = (case.resolved.get(section) or {} for case in (self.a, self.b))
            for key in dict.fromkeys([*ours, *theirs]):
                if key not in theirs:
                    yield f"− {key}"
                elif key not in ours:
                    yield f"+ {key}"
                elif _plain(ours[key]) != _plain(theirs[key]):
                    yield f"{key}: {_changed(_plain(ours[key]), _plain(theirs[key]))}"
        for key in sorted(self.tied):
            ours, theirs = ((_statement(case, key), case.claims[key].weight) if _active(case, key) else None for case in (self.a, self.b))
            if ours != theirs:
                yield f"{'−' if theirs is None else '+' if ours is None else 'changed'} claim {key}"

    def _untied(self) -> list[str]:
        return [key for key in dict.fromkeys([*self.a.claims, *self.b.claims])
                if key not in self.tied and (_active(self.a, key) or _active(self.b, key))]

    def _claims(self) -> Iterator[str]:
        for key in self._untied():
            if _active(self.a, key) != _active(self.b, key):
                yield f"{'−' if _active(self.a, key) else '+'} {key}"

    def _values(self) -> Iterator[str]:
        for key in self._untied():
            if key in self.a.claims and key in self.b.claims and _statement(self.a, key) != _statement(self.b, key):
                ours, theirs = self.a.claims[key], self.b.claims[key]
                yield f"{key}: {said(ours)} → {said(theirs)}" if ours.stated != theirs.stated else f"{key}: read otherwise"

    def _weights(self) -> Iterator[str]:
        for key in self._untied():
            ours, theirs = (case.claims[key].weight if key in case.claims else 0.0 for case in (self.a, self.b))
            if ours and theirs and ours != theirs:
                learned = any(case.sources[case.claims[key].source].before for case in (self.a, self.b))
                yield f"{key}: {weight(ours)} → {weight(theirs)}" if learned else f"{key}: {plain(ours)} → {plain(theirs)}"
        for key in self.a.sources.keys() & self.b.sources.keys():
            ours_by, theirs_by = (case.sources[key].overstates_by for case in (self.a, self.b))
            if ours_by != theirs_by:
                yield f"{key} overstates by: {_bias(ours_by)} → {_bias(theirs_by)}"
            ours_group, theirs_group = (case.sources[key].group for case in (self.a, self.b))
            if ours_group != theirs_group:
                yield f"group of {key}: {ours_group or 'none'} → {theirs_group or 'none'}"

    def _settings(self) -> Iterator[str]:
        for name in ("pooling", "coverage", "dark_uncertainty", "common_error"):
            ours, theirs = (getattr(case.settings, name) for case in (self.a, self.b))
            if ours != theirs:
                yield f"{choice_name(name)}: {_level(name, ours)} → {_level(name, theirs)}"
        known = {"pooling", "coverage", "dark_uncertainty", "common_error", "words"}
        ours, theirs = ({k: v for k, v in (case.resolved.get("settings") or {}).items() if k not in known} for case in (self.a, self.b))
        for name in dict.fromkeys([*ours, *theirs]):
            if ours.get(name) != theirs.get(name):
                yield f"{name.replace('_', ' ')}: {ours.get(name, 'default')} → {theirs.get(name, 'default')}"
        for key in self.a.sources.keys() & self.b.sources.keys():
            ours, theirs = ((case.resolved["sources"][key] or {}).get("coverage") for case in (self.a, self.b))
            if ours != theirs:
                yield f"coverage of {key}: {_level('coverage', ours)} → {_level('coverage', theirs)}"

    # ------------------------------------------------------------ blocks

    def blocks(self) -> tuple[Blocks, tuple[str, ...]]:
        """Return the differing groups, joined where a case with the one but not the other would be invalid, and what was joined."""
        blocks: Blocks = tuple((group,) for group in self.differing)
        while len(blocks) > 1 and (bad := self._invalid(blocks)):
            joins = [tuple(_joined(blocks, one, other)) for one, other in combinations(blocks, 2)]
            better = min(joins, key=lambda join: (self._invalid(join), joins.index(join)))
            assert bad > 0
            blocks = better
        return blocks, tuple(" and ".join(block) for block in blocks if len(block) > 1)

    def _invalid(self, blocks: Blocks) -> int:
        return sum(self.known(frozenset(group for block in chosen for group in block)) is None for chosen in subsets(blocks))

    def known(self, from_b: frozenset[str]) -> Case | None:
        """Return `case`, built once."""
        if from_b not in self._built:
            self._built[from_b] = self.case(from_b)
        return self._built[from_b]

    @cached_property
    def _built(self) -> dict[frozenset[str], Case | None]:
        return {}


def subsets(blocks: Blocks) -> Iterator[Blocks]:
    """Yield all subsets of blocks, the small ones first."""
    for size in range(len(blocks) + 1):
        yield from combinations(blocks, size)


def _joined(blocks: Blocks, one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for block in blocks:
        if block == one:
            yield one + other
        elif block != other:
            yield block


def _active(case: Case, key: str) -> bool:
    return key in case.claims and case.claims[key].active


def _statement(case: Case, key: str) -> dict[str, Any]:
    """Return what a claim says and of when, as plain values; a date taken from a document is written out."""
    claim: Claim = case.claims[key]
    entry = {name: value for name, value in case.resolved["claims"][key].items() if name in _STATEMENT}
    published = [when for report in claim.reported_in if (when := case.documents[report.document].published)]
    if "as_of" not in entry and published:
        entry["as_of"] = min(published).isoformat()
    return {"source": claim.source, **entry}


def _level(name: str, stated: Any) -> str:
    """Write a setting; a factor of nothing is one."""
    if stated is None:
        return "default"
    try:
        return level_words(name, float(stated)) if name in ("coverage", "common_error") else str(stated)
    except ValueError:  # a share written with its sign
        return str(stated)


def _plain(entry: Any) -> Any:
    return {key: value for key, value in entry.items() if key not in _WORDS} if isinstance(entry, Mapping) else entry


def _changed(ours: Any, theirs: Any) -> str:
    if not (isinstance(ours, Mapping) and isinstance(theirs, Mapping)):
        return f"{_said(ours)} → {_said(theirs)}"
    keys = [key for key in dict.fromkeys([*ours, *theirs]) if ours.get(key) != theirs.get(key)]
    return ", ".join(f"{key} {_said(ours.get(key))} → {_said(theirs.get(key))}" for key in keys)


def _said(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        if value.keys() == {"between"}:
            return " to ".join(map(str, value["between"]))
        return "{" + ", ".join(f"{key}: {_said(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(_said, value)) + "]" if isinstance(value, list | tuple) else str(value)


def _bias(bias: tuple[float, float] | None) -> str:
    return f"{plain(bias[0])} to {plain(bias[1])}" if bias else "nothing"

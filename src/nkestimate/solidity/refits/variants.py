"""What is varied: each variant as changes to the case, its label, its digest and its seed.

A variant is nothing but changes by path, so any of them can be had by hand: ``load_case(path, set=variant.changes)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from json import dumps
from typing import Any

from nkestimate.case import changed
from nkestimate.case.expressions import names_in
from nkestimate.case.load import digest_of
from nkestimate.case.model import Case, Claim, Grid
from nkestimate.errors import CaseError
from nkestimate.wording.choices import choice_words
from nkestimate.wording.names import claim_with_target, group_name, target_label
from nkestimate.wording.numbers import TERMINAL, day

SETTINGS = ("coverage", "pooling", "common_error", "dark_uncertainty")
LEAVES_OUT = ("source", "group", "document", "claim")  # kinds of variants that take evidence away
BASE = "base"
IN_SCENARIO = "in the scenario "  # as labels of scenarios begin; several are listed behind it


@dataclass(frozen=True)
class Variant:
    """One way to choose what nobody can settle.

    Attributes
    ----------
    kind : str
        ``base``, ``crossed``, or what is changed alone: ``reading``, ``scenario``, ``source``, ``group``,
        ``document``, ``claim``.
    name : str
        Of what is taken or left out, by id; unique among its kind.
    label : str
        In words, to stand in a sentence: "without Yonhap".
    changes : mapping
        Paths with new values, as in a scenario.
    choices : mapping
        The level of each factor; the base's where something else is changed.
    digest : str
        ``sha256:…`` of the base's digest with the changes: two variants that change the same are one fit.
    """

    kind: str
    name: str
    label: str
    changes: Mapping[str, Any]
    choices: Mapping[str, Any]
    digest: str = field(repr=False)

    @property
    def in_grid(self) -> bool:
        """Whether it is one of the crossed ones (the base counts as one)."""
        return self.kind in (BASE, "crossed")

    @property
    def leaves_out(self) -> bool:
        """Whether it takes evidence away."""
        return self.kind in LEAVES_OUT

    def seed(self, seed: int) -> int:
        """Return the seed of its fit: from its digest and the run's seed."""
        return int(digest_of({"variant": self.digest, "seed": seed})[7:22], 16)


def variants(case: Case, grid: Grid) -> list[Variant]:
    """Return all variants in canonical order: the base, the crossed ones, then what is changed one at a time."""
    plan = _Plan(case, grid)
    return [plan.base, *plan.crossed(), *(variant for kind in grid.one_at_a_time for variant in plan.alone(kind))]


def factors(case: Case, grid: Grid) -> dict[str, tuple[Any, ...]]:
    """Return the levels of each factor that is crossed, in the grid's order; a base level that is not listed comes last."""
    return _Plan(case, grid).levels


def case_of(base: Case, variant: Variant) -> tuple[Case | None, tuple[str, ...]]:
    """Return a variant's case, and the quantities that cannot be said in it.

    A quantity that loses its only support goes, and with it what is made of it, the questions about that, and the claims
    about it. Those tell nothing of the rest then: with nothing known of a factor, any value of the others
    fits what is claimed of their product.

    Returns
    -------
    tuple of (Case or None, tuple of str)
        None where no quantity is left.

    Raises
    ------
    CaseError
        If the variant is at fault for another reason.
    """
    try:
        return changed(base, variant.changes), ()
    except CaseError as error:
        # Taking evidence away can bring one kind of fault only: a quantity that nothing fixes any more.
        lost = tuple(sorted({fault.path.removeprefix("quantities.") for fault in error.faults}))
        if not variant.leaves_out or not set(lost) <= base.quantities.keys():
            raise
    if len(lost) == len(base.quantities):
        return None, lost
    return changed(base, _without(base, variant.changes, lost)), lost


def _without(base: Case, changes: Mapping[str, Any], lost: tuple[str, ...]) -> dict[str, Any]:
    gone = {*lost, *(name for name, total in base.derived.items() if set(base.stands_on(total.expr)) & set(lost))}
    claims = {claim.id for claim in base.claims.values() if any(gone & set(names_in(reading.target.expr)) for reading in claim.readings)}
    questions = {q.id for q in base.questions.values() if gone & set(names_in(q.comparison))}
    correlations = [one.id for one in base.correlations.values() if gone & set(one.between)]
    deleted = {f"{section}.{key}": None for section, keys in (
        ("quantities", sorted(gone & base.quantities.keys())), ("derived", sorted(gone & base.derived.keys())), ("claims", sorted(claims)),
        ("questions", sorted(questions)), ("correlations", correlations)) for key in keys}
    deleted |= {f"shares.{whole.id}.of": None for whole in base.shares.values() if whole.of in gone}
    pointers = {f"claims.{key}.supersedes": None for key, entry in (base.resolved.get("claims") or {}).items()
                if key not in claims and entry.get("supersedes") in claims}
    return {path: value for path, value in changes.items() if ".".join(path.split(".")[:2]) not in deleted} | deleted | pointers


class _Plan:
    """Makes the variants of one case and grid."""

    def __init__(self, case: Case, grid: Grid):
        self.case, self.grid = case, grid
        stated = {"coverage": case.settings.coverage, "pooling": case.settings.pooling, "common_error": case.settings.common_error,
                  "dark_uncertainty": 1.0}
        listed = {name: tuple(getattr(grid, name)) for name in SETTINGS} | {path: tuple(map(_plain, v)) for path, v in grid.others.items()}
        stated |= {path: _stated(case, path) for path in grid.others}
        self.crossing = {name: tuple(_same(level, stated[name]) for level in levels) for name, levels in listed.items() if levels}
        self.stated = stated
        self.chosen = {name: _shown(stated[name]) for name in self.crossing}
        self.levels = {name: tuple(dict.fromkeys([*map(_shown, levels), self.chosen[name]])) for name, levels in self.crossing.items()}
        self.base = self.variant(BASE, BASE, "as the case states it", {})

    def variant(self, kind: str, name: str, label: str, changes: Mapping[str, Any], choices: Mapping[str, Any] | None = None) -> Variant:
        digest = digest_of({"case": self.case.digest, "changes": dict(changes)})
        return Variant(kind, name, label, changes, self.chosen | dict(choices or {}), digest)

    # ------------------------------------------------------------ crossed

    def crossed(self) -> Iterator[Variant]:
        """Yield each combination of levels but the base's own."""
        for combination in product(*self.crossing.values()):
            levels = dict(zip(self.crossing, combination, strict=True))
            differing = {name: level for name, level in levels.items() if level != self.stated[name]}
            if differing:
                changes = {path: value for name, level in differing.items() for path, value in self.changes_for(name, level)}
                choices = {name: _shown(level) for name, level in levels.items()}
                words = " and ".join(choice_words(name, choices[name]) for name in differing)
                yield self.variant("crossed", ", ".join(f"{name} {level}" for name, level in choices.items()), words, changes, choices)

    def changes_for(self, name: str, level: Any) -> Iterator[tuple[str, Any]]:
        """Yield the changes that give a factor a level other than the base's.

        The coverage is that of ranges which claims state. A claim or source that states its own keeps it, as it does under
        the case's setting; and the analyst's own priors keep what they hold. Dark uncertainty and common error act on every
        target, those that state their own included.
        """
        case = self.case
        if name not in SETTINGS:
            yield name, level
        elif name == "dark_uncertainty":
            yield "settings.dark_uncertainty_factor", case.settings.dark_uncertainty_factor * level
        else:
            yield f"settings.{name}", level
        if name == "coverage":
            for key, quantity in case.quantities.items():
                if quantity.prior is not None and quantity.prior.name == "Between":
                    yield f"quantities.{quantity.part or key}.prior.coverage", quantity.prior["coverage"]
        elif name == "common_error":
            for key, total in case.totals.items():
                if total.common_error is not None:
                    section = "derived" if key in case.derived and not case.derived[key].shares else "quantities"
                    yield f"{section}.{key}.common_error", level

    # ------------------------------------------------------------ one at a time

    def alone(self, kind: str) -> Iterator[Variant]:
        """Yield the variants of ``readings``, ``scenarios``, ``sources``, ``groups``, ``documents`` or ``claims``."""
        make = {"readings": self.readings, "scenarios": self.scenarios, "sources": self.sources, "groups": self.groups,
                "documents": self.documents, "claims": self.claims}
        return make[kind]()

    def readings(self) -> Iterator[Variant]:
        """Yield each reading taken alone; claims of one group are read together."""
        for claims in self.case.terms.values():
            possible = [i for i, reading in enumerate(claims[0].readings) if reading.weight > 0]
            if len(possible) > 1:
                for i in possible:
                    changes = {f"claims.{claim.id}.readings": self.taken(claim, i) for claim in claims}
                    meant = target_label(claims[0].readings[i].target, self.case)
                    label = f"with {claim_with_target(claims[0], self.case)} read as {meant}"
                    yield self.variant("reading", f"{claims[0].group or claims[0].id}, {i + 1}", label, changes)

    def taken(self, claim: Claim, i: int) -> list[dict[str, Any]]:
        """Return a claim's readings as stated, but for their weights."""
        return [entry | {"weight": 1 if k == i else 0} for k, entry in enumerate(self.case.resolved["claims"][claim.id]["readings"])]

    def scenarios(self) -> Iterator[Variant]:
        """Yield each scenario but the one that is applied."""
        for key, scenario in self.case.scenarios.items():
            if key != self.case.scenario:
                yield self.variant("scenario", key, f"{IN_SCENARIO}“{scenario.label}”", scenario.changes)

    def sources(self) -> Iterator[Variant]:
        """Yield each source left out that is heard."""
        for key, source in self.case.sources.items():
            claims = [claim for claim in self.case.claims.values() if claim.source == key]
            if any(claim.active for claim in claims):
                yield self.left_out("source", key, f"without {source.name}", [claim for claim in claims if claim.weight > 0])

    def groups(self) -> Iterator[Variant]:
        """Yield each group of sources left out, of which more than one is heard (else it is that source left out)."""
        for group in dict.fromkeys(source.group for source in self.case.sources.values() if source.group):
            members = [key for key, source in self.case.sources.items() if source.group == group]
            claims = [claim for claim in self.case.claims.values() if claim.source in members]
            if len({claim.source for claim in claims if claim.active}) > 1:
                label = f"without {group_name(self.case, group)}"
                yield self.left_out("group", group, label, [claim for claim in claims if claim.weight > 0])

    def claims(self) -> Iterator[Variant]:
        """Yield each claim left out that is heard."""
        for claim in self.case.active_claims:
            yield self.left_out("claim", claim.id, f"without the claim of {claim_with_target(claim, self.case)}", [claim])

    def documents(self) -> Iterator[Variant]:
        """Yield each document left out, as if it had not been read: a claim that others report stays.

        One that only repeats what stands elsewhere is not among them: nothing would change.
        """
        for key, document in self.case.documents.items():
            told = [claim for claim in self.case.claims.values() if any(a.document == key for a in claim.reported_in)]
            alone = [claim for claim in told if all(a.document == key for a in claim.reported_in)]
            kept = {f"claims.{claim.id}.reported_in": [entry for entry in self.case.resolved["claims"][claim.id]["reported_in"]
                                                       if entry["document"] != key] for claim in told if claim not in alone}
            if any(claim.active for claim in alone):
                when = f" ({day(document.published, TERMINAL)})" if document.published else ""
                label = f"without the document of {document.publisher}{when}" if document.publisher else f"without “{document.title}”"
                yield self.left_out("document", key, label, [claim for claim in alone if claim.weight > 0], kept)

    def left_out(self, kind: str, name: str, label: str, claims: list[Claim], more: Mapping[str, Any] | None = None) -> Variant:
        """Return a variant in which claims are not heard: weight 0 is removal (CASE.md section 4).

        The horizon stays where it is, so that the totals remain those of the same day. A quantity that is left with its
        prior alone goes by it, without a reason being asked for.
        """
        changes: dict[str, Any] = {f"claims.{claim.id}.weight": 0 for claim in claims} | dict(more or {})
        if self.case.resolved.get("horizon") is None:
            changes["horizon"] = self.case.horizon.isoformat()
        for key, quantity in self.case.quantities.items():
            if quantity.prior is not None and quantity.rationale is None and not quantity.part:
                changes[f"quantities.{key}.rationale"] = "its prior, with no claim about it left"
        return self.variant(kind, name, label, changes)


def _plain(level: Any) -> Any:
    """Return a level of a path as a scenario would hold it."""
    return level.isoformat() if hasattr(level, "isoformat") else level


def _shown(level: Any) -> Any:
    """Return a level as rows name it: a text in place of a list or mapping."""
    return dumps(level, ensure_ascii=False).replace('"', "") if isinstance(level, list | dict) else level


def _stated(case: Case, path: str) -> Any:
    """Return what the case states at a path, None where nothing stands there."""
    value: Any = case.resolved
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _same(level: Any, stated: Any) -> Any:
    """Return the base's own value where a level is the same number in another spelling."""
    if level == stated or str(level) == str(stated):
        return stated
    try:
        return stated if float(level) == float(stated) else level
    except (TypeError, ValueError):
        return level

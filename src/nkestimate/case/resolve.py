"""From a joined tree to a `Case`: names, dates, weights and values checked, every fault kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from nkestimate.case import bias, model, schema
from nkestimate.case.expressions import dates_in, names_in, show, zero_divisor
from nkestimate.case.fields import CREDIBILITY, GRADES, Learned
from nkestimate.case.load import digest_of
from nkestimate.case.record import Record
from nkestimate.case.shape import Known
from nkestimate.case.slips import claimed_parts, prior_parts
from nkestimate.case.statements import StatementReader, convertible, stated, statement_kind
from nkestimate.case.totals import words
from nkestimate.case.tree import Node, Path_
from nkestimate.case.units import Unit, measures
from nkestimate.errors import Fault, did_you_mean

_NO_DATE = date.min  # stands in where the fault of a missing horizon has been told
_WEIGHTS_TOLERANCE = 1e-6
_ONE_DATE = 31  # days: claims on one state of affairs are published over weeks


def resolve(
    tree: Node, case_id: str, scenario: str | None, faults: list[Fault], whole: bool = True, known: Known | None = None,
) -> model.Case | None:
    """Check a tree and return its case; its faults are added to ``faults``.

    Where an included file could not be read (``whole`` is False) only the shape of the rest is checked: what
    it names may stand in the missing part. ``known`` keeps entries for other trees that share nodes with this one.
    """
    before = len(faults)
    resolver = Resolver(tree, faults, whole, known)
    resolver.read_shape()
    case = resolver.case(case_id, scenario) if whole else None
    return case if len(faults) == before else None


class Resolver(Record):
    """Checks one tree and builds its `Case`."""

    def case(self, case_id: str, scenario: str | None) -> model.Case:
        """Check what the entries mean; the case returned holds only where no fault was added."""
        self.check_names()
        self.check_shares()
        self.define_units()
        settings = self.read_settings()
        self.bias_classes = self.read_bias_classes()
        sources = self.read_sources()
        self.read_exprs()
        self.read_total_units()
        self.claim_weights = self.read_weights(sources)
        self.superseded = self.read_superseded()
        self.claim_dates = self.read_dates()
        self.default_date = self.read_horizon()
        self.check_divisors()
        track_record = self.read_track_record(settings)
        claims = self.read_claims()
        self.check_groups(claims)
        quantities = self.read_quantities()
        self.check_support(claims)
        shares = self.read_shares()
        parts: dict[str, model.Derived] = {}
        for whole in shares.values():
            sticks, of_whole = self.sticks(whole)
            quantities, parts = quantities | sticks, parts | of_whole
        derived = parts | self.read_derived()
        correlations = self.read_correlations(quantities)
        self.check_headline()
        questions = self.read_questions()
        resolved = {key: value for key, value in self.tree.plain().items() if key != "robustness"}  # it changes no meaning
        if taken := {key: bias.plain(one) for key, one in self.bias_classes.items() if key not in self.entries["bias_classes"]}:
            resolved["bias_classes"] = (resolved.get("bias_classes") or {}) | taken
        return model.Case(
            case_id, self.title, 1, self.default_date, settings, self.fixed_dates(), self.read_documents(), sources, quantities,
            derived, claims, self.read_excluded(), questions, self.read_scenarios(), scenario, digest_of(resolved), resolved,
            (*self.notices(settings, sources, quantities), *self.unrecorded(sources, track_record),
             *self.idle_correlations(correlations, claims),
             *outside_limits(claims, quantities), *at_different_dates(claims, quantities, self.stated_dates()),
             *claimed_parts(claims, quantities), *prior_parts(self.prior_ranges(), quantities, claims),
             *self.bare_numbers(questions), *self.settled(questions)),
            self.read_incidental(), grid_of(self.robustness) if self.robustness else None, correlations, shares, track_record,
            self.bias_classes)

    # ------------------------------------------------------------ sources and weights

    def read_sources(self) -> dict[str, model.Source]:
        """Return the sources with their weights."""
        given = self.entries["weights"]
        for key in given:
            if key not in self.entries["sources"]:
                self.unknown(("weights", key), "source", key, self.entries["sources"])
        sources = {}
        for key, entry in self.entries["sources"].items():
            if entry is None:
                continue
            stated = [weight for weight in (entry.weight, entry.reliability, given.get(key)) if weight is not None]
            if len(stated) > 1:
                self.fault(("sources", key), f"the source '{key}' states more than one weight", "weight or reliability, once",
                           f"weights.{key} counts, too: delete all but one" if given.get(key) is not None else "delete one of them")
            if not stated and key not in given:
                self.fault(("sources", key), f"the source '{key}' has no weight", "weight: 0 to 1, or reliability: A to F",
                           "F where reliability cannot be judged")
            weight = _weight(stated[0]) if stated else 1.0
            learns = bool(stated) and isinstance(stated[0], Learned)
            name = entry.name or words(key)
            factors, of = self.bias_of(key, entry)
            sources[key] = model.Source(key, name, entry.kind or "", weight, factors, entry.note, entry.group, learns, bias_class=of)
        return sources

    def read_bias_classes(self) -> dict[str, model.BiasClass]:
        """Return the classes of bias that the case states, and those of the package that its sources name."""
        stated = self.entries["bias_classes"]
        found = {}
        for key, entry in stated.items():
            if entry and entry.from_ is None:
                self.fault(("bias_classes", key), f"nobody is named who found the class of bias '{key}'", "from: who found it",
                           "with 'check:' where it is printed, and 'population:' of what it was found")
            if entry:
                found[key] = model.BiasClass(key, entry.overstates_by, entry.from_ or "", entry.population, entry.check, entry.derived)
        named = {entry.overstates_by.removeprefix(bias.PREFIX) for entry in self.entries["sources"].values()
                 if entry and isinstance(entry.overstates_by, str)}
        return found | {key: one for key, one in bias.SHIPPED.items() if key in named and key not in stated}

    def bias_of(self, key: str, entry: schema.Source) -> tuple[tuple[float, float] | None, str | None]:
        """Return the range of factors by which a source overstates, and the class that it is of."""
        if not isinstance(entry.overstates_by, str):
            return entry.overstates_by, None
        name = entry.overstates_by.removeprefix(bias.PREFIX)
        if name not in self.bias_classes and name not in self.entries["bias_classes"]:
            known = sorted({*bias.SHIPPED, *self.bias_classes})
            self.fault(("sources", key, "overstates_by"), f"unknown class of bias '{name}'", "one of " + ", ".join(known),
                       did_you_mean(name, known, "a class of your own stands under 'bias_classes:', with who found it"))
        found = self.bias_classes.get(name)
        return (found.overstates_by if found else None), name

    def read_weights(self, sources: Mapping[str, model.Source]) -> dict[str, float]:
        """Return each claim's weight: its own or its source's, times its credibility."""
        weights = {}
        for key, entry in self.entries["claims"].items():
            if entry is None:
                continue
            if entry.source not in self.entries["sources"]:
                self.unknown(("claims", key, "source"), "source", entry.source, self.entries["sources"])
            if entry.weight is not None and entry.reliability is not None:
                self.fault(("claims", key), "the claim states both weight and reliability", "one of them")
            source = sources.get(entry.source)
            weight = source.weight if source else 1.0
            own = entry.weight if entry.weight is not None else entry.reliability
            weights[key] = (weight if own is None else _weight(own)) * CREDIBILITY[entry.credibility or 1]
        return weights

    def read_superseded(self) -> dict[str, str]:
        """Return the claims that another supersedes, with that other."""
        superseded: dict[str, str] = {}
        claims = self.entries["claims"]
        for key, entry in claims.items():
            if entry is None or entry.supersedes is None:
                continue
            ring = self.superseding(key)
            if entry.supersedes not in claims:
                self.unknown(("claims", key, "supersedes"), "claim", entry.supersedes, claims.keys() - {key})
            elif ring[-1] == key:
                if key == min(ring):
                    trail = f" ({' → '.join(ring)})" if len(ring) > 2 else ""
                    self.fault(("claims", key, "supersedes"), f"'{key}' supersedes itself{trail}", "an older claim")
            elif self.claim_weights.get(key, 1) > 0:  # a removed claim supersedes nothing
                superseded[entry.supersedes] = key
        return superseded

    def superseding(self, key: str) -> list[str]:
        """Return the claims from ``key`` to what it supersedes and so on, up to an end or a repetition."""
        claims = self.entries["claims"]
        trail = [key]
        while (entry := claims.get(trail[-1])) and entry.supersedes and trail.count(trail[-1]) == 1:
            trail.append(entry.supersedes)
        return trail

    def is_active(self, key: str) -> bool:
        """Return whether a claim is in the density."""
        return self.claim_weights.get(key, 0) > 0 and key not in self.superseded

    # ------------------------------------------------------------ dates

    def read_dates(self) -> dict[str, date | None]:
        """Return each claim's date: its own, else the earliest publication among its reports."""
        dates: dict[str, date | None] = {}
        documents = self.entries["documents"]
        for key, entry in self.entries["claims"].items():
            for i, report in enumerate(entry.reported_in if entry else ()):
                if report.document not in documents:
                    self.unknown(("claims", key, "reported_in", i, "document"), "document", report.document, documents)
            if entry:
                reports = [document for report in entry.reported_in if (document := documents.get(report.document))]
                dates[key] = entry.as_of or min((document.published for document in reports if document.published), default=None)
        return dates

    def read_horizon(self) -> date:
        """Return the horizon: as stated, else the latest date of a claim that is in the density."""
        if self.horizon:
            self.check_horizon(self.horizon)
            return self.horizon
        known = [when for key in self.claim_dates if self.is_active(key) for when in self.dates_of(key) if when]
        unread = any(entry is None for section in ("claims", "documents") for entry in self.entries[section].values())
        if not known and not unread and self.tree.at(("horizon",)) is self.tree:
            self.fault((), "no horizon, and no claim has a date", "horizon: a date such as 2025-06-30")
        return max(known, default=_NO_DATE)

    def check_horizon(self, horizon: date) -> None:
        """Check that something of the case is dated up to the horizon, where anything is dated."""
        days = [when for key in self.claim_dates for when in self.dates_of(key) if when]
        days += [*self.fixed_dates().values(), *(entry.between[0] for entry in self.uncertain_dates().values())]
        if days and horizon < min(days):
            self.fault(("horizon",), f"the horizon {horizon} lies before every date of the case", f"{min(days)} or later")

    def check_divisors(self) -> None:
        """Check that no derived divides by a period that has no length at the horizon."""
        for key, expr in self.derived_exprs.items():
            part = zero_divisor(expr, self.fixed_dates(), self.default_date) if expr else None
            if part:
                self.fault(("derived", key, "expr"), f"'{show(part)}' is 0 at the horizon {self.default_date}, and it is divided by",
                           "a divisor that is not 0", "a later horizon, or dates that are not the same")

    def stated_dates(self) -> dict[str, list[date | None]]:
        """Return the dates that are stated of each claim's readings: its own, else the claim's or its documents'; None where none is."""
        return {key: [reading.as_of or when for reading in entry.readings or ()] or [when] for key, when in self.claim_dates.items()
                if (entry := self.entries["claims"][key])}

    def dates_of(self, key: str) -> Iterator[date | None]:
        yield self.claim_dates[key]
        for reading in self.entries["claims"][key].readings or ():
            yield reading.as_of

    # ------------------------------------------------------------ claims

    def read_claims(self) -> dict[str, model.Claim]:
        """Return the claims that are free of faults."""
        claims = {}
        for key, entry in self.entries["claims"].items():
            claim = self.claim(key, entry) if entry else None
            if claim and ("claims", key) not in self.partial:
                claims[key] = claim
        return claims

    def claim(self, key: str, entry: schema.Claim) -> model.Claim | None:
        path: Path_ = ("claims", key)
        before = len(self.faults)
        kind = statement_kind(path, entry, self.fault)
        listed = list(self.listed_readings(path, entry))
        read = [self.reading(key, kind, entry, where, reading) for where, reading in listed]
        readings = tuple(reading for reading in read if reading)
        if len(self.faults) > before or len(readings) != len(listed) or not listed or not kind:
            return None
        self.check_scales(path, readings)
        return model.Claim(
            key, entry.source, entry.label, readings, entry.readings is not None, entry.reading_group, self.claim_weights[key],
            self.is_active(key), self.superseded.get(key),
            tuple(model.Appearance(report.document, report.figures, report.at) for report in entry.reported_in),
            stated(kind, entry, readings[0].target), entry.note)

    def listed_readings(self, path: Path_, entry: schema.Claim) -> Iterator[tuple[Path_, schema.Reading]]:
        """Yield what a claim may be about, with its place; a plain claim has one reading."""
        if entry.about is not None and entry.readings is not None:
            self.fault(path, "the claim has both 'about' and 'readings'", "one of them")
        elif entry.about is not None:
            if entry.reading_group is not None:
                self.fault((*path, "reading_group"), "a reading_group without readings", "readings: a list")
            yield path, schema.Reading.model_construct(about=entry.about, weight=1.0)
        elif entry.readings is not None:
            total = sum(reading.weight for reading in entry.readings)
            if abs(total - 1) > _WEIGHTS_TOLERANCE:
                self.fault((*path, "readings"), f"the weights of the readings add up to {total:g}", "weights that add up to 1")
            yield from (((*path, "readings", i), reading) for i, reading in enumerate(entry.readings))
        else:
            self.fault(path, "the claim is about nothing", "about: a quantity, a derived or an expression; or readings")

    def reading(self, key: str, kind: str | None, entry: schema.Claim, path: Path_, reading: schema.Reading) -> model.Reading | None:
        target = self.target(reading.about, (*path, "about"))
        if target is None:
            return None
        own = reading.unit is not None
        text = reading.unit if own else entry.unit
        unit = target.unit if text is None else self.claim_unit(text, target, (*path, "unit") if own else ("claims", key, "unit"))
        if unit is None or kind is None:
            return None
        source = self.entries["sources"].get(entry.source)
        coverage = entry.coverage or (source and source.coverage) or self.settings.coverage
        reader = StatementReader(self.units, self.fault, ("claims", key), kind, target, unit, text is not None, coverage)
        statement = reader.read(entry)
        when = reading.as_of or self.claim_dates.get(key) or self.default_date
        return model.Reading(target, statement, when, reading.weight, reader.stated_unit(entry)) if statement else None

    def claim_unit(self, text: str, target: model.Target, path: Path_) -> Unit | None:
        """Read a claim's unit and check that it converts to the target's."""
        unit = self.unit(text, path)
        if unit and unit.dimension != target.unit.dimension:
            self.fault(path, f"'{text}' {measures(unit.dimension)} but '{target.key}' {measures(target.unit.dimension)}",
                       *convertible(unit, target.unit))
            return None
        return unit

    def check_scales(self, path: Path_, readings: tuple[model.Reading, ...]) -> None:
        """Check that the readings of a claim are on one working scale, on identity in one unit."""
        scales = {reading.target.scale for reading in readings}
        if len(scales) > 1:
            self.fault((*path, "readings"), f"readings on the {' and the '.join(sorted(scales))} scale", "readings on one working scale",
                       "log for positive, logit for fractions, identity for real")
        elif scales == {"identity"} and len({(r.target.unit.factor, r.target.unit.dimension) for r in readings}) > 1:
            self.fault((*path, "readings"), "readings of real quantities in different units", "one unit")

    def check_groups(self, claims: Mapping[str, model.Claim]) -> None:
        """Check that claims of one reading_group have the same number of readings with the same weights."""
        groups: dict[str, model.Claim] = {}
        for key, claim in claims.items():
            if claim.group is None or not claim.active:
                continue
            first = groups.setdefault(claim.group, claim)
            mine, others = ([f"{reading.weight:g}" for reading in one.readings] for one in (claim, first))
            if mine != others:
                self.fault(("claims", key, "readings"), f"readings weighted {', '.join(mine)}, but those of '{first.id}' "
                           f"in the same reading_group {', '.join(others)}", "the same number of readings with the same weights")

    # ------------------------------------------------------------ quantities

    def check_support(self, claims: Mapping[str, model.Claim]) -> None:
        """Check that each quantity has a prior or a direct claim, and a rationale where the prior is alone."""
        for key, entry in self.entries["quantities"].items():
            if entry is None or key in self.part_of or self.may_be_claimed(key, claims):
                continue
            active = [claim for claim in claims.values() if claim.active and any(r.target.key == key for r in claim.readings)]
            if entry.prior is None and not any(claim.is_direct for claim in active):
                unfit = any(reading.target.key == key for claim in claims.values() for reading in claim.readings)
                self.fault(("quantities", key), f"'{key}' has neither a prior nor a two-sided claim about it",
                           "a prior, or a claim that states a value or range of it",
                           "bounds, readings, superseded claims and claims of weight 0 do not fix it" if unfit else "")
            if entry.prior is not None and entry.rationale is None and not active:
                self.fault(("quantities", key), f"'{key}' rests on its prior alone and has no rationale",
                           "rationale: a sentence on why this prior")

    def may_be_claimed(self, key: str, claims: Mapping[str, model.Claim]) -> bool:
        """Return whether a claim that is at fault may, once mended, be about a quantity."""
        if not isinstance(self.tree.at(("claims",)).value, dict):
            return True
        for other in self.entries["claims"].keys() - claims.keys():
            node = self.tree.at(("claims", other, "about"))
            about = node.value if isinstance(node.value, str) else None
            if about is None or about.strip() == key or (about.isidentifier() and about not in self.names):
                return True
        return False

    # ------------------------------------------------------------ the rest

    def read_documents(self) -> dict[str, model.Document]:
        """Return the documents."""
        return {
            key: model.Document(key, entry.publisher or "", entry.title or words(key), entry.published, entry.file, entry.sha256,
                                entry.url, entry.note)
            for key, entry in self.entries["documents"].items() if entry
        }

    def read_excluded(self) -> tuple[model.Excluded, ...]:
        """Return the figures left out."""
        self.check_documents("excluded")
        return tuple(model.Excluded(e.document, e.figures, e.at, e.reason, e.why) for e in self.lists["excluded"] if e)

    def read_incidental(self) -> tuple[model.Incidental, ...]:
        """Return the numbers that are no figures."""
        self.check_documents("incidental")
        return tuple(model.Incidental(e.document, e.figures, e.at, e.reason) for e in self.lists["incidental"] if e)

    def check_documents(self, section: str) -> None:
        """Check that the entries of a list name documents of the case."""
        for i, entry in enumerate(self.lists[section]):
            if entry and entry.document not in self.entries["documents"]:
                self.unknown((section, i, "document"), "document", entry.document, self.entries["documents"])

    def read_scenarios(self) -> dict[str, model.Scenario]:
        """Return the scenarios."""
        entries = self.entries["scenarios"]
        return {key: model.Scenario(key, entry.label or words(key), entry.set) for key, entry in entries.items() if entry}

    def notices(
        self, settings: model.Settings, sources: Mapping[str, model.Source], quantities: Mapping[str, model.Quantity]
    ) -> tuple[model.Notice, ...]:
        """Return what acts less far than a reader of the case may think."""
        idle = self.idle(quantities)
        if settings.pooling == "hierarchical":
            return idle
        biased = [source.id for source in sources.values() if source.overstates_by]
        common = [quantity.id for quantity in quantities.values() if quantity.common_error is not None]
        common += ["settings"] if "common_error" in self.settings.model_fields_set else []
        return idle + tuple(model.Notice("setting without effect", tuple(where), text=what)
                            for what, where in (("overstates_by", biased), ("common_error", common)) if where)

    def idle(self, quantities: Mapping[str, model.Quantity]) -> tuple[model.Notice, ...]:
        """Return a notice on each quantity that nothing leads to or from."""
        exprs = [expr for expr in self.derived_exprs.values() if expr]
        used = {name for expr in exprs for name in names_in(expr)} | self.asked
        used |= {name for expr in exprs for call in dates_in(expr) for name in call.dates}
        used |= {name for entry in self.entries["correlations"].values() if entry for name in entry.between}
        return tuple(model.Notice("prior alone", (key,)) for key, quantity in quantities.items()
                     if key not in used and not quantity.headline and not quantity.part and len(quantities) > 1)


def outside_limits(claims: Mapping[str, model.Claim], quantities: Mapping[str, model.Quantity]) -> Iterator[model.Notice]:
    """Yield a notice of each two-sided claim about a quantity that lies wholly outside the quantity's limits."""
    for claim in claims.values():
        for reading in claim.readings:
            quantity = quantities.get(reading.target.key)
            if not claim.active or quantity is None or reading.statement.is_bound:
                continue
            (low, high), (lower, upper) = reading.statement.extent(quantity.unit), quantity.limits
            if high <= lower or low >= upper:
                yield model.Notice("outside limits", (claim.id, quantity.id))


def at_different_dates(
    claims: Mapping[str, model.Claim], quantities: Mapping[str, model.Quantity], stated: Mapping[str, list[date | None]],
) -> Iterator[model.Notice]:
    """Yield a notice of the quantities that claims of different dates are about: nothing says how they change in time.

    Only ``stated`` dates are compared: a claim that has none stands at the horizon and says nothing of the time.
    """
    found: list[str] = []
    for key, quantity in quantities.items():
        days = sorted(when for claim in claims.values() if claim.active
                      for reading, when in zip(claim.readings, stated[claim.id], strict=True)
                      if when and reading.target.key == key and reading.weight > 0)
        if quantity.since is None and days and (days[-1] - days[0]).days > _ONE_DATE:
            found.append(key)
    if found:
        yield model.Notice("different dates", tuple(found))


def grid_of(stated: schema.Robustness) -> model.Grid:
    """Return a grid as a record."""
    return model.Grid(stated.coverage, stated.pooling, stated.common_error, stated.dark_uncertainty, stated.others, stated.one_at_a_time)


def _weight(stated: float | str | Learned) -> float:
    if isinstance(stated, Learned):
        return stated.stated
    return GRADES[stated] if isinstance(stated, str) else stated

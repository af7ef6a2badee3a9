"""What each figure of the report rests on: total, quantiles, claims, and where those were read. One map, for the page and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nkestimate.case.expressions import Expr, Name, names_in
from nkestimate.case.model import Claim, Document
from nkestimate.fitting.breakdown import shares_of_headline
from nkestimate.reporting.brief import SAYINGS, SOURCES, carrying, heard, in_tension, worth_checking
from nkestimate.reporting.data import claims_in_order
from nkestimate.reporting.figures import claims_on
from nkestimate.reporting.leads import Run, at
from nkestimate.reporting.story import Story
from nkestimate.solidity.refits.record import Robustness
from nkestimate.text import as_json

_MEDIAN, _FIFTY, _NINETY = (0.5,), (0.25, 0.75), (0.05, 0.95)


@dataclass(frozen=True)
class Rests:
    """What a figure is, and what it rests on.

    Attributes
    ----------
    claims : tuple of str
        By id; those about the figure's total itself first.
    total, question : str
        Its id, empty where the figure is of none.
    quantiles : tuple of float
        Which of the total's posterior it tells.
    variant : str
        Digest of the variant of the robustness grid whose fit it is of; empty of the report's own.
    """

    claims: tuple[str, ...]
    total: str = ""
    question: str = ""
    quantiles: tuple[float, ...] = ()
    variant: str = ""


class Trace:
    """The map from places of the report's data to what they rest on.

    Parameters
    ----------
    story : Story
    data : mapping
        What the report prints, with ``brief``, ``front`` and ``solid``.
    solid : Robustness or None
        What `robustness` found, where the report tells it.
    """

    def __init__(self, story: Story, data: Mapping[str, Any], solid: Robustness | None = None):
        self.story, self.case, self.data, self.solid = story, story.case, data, solid

    @cached_property
    def cells(self) -> dict[str, Rests]:
        """By place, such as ``totals.3.median``; only places that the data have."""
        found = {**self._totals(), **self._questions(), **self._front(), **self._brief(), **self._claims(), **self._solid()}
        return {place: rests for place, rests in found.items() if self._has(place)}

    def _has(self, place: str) -> bool:
        try:
            return bool(at(self.data, place))
        except (KeyError, IndexError, TypeError):
            return False

    # ------------------------------------------------------------ what rests on what

    def on(self, *exprs: Expr) -> tuple[str, ...]:
        """Return the claims that bear on expressions: heard, and about a quantity that one of them stands on; the nearest first."""
        wanted = {name for expr in exprs for name in self.case.stands_on(expr)}
        keys = {target.key for target, _ in self._heard} & {name for expr in exprs for name in names_in(expr)}
        quantities = wanted & self.case.quantities.keys()
        found: dict[str, tuple[bool, bool]] = {}
        for target, claim in self._heard:
            if quantities & set(self.case.stands_on(target.expr)):
                far = target.key not in keys, target.key not in wanted
                found[claim.id] = min(far, found.get(claim.id, far))
        return tuple(sorted(found, key=lambda key: found[key]))

    @cached_property
    def _heard(self) -> list[tuple[Any, Claim]]:
        return [(reading.target, claim) for claim in self.case.active_claims for reading in claim.readings if reading.weight > 0]

    def _on_total(self, key: str, quantiles: tuple[float, ...] = (), variant: str = "") -> Rests:
        return Rests(self._of_totals.setdefault(key, self.on(Name(key))), key, "", quantiles, variant)

    @cached_property
    def _of_totals(self) -> dict[str, tuple[str, ...]]:
        return {}

    # ------------------------------------------------------------ places

    def _totals(self) -> dict[str, Rests]:
        head = self.case.headline.id
        parts = {"median": _MEDIAN, "fifty": _FIFTY, "ninety": _NINETY}
        places = {f"headline.{part}": self._on_total(head, q) for part, q in parts.items()}
        for name, totals in (("key_totals", self.story.key_totals), ("totals", self.story.totals)):
            places |= {f"{name}.{i}.{part}": self._on_total(total.id, q) for i, total in enumerate(totals) for part, q in parts.items()}
        return places

    def _questions(self) -> dict[str, Rests]:
        found: dict[str, Rests] = {}
        near = [q.id for q in self.case.questions.values() if self.case.headline.id in names_in(q.comparison)]
        for name, keys in (("questions", list(self.case.questions)), ("headline.questions", near)):
            for i, key in enumerate(keys):
                found |= dict.fromkeys((f"{name}.{i}.{part}" for part in ("probability", "with_error", "words")), self._on_question(key))
        return found

    def _on_question(self, key: str) -> Rests:
        comparison = self.case.questions[key].comparison
        return Rests(self.on(comparison.left, comparison.right), question=key)

    def _front(self) -> dict[str, Rests]:
        head = self.case.headline.id
        summands = [part for part, _ in shares_of_headline(self.case, self.story.natural)[1]]
        places = dict.fromkeys((f"front.parts.rows.{i}.{part}" for i in range(len(summands)) for part in ("share", "ninety")),
                               Rests(self.on(*summands), head) if summands else Rests(()))
        places |= {f"front.notes.{i}": self._on_total(head) for i in range(len(self.data["front"]["notes"]))}
        for i, row in enumerate(self.data["front"]["mixture"]):
            places |= {f"front.mixture.{i}.{j}": self._on_total(head) for j in range(len(row))}
        scenarios = [row.variant.digest for row in self.solid.rows if row.variant.kind == "scenario"] if self.solid else []
        for i, digest in enumerate(scenarios):
            places |= {f"front.scenarios.rows.{i}.1": self._on_total(head, _MEDIAN, digest),
                       f"front.scenarios.rows.{i}.2": self._on_total(head, _NINETY, digest)}
        return places

    def _brief(self) -> dict[str, Rests]:
        told, head, places = self.data["brief"], self.case.headline.id, dict[str, Rests]()
        if told["believed"]:
            for i, (_, claims) in enumerate(heard(self.story)[: SOURCES]):
                places |= {f"brief.believed.rows.{i}.said.{j}.said": Rests((claim.id,)) for j, claim in enumerate(claims[: SAYINGS])}
                places[f"brief.believed.rows.{i}.moves"] = Rests(tuple(claim.id for claim in claims), head)
        for i, share in enumerate(carrying(self.story) if told["carried"] else ()):
            rests = Rests(self.on(Name(share.unknown)) if share.role == "quantity" else self._on_total(head).claims, head)
            places |= dict.fromkeys((f"brief.carried.{i}.{part}" for part in ("share", "swing.0", "swing.1")), rests)
        for i, one in enumerate(in_tension(self.story) if told["conflict"] else ()):
            places |= {f"brief.conflict.rows.{i}.{j}": Rests((one.claim,)) for j in (2, 3)}
        for i, check in enumerate(worth_checking(self.story) if told["checks"] else ()):
            checked = (check.id,) if check.kind == "claim" else self.on(Name(check.id))
            places[f"brief.checks.rows.{i}.2"] = Rests(checked, head)
        return places

    def _claims(self) -> dict[str, Rests]:
        places = {f"claims.{i}.said": Rests((claim.id,)) for i, claim in enumerate(claims_in_order(self.story))}
        for i, (key, answers) in enumerate(self.story.summary.readings.items()):
            places |= {f"readings.{i}.readings.{j}.posterior": Rests((key,)) for j in range(len(answers))}
        for i, key in enumerate(self.story.targets):
            found = claims_on(self.story, key)
            places |= {f"forests.{i}.rows.{j}.value": Rests((claim.id,)) for j, (claim, _) in enumerate(found)}
            total = key if key in self.case.totals else ""
            rests = Rests(self.on(self.story.target(key).expr), total, "", _MEDIAN)
            posteriors = len(self.data["forests"][i]["rows"]) - len(found) if "forests" in self.data else 0
            places |= {f"forests.{i}.rows.{len(found) + j}.value": rests for j in range(posteriors)}
        return places

    def _solid(self) -> dict[str, Rests]:
        if not self.solid or not self.data["solid"]:
            return {}
        places = {"solid.headline": self._on_total(self.case.headline.id), "brief.scenarios": self._on_total(self.case.headline.id)}
        for i, key in enumerate(key for key in self.solid.answers):
            if key in self.case.questions:
                parts = ("base", "sentence", *(f"counts.{j}" for j in range(5)))
                places |= dict.fromkeys((f"solid.answers.{i}.{part}" for part in parts), self._on_question(key))
        return places

    # ------------------------------------------------------------ as JSON

    def json(self, words: Mapping[str, Iterable[Run]]) -> str:
        """Return it as JSON: each cell and sentence, the totals, questions, claims and documents that they name."""
        cells = [{"place": place, "text": at(self.data, place), "total": rests.total or None, "question": rests.question or None,
                  "quantiles": list(rests.quantiles), "variant": rests.variant or None, "claims": list(rests.claims)}
                 for place, rests in self.cells.items()]
        plain = {
            "nkestimate": "trace", "format": 1, "case": self.case.id, "digest": self.case.digest, "seed": self.story.fit.seed,
            "cells": cells, "sentences": self._sentences(words), "totals": {key: total.label for key, total in self.case.totals.items()},
            "questions": {key: question.label for key, question in self.case.questions.items()},
            "claims": {key: self._claim(claim) for key, claim in self.case.claims.items()},
            "documents": {key: _document(one) for key, one in self.case.documents.items()}}
        return as_json(plain) + "\n"

    def _sentences(self, words: Mapping[str, Iterable[Run]]) -> list[dict[str, Any]]:
        """Return the report's own sentences that hold a cell, with the places of those."""
        told = []
        for key, runs in words.items():
            places = [place for _, _, place in runs if place in self.cells]
            if places:
                told.append({"sentence": key, "text": "".join(text for _, text, _ in runs), "places": places,
                             "claims": list(dict.fromkeys(claim for place in places for claim in self.cells[place].claims))})
        return told

    def _claim(self, claim: Claim) -> dict[str, Any]:
        return {"source": self.case.sources[claim.source].name, "about": [reading.target.key for reading in claim.readings],
                "weight": claim.weight, "heard": claim.active,
                "reports": [{"document": report.document, "figures": report.figures, "at": report.at} for report in claim.reported_in]}


def _document(one: Document) -> dict[str, Any]:
    return {"publisher": one.publisher, "title": one.title, "published": one.published.isoformat() if one.published else None,
            "url": one.url, "sha256": one.sha256}

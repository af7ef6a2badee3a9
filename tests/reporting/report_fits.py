"""A stand-in for a fit: prior draws thinned by a tempered likelihood, so that nothing is sampled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pypdf import PdfReader

from nkestimate.case import Case, load_case
from nkestimate.density import Density, compile_case
from nkestimate.density.evaluate import Evaluator, natural
from nkestimate.fitting.records import Diagnostics, Estimate, QuestionAnswer, ReadingAnswer, Summary
from nkestimate.wording.probability_words import words

BRIDGE = """
format: 1
title: "Two sources on *one* #bridge"
horizon: 2025-06-30
dates: {opening_day: 2024-10-15}
documents:
  doc_one: {publisher: The Daily, title: "A $bridge$", published: 2024-11-01}
sources:
  the_ministry: {name: Ministry of Bridges, kind: government, weight: 0.75}
  the_institute: {name: Bridge Institute, kind: academic, weight: 0.8, overstates_by: [1.0, 2.0]}
quantities:
  bridge_length: {label: Bridge length, unit: metre}
  paid_share: {label: Share paid, unit: "", support: fraction, prior: "Beta(2, 2)", rationale: nobody has said}
  metre_price: {label: Price a metre, unit: USD/metre}
derived:
  total_cost:
    label: Total cost so far
    unit: million USD
    expr: paid_share * metre_price * bridge_length * min(1, years_since(opening_day) / 1 year)
    headline: true
claims:
  ministry-length:
    source: the_ministry
    about: bridge_length
    between: [1.2, 1.5]
    unit: km
    reported_in: [{document: doc_one, figures: "1.2 to 1.5 km", at: 512}]
  old-length: {source: the_ministry, about: bridge_length, around: 1000, unit: metre}
  ministry-bound: {source: the_ministry, about: bridge_length, at_most: 1600, unit: metre, supersedes: old-length}
  institute-price: {source: the_institute, about: metre_price, around: 40000, unit: USD/metre}
  institute-cost:
    source: the_institute
    around: 20
    unit: million USD
    readings: [{about: total_cost, weight: 0.6}, {about: bridge_length * metre_price, weight: 0.4}]
excluded:
  - {document: doc_one, figures: "700 workers", at: 90, reason: not-a-quantity-here, why: Workers are not estimated.}
questions:
  over-budget: {ask: "total_cost > 20 million USD", label: "Has it cost more than 20 million dollars?"}
"""

TINY = """
format: 1
title: Tiny
horizon: 2025-01-01
sources:
  some_source: {weight: 0.7}
quantities:
  first_thing: {unit: metre}
  other_thing: {unit: "", support: real, prior: "Normal(0, 1)", rationale: a guess}
claims:
  the-claim: {source: some_source, about: first_thing, around: 30}
"""


PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass
class SyntheticFit:
    case: Case
    density: Density
    coordinates: np.ndarray
    prior_coordinates: np.ndarray
    summary: Summary
    seed: int = 1
    sampling: dict[str, Any] = field(default_factory=lambda: {"draws": 500, "tune": 500, "chains": 4, "engine": "fast"})
    versions: dict[str, str] = field(default_factory=lambda: {"nkestimate": "0.1.0", "pymc": "6.4.0", "nutpie": "0.16.11", "arviz": "1.3.2",
                                                              "numpy": "2.3.0", "typst": "0.15.2"})
    created_at: str = "2025-07-01T12:30:00+00:00"

    @property
    def ok(self) -> bool:
        return self.summary.diagnostics.ok

    def to_bytes(self) -> bytes:
        return b"draws"


def synthetic_fit(
    case: Case, *, chains: int = 4, draws: int = 300, prior: int = 6_000, heat: float = 60.0, ok: bool = True
) -> SyntheticFit:
    rng = np.random.default_rng(1)
    density = compile_case(case)
    evaluator = Evaluator(density)
    v = evaluator.prior_draws(prior, rng)
    logs = sum(evaluator.log_likelihood(v).values(), np.zeros(prior))
    logs = np.where(np.isfinite(logs), logs, -1e9)
    weights = np.exp((logs - logs.max()) / heat)
    chosen = rng.choice(prior, size=(chains, draws), p=weights / weights.sum())
    coordinates = v[chosen] + 0.02 * rng.standard_normal((chains, draws, v.shape[1]))
    return SyntheticFit(case, density, coordinates, v[:2000], _summary(case, density, evaluator, coordinates, ok))


def _estimate(values: np.ndarray, unit: str) -> Estimate:
    flat = values[np.isfinite(values)]
    q = np.quantile(flat, PROBABILITIES)
    quantiles = {f"{p:g}": float(x) for p, x in zip(PROBABILITIES, q, strict=True)}
    return Estimate(unit, float(flat.mean()), float(flat.std()), float(q[2]), quantiles, 1800.0, 1500.0, 1.001)


def _summary(case: Case, density: Density, evaluator: Evaluator, v: np.ndarray, ok: bool) -> Summary:
    totals = evaluator.totals(v)
    taus = {p.name[4:-1]: natural(p, v[..., i]) for i, p in enumerate(density.parameters) if p.role == "tau"}
    options = evaluator.log_options(v)
    readings = {}
    for term in density.mixtures:
        p = np.exp(options[term.name] - options[term.name].max(axis=0))
        p = (p / p.sum(axis=0)).mean(axis=(1, 2))
        for claim in term.claims:
            mine = case.claims[claim].readings
            readings[claim] = tuple(ReadingAnswer(r.target.key, r.weight, float(x)) for r, x in zip(mine, p, strict=False))
    answers = {key: float(answer.mean()) for key, answer in evaluator.answers(v).items()}
    diagnostics = Diagnostics(ok, 1.002 if ok else 1.31, 1800, 1500, 0 if ok else 12, None, 0,
                              () if ok else ("R-hat 1.31 is above 1.01", "12 divergences"))
    return Summary(
        case.id, 1, case.title, case.scenario, case.digest, 1, {}, "", "", case.settings.pooling, case.horizon.isoformat(), diagnostics,
        quantities={key: _estimate(totals[key], q.unit.text) for key, q in case.quantities.items()},
        derived={key: _estimate(totals[key], d.unit.text) for key, d in case.derived.items()},
        dark_uncertainty={key: _estimate(tau, "") for key, tau in taus.items()},
        readings=readings, notices=(),
        questions={key: QuestionAnswer(p, 0.008, words(p, case.settings.words)) for key, p in answers.items()})


def fit_of(text, folder, **options):
    path = folder / "example.yaml"
    path.write_text(text, encoding="utf-8")
    return synthetic_fit(load_case(path), **options)


def pages_of(report):
    """The text of each page of a brief and of its annex."""
    return [re.sub(r"\s+", " ", re.sub(r"\u00ad\s*|-\s*\n", "", page.extract_text()))
            for path in (report, report.with_name("annex.pdf")) for page in PdfReader(path).pages]


def words_of(report):
    """All that a brief and its annex say."""
    return " ".join(pages_of(report))

"""Posterior draws to a summary (CASE.md section 5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.model import Case, Notice
from nkestimate.density.description import Density
from nkestimate.density.evaluate import Evaluator, natural
from nkestimate.density.moments import Orders, moment_orders, tau_orders
from nkestimate.evidence.contradictions import contradictions
from nkestimate.evidence.defaults import default_shares
from nkestimate.fitting.findings import above_one, below_zero, by_reading, outside_claims
from nkestimate.fitting.records import QUANTILES, Diagnostics, Estimate, QuestionAnswer, ReadingAnswer, Summary
from nkestimate.fitting.runs import code_digest
from nkestimate.inference.choices import choices_of
from nkestimate.inference.diagnose import Gate, bulk_ess, gate, measures
from nkestimate.inference.sampling import PartDraws, Sampled, option_probabilities
from nkestimate.wording.probability_words import UNDEFINED, words

Array = NDArray[np.float64]


def summarise(case: Case, density: Density, sampled: Sampled, seed: int, sampling: Mapping[str, Any]) -> Summary:
    """Return the summary of a sampled density.

    Parameters
    ----------
    case : Case
    density : Density
    sampled : Sampled
    seed : int
    sampling : mapping
        Draws, tuning, chains and engine.

    Returns
    -------
    Summary
    """
    totals = Evaluator(density).totals(sampled.coordinates)
    orders = moment_orders(density)
    judge = _Judge(sampled)
    rows = {total.name: judge.row(totals[total.name], total.unit, orders[total.name]) for total in density.totals}
    dark = {}
    for key, target in density.targets.items():
        if target.tau is not None:
            tau = natural(density.parameters[target.tau], sampled.coordinates[..., target.tau])
            dark[key] = judge.row(tau, target.unit, tau_orders(density, key))
    answers = Evaluator(density).answers(sampled.coordinates)
    questions = {name: judge.question(answer, case.settings.words) for name, answer in answers.items()}
    return Summary(
        case=case.id, format=case.format, title=case.title, scenario=case.scenario, digest=case.digest, seed=seed,
        sampling=dict(sampling), version=version("nkestimate"), code=code_digest(),
        pooling=case.settings.pooling, horizon=case.horizon.isoformat(), diagnostics=judge.diagnostics(),
        quantities={key: row for key, row in rows.items() if key in case.quantities},
        derived={key: row for key, row in rows.items() if key not in case.quantities},
        dark_uncertainty=dark, readings=readings(case, density, sampled.parts), questions=questions,
        notices=(*case.notices, *contradictions(case), *not_finite(totals), *above_one(case, density, sampled.coordinates)),
        outside=outside_claims(case, density, sampled.coordinates, rows), defaults=default_shares(case),
        below_zero=below_zero(case, density, sampled.coordinates),
        by_reading=by_reading(case, density, sampled.coordinates, rows[case.headline.id]))


class _Judge:
    """Measures draws, and remembers the worst of what it has measured."""

    def __init__(self, sampled: Sampled):
        self.sampled = sampled
        self.worst: list[tuple[float, float, float]] = []
        for part in sampled.parts:
            if part.modes:
                self.worst.append((part.max_r_hat, math.inf, math.inf))
        # Draws that are mixed from several modes lose their order, and with it their autocorrelation: what was
        # measured in the modes themselves bounds what can be claimed of the mixture.
        most = min((part.ess for part in sampled.parts if len(part.modes) > 1), default=math.inf)
        self.share = min(1.0, most / sampled.coordinates[..., 0].size)

    def row(self, draws: Array, unit: str, orders: Orders) -> Estimate:
        """Return the estimate of one number."""
        if np.isnan(draws).any():
            return Estimate(unit, None, None, None, dict.fromkeys((f"{p:g}" for p in QUANTILES), None), None, None, None)
        r_hat, bulk, tail = measures(draws)
        bulk, tail = min(bulk, self.share * draws.size), min(tail, self.share * draws.size)
        finite = bool(np.all(np.isfinite(draws)))
        if finite:  # else the numbers it comes from are judged, but not what became of them beyond the range of numbers
            self.worst.append((r_hat, bulk, tail))
        with np.errstate(invalid="ignore", over="ignore"):
            quantiles = np.quantile(draws, QUANTILES)
        return Estimate(
            unit=unit,
            mean=_number(draws.mean()) if orders.up > 1 and finite else None,
            sd=_number(draws.std(ddof=1)) if orders.up > 2 and finite else None,
            median=_number(quantiles[2]),
            quantiles={f"{p:g}": _number(q) for p, q in zip(QUANTILES, quantiles, strict=True)},
            ess_bulk=_number(bulk), ess_tail=_number(tail), r_hat=_number(r_hat))

    def question(self, answer: Array, scale: str) -> QuestionAnswer:
        """Return a question's probability; none where a draw is neither yes nor no."""
        if undefined := float(np.isnan(answer).mean()):
            return QuestionAnswer(None, None, UNDEFINED, undefined)
        p = float(answer.mean())
        return QuestionAnswer(p, _number(self.mcse(answer, p)), words(p, scale))

    def mcse(self, ones: Array, p: float) -> float:
        """Return the Monte Carlo standard error of a probability, that of the modes' masses included."""
        bulk = min(bulk_ess(ones), self.share * ones.size)
        # Where all draws agree, a probability of half a draw stands in for 0.
        p = min(max(p, 0.5 / ones.size), 1 - 0.5 / ones.size)
        variance = p * (1 - p) / bulk
        for part in self.sampled.parts:
            if len(part.modes) > 1:
                variance += _between_modes(part, ones)
        return math.sqrt(variance)

    def diagnostics(self) -> Diagnostics:
        r_hat = float(np.max([row[0] for row in self.worst]))  # nan, where one of them is
        bulk, tail = min(row[1] for row in self.worst), min(row[2] for row in self.worst)
        judged: Gate = gate(r_hat, bulk, tail, self.sampled.divergences, self.sampled.coordinates[..., 0].size)
        # What a part's chains fail in, the numbers that come of them fail in, too: then the parts alone are told.
        reasons = self.sampled.reasons or judged.reasons
        errors = [part.mass_errors.max() for part in self.sampled.parts if len(part.modes) > 1]
        return Diagnostics(
            ok=not reasons, max_r_hat=_number(r_hat), min_ess_bulk=_number(bulk), min_ess_tail=_number(tail),
            divergences=self.sampled.divergences, max_mode_error=_number(max(errors)) if errors else None,
            modes=int(sum(len(part.matter) for part in self.sampled.parts if len(part.modes) > 1)), reasons=reasons)


def _between_modes(part: PartDraws, ones: Array) -> float:
    """Return the variance of a probability that comes from not knowing the modes' masses exactly."""
    overall = ones.mean()
    variance = 0.0
    for k, (mass, mode) in enumerate(zip(part.masses, part.modes, strict=True)):
        here = ones[part.mode == k]
        if here.size:
            variance += (mass * mode.evidence.error * (here.mean() - overall)) ** 2
    return variance


def readings(case: Case, density: Density, parts: tuple[PartDraws, ...]) -> dict[str, tuple[ReadingAnswer, ...]]:
    """Return prior and posterior probability of each reading of each claim that has several."""
    posterior: dict[str, Array] = {}
    for part in parts:
        # Where readings were not weighed one by one, the draws say what each contributes (and the diagnostics fail).
        whole = part.modes and not part.modes[0].configuration
        shares = Evaluator(part.component.density).log_options(part.coordinates) if whole else {}
        posterior |= {name: np.exp(logs - np.logaddexp.reduce(logs)).mean(axis=(1, 2)) for name, logs in shares.items()}
        for choice in choices_of(part.component.density) if part.modes and not whole else ():
            posterior[choice.name], _ = option_probabilities(part, choice)
    terms = {claim: term for term in density.terms for claim in term.claims}
    table = {}
    for claim in case.active_claims:
        if not claim.has_readings or claim.id not in terms:  # left out, where the rest is to predict it
            continue
        term = terms[claim.id]
        probabilities = iter(posterior.get(term.name, np.ones(1)))
        table[claim.id] = tuple(
            ReadingAnswer(reading.target.key, reading.weight, float(next(probabilities)) if reading.weight > 0 else 0.0)
            for reading in claim.readings)
    return table


def not_finite(totals: Mapping[str, Array]) -> list[Notice]:
    """Return of which totals a part of the posterior has no value, or one that is too large for a number."""
    told = []
    for key, draws in totals.items():
        without, beyond = float(np.isnan(draws).mean()), float(np.isinf(draws).mean())
        if without or beyond:
            told.append(Notice("undefined" if without else "too large", (key,), without or beyond))
    return told


def _number(value: Any) -> float | None:
    value = float(value)
    return value if math.isfinite(value) else None


__all__ = ["readings", "summarise"]

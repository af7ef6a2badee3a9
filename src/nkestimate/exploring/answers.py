"""What the page is answered: the case with its controls, an exact answer, a rough one on the way to it, and the YAML.

All is a function of the file and of the positions that are sent. The server remembers fits, by what was fitted, and no page: two
people who move sliders at once can't come into each other's way.
"""

from __future__ import annotations

import math
import shlex
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case import Case, load_case
from nkestimate.case.load import one_after_other
from nkestimate.case.model import Derived, Quantity
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.errors import Fault, NKEstimateError
from nkestimate.exploring.controls import SECTIONS, Control, changes_of, controls_of
from nkestimate.exploring.drawn import natural_quantiles, panel
from nkestimate.exploring.picture import Sample, picture
from nkestimate.exploring.written import spelled, with_scenario
from nkestimate.fitting.fits import DEFAULT_SEED, Fit, fit
from nkestimate.fitting.records import QUANTILES, Estimate
from nkestimate.fitting.watching import stamp
from nkestimate.sentences.findings import answer_words, told
from nkestimate.solidity.reweighting import carried, smoothed
from nkestimate.tables.run import change_words
from nkestimate.wording.numbers import NONE, PRINT, Display, day, decimals, display, percent, shown_by, stated_percent
from nkestimate.wording.probability_words import UNDEFINED, words
from nkestimate.wording.statements import prior_words

Array = NDArray[np.float64]
ROUGH_K = 0.7  # above it importance weights tell nothing (Vehtari et al. 2024, JMLR 25:72)
_ROUGH_DRAWS = 4000
_KEPT = 24  # fits, of some MB each


class BadRequestError(NKEstimateError):
    """What was sent is nothing that the page sends."""


class SavedSinceError(NKEstimateError):
    """The case's files have been saved since the page read them."""


@dataclass(frozen=True)
class State:
    """Where a page stands: the state of the files that it has read, the scenario, and the controls that were moved."""

    stamp: str
    scenario: str | None
    moved: Mapping[str, int]

    @classmethod
    def of(cls, sent: Any) -> State:
        """Read what a page has sent.

        Raises
        ------
        BadRequestError
            If it is something else.
        """
        if not isinstance(sent, dict):
            raise BadRequestError("an object was expected")
        seen, scenario, moved = sent.get("stamp"), sent.get("scenario"), sent.get("moved")
        if (not isinstance(seen, str) or not (scenario is None or isinstance(scenario, str)) or not isinstance(moved, dict)
                or not all(type(at) is int for at in moved.values())):
            raise BadRequestError("a stamp, a scenario and positions were expected")
        return cls(seen, scenario, moved)


class Opened:
    """A case as its file has it, with one of its scenarios."""

    def __init__(self, case: Case, seen: str):
        self.case, self.stamp = case, seen

    @cached_property
    def controls(self) -> dict[str, Control]:
        """What can be moved."""
        return controls_of(self.case)

    def changes(self, moved: Mapping[str, int]) -> dict[str, Any]:
        """Return the changes by path that positions mean.

        Raises
        ------
        BadRequestError
            If there is no such control or no such stop.
        """
        for key, at in moved.items():
            if key not in self.controls or not 0 <= at < len(self.controls[key].stops):
                raise BadRequestError("there is no such control")
        return changes_of(self.controls, moved)


class Explorer:
    """Answers what pages ask about one case.

    Parameters
    ----------
    path : Path
        Its file, which is read and never written.
    seed : int
        Of all fits: the page's figures are those of ``nkestimate run`` with this seed.
    """

    def __init__(self, path: Path, seed: int = DEFAULT_SEED):
        self.path, self.seed = path, seed
        self._opened: dict[tuple[str, str | None], Opened] = {}
        self._fits: OrderedDict[str, Fit] = OrderedDict()
        self._logs: dict[str, Array] = {}
        self._reading, self._fitting = threading.RLock(), threading.Lock()
        self._ended = False

    # ------------------------------------------------------------ reading

    def now(self) -> str:
        """Return the state of the case's files."""
        return sha256(repr(stamp(self.path)).encode()).hexdigest()[:16]

    def opened(self, scenario: str | None, seen: str | None = None) -> Opened:
        """Return the case with a scenario.

        Raises
        ------
        CaseError
            If it is at fault.
        SavedSinceError
            If its files are no longer what they were.
        """
        now = self.now()
        if seen is not None and seen != now:
            raise SavedSinceError("The file has been saved since this page read it: read it again.")
        with self._reading:
            if (now, scenario) not in self._opened:
                found = Opened(load_case(self.path, scenario=scenario), now)
                self._opened = {key: one for key, one in self._opened.items() if key[0] == now} | {(now, scenario): found}
            return self._opened[now, scenario]

    def changed(self, state: State) -> tuple[Opened, dict[str, Any], Case]:
        """Return the case as it is with a page's scenario alone, the changes beyond it, and the case with them."""
        base = self.opened(state.scenario, state.stamp)
        changes = base.changes(state.moved)
        with self._reading:
            return base, changes, load_case(self.path, scenario=state.scenario, set=changes) if changes else base.case

    def fitted(self, case: Case) -> Fit:
        """Return the fit of a case, as ``nkestimate run`` would make it."""
        with self._fitting:
            if self._ended:
                raise NKEstimateError("The server is ending.")
            if case.digest not in self._fits:
                self._fits[case.digest] = fit(case, seed=self.seed, progress=False)
                for old in list(self._fits)[:-_KEPT]:
                    del self._fits[old]
                    self._logs.pop(old, None)
            self._fits.move_to_end(case.digest)
            return self._fits[case.digest]

    def warm(self) -> None:
        """Fit the case as its file has it before a page asks."""
        with suppress(NKEstimateError):
            self.fitted(self.opened(None).case)

    def end(self) -> None:
        """Begin no more fits."""
        self._ended = True

    # ------------------------------------------------------------ what the page shows

    def case(self, scenario: str | None) -> dict[str, Any]:
        """Return the case for the page: title, scenarios, and the controls where the scenario has them."""
        opened = self.opened(scenario)
        case = opened.case
        controls = [{"id": c.id, "section": c.section, "kind": c.kind, "label": c.label, "note": c.note, "home": c.home,
                     "of": c.subject, "stops": [stop.words for stop in c.stops]} for c in opened.controls.values() if len(c.stops) > 1]
        return {"stamp": opened.stamp, "title": case.title, "file": self.path.name, "scenario": scenario,
                "sections": [name for name in SECTIONS if any(c["section"] == name for c in controls)], "controls": controls,
                "priors": [{"id": c.subject, "label": case.quantities[c.subject].label, "note": c.note}
                           for c in {c.subject: c for c in opened.controls.values() if c.axis}.values()],
                "scenarios": [{"id": key, "label": one.label} for key, one in case.scenarios.items()]}

    def prior(self, state: State, quantity: Any) -> dict[str, Any]:
        """Return what a quantity's prior implies, as drawn or as the case has it, beside where its handles stand, and its YAML."""
        base, _, case = self.changed(state)
        handles = [control for control in base.controls.values() if control.axis and control.subject == quantity]
        if not handles or handles[0].axis is None:
            raise BadRequestError("there is no such prior")
        prior = case.quantities[quantity].prior
        if prior is None:
            return {"picture": None, "told": "There is no prior of it. Move a handle to draw one.", "rows": [], "near": True, "yaml": ""}
        asked = [state.moved.get(control.id, control.home) for control in handles]
        return panel(handles[0].axis, prior, asked) | {"yaml": f"prior: {spelled(case.resolved['quantities'][quantity]['prior'])}"}

    def answer(self, state: State) -> dict[str, Any]:
        """Return the exact answer: that of ``nkestimate run`` with the YAML that `yaml` returns."""
        base, _, case = self.changed(state)
        found, file = self.fitted(case), self.fitted(self.opened(None, state.stamp).case)
        summary = found.summary
        totals = [self._row(case.totals[key], [*row.known.values()]) | {"change": self._change(case.totals[key], row, file)}
                  for key, row in summary.totals.items()]
        questions = [self._question(case, key, one.probability, answer_words(one, PRINT), file) for key, one in summary.questions.items()]
        headline = case.headline
        return {"exact": True, "changes": self._changes(base, state, case), "questions": questions,
                "totals": _headline_first(totals, headline.id),
                "headline": self._headline(case, [*summary.totals[headline.id].known.values()]),
                "picture": self._picture(headline, Sample.of(_draws(found, headline.id)), file),
                "prior": self._prior(case, found),
                "state": "" if summary.diagnostics.ok else "Not converged: " + "; ".join(summary.diagnostics.reasons) + ".",
                "notes": [*told(summary, case, PRINT)]}

    def rough(self, state: State, last: State) -> dict[str, Any]:
        """Return a rough answer: the draws of the last exact one, weighted by the density that is wanted over theirs.

        There is none (``headline`` is None) where k̂ is above 0.7, or the densities have no common coordinates.
        """
        base, _, case = self.changed(state)
        found = self._fits.get(self.changed(last)[2].digest)
        told: dict[str, Any] = {"exact": False, "changes": self._changes(base, state, case), "headline": None, "k": NONE}
        if found is None:
            return told
        density, every = compile_case(case), max(1, found.coordinates[..., 0].size // _ROUGH_DRAWS)
        v = found.coordinates.reshape(-1, found.density.size)[::every]
        moved = carried(found.density, density, v, self._log_density(found, v), np.random.default_rng([self.seed, 6]))
        if moved is None:
            return told
        weights, k = smoothed(moved[1])
        told["k"] = decimals(k, 2, PRINT)
        if not k <= ROUGH_K:
            return told
        evaluator, file = Evaluator(density), self.fitted(self.opened(None, state.stamp).case)
        drawn = {key: Sample.of(values, weights) for key, values in evaluator.totals(moved[0]).items()}
        levels = {key: sample.quantiles(QUANTILES) if sample.whole else [math.nan] * len(QUANTILES) for key, sample in drawn.items()}
        totals = [self._row(case.totals[key], levels[key]) | {"change": ""} for key in levels]
        shares = {key: float(weights @ answer) for key, answer in evaluator.answers(moved[0]).items()}
        headline = case.headline
        return told | {
            "headline": self._headline(case, levels[headline.id]), "totals": _headline_first(totals, headline.id),
            "questions": [self._question(case, key, p, words(p, case.settings.words) if np.isfinite(p) else UNDEFINED, file)
                          for key, p in shares.items()],
            "picture": self._picture(headline, drawn[headline.id], file)}

    def yaml(self, state: State) -> dict[str, str]:
        """Return the case's file with one more scenario, which makes what the page shows."""
        base, changes, case = self.changed(state)
        scenario = base.case.scenarios[state.scenario] if state.scenario else None
        joined = one_after_other(scenario.changes, changes) if scenario else changes
        with self._reading:
            if load_case(self.path, set=joined).digest != case.digest:
                raise NKEstimateError("The scenario and what was moved can't be written as one scenario: choose one of them.")
        label = f"{scenario.label}, as explored" if scenario else "As explored"
        made = with_scenario(self.path, base.case.scenarios, label, joined)
        seed = "" if self.seed == DEFAULT_SEED else f" --seed {self.seed}"
        command = f"nkestimate run {shlex.quote(str(self.path.parent / made.name))} --scenario {made.scenario}{seed}"
        return {"name": made.name, "text": made.text, "entry": made.entry, "command": command}

    # ------------------------------------------------------------ its parts

    def _log_density(self, found: Fit, v: Array) -> Array:
        key = found.case.digest
        if key not in self._logs:
            self._logs[key] = Evaluator(found.density).log_density(v)
        return self._logs[key]

    def _row(self, total: Quantity | Derived, levels: Sequence[float]) -> dict[str, str]:
        shown = _shown(total, levels)
        low, _, median, _, high = (shown.number(x) for x in levels)
        return {"id": total.id, "label": total.label, "median": median, "low": low, "high": high, "unit": shown.cell}

    def _change(self, total: Quantity | Derived, row: Estimate, file: Fit) -> str:
        return change_words(row, file.summary.totals.get(total.id), _shown(total, [*row.known.values()]))

    def _headline(self, case: Case, levels: Sequence[float]) -> dict[str, str]:
        total = case.headline
        shown = _shown(total, levels)
        return {"label": total.label, "value": shown.value(levels[2]), "range": shown.range(levels[0], levels[-1]),
                "told": f"as of {day(case.horizon)}; median with {stated_percent(0.9, PRINT)} interval (equal tails)",
                "low": stated_percent(QUANTILES[0], PRINT), "high": stated_percent(QUANTILES[-1], PRINT)}

    def _prior(self, case: Case, found: Fit) -> str:
        """Say what the priors alone imply for the headline, before the claims are heard."""
        total = case.headline
        sample = Sample.of(Evaluator(found.density).totals(found.prior_coordinates)[total.id])
        if not sample.whole:
            return ""
        levels = sample.quantiles(QUANTILES)
        shown = _shown(total, levels)
        return f"The priors alone, before the claims are heard, give {shown.value(levels[2])} ({shown.range(levels[0], levels[-1])})."

    def _question(self, case: Case, key: str, p: float | None, said: str, file: Fit) -> dict[str, str]:
        before = file.summary.questions.get(key)
        return {"label": case.questions[key].label, "answer": percent(p, PRINT), "words": said,
                "before": percent(before.probability, PRINT) if before else NONE}

    def _picture(self, total: Quantity | Derived, sample: Sample, file: Fit) -> dict[str, Any] | None:
        samples = {"now": sample}
        same = file.case.totals.get(total.id)
        if same is not None and same.unit.text == total.unit.text:
            samples["file"] = Sample.of(_draws(file, total.id))
        return picture(total, samples, _shown(total, sample.quantiles(QUANTILES)))

    def _changes(self, base: Opened, state: State, case: Case) -> list[dict[str, str]]:
        """Return what is otherwise than in the file, in words."""
        told = []
        if state.scenario:
            told.append({"label": "Scenario", "before": "none", "now": base.case.scenarios[state.scenario].label})
        away = [(base.controls[key], at) for key, at in state.moved.items() if at != base.controls[key].home]
        drawn = dict.fromkeys(c.subject for c, _ in away if c.axis)
        told += [{"label": c.label, "before": c.stops[c.home].words, "now": c.stops[at].words} for c, at in away if c.subject not in drawn]
        return told + [{"label": f"{case.quantities[key].label}: prior", "before": _prior_said(base.case.quantities[key]),
                        "now": _prior_said(case.quantities[key])} for key in drawn]


def _prior_said(quantity: Quantity) -> str:
    if quantity.prior is None:
        return "none"
    return prior_words(quantity.prior, shown_by(quantity, natural_quantiles(quantity, quantity.prior), PRINT), quantity.scale)


def _shown(total: Quantity | Derived, levels: Sequence[float]) -> Display:
    """Choose how a total is written, as the table of a run does."""
    return display(total.unit.text, total.support, dict(zip(QUANTILES, levels, strict=True)), PRINT, total.since)


def _draws(found: Fit, key: str) -> Array:
    return Evaluator(found.density).totals(found.coordinates)[key]


def _headline_first(rows: list[dict[str, str]], headline: str) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: row["id"] != headline)


def shown_faults(faults: Iterable[Fault]) -> list[str]:
    """Write faults as `nkestimate validate` does; what was moved stands on the page."""
    return [str(replace(fault, file="(page)") if fault.file == "(set)" else fault) for fault in faults]


__all__ = ["BadRequestError", "Explorer", "SavedSinceError", "State", "shown_faults"]

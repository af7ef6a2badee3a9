"""A fit, unpacked for the report: draws, quantiles and how each total is written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.expressions import names_in
from nkestimate.case.model import Case, Claim, Derived, Quantity, Reading, Target
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.statements import natural_value, spread_of, z_of
from nkestimate.evidence.claims import ClaimTable, claim_table
from nkestimate.evidence.defaults import DefaultShare, default_shares
from nkestimate.fitting.breakdown import quantiles_of, target_draws
from nkestimate.fitting.records import Summary
from nkestimate.solidity.conflict import Conflicts, conflicts
from nkestimate.solidity.explaining.explanation import Explanation, explain
from nkestimate.wording.numbers import PRINT, Display, display, resolved

Array = NDArray[np.float64]
Total = Quantity | Derived


@dataclass(frozen=True)
class Said:
    """A reading of a claim as an interval in its target's unit."""

    low: float
    centre: float
    high: float
    bound: str | None


class Story:
    """What a fit has to tell, by total, target and claim.

    Parameters
    ----------
    fit : Fit
    """

    def __init__(self, fit: Any):
        self.fit = fit
        self.case: Case = fit.case
        self.summary: Summary = fit.summary
        self.ok = self.summary.diagnostics.ok
        self._values: dict[tuple[str, date], Array] = {}

    # ------------------------------------------------------------ totals

    @cached_property
    def totals(self) -> list[Total]:
        """All totals, the headline first, then derived, then quantities."""
        rest: list[Total] = [*self.case.derived.values(), *self.case.quantities.values()]
        return [self.case.headline, *(total for total in rest if total.id != self.case.headline.id)]

    def quantiles(self, key: str) -> dict[float, float]:
        """Return a total's posterior quantiles as the summary states them."""
        return self.summary.totals[key].known

    def chains(self, key: str) -> Array:
        """Return a total's posterior draws, shape (chain, draw)."""
        return self._posterior[key]

    @cached_property
    def _posterior(self) -> dict[str, Array]:
        return Evaluator(self.fit.density).totals(np.asarray(self.fit.coordinates, float))

    @cached_property
    def _prior(self) -> dict[str, Array]:
        return Evaluator(self.fit.density).totals(np.asarray(self.fit.prior_coordinates, float))

    def draws(self, key: str) -> Array:
        """Return a total's posterior draws, shape (draw,)."""
        return self.chains(key).ravel()

    def prior(self, key: str) -> Array:
        """Return a total's prior draws, shape (draw,)."""
        return self._prior[key].ravel()

    def prior_quantiles(self, key: str) -> dict[float, float]:
        """Return quantiles of a total's prior draws."""
        return quantiles_of(self.prior(key))

    @cached_property
    def displays(self) -> dict[str, Display]:
        """How each total is written."""
        return {total.id: display(total.unit.text, total.support, self.quantiles(total.id), PRINT, total.since)
                for total in self.totals}

    def is_assumption(self, total: Total) -> bool:
        """Return whether a quantity rests on its prior alone: no two-sided direct claim is heard (CASE.md section 4)."""
        if isinstance(total, Derived) or total.prior is None:
            return False
        return not any(claim.is_direct and claim.readings[0].target.key == total.id for claim in self.case.active_claims)

    def prior_name(self, total: Total) -> str:
        """Say what a total's prior is."""
        if isinstance(total, Derived):
            return "implied by priors"
        if total.prior is not None:
            return "prior: analyst’s assumption" if self.is_assumption(total) else "prior"
        return "reference" if self.case.settings.pooling == "hierarchical" else "pool of its claims"

    @cached_property
    def key_totals(self) -> list[Total]:
        """Up to three totals to stand beside the headline: what it is made of, then what is asked about."""
        head = self.case.headline
        made_of = list(names_in(head.expr)) if isinstance(head, Derived) else []
        asked = sorted(self._asked(), key=lambda key: -self._asked().count(key))
        keys = [*made_of[:2], *asked, *self.case.derived, *self.case.quantities]
        return [self.case.totals[key] for key in dict.fromkeys(keys) if key != head.id][:3]

    def _asked(self) -> list[str]:
        return [name for question in self.case.questions.values() for name in names_in(question.comparison.left)]

    @cached_property
    def moving(self) -> list[Derived]:
        """Up to four derived that depend on the date: the headline, then those that questions ask about."""
        candidates = [total for total in self.case.derived.values() if self.case.moves(total.expr)]
        asked = self._asked()
        return sorted(candidates, key=lambda total: (total.id != self.case.headline.id, -asked.count(total.id)))[:4]

    def day_of(self, name: str) -> date:
        """Return the day of an entry of ``dates:``; of an uncertain one the day that it is later than with 95 % probability."""
        if name in self.case.dates:
            return self.case.dates[name]
        since = self.case.quantities[name].since
        assert since is not None
        return since + timedelta(days=math.floor(self.quantiles(name)[0.05]))

    # ------------------------------------------------------------ how solid

    @cached_property
    def explanation(self) -> Explanation:
        """What drives the headline."""
        return explain(self.fit)

    @cached_property
    def conflicts(self) -> Conflicts:
        """Each claim against the rest, by importance sampling alone."""
        return conflicts(self.fit, refit="none", progress=False)

    # ------------------------------------------------------------ targets

    @cached_property
    def targets(self) -> dict[str, list[tuple[Claim, int]]]:
        """Claims on each target with the number of their reading; totals in order, then expressions."""
        found: dict[str, list[tuple[Claim, int]]] = {}
        for claim in self.case.claims.values():
            for i, reading in enumerate(claim.readings):
                found.setdefault(reading.target.key, []).append((claim, i))
        order = [total.id for total in self.totals]
        return {key: found[key] for key in sorted(found, key=lambda key: order.index(key) if key in order else len(order))}

    def target(self, key: str) -> Target:
        """Return a target that claims are about."""
        claim, i = self.targets[key][0]
        return claim.readings[i].target

    def target_display(self, key: str) -> Display:
        """How a target's values are written; an expression in percent where its claims are."""
        target = self.target(key)
        if target.kind != "expression":
            return self.displays[key]
        values = self.values(target, self.case.horizon)
        if self.is_percent(target):
            return resolved(Display(100 * target.unit.factor, "%"), quantiles_of(values).values())
        return display(target.unit.text, target.support, quantiles_of(values))

    def is_percent(self, target: Target) -> bool:
        """Whether an expression is a pure number that its claims state in percent."""
        stated = any("percent" in claim.stated.units for claim, _ in self.targets.get(target.key, ()))
        return target.kind == "expression" and not target.unit.dimension and stated

    @cached_property
    def evidence(self) -> ClaimTable:
        """The claims with their echoes, what they imply and what their sources are worth."""
        return claim_table(self.case)

    @cached_property
    def defaults(self) -> dict[str, DefaultShare]:
        """By target, how much of its spread is not from what sources said."""
        return default_shares(self.case)

    @cached_property
    def natural(self) -> Array:
        """Natural values of the posterior coordinates, shape (draw, coordinate)."""
        return Evaluator(self.fit.density).natural(np.asarray(self.fit.coordinates, float)).reshape(-1, self.fit.density.size)

    def values(self, target: Target, when: date) -> Array:
        """Return a target's posterior draws at a date, in its unit, shape (draw,)."""
        if (target.key, when) not in self._values:
            self._values[target.key, when] = target_draws(self.case, target, when, self.natural)
        return self._values[target.key, when]

    def posterior_dates(self, key: str) -> list[date]:
        """Return the dates at which a target's posterior is worth showing: its claims' and the horizon, if it moves at all."""
        target = self.target(key)
        if not self.case.moves(target.expr):
            return [self.case.horizon]
        days = sorted({claim.readings[i].as_of for claim, i in self.targets[key]} | {self.case.horizon})
        return days if len(days) <= 4 else [days[0], days[len(days) // 2], days[-1]]


def said_by(reading: Reading) -> Said:
    """Return the interval that a reading states, in its target's unit.

    Its ends hold the statement's coverage; those of quantiles hold 90 percent, those of an estimate
    the coverage at which ranges are read.
    """
    statement, target = reading.statement, reading.target
    if statement.is_bound:
        return Said(statement.value, statement.value, statement.value, statement.kind)
    spread = spread_of(statement, target)
    z = z_of(0.9 if statement.kind == "quantiles" else statement.coverage)
    low, centre, high = (natural_value(x, target) for x in (spread.m - z * spread.left, spread.m, spread.m + z * spread.right))
    return Said(low, centre, high, None)

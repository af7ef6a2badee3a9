"""What the page shows in each state that can be switched to: one fit of the robustness grid, written as the report's own is."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case.expressions import names_in, show
from nkestimate.fitting.breakdown import SHAPE, quantiles_of, shares_of_headline
from nkestimate.fitting.densities import density
from nkestimate.fitting.records import QUANTILES, QuestionAnswer
from nkestimate.reporting import style as s
from nkestimate.reporting.charts import Panel
from nkestimate.reporting.data import amounts, answered, bare_amounts, claims_in_order
from nkestimate.reporting.figures import claims_on, forest_axis, forest_rows, log_headline, panel, posterior_words
from nkestimate.reporting.forest import Row as ForestRow
from nkestimate.reporting.front import share_words
from nkestimate.reporting.solid import axis_over
from nkestimate.reporting.story import Story
from nkestimate.sentences.solidity import ALONE, kind_words, missing_words
from nkestimate.solidity.refits.record import Robustness
from nkestimate.solidity.refits.row import Row
from nkestimate.wording.choices import choice_name, level_words
from nkestimate.wording.names import target_label
from nkestimate.wording.numbers import PRINT, Display, count, counted, reset
from nkestimate.wording.probability_words import words as words_for

Array = NDArray[np.float64]
Record = dict[str, Any]
_POINTS, _TALL = 120, 200  # of the headline's curve: points, and units of height
_DRAWS = 2000  # as many as a shape is read as: a kernel is the narrower, the more there are
_TICKS = range(2, 5)
_LETTER = 2.4  # percent of the width of an axis in a table that a letter of a tick takes


@dataclass(frozen=True)
class Axis:
    """An axis of a picture whose parts stand in percent of its width."""

    low: float
    high: float
    log: bool

    def at(self, value: float | None) -> float | None:
        """Return where a value stands, at an end where it is beyond; None where there is none."""
        if value is None or not math.isfinite(value) or not self.has_width:
            return None
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            share = (math.log(max(value, 1e-300)) - low) / (high - low)
        else:
            share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)  # halves: no overflow near the end of all numbers
        return round(100 * min(max(share, 0.0), 1.0), 2) if math.isfinite(share) else None

    @property
    def has_width(self) -> bool:
        """Whether values can be told apart on it."""
        ends = (math.log(self.low), math.log(self.high)) if self.log and self.low > 0 else (self.low, self.high)
        return all(map(math.isfinite, ends)) and ends[0] < ends[1] and (self.low > 0 or not self.log)

    def ticks(self, shown: Display) -> list[Record]:
        """Return two to four round values, where they stand and how they are written."""
        if not self.has_width:
            return []
        try:
            candidates = s.log_ticks(self.low, self.high) if self.log else s.linear_ticks(self.low, self.high)
            chosen = next((found for found in candidates if len(found) in _TICKS and self._told_apart(found, shown)), None)
            chosen = chosen or next(s.two_ticks(self.low, self.high, log=self.log), [self.low, self.high])
        except (ArithmeticError, ValueError):  # at the end of all numbers
            chosen = [self.low, self.high]
        return [{"x": self.at(value), "words": shown.unit_behind(shown.tick(value)) if shown.unit == "%" else shown.tick(value)}
                for value in chosen]

    def _told_apart(self, values: list[float], shown: Display) -> bool:
        places = [(self.at(value) or 0.0, len(shown.tick(value))) for value in values]
        return all(after - before > _LETTER * (long + longer) / 2 + _LETTER for (before, long), (after, longer) in pairwise(places))


# ------------------------------------------------------------------ what is drawn


class Drawn:
    """What the page draws by itself, for the report's own fit and for each variant of the grid on the same axes.

    Parameters
    ----------
    story : Story
    solid : Robustness or None
        None where it is missing, or of an earlier state of the case.
    """

    def __init__(self, story: Story, solid: Robustness | None):
        self.story, self.case, self.solid = story, story.case, solid
        self.head = story.case.headline.id

    # ------------------------------------------------------------ claims and posteriors

    @cached_property
    def forests(self) -> list[Record]:
        """The claims on each target with their posterior, as rows of a table with a bar each."""
        told = []
        for key, rows in self._forest_rows.items():
            shown, axis, claims = self.story.target_display(key), self._forest_axes[key], len(claims_on(self.story, key))
            told.append({"label": target_label(self.story.target(key), self.case, PRINT), "unit": shown.column, "ticks": axis.ticks(shown),
                         "rows": [_forest_row(row, axis, last=i == len(rows) - 1) | {"claim": i < claims} for i, row in enumerate(rows)]})
        return told

    @cached_property
    def _forest_rows(self) -> dict[str, list[ForestRow]]:
        return {key: forest_rows(self.story, key, self.story.target_display(key)) for key in self.story.targets}

    @cached_property
    def _forest_axes(self) -> dict[str, Axis]:
        found = {}
        for key, rows in self._forest_rows.items():
            log, (low, high) = forest_axis(self.story.target(key), rows)
            found[key] = Axis(low, high, log)
        return found

    # ------------------------------------------------------------ the headline

    @cached_property
    def picture(self) -> Record:
        """The headline's picture: its curve and prior, the bar of its quantiles, its axis; and the medians of all variants."""
        q, shown = self.story.quantiles(self.head), self.story.displays[self.head]
        medians = [self.axis.at(value) for value in self._medians]
        return {"curve": self._heights(self._curve(self._panel.posterior)), "prior": self._heights(self._curve(self._panel.prior)),
                "bar": [self.axis.at(q[p]) for p in QUANTILES], "ticks": self.axis.ticks(shown), "tag": self._panel.tag,
                "unit": "" if shown.unit == "%" else shown.column, "medians": sorted(x for x in medians if x is not None)}

    @cached_property
    def _medians(self) -> list[float]:
        return [value for row in (self.solid.rows if self.solid else ()) if (value := row.median(self.head)) is not None]

    @cached_property
    def _panel(self) -> Panel:
        return panel(self.story, self.case.headline, log_headline(self.story))

    @cached_property
    def axis(self) -> Axis:
        """The headline's axis, which holds its curve and the medians of all variants."""
        total, log = self.case.headline, self._panel.log
        draws = self._panel.posterior[np.isfinite(self._panel.posterior)]
        if not draws.size:
            return Axis(0.0, 0.0, log=False)
        low, high = (float(x) for x in np.quantile(draws, (0.01, 0.99)))
        rows = [row for row in self.solid.rows if row.median(self.head) is not None] if self.solid else []
        if rows:
            ends = axis_over(np.array([[row.quantile(self.head, f"{p:g}") for p in QUANTILES] for row in rows], float),
                             positive=total.support == "positive")
            low, high = min(low, ends[0]) if ends[0] > 0 or not log else low, max(high, ends[1])
        if total.support != "real" and not log:
            low = 0.0 if low < 0.2 * high else low
        return Axis(low, high if high > low else low + max(abs(low), 1.0), log)

    def _curve(self, draws: Array) -> Array:
        axis = self.axis
        if not axis.has_width:
            return np.zeros(_POINTS)
        return density(draws, axis.low, axis.high, log=axis.log, scale=self._panel.scale, points=_POINTS)[1]

    def _heights(self, curve: Array) -> list[int]:
        return [round(min(2.0, float(y) / self._top) * _TALL) for y in curve]

    @cached_property
    def _top(self) -> float:
        return max(float(self._curve(self._panel.posterior).max()), 1e-300)

    # ------------------------------------------------------------ the states

    def states(self) -> Record | None:
        """Return what can be switched, and what the page shows in each state; None where there is nothing to switch.

        Returns
        -------
        dict
            ``places`` of the data whose words follow; ``factors`` that are crossed, and ``crossed``, the state of each combination of
            their levels; ``alone``, by kind, single changes; ``states``, each with its digest, its words at those places, curve and bars.
        """
        if self.solid is None:
            return None
        solid = self.solid
        varied = {name: levels for name, levels in solid.levels.items() if len(levels) > 1}
        factors = [{"label": choice_name(name), "levels": [level_words(name, level, PRINT) for level in levels],
                    "chosen": levels.index(solid.chosen[name])} for name, levels in varied.items()]
        crossed = {",".join(str(levels.index(row.variant.choices[name])) for name, levels in varied.items()): i
                   for i, row in enumerate(solid.rows) if row.variant.in_grid}
        alone = {kind_words(kind).capitalize(): [i for i, row in enumerate(solid.rows) if row.variant.kind == kind] for kind in ALONE}
        return {"places": list(self.words(solid.base)), "states": [self._state(row) for row in solid.rows], "factors": factors,
                "crossed": crossed, "alone": [{"label": label, "states": found} for label, found in alone.items() if found]}

    def _state(self, row: Row) -> Record:
        numbers = {claim.id: i for i, claim in enumerate(claims_in_order(self.story))}
        left_out = [numbers[key] for key in (path.split(".")[1] for path, new in row.variant.changes.items()
                                             if path.startswith("claims.") and path.endswith(".weight") and new == 0) if key in numbers]
        shares = [row.questions.get(key, {}).get("probability") if row.usable else None for key in self.case.questions]
        drawn = self._curve(np.interp(np.linspace(SHAPE[0], SHAPE[-1], _DRAWS), SHAPE, row.shape)) if row.shape and row.usable else None
        label, median = reset(row.variant.label, PRINT), row.median(self.head)
        lower = sum(other < median for other in self._medians) if median is not None else 0
        rank = "" if median is None else f"Here, {count(lower)} of {counted(len(self._medians), 'median')} lie lower."
        return {"label": label, "told": f"Shown: {label}." + ("" if row.usable else f" There is {missing_words(row)}."), "rank": rank,
                "digest": row.variant.digest, "usable": row.usable,
                "words": list(self.words(row).values()), "curve": self._heights(drawn) if drawn is not None else [],
                "bar": [self.axis.at(row.quantile(self.head, f"{p:g}")) for p in QUANTILES], "out": left_out, "shares": shares,
                "forests": [[axis.at(self._of_target(row, key)[p]) for p in QUANTILES] for key, axis in self._forest_axes.items()]}

    def words(self, row: Row) -> dict[str, str]:
        """Return what is written in a variant's state, at each place that follows."""
        case, told, unsaid = self.case, dict[str, str](), missing_words(row)

        def put(place: str, written: Mapping[str, Any], known: bool) -> None:
            told.update({f"{place}.{part}": text if known else unsaid for part, text in written.items()})

        def put_total(place: str, key: str, write: Callable[[Display, Mapping[float, float]], Record]) -> None:
            q = {p: _number(row.quantile(key, f"{p:g}")) for p in QUANTILES}
            put(place, write(self.story.displays[key], q), math.isfinite(q[0.5]))

        put_total("headline", self.head, amounts)
        for i, total in enumerate(self.story.key_totals):
            put_total(f"key_totals.{i}", total.id, amounts)
        for i, total in enumerate(self.story.totals):
            put_total(f"totals.{i}", total.id, bare_amounts)
        near = [question.id for question in case.questions.values() if self.head in names_in(question.comparison)]
        for name, keys in (("questions", list(case.questions)), ("headline.questions", near)):
            for i, key in enumerate(keys):
                put(f"{name}.{i}", *self._answer(row, key))
        for i, part in enumerate(self._parts):
            found = row.parts.get(part, {}) if row.usable else {}
            put(f"front.parts.rows.{i}", share_words({p: _number(found.get(f"{p:g}")) for p in QUANTILES}), bool(found))
        for i, key in enumerate(self.story.targets):
            q = self._of_target(row, key)
            value, details = posterior_words(self.story.target_display(key), q)
            put(f"forests.{i}.rows.{len(self._forest_rows[key]) - 1}", {"value": value, "details.0": details[0], "details.1": details[1]},
                math.isfinite(q[0.5]))
        return told

    def _answer(self, row: Row, key: str) -> tuple[Mapping[str, Any], bool]:
        found, scale = row.questions.get(key) if row.usable else None, self.case.settings.words
        p, mcse = (found["probability"], found["mcse"]) if found else (0.5, None)
        told = answered(QuestionAnswer(p, mcse, words_for(p, scale)), scale)
        return {part: told[part] for part in ("probability", "with_error", "words")}, found is not None

    def _of_target(self, row: Row, key: str) -> dict[float, float]:
        found = row.targets.get(key, {}) if row.usable else {}
        return {p: _number(row.quantile(key, f"{p:g}") if key in self.case.totals else found.get(f"{p:g}")) for p in QUANTILES}

    @cached_property
    def _parts(self) -> list[str]:
        """The headline's parts, by their canonical texts, in the order that the report has them in."""
        found = shares_of_headline(self.case, self.story.natural)[1]
        return [show(part) for part, draws in sorted(found, key=lambda pair: -quantiles_of(pair[1])[0.5])]


def _forest_row(row: ForestRow, axis: Axis, *, last: bool) -> Record:
    inner = row.inner or (row.centre, row.centre)
    return {"title": row.title, "printed": list(row.printed), "value": row.value, "details": list(row.details), "bound": row.bound or "",
            "muted": row.muted, "posterior": row.is_posterior, "last": last,
            "bar": [axis.at(value) for value in (row.low, inner[0], row.centre, inner[1], row.high)]}


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def as_json(told: Any) -> str:
    """Return plain values as JSON that may stand in a page, whatever labels hold."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate({ord(letter): f"\\u{ord(letter):04x}" for letter in "&<>\u2028\u2029"})

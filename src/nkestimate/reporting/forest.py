"""The forest of claims: one row a claim, with the figures as printed, and the posterior below them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nkestimate.reporting import style as s
from nkestimate.reporting.charts import interval_bars
from nkestimate.wording.numbers import Display

LEFT, AXIS, RIGHT = 2.42, 2.5, 1.37
_GAP = (s.WIDTH - LEFT - AXIS - RIGHT) / 2
_PAD, _FOOT = 0.062, 0.27
MOST = 8.2  # inches: what fits on a page with its caption


@dataclass(frozen=True)
class Row:
    """A claim, or the posterior of what the claims are about.

    Attributes
    ----------
    title : str
        The source, or "Posterior".
    printed : tuple of str
        The figures as printed.
    value, details : str, tuple of str
        What is said, and under it date, weight and reading.
    low, centre, high : float
        In the target's unit; a bound has only its centre.
    inner : (float, float) or None
        The 50 % interval of a posterior.
    bound : str or None
        ``at_most`` or ``at_least``.
    muted : bool
        For claims that are on record but not in the density.
    """

    title: str
    printed: tuple[str, ...]
    value: str
    details: tuple[str, ...]
    low: float
    centre: float
    high: float
    inner: tuple[float, float] | None = None
    bound: str | None = None
    muted: bool = False

    @property
    def is_posterior(self) -> bool:
        return self.inner is not None


@dataclass(frozen=True)
class _Laid:
    """A row with its text broken into lines."""

    row: Row
    title: list[str]
    printed: list[str]
    value: list[str]
    details: list[str]

    @property
    def height(self) -> float:
        left = s.inches(len(self.title), s.MEDIUM) + s.inches(len(self.printed), s.SMALL)
        right = s.inches(len(self.value), s.MEDIUM) + s.inches(len(self.details), s.SMALL)
        return max(left, right) + 2 * _PAD


def _lay(row: Row) -> _Laid:
    printed = [line for text in row.printed for line in s.wrap(text, LEFT, s.SMALL, most=4)]
    details = [line for text in row.details for line in s.wrap(text, RIGHT, s.SMALL, most=4)]
    title, value = s.wrap(row.title, LEFT, s.MEDIUM, "semibold", most=6), s.wrap(row.value, RIGHT, s.MEDIUM, "semibold", most=4)
    return _Laid(row, title, printed, value, details)


def pages(rows: Sequence[Row]) -> list[list[Row]]:
    """Split claims over as many pictures as they need; each ends with the posterior rows."""
    posterior = [row for row in rows if row.is_posterior]
    room = MOST - _FOOT - 0.6 - sum(_lay(row).height for row in posterior)
    split: list[list[Row]] = [[]]
    used = 0.0
    for row in rows:
        if row.is_posterior:
            continue
        height = _lay(row).height
        if split[-1] and used + height > room:
            split.append([])
            used = 0.0
        split[-1].append(row)
        used += height
    return [claims + posterior for claims in split]


def forest_chart(title: str, rows: Sequence[Row], display: Display, *, log: bool, bounds: tuple[float, float] | None = None) -> Figure:
    """Draw claims on one target at their stated ranges, and its posterior.

    Parameters
    ----------
    title : str
        The target's label.
    rows : sequence of Row
        Claims first, then posterior rows; values in the target's unit.
    display : Display
        How its values are written.
    log : bool
        Whether the axis is logarithmic.
    bounds : (float, float), optional
        Ends of the axis in the target's unit; default: what holds every row.
    """
    laid = [_lay(row) for row in rows]
    heads = s.wrap(title, s.WIDTH, s.MEDIUM, "semibold", most=3)
    head = s.inches(len(heads), s.MEDIUM) + s.inches(1, s.SMALL) + 0.06
    body = sum(item.height for item in laid)
    figure = Figure(figsize=(s.WIDTH, head + body + _FOOT))
    below = s.put(figure, 0.0, 0.0, heads, s.MEDIUM, weight="semibold")
    s.put(figure, 0.0, below, [display.column], color=s.SOFT)
    axes = s.axes_at(figure, LEFT + _GAP, head, AXIS, body)
    low, high = bounds or row_range(rows, log)
    s.set_ticks(axes, low, high, AXIS, log=log, write=display.tick)
    s.of_rows(axes, body)
    top = 0.0
    for item in laid:
        _row(figure, axes, item, head, top, (low, high))
        top += item.height
    return figure


def _row(figure: Figure, axes: Axes, item: _Laid, head: float, top: float, limits: tuple[float, float]) -> None:
    row = item.row
    colour = s.POSTERIOR if row.is_posterior else s.PRIOR if row.muted else s.INK
    if row.is_posterior:
        _band(figure, head + top, item.height, "#eef4f9")
    else:
        _band(figure, head + top, 0.4 / 72, s.RULE)
    inset = 0.05 if row.is_posterior else 0.0
    below = s.put(figure, inset, head + top + _PAD, item.title, s.MEDIUM, weight="semibold", color=colour)
    s.put(figure, inset, below, item.printed, s.SMALL, color=s.PRIOR if row.muted else s.SOFT)
    right = LEFT + AXIS + 2 * _GAP
    below = s.put(figure, right, head + top + _PAD, item.value, s.MEDIUM, weight="semibold", color=colour)
    s.put(figure, right, below, item.details, s.SMALL, color=s.PRIOR if row.muted else s.SOFT)
    _draw(axes, row, top + item.height / 2, limits)


def _band(figure: Figure, top: float, height: float, colour: str) -> None:
    """Colour a strip of the figure's full width, measured in inches from its top."""
    whole = figure.get_figheight()
    strip = Rectangle((0, 1 - (top + height) / whole), 1, height / whole, transform=figure.transFigure, fc=colour, lw=0, zorder=-2)
    figure.add_artist(strip)


def _draw(axes: Axes, row: Row, y: float, limits: tuple[float, float]) -> None:
    low, high = (min(max(x, limits[0]), limits[1]) for x in (row.low, row.high))
    if row.inner is not None:
        inner = [min(max(x, limits[0]), limits[1]) for x in row.inner]
        quantiles = {0.05: low, 0.25: inner[0], 0.5: row.centre, 0.75: inner[1], 0.95: high}
        return interval_bars(axes, y, quantiles, s.POSTERIOR, s.POSTERIOR_MID)
    colour = s.CLAIM_MUTED if row.muted else s.CLAIM
    if row.bound:
        reach = -26 if row.bound == "at_most" else 26
        arrow = {"arrowstyle": "<|-", "color": colour, "lw": 1.4, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 8}
        axes.annotate("", (row.centre, y), xytext=(reach, 0), textcoords="offset points", annotation_clip=False, arrowprops=arrow,
                      gid=row.bound)
        axes.plot([row.centre], [y], "|", color=colour, ms=9, mew=1.8, gid="claim")
        return None
    axes.plot([low, high], [y, y], color=colour, lw=1.8, solid_capstyle="butt", gid="stated", zorder=3)
    axes.plot([row.centre], [y], "o", color=colour, ms=4.6, gid="claim", zorder=4)
    return None


def row_range(rows: Sequence[Row], log: bool) -> tuple[float, float]:
    """Return ends of an axis that hold every row, with room for the arrows of bounds."""
    values = [x for row in rows for x in (row.low, row.centre, row.high) if math.isfinite(x) and (x > 0 or not log)]
    low, high = (float(np.min(values)), float(np.max(values))) if values else (1.0, 2.0)
    has_bound = any(row.bound for row in rows)
    if log:
        room = max((high / low) ** (0.18 if has_bound else 0.07), 1.15)
        return low / room, high * room
    room = (0.18 if has_bound else 0.07) * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room

"""Pictures of what drives an answer, what conflicts and what changed: plain rows in, a `Figure` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from nkestimate.reporting import style as s
from nkestimate.wording.numbers import PRINT, Display, stated_percent

_PAD = 0.05
_FOOT = 0.27
_HEAD = 0.24
_RAISED = 0.02  # the middle of small letters is that far above the middle of their line


@dataclass(frozen=True)
class DriverRow:
    """One unknown: its share of the variance, and the total's median at both ends of it (none for an error of sources)."""

    label: str
    share: float
    error: float
    low: float | None = None
    high: float | None = None
    at: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class BarRow:
    """A labelled bar with its standard error and the words at its end."""

    label: str
    value: float
    error: float
    words: str
    strong: bool = False


@dataclass(frozen=True)
class DotRow:
    """A claim in its predictive distribution.

    Attributes
    ----------
    position : float or None
        The share of the distribution below it; of a bound, the probability that it is met. None where it stands alone.
    """

    label: str
    position: float | None
    words: str
    bound: bool = False
    approximate: bool = False
    flagged: bool = False


@dataclass(frozen=True)
class Step:
    """A bar of a waterfall: from ``start`` to ``end``; an end of it where both are the same total."""

    label: str
    details: str
    start: float
    end: float
    error: float
    words: str
    level: bool = False


def _rows(labels: Sequence[str], width: float, head: float = 0.0) -> tuple[Figure, float, list[float]]:
    """Return a figure with labels written downwards, the height of them all, and the middle of each, in inches from ``head``."""
    wrapped = [s.wrap(label, width, s.SMALL, most=3) for label in labels]
    heights = [s.inches(len(lines), s.SMALL) + 2 * _PAD for lines in wrapped]
    figure = Figure(figsize=(s.WIDTH, head + sum(heights) + _FOOT))
    top, middles = 0.0, []
    for lines, height in zip(wrapped, heights, strict=True):
        s.put(figure, 0.0, head + top + _PAD, lines, s.SMALL)
        middles.append(top + height / 2 - _RAISED)
        top += height
    return figure, top, middles


def drivers_chart(rows: Sequence[DriverRow], median: float, display: Display) -> Figure:
    """Draw shares of variance as bars, and beside them the tornado: the total's median at both ends of a quantity."""
    label, share, gap = 2.55, 1.35, 0.32
    tornado = s.WIDTH - label - share - 2 * gap
    unit = f", {display.cell}" if display.cell else ""
    over = s.wrap(f"Median at its 5% and 95%{unit}", tornado, s.SMALL, "semibold", most=3)
    head = _HEAD + s.inches(len(over) - 1, s.SMALL)
    figure, body, middles = _rows([row.label for row in rows], label, head)
    s.put(figure, label + gap, 0.0, ["Share of the variance"], s.SMALL, weight="semibold")
    s.put(figure, label + share + 2 * gap, 0.0, over, s.SMALL, weight="semibold")
    bars = s.axes_at(figure, label + gap, head, share, body)
    most = max([row.share + row.error for row in rows] + [0.05])
    s.set_ticks(bars, 0.0, 1.08 * most, share, log=False, write=lambda x: stated_percent(x, PRINT))
    swings = s.axes_at(figure, label + share + 2 * gap, head, tornado, body)
    ends = [x for row in rows for x in (row.low, row.high) if x is not None] + [median]
    room = 0.1 * (max(ends) - min(ends)) or abs(median) * 0.1 or 1.0
    s.set_ticks(swings, min(ends) - room, max(ends) + room, tornado, log=False, write=display.tick)
    for axes in (bars, swings):
        s.of_rows(axes, body)
    for row, middle in zip(rows, middles, strict=True):
        bars.barh(middle, row.share, height=0.11, color=s.POSTERIOR_MID if row.low is not None else s.CLAIM_MUTED, gid="share")
        bars.plot([max(row.share - row.error, 0), row.share + row.error], [middle, middle], color=s.INK, lw=0.8)
        if row.low is not None and row.high is not None:
            swings.plot([row.low, row.high], [middle, middle], color=s.POSTERIOR_MID, lw=5, solid_capstyle="butt", gid="swing")
            swings.plot([row.low], [middle], "o", color="white", mec=s.POSTERIOR, mew=1.1, ms=4.6, gid="low")
            swings.plot([row.high], [middle], "o", color=s.POSTERIOR, ms=4.6, gid="high")
    swings.axvline(median, color=s.POSTERIOR, lw=0.8)
    return figure


def bars_chart(rows: Sequence[BarRow], write: Callable[[float], str], *, threshold: float | None = None) -> Figure:
    """Draw labelled bars with their standard errors."""
    label, words, gap = 3.3, 0.75, 0.15
    width = s.WIDTH - label - words - 2 * gap
    figure, body, middles = _rows([row.label for row in rows], label)
    axes = s.axes_at(figure, label + gap, 0.0, width, body)
    low = min([row.value - row.error for row in rows] + [0.0])
    high = max([row.value + row.error for row in rows] + [threshold or 0.0, 1e-9])
    s.set_ticks(axes, low, 1.05 * high, width, log=False, write=write)
    s.of_rows(axes, body)
    for row, middle in zip(rows, middles, strict=True):
        axes.barh(middle, row.value, height=0.11, color=s.CLAIM if row.strong else s.POSTERIOR_MID, gid="bar")
        if row.error:
            axes.plot([row.value - row.error, row.value + row.error], [middle, middle], color=s.INK, lw=0.8)
        s.put(figure, label + width + 2 * gap, middle + _RAISED - s.inches(1, s.SMALL) / 2, [row.words], s.SMALL, weight="semibold")
    if threshold is not None:
        axes.axvline(threshold, color=s.STAMP, lw=0.7, ls=(0, (4, 2)), gid="threshold")
    return figure


def dots_chart(rows: Sequence[DotRow]) -> Figure:
    """Draw each claim where it lies in its predictive distribution; the outer twentieths are shaded."""
    label, words, gap = 3.0, 1.35, 0.15
    width = s.WIDTH - label - words - 2 * gap
    figure, body, middles = _rows([row.label for row in rows], label)
    axes = s.axes_at(figure, label + gap, 0.0, width, body)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    s.of_rows(axes, body)
    for low, high in ((-0.03, 0.025), (0.975, 1.03)):
        axes.axvspan(low, high, color=s.STAMP, alpha=0.10, lw=0)
    for row, middle in zip(rows, middles, strict=True):
        colour = s.STAMP if row.flagged else s.POSTERIOR
        if row.position is not None:
            axes.plot([row.position], [middle], "D" if row.bound else "o", color="white" if row.approximate else colour, mec=colour,
                      mew=1.1, ms=5, gid="claim", clip_on=False)
        s.put(figure, label + width + 2 * gap, middle + _RAISED - s.inches(1, s.SMALL) / 2, s.wrap(row.words, words, s.SMALL, most=1),
              s.SMALL, color=colour if row.position is not None else s.SOFT)
    return figure


def waterfall_chart(title: str, steps: Sequence[Step], display: Display) -> Figure:
    """Draw how one median becomes another."""
    label, words, gap = 2.6, 0.85, 0.15
    width = s.WIDTH - label - words - 2 * gap
    heights, texts = [], []
    for step in steps:
        lines = s.wrap(step.label, label, s.SMALL, "semibold", most=2), s.wrap(step.details, label, s.SMALL, most=4) if step.details else []
        texts.append(lines)
        heights.append(s.inches(len(lines[0]) + len(lines[1]), s.SMALL) + 2 * _PAD)
    body = sum(heights)
    heads = s.wrap(title, s.WIDTH, s.MEDIUM, "semibold", most=2)
    head = s.inches(len(heads), s.MEDIUM) + s.inches(1, s.SMALL) + 0.04
    figure = Figure(figsize=(s.WIDTH, head + body + _FOOT))
    below = s.put(figure, 0.0, 0.0, heads, s.MEDIUM, weight="semibold")
    s.put(figure, 0.0, below, [f"Median, {display.cell}" if display.cell else "Median"], s.SMALL, color=s.SOFT)
    axes = s.axes_at(figure, label + gap, head, width, body)
    low, high = min(min(step.start, step.end) - step.error for step in steps), max(max(step.start, step.end) + step.error for step in steps)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    s.set_ticks(axes, low - room, high + room, width, log=False, write=display.tick)
    s.of_rows(axes, body)
    top = 0.0
    for i, (step, (first, second), height) in enumerate(zip(steps, texts, heights, strict=True)):
        middle = top + height / 2 - _RAISED
        under = s.put(figure, 0.0, head + top + _PAD, first, s.SMALL, weight="semibold")
        s.put(figure, 0.0, under, second, s.SMALL, color=s.SOFT)
        if step.level:
            axes.plot([step.end], [middle], "o", color=s.POSTERIOR, ms=6, gid="level", zorder=4)
        else:
            colour = s.POSTERIOR_MID if step.end >= step.start else s.CLAIM
            axes.barh(middle, step.end - step.start, left=step.start, height=0.13, color=colour, gid="part", zorder=3)
            axes.plot([step.end - step.error, step.end + step.error], [middle, middle], color=s.INK, lw=0.8, zorder=5)
        if i + 1 < len(steps):
            axes.plot([step.end, step.end], [middle, top + height + heights[i + 1] / 2], color=s.PRIOR, lw=0.6, zorder=2)
        s.put(figure, label + width + 2 * gap, head + middle + _RAISED - s.inches(1, s.SMALL) / 2, [step.words], s.SMALL, weight="semibold")
        top += height
    return figure


# ------------------------------------------------------------ the influence diagram


@dataclass(frozen=True)
class Card:
    """A node of the influence diagram: what it is called, a line under it, the column it stands in."""

    key: str
    title: str
    under: str
    column: int


@dataclass(frozen=True)
class Link:
    """An edge from one card to another; ``weight`` in [0, 1] is its width, negative ones are dashed."""

    start: str
    end: str
    weight: float


_COLUMNS = (2.0, 1.42, 1.42, 0.95)
_SPACE = 0.09
_CARD = 0.045


def influence_chart(cards: Sequence[Card], links: Sequence[Link], heads: Sequence[str]) -> Figure:
    """Draw what leads to a total in columns from left to right; each card stands near the middle of what leads to it."""
    gap = (s.WIDTH - sum(_COLUMNS)) / (len(_COLUMNS) - 1)
    lefts = [sum(_COLUMNS[:i]) + i * gap for i in range(len(_COLUMNS))]
    laid = {card.key: _lay(card) for card in cards}
    columns = _ordered(cards, links)
    heights = [sum(laid[c.key][1] for c in column) + _SPACE * (len(column) - 1) for column in columns]
    body, head = max(heights), 0.26
    figure = Figure(figsize=(s.WIDTH, head + body + 0.04))
    axes = s.axes_at(figure, 0.0, 0.0, s.WIDTH, head + body + 0.04)
    axes.set_xlim(0, s.WIDTH)
    axes.set_ylim(head + body + 0.04, 0)
    axes.set_axis_off()
    boxes: dict[str, tuple[float, float, float, float]] = {}
    for number, (column, height) in enumerate(zip(columns, heights, strict=True)):
        spread = (body - height) / (len(column) + 1) if column else 0.0
        top = head + spread
        s.put(figure, lefts[number], 0.0, [heads[number]] if column else [], s.SMALL, color=s.SOFT)
        for card in column:
            boxes[card.key] = (lefts[number], top, _COLUMNS[number], laid[card.key][1])
            _card(figure, axes, card, laid[card.key][0], boxes[card.key])
            top += laid[card.key][1] + _SPACE + spread
    for link in sorted(links, key=lambda link: abs(link.weight)):
        if link.start in boxes and link.end in boxes:
            _edge(axes, boxes[link.start], boxes[link.end], link.weight)
    return figure


def _lay(card: Card) -> tuple[tuple[list[str], list[str]], float]:
    width = _COLUMNS[card.column] - 2 * _CARD
    titles = s.wrap(card.title, width, s.SMALL, "semibold", most=2 if card.column == 0 else 4)
    under = s.wrap(card.under, width, s.SMALL, most=2) if card.under else []
    return (titles, under), s.inches(len(titles) + len(under), s.SMALL) + 2 * _CARD


def _ordered(cards: Sequence[Card], links: Sequence[Link]) -> list[list[Card]]:
    """Order the cards of each column by the mean place of what they lead to, so that fewer edges cross."""
    columns: list[list[Card]] = [[card for card in cards if card.column == i] for i in range(len(_COLUMNS))]
    place = {card.key: (i + 0.5) / len(column) for column in columns for i, card in enumerate(column)}

    def mean(card: Card) -> float:
        others = [(place[x], abs(link.weight) + 1e-3) for link in links for x in (link.start, link.end)
                  if card.key in (link.start, link.end) and x != card.key and x in place]
        return float(np.average([p for p, _ in others], weights=[w for _, w in others])) if others else place[card.key]

    for sweep in range(6):
        for column in columns if sweep % 2 else reversed(columns):
            column.sort(key=mean)
            place.update({card.key: (i + 0.5) / len(column) for i, card in enumerate(column)})
    return columns


def _card(figure: Figure, axes: Axes, card: Card, text: tuple[list[str], list[str]], box: tuple[float, float, float, float]) -> None:
    left, top, width, height = box
    fill = {0: "#fbf1ea", 1: "#f3f4f6", 2: "#eef4f9", 3: s.POSTERIOR_LIGHT}[card.column]
    shape = FancyBboxPatch((left, top), width, height, boxstyle="round,pad=0,rounding_size=0.04", fc=fill, ec=s.RULE, lw=0.5,
                           zorder=5, gid="card")
    axes.add_patch(shape)
    below = s.put(figure, left + _CARD, top + _CARD, text[0], s.SMALL, weight="semibold", zorder=6)
    s.put(figure, left + _CARD, below, text[1], s.SMALL, color=s.SOFT, zorder=6)


def _edge(axes: Axes, start: tuple[float, float, float, float], end: tuple[float, float, float, float], weight: float) -> None:
    x0, y0 = start[0] + start[2], start[1] + start[3] / 2
    x1, y1 = end[0], end[1] + end[3] / 2
    bend = max((x1 - x0) / 2, 0.08)
    path = Path([(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)], [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    strength = min(abs(weight), 1.0)
    axes.add_patch(PathPatch(path, fc="none", ec=s.CLAIM if weight < 0 else s.POSTERIOR_MID, lw=0.4 + 4.2 * strength, alpha=0.85,
                             ls=(0, (2, 1)) if weight < 0 else "-", capstyle="butt", zorder=2, gid="link"))


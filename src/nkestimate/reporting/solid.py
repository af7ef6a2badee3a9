"""How solid an answer is, for a reader: the specification curve, what each source carries, and the findings in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from nkestimate.case.model import Case
from nkestimate.errors import ResultFileError
from nkestimate.fitting.runs import ROBUSTNESS, ROBUSTNESS_RESULT
from nkestimate.reporting import style as s
from nkestimate.reporting.charts import interval_bars
from nkestimate.reporting.picture import Picture, drawn_by
from nkestimate.sentences.solidity import (
    ALONE,
    REMEDY,
    answer_sentences,
    changes_words,
    kind_words,
    lost_words,
    missing_words,
    range_sentence,
    total_display,
    unsaid_rows,
    variants_words,
)
from nkestimate.solidity.refits.holding import CANNOT_BE_SAID, FAILS, HOLDS, NOT_FITTED, UNDECIDED
from nkestimate.solidity.refits.record import Robustness
from nkestimate.solidity.refits.row import QUANTILES, Row
from nkestimate.wording.choices import choice_name, level_words
from nkestimate.wording.numbers import NONE, PRINT, Display, count, counted, percent, reset
from nkestimate.wording.prose import capital

Array = NDArray[np.float64]
_LEFT, _ROW, _GROUP, _CURVE = 1.78, 0.138, 0.075, 2.35  # inches
_MOST_COLUMNS = 500  # of a specification curve: beyond, every so many of the sorted variants is drawn
_VALUE = 1.45  # inches: the column of figures of a forest
_FLATTENED = 2.5  # times the span of most intervals: what lies beyond is cut
_SPAN = 0.05  # share of an axis left free at its ends


# ------------------------------------------------------------------ the specification curve


def specification_curve(result: Robustness, total: str | None = None) -> Figure:
    """Draw a total's estimate in every variant, sorted, and below each the choices that made it.

    Parameters
    ----------
    result : Robustness
    total : str, optional
        Id of a total; default: the headline.

    Returns
    -------
    Figure
        Above: medians with 50 % (dark) and 90 % (light) intervals, the base in vermilion. Below: a dot where a choice was
        made.

    References
    ----------
    Simonsohn, Simmons & Nelson 2020, doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.solidity.refits.grid import robustness
    >>> grid = {"coverage": [0.9, 0.5], "pooling": [], "common_error": [], "dark_uncertainty": [], "one_at_a_time": []}
    >>> result = robustness(load_case(STARTER), grid, draws=100, chains=2, workers=1, progress=False)
    >>> len(specification_curve(result).axes) > 0
    True
    """
    key = total or result.headline
    rows = sorted((row for row in result.rows if row.median(key) is not None), key=lambda row: row.median(key) or 0.0)
    if len(rows) > _MOST_COLUMNS:
        picked = {round(i) for i in np.linspace(0, len(rows) - 1, _MOST_COLUMNS)} | {i for i, row in enumerate(rows) if row is result.base}
        rows = [rows[i] for i in sorted(picked)]
    shown = total_display(result, key, PRINT)
    choices = _choice_rows(result, rows)
    with s.style():
        heads = s.wrap(result.totals[key].label, s.WIDTH, s.MEDIUM, "semibold", most=2)
        head = s.inches(len(heads) + 1, s.MEDIUM) + 0.1
        below = sum(_ROW * len(levels) + _GROUP for _, levels in choices)
        figure = Figure(figsize=(s.WIDTH, head + _CURVE + 0.12 + below))
        top = s.put(figure, 0.0, 0.0, heads, s.MEDIUM, weight="semibold")
        s.put(figure, 0.0, top, [f"{shown.column}; each column one of {count(len(rows))} variants, sorted by its median"], color=s.SOFT)
        across = s.WIDTH - _LEFT
        axes = s.axes_at(figure, _LEFT, head, across, _CURVE)
        _curve(axes, result, rows, key, shown)
        matrix = s.axes_at(figure, _LEFT, head + _CURVE + 0.12, across, below)
        _matrix(figure, matrix, rows, choices, head + _CURVE + 0.12, below)
    return figure


def _curve(axes: Axes, result: Robustness, rows: Sequence[Row], key: str, shown: Display) -> None:
    q = np.array([[math.nan if (value := row.quantile(key, p)) is None else value for p in QUANTILES] for row in rows], float)
    low, high, log = axis_over(q, positive=result.totals[key].support == "positive")
    x = np.arange(len(rows))
    space = (s.WIDTH - _LEFT) * 72 / max(len(rows), 1)
    colours = [s.CLAIM if row is result.base else s.POSTERIOR for row in rows]
    light = ["#e3b39b" if row is result.base else s.POSTERIOR_MID for row in rows]
    for (a, b), width, shades, gid in (((0, 4), 0.45, light, "interval-90"), ((1, 3), 0.7, colours, "interval-50")):
        lines = [[(i, one[a]), (i, one[b])] for i, one in zip(x, np.nan_to_num(q, nan=high), strict=True)]
        axes.add_collection(LineCollection(lines, colors=shades, linewidths=min(width * space, 5.0), gid=gid))
    axes.scatter(x, q[:, 2], s=min(2.2 * space, 14.0), color="white", edgecolors=colours, linewidths=0.5, zorder=4, gid="medians")
    centre = result.base.median(key)
    if centre is not None:
        axes.axhline(centre, color=s.CLAIM, lw=0.8, zorder=5, gid="base", alpha=0.8)
        axes.annotate(f"as the case\nstates it:\n{shown.value(centre)}", (0.0, centre), xycoords=("axes fraction", "data"),
                      xytext=(72 * (0.06 - _LEFT), 0), textcoords="offset points", color=s.CLAIM, fontsize=s.SMALL, ha="left", va="center")
    axes.set_xlim(-0.5 - 0.01 * len(rows), len(rows) - 0.5 + 0.01 * len(rows))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    _y_ticks(axes, low, high, shown.tick, log=log)
    axes.grid(axis="y", color=s.RULE, lw=0.4, alpha=0.7)
    axes.set_axisbelow(True)


def axis_over(q: Array, *, positive: bool) -> tuple[float, float, bool]:
    """Return the ends of an axis for intervals, and whether it is logarithmic.

    It holds all medians, and all intervals unless a few would flatten the others: then nine tenths of their ends.
    """
    log = positive and float(np.nanmin(q[:, 0])) > 0 and float(np.nanmax(q[:, 4]) / np.nanmin(q[:, 0])) > 5
    ends = np.log(q[:, [0, 2, 4]]) if log else q[:, [0, 2, 4]]
    low, high = float(np.nanmin(ends[:, 0])), float(np.nanmax(ends[:, 2]))
    core = float(np.nanquantile(ends[:, 0], 0.1)), float(np.nanquantile(ends[:, 2], 0.9))
    if high - low > _FLATTENED * (core[1] - core[0]):
        low, high = min(core[0], float(np.nanmin(ends[:, 1]))), max(core[1], float(np.nanmax(ends[:, 1])))
    return (*_widened(math.exp(low), math.exp(high), log), log) if log else (*_widened(low, high, log), log)


def _widened(low: float, high: float, log: bool) -> tuple[float, float]:
    if log:
        room = max((high / low) ** _SPAN, 1.05)
        return low / room, high * room
    room = _SPAN * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _y_ticks(axes: Axes, low: float, high: float, write: Callable[[float], str], *, log: bool) -> None:
    axes.set_yscale("log" if log else "linear")
    axes.set_ylim(low, high)
    candidates = s.log_ticks(low, high) if log else s.linear_ticks(low, high)
    chosen = next((ticks for ticks in candidates if 2 <= len(ticks) <= 7), None) or next(s.two_ticks(low, high, log=log), [low, high])
    axes.set_yticks(chosen, [write(tick) for tick in chosen])
    axes.set_yticks([], minor=True)


Mark = Callable[[Row], bool]


def _choice_rows(result: Robustness, rows: Sequence[Row]) -> list[tuple[str, list[tuple[str, Mark]]]]:
    """Return the groups of rows below the curve: each level with a test whether a variant chose it."""
    groups: list[tuple[str, list[tuple[str, Mark]]]] = []
    for name, levels in result.levels.items():
        marks = [(level_words(name, level, PRINT), _chose(name, level)) for level in levels]
        groups.append((choice_name(name), marks))
    kinds = {row.variant.kind for row in rows}
    alone = [(kind_words(kind), _is_of(kind)) for kind in ALONE if kind in kinds]
    return [*groups, ("one change", alone)] if alone else groups


def _chose(name: str, level: Any) -> Mark:
    return lambda row: row.variant.in_grid and row.variant.choices[name] == level


def _is_of(kind: str) -> Mark:
    return lambda row: row.variant.kind == kind


def _matrix(figure: Figure, axes: Axes, rows: Sequence[Row], groups: Sequence[tuple[str, list[tuple[str, Mark]]]], top: float,
            height: float) -> None:
    space = (s.WIDTH - _LEFT) * 72 / max(len(rows), 1)
    axes.set_xlim(-0.5 - 0.01 * len(rows), len(rows) - 0.5 + 0.01 * len(rows))
    axes.set_ylim(height, 0)
    axes.axis("off")
    width, whole = figure.get_size_inches()
    at = 0.0
    for name, levels in groups:
        figure.text(0.0, 1 - (top + at + _ROW / 2) / whole, name, fontsize=s.SMALL, va="center", weight="semibold")
        for words, chosen in levels:
            y = at + _ROW / 2
            figure.text((_LEFT - 0.1) / width, 1 - (top + y) / whole, words, fontsize=s.SMALL, va="center", ha="right", color=s.SOFT)
            axes.axhline(y, color=s.RULE, lw=0.35, alpha=0.6, zorder=0)
            x = [i for i, row in enumerate(rows) if chosen(row)]
            colours = [s.CLAIM if rows[i].variant.kind == "base" else s.INK for i in x]
            axes.scatter(x, [y] * len(x), s=min(max(1.3 * space, 2.0), 12.0), color=colours, lw=0, zorder=2, gid="choice")
            at += _ROW
        at += _GROUP


# ------------------------------------------------------------------ leaving one out


def leave_one_out_forest(result: Robustness, total: str | None = None, kind: str = "source") -> Figure:
    """Draw a total's estimate with each source left out, next to the base.

    Parameters
    ----------
    result : Robustness
    total : str, optional
        Id of a total; default: the headline.
    kind : str
        ``source``, or another kind of single change: ``group``, ``document``, ``claim``, ``reading``, ``scenario``.

    Returns
    -------
    Figure
        What cannot be said without one comes first, then by how much the median moves.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.solidity.refits.grid import robustness
    >>> grid = {"coverage": [0.9, 0.5], "pooling": [], "common_error": [], "dark_uncertainty": [], "one_at_a_time": ["sources"]}
    >>> result = robustness(load_case(STARTER), grid, draws=100, chains=2, workers=1, progress=False)
    >>> len(leave_one_out_forest(result).axes) > 0
    True
    """
    key = total or result.headline
    shown, centre = total_display(result, key, PRINT), result.base.median(key) or 0.0
    alone = [row for row in result.rows if row.variant.kind == kind]
    alone.sort(key=lambda row: -math.inf if (median := row.median(key)) is None else -abs(median - centre))
    left = s.WIDTH - _VALUE - 2.55 - 0.25
    with s.style():
        laid = [(row, s.wrap(_name(row), left, s.MEDIUM, "semibold" if row is result.base else "regular", most=3))
                for row in (result.base, *alone)]
        heights = [s.inches(len(lines), s.MEDIUM) + 0.1 for _, lines in laid]
        heads = s.wrap(result.totals[key].label, s.WIDTH, s.MEDIUM, "semibold", most=2)
        head = s.inches(len(heads) + 1, s.MEDIUM) + 0.12
        figure = Figure(figsize=(s.WIDTH, head + sum(heights) + 0.27))
        top = s.put(figure, 0.0, 0.0, heads, s.MEDIUM, weight="semibold")
        s.put(figure, 0.0, top, [f"{shown.column}; median with 50% and 90% intervals"], color=s.SOFT)
        axes = s.axes_at(figure, left + 0.15, head, 2.55, sum(heights))
        known = [[row.quantile(key, p) for p in QUANTILES] for row, _ in laid]
        ends = [value for q in known for value in (q[0], q[4]) if value is not None] or [1.0, 2.0]
        log = result.totals[key].support == "positive" and min(ends) > 0 and max(ends) / min(ends) > 5
        low, high = _widened(min(ends), max(ends), log)
        s.set_ticks(axes, low, high, 2.55, log=log, write=shown.tick)
        s.of_rows(axes, sum(heights))
        axes.axvline(centre, color=s.CLAIM, lw=0.8, alpha=0.8, gid="base")
        at = 0.0
        for (row, lines), q, height in zip(laid, known, heights, strict=True):
            _forest_row(figure, axes, row, lines, q, shown, head + at, at + height / 2, height, base=row is result.base)
            at += height
    return figure


def _name(row: Row) -> str:
    return "As the case states it" if row.variant.kind == "base" else reset(capital(row.variant.label), PRINT)


def _forest_row(figure: Figure, axes: Axes, row: Row, lines: list[str], q: list[float | None], shown: Display, top: float, y: float,
                height: float, *, base: bool) -> None:
    width, whole = figure.get_size_inches()
    colour = s.CLAIM if base else s.INK
    strip = (1 - (top + height) / whole, height / whole) if base else (1 - (top + 0.4 / 72) / whole, 0.4 / 72 / whole)
    figure.add_artist(Rectangle((0, strip[0]), 1, strip[1], transform=figure.transFigure, fc="#fbefe8" if base else s.RULE, lw=0,
                                zorder=-2))
    s.put(figure, 0.04 if base else 0.0, top + 0.06, lines, s.MEDIUM, color=colour, weight="semibold" if base else "regular")
    at = 1 - (top + height / 2) / whole
    if all(value is not None for value in q):
        known = [float(value) for value in q if value is not None]
        dark, mid = (s.CLAIM, "#e3b39b") if base else (s.POSTERIOR, s.POSTERIOR_MID)
        interval_bars(axes, y, dict(zip(map(float, QUANTILES), known, strict=True)), dark, mid, 0.75)
        figure.text(1 - _VALUE / width, at, f"{shown.number(known[2])} ({shown.bare_range(known[0], known[4])})", fontsize=s.SMALL,
                    va="center", color=colour)
    else:
        told = missing_words(row)
        figure.text(1 - _VALUE / width, at, told, fontsize=s.SMALL, va="center", color=s.STAMP, gid="unsaid")


# ------------------------------------------------------------------ into the report, and into a folder


def pictures(result: Robustness, lost: list[str] | None = None) -> list[Picture]:
    """Draw what the report shows: the headline's specification curve and its leave-one-source-out forest; see `drawn_by` for ``lost``."""
    return drawn_by({
        "the specification curve": lambda: [_every_variant(result)],
        "sources left out": lambda: _left_out(result, "source", "solid-sources", "each source"),
        "groups of sources left out": lambda: _left_out(result, "group", "solid-groups", "each group of sources")}, lost)


def _every_variant(result: Robustness) -> Picture:
    label, alt = result.totals[result.headline].label, f"Specification curve. {_told(result, result.headline)}"
    return Picture("solid", "solid-specification-curve", specification_curve(result), alt,
                   f"{label} in every variant, sorted; below each, the choices that made it")


def _left_out(result: Robustness, kind: str, name: str, each: str) -> list[Picture]:
    label, rows = result.totals[result.headline].label, [row for row in result.rows if row.variant.kind == kind]
    alt = f"{label} with {each} left out: " + " ".join(_row_alt(result, row) for row in rows)
    return [Picture("solid", name, leave_one_out_forest(result, kind=kind), alt, f"{label}, with {each} left out")] if rows else []


def _row_alt(result: Robustness, row: Row) -> str:
    shown, median = total_display(result, result.headline, PRINT), row.median(result.headline)
    return f"{reset(row.variant.label, PRINT)}: {shown.value(median) if median is not None else 'cannot be said'}."


def _told(result: Robustness, total: str) -> str:
    """Return a total's sentence as the report prints it."""
    return range_sentence(result.ranges[total], total_display(result, total, PRINT))


def stored(folder: Path, case: Case) -> Robustness | None:
    """Return what `nkestimate robustness` left in a run's folder, where it is of that case, be it of an earlier state of it."""
    try:
        found = Robustness.load(folder / ROBUSTNESS / ROBUSTNESS_RESULT)
    except ResultFileError:
        return None
    return found if (found.case, found.title, found.scenario) == (case.id, case.title, case.scenario) else None


def section(result: Robustness, case: Case) -> dict[str, Any]:
    """Return what the report's section "How solid" prints: strings and lists, no ids."""
    states = (HOLDS, FAILS, UNDECIDED, CANNOT_BE_SAID, NOT_FITTED)
    sentences = answer_sentences(result, PRINT)
    answers = [
        {"label": found.label, "base": percent(found.probability, PRINT),
         "counts": [count(found.count(state)) if found.count(state) else NONE for state in states],
         "sentence": sentences[key]}
        for key, found in result.answers.items()
    ]
    draws = f"{counted(result.sampling['chains'], 'chain')} of {counted(result.sampling['draws'], 'draw')}"
    missing = any(found.count(NOT_FITTED) for found in result.answers.values())
    columns = ["Question", "Yes, here", "Holds", "Fails", "Undecided", "Not said", "No fit"]
    return {"stale": result.digest != case.digest, "columns": columns if missing else columns[:-1], "counted": variants_words(result),
            "headline": _told(result, result.headline), "answers": answers, "sampling": draws,
            "unsaid": [[list(changes), list(subjects), _lost(result, changes)] for changes, subjects in unsaid_rows(result, PRINT)],
            "remedy": REMEDY}


def _lost(result: Robustness, changes: tuple[str, ...]) -> list[str]:
    """Write of what there is no estimate under some changes; where that differs, under which."""
    lost = lost_words(result, changes, PRINT)
    return [f"{labels} ({changes_words(those)})" for labels, those in lost.items()] if len(lost) > 1 else list(lost)

"""Pictures of distributions and chains: plain arrays in, a `Figure` out.

Nothing here knows of cases or fits; `nkestimate.reporting.figures` unpacks those.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import MONTHLY, AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nkestimate.fitting.densities import density
from nkestimate.reporting import style as s
from nkestimate.wording.numbers import Display, count

Array = NDArray[np.float64]
_INSET = 0.08  # inches: room for the labels of an axis' ends


@dataclass(frozen=True)
class Panel:
    """One total, prior against posterior.

    Attributes
    ----------
    title, tag : str
        Its label, and what its prior is.
    prior, posterior : array, shape (draw,)
        In the total's unit.
    quantiles, prior_quantiles : mapping
        At `QUANTILES`, in the total's unit.
    log : bool
        Whether its axis is logarithmic.
    fraction : bool
        Whether it lies between 0 and 1.
    scale : str
        Its working scale: ``log``, ``logit`` or ``identity``.
    """

    title: str
    tag: str
    prior: Array
    posterior: Array
    quantiles: Mapping[float, float]
    prior_quantiles: Mapping[float, float]
    display: Display
    log: bool
    fraction: bool = False
    scale: str = "identity"


@dataclass(frozen=True)
class Mark:
    """A claim at a date: the stated range, its centre, and which way a bound points."""

    when: date
    low: float
    high: float
    centre: float
    bound: str | None = None


@dataclass(frozen=True)
class Fan:
    """A total over time.

    Attributes
    ----------
    quantiles : array, shape (probability, date)
        At `QUANTILES`.
    """

    title: str
    display: Display
    dates: Sequence[date]
    quantiles: Array
    marks: Sequence[Mark] = field(default=())


# ------------------------------------------------------------------ one distribution


def interval_bars(axes: Axes, y: float, quantiles: Mapping[float, float], dark: str, mid: str, height: float = 1.0) -> None:
    """Draw the 90 % interval thin, the 50 % interval thick, and the median as a dot."""
    q = quantiles
    axes.plot([q[0.05], q[0.95]], [y, y], color=mid, lw=2.2 * height, solid_capstyle="butt", gid="interval-90", zorder=3)
    axes.plot([q[0.25], q[0.75]], [y, y], color=dark, lw=5.0 * height, solid_capstyle="butt", gid="interval-50", zorder=4)
    axes.plot([q[0.5]], [y], "o", color="white", mec=dark, mew=1.2, ms=5.2 * height, gid="median", zorder=5)


def headline_chart(panel: Panel) -> Figure:
    """Draw the headline's posterior with its intervals, its prior faint behind it."""
    width, height = 4.15, 3.05
    figure = Figure(figsize=(width, height))
    top = s.put(figure, 0.02, 0.02, s.wrap(panel.title, width - 0.1, s.MEDIUM, "semibold", most=3), s.MEDIUM, weight="semibold")
    top = s.put(figure, 0.02, top, [panel.display.column], color=s.SOFT) + 0.3
    across = width - 2 * _INSET
    axes = density_axes(figure, panel, _INSET, top, across, height - top - 0.62)
    low, high = headline_range(panel)
    peak = axes.get_ylim()[1] / 1.02
    median = panel.quantiles[0.5]
    axes.plot([median, median], [0, 1.02 * peak], color=s.POSTERIOR, lw=0.9, clip_on=False)
    _say_median(axes, panel, low, high, across)
    words = f"50% interval {panel.display.range(panel.quantiles[0.25], panel.quantiles[0.75])}\n"
    words += f"90% interval {panel.display.range(panel.quantiles[0.05], panel.quantiles[0.95])}"
    figure.text(0.5, 0.02 / height, words, fontsize=s.SMALL, color=s.SOFT, ha="center", va="bottom", linespacing=1.3)
    return figure


def density_axes(figure: Figure, panel: Panel, left: float, top: float, width: float, height: float) -> Axes:
    """Draw the headline's curves with its intervals below them, at a place in inches from the figure's left and top edge."""
    axes = s.axes_at(figure, left, top, width, height)
    low, high = headline_range(panel)
    s.set_ticks(axes, low, high, width, log=panel.log, write=panel.display.tick, days=panel.display.since is not None)
    peak = _draw_density(axes, panel, low, high)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.26 * peak, 1.02 * peak)
    axes.axhline(0, color=s.RULE, lw=0.6)
    interval_bars(axes, -0.13 * peak, _clip(panel.quantiles, low, high), s.POSTERIOR, s.POSTERIOR_MID, 1.35)
    return axes


def headline_range(panel: Panel) -> tuple[float, float]:
    """Return the ends of the headline's axis: what holds all but a sliver of the posterior."""
    low, high = (float(x) for x in np.nanquantile(panel.posterior, [0.003, 0.985]))
    if panel.fraction:
        return 0.0, min(1.0, 1.05 * high)
    if panel.log:
        return low / 1.2, high * 1.3
    return (0.0, high) if low >= 0 and low < high / 3 else _pad(low, high)


def _draw_density(axes: Axes, panel: Panel, low: float, high: float) -> float:
    x, prior = density(panel.prior, low, high, log=panel.log, scale=panel.scale)
    axes.fill_between(x, prior, color=s.PRIOR_LIGHT, lw=0, zorder=1)
    axes.plot(x, prior, color=s.PRIOR, lw=1.0, ls=(0, (4, 2)), gid="prior", zorder=2)
    x, posterior = density(panel.posterior, low, high, log=panel.log, scale=panel.scale)
    axes.plot(x, posterior, color=s.POSTERIOR, lw=1.5, gid="posterior", zorder=3)
    for inner, outer, colour, alpha in ((0.05, 0.95, s.POSTERIOR_LIGHT, 0.75), (0.25, 0.75, s.POSTERIOR_MID, 0.75)):
        held = (x >= panel.quantiles[inner]) & (x <= panel.quantiles[outer])
        axes.fill_between(x, posterior, where=held, color=colour, alpha=alpha, lw=0, zorder=2.5)
    return float(max(posterior.max(), prior.max())) or 1.0


def _say_median(axes: Axes, panel: Panel, low: float, high: float, width: float) -> None:
    """Write the median above its line, kept inside the picture, and name both curves at the right."""
    median = panel.quantiles[0.5]
    text = f"median {panel.display.value(median)}"
    at = s.axis_position(median, low, high, 1.0, log=panel.log)
    half = s.text_width(text, s.LARGE, "semibold") / 2 / width
    axes.text(min(max(at, half), 1 - half), 1.03, text, transform=axes.transAxes, fontsize=s.LARGE, weight="semibold",
              color=s.POSTERIOR, ha="center", va="bottom")
    side, place = ("right", 1.0) if at < 0.55 else ("left", 0.0)
    axes.text(place, 0.93, "posterior", transform=axes.transAxes, fontsize=s.SMALL, color=s.POSTERIOR, ha=side, va="top")
    axes.text(place, 0.93 - 0.17 / (axes.get_position().height * axes.figure.get_figheight()), f"{panel.tag} (dashed)",  # type: ignore[union-attr]
              transform=axes.transAxes, fontsize=s.SMALL, color=s.SOFT, ha=side, va="top")


def _clip(quantiles: Mapping[float, float], low: float, high: float) -> dict[float, float]:
    return {p: min(max(value, low), high) for p, value in quantiles.items()}


def _pad(low: float, high: float) -> tuple[float, float]:
    gap = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - gap, high + gap


# ------------------------------------------------------------------ small multiples

COLUMNS, GUTTER = 3, 0.28
_PLOT, _BARS, _TICKS, _GAP = 0.78, 0.3, 0.24, 0.22


def panels_chart(panels: Sequence[Panel]) -> Figure:
    """Draw each total's prior and posterior, three abreast, with medians and 50 % and 90 % intervals."""
    width = (s.WIDTH - GUTTER * (COLUMNS - 1)) / COLUMNS
    heads = [s.wrap(p.title, width, s.MEDIUM, "semibold", most=4) for p in panels]
    tags = [s.wrap(f"{p.display.column} · {p.tag}", width, s.SMALL, most=2) for p in panels]
    rows = [range(i, min(i + COLUMNS, len(panels))) for i in range(0, len(panels), COLUMNS)]
    head_heights = [max(s.inches(len(heads[i]), s.MEDIUM) + s.inches(len(tags[i]), s.SMALL) for i in row) + 0.04 for row in rows]
    body = _PLOT + _BARS + _TICKS
    figure = Figure(figsize=(s.WIDTH, sum(head_heights) + len(rows) * body + (len(rows) - 1) * _GAP + 0.02))
    top = 0.0
    for row, head in zip(rows, head_heights, strict=True):
        for column, i in enumerate(row):
            left = column * (width + GUTTER)
            below = s.put(figure, left, top, heads[i], s.MEDIUM, weight="semibold")
            s.put(figure, left, below, tags[i], s.SMALL, color=s.SOFT)
            _panel(s.axes_at(figure, left + _INSET, top + head, width - 2 * _INSET, _PLOT + _BARS), panels[i], width - 2 * _INSET)
        top += head + body + _GAP
    return figure


def _panel(axes: Axes, panel: Panel, width: float) -> None:
    low, high = panel_range(panel)
    s.set_ticks(axes, low, high, width, log=panel.log, write=panel.display.tick, days=panel.display.since is not None)
    x, prior = density(panel.prior, low, high, log=panel.log, scale=panel.scale)
    x, posterior = density(panel.posterior, low, high, log=panel.log, scale=panel.scale)
    peak = max(float(posterior.max()), float(prior.max())) or 1.0
    floor = -peak * _BARS / _PLOT
    axes.fill_between(x, prior, color=s.PRIOR_LIGHT, lw=0)
    axes.plot(x, prior, color=s.PRIOR, lw=0.9, ls=(0, (4, 2)), gid="prior")
    axes.fill_between(x, posterior, color=s.POSTERIOR_LIGHT, alpha=0.7, lw=0)
    axes.plot(x, posterior, color=s.POSTERIOR, lw=1.2, gid="posterior")
    axes.plot([low, high], [0, 0], color=s.RULE, lw=0.5)
    interval_bars(axes, 0.34 * floor, _clip(panel.quantiles, low, high), s.POSTERIOR, s.POSTERIOR_MID, 0.75)
    interval_bars(axes, 0.74 * floor, _clip(panel.prior_quantiles, low, high), s.PRIOR, "#c4c9cf", 0.75)
    for end, beyond, marker in ((low, panel.prior_quantiles[0.05] < low, "<"), (high, panel.prior_quantiles[0.95] > high, ">")):
        if beyond:  # the interval goes on outside the picture
            axes.plot([end], [0.74 * floor], marker, color="#a9afb7", ms=4.0, clip_on=False, gid="beyond")
    axes.set_ylim(floor, 1.06 * peak)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


_REACH = 2.5


def panel_range(panel: Panel) -> tuple[float, float]:
    """Return the ends of a panel's axis: the posterior, and as much of the prior as leaves the posterior visible."""
    if panel.fraction:
        return 0.0, 1.0
    q, prior = panel.quantiles, panel.prior_quantiles
    if panel.log:
        low, high = _around([math.log(x) for x in (q[0.05], q[0.95], prior[0.05], prior[0.95])])
        return math.exp(low), math.exp(high)
    return _around([q[0.05], q[0.95], prior[0.05], prior[0.95]])


def _around(ends: Sequence[float]) -> tuple[float, float]:
    """Return ends of an axis: a little more than the posterior's interval, up to `_REACH` times it towards the prior's."""
    low, high, prior_low, prior_high = ends
    span = (high - low) or abs(high) or 1.0
    near, far = 0.4 * span, _REACH * span
    return min(low - near, max(prior_low - near, low - far)), max(high + near, min(prior_high + near, high + far))


# ------------------------------------------------------------------ over time


def fan_chart(fans: Sequence[Fan]) -> Figure:
    """Draw totals over time: median, 50 % and 90 % bands, and the claims made about them at their dates."""
    columns = 2 if len(fans) > 1 else 1
    gutter, left, plot = 0.35, 0.62, 1.45
    width = (s.WIDTH - gutter * (columns - 1)) / columns
    heads = [s.wrap(f.title, width, s.MEDIUM, "semibold", most=3) for f in fans]
    rows = [range(i, min(i + columns, len(fans))) for i in range(0, len(fans), columns)]
    head_heights = [max(s.inches(len(heads[i]), s.MEDIUM) for i in row) + s.inches(1, s.SMALL) + 0.08 for row in rows]
    figure = Figure(figsize=(s.WIDTH, sum(head_heights) + len(rows) * (plot + 0.5) - 0.12))
    top = 0.0
    for row, head in zip(rows, head_heights, strict=True):
        for column, i in enumerate(row):
            x = column * (width + gutter)
            below = s.put(figure, x, top, heads[i], s.MEDIUM, weight="semibold")
            s.put(figure, x, below, [fans[i].display.column], color=s.SOFT)
            _fan(s.axes_at(figure, x + left, top + head, width - left - 0.05, plot), fans[i])
        top += head + plot + 0.5
    return figure


def _fan(axes: Axes, fan: Fan) -> None:
    factor = fan.display.factor
    days = date2num(list(fan.dates))  # type: ignore[no-untyped-call]
    q05, q25, q50, q75, q95 = factor * fan.quantiles
    axes.fill_between(days, q05, q95, color=s.POSTERIOR_LIGHT, lw=0, gid="band-90")
    axes.fill_between(days, q25, q75, color=s.POSTERIOR_MID, lw=0, gid="band-50")
    axes.plot(days, q50, color=s.POSTERIOR, lw=1.5, gid="median")
    highest = float(np.nanmax([np.nanmax(q95), *(factor * m.centre for m in fan.marks), 1e-300]))
    lowest = float(np.nanmin([np.nanmin(q05), 0.0]))
    for mark in fan.marks:
        _mark(axes, mark, factor)
    axes.set_ylim(lowest, 1.08 * highest)
    axes.set_xlim(days[0], days[-1] + 0.015 * (days[-1] - days[0]))
    axes.set_yticks(ticks := next(t for t in s.linear_ticks(lowest, 1.08 * highest) if len(t) <= 6),
                    [Display(1.0, "").tick(t) for t in ticks])
    locator = AutoDateLocator(minticks=3, maxticks=5)  # type: ignore[no-untyped-call]
    locator.intervald[MONTHLY] = [1, 2, 3, 4, 6, 12]  # without a whole year, two to four years have too many ticks
    axes.xaxis.set_major_locator(locator)
    formats = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S"]
    zeros = ["", "%b\n%Y", "%b", "%d %b", "%H:%M", "%H:%M"]
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, formats=formats, zero_formats=zeros, show_offset=False))  # type: ignore[no-untyped-call]
    axes.grid(axis="y", color=s.RULE, lw=0.4, alpha=0.7)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _mark(axes: Axes, mark: Mark, factor: float) -> None:
    x = date2num(mark.when)  # type: ignore[no-untyped-call]
    if mark.bound:
        sign = -1 if mark.bound == "at_most" else 1
        axes.annotate("", (x, factor * mark.centre), xytext=(0, sign * 16), textcoords="offset points", annotation_clip=False,
                      arrowprops={"arrowstyle": "<-", "color": s.CLAIM, "lw": 1.0, "shrinkA": 0, "shrinkB": 0})
    else:
        axes.plot([x, x], [factor * mark.low, factor * mark.high], color=s.CLAIM, lw=1.3, clip_on=True)
    axes.plot([x], [factor * mark.centre], "D", color=s.CLAIM, ms=3.6, gid="claim", clip_on=False)


# ------------------------------------------------------------------ chains


_CHAIN_WIDTH, _BINS = 2.62, 20


def chains_chart(draws: Array, display: Display, *, log: bool) -> Figure:
    """Draw the trace of one total, and how the ranks of each chain's draws are spread.

    Parameters
    ----------
    draws : array, shape (chain, draw)
    """
    figure = Figure(figsize=(s.WIDTH, 1.95))
    s.put(figure, 0.0, 0.0, [f"Trace, {display.column}"], s.MEDIUM, weight="semibold")
    s.put(figure, 0.5 * s.WIDTH + 0.08, 0.0, ["Ranks of each chain's draws"], s.MEDIUM, weight="semibold")
    trace = s.axes_at(figure, 0.5, 0.25, _CHAIN_WIDTH, 1.28)
    ranks = s.axes_at(figure, 0.5 * s.WIDTH + 0.55, 0.25, _CHAIN_WIDTH, 1.28)
    for chain, values in enumerate(draws):
        trace.plot(np.arange(1, len(values) + 1), display.factor * values, color=s.CHAINS[chain % len(s.CHAINS)], lw=0.35, alpha=0.8)
    _trace_ticks(trace, display.factor * draws, log)
    trace.set_xlabel("draw")
    _ranks(ranks, draws)
    return figure


def _trace_ticks(axes: Axes, values: Array, log: bool) -> None:
    finite = values[np.isfinite(values) & ((values > 0) | (not log))]
    low, high = (float(np.min(finite)), float(np.max(finite))) if finite.size else (0.0, 1.0)
    if not high > low:
        low, high = _pad(low, high) if not log else (low / 2, high * 2)
    axes.set_yscale("log" if log else "linear")
    axes.set_ylim(low, high)
    candidates = s.log_ticks(low, high) if log else s.linear_ticks(low, high)
    ticks = next((t for t in candidates if 2 <= len(t) <= 6), None) or next(s.two_ticks(low, high, log=log), [low, high])
    axes.set_yticks(ticks, [Display(1.0, "").tick(t) for t in ticks])
    axes.set_yticks([], minor=True)


def _ranks(axes: Axes, draws: Array) -> None:
    ranks = np.argsort(np.argsort(draws, axis=None)).reshape(draws.shape)
    edges = np.linspace(0, draws.size, _BINS + 1)
    expected = draws.shape[1] / _BINS
    axes.axhspan(expected - 2 * expected**0.5, expected + 2 * expected**0.5, color=s.PRIOR_LIGHT, lw=0)
    for chain, mine in enumerate(ranks):
        counts, _ = np.histogram(mine, bins=edges)
        axes.stairs(counts, edges, color=s.CHAINS[chain % len(s.CHAINS)], lw=1.0, baseline=None, gid="ranks")
    axes.axhline(expected, color=s.SOFT, lw=0.6, ls=":")
    s.set_ticks(axes, 0.0, float(draws.size), _CHAIN_WIDTH, log=False, write=count)
    axes.set_ylim(0, None)
    axes.set_xlabel("rank among all draws")
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda value, _: count(value))

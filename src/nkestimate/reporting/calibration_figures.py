"""The pictures of a calibration: ECDFs of ranks and of the claims' places less the diagonal, with their bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nkestimate.reporting import style as s
from nkestimate.reporting.picture import Picture, drawn_by
from nkestimate.sentences.solidity import chance
from nkestimate.solidity.calibrating.record import Calibration, Ranked
from nkestimate.solidity.calibrating.uniformity import COVERAGE, band, ecdf
from nkestimate.wording.numbers import PRINT, count, counted, percent, stated_percent, tick

Array = NDArray[np.float64]
_COLUMNS, _MOST, _LINES = 3, 24, 2
_HIGH, _GAP, _FOOT, _LEFT = 1.15, 0.3, 0.42, 0.45


def calibration_pictures(result: Calibration, lost: list[str] | None = None) -> list[Picture]:
    """Draw ranks and the claims' places; see `drawn_by` for ``lost``."""
    with s.style():
        drawn = drawn_by({"ranks": lambda: ranks(result), "claims": lambda: claims(result)}, lost)
        for picture in drawn:
            if not result.ok:
                s.stamp(picture.figure)
        return drawn


def ranks(result: Calibration) -> list[Picture]:
    """Draw a small panel for each thing that was ranked; of more than 24, the 24 that are least uniform."""
    if not result.ranked:
        return []
    kept = sorted(result.ranked, key=lambda one: one.uniformity.p)[:_MOST]
    shown = [one for one in result.ranked if one in kept]
    left_out = "" if len(shown) == len(result.ranked) else f" The least uniform {count(len(shown))} of {count(len(result.ranked))}."
    held = stated_percent(COVERAGE, PRINT)
    outside = [one.label for one in shown if not one.uniformity.inside]
    alt = (f"{counted(len(shown), 'panel')}: the ECDF of the ranks of {counted(result.simulations, 'truth')} less the diagonal, in a "
           f"{held} band. Outside it: {', '.join(outside) or 'none'}.")
    caption = (f"ECDF of the ranks of truths among draws, less the diagonal; shaded, where it stays with {held} probability if the ranks "
               f"are uniform.{left_out}")
    return [Picture("calibration", "ranks", ranks_figure(shown), alt, caption)]


def ranks_figure(shown: Sequence[Ranked]) -> Figure:
    """Draw panels of ECDFs, three in a row."""
    width = (s.WIDTH - _COLUMNS * _LEFT - 0.1) / _COLUMNS
    head = s.inches(_LINES, s.SMALL) + 0.06
    tall = head + _HIGH + _GAP
    rows = -(-len(shown) // _COLUMNS)
    figure = Figure(figsize=(s.WIDTH, rows * tall + _FOOT - _GAP))
    for i, one in enumerate(shown):
        left, top = _LEFT + (i % _COLUMNS) * (width + _LEFT), (i // _COLUMNS) * tall
        lines = s.wrap(one.label, width, s.SMALL, "semibold", most=_LINES)
        s.put(figure, left, top + s.inches(_LINES - len(lines), s.SMALL), lines, s.SMALL, weight="semibold")
        axes = s.axes_at(figure, left, top + head, width, _HIGH)
        _difference(axes, np.array(one.u))
        axes.text(0.98, 0.96, f"p {chance(one.uniformity.p, PRINT)}", transform=axes.transAxes, ha="right", va="top", color=s.SOFT)
        if i + _COLUMNS < len(shown):
            axes.set_xticklabels([])
        else:
            axes.set_xlabel("rank, as a share")
    return figure


def claims(result: Calibration) -> list[Picture]:
    """Draw the ECDF of the claims' places, and the places themselves below it; nothing where there are too few."""
    places = np.array([one.pit for one in result.claims if one.pit is not None])
    if result.pits is None:
        return []
    figure = Figure(figsize=(s.WIDTH, 2.6))
    axes = s.axes_at(figure, 0.6, 0.1, s.WIDTH - 0.8, 2.0)
    _difference(axes, places)
    low, high = axes.get_ylim()
    axes.plot(places, np.full(len(places), low), "|", color=s.CLAIM, ms=9, mew=1.2, clip_on=False, gid="claim")
    axes.set_ylim(low, high)
    axes.set_xlabel("place of what is stated in what the rest predicts")
    alt = (f"The ECDF of the places of {counted(len(places), 'claim')} less the diagonal, in a {stated_percent(COVERAGE, PRINT)} band, "
           f"which it {'stays in' if result.pits.inside else 'leaves'}; places from {percent(float(places.min()), PRINT)} to "
           f"{percent(float(places.max()), PRINT)}.")
    caption = ("Each claim left out in turn: ECDF of the places of what is stated in what the rest predicts, less the diagonal; marks are "
               "claims. The band is that of independent numbers, which these are not quite.")
    return [Picture("calibration", "claims", figure, alt, caption)]


def _difference(axes: Axes, u: Array) -> None:
    """Draw the ECDF of numbers less the diagonal, and its band."""
    found = band(len(u))
    z = np.concatenate([[0.0], found.z, [1.0]])
    low, high = (np.concatenate([[0.0], ends - found.z, [0.0]]) for ends in (found.low, found.high))
    axes.fill_between(z, low, high, color=s.POSTERIOR_LIGHT, lw=0, gid="band")
    axes.axhline(0.0, color=s.RULE, lw=0.6)
    fine = np.unique(np.concatenate([np.linspace(0.0, 1.0, 201), u, np.nextafter(u, 0.0)]))
    axes.plot(fine, ecdf(u, fine) - fine, color=s.POSTERIOR, lw=1.0, gid="ecdf")
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
    reach = 1.1 * max(float(np.abs(low).max()), float(high.max()), float(np.abs(ecdf(u, fine) - fine).max()))
    axes.set_ylim(-reach, reach)
    step = float(f"{reach / 1.6:.0e}")  # one figure: 0.05, 0.1, …
    axes.set_yticks([-step, 0.0, step], [tick(value) for value in (-step, 0.0, step)])

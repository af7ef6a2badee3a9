"""The pictures of a ledger: how reliable answers were, and where truths lay in their posteriors."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from nkestimate.reporting import style as s
from nkestimate.reporting.picture import Picture, drawn_by
from nkestimate.scoring.standing import ENOUGH, Answers, Standing
from nkestimate.wording.numbers import PRINT, count, counted, percent, stated_percent

SECTION = "ledger"
_SIDE = 3.3  # inches
_QUARTERS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)  # ends of the intervals that a posterior is stated by


def ledger_pictures(found: Standing, lost: list[str] | None = None) -> list[Picture]:
    """Draw what a ledger has: the reliability diagram of its questions, and where what came true lay; see `drawn_by` for ``lost``."""
    with s.style():
        return drawn_by({"reliability": lambda: reliability(found), "places": lambda: places(found)}, lost)


def reliability(found: Standing) -> Iterable[Picture]:
    """Draw how often answers of each probability came true, beside the diagonal of perfect reliability."""
    if found.answers is None:
        return
    figure = Figure(figsize=(_SIDE, _SIDE))
    axes = figure.add_axes((0.17, 0.15, 0.8, 0.8))
    axes.plot([0, 1], [0, 1], color=s.RULE, linewidth=0.8, zorder=1)
    for one in found.answers.bins:
        ends = [one.share.low, one.share.high]
        axes.plot([one.mean, one.mean], ends, color=s.POSTERIOR_MID, linewidth=2.0, solid_capstyle="butt", zorder=2)
        at = one.share.held / one.share.of
        axes.plot([one.mean], [at], "o", color=s.POSTERIOR, markersize=4.5, zorder=3)
        right = one.mean < 0.8
        axes.annotate(count(one.share.of), (one.mean, at), xytext=(5 if right else -5, 0), textcoords="offset points", va="center",
                      ha="left" if right else "right", color=s.SOFT, fontsize=s.SMALL)
    _share_axes(axes, "said", "came true")
    n = found.answers.brier.of
    caption = (f"How often what was said came true, with {stated_percent(0.9, PRINT)} intervals (Jeffreys) and the number of questions; "
               f"on the line it is as often as said{_early(n)}")
    yield Picture(SECTION, "reliability", figure, f"Reliability of {counted(n, 'question')}. {_told(found.answers)}", caption)


def _told(answers: Answers) -> str:
    return " ".join(f"Said {percent(one.mean, PRINT)}: {count(one.share.held)} of {count(one.share.of)} came true." for one in answers.bins)


def _early(n: int) -> str:
    return f"; {counted(n, 'outcome')}, too early to tell" if n < ENOUGH else ""


def _share_axes(axes: object, along: str, up: str) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    ticks = np.linspace(0, 1, 6)
    labels = [stated_percent(float(round(tick, 2)), PRINT) for tick in ticks]
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=along, ylabel=up)
    axes.set_xticks(ticks, labels)
    axes.set_yticks(ticks, labels)


def places(found: Standing) -> Iterable[Picture]:
    """Draw the shares of truths up to each place in their posteriors, beside the diagonal of a calibrated fit."""
    pits = np.sort([entry.total.pit for entry in found.entries if entry.total])
    if not len(pits):
        return
    figure = Figure(figsize=(_SIDE, _SIDE))
    axes = figure.add_axes((0.17, 0.15, 0.8, 0.8))
    axes.plot([0, 1], [0, 1], color=s.RULE, linewidth=0.8)
    axes.step([0, *pits, 1], [0, *np.arange(1, len(pits) + 1) / len(pits), 1], where="post", color=s.POSTERIOR, linewidth=1.4)
    _share_axes(axes, "place in the posterior", "truths up to there")
    inside = [int(((pits >= low) & (pits < high)).sum()) for low, high in pairwise(_QUARTERS)]
    alt = "Truths between the 0, 5, 25, 50, 75, 95 and 100% points of their posteriors: " + ", ".join(map(count, inside)) + "."
    caption = (f"Where {counted(len(pits), 'truth')} lay in their posteriors; on the line, as a calibrated fit would have "
               f"it{_early(len(pits))}")
    yield Picture(SECTION, "places", figure, alt, caption)

"""Pictures of the headline that stand alone: what it is, as of when, its interval with its mass, by whose words, and whose estimate.

They are drawn at about half the size of a slide: 8 pt here are 16 pt on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from nkestimate.reporting import style as s
from nkestimate.reporting.charts import Panel, density_axes
from nkestimate.reporting.figures import log_headline, panel
from nkestimate.reporting.picture import Picture
from nkestimate.reporting.story import Story
from nkestimate.wording.numbers import counted, day
from nkestimate.wording.prose import listed

SECTION, DOTS = "slides", 1080  # of a slide's height
SIZES = {"slide-16x9": (20 / 3, 3.75), "slide-square": (4.8, 4.8)}  # inches
_EDGE, _GAP = 0.28, 0.12
_TITLE, _VALUE, _TEXT = 13.0, 22.0, 9.5
_NAMED = 4  # sources that are named


@dataclass(frozen=True)
class _Words:
    """What a slide says."""

    title: str
    case: str
    median: str
    intervals: Sequence[str]
    sources: str
    credit: str


def slides(story: Story) -> list[Picture]:
    """Draw the headline for slides, 16:9 and square, stamped where the fit has not converged."""
    drawn, words = panel(story, story.case.headline, log_headline(story)), _words(story)
    alt = f"{words.title}: median {words.median}. {'. '.join(words.intervals)}. {words.sources}. {words.credit}."
    made = []
    with s.style():
        for name, (width, height) in SIZES.items():
            figure = _slide(drawn, words, width, height)
            if not story.ok:
                s.stamp(figure)
            made.append(Picture(SECTION, name, figure, alt, f"{words.title}, as of {day(story.case.horizon)}"))
    return made


def _words(story: Story) -> _Words:
    total = story.case.headline
    q, shown = story.quantiles(total.id), story.displays[total.id]
    names = list(dict.fromkeys(story.case.sources[claim.source].name for claim in story.case.active_claims))
    more = [counted(len(names) - _NAMED, "other")] if len(names) > _NAMED else []
    sources = f"Weighed from figures of {listed([*names[:_NAMED], *more])}" if names else "No source was heard"
    intervals = (f"90% interval {shown.range(q[0.05], q[0.95])}", f"50% interval {shown.range(q[0.25], q[0.75])}",
                 f"as of {day(story.case.horizon)}")
    scenario = f" · scenario: {story.case.scenarios[story.case.scenario].label}" if story.case.scenario else ""
    digest = story.case.digest.removeprefix("sha256:")[:12]
    credit = f"Estimate: nkestimate {story.fit.versions.get('nkestimate', '')} · case {digest} · seed {story.fit.seed}".replace("  ", " ")
    return _Words(total.label, story.case.title + scenario, shown.value(q[0.5]), intervals, sources, credit)


def _slide(drawn: Panel, words: _Words, width: float, height: float) -> Figure:
    figure, room = Figure(figsize=(width, height), facecolor="white"), width - 2 * _EDGE
    wide = width > height
    top = s.put(figure, _EDGE, _EDGE, s.wrap(words.case, room, s.SMALL, most=1), color=s.SOFT)
    top = s.put(figure, _EDGE, top, s.wrap(words.title, room, _TITLE, "semibold", most=2), _TITLE, weight="semibold") + 0.04
    foot = [line for text in (words.sources, f"Dashed: {drawn.tag}. {words.credit}") for line in s.wrap(text, room, s.SMALL, most=3)]
    bottom = height - _EDGE + 0.06 - s.inches(len(foot), s.SMALL)
    s.put(figure, _EDGE, bottom, foot, color=s.SOFT)
    column = 2.15 if wide else room
    below = _figures(figure, words, top, column)
    left, head = (_EDGE + column + 2 * _GAP, top + 0.1) if wide else (_EDGE, below + _GAP)
    across = width - _EDGE - left
    density_axes(figure, drawn, left, head, across, max(bottom - head - 0.36, 0.4))
    return figure


def _figures(figure: Figure, words: _Words, top: float, room: float) -> float:
    """Write the median large, and under it the intervals; return where they end."""
    size = next((size for size in (_VALUE, 18.0, 15.0, 12.0) if len(s.wrap(words.median, room, size, "semibold")) < 2), _TEXT)
    top = s.put(figure, _EDGE, top, s.wrap(words.median, room, size, "semibold", most=2), size, weight="semibold", color=s.POSTERIOR)
    for line in ("median", *words.intervals):
        top = s.put(figure, _EDGE, top, s.wrap(line, room, _TEXT, most=2), _TEXT, color=s.INK if line[0].isdigit() else s.SOFT)
    return top



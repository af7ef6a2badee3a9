"""How pictures look: fonts, colours, sizes, and text that is measured before it is placed.

Sizes are those of the printed page: a figure is set at its own width, so 8 pt here are 8 pt there.
"""

from __future__ import annotations

import logging
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager, ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Open Sans"
DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf"

WIDTH = 6.53  # inches: the text width of the page
SMALL, MEDIUM, LARGE = 8.0, 8.5, 10.0
_MOST_TICKS, _APART = 8, 0.11
_POKE = 0.08  # how far a tick's label may stand out of its axes
LINE = 1.42  # Open Sans' line height, of its size

# Okabe and Ito's blue and vermilion, darkened a little for text: distinct to colour-blind eyes and in grey.
POSTERIOR, POSTERIOR_MID, POSTERIOR_LIGHT = "#14507f", "#7ba7cb", "#d3e2ef"
CLAIM, CLAIM_MUTED = "#b8501e", "#b9bec5"
PRIOR, PRIOR_LIGHT = "#8b929b", "#e9ebee"
INK, SOFT, RULE = "#1d2733", "#5b6570", "#c9ced5"
STAMP = "#b3261e"
CHAINS = ("#14507f", "#b8501e", "#2a8a70", "#8b6bb1", "#c79a1b", "#5b6570")

_SETTINGS: Any = {  # its keys are a long list of literals to the type checker
    "font.family": [FAMILY, "DejaVu Sans"], "font.size": SMALL, "text.color": INK, "text.parse_math": False,
    "axes.edgecolor": RULE, "axes.labelcolor": SOFT, "axes.linewidth": 0.6, "axes.labelsize": SMALL,
    "axes.spines.top": False, "axes.spines.right": False, "axes.unicode_minus": True,
    **{f"{axis}tick.{key}": value for axis in "xy" for key, value in (
        ("color", RULE), ("labelcolor", SOFT), ("labelsize", SMALL), ("major.width", 0.6), ("major.size", 3.0))},
    "svg.hashsalt": "nkestimate", "path.simplify": True,
}


@cache
def _add_fonts() -> None:
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)


@contextmanager
def style() -> Iterator[None]:
    """Set Matplotlib's parameters for the time of drawing and saving; they are restored after it."""
    _add_fonts()
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)  # DejaVu, for what Open Sans lacks, has no semibold: its bold does
    try:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # whatever another library or the user has set: some crop what is saved
            matplotlib.rcParams.update(_SETTINGS)
            yield
    finally:
        log.setLevel(level)


# ------------------------------------------------------------------ text


@cache
def text_width(text: str, size: float, weight: str = "regular") -> float:
    """Return the width of a line of text in inches."""
    name = "OpenSans-Semibold.ttf" if weight == "semibold" else "OpenSans-Regular.ttf"
    font = font_manager.get_font(str(FONTS / name))
    font.set_size(size, 72)
    drawn = "".join(char if font.get_char_index(ord(char)) else "M" for char in text)  # fallback glyphs are at most as wide
    font.set_text(drawn, 0.0)
    return float(font.get_width_height()[0]) / 64 / 72


def wrap(text: str, width: float, size: float, weight: str = "regular", most: int | None = None) -> list[str]:
    """Break a text into lines of at most ``width`` inches; words that are longer are cut.

    Parameters
    ----------
    most : int, optional
        The most lines; what is over is left out and ends with an ellipsis.
    """
    lines: list[str] = []
    line = ""
    for word in _pieces(text, width, size, weight):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size, weight) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if most is None or len(lines) <= most:
        return lines
    last = lines[most - 1]
    fits = bisect_right(range(1, len(last) + 1), width, key=lambda end: text_width(last[:end] + "…", size, weight))
    return [*lines[: most - 1], last[:fits].rstrip(" ,;:") + "…"]


def _pieces(text: str, width: float, size: float, weight: str) -> Iterator[str]:
    for word in text.split():
        while text_width(word, size, weight) > width and len(word) > 1:
            fits = max(bisect_right(range(1, len(word)), width, key=partial(_width_of_start, word, size, weight)), 1)
            yield word[:fits]
            word = word[fits:]
        yield word


def _width_of_start(word: str, size: float, weight: str, end: int) -> float:
    return text_width(word[:end], size, weight)


def inches(lines: int, size: float) -> float:
    """Return the height of lines of text."""
    return lines * size * LINE / 72


def put(figure: Figure, x: float, top: float, lines: Sequence[str], size: float = SMALL, **keywords: object) -> float:
    """Write lines at ``x`` and downwards from ``top`` (inches from the figure's left and top edge); return the new top."""
    width, height = figure.get_size_inches()
    for line in lines:
        figure.text(x / width, 1 - top / height, line, fontsize=size, va="top", **keywords)  # type: ignore[arg-type]
        top += inches(1, size)
    return top


def axes_at(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes at a place given in inches from the figure's left and top edge."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))


def of_rows(axes: Axes, body: float) -> None:
    """Make axes those of rows, counted in inches downwards: no ticks at the side, a faint grid behind."""
    axes.set_ylim(body, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_facecolor("none")
    axes.grid(axis="x", color=RULE, lw=0.4, alpha=0.7)
    axes.set_axisbelow(True)


def stamp(figure: Figure) -> None:
    """Mark a picture as not converged, across it and in its corner."""
    width, height = figure.get_size_inches()
    angle = math.degrees(math.atan2(height, width))
    size = min(0.62 * 72 * math.hypot(width, height) / 9, 54.0)
    figure.text(0.5, 0.5, "NOT CONVERGED", fontsize=size, color=STAMP, alpha=0.16, ha="center", va="center", rotation=angle,
                weight="semibold", zorder=100, gid="stamp")


# ------------------------------------------------------------------ axes


def log_ticks(low: float, high: float) -> Iterator[list[float]]:
    """Yield tick values between two positive numbers, from dense to sparse; even steps within a decade."""
    if high / low < 10:
        for ticks in linear_ticks(low, high):
            if len(ticks) > 2:
                yield ticks
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps, every in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3), ((1,), 4), ((1,), 6)):
        ticks = [s * 10.0**e for e in range(first, last + 1) if e % every == 0 for s in steps]
        yield [t for t in ticks if low <= t <= high]


def linear_ticks(low: float, high: float) -> Iterator[list[float]]:
    """Yield tick values between two numbers, from dense to sparse."""
    for count in (6, 5, 4, 3, 2, 1):
        ticks = ticker.MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        yield [float(t) for t in ticks if low - 1e-9 * (high - low) <= t <= high + 1e-9 * (high - low)]


def two_ticks(low: float, high: float, *, log: bool) -> Iterator[list[float]]:
    """Yield two values each, for axes that rounder ones leave without a scale: near the ends, ever more of their digits."""
    for share in _TWO_AT:
        ends = [low * (high / low) ** at if log else low + at * (high - low) for at in (share, 1 - share)]
        for digits in range(7):
            last = digits - math.floor(math.log10(max(abs(ends[0]), abs(ends[1]), 1e-300)))
            ticks = [round(end, last) for end in ends]
            if low <= ticks[0] < ticks[1] <= high:
                yield ticks


_DAYS_AT = (0.2, 0.8)  # of an axis' width
_TWO_AT = (0.2, 0.12, 0.05, 0.0)


def set_ticks(axes: Axes, low: float, high: float, width: float, *, log: bool, write: Callable[[float], str],
              days: bool = False) -> None:
    """Scale the x axis and give it as many labels as fit without touching, two at least.

    Parameters
    ----------
    width : float
        Of the axes, in inches.
    write : callable
        From a tick's value to its label.
    days : bool
        Whether values are days of a calendar: no number of days is rounder than another, so two labels are found a place.
    """
    axes.set_xscale("log" if log else "linear")
    axes.set_xlim(low, high)
    chosen: list[float] = []
    for ticks in log_ticks(low, high) if log else linear_ticks(low, high):
        inside, apart = _fitting(ticks, low, high, width, write, log=log)
        if apart and len(chosen) < len(inside) <= _MOST_TICKS:
            chosen = inside
    if len(chosen) < 2:
        others = [[float(math.floor(low + share * (high - low))) for share in _DAYS_AT]] if days else two_ticks(low, high, log=log)
        chosen = next((ticks for ticks in others if days or _are_told(ticks, low, high, width, write, log=log)), chosen or [low, high])
    axes.set_xticks(chosen, [write(t) for t in chosen])
    axes.set_xticks([], minor=True)


def _are_told(ticks: Sequence[float], low: float, high: float, width: float, write: Callable[[float], str], *, log: bool) -> bool:
    """Return whether two ticks fit, and read differently."""
    inside, apart = _fitting(ticks, low, high, width, write, log=log)
    return apart and len(inside) == 2 and write(ticks[0]) != write(ticks[1])


def _fitting(ticks: Sequence[float], low: float, high: float, width: float, write: Callable[[float], str], *,
             log: bool) -> tuple[list[float], bool]:
    """Return the ticks whose labels stay inside the picture, and whether these leave room between each other."""
    ends = [(axis_position(t, low, high, width, log=log), text_width(write(t), SMALL) / 2) for t in ticks]
    inside = [(t, x, half) for t, (x, half) in zip(ticks, ends, strict=True) if x - half > -_POKE and x + half < width + _POKE]
    apart = all(x + half + _APART <= next_x - next_half for (_, x, half), (_, next_x, next_half) in pairwise(inside))
    return [t for t, _, _ in inside], apart


def axis_position(value: float, low: float, high: float, width: float, *, log: bool) -> float:
    """Return where a value falls on an axis of that width."""
    if log:
        return width * math.log(value / low) / math.log(high / low)
    return width * (value - low) / (high - low)

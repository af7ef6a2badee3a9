"""A figure of the report with what is said of it, and its files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from nkestimate.reporting.letters import boxed
from nkestimate.reporting.style import style

_MARGIN = 0.12  # inches around a PNG


@dataclass(frozen=True)
class Picture:
    """One figure of the report.

    Attributes
    ----------
    section : str
        Where it stands: ``headline``, ``totals``, ``claims``, ``time``, ``drivers`` or ``chains``.
    name : str
        Stem of its files.
    alt, caption : str
        What it shows, for those who cannot see it; what stands below it.
    """

    section: str
    name: str
    figure: Figure
    alt: str
    caption: str


def attempted[Made](what: str, make: Callable[[], Iterable[Made]], lost: list[str]) -> list[Made]:
    """Return what can be made; where it fails, nothing, and a line in ``lost``. A full disk is no fault of a picture's."""
    try:
        with np.errstate(all="ignore"):  # what is not finite is told where it stands
            return list(make())
    except OSError:
        raise
    except Exception as error:  # matplotlib and linear algebra raise what they like; a picture is not worth a report
        lost.append(f"{what} ({type(error).__name__})")
        return []


def reckoned[Part](what: str, make: Callable[[], Part], lost: list[str]) -> Part | None:
    """Return what can be reckoned; where its numbers do not allow it, None, and a line in ``lost``. Another error is a mistake of ours."""
    try:
        with np.errstate(all="ignore"):
            return make()
    except (ArithmeticError, np.linalg.LinAlgError, ValueError) as error:
        lost.append(f"{what} ({type(error).__name__})")
        return None


def drawn_by(makers: Mapping[str, Callable[[], Iterable[Picture]]], lost: list[str] | None) -> list[Picture]:
    """Draw with each maker; what can't be drawn is left out where there is a list, ``lost``, to say so in, else it raises."""
    return [picture for what, make in makers.items() for picture in (list(make()) if lost is None else attempted(what, make, lost))]


def written(drawn: Iterable[Picture], folder: Path, lost: list[str]) -> list[str]:
    """Write pictures as PNG and SVG; return the names of the PNGs, and in ``lost`` what could not be written."""
    return [name for picture in drawn for name in attempted(picture.caption, partial(_both, picture, folder), lost)]


def _both(picture: Picture, folder: Path) -> list[str]:
    stem = folder / picture.name.removeprefix("solid-")  # which tells it from others in a report's folder
    save_png(picture, stem)
    save(picture, stem, text=False)
    return [stem.with_suffix(".png").name]


def save(picture: Picture, stem: Path, *, text: bool) -> None:
    """Write a figure as SVG to ``stem``.svg, its text as text or as outlines that look alike everywhere."""
    with style(), warnings.catch_warnings(), matplotlib.rc_context({"svg.fonttype": "none" if text else "path"}):
        warnings.filterwarnings("ignore", "Glyph .* missing")
        picture.figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None, "Title": boxed(picture.caption)})


def save_png(picture: Picture, stem: Path, dpi: float | None = None) -> None:
    """Write a figure as PNG of 200 dots per inch, with a margin around it; with its own ``dpi``, at its own size."""
    with style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        width, height = picture.figure.get_size_inches()
        margin = 0 if dpi else _MARGIN
        around = Bbox.from_extents(-margin, -margin, width + margin, height + margin)
        picture.figure.savefig(stem.with_suffix(".png"), dpi=dpi or 200, bbox_inches=around)

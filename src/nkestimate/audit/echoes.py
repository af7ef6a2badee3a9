"""Echoes of a claim, each beside its root: what a retelling kept of the figures, and what it did to them.

The **root** is the report that stands nearest to the source: the earliest in a document of the source's own, else the
earliest published; but where that one merely shortens another (rounds it, keeps one end of its range, gives its order of
magnitude), the other is the root: retelling loses figures and does not find them. A document is the source's own where
its publisher and the source have one name (`is_own`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from nkestimate.case.model import Case, Claim

ROOT, SAME, ROUNDED, UPPER, LOWER = "root", "same", "rounded", "upper end only", "lower end only"
WIDENED, NARROWED, MAGNITUDE = "range widened", "range narrowed", "order of magnitude"
CHANGED, PART, OTHER, CONTRADICTS, NONE = "unit or period changed", "part of the root", "another figure", "contradicts", "no figures"
KINDS = (ROOT, SAME, ROUNDED, UPPER, LOWER, WIDENED, NARROWED, MAGNITUDE, CHANGED, PART, OTHER, CONTRADICTS, NONE)
"""What an echo may be, in the order in which they are listed."""
_LOSSES = (ROUNDED, UPPER, LOWER, MAGNITUDE)
_FINER = "finer"
_CUT = 0.1  # "5 billion" for 5.5: how far below, relative to it, a coarser figure may lie as cut off


@dataclass(frozen=True)
class Echo:
    """One report of a claim beside its root.

    Attributes
    ----------
    document : str
    figures : str or None
        As printed.
    at : int or None
        Their offset.
    published : date or None
        Of the document.
    kind : str
        One of `KINDS`.
    detail : str
        What else there is to say, in words; often empty.
    """

    document: str
    figures: str | None
    at: int | None
    published: date | None
    kind: str
    detail: str = ""

    @property
    def is_root(self) -> bool:
        """Whether this is the claim's root."""
        return self.kind == ROOT


@dataclass(frozen=True)
class Printed:
    """What printed figures say, in the root units of their unit.

    Attributes
    ----------
    kind : str
        ``point``, ``range``, ``at_most``, ``at_least`` or ``magnitude`` (an order of magnitude: its range is a convention).
    low, high : float
        Both the same for a point; a bound has −inf or inf at its open end.
    low_step, high_step : float
        One unit of the last significant digit of each; 0 for a magnitude.
    dimension : tuple
        Of the unit; None where none is printed, which goes with any.
    period : str
        ``year``, ``month``, …; empty where none is printed.
    """

    kind: str
    low: float
    high: float
    low_step: float = 0.0
    high_step: float = 0.0
    dimension: tuple[tuple[str, float], ...] | None = None
    period: str = ""


# ------------------------------------------------------------------ one echo beside the root


def compare(root: Printed, echo: Printed) -> tuple[str, str]:
    """Return what an echo is to its root, one of `KINDS`, and a detail in words.

    An end agrees with the root's where it is the same figure, or the root's rounded to the echo's own precision (to the
    nearest, or cut off below it by no more than a tenth). A figure with fewer digits than the root's is ``rounded``.

    Examples
    --------
    >>> root = Printed("range", 1.72, 5.5, 0.01, 0.1)
    >>> compare(root, Printed("range", 1.7, 5.5, 0.1, 0.1))[0], compare(root, Printed("at_most", -math.inf, 5.5, 0.0, 0.1))[0]
    ('rounded', 'upper end only')
    """
    return _COMPARISONS[root.kind](root, echo)


def _from_range(root: Printed, echo: Printed) -> tuple[str, str]:
    top, bottom = _agree(root.high, root.high_step, echo.high, echo.high_step), _agree(root.low, root.low_step, echo.low, echo.low_step)
    if echo.kind == "range":
        if top and bottom:
            return _figures(top, bottom)
        if (bottom or echo.low < root.low) and (top or echo.high > root.high):
            return WIDENED, ""
        if (bottom or echo.low > root.low) and (top or echo.high < root.high):
            return NARROWED, ""
        return CONTRADICTS, "the ranges overlap" if echo.low < root.high and echo.high > root.low else ""
    if echo.kind == "magnitude":
        return _to_magnitude(root, echo)
    if echo.kind == "at_most":
        if top:
            return UPPER, "rounded" if top == ROUNDED else ""
        if echo.high > root.high:
            return WIDENED, "its end raised, the other dropped"
        return (NARROWED, "an end inside the range") if echo.high > root.low else (CONTRADICTS, "")
    if echo.kind == "at_least":
        up = _agree(root.high, root.high_step, echo.low, echo.low_step)
        if bottom:
            return LOWER, "rounded" if bottom == ROUNDED else ""
        if up:
            return UPPER, "turned into a floor"
        if echo.low < root.low:
            return WIDENED, "its end lowered, the other dropped"
        return (NARROWED, "the upper part alone") if echo.low < root.high else (CONTRADICTS, "")
    up = _agree(root.high, root.high_step, echo.low, echo.low_step)
    if up and bottom:
        return ROUNDED, "to one figure"
    if up or bottom:
        return (UPPER if up else LOWER), "as the figure itself"
    return (NARROWED, "one figure inside the range") if root.low < echo.low < root.high else (CONTRADICTS, "")


def _from_point(root: Printed, echo: Printed) -> tuple[str, str]:
    value, step = root.low, root.low_step
    if echo.kind == "magnitude":
        return _to_magnitude(root, echo)
    if echo.kind == "point":
        found = _agree(value, step, echo.low, echo.low_step)
        return _figures(found) if found else (CONTRADICTS, "")
    if echo.kind == "range":
        inside = echo.low <= value <= echo.high or _agree(value, step, echo.low, echo.low_step) or _agree(value, step, echo.high, echo.high_step)
        return (WIDENED, "one figure turned into a range") if inside else (CONTRADICTS, "")
    ceiling = echo.kind == "at_most"
    end, its_step = (echo.high, echo.high_step) if ceiling else (echo.low, echo.low_step)
    held = _agree(value, step, end, its_step) or (value < end if ceiling else value > end)
    return (WIDENED, f"turned into a {'ceiling' if ceiling else 'floor'}") if held else (CONTRADICTS, "")


def _from_bound(root: Printed, echo: Printed) -> tuple[str, str]:
    ceiling = root.kind == "at_most"
    end, step, side = (root.high, root.high_step, 1.0) if ceiling else (root.low, root.low_step, -1.0)
    name = "ceiling" if ceiling else "floor"
    if echo.kind == "magnitude":
        near = echo.low if ceiling else echo.high
        return (MAGNITUDE, "") if side * near <= side * end else (CONTRADICTS, "")
    if echo.kind == root.kind:
        its, its_step = (echo.high, echo.high_step) if ceiling else (echo.low, echo.low_step)
        found = _agree(end, step, its, its_step)
        if found:
            return _figures(found)
        return (WIDENED, f"the {name} moved out") if side * its > side * end else (NARROWED, f"the {name} moved in")
    if echo.kind in ("at_most", "at_least"):
        return CONTRADICTS, f"a {name} turned into a {'floor' if ceiling else 'ceiling'}"
    far, far_step = (echo.high, echo.high_step) if ceiling else (echo.low, echo.low_step)
    if not (_agree(end, step, far, far_step) or side * far < side * end):
        return CONTRADICTS, ""
    return NARROWED, f"a {name} turned into a {'figure' if echo.kind == 'point' else 'range'}"


def _from_magnitude(root: Printed, echo: Printed) -> tuple[str, str]:
    if (echo.low, echo.high) == (root.low, root.high):
        return SAME, ""
    if echo.low > root.high or echo.high < root.low:
        return CONTRADICTS, ""
    if echo.kind in ("at_most", "at_least", "point"):
        return NARROWED, "an order of magnitude turned into a figure"
    # The ends of a magnitude are a convention: what counts is which is the wider, as a factor.
    wider = echo.low <= 0 or math.log(echo.high / echo.low) > math.log(root.high / root.low)
    return (WIDENED if wider else NARROWED), ""


def _to_magnitude(root: Printed, echo: Printed) -> tuple[str, str]:
    return (MAGNITUDE, "") if root.low <= echo.high and root.high >= echo.low else (CONTRADICTS, "")


_COMPARISONS = {"range": _from_range, "point": _from_point, "at_most": _from_bound, "at_least": _from_bound, "magnitude": _from_magnitude}


def _figures(*found: str) -> tuple[str, str]:
    """Return what figures are that agree with the root's one by one."""
    return (ROUNDED, "") if ROUNDED in found else (SAME, "with more digits" if _FINER in found else "")


def _agree(value: float, step: float, echo: float, echo_step: float) -> str:
    """Return ``same``, ``rounded``, ``finer`` (the root is the rounded one) or, where two figures are not the same one, nothing."""
    if not math.isfinite(value) or not math.isfinite(echo):
        return ""
    if math.isclose(value, echo, rel_tol=1e-9, abs_tol=1e-12):
        return SAME
    off = value - echo
    if echo_step > step * (1 + 1e-9):
        cut = 0 < off * math.copysign(1, value) < echo_step and abs(off) <= _CUT * abs(value)
        return ROUNDED if abs(off) <= echo_step / 2 * (1 + 1e-9) or cut else ""
    return _FINER if echo_step < step * (1 - 1e-9) and abs(off) <= step / 2 * (1 + 1e-9) else ""


def root_of(claim: Claim, case: Case) -> int | None:
    return earliest(claim, case)


def earliest(claim: Claim, case: Case) -> int | None:
    """Return the number of a claim's earliest report; undated documents come last, ties in the order of the file."""
    days = [case.documents[report.document].published or date.max for report in claim.reported_in]
    return days.index(min(days)) if days else None


def echoes(claim: Claim, case: Case) -> tuple[Echo, ...]:
    r = root_of(claim, case)
    return tuple(Echo(a.document, a.figures, a.at, case.documents[a.document].published, ROOT if i == r else SAME) for i, a in enumerate(claim.reported_in))

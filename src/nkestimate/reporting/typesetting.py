"""Brief and annex set by Typst from one set of data and figures."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import typst

from nkestimate.errors import ReportError
from nkestimate.fitting.formats import ANNEX, PAGE, REPORT
from nkestimate.reporting.style import DEJAVU, FONTS

_TEMPLATES = Path(__file__).with_name("templates")
_COMMON = "common.typ"
_SOURCES = {REPORT: "brief.typ", ANNEX: "annex.typ"}
_PAGE_PPI = 110.0  # of the picture of page 1, for a README or a web page


def typeset(data: dict[str, Any], work: Path, timestamp: int, *, pages: bool = True, picture: bool) -> None:
    """Write ``report.pdf`` and ``annex.pdf`` and, with ``picture``, one of the brief's first page to a folder.

    Parameters
    ----------
    data : dict
        What the templates print.
    work : path
        With the figures in ``figures/``.
    timestamp : int
        When the fit was made, in seconds since 1970.
    pages : bool
        Whether to write the PDFs.

    Raises
    ------
    ReportError
        If one could not be typeset.
    """
    for name in (_COMMON, *_SOURCES.values()):
        shutil.copyfile(_TEMPLATES / name, work / name)
    try:
        if not pages:
            _write(data | {"accessible": True}, work)
        for output, source in _SOURCES.items() if pages else ():
            _compiled(data, work, source, output, timestamp)
        if picture:
            made = _compile(work, _SOURCES[REPORT], timestamp, format="png", ppi=_PAGE_PPI)
            (work / PAGE).write_bytes(made[0] if isinstance(made, list) else made)
    except (typst.TypstError, RuntimeError, OSError) as error:
        diagnostic = str(getattr(error, "diagnostic", "")).strip()
        raise ReportError(f"the report could not be typeset: {error}" + (f"\n{diagnostic}" if diagnostic else "")) from error


def _compiled(data: dict[str, Any], work: Path, source: str, output: str, timestamp: int) -> None:
    """Write a PDF after PDF/UA-1; where letters are joined in ways that the standard can't hold, without it, and say so."""
    _write(data | {"accessible": True}, work)
    try:
        _compile(work, source, timestamp, output=str(work / output), format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError as error:
        if "PDF/UA-1" not in f"{error} {getattr(error, 'diagnostic', '')}":
            raise
        _write(data | {"accessible": False}, work)
        _compile(work, source, timestamp, output=str(work / output), format="pdf")


def _write(data: dict[str, Any], work: Path) -> None:
    (work / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _compile(work: Path, source: str, timestamp: int, **how: Any) -> Any:
    return typst.compile(str(work / source), root=str(work), font_paths=_fonts(), timestamp=timestamp, **how)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS), str(DEJAVU)])

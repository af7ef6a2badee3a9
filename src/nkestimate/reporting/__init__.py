"""The report: a fit to a PDF and its pictures."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

from nkestimate.analysis.runs import clear_figures
from nkestimate.errors import ReportError
from nkestimate.reporting.data import created, report_data
from nkestimate.reporting.figures import Picture, save, save_png
from nkestimate.reporting.figures import pictures as draw
from nkestimate.reporting.front import front
from nkestimate.reporting.solid import leave_one_out_forest, section, specification_curve, stored
from nkestimate.reporting.solid import pictures as solid_pictures
from nkestimate.reporting.story import Story
from nkestimate.reporting.style import DEJAVU, FONTS

if TYPE_CHECKING:
    from nkestimate.analysis import Fit
    from nkestimate.solidity import Robustness

__all__ = ["leave_one_out_forest", "report", "specification_curve"]

_PAGE_PPI = 110.0  # of the picture of page 1, for a README or a web page
_TEMPLATE = Path(__file__).with_name("template.typ")


def report(fit: Fit, out: str | os.PathLike[str], *, pictures: bool = True) -> Path:
    """Write ``report.pdf``, its first page as ``page-1.png``, and each of its figures as PNG and SVG under ``figures/``.

    Where the folder holds a result of `robustness` of that very case, the report says how solid the answer is.
    Everything is made beside its place and then moved there: a failure leaves what was there before.

    Parameters
    ----------
    fit : Fit
    out : path
        The folder; made where there is none. In its ``figures`` folder an earlier report's are replaced.
    pictures : bool
        Whether to write ``page-1.png`` and ``figures/`` too.

    Returns
    -------
    Path
        Of the PDF, which follows PDF/UA-1 (tagged, with alternative text).

    Raises
    ------
    ReportError
        If it could not be drawn or typeset.
    """
    out = Path(out)
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".report-", dir=out))
    try:
        story = Story(fit)
        solid = stored(out, story.case.digest)
        drawn = draw(story) + (solid_pictures(solid) if solid else [])
        _typeset(story, drawn, work, solid, pictures=pictures)
        if pictures:
            _write_pictures(drawn, work / "pictures")
        _move(work, out, pictures=pictures)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if made and not any(out.iterdir()):
            out.rmdir()
    return out / "report.pdf"


def _typeset(story: Story, drawn: list[Picture], work: Path, solid: Robustness | None, *, pictures: bool) -> None:
    """Compile the template with its data and figures to ``work/report.pdf``."""
    (work / "figures").mkdir()
    for picture in drawn:
        save(picture, work / "figures" / picture.name, text=True)
    data = report_data(story) | {
        "front": front(story, solid), "figures": [_figure(picture) for picture in drawn], "solid": solid and section(solid)}
    (work / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    shutil.copyfile(_TEMPLATE, work / "report.typ")
    common: dict[str, Any] = {"root": str(work), "font_paths": [str(FONTS), str(DEJAVU)], "ignore_system_fonts": True,
              "timestamp": int(created(story).timestamp())}
    try:
        typst.compile(str(work / "report.typ"), output=str(work / "report.pdf"), format="pdf", pdf_standards=["ua-1"], **common)
        if pictures:
            pages = typst.compile(str(work / "report.typ"), format="png", ppi=_PAGE_PPI, **common)
            (work / "page-1.png").write_bytes(pages[0] if isinstance(pages, list) else pages)
    except (typst.TypstError, RuntimeError, OSError) as error:
        diagnostic = str(getattr(error, "diagnostic", "")).strip()
        raise ReportError(f"the report could not be typeset: {error}" + (f"\n{diagnostic}" if diagnostic else "")) from error


def _figure(picture: Picture) -> dict[str, object]:
    return {"section": picture.section, "file": f"{picture.name}.svg", "alt": picture.alt, "caption": picture.caption,
            "width": float(picture.figure.get_figwidth())}


def _write_pictures(drawn: list[Picture], folder: Path) -> None:
    folder.mkdir()
    for picture in drawn:
        save(picture, folder / picture.name, text=False)
        save_png(picture, folder / picture.name)


def _move(work: Path, out: Path, *, pictures: bool) -> None:
    """Put what was made in its place, by renaming."""
    if pictures:
        clear_figures(out / "figures")
        (out / "figures").mkdir(exist_ok=True)
        for picture in (work / "pictures").iterdir():
            picture.replace(out / "figures" / picture.name)
        (work / "page-1.png").replace(out / "page-1.png")
    (work / "report.pdf").replace(out / "report.pdf")

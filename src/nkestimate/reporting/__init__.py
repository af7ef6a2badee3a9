"""The report: a fit to a PDF and its pictures."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst
from matplotlib.text import Text

from nkestimate.errors import ReportError
from nkestimate.fitting.folder import Change
from nkestimate.fitting.runs import FIGURES, PAGE, REPORT, REPORT_PART, changing_run, robustness_of, run_of
from nkestimate.reporting.data import created, report_data
from nkestimate.reporting.figures import pictures as draw
from nkestimate.reporting.front import front
from nkestimate.reporting.letters import boxed, printable
from nkestimate.reporting.picture import Picture, attempted, save, save_png
from nkestimate.reporting.solid import leave_one_out_forest, section, specification_curve, stored
from nkestimate.reporting.solid import pictures as solid_pictures
from nkestimate.reporting.story import Story
from nkestimate.reporting.style import DEJAVU, FONTS

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit
    from nkestimate.solidity.refits.record import Robustness

__all__ = ["leave_one_out_forest", "report", "specification_curve"]

_PAGE_PPI = 110.0  # of the picture of page 1, for a README or a web page
_TEMPLATE = Path(__file__).with_name("template.typ")


def report(fit: Fit, out: str | os.PathLike[str], *, pictures: bool = True) -> Path:
    """Write ``report.pdf``, its first page as ``page-1.png``, and each of its figures as PNG and SVG under ``figures/``.

    Where the folder holds a result of `robustness` of that case, the report says how solid the answer is; one of an earlier state
    of the case is marked as stale. A picture that can't be drawn is left out, and told. Everything is made beside its place and
    then swapped in as a whole: a failure leaves what was there before.

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
        If it could not be typeset.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.fitting.fits import fit
    >>> with TemporaryDirectory() as folder:
    ...     report(fit(load_case(STARTER), progress=False), folder, pictures=False).name
    'report.pdf'
    """
    with changing_run(Path(out), fit.summary) as change:
        put_report(change, fit, pictures=pictures)
    return Path(out) / REPORT


def put_report(change: Change, fit: Fit, *, pictures: bool = True) -> None:
    """Write the report of a fit into a change of a folder; pictures of robustness that are there stay.

    Raises
    ------
    ReportError
        If it could not be typeset.
    """
    build = change.part(REPORT_PART, run_of(fit.summary), robustness_of(change.folder), keep=(f"{FIGURES}/solid-",))
    work, lost = change.work(), list[str]()
    story = Story(fit)
    solid = stored(change.folder, story.case)
    drawn = draw(story, lost)
    if solid:
        drawn += solid_pictures(solid, lost)
    drawn = _saved(drawn, work / FIGURES, lost)
    _typeset(story, drawn, work, solid, lost, pictures=pictures)
    if pictures:
        _write_pictures(drawn, build / FIGURES)
        (work / PAGE).replace(build / PAGE)
    (work / REPORT).replace(build / REPORT)


def _saved(drawn: list[Picture], folder: Path, lost: list[str]) -> list[Picture]:
    """Write the figures that the template reads; leave out what can't be written."""
    folder.mkdir()
    for picture in drawn:
        for text in picture.figure.findobj(Text):
            text.set_text(boxed(text.get_text()))
    return [one for picture in drawn for one in attempted(picture.caption, partial(_one_saved, picture, folder), lost)]


def _one_saved(picture: Picture, folder: Path) -> list[Picture]:
    save(picture, folder / picture.name, text=True)
    return [picture]


def _typeset(story: Story, drawn: list[Picture], work: Path, solid: Robustness | None, lost: list[str], *, pictures: bool) -> None:
    """Compile the template with its data and figures to ``work/report.pdf``."""
    data = report_data(story, lost) | {"front": front(story, solid), "figures": [_figure(picture) for picture in drawn]}
    data["solid"] = next(iter(attempted("how solid the answer is", lambda: [section(solid, story.case)], lost)), None) if solid else None
    data, replaced = printable(data)
    data |= {"lost": list(dict.fromkeys(lost)), "replaced": " ".join(replaced), "accessible": True}
    shutil.copyfile(_TEMPLATE, work / "report.typ")
    common: dict[str, Any] = {"root": str(work), "font_paths": [str(FONTS), str(DEJAVU)], "ignore_system_fonts": True,
              "timestamp": int(created(story).timestamp())}
    try:
        _compiled(data, work, common)
        if pictures:
            pages = typst.compile(str(work / "report.typ"), format="png", ppi=_PAGE_PPI, **common)
            (work / PAGE).write_bytes(pages[0] if isinstance(pages, list) else pages)
    except (typst.TypstError, RuntimeError, OSError) as error:
        diagnostic = str(getattr(error, "diagnostic", "")).strip()
        raise ReportError(f"the report could not be typeset: {error}" + (f"\n{diagnostic}" if diagnostic else "")) from error


def _compiled(data: dict[str, Any], work: Path, common: dict[str, Any]) -> None:
    """Write ``report.pdf`` after PDF/UA-1; where letters are joined in ways that the standard can't hold, without it, and say so."""
    source, output = str(work / "report.typ"), str(work / REPORT)
    (work / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    try:
        typst.compile(source, output=output, format="pdf", pdf_standards=["ua-1"], **common)
    except typst.TypstError as error:
        if "PDF/UA-1" not in f"{error} {getattr(error, 'diagnostic', '')}":
            raise
        (work / "data.json").write_text(json.dumps(data | {"accessible": False}, ensure_ascii=False), encoding="utf-8")
        typst.compile(source, output=output, format="pdf", **common)


def _figure(picture: Picture) -> dict[str, object]:
    return {"section": picture.section, "file": f"{picture.name}.svg", "alt": picture.alt, "caption": picture.caption,
            "width": float(picture.figure.get_figwidth())}


def _write_pictures(drawn: list[Picture], folder: Path) -> None:
    folder.mkdir()
    for picture in drawn:
        save(picture, folder / picture.name, text=False)
        save_png(picture, folder / picture.name)

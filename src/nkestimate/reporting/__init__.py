"""The report: a fit to a brief, its annex and their pictures."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.text import Text

from nkestimate.errors import ReportError
from nkestimate.fitting.folder import Change, manifest_of
from nkestimate.fitting.runs import (
    A4,
    ANNEX,
    FIGURES,
    PAGE,
    PAPERS,
    REPORT,
    REPORT_PART,
    TRACE,
    WEBPAGE,
    changing_run,
    report_beside,
    run_of,
)
from nkestimate.reporting.brief import brief
from nkestimate.reporting.data import created, report_data
from nkestimate.reporting.figures import pictures as draw
from nkestimate.reporting.front import front
from nkestimate.reporting.leads import leads
from nkestimate.reporting.letters import boxed, printable
from nkestimate.reporting.picture import Picture, attempted, save, save_png
from nkestimate.reporting.slides import DOTS, slides
from nkestimate.reporting.solid import leave_one_out_forest, section, specification_curve, stored
from nkestimate.reporting.solid import pictures as solid_pictures
from nkestimate.reporting.story import Story
from nkestimate.reporting.typesetting import typeset
from nkestimate.reporting.webpage import page, trace_of

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit
    from nkestimate.solidity.refits.record import Robustness

__all__ = ["leave_one_out_forest", "report", "specification_curve"]


def report(fit: Fit, out: str | os.PathLike[str], *, pictures: bool = True, paper: str = A4, trace: bool = False) -> Path:
    """Write a brief and its annex, ``report.pdf`` and ``annex.pdf``, both as one page, ``report.html``, and their pictures.

    Where the folder holds a result of `robustness` of that case, they say how solid the answer is; one of an earlier state
    of the case is marked as stale. A picture that can't be drawn is left out, and told. Everything is made beside its place and
    then swapped in as a whole: a failure leaves what was there before.

    Parameters
    ----------
    fit : Fit
    out : path
        The folder; made where there is none. In its ``figures`` folder an earlier report's are replaced.
    pictures : bool
        Whether to write the first page as ``page-1.png``, and each figure as PNG and SVG under ``figures/``, too; there also the
        headline for slides, 16:9 and square.
    paper : str
        ``a4`` or ``us-letter``.
    trace : bool
        Whether to write what each figure and sentence rests on as ``trace.json``, too.

    Returns
    -------
    Path
        Of the brief. Both PDFs follow PDF/UA-1 (tagged, with alternative text).

    Raises
    ------
    ReportError
        If it could not be typeset, or there is no such paper.

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
        put_report(change, fit, pictures=pictures, paper=paper, trace=trace)
    return Path(out) / REPORT


def put_report(change: Change, fit: Fit, *, pictures: bool = True, paper: str = A4, trace: bool = False) -> None:
    """Write the report of a fit into a change of a folder; pictures of robustness that are there stay, and a trace is written again.

    Raises
    ------
    ReportError
        If it could not be typeset, or there is no such paper.
    """
    if paper not in PAPERS:
        raise ReportError(f"unknown paper '{paper}'; expected {' or '.join(PAPERS)}")
    build = change.part(REPORT_PART, run_of(fit.summary), report_beside(change.folder, paper), keep=(f"{FIGURES}/solid-",))
    work, lost = change.work(), list[str]()
    story = Story(fit)
    solid = stored(change.folder, story.case)
    drawn = draw(story, lost)
    if solid:
        drawn += solid_pictures(solid, lost)
    drawn = _saved(drawn, work / FIGURES, lost)
    alone = attempted("slides", lambda: slides(story), lost) if pictures else []
    _box(alone)
    data = _data(story, solid, drawn, lost)
    typeset(_printed(data) | {"paper": paper}, work, int(created(story).timestamp()), page=pictures)
    svgs = {path.name: path.read_text(encoding="utf-8") for path in (work / FIGURES).glob("*.svg")}
    (build / WEBPAGE).write_text(page(story, data, solid, svgs), encoding="utf-8")
    if trace or TRACE in manifest_of(change.folder).files:
        (build / TRACE).write_text(trace_of(story, data, solid), encoding="utf-8")
    if pictures:
        _write_pictures(drawn, build / FIGURES)
        for slide in alone:
            save(slide, build / FIGURES / slide.name, text=False)
            save_png(slide, build / FIGURES / slide.name, DOTS / slide.figure.get_figheight())
    for name in (REPORT, ANNEX, *([PAGE] if pictures else [])):
        (work / name).replace(build / name)


def _saved(drawn: list[Picture], folder: Path, lost: list[str]) -> list[Picture]:
    """Write the figures that the template reads; leave out what can't be written."""
    folder.mkdir()
    _box(drawn)
    return [one for picture in drawn for one in attempted(picture.caption, partial(_one_saved, picture, folder), lost)]


def _box(drawn: list[Picture]) -> None:
    """Put a box for each letter that the fonts of pictures lack."""
    for picture in drawn:
        for text in picture.figure.findobj(Text):
            text.set_text(boxed(text.get_text()))


def _one_saved(picture: Picture, folder: Path) -> list[Picture]:
    save(picture, folder / picture.name, text=True)
    return [picture]


def _data(story: Story, solid: Robustness | None, drawn: list[Picture], lost: list[str]) -> dict[str, Any]:
    """Return what the report says; what can't be reckoned is left out, and told."""
    data = report_data(story, lost) | {"front": front(story, solid), "brief": brief(story, solid, lost)}
    data["figures"] = [_figure(picture) for picture in drawn]
    data["solid"] = next(iter(attempted("how solid the answer is", lambda: [section(solid, story.case)], lost)), None) if solid else None
    return data | {"lost": list(dict.fromkeys(lost))}


def _printed(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates of the PDFs print: with boxes for letters that their fonts lack."""
    data, replaced = printable(data)
    data["replaced"] = " ".join(replaced)
    return data | {"words": leads(data)}


def _figure(picture: Picture) -> dict[str, object]:
    return {"section": picture.section, "file": f"{picture.name}.svg", "alt": picture.alt, "caption": picture.caption,
            "width": float(picture.figure.get_figwidth()), "height": float(picture.figure.get_figheight())}


def _write_pictures(drawn: list[Picture], folder: Path) -> None:
    folder.mkdir()
    for picture in drawn:
        save(picture, folder / picture.name, text=False)
        save_png(picture, folder / picture.name)

"""The report: a fit to a brief, its annex and their pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.text import Text

from nkestimate.errors import ReportError
from nkestimate.fitting.formats import A4, ANNEX, FIGURES, FORMATS, PAGE, PAPERS, REPORT, TABLES, TRACE, USUAL
from nkestimate.fitting.runs import changing_run, part_of, report_beside, run_of
from nkestimate.folder import Change
from nkestimate.reporting.blocks import brief_blocks
from nkestimate.reporting.brief import brief
from nkestimate.reporting.data import created, report_data
from nkestimate.reporting.figures import pictures as draw
from nkestimate.reporting.front import front
from nkestimate.reporting.leads import leads
from nkestimate.reporting.letters import boxed, printable
from nkestimate.reporting.markdown import markdown
from nkestimate.reporting.picture import Picture, attempted, reckoned, save, save_png
from nkestimate.reporting.slides import DOTS, slides
from nkestimate.reporting.solid import leave_one_out_forest, section, specification_curve, stored
from nkestimate.reporting.solid import pictures as solid_pictures
from nkestimate.reporting.spreadsheet import tables
from nkestimate.reporting.story import Story
from nkestimate.reporting.typesetting import typeset
from nkestimate.reporting.webpage import page, trace_of
from nkestimate.text import as_csv

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit
    from nkestimate.solidity.refits.record import Robustness

__all__ = ["leave_one_out_forest", "report", "specification_curve"]

_TABLES = {"csv", "xlsx"}  # formats that have no words of the brief


def report(fit: Fit, out: str | os.PathLike[str], *, pictures: bool = True, paper: str = A4, formats: Sequence[str] = USUAL) -> Path:
    """Write a brief and its annex, ``report.pdf`` and ``annex.pdf``, both as a page, and pictures; or brief and tables in other formats.

    Where the folder holds a result of `robustness` of that case, they say how solid the answer is; one of an earlier state
    of the case is marked as stale. A picture that can't be drawn is left out, and told. Everything is made beside its place and
    then swapped in as a whole: a failure leaves what was there before.

    Parameters
    ----------
    fit : Fit
    out : path
        The folder; made where there is none. What is there in other formats stays.
    pictures : bool
        Whether to write the first page as ``page-1.png``, and each figure as PNG and SVG under ``figures/``, too; there also the
        headline for slides, 16:9 and square. False leaves ``png`` and ``svg`` out of the formats.
    paper : str
        ``a4`` or ``us-letter``.
    formats : sequence of str
        Some of ``pdf``, ``html`` (brief and annex as one page), ``png``, ``svg``, ``docx`` and ``md`` (the brief), ``csv`` (a table
        each under ``tables/``), ``xlsx`` (a sheet each) and ``trace`` (what each figure and sentence rests on, as JSON).

    Returns
    -------
    Path
        Of the first file of the first format. Both PDFs follow PDF/UA-1 (tagged, with alternative text).

    Raises
    ------
    ReportError
        If it could not be typeset, or there is no such paper or format.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.fitting.fits import fit
    >>> with TemporaryDirectory() as folder:
    ...     report(fit(load_case(STARTER), progress=False), folder, formats=["xlsx", "md"]).name
    'report.xlsx'
    """
    formats = [form for form in formats if pictures or form not in ("png", "svg")]
    with changing_run(Path(out), fit.summary) as change:
        put_report(change, fit, paper=paper, formats=formats)
    return Path(out) / FORMATS[formats[0]][0]


def put_report(change: Change, fit: Fit, *, paper: str = A4, formats: Sequence[str] = USUAL) -> None:
    """Write the report of a fit into a change of a folder, each format a part of it; pictures of robustness that are there stay.

    Raises
    ------
    ReportError
        If it could not be typeset, or there is no such paper or format.
    """
    _check(paper, tuple(PAPERS), "paper")
    for form in formats:
        _check(form, tuple(FORMATS), "format")
    beside = report_beside(change.folder, paper)
    build = {form: change.part(part_of(form), run_of(fit.summary), beside, keep=(f"{FIGURES}/solid-",)) for form in formats}
    work, lost, story = change.work(), list[str](), Story(fit)
    if not _TABLES.issuperset(formats):
        _put_brief(story, stored(change.folder, story.case), build, work, paper, lost)
    if _TABLES & build.keys():
        _put_tables(tables(story), build, story)


def _check(given: str, known: tuple[str, ...], what: str) -> None:
    if given not in known:
        raise ReportError(f"unknown {what} '{given}'; expected {' or '.join(known)}")


def _put_brief(story: Story, solid: Robustness | None, build: Mapping[str, Path], work: Path, paper: str, lost: list[str]) -> None:
    """Write what has the brief's words or figures."""
    drawn = draw(story, lost)
    if solid:
        drawn += solid_pictures(solid, lost)
    drawn = _saved(drawn, work / FIGURES, lost)
    alone = attempted("slides", lambda: slides(story), lost) if {"png", "svg"} & build.keys() else []
    _box(alone)
    data = _data(story, solid, drawn, lost) | {"paper": paper}
    if {"pdf", "png"} & build.keys():
        typeset(_printed(data), work, int(created(story).timestamp()), pages="pdf" in build,
                picture="png" in build)
    for form, names in (("pdf", (REPORT, ANNEX)), ("png", (PAGE,))):
        for name in names if form in build else ():
            (work / name).replace(build[form] / name)
    if "png" in build:
        _each(drawn, build["png"], save_png)
        _each(alone, build["png"], lambda slide, stem: save_png(slide, stem, DOTS / slide.figure.get_figheight()))
    if "svg" in build:
        _each([*drawn, *alone], build["svg"], partial(save, text=False))
    if "html" in build:
        svgs = {path.name: path.read_text(encoding="utf-8") for path in (work / FIGURES).glob("*.svg")}
        (build["html"] / FORMATS["html"][0]).write_text(page(story, data, solid, svgs), encoding="utf-8")
    if TRACE in build:
        (build[TRACE] / FORMATS[TRACE][0]).write_text(trace_of(story, data, solid), encoding="utf-8")
    if "docx" in build:
        (build["docx"] / FORMATS["docx"][0]).write_bytes(_word(data, drawn, work, created(story)))
    if "md" in build:
        picture = next((f"{FIGURES}/headline.{form}" for form in ("svg", "png") if form in build and _headline(drawn)), None)
        (build["md"] / FORMATS["md"][0]).write_text(markdown(data["blocks"], picture), encoding="utf-8")


def _each(pictures: list[Picture], folder: Path, put: Callable[[Picture, Path], None]) -> None:
    (folder / FIGURES).mkdir(exist_ok=True)
    for picture in pictures:
        put(picture, folder / FIGURES / picture.name)


def _headline(drawn: list[Picture]) -> Picture | None:
    return next((picture for picture in drawn if picture.section == "headline"), None)


def _word(data: dict[str, Any], drawn: list[Picture], work: Path, made: datetime) -> bytes:
    from nkestimate.reporting.word import word

    head, picture = _headline(drawn), None
    if head is not None:
        save_png(head, work / "headline")
        picture = work / "headline.png"
    foot = f"Case {data['short_digest']} · seed {data['seed']} · {data['made']}"
    return word(data["blocks"], picture=picture, title=data["title"], foot=foot, stamp="" if data["ok"] else data["stamp"], made=made,
                paper=data["paper"])


def _put_tables(made: Mapping[str, list[list[Any]]], build: Mapping[str, Path], story: Story) -> None:
    """Write the fit's tables."""
    if "xlsx" in build:
        from nkestimate.workbook import workbook

        (build["xlsx"] / FORMATS["xlsx"][0]).write_bytes(workbook(made, title=story.case.title, made=created(story)))
    if "csv" in build:
        (build["csv"] / TABLES).mkdir()
        for name, (columns, *rows) in made.items():
            text = as_csv(columns, ([("" if cell is None else cell) for cell in row] for row in rows)) + "\n"
            (build["csv"] / TABLES / f"{name}.csv").write_text(text, encoding="utf-8")


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
    data["solid"] = reckoned("how solid the answer is", lambda: section(solid, story.case), lost) if solid else None
    data["lost"] = list(dict.fromkeys(lost))
    return data | {"blocks": brief_blocks(data)}


def _printed(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates of the PDFs print: with boxes for letters that their fonts lack."""
    data, replaced = printable(data)
    data["replaced"] = " ".join(replaced)
    return data | {"words": leads(data)}


def _figure(picture: Picture) -> dict[str, object]:
    return {"section": picture.section, "file": f"{picture.name}.svg", "alt": picture.alt, "caption": picture.caption,
            "width": float(picture.figure.get_figwidth()), "height": float(picture.figure.get_figheight())}

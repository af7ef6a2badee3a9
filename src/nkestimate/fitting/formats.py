"""What a report can be written as, and what its files are called. It needs nothing, so that the command line names it without delay."""

from __future__ import annotations

A4 = "a4"
PAPERS = {A4: (210, 297), "us-letter": (215.9, 279.4)}
"""Sizes of paper in mm."""
PAGE, FIGURES, TABLES = "page-1.png", "figures", "tables"
REPORT, ANNEX = "report.pdf", "annex.pdf"  # the brief, and all that stands behind it
TRACE = "trace"  # what each figure of the report rests on
FORMATS = {
    "pdf": (REPORT, ANNEX),
    "png": (PAGE,),
    "svg": (f"{FIGURES}/headline.svg",),
    "html": ("report.html",),
    "docx": ("report.docx",),
    "md": ("report.md",),
    "csv": tuple(f"{TABLES}/{name}.csv" for name in ("totals", "quantities", "questions", "claims", "sources")),
    "xlsx": ("report.xlsx",),
    TRACE: ("trace.json",),
}
"""Each with the files by which one is known to be there."""
USUAL = ("pdf", "html", "png", "svg")
QUIET = ("png", "svg")  # too many files to name each


def leading(formats: tuple[str, ...]) -> list[str]:
    """Return the files of some formats that a command names as written.

    Examples
    --------
    >>> leading(("pdf", "svg", "xlsx"))
    ['report.pdf', 'annex.pdf', 'report.xlsx']
    """
    return [name for form in formats if form not in QUIET for name in FORMATS[form]]


def traced(formats: tuple[str, ...], trace: bool) -> tuple[str, ...]:
    """Return formats with the trace among them where it is asked for."""
    return formats if not trace or TRACE in formats else (*formats, TRACE)

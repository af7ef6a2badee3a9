"""What a report can be written as, and what its files are called. It needs nothing, so that the command line names it without delay."""

from __future__ import annotations

PAGE, FIGURES, TABLES = "page-1.png", "figures", "tables"
REPORT, ANNEX = "report.pdf", "annex.pdf"  # the brief, and all that stands behind it
FORMATS = {
    "pdf": (REPORT, ANNEX),
    "png": (PAGE,),
    "svg": (f"{FIGURES}/headline.svg",),
    "docx": ("report.docx",),
    "md": ("report.md",),
    "csv": tuple(f"{TABLES}/{name}.csv" for name in ("totals", "quantities", "questions", "claims", "sources")),
    "xlsx": ("report.xlsx",),
}
"""Each with the files by which one is known to be there."""
USUAL = ("pdf", "png", "svg")
QUIET = ("png", "svg")  # too many files to name each


def leading(formats: tuple[str, ...]) -> list[str]:
    """Return the files of some formats that a command names as written.

    Examples
    --------
    >>> leading(("pdf", "svg", "xlsx"))
    ['report.pdf', 'annex.pdf', 'report.xlsx']
    """
    return [name for form in formats if form not in QUIET for name in FORMATS[form]]

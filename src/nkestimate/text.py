"""What all printed results share: plain text 80 columns wide, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

WIDTH = 80


def as_text(*parts: Any) -> str:
    """Return what rich prints of tables and strings, as plain text `WIDTH` columns wide, whoever looks."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=WIDTH, highlight=False, markup=False, emoji=False, no_color=True, force_jupyter=False,
                      force_terminal=False)
    for part in parts:
        console.print(part)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())


def bare_table(**settings: Any) -> Any:
    """Return a rich table without frame or padding at its edges."""
    from rich.table import Table

    return Table(show_edge=False, pad_edge=False, box=None, **settings)


def paragraph(text: str, indent: str = "") -> str:
    """Return a text broken into lines of at most `WIDTH` columns, those after the first behind an indent."""
    from textwrap import fill

    return fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def as_csv(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV below the names of their columns; the last line is not ended."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue().removesuffix("\n")

"""What all printed results share: plain text 80 columns wide, CSV."""

from __future__ import annotations

import csv
import io
import json
import re
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
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return file.getvalue().removesuffix("\n")


def as_json(value: Any) -> str:
    """Return plain values as JSON, as this package prints and writes it; there is no word in it for what is not finite."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)


def _inert(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: a text that could be one begins with an apostrophe."""
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _A_NUMBER.fullmatch(cell):
        return cell
    return "'" + cell


def uninert(cell: str) -> str:
    """Return a cell of CSV without the apostrophe that `as_csv` put before what could be a formula.

    Examples
    --------
    >>> uninert("'=1+1"), uninert("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


_FORMULA = re.compile(r"'*\s*[=+\-@\t\r]|'*\t|'*\r")  # behind apostrophes, so that one more can be taken off again
_A_NUMBER = re.compile(r"[+-]?[\d.,]+(e[+-]?\d+)?%?", re.IGNORECASE)
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """Return a text in which what steers a terminal, or turns the direction of writing, is written out.

    The spelling is that of JSON, so that a JSON text stays one, of the same values.

    Examples
    --------
    >>> visible("a\x1b[31mb")
    'a\\\\u001b[31mb'
    """
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def in_markdown(text: Any) -> str:
    """Return a text in one line of which nothing is markup, a table's bars and HTML included, and nothing unseen.

    Examples
    --------
    >>> in_markdown("<b> a|b")
    '&lt;b&gt; a\\\\|b'
    """
    plain = re.sub(r"[\t\n ]+", " ", visible(str(text))).strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"[\\|`*\[\]]", lambda match: f"\\{match[0]}", plain)

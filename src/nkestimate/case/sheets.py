"""Tables of files, CSV and XLSX, as rows of texts that know where they stand; what would be too much is refused before it is read."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from nkestimate.case.tree import NO_TEXT, read_bytes
from nkestimate.errors import Fault
from nkestimate.text import uninert

SUFFIXES = (".csv", ".xlsx")
SHEET = "claims"
_WHAT = "a table of claims"
_MOST_ROWS, _MOST_COLUMNS = 20_000, 256
_UNPACKED = 50_000_000  # bytes of all that an XLSX file packs, and of its cells written out
_PLACE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)(\d+)""")  # of a cell or a row
_STRING = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si\s*>", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")


@dataclass(frozen=True)
class Row:
    """A row: its line in the file, or its number in the sheet, and its cells as written."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The rows of a table that hold something, and what the file, with its sheet, is called in messages."""

    name: str
    rows: tuple[Row, ...]


class RefusedError(Exception):
    """A file is no table, or too large a one: line, problem, expected, hint."""


def read_sheet(path: Path, name: str, faults: list[Fault]) -> Sheet | None:
    """Read a table; put what is wrong into ``faults``; return None where it can't be read at all.

    Parameters
    ----------
    path : Path
        Of a ``.csv`` (UTF-8, with commas, semicolons or tabs) or ``.xlsx`` file.
    name : str
        What it is called in messages.
    faults : list of Fault
        Faults are added to it.

    Returns
    -------
    Sheet or None
        Numbers of XLSX have up to 15 digits, as spreadsheet programs show them; dates are year-month-day.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "claims.csv"
    ...     _ = path.write_text("id;source\\ncount;mayor\\n")
    ...     read_sheet(path, "claims.csv", []).rows[1]
    Row(line=2, cells=('count', 'mayor'))
    """
    content = read_bytes(path, name, faults, _WHAT)
    if content is None:
        return None
    try:
        sheet = sheet_of(content, path.suffix.lower(), name)
    except RefusedError as refused:
        line, *said = refused.args
        faults.append(Fault(name, line, "", *said))
        return None
    wrong = [Fault(sheet.name, row.line, "", f"the character U+{ord(odd[0]):04X} is no text", "printable text", "delete it")
             for row in sheet.rows for cell in row.cells for odd in [NO_TEXT.search(cell)] if odd]
    faults += wrong
    return None if wrong else sheet


def sheet_of(content: bytes, suffix: str, name: str) -> Sheet:
    """Return the rows of a file's bytes.

    Raises
    ------
    RefusedError
        If they are no table, or too large a one.
    """
    if suffix == ".csv":
        return Sheet(name, tuple(_csv_rows(content)))
    title, rows = _xlsx_rows(content)
    return Sheet(f"{name}[{title}]", tuple(rows))


# ------------------------------------------------------------------ CSV


def _csv_rows(content: bytes) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(content.count(b"\n", 0, error.start) + 1, f"byte {error.start} is not UTF-8", "a text in UTF-8",
                            "save the table as 'CSV UTF-8'") from None
    head = text.lstrip("\r\n").split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    rows, line = 0, 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise RefusedError(line, f"this is not CSV: {error}", "cells between commas, each opened quote closed",
                                "double a quote inside a quoted cell") from None
        if any(cell.strip() for cell in cells):
            rows += 1
            _check_size(rows, len(cells), line)
            yield Row(line, tuple(uninert(cell) for cell in cells))
        line = reader.line_num + 1


def _check_size(rows: int, columns: int, line: int = 1) -> None:
    if rows > _MOST_ROWS or columns > _MOST_COLUMNS:
        raise RefusedError(line, f"a table of {rows:,} rows and {columns:,} columns", f"{_MOST_ROWS:,} and {_MOST_COLUMNS:,} at most",
                            "clear what stands far from the table")


# ------------------------------------------------------------------ XLSX


def _xlsx_rows(content: bytes) -> tuple[str, list[Row]]:
    """Return the sheet's name and rows: of the sheet called ``claims``, else of the only one."""
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(_repacked(content)))
        names = [name for name in workbook.sheet_names if name.casefold() == SHEET] or workbook.sheet_names
        if len(names) != 1:
            raise RefusedError(1, f"the file has {len(names)} sheets ({', '.join(names)})", f"one, or one that is called '{SHEET}'", "")
        cells = workbook.get_sheet_by_name(names[0]).to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, ValueError):
        raise RefusedError(1, "this is no XLSX file, or a damaged one", "a workbook as spreadsheet programs save it",
                            "save it as .xlsx again, without a password") from None
    _check_size(len(cells), len(cells[0]) if cells else 0)
    rows = (Row(i, tuple(_text(cell) for cell in row)) for i, row in enumerate(cells, 1))
    return names[0], [row for row in rows if any(cell.strip() for cell in row.cells)]


def _repacked(content: bytes) -> bytes:
    """Return an XLSX file without compression, each part unpacked within a limit: what the file says of its sizes is not believed.

    A cell far from the others, or a long text that many cells share, would take memory that no size of the file tells of.
    """
    packed, longest, cells = io.BytesIO(), 0, 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
            left = _UNPACKED
            for entry in old.infolist():
                with old.open(entry) as part:
                    unpacked = part.read(left + 1)
                left -= len(unpacked)
                if left < 0:
                    raise RefusedError(1, "the file unpacks to a very large one", f"{_UNPACKED:,} bytes at most", "")
                longest = max(longest, *map(len, _STRING.findall(unpacked)), 0) if "sharedstrings" in entry.filename.lower() else longest
                if "sheet" in entry.filename.lower():
                    cells += len(_CELL.findall(unpacked))
                    _check_places(unpacked)
                new.writestr(entry.filename, unpacked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise RefusedError(1, "this is no XLSX file, or a damaged one", "a workbook as spreadsheet programs save it",
                            "save it as .xlsx again, without a password") from None
    if longest * cells > 20 * _UNPACKED:
        raise RefusedError(1, f"a text of {longest:,} bytes beside {cells:,} cells", "a table of claims", "shorten the text")
    return packed.getvalue()


def _check_places(part: bytes) -> None:
    rows = columns = 0
    for letters, digits in set(_PLACE.findall(part)):
        rows = max(rows, int(digits[:9]))
        column = 0
        for letter in letters.upper()[:6]:
            column = 26 * column + letter - 64
        columns = max(columns, column)
    _check_size(rows, columns)


def _text(value: Any) -> str:
    """Write a cell's value as an analyst would: numbers with the digits that a spreadsheet shows."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)

"""Tables as a spreadsheet: XLSX of texts and numbers, none of which is a formula."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

LONGEST = 32_767  # characters of a cell
_NARROW, _WIDE = 8, 60  # characters of a column
_EPOCH = datetime(2000, 1, 1)


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], *, title: str = "", made: datetime = _EPOCH) -> bytes:
    """Return an XLSX file.

    Parameters
    ----------
    sheets : mapping
        By name, rows of texts, numbers and None; the first has the columns' names and stays in sight. Texts longer than a cell
        can hold are cut, with "…".
    title : str
    made : datetime
        What the file says of when it was made: the same tables give the same bytes.

    Examples
    --------
    >>> workbook({"totals": [["label", "median"], ["Length", 1.5]]})[:2]
    b'PK'
    """
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        bold, wrapped = book.add_format({"bold": True, "valign": "top", "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
        top = book.add_format({"valign": "top"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    _write(sheet, i, j, cell, bold if i == 0 else top, bold if i == 0 else wrapped)
            for j in range(len(rows[0]) if rows else 0):
                sheet.set_column(j, j, min(max(_NARROW, *(_width(row[j]) for row in rows)), _WIDE))
    return file.getvalue()


def _width(cell: Any) -> int:
    return 2 + (len(str(cell)) if isinstance(cell, str) else 10 if isinstance(cell, float) else len(str(cell or "")))


def _write(sheet: Any, i: int, j: int, cell: Any, number: Any, text: Any) -> None:
    if isinstance(cell, int | float) and math.isfinite(cell):
        sheet.write_number(i, j, cell, number)
    elif isinstance(cell, str) and cell:
        sheet.write_string(i, j, cell if len(cell) <= LONGEST else cell[: LONGEST - 1] + "…", text)

"""Workbooks read back by another library: what they hold, and that the same tables give the same bytes."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import datetime

import python_calamine

from nkestimate.workbook import LONGEST, workbook

ROWS = [["name", "value"], ["=1+1", 1.5], ["+a", 3], ["-b", None], ["@c", float("nan")], ["https://example.org", 1e-9], ["x" * 40_000, -2.0]]


def test_texts_stay_texts_and_numbers_numbers():
    back = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook({"t": ROWS, "empty": [["a"]]})))
    assert back.sheet_names == ["t", "empty"]
    rows = back.get_sheet_by_name("t").to_python()
    assert rows[:6] == [["name", "value"], ["=1+1", 1.5], ["+a", 3.0], ["-b", ""], ["@c", ""], ["https://example.org", 1e-9]]
    assert len(rows[6][0]) == LONGEST
    with zipfile.ZipFile(io.BytesIO(workbook({"t": ROWS}))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert 'state="frozen"' in sheet


def test_the_same_tables_give_the_same_bytes(monkeypatch):
    first = workbook({"t": ROWS}, title="t", made=datetime(2024, 1, 2))
    monkeypatch.setattr(time, "time", lambda: 2e9)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    assert workbook({"t": ROWS}, title="t", made=datetime(2024, 1, 2)) == first
    monkeypatch.undo()
    time.tzset()

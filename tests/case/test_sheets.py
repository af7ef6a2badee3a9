"""Files that are no tables, or far too large ones: told before they are read into memory."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
import zipfile
import zlib

import pytest

from nkestimate.case.sheets import read_sheet
from nkestimate.workbook import workbook

SMALL = workbook({"claims": [["id", "source"], ["a", "s"]]})


def told(path, content=None):
    if content is not None:
        path.write_bytes(content)
    faults = []
    began = time.process_time()
    tracemalloc.start()
    try:
        assert read_sheet(path, path.name, faults) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 10
    assert peak < 300_000_000
    (fault,) = faults
    return str(fault)


def changed(name, content, size=None):
    """A workbook with one part put in place of another; with a size, the file says that this is the part's."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SMALL)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry))
    raw = out.getvalue()
    if size is not None:  # in both headers, with the checksum of what is read then
        for old_size, new_size in ((len(content), size), (zlib.crc32(content), zlib.crc32(content[:size]))):
            raw = raw.replace(old_size.to_bytes(4, "little"), new_size.to_bytes(4, "little"))
    return raw


def sheet(cells):
    return b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + cells + b"</sheetData></worksheet>"


SHEET1, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


@pytest.mark.parametrize("content, said", [
    (b"", "this is no XLSX file"), (b"id,source\n", "this is no XLSX file"), (SMALL[:-40], "this is no XLSX file"),
    (SMALL[:300] + b"\0" * 200 + SMALL[500:], "this is no XLSX file"),
    (changed(SHEET1, b"<nothing"), "this is no XLSX file"),
    (changed("xl/theme/theme1.xml", b" " * 60_000_000), "unpacks to a very large one"),
    (changed(SHEET1, sheet(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "1,048,576 rows and 16,384 columns"),
    (changed(SHEET1, sheet(b"<row r = '1048576'><c><v>1</v></c></row>")), "1,048,576 rows"),
    (changed(SHEET1, sheet(b'<row r="1">' + b'<c t="s"><v>0</v></c>' * 20_000 + b"</row>")), "20,000 columns"),
    (workbook({"a": [["id"]], "b": [["id"]]}), "2 sheets (a, b)"),
], ids=range(10))  # fmt: skip
def test_a_workbook_that_is_none_or_too_large(tmp_path, content, said):
    assert said in told(tmp_path / "claims.xlsx", content)


def test_what_a_file_says_of_its_sizes_is_not_believed(tmp_path):
    path = tmp_path / "claims.xlsx"
    assert "no XLSX file" in told(path, changed(SHEET1, sheet(b"<row>" + b" " * 60_000_000 + b"</row>"), 150))


def test_a_long_text_that_many_cells_share_is_refused(tmp_path):
    out = io.BytesIO()
    text = b"<sst><si><t>" + b"x" * 2_000_000 + b"</t></si></sst>"
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(1, 15_000))
    with zipfile.ZipFile(io.BytesIO(changed(STRINGS, text))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, sheet(rows) if entry.filename == SHEET1 else old.read(entry))
    assert "a text of 2,000,016 bytes beside 14,999 cells" in told(tmp_path / "claims.xlsx", out.getvalue())


def test_only_regular_files_of_a_limited_size_are_read(tmp_path):
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        assert "a device or a pipe" in told(tmp_path / "pipe.csv")
    (tmp_path / "folder.xlsx").mkdir()
    assert "this is a folder" in told(tmp_path / "folder.xlsx")
    assert "10,000,001 bytes" in told(tmp_path / "claims.csv", b"a" * 10_000_001)
    assert "20,001 rows" in told(tmp_path / "claims.csv", b"a\n" * 30_000)
    assert "300 columns" in told(tmp_path / "claims.csv", b"a" + b",a" * 299)
    assert "field larger than field limit" in told(tmp_path / "claims.csv", b"id\n" + b"a" * 200_000)

"""The report in formats other than PDF: the same words, read back by other libraries; numbers as numbers; nothing that acts."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import docx
import pytest
import python_calamine
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from pypdf import PdfReader
from report_fits import synthetic_fit

from command_line import call
from nkestimate.case import case_from_resolved
from nkestimate.errors import ReportError
from nkestimate.fitting.formats import FORMATS, USUAL
from nkestimate.fitting.runs import changing_run, has_report, put_fit
from nkestimate.reporting import put_report, report
from nkestimate.reporting.blocks import brief_blocks
from nkestimate.reporting.markdown import markdown

HOSTILE = {
    "title": "=HYPERLINK(\"x\") | <script>alert(1)</script> \u202e# *b* `c`", "horizon": "2025-01-01",
    "sources": {"s": {"name": "[x](javascript:y) <img src=x>", "weight": 0.6}, "u": {"name": "+cmd|' /C calc'!A0", "weight": 0.8, "overstates_by": [1.0, 1.5]},
                "mute": {"name": "@SUM(A1)", "weight": 0}},
    "documents": {"d": {"publisher": "-2+3", "title": "a_b_c | d", "url": "https://example.org/a(b)|c>d", "published": "2024-05-01"},
                  "e": {"publisher": "\u05d9\u05e4\u05d5", "title": "日本", "url": "javascript:alert(1)", "published": "2024-05-02"}},
    "quantities": {"q": {"label": "=1+1", "unit": "metre"}, "r": {"label": "1. Number", "unit": "metre", "prior": "LogNormal(1, 1)", "rationale": "=r"}},
    "derived": {"all": {"label": "All _of_ it", "unit": "metre", "expr": "q + r", "headline": True}},
    "claims": {"a": {"source": "s", "about": "q", "between": [3, 5], "reported_in": [{"document": "d", "figures": "=3–5"}, {"document": "e"}]},
               "b": {"source": "u", "about": "q", "around": 4, "note": "@note"}, "c": {"source": "mute", "about": "r", "around": 4}},
    "questions": {"more": {"ask": "all > 5 metre", "label": "> Is it more | than 5?"}},
}  # fmt: skip


@pytest.fixture(scope="module")
def fit():
    return synthetic_fit(case_from_resolved(HOSTILE, "hostile"), prior=2000, draws=200)


@pytest.fixture(scope="module")
def folder(fit, tmp_path_factory):
    out = tmp_path_factory.mktemp("formats")
    assert report(fit, out, formats=list(FORMATS)).name == "report.pdf"
    return out


@pytest.fixture(scope="module")
def document(folder):
    return docx.Document(str(folder / "report.docx"))


def letters(text):
    return re.sub(r"[\W_]+", "", text)


def words_of(document):
    """Every paragraph and cell of a document, as Word has them."""
    yield from (paragraph.text for paragraph in document.paragraphs)
    yield from (paragraph.text for table in document.tables for row in table.rows for cell in row.cells for paragraph in cell.paragraphs)


def test_every_format_is_there_and_in_the_manifest(folder):
    files = json.loads((folder / "nkestimate-manifest.json").read_text())["files"]
    for names in FORMATS.values():
        for name in names:
            assert (folder / name).stat().st_size > 0
            assert name in files
    assert {entry["part"] for entry in files.values()} == {"report", *set(FORMATS) - {"pdf"}}


def test_word_has_the_words_of_the_pdf(folder, document):
    pdf = letters("".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages).replace("\u202f", ""))
    told = [text for text in words_of(document) if letters(text)]
    assert len(told) > 40
    # what print shows otherwise: letters that its fonts lack, the heads of tables and columns that it sets side by side
    lost = [text for text in told if letters(text) not in pdf and "□" not in text and "日本" not in text and "יפו" not in text]
    assert [text for text in lost if text not in ("Scenario", "Median", "90% interval")] == []


def test_markdown_has_the_words_of_word(folder, document):
    text = (folder / "report.md").read_text(encoding="utf-8")
    plain = letters(re.sub(r"&(amp|lt|gt);|<br>|\(<[^>]*>\)|\\u202e", "", re.sub(r"\\(.)", r"\1", text)))
    missing = [told for told in words_of(document) if letters(told) not in plain and "□" not in told]
    assert missing == []


def test_word_is_a_document_with_structure(folder, document, fit):
    headings = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 1"]
    assert {"Who was believed, and what was left out", "What would change the answer", "Documents"} <= set(headings)
    assert [paragraph.style.name for paragraph in document.paragraphs].count("Title") == 1
    tables = [table for table in document.tables if table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None]
    assert len(tables) == len(document.tables) - 1  # all but the key totals have a head
    order = ["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"]  # as ECMA-376 has it: Word refuses another
    for table in document.tables:
        told = [child.tag.split("}")[1] for child in table._tbl.tblPr]
        assert told == [name for name in order if name in told]
    (picture,) = document.inline_shapes
    assert "All _of_ it" in picture._inline.docPr.get("descr")
    assert document.styles["Normal"].element.rPr.find(qn("w:lang")).get(qn("w:val")) == "en-GB"
    links = [rel.target_ref for rel in document.part.rels.values() if rel.reltype == RELATIONSHIP_TYPE.HYPERLINK]
    assert set(links) == {"https://example.org/a(b)|c>d"}
    assert document.core_properties.created.isoformat() == fit.created_at
    assert "\u202e" not in "".join(words_of(document))


def test_markdown_holds_no_markup_of_a_case(folder):
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert re.search(r"(?<!\\)\]\(<?javascript", text) is None
    for raw in ("<script", "<img", "\u202e", "`c`", " *b*", "\n> Is"):
        assert raw not in text
    assert "https://example.org/a(b)%7Cc%3Ed" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        bars = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(bars) == 1
    assert "figures/headline.svg" in text


def test_a_picture_that_is_not_there_is_described(fit, tmp_path):
    report(fit, tmp_path, formats=["md"])
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".json"] == ["report.md"]
    assert "![" not in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_sheets_have_numbers_as_numbers_and_no_formula(folder, fit):
    book = python_calamine.CalamineWorkbook.from_path(folder / "report.xlsx")
    assert book.sheet_names == ["totals", "quantities", "questions", "claims", "sources"]
    rows = {name: [dict(zip(rows[0], row)) for row in rows[1:]] for name in book.sheet_names for rows in [book.get_sheet_by_name(name).to_python()]}
    head = rows["totals"][0]
    estimate = fit.summary.derived["all"]
    assert (head["id"], head["unit"], head["headline"]) == ("all", "metre", "yes")
    assert (head["median"], head["q0.05"]) == (estimate.median, estimate.quantiles["0.05"])
    assert rows["questions"][0]["probability"] == fit.summary.questions["more"].probability
    assert [row["label"] for row in rows["quantities"]] == ["=1+1", "1. Number"]
    assert {row["id"]: row["weight"] for row in rows["sources"]} == {"s": 0.6, "u": 0.8, "mute": 0.0}
    assert rows["sources"][1]["overstates_high"] == 1.5
    assert [row["weight"] for row in rows["claims"]] == [0.6, 0.8, 0.0]
    with zipfile.ZipFile(folder / "report.xlsx") as parts:
        assert not any(b"<f>" in parts.read(name) or b"<hyperlink" in parts.read(name) for name in parts.namelist())


def test_csv_has_what_the_sheets_have(folder):
    book = python_calamine.CalamineWorkbook.from_path(folder / "report.xlsx")
    for name in book.sheet_names:
        table = list(csv.reader(io.StringIO((folder / "tables" / f"{name}.csv").read_text(encoding="utf-8"))))
        sheet = book.get_sheet_by_name(name).to_python()
        assert table[0] == sheet[0]
        assert len(table) == len(sheet)
        for line, row in zip(table[1:], sheet[1:], strict=True):
            for cell, value in zip(line, row, strict=True):
                assert float(cell) == pytest.approx(value) if isinstance(value, float) else cell.removeprefix("'") == value.removeprefix("'")
                assert not cell.lstrip().startswith(("=", "@"))


def test_the_same_fit_gives_the_same_bytes(folder, fit, tmp_path):
    report(fit, tmp_path, formats=["docx", "xlsx"])
    for name in ("report.docx", "report.xlsx"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    with zipfile.ZipFile(folder / "report.docx") as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_has_not_converged_is_stamped(tiny, tmp_path):
    report(tiny, tmp_path, formats=["docx", "md"])
    document = docx.Document(str(tmp_path / "report.docx"))
    assert "NOT CONVERGED" in document.sections[0].header.paragraphs[0].text
    assert "> **Not converged.**" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_formats_that_are_not_named_stay(fit, tmp_path):
    with changing_run(tmp_path, fit.summary) as change:
        put_fit(change, fit)
        put_report(change, fit, formats=["csv"])
    assert has_report(tmp_path, formats=["csv"])
    assert not has_report(tmp_path, formats=["csv", "xlsx"])
    assert not has_report(tmp_path)
    report(fit, tmp_path, formats=["xlsx"])
    assert has_report(tmp_path, formats=["csv", "xlsx"])
    (tmp_path / "tables" / "claims.csv").write_text("changed")
    assert not has_report(tmp_path, formats=["csv"])
    assert has_report(tmp_path, formats=["xlsx"])


def test_an_unknown_format_is_refused(fit, tmp_path):
    with pytest.raises(ReportError, match="unknown format 'doc'"):
        report(fit, tmp_path, formats=["doc"])
    assert list(tmp_path.iterdir()) == []
    result = call("report", tmp_path, "--format", "pdf,doc")
    assert result.exit_code == 2
    assert "'doc' is none" in result.stderr
    assert all(form in result.stderr for form in USUAL)


def test_blocks_are_said_once_for_all():
    """A block that no writer knows is a fault of ours, told as one."""
    data = {"title": "t", "scenario": None, "ok": True, "reasons": [], "lost": ["a picture"], "horizon": "h", "figures": [], "documents": [], "questions": [],
            "key_totals": [], "solid": None, "digest": "sha256:0", "headline": {"label": "L", "median": "m", "ninety": "n", "questions": []},
            "front": {"mixture": [], "parts": None, "notes": [], "left_out": {"note": "", "figures": ""}, "scenarios": {"rows": [["Low", "1", "0 to 2"]], "unknown": ""}},
            "brief": {"believed": None, "carried": None, "conflict": None, "scenarios": "", "checks": None, "doubts": []}}  # fmt: skip
    text = markdown(brief_blocks(data), None)
    assert "> **Left out**, since it could not be drawn or reckoned: a picture." in text
    assert "| Low | **1** | 0 to 2 |" in text
    assert "run `nkestimate robustness CASE`" in text

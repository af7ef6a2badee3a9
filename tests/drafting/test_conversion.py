"""Pages and PDFs to text: what typesetting adds is gone, figures are not; what can't be read is told with what to do."""

from __future__ import annotations

import time

import pytest
import typst
from pypdf import PdfReader, PdfWriter

from nkestimate.drafting import conversion
from nkestimate.drafting.conversion import convert, joined

PAGE = """<!doctype html><html><head><title>Ferry full | Holm Post</title><meta property="og:title" content="Ferry carries 412,000">
<meta property="og:site_name" content="Holm Post"><meta property="article:published_time" content="2025-02-03T10:00:00+01:00"></head><body>
<nav><a href="/a">Home</a> <a href="/b">99 offers for you</a></nav><article><h1>Ferry carries 412,000</h1>
<p>The ferry to Holm carried 412,000 pas&shy;sengers in 2024, the port authority said on Monday, 6 per cent more than in the year before it.</p>
<p>A ticket cost &euro;6.40 on average, a spokeswoman said, and the company expects to take some &euro;2.5&nbsp;million in this year.</p>
<script>var x = 777;</script></article><footer>Copyright 1998 Holm Post</footer></body></html>"""
SHEET = """#set page(width: 12cm, height: 9cm, header: [The Holm Ferry Report], footer: context align(center)[#counter(page).display()])
#set text(size: 11pt)
The ferry to Holm carried 412,000 passengers in 2024, and a ticket cost 6.40 euros.
#pagebreak()
A second page says that 40 of the 1,250 travellers had no ticket at all.
#pagebreak()
The subsidy is 1.1 million euros a year.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    (folder / "sheet.typ").write_text(SHEET, encoding="utf-8")
    typst.compile(folder / "sheet.typ", output=folder / "sheet.pdf")
    blank, locked, part = PdfWriter(), PdfWriter(clone_from=PdfReader(folder / "sheet.pdf")), PdfWriter(clone_from=PdfReader(folder / "sheet.pdf"))
    blank.add_blank_page(300, 300)
    part.add_blank_page(300, 300)
    locked.encrypt("secret", algorithm="RC4-128")
    for name, writer in (("scan", blank), ("locked", locked), ("part", part)):
        writer.write(folder / f"{name}.pdf")
    (folder / "broken.pdf").write_bytes((folder / "sheet.pdf").read_bytes()[:400])
    (folder / "empty.html").write_text("", encoding="utf-8")
    (folder / "shell.html").write_text("<html><body><script>run()</script><div id=app></div></body></html>", encoding="utf-8")
    return folder


def test_a_page_gives_its_article_and_what_it_says_of_itself(folder):
    read = convert(folder / "page.html")
    assert (read["title"], read["publisher"], read["published"]) == ("Ferry carries 412,000", "Holm Post", "2025-02-03")
    assert read["text"].startswith("Ferry carries 412,000\n")
    assert "412,000 passengers in 2024" in read["text"] and "€6.40" in read["text"]
    assert not {"99", "777", "1998"} & set(read["text"].split())


def test_a_pdf_gives_its_pages_without_what_runs_through_them(folder):
    text = convert(folder / "sheet.pdf")["text"]
    assert " ".join(text.split()) == ("The ferry to Holm carried 412,000 passengers in 2024, and a ticket cost 6.40 euros. A second page says that 40 of "
                                      "the 1,250 travellers had no ticket at all. The subsidy is 1.1 million euros a year.")


@pytest.mark.parametrize("name, problem, hint", [
    ("scan.pdf", "it is a scan", "ocrmypdf"), ("locked.pdf", "encrypted", "password"), ("broken.pdf", "can't be read", ".txt"),
    ("empty.html", "is empty", "save the page again"), ("shell.html", "no text was found", "copy the text"),
])  # fmt: skip
def test_what_gives_no_text_is_told_with_what_to_do(folder, name, problem, hint):
    said, expected, way_out = convert(folder / name)["fault"]
    assert problem in said and expected and hint in way_out
    assert "Traceback" not in said


def test_a_page_without_text_among_others_is_told(folder):
    assert convert(folder / "part.pdf")["notes"] == ["no text on page 4: if it is a scan, its figures are missing"]


def test_breaks_of_lines_and_pages_are_mended_and_figures_stay():
    assert joined(["The har\u00ad\nbour and its wa-\nter cost 5-\n7 million", "euros. The self-\nmade, self-made map."]) == (
        "The harbour and its water cost 5-\n7 million\neuros. The self-made, self-made map.")
    assert joined(["Of boats there were\n12", "Of ships\n900", "Of rafts\n31"]).split() == ["Of", "boats", "there", "were", "12", "Of", "ships", "900", "Of", "rafts", "31"]
    assert joined(["One\n7", "Two\n8", "Three\n9"]).split() == ["One", "Two", "Three"]
    assert joined(["It ended.", "Then it began."]) == "It ended.\n\nThen it began."
    assert joined([]) == ""


def test_what_asks_for_too_much_ends_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "_SECONDS", 1)
    path = tmp_path / "deep.html"
    path.write_text("<div><p>40 boats " * 400_000, encoding="utf-8")
    began = time.monotonic()
    read = convert(path)
    assert "fault" in read or len(read["text"]) < conversion.LARGEST_TEXT
    assert time.monotonic() - began < 30


def test_libraries_that_are_missing_are_named(folder, monkeypatch, tmp_path):
    (tmp_path / "trafilatura.py").write_text("raise ModuleNotFoundError('no', name='trafilatura')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{__import__('os').environ.get('PYTHONPATH', '')}")
    problem, _, hint = convert(folder / "page.html")["fault"]
    assert problem.startswith("trafilatura is needed") and "nkestimate[texts]" in hint

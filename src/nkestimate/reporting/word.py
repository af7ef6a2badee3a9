"""The brief for a word processor: its blocks as DOCX, with real headings, tables with a head, links and described pictures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from nkestimate.fitting.formats import PAPERS
from nkestimate.reporting.letters import seen

Record = dict[str, Any]

_INK, _SOFT, _BLUE, _RED = "1D2733", "5B6570", "14507F", "B3261E"
_LANGUAGE = "en-GB"
_SIDE, _TOP = 22, 23
_SMALL, _LEAST = 9.0, 8.5  # points
_CHANGED = (1980, 1, 1, 0, 0, 0)  # what a ZIP file says of when its parts were changed: the same whenever it is written
_NARROW = {"auto": 20.0}  # mm, of columns that take what their words need


def word(blocks: Iterable[Record], *, picture: Path | None, title: str, foot: str, stamp: str, made: datetime, paper: str) -> bytes:
    """Return a DOCX file of blocks.

    Parameters
    ----------
    blocks : iterable of dict
        See `brief_blocks`.
    picture : Path or None
        PNG of the headline; without it, its description stands there.
    title, foot : str
    stamp : str
        What stands above each page in red; empty where nothing must be warned of.
    made : datetime
        What the file says of when it was made.
    paper : str
        ``a4`` or ``us-letter``.
    """
    from docx import Document

    document = Document()
    writer = _Writer(document, picture, PAPERS[paper])
    _look(document, PAPERS[paper])
    _name(document, title, made)
    _around(document, seen(foot), stamp)
    for block in blocks:
        getattr(writer, block["kind"])(block)
    file = io.BytesIO()
    document.save(file)
    return _fixed(file.getvalue())


def _fixed(content: bytes) -> bytes:
    """Return a ZIP file that does not tell when it was written."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, _CHANGED), old.read(entry), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _look(document: Any, paper: tuple[float, float]) -> None:
    from docx.shared import Mm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Mm(paper[0]), Mm(paper[1])
    section.left_margin = section.right_margin = Mm(_SIDE)
    section.top_margin = section.bottom_margin = Mm(_TOP)
    sizes = {"Normal": 10.5, "Title": 22.0, "Heading 1": 14.5}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.size, style.font.name = Pt(size), "Calibri"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in [key for key in fonts.attrib if "Theme" in key]:  # else the theme's fonts stand above what is named
            del fonts.attrib[key]
        style.font.color.rgb = RGBColor.from_string(_BLUE if "Heading" in name else _INK)
        style.paragraph_format.space_after = Pt(6)
    _language(document.styles["Normal"].element.get_or_add_rPr())
    for defaults in document.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr"):
        _language(defaults)


def _language(properties: Any) -> None:
    """State the language of the words, for spelling and for those who have them read aloud."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    language = OxmlElement("w:lang")
    for key, value in (("w:val", _LANGUAGE), ("w:eastAsia", "ja-JP"), ("w:bidi", "ar-SA")):
        language.set(qn(key), value)
    properties.append(language)


def _name(document: Any, title: str, made: datetime) -> None:
    core, when = document.core_properties, made.replace(tzinfo=None)
    core.title, core.author, core.last_modified_by, core.language = seen(title)[:255], "nkestimate", "nkestimate", _LANGUAGE
    core.created = core.modified = when
    core.comments, core.revision = "", 1


def _around(document: Any, foot: str, stamp: str) -> None:
    from docx.shared import Pt, RGBColor

    section = document.sections[0]
    below = section.footer.paragraphs[0].add_run(foot)
    below.font.size, below.font.color.rgb = Pt(_LEAST), RGBColor.from_string(_SOFT)
    if stamp:
        above = section.header.paragraphs[0].add_run(stamp)
        above.font.bold, above.font.color.rgb = True, RGBColor.from_string(_RED)


class _Writer:
    """Writes blocks into a document: a method for each kind."""

    def __init__(self, document: Any, picture: Path | None, paper: tuple[float, float]):
        self.document, self.picture, self.across = document, picture, paper[0] - 2 * _SIDE

    def title(self, block: Record) -> None:
        self._written([["note", block["over"]]], keep=True)
        self.document.add_heading(seen(block["text"]), 0)
        if block["under"]:
            self._written([["note", block["under"]]])

    def heading(self, block: Record) -> None:
        self.document.add_heading(seen(block["text"]), 1)

    def headline(self, block: Record) -> None:
        from docx.shared import Pt

        paragraph = self._written(block["runs"])
        for run in paragraph.runs:
            run.font.size = Pt(13.5)
        for line in block["below"]:
            self._written(line)

    def key(self, block: Record) -> None:
        if block["figure"]:
            self._pictured(block["figure"])
        rows = [[[[["text", total["label"]]]], [[["strong", total["median"]]]], [[["text", total["under"]]]]] for total in block["totals"]]
        self.table({"header": [], "widths": ["2fr", "1fr", "1.4fr"], "right": [False] * 3, "rows": rows})

    def para(self, block: Record) -> None:
        self._written(block["runs"])

    def lead(self, block: Record) -> None:
        self._written(block["runs"], keep=True)

    note = over = para

    def alert(self, block: Record) -> None:
        from docx.shared import RGBColor

        for run in self._written(block["runs"]).runs:
            run.font.color.rgb = RGBColor.from_string(_RED)

    def table(self, block: Record) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Mm

        rows = ([[[[["strong", name]]] for name in block["header"]]] if block["header"] else []) + block["rows"]
        if not rows:
            return
        table = self.document.add_table(len(rows), len(block["widths"]))
        table.style, table.autofit = "Table Grid", False
        _ruled(table)
        widths = [Mm(width) for width in _widths(block["widths"], self.across)]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        for line, row in zip(table.rows, rows, strict=True):
            _whole(line)
            for cell, content, width, right in zip(line.cells, row, widths, block["right"], strict=True):
                cell.width = width
                for i, runs in enumerate(content):
                    paragraph = cell.paragraphs[0] if i == 0 else cell.add_paragraph()
                    self._put(paragraph, runs, _SMALL)
                    paragraph.paragraph_format.space_after = Mm(0.6)
                    if right:
                        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if block["header"]:
            _head(table.rows[0])
        self.document.add_paragraph().paragraph_format.space_after = Mm(1)

    def _pictured(self, figure: Record) -> None:
        from docx.shared import Mm

        if self.picture is None:
            self._written([["note", figure["alt"]]])
            return
        width = min(1.3 * figure["width"] * 25.4, self.across)
        shape = self.document.add_picture(str(self.picture), width=Mm(width))
        shape._inline.docPr.set("descr", seen(figure["alt"]))
        shape._inline.docPr.set("name", "headline")

    def _written(self, runs: list[list[str]], *, keep: bool = False) -> Any:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = keep
        self._put(paragraph, runs)
        return paragraph

    def _put(self, paragraph: Any, runs: list[list[str]], size: float | None = None) -> None:
        from docx.shared import Pt, RGBColor

        for style, words, *address in runs:
            run = _link(paragraph, seen(words), address[0]) if address else paragraph.add_run(seen(words))
            run.font.size = Pt(_LEAST) if style == "note" else Pt(size) if size else None
            if style == "strong":
                run.font.bold = True
            elif style == "note":
                run.font.color.rgb = RGBColor.from_string(_SOFT)
            elif style == "link":
                run.font.color.rgb, run.font.underline = RGBColor.from_string(_BLUE), True


def _widths(widths: list[str], across: float) -> list[float]:
    """Return the widths of columns in millimetres: parts of what those of a fixed width leave."""
    fixed = [float(width.removesuffix("mm")) if width.endswith("mm") else _NARROW.get(width, 0.0) for width in widths]
    parts = [float(width.removesuffix("fr")) if width.endswith("fr") else 0.0 for width in widths]
    left = across - sum(fixed)
    return [one or left * part / sum(parts) for one, part in zip(fixed, parts, strict=True)]


def _link(paragraph: Any, words: str, address: str) -> Any:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run(words)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(seen(address), RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    paragraph._p.append(link)
    link.append(run._r)
    return run


def _ruled(table: Any) -> None:
    """Leave of a table's grid the lines between its rows."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn

    sides = "".join(f'<w:{side} w:val="{"single" if side in ("top", "bottom", "insideH") else "nil"}" w:sz="4" w:color="C9CED5"/>'
                    for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    properties = table._tbl.tblPr
    after = [child for child in properties if child.tag in {qn(f"w:{name}") for name in ("shd", "tblLayout", "tblCellMar", "tblLook")}]
    borders = parse_xml(f"<w:tblBorders {nsdecls('w')}>{sides}</w:tblBorders>")
    properties.insert(properties.index(after[0]) if after else len(properties), borders)  # the standard has an order of these


def _whole(row: Any) -> None:
    """Keep a row on one page."""
    _marked(row, "w:cantSplit")


def _head(row: Any) -> None:
    """Make a row the table's head: repeated on each page, and read aloud with each cell."""
    _marked(row, "w:tblHeader")


def _marked(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))

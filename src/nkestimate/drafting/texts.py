"""The texts of a folder: plain ones as they are, pages and PDFs as the text that is read from them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nkestimate.drafting.conversion import LARGEST_TEXT, PAGES, PDF, convert
from nkestimate.drafting.heads import Head, date_in, head_of
from nkestimate.errors import CaseError, Fault
from nkestimate.wording.numbers import counted

PLAIN = (".txt", ".text", ".md")
_LARGEST_FILE = 50_000_000
_MOST_FILES = 300
_PART = "keep the part that you quote"
_WORDS_OF_YAML = ("yes", "no", "on", "off", "y", "n", "true", "false", "null")
_KINDS = "texts (.txt, .md), pages (.html) or PDFs"


@dataclass(frozen=True)
class Text:
    """One text, as it becomes evidence.

    Attributes
    ----------
    id : str
        Of the document in the case.
    name : str
        Of the file that the text is written to.
    content : bytes
        What is written there: a plain text's own bytes, or the text of a page or PDF in UTF-8.
    text : str
        ``content`` decoded, nothing normalised: offsets count its code points.
    original : Path
        The file that was read.
    original_digest : str
        SHA-256 of that file where it is not the text itself; else empty.
    head : Head
        Title, publisher and date, as far as they are said.
    notes : tuple of str
        What a reader of the text should know about how it was read.
    """

    id: str
    name: str
    content: bytes
    text: str
    original: Path
    original_digest: str
    head: Head
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of ``content``."""
        return hashlib.sha256(self.content).hexdigest()


def read_texts(folder: Path) -> tuple[tuple[Text, ...], tuple[str, ...]]:
    """Return the texts of a folder, the earliest first and undated ones last, and notes on what was not read.

    Parameters
    ----------
    folder : path
        Files in it are read, folders in it are not; nothing in it is changed.

    Returns
    -------
    tuple of (tuple of Text, tuple of str)

    Raises
    ------
    CaseError
        If a file can't be read, or there is none; it holds a fault for each.
    """
    faults: list[Fault] = []
    notes: list[str] = []
    texts: dict[str, Text] = {}
    taken: set[str] = set()
    for path in _files(folder, faults, notes):
        text = _read(path, taken, faults)
        if text is None:
            continue
        twin = texts.setdefault(text.digest, text)
        if twin is not text:
            notes.append(f"{path.name} is the same text as {twin.original.name}, and is left out")
        else:
            taken |= {text.id.lower(), text.name.lower()}
            notes += [f"{path.name}: {note}" for note in text.notes]
    if not texts and not faults:
        faults.append(_fault(folder, "there is no text in this folder", _KINDS, "put the texts that you quote there"))
    if faults:
        raise CaseError(faults)
    return tuple(sorted(texts.values(), key=lambda text: (text.head.published or date.max, text.name))), tuple(notes)


def _fault(path: Path, problem: str, expected: str, hint: str = "") -> Fault:
    return Fault(str(path), 1, "", problem, expected, hint)


def _files(folder: Path, faults: list[Fault], notes: list[str]) -> Iterator[Path]:
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    known = [path for path in files if path.is_file() and path.suffix.lower() in (*PLAIN, *PAGES, PDF)]
    others = [path.name for path in files if path not in known]
    if others:
        more = f" and {counted(len(others) - 5, 'other')}" if len(others) > 5 else ""
        notes.append(f"not read: {', '.join(others[:5])}{more}; what is read are {_KINDS}")
    if len(known) > _MOST_FILES:
        faults.append(_fault(folder, f"there are {len(known):,} texts in this folder", f"{_MOST_FILES} at most", "make several cases"))
        return
    yield from known


def _read(path: Path, taken: set[str], faults: list[Fault]) -> Text | None:
    """Return the text of one file, or None after telling why there is none."""
    if path.stat().st_size > _LARGEST_FILE:
        faults.append(_fault(path, f"the file has {path.stat().st_size:,} bytes", f"{_LARGEST_FILE:,} at most", _PART))
        return None
    if path.suffix.lower() not in PLAIN:
        return _converted(path, taken, faults)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        faults.append(_fault(path, f"byte {error.start} is not UTF-8", "a text in UTF-8", "save it so, with iconv, say"))
        return None
    if not text.strip() or len(text) > LARGEST_TEXT:
        problem = f"the text has {len(text):,} characters" if text.strip() else "the text is empty"
        faults.append(_fault(path, problem, f"a text of {LARGEST_TEXT:,} at most", _PART))
        return None
    return Text(_id(path, taken), _name(path.name, taken), content, text, path, "", head_of(text))


def _converted(path: Path, taken: set[str], faults: list[Fault]) -> Text | None:
    read = convert(path)
    if "fault" in read:
        faults.append(_fault(path, *read["fault"]))
        return None
    content = str(read["text"]).encode("utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = _name(f"{path.name}.txt" if path.with_suffix(".txt").exists() else f"{path.stem}.txt", taken)
    return Text(_id(path, taken), name, content, content.decode("utf-8"), path, digest, _head(read), tuple(read["notes"]))


def _head(read: dict[str, Any]) -> Head:
    """Return what a page says of itself, else what its text does."""
    said, own = head_of(read["text"]), "the page's own heading"
    day = date_in(read["published"])
    return Head(read["title"] or said.title, read["publisher"] or said.publisher, day or said.published,
                own if read["title"] else said.title_from, own if read["publisher"] else said.publisher_from,
                "the page's own date" if day else said.published_from)


def _id(path: Path, taken: set[str]) -> str:
    """Return an id made of a file's name."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", path.stem) if not unicodedata.combining(one)).lower()
    key = re.sub(r"[^a-z0-9_]+", "-", letters).strip("-_")[:40].strip("-")
    return _free(key if re.match(r"[a-z]", key) and key not in _WORDS_OF_YAML else f"text-{key}".rstrip("-"), "", taken)


def _name(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    return _free(stem, f"{dot}{suffix}", taken)


def _free(stem: str, suffix: str, taken: set[str]) -> str:
    """Return a name that no other text has, whatever the letter case: folders of some systems know none."""
    name, number = f"{stem}{suffix}", 1
    while name.lower() in taken:
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name

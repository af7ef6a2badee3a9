"""Whether the evidence of a case accounts for every numeric phrase of its documents."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from os import PathLike
from pathlib import Path

from nkestimate.case.evidence import Evidence, Place, read_evidence
from nkestimate.errors import Fault
from nkestimate.evidence.agreement import Disagreement, disagreements
from nkestimate.printed.cursor import Numeral
from nkestimate.printed.numerals import numerals_of
from nkestimate.printed.phrases import Phrase, find_phrases
from nkestimate.printed.rules import RULES
from nkestimate.printed.sentences import sentence_at
from nkestimate.printed.whitespace import gaps, quoted, respaced

STATUSES = ("claimed", "excluded", "incidental", "unaccounted")
"""What a phrase can be."""
_STATUS = {"claims": "claimed", "excluded": "excluded", "incidental": "incidental"}
_LARGEST_FILE = 50_000_000


@dataclass(frozen=True)
class Row:
    """One numeric phrase of one document.

    Attributes
    ----------
    document : str
        Id of the document.
    at : int
        Code point offset of the phrase.
    phrase : str
        The phrase as printed.
    status : str
        One of `STATUSES`.
    claim : str
        Id of the claim that it belongs to; else empty.
    reason : str
        Why it is excluded or incidental; else empty.
    rule : str
        The rule by which it is incidental (a key of `nkestimate.printed.rules.RULES`); empty where an entry says so.
    found : Phrase or None
        What the finder found, of which the row may be a part; None for an entry whose words hold no number in digits or English words.
    sentence : str
        The sentence in which it stands, on one line; what can't be seen in it is written out.
    """

    document: str
    at: int
    phrase: str
    status: str
    claim: str = ""
    reason: str = ""
    rule: str = ""
    found: Phrase | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Audit:
    """The audit of one case.

    Attributes
    ----------
    case : str
        The case's id.
    rows : tuple of Row
        Every numeric phrase, in the order of documents and offsets.
    faults : tuple of Fault
        Files that are missing or of another digest, words that do not stand at their place, places with two owners, and
        faults of the evidence itself.
    warnings : tuple of Disagreement
        Claims whose kind or values disagree with their printed figures.
    documents : tuple of str
        Ids of all documents of the case, read or not.
    """

    case: str
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Disagreement, ...]
    documents: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every phrase is accounted for and nothing is at fault; warnings do not count."""
        return not self.faults and not self.unaccounted

    @property
    def unaccounted(self) -> tuple[Row, ...]:
        """The phrases that nothing in the case accounts for."""
        return tuple(row for row in self.rows if row.status == "unaccounted")

    @cached_property
    def tally(self) -> Mapping[str, Mapping[str, int]]:
        """By document, the number of phrases by status."""
        counts = Counter((row.document, row.status) for row in self.rows)
        return {key: {status: counts[key, status] for status in STATUSES} for key in self.documents}

    @property
    def total(self) -> Mapping[str, int]:
        """The number of phrases by status, over all documents."""
        return {status: sum(one[status] for one in self.tally.values()) for status in STATUSES}


def audit_case(path: str | PathLike[str], documents: str | PathLike[str]) -> Audit:
    """Hold the documents of a case against its evidence.

    The model (quantities, formulas, priors, questions) is not looked at, and may have faults.

    Parameters
    ----------
    path : path
        The case.
    documents : path
        The folder with the documents. A copy is known by its digest, whatever its name.

    Returns
    -------
    Audit

    Raises
    ------
    CaseError
        If the case can't be read at all.
    """
    evidence = read_evidence(Path(path))
    folder = Path(documents)
    copies = _Copies(folder)
    rows: list[Row] = []
    faults = list(evidence.faults)
    by_document: dict[str, list[Place]] = {key: [] for key in evidence.nodes}
    for place in evidence.places:
        by_document.setdefault(place.document, []).append(place)
    for key in evidence.documents:
        text = _text(key, evidence, copies, faults)
        if text is not None:
            reader = _Owners(text, by_document[key])
            rows += reader.rows(key)
            faults += reader.faults
    doubted = tuple(disagreements(evidence))
    faults += [_slip(one) for one in doubted if one.thousands]
    warnings = tuple(one for one in doubted if not one.thousands)
    return Audit(evidence.case, tuple(rows), tuple(sorted(set(faults))), warnings, tuple(evidence.documents))


def _slip(one: Disagreement) -> Fault:
    """Return the fault of a claim that is a thousand times its figure, or a thousandth of it."""
    size = f"10^{3 * abs(one.thousands)}"
    times = f"{size} times what is printed" if one.thousands > 0 else f"what is printed is {size} times that"
    expected = "the value as printed, in the unit that is printed"
    return one.place.fault(f"{one.problem}: {times}", expected, "look at 'unit:' and at scale words")


# ---------------------------------------------------------------- files


class _Copies:
    """The files of a folder by their digests, hashed once and only when a name alone does not settle it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._digests: dict[str, Path] | None = None

    def read(self, name: str | None) -> bytes | None:
        path = self.folder / name if name and not Path(name).is_absolute() and ".." not in Path(name).parts else None
        return path.read_bytes() if path and path.is_file() and path.stat().st_size <= _LARGEST_FILE else None

    def by_digest(self, digest: str) -> bytes | None:
        if self._digests is None:
            files = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
            small = [path for path in files if path.is_file() and path.stat().st_size <= _LARGEST_FILE]
            self._digests = {_sha256(path.read_bytes()): path for path in small}
        path = self._digests.get(digest)
        return path.read_bytes() if path else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _text(key: str, evidence: Evidence, copies: _Copies, faults: list[Fault]) -> str | None:
    """Return the text of a document, or None after telling why there is none."""
    entry, node = evidence.documents[key], evidence.nodes[key]

    def fault(part: str, problem: str, expected: str, hint: str = "") -> None:
        faults.append(node.at((part,)).fault(("documents", key, *([part] if part else [])), problem, expected, hint))

    stated = (entry.sha256 or "").lower().removeprefix("sha256:")
    named = copies.read(entry.file)
    content = named if named is not None and _sha256(named) == stated else (copies.by_digest(stated) if stated else None)
    if content is None and named is None:
        name = f"'{entry.file}' is not in {copies.folder}" if entry.file else "the document names no file"
        expected = "a copy of the document there" if entry.file else "file: and sha256: of the text that was read"
        hint = f"no file there has the digest {stated[:12]}…, either" if stated else ""
        fault("file" if entry.file else "", name, expected, hint)
        return None
    if content is None and named is not None:
        found = _sha256(named)
        if stated:
            fault("sha256", f"'{entry.file}' has the digest {found[:12]}…", f"{stated[:12]}…, that of the text that was read",
                  "find the copy that was read; or read this one, correct the offsets and enter its digest")
        else:
            fault("", f"no digest is stated for '{entry.file}'", "sha256: of the text that was read", f"this copy has sha256: {found}")
        content = named
    try:
        return (content or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        fault("file", f"'{entry.file}' is no UTF-8 at byte {error.start}", "a text in UTF-8", "save it so; enter its digest and offsets")
        return None


# ---------------------------------------------------------------- owners


@lru_cache(maxsize=16)  # `watch` audits at each save: the case has changed then, its documents have not
def _phrases(text: str) -> tuple[Phrase, ...]:
    return find_phrases(text)


class _Owners:
    """Finds out which entry of the case owns each number of one document; ``faults`` collects what is wrong."""

    def __init__(self, text: str, places: Iterable[Place]):
        self.text = text
        self.faults: list[Fault] = []
        self.phrases = _phrases(text)
        self.places = [place for place in places if self.stands(place)]
        self.owner: dict[Numeral, Place] = {}
        self.idle: list[Place] = []
        for place in self.places:
            self.own(place)

    def stands(self, place: Place) -> bool:
        """Whether the words of an entry stand where it says; tells what is wrong otherwise."""
        figures, at = place.figures, place.at
        if not figures:
            if at is not None:
                self.faults.append(place.fault("an offset without the words that stand there", "figures: as printed"))
            return False
        if at is not None and self.text[at : at + len(figures)] == figures:
            return True
        found, other = self.nearest(figures, at or 0), respaced(self.text, figures, at or 0)
        problem = f"'{figures}' has no offset" if at is None else f"'{figures}' does not stand at {at}"
        hint = f"it stands at {found}" if found is not None else "the document does not hold these words, to the letter"
        if other and (found is None or other[0] == at) and other[1] != figures:
            hint = f"between the words there {gaps(other[1])} is printed; write {{figures: {quoted(other[1])}, at: {other[0]}}}"
        self.faults.append(place.fault(problem, "the words as printed, and the code point offset of the first of them", hint))
        return False

    def nearest(self, figures: str, at: int) -> int | None:
        starts, start = [], self.text.find(figures)
        while start >= 0:
            starts.append(start)
            start = self.text.find(figures, start + 1)
        return min(starts, key=lambda one: abs(one - at), default=None)

    def own(self, place: Place) -> None:
        """Give a place the numbers that stand in its words."""
        assert place.at is not None
        assert place.figures is not None
        start, end = place.at, place.at + len(place.figures)
        touched = [numeral for phrase in self.phrases for numeral in phrase.numerals if numeral.start < end and start < numeral.end]
        for numeral in touched:
            if self.is_cut(numeral, start, end):
                printed = self.text[numeral.start : numeral.end]
                self.faults.append(place.fault(f"'{place.figures}' cuts '{printed}' in two", "whole numbers as printed"))
            elif numeral in self.owner:
                self.tell_twice(place, self.owner[numeral])
            else:
                self.owner[numeral] = place
        if not touched:
            twin = next((one for one in self.idle if one.at is not None and one.at < end and start < one.at + len(one.figures or "")), None)
            if twin:
                self.tell_twice(place, twin)
            self.idle.append(place)

    def is_cut(self, numeral: Numeral, start: int, end: int) -> bool:
        """Whether part of a number stands outside of a place: digits or number words, not a mere "a" or "some"."""
        edges = [at for at in (start, end) if numeral.start < at < numeral.end]
        if any(self.text[at - 1].isalnum() and self.text[at].isalnum() for at in edges):
            return True
        outside = self.text[numeral.start : max(numeral.start, start)], self.text[min(numeral.end, end) : numeral.end]
        return any(numerals_of(part) or any(letter.isdigit() for letter in part) for part in outside)

    def tell_twice(self, place: Place, owner: Place) -> None:
        self.faults.append(place.fault(f"'{place.figures}' at {place.at} belongs to {owner.path} already", "one owner for each figure",
                                       "delete one of the entries; a figure that bears on two claims is a report of one of them"))

    # ------------------------------------------------------------ rows

    def rows(self, document: str) -> list[Row]:
        """Return a row for each phrase, and for each entry whose words hold no number that was found."""
        rows = [row for phrase in self.phrases for row in self.rows_of(document, phrase)]
        rows += [_row(document, place.at or 0, place.figures or "", place, None) for place in self.idle]
        rows.sort(key=lambda row: row.at)
        return [replace(row, sentence=sentence_at(self.text, row.at, row.at + len(row.phrase))) for row in rows]

    def rows_of(self, document: str, phrase: Phrase) -> Iterator[Row]:
        owners = [self.owner.get(numeral) for numeral in phrase.numerals]
        if len(set(owners)) == 1:
            yield _row(document, phrase.start, phrase.text, owners[0], phrase)
            return
        # Some of its numbers belong to one entry, some to another or to none: a row for each.
        for numeral, place in zip(phrase.numerals, owners, strict=True):
            yield _row(document, numeral.start, self.text[numeral.start : numeral.end], place, phrase)


def _row(document: str, at: int, text: str, place: Place | None, phrase: Phrase | None) -> Row:
    if place is None and phrase and phrase.rule:
        return Row(document, at, text, "incidental", "", RULES[phrase.rule], phrase.rule, phrase)
    if place is None:
        return Row(document, at, text, "unaccounted", found=phrase)
    return Row(document, at, text, _STATUS[place.section], place.claim, place.reason, found=phrase)

"""Title, publisher and date of a text, where its first lines say them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = {name: i + 1 for i, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])}
_MONTH = (r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
          r"|Nov(?:ember)?|Dec(?:ember)?)\.?")
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DATES = tuple(re.compile(form, re.IGNORECASE) for form in (
    r"\b(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?!\d)", rf"\b{_DAY}\s+{_MONTH},?\s+{_YEAR}\b",
    rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b",
    r"\b(?P<day>[0-3]\d)\.(?P<month>[01]\d)\.(?P<year>(?:19|20)\d\d)\b"))
_NO_YEAR = re.compile(rf"\b(?:{_DAY}\s+{_MONTH}|{_MONTH.replace('month', 'other')}\s+{_DAY.replace('day', 'the')})(?!\w)")
_SAYS_SO = re.compile(r"\b(?:published|posted|issued|released|date[d]?|updated)\b", re.IGNORECASE)
_HEAD_LINES, _LONGEST_DATELINE, _LONGEST_TITLE, _MOST_WORDS = 15, 100, 120, 9
_DATELINE = re.compile(r"^[A-Z][A-Z .,'’/-]+(?:,\s[^()–—]{3,20})?\s\((?P<agency>[^()]{2,40})\)\s*[–—-]")
_STATED = re.compile(r"^(?:publisher|published by|source|outlet)\s*:\s*(?P<name>[^\n]{2,60})$", re.IGNORECASE)
_PRESS = re.compile(
    r"\b(?:Gazette|Times|News|Post|Herald|Journal|Daily|Weekly|Tribune|Press|Observer|Guardian|Chronicle|Courier|Mail|Star|Echo|Review|Mirror"
    r"|Standard|Telegraph|Radio|TV|Television|Broadcasting|Agency|Institute|Research|University|Ministry|Office|Bureau|Bank|Council"
    r"|Commission|Authority|Association|Foundation|Society|Centre|Center|Magazine|Bulletin)\b")
_NAME = re.compile(r"(?:The\s)?[A-Z][\w’'&.-]*(?:\s(?:of|for|the|and|&|[A-Z][\w’'&.-]*)){0,6}")


@dataclass(frozen=True)
class Head:
    """What a text says of itself; empty, or None, where it does not.

    Attributes
    ----------
    title, publisher : str
    published : date or None
    title_from, publisher_from, published_from : str
        The words that say so; where they are not sure or not whole, what was found.
    """

    title: str = ""
    publisher: str = ""
    published: date | None = None
    title_from: str = ""
    publisher_from: str = ""
    published_from: str = ""


def head_of(text: str) -> Head:
    """Return title, publisher and date as far as the first lines of a text say them.

    Examples
    --------
    >>> head = head_of("Ferries carry a record\\nFjord Gazette, 5 March 2025\\n\\nSome 4,000 people crossed.")
    >>> head.title, head.publisher, str(head.published)
    ('Ferries carry a record', 'Fjord Gazette', '2025-03-05')
    """
    lines = [" ".join(line.split()) for line in text[:20_000].splitlines() if line.strip()][:_HEAD_LINES]
    tail = [" ".join(line.split()) for line in text[-2_000:].splitlines() if line.strip()][-3:]
    published, dateline = _date(lines, tail)
    publisher, stated = _publisher(lines)
    title = _title(lines) if len(lines) < 2 or not lines[1][0].islower() else ""
    return Head(title, publisher, published, title, stated, dateline)


def _title(lines: list[str]) -> str:
    """Return the first line where it is one by its form: short, without a stop at its end, and more than a date."""
    first = re.sub(r"^#{1,6} ", "", lines[0]) if lines else ""  # as Markdown marks it
    fits = 3 < len(first) <= _LONGEST_TITLE and not re.search(r"(?<!\bvs)[.,;:…]$", first) and len(lines) > 1
    return first if fits and not date_in(first) and not _STATED.match(first) and re.search(r"[^\W\d_]{2}", first) else ""


def _date(lines: list[str], tail: list[str]) -> tuple[date | None, str]:
    for line in lines:
        if len(line) <= _LONGEST_DATELINE and (_SAYS_SO.search(line) or _is_dateline(line)) and (found := date_in(line)):
            return found, line
    for line in (*lines, *tail):
        if (said := _SAYS_SO.search(line)) and len(line) <= _LONGEST_DATELINE and (found := date_in(line[said.start() :])):
            return found, line
    # "OSLO, 3 May 2031. The ministry …", "OSLO, April 9 (Agency) — …": the dateline of a text without lines of its own.
    for line in lines[:4]:
        place = re.match(r"[A-Z][A-Z .,'’/-]{2,40}[,.]?\s", line)
        if place and (found := date_in(line[: place.end() + 25])):
            return found, line[: place.end() + 25]
        if place and (part := _NO_YEAR.search(line, place.end() - 1, place.end() + 20)):
            return None, part[0]
    return None, ""


def _is_dateline(line: str) -> bool:
    """Whether a line has a date at its end, or its beginning, and little else."""
    spans = [match.span() for form in _DATES for match in form.finditer(line)]
    if not spans or len(line.split()) > 3 + _MOST_WORDS:
        return False
    start, end = spans[0]
    ends = not re.search(r"\w{4}", line[end:]) and not line.endswith(".")
    return ends or (start == 0 and len(line[end:].split()) <= 4)


def date_in(words: str) -> date | None:
    """Return the first whole date in words, or None.

    Examples
    --------
    >>> str(date_in("Posted Oct. 29, 2024, 12:08 PM")), date_in("31 February 2024"), date_in("In March 2024")
    ('2024-10-29', None, None)
    """
    matches = sorted((match for form in _DATES for match in form.finditer(words)), key=lambda match: match.start())
    for match in matches:
        month = _MONTHS.get(match["month"][:3].lower()) or (int(match["month"]) if match["month"].isdigit() else 0)
        try:
            return date(int(match["year"]), month, int(match["day"]))
        except ValueError:
            continue
    return None


def _publisher(lines: list[str]) -> tuple[str, str]:
    """Return who published a text where a line names it: "Publisher: …", "OSLO (Agency) —", "Fjord Gazette, 5 March 2025"."""
    perhaps = ""
    for line in lines:
        if stated := _STATED.match(line):
            return stated["name"].strip(" ."), line
        if dateline := _DATELINE.match(line):
            return dateline["agency"], dateline[0]
        name = line.partition(",")[0].strip()
        if _is_dateline(line) and _NAME.fullmatch(name) and not date_in(name):
            if _PRESS.search(name):
                return name, line
            perhaps = perhaps or line  # as like a place as a publisher
    return "", perhaps

"""What makes a numeric phrase incidental by rule: dates, times, ages, places in an order, names, references, pronouns.

A rule that hides a real figure is the worst error there is, so each asks for a form that only incidental numbers have, and
gives way where the number is measured: a currency, a unit or people beside it, thousands set off, a scale word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from nkestimate.audit.vocabulary import words_of

RULES = MappingProxyType({
    "date": "a date or a stretch of the calendar",
    "time": "a time of day",
    "age": "an age",
    "order": "a place in an order",
    "name": "part of a name",
    "reference": "the number of a page, an article, a unit, a footnote",
    "address": "part of an address or a telephone number",
    "pronoun": "'one' that counts nothing",
})
"""The rules by which a phrase is incidental, each with what it says of the phrase."""

MONTH = (r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?"
         r"|Dec(?:ember)?|JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER)\b\.?")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d,.]*\d)\b"
_DAY_WORD = (r"(?:(?:twenty|thirty)[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|thirteenth|fourteenth"
             r"|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth")
_YEAR = r"(?:1[5-9]\d\d|20\d\d)(?![\d,.]*\d)\b"
_TO = r"\s?(?:[-‐‑–—/]|to|and|or|through|until|till|&)\s?"
_UNIT_OF_TIME = r"(?:second|minute|hour|day|night|weekend|week|fortnight|month|quarter|year|season|decade|centur(?:y|ie))s?"
_NOUN_OF_REFERENCE = (
    r"(?:[Pp]ages?|[Cc]hapters?|[Ss]ections?|[Aa]rticles?|[Pp]aragraphs?|[Cc]lauses?|[Ff]igures?|[Tt]ables?|[Aa]nnex|[Aa]ppendix|[Vv]olumes?"
    r"|[Ff]ootnotes?|[Rr]esolutions?|[Vv]erses?|[Ee]pisodes?|Issue|Rule|Order|Decree|Law|Act|Regulation|Directive|Room|Office|Bureau|Department"
    r"|Unit|Brigade|Division|Regiment|Battalion|Fleet|Flight|Route|Highway|Interstate|Channel|Phase|Stage|Level|Category|Type|Model|Mark|Mk|Version"
    r"|Gate|Terminal|Building|Block|Area|Zone|Sector|Camp|School|Hospital|Protocol|Case|Exhibit|Slide|Step|Item|Part|Book|Session|Day|Week"
    r"|Round|Group|Pier|Berth|Reactor|Lot|Track|Lane|Runway|Platform|Station|Class|Grade|Tier|Title|Schedule|Season|Series|Plant|Factory|Apartment"
    r"|Boeing|Airbus|Tupolev|Sukhoi|Antonov|Apollo|Soyuz|Vostok|Falcon|Leopard|Hwasong|Shahed|Geran|Mavic|Windows|iPhone|Formula|Fortune|Agenda|Vision)")
_SMALL_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)"


@dataclass(frozen=True)
class Pattern:
    """A form that makes a phrase incidental.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    form : re.Pattern
        What the whole phrase looks like.
    measured_may : bool
        Whether it holds even where a unit or people follow (a time of day does).
    """

    rule: str
    form: re.Pattern[str]
    measured_may: bool = False


def _pattern(rule: str, form: str, flags: int = 0, measured_may: bool = False) -> Pattern:
    return Pattern(rule, re.compile(form, flags), measured_may)


ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"”»)]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|gov|edu|info|news|co\.uk|co\.kr)\b(?:/[^\s<>\"”»)]*)?|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE)
"""Addresses of pages and mails; digits in them say nothing."""

PATTERNS = (
    _pattern("address", r"\+\d[\d ()./‑-]{6,}\d"),
    _pattern("address", r"\b(?:tel|phone|telephone|fax|hotline|mobile)\b[.:]*\s*\(?\d[\d ()./‑-]{4,}\d", re.IGNORECASE),
    # Dates with a month.
    _pattern("date", rf"{MONTH}\s{_DAY}(?:{_TO}(?:{MONTH}\s)?{_DAY}(?!\s{MONTH}))?(?:,?\s{_YEAR})?"),
    _pattern("date", rf"(?:\bthe\s)?\b{_DAY}(?:(?:{_TO}|,\s){_DAY})?\s(?:of\s)?{MONTH}(?:,?\s{_YEAR})?"),
    _pattern("date", rf"\b(?:the\s)?(?:{_DAY_WORD})\sof\s{MONTH}(?:,?\s{_YEAR})?", re.IGNORECASE),
    _pattern("date", rf"{MONTH}\sthe\s(?:{_DAY_WORD})\b"),
    _pattern("date", rf"{MONTH}(?:{_TO}{MONTH})?,?\s(?:of\s)?{_YEAR}"),
    _pattern("date", rf"{MONTH}\s['’]\d\d\b"),
    _pattern("date", r"\b\d{4}([-/.])\d{1,2}\1\d{1,2}\b|\b\d{1,2}([./-])\d{1,2}\2(?:19|20)?\d\d\b"),
    # Parts of a year, years in pairs, decades.
    _pattern("date", rf"\b(?:(?:first|second|third|fourth|last|final|1st|2nd|3rd|4th|Q[1-4]|H[12])[- ](?:quarter|half|trimester|months?)|[QH][1-4])"
                     rf"(?:(?:\sof)?(?:\s(?:the|fiscal|financial|year|FY))*\s{_YEAR})?", re.IGNORECASE),
    _pattern("date", r"\bFY\s?-?(?:\d{4}(?:[-–/]\d\d)?|\d\d(?:[-–/]\d\d)?)\b"),
    _pattern("date", rf"\b(?:(?:early|mid|late|spring|summer|autumn|fall|winter|fiscal|pre|post)[- ](?:to[- ](?:mid|late)[- ])?|the\syears?\s|years?\s)(?:of\s)?{_YEAR}"
                     rf"(?:{_TO}{_YEAR})?", re.IGNORECASE),
    _pattern("date", r"\b(?:1[5-9]|20)\d\d[-–/]\d\d\b(?![\d,.-]*\d)"),
    _pattern("date", rf"\b(?:from|between|in|during|of|the|\()?\s?{_YEAR}{_TO}{_YEAR}"),
    _pattern("date", r"(?:\bthe\s)?(?:\b(?:early|mid|late)[- ])?(?:to[- ](?:mid|late)[- ])?(?:\b(?:1\d|20)\d0|['’]\d0|\b\d0)['’]?s\b"),
    _pattern("date", r"\bthe\s(?:(?:early|mid|late)[- ])?(?:twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b", re.IGNORECASE),
    _pattern("date", r"\b(?:\d{1,2}(?:st|nd|rd|th)|[a-z]+(?:-[a-z]+)?(?:th|st))[- ]centur(?:y|ies)\b", re.IGNORECASE),
    # Times of day.
    _pattern("time", r"\b\d{1,2}(?:[:.][0-5]\d)?\s?(?:[-–]\s?\d{1,2}(?:[:.][0-5]\d)?\s?)?(?:a\.m\.?|p\.m\.?|[AaPp][Mm]\b|o['’]clock|noon\b|midnight\b)"
                     r"(?:\s(?:[A-Z]{2,4}|local time)\b)?", 0, True),
    _pattern("time", rf"\b{_SMALL_WORD}\s(?:o['’]clock|[ap]\.?m\b)", re.IGNORECASE, True),
    _pattern("time", r"\b(?:[01]\d|2[0-4])[:.]?[0-5]\d\s?(?:GMT|UTC|EST|EDT|PST|PDT|CET|CEST|KST|JST|MSK|BST|Z|hrs?|hours|local\stime)\b", 0, True),
    _pattern("time", r"(?<!ratio of )(?<!odds of )(?<!scale of )\b(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?\b(?:\s?(?:GMT|UTC|[ECP][SD]T))?", 0, True),
    # References.
    _pattern("reference", r"(?:\bNos?\.?|\bno\.|№|\bNr\.)\s?\d+(?:[-–/]\d+)?\b"),
    _pattern("reference", rf"\b[Nn]umber\s(?:\d{{1,3}}|{_SMALL_WORD})\b"),
    _pattern("reference", rf"\b{_NOUN_OF_REFERENCE}[\s-](?:[Nn]o\.?\s?)?(?:\d{{1,4}}(?:[-–.]\d{{1,3}})*[A-Za-z]?(?:\(\d+\))?|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even)\b(?![\d,.]*\d)"),
    _pattern("reference", r"(?:\bpp?\.|\bch\.|\bart\.|\bvol\.|\bfig\.|\bpara\.|§§?)\s?\d+(?:[-–]\d+)?\b", re.IGNORECASE),
    _pattern("reference", r"#\s?\d+\b|\[\d{1,3}\]"),
    _pattern("reference", r"^[ \t]*\(?\d{1,2}[.)](?=[ \t]+\S)", re.MULTILINE),
    # Names of known things.
    _pattern("name", rf"\b(?:Group|Big|Gang)\s(?:of\s)?(?:{_SMALL_WORD}|\d{{1,2}})\b(?!\s[a-z])", re.IGNORECASE),
    _pattern("name", r"\b(?:S&P|Fortune|FTSE|Nasdaq|NASDAQ|Nikkei|CAC|DAX|KOSPI|Dow|Russell|Stoxx|STOXX)[\s-]\d{2,4}\b"),
    _pattern("name", r"\b(?:Air Force|Marine|Formula|Channel|BBC|World War|Ground|ground)\s(?:[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Zz]ero)\b"),
    _pattern("name", r"\bP5\s?\+\s?1\b|\bCatch[- ]22\b|\b9/11\b|\b7/7\b|\b24/7\b"),
    # Calibres: a length beside a weapon.
    _pattern("name", r"\b\d{1,3}(?:\.\d{1,2})?(?:\s?[x×]\s?\d{1,3})?[\s-]?(?:mm|millimet(?:re|er))\b(?=[\s-](?:[\w-]+[\s-]){0,3}?(?:artillery|howitzers?|shells?"
                     r"|guns?|rounds?|mortars?|rockets?|cannons?|ammunition|munitions?|projectiles?|rifles?|calibre|caliber|launchers?|MLRS|tanks?))", 0, True),
    _pattern("name", r"\b(?:calibre|caliber)\sof\s\d{1,3}(?:\.\d+)?\s?mm\b", 0, True),
    # One that counts nothing.
    _pattern("pronoun", r"\b(?:no|No)[- ]one\b|\b[Oo]ne\sanother\b|\b[Oo]ne-(?:time|off|sided|way|on-one|liner|stop|size)\b|\b[Oo]ne\sby\sone\b|\b[Oo]n\s(?:the\s)?one\shand\b"),
    _pattern("pronoun", r"\b[Oo]ne\sof\s(?=(?:the|his|her|its|their|our|my|your|those|these|them|us|which|whom|many|several|a|Kim|Russia|North)\b|[A-Z])"),
    _pattern("pronoun", r"\b(?:[Aa]t\sone\s(?:point|time|stage)|[Oo]ne\s(?:day|thing|way\sor\sanother|such)|[Ff]or\sone\b(?=[,.;]))"),
    _pattern("pronoun", r"\b(?:the|this|that|which|each|every|any|another|only)\s(?:\w+\s)?one(?=\s*(?:[.,;:?!)”\"]|(?:that|which|who|is|was|of|in|to|for|with|at|on|and|but|from)\b))",
             re.IGNORECASE),
    _pattern("pronoun", r"\ban?\s[a-z-]+\sone(?=\s*(?:[.,;:?!)”\"]|(?:that|which|who|of|in|to|for|with|at|on|and|but|from)\b))"),
)
"""The forms, in order of precedence. A form counts where every numeral that it touches lies wholly inside it."""

# ---------------------------------------------------------------- rules that need the phrase as it was put together

RELATIVE = re.compile(rf"[\s-]+(?:{_UNIT_OF_TIME}['’]?\s+)?(?:and\sa\shalf\s)?(?:ago|later|earlier|before|after|from\snow|prior|previously|hence|on\sfrom|since)\b", re.IGNORECASE)
"""What follows the number of a date such as six months ago."""
WINDOW = re.compile(r"\b(?:past|last|next|previous|coming|recent|preceding|following|these|those)\s+$", re.IGNORECASE)
"""What stands before the number of a stretch up to now: the past 20 years."""
OF_TIME = re.compile(rf"[\s-]+{_UNIT_OF_TIME}\b", re.IGNORECASE)
"""A unit of time behind a number."""
AGE_BEFORE = re.compile(r"\b(?:aged?|ages|(?:at|of|by) (?:the )?age(?: of)?)(?:\s+between)?\s+$", re.IGNORECASE)
"""What stands before an age."""
AGE_AFTER = re.compile(r"[\s-]+(?:years?|months?|weeks?|days?)[\s-]+(?:olds?|of\s+age)\b", re.IGNORECASE)
"""What follows an age."""
AGE_OF_NAME = re.compile(r"\b[A-Z][\w’'-]+\s(?:[A-Z][\w.’'-]*\s)?[A-Z][\w’'-]+,\s$")
"""A name of two words or more and a comma, behind which an age stands: Choe Son, 64, said."""
AGE_DECADE = re.compile(r"\bin\s(?:his|her|their|my|your|our)\s(?:early|mid|late)?[\s-]*$", re.IGNORECASE)
"""What stands before an age in tens: in his 40s."""

_BEFORE_YEAR = words_of(
    "in since by until till from during of before after through throughout year years early late mid circa spring summer autumn "
    "fall winter fiscal for season the a an this that its his her their our to and or")
_EVENTS = words_of(
    "elections olympics games talks protests sanctions attacks negotiations figures accords agreements series hostilities reforms "
    "midterms finals wars plans results levels prices terms standards riots wildfires floods bombings killings events polls rules "
    "guidelines sales exports imports")
_STRONG = _BEFORE_YEAR - {"the", "a", "an", "this", "that", "its", "his", "her", "their", "our", "to", "and", "or", "for"}


def is_year(digits: str, before: str, after: str) -> bool:
    """Return whether four digits are a year, by the text before and behind them.

    A round one (2000) needs a word such as ``in`` or ``since`` before it. Behind a word of another kind (they killed 1987 …), or
    before a noun in the plural that is no event, it is taken for a count.
    """
    if not re.fullmatch(r"1[5-9]\d\d|20\d\d", digits) or re.match(r"\s?of\b|[-‐]?(?:strong|member|seat)", after):
        return False
    word = re.search(r"([\w’']+)\s+$", before)
    noun = re.match(r"\s([a-z]+)\b", after)
    counts = bool(noun and noun[1].endswith("s") and noun[1] not in _EVENTS and noun[1] not in ("was", "is", "has", "as", "its", "this", "his", "across", "s"))
    if word and word[1].lower() in _STRONG:
        return not (counts and int(digits) % 50 == 0)
    if counts or int(digits) % 100 == 0:
        return False
    return not word or word[1].lower() in _BEFORE_YEAR or word[1][0].isupper() or word[1].endswith(("’s", "'s"))

"""What makes a numeric phrase incidental by rule: dates, times, ages, places in an order, names, references, idioms.

A rule that hides a real figure is the worst error there is. So each asks for a form that only incidental numbers have, and
gives way where something is measured or counted: a currency, a unit or people beside the number, thousands set off, a scale word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from nkestimate.printed.vocabulary import HARMED, OTHER_CLAUSE, PEOPLE, SURVIVED, words_of

RULES = MappingProxyType({
    "date": "a date or a stretch of the calendar",
    "time": "a time of day",
    "age": "an age",
    "order": "a place in an order",
    "name": "part of a name",
    "reference": "the number of a page, an article, a unit or a footnote",
    "address": "part of an address, a telephone number or the furniture of a page",
    "idiom": "a turn of phrase that counts nothing",
})
"""The rules by which a phrase is incidental, each with what it says of the phrase."""


def _any(words: str) -> str:
    """Return a form that is any of these words."""
    return "|".join(words.split())


_MONTH = (r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?"
          r"|Dec(?:ember)?|JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER)\b\.?")
_END = r"(?!\d|[,.]\d)\b"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?" + _END
_DAYS = (r"(?:(?:twenty|thirty)[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|thirteenth"
         r"|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth")
_YEAR = r"(?:1[5-9]\d\d|20\d\d)" + _END
_DASH = r"[-‐‑–—/]"
_OF_YEAR = rf"(?:(?:\sof)?(?:\s(?:the|fiscal|financial|FY))*\s(?:{_YEAR}|(?:this|last|next|the)\syear\b))"
_TO = rf"\s?(?:{_DASH}|to|and|or|through|until|till|&)\s?"
_PERIOD = r"(?:second|sec|minute|min|hour|hr|day|night|weekend|week|fortnight|month|quarter|year|season|decade|centur(?:y|ie))s?"
_ONE_TO_TWELVE = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)"
_AGE = rf"(?:\d{{1,2}}{_END}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ]{_ONE_TO_TWELVE})?|{_ONE_TO_TWELVE})"
# What may follow a "one" that stands for a noun: an end, or a word that begins something else.
_NO_NOUN = r"(?=\s*(?:[.,;:?!)”\"]|$)|\s(?:that|which|who|is|was|of|in|to|for|with|at|on|and|but|from)\b)"
_ZONE = r"(?:GMT|UTC|[ECMP][SD]?T|[CEW]ES?T|KST|JST|MSK|BST|IST|local\stime)\b"
# Of these the number is a reference whatever follows.
_NUMBERED = _any(
    "Pages? Chapters? Sections? Articles? Paragraphs? Clauses? Annex(?:es)? Appendix Volumes? Footnotes? Resolutions? Verses? "
    "Protocols? Rule Order Decree Law Act Bill Proposition Regulation Directive Convention Episodes? Slides? Room Office Bureau "
    "Department Unit Brigade Division Regiment Battalion Fleet Flight Route Highway Interstate Motorway Junction Channel Phase "
    "Stage Category Type Model Mk Version Gate Terminal Building Tower Wing Ward Area Zone Sector District Precinct Camp School "
    "Hospital Exhibit Session Lap Pier Berth Hangar Reactor Runway Platform Station Grade Tier Season Series Symphony Psalm "
    "Apartment Boeing Airbus Tupolev Sukhoi Antonov Apollo Soyuz Vostok Falcon Leopard Hwasong Shahed Geran Mavic Windows iPhone "
    "Formula Fortune Agenda Vision")
# Of these, which are verbs too, and of all in small letters, it is none where a noun in the plural follows: "the report notes 12 deaths".
_NUMBERED_OR_VERB = _any(
    "Figures? Tables? Notes? Photos? Pictures? Charts? Maps? Box Number Issue Exit Line Bus Tram Train Level Mark Block Case Step "
    "Item Point Goal Pillar Option Part Book Round Game Heat Group Pool Dock Bay Lot Track Lane Class Title Schedule Plant Factory "
    "Patient Witness Officer pages? chapters? sections? articles? paragraphs? clauses? figure table annex appendix volume "
    "footnotes? notes? resolutions? verses? episodes? photo picture slide")
_REFERENCE = (r"(?:[Nn]o\.?\s?)?(?:\d{1,5}(?:[-–./]\d{1,3})*[A-Za-z]?(?:\(\w{1,4}\))*"
              rf"(?:\sof\s\d{{1,4}}(?!\d|\s{_MONTH}))?"
              r"|(?i:one|two|three|four|five|six|seven))")
_BEHIND_REFERENCE = r"(?!\w|[,.]\d)"
_REFERENCES = rf"{_REFERENCE}{_BEHIND_REFERENCE}(?:(?:,\s|{_TO}|,\sand\s){_REFERENCE}{_BEHIND_REFERENCE}){{0,20}}"
_VERBS = _any(
    "was is has says shows covers lists bars bans requires allows states explains calls sets gives provides holds contains "
    "describes deals applies remains begins ends runs opens closes leaves departs puts makes takes lets permits forbids prohibits "
    "guarantees obliges binds names notes reads grants demands urges imposes does goes comes arrives lands serves across plus as "
    "this its his versus vs")
_PLURAL_BEHIND = rf"(?!\s(?!(?:{_VERBS})\b)[a-z]+s\b)"
_SAID = r"(?:said|says|told|added|recalled|warned|wrote|noted|asked|admitted|explained|insisted)"
_RELATIONS = _any(
    "mother father son daughter wife husband widow brother sister grandmother grandfather aunt uncle cousin teacher driver farmer "
    "mayor captain pensioner student nurse doctor worker soldier sergeant officer resident shopkeeper engineer pilot lawyer "
    "journalist activist man woman boy girl teenager lieutenant colonel pastor priest fisherman miner baker mechanic retiree "
    "neighbour neighbor founder director owner")
_WEAPONS = _any(
    "artillery howitzers? shells? guns? rounds? mortars? rockets? cannons? ammunition munitions? projectiles? rifles? calibre "
    "caliber launchers? MLRS tanks? pistols? bullets? cartridges?")
# Calibres that are hardly ever a depth or a width.
_CALIBRES = r"(?:105|107|115|120|122|125|130|152|155|170|203|240|5\.45|5\.56|7\.62|12\.7|14\.5)"


_HARMED, _SURVIVED = ("|".join(sorted(words)) for words in (HARMED, SURVIVED))
# No one was hurt: a count.
_CLAUSES = "|".join(sorted(OTHER_CLAUSE))
_PLACE_OF_COUNT = rf"(?:(?:in|on|at|from|aboard|among)\s(?:(?!(?:{_CLAUSES})\b)[^\W\d_]+\s){{1,4}}?)?"
_COUNTS = (rf"\s(?:else\s)?{_PLACE_OF_COUNT}"
           rf"(?:(?:has|have|had|is|are|was|were)\s(?:been\s|reported\s|\w+ly\s)?(?:{_HARMED}|{_SURVIVED})|{_SURVIVED})\b")


@dataclass(frozen=True)
class Pattern:
    """A form that makes a phrase incidental.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    example : str
        A phrase that has the form.
    form : re.Pattern
        What the whole phrase looks like.
    anyway : bool
        Whether it holds even where a unit or people follow, as a time of day does.
    """

    rule: str
    example: str
    form: re.Pattern[str]
    anyway: bool = False


def _forms(rule: str, *forms: tuple[str, str], anyway: bool = False) -> Iterator[Pattern]:
    for example, form in forms:
        yield Pattern(rule, example, re.compile(form), anyway)


ADDRESS = re.compile(
    # Bounded, each with what may not stand before it: a long run of letters is tried once.
    r"(?:https?://|www\.)[^\s<>\"”»)]+|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|org|net|gov|edu|info|news|co\.uk|co\.kr)\b(?:/[^\s<>\"”»)]*)?"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|(?<!\w)@[^\W\d]\w*", re.IGNORECASE)
"""Addresses of pages and mails, names of accounts; digits in them say nothing."""

PATTERNS = (
    *_forms(
        "address",
        ("+82 2-1234-5678", r"\+\d[\d ()./‑-]{6,}\d"),
        ("tel. 030 1234567", r"\b(?i:tel|phone|telephone|fax|hotline|mobile)\b[.:]*\s*\(?\d[\d ()./‑-]{4,}\d"),
        ("registered charity 207544", r"\b(?i:charity|registered|reg\.|company|licen[cs]e|VAT)\s(?i:no\.|number|in\s\w+)?:?\s?\d{5,}\b"),
        ("hotline 112", r"\b(?i:hotline|helpline|dial)\s\d{3,6}\b"),
        ("hotline on 8911-5061", r"\b(?i:hotline|helpline|switchboard)\s(?i:on|at|is)\s\d{3,4}-\d{4}\b"),
        ("10 Downing Street", r"\b\d{1,4}[A-Za-z]?\s(?:[A-Z][a-z]+\s){1,3}"
                              r"(?:Street|St\.|Avenue|Ave\.|Road|Rd\.|Boulevard|Square|Lane|Drive)(?!\s[a-z]+s\b)"),
        ("Baker Street, flat 3", r"(?<=,\s)(?:flat|apt\.?|apartment|suite|room)\s\d{1,4}[A-Za-z]?\b(?!\s[a-z]+s\b)"),
    ),
    *_forms(
        "address",
        ("call 0800 123 456", r"\b(?i:call|dial|text|ring|whatsapp|sms)\s(?:on\s)?(?:0\d[\d\s-]{4,}\d|\d{3}[\s-]\d{2,}[\d\s-]*\d)"),
        ("4.5K likes", r"\b\d[\d,]{0,12}(?:\.\d+)?[KkM]?\s(?:likes|retweets|reposts)\b"),
        ("4 min read", r"\b\d+[\s-]min(?:ute)?s?\sread\b|\b[Rr]ead(?:ing)?\s(?:time|in):?\s\d+\smin(?:ute)?s?\b"),
        ("Comments (23)", r"\b(?:Comments?|Shares?|Likes|Views|Replies|Retweets)\s?[:(]\s?\d[\d.,]{0,12}[KkM]?\b\)?"),
        ("| 23 comments", r"(?m:^|[·|•]\s?)\d[\d.,]{0,12}[KMk]?\s(?i:comments?|shares?|views?|replies|reactions?)\b"),
        ("© 1998-2024", r"(?:©|\([cC]\)|[Cc]opyright)\s(?:©\s)?(?:[A-Z][\w.&]*,?\s){0,4}\d{4}(?:\s?[-–]\s?\d{2,4})?\b"),
        anyway=True,
    ),
    *_forms(
        "age",
        ("aged 24, 31 and 45", rf"\b(?:[Aa]ged?|[Aa]ges)\s(?:of\s|between\s|from\s)?{_AGE}(?:(?:,\s|{_TO}|,\sand\s){_AGE}){{0,20}}"
                               r"(?!\s(?:days|weeks|months|percent|%))"),
        ("voters under 30", rf"\b(?:{'|'.join(sorted(PEOPLE))})\s(?:(?:are|were|is|was)\s)?(?:under"
                            rf"|over)\s[1-9]\d{_END}(?!\s[a-z]+s\b|\spercent|\s?%)"),
        ("children under five", rf"\b(?:child|boy|girl|infant|pupil)(?:ren|s)?\s(?:under|over|below|above)\s{_AGE}(?!\s[a-z]+s\b"
                                rf"|\spercent|\s?%)"),
        ("18 or older", rf"\b{_AGE}\s(?:and|or)\s(?:older|younger)\b"),
        ("a teacher, 71, said", rf"\b(?i:{_RELATIONS}|toddler|baby|(?:mother|father)-of-\w+),\s(?:now\s)?{_AGE}(?=,\s|[.;]|\sand\b|$)"),
        ("brothers, four and nine", r"\b(?:children|grandchildren|sons|daughters|brothers|sisters|siblings|twins|boys|girls|nephews|nieces"
                                    rf"|cousins|teenagers)(?:,\s|\s\(){_AGE}(?:,\s{_AGE}){{0,9}},?\sand\s{_AGE}(?=[.,;)]|$)"),
        ("a 34yo", r"\b\d\d?\s?(?:yo\b|y\.o\.|y/o\b)"),
        ("Choe Son-hui (61)", r"\b(?!(?:North|South|East|West|New|United|Saudi|Sri|Costa|Hong|Great|Central|Burkina|Sierra|El|San)\b)"
                              r"[A-Z][\w’'-]{1,40}\s[A-Z][\w’'-]{1,40}\s\([1-9]\d\)"),
        ("retirement age to 65", rf"\b[Aa]ge(?:\slimit)?\s(?:of|to|from|at)\s{_AGE}(?:{_TO}{_AGE})?"),
        ("under-18s", rf"\b(?:[Uu]nder|[Oo]ver)-(?:\d\d?|{_ONE_TO_TWELVE})s?(?=\W|$)"),
        ("in her 40s", r"\bin\s(?:his|her|their|my|your|our)\s(?:(?:early|mid|late)[\s-])?(?:\d0s|[a-z]+ties)"
                          rf"(?:{_TO}(?:\d0s|[a-z]+ties))?\b"),
    ),
    *_forms(
        "date",
        ("12h ago", r"\b\d{1,2}\s?(?:h|hrs?|m|mins?|d)\sago\b"),
        ("June 3-5, 2024", rf"{_MONTH}\s{_DAY}(?:{_TO}(?:{_MONTH}\s)?{_DAY}(?!\s{_MONTH}))?(?:,?\s{_YEAR})?"),
        ("the 5th and 7th of May", rf"(?:\bthe\s)?\b{_DAY}(?:(?:{_TO}|,\s){_DAY}){{0,9}}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?"),
        ("May the fourth", rf"{_MONTH}\sthe\s(?:{_DAYS})\b"),
        ("the twenty-first of June 2024", rf"\b(?:[Tt]he\s)?(?i:{_DAYS})\sof\s{_MONTH}(?:,?\s{_YEAR})?"),
        ("March to May 2024", rf"{_MONTH}(?:{_TO}{_MONTH})?,?\s(?:of\s)?{_YEAR}"),
        ("May '24", rf"{_MONTH}\s['’]\d\d\b"),
        ("1-Oct-24", r"\b\d{1,2}-[A-Z][a-z]{2}-(?:\d\d|\d{4})\b"),
        ("Juche 113", r"\b(?:Juche|Reiwa|Heisei|Showa)\s\d{1,3}\b"),
        ("2024/12/17", rf"\b\d{{4}}({_DASH}|\.)\d{{1,2}}\1\d{{1,2}}\b|\b\d{{1,2}}({_DASH}|\.)\d{{1,2}}\2(?:19|20)?\d\d\b"),
        ("third quarter of 2024", rf"\b(?:(?i:first|second|third|fourth|1st|2nd|3rd|4th)[- ]quarter\b|[QH][1-4]\b){_OF_YEAR}?"),
        ("first half of 2024", rf"\b(?:(?i:first|second|1st|2nd)[- ]half){_OF_YEAR}|\b(?i:first|second)-half\b"),
        ("FY2023-24", r"\bFY\s?-?(?:\d{4}|\d\d)(?:[-–/]\d\d)?\b"),
        ("mid-2024", r"\b(?i:(?:early|mid|late|spring|summer|autumn|fall|winter|fiscal|pre|post|year[- ]end)[- ](?:to[- ](?:mid|late)[- ])?"
                     rf"|the\syears?\s|years?\s)(?:of\s)?{_YEAR}(?:{_TO}{_YEAR})?"),
        ("2022–23", r"\b(?:1[5-9]|20)\d\d[-–/]\d\d\b(?!\d|[,.-]\d)"),
        ("from 2014 to 2019", rf"\b(?:from|between|in|during|of|the|\()?\s?{_YEAR}{_TO}{_YEAR}"),
        ("the late 1990s", r"(?:\bthe\s)?(?:\b(?:early|mid|late)[- ])?(?:to[- ](?:mid|late)[- ])?(?:\b(?:1\d|20)\d0|['’]\d0)['’]?s\b"),
        # "Temperatures in the 30s": two digits need a word that speaks of time.
        ("the mid-80s", r"\b(?:(?:the\s)?(?:early|mid|late)[- ]|(?:during|since|of|back\sin)\sthe\s)\d0s\b"),
        ("the nineties", r"\b[Tt]he\s(?:(?:early|mid|late)[- ])?(?i:twen|thir|for|fif|six|seven|eigh|nine)ties\b"),
        ("19th century", r"\b(?:\d{1,2}(?:st|nd|rd|th)|(?i:[a-z]+(?:-[a-z]+)?(?:th|st)))[- ](?i:centur(?:y|ies))\b"),
    ),
    *_forms(
        "date",  # whatever is counted in it
        ("half-year to", r"\b(?i:half-year)(?=\s(?:to|ended|ending|results?|reports?|figures|profits?|loss(?:es)?|sales)\b)"),
        ("in 2010 dollars", rf"\b(?i:in|constant|real|of)\s(?:(?:constant|real)\s)?{_YEAR}(?:\sUS)?[\s-](?:dollars|euros|pounds|yen|yuan"
                            r"|ro?ubles|francs|prices|money|terms)\b"),
            anyway=True),
    *_forms(
        "time",
        ("9-10.30 a.m. EDT", r"\b\d{1,2}(?:[:.][0-5]\d)?\s?(?:(?:[-–]|to\s|and\s)\s?\d{1,2}(?:[:.][0-5]\d)?\s?)?"
                             rf"(?:a\.m\.?|p\.m\.?|[AaPp][Mm]\b|o['’]clock|noon\b|midnight\b)(?:\s{_ZONE})?"),
        ("at 0400", r"(?<=\bat\s)0\d[0-5]\d\b(?![.,]?\d)"),  # no count begins with a nought
        ("0900 GMT", rf"\b(?:[01]\d|2[0-4])[:.]?[0-5]\d\s?(?:{_ZONE}|Z\b|hrs?\b|hours\b)"),
        ("12:08", rf"(?<!ratio of )(?<!odds of )(?<!scale of )\b(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?\b(?:\s?{_ZONE})?"),
        ("[31:07]", r"\[\d{1,3}:[0-5]\d(?::[0-5]\d)?\]"),
        ("06.15", r"(?<![\d.,])0\d[.:][0-5]\d\b(?![.,]?\d)|\b(?:[01]?\d|2[0-3])h[0-5]\d\b"),
        ("half past four", rf"\b[Hh]alf\spast\s(?:{_ONE_TO_TWELVE}|\d\d?)\b"
                            rf"|\b(?:[Aa]\s)?[Qq]uarter\s(?:past|to)\s{_ONE_TO_TWELVE}\b"
                            # "From a quarter to one mile" is a range.
                            rf"(?![\s-](?:third|half|per|percent|of|{_PERIOD}|miles?|acres?|inch(?:es)?|tons?|tonnes?|million|billion)\b)"),
        ("six in the evening", rf"\b(?:{_ONE_TO_TWELVE}|1?\d)\s(?:in\sthe\s(?:morning|afternoon|evening)|at\snight)\b"),
        ("at 9 on Tuesday", r"(?<=\bat\s)(?:1?\d|2[0-4])(?:[.:][0-5]\d)?\s(?:on\s(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
                            r"|local\stime)\b"),
        ("UTC+3", r"\b(?:UTC|GMT)\s?[+−-]\s?\d{1,2}(?::\d\d)?\b"),
        ("five o'clock", rf"\b{_ONE_TO_TWELVE}\s(?:o['’]clock|[ap]\.?m\b)"),
        anyway=True,
    ),
    *_forms(
        "reference",
        ("No. 227", r"(?:\bNos?\.?|\bno\.|№|\bNr\.)\s?\d+(?:[-–/]\d+)?\b"),
        ("number one", r"\b[Nn]umber[\s-](?:one|two)\b"),
        ("Articles 5, 6 and 7", rf"\b(?i:pages|chapters|sections|articles|paragraphs|clauses|resolutions|notes|figures|tables)\s"
                                 rf"{_REFERENCES}{_PLURAL_BEHIND}"),
        ("Flight 370", rf"\b(?:{_NUMBERED})[\s-](?:\([A-Z]+\)\s)?{_REFERENCE}{_BEHIND_REFERENCE}"),
        ("table 3", rf"\b(?:{_NUMBERED_OR_VERB})[\s-]{_REFERENCE}{_BEHIND_REFERENCE}{_PLURAL_BEHIND}"),
        ("case 23-719", r"\b(?i:case|docket|file|ref|reference|invoice|permit|serial|registration"
                        r"|badge)\.?:?\s(?:[A-Z]{1,3}[-/])?\d+[-/]\d[\d/-]*\b"),
        ("H.R. 815", r"\bH\.?R\.?\s\d{1,5}\b"),
        ("passport number 4511234", r"\b(?i:serial|registration|account|passport|company|badge|case|file|reference|tracking|postal"
                                    r"|zip)\s(?i:number|no\.|code)"
                                    r":?\s[A-Z]{0,3}-?\d[\d/-]*\b"),
        ("case number is 10/994512-23", r"\b(?i:case|account|file|reference|docket|serial|registration)\s(?i:number|no\.)\s(?:is|was)\s"
                                        r"\d+[-/]\d[\d/-]*\b"),
        ("IA-2023-117", r"\b[A-Z]{1,6}[-/]\d{2,4}[-/]\d+\b"),
        ("pp. 3-5", r"(?i:\bpp?\.|\bch\.|\bart\.|\bvol\.|\bfigs?\.|\bparas?\.|\bnn?\.|§§?|¶¶?)\s?\d+(?:[-–.]\d+)?\b"),
        ("thread 1/9", r"\b(?i:thread|photo|image|picture|slide|alert|update|part)\s\d{1,3}/\d{1,3}\b"),
        ("ID 48-1516", r"\b(?:ID|VAT)[\s:#]*\d(?:[\d -]*\d)?\b"),
        ("#5", r"#\s?\d+\b"),
        ("[4]", r"\[\d{1,3}\]"),
        ("It rained.14 Then", r"(?<=[a-z][.,;”\"’])\d{1,3}(?=\s+[A-Z]|\s*$)"),
        ("1 of 6 |", r"\b\d{1,2}\sof\s\d{1,2}(?=\s?\|)"),
        ("S/2024/301", r"\b[A-Z]{1,4}(?:/[A-Z\d.]+)*/\d+(?:/\d+)*\b"),
        ("2. It rained", r"(?m:^)[ \t]*\(?\d{1,2}[.)](?=[ \t]+\S)"),
        ("2/ It rained", r"(?m:^)\d{1,2}/\d{0,2}(?=\s)|\(\d{1,2}/\d{1,2}\)(?=\s*$)"),
    ),
    *_forms(
        "reference",
        ("org. no. 918 204 773", r"\b(?i:org|organi[sz]ation|company|reg|registration|charity|VAT|tax|account|customer|licen[cs]e)\.?\s"
                                 r"(?i:no|nr|number)\.?:?\s\d{3}(?:[ \u00a0-]?\d{2,4}){1,5}\b"),
        ("ABN 51 824 753 556", r"\b(?:ISBN|ISSN|IBAN|ABN|EIN):?\s\d(?:[\d \u00a0-]{0,30}\d)?\b"),
        anyway=True,
    ),
    *_forms(
        "name",
        # Capitals make a name of it whatever follows: "The Group of Seven agreed"; but not in a headline.
        ("Group of Twenty", rf"\b(?:Group|Gang)\sof\s(?:{_ONE_TO_TWELVE.title()})\b(?!\s[A-Z])"),
        ("Saab 340", r"\b(?:Saab|Embraer|Bombardier|Cessna|Gulfstream|Fokker|Ilyushin|Yakovlev|Dornier)\s\d{3}\b"),
        ("Group of Seven", rf"\b(?i:Group|Big|Gang)\s(?i:of\s)?(?:(?i:{_ONE_TO_TWELVE})|\d{{1,2}})\b(?!\s[a-z])"),
        ("S&P 500", r"\b(?:S&P|Fortune|FTSE|Nasdaq|NASDAQ|Nikkei|CAC|DAX|KOSPI|Dow|Russell|Stoxx|STOXX)[\s-]\d{2,4}\b"),
        ("World War Two", r"\b(?:Air Force|Formula|Channel|BBC|World War|[Gg]round)\s(?:[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Zz]ero)\b"),
        ("9/11", r"\bP5\s?\+\s?1\b|\bCatch[- ]22\b|\b9/11\b|\b7/7\b|\b24/7\b"),
    ),
    *_forms(
        "name",  # a length beside a weapon is its calibre
        ("155-mm self-propelled howitzers", r"\b\d{1,3}(?:\.\d{1,2})?(?:\s?[x×]\s?\d{1,3})?[\s-]?(?:mm|millimet(?:re|er))\b"
                                            rf"(?=[\s-](?:[\w-]+[\s-]){{0,3}}?(?:{_WEAPONS}))"),
        (".50-calibre", r"(?<![\d,])\.?\d\d?-(?:calibre|caliber)\b"),
        ("152mm", rf"\b{_CALIBRES}(?:\s?[x×]\s?\d{{1,3}})?[\s-]?mm\b(?!\s(?:of|in|per|wide|thick|deep|long|rain|snow|below|above))"),
        ("calibre of 57 mm", r"\b(?:calibre|caliber)\sof\s\d{1,3}(?:\.\d+)?\s?mm\b"),
        anyway=True,
    ),
    *_forms(
        "idiom",
        ("no one", rf"\b[Nn]o[- ]one\b(?!{_COUNTS})|\b[Oo]ne\sanother\b|\b[Oo]ne\sby\sone\b|\b[Oo]n\s(?:the\s)?one\shand\b"),
        ("one-time", r"\b[Oo]ne-(?:time|off|sided|way|on-one|liner|stop|size)\b"),
        ("one of the", r"\b[Oo]ne\sof\s(?=(?:the|his|her|its|their|our|my|your|those|these|them|us|which|whom|many|several|a)\b|[A-Z])"),
        ("one day", r"\b[Aa]t\sone\s(?:point|time|stage)\b|\b[Oo]ne\s(?:day|morning|evening|night|afternoon|summer|winter|thing|such|might"
                    r"|way\sor\s(?:another|the\sother)|after\s(?:another|the\sother)|at\sa\stime|or\s(?:the\s)?other)\b"
                    r"|\b[Oo]n\sone\s(?:side|hand|level|occasion)\b"),
        ("one has to ask", r"\b[Oo]ne\s(?:has\sto|must|should|ought\sto)\b|\b[Bb]y\sone\s(?:reckoning|estimate|count|account"
                           r"|measure|tally)\b"),
        ("as one diplomat put it", r"\b[Aa]s\sone\s(?:[\w-]+\s){1,3}(?:put|described|called)\b"),
        ("think twice", r"\b[Tt]h(?:ink|ought|inking)\stwice\b|\b[Oo]nce\sor\stwice\b"),
        ("net zero", r"\b(?i:net|ground)[- ]zero\b|\b[Zz]ero[- ](?:hour|day|emission|emissions|carbon)\b"),
        ("one official said", rf"\b[Ff]or\sone\b(?=[,.;])|\b{_SAID}\sone\b(?!\s(?:million|billion))"
                              rf"|\b[Oo]ne\s(?:[\w-]+\s){{1,3}}{_SAID}\b"),
        ("zero-sum", r"\b[Zz]ero[- ](?:sum|tolerance)\b|\b[Ss]quare\sone\b|\b[Ss]econd\sto\snone\b|\b[Tt]wo-(?:way|faced)\b"
                     r"|\b[Oo]ne\sand\sonly\b"),
        ("each one", rf"\b(?i:the|this|that|which|each|every|any|another|only)\s(?:\w+\s)?one{_NO_NOUN}"),
        ("a new one", rf"\b(?i:an?)\s[a-z-]+\sone{_NO_NOUN}"),
        ("half-hearted", r"\b[Hh]alf-(?:brothers?|sisters?|hearted(?:ly)?|truths?|mast|staff|baked|siblings?|finished|built|empty|full|open"
                         r"|asleep|time|term|moon|circle)\b"),
        anyway=True,
    ),
)
"""The forms, in order of precedence. A form counts where every numeral that it touches lies wholly inside it."""

# ---------------------------------------------------------------- rules that need the phrase as it was put together

RELATIVE = re.compile(
    rf"[\s-]+(?:{_PERIOD}['’]?\s+)?(?:and\sa\shalf\s)?(?:ago|later|earlier|before|after|from\snow|prior|previously|hence"
    rf"|on\sfrom)\b", re.IGNORECASE)
"""What follows the number of a date such as six months ago."""
OF_TIME = re.compile(rf"[\s-]+{_PERIOD}\b", re.IGNORECASE)
"""A unit of time behind a number."""
TIMES = frozenset(["millisecond", "second", "minute", "hour", "day", "week", "fortnight", "month", "year", "decade", "century"])
"""Units of time in a case file."""
AGE_AFTER = re.compile(r"[\s-]+(?:years?|yrs?|months?|weeks?|days?)[\s-]+(?:olds?|of\s+age)\b", re.IGNORECASE)
"""What follows an age."""
LISTED = (re.compile(r"[,;]\s(?:and\s)?([A-Z][a-z]{3,})-\d"), re.compile(r"([A-Z][a-z]{3,})-\d+[,;]\s(?:and\s)?$"))
"""Behind and before a name with a number, another one: Russia-40, Ukraine-30 is a list of counts."""
_AGED = re.compile(r"(?:\b(?:in|at|near|from|of|to|by|around|outside|across|over|into)\s)?(?:\b[A-Z][\w.’'-]*\s){0,3}\b[A-Z][\w’'-]+,\s$")
# "The oldest was 41" may be of ships, whose age is a figure; of people, "the youngest" and "the oldest victim" speak.
_PERSON = "|".join(sorted(PEOPLE | words_of("victim prisoner recruit patient survivor member student pupil boy girl")))
_IS_AGED = re.compile(
    r"\b(?:(?:[Hh]e|[Ss]he|,\swho)\s(?:is|was|turn(?:ed|s))"
    r"|(?:(?:youngest|eldest)(?:\s(?:we|they|he|she|I|who|that|whom)\s[^.;,]{1,30})?"
    rf"|(?:oldest|youngest|eldest)\s(?:of\sthe\s)?(?:{_PERSON}))\s(?:is|was))\s(?:now\s|only\s|just\s)?$")
OF_A_THING = re.compile(
    r"\b(?:(?:average|mean|median)\b|(?:ships?|vessels?|tankers?|freighters?|boats?|fleets?|aircraft|planes?|jets?|helicopters?|tanks?|trains?|cars"
    r"|lorries|trucks|buildings?|bridges?|dams?|plants?|reactors?|pipelines?|machines?|missiles?|shells?|weapons?)\s(?:is|are|was|were)\b)"
    r"[^.;]{0,25}$", re.IGNORECASE)
"""What stands before the age of a thing, or an average: a figure, as no single person's age is."""
_MONTH_NAME = re.compile(rf"{_MONTH},\s$")
_PLACE = re.compile(r"(?:in|at|near|from|of|to|by|around|outside|across|over|into)\s")
RANKED = re.compile(
    r"[\s-](?:consecutive|straight|successive|such|largest|biggest|highest|lowest|smallest|longest|most|least|poorest|richest|best"
    r"|fastest|slowest|oldest|youngest|deadliest|hottest|warmest|coldest|wettest|driest|strongest|heaviest|tallest|deepest|busiest|costliest"
    r"|worst|time|in\sa\srow|[\w-]+\ssince\b(?!\sthen)|(?:[\w-]+\s){1,3}(?:running(?!\s(?:an?|the|its|his|her|their|for|from|to|in|out|through|along|behind|up)\b)|in\sa\srow|in\ssuccession)"
    r"|of\s\d|out\sof\s\d)\b|[\s-]?of\s\d", re.IGNORECASE)
"""What follows an ordinal that states a rank or a running count: 158th of 180, third-largest, the fourth consecutive."""
RANKS = re.compile(r"\b(?:rank(?:s|ed|ing)?|placed?|came|finished)\s(?:\w+\s)?$", re.IGNORECASE)
"""What stands before such an ordinal."""

_BEFORE_YEAR = words_of(
    "in since by until till from during of before after through throughout year years early late mid circa spring summer autumn "
    "fall winter "
    "fiscal for season on the a an this that its his her their our to and or")
_STRONG = _BEFORE_YEAR - words_of("the a an this that its his her their our to and or for on")
_EVENTS = words_of(
    "elections olympics games talks protests sanctions attacks negotiations figures accords agreements series hostilities reforms "
    "midterms finals "
    "wars plans results levels prices terms standards riots wildfires floods bombings killings events polls rules guidelines sales "
    "exports imports")
_NO_PLURAL = words_of("was is has as its this his across s us versus plus census perhaps always less unless")


def is_year(digits: str, before: str, after: str) -> bool:
    """Return whether four digits are a year, by the text before and behind them.

    A round one (2000) needs a word such as ``in`` or ``since`` before it. Behind a word of another kind (they killed 1987 …), or
    before a noun in the plural that is no event, it is taken for a count.
    """
    if not re.fullmatch(r"1[5-9]\d\d|20\d\d", digits) or re.match(r"\s?of\b|[-‐]?(?:strong|member|seat)", after):
        return False
    word = re.search(r"([\w’']+)\s+$", before)
    noun = re.match(r"\s([a-z]+)\b", after)
    counts = bool(noun and noun[1].endswith("s") and not noun[1].endswith("ss") and noun[1] not in _EVENTS | _NO_PLURAL)
    if word and word[1].lower() in _STRONG:
        return not (counts and int(digits) % 50 == 0)
    if counts or int(digits) % 100 == 0:
        return False
    return not word or word[1].lower() in _BEFORE_YEAR or word[1][0].isupper() or word[1].endswith(("’s", "'s"))


def enumerators(text: str) -> list[tuple[int, int]]:
    """Return the places of numbers that count the points of a list: 1. and 2., (1) and (2), in order and at least two."""
    runs: list[list[re.Match[str]]] = []
    for match in _ENUMERATOR.finditer(text):
        number = int(match[1])
        run = next((run for run in reversed(runs[-5:]) if int(run[-1][1]) == number - 1 and run[-1][2] == match[2]), None)
        if number == 1:
            runs.append([match])
        elif run:
            run.append(match)
    return [match.span() for run in runs if len(run) > 1 for match in run]


_ENUMERATOR = re.compile(r"(?:(?m:^)|(?<=[\s(]))\(?(\d{1,2})([.)])(?=\s)")


def is_age(value: float, before: str, after: str) -> bool:
    """Return whether a small number between commas is an age: Choe Son, 64, said; the imam, who is 81; the oldest was 75."""
    if not 0 < value < 120 or value % 1:
        return False
    if _IS_AGED.search(before) and re.match(r"[.,;)]|\s(?:and|when)\b|$", after):
        return True
    name = _AGED.search(before)
    if not name or _MONTH_NAME.search(before) or _PLACE.match(name[0]):
        return False
    said = re.search(r"\bsa(?:id|ys)\s$", before[: name.start()])
    return bool(re.match(r",\s[a-z]|\sand\s[A-Z]|;\s[A-Z]" + (r"|[.,;]" if said else ""), after))

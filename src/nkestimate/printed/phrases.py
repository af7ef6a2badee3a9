"""Every numeric phrase of a text: numbers joined with their hedges, currencies, units and periods, and sorted by rule.

A numeric phrase is every run of digits, cardinal, ordinal, fraction, and dozens to billions, decades, in digits or in words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from nkestimate.printed import rules
from nkestimate.printed.cursor import Numeral
from nkestimate.printed.measures import GAP, SUBDIVIDED, degrees, form_of, per_behind, per_behind_what, unit_behind, unit_of
from nkestimate.printed.money import MONEY_BEHIND, POUNDS, behind_worth, money_before, money_behind
from nkestimate.printed.numerals import numerals_of
from nkestimate.printed.people import counts_people
from nkestimate.printed.vocabulary import FUNCTION_WORDS, HEDGES, PEOPLE, SYMBOLS


@dataclass(frozen=True)
class Phrase:
    """One numeric phrase.

    Attributes
    ----------
    start, end : int
        Where it stands, in code points.
    text : str
        Its words, as printed.
    numerals : tuple of Numeral
        The numbers in it: one, the ends of a range, or those of a date.
    rule : str
        The rule by which it is incidental (a key of `nkestimate.printed.rules.RULES`); empty for a figure that has to be accounted for.
    hedges : tuple of str
        What hedges say: ``at_most``, ``at_least``, ``around``, ``between``, ``from``, ``change`` (it rose from one to the other).
    joined : str
        How two numbers are joined: ``range``, ``error`` (200 ± 80), ``count`` (two of the 61 samples), ``sides``
        (105 by 68 metres), or empty.
    currency : str
        Code of the currency, or empty.
    unit : str
        The unit in the words of a case file (``percent``, ``km``, ``person``, ``times``), or empty.
    per : tuple of str
        What it is per: ``month``, ``year``, ``person``.
    """

    start: int
    end: int
    text: str
    numerals: tuple[Numeral, ...]
    rule: str = ""
    hedges: tuple[str, ...] = ()
    joined: str = ""
    currency: str = ""
    unit: str = ""
    per: tuple[str, ...] = ()


# ---------------------------------------------------------------- forms of what stands round numbers

_HEDGE = {kind: re.compile(rf"(?:^|(?<=[\W_]))(?:{words})\s*$".replace(" ", r"\s+"), re.IGNORECASE) for kind, words in HEDGES.items()}
# Words that belong to a phrase only where a hedge stands before them: well over 20.
_IDLE = {"well", "slightly", "other", "between", "from", "anywhere"}
_OPENED = form_of(r"\b(?:anywhere\s)?(between|from)\s+$", re.IGNORECASE)
# "12 and more than 30": the hedge is the next number's.
_LAST = r"\b(?!\sthan\b|\s[\d" + "".join(SYMBOLS) + "])"
_HEDGE_BEHIND = tuple((kind, form_of(words, re.IGNORECASE)) for kind, words in (
    ("at_least", rf"\s?\+(?!\s?\d)|-plus\b|\s(?:or|and)\s(?:more|over|above|higher|older){_LAST}|\sat\s(?:the\s)?least\b|\sminimum\b"),
    ("at_most", rf"\s(?:or|and)\s(?:less|fewer|below|under|lower|younger){_LAST}|\sat\s(?:the\s)?most\b|\smaximum\b"),
    ("around", r"\s(?:or|and)\sso\b|\sor\sthereabouts\b|-odd\b|-ish\b")))
_CHANGED = re.compile(
    r"\b(?:rose|risen|ris(?:es?|ing)|grew|grown?|growing|increas\w+|jump\w+|climb\w+|surg\w+|soar\w+|rais\w+|went|up|expand\w+"
    r"|swell\w*|fell|fall\w*|drop\w*"
    r"|declin\w+|decreas\w+|cut|cuts|cutting|reduc\w+|slump\w*|plung\w+|shr[aiu]nk|down|slid|lower\w*|chang\w+|revis\w+|widen\w*"
    r"|narrow\w*|halv\w+|doubl\w+|tripl\w+|quadrupl\w+)\b[^.;]{0,60}$",
    re.IGNORECASE)
_OF_THE = form_of(r"[\s-]of(?:\s(?:the|these|those|its|his|their|this|that))?(?=\s)|-strong")
_WORDS_BEHIND = form_of(rf"(?:{GAP}+[^\W\d_][\w’'-]*){{1,4}}")
_GLUED = re.compile(r"-[^\W\d_][\w’'-]*")
_DEMONYM = re.compile(r"[A-Z][a-z]+(?:ans|ians|ese|is|ns)$")
_PEOPLE_BEHIND = form_of(r"\s(?:(?:North|South|Korean|Russian|Ukrainian|more|other|young|armed)\s)*([a-z]+)\b")
_JOIN = form_of(r"(?P<dash>\s?[-‐‑–−]\s?|—|-to-)|\s+(?P<word>to|and|or|or\seven|up\sto)\s+", re.IGNORECASE)
_NOUN_BETWEEN = form_of(r"(?:\s+[^\W\d_][\w’'-]*){1,2}(?=\s+(?:to|and)\s)")
_HEDGE_BETWEEN = form_of(r"\s(?:as\smany\sas|perhaps|about|around|some|nearly|more\sthan|up\sto|over|maybe|possibly|almost|even"
                            r"|roughly)\s$", re.IGNORECASE)
_LISTING = form_of(r"\s(?:and|or)\s")
_ERROR = form_of(r"\s*(?:±|\+/-|\+/−|plus\sor\sminus)\s*", re.IGNORECASE)
_OF_ALL = form_of(r"(?P<noun>\s(?:[^\W\d_][\w’'-]*s|people|men|women|children)(?=\sout\s))?"
                  r"\s(?:out\s)?of\s(?:(?:the|its|his|her|their|those|these|all|our|some|about)\s){0,2}")
_OTHER_NOUN = form_of(r"\s(?!(?:was|is|has|as|this)\b)[a-z]+s\b")
_BY = form_of(r"\sby\s|\s?[x×]\s?")
_IN_PARTS = form_of(r"\s?|\sand\s")
_LENGTH_UNITS = frozenset(["km", "metre", "cm", "mm", "mile", "yard", "foot", "inch"])
# "6.5% over two years": behind another figure it says for how long or how far.
_ACROSS = re.compile(r"^(?:over|under|above|below)\b", re.IGNORECASE)
_SPREAD = form_of(
    r"\b(?:repayable|repaid|payable|paid|spread|phased|staggered|stretched|averaged|amorti[sz]ed|distributed)(?:\s(?:in|out|back|down))?\s$")
_SPEEDS = frozenset(["km/hour", "mile/hour", "metre/second", "knot"])
_MUCH = form_of(r"as\smuch\sas\s", re.IGNORECASE)
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
_FURTHEST = 60


def find_phrases(text: str) -> tuple[Phrase, ...]:
    """Return every numeric phrase of a text, in order; no two overlap.

    Parameters
    ----------
    text : str
        Any text. Offsets count its code points; nothing is normalised.

    Returns
    -------
    tuple of Phrase
        Figures to account for (``rule`` is empty) and incidental ones.

    Examples
    --------
    >>> for phrase in find_phrases("On 24 February 2022 up to 12,000 soldiers came; each got US$2,000 a month."):
    ...     print(phrase.start, phrase.text, phrase.rule or phrase.hedges)
    3 24 February 2022 date
    20 up to 12,000 soldiers ('at_most',)
    57 US$2,000 a month ()
    """
    addresses = tuple(match.span() for match in rules.ADDRESS.finditer(text))
    builder = _Builder(text)
    found, rest = builder.byform_of(numerals_of(text, addresses), addresses)
    found += [builder.ruled(phrase) for phrase in builder.join(builder.dressed(rest))]
    return _apart(text, sorted(found, key=lambda phrase: phrase.numerals[0].start))


class _Builder:
    """Puts phrases together round the numerals of one text."""

    def __init__(self, text: str):
        self.text = text

    def before(self, start: int) -> str:
        return self.text[max(0, start - _FURTHEST) : start]

    def phrase(self, start: int, end: int, numerals: tuple[Numeral, ...], rule: str = "") -> Phrase:
        start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
        return Phrase(start, end, self.text[start:end], numerals, rule)

    def stretched(self, phrase: Phrase, start: int, end: int) -> Phrase:
        return replace(phrase, start=start, end=end, text=self.text[start:end])

    # ------------------------------------------------------------ incidental by form

    def byform_of(self, numerals: list[Numeral], addresses: Iterable[tuple[int, int]]) -> tuple[list[Phrase], list[Numeral]]:
        """Return the phrases that addresses and `rules.PATTERNS` make incidental, and the numerals left over."""
        owner: dict[int, tuple[int, int, str]] = {}
        spans = [(start, end, "", True) for start, end in addresses]
        spans += [(*match.span(), one.rule, one.anyway) for one in rules.PATTERNS for match in one.form.finditer(self.text)]
        spans += [(start, end, "reference", False) for start, end in rules.enumerators(self.text)]
        ends = [numeral.end for numeral in numerals]
        for start, end, rule, anyway in spans:
            first = bisect_right(ends, start)
            touched = [i for i in range(first, min(first + 20, len(numerals))) if numerals[i].start < end]
            whole = touched and all(start <= numerals[i].start and numerals[i].end <= end and i not in owner for i in touched)
            if whole and (anyway or not self.is_measured(numerals[touched[0]], numerals[touched[-1]])):
                owner |= dict.fromkeys(touched, (start, end, rule))
        held: dict[tuple[int, int, str], list[Numeral]] = {}
        for i, place in owner.items():
            held.setdefault(place, []).append(numerals[i])
        found = []
        for (start, end, rule), numbers in held.items():
            mine = tuple(numbers)
            # Of the address of a page only the digits, each run by itself.
            found += [self.phrase(start, end, mine, rule)] if rule else [self.phrase(one.start, one.end, (one,), "address") for one in mine]
        return found, [numeral for i, numeral in enumerate(numerals) if i not in owner]

    def is_measured(self, first: Numeral, last: Numeral) -> bool:
        """Whether something is measured or counted by what looks like a date or a reference: money, a unit, people."""
        if last.kind in ("opaque", "ordinal"):
            return False
        if first.scaled or first.grouped or last.scaled or last.grouped or money_before(self.text, first)[0]:
            return True
        noun = _PEOPLE_BEHIND.match(self.text, last.end)
        # "The 2019 killed" is no count; "2019 people" is.
        return bool(MONEY_BEHIND.match(self.text, last.end) or unit_behind(self.text, last.end)[0] or (
            noun and noun[1] in PEOPLE - {"killed", "wounded", "injured", "members", "leaders"}))

    # ------------------------------------------------------------ one numeral

    def dressed(self, numerals: list[Numeral]) -> list[Phrase]:
        """Return numerals with what belongs to them, without those that a unit has taken in: parts per million, decades."""
        done: list[Phrase] = []
        for numeral in numerals:
            if not done or numeral.end > done[-1].end:
                phrase = self.dress(numeral)
                whole = self.whole(done[-1], phrase) if done else None
                done[-1:] = [whole] if whole else [*done[-1:], phrase]
        return done

    def whole(self, first: Phrase, second: Phrase) -> Phrase | None:
        """Return what is stated in two units as one number in the smaller: 3 hours 50 minutes, two years and six months, 5 ft 10 in."""
        a, b = first.numerals[0], second.numerals[0]
        many = SUBDIVIDED.get((first.unit, second.unit))
        if not many or first.per or a.kind != "cardinal" or b.kind != "cardinal" or not a.number or not b.number:
            return None
        gap = self.text[first.end : second.start]
        fits = a.number.value >= 1 and a.number.value % 1 == 0 and 0 <= b.number.value < many and not a.scaled and not b.scaled
        if not fits or not _IN_PARTS.fullmatch(gap) or (gap.strip() and _OPENED.search(self.before(a.start))):
            return None
        total = f"{Decimal(a.written) * many + Decimal(b.written):f}"
        joined = replace(b, start=a.start, written=total, grouped=False, other="")
        return replace(self.phrase(first.start, second.end, (joined,)), unit=second.unit, per=second.per)

    def dress(self, numeral: Numeral) -> Phrase:
        """Return a numeral with its currency, unit and period."""
        start, end, currency, unit = numeral.start, numeral.end, "", ""
        share = numeral.kind == "fraction" and re.search(r"\b(?:in|of|per|for)\b", self.text[start:end])
        if numeral.kind not in ("opaque", "ordinal") and not share:
            currency, start = money_before(self.text, numeral)
            behind, end = money_behind(self.text, numeral, end)
            currency = currency or behind
            if currency:
                end = behind_worth(self.text, end)
            else:
                unit, end = self.unit(numeral, end)
                unit = degrees(self.text, unit, end)
        per, end = per_behind_what(self.text, end) if currency or unit else per_behind(self.text, end, False)
        return replace(self.phrase(start, end, (numeral,)), currency=currency, unit=unit, per=per)

    def unit(self, numeral: Numeral, end: int) -> tuple[str, int]:
        """Return the unit of a number that is no money; of a fraction or a magnitude it may stand behind ``of`` or ``a``."""
        if pounds := POUNDS.match(self.text, end):
            return "pound", pounds.end()
        unit, behind = unit_behind(self.text, end)
        return unit_of(self.text, end) if not unit and numeral.kind in ("fraction", "magnitude") else (unit, behind)

    # ------------------------------------------------------------ ranges and lists

    def join(self, parts: list[Phrase]) -> list[Phrase]:
        """Return phrases with ranges put together and hedges read."""
        done: list[Phrase] = []
        i = 0
        while i < len(parts):
            pair = None
            if i + 1 < len(parts):
                pair = self.pair(parts[i], parts[i + 1])
                parts[i] = self.inheriting(parts[i], parts[i + 1])
            done.append(self.hedged(pair or parts[i], done))
            i += 2 if pair else 1
        return done

    def inheriting(self, first: Phrase, second: Phrase) -> Phrase:
        """Return the first of two numbers with the scale and unit that only the second states: 2.9 and 3.5 billion dollars."""
        a, b = first.numerals[0], second.numerals[0]
        bare = first.start == a.start and first.end == a.end and not a.scaled and not a.grouped and a.kind == b.kind == "cardinal"
        if not bare or second.start != b.start or not _LISTING.fullmatch(self.text[first.end : second.start]):
            return first
        return replace(first, numerals=(_shared(a, b) or a,), currency=second.currency, unit=second.unit, per=second.per)

    def pair(self, first: Phrase, second: Phrase) -> Phrase | None:
        """Return two numbers as a range (or a value with its error); None where they are two phrases."""
        a, b = first.numerals[0], second.numerals[0]
        if {a.kind, b.kind} - {"cardinal", "fraction", "magnitude"} and not (a.kind == b.kind == "multiple"):
            return None
        gap = self.text[first.end : second.start]
        if _ERROR.fullmatch(gap) and a.kind == b.kind == "cardinal":
            return self.united(first, second, "error")
        if self.is_count(first, second, gap):
            return self.united(first, second, "count")
        if _BY.fullmatch(gap) and a.kind == b.kind == "cardinal" and second.unit in _LENGTH_UNITS and first.unit in ("", second.unit):
            return self.united(first, second, "sides")
        opened = bool(_OPENED.search(self.before(first.start)))
        if opened and (noun := _NOUN_BETWEEN.match(gap)):
            gap = gap[noun.end() :]
        if hedge := _HEDGE_BETWEEN.search(gap):
            gap = gap[: hedge.start() + 1]
        match = _JOIN.fullmatch(gap)
        return self.united(first, second, "range") if match and self.may_join(first, second, match, opened) else None

    def is_count(self, first: Phrase, second: Phrase, gap: str) -> bool:
        """Whether two numbers are a part and its whole, counted: two of the 61 samples."""
        a, b = first.numerals[0], second.numerals[0]
        pair = (first, second)
        bare = not any(one.currency or one.unit or one.per or one.numerals[0].scaled or one.numerals[0].kind != "cardinal" for one in pair)
        of = _OF_ALL.fullmatch(gap)
        if not bare or not a.number or not b.number or not of:
            return False
        if of["noun"] and _OTHER_NOUN.match(self.text, b.end):
            return False  # they led 12 men out of 30 houses
        whole = a.number.value % 1 == b.number.value % 1 == 0 and a.number.value <= b.number.value > 1
        # "2 of 2024" is a date, whatever it is of.
        return whole and not (gap == " of " and bool(re.fullmatch(r"(?:19|20)\d\d", self.text[b.start : b.end])))

    def may_join(self, first: Phrase, second: Phrase, match: re.Match[str], opened: bool) -> bool:
        """Whether what stands between two numbers makes a range of them; ``opened`` by between or from."""
        a, b = first.numerals[0], second.numerals[0]
        word = (match["word"] or "").lower()
        units = first.unit, second.unit
        if (first.currency and units[1]) or (second.currency and units[0]) or (all(units) and units[0] != units[1]):
            return False
        if word == "to" and not opened and self.is_change(first, second):
            return False
        if word == "and":  # "5,000 and 10,000 soldiers" is two figures, unless it is between them
            return opened
        if word.startswith("or"):
            return a.kind == b.kind
        if word in ("to", "up to"):
            return opened or _low(a) < _low(b) or _shared(a, b) is not None
        return opened or match["dash"] not in (" - ", " – ", " − ") or _low(a) < _low(b)

    def is_change(self, first: Phrase, second: Phrase) -> bool:
        """Whether a change and the level that it led to stand side by side: fell by a fifth to 812,000, rose 5% to 1,200."""
        a, b = first.numerals[0], second.numerals[0]
        shares = [one.unit == "percent" or one.numerals[0].kind == "fraction" for one in (first, second)]
        if shares == [True, False]:
            return bool(second.currency) or b.scaled or b.grouped or _low(b) > 100 or bool(_CHANGED.search(self.before(first.start)))
        # A range hardly ever ends at ten times its beginning; a level often is more than ten times its change.
        before = re.search(r"\bby\s+$", self.before(first.start))
        return bool(before and 0 < 10 * _low(_shared(a, b) or a) <= _low(b) and _CHANGED.search(self.before(first.start)))

    def united(self, first: Phrase, second: Phrase, joined: str) -> Phrase:
        a, b = first.numerals[0], second.numerals[0]
        scale = b.written.partition(" ")[2]
        if joined == "range":
            a = _shared(a, b) or a
        elif scale and " " not in a.written:
            a = replace(a, written=f"{a.written} {scale}")
        return replace(self.phrase(first.start, second.end, (a, b)), joined=joined, currency=first.currency or second.currency,
                       unit=first.unit or second.unit, per=first.per or second.per)

    # ------------------------------------------------------------ hedges and nouns

    def is_across(self, phrase: Phrase, start: int, previous: Phrase | None) -> bool:
        """Whether over, under, above or below join a length or a time to the figure before: 6.5% over two years, 700 MW over 165 km."""
        over = _ACROSS.match(self.text[start:])
        if over and phrase.unit in rules.TIMES and _SPREAD.search(self.before(start)):
            return True
        if not over or not previous or phrase.unit not in _LENGTH_UNITS | rules.TIMES | {"percent"}:
            return False
        if phrase.unit == "percent" and not (previous.unit in _SPEEDS and _OF_THE.match(self.text, phrase.end)):
            return False
        return not self.text[previous.end : start].strip() and not previous.rule

    def hedged(self, phrase: Phrase, done: list[Phrase]) -> Phrase:
        """Return a phrase with the hedges round it, and the noun behind it; ``done`` are those before it."""
        start, end, kinds, unit = phrase.start, phrase.end, list[str](), phrase.unit
        last = phrase.numerals[-1]
        if last.kind not in ("opaque", "ordinal"):
            if phrase.joined == "range" and (opened := _OPENED.search(self.before(start))):
                start -= len(opened[0])
                word = opened[1].lower()
                kinds.append("change" if word == "from" and _CHANGED.search(self.before(start)) else word)
            start = self.hedges_before(start, kinds)
        for kind, form in _HEDGE_BEHIND:
            if match := form.match(self.text, end):
                end = match.end()
                kinds.append(kind)
                break
        if self.is_across(phrase, start, done[-1] if done else None):
            start, kinds = phrase.start, [kind for kind in kinds if kind not in ("at_most", "at_least")]
        if not phrase.currency and not unit and last.kind != "opaque":
            unit, noun = self.counted(end, last)
            unit = unit or ("person" if self.is_people(phrase, start, end, done) else "")
            # As much as 350,000 homes: what so many use, and no bound on the homes.
            if "at_most" in kinds and noun > end and last.kind == "cardinal" and unit != "person" and _MUCH.match(self.text, start):
                kinds.remove("at_most")
            end = noun
        per, end = (phrase.per, end) if phrase.per else per_behind(self.text, end, bool(unit or phrase.currency))
        return self.stretched(replace(phrase, hedges=tuple(dict.fromkeys(kinds)), unit=unit, per=per), start, end)

    def is_people(self, phrase: Phrase, start: int, end: int, done: list[Phrase]) -> bool:
        """Whether a number with neither unit nor noun of people counts people all the same."""
        last = phrase.numerals[-1]
        year = re.fullmatch(r"1[5-9]\d\d|20\d\d", self.text[last.start : last.end])
        if last.kind not in ("cardinal", "magnitude") or phrase.joined not in ("", "range") or phrase.per or year:
            return False
        before = next((one for one in reversed(done[-4:]) if one.numerals[-1].kind not in ("opaque", "ordinal")), None)
        known = (before.end, before.unit, before.numerals[-1].scaled) if before else None
        return counts_people(self.text, start, end, known)

    def hedges_before(self, start: int, kinds: list[str]) -> int:
        """Return where the hedges before ``start`` begin, and add what they say to ``kinds``."""
        begin = start
        while True:
            before = self.before(start)
            # The longest counts: "no fewer than" is no "fewer than".
            matches = [(match, kind) for kind, form in _HEDGE.items() if (match := form.search(before)) and match[0].strip()]
            if not matches:
                return begin
            match, kind = max(matches, key=lambda entry: len(entry[0][0]))
            start -= len(match[0])
            if match[0].strip().lower() not in _IDLE:
                begin = start
                kinds += [kind] if kind else []

    def counted(self, end: int, numeral: Numeral) -> tuple[str, int]:
        """Return ``person`` where people are counted, and where the noun ends."""
        of = _OF_THE.match(self.text, end)
        position = of.end() if of else end
        first = plural = 0
        words = _WORDS_BEHIND.match(self.text, position)
        for word in words[0].split() if words and numeral.kind != "decade" else ():
            if word.lower() in FUNCTION_WORDS:
                break
            position = self.text.index(word, position) + len(word)
            first = first or position
            plural = plural or (position if word.endswith("s") and not word.endswith("ss") else 0)
            if word.lower() in PEOPLE or _DEMONYM.match(word):
                return "person", position
        if not first and (glued := _GLUED.match(self.text, end)):
            return "", glued.end()
        return "", plural or first or end

    # ------------------------------------------------------------ incidental by what stands round it

    def ruled(self, phrase: Phrase) -> Phrase:
        """Return a phrase with the rule that makes it incidental, if one does."""
        rule = self.rule(phrase)
        if not rule:
            return phrase
        first, last = phrase.numerals[0], phrase.numerals[-1]
        start, end = (first.start, last.end) if rule == "name" else (phrase.start, phrase.end)
        behind = {"date": rules.RELATIVE, "age": rules.AGE_AFTER}.get(rule)
        if behind and (match := behind.match(self.text, last.end)):
            end = max(end, match.end())
        return self.stretched(replace(phrase, rule=rule, currency=""), start, end)

    def rule(self, phrase: Phrase) -> str:
        """Return the rule that makes a phrase incidental, or nothing."""
        first, last = phrase.numerals[0], phrase.numerals[-1]
        before, after = self.before(first.start), self.text[last.end : last.end + _FURTHEST]
        if any(numeral.kind == "opaque" for numeral in phrase.numerals):
            return self.rule_of_opaque(first, before, after)
        if last.kind == "ordinal":
            return "" if _is_rank(last, before, after) else "order"
        if phrase.currency or phrase.per:
            return ""
        if rules.AGE_AFTER.match(after) and not rules.OF_A_THING.search(before):
            return "age"
        if rules.RELATIVE.match(after) and (last.kind == "decade" or rules.OF_TIME.match(after)):
            return "date"
        return self.rule_of_cardinal(phrase, last) if last.kind == "cardinal" and not phrase.joined else ""

    def rule_of_opaque(self, numeral: Numeral, before: str, after: str) -> str:
        printed = self.text[numeral.start : numeral.end]
        if re.fullmatch(r"\d+:\d+|\d0['’]?s", printed):
            return ""  # no time of day, so a ratio; no decade, so a range (temperatures in the 30s)
        if name := re.fullmatch(r"([A-Z][a-z]{3,})-\d+", printed):
            others = [match[1] for match in (rules.LISTED[0].match(after), rules.LISTED[1].search(before)) if match]
            if any(other != name[1] for other in others):
                return ""
        if printed.endswith("ties"):
            return "date"
        return "reference" if printed[0] in _RAISED else "name"

    def rule_of_cardinal(self, phrase: Phrase, numeral: Numeral) -> str:
        printed = self.text[numeral.start : numeral.end]
        before, after = self.before(numeral.start), self.text[numeral.end : numeral.end + _FURTHEST]
        number = numeral.number
        if number and not numeral.scaled and not phrase.unit and rules.is_age(number.value, before, after):
            return "age"
        bounded = {"at_least", "at_most", "around"} & {*phrase.hedges}
        if not phrase.unit and not bounded and rules.is_year(printed, before, after):
            return "date"
        # A capital in the middle of a sentence, and one behind it: the Five Eyes; but not in a headline, nor before people.
        named = re.search(r"[a-z,]\s$", before) and re.fullmatch(r"[A-Z][a-z]+", printed) and re.match(r"[\s-][A-Z][a-z]+", after)
        return "name" if named and not numeral.scaled and phrase.unit != "person" else ""


def _is_rank(ordinal: Numeral, before: str, after: str) -> bool:
    """Whether an ordinal is a figure: a rank, a running count, or a large number."""
    place = float(ordinal.written)
    return place >= 1000 or (place > 1 and bool(rules.RANKED.match(after) or rules.RANKS.search(before)))


def _low(numeral: Numeral) -> float:
    if numeral.number:
        return numeral.number.value
    return numeral.span[0] if numeral.span else 0.0


def _shared(a: Numeral, b: Numeral) -> Numeral | None:
    """Return the first number of a range with the scale that the second states for both: 1.7–5.5 billion, 25–30,000."""
    if a.scaled or a.kind != "cardinal" or b.kind != "cardinal" or a.number is None or b.number is None:
        return None
    head, _, scale = b.written.partition(" ")
    if scale and not a.grouped and a.number.value <= float(head):
        return replace(a, written=f"{a.written} {scale}", scaled=True)
    thousands = b.grouped and b.number.value >= 1000 and b.number.value % 1000 == 0 and re.fullmatch(r"\d{1,3}", a.written)
    if thousands and 1 <= b.number.value / (1000 * a.number.value) <= 10:
        return replace(a, written=f"{a.written}000", scaled=True, grouped=True, other=a.written)
    return None


def _apart(text: str, phrases: list[Phrase]) -> tuple[Phrase, ...]:
    """Cut what two phrases would share: the noun behind a number ends where the next phrase begins."""
    cut = list(phrases)
    for i, (_, two) in enumerate(pairwise(phrases)):
        one = cut[i]
        if one.end > two.start:
            end = max(one.numerals[-1].end, min(one.end, two.start))
            end = one.start + len(text[one.start : end].rstrip())
            begin = max(two.start, end)
            begin += len(text[begin : two.end]) - len(text[begin : two.end].lstrip())
            cut[i] = replace(one, end=end, text=text[one.start : end])
            cut[i + 1] = replace(two, start=begin, text=text[begin : two.end])
    return tuple(cut)

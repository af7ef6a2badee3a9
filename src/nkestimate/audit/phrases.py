"""Every numeric phrase of a text: numbers joined with their hedges, currencies, units and periods, and sorted by rule.

A numeric phrase is every run of digits, cardinal, ordinal, fraction, and dozens to billions, decades, in digits or in words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from nkestimate.audit import rules
from nkestimate.audit.cursor import Numeral
from nkestimate.audit.measures import GAP, form_of, per_behind, per_behind_what, spaced, unit_behind, unit_of
from nkestimate.audit.numerals import numerals_of
from nkestimate.audit.vocabulary import (
    CODES,
    CURRENCY_WORDS,
    DOLLARS,
    FUNCTION_WORDS,
    HEDGES,
    NATIONS,
    PEOPLE,
    SYMBOLS,
)


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
        The rule by which it is incidental (a key of `nkestimate.audit.rules.RULES`); empty for a figure that has to be accounted for.
    hedges : tuple of str
        What hedges say: ``at_most``, ``at_least``, ``around``, ``between``, ``from``, ``change`` (it rose from one to the other).
    joined : str
        How two numbers are joined: ``range``, ``error`` (200 ± 80), or empty.
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
    r"|narrow\w*)\b[^.;]{0,60}$",
    re.IGNORECASE)
_MONEY_BEFORE = form_of(
    r"(?:(?:US|U\.S\.|A|AU|C|CA|NZ|HK|S|NT|R|Z)\s?[$＄]|[" + "".join(SYMBOLS) + r"]|\b(?:" + "|".join(CODES) + rf"|kr|Fr)\.?|\bR){GAP}?$")
_MONEY_BEHIND = form_of(
    rf"(?:{GAP}|-){{0,2}}(?:(?P<sign>[" + "".join(SYMBOLS) + r"](?!\s?\d))|(?P<code>" + "|".join(CODES) + r")\b"
    r"|(?P<word>" + "|".join(CURRENCY_WORDS) + r")\b)")
_POUNDS = form_of(r"(?:\s|-)pounds?\b")
_OF_GOODS = form_of(r"\sof\s(?!(?:debts?|damages?|aid|money|public|taxpayers|funding|savings|losses|investment)\b)[a-z]")
_WEIGHS = re.compile(r"\b(?:weigh\w*|weight of|lost|gained)\s(?:\w+\s){0,2}$")
_EUROS_OR_DOLLARS = re.compile(r"€|\beuros?\b|\bEUR\b|\$|\bdollars?\b|\bUSD\b")
_WORTH = form_of(r"['’]?\sworth\b")
_OF_MONEY = form_of(r"\sof\s(?:(?:US|American)\s)?(dollars|euros|pounds|ro?ubles|won|yen|yuan)\b")
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
        if first.scaled or first.grouped or last.scaled or last.grouped or self.money_before(first.start):
            return True
        noun = _PEOPLE_BEHIND.match(self.text, last.end)
        # "The 2019 killed" is no count; "2019 people" is.
        return bool(_MONEY_BEHIND.match(self.text, last.end) or unit_behind(self.text, last.end)[0] or (
            noun and noun[1] in PEOPLE - {"killed", "wounded", "injured", "members", "leaders"}))

    # ------------------------------------------------------------ one numeral

    def dressed(self, numerals: list[Numeral]) -> list[Phrase]:
        """Return numerals with what belongs to them, without those that a unit has taken in: parts per million, decades."""
        done: list[Phrase] = []
        for numeral in numerals:
            if not done or numeral.end > done[-1].end:
                done.append(self.dress(numeral))
        return done

    def dress(self, numeral: Numeral) -> Phrase:
        """Return a numeral with its currency, unit and period."""
        start, end, currency, unit = numeral.start, numeral.end, "", ""
        share = numeral.kind == "fraction" and re.search(r"\b(?:in|of|per)\b", self.text[start:end])
        if numeral.kind not in ("opaque", "ordinal") and not share:
            if match := self.money_before(start):
                start, currency = match.start(), _code(match[0])
            if (match := _MONEY_BEHIND.match(self.text, end)) and _is_sum(numeral, match) and not self.is_weight(numeral, match):
                end, currency = match.end(), currency or self.code_behind(match)
            elif match := _OF_MONEY.match(self.text, end):
                end, currency = match.end(), _code_of_word(match[1])
            if not currency:
                unit, end = self.unit(numeral, end)
            elif match := _WORTH.match(self.text, end):
                end = match.end()
        per, end = per_behind_what(self.text, end, bool(currency)) if currency or unit else per_behind(self.text, end, False)
        per, end = per_behind_what(self.text, end, True) if unit and not per else (per, end)
        return replace(self.phrase(start, end, (numeral,)), currency=currency, unit=unit, per=per)

    def unit(self, numeral: Numeral, end: int) -> tuple[str, int]:
        """Return the unit of a number that is no money; of a fraction or a magnitude it may stand behind ``of`` or ``a``."""
        if _POUNDS.match(self.text, end):
            return "pound", _POUNDS.match(self.text, end).end()
        unit, behind = unit_behind(self.text, end)
        return unit_of(self.text, end) if not unit and numeral.kind in ("fraction", "magnitude") else (unit, behind)

    def is_weight(self, numeral: Numeral, money: re.Match[str]) -> bool:
        """Whether pounds are a weight: pounds of something, or what somebody weighs."""
        if not _POUNDS.match(self.text, numeral.end) or numeral.scaled or numeral.kind == "magnitude":
            return False
        return bool(_OF_GOODS.match(self.text, money.end()) or _WEIGHS.search(self.before(numeral.start)))

    def code_behind(self, match: re.Match[str]) -> str:
        """Return the code of money behind a number; whose cents and crowns they are, the text says elsewhere, if at all."""
        if match["sign"]:
            return SYMBOLS[match["sign"]]
        code = CODES[match["code"]] if match["code"] else _code_of_word(match["word"])
        if code == "cent":
            before = [one for one in _EUROS_OR_DOLLARS.finditer(self.text, 0, match.start())][-1:] or _EUROS_OR_DOLLARS.findall(self.text)[:1]
            sign = str(before[0] if isinstance(before[0], str) else before[0][0]) if before else "$"
            return ("EUR" if sign[0] in "€eE" else "USD") + " cent"
        if code.startswith("crown"):
            owner = next((nation for nation, words in NATIONS.items() if nation in self.text or re.search(words, self.text)), "")
            return code.replace("crown", owner) if owner else code
        return code

    def money_before(self, start: int) -> re.Match[str] | None:
        return _MONEY_BEFORE.search(self.text, max(0, start - 7), start)

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
            done.append(self.hedged(pair or parts[i]))
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
        opened = bool(_OPENED.search(self.before(first.start)))
        if opened and (noun := _NOUN_BETWEEN.match(gap)):
            gap = gap[noun.end() :]
        if hedge := _HEDGE_BETWEEN.search(gap):
            gap = gap[: hedge.start() + 1]
        match = _JOIN.fullmatch(gap)
        return self.united(first, second, "range") if match and self.may_join(first, second, match, opened) else None

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

    def hedged(self, phrase: Phrase) -> Phrase:
        """Return a phrase with the hedges round it, and the noun behind it."""
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
        if not phrase.currency and not unit and last.kind != "opaque":
            unit, end = self.counted(end, last)
        per, end = (phrase.per, end) if phrase.per else per_behind(self.text, end, bool(unit or phrase.currency))
        return self.stretched(replace(phrase, hedges=tuple(dict.fromkeys(kinds)), unit=unit, per=per), start, end)

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


def _is_sum(numeral: Numeral, match: re.Match[str]) -> bool:
    """Whether letters behind a number are money: a small number before "won" is a victory."""
    number = numeral.number
    return not match["word"] or match["word"].lower() != "won" or numeral.scaled or (number is not None and number.value >= 100)


def _code(sign: str) -> str:
    sign = sign.strip(" \u00a0\u202f.")
    if sign.endswith(("$", "＄")):
        return DOLLARS.get(sign[:-1].strip(), "USD")
    return SYMBOLS.get(sign) or CODES.get(sign) or {"kr": "SEK", "Fr": "CHF", "R": "ZAR"}[sign]


def _code_of_word(word: str) -> str:
    return next(code for words, code in CURRENCY_WORDS.items() if re.fullmatch(spaced(words), word))


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

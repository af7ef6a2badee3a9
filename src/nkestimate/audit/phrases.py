"""Every numeric phrase of a text: numbers joined with their hedges, currencies, units and periods, and sorted by rule.

A numeric phrase is every run of digits, cardinal, ordinal, fraction, and dozens to billions, decades, in digits or in words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from nkestimate.audit import rules
from nkestimate.audit.numerals import Numeral, numerals_of
from nkestimate.audit.vocabulary import (
    CODES,
    CURRENCY_WORDS,
    DOLLARS,
    FUNCTION_WORDS,
    HEDGES,
    PEOPLE,
    PERIODS,
    SYMBOLS,
    UNIT_WORDS,
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
        The numbers in it: one, or the ends of a range.
    rule : str
        The rule by which it is incidental (a key of `nkestimate.audit.rules.RULES`); empty for a figure that has to be accounted for.
    hedges : tuple of str
        What hedges say: ``at_most``, ``at_least``, ``around``, ``between``, ``change`` (it rose from one to the other).
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


# ---------------------------------------------------------------- words around numbers

_BEFORE = {kind: re.compile(rf"(?:^|(?<=[\W_]))(?:{words})[\s\u00a0]*$", re.IGNORECASE) for kind, words in HEDGES.items()}
# Words that belong to a phrase only where a hedge stands before them: at least the 300, well over 20.
_IDLE = {"the", "other", "all", "its", "their", "well", "slightly", "between", "from", "anywhere"}
_BETWEEN = re.compile(r"\b(?:anywhere\s)?(between|from)\s+$", re.IGNORECASE)
_BEHIND = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in (
    ("at_least", r"\s?\+(?!\s?\d)|-plus\b|\s(?:or|and)\s(?:more|over|above|higher|older)\b|\sat\s(?:the\s)?least\b|\sminimum\b"),
    ("at_most", r"\s(?:or|and)\s(?:less|fewer|below|under|lower|younger)\b|\sat\s(?:the\s)?most\b|\smaximum\b"),
    ("around", r"\s(?:or|and)\sso\b|\sor\sthereabouts\b|-odd\b|-ish\b"),
))
_CHANGE = re.compile(
    r"\b(?:rose|risen|rise|rises|rising|grew|grown|grow|growing|increas\w+|jump\w+|climb\w+|surg\w+|soar\w+|rais\w+|went|up|expand\w+|swell\w*|"
    r"fell|fallen|fall|falls|falling|drop\w*|declin\w+|decreas\w+|cut|cuts|cutting|reduc\w+|slump\w*|plung\w+|shr[aiu]nk|down|slid|lower\w*|chang\w+|"
    r"revis\w+|widen\w*|narrow\w*)\b[^.;]{0,60}$", re.IGNORECASE)

_CURRENCY_BEFORE = re.compile(
    r"(?:(?:US|U\.S\.|A|AU|C|CA|CAD|NZ|HK|S|NT|R|Z|Us)\s?[$＄]|[" + "".join(SYMBOLS) + r"]|\b(?:" + "|".join(CODES) + r")\.?|\bkr\.?|\bFr\.)[\s\u00a0\u202f]?$")
_CURRENCY_BEHIND = re.compile(
    r"[\s\u00a0\u202f-]{0,2}(?:(?P<sign>[" + "".join(SYMBOLS) + r"])|(?P<code>" + "|".join(CODES) + r")\b|(?P<word>" + "|".join(CURRENCY_WORDS) + r")\b)")
_UNIT_BEHIND = re.compile(r"[\s\u00a0\u202f]?[-‐‑]?(?:" + "|".join(f"(?P<u{i}>{words})" for i, words in enumerate(UNIT_WORDS)) + ")")
_POWER_BEHIND = re.compile(r"[²³]|\^?[23]\b")
_SQUARE = re.compile(r"[\s-](?P<power>square|cubic|sq\.?)[\s-](?P<unit>kilomet(?:re|er)s?|met(?:re|er)s?|miles?|feet|km|m)\b", re.IGNORECASE)
_DEMONYM = re.compile(r"[A-Z][a-z]+(?:ans|ians|ese|is|ns)$")
_PER_BEHIND = re.compile(r"[\s\u00a0]?[\s\u00a0]?(?:" + "|".join(f"(?P<{name}>{words})" for name, words in PERIODS.items()) + ")", re.IGNORECASE)
_JOIN = re.compile(r"(?P<dash>\s?[-‐‑–−]\s?|—)|\s+(?P<word>to|and|or|or\seven|up\sto|until|through)\s+", re.IGNORECASE)
_ERROR = re.compile(r"\s?(?:±|\+/-|\+/−|plus\sor\sminus)\s?", re.IGNORECASE)
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
    58 US$2,000 a month ()
    """
    addresses = tuple(match.span() for match in rules.ADDRESS.finditer(text))
    numerals = numerals_of(text, addresses)
    found, rest = _by_form(text, numerals, addresses)
    reader = _Text(text)
    found += [reader.ruled(phrase) for phrase in reader.join([reader.dress(numeral) for numeral in rest])]
    return _apart(text, sorted(found, key=lambda phrase: phrase.numerals[0].start))


def _by_form(text: str, numerals: list[Numeral], addresses: Iterable[tuple[int, int]]) -> tuple[list[Phrase], list[Numeral]]:
    """Return the phrases that a form of `rules.PATTERNS` makes incidental, and the numerals left over."""
    owner: dict[int, tuple[int, int, str]] = {}
    spans = [(start, end, "", True) for start, end in addresses]
    spans += [(*match.span(), pattern.rule, pattern.measured_may) for pattern in rules.PATTERNS for match in pattern.form.finditer(text)]
    starts = [numeral.start for numeral in numerals]
    for start, end, rule, measured in spans:
        touched = [i for i in range(_first_at(starts, start, numerals), len(numerals)) if numerals[i].start < end]
        whole = touched and all(start <= numerals[i].start and numerals[i].end <= end for i in touched)
        if whole and not any(i in owner for i in touched) and (measured or not _is_measured(text, numerals[touched[0]], numerals[touched[-1]])):
            for i in touched:
                owner[i] = (start, end, rule)
    phrases = []
    for span in dict.fromkeys(owner.values()):
        mine = tuple(numerals[i] for i, place in owner.items() if place == span)
        start, end, rule = span
        if not rule:  # of the address of a page only the digits
            phrases += [Phrase(one.start, one.end, text[one.start : one.end], (one,), "address") for one in mine]
        else:
            start += len(text[start:end]) - len(text[start:end].lstrip())
            phrases.append(Phrase(start, end, text[start:end], mine, rule))
    return phrases, [numeral for i, numeral in enumerate(numerals) if i not in owner]


def _first_at(starts: list[int], start: int, numerals: list[Numeral]) -> int:
    i = bisect_left(starts, start)
    return i - 1 if i and numerals[i - 1].end > start else i


def _is_measured(text: str, first: Numeral, last: Numeral) -> bool:
    """Whether something is measured or counted by what looks like a date or a reference: money, a unit, people."""
    if _CURRENCY_BEFORE.search(text, max(0, first.start - 6), first.start) or last.scaled or last.grouped or first.grouped:
        return True
    if last.kind in ("opaque", "ordinal"):
        return False
    if _CURRENCY_BEHIND.match(text, last.end) or _Text(text).unit(last.end)[0]:
        return True
    noun = re.compile(r"\s(?:(?:North|South|Korean|Russian|Ukrainian|more|other|young|armed)\s)*([a-z]+)\b").match(text, last.end)
    return bool(noun and noun[1] in PEOPLE - {"killed", "wounded", "injured", "members", "leaders"})


class _Text:
    """Puts phrases together round the numerals of one text."""

    def __init__(self, text: str):
        self.text = text

    def before(self, start: int) -> str:
        return self.text[max(0, start - _FURTHEST) : start]

    # ------------------------------------------------------------ one numeral

    def dress(self, numeral: Numeral) -> Phrase:
        """Return a numeral with its currency, unit and period."""
        start, end, currency, unit = numeral.start, numeral.end, "", ""
        if numeral.kind not in ("opaque", "ordinal"):
            if match := _CURRENCY_BEFORE.search(self.text, max(0, start - 7), start):
                start, currency = match.start(), _code(match[0])
            if match := _CURRENCY_BEHIND.match(self.text, end):
                if _is_sum(numeral, match):
                    end, currency = match.end(), currency or _code_behind(match)
            elif match := re.compile(r"\sof\s(?:(?:US|American)\s)?(dollars|euros|pounds|roubles|rubles|won|yen|yuan)\b").match(self.text, end):
                end, currency = match.end(), _code_of_word(match[1])
            if not currency:
                unit, end = self.unit(end)
        per, end = self.per(end)
        return Phrase(start, end, self.text[start:end], (numeral,), "", (), "", currency, unit, per)

    def unit(self, end: int) -> tuple[str, int]:
        """Return the unit behind a number, and where it ends."""
        if match := _SQUARE.match(self.text, end):
            names = {"k": "km", "m": "metre", "f": "foot"}
            name = "mile" if match["unit"].lower().startswith("mile") else names[match["unit"].lower()[0]]
            return f"{name}**{3 if match['power'].lower() == 'cubic' else 2}", match.end()
        match = _UNIT_BEHIND.match(self.text, end)
        if not match or (match[0][-1:].isalpha() and self.text[match.end() : match.end() + 1].isalnum() and not _POWER_BEHIND.match(self.text, match.end())):
            return "", end
        name = next(unit for i, unit in enumerate(UNIT_WORDS.values()) if match[f"u{i}"])
        if power := _POWER_BEHIND.match(self.text, match.end()):
            if name in ("km", "metre", "cm", "mm", "mile", "foot"):
                return f"{name}**{3 if power[0][-1] in '³3' else 2}", power.end()
        return name, match.end()

    def per(self, end: int) -> tuple[tuple[str, ...], int]:
        """Return what a number is per, and where that ends."""
        names: list[str] = []
        while match := _PER_BEHIND.match(self.text, end):
            if not self.text[end : match.end()].strip() or match.end() == end:
                break
            names.append(next(name for name in PERIODS if match[name]))
            end = match.end()
        return tuple(names), end

    # ------------------------------------------------------------ ranges

    def join(self, parts: list[Phrase]) -> list[Phrase]:
        """Return phrases with ranges put together and hedges read."""
        done: list[Phrase] = []
        i = 0
        while i < len(parts):
            pair = self.pair(parts[i], parts[i + 1]) if i + 1 < len(parts) else None
            if not pair and i + 1 < len(parts):
                parts[i] = self.inheriting(parts[i], parts[i + 1])
            done.append(self.hedged(pair or parts[i]))
            i += 2 if pair else 1
        return done

    def inheriting(self, first: Phrase, second: Phrase) -> Phrase:
        """Return the first of two numbers in a list with the scale and unit that only the second states: 2.9 and 3.5 billion dollars."""
        a, b = first.numerals[0], second.numerals[0]
        bare = not (first.currency or first.unit or first.per or a.scaled or a.grouped) and a.kind == b.kind == "cardinal"
        if not bare or not re.fullmatch(r",?\s(?:and|or)\s|,\s", self.text[first.end : second.start]):
            return first
        return replace(first, numerals=(_shared(a, b) or a,), currency=second.currency, unit=second.unit, per=second.per)

    def pair(self, first: Phrase, second: Phrase) -> Phrase | None:
        """Return two numbers as a range (or a value with its error); None where they are two phrases."""
        a, b = first.numerals[0], second.numerals[0]
        if {a.kind, b.kind} - {"cardinal", "fraction", "magnitude", "multiple"}:
            return None
        gap = self.text[first.end : second.start]
        if _ERROR.fullmatch(gap) and a.kind == b.kind == "cardinal":
            return self.united(first, second, "error")
        opened = _BETWEEN.search(self.before(first.start))
        noun = re.match(r"(?:\s+[^\W\d_][\w’'-]*){1,2}(?=\s+(?:to|and)\s)", gap) if opened else None
        gap = gap[noun.end():] if noun else gap
        hedge = re.search(r"\s(?:as\smany\sas|perhaps|about|around|some|nearly|more\sthan|up\sto|over|maybe|possibly|almost|even|roughly)\s$", gap, re.IGNORECASE)
        gap = gap[: hedge.start() + 1] if hedge else gap
        match = _JOIN.fullmatch(gap)
        if not match or not self.may_join(first, second, match, bool(opened)):
            return None
        return self.united(first, second, "range")

    def may_join(self, first: Phrase, second: Phrase, match: re.Match[str], opened: bool) -> bool:
        """Whether what stands between two numbers makes a range of them."""
        a, b = first.numerals[0], second.numerals[0]
        word = (match["word"] or "").lower()
        if first.currency and second.unit or second.currency and first.unit or (first.unit and second.unit and first.unit != second.unit):
            return False
        if word in ("and", "through", "until"):
            # "5,000 and 10,000 soldiers" is two figures, unless it is between them.
            return opened and word == "and"
        if word in ("or", "or even"):
            return a.kind == b.kind
        if word in ("to", "up to"):
            return opened or _low(a) < _low(b) or bool(_shared(a, b))
        return (bool(match["dash"].strip()) and match["dash"] != " - " and match["dash"] != " – ") or bool(opened) or _low(a) < _low(b)

    def united(self, first: Phrase, second: Phrase, joined: str) -> Phrase:
        a, b = first.numerals[0], second.numerals[0]
        shared = _shared(a, b) if joined == "range" else None
        if joined == "error" and " " in b.written and " " not in a.written:
            shared = Numeral(a.start, a.end, a.kind, f"{a.written} {b.written.split(' ', 1)[1]}")
        return Phrase(first.start, second.end, self.text[first.start : second.end], (shared or a, b), "", (), joined,
                      first.currency or second.currency, first.unit or second.unit, first.per or second.per)

    # ------------------------------------------------------------ hedges

    def hedged(self, phrase: Phrase) -> Phrase:
        """Return a phrase with the hedges round it, and the noun behind it."""
        start, kinds = phrase.start, []
        numeral = phrase.numerals[-1]
        if numeral.kind not in ("opaque", "ordinal"):
            opened = _BETWEEN.search(self.before(start))
            if opened and phrase.joined == "range":
                change = opened[1].lower() == "from" and _CHANGE.search(self.before(start - len(opened[0])))
                start, kinds = start - len(opened[0]), ["change" if change else "between"]
            start, more = self.hedges_before(start)
            kinds += more
        end, behind = self.hedge_behind(phrase.end)
        kinds += behind
        unit = phrase.unit
        if not phrase.currency and not unit and numeral.kind != "opaque":
            unit, end = self.counted(end, numeral)
        per, end = (phrase.per, end) if phrase.per else self.per(end)
        return Phrase(start, end, self.text[start:end], phrase.numerals, phrase.rule, tuple(dict.fromkeys(kinds)), phrase.joined, phrase.currency, unit, per)

    def hedges_before(self, start: int) -> tuple[int, list[str]]:
        kinds: list[str] = []
        while True:
            before = self.before(start)
            for kind, form in _BEFORE.items():
                match = form.search(before)
                if match and match[0].strip():
                    break
            else:
                return self.trimmed(start), kinds
            if match[0].strip().lower() in _IDLE and not self.has_hedge(start - len(match[0])):
                return self.trimmed(start), kinds
            start -= len(match[0])
            if kind:
                kinds.append(kind)

    def has_hedge(self, start: int) -> bool:
        return any(form.search(self.before(start)) for kind, form in _BEFORE.items() if kind)

    def trimmed(self, start: int) -> int:
        return start + len(self.text[start:]) - len(self.text[start:].lstrip()) if self.text[start : start + 1].isspace() else start

    def hedge_behind(self, end: int) -> tuple[int, list[str]]:
        for kind, form in _BEHIND:
            if match := form.match(self.text, end):
                return match.end(), [kind]
        return end, []

    def counted(self, end: int, numeral: Numeral) -> tuple[str, int]:
        """Return ``person`` where people are counted, and where the noun ends."""
        of = re.compile(r"[\s-]of(?:\s(?:the|these|those|its|his|their|this|that))?(?=\s)|-strong").match(self.text, end)
        position = of.end() if of else end
        for word in _words_behind(self.text, position):
            if word.lower() in FUNCTION_WORDS:
                break
            position = self.text.index(word, position) + len(word)
            if word.lower() in PEOPLE or _DEMONYM.match(word):
                return "person", position
        first = re.compile(r"[\s\u00a0-]+([^\W\d_][\w’'-]*)").match(self.text, of.end() if of else end)
        if first and first[1].lower() not in FUNCTION_WORDS and numeral.kind != "decade":
            return "", first.end()
        return "", end

    # ------------------------------------------------------------ rules

    def ruled(self, phrase: Phrase) -> Phrase:
        """Return a phrase with the rule that makes it incidental, if one does."""
        rule = self.rule(phrase)
        if not rule:
            return phrase
        first, last = phrase.numerals[0], phrase.numerals[-1]
        start, end = phrase.start, phrase.end
        if rule == "date" and (match := rules.RELATIVE.match(self.text, last.end)):
            end = max(end, match.end())
        if rule == "name":
            start, end = first.start, last.end
        if rule == "age" and (match := rules.AGE_AFTER.match(self.text, last.end)):
            end = max(end, match.end())
        return Phrase(start, end, self.text[start:end], phrase.numerals, rule, phrase.hedges, phrase.joined, "", phrase.unit)

    def rule(self, phrase: Phrase) -> str:
        first, last = phrase.numerals[0], phrase.numerals[-1]
        before, after = self.before(first.start), self.text[last.end : last.end + _FURTHEST]
        if any(numeral.kind == "opaque" for numeral in phrase.numerals):
            return "reference" if self.text[first.start : first.end][0] in "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉" else "name"
        if last.kind == "ordinal":
            return "order" if not last.grouped and float(last.written) < 1000 else ""
        if phrase.currency or phrase.per:
            return ""
        if last.kind in ("cardinal", "decade", "fraction", "magnitude"):
            if rules.AGE_AFTER.match(after) or (rules.AGE_BEFORE.search(before) and not last.scaled):
                return "age"
            if rules.RELATIVE.match(after) and (last.kind == "decade" or rules.OF_TIME.match(after)):
                return "date"
            if rules.WINDOW.search(before) and (last.kind == "decade" or rules.OF_TIME.match(after)):
                return "date"
        return self.rule_of_cardinal(phrase) if last.kind == "cardinal" else ""

    def rule_of_cardinal(self, phrase: Phrase) -> str:
        last = phrase.numerals[-1]
        printed = self.text[last.start : last.end]
        before, after = self.before(last.start), self.text[last.end : last.end + _FURTHEST]
        small = printed.isdigit() and len(printed) <= 3 and int(printed) < 120
        if small and not phrase.joined and rules.AGE_OF_NAME.search(before) and re.match(r",\s[a-z]", after):
            return "age"
        strict = set(phrase.hedges) & {"at_least", "at_most", "around"}
        if not phrase.unit and not strict and not phrase.joined and rules.is_year(printed, before, after):
            return "date"
        named = re.search(r"[a-z,]\s$", before) and re.match(r"[A-Z][a-z]+$", printed)
        if named and re.match(r"[\s-][A-Z][a-z]+", after) and not last.scaled and phrase.unit != "person":
            return "name"
        return ""


def _words_behind(text: str, position: int) -> list[str]:
    """Return up to four words that follow one another behind a number."""
    match = re.compile(r"(?:[\s\u00a0]+[^\W\d_][\w’'-]*){1,4}").match(text, position)
    return match[0].split() if match else []


def _is_sum(numeral: Numeral, match: re.Match[str]) -> bool:
    """Whether letters behind a number are money: a small number before "won" is a victory, before "pounds" a weight."""
    if match["word"] and match["word"].lower() == "won":
        number = numeral.number
        return numeral.scaled or (number is not None and number.value >= 100)
    return True


def _code(sign: str) -> str:
    sign = sign.strip(" \u00a0\u202f.")
    if sign.endswith(("$", "＄")):
        return DOLLARS.get(sign[:-1].strip(), "USD")
    return SYMBOLS.get(sign) or CODES.get(sign) or {"kr": "SEK", "Fr": "CHF"}.get(sign, sign)


def _code_of_word(word: str) -> str:
    return next(code for words, code in CURRENCY_WORDS.items() if re.fullmatch(words, word, re.IGNORECASE))


def _code_behind(match: re.Match[str]) -> str:
    if match["sign"]:
        return SYMBOLS[match["sign"]]
    return CODES[match["code"]] if match["code"] else _code_of_word(match["word"])


def _low(numeral: Numeral) -> float:
    if numeral.number:
        return numeral.number.value
    return numeral.span[0] if numeral.span else 0.0


def _shared(a: Numeral, b: Numeral) -> Numeral | None:
    """Return the first number of a range with the scale that the second states for both: 1.7–5.5 billion, 25–30,000."""
    if a.scaled or a.kind != "cardinal" or b.kind != "cardinal" or a.number is None or b.number is None:
        return None
    head, _, scale = b.written.partition(" ")
    if scale and " " not in a.written and not a.grouped and a.number.value <= float(head):
        return Numeral(a.start, a.end, a.kind, f"{a.written} {scale}", True)
    thousands = b.grouped and b.number.value >= 1000 and b.number.value % 1000 == 0 and re.fullmatch(r"\d{1,3}", a.written)
    if thousands and 1 <= b.number.value / (1000 * a.number.value) <= 10:
        return Numeral(a.start, a.end, a.kind, f"{a.written}000", True, True, a.written)
    return None


def _apart(text: str, phrases: list[Phrase]) -> tuple[Phrase, ...]:
    """Cut what two phrases would share: words before a number belong to it, a noun behind one ends where the next begins."""
    cut = list(phrases)
    for i, (one, two) in enumerate(pairwise(cut)):
        if one.end > two.start:
            end = max(one.numerals[-1].end, min(one.end, two.start))
            start = max(two.start, end)
            text_of = text[one.start : end].rstrip()
            cut[i] = _replaced(one, one.start, one.start + len(text_of), text)
            start += len(text[start : two.end]) - len(text[start : two.end].lstrip())
            cut[i + 1] = _replaced(two, start, two.end, text)
    return tuple(cut)


def _replaced(phrase: Phrase, start: int, end: int, text: str) -> Phrase:
    return replace(phrase, start=start, end=end, text=text[start:end])

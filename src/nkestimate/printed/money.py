"""Money in printed words: the currency before or behind a number, and whose cents and crowns they are."""

from __future__ import annotations

import re

from nkestimate.printed.cursor import Numeral
from nkestimate.printed.measures import GAP, form_of, spaced
from nkestimate.printed.vocabulary import CODES, CURRENCY_WORDS, DOLLARS, LIKE_WORDS, NATIONS, SHARED_NAMES, SYMBOLS

_MONEY_BEFORE = form_of(
    r"(?:(?:US|U\.S\.|A|AU|C|CA|NZ|HK|S|NT|R|Z)\s?[$＄]|[" + "".join(SYMBOLS) + r"]|\b(?:" + "|".join(CODES) + rf"|kr|Fr)\.?|\bR){GAP}?$")
MONEY_BEHIND = form_of(
    rf"(?:{GAP}|-){{0,2}}(?:(?P<sign>[" + "".join(SYMBOLS) + r"](?!\s?\d))|(?P<code>" + "|".join(CODES) + r")\b"
    r"|(?P<word>" + "|".join(CURRENCY_WORDS) + r")\b)")
POUNDS = form_of(r"(?:\s|-)pounds?\b")
_OF_GOODS = form_of(r"\sof\s(?!(?:debts?|damages?|aid|money|public|taxpayers|funding|savings|losses|investment)\b)[a-z]")
_WEIGHS = re.compile(r"\b(?:weigh\w*|weight of|lost|gained)\s(?:\w+\s){0,2}$")
_EUROS_OR_DOLLARS = re.compile(r"€|\beuros?\b|\bEUR\b|\$|\bdollars?\b|\bUSD\b")
_WORTH = form_of(r"['’]?\sworth\b")
_OF_MONEY = form_of(r"\sof\s(?:(?:US|American)\s)?(dollars|euros|pounds|ro?ubles|won|yen|yuan)\b")
# As far back as a text is searched for the currency that cents belong to.
_FURTHEST = 2000


def money_before(text: str, numeral: Numeral) -> tuple[str, int]:
    """Return the currency before a number, with where it begins; nothing where there is none."""
    start = numeral.start
    match = _MONEY_BEFORE.search(text, max(0, start - 7), start)
    if not match or (match[0].strip() in LIKE_WORDS and not _is_sizeable(text, numeral)):
        return "", start
    code = _code(match[0])
    return _owned(code, text, start) if match[0].strip(" .") == "Rs" else code, match.start()


def money_behind(text: str, numeral: Numeral, end: int) -> tuple[str, int]:
    """Return the currency behind a number, with where it ends; nothing where there is none, or where pounds are a weight."""
    if (match := MONEY_BEHIND.match(text, end)) and _is_sum(text, numeral, match) and not _is_weight(text, numeral, match):
        return _code_behind(text, match), match.end()
    match = _OF_MONEY.match(text, end)
    return (_code_of_word(match[1]), match.end()) if match else ("", end)


def behind_worth(text: str, end: int) -> int:
    """Return where "dollars worth" ends."""
    match = _WORTH.match(text, end)
    return match.end() if match else end


def _is_sizeable(text: str, numeral: Numeral) -> bool:
    """Whether a number beside capitals that are a word, too, is an amount: COP 1,200 and COP 3.50, not COP 28."""
    number = numeral.number
    return numeral.scaled or numeral.grouped or "." in text[numeral.start : numeral.end] or (number is not None and number.value >= 10_000)


def _is_sum(text: str, numeral: Numeral, match: re.Match[str]) -> bool:
    """Whether letters behind a number are money: a small number before "won" is a victory."""
    number = numeral.number
    if match["code"] in LIKE_WORDS:
        return _is_sizeable(text, numeral)
    return not match["word"] or match["word"].lower() != "won" or numeral.scaled or (number is not None and number.value >= 100)


def _code(sign: str) -> str:
    sign = sign.strip(" \u00a0\u202f.")
    if sign.endswith(("$", "＄")):
        return DOLLARS.get(sign[:-1].strip(), "USD")
    return SYMBOLS.get(sign) or CODES.get(sign) or {"kr": "SEK", "Fr": "CHF", "R": "ZAR"}[sign]


def _code_of_word(word: str) -> str:
    return next(code for words, code in CURRENCY_WORDS.items() if re.fullmatch(spaced(words), word))


def _is_weight(text: str, numeral: Numeral, money: re.Match[str]) -> bool:
    """Whether pounds are a weight: pounds of something, or what somebody weighs."""
    if not POUNDS.match(text, numeral.end) or numeral.scaled or numeral.kind == "magnitude":
        return False
    return bool(_OF_GOODS.match(text, money.end()) or _WEIGHS.search(text[max(0, numeral.start - 60) : numeral.start]))


def _code_behind(text: str, match: re.Match[str]) -> str:
    """Return the code of money behind a number; whose cents and crowns they are, the text says elsewhere, if at all."""
    if match["sign"]:
        return SYMBOLS[match["sign"]]
    code = CODES[match["code"]] if match["code"] else _code_of_word(match["word"])
    near = _near(text, match.start())
    if code == "cent":
        before = _EUROS_OR_DOLLARS.findall(near[: min(match.start(), _FURTHEST)])
        sign = next(iter(before[-1:] or _EUROS_OR_DOLLARS.findall(near)), "$")
        return ("EUR" if sign[0] in "€eE" else "USD") + " cent"
    if code.startswith("crown"):
        owner = next((nation for nation, words in NATIONS.items() if nation in near or re.search(words, near)), "")
        return code.replace("crown", owner) if owner else code
    return _owned(code, text, match.start()) if match["word"] else code


def _near(text: str, at: int) -> str:
    return text[max(0, at - _FURTHEST) : at + _FURTHEST]


def _owned(code: str, text: str, at: int) -> str:
    """Return whose rupees or pesos they are, where the text names one of their nations and no other; else the code as it is."""
    if code not in SHARED_NAMES:
        return code
    named = [nation for nation, words in SHARED_NAMES[code].items() if re.search(rf"\b(?:{words})", _near(text, at))]
    return named[0] if len(named) == 1 else code

"""The tokens of a text, and the values of those that are digits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from nkestimate.printed.vocabulary import MONTH_STEMS


@dataclass(frozen=True)
class Token:
    """A word, a run of digits with its separators, or one other character."""

    text: str
    start: int
    end: int
    kind: str
    """``word``, ``digits``, ``space`` or ``sign``."""

    @property
    def low(self) -> str:
        """The text in small letters."""
        return self.text.lower()


def _groups(name: str, separators: str) -> str:
    return rf"\d{{1,3}}(?P<{name}>[{separators}])\d{{3}}(?:(?P={name})\d{{3}})*(?!\d)"


_TOKEN = re.compile(
    "|".join((
        r"(?P<date>\d{4}([-/.])\d{1,2}\2\d{1,2}(?!\d)|\d{1,2}([./-])\d{1,2}\3(?:19|20)\d\d(?!\d)|\d{1,2}/\d{1,2}/\d\d(?!\d))",
        r"(?P<scientific>\d+(?:\.\d+)?(?:\s?[×x·]\s?10(?:\^-?\d+|[⁰¹²³⁴-⁹]+)|[eE][+-]?\d+)(?![^\W_]))",
        r"(?P<ratio>\d+:\d(?![\d:])|\d+:\d{3,}(?![\d:])|\d+:[6-9]\d(?![\d:]))",
        r"(?P<time>\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\d:]))",
        r"(?P<version>\d+(?:\.\d+){2,}(?![\d,]))(?<!\.\d{3})",
        r"(?P<grouped>" + _groups("comma", ",'’") + r"(?:\.\d+(?!\d))?" + r"|\d{1,2}(?:,\d\d)+,\d{3}(?!\d))",
        r"(?P<spaced>" + _groups("gap", " \u00a0\u202f\u2009") + r"(?:[.,]\d+(?!\d))?)",
        r"(?P<dotted>" + _groups("dot", ".") + r"(?:,\d+(?!\d))?)",
        r"(?P<decimal>(?:\d+|(?<!\w))\.\d+(?!\d))",
        r"(?P<comma_decimal>\d+,\d+(?![,\d]))",
        r"(?P<vulgar>(?:\d+[ \u2009]?)?[¼½¾⅐-⅞↉])",
        r"(?P<digits>\d+)",
        r"(?P<raised>[⁰¹²³⁴-⁹₀-₉]+)",
        r"(?P<word>[^\W\d_]+(?:['’](?=[^\W\d_])[^\W\d_]+)*)",
        r"(?P<space>\s+)",
        r"(?P<sign>.)",
    )),
    re.DOTALL,
)


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text; together they are the whole of it."""
    return _split_days([Token(match[0], match.start(), match.end(), match.lastgroup or "sign") for match in _TOKEN.finditer(text)])


def _split_days(tokens: list[Token]) -> list[Token]:
    """Undo a group set off by an ordinary space where a month stands before it: June 20 100 people."""
    split: list[Token] = []
    for token in tokens:
        words = [one for one in split[-3:] if one.kind == "word"]
        if token.kind == "spaced" and " " in token.text and words and words[-1].low[:3] in MONTH_STEMS:
            day, rest = token.text.split(" ", 1)
            middle = token.start + len(day)
            split.append(Token(day, token.start, middle, "digits"))
            split.append(Token(" ", middle, middle + 1, "space"))
            split.append(Token(rest, middle + 1, token.end, "spaced" if " " in rest else "digits"))
        else:
            split.append(token)
    return split


def plain_digits(token: Token) -> tuple[str, str]:
    """Return digits as a case file writes them, and another way to read them (or nothing)."""
    text = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in token.text)
    if token.kind == "vulgar":
        part, whole = Fraction(unicodedata.numeric(text[-1])).limit_denominator(10), text[:-1].strip()
        return (f"{Decimal(whole) + Decimal(share_of(Decimal(part.numerator) / part.denominator)):f}" if whole else f"{part}"), ""
    if token.kind == "scientific":
        head, power = re.split(r"\s?[×x·]\s?10\^?|[eE]\+?", text)
        return f"{head}e{''.join(str(unicodedata.digit(one)) if one != '-' else one for one in power)}", ""
    if token.kind == "ratio":
        top, bottom = (int(part) for part in text.split(":"))
        return (share_of(Decimal(top) / bottom) if bottom else "", "")
    if token.kind == "dotted":
        whole = text.replace(".", "").replace(",", ".")
        return (text, "") if text.startswith("0") else (whole, text if text.count(".") == 1 and "," not in text else "")
    if token.kind in ("spaced", "comma_decimal"):
        return re.sub(r"\s", "", text).replace(",", "."), ""
    return re.sub(r"[,'’]", "", text), ""


def share_of(value: Decimal) -> str:
    """Write a ratio to two digits."""
    return f"{value.quantize(Decimal(1).scaleb(value.adjusted() - 1)).normalize():f}" if value else "0"

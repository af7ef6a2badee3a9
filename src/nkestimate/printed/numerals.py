"""Single numbers in a text: digits, number words, fractions, ordinals, dozens to billions, decades.

A numeral is found by its form alone. Which numerals make one phrase, and which of those are dates or names, is
`nkestimate.printed.phrases`'s.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal

from nkestimate.printed.cursor import Found, Numeral, scale_of, with_scale
from nkestimate.printed.measures import unit_behind
from nkestimate.printed.money import MONEY_BEHIND
from nkestimate.printed.spelled import Words
from nkestimate.printed.tokens import Token, plain_digits, share_of
from nkestimate.printed.vocabulary import (
    ATTACHED,
    CASES,
    FUNCTION_WORDS,
    HYPHENS,
    IDIOMS,
    LIKE_WORDS,
    MONEY_ONLY,
    NO_RATIO,
    PEOPLE,
    UNITS_WITH_POWER,
    is_currency,
)

# More digits than this are a serial number or a blob.
_LONGEST = 40


def numerals_of(text: str, skip: tuple[tuple[int, int], ...] = ()) -> list[Numeral]:
    """Return every numeral of a text, in order; none overlap.

    Parameters
    ----------
    text : str
        Any text; offsets count its code points, nothing is normalised.
    skip : tuple of (int, int)
        Stretches, in order, in which only digits count and say nothing: addresses of pages and mails.

    Examples
    --------
    >>> [numeral.written for numeral in numerals_of("$1.72 billion, two dozen, a third of 20,000 and tens of thousands")]
    ['1.72 billion', '24', '1/3', '20000', 'tens of thousands']
    """
    return list(_Reader(text, skip).read())


class _Reader(Words):
    """Walks the tokens of a text; each method takes an index and returns a numeral with the index after it, or None."""

    def __init__(self, text: str, skip: tuple[tuple[int, int], ...]):
        super().__init__(text)
        self.text, self.skip, self.starts = text, skip, [start for start, _ in skip]

    def read(self) -> Iterator[Numeral]:
        i = 1
        while i < len(self.tokens):
            found = self.at(i)
            if found:
                yield found[0]
            i = found[1] if found else i + 1

    def at(self, i: int) -> Found:
        token = self.tokens[i]
        if token.kind in ("space", "sign"):
            return None
        if self.is_skipped(token):
            return None if token.kind == "word" else self.opaque(i, i + 1)
        if token.kind == "word":
            return self.word(i)
        if token.kind in ("date", "time", "version") or len(token.text) > _LONGEST:
            return self.opaque(i, i + 1)
        if token.kind == "raised":  # a mark of a footnote, or the power of a unit
            return None if self.low(i - 1) in UNITS_WITH_POWER else self.opaque(i, i + 1)
        if token.kind in ("scientific", "ratio"):
            kind, written = "cardinal" if token.kind == "scientific" else "multiple", plain_digits(token)[0]
            return self.numeral(i, i + 1, kind, written) if written else self.opaque(i, i + 1)
        return self.name(i) or self.digits(i)

    def is_skipped(self, token: Token) -> bool:
        i = bisect_right(self.starts, token.start)
        return i > 0 and token.start < self.skip[i - 1][1]

    # ------------------------------------------------------------ digits

    def name(self, i: int) -> Found:
        """Read letters and digits that are one word: MiG-29, KN-23, T-72B3, G7, 5G."""
        first, before, further = i, self.token(i - 1), self.token(i - 2)
        # Capitals with a decimal number: PM2.5.
        plain = self.tokens[i].kind == "digits" or (self.tokens[i].kind == "decimal" and before.text.isupper() and len(before.text) > 1)
        # No name ends in a scale: Rbs595bn is money, of whatever country.
        scaled = self.token(i + 1).low not in MONEY_ONLY and self.scale(i + 1, False)[1] >= 1000
        letter = before.text in ("N", "R", "P") and len(self.tokens[i].text) >= 4  # naira, rand and pesos
        money = scaled or letter or (is_currency(before.text) and before.text not in LIKE_WORDS)
        if before.kind == "word" and plain and before.low != "x" and not money and before.text.isascii():
            if before.low in UNITS_WITH_POWER and self.tokens[i].text in ("2", "3"):
                return self.opaque(i, i + 1)
            first = i - 1
        elif before.text in HYPHENS[:3] and further.kind == "word" and not is_currency(further.text):
            capital = further.text != further.low or further.low == "covid"
            if capital and (plain or self.tokens[i].kind == "decimal") and not scaled and self.low(i + 1) != "%":
                first = i - 2
        after = self.behind_name(i + 1, first < i) if plain or first < i else i + 1
        return self.opaque(first, after) if first < i or after > i + 1 else None

    def behind_name(self, i: int, named: bool) -> int:
        """Return the index behind the letters, digits and strokes that belong to a name."""
        while True:
            token, following = self.token(i), self.token(i + 1)
            # Capitals with digits on both sides are no unit: 9M729, 2S19.
            enclosed = token.text.isupper() and following.kind == "digits" and token.low not in UNITS_WITH_POWER - {"m"}
            unit = token.low in ATTACHED and token.text != "G" and not enclosed
            if token.kind == "word" and token.text.isascii() and (named or not (unit or is_currency(token.text))):
                named, i = True, i + 1
            elif named and token.kind in ("digits", "decimal"):
                i += 1
            elif named and token.text == "/" and following.kind == "digits":
                i += 2
            else:
                return i

    def digits(self, i: int) -> tuple[Numeral, int]:
        token = self.tokens[i]
        written, other = plain_digits(token)
        first, after = i, i + 1
        if self.is_negative(i):
            first, written = i - 1, "-" + written
        suffix = self.low(after)
        if token.kind == "digits" and suffix in ("th", "st", "nd", "rd"):
            return self.numeral(first, after + 1, "ordinal", written)
        if suffix == "x" and self.token(after + 1).kind != "digits":
            return self.numeral(first, after + 1, "multiple", written)
        if self.is_decade(i):
            return self.opaque(first, after + (2 if self.token(after).text in ("'", "’") else 1))
        behind, power = self.scale(after, self.is_money(first))
        grouped = token.kind in ("grouped", "spaced") or (token.kind == "dotted" and not power and bool(other))
        if token.kind == "dotted" and power:
            written, other = other or written, ""  # 1.125 billion is no 1125 billion
        numeral = self.scaled(first, behind if power else after, written, power, grouped, other)
        return self.with_fraction(numeral, first)

    def is_negative(self, i: int) -> bool:
        """Whether the sign before digits is a minus: it follows a gap or a bracket and touches the digits."""
        before = self.token(i - 2)
        opened = before.kind in ("space", "") or before.text in ("(", "[", "=", ":")
        return self.token(i - 1).text in ("-", "−") and opened

    def is_decade(self, i: int) -> bool:
        """Whether digits are a decade: 1990s, 1990's, '90s."""
        text, after = self.tokens[i].text, i + 1
        after += self.token(after).text in ("'", "’")
        return bool(re.fullmatch(r"(1\d|20)?\d0", text)) and self.token(after).text == "s"

    def is_money(self, first: int) -> bool:
        before = self.token(first - 1)
        return is_currency((self.token(first - 2) if before.kind == "space" else before).text)

    def with_fraction(self, found: tuple[Numeral, int], first: int) -> tuple[Numeral, int]:
        """Read what may follow a whole number: ``and a half million``, ``1/2``, ``in five``, ``-fold``."""
        return (self.and_a_half(found, first) or self.stroke(found, first) or self.one_in(found, first) or self.per_many(found, first)
                or self.fold(found, first) or found)

    def and_a_half(self, found: tuple[Numeral, int], first: int) -> Found:
        numeral, i = found
        for words, part in ((("and", "a", "half"), "0.5"), (("and", "a", "quarter"), "0.25"), (("and", "three", "quarters"), "0.75")):
            behind = self.phrase(i, *words)
            if behind:
                after, power = self.scale(behind, False)
                power = power or scale_of(numeral.written)
                value = Decimal(numeral.written.split()[0]) + Decimal(part)
                return self.numeral(first, after, "cardinal", with_scale(str(value), power), scaled=power > 1)
        return None

    def stroke(self, found: tuple[Numeral, int], first: int) -> Found:
        """Read ``3/4`` and ``2 3/4``."""
        numeral, i = found
        whole, top = Decimal(0), numeral.written
        if self.token(i).kind == "space" and self.token(i + 1).kind == "digits" and self.token(i + 2).text == "/" and not numeral.scaled:
            whole, top, i = Decimal(numeral.written), self.token(i + 1).text, i + 2
        bottom = self.token(i + 1)
        if self.token(i).text != "/" or bottom.kind != "digits" or not top.isdigit() or self.token(i + 2).text == "/":
            return None
        if (int(top), int(bottom.text)) in IDIOMS:
            return self.opaque(first, i + 2)
        if not 0 < int(top) < int(bottom.text) or len(bottom.text) > 3:
            return None
        after = i + 2 + (self.low(i + 2) in ("th", "ths", "rd", "rds"))
        written = share_of(whole + Decimal(int(top)) / int(bottom.text)) if whole else f"{int(top)}/{int(bottom.text)}"
        return self.numeral(first, after, "fraction", written)

    def one_in(self, found: tuple[Numeral, int], first: int) -> Found:
        """Read ``one in five``, ``3 out of 10``."""
        numeral, i = found
        if not re.fullmatch(r"\d{1,3}", numeral.written):
            return None
        for words in (("out", "of", "every"), ("out", "of"), ("in", "every"), ("in", "each"), ("in",)):
            behind = self.phrase(i, *words)
            j = self.joined(behind) if behind else 0
            second = self.whole(j) if j else None
            if second and self.is_ratio(numeral, second, words):
                bottom = second[0].number
                return self.numeral(first, second[1], "fraction", f"{numeral.written}/{bottom.value if bottom else 1:.0f}")
        return self.noun_in(numeral, i, first)

    def noun_in(self, numeral: Numeral, i: int, first: int) -> Found:
        """Read ``one child in five``, ``one latrine for every 62``, ``37 litres of every 100``: a share, what it is of between."""
        noun = self.noun(i)
        if not noun or self.is_money(first):
            return None
        measured = unit_behind(self.text, numeral.end)[0] or MONEY_BEHIND.match(self.text, numeral.end)
        within = (("of", "every"), ("out", "of", "every"))  # of a unit's own kind, whatever the unit
        for words in within if measured else (*within, ("for", "every"), ("in", "every"), ("in",)):
            behind = self.phrase(noun, *words)
            j = self.joined(behind) if behind else 0
            second = self.whole(j) if j else None
            if second and self.is_ratio(numeral, second, words) and self.is_unmeasured(second, words):
                bottom = second[0].number
                return self.numeral(first, second[1], "fraction", f"{numeral.written}/{bottom.value if bottom else 1:.0f}")
        return None

    def noun(self, i: int) -> int:
        """Return the index behind the one word at ``i`` that a number may count; 0 where none stands there."""
        j = self.joined(i, hyphen=False)
        plain = j and self.token(j).kind == "word" and self.low(j) not in FUNCTION_WORDS and not self.cardinal_words(j)
        return j + 1 if plain else 0

    def is_unmeasured(self, second: tuple[Numeral, int], words: tuple[str, ...]) -> bool:
        """Whether the lower part has no unit of its own and, behind a mere ``in``, no noun: one bomb in ten cities is no share."""
        if unit_behind(self.text, second[0].end)[0] or MONEY_BEHIND.match(self.text, second[0].end):
            return False
        j = self.joined(second[1])
        return words != ("in",) or not j or self.token(j).kind != "word" or self.low(j) in FUNCTION_WORDS

    def per_many(self, found: tuple[Numeral, int], first: int) -> Found:
        """Read ``84 per 100,000`` and ``46 measles cases per 100,000``; of money that is a price."""
        numeral, i = found
        if numeral.scaled or self.is_money(first) or not re.fullmatch(r"\d+(?:\.\d+)?", numeral.written):
            return None
        starts, noun = [i], self.noun(i)
        for _ in range(3):  # measles cases, new malaria infections
            starts += [noun] if noun and self.low(noun - 1) in CASES | PEOPLE else []
            noun = self.noun(noun) if noun else 0
        for start in starts:
            behind = self.phrase(start, "per") or self.phrase(start, "in", "every") or self.phrase(start, "for", "every")
            j = self.joined(behind) if behind else 0
            second = self.whole(j) or self.cardinal_words(j) if j else None
            bottom = second[0].number.value if second and second[0].number else 0
            if second and bottom >= 100 and math.log10(bottom).is_integer() and float(numeral.written) < bottom:
                return self.numeral(first, second[1], "fraction", f"{numeral.written}/{bottom:.0f}")
        return None

    def whole(self, i: int) -> Found:
        """Read a whole number at ``i``, and make nothing of it."""
        token = self.token(i)
        if token.kind in ("digits", "grouped"):
            behind, power = self.scale(i + 1, False)
            return self.scaled(i, behind, plain_digits(token)[0], power, token.kind == "grouped", "")
        return self.cardinal_words(i) if token.kind == "word" else None

    def is_ratio(self, top: Numeral, second: tuple[Numeral, int], words: tuple[str, ...]) -> bool:
        bottom = second[0].number
        if not bottom or not 0 < int(top.written) < bottom.value:
            return False
        if len(words) > 1:
            return True
        year = second[0].end - second[0].start == 4 and 1900 <= bottom.value < 2100
        behind = self.joined(second[1])
        return not year and int(top.written) < 10 and not (behind and self.low(behind) in NO_RATIO)

    def fold(self, found: tuple[Numeral, int], first: int) -> Found:
        numeral, i = found
        j = i if self.low(i) == "fold" else self.joined(i)
        return self.numeral(first, j + 1, "multiple", numeral.written) if j and self.low(j) == "fold" else None

    # ------------------------------------------------------------ words

    def word(self, i: int) -> Found:
        found = self.nobody(i) or self.several(i) or self.fraction_words(i) or self.ordinal_words(i)
        return found or self.counted(i) or self.other_words(i)

    def counted(self, i: int) -> Found:
        """Read a cardinal in words with what may follow it, ``one`` as a pronoun included."""
        found = self.cardinal_words(i)
        return self.with_fraction(found, i) if found else None

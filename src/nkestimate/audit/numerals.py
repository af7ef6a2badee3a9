"""Single numbers in a text: digits, number words, fractions, ordinals, dozens to billions, decades.

A numeral is found by its form alone. Which numerals make one phrase, and which of those are dates or names, is
`nkestimate.audit.phrases`'s.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nkestimate.audit.tokens import Token, plain_digits, share_of, tokens_of
from nkestimate.audit.vocabulary import (
    AFTER_FRACTION,
    ATTACHED,
    BEFORE_FRACTION,
    COLLECTIVES,
    DECADES,
    DENOMINATORS,
    FUNCTION_WORDS,
    HYPHENS,
    IDIOMS,
    MANY_FOLLOWS,
    MONEY_ONLY,
    MULTIPLE_FOLLOWS,
    MULTIPLES,
    MULTIPLES_BEFORE,
    NO_RATIO,
    ORDINALS,
    PARTS_BEFORE,
    PLURALS,
    POWERS,
    SCALE_NAMES,
    SEVERAL,
    SHORT_POWERS,
    SMALL,
    TENS,
    UNITS_WITH_POWER,
    is_currency,
)
from nkestimate.case.numbers import Number, parse_magnitude, parse_number

# ---------------------------------------------------------------- records


@dataclass(frozen=True)
class Numeral:
    """One number as printed.

    Attributes
    ----------
    start, end : int
        Where it stands (code points), its scale word included: ``1.72 billion``, ``a dozen``, ``tens of thousands``.
    kind : str
        ``cardinal``, ``ordinal``, ``fraction`` (a half, two thirds, one in five), ``magnitude`` (dozens, several hundred),
        ``multiple`` (fivefold, twice, doubled), ``decade`` (decades, the 1990s) or ``opaque`` (digits that are no
        number: a date, a time, a serial number).
    written : str
        The number as a case file writes it, precision kept: ``1.72 billion``. For a magnitude its phrase; empty for an opaque one.
    scaled : bool
        Whether a scale word (or its abbreviation) is part of it.
    grouped : bool
        Whether its thousands are set off: 11,000.
    other : str
        Another way to read it, written likewise: 20.000 is 20000, but may be 20.
    """

    start: int
    end: int
    kind: str
    written: str = ""
    scaled: bool = False
    grouped: bool = False
    other: str = ""

    @property
    def number(self) -> Number | None:
        """The value with its written precision; None where there is none (magnitudes, opaque ones, beyond all measure)."""
        try:
            return parse_number(self.written) if self.written and self.kind in _VALUED else None
        except ValueError:
            return None

    @property
    def span(self) -> tuple[float, float] | None:
        """The range that a magnitude is read as, where the case format knows the phrase; else None."""
        try:
            return parse_magnitude(self.written) if self.kind == "magnitude" else None
        except ValueError:
            return None


# More digits than this are a serial number or a blob.
_LONGEST = 40
_VALUED = ("cardinal", "ordinal", "fraction", "multiple")


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
    ['1.72 billion', '24', '0.33', '20000', 'tens of thousands']
    """
    return list(_Reader(text, skip).read())


Found = tuple[Numeral, int] | None
_END = Token("", 0, 0, "")


class _Reader:
    """Walks the tokens of a text; each method takes an index and returns a numeral with the index after it, or None."""

    def __init__(self, text: str, skip: tuple[tuple[int, int], ...]):
        self.skip, self.starts = skip, [start for start, _ in skip]
        self.tokens = [_END, *tokens_of(text)]  # so that an index of 0 can mean none

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

    # ------------------------------------------------------------ small helpers

    def token(self, i: int) -> Token:
        return self.tokens[i] if 0 <= i < len(self.tokens) else _END

    def low(self, i: int) -> str:
        return self.token(i).low

    def joined(self, i: int, hyphen: bool = True) -> int:
        """Return the index behind a gap or hyphen at ``i``; 0 where there is neither."""
        token = self.token(i)
        gap = token.kind == "space" and "\n\n" not in token.text
        return i + 1 if gap or (hyphen and token.text in HYPHENS) else 0

    def phrase(self, i: int, *wanted: str) -> int:
        """Return the index behind ``wanted`` words that stand at ``i``, each after a gap or hyphen; 0 where they do not."""
        for word in wanted:
            i = self.joined(i)
            if not i or self.low(i) != word:
                return 0
            i += 1
        return i

    def opaque(self, first: int, after: int) -> tuple[Numeral, int]:
        return Numeral(self.tokens[first].start, self.tokens[after - 1].end, "opaque"), after

    def numeral(self, first: int, after: int, kind: str, written: str, **more: Any) -> tuple[Numeral, int]:
        return Numeral(self.tokens[first].start, self.tokens[after - 1].end, kind, written, **more), after

    # ------------------------------------------------------------ digits

    def name(self, i: int) -> Found:
        """Read letters and digits that are one word: MiG-29, KN-23, T-72B3, G7, 5G."""
        first, before, further = i, self.token(i - 1), self.token(i - 2)
        plain = self.tokens[i].kind == "digits"
        # No name ends in a scale: Rbs595bn is money, of whatever country.
        scaled = self.token(i + 1).low not in MONEY_ONLY and self.scale(i + 1, False)[1]
        money = before.text in ("N", "R", "P") and len(self.tokens[i].text) >= 4  # naira, rand and pesos
        if before.kind == "word" and plain and before.low != "x" and not money and not scaled and before.text.isascii() and not is_currency(before.text):
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

    def scale(self, i: int, money: bool) -> tuple[int, int]:
        """Return the index behind the scale words at ``i``, and their product; 0 where there is none."""
        product, behind = 1, i
        while True:
            j = behind if self.token(behind).kind == "word" and behind == i else self.joined(behind)
            value = self.power(j, money, attached=j == i) if j else 0
            if not value:
                return behind, 0 if behind == i else product
            product, behind = product * value, j + 1
            if self.low(j) in ("mil", "mio", "mrd") and self.token(behind).text == "." and self.token(behind + 1).kind == "space":
                behind += 1

    def power(self, j: int, money: bool, attached: bool) -> int:
        """Return what the scale word at ``j`` multiplies by; 0 where it is none."""
        word = self.low(j)
        if word in SHORT_POWERS and (money or word not in MONEY_ONLY or (attached and self.is_count(j))):
            return SHORT_POWERS[word]
        return COLLECTIVES.get(word) or POWERS.get(word.removesuffix("s"), 0)

    def is_count(self, i: int) -> bool:
        """Whether a letter behind digits (10k, 5M, 20m) is a scale: a k, a capital, or an m before a noun in the plural."""
        letter, noun = self.token(i), self.token(i + 2)
        plural = noun.kind == "word" and (noun.low.endswith("s") or noun.low in ("people", "men", "women", "children"))
        return letter.text in ("k", "K", "M", "B") or (letter.text == "m" and plural and noun.low not in ("is", "was", "has", "as"))

    def scaled(self, first: int, after: int, written: str, power: int, grouped: bool, other: str) -> tuple[Numeral, int]:
        return self.numeral(first, after, "cardinal", _with_scale(written, power or 1), scaled=power > 1, grouped=grouped,
                            other=_with_scale(other, power or 1) if other else "")

    def with_fraction(self, found: tuple[Numeral, int], first: int) -> tuple[Numeral, int]:
        """Read what may follow a whole number: ``and a half million``, ``1/2``, ``in five``, ``-fold``."""
        return self.and_a_half(found, first) or self.stroke(found, first) or self.one_in(found, first) or self.fold(found, first) or found

    def and_a_half(self, found: tuple[Numeral, int], first: int) -> Found:
        numeral, i = found
        for words, part in ((("and", "a", "half"), "0.5"), (("and", "a", "quarter"), "0.25"), (("and", "three", "quarters"), "0.75")):
            behind = self.phrase(i, *words)
            if behind:
                after, power = self.scale(behind, False)
                power = power or _scale_of(numeral.written)
                value = Decimal(numeral.written.split()[0]) + Decimal(part)
                return self.numeral(first, after, "cardinal", _with_scale(str(value), power), scaled=power > 1)
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
        return self.numeral(first, after, "fraction", share_of(whole + Decimal(int(top)) / int(bottom.text)))

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
                share = share_of(Decimal(numeral.written) / Decimal(bottom.value if bottom else 1))
                return self.numeral(first, second[1], "fraction", share)
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
        return self.several(i) or self.fraction_words(i) or self.ordinal_words(i) or self.counted(i) or self.other_words(i)

    def several(self, i: int) -> Found:
        """Read a magnitude: dozens, tens of thousands, several hundred million, a few dozen, multimillion."""
        word = self.low(i)
        j = i
        if match := re.fullmatch(r"multi(million|billion|trillion|thousand)s?", word):
            return self.numeral(i, i + 1, "magnitude", match[1] + "s", scaled=True)
        if word == "multi" and (j := self.joined(i + 1)) and self.low(j).removesuffix("s") in POWERS:
            return self.numeral(i, j + 1, "magnitude", self.low(j).removesuffix("s") + "s", scaled=True)
        for words, said in SEVERAL:
            behind = self.phrase(i + 1, *words[1:]) if word == words[0] else 0
            behind = i + 1 if word == words[0] and len(words) == 1 else behind
            j = self.joined(behind) if behind else 0
            if j and (found := self.magnitude(j, said)):
                return self.numeral(i, found[1], "magnitude", found[0], scaled=True)
        plain = self.magnitude(i, "")
        return self.numeral(i, plain[1], "magnitude", plain[0], scaled=True) if plain else None

    def magnitude(self, i: int, several: str) -> tuple[str, int] | None:
        """Return a magnitude as the case format writes it, and the index behind it."""
        word = self.low(i)
        if word in PLURALS:
            of = self.phrase(i + 1, "of")
            k = self.joined(of) if of else 0
            if k and self.low(k) in PLURALS and self.low(k) not in ("tens", "scores"):
                return f"{several} {word} of {self.low(k)}".strip(), k + 1
            if word in ("scores", "tens") and not of and not any(self.phrase(i + 1, other) for other in MANY_FOLLOWS):
                return None  # the results of matches
            return (f"{several} {word.removesuffix('s')}" if several else word), i + 1
        if several and (word in POWERS or word == "dozen"):
            j = self.joined(i + 1)
            further = self.low(j).removesuffix("s") if j else ""
            return (f"{several} {word} {further}", j + 1) if further in POWERS and further != word else (f"{several} {word}", i + 1)
        return None

    def fraction_words(self, i: int) -> Found:
        """Read a half, two thirds, three-quarters, half a million, a quarter of a million."""
        word, j = self.low(i), i
        top = 0
        if word == "second" and self.is_every_second(i):
            return self.numeral(i, i + 1, "fraction", "0.5")
        if word in ("a", "an"):
            top, j = 1, self.joined(i + 1, hyphen=False)
        elif word in SMALL:
            top, j = SMALL[word], self.joined(i + 1)
        if not j or not self.is_fraction(i, j, top):
            return None
        value = Decimal(top or 1) / DENOMINATORS[self.low(j)]
        plain = self.numeral(i, j + 1, "fraction", share_of(value))
        return self.fraction_of_scale(i, j + 1, value) or plain

    def is_fraction(self, i: int, j: int, top: int) -> bool:
        """Whether the word at ``j`` is the lower part of a fraction of which ``top`` (0 for none) stands at ``i``."""
        word, bottom = self.low(i), self.low(j)
        if bottom not in DENOMINATORS:
            return False
        if not top:
            return self.isshare_of(i)
        if top > 1:
            return bottom.endswith("s") or bottom == "quarter"
        certain = word == "one" or self.low(i - 2) in BEFORE_FRACTION or self.follows_fraction(j + 1)
        return bottom in ("half", "quarter") or (not bottom.endswith("s") and certain)

    def isshare_of(self, i: int) -> bool:
        """Whether a lower part without a number before it is a share: half, thirds, but no third or living quarters."""
        word, before = self.low(i), self.low(i - 2)
        if word in ("half", "halves"):
            return True
        if word in ("quarter", "quarters"):
            return word == "quarter" and before in BEFORE_FRACTION
        counted = before in BEFORE_FRACTION - {"a", "an", "by"} and self.phrase(i + 1, "of") > 0
        counted = counted or (before in PARTS_BEFORE and self.follows_fraction(i + 1))  # the top third of them
        return word.endswith("s") or counted or before == "every"  # "every third raid" is a share of them

    def is_every_second(self, i: int) -> bool:
        """Whether a second is a share, as in every second family, and not of time: a noun in the singular follows it."""
        j = self.joined(i + 1, hyphen=False)
        noun = self.low(j) if j and self.low(i - 2) == "every" and self.token(j).kind == "word" else ""
        return bool(noun) and noun not in FUNCTION_WORDS and (not noun.endswith("s") or noun.endswith("ss"))

    def follows_fraction(self, i: int) -> bool:
        """Whether what stands at ``i`` may follow a fraction, and no ordinal."""
        j = self.joined(i, hyphen=False)
        return not j or self.low(j) == "of" or self.low(j) in AFTER_FRACTION or self.token(j).kind == "sign"

    def fraction_of_scale(self, first: int, i: int, value: Decimal) -> Found:
        """Read ``half a million``, ``half-million``, ``a quarter of a million``, ``half a dozen``."""
        for words in (("of", "a"), ("a",), ()):
            behind = self.phrase(i, *words)
            j = self.joined(behind) if behind else 0
            power = (12 if self.low(j) == "dozen" else POWERS.get(self.low(j), 0)) if j else 0
            if power:
                product = value * power
                written = f"{product.normalize():f}" if power < 10**6 else _with_scale(f"{value.normalize():f}", power)
                return self.numeral(first, j + 1, "cardinal", written, scaled=True)
        return None

    def counted(self, i: int) -> Found:
        """Read a cardinal in words with what may follow it, ``one`` as a pronoun included."""
        found = self.cardinal_words(i)
        return self.with_fraction(found, i) if found else None

    def cardinal_words(self, i: int) -> Found:
        """Read twenty-five, a hundred and twenty, two hundred thousand, a dozen, two dozen, million."""
        first = i
        if self.low(i) in ("a", "an"):
            i = self.joined(i + 1, hyphen=False)
            if not i or self.low(i) not in (*POWERS, "dozen", "score"):
                return None
        total, after, limit = 0, 0, 10**15
        chunk: int | None = None
        while i:
            word = self.low(i)
            value = SMALL.get(word, TENS.get(word))
            power = COLLECTIVES.get(word) or POWERS.get(word.removesuffix("s") if after else word, 0)
            if value is not None and _may_add(chunk, value):
                chunk = (chunk or 0) + value
            elif power == 100 and (chunk is None or 0 < chunk < 100):
                chunk = (chunk or 1) * 100
            elif power and power != 100 and power < limit and (power > 20 or (not total and (chunk or word == "dozen" or i > first))):
                total, chunk, limit = total + (1 if chunk is None else chunk) * power, None, power
            else:
                break
            after = i + 1
            i = self.next_of_cardinal(after, chunk, total)
        if not after:
            return None
        value = total + (chunk or 0)
        return self.numeral(first, after, "cardinal", _written(value), scaled=value >= 100 or limit == 12)

    def next_of_cardinal(self, after: int, chunk: int | None, total: int) -> int:
        """Return the index of the next word of a cardinal, past an ``and``; 0 where none can follow."""
        i = self.joined(after)
        if i and self.low(i) == "and":
            k = self.joined(i + 1)
            value = SMALL.get(self.low(k), TENS.get(self.low(k))) if k else None
            return k if value and (total or (chunk or 0) >= 100) and _may_add(chunk, value) else 0
        return i

    def ordinal_words(self, i: int) -> Found:
        """Read first, twenty-first, hundredth."""
        word, j, value = self.low(i), i, 0
        k = self.joined(i + 1)
        if word == "second" and self.low(i - 2) in ("one", "per", "every"):
            return None  # of time
        if word in TENS and k and 0 < ORDINALS.get(self.low(k), 0) < 10:
            value, j, word = TENS[word], k, self.low(k)
        return self.numeral(i, j + 1, "ordinal", str(value + ORDINALS[word])) if word in ORDINALS else None

    def other_words(self, i: int) -> Found:
        """Read decades, twofold, twice, doubled."""
        word = self.low(i)
        if word in ("decade", "decades"):
            return self.numeral(i, i + 1, "decade", word)
        if word in DECADES:
            return self.opaque(i, i + 1)
        stem = word.removesuffix("fold")
        if stem != word and stem in {**SMALL, **TENS, **POWERS}:
            return self.numeral(i, i + 1, "multiple", str({**SMALL, **TENS, **POWERS}[stem]))
        behind = self.joined(i + 1)
        if word in ("single", "double", "triple") and behind and self.low(behind) in ("digit", "digits"):
            return self.numeral(i, behind + 1, "magnitude", f"{word}-digit")
        if word == "once" and behind and self.low(behind) in ("a", "every", "each", "per"):
            return self.numeral(i, i + 1, "multiple", "1")
        if word in MULTIPLES or (word in MULTIPLES_BEFORE and behind and self.low(behind) in MULTIPLE_FOLLOWS):
            return self.numeral(i, i + 1, "multiple", f"{MULTIPLES.get(word) or MULTIPLES_BEFORE[word]:g}")
        return None


# ---------------------------------------------------------------- values

def _may_add(chunk: int | None, value: int) -> bool:
    """Whether a number below 100 may follow what has been read of a chunk: after nothing, a hundred, or (units) a ten."""
    if chunk is None:
        return True
    return (chunk >= 100 and chunk % 100 == 0 and value > 0) or (chunk % 100 >= 20 and chunk % 10 == 0 and 0 < value < 10)


def _written(value: int) -> str:
    for power in (10**12, 10**9, 10**6):
        if value >= power and value % (power // 100) == 0:
            return _with_scale(str(Decimal(value) / power), power)
    return str(value)


def _with_scale(written: str, power: int) -> str:
    """Write a number times a power of ten as a case file does: ``1.72 billion``."""
    if power in SCALE_NAMES:
        return f"{written} {SCALE_NAMES[power]}"
    return written if power == 1 else f"{Decimal(written) * power:f}"


def _scale_of(written: str) -> int:
    words = written.split()
    return {name: power for power, name in SCALE_NAMES.items()}[words[1]] if len(words) > 1 else 1

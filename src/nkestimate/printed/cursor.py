"""What every reader of numbers needs: the record of a number, and a cursor over the tokens of a text."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from nkestimate.printed.notation import Number, parse_magnitude, parse_number
from nkestimate.printed.tokens import Token, tokens_of
from nkestimate.printed.vocabulary import COLLECTIVES, HYPHENS, MONEY_ONLY, POWERS, SCALE_NAMES, SHORT_POWERS


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
            number = parse_number(self.written) if self.written and self.kind in _VALUED else None
        except ValueError:
            return None
        # A third is told from 0.3 and not from 0.33: two digits, whatever a case reads "1/3" to allow for.
        if number and "/" in number.text:
            return replace(number, half_unit=0.5 * 10.0 ** (math.floor(math.log10(number.value)) - 1))
        return number

    @property
    def span(self) -> tuple[float, float] | None:
        """The range that a magnitude is read as, where the case format knows the phrase; else None."""
        try:
            return parse_magnitude(self.written) if self.kind == "magnitude" else None
        except ValueError:
            return None


_VALUED = ("cardinal", "ordinal", "fraction", "multiple")
Found = tuple[Numeral, int] | None
"""A numeral with the index of the token behind it, or nothing."""
_END = Token("", 0, 0, "")


class Cursor:
    """The tokens of a text, by index from 1 on, and what joins and scales numbers among them."""

    def __init__(self, text: str):
        self.tokens = [_END, *tokens_of(text)]  # so that an index of 0 can mean none

    def token(self, i: int) -> Token:
        """Return the token at ``i``; an empty one where there is none."""
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
        """Return the tokens from ``first`` to before ``after`` as digits that are no number."""
        return Numeral(self.tokens[first].start, self.tokens[after - 1].end, "opaque"), after

    def numeral(self, first: int, after: int, kind: str, written: str, **more: Any) -> tuple[Numeral, int]:
        """Return the tokens from ``first`` to before ``after`` as a numeral."""
        return Numeral(self.tokens[first].start, self.tokens[after - 1].end, kind, written, **more), after

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
        """Whether a letter behind digits (10k, 5M, 20m) is a scale: a k, a capital, or an m before a noun in the plural.

        Of the first of a range (52m–54m bags) the noun stands behind the second.
        """
        letter, noun = self.token(i), self.token(i + 2)
        if letter.text == "m" and self.token(i + 1).text in HYPHENS and noun.text[:1].isdecimal() and self.token(i + 3).text == "m":
            return self.is_count(i + 3)
        if letter.text == "m" and self.phrase(i + 1, "to") and self.token(i + 4).text[:1].isdecimal() and self.token(i + 5).text == "m":
            return self.is_count(i + 5)
        plural = noun.kind == "word" and (noun.low.endswith("s") or noun.low in ("people", "men", "women", "children"))
        return letter.text in ("k", "K", "M", "B") or (letter.text == "m" and plural and noun.low not in ("is", "was", "has", "as"))

    def scaled(self, first: int, after: int, written: str, power: int, grouped: bool, other: str) -> tuple[Numeral, int]:
        """Return a cardinal times the power of its scale word (0 for none)."""
        return self.numeral(first, after, "cardinal", with_scale(written, power or 1), scaled=power > 1, grouped=grouped,
                            other=with_scale(other, power or 1) if other else "")


def with_scale(written: str, power: int) -> str:
    """Write a number times a power of ten as a case file does: ``1.72 billion``."""
    if power in SCALE_NAMES:
        return f"{written} {SCALE_NAMES[power]}"
    return written if power == 1 else f"{Decimal(written) * power:f}"


def scale_of(written: str) -> int:
    """Return the power of ten of a number so written."""
    words = written.split()
    return {name: power for power, name in SCALE_NAMES.items()}[words[1]] if len(words) > 1 else 1

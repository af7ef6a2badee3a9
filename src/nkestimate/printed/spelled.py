"""Numbers in words: cardinals, magnitudes, fractions, ordinals, decades and multiples."""

from __future__ import annotations

import re
from decimal import Decimal

from nkestimate.printed.cursor import Cursor, Found, with_scale
from nkestimate.printed.vocabulary import (
    AFTER_FRACTION,
    BEFORE_FRACTION,
    COLLECTIVES,
    DECADES,
    DENOMINATORS,
    FUNCTION_WORDS,
    HARMED,
    MANY_FOLLOWS,
    MULTIPLE_FOLLOWS,
    MULTIPLES,
    MULTIPLES_BEFORE,
    NOBODY,
    ORDINALS,
    OTHER_CLAUSE,
    PARTS_BEFORE,
    PLURALS,
    POWERS,
    SEVERAL,
    SMALL,
    SURVIVED,
    TENS,
    WHOSE,
)


class Words(Cursor):
    """A cursor that reads numbers in words; a method takes an index and returns a numeral with the index after it, or None."""

    # ------------------------------------------------------------ magnitudes

    def several(self, i: int) -> Found:
        """Read a magnitude: dozens, tens of thousands, several hundred million, a few dozen, multimillion."""
        word = self.low(i)
        j = i
        if match := re.fullmatch(r"multi(million|billion|trillion|thousand)s?", word):
            return self.numeral(i, i + 1, "magnitude", match[1] + "s", scaled=True)
        if word == "multi" and (j := self.joined(i + 1)) and self.low(j).removesuffix("s") in POWERS:
            return self.numeral(i, j + 1, "magnitude", self.low(j).removesuffix("s") + "s", scaled=True)
        j = self.joined(i + 1) if word in ("low", "mid", "high") else 0
        if j and self.low(j) in PLURALS and POWERS.get(self.low(j).removesuffix("s")):
            return self.numeral(i, j + 1, "magnitude", f"{word} {self.low(j)}", scaled=True)
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

    # ------------------------------------------------------------ nobody

    def nobody(self, i: int) -> Found:
        """Read ``nobody``, ``no one`` and ``none`` where they count: nobody was hurt, none survived, none of the 38, not one of them."""
        after, word = i + 1, self.low(i)
        if word in ("no", "not"):
            after = self.phrase(i + 1, "one")
        elif word not in NOBODY:
            return None
        of = self.phrase(after, "of") if after and word != "no" else 0
        j = self.joined(of) if of else 0
        if j and (self.low(j) in WHOSE or self.token(j).kind in ("digits", "grouped")):
            return self.numeral(i, after, "cardinal", "0")
        j = self.behind_place(self.joined(self.phrase(after, "else") or after)) if after else 0
        if j and self.low(j) in ("has", "have", "had", "is", "are", "was", "were"):
            k = self.joined(j + 1)
            k = self.joined(k + 1) if k and (self.low(k) in ("been", "reported") or self.low(k).endswith("ly")) else k
            return self.numeral(i, after, "cardinal", "0") if k and self.low(k) in HARMED | SURVIVED else None
        return self.numeral(i, after, "cardinal", "0") if j and self.low(j) in SURVIVED else None

    def behind_place(self, i: int) -> int:
        """Return the index of the verb behind a place or group at ``i``: in the placebo group, on board; ``i`` where there is none."""
        if self.low(i) not in ("in", "on", "at", "from", "aboard", "among"):
            return i
        k = i
        for _ in range(5):
            k = self.joined(k + 1, hyphen=False)
            if not k or self.token(k).kind != "word" or self.low(k) in OTHER_CLAUSE:
                return i
            if self.low(k) in SURVIVED or self.low(k) in ("has", "have", "had", "is", "are", "was", "were"):
                return k
        return i

    # ------------------------------------------------------------ fractions

    def fraction_words(self, i: int) -> Found:
        """Read a half, two thirds, three-quarters, half a million, a quarter of a million."""
        word, j = self.low(i), i
        top = 0
        if word == "second" and self.is_every_second(i):
            return self.numeral(i, i + 1, "fraction", "1/2")
        if word in ("a", "an"):
            top, j = 1, self.joined(i + 1, hyphen=False)
        elif word in SMALL:
            top, j = SMALL[word], self.joined(i + 1)
        if not j or not self.is_fraction(i, j, top):
            return None
        value = Decimal(top or 1) / DENOMINATORS[self.low(j)]
        plain = self.numeral(i, j + 1, "fraction", f"{top or 1}/{DENOMINATORS[self.low(j)]}")
        return self.fraction_of_scale(i, j + 1, value) or plain

    def is_fraction(self, i: int, j: int, top: int) -> bool:
        """Whether the word at ``j`` is the lower part of a fraction of which ``top`` (0 for none) stands at ``i``."""
        word, bottom = self.low(i), self.low(j)
        if bottom not in DENOMINATORS:
            return False
        if not top:
            return self.is_share_of(i)
        if top > 1:
            return bottom.endswith("s") or bottom == "quarter"
        certain = word == "one" or self.low(i - 2) in BEFORE_FRACTION or self.follows_fraction(j + 1)
        return bottom in ("half", "quarter") or (not bottom.endswith("s") and certain)

    def is_share_of(self, i: int) -> bool:
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
                written = f"{product.normalize():f}" if power < 10**6 else with_scale(f"{value.normalize():f}", power)
                return self.numeral(first, j + 1, "cardinal", written, scaled=True)
        return None

    # ------------------------------------------------------------ cardinals, ordinals, multiples

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
            return self.numeral(i, behind + 1, "magnitude", f"{word} digits")
        if word == "once" and behind and self.low(behind) in ("a", "every", "each", "per"):
            return self.numeral(i, i + 1, "multiple", "1")
        if word in MULTIPLES or (word in MULTIPLES_BEFORE and behind and self.low(behind) in MULTIPLE_FOLLOWS):
            return self.numeral(i, i + 1, "multiple", f"{MULTIPLES.get(word) or MULTIPLES_BEFORE[word]:g}")
        return None


def _may_add(chunk: int | None, value: int) -> bool:
    """Whether a number below 100 may follow what has been read of a chunk: after nothing, a hundred, or (units) a ten."""
    if chunk is None:
        return True
    return (chunk >= 100 and chunk % 100 == 0 and value > 0) or (chunk % 100 >= 20 and chunk % 10 == 0 and 0 < value < 10)


def _written(value: int) -> str:
    for power in (10**12, 10**9, 10**6):
        if value >= power and value % (power // 100) == 0:
            return with_scale(str(Decimal(value) / power), power)
    return str(value)

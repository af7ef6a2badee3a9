"""Numbers in words, as a case may write them: eighty, half a million, two and a half, three quarters, one in five."""

from __future__ import annotations

import re
from types import MappingProxyType


def numbered(text: str, first: int, step: int = 1) -> dict[str, int]:
    """Return words with their numbers: from the first on, in steps."""
    return {word: step * value for value, word in enumerate(text.split(), first)}


SMALL = MappingProxyType(numbered(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 0))
"""Cardinals below twenty."""
TENS = MappingProxyType(numbered("twenty thirty forty fifty sixty seventy eighty ninety", 2, 10))
"""Tens."""
_SCALES = ("thousand", "million", "billion", "trillion")
_BELOW = MappingProxyType({"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10})
_DECIMALS = MappingProxyType({2: "0.5", 4: "0.25"})
_NO_UNITS = frozenset({*SMALL, *TENS, *_BELOW, *(f"{word}s" for word in _BELOW), "and", "or", "to", "in", "of", "a", "hundred", "dozen"})
_VULGAR = MappingProxyType({"½": "0.5", "¼": "0.25", "¾": "0.75"})


def in_digits(text: str) -> str | None:
    """Return a number in words as it is written in digits, with what stands behind it; None where it begins with no such number.

    Examples
    --------
    >>> in_digits("half a million"), in_digits("a quarter"), in_digits("three hundred and twenty person"), in_digits("about eighty")
    ('0.5 million', '1/4', '320 person', None)
    """
    for sign, part in _VULGAR.items():
        if match := re.match(rf"(\d*) ?{sign}(?!\d)", text):
            return f"{match[1] + part[1:] if match[1] else part}{text[match.end() :]}"
    words = re.findall(r"[^\s-]+", text.lower())
    found = _fraction(words) or _cardinal(words)
    if not found:
        return None
    digits, used = found
    if "/" in digits:  # half of a tonne, half a tonne
        used += next((n for n, form in ((2, ["of", "a"]), (1, ["a"]), (1, ["an"]), (1, ["of"])) if words[used : used + n] == form), 0)
    if words[used : used + 1] and words[used] in _NO_UNITS:
        return None
    return " ".join([digits, *re.split(r"[\s-]+", text.strip(), maxsplit=used)[used:]])


def _fraction(words: list[str]) -> tuple[str, int] | None:
    """Read half, a quarter, two thirds, one in five, three out of ten; half a million, a quarter of a million."""
    top, used = (1, 1) if words and words[0] in ("a", "an", "one") else (0, 0)
    if not used and words and words[0] in SMALL:
        top, used = SMALL[words[0]], 1
    name = words[used] if used < len(words) else ""
    bottom = _BELOW.get(name) or _BELOW.get(name.removesuffix("s"), 0) or (2 if name == "halves" else 0)
    if bottom and (top or name == "half") and (top > 1) == name.endswith("s"):
        used += 1
        of = next((n for n, form in ((3, ("of", "a")), (2, ("a",))) if tuple(words[used : used + n - 1]) == form), 0)
        if of and words[used + of - 1 : used + of] and words[used + of - 1] in _SCALES:
            plain = _DECIMALS[bottom] if (top or 1) == 1 and bottom in _DECIMALS else f"{top or 1}/{bottom}"
            return f"{plain} {words[used + of - 1]}", used + of
        return f"{top or 1}/{bottom}", used
    for form in (("in",), ("out", "of")):
        if top and tuple(words[used : used + len(form)]) == form and (below := _cardinal(words[used + len(form) :])):
            return (f"{top}/{below[0]}", used + len(form) + below[1]) if below[0].isdigit() else None
    return None


def _cardinal(words: list[str]) -> tuple[str, int] | None:
    """Read eighty, two hundred and five, a dozen, three hundred thousand, two and a half million."""
    value, used = 0, 0
    if words[:1] == ["a"] and words[1:2] and words[1] in ("dozen", "hundred", *_SCALES):
        value, used = 1, 1
    while used < len(words) and (part := _below_hundred(value, words[used])):
        value, used = value + part, used + 1
    if words[used : used + 1] == ["dozen"] and value:
        return str(12 * value), used + 1
    if words[used : used + 1] == ["hundred"] and 0 < value < 100:
        value, used, low = 100 * value, used + 1, 0
        behind = used + (words[used : used + 1] == ["and"])
        while behind < len(words) and (part := _below_hundred(low, words[behind])):
            low, behind = low + part, behind + 1
            used = behind
        value += low
    if not used or not value:
        return ("0", 1) if words[:1] == ["zero"] else None
    digits = str(value)
    if words[used : used + 3] == ["and", "a", "half"]:
        digits, used = f"{digits}.5", used + 3
    if words[used : used + 1] and words[used] in _SCALES:
        return f"{digits} {words[used]}", used + 1
    return None if words[0] == "a" and used == 1 else (digits, used)


def _below_hundred(so_far: int, word: str) -> int:
    """Return what a word adds to a number below a hundred; 0 where it may not follow."""
    if so_far == 0:
        return SMALL.get(word, 0) or TENS.get(word, 0)
    return SMALL.get(word, 0) if so_far >= 20 and so_far % 10 == 0 and SMALL.get(word, 10) < 10 else 0

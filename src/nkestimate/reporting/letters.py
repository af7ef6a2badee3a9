"""Letters that the report's fonts lack, and characters that no reader can see: each is shown as a box, and told."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from matplotlib import font_manager

from nkestimate.reporting.style import DEJAVU

BOX = "□"
_MOST_NAMED = 12
# What reorders or hides text on a page or a terminal.
UNSEEN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_JOINER = "\u200d"
_LINES = "\n\t"


def printable(data: Any) -> tuple[Any, list[str]]:
    """Return plain values with a box for each letter that can't be printed, and which letters those were (``U+0939``)."""
    missing: dict[str, None] = {}
    done = _printable(data, missing)
    codes = [f"U+{ord(letter):04X}" for letter in missing]
    more = len(codes) - _MOST_NAMED
    return done, [*codes[:_MOST_NAMED], f"and {more} more"] if more > 0 else codes


def without_unseen(data: Any) -> Any:
    """Return plain values with a box for each character that can't be seen or that steers what stands around it.

    Examples
    --------
    >>> without_unseen(["<b>", "pay\u202egnp", "\u6587"])
    ['<b>', 'pay□gnp', '文']
    """
    if isinstance(data, str):
        unseen = UNSEEN | {letter for letter in data if unicodedata.category(letter) in ("Cc", "Cs") and letter not in _LINES}
        return data.translate({ord(letter): BOX for letter in unseen})
    if isinstance(data, dict):
        return {key: without_unseen(value) for key, value in data.items()}
    return [without_unseen(value) for value in data] if isinstance(data, list | tuple) else data


def boxed(text: str, missing: dict[str, None] | None = None) -> str:
    """Return a text with a box for each letter, marks included, that the fonts lack or that can't be seen."""
    if text.isascii() and text.isprintable():
        return text
    out = []
    for cluster in _clusters(unicodedata.normalize("NFC", text)):
        lacking = [letter for letter in cluster if not _has(letter)]
        out.append(BOX if lacking else cluster)
        if missing is not None:
            missing.update(dict.fromkeys(lacking))
    return "".join(out)


def seen(text: str) -> str:
    """Return a text with a box for each letter that can't be seen, or turns the direction of writing, whatever the fonts."""
    return "".join(letter if letter in _LINES or (letter not in UNSEEN and unicodedata.category(letter) not in ("Cc", "Cs", "Cn")) else BOX
                   for letter in text)


def _printable(data: Any, missing: dict[str, None]) -> Any:
    if isinstance(data, str):
        return boxed(data, missing)
    if isinstance(data, dict):
        return {key: _printable(value, missing) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_printable(value, missing) for value in data]
    return data


def _clusters(text: str) -> list[str]:
    """Split a text into letters with the marks, selectors and joined letters that follow them."""
    found: list[str] = []
    for letter in text:
        joins = unicodedata.category(letter).startswith("M") or letter == _JOINER or "\U0001f3fb" <= letter <= "\U0001f3ff"
        if found and (joins or found[-1].endswith(_JOINER)):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _has(letter: str) -> bool:
    if letter in _LINES or " " <= letter <= "~":
        return True
    return letter not in UNSEEN and unicodedata.category(letter) not in ("Cc", "Cs") and ord(letter) in _letters()


@cache
def _letters() -> frozenset[int]:
    """Return the code points of the fonts that stand in for every other, in both weights."""
    faces = [set(font_manager.get_font(str(DEJAVU / name)).get_charmap()) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
    return frozenset(faces[0] & faces[1])



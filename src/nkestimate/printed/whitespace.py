"""Printed words: how a case file writes them, and where a text has them with other whitespace between."""

from __future__ import annotations

import re
from collections.abc import Sequence

_GAPS = (("\r\n", "a line end (\\r\\n)"), ("\n", "a line end"), ("\r", "a line end (\\r)"), ("\t", "a tab"), ("\u00a0", "a no-break space"),
         ("\u202f", "a narrow no-break space"), ("  ", "several spaces"))


def respaced(text: str, words: str, at: int) -> tuple[int, str] | None:
    """Return where ``words`` stand with other whitespace between them, nearest to ``at``, and how they are printed there."""
    parts = [re.escape(part) for part in words.split()]
    matches = re.finditer(r"\s+".join(parts), text) if parts else ()
    # Not inside a longer word or number, where they would be other words.
    whole = [match for match in matches if not (_inside(text, match.start()) or _inside(text, match.end()))]
    match = min(whole, key=lambda one: abs(one.start() - at), default=None)
    return (match.start(), match[0]) if match else None


def _inside(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def gaps(printed: str) -> str:
    """Name the whitespace in printed words that is no single space."""
    found = []
    for gap, name in _GAPS:
        if gap in printed:
            found.append(name)
            printed = printed.replace(gap, " x ")
    return " and ".join(found) or "a single space"


def quoted(text: str) -> str:
    """Return a text as a YAML scalar in double quotes; characters that can't be seen are written as escapes."""
    special = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\u00a0": "\\_", "\r": "\\r"}
    letters: Sequence[str] = [special.get(one) or (one if one.isprintable() else f"\\U{ord(one):08x}") for one in text]
    return '"' + "".join(letters) + '"'

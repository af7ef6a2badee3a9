"""Words joined as English does."""

from __future__ import annotations

import re
from collections.abc import Iterable


def join(parts: Iterable[str]) -> str:
    """Join words as English does: ``a, b and c``.

    Examples
    --------
    >>> join(["a", "b", "c"]), join(["a"]), join([])
    ('a, b and c', 'a', '')
    """
    words = list(parts)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def listed(labels: list[str]) -> str:
    """Join labels that may themselves hold commas."""
    return "; ".join(labels) if any("," in label for label in labels) else join(labels)


def capital(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Begin with a capital letter and end with a full stop.

    Examples
    --------
    >>> sentence("flat; none was measured"), sentence("https://a.org/b")
    ('Flat; none was measured.', 'https://a.org/b.')
    """
    text = text.strip()
    if not text:
        return ""
    first = text if re.match(r"\S*[:./\d]\S", text) else capital(text)  # an address keeps its letters
    return first + ("" if text[-1] in ".!?…" else ".")

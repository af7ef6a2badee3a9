"""The sentence in which printed words stand, for whoever has to judge them."""

from __future__ import annotations

import re
from textwrap import wrap

_FURTHEST = 300  # code points on each side
_JOINERS = "\u200c\u200d"  # they join letters, in Persian and Hindi, and steer nothing
_END = re.compile(
    r"(?:(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\b(?:Mrs|Gen|Col|Rev|Sen|Gov|Lt\.|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec|est|fig|vol|dep))(?<!\bSept)"
    r"(?<!\bProf)\.|(?<=[A-Z]{2})\.|[!?…])[\"”’»)\]]{0,2}\s+(?=[\"“‘«(\[]?[A-Z\d€£$])")
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n|\n(?=[ \t]*[-•*–][ \t])")  # a list's items are apart, too
# A line that is short and ends without a stop is a headline, a list's item or a dateline, and no part of the next sentence.
_SHORT_LINE = re.compile(r"(?:^|(?<=\n))(?!\s)[^\n]{1,70}(?<![.,;:—–-])\r?\n(?=[\"“‘(]?[A-Z\d])")


def sentence_at(text: str, start: int, end: int) -> str:
    """Return the sentence round ``text[start:end]`` on one line, cut where it is long; what can't be seen is written out.

    Examples
    --------
    >>> sentence_at("It rained. Mr. Lie saw 40 boats\\nthat day. Nobody sank.", 23, 31)
    'Mr. Lie saw 40 boats that day.'
    """
    first, last = max(0, start - _FURTHEST), min(len(text), end + _FURTHEST)
    before, after = text[first:start], text[end:last]
    # Ends are sought in the text itself, since what stands beyond the words tells whether a stop ends a sentence.
    ends = [match.end() for pattern in (_END, _PARAGRAPH, _SHORT_LINE) for match in pattern.finditer(text, first, last)]
    begin = max((at for at in ends if at <= start), default=first)
    stop = min((at for at in ends if at >= end), default=last)
    cut_before = begin == first > 0
    cut_behind = stop == last < len(text)
    said = " ".join(f"{before[begin - first :]}{text[start:end]}{after[: stop - end]}".split())
    return f"{'… ' if cut_before else ''}{seen(said)}{' …' if cut_behind else ''}"


def seen(text: str) -> str:
    """Return a text in which each character that can't be seen, or that turns the direction of writing, is written out.

    Examples
    --------
    >>> seen("a\\u202eb")
    'a\\\\u202eb'
    """
    return "".join(one if one.isprintable() or one in _JOINERS else ascii(one)[1:-1] for one in text)


def as_comment(text: str, indent: str) -> list[str]:
    """Return a text as comment lines of YAML, no wider than 80 columns; all but the first are set in.

    Examples
    --------
    >>> as_comment("Forty boats.", "  ")
    ['  # Forty boats.']
    """
    said = seen(" ".join(text.split()))
    return wrap(said, 80, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ", break_on_hyphens=False)

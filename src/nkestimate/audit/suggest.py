"""Entries that would account for a phrase, as YAML ready to paste."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nkestimate.audit.audit import Row
from nkestimate.audit.grammar import Figure, figure_of, magnitude_span, read_figures
from nkestimate.audit.printed import quoted
from nkestimate.audit.vocabulary import COLLECTIVES, PLURALS
from nkestimate.case.numbers import Number, parse_number

_DIGITS = {"single": (1, 9), "double": (10, 99), "triple": (100, 999)}
_HEADER = """\
# What would account for each phrase: a report of a claim that is there already, a new claim, or an entry under
# excluded: or incidental:. Source, target and reason are yours to write; look at the sentence before you paste."""


def suggestions(rows: Iterable[Row]) -> str:
    """Return YAML for phrases: a claim for each that states a value, a line under ``incidental:`` for each that does not.

    The claims have the shape of a case's, with ``WHO`` and ``what`` in place of their source and target. The entries that
    would leave a phrase out stand beside them as comments.
    """
    rows = list(rows)
    read = [(row, _figure(row)) for row in rows]
    claims = [line for row, figure in read if figure for line in _claim(row, figure)]
    idle = [_entry(row, "what it is") for row, figure in read if not figure]
    parts = [_HEADER, *(["claims:", *claims] if claims else []), *(["incidental:", *(f"  - {line}" for line in idle)] if idle else [])]
    return "\n".join(parts)


def _figure(row: Row) -> Figure | None:
    """Return what a row says; of a phrase that was cut in two, the row's half."""
    if row.found and row.found.text == row.phrase:
        return figure_of(row.found)
    return next(iter(read_figures(row.phrase)), None)


def suggestion(row: Row) -> str:
    """Return the claim's entry, or the ``incidental:`` entry, for one phrase; `suggestions` says more."""
    return suggestions([row]).removeprefix(_HEADER).strip("\n")


def _claim(row: Row, figure: Figure) -> list[str]:
    """Return the lines of a claim's entry, with the other ways to account for the phrase behind it as comments."""
    key = re.sub(r"[^\w-]", "-", f"{row.document}-{row.at}")
    lines = [f"  {key}:", "    source: WHO", "    about: what"]
    lines += [f"    {line}" for line in statement(figure)]
    lines += ["    reported_in:", f"      - {{document: {row.document}, figures: {quoted(row.phrase)}, at: {row.at}}}"]
    return [*lines, f"  # or under excluded: - {_entry(row, 'why it is left out')}", ""]


def _entry(row: Row, reason: str) -> str:
    return f"{{document: {row.document}, figures: {quoted(row.phrase)}, at: {row.at}, reason: {reason}}}"


def statement(figure: Figure) -> list[str]:
    """Return the lines that state a figure in a case file: the statement's key and its unit."""
    values = [_written(number) for number in figure.numbers]
    remarks = [f"  # or {_written(other)}: the point may be a decimal one" for other in figure.others if other]
    remark = remarks[0] if remarks else ""
    unit = [f"unit: {quoted(figure.unit)}"] if figure.unit not in ("", "1") else []
    if figure.kind == "magnitude":
        return [_magnitude(figure.magnitude), *unit]
    if figure.kind == "between":
        low, high = (_written(number) for number in sorted(figure.numbers, key=lambda number: number.value))
        if low == high or "at_most" in figure.hedges or "at_least" in figure.hedges:
            bound = "at_least" if "at_least" in figure.hedges else "at_most"
            return [f"{bound}: {low if bound == 'at_least' else high}  # or between: [{low}, {high}]", *unit]
        return [f"between: [{low}, {high}]{remark}", *unit]
    if figure.kind == "change":
        return [f"around: {values[-1]}  # from {values[0]} before: one claim for each date", *unit]
    if figure.kind == "estimate":
        return [f"estimate: {values[0]}", f"standard_error: {values[1]}  # if the printed error is one", *unit]
    return [f"{figure.kind}: {values[0]}{remark}", *unit]


def _magnitude(phrase: str) -> str:
    """Return the line of a magnitude; one that the case format has no range for becomes a range, in the manner of its table."""
    if magnitude_span(phrase):
        return f"magnitude: {phrase}"
    word = phrase.split()[-1].removesuffix("-digit")
    if word in _DIGITS:
        return "between: [{}, {}]".format(*_DIGITS[word])
    size = PLURALS.get(word) or PLURALS.get(f"{word}s") or COLLECTIVES.get(word, 1)
    if phrase.startswith("a couple of"):
        return f"around: {_written(parse_number(str(2 * size)))}"
    low, high = (_written(parse_number(str(factor * size))) for factor in (2, 9))
    return f"between: [{low}, {high}]  # '{phrase}' read so"


def _written(number: Number) -> str:
    """Return a number as a case file writes it: ``1.72 billion``, ``11_000``."""
    head, _, scale = number.text.partition(" ")
    sign, digits = ("-", head[1:]) if head.startswith("-") else ("", head)
    whole, dot, part = digits.partition(".")
    if not whole or whole.isdigit():
        whole = f"{int(whole or 0):_}" if len(whole) > 4 else str(int(whole or 0))
    return f"{sign}{whole}{dot}{part} {scale}".rstrip()

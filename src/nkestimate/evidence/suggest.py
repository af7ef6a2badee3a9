"""Entries that would account for a phrase, as YAML ready to paste."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nkestimate.evidence.audit import Row
from nkestimate.printed.figures import Figure, figure_of, magnitude_span, read_figures
from nkestimate.printed.notation import Number, parse_number
from nkestimate.printed.sentences import as_comment
from nkestimate.printed.vocabulary import COLLECTIVES, PLURALS
from nkestimate.printed.whitespace import quoted

_HEADER = """\
# What would account for each phrase: a report of a claim that is there already,
# a new claim, or an entry under excluded: or incidental:. What is yours to
# write says TODO, and `nkestimate validate` lists it: a source's id, what the
# figure is about, why it is left out. Look at the sentence before you paste
# (--context shows it)."""

UNSAID = "zero or in no unit that a case has"
"""The reason proposed for a figure that no claim can state."""


def suggestions(rows: Iterable[Row], context: bool = False) -> str:
    """Return YAML for phrases: a claim for each that states a value, a line under ``excluded:`` for one that no claim can state,
    one under ``incidental:`` for each that states none.

    The claims have the shape of a case's, with ``TODO`` in place of their source and target. The entries that would leave a phrase
    out stand beside them as comments; with ``context`` so does the sentence of each, above it.
    """
    sorted_ = sort_out(rows)
    parts = [_HEADER, *(["claims:"] if sorted_.claims else [])]
    for row, figure in sorted_.claims:
        parts += [*_sentence(row, context), *_claim(row, figure)]
    for section, found, reason in (("excluded", sorted_.unsaid, UNSAID), ("incidental", sorted_.idle, "TODO")):
        parts += [f"{section}:"] if found else []
        for row in found:
            parts += [*_sentence(row, context), f"  - {left_out(row, reason)}"]
    return "\n".join(parts)


@dataclass(frozen=True)
class Sorted:
    """Phrases by what may be proposed for them: claims with what they state, figures that no claim can state, numbers that are none."""

    claims: tuple[tuple[Row, Figure], ...]
    unsaid: tuple[Row, ...]
    idle: tuple[Row, ...]


def sort_out(rows: Iterable[Row]) -> Sorted:
    """Return phrases by what may be proposed for them."""
    read = [(row, figure_of_row(row)) for row in rows]
    claims = tuple((row, figure) for row, figure in read if figure and statement(figure))
    unsaid = tuple(row for row, figure in read if not (figure and statement(figure)) and _has_value(row))
    return Sorted(claims, unsaid, tuple(row for row, figure in read if not (figure or _has_value(row))))


def _sentence(row: Row, context: bool) -> list[str]:
    return as_comment(row.sentence, "  ") if context and row.sentence else []


def _has_value(row: Row) -> bool:
    """Whether a phrase is a figure all the same: zero, a level in decibels."""
    return bool(row.found and all(numeral.number for numeral in row.found.numerals))


def figure_of_row(row: Row) -> Figure | None:
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
    lines = [f"  {key}:", "    source: TODO", "    about: TODO"]
    lines += [f"    {line}" for line in statement(figure)]
    lines += ["    reported_in:", f"      - {{document: {row.document}, figures: {quoted(row.phrase)}, at: {row.at}}}"]
    return [*lines, f"  # or under excluded: - {left_out(row, 'TODO')}", ""]


def left_out(row: Row, reason: str) -> str:
    """Return the entry of a list that leaves a phrase out."""
    return f"{{document: {row.document}, figures: {quoted(row.phrase)}, at: {row.at}, reason: {reason}}}"


def statement(figure: Figure) -> list[str]:
    """Return the lines that state a figure in a case file, its key and its unit; none for zero, which no positive quantity is."""
    if figure.kind not in ("magnitude", "counted", "between") and not figure.numbers[-1].value and not figure.numbers[0].value:
        return []
    if figure.kind == "change" and not figure.numbers[-1].value:
        return []
    values = [_written(number) for number in figure.numbers]
    remarks = [f"  # or {_written(other)}: the point may be a decimal one" for other in figure.others if other]
    remark = remarks[0] if remarks else ""
    unit = [f"unit: {quoted(figure.unit)}"] if figure.unit not in ("", "1") else []
    if figure.kind == "magnitude":
        return [_magnitude(figure.magnitude), *unit]
    if figure.kind == "between":
        low, high = (_written(number) for number in sorted(figure.numbers, key=lambda number: number.value))
        if not min(number.value for number in figure.numbers) and low != high:  # no positive quantity begins at 0
            return [f"at_most: {high}  # or between: [{low}, {high}], of what has 'support: real'", *unit]
        if low == high or "at_most" in figure.hedges or "at_least" in figure.hedges:
            bound = "at_least" if "at_least" in figure.hedges else "at_most"
            return [f"{bound}: {low if bound == 'at_least' else high}  # or between: [{low}, {high}]", *unit]
        return [f"between: [{low}, {high}]{remark}", *unit]
    if figure.kind == "counted":
        part, whole = (f"{number.value:.0f}" for number in figure.numbers[:2])
        return [f"counted: {part} of {whole}  # or around: {part}, of the part alone"]
    if figure.kind == "change":
        return [f"around: {values[-1]}  # from {values[0]} before: one claim for each date", *unit]
    if figure.kind == "estimate":
        return [f"estimate: {values[0]}", f"standard_error: {values[1]}  # if the printed error is one", *unit]
    return [f"{figure.kind}: {values[0]}{remark}", *unit]


def _magnitude(phrase: str) -> str:
    """Return the line of a magnitude; one that the case format has no range for becomes a range, in the manner of its table."""
    if magnitude_span(phrase):
        return f"magnitude: {phrase}"
    word = phrase.split()[-1]
    size = PLURALS.get(word) or PLURALS.get(f"{word}s") or COLLECTIVES.get(word, 1)
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

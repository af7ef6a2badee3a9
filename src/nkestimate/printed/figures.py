"""From figures as printed to the statement that a case file would make of them: kind, values, unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from nkestimate.printed.cursor import Numeral
from nkestimate.printed.measures import NO_UNITS, PARTS_OF
from nkestimate.printed.notation import Number, parse_number
from nkestimate.printed.phrases import Phrase, find_phrases


@dataclass(frozen=True)
class Figure:
    """What printed figures say, in the terms of a case file.

    Attributes
    ----------
    text : str
        The phrase as printed.
    start, end : int
        Where it stands in the text that was read.
    kind : str
        ``between``, ``around``, ``estimate``, ``counted``, ``at_most``, ``at_least`` or ``magnitude``, the key of the statement;
        ``change`` where it says from what to what something rose or fell, which is two statements.
    numbers : tuple of Number
        The values with their scale words and written precision: one, or the ends of a range, or a value and its error.
    others : tuple of (Number or None)
        For each number another way to read it (20.000 is 20000, but may be 20), or None.
    magnitude : str
        The phrase of a magnitude as a case file writes it (``several hundred million``); else empty.
    unit : str
        Unit in the words of a case file (``USD/month``, ``percent``, ``person``); empty for a pure number or where none is printed.
    hedged : bool
        Whether a word such as about, some or nearly stands beside the number.
    bound : bool
        Whether the figures themselves say that they are a bound; ``kind`` is then ``at_most`` or ``at_least``.
    hedges : tuple of str
        All that hedges say, those beside a range too: "as many as 10,000 to 12,000" is ``between`` with ``at_most``.

    Notes
    -----
    Values are what `Number` holds: in units of ``unit``, scale words applied, so "$1.72 billion" is 1.72e9 in USD.
    """

    text: str
    start: int
    end: int
    kind: str
    numbers: tuple[Number, ...]
    others: tuple[Number | None, ...]
    magnitude: str
    unit: str
    hedged: bool
    bound: bool
    hedges: tuple[str, ...]

    @property
    def low(self) -> float:
        """The lower end: of a range or magnitude, else the least that the written precision allows; -inf for an upper bound."""
        return self._end(0)

    @property
    def high(self) -> float:
        """The upper end, likewise; inf for a lower bound."""
        return self._end(1)

    def _end(self, side: int) -> float:
        if self.kind in ("between", "change") and len(self.numbers) == 2:
            return sorted(number.value for number in self.numbers)[side]
        if self.kind == "magnitude":
            return (magnitude_span(self.magnitude) or (float("nan"),) * 2)[side]
        value, step = self.numbers[0].value, self.numbers[0].half_unit or 0.0
        if self.kind == "counted":
            return self.numbers[2].value
        if self.kind == "estimate":
            step = self.numbers[1].value
        if self.bound:
            outside = (self.kind == "at_most", self.kind == "at_least")
            return (float("-inf"), float("inf"))[side] if outside[side] else value
        return value + (step if side else -step)


def magnitude_span(phrase: str) -> tuple[float, float] | None:
    """Return the range that a phrase of magnitude is read as, where the case format knows it; else None."""
    return Numeral(0, 0, "magnitude", phrase).span


def read_figures(figures: str) -> tuple[Figure, ...]:
    """Return what printed figures say, one record for each phrase in them that is no date, name or the like.

    Parameters
    ----------
    figures : str
        The words as printed: the ``figures`` of a report.

    Returns
    -------
    tuple of Figure
        Empty where nothing in them is a number in digits or English words.

    Examples
    --------
    >>> (figure,) = read_figures("between $1.7 billion and $5.5 billion")
    >>> figure.kind, [number.value for number in figure.numbers], figure.unit
    ('between', [1700000000.0, 5500000000.0], 'USD')
    >>> [(figure.kind, figure.numbers[0].value, figure.unit) for figure in read_figures("up to US$2,000 a month")]
    [('at_most', 2000.0, 'USD/month')]
    """
    return tuple(figure for phrase in find_phrases(figures) if not phrase.rule for figure in [figure_of(phrase)] if figure)


def figure_of(phrase: Phrase) -> Figure | None:
    """Return what a phrase says; None for one that states no value (a name, a date, "decades") or in no unit that a case knows (decibels).

    A part of a whole, counted, has the share itself as its third number.
    """
    numerals = phrase.numerals
    numbers = tuple(numeral.number for numeral in numerals)
    magnitude = numerals[-1].written if numerals[-1].kind == "magnitude" else ""
    if not magnitude and not all(numbers):
        return None
    if phrase.joined == "sides" or phrase.unit in NO_UNITS or phrase.currency.startswith("crown"):
        return None
    kind, bound = _kind(phrase, magnitude)
    if kind == "around" and (parts := _counted(phrase)):
        kind, numbers = "counted", parts
    power = -2 if phrase.currency.endswith(" cent") else PARTS_OF.get(phrase.unit, ("", 0))[1]
    power -= sum(one.partition(" ")[0].count("0") for one in phrase.per if " " in one)  # 14.9 kWh per 100 km
    stated = tuple(_shifted(number, power) for number in numbers if number)
    others = tuple(_shifted(parse_number(numeral.other), power) if numeral.other else None for numeral in numerals)
    others += (None,) * (len(stated) - len(others))
    if kind == "counted":
        stated += (parse_number(f"{stated[0].value:.0f}/{stated[1].value:.0f}"),)
        others += (None,)
    return Figure(phrase.text, phrase.start, phrase.end, kind, stated, others, magnitude, _unit(phrase), "around" in phrase.hedges, bound,
                  phrase.hedges)


def _counted(phrase: Phrase) -> tuple[Number, ...]:
    """Return part and whole of "two out of 199"; out of ten, a hundred or twenty is a share, whatever was counted."""
    match = re.fullmatch(r"(\d+)/(\d+)", phrase.numerals[0].written) if re.search(r"\bout\s+of\b", phrase.text) else None
    return tuple(map(parse_number, match.groups())) if match and int(match[2]) > 10 and int(match[2]) % 10 else ()


def _shifted(number: Number, power: int) -> Number:
    """Return a number times a power of ten, its precision kept: cents in euros."""
    head, _, scale = number.text.partition(" ")
    if not power or "/" in head:
        return number
    return parse_number(f"{Decimal(head).scaleb(power):f} {scale}")


def _kind(phrase: Phrase, magnitude: str) -> tuple[str, bool]:
    """Return the kind of statement, and whether the figures say that it is a bound."""
    bound = next((hedge for hedge in phrase.hedges if hedge in ("at_most", "at_least")), "")
    if phrase.joined in ("error", "count"):
        return {"error": "estimate", "count": "counted"}[phrase.joined], False
    if "change" in phrase.hedges:
        return "change", False
    if phrase.joined == "range" and not magnitude:
        return "between", False
    if magnitude:
        return "magnitude", False
    return (bound, True) if bound else ("around", False)


def _unit(phrase: Phrase) -> str:
    unit = (phrase.currency or phrase.unit).removesuffix(" cent")
    unit = PARTS_OF[unit][0] if unit in PARTS_OF else unit
    share = unit == "person" and (phrase.numerals[-1].kind == "fraction" or phrase.joined == "count")  # a third of them is a share
    if share or unit == "times" or phrase.numerals[-1].kind == "multiple":
        unit = ""
    return "/".join([unit or "1", *(one.rpartition(" ")[2] for one in phrase.per)]) if phrase.per else unit

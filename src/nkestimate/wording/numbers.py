"""How numbers, dates and percentages are written: one rule, in two typographies.

Digits follow the interval: a value is written down to a tenth of the leading digit of its interval's half width, with two
significant figures at least and three at most, and with more only where the ends and the median would not differ. Whole
percent are the rule; what lies below 1 or above 99 is written as a bound. Every figure ends in `_grouped`.

One fact has one text, and an interval is one fact: where an end or the median lies below a millionth or above a quadrillion, all are
written with powers of ten. So is every other value of that total, that a value reads alone as it does in its interval.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from nkestimate.printed.notation import SCALES
from nkestimate.wording.units import split_scale, unit_words, with_unit

NONE = "\u2013"
_LEAST, _MOST, _EXACT = 2, 3, 17  # significant figures: at least, at most, and as many as a float has
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_HANDY = range(-6, 15)  # powers of ten of what is written without them
_STATED = 4  # figures of a stated number that a conversion of units leaves alone


@dataclass(frozen=True)
class Typography:
    """How the parts of a number are set.

    Attributes
    ----------
    minus : str
    space : str
        Between words that belong together.
    percent : str
        The percent sign, with what stands before it.
    iso : bool
        Whether dates are written ``2025-06-30``, else ``30 June 2025``.
    power : str
        Of ten, before its exponent.
    """

    minus: str
    space: str
    percent: str
    iso: bool
    power: str


TERMINAL = Typography("-", " ", " %", iso=True, power="e")
PRINT = Typography("\u2212", "\u00a0", "%", iso=False, power=" × 10")


# ------------------------------------------------------------------ figures


def _grouped(number: Decimal, decimals: int, set_in: Typography, *, signed: bool = False) -> str:
    """Write digits with commas between thousands: every number that is shown comes through here."""
    return f"{number:{'+' * signed},.{max(0, decimals)}f}".replace("-", set_in.minus)


def _written(value: float, places: int, set_in: Typography, *, signed: bool = False, powers: bool = False) -> str:
    """Write a value rounded to ``places`` decimals, which may be below 0; with ``powers`` of ten even where it is handy without."""
    rounded = _rounded(value, places)
    if not rounded:
        return _grouped(abs(rounded), 0 if powers else places, set_in)
    power = rounded.adjusted()
    if power in _HANDY and not powers:
        return _grouped(rounded, places, set_in, signed=signed)
    mantissa = _grouped(rounded.scaleb(-power), places + power, set_in, signed=signed)
    if power == 0:
        return mantissa
    exponent = _grouped(Decimal(power), 0, TERMINAL)
    return mantissa + set_in.power + (exponent if set_in.power == "e" else exponent.translate(_SUPERSCRIPT))


def _rounded(value: float, places: int) -> Decimal:
    number = Decimal(repr(float(value)))  # of its shortest spelling, so that 0.675 is what it says
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return number if -exponent <= places else round(number, places)


def _power(value: float) -> int:
    """Return the place of a value's leading digit: 0 for 1 to 10."""
    return Decimal(repr(float(value))).adjusted() if value else 0


def figures(value: float | None, digits: int = _MOST, set_in: Typography = TERMINAL, *, signed: bool = False, powers: bool = False) -> str:
    """Write a number that has no interval, with a few significant figures.

    Examples
    --------
    >>> figures(12_645), figures(0.0997, 2), figures(-3.14159, set_in=PRINT), figures(1e-7, 2)
    ('12,600', '0.10', '−3.14', '1.0e-7')
    """
    if value is None or not math.isfinite(value):
        return NONE
    places = digits - 1 - _power(value) if value else 0
    if value and _rounded(value, places).adjusted() > _power(value):  # 9.96 is 10, not 10.0
        places -= 1
    return _written(value, places, set_in, signed=signed, powers=powers)


def decimals(value: float | None, places: int, set_in: Typography = TERMINAL, *, signed: bool = False) -> str:
    """Write a coefficient whose size is known beforehand: a weight, R-hat, a distance.

    Examples
    --------
    >>> decimals(1.00234, 3), decimals(0.126, 2, signed=True)
    ('1.002', '+0.13')
    """
    return NONE if value is None or not math.isfinite(value) else _written(value, places, set_in, signed=signed)


def count(number: float | None) -> str:
    """Write a whole number: ``1,200``."""
    return decimals(number, 0)


def counted(number: int, word: str, plural: str = "") -> str:
    """Return a number with its word: ``1 fault``, ``1,200 faults``."""
    return f"{count(number)} {word if number == 1 else plural or word + 's'}"


def plain(value: float, set_in: Typography = TERMINAL, *, powers: bool = False) -> str:
    """Write a number that was stated, in full: ``28600`` becomes ``28,600``, ``0.30`` becomes ``0.3``."""
    if not math.isfinite(value):
        return NONE
    return _powered(value, set_in, powers=powers) or _short(value, 6 if abs(value) < 1 else 3, set_in)


def tick(value: float, set_in: Typography = PRINT, *, powers: bool = False) -> str:
    """Write a tick of an axis, in full."""
    return _powered(value, set_in, powers=powers) or _short(value, 9 - _power(value), set_in)


def _powered(value: float, set_in: Typography, *, powers: bool) -> str:
    return figures(value, _MOST, set_in, powers=powers) if value and (powers or _power(value) not in _HANDY) else ""


def weight(value: float, set_in: Typography = TERMINAL) -> str:
    """Write a weight or another stated factor: two figures, no zero at the end.

    Examples
    --------
    >>> weight(0.9), weight(0.675), weight(1.0)
    ('0.9', '0.68', '1')
    """
    return _short(value, 1 - _power(value), set_in)


def _short(value: float, places: int, set_in: Typography) -> str:
    """Write a value without zeros at its end."""
    rounded = _rounded(value, places)
    exponent = rounded.normalize().as_tuple().exponent if rounded else 0
    assert isinstance(exponent, int)
    return _written(value, max(0, -exponent), set_in) if places > 0 else _written(value, places, set_in)


def commas(stated: str, set_in: Typography = TERMINAL) -> str:
    """Set the numbers of what a claim states, as the case spells them; days of a calendar are left alone.

    Examples
    --------
    >>> commas("10_000 to 12500.50"), commas("about 2025 (within 5 %)", PRINT), commas("2025-06-30")
    ('10,000 to 12,500.50', 'about 2,025 (within 5%)', '2025-06-30')
    """
    def written(match: re.Match[str]) -> str:
        number = Decimal(match[0].replace("_", ""))
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)
        return match[0] if re.search("[eE]", match[0]) else _grouped(number, -exponent, set_in)

    number = r"(?<![\w.,])(?!\d{4}-\d\d)(?<!\d-)\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?(?![\w,])(?!-\d)"
    return re.sub(r"(?<=\d) ?%", set_in.percent, re.sub(number, written, stated))


def reset(text: str, set_in: Typography) -> str:
    """Set anew what was written for the terminal: a name that a record keeps, say.

    Examples
    --------
    >>> reset("coverage 50 %, below -3 (2025-06-30)", PRINT)
    'coverage 50%, below −3 (30\xa0June\xa02025)'
    """
    text = re.sub(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", lambda match: day(date(*map(int, match[0].split("-"))), set_in), text)
    signed = re.sub(rf"(?<![\w)]){re.escape(TERMINAL.minus)}(?=\d)", set_in.minus, text)
    return re.sub(rf"(?<=\d){re.escape(TERMINAL.percent)}", set_in.percent, signed)


# ------------------------------------------------------------------ percentages


def percent(p: float | None, set_in: Typography = TERMINAL, limits: Sequence[float] = ()) -> str:
    """Write a probability or share in whole percent; below 1 and above 99 percent as a bound, which draws can give.

    Parameters
    ----------
    limits : sequence of float
        What it is held against: decimals are added where whole percent would not tell on which side of one it lies.

    Examples
    --------
    >>> percent(0.624), percent(0.007), percent(0.999, PRINT), percent(-0.04), percent(0.048, limits=(0.05,))
    ('62 %', '<1 %', '>99%', '-4 %', '4.8 %')
    """
    if p is None or not math.isfinite(p):
        return NONE
    if -0.01 < p < 0.01:
        return "<" + _grouped(Decimal(1), 0, set_in) + set_in.percent
    if 0.99 < p <= 1:
        return ">" + _grouped(Decimal(99), 0, set_in) + set_in.percent
    places = next((n for n in range(4) if _told(p, n, limits)), 4)
    return _written(100 * p, places, set_in) + set_in.percent


def _told(p: float, places: int, limits: Sequence[float]) -> bool:
    shown = float(_rounded(100 * p, places)) / 100
    return all((shown < limit) == (p < limit) for limit in limits)


def points(error: float) -> str:
    """Write an error of a percentage in whole points, 1 at least: whole percent do not tell less."""
    return count(max(1, round(100 * error)))


def with_error(p: float, mcse: float, set_in: Typography = TERMINAL) -> str:
    """Write a probability with twice its Monte Carlo error: ``54 % ± 2``."""
    return f"{percent(p, set_in)} ± {points(2 * mcse)}"


def stated_percent(fraction: float, set_in: Typography = TERMINAL) -> str:
    """Write a stated share such as a coverage, in full: ``0.9`` becomes ``90 %``, ``0.975`` ``97.5 %``."""
    return _short(100 * fraction, 3 - _power(100 * fraction), set_in) + set_in.percent


# ------------------------------------------------------------------ dates


def day(when: date | None, set_in: Typography = PRINT, month: str = "%B") -> str:
    """Write a date: ``30 June 2025``."""
    if when is None:
        return "undated"
    parts = (when.isoformat(),) if set_in.iso else (str(when.day), when.strftime(month), str(when.year))
    return _dated(set_in.space.join(parts))


def short_day(when: date | None, set_in: Typography = PRINT) -> str:
    """Write a date for narrow columns: ``30 Jun 2025``."""
    return day(when, set_in, "%b")


def moment(when: datetime) -> str:
    """Write a moment for the terminal: ``2025-06-30 14:05 UTC``."""
    return _dated(f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def _dated(text: str) -> str:
    """Return a date as it is: every date that is shown comes through here."""
    return text


# ------------------------------------------------------------------ values with their interval


@dataclass(frozen=True)
class Display:
    """How the values of one total are written.

    Attributes
    ----------
    factor : float
        Shown figure = factor · value in the total's unit.
    unit : str
        In words; ``%`` for shares, empty for plain numbers.
    place : int or None
        Power of ten down to which values are written, as far as `most` allows; None without an interval.
    most : int
        Significant figures at most.
    straddles : bool
        Whether the interval holds 0: then all values are written down to one place.
    set_in : Typography
    since : date or None
        Values are days since then, and written as dates.
    one : str
        The unit in words behind the number 1.
    powers : bool
        Whether values are written with powers of ten.
    """

    factor: float
    unit: str
    place: int | None = None
    most: int = _MOST
    straddles: bool = False
    set_in: Typography = PRINT
    since: date | None = None
    one: str = ""
    powers: bool = False

    @property
    def column(self) -> str:
        """The unit as the head of a column or the title of an axis shows it, which is never empty."""
        return self.cell or "number"

    @property
    def cell(self) -> str:
        """The unit behind a row's numbers: nothing where they are plain ones."""
        return "date" if self.since else self.unit

    def number(self, value: float | None) -> str:
        """Write a value without its unit."""
        if value is None or not math.isfinite(value):
            return NONE
        if self.since and (when := _moved(self.since, value)):
            return short_day(when, self.set_in)
        return self._figures(self.factor * value)

    def _figures(self, shown: float, *, signed: bool = False) -> str:
        return _written(shown, self._places(shown) if shown else 0, self.set_in, signed=signed, powers=self.powers)

    def _places(self, shown: float) -> int:
        """Return to how many decimals a figure is written."""
        power = _power(shown)
        places = self._places_at(power)
        over = shown != 0 and _rounded(shown, places).adjusted() > power  # 9.96 is written as 10 is
        return self._places_at(power + 1) if over else places

    def _places_at(self, power: int) -> int:
        finest, coarsest = power - self.most + 1, power - _LEAST + 1
        if self.place is None:
            return -finest
        return -max(self.place, finest) if self.straddles else -min(max(self.place, finest), coarsest)

    def tick(self, value: float) -> str:
        """Write a tick of an axis, in full."""
        return self.number(value) if self.since else tick(self.factor * value, self.set_in, powers=self.powers)

    def value(self, value: float | None) -> str:
        """Write a value with its unit."""
        return self.unit_behind(self.number(value))

    def unit_behind(self, number: str) -> str:
        """Put the unit behind a number, in the singular behind 1."""
        if self.since or number == NONE:
            return number
        return with_unit(number, self.one if number == "1" and self.one else self.unit, self.set_in.percent)

    def bare_range(self, low: float | None, high: float | None) -> str:
        """Write a range without its unit; its ends differ in print wherever they differ."""
        fine = self._telling(low, high)
        return _joined(fine.number(low), fine.number(high))

    def range(self, low: float | None, high: float | None) -> str:
        """Write a range with its unit."""
        fine = self._telling(low, high)
        return self._range_behind(fine.number(low), fine.number(high))

    def _range_behind(self, low: str, high: str) -> str:
        """Put the unit behind both ends of a range of percentages, else behind the last."""
        return _joined(self.unit_behind(low) if self.unit == "%" else low, self.unit_behind(high)) if low != high else self.unit_behind(low)

    def _telling(self, *values: float | None) -> Display:
        """Return a display with so many figures more that values that differ are told apart, all in one notation."""
        known = {value for value in values if value is not None and math.isfinite(value)}
        fine = self._powered(known)
        while len({fine.number(value) for value in known}) < len(known) and fine.most < _EXACT and not self.since:
            fine = replace(fine, most=fine.most + 1, place=None if fine.place is None else fine.place - 1)
        return fine

    def _powered(self, values: Iterable[float]) -> Display:
        """Return a display with powers of ten if one of some values needs one."""
        needed = any(_rounded(shown, self._places(shown)).adjusted() not in _HANDY for value in values if (shown := self.factor * value))
        return replace(self, powers=self.powers or needed)

    def change(self, difference: float) -> str:
        """Write a difference with its sign, without a unit."""
        if not math.isfinite(difference):
            return NONE
        return "0" if difference == 0 else self._figures(self.factor * difference, signed=True)

    def size(self, difference: float) -> str:
        """Write the size of a difference with its unit: of percentages in points, of dates in days."""
        if not math.isfinite(difference):
            return NONE
        number = self._figures(abs(self.factor * difference))
        if self.since:
            return with_unit(number, "day" if number == "1" else "days")
        return f"{number} percentage points" if self.unit == "%" else self.unit_behind(number)

    def stated(self, value: float) -> str:
        """Write a value as it was stated, without its unit: up to four figures, three where a conversion made more."""
        if self.since:
            return self.number(value)
        shown = self.factor * value
        short = float(f"{shown:.{_STATED}g}")
        exact = math.isclose(shown, short, rel_tol=1e-9)
        return plain(short, self.set_in, powers=self.powers) if exact else figures(shown, _MOST, self.set_in, powers=self.powers)

    def _stated_ends(self, low: float, high: float) -> tuple[str, str]:
        fine = self._powered((low, high))
        return fine.stated(low), fine.stated(high)

    def stated_bare_range(self, low: float, high: float) -> str:
        """Write a range as it was stated, without its unit."""
        ends = self._stated_ends(low, high)
        return _joined(*ends) if ends[0] != ends[1] else self.bare_range(low, high)

    def stated_range(self, low: float, high: float) -> str:
        """Write a range as it was stated, with its unit."""
        ends = self._stated_ends(low, high)
        return self._range_behind(*ends) if ends[0] != ends[1] else self.range(low, high)


def _joined(low: str, high: str) -> str:
    return f"{low} to {high}" if low != high else low


def _moved(since: date, days: float) -> date | None:
    """Return a date so many days later, None beyond the calendar."""
    try:
        return since + timedelta(days=math.floor(days + 0.5))
    except OverflowError:
        return None


def display(unit: str, support: str, quantiles: Mapping[float, float | None], set_in: Typography = PRINT,
            since: date | None = None) -> Display:
    """Choose how a total is written, from its unit and its interval.

    Parameters
    ----------
    unit : str
        As the case writes it.
    support : str
        ``positive``, ``fraction`` or ``real``.
    quantiles : dict
        Of those that digits are to tell apart; 0.5 and the outermost two at least, in ``unit``.
    set_in : Typography
    since : date, optional
        Where values are days since then.

    Returns
    -------
    Display
        A fraction without unit is shown in percent; a value of a million and more with its scale word.
    """
    known = {p: math.nan if q is None else q for p, q in quantiles.items()}
    median = known.get(0.5, math.nan)
    if since:
        shown = Display(1.0, "days", set_in=set_in, since=since)
    elif support == "fraction" and not unit.strip():
        shown = Display(100.0, "%", set_in=set_in)
    else:
        scale, rest = split_scale(unit)
        best = _scale_word(abs(median), scale)
        words = [unit_words(f"{best} {rest}".strip(), set_in.space, plural=plural) for plural in (True, False)]
        shown = Display(SCALES.get(scale, 1.0) / SCALES.get(best, 1.0), words[0], set_in=set_in, one=words[1])
    return resolved(shown, [q for _, q in sorted(known.items()) if math.isfinite(q)])


def shown_by(total: Any, quantiles: Iterable[float | None], set_in: Typography = PRINT) -> Display:
    """Choose how a total is written by its 5, 50 and 95 % quantiles; it knows its unit, its support and since when it counts."""
    unit = total.unit if isinstance(total.unit, str) else total.unit.text
    return display(unit, total.support, dict(zip((0.05, 0.5, 0.95), quantiles, strict=False)), set_in, getattr(total, "since", None))


def resolved(shown: Display, values: Iterable[float]) -> Display:
    """Return a display whose digits tell ascending values apart."""
    ascending = sorted({shown.factor * value for value in values})
    if len(ascending) < 2 or not math.isfinite(ascending[-1] - ascending[0]):
        return shown
    wide = ascending[-1] - ascending[0]
    gaps = [after - before for before, after in pairwise(ascending)]
    place = min(_power(wide / 2) - 1, _power(min(gaps)))
    shown = replace(shown, place=place, straddles=ascending[0] < 0 < ascending[-1])
    while len({shown._figures(value) for value in ascending}) < len(ascending) and shown.most < _EXACT:
        shown = replace(shown, most=shown.most + 1)
    return shown._powered(values)


def _scale_word(median: float, scale: str) -> str:
    """Keep the unit's own scale word while figures stay handy, else take the one that fits."""
    if not math.isfinite(median) or median == 0 or (0.1 if scale else 0) <= median < (1e3 if scale else 1e6):
        return scale
    size = median * SCALES.get(scale, 1.0)
    fitting = [word for word, value in SCALES.items() if value >= 1e6 and size >= value]
    return fitting[-1] if fitting else ""

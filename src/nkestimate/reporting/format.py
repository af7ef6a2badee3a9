"""How numbers, units, dates and probabilities are written: the one place that decides it.

Figures come before their unit (``3.1 billion USD per year``), thousands have commas, a percent
sign follows its number without a space, and two significant figures are the rule.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from pint.util import ParserHelper

from nkestimate.case.numbers import SCALES
from nkestimate.text import with_commas

NBSP = "\u00a0"
MINUS = "\u2212"
NONE = "\u2013"
_SUPERSCRIPT = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")
_PLURAL = {"person": "people"} | {
    word: word + "s" for word in ("tonne", "metre", "year", "month", "day", "hour", "week", "litre", "kilometre", "soldier", "shell")
}
# A 90 % interval narrower than this share of its median needs a third figure to be seen at all.
_NARROW = 0.25


def significant(value: float, digits: int = 2) -> str:
    """Write a number with ``digits`` significant figures and commas between thousands.

    Examples
    --------
    >>> significant(12_645), significant(12_645, 3), significant(0.0997), significant(-3)
    ('13,000', '12,600', '0.10', '−3.0')
    """
    if not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    rounded = Decimal(f"{value:.{digits - 1}e}")
    exponent = rounded.adjusted()
    if exponent < -6 or exponent > 14:
        mantissa = rounded.scaleb(-exponent)
        return f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPT)}".replace("-", MINUS)
    return f"{rounded:,.{max(0, digits - 1 - exponent)}f}".replace("-", MINUS)


def plain(value: float) -> str:
    """Write a number that was stated, in full: ``28600`` becomes ``28,600``, ``0.30`` becomes ``0.3``."""
    if not math.isfinite(value):
        return NONE
    if value and not 1e-6 <= abs(value) < 1e15:
        return significant(value, 3)
    text = f"{value:,.6f}" if abs(value) < 1 else f"{value:,.3f}"
    return text.rstrip("0").rstrip(".").replace("-", MINUS)


def probability(p: float) -> str:
    """Write a probability in whole percent; beyond 1 and 99 percent as a bound.

    Examples
    --------
    >>> probability(0.624), probability(0.004), probability(0.999)
    ('62%', '<1%', '>99%')
    """
    if not math.isfinite(p):
        return NONE
    if p < 0.01:
        return "<1%"
    return ">99%" if p > 0.99 else f"{100 * p:.0f}%"


def share(fraction: float) -> str:
    """Write a stated share such as a coverage: ``0.9`` becomes ``90%``."""
    return f"{100 * fraction:.4g}%"


def with_error(p: float, mcse: float) -> str:
    """Write a probability with twice its Monte Carlo error: ``54% ± 2``."""
    return f"{probability(p)} ± {max(1.0, 200 * mcse):.0f}"


def day(when: date | None) -> str:
    """Write a date: ``30 June 2025``."""
    return f"{when.day}{NBSP}{when:%B}{NBSP}{when.year}" if when else "undated"


def short_day(when: date | None) -> str:
    """Write a date for narrow columns: ``30 Jun 2025``."""
    return f"{when.day}{NBSP}{when:%b}{NBSP}{when.year}" if when else "undated"


def join(parts: Iterable[str]) -> str:
    """Join words as English does: ``a, b and c``."""
    words = list(parts)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def digits(text: str) -> str:
    """Put commas into the long numbers of a text, dates and years in brackets left alone, and percent signs next to their numbers."""
    return re.sub(r"(\d) %", r"\1%", with_commas(text))


def sentence(text: str) -> str:
    """Begin with a capital letter and end with a full stop.

    Examples
    --------
    >>> sentence("flat; none was measured")
    'Flat; none was measured.'
    """
    text = text.strip()
    if not text:
        return ""
    first = text if re.match(r"\S*[:./\d]\S", text) else text[0].upper() + text[1:]  # an address keeps its letters
    return first + ("" if text[-1] in ".!?…" else ".")


# ------------------------------------------------------------------ units


@cache
def unit_words(text: str) -> str:
    """Write a unit in words.

    Examples
    --------
    >>> unit_words("USD/person/year"), unit_words("million USD"), unit_words("percent"), unit_words("thousand person")
    ('USD per person per year', 'million USD', '%', 'thousand people')
    """
    try:
        parsed: Any = ParserHelper.from_string(text.replace("%", " percent "))
        powers = {str(name): float(power) for name, power in parsed.items()}
    except Exception:  # pint raises many kinds; what it cannot read is shown as it stands
        return text.replace("_", " ")
    scales = {name: powers.pop(name) for name in list(powers) if name in SCALES}
    over = [_power(name, p, plural=True) for name, p in powers.items() if p > 0]
    under = [_power(name, -p, plural=False) for name, p in powers.items() if p < 0]
    parts = [*(_power(name, p, plural=False) for name, p in scales.items()), "·".join(over), *(f"per {name}" for name in under)]
    words = " ".join(filter(None, parts))
    return "%" if words == "percent" else words


def _power(name: str, power: float, *, plural: bool) -> str:
    word = (_PLURAL.get(name, name) if plural else name).replace("_", NBSP)
    return word if power == 1 else word + f"{power:g}".translate(_SUPERSCRIPT)


def _split_scale(text: str) -> tuple[str, str]:
    first, _, rest = text.strip().replace("%", "percent").partition(" ")
    return (first, rest) if first in SCALES else ("", text.strip().replace("%", "percent"))


def with_unit(figures: str, words: str) -> str:
    """Put a unit behind figures."""
    if words == "%":
        return f"{figures}%"
    return f"{figures} {words}" if words else figures


@dataclass(frozen=True)
class Display:
    """How the values of one total are written.

    Attributes
    ----------
    factor : float
        Shown figure = factor · value in the total's unit.
    unit : str
        In words; ``%`` for shares, empty for ratios.
    digits : int
        Significant figures.
    """

    factor: float
    unit: str
    digits: int = 2

    @property
    def column(self) -> str:
        """The unit as a column of a table or the title of an axis shows it."""
        return self.unit or "ratio"

    def number(self, value: float) -> str:
        """Write a value without its unit."""
        return significant(self.factor * value, self.digits)

    def tick(self, value: float) -> str:
        """Write a tick of an axis, in full."""
        return plain(self.factor * value)

    def value(self, value: float) -> str:
        """Write a value with its unit."""
        return with_unit(self.number(value), self.unit)

    def bare_range(self, low: float, high: float) -> str:
        """Write a range without its unit."""
        return f"{self.number(low)} to {self.number(high)}"

    def range(self, low: float, high: float) -> str:
        """Write a range with its unit."""
        if self.unit == "%":
            return f"{self.number(low)}% to {self.number(high)}%"
        return with_unit(self.bare_range(low, high), self.unit)

    def stated(self, value: float) -> str:
        """Write a value as it was stated, without its unit: up to four figures, three where a conversion made more."""
        shown = self.factor * value
        short = float(f"{shown:.4g}")
        return plain(short) if math.isclose(shown, short, rel_tol=1e-9) else significant(shown, 3)

    def stated_range(self, low: float, high: float) -> str:
        """Write a range as it was stated, without its unit."""
        return f"{self.stated(low)} to {self.stated(high)}"


def display(unit: str, support: str, quantiles: dict[float, float]) -> Display:
    """Choose how a total is written, from its unit and its posterior.

    Parameters
    ----------
    unit : str
        As the case writes it.
    support : str
        ``positive``, ``fraction`` or ``real``.
    quantiles : dict
        At least 0.05, 0.5 and 0.95, in ``unit``.

    Returns
    -------
    Display
        A fraction without unit is shown in percent; a value of a million and more with its scale word.
    """
    low, median, high = (quantiles[p] for p in (0.05, 0.5, 0.95))
    wide = high - low >= _NARROW * abs(median)
    if support == "fraction" and not unit.strip():
        return Display(100.0, "%", 2 if wide else 3)
    scale, rest = _split_scale(unit)
    best = _scale_word(abs(median), scale)
    factor = SCALES.get(scale, 1.0) / SCALES.get(best, 1.0)
    words = unit_words(f"{best} {rest}".strip())
    return Display(factor, words, 2 if wide else 3)


def _scale_word(median: float, scale: str) -> str:
    """Keep the unit's own scale word while figures stay handy, else take the one that fits."""
    if not math.isfinite(median) or median == 0 or (0.1 if scale else 0) <= median < (1e3 if scale else 1e6):
        return scale
    size = median * SCALES.get(scale, 1.0)
    fitting = [word for word, value in SCALES.items() if value >= 1e6 and size >= value]
    return fitting[-1] if fitting else ""

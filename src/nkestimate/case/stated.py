"""What a claim states, as data; the one place that makes prose of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nkestimate.printed.notation import Number

_BEFORE = {"around": "about ", "at_most": "up to ", "at_least": "at least "}
_BETWEEN = {"between": " to ", "estimate": " ± "}


@dataclass(frozen=True)
class Figure:
    """A number as the case spells it, and the unit behind it; empty where it has none of its own."""

    digits: str
    unit: str = ""

    @classmethod
    def of(cls, number: Number) -> Figure:
        """Return a number's spelling and unit apart."""
        text = number.text
        behind = (at for at in reversed(range(len(text))) if " ".join(text[at:].replace("%", " percent ").split()) == number.unit)
        at = next(behind, len(text))
        return cls(text[:at].rstrip(), text[at:])


@dataclass(frozen=True)
class Stated:
    """What a claim states, in the case's own spelling.

    Attributes
    ----------
    kind : str
        One of the kinds of statement.
    numbers : tuple of Figure
        In their order; of an estimate its standard error last, of a magnitude its words.
    units : tuple of str
        The unit of numbers that have none of their own: the claim's, else one for each reading that has its own, else the target's.
    probabilities : tuple of float
        Those of quantiles.
    within : Figure or None
        The stated precision.
    """

    kind: str
    numbers: tuple[Figure, ...]
    units: tuple[str, ...]
    probabilities: tuple[float, ...] = ()
    within: Figure | None = None

    def words(self, amount: Callable[[str, str], str] = lambda digits, unit: f"{digits} {unit}".rstrip(), *, unit: str | None = None,
              at: str = " at {}") -> str:
        """Write it: ``1.2 to 1.5 km``, ``about 25 percent (within 20 %)``.

        Parameters
        ----------
        amount : callable
            Writes digits, such as ``1.2 to 1.5``, with a unit, which may be empty.
        unit : str, optional
            In place of the first of its units.
        at : str
            How a quantile's probability stands behind it.
        """
        unit = self.units[0] if unit is None else unit
        if self.kind == "quantiles":
            pairs = zip(self.numbers, self.probabilities, strict=True)
            return ", ".join(amount(n.digits, n.unit or unit) + at.format(amount(f"{100 * p:g}", "%")) for n, p in pairs)
        between = _BETWEEN.get(self.kind, "")
        if any(number.unit for number in self.numbers):
            said = between.join(amount(number.digits, number.unit) for number in self.numbers)
        else:
            said = amount(between.join(number.digits for number in self.numbers), unit)
        within = f" (within {amount(self.within.digits, self.within.unit)})" if self.within else ""
        return _BEFORE.get(self.kind, "") + said + within

"""Units: pint's registry plus ``USD``, ``person`` and the case's own.

Importing pint takes longer than all else that reading a case needs. So the commonest units, currencies' names and plain products of
units are known here, as pint knows them (a test holds each to it); pint is asked about all others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nkestimate.errors import did_you_mean
from nkestimate.printed.notation import SCALES, parse_number
from nkestimate.printed.vocabulary import CURRENCIES

Dimension = tuple[tuple[str, float], ...]

_NAMED_IN_HINTS = ("USD", "person", "percent", "metre", "km", "kg", "tonne", "year", "month", "day", "hour", "litre", *SCALES)
_ABBREVIATED = {
    short: f"write the word: {word}"
    for word, shorts in {"million": "mn mln mio mil", "billion": "bn bln mrd", "trillion": "tn trn", "thousand": "k thd"}.items()
    for short in shorts.split()
} | {"people": "write person", "dollar": "write USD", "dollars": "write USD", "us$": "write USD",
     "lakh": "a lakh is 100_000", "crore": "a crore is 10 million", "euro": "write EUR", "euros": "write EUR",
     "bpd": "write oil_barrel/day",
     "bcm": "write billion metre**3", "sqm": "write metre**2", "cubic_metre": "write metre**3", "square_metre": "write metre**2",
     "decade": "write the value in years", "kwh": "write kWh", "mwh": "write MWh", "gwh": "write GWh", "twh": "write TWh", "kw": "write kW",
     "cent": "a cent is 0.01 of its currency: write the value in that", "cents": "a cent is 0.01 of its currency: write the value in that",
     "mw": "write MW", "gw": "write GW"}
# What pint reads, to the surprise of whoever wrote it; a case may declare what it means by such a name.
_BARREL = ("a barrel of 119 litres", "oil_barrel is that of 42 gallons; another can be declared under 'units:'")
_POINT = ("a printer's point, 0.35 mm", "of a percentage write percent; a point of an index can be declared under 'units:' as point: {}")
_MISTAKEN = {
    "k": ("Boltzmann's constant", "for thousands write the word, such as 1.2 thousand"),
    "M": ("a mole a litre", "for millions write the word, such as 1.2 million"),
    "MM": ("a megamole a litre", "for millions write the word, such as 1.2 million; a million Btu is 'million BTU'"),
    "b": ("a barn, 10^-28 square metres", "for billions write the word, such as 1.2 billion; bit and byte are spelt out"),
    "mil": ("an angle", "for millions write the word; a thousandth of an inch is thou"),
    "mt": ("a thousandth of a tonne", "tonne is the metric ton, megatonne a million of them"),
    "MT": ("a megatesla", "tonne is the metric ton, megatonne a million of them"),
    "kt": ("a knot", "knot is the speed, kilotonne the mass"),
    "ton": ("the short ton of 907 kg", "tonne is the metric one, short_ton and long_ton are the American and the British"),
    "barrel": _BARREL, "bbl": _BARREL,
    "quarter": ("a mass of 12.7 kg", "a quarter of a year can be declared under 'units:' as quarter: {is: 3 month}"),
    "degree": ("an angle", "degC and degF are temperatures, deg is the angle"),
    "unit": ("a millionth of a nit", "what is counted can be declared under 'units:' as unit: {}"),
    "point": _POINT, "pp": _POINT, "bp": _POINT,
    "pct": ("a billionth of a carat", "write percent"),
    "cal": ("the small calorie, 4.2 J", "of food write kcal, else joule"),
    "calorie": ("the small calorie, 4.2 J", "of food write kcal, else joule"),
    "a": ("a year", "write year"),
    "AU": ("an absorbance", "astronomical_unit is the length"),
    "c": ("the speed of light", "degC is the temperature; a cent is 0.01 of its currency"),
    **{f"{prefix}b": (f"a {name}barn, a very small area", "bit and byte are spelt out; of oil write oil_barrel")
       for prefix, name in (("m", "milli"), ("k", "kilo"), ("M", "mega"), ("G", "giga"))},
    "C": ("a coulomb", "degC is the temperature"), "F": ("a farad", "degF is the temperature"),
    "PS": ("a petasiemens", "metric_horsepower is the power"),
    "gal": ("a US gallon", "gallon is the American one, imperial_gallon the British"),
    "cup": ("a US cup", "write millilitre"),
    "stone": ("the British weight of 6.35 kg", "write kg; what is counted can be declared under 'units:' as stone: {}"),
    "count": ("a pure number", "leave the unit out; what is counted can be declared under 'units:'"),
}


def _mistaken(name: str) -> tuple[str, str] | None:
    """Return what a name means to pint, and the way out, where people mean something else; "tons", too, but "as" is none of "a"."""
    stem = name.removesuffix("s")
    return _MISTAKEN.get(name) or (_MISTAKEN.get(stem) if len(stem) > 1 or stem == "k" else None)


_LENGTH, _MASS, _TIME = ("[length]", 1.0), ("[mass]", 1.0), ("[time]", 1.0)
_ENERGY = (("[length]", 2.0), _MASS, ("[time]", -2.0))
_VOLUME = (("[length]", 3.0),)
# In root units: metre, gram, second. The names that are no abbreviations have a plural, too.
COMMON: dict[str, tuple[float, Dimension]] = {
    "metre": (1.0, (_LENGTH,)), "km": (1000.0, (_LENGTH,)), "kilometre": (1000.0, (_LENGTH,)), "mile": (1609.344, (_LENGTH,)),
    "hectare": (10000.0, (("[length]", 2.0),)), "litre": (0.0010000000000000002, _VOLUME), "oil_barrel": (0.15898729492799996, _VOLUME),
    "kg": (1000.0, (_MASS,)), "tonne": (1e6, (_MASS,)), "kilotonne": (1e9, (_MASS,)), "megatonne": (1e12, (_MASS,)),
    "second": (1.0, (_TIME,)), "minute": (60.0, (_TIME,)), "hour": (3600.0, (_TIME,)), "day": (86400.0, (_TIME,)),
    "week": (604800.0, (_TIME,)), "month": (2629800.0, (_TIME,)), "year": (31557600.0, (_TIME,)),
    "percent": (0.01, ()), "person": (1.0, (("[person]", 1.0),)), "USD": (1.0, (("[currency]", 1.0),)),
    "kWh": (3.6e9, _ENERGY), "MWh": (3.6e12, _ENERGY), "GWh": (3.6e15, _ENERGY), "TWh": (3.6e18, _ENERGY),
}
_HOW_TO = "write units such as 'USD/person/year' or 'million USD'"
_LONGEST = 100
# An exponent is one short number: pint would work out 9**9**9.
_ODD_POWER = re.compile(r"(?:\*\*|\^)\s*+(?!-?\d(?:\.\d+)?(?![\d.])(?!\s*(?:\*\*|\^)))")

class UnitFault(ValueError):
    """A unit that can't be read: problem, what was expected, hint."""

    def __init__(self, problem: str, hint: str = "", expected: str = "a unit"):
        self.hint = hint
        self.said = (problem, expected, hint)
        super().__init__(problem)


@dataclass(frozen=True)
class Unit:
    """A unit as written, with its conversion to root units: root = factor · value + offset.

    Attributes
    ----------
    text : str
        As written, ``million USD/year``.
    factor, offset : float
        The conversion to root units (offset is not 0 for temperatures only).
    dimension : tuple of (str, float)
        Exponents of the base dimensions, sorted; empty for a pure number.
    """

    text: str
    factor: float
    dimension: Dimension
    offset: float = 0.0

    def to_root(self, value: float) -> float:
        """Return a value in this unit in root units."""
        return self.factor * value + self.offset

    def from_root(self, value: float) -> float:
        """Return a value in root units in this unit."""
        return (value - self.offset) / self.factor


def show_dimension(dimension: Dimension) -> str:
    """Write a dimension as ``currency / time``."""
    over = [_show_power(name, power) for name, power in dimension if power > 0]
    under = [_show_power(name, -power) for name, power in dimension if power < 0]
    return " / ".join([" ".join(over) or "1", *under]) if dimension else "a pure number"


def measures(dimension: Dimension) -> str:
    """Write what something of a dimension does: ``measures currency / time``."""
    return f"measures {show_dimension(dimension)}" if dimension else "is a pure number"


def _show_power(name: str, power: float) -> str:
    return name.strip("[]") + (f"^{power:g}" if power != 1 else "")


def multiply(dimensions: Mapping[str, float], other: Dimension, power: float) -> dict[str, float]:
    """Return ``dimensions`` times ``other`` to a power, without what cancels."""
    product = dict(dimensions)
    for name, exponent in other:
        product[name] = product.get(name, 0.0) + power * exponent
    return {name: exponent for name, exponent in product.items() if exponent}


@cache
def _registry() -> Any:
    import pint

    # Filling pint's registry takes a good part of a second, reading it back from its cache very little.
    try:
        registry: Any = pint.UnitRegistry(cache_folder=":auto:")
    except Exception:  # nowhere to write a cache, or half a cache that another process is writing
        registry = pint.UnitRegistry()
    registry.define("USD = [currency]")
    registry.define("person = [person]")
    return registry


@cache
def _known(name: str) -> Unit:
    """Return a unit of the registry; raise `KeyError` where there is none."""
    if common := COMMON.get(name) or (COMMON.get(name.removesuffix("s")) if name.islower() and len(name) > 3 else None):
        return Unit(name, *common)
    registry = _registry()
    try:
        unit = registry.parse_units(name)
        zero, one, two = (float(registry.Quantity(x, unit).to_root_units().magnitude) for x in (0.0, 1.0, 2.0))
    except Exception:  # pint raises many kinds, some of them of its tokenizer
        raise KeyError(name) from None
    if abs(two - 2 * one + zero) > 1e-9 * abs(one) or not one > zero:
        raise KeyError(name)  # a decibel is no multiple of anything
    dimension = tuple(sorted((str(k), float(v)) for k, v in unit.dimensionality.items()))
    return Unit(name, one - zero, dimension, zero)


def _taken(name: str) -> bool:
    """Return whether a name means something by itself, prefixes included: a case can't give it another meaning."""
    if _mistaken(name) or name in CURRENCIES or (name[:3] in CURRENCIES and re.fullmatch(r"(_\d{4})?s?", name[3:])):
        return False
    try:
        return bool(name) and _known(name) is not None
    except KeyError:
        return name in dir(_registry())  # a decibel


def _spellings(name: str) -> tuple[str, ...]:
    """Return a name with its singular and plural; a letter has none: "as" is no plural of "a"."""
    return (name, name.removesuffix("s"), f"{name}s") if len(name) > 1 else (name,)


class Units:
    """The units of one case; ``own`` holds those that the case itself declares."""

    def __init__(self) -> None:
        self.own: dict[str, Unit] = {}

    def define(self, name: str, definition: str | None) -> None:
        """Add a unit of the case: ``"0.00072 USD"``, or None for a new base unit.

        Raises
        ------
        UnitFault
            If the name is taken or the definition can't be read.
        """
        if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise UnitFault(f"'{name}' can't name a unit", expected="letters, digits and underscores, a letter first")
        if name in SCALES or name in self.own or any(map(_taken, _spellings(name))):
            raise UnitFault(f"the unit '{name}' exists already", "or delete this entry", "a name of its own")
        self.own[name] = Unit(name, 1.0, ((f"[{name}]", 1.0),)) if definition is None else self._sized(name, definition)

    def define_all(self, definitions: Mapping[str, str | None]) -> dict[str, UnitFault]:
        """Add units that may stand on each other, in any order; return the faults of those that could not be added."""
        waiting = dict(definitions)
        while waiting:
            failed: dict[str, UnitFault] = {}
            for name, definition in waiting.items():
                try:
                    self.define(name, definition)
                except UnitFault as fault:
                    failed[name] = fault
            if len(failed) == len(waiting):
                return failed
            waiting = {name: waiting[name] for name in failed}
        return {}

    def _sized(self, name: str, definition: str) -> Unit:
        try:
            number = parse_number(definition)
        except ValueError as error:
            raise UnitFault(str(error), expected="a size such as 'is: 0.00072 USD', or {} for a new base unit") from None
        if number.value <= 0:
            raise UnitFault(f"a unit of size {number.value:g}", expected="a size above 0")
        unit = self.unit(number.unit or "")
        return Unit(name, number.value * unit.factor, unit.dimension)

    def unit(self, text: str) -> Unit:
        """Read a unit such as ``million USD/year``.

        Raises
        ------
        UnitFault
            If it can't be read.
        """
        scale, rest = _split_scale(text)
        if rest in self.own or not rest:
            unit = self._named(rest) if rest else Unit("", 1.0, ())
            return Unit(text, scale * unit.factor, unit.dimension)
        factor, offset = scale, 0.0
        dimension: dict[str, float] = {}
        powers = _powers(text, rest)
        for name, power in powers.items():
            unit = self._named(name)
            factor *= unit.factor**power
            dimension = multiply(dimension, unit.dimension, power)
            if powers == {name: 1.0} and scale == 1:  # a temperature that is one of several factors is a difference
                offset = unit.offset
        if not 1e-200 < factor < 1e200:
            raise UnitFault(f"'{text}' is too large or too small a unit")
        return Unit(text, factor, tuple(sorted(dimension.items())), offset)

    def _named(self, name: str) -> Unit:
        own = self.own.get(name) or self.own.get(name.removesuffix("s"))
        if own:
            return own
        if (mistaken := _mistaken(name)) and name not in SCALES:
            raise UnitFault(f"'{name}' is {mistaken[0]} among units", mistaken[1])
        if name in SCALES:
            raise UnitFault(f"'{name}' inside a unit", f"a unit may begin with '{name}', once")
        try:
            return _known(name)
        except KeyError:
            hint = _ABBREVIATED.get(name.lower()) or did_you_mean(name, [*self.own, *_NAMED_IN_HINTS], "declare it under 'units:'")
            raise UnitFault(f"unknown unit '{name}'", hint) from None


def _powers(text: str, rest: str) -> dict[str, float]:
    """Return the names in a unit with their exponents; pint reads the arithmetic."""
    if len(rest) > _LONGEST:
        raise UnitFault(f"'{text[:40]}…' is too long for a unit", _HOW_TO)
    if re.search(r"[^\w\s*/^().µ°-]", rest) or re.match(r"(?!1 ?/)[\d.]", rest) or _ODD_POWER.search(rest):
        raise UnitFault(f"'{text}' is no unit", _HOW_TO)
    try:
        return powers_of(rest)
    except Exception as error:  # pint raises many kinds, some of them of Python's tokenizer
        raise UnitFault(f"'{text}' is no unit", _HOW_TO) from error


_FACTOR = re.compile(r"(\s*[*/]\s*|(?<=\w)\s+)?([A-Za-z]\w*)(?:\*\*([1-9])(?![\d.])|(?=[\s*/]|$))(?!\s*\*\*)", re.ASCII)

_WORDS_OF_PINT = {"per", "square", "squared", "cubic", "cubed", "sq", "nan", "inf"}  # not names of units to it


def powers_of(text: str) -> dict[str, float]:
    """Return the names in a product of units with their exponents: plain ones are read here, all others by pint.

    Raises
    ------
    ValueError, and what pint raises
        If it is none.

    Examples
    --------
    >>> powers_of("USD/person/year"), powers_of("kg*metre**2")
    ({'USD': 1.0, 'person': -1.0, 'year': -1.0}, {'kg': 1.0, 'metre': 2.0})
    """
    at, powers = 0, dict[str, float]()
    while at < len(text) and (match := _FACTOR.match(text, at)) and (match[1] is not None) == (at > 0):
        power = float(match[3] or 1) * (-1 if (match[1] or "").strip() == "/" else 1)
        powers[match[2]] = powers.get(match[2], 0.0) + power
        at = match.end()
    if at == len(text) and all(powers.values()) and not _WORDS_OF_PINT & {name.lower() for name in powers}:
        return powers
    from pint.util import ParserHelper

    parsed: Any = ParserHelper.from_string(text)
    if parsed.scale != 1:
        raise ValueError(text)
    return {str(name): float(power) for name, power in parsed.items()}


def _split_scale(text: str) -> tuple[float, str]:
    words = text.replace("%", " percent ").split(maxsplit=1)
    if words and words[0] in SCALES:
        return SCALES[words[0]], " ".join(words[1:])
    return 1.0, " ".join(words)

"""Priors as a case states them: which distributions there are, their parameters and where they reach."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nkestimate.errors import did_you_mean
from nkestimate.families import FAMILIES, POSITIVE, REAL, UNIT, Family
from nkestimate.printed.notation import parse_number

if TYPE_CHECKING:
    from nkestimate.families import Array

SUPPORTS = {"positive": POSITIVE, "fraction": UNIT, "real": REAL}
SCALES = {"positive": "log", "fraction": "logit", "real": "identity"}  # the working scale of a quantity


class PriorFault(ValueError):
    """A prior at fault: problem, what was expected, hint."""

    def __init__(self, problem: str, expected: str = "", hint: str = ""):
        self.said = (problem, expected, hint)
        super().__init__(problem)


@dataclass(frozen=True)
class Prior:
    """A distribution by name, with PyMC's parameters.

    Attributes
    ----------
    name : str
        One of CASE.md's list, or ``Between``: normal on the working scale with ``coverage`` between ``low`` and ``high``.
    parameters : tuple of (str, float)
        In PyMC's order.
    """

    name: str
    parameters: tuple[tuple[str, float], ...]

    @classmethod
    def normal(cls, mu: float, sigma: float) -> Prior:
        """Return Normal(mu, sigma)."""
        return cls("Normal", (("mu", mu), ("sigma", sigma)))

    def __getitem__(self, key: str) -> float:
        """Return a parameter by name."""
        return dict(self.parameters)[key]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{value:.4g}' for _, value in self.parameters)})"

    def scaled(self, factor: float) -> Prior:
        """Return the distribution of ``factor`` times what is distributed so.

        Raises
        ------
        PriorFault
            If its family is not closed under it (a Beta, say).
        """
        if factor == 1:
            return self
        stretched = self.family.stretched(dict(self.parameters), factor)
        if stretched is None:
            raise PriorFault(f"{self} can't be multiplied by {factor:g}", "a distribution with a scale, such as HalfNormal(0.5)")
        return Prior(self.name, tuple(stretched.items()))

    @property
    def reach(self) -> tuple[float, float]:
        """The interval that holds all of the distribution."""
        return (self["lower"], self["upper"]) if self.name == "Between" else self.family.reach(dict(self.parameters))

    @property
    def family(self) -> Family:
        """What is known of the distribution of that name."""
        return FAMILIES[self.name]

    def quantile(self, u: Array) -> Array:
        """Return its quantile at probabilities u."""
        return self.family.quantile(dict(self.parameters), u)

    def log_density(self, x: Array) -> Array:
        """Return its log density at x."""
        return self.family.log_density(dict(self.parameters), x)

    @property
    def median(self) -> float:
        """Its median."""
        return self.family.median(dict(self.parameters))


def parse_prior(text: str) -> Prior:
    """Read a distribution such as ``Beta(2, 2)`` or ``Normal(mu=0, sigma=1)``.

    Raises
    ------
    PriorFault
        If it can't be read or its parameters make no distribution.
    """
    match = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", text, re.DOTALL)
    if not match:
        raise PriorFault(f"'{text[:60]}' is no distribution", "a name with parameters, such as 'Beta(2, 2)'", "or {between: [low, high]}")
    name, inside = match.groups()
    if name not in FAMILIES:
        raise PriorFault(f"unknown distribution '{name}'", "one of " + ", ".join(FAMILIES), did_you_mean(name, FAMILIES))
    family = FAMILIES[name]
    wanted = family.parameters
    defaults = {key: value for key in wanted if (value := family.default(key)) is not None}
    values = defaults | _arguments(name, inside, list(wanted))
    if missing := [key for key in wanted if key not in values]:
        raise PriorFault(f"{name} is given no {' and no '.join(missing)}", f"{name}({', '.join(wanted)})")
    for key in family.positive:
        if values[key] <= 0:
            raise PriorFault(f"{name} with {key} = {values[key]:g}", f"{key} above 0")
    if fault := family.fault(values):
        raise PriorFault(*fault)
    return Prior(name, tuple((key, values[key]) for key in wanted))


def _arguments(name: str, inside: str, order: list[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    parts = [part.strip() for part in inside.split(",")] if inside.strip() else []
    if len(parts) > len(order):
        raise PriorFault(f"{name} with {len(parts)} parameters", f"{name}({', '.join(order)})")
    for position, part in enumerate(parts):
        key, _, value = part.rpartition("=")
        key = key.strip() or order[position]
        if key not in order:
            raise PriorFault(f"{name} has no parameter '{key}'", f"{name}({', '.join(order)})", did_you_mean(key, order))
        if "=" not in part and any("=" in earlier for earlier in parts[:position]):
            raise PriorFault(f"{name} with a parameter by position after one by name", f"{name}({', '.join(order)})")
        if key in values:
            raise PriorFault(f"{key} of {name} stands twice", f"{name}({', '.join(order)})")
        try:
            number = parse_number(value)
        except ValueError:
            raise PriorFault(f"'{value.strip()}' is not a number", f"a number for {key}") from None
        if number.unit not in (None, "percent"):
            raise PriorFault(f"{name} with a unit ('{value.strip()}')", "pure numbers", "they are in the quantity's own unit")
        values[key] = number.value / 100 if number.unit else number.value
    return values


def check_reach(prior: Prior, low: float, high: float) -> None:
    """Raise `PriorFault` where ``prior`` reaches outside (low, high)."""
    reach = prior.reach
    if reach[0] < low or reach[1] > high:
        hint = "a fraction's prior is Beta or LogitNormal" if high == 1 else "TruncatedNormal or LogNormal stay inside"
        raise PriorFault(f"{prior} reaches over {span(*reach)}", f"a prior over {span(low, high)}", hint)


def span(low: float, high: float) -> str:
    """Write an interval in words: ``numbers above 0``."""
    if math.isinf(low):
        return "all numbers" if math.isinf(high) else f"numbers below {high:g}"
    return f"numbers above {low:g}" if math.isinf(high) else f"numbers from {low:g} to {high:g}"

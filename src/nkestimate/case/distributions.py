"""Priors as a case states them: which distributions there are, their parameters and where they reach."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nkestimate.case.numbers import parse_number
from nkestimate.errors import did_you_mean

_INF = math.inf
_POSITIVE, _REAL, _UNIT = (0.0, _INF), (-_INF, _INF), (0.0, 1.0)

# name -> parameters in PyMC's order, with whether each must be above zero
_PARAMETERS: dict[str, dict[str, bool]] = {
    "Normal": {"mu": False, "sigma": True},
    "LogNormal": {"mu": False, "sigma": True},
    "HalfNormal": {"sigma": True},
    "HalfCauchy": {"beta": True},
    "Beta": {"alpha": True, "beta": True},
    "Gamma": {"alpha": True, "beta": True},
    "Exponential": {"lam": True},
    "Uniform": {"lower": False, "upper": False},
    "Triangular": {"lower": False, "c": False, "upper": False},
    "StudentT": {"nu": True, "mu": False, "sigma": True},
    "LogitNormal": {"mu": False, "sigma": True},
    "TruncatedNormal": {"mu": False, "sigma": True, "lower": False, "upper": False},
}
_OPTIONAL = {"TruncatedNormal": {"lower": -_INF, "upper": _INF}}
_REACH = {
    "Normal": _REAL, "StudentT": _REAL, "LogNormal": _POSITIVE, "HalfNormal": _POSITIVE, "HalfCauchy": _POSITIVE,
    "Gamma": _POSITIVE, "Exponential": _POSITIVE, "Beta": _UNIT, "LogitNormal": _UNIT,
}
# How the parameters change where a variable is multiplied by a factor; distributions on the unit interval have no scale.
_STRETCHED: dict[str, dict[str, Callable[[float, float], float]]] = {
    "Normal": dict.fromkeys(("mu", "sigma"), operator.mul), "StudentT": dict.fromkeys(("mu", "sigma"), operator.mul),
    "TruncatedNormal": dict.fromkeys(("mu", "sigma", "lower", "upper"), operator.mul),
    "Uniform": dict.fromkeys(("lower", "upper"), operator.mul), "Triangular": dict.fromkeys(("lower", "c", "upper"), operator.mul),
    "HalfNormal": {"sigma": operator.mul}, "HalfCauchy": {"beta": operator.mul},
    "LogNormal": {"mu": lambda mu, factor: mu + math.log(factor)},
    "Gamma": {"beta": operator.truediv}, "Exponential": {"lam": operator.truediv},
}
SUPPORTS = {"positive": _POSITIVE, "fraction": _UNIT, "real": _REAL}


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
        if self.name not in _STRETCHED:
            raise PriorFault(f"{self} can't be multiplied by {factor:g}", "a distribution with a scale, such as HalfNormal(0.5)")
        how = _STRETCHED[self.name]
        return Prior(self.name, tuple((key, how[key](value, factor) if key in how else value) for key, value in self.parameters))

    @property
    def reach(self) -> tuple[float, float]:
        """The interval that holds all of the distribution."""
        if self.name in _REACH:
            return _REACH[self.name]
        return (self["lower"], self["upper"])


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
    if name not in _PARAMETERS:
        raise PriorFault(f"unknown distribution '{name}'", "one of " + ", ".join(_PARAMETERS), did_you_mean(name, _PARAMETERS))
    wanted = _PARAMETERS[name]
    given = _arguments(name, inside, list(wanted))
    values = _OPTIONAL.get(name, {}) | given
    if missing := [key for key in wanted if key not in values]:
        raise PriorFault(f"{name} is given no {' and no '.join(missing)}", f"{name}({', '.join(wanted)})")
    for key, positive in wanted.items():
        if positive and values[key] <= 0:
            raise PriorFault(f"{name} with {key} = {values[key]:g}", f"{key} above 0")
    _check_order(name, values)
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


def _check_order(name: str, values: Mapping[str, float]) -> None:
    if name in ("Uniform", "Triangular", "TruncatedNormal") and not values["lower"] < values["upper"]:
        raise PriorFault(f"{name} from {values['lower']:g} to {values['upper']:g}", "lower below upper")
    if name == "Triangular" and not values["lower"] <= values["c"] <= values["upper"]:
        raise PriorFault(f"Triangular with its mode at {values['c']:g}", "c between lower and upper")


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

"""Which nodes of an expression graph can't come out at or below 0, by interval arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from nkestimate.density.description import Density, Parameter


@dataclass(frozen=True)
class Interval:
    """Where a node's value is: between ``low`` and ``high``; ``touch_*`` says whether an end may itself come out."""

    low: float
    high: float
    touch_low: bool = False
    touch_high: bool = False

    @property
    def positive(self) -> bool:
        return self.low > 0 or (self.low == 0 and not self.touch_low)


ANY = Interval(-math.inf, math.inf)


def intervals(density: Density) -> list[Interval]:
    """Return the interval of each node."""
    out: list[Interval] = []
    for node in density.nodes:
        if node.op == "const":
            out.append(Interval(node.value, node.value, True, True) if math.isfinite(node.value) else ANY)
        elif node.op == "parameter":
            out.append(_parameter(density.parameters[node.args[0]]))
        else:
            out.append(_operation(node.op, [out[a] for a in node.args]))
    return out


def _parameter(parameter: Parameter) -> Interval:
    return Interval(*parameter.reach)


def _operation(op: str, args: list[Interval]) -> Interval:
    a, b = args[0], args[-1]
    if op == "neg":
        return Interval(-a.high, -a.low, a.touch_high, a.touch_low)
    if op == "+":
        return Interval(a.low + b.low, a.high + b.high, a.touch_low and b.touch_low, a.touch_high and b.touch_high)
    if op == "-":
        return Interval(a.low - b.high, a.high - b.low, a.touch_low and b.touch_high, a.touch_high and b.touch_low)
    if op in ("*", "/"):
        return _product(a, b if op == "*" else _reciprocal(b))
    if op == "max":
        return Interval(max(a.low, b.low), max(a.high, b.high), _touch(a.low, a.touch_low, b.low, b.touch_low, 1),
                        _touch(a.high, a.touch_high, b.high, b.touch_high, 1))
    if op == "min":
        return Interval(min(a.low, b.low), min(a.high, b.high), _touch(a.low, a.touch_low, b.low, b.touch_low, -1),
                        _touch(a.high, a.touch_high, b.high, b.touch_high, -1))
    if op == "exp":
        return _rising(a, lambda x: math.exp(x) if x < 700 else math.inf)
    if op == "log":
        return _rising(a, lambda x: math.log(x) if x > 0 else -math.inf)
    if op == "sqrt":
        root = _rising(a, lambda x: math.sqrt(max(x, 0.0)))
        return root if a.low >= 0 else Interval(root.low, root.high, True, root.touch_high)
    if op == "round":
        low, high = (math.floor(end + 0.5) if math.isfinite(end) else end for end in (a.low, a.high))
        return Interval(low, high, True, True)
    return _power(a, b)


def _touch(x: float, touch_x: bool, y: float, touch_y: bool, sign: int) -> bool:
    """Return whether the larger (sign 1) or smaller (−1) of two ends is touched; either may where they are equal."""
    return touch_x or touch_y if x == y else touch_x if sign * (x - y) > 0 else touch_y


def _rising(a: Interval, function: Callable[[float], float]) -> Interval:
    return Interval(function(a.low), function(a.high), a.touch_low, a.touch_high)


def _product(a: Interval, b: Interval) -> Interval:
    if a.low < 0 or b.low < 0:
        return ANY
    low = a.low * b.low
    zero = (a.low == 0 and a.touch_low) or (b.low == 0 and b.touch_low)
    high = 0.0 if 0 in (a.high, b.high) else a.high * b.high
    return Interval(low, high, zero if low == 0 else a.touch_low and b.touch_low, a.touch_high and b.touch_high)


def _reciprocal(b: Interval) -> Interval:
    if b.low < 0:
        return ANY
    return Interval(1 / b.high if b.high else math.inf, 1 / b.low if b.low else math.inf, b.touch_high, b.touch_low)


def _power(a: Interval, b: Interval) -> Interval:
    if b.low != b.high:  # the exponent is not known
        return Interval(0.0, math.inf) if a.positive else ANY
    if a.low < 0:
        return Interval(0.0, math.inf, True) if b.low % 2 == 0 else ANY

    def raised(x: float) -> float:
        try:
            return float(x**b.low)
        except (OverflowError, ZeroDivisionError):
            return math.inf

    return _rising(a, raised) if b.low >= 0 else _rising(Interval(a.high, a.low, a.touch_high, a.touch_low), raised)

"""Straight-line programs of scalar operations: recorded once in Python, run by one fixed kernel.

`Tracer` records arithmetic on `Scalar` objects. What is recorded is data (operation codes and
registers), so a new case needs no compilation at all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from nkestimate.engine.instructions import CODES, COMMUTATIVE, UNARY, Program


class Scalar:
    """A recorded number; arithmetic on it is recorded too."""

    __slots__ = ("index", "tracer")

    def __init__(self, tracer: Tracer, index: int):
        self.tracer, self.index = tracer, index

    def __add__(self, other: Scalar | float) -> Scalar:
        return self.tracer.operate("add", self, other)

    def __radd__(self, other: float) -> Scalar:
        return self.tracer.operate("add", other, self)

    def __sub__(self, other: Scalar | float) -> Scalar:
        return self.tracer.operate("sub", self, other)

    def __rsub__(self, other: float) -> Scalar:
        return self.tracer.operate("sub", other, self)

    def __mul__(self, other: Scalar | float) -> Scalar:
        return self.tracer.operate("mul", self, other)

    def __rmul__(self, other: float) -> Scalar:
        return self.tracer.operate("mul", other, self)

    def __truediv__(self, other: Scalar | float) -> Scalar:
        return self.tracer.operate("div", self, other)

    def __rtruediv__(self, other: float) -> Scalar:
        return self.tracer.operate("div", other, self)

    def __pow__(self, other: Scalar | float) -> Scalar:
        return self.tracer.operate("pow", self, other)

    def __neg__(self) -> Scalar:
        return self.tracer.operate("neg", self)


Number = Scalar | float
Instruction = tuple[str, tuple[int, ...]]
"""An operation and the entries it reads."""


class Tracer:
    """Records operations, folding constants and repeating none.

    Parameters
    ----------
    inputs : int
        Number of inputs; they are ``tracer.inputs``.
    """

    def __init__(self, inputs: int):
        self._entries: list[tuple[str, int, int]] = []
        self._values: list[float | None] = []
        self._depths: list[int] = []  # how many operations stand one upon the other
        self._known: dict[tuple[str, int, int] | float, int] = {}
        self.inputs = [self._new(("input", i, i), None) for i in range(inputs)]

    def _new(self, entry: tuple[str, int, int], value: float | None) -> Scalar:
        self._entries.append(entry)
        self._values.append(value)
        self._depths.append(0 if entry[0] in ("input", "const") else 1 + max(self._depths[entry[1]], self._depths[entry[2]]))
        return Scalar(self, len(self._entries) - 1)

    def constant(self, value: float) -> Scalar:
        value = float(value)
        if value not in self._known:
            self._known[value] = self._new(("const", 0, 0), value).index
        return Scalar(self, self._known[value])

    def scalar(self, value: Number) -> Scalar:
        return value if isinstance(value, Scalar) else self.constant(value)

    def known(self, value: Number) -> float | None:
        """Return the value where it is a constant."""
        return self._values[value.index] if isinstance(value, Scalar) else float(value)

    def operate(self, name: str, a: Number, b: Number | None = None) -> Scalar:
        a = self.scalar(a)
        second = a if b is None else self.scalar(b)
        x, y = self._values[a.index], self._values[second.index]
        if x is not None and y is not None:
            return self.constant(_fold(name, x, y))
        if (short := self._shortcut(name, a, second, x, y)) is not None:
            return short
        i, j = a.index, second.index
        if name in COMMUTATIVE and i > j:
            i, j = j, i
        if (name, i, j) not in self._known:
            self._known[name, i, j] = self._new((name, i, j), None).index
        return Scalar(self, self._known[name, i, j])

    def _shortcut(self, name: str, a: Scalar, b: Scalar, x: float | None, y: float | None) -> Scalar | None:
        if (name == "add" and x == 0) or (name == "mul" and x == 1):
            return b
        if (name in ("add", "sub") and y == 0) or (name in ("mul", "div", "pow") and y == 1):
            return a
        if name == "mul" and (x == 0 or y == 0):
            return self.constant(0.0)
        return self.operate("square", a) if name == "pow" and y == 2 else None

    def exp(self, a: Number) -> Scalar:
        return self.operate("exp", a)

    def log(self, a: Number) -> Scalar:
        return self.operate("log", a)

    def sqrt(self, a: Number) -> Scalar:
        return self.operate("sqrt", a)

    def square(self, a: Number) -> Scalar:
        return self.operate("square", a)

    def total(self, parts: Sequence[Number]) -> Scalar:
        """Return the sum of parts: constants first, and last what takes longest to know, so that little waits for much."""
        constants, terms = [], []
        for part in parts:
            constant, rest = self._peeled(part)
            constants.append(constant)
            terms += [] if rest is None else [rest]
        result: Number = math.fsum(constants)
        for term in sorted(terms, key=lambda term: self._depths[term.index]):
            result = self.operate("add", result, term)
        return self.scalar(result)

    def _peeled(self, part: Number) -> tuple[float, Scalar | None]:
        """Return the constants that were added to a number, and the rest of it."""
        constant = 0.0
        while (value := self.known(part)) is None:
            name, a, b = self._entries[self.scalar(part).index]
            x, y = self._values[a], self._values[b]
            if name == "add" and (x is not None or y is not None):
                constant += x if x is not None else y  # type: ignore[operator]
                part = Scalar(self, b if x is not None else a)
            elif name == "sub" and y is not None:
                constant, part = constant - y, Scalar(self, a)
            else:
                return constant, self.scalar(part)
        return constant + value, None

    def read(self, numbers: Sequence[Number]) -> set[int]:
        """Return the indices of all that numbers depend on, inputs among them."""
        return set(self._needed([self.scalar(number).index for number in numbers]))

    def program(self, result: Number, outputs: Sequence[Number]) -> Program:
        """Return the program that computes ``result`` and ``outputs``, and nothing else."""
        wanted = [self.scalar(result), *map(self.scalar, outputs)]
        needed = self._needed([scalar.index for scalar in wanted])
        constants = [i for i in needed if self._values[i] is not None]
        entries = self._fused([i for i in needed if self._values[i] is None and self._entries[i][0] != "input"], wanted)
        first = self.read([wanted[0]])
        halves = ({i: e for i, e in entries.items() if (i in first) is early} for early in (True, False))
        steps = [i for half in halves for i in _scheduled(half)]
        register = {index: i for i, index in enumerate(constants)}
        register |= {scalar.index: len(constants) + i for i, scalar in enumerate(self.inputs)}
        register |= {index: len(constants) + len(self.inputs) + i for i, index in enumerate(steps)}
        rows = [(CODES[entries[i][0]], *(register[k] for k in (entries[i][1] * 3)[:3])) for i in steps]
        code, left, right, third = np.array(rows, np.uint32).reshape(-1, 4).T.copy()
        active = np.array([k for k, scalar in enumerate(self.inputs) if scalar.index in first], np.int64)
        return Program(np.array([self._values[i] for i in constants], float), len(self.inputs), active, code, left, right, third,
                       sum(i in first for i in steps), register[wanted[0].index],
                       np.array([register[scalar.index] for scalar in wanted[1:]], np.int64))

    def _fused(self, steps: list[int], wanted: list[Scalar]) -> dict[int, Instruction]:
        """Return the instructions by their place, each product that one sum alone reads taken into that sum."""
        readers = Counter(operand for i in steps for operand in self._entries[i][1:])
        readers.update(scalar.index for scalar in wanted)
        entries: dict[int, Instruction] = {}
        for i in steps:
            name, a, b = self._entries[i]
            entries[i] = (name, (a,) if name in UNARY else (a, b))
            for product, rest in ((b, a), (a, b)) if name == "add" and a != b else ():
                if product in entries and entries[product][0] in ("mul", "square") and readers[product] == 1:
                    _, factors = entries.pop(product)
                    entries[i] = ("fma", (factors[0], factors[-1], rest))
                    break
        return entries

    def _needed(self, roots: list[int]) -> list[int]:
        seen, stack = set(), list(roots)
        while stack:
            index = stack.pop()
            if index not in seen:
                seen.add(index)
                name, a, b = self._entries[index]
                if name not in ("const", "input"):
                    stack += [a, b]
        return sorted(seen)


def _scheduled(entries: dict[int, Instruction]) -> list[int]:
    """Order instructions by depth, then by operation: runs of one operation are what a processor predicts."""
    depth: dict[int, int] = {}
    for i, (_, operands) in entries.items():
        depth[i] = 1 + max(depth.get(k, 0) for k in operands)
    return sorted(entries, key=lambda i: (depth[i], CODES[entries[i][0]], i))


def _fold(name: str, x: float, y: float) -> float:
    from nkestimate.engine.kernel import operate_one

    return float(operate_one(CODES[name], x, y)[0]) if math.isfinite(x) and math.isfinite(y) else _fold_infinite(name, x, y)


def _fold_infinite(name: str, x: float, y: float) -> float:
    with np.errstate(all="ignore"):
        return float({"add": x + y, "sub": x - y, "mul": x * y, "min": min(x, y), "max": max(x, y), "neg": -x}.get(name, math.nan))

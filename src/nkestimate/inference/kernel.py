"""One compiled kernel that runs any `Program` and its gradient; it knows nothing of cases.

The forward sweep computes each instruction's value and its two partial derivatives; the reverse sweep
multiplies them through (Griewank & Walther 2008, doi:10.1137/1.9780898717761). Compiled by Numba once
and cached on disk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from nkestimate.inference.program import CODES, Program

Array = NDArray[np.float64]
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_SQRT_2 = math.sqrt(2.0)

(ADD, SUB, MUL, DIV, POW, MIN, MAX, NEG, SQUARE, EXP, LOG, SQRT, SIGMOID, SOFTPLUS, LOG_NDTR, LOGADDEXP, TRUNCATED) = range(len(CODES))


@numba.njit(cache=True, error_model="numpy")
def _log_mills_far(x: float) -> float:
    # Abramowitz & Stegun 26.2.12; at −30 the next term is below 1e-16.
    q = 1 / (x * x)
    return math.log(-x) - math.log(1 - q * (1 - 3 * q * (1 - 5 * q * (1 - 7 * q * (1 - 9 * q)))))


@numba.njit(cache=True, error_model="numpy")
def log_ndtr(x: float) -> float:
    """Return log Φ(x), accurate in both tails."""
    if x > 0:
        return math.log1p(-0.5 * math.erfc(x / _SQRT_2))
    if x > -30:
        return math.log(0.5 * math.erfc(-x / _SQRT_2))
    return -0.5 * x * x - _LOG_SQRT_2PI - _log_mills_far(x)


@numba.njit(cache=True, error_model="numpy")
def log_mills(x: float) -> float:
    """Return log φ(x)/Φ(x), accurate in the lower tail, where the two cancel."""
    return -0.5 * x * x - _LOG_SQRT_2PI - log_ndtr(x) if x > -30 else _log_mills_far(x)


@numba.njit(cache=True, error_model="numpy")
def truncated_normal(u: float, c: float) -> float:
    """Return w < c with Φ(w) = Φ(c) Φ(u): a standard normal below c, as a function of a standard normal u.

    Solved by Newton's method on log Φ(w), which is concave, from a point below the root: it converges from there.
    """
    goal = log_ndtr(c) + log_ndtr(u)
    # Start: −sqrt(−2 goal) is below the root in the lower tail (log Φ(w) ≤ −w²/2 for w < 0).
    w = -math.sqrt(-2 * goal) if goal < -0.7 else min(c, u)
    for _ in range(60):
        value = log_ndtr(w)
        slope = math.exp(-0.5 * w * w - _LOG_SQRT_2PI - value if w > -30 else _log_mills_far(w))
        step = (goal - value) / slope if slope > 0 else 0.0
        if step > 1.0:
            step = 1.0
        elif step < -1.0:
            step = -1.0
        w += step
        if abs(step) <= 1e-14 * (1 + abs(w)):
            break
    return w


@numba.njit(cache=True, error_model="numpy", inline="always")
def operate(code: int, a: float, b: float) -> tuple[float, float, float]:
    """Return an operation's value and its derivatives by a and by b: the whole instruction set."""
    if code == ADD:
        return a + b, 1.0, 1.0
    if code == MUL:
        return a * b, b, a
    if code == SUB:
        return a - b, 1.0, -1.0
    if code == DIV:
        return a / b, 1 / b, -a / (b * b)
    if code == SQUARE:
        return a * a, 2 * a, 0.0
    if code == EXP:
        e = math.exp(a) if a < 709 else np.inf
        return e, e, 0.0
    if code == LOG:
        return (math.log(a) if a > 0 else (-np.inf if a == 0 else np.nan)), 1 / a, 0.0
    if code == SQRT:
        r = math.sqrt(a) if a >= 0 else np.nan
        return r, 0.5 / r, 0.0
    if code == NEG:
        return -a, -1.0, 0.0
    if code == SOFTPLUS:  # log(1 + exp(a))
        e = math.exp(-abs(a))
        return max(a, 0.0) + math.log1p(e), (1 / (1 + e) if a > 0 else e / (1 + e)), 0.0
    if code == SIGMOID:
        e = math.exp(-abs(a))
        s = 1 / (1 + e) if a > 0 else e / (1 + e)
        return s, e / ((1 + e) * (1 + e)), 0.0
    if code == LOG_NDTR:
        value = log_ndtr(a)
        return value, math.exp(log_mills(a)), 0.0
    if code == MAX:
        if a >= b:
            return a, 1.0, 0.0
        return (b, 0.0, 1.0) if b > a else (np.nan, np.nan, np.nan)
    if code == MIN:
        if a <= b:
            return a, 1.0, 0.0
        return (b, 0.0, 1.0) if b < a else (np.nan, np.nan, np.nan)
    if code == LOGADDEXP:
        top = max(a, b)
        if top == -np.inf:
            return top, 0.0, 0.0
        e = math.exp(-abs(a - b))
        major, minor = 1 / (1 + e), e / (1 + e)
        return top + math.log1p(e), (major if a >= b else minor), (minor if a >= b else major)
    if code == TRUNCATED:  # log Φ(w) = log Φ(b) + log Φ(a), so h(w) dw = h(a) da + h(b) db with h = φ/Φ
        w = truncated_normal(a, b)
        h = log_mills(w)
        return w, math.exp(log_mills(a) - h), math.exp(log_mills(b) - h)
    # POW
    p = a**b
    by_a = b * a ** (b - 1) if b != 0 else 0.0
    return p, by_a, (p * math.log(a) if a > 0 else (0.0 if a == 0 else np.nan))


@numba.njit(cache=True, error_model="numpy")
def operate_one(code: int, a: float, b: float) -> tuple[float, float, float]:
    """Run one instruction by itself."""
    return operate(code, a, b)


@numba.njit(cache=True, error_model="numpy")
def _forward(constants: Array, code: Any, left: Any, right: Any, point: Array, value: Array, by_left: Array, by_right: Array) -> None:
    first = constants.size + point.size
    value[: constants.size] = constants
    value[constants.size : first] = point
    for i in range(code.size):
        v, da, db = operate(code[i], value[left[i]], value[right[i]])
        value[first + i] = v
        by_left[i] = da
        by_right[i] = db


@numba.njit(cache=True, error_model="numpy")
def _gradient(constants: Array, code: Any, left: Any, right: Any, result: int, point: Array, gradient: Array) -> float:
    first = constants.size + point.size
    value = np.empty(first + code.size)
    by_left = np.empty(code.size)
    by_right = np.empty(code.size)
    _forward(constants, code, left, right, point, value, by_left, by_right)
    adjoint = np.zeros(first + code.size)
    adjoint[result] = 1.0
    for j in range(code.size):
        i = code.size - 1 - j
        a = adjoint[first + i]
        if a != 0.0:
            adjoint[left[i]] += a * by_left[i]
            adjoint[right[i]] += a * by_right[i]
    gradient[:] = adjoint[constants.size : first]
    return value[result]


@numba.njit(cache=True, error_model="numpy")
def _evaluate(constants: Array, code: Any, left: Any, right: Any, result: int, outputs: Any, points: Array, out: Array,
              log_density: Array) -> None:
    first = constants.size + points.shape[1]
    value = np.empty(first + code.size)
    by_left = np.empty(code.size)
    by_right = np.empty(code.size)
    for n in range(points.shape[0]):
        _forward(constants, code, left, right, points[n], value, by_left, by_right)
        log_density[n] = value[result]
        for k in range(outputs.size):
            out[n, k] = value[outputs[k]]


def evaluate(program: Program, points: Array) -> tuple[Array, Array]:
    """Run a program at points of shape (…, input).

    Returns
    -------
    log_density : array, shape (…)
    outputs : array, shape (…, output)
    """
    flat = np.ascontiguousarray(points, float).reshape(-1, program.inputs)
    log_density, out = np.empty(len(flat)), np.empty((len(flat), len(program.outputs)))
    p = program
    _evaluate(p.constants, p.code, p.left, p.right, p.result, p.outputs, flat, out, log_density)
    shape = np.shape(points)[:-1]
    return log_density.reshape(shape), out.reshape(*shape, -1)


def gradient(program: Program, point: Array) -> tuple[float, Array]:
    """Return the log density at one point and its gradient, shape (input,)."""
    out = np.empty(program.inputs)
    value = _gradient(program.constants, program.code, program.left, program.right, program.result, np.ascontiguousarray(point, float), out)
    return float(value), out


# ------------------------------------------------------------ a C function over a pointer to the program


@intrinsic
def _as_pointer(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), codegen


_SIGNATURE = types.int64(
    types.uint64, types.CPointer(types.double), types.CPointer(types.double), types.CPointer(types.double), types.CPointer(types.int64))


@numba.cfunc(_SIGNATURE, cache=True, error_model="numpy")
def log_density_c(dim: Any, point_: Any, gradient_: Any, log_density_: Any, block_: Any) -> int:
    """Evaluate log density and gradient for nutpie; 0 is success, positive codes reject the point."""
    block = numba.carray(block_, (8,))
    constants = numba.carray(_as_pointer(block[3]), (block[0],), dtype=np.float64)
    code = numba.carray(_as_pointer(block[4]), (block[1],), dtype=np.uint32)
    left = numba.carray(_as_pointer(block[5]), (block[1],), dtype=np.uint32)
    right = numba.carray(_as_pointer(block[6]), (block[1],), dtype=np.uint32)
    point = numba.carray(point_, (block[2],))
    out = numba.carray(gradient_, (block[2],))
    value = _gradient(constants, code, left, right, block[7], point, out)
    log_density_[0] = value
    if not math.isfinite(value):
        return 4
    for i in range(out.size):
        if not math.isfinite(out[i]):
            return 3
    return 0


_EXPAND_SIGNATURE = types.int64(
    types.uint64, types.uint64, types.CPointer(types.double), types.CPointer(types.double), types.CPointer(types.int64))


@numba.cfunc(_EXPAND_SIGNATURE, cache=True, error_model="numpy")
def expand_c(dim: Any, expanded: Any, point_: Any, out_: Any, block_: Any) -> int:
    """Copy the point: the draws are kept as they are sampled."""
    for i in range(dim):
        out_[i] = point_[i]
    return 0


@dataclass(frozen=True)
class Block:
    """A program laid out for the C function; keep it alive while its address is in use."""

    program: Program
    data: NDArray[np.int64]

    @classmethod
    def of(cls, program: Program) -> Block:
        p = program
        return cls(p, np.array([p.constants.size, p.code.size, p.inputs, p.constants.ctypes.data, p.code.ctypes.data,
                                p.left.ctypes.data, p.right.ctypes.data, p.result], np.int64))

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

from nkestimate.engine.instructions import CODES, Program

Array = NDArray[np.float64]
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_SQRT_2 = math.sqrt(2.0)

(ADD, SUB, MUL, FMA, DIV, POW, MIN, MAX, NEG, SQUARE, EXP, LOG, SQRT, SIGMOID, SOFTPLUS, HALF_NORMAL, LOG_NDTR, LOGADDEXP,
 TRUNCATED) = range(len(CODES))


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
    """Return w < c with Φ(w) = Φ(c) Φ(u): a standard normal below c, as a function of a standard normal u."""
    return inverse_log_ndtr(log_ndtr(c) + log_ndtr(u))


# Wichura's rational approximations to the normal quantile (algorithm AS 241, PPND16, doi:10.2307/2347330): powers from 0 on.
_CENTRE = ((3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
            4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
           (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
            2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3))
_NEAR = ((1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
          1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
         (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
          1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9))
_FAR = ((6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
         2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
        (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
         7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15))


@numba.njit(cache=True, error_model="numpy")
def _ratio(above: Any, below: Any, x: float) -> float:
    top, bottom = above[7], below[7]
    for i in range(6, -1, -1):
        top = top * x + above[i]
        bottom = bottom * x + below[i]
    return top / bottom


@numba.njit(cache=True, error_model="numpy")
def half_normal(u: float) -> float:
    """Return τ > 0 with 2 Φ(τ) − 1 = Φ(u): half-normal, as a function of a standard normal u."""
    if u < 1.03:
        q = 0.25 * math.erfc(-u / _SQRT_2)
        return q * _ratio(_CENTRE[0], _CENTRE[1], 0.180625 - q * q)
    r = math.sqrt(math.log(4.0) - math.log(math.erfc(u / _SQRT_2))) if u < 35 else math.sqrt(math.log(2.0) - log_ndtr(-u))
    return _ratio(_NEAR[0], _NEAR[1], r - 1.6) if r <= 5 else _ratio(_FAR[0], _FAR[1], r - 5)


@numba.njit(cache=True, error_model="numpy")
def inverse_log_ndtr(goal: float) -> float:
    """Return w with log Φ(w) = goal, for goal < 0; a step of Newton's method mends the rational approximation's last digits."""
    p = math.exp(goal)
    if abs(p - 0.5) <= 0.425:
        w = (p - 0.5) * _ratio(_CENTRE[0], _CENTRE[1], 0.180625 - (p - 0.5) ** 2)
    else:
        log_tail = goal if p < 0.5 else math.log(-math.expm1(goal))
        r = math.sqrt(-log_tail)
        if r <= 5:
            w = _ratio(_NEAR[0], _NEAR[1], r - 1.6)
        elif r <= 27:
            w = _ratio(_FAR[0], _FAR[1], r - 5)
        else:  # log Φ(−w) ≈ −w²/2 − log w − log √(2π)
            w = math.sqrt(-2 * (log_tail + _LOG_SQRT_2PI + math.log(_SQRT_2 * r)))
            for _ in range(3):
                w += (log_ndtr(-w) - log_tail) * math.exp(-log_mills(-w))
        w = -w if p < 0.5 else w
    return w


@numba.njit(cache=True, error_model="numpy", inline="always")
def operate(code: int, a: float, b: float, c: float) -> tuple[float, float, float]:
    """Return an operation's value and its derivatives by a and by b: the whole instruction set.

    ``fma`` alone reads c, and its derivative by that is 1.
    """
    if code == FMA:
        return a * b + c, b, a
    if code == ADD:
        return a + b, 1.0, 1.0
    if code == MUL:
        return a * b, b, a
    if code == SUB:
        return a - b, 1.0, -1.0
    if code == DIV:
        v, r = a / b, 1 / b
        return v, r, -v * r
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
    if code == HALF_NORMAL:  # 2 φ(τ) dτ = φ(a) da
        tau = half_normal(a)
        return tau, 0.5 * math.exp(0.5 * (tau - a) * (tau + a)), 0.0
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
def operate_one(code: int, a: float, b: float, c: float = 0.0) -> tuple[float, float, float]:
    """Run one instruction by itself."""
    return operate(code, a, b, c)


@numba.njit(cache=True, error_model="numpy")
def _gradient(constants: Array, inputs: int, active: Any, code: Any, left: Any, right: Any, third: Any, result: int, point: Array,
              gradient: Array) -> float:
    # unsigned: no index is taken for one from the end
    before, first, size = np.uint64(constants.size), np.uint64(constants.size + inputs), np.uint64(code.size)
    work = np.empty(2 * (first + size) + 2 * size)  # one piece: memory costs as much as a dozen instructions
    value, adjoint = work[: first + size], work[first + size : 2 * (first + size)]
    by_left, by_right = work[2 * (first + size) : 2 * (first + size) + size], work[2 * (first + size) + size :]
    value[:before] = constants
    for a in range(active.size):
        value[before + np.uint64(active[a])] = point[a]
    for i in range(size):
        v, da, db = operate(code[i], value[left[i]], value[right[i]], value[third[i]])
        value[first + i] = v
        by_left[i] = da
        by_right[i] = db
    adjoint[:] = 0.0
    adjoint[result] = 1.0
    for j in range(size):
        i = size - np.uint64(1) - j  # type: ignore[assignment]
        slope = adjoint[first + i]
        if slope != 0.0:
            adjoint[left[i]] += slope * by_left[i]
            adjoint[right[i]] += slope * by_right[i]
            if code[i] == FMA:
                adjoint[third[i]] += slope
    for a in range(active.size):
        gradient[a] = adjoint[before + np.uint64(active[a])]
    return value[result]


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _evaluate(constants: Array, inputs: int, active: Any, code: Any, left: Any, right: Any, third: Any, result: int, outputs: Any,
              points: Array, out: Array, log_density: Array) -> None:
    before, first = np.uint64(constants.size), np.uint64(constants.size + inputs)
    value = np.empty(first + np.uint64(code.size))
    value[:before] = constants
    for n in range(points.shape[0]):
        for a in range(active.size):
            value[before + np.uint64(active[a])] = points[n, a]
        for i in range(np.uint64(code.size)):
            value[first + i], _, _ = operate(code[i], value[left[i]], value[right[i]], value[third[i]])
        log_density[n] = value[result]
        for k in range(outputs.size):
            out[n, k] = value[outputs[k]]


def evaluate(program: Program, points: Array) -> tuple[Array, Array]:
    """Run a program at points of shape (…, input).

    Returns
    -------
    log_density : array, shape (…)
        Of the active inputs.
    outputs : array, shape (…, output)
    """
    return _run(program, points, np.arange(program.inputs), len(program.code), program.outputs)


def log_density(program: Program, points: Array) -> Array:
    """Return the log density at points of shape (…, active input)."""
    return _run(program, points, program.active, program.steps, program.outputs[:0])[0]


def _run(p: Program, points: Array, inputs: NDArray[np.int64], steps: int, outputs: NDArray[np.int64]) -> tuple[Array, Array]:
    shape = np.shape(points)[:-1]
    flat = np.ascontiguousarray(points, float).reshape(math.prod(shape), len(inputs))
    found, out = np.empty(len(flat)), np.empty((len(flat), len(outputs)))
    _evaluate(p.constants, p.inputs, inputs, p.code[:steps], p.left[:steps], p.right[:steps], p.third[:steps], p.result, outputs, flat, out,
              found)
    return found.reshape(shape), out.reshape(*shape, -1)


def gradient(program: Program, point: Array) -> tuple[float, Array]:
    """Return the log density at one point, shape (active input,), and its gradient, of the same shape."""
    out = np.empty(len(program.active))
    value = _gradient(*arguments(program), np.ascontiguousarray(point, float), out)
    return float(value), out


def arguments(p: Program) -> tuple[Any, ...]:
    """Return what `_gradient` takes before a point: the part of a program that the log density needs."""
    n = p.steps
    return p.constants, p.inputs, p.active, p.code[:n], p.left[:n], p.right[:n], p.third[:n], p.result


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
    block = numba.carray(block_, (11,))
    constants = numba.carray(_as_pointer(block[5]), (block[0],), dtype=np.float64)
    active = numba.carray(_as_pointer(block[6]), (block[2],), dtype=np.int64)
    code = numba.carray(_as_pointer(block[7]), (block[3],), dtype=np.uint32)
    left = numba.carray(_as_pointer(block[8]), (block[3],), dtype=np.uint32)
    right = numba.carray(_as_pointer(block[9]), (block[3],), dtype=np.uint32)
    third = numba.carray(_as_pointer(block[10]), (block[3],), dtype=np.uint32)
    point = numba.carray(point_, (block[2],))
    out = numba.carray(gradient_, (block[2],))
    value = _gradient(constants, block[1], active, code, left, right, third, block[4], point, out)
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
        arrays = (p.constants, p.active, p.code, p.left, p.right, p.third)
        return cls(p, np.array([p.constants.size, p.inputs, p.active.size, p.steps, p.result, *(a.ctypes.data for a in arrays)], np.int64))

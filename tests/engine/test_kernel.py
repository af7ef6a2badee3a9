"""Every operation of the kernel, value and derivatives, against SciPy and differences; programs with their gradients."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import optimize, special, stats

from nkestimate.engine.instructions import CODES, OPERATIONS
from nkestimate.engine.kernel import evaluate, gradient, inverse_log_ndtr, log_mills, log_ndtr, operate_one
from nkestimate.engine.program import Tracer

# By name: a function of two numbers that NumPy can take complex arguments to, where differences are to be exact.
ANALYTIC = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b, "pow": lambda a, b: a**b,
    "neg": lambda a, b: -a, "square": lambda a, b: a * a, "exp": lambda a, b: np.exp(a), "log": lambda a, b: np.log(a),
    "sqrt": lambda a, b: np.sqrt(a), "sigmoid": lambda a, b: 1 / (1 + np.exp(-a)),
}  # fmt: skip
UNARY = {"neg", "square", "exp", "log", "sqrt", "sigmoid", "softplus", "log_ndtr"}
POSITIVE = {"log", "sqrt", "pow"}
POINTS = [-30.0, -5.0, -0.7, 1e-3, 0.4, 3.0, 30.0]


def run(name, a, b):
    return operate_one(CODES[name], a, b)


def test_every_operation_is_tested_here():
    assert set(OPERATIONS) == set(ANALYTIC) | {"fma", "half_normal", "min", "max", "softplus", "log_ndtr", "logaddexp", "truncated"}


@pytest.mark.parametrize("name", sorted(ANALYTIC))
def test_values_and_complex_step_derivatives(name):
    for a, b in itertools.product(POINTS, POINTS):
        if name in POSITIVE and a < 0:
            continue
        value, by_a, by_b = run(name, a, b)
        f = ANALYTIC[name]
        assert value == pytest.approx(f(a, b), rel=1e-14), (a, b)
        assert by_a == pytest.approx((f(a + 1e-200j, b) / 1e-200).imag if name != "sigmoid" else special.expit(a) * special.expit(-a), rel=1e-12)
        expected = 0.0 if name in UNARY else (f(a + 0j, b + 1e-200j) / 1e-200).imag
        assert by_b == pytest.approx(expected, rel=1e-12, abs=1e-300), (a, b)


def test_fma_is_a_product_and_a_sum():
    for a, b, c in itertools.product(POINTS, POINTS, POINTS):
        assert operate_one(CODES["fma"], a, b, c) == (a * b + c, b, a)


@pytest.mark.parametrize("goal", -np.concatenate([np.logspace(-15, 6, 43), [0.075, 0.0780, 0.6931, 2.58, 2.6, 24.9, 25.1, 728.9, 729.1]]))
def test_inverse_log_ndtr_is_scipys(goal):
    assert inverse_log_ndtr(goal) == pytest.approx(special.ndtri_exp(goal), rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("u", [-37.0, -20.0, -8.0, -2.0, -0.3, 0.0, 0.5, 1.02, 1.03, 1.04, 2.0, 4.5, 6.0, 6.7, 7.0, 12.0, 34.9, 35.1, 37.0])
def test_half_normal_has_the_quantile_of_its_normal(u):
    tau, slope, _ = run("half_normal", u, u)
    assert tau == pytest.approx(stats.halfnorm.ppf(stats.norm.cdf(u)) if u < 0 else stats.halfnorm.isf(stats.norm.sf(u)), rel=1e-13)
    assert slope == pytest.approx(stats.norm.pdf(u) / stats.halfnorm.pdf(tau), rel=1e-10)


@pytest.mark.parametrize(("name", "function"), [("min", min), ("max", max)])
def test_min_and_max(name, function):
    for a, b in itertools.permutations(POINTS, 2):
        assert run(name, a, b) == (function(a, b), float(function(a, b) == a), float(function(a, b) == b))
    assert math.isnan(run(name, math.nan, 1.0)[0])  # what has no value is not hidden by what has one
    assert math.isnan(run(name, 1.0, math.nan)[0])


def test_softplus_and_logaddexp():
    for a in [-800.0, *POINTS, 800.0]:
        assert run("softplus", a, 0.0)[:2] == pytest.approx((np.logaddexp(0, a), special.expit(a)), rel=1e-14, abs=1e-300)
        for b in [-800.0, *POINTS]:
            value, by_a, by_b = run("logaddexp", a, b)
            assert value == pytest.approx(np.logaddexp(a, b), rel=1e-14)
            assert (by_a, by_b) == pytest.approx((special.expit(a - b), special.expit(b - a)), rel=1e-12, abs=1e-300)
    assert run("logaddexp", -math.inf, -math.inf)[0] == -math.inf
    assert run("logaddexp", -math.inf, 2.0) == (2.0, 0.0, 1.0)


@pytest.mark.parametrize("x", [-1e6, -1e4, -300.0, -37.0, -30.001, -30.0, -29.999, -8.0, -1.0, -1e-8, 0.0, 1e-8, 0.5, 5.0, 8.3, 30.0, 40.0])
def test_log_ndtr(x):
    assert log_ndtr(x) == pytest.approx(special.log_ndtr(x), rel=2e-14 if x < 9 else 1e-11, abs=1e-320)
    value, slope, _ = run("log_ndtr", x, x)
    assert value == log_ndtr(x)
    # φ/Φ by the scaled complementary error function, which neither overflows nor cancels
    mills = math.sqrt(2 / math.pi) / special.erfcx(-x / math.sqrt(2)) if x < 20 else stats.norm.pdf(x)
    assert slope == pytest.approx(mills, rel=1e-11, abs=1e-300)
    assert log_mills(x) == pytest.approx(math.log(mills) if mills else -0.5 * x * x - 0.5 * math.log(2 * math.pi), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize(("u", "c"), list(itertools.product([-35.0, -8.0, -1.0, 0.0, 1.5, 6.0], [-1e5, -1000.0, -31.0, -29.0, -3.0, 0.0, 2.0, 7.0, 30.0])))
def test_truncated_solves_its_equation_and_has_its_derivatives(u, c):
    w, by_u, by_c = run("truncated", u, c)
    assert w <= min(u, c) + 1e-12
    goal = special.log_ndtr(u) + special.log_ndtr(c)
    assert special.log_ndtr(w) == pytest.approx(goal, rel=1e-13, abs=1e-15)
    if max(abs(u), abs(c)) < 40:
        root = optimize.brentq(lambda x: special.log_ndtr(x) - goal, min(u, c) - 30, min(u, c) + 1e-9, xtol=1e-13)
        assert w == pytest.approx(root, abs=1e-9)

    def mills(x):
        return math.sqrt(2 / math.pi) / special.erfcx(-x / math.sqrt(2))

    assert by_u == pytest.approx(mills(u) / mills(w), rel=1e-8, abs=1e-300)
    assert by_c == pytest.approx(mills(c) / mills(w), rel=1e-8, abs=1e-300)


def test_truncated_makes_a_truncated_normal_of_a_normal():
    """w = truncated(u, c) of standard normal u is standard normal below c."""
    for c in (-4.0, 0.3, 3.0):
        u = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
        w = np.array([run("truncated", x, c)[0] for x in u])
        np.testing.assert_allclose(stats.norm.cdf(w) / stats.norm.cdf(c), stats.norm.cdf(u), rtol=1e-9)


def test_outside_their_domain_operations_are_nan_or_infinite_and_do_not_raise():
    assert math.isnan(run("log", -1.0, 0.0)[0])
    assert run("log", 0.0, 0.0)[0] == -math.inf
    assert math.isnan(run("sqrt", -1.0, 0.0)[0])
    assert math.isnan(run("pow", -8.0, 0.5)[0])
    assert run("exp", 800.0, 0.0)[0] == math.inf
    assert math.isinf(run("div", 1.0, 0.0)[0])
    assert run("pow", 0.0, 2.0) == (0.0, 0.0, 0.0)


# ---------------------------------------------------------------- programs


def rosenbrock(t):
    x, y, z = t.inputs
    value = -(t.square(1.0 - x) + 100.0 * t.square(y - x**2)) - t.exp(z * x) / (1.0 + t.square(z)) + t.log(t.square(y) + 2.0) * 3.0
    return t.program(value, [x * y, t.scalar(7.0), z])


def by_hand(p):
    x, y, z = p
    return -((1 - x) ** 2 + 100 * (y - x**2) ** 2) - np.exp(z * x) / (1 + z**2) + 3 * np.log(y**2 + 2)


def test_program_and_gradient():
    program = rosenbrock(Tracer(3))
    rng = np.random.default_rng(1)
    for p in rng.standard_normal((20, 3)):
        value, slope = gradient(program, p)
        assert value == pytest.approx(by_hand(p), rel=1e-12)
        exact = [(by_hand(p + 1e-200j * np.eye(3)[i]) / 1e-200).imag for i in range(3)]
        np.testing.assert_allclose(slope, exact, rtol=1e-10)


def test_evaluate_broadcasts_and_gives_outputs():
    program = rosenbrock(Tracer(3))
    points = np.random.default_rng(2).standard_normal((2, 5, 3))
    values, out = evaluate(program, points)
    np.testing.assert_allclose(values, np.apply_along_axis(by_hand, -1, points), rtol=1e-12)
    np.testing.assert_allclose(out, np.stack([points[..., 0] * points[..., 1], np.full((2, 5), 7.0), points[..., 2]], axis=-1))


def test_a_shared_register_gathers_all_its_derivatives():
    t = Tracer(1)
    (x,) = t.inputs
    program = t.program(x * x + x / x + (x - x) + t.operate("logaddexp", x, x), [x])
    value, slope = gradient(program, np.array([1.7]))
    assert value == pytest.approx(1.7**2 + 1 + 1.7 + math.log(2))
    assert slope[0] == pytest.approx(2 * 1.7 + 1)

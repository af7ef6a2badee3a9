"""Recording: constants fold, nothing is computed twice, and only what is asked for is kept."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nkestimate.engine.instructions import CODES
from nkestimate.engine.kernel import evaluate
from nkestimate.engine.program import Tracer


def names(program):
    by_code = {code: name for name, code in CODES.items()}
    return [by_code[c] for c in program.code]


def test_constants_fold():
    t = Tracer(1)
    value = t.log(t.exp(2.0)) * t.operate("max", 3.0, 4.0) + t.inputs[0]
    program = t.program(value, [])
    assert names(program) == ["add"]
    assert program.constants.tolist() == [8.0]


@pytest.mark.parametrize("make", [lambda x: x + 0.0, lambda x: 0.0 + x, lambda x: x * 1.0, lambda x: 1.0 * x, lambda x: x / 1.0, lambda x: x - 0.0, lambda x: x**1.0])
def test_neutral_operations_are_not_recorded(make):
    t = Tracer(1)
    assert names(t.program(make(t.inputs[0]), [])) == []


def test_a_difference_from_zero_and_a_quotient_of_one_are_recorded():
    t = Tracer(1)
    (x,) = t.inputs
    value, out = evaluate(t.program(0.0 - x, [1.0 / x, 0.0 * x, x**2]), np.array([[4.0]]))
    assert value.tolist() == [-4.0]
    assert out.tolist() == [[0.25, 0.0, 16.0]]


def test_the_same_operation_is_recorded_once_in_either_order():
    t = Tracer(2)
    x, y = t.inputs
    program = t.program((x + y) * (y + x) + (x - y) * (y - x), [])
    assert sorted(names(program)) == ["add", "fma", "mul", "sub", "sub"]


def test_what_nobody_asks_for_is_left_out():
    t = Tracer(2)
    x, y = t.inputs
    t.exp(y)
    program = t.program(x + 1.0, [y])
    assert names(program) == ["add"]
    assert program.inputs == 2
    assert evaluate(program, np.array([[2.0, 5.0]]))[1].tolist() == [[5.0]]


def test_total_of_nothing_is_zero():
    t = Tracer(1)
    assert t.known(t.total([])) == 0.0
    assert t.known(t.inputs[0]) is None


def test_infinite_constants_fold_as_arithmetic_has_it():
    t = Tracer(1)
    assert t.known(t.operate("min", math.inf, 2.0)) == 2.0
    assert t.known(t.operate("add", math.inf, 2.0)) == math.inf


def test_a_product_that_one_sum_reads_is_taken_into_it():
    t = Tracer(3)
    x, y, z = t.inputs
    product = x * y
    assert names(t.program(product + z, [])) == ["fma"]
    assert names(t.program(t.square(x) + z, [])) == ["fma"]
    assert sorted(names(t.program(product + z, [product]))) == ["add", "mul"]  # asked for by itself too
    assert sorted(names(t.program(t.exp(product + z) + product, []))) == ["add", "add", "exp", "mul"]
    for program in (t.program(product + z, []), t.program(product + z, [product])):
        assert evaluate(program, np.array([[2.0, 5.0, 3.0]]))[0].tolist() == [13.0]


def test_constants_in_a_total_are_added_up_first():
    t = Tracer(2)
    x, y = t.inputs
    program = t.program(t.total([x + 1.0, 2.0, 3.0 + y, t.exp(x) - 4.0, 5.0]), [])
    assert program.constants.tolist() == [7.0]
    assert sorted(names(program)) == ["add", "add", "add", "exp"]
    assert evaluate(program, np.array([[0.0, 10.0]]))[0].tolist() == [18.0]


def test_what_outputs_alone_need_comes_last():
    t = Tracer(2)
    x, y = t.inputs
    program = t.program(t.exp(x), [t.log(y), t.sqrt(t.exp(x))])
    assert program.steps == 1
    assert names(program)[0] == "exp"
    assert evaluate(program, np.array([[0.0, 1.0]]))[1].tolist() == [[0.0, 1.0]]

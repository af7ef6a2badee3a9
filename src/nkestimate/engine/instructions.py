"""The instruction set of straight-line programs, and a recorded program as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The instruction set. Values and derivatives stand side by side in `nkestimate.engine.kernel.operate`.
OPERATIONS = ("add", "sub", "mul", "fma", "div", "pow", "min", "max", "neg", "square", "exp", "log", "sqrt", "sigmoid",
              "softplus", "half_normal", "log_ndtr", "logaddexp", "truncated")
CODES = {name: code for code, name in enumerate(OPERATIONS)}
UNARY = {"neg", "square", "exp", "log", "sqrt", "sigmoid", "softplus", "half_normal", "log_ndtr"}
COMMUTATIVE = {"add", "mul", "min", "max", "logaddexp"}


@dataclass(frozen=True)
class Program:
    """A recorded program.

    Registers are numbered constants first, then inputs, then one an instruction.

    Attributes
    ----------
    constants : array, shape (constant,)
    inputs : int
        Number of inputs.
    active : array, shape (active,)
        The inputs that the log density depends on.
    code, left, right, third : array, shape (instruction,)
        Operation and the registers it reads (``right`` equals ``left`` where only one is read; ``third`` is read by
        ``fma``, left · right + third, alone).
    steps : int
        How many instructions the log density needs; those after them only make outputs.
    result : int
        Register of the log density.
    outputs : array, shape (output,)
        Registers of the coordinates v.
    """

    constants: NDArray[np.float64]
    inputs: int
    active: NDArray[np.int64]
    code: NDArray[np.uint32]
    left: NDArray[np.uint32]
    right: NDArray[np.uint32]
    third: NDArray[np.uint32]
    steps: int
    result: int
    outputs: NDArray[np.int64]

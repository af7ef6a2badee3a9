"""What a case means: its density as data, and the NumPy evaluator every engine is held to."""

from nkestimate.density.compile import compile_case
from nkestimate.density.description import Density
from nkestimate.density.weighing import weighed

__all__ = ["Density", "compile_case", "weighed"]

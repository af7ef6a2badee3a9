"""How solid an answer is: refitted over other choices, explained, set against itself, compared. Names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nkestimate.solidity.comparing import Comparison, compare
    from nkestimate.solidity.conflict import Conflicts, conflicts
    from nkestimate.solidity.explaining import Explanation, explain
    from nkestimate.solidity.grid import robustness
    from nkestimate.solidity.record import Robustness

_HOMES = {"Comparison": "comparing", "Conflicts": "conflict", "Explanation": "explaining", "Robustness": "record", "compare": "comparing",
          "conflicts": "conflict", "explain": "explaining", "robustness": "grid"}
__all__ = ["Comparison", "Conflicts", "Explanation", "Robustness", "compare", "conflicts", "explain", "robustness"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nkestimate.solidity' has no attribute '{name}'")
    return getattr(import_module(f"nkestimate.solidity.{_HOMES[name]}"), name)

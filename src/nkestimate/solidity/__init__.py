"""How solid an answer is: a case refitted over the choices that nobody can settle. Names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nkestimate.solidity.grid import robustness
    from nkestimate.solidity.record import Robustness

_HOMES = {"Robustness": "record", "robustness": "grid"}
__all__ = ["Robustness", "robustness"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nkestimate.solidity' has no attribute '{name}'")
    return getattr(import_module(f"nkestimate.solidity.{_HOMES[name]}"), name)

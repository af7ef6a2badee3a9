"""How solid an answer is: what drives it, what conflicts, what changed. Names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nkestimate.solidity.explaining import Explanation, explain

_HOMES = {"Explanation": "explaining", "explain": "explaining"}
__all__ = ["Explanation", "explain"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nkestimate.solidity' has no attribute '{name}'")
    return getattr(import_module(f"nkestimate.solidity.{_HOMES[name]}"), name)

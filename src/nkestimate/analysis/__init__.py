"""What follows from a case: fits, their summaries, probability words. Names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nkestimate.analysis.fitting import Fit, fit, over_time, summarize

_HOMES = {"Fit": "fitting", "fit": "fitting", "over_time": "fitting", "summarize": "fitting"}
__all__ = ["Fit", "fit", "over_time", "summarize"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nkestimate.analysis' has no attribute '{name}'")
    return getattr(import_module(f"nkestimate.analysis.{_HOMES[name]}"), name)

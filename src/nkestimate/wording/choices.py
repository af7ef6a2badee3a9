"""Choices of a grid in words: factors, their levels."""

from __future__ import annotations

from typing import Any

from nkestimate.wording.numbers import TERMINAL, Typography, plain, stated_percent

_NAMES = {"coverage": "coverage", "pooling": "pooling", "common_error": "common error", "dark_uncertainty": "dark uncertainty"}
_TIMES = {0.5: "halved", 1.0: "as it is", 2.0: "doubled"}


def choice_name(factor: str) -> str:
    """Name a factor."""
    return _NAMES.get(factor, factor.replace("_", " "))


def level_words(factor: str, level: Any, set_in: Typography = TERMINAL) -> str:
    """Write a level of a factor; what a case spells itself stays as it is."""
    if factor == "coverage":
        return stated_percent(level, set_in)
    if factor == "dark_uncertainty":
        return _TIMES.get(level, f"times {plain(level, set_in)}")
    if isinstance(level, float):
        return plain(level, set_in)
    return "nothing" if level is None else str(level)


def choice_words(factor: str, level: Any) -> str:
    """Write a choice: ``coverage 50 %``."""
    return f"{choice_name(factor)} {level_words(factor, level)}"

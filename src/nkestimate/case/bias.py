"""Classes of bias: how far sources of a kind were found to overstate, with where that is printed.

A class acts only where a source names it (``overstates_by: class:enemy-losses``). The figures are those that were found printed;
docs/bias-classes.md says what could not be verified, and was left out.
"""

from __future__ import annotations

import math
from statistics import mean, stdev
from typing import Any

from nkestimate.case.model import BiasClass
from nkestimate.families import z_of

PREFIX = "class:"


def range_of(figures: tuple[float, ...]) -> tuple[float, float]:
    """Return the 90 % range of a factor of which a few are printed, to two figures: normal on log scale, with their mean and spread.

    The standard deviation is that of the figures, times √(1 + 1/n) since the next one errs about a mean that is known no better.

    Examples
    --------
    >>> range_of((2.0, 4.3))
    (0.99, 8.7)
    """
    logs = [math.log(figure) for figure in figures]
    half = z_of(0.9) * stdev(logs) * math.sqrt(1 + 1 / len(logs))
    low, high = (float(f"{math.exp(mean(logs) + side * half):.1e}") for side in (-1, 1))
    return low, high


_STUDY = "Radford, Dai, Stoehr, Schein, Fernandez & Sajid 2023, PNAS, doi:10.1073/pnas.2307372120"
_PRESS = "https://www.swissinfo.ch/eng/politics/russia-and-ukraine-overestimate-other-side-s-deaths--says-study/48737574"
_RULE = "normal on log scale with mean and spread of the two figures, widened for their number"


def _shipped(key: str, figures: tuple[float, ...], from_: str, check: str, population: str, derived: str) -> BiasClass:
    return BiasClass(key, range_of(figures), from_, population, check, f"{derived}; {_RULE}")


SHIPPED = {one.id: one for one in (
    _shipped("enemy-losses", (4.3, 2.0), _STUDY, _PRESS,
             "what Russian and Ukrainian sources reported of soldiers killed on the other side in the first year of the war from "
             "February 2022, by what the study's model estimates",
             "4.3 (Russian sources) and almost twice (Ukrainian), as the press printed the study's results"),
    _shipped("own-losses", (0.3, 1.0), _STUDY, _PRESS,
             "what Russian and Ukrainian sources reported of their own soldiers killed in the first year of the war from February 2022, "
             "by what the study's model estimates",
             "0.3 (Russian sources) and no systematic bias found (Ukrainian), as the press printed the study's results"),
    _shipped("heavy-weapon-pledges", (2.0, 1 / 0.69), "Kiel Institute, Ukraine Support Tracker, releases of July and September 2023",
             "https://www.cash.ch/news/top-news/studie-ukraine-hilfen-trotz-militaroffensive-auf-niedrigem-niveau-617489",
             "heavy weapons that all donors together had promised to Ukraine, by those that had arrived so far",
             "little more than half of what was promised had arrived by the end of May 2023, and 69 % by the end of July"),
)}
"""Those of the package, by id."""


def plain(one: BiasClass) -> dict[str, Any]:
    """Return a class as an entry of ``bias_classes:``, so that a result carries the range that it was made with."""
    low, high = one.overstates_by
    said = {"overstates_by": [repr(low), repr(high)], "from": one.from_, "population": one.population, "check": one.check,
            "derived": one.derived}
    return {key: value for key, value in said.items() if value is not None}

"""What of a case can be moved on the page: each control with its stops, and the changes by path that a position means.

A control has a list of stops, each a value of the case and the words for it; the page knows positions only. So nothing that is no
value of the case can come from it, and every number beside a slider is written here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from unicodedata import bidirectional

from nkestimate.case.distributions import Prior
from nkestimate.case.model import Case, Claim, Derived, Quantity
from nkestimate.case.schema import POOLINGS
from nkestimate.density import weighed
from nkestimate.errors import CaseError, Fault
from nkestimate.exploring.drawn import LEVELS, Axis, axis_of, neat, statement
from nkestimate.wording.choices import choice_name, level_words
from nkestimate.wording.names import date_name, dates_named, humanise, target_label
from nkestimate.wording.numbers import PRINT, plain, short_day, shown_by, stated_percent, weight
from nkestimate.wording.prose import capital, sentence
from nkestimate.wording.statements import distribution_words, said, weight_words

BELIEF, READING, CLAIMS, PRIORS, DATES = "Whom to believe", "How it is read", "Claims", "What is assumed", "When"
SECTIONS = (BELIEF, READING, PRIORS, DATES, CLAIMS)
QUANTILE = "quantile"
_WEIGHTS = tuple(round(0.05 * k, 2) for k in range(21))
_COVERAGES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
_COMMON = tuple(round(0.1 * k, 1) for k in range(16))
_FACTORS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
_DAYS = (*range(1, 46), *range(52, 372, 7))
_A_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Stop:
    """A position of a control: the value of the case it stands for, and the words for it."""

    value: Any
    words: str


@dataclass(frozen=True)
class Control:
    """Something that can be moved.

    Attributes
    ----------
    id : str
    section : str
        One of `SECTIONS`.
    kind : str
        ``range`` (a slider), ``choice`` (a list), ``switch`` (two stops: on, off) or ``quantile`` (one of three of a prior that is drawn).
    label, note : str
        The note says what it is about.
    path : str
        What it sets, as in a scenario. Controls of one path make one value together.
    stops : tuple of Stop
        Of a slider in ascending order.
    home : int
        The stop at which the case has it.
    family : str
        Of a prior with a name: that; the controls of its path are its parameters, and else they are the items of a list.
    subject : str
        The quantity whose prior it sets.
    axis : Axis or None
        Of a ``quantile``: whose stops it has.
    """

    id: str
    section: str
    kind: str
    label: str
    path: str
    stops: tuple[Stop, ...]
    home: int
    note: str = ""
    family: str = field(default="", repr=False)
    subject: str = ""
    axis: Axis | None = field(default=None, repr=False)


def controls_of(case: Case) -> dict[str, Control]:
    """Return what can be moved of a case, by id, in the order in which it is shown; what has one stop is not shown."""
    found = (*_weights(case), *_settings(case), *_priors(case), *_drawn(case), *_dates(case), *_claims(case))
    return {control.id: control for control in found}


def changes_of(controls: Mapping[str, Control], moved: Mapping[str, int]) -> dict[str, Any]:
    """Return the changes by path that positions mean; what stands where the case has it changes nothing.

    Parameters
    ----------
    controls : mapping of str to Control
    moved : mapping of str to int
        Stops by control. Of a prior that is drawn nothing else that moves it counts.

    Raises
    ------
    CaseError
        If quantiles that are drawn are out of order.
    """
    away = [controls[key] for key, at in moved.items() if at != controls[key].home]
    drawn = {control.subject for control in away if control.axis}
    changes: dict[str, Any] = {}
    for path, axis in dict.fromkeys((control.path, control.axis) for control in away if control.axis or control.subject not in drawn):
        mine = [control for control in controls.values() if control.path == path and control.axis is axis]
        stops = [control.stops[moved.get(control.id, control.home)] for control in mine]
        values = [stop.value for stop in stops]
        if axis is not None:
            _check_ascending(mine, stops)
            changes[path] = statement(axis.quantity, values)
        elif mine[0].family:
            changes[path] = f"{mine[0].family}({', '.join(map(str, values))})"
        else:
            changes[path] = values if len(mine) > 1 else values[0]
    return changes


def _check_ascending(controls: list[Control], stops: list[Stop]) -> None:
    """Raise `CaseError` where quantiles that are drawn are out of order."""
    faults = [Fault("(set)", 1, after.path, f"the {after.label} is {high.words}, the {before.label} {low.words}",
                    "quantiles in ascending order", "move one of them")
              for (before, after), (low, high) in zip(pairwise(controls), pairwise(stops), strict=True) if not low.value < high.value]
    if faults:
        raise CaseError(faults)


# ------------------------------------------------------------ stops


def _numbers(values: Iterable[float], at: float, words: Callable[[float], str]) -> tuple[tuple[Stop, ...], int]:
    """Return stops of numbers, the case's own among them, and where that is."""
    ascending = sorted({*values, at})
    return tuple(Stop(neat(value), words(value)) for value in ascending), ascending.index(at)


def _around(value: float, support: str, wide: float, inside: tuple[float, float]) -> list[float]:
    """Return values around one, two or three figures each: twenty steps either way, up to ten times it, or its odds."""
    steps = range(-20, 21)
    if support == "fraction":
        scale = inside[1]
        odds = [math.log(value / (scale - value)) + 0.15 * k for k in steps]
        found = [_figures(scale / (1 + math.exp(-x)), 2) for x in odds]
    elif support == "positive":
        found = [_figures(value * 10 ** (k / 20), 2) for k in steps]
    else:
        found = [_figures(value + wide * k / 10, 3) for k in steps]
    return [x for x in found if inside[0] < x < inside[1]]


def _figures(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


# ------------------------------------------------------------ whom to believe, how it is read


def _weights(case: Case) -> Iterator[Control]:
    case = weighed(case)
    followed = {claim.source for claim in case.claims.values() if not claim.superseded_by and _own_weight(case, claim) is None}
    for source in case.sources.values():
        if source.id in followed:
            stops, home = _numbers(_WEIGHTS, source.weight, _weight)
            yield Control(f"weight:{source.id}", BELIEF, "range", source.name, f"weights.{source.id}", stops, home,
                          sentence(source.note or ""))


def _weight(value: float) -> str:
    return "not heard" if value == 0 else weight(value, PRINT) + (", at its word" if value == 1 else "")


def _own_weight(case: Case, claim: Claim) -> Any:
    entry = case.resolved["claims"][claim.id]
    return next((entry[key] for key in ("weight", "reliability") if entry.get(key) is not None), None)


def _settings(case: Case) -> Iterator[Control]:
    settings = case.settings
    for key, levels, at in (("coverage", _COVERAGES, settings.coverage), ("common_error", _COMMON, settings.common_error),
                            ("dark_uncertainty_factor", _FACTORS, settings.dark_uncertainty_factor)):
        factor = key.removesuffix("_factor")
        stops, home = _numbers(levels, at, lambda level, factor=factor: level_words(factor, level, PRINT))  # type: ignore[misc]
        yield Control(f"settings:{key}", READING, "range", capital(choice_name(factor)), f"settings.{key}", stops, home, _MEANING[factor])
    stops = tuple(Stop(name, name) for name in POOLINGS)
    yield Control("settings:pooling", READING, "choice", "Pooling", "settings.pooling", stops, POOLINGS.index(settings.pooling),
                  _MEANING["pooling"])


_MEANING = {"coverage": "How much a stated range is read to hold.",
            "common_error": "Size of the error that all sources on a subject share.",
            "dark_uncertainty": "How far sources disagree beyond what they say.",
            "pooling": "How direct statements on one subject are joined."}


# ------------------------------------------------------------ claims


def _claims(case: Case) -> Iterator[Control]:
    for claim in case.claims.values():
        if claim.superseded_by:
            continue
        own = _own_weight(case, claim)
        label = f"{_isolated(case.sources[claim.source].name)}: {said(claim, PRINT)}"
        note = "; ".join(dict.fromkeys(target_label(reading.target, case, PRINT) for reading in claim.readings))
        if own is not None and claim.weight > 0:
            stops, home = _numbers(_WEIGHTS, claim.weight, _weight)
            stops = (*stops[:home], Stop(own, stops[home].words), *stops[home + 1:])
            yield Control(f"claim:{claim.id}", CLAIMS, "range", label, f"claims.{claim.id}.weight", stops, home, note)
        elif own is not None or claim.weight > 0:
            # Without a weight of its own a claim has its source's.
            on, off = Stop(None, "heard" if own is not None else weight_words(claim, PRINT)), Stop(0, "not heard")
            yield Control(f"claim:{claim.id}", CLAIMS, "switch", label, f"claims.{claim.id}.weight", (on, off), int(claim.weight == 0),
                          note)


def _isolated(name: str) -> str:
    """Return a name so that, if it is written from right to left, it does not turn the figures behind it."""
    return f"\u2068{name}\u2069" if any(bidirectional(letter) in ("R", "AL") for letter in name) else name


# ------------------------------------------------------------ priors


def _priors(case: Case) -> Iterator[Control]:
    for quantity in case.quantities.values():
        if quantity.prior is None or quantity.since or quantity.part:
            continue
        if quantity.prior.name == "Between":
            yield from _range(quantity, quantity.prior)
        elif quantity.prior.family.positive:
            yield from _parameters(quantity, quantity.prior)


def _range(quantity: Quantity, prior: Prior) -> Iterator[Control]:
    low, high = prior["lower"], prior["upper"]
    shown = shown_by(quantity, (low, (low + high) / 2, high), PRINT)
    inside = _inside(quantity)
    mass = stated_percent(prior["coverage"], PRINT)
    for name, value in (("from", low), ("to", high)):
        stops, home = _numbers(_around(value, quantity.support, high - low, inside), value, lambda x: shown.unit_behind(shown.stated(x)))
        yield Control(f"prior:{quantity.id}:{name}", PRIORS, "range", f"{quantity.label}: {mass} {name}",
                      f"quantities.{quantity.id}.prior.between", stops, home, sentence(quantity.rationale or ""), subject=quantity.id)


def _inside(quantity: Quantity | Derived) -> tuple[float, float]:
    """Return the open interval of values that a total can have, in its unit."""
    whole = quantity.unit.from_root(1.0)
    return {"positive": (0.0, math.inf), "fraction": (0.0, whole)}.get(quantity.support, (-math.inf, math.inf))


def _parameters(quantity: Quantity, prior: Prior) -> Iterator[Control]:
    """Yield the parameters of a distribution; all are needed to spell it, and those that are not above 0 by nature keep one stop."""
    spelled = distribution_words(prior, PRINT)
    for name, value in prior.parameters:
        moves = name in prior.family.positive and math.isfinite(value)
        stops, home = _numbers(_around(value, "positive", 0, (0, math.inf)) if moves else (), value, lambda x: plain(x, PRINT))
        yield Control(f"prior:{quantity.id}:{name}", PRIORS, "range", f"{quantity.label}: {name} of {spelled}",
                      f"quantities.{quantity.id}.prior", stops, home, sentence(quantity.rationale or ""), prior.name, quantity.id)


def _drawn(case: Case) -> Iterator[Control]:
    """Yield the three quantiles of each prior that there is, or may be."""
    for quantity in case.quantities.values():
        axis = None if quantity.since or quantity.part else axis_of(quantity, case)
        if axis is None:
            continue
        stops = tuple(Stop(neat(value), words) for value, words in zip(axis.values, axis.words, strict=True))
        note = sentence(quantity.rationale or "") if quantity.prior is not None else _NO_PRIOR
        for level, home in zip(LEVELS, axis.homes, strict=True):
            words = stated_percent(level, PRINT)
            yield Control(f"drawn:{quantity.id}:{round(100 * level)}", PRIORS, QUANTILE, f"{words} quantile",
                          f"quantities.{quantity.id}.prior", stops, home, note, subject=quantity.id, axis=axis)


_NO_PRIOR = ("The file has no prior of it. The handles begin where its claims are, which count already: draw what you would say "
             "without them.")


# ------------------------------------------------------------ dates


def _dates(case: Case) -> Iterator[Control]:
    for name, entry in (case.resolved.get("dates") or {}).items():
        if name in case.dates:
            stops, home = _days(case.dates[name])
            label = next(words for words, when in dates_named(case) if words.casefold() == humanise(name).casefold())
            yield Control(f"date:{name}", DATES, "range", label, f"dates.{name}", stops, home)
        elif isinstance(entry, Mapping) and all(_A_DAY.fullmatch(str(end)) for end in entry["between"]):
            for end, at in zip(("earliest", "latest"), entry["between"], strict=True):
                stops, home = _days(date.fromisoformat(at))
                yield Control(f"date:{name}:{end}", DATES, "range", f"{date_name(case, name, PRINT)}: {end}", f"dates.{name}.between",
                              stops, home, sentence(str(entry.get("rationale") or "")))
    stops, home = _days(case.horizon)
    yield Control("horizon", DATES, "range", "The day as of which totals are stated", "horizon", stops, home)


def _days(at: date) -> tuple[tuple[Stop, ...], int]:
    """Return days around one, then weeks up to a year."""
    offsets = [*(-k for k in reversed(_DAYS)), 0, *_DAYS]
    days = [at + timedelta(days=k) for k in offsets]
    return tuple(Stop(day.isoformat(), short_day(day, PRINT)) for day in days), offsets.index(0)


__all__ = ["QUANTILE", "SECTIONS", "Control", "Stop", "changes_of", "controls_of"]

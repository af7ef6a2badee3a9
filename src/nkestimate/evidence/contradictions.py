"""Claims taken at their word that can't all be true."""

from __future__ import annotations

import math
from itertools import combinations

from nkestimate.case.model import Case, Claim, Notice
from nkestimate.density.statements import spread_of

_APART = 3.0  # standard errors between two statements taken at their word


def contradictions(case: Case) -> list[Notice]:
    """Return where claims on one total that are taken at their word (weight 1), bounds among them, exclude each other."""
    heard: dict[str, list[Claim]] = {}
    for claim in case.active_claims:
        if claim.weight == 1 and not claim.has_readings:
            heard.setdefault(claim.readings[0].target.key, []).append(claim)
    told = []
    for key, claims in heard.items():
        apart = [pair for pair in combinations(claims, 2) if _exclude(*pair) or _exclude(*reversed(pair))]
        if apart:
            told.append(Notice("contradiction", (key, *(claim.id for pair in apart for claim in pair))))
    return told


def _exclude(lower: Claim, upper: Claim) -> bool:
    """Return whether the most that one claim allows lies below the least that the other does."""
    (low, target), (high, _) = ((claim.readings[0].statement, claim.readings[0].target) for claim in (lower, upper))
    if low.kind == "at_least" or high.kind == "at_most":
        return False
    a, b = spread_of(low, target), spread_of(high, target)
    return b.m - a.m > _APART * math.hypot(a.s, b.s)

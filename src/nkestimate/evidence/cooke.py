"""Cooke's scores of sources with a track record, and the linear pools that they would make: beside what the model learns.

The classical model scores a source by how often what came true fell between its quantiles (calibration) and by how narrow
these are (information), and weighs a linear pool with the product (Cooke 1991, Experts in Uncertainty; Colson & Cooke 2017,
doi:10.1016/j.ress.2017.02.003).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

from scipy import special

from nkestimate.case.model import Case, Target, TrackEntry
from nkestimate.density import weighed
from nkestimate.density.record import SourceRecord, records_of
from nkestimate.density.statements import Spread, natural_value, spread_of, working_value

EXPECTED = (0.05, 0.45, 0.45, 0.05)
"""How much of what came true should fall below the 5 %, between it and the median, and so on."""
OVERSHOOT = 0.1
LEVELS = (0.05, 0.5, 0.95)
_HALVINGS = 100


@dataclass(frozen=True)
class CookeScore:
    """The scores of one source.

    Attributes
    ----------
    items : int
        Two-sided entries that were scored.
    calibration, information : float
        C in [0, 1], and I at least 0 (nats, over the intrinsic range).
    weight : float
        C · I as a share of all sources' sum; 0 for all where every product is 0.
    """

    source: str
    items: int
    calibration: float
    information: float
    weight: float


def calibration(counts: Sequence[int]) -> float:
    """Return the probability of a fit at least as bad as this, were the source's quantiles true.

    Parameters
    ----------
    counts : sequence of int
        How many values came true below the 5 % quantile, from there to the median, from there to the 95 % quantile, above.

    Examples
    --------
    >>> round(calibration([1, 9, 9, 1]), 3), round(calibration([1, 5, 3, 1]), 3)
    (1.0, 0.707)
    """
    n = sum(counts)
    divergence = sum(k / n * math.log(k / n / p) for k, p in zip(counts, EXPECTED, strict=True) if k)
    return float(special.chdtrc(len(counts) - 1, 2 * n * max(divergence, 0.0)))


def information(quantiles: Sequence[float], low: float, high: float) -> float:
    """Return how much narrower quantiles at 5, 50 and 95 % are than a uniform density from ``low`` to ``high``, in nats.

    Examples
    --------
    >>> round(information([0.05, 0.5, 0.95], 0, 1), 12)
    0.0
    """
    ends = (low, *quantiles, high)
    return math.log(high - low) + sum(p * math.log(p / (b - a)) for p, a, b in zip(EXPECTED, ends, ends[1:], strict=False))


def cooke_scores(case: Case) -> dict[str, CookeScore]:
    """Return the scores of each source with a two-sided entry in the track record.

    Things on log and logit scales are scored there. The intrinsic range of a thing holds all that was said of it and what
    came true, and a tenth more on each side.
    """
    things: dict[str, list[tuple[TrackEntry, tuple[float, ...], float]]] = defaultdict(list)
    for entry in case.track_record.values():
        if not entry.statement.is_bound:
            truth = sum(working_value(end, entry.target) for end in entry.truth) / 2
            things[entry.target.key].append((entry, quantiles_of(spread_of(entry.statement, entry.target)), truth))
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    informed: dict[str, list[float]] = defaultdict(list)
    for said in things.values():
        values = [value for _, quantiles, truth in said for value in (*quantiles, truth)]
        more = OVERSHOOT * (max(values) - min(values))
        for entry, quantiles, truth in said:
            counts[entry.source][sum(truth > q for q in quantiles)] += 1
            informed[entry.source].append(information(quantiles, min(values) - more, max(values) + more))
    found = {key: (sum(k), calibration(k), sum(informed[key]) / len(informed[key])) for key, k in counts.items()}
    total = sum(c * i for _, c, i in found.values())
    return {key: CookeScore(key, *found[key], found[key][1] * found[key][2] / total if total else 0.0) for key in sorted(found)}


def quantiles_of(spread: Spread) -> tuple[float, ...]:
    """Return the 5, 50 and 95 % quantiles of what was said, on the working scale."""
    z = NormalDist().inv_cdf(LEVELS[-1])
    return spread.m - z * spread.left, spread.m, spread.m + z * spread.right


def pools(case: Case, scores: Mapping[str, CookeScore]) -> dict[str, dict[str, tuple[float, float, float]]]:
    """Return, for each quantity with direct claims, what linear pools of these would say: 5 %, 50 % and 95 % quantiles in its unit.

    ``equal`` weighs every source alike, ``learned`` by the weights of the case once its sources have learned, ``cooke`` by C · I;
    a pool whose weights are all 0 is left out. Claims of one source share its weight; biases do not act.
    """
    learned = weighed(case)
    found: dict[str, dict[str, tuple[float, float, float]]] = {}
    for key in case.quantities:
        claims = [claim for claim in learned.active_claims if claim.is_direct and claim.readings[0].target.key == key]
        if not claims:
            continue
        spreads = [spread_of(claim.readings[0].statement, claim.readings[0].target) for claim in claims]
        number = [sum(other.source == claim.source for other in claims) for claim in claims]
        weights = {
            "equal": [1 / n for n in number],
            "learned": [claim.weight / n for claim, n in zip(claims, number, strict=True)],
            "cooke": [scores[claim.source].weight / n if claim.source in scores else 0.0 for claim, n in zip(claims, number, strict=True)],
        }
        target = claims[0].readings[0].target
        found[key] = {name: _in_unit(mixture_quantiles(spreads, omega), target) for name, omega in weights.items() if sum(omega) > 0}
    return found


def mixture_quantiles(spreads: Sequence[Spread], weights: Sequence[float]) -> tuple[float, float, float]:
    """Return the 5, 50 and 95 % quantiles of a linear pool, half of each component's mass on each side of its m."""
    heard = [(spread, w / sum(weights)) for spread, w in zip(spreads, weights, strict=True) if w > 0]
    found = []
    for level in LEVELS:
        a, b = min(s.m - 9 * s.left for s, _ in heard), max(s.m + 9 * s.right for s, _ in heard)
        for _ in range(_HALVINGS):
            middle = (a + b) / 2
            below = sum(w * float(special.ndtr((middle - s.m) / (s.left if middle < s.m else s.right))) for s, w in heard)
            a, b = (middle, b) if below < level else (a, middle)
        found.append((a + b) / 2)
    return found[0], found[1], found[2]


@dataclass(frozen=True)
class SourcesTable:
    """What is known of a case's sources from what they said before.

    Attributes
    ----------
    records : mapping
        What the model learns of each source, by id.
    scores : mapping
        Cooke's scores of those with a two-sided entry.
    says : mapping
        By total and way of weighing (``equal``, ``cooke``, ``learned``: linear pools; ``without``, ``with``: fits without and with
        the record): 5 %, 50 % and 95 % quantiles.
    """

    case: Case
    records: Mapping[str, SourceRecord]
    scores: Mapping[str, CookeScore]
    says: Mapping[str, Mapping[str, tuple[float, float, float]]]

    def fitted(self, totals: Mapping[str, Mapping[str, Any]]) -> SourcesTable:
        """Return the table with what fits say, by name and total: of the headline and of what the pools are about."""
        keys = dict.fromkeys([self.case.headline.id, *self.says])
        says = {key: {**self.says.get(key, {}), **{
            name: tuple(found[key].quantile(level) for level in LEVELS) for name, found in totals.items()}} for key in keys}
        return replace(self, says=says)


def sources_table(case: Case) -> SourcesTable:
    """Return the track records of a case, scored in each way."""
    records, scores = records_of(case), cooke_scores(case)
    return SourcesTable(case, records, scores, pools(case, scores) if records else {})


def _in_unit(working: Sequence[float], target: Target) -> tuple[float, float, float]:
    low, middle, high = (natural_value(value, target) for value in working)
    return low, middle, high

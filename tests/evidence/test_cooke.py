"""Cooke's scores against printed ones and a chi-squared of its own, linear pools against the mixture written out."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from scipy import stats

from nkestimate.evidence.cooke import calibration, cooke_scores, information, pools, sources_table
from random_cases import load

# The best experts of five published studies: how what came true fell between their quantiles, and the score that Excalibur printed
# (the table against which the public program Anduryl is tested).
PRINTED = {"Goodheart": ([1, 5, 3, 1], 0.71), "Sheep": ([1, 6, 6, 2], 0.64), "GL_NIS": ([1, 4, 6, 2], 0.45), "IceSheets": ([2, 4, 4, 1], 0.40),
           "Arsenic": ([0, 2, 5, 3], 0.04)}


@pytest.mark.parametrize(("counts", "printed"), PRINTED.values(), ids=PRINTED)
def test_calibration_is_the_tail_of_a_chi_squared(counts, printed):
    n = sum(counts)
    statistic = 2 * sum(k * math.log(k / (n * p)) for k, p in zip(counts, (0.05, 0.45, 0.45, 0.05), strict=True) if k)
    assert calibration(counts) == pytest.approx(stats.chi2.sf(statistic, 3), rel=1e-9)
    assert round(calibration(counts), 2) == printed


def test_information_is_relative_to_a_uniform_density_and_has_no_unit():
    assert information([0.05, 0.5, 0.95], 0, 1) == pytest.approx(0, abs=1e-12)
    narrow = information([4, 5, 6], 0, 10)
    assert narrow == pytest.approx(math.log(10) + 2 * 0.05 * math.log(0.05 / 4) + 2 * 0.45 * math.log(0.45 / 1))
    assert information([400, 500, 600], 0, 1000) == pytest.approx(narrow)


def case_of_two():
    said = {"good": {0.05: 80, 0.5: 100, 0.95: 130}, "poor": {0.05: 300, 0.5: 310, 0.95: 320}}
    return load({
        "format": 1, "title": "Two", "horizon": "2025-06-30",
        "sources": {"good": {"weight": "learned"}, "poor": {"weight": "learned"}, "new": {"weight": 0.6}},
        "quantities": {"x": {"unit": ""}},
        "claims": {key: {"source": key, "about": "x", "between": between}
                   for key, between in (("good", [2, 5]), ("poor", [6, 7]), ("new", [3, 9]))},
        "track_record": {f"{key}-{i}": {"source": key, "about": f"thing {i}", "quantiles": quantiles, "came_true": truth, "from": "me"}
                         for i, truth in enumerate([85, 90, 105, 120, 97]) for key, quantiles in said.items()}
        | {"bound": {"source": "new", "at_most": 3, "came_true": 2, "from": "me"}},
    })  # fmt: skip


def test_scores_by_hand():
    scores = cooke_scores(case_of_two())
    assert set(scores) == {"good", "poor"}  # a bound has no quantiles
    good, poor = scores["good"], scores["poor"]
    assert good.calibration == pytest.approx(calibration([0, 3, 2, 0])) and poor.calibration == pytest.approx(calibration([5, 0, 0, 0]))
    low, high = math.log(80), math.log(320)  # everything said and true lies between, whatever came true
    more = 0.1 * (high - low)
    ends = [low - more, math.log(80), math.log(100), math.log(130), high + more]
    steps = [b - a for a, b in pairwise(ends)]
    by_hand = math.log(ends[-1] - ends[0]) + sum(p * math.log(p / d) for p, d in zip((0.05, 0.45, 0.45, 0.05), steps, strict=True))
    assert good.information == pytest.approx(by_hand)
    assert good.weight + poor.weight == pytest.approx(1) and good.weight > 0.99


def test_linear_pools_have_the_quantiles_of_their_mixture():
    case = case_of_two()
    table = sources_table(case)
    assert table.says == pools(case, table.scores)
    z = stats.norm.ppf(0.95)
    parts = {key: (math.log(a * b) / 2, math.log(b / a) / (2 * z)) for key, (a, b) in {"good": (2, 5), "poor": (6, 7), "new": (3, 9)}.items()}
    learned = {**{key: table.records[key].weight for key in ("good", "poor")}, "new": 0.6}
    weights = {"equal": dict.fromkeys(parts, 1.0), "learned": learned, "cooke": {k: s.weight for k, s in table.scores.items()}}
    for way, omega in weights.items():
        total = sum(omega.values())
        for level, value in zip((0.05, 0.5, 0.95), table.says["x"][way], strict=True):
            assert sum(w / total * stats.norm.cdf(math.log(value), *parts[key]) for key, w in omega.items()) == pytest.approx(level, abs=1e-9), way

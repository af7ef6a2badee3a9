"""What a ledger amounts to, against closed forms and quadrature."""

import math

import numpy as np
import pytest
from scipy import stats

from nkestimate.scoring.ledger import TotalScores
from nkestimate.scoring.standing import decomposed, how_far, jeffreys, standing
from scored import TOTAL, answered, claim, entry


@pytest.mark.parametrize("held, of", [(9, 10), (5, 10), (1, 3)])
def test_the_interval_of_a_share_is_that_of_a_beta(held, of):
    share = jeffreys(held, of)
    assert (share.low, share.high) == pytest.approx(stats.beta(held + 0.5, of - held + 0.5).interval(0.9))


def test_none_and_all_reach_the_ends():
    # Brown, Cai & DasGupta 2001, section 4.1: the ends are 0 and 1 there.
    assert jeffreys(0, 5).low == 0.0
    assert jeffreys(5, 5).high == 1.0
    assert jeffreys(5, 5).low == pytest.approx(stats.beta(5.5, 0.5).ppf(0.05))


def test_coverage_counts_totals_by_interval():
    missed = TOTAL.model_copy(update={"held_50": False, "held_90": False, "crps": 0.25, "log_score": -1.5})
    found = standing([entry(0), entry(1), entry(2, total=missed), answered(3, 0.5, True)])
    assert {level: (share.held, share.of) for level, share in found.coverage.items()} == {"0.5": (2, 3), "0.9": (2, 3)}
    values = np.array([0.05, 0.05, 0.25])
    assert (found.crps.value, found.crps.error, found.crps.of) == pytest.approx((values.mean(), values.std(ddof=1) / math.sqrt(3), 3))
    assert found.log_score.value == pytest.approx(-0.5 / 3)


def test_scores_in_a_unit_of_their_own_are_in_no_mean():
    found = standing([entry(0), entry(1, scale="identity", total=TotalScores(**TOTAL.model_dump() | {"crps": 900.0}))])
    assert (found.crps.value, found.crps.error, found.coverage["0.9"].of) == (0.05, None, 2)


def test_the_brier_score_is_its_parts():
    pairs = [(0.1, False), (0.1, True), (0.5, True), (0.5, False), (0.5, True), (0.9, True), (1.0, True), (1.0, True)]
    same = [(0.9 if p == 1.0 else p, yes) for p, yes in pairs]  # one probability in each bin
    reliability, resolution, uncertainty, bins = decomposed(same)
    brier = np.mean([(p - yes) ** 2 for p, yes in same])
    assert reliability - resolution + uncertainty == pytest.approx(brier)
    assert uncertainty == pytest.approx(0.75 * 0.25)
    assert [(one.low, one.share.held, one.share.of) for one in bins] == [(0.0, 1, 2), (0.4, 2, 3), (0.8, 3, 3)]
    assert decomposed(pairs)[3][-1].mean == pytest.approx((0.9 + 1 + 1) / 3)


def test_answers_are_summed_up():
    found = standing([answered(i, 0.8, i < 4) for i in range(5)]).answers
    assert (found.brier.value, found.brier.of) == pytest.approx(((4 * 0.04 + 0.64) / 5, 5))
    assert found.reliability == pytest.approx(0.0)
    assert standing([entry(0)]).answers is None


@pytest.mark.parametrize("errors", [[0.2], [1.1, 1.0, 1.2], [0.1, -0.2, 0.05, 0.3, -0.1]])
def test_how_far_a_source_is_off_is_the_posterior_by_quadrature(errors):
    around = 0.3
    variance = np.exp(np.linspace(-8, 6, 200_001))
    # scaled inverse chi-squared with 4 degrees of freedom, in log variance, times the likelihood of normal errors around 0
    log_density = -2 * np.log(variance) - 2 * around / variance - 0.5 * len(errors) * np.log(variance) - 0.5 * np.sum(np.square(errors)) / variance
    mass = np.cumsum(np.exp(log_density - log_density.max()))
    wanted = [math.exp(math.sqrt(variance[np.searchsorted(mass, p * mass[-1])])) for p in (0.5, 0.05, 0.95)]
    factor, bias = how_far(errors, around)
    assert factor == pytest.approx(wanted, rel=1e-3)
    # the bias: over a grid of it and of the log of the scatter's variance, whose prior is scaled inverse chi-squared around 0.5 squared
    grid, scatter = np.linspace(-4, 4, 4_001), np.exp(np.linspace(-8, 6, 400))[:, None]
    density = stats.norm.pdf(grid, 0, 0.5) * stats.invgamma.pdf(scatter, 2, scale=2 * 0.25) * scatter
    for error in errors:
        density = density * stats.norm.pdf(error, grid, np.sqrt(scatter))
    share = np.cumsum(density.sum(axis=0)) / density.sum()
    assert bias == pytest.approx([math.exp(grid[np.searchsorted(share, p)]) for p in (0.5, 0.05, 0.95)], rel=5e-3)


def test_sources_are_ranked_by_how_far_off_they_were():
    said = {"near": 0.05, "far": 1.1}
    entries = [entry(i, claims=[claim(key, off + 0.02 * i, held=key == "near") for key, off in said.items()]) for i in range(6)]
    entries.append(entry(9, claims=[claim("new", 0.0), claim("bound", None), claim("near", 0.1), claim("near", 0.0)]))
    entries.append(entry(10, scale="identity", claims=[claim("near", 500.0)]))  # no factor
    found = {one.source: one for one in standing(entries).sources}
    assert [key for key in found if key != "new"] == ["near", "far", "bound"]
    assert [key for key, one in found.items() if one.early] == ["new", "bound"]
    near, far = found["near"], found["far"]
    assert (near.things, near.scored, near.held.held, near.held.of) == (8, 7, 9, 9)
    assert (far.things, far.scored, far.held.held) == (6, 6, 0)
    assert far.bias[1] > 1.5 > near.bias[2]  # one that is three times too high, and one that is right
    assert found["bound"].factor is None
    assert 1.0 < near.factor[0] < found["new"].factor[0] < far.factor[0]  # hardly known: drawn to what all do
    assert standing(entries).sources == standing(entries[::-1]).sources


def test_an_outcome_counts_once_and_a_run_in_hindsight_last():
    early, late, later = (entry(0, made=f"{day}T10:00:00+00:00", digest=f"sha256:{i}", total=TOTAL.model_copy(update={"crps": 0.1 * i}))
                          for i, day in enumerate(("2020-01-01", "2039-01-01", "2040-01-01"), 1))
    other = entry(0, title="Another case of that name", made="2040-01-01T10:00:00+00:00")
    for order in ((early, late, later, other), (other, later, late, early)):
        found = standing(order)
        assert found.left_out == 2
        assert found.coverage["0.9"].of == 2
        assert found.crps.value == pytest.approx((0.1 + other.total.crps) / 2)
        assert sorted(one.hindsight for one in found.entries) == [False, True]
    assert standing((late, later)).entries == (later,)

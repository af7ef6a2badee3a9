"""The diagnostics' gate, and its measures against ArviZ's own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nkestimate.engine.nuts import Chains
from nkestimate.inference.diagnose import bulk_ess, check_chains, gate, measures


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ((1.005, 900, 800, 0, 4000), []),
        ((1.011, 900, 800, 0, 4000), ["R-hat"]),
        ((math.nan, 900, 800, 0, 4000), ["R-hat"]),
        ((1.0, 400, 401, 0, 4000), ["bulk"]),
        ((1.0, 401, 400, 0, 4000), ["tail"]),
        ((1.0, 900, 900, 1, 4000), ["divergent"]),
        ((1.2, 10, 10, 7, 4000), ["R-hat", "bulk", "tail", "divergent"]),
        ((1.0, 170, 170, 0, 200), []),  # few draws were asked for: 80 % of them
        ((1.0, 150, 150, 0, 200), ["bulk", "tail"]),
    ],
)
def test_gate(values, reasons):
    judged = gate(*values)
    assert judged.ok is not reasons or not reasons
    assert judged.ok is (not reasons)
    assert len(judged.reasons) == len(reasons)
    assert all(word in said for word, said in zip(reasons, judged.reasons, strict=True))


def autoregressive(rng, chains, draws, phi):
    noise = rng.standard_normal((chains, draws))
    x = np.empty_like(noise)
    x[:, 0] = noise[:, 0]
    for i in range(1, draws):
        x[:, i] = phi * x[:, i - 1] + math.sqrt(1 - phi**2) * noise[:, i]
    return x


@pytest.mark.parametrize("kind", ["independent", "slow", "alternating", "apart", "wide", "heavy", "binary", "ties", "odd", "one chain"])
def test_measures_are_arvizs(kind):
    array_stats = pytest.importorskip("arviz_stats.base").array_stats
    rng = np.random.default_rng(4)
    x = {
        "independent": lambda: rng.standard_normal((4, 500)),
        "slow": lambda: autoregressive(rng, 4, 500, 0.95),
        "alternating": lambda: autoregressive(rng, 4, 500, -0.6),
        "apart": lambda: rng.standard_normal((4, 500)) + np.arange(4)[:, None] * 0.3,
        "wide": lambda: rng.standard_normal((4, 500)) * np.array([1, 1, 1, 3])[:, None],
        "heavy": lambda: rng.standard_cauchy((4, 500)),
        "binary": lambda: (autoregressive(rng, 4, 500, 0.5) > 0.3).astype(float),
        "ties": lambda: np.round(rng.standard_normal((4, 500))),
        "odd": lambda: autoregressive(rng, 3, 301, 0.7),
        "one chain": lambda: autoregressive(rng, 1, 500, 0.7),
    }[kind]()
    axes = {"chain_axis": 0, "draw_axis": 1}
    r_hat, bulk, tail = measures(x)
    assert bulk == pytest.approx(float(array_stats.ess(x, method="bulk", **axes)), rel=1e-6)
    assert bulk_ess(x) == bulk
    assert tail == pytest.approx(float(array_stats.ess(x, method="tail", prob=(0.05, 0.95), **axes)), rel=1e-6)
    if kind != "one chain":
        assert r_hat == pytest.approx(float(array_stats.rhat(x, **axes)), rel=1e-6)


def test_what_does_not_move():
    assert measures(np.ones((4, 100))) == (1.0, 400.0, 400.0)
    assert bulk_ess(np.ones((4, 100))) == 400.0
    stuck = np.repeat(np.arange(4.0)[:, None], 100, axis=1)
    assert measures(stuck)[0] > 100


def test_infinite_draws_are_judged_by_rank():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((4, 500))
    r_hat, bulk, _ = measures(np.where(x > 2.5, np.inf, x))
    assert r_hat == pytest.approx(measures(x)[0], abs=1e-3)
    assert bulk == pytest.approx(measures(x)[1], rel=0.02)


def test_the_worst_input_counts():
    rng = np.random.default_rng(2)
    points = rng.standard_normal((4, 500, 3))
    points[..., 1] += np.arange(4)[:, None]
    diverging = np.zeros((4, 500), bool)
    diverging[1, 7] = True
    judged = check_chains(Chains(points, diverging, np.ones((4, 500))))
    assert judged.max_r_hat == pytest.approx(measures(points[..., 1])[0])
    assert judged.divergences == 1
    assert not judged.ok


@pytest.mark.parametrize("where", [0, 2])
def test_chains_that_stay_where_they_began_do_not_pass(where):
    points = np.random.default_rng(3).standard_normal((4, 500, 3))
    points[..., where] = 0.3
    (reason, *_) = check_chains(Chains(points, np.zeros((4, 500), bool), np.ones((4, 500)))).reasons
    assert "have not moved" in reason


def test_measures_know_no_unit():
    x = autoregressive(np.random.default_rng(5), 4, 500, 0.9)
    assert measures(x * 2.0**-70) == measures(x)


def test_a_mode_is_judged_by_its_share():
    judged = gate(1.015, 500, 300, 0, 4000)
    assert not judged.ok
    assert judged.of_share(0.5).ok  # 0.5 (1.015² − 1) is below 1.01² − 1, and 300/0.5 above 400
    assert judged.of_share(0.5).max_r_hat == 1.015  # what was measured stays
    assert not judged.of_share(0.8).ok  # 300/0.8 is below 400
    assert not gate(1.0, 900, 900, 1, 4000).of_share(1e-3).ok  # a divergence is one whatever the share
    assert gate(1.005, 900, 900, 0, 4000).of_share(1.0) == gate(1.005, 900, 900, 0, 4000)


def test_the_chains_of_a_mixture_vary_by_the_squares_of_the_shares():
    """Two slow modes, mixed by their shares: the variance of the mixture's chain means is Σ p² of the modes' own."""
    rng = np.random.default_rng(8)
    shares, phi, draws = (0.3, 0.7), 0.9, 2000
    means = np.empty((400, 2))
    mixed = np.empty(400)
    for i, modes in enumerate(zip(*(autoregressive(rng, 400, draws, phi) for _ in shares), strict=True)):
        means[i] = [mode.mean() for mode in modes]
        # evenly spaced draws of each mode, as the sampler takes them
        mixed[i] = np.mean([*modes[0][:: round(1 / shares[0])], *modes[1][np.linspace(0, draws - 1, round(draws * shares[1])).astype(int)]])
    expected = sum(p**2 * means[:, k].var(ddof=1) for k, p in enumerate(shares))
    assert mixed.var(ddof=1) == pytest.approx(expected, rel=5 * math.sqrt(2 / 400))


def test_draws_lost_at_a_wall_are_not_forgotten():
    for share in (1.0, 0.5, 1e-3):
        judged = gate(1.0, 4000, 4000, 0, 4000, lost=3).of_share(share)
        assert not judged.ok
        assert "lost" in judged.reasons[0]


def test_a_small_share_does_not_excuse_chains_that_stand_apart():
    assert not gate(1.7, 5, 5, 0, 4000).of_share(0.01).ok
    assert not gate(1.0, 90, 90, 0, 4000).of_share(0.01).ok
    assert gate(1.04, 150, 150, 0, 4000).of_share(0.01).ok

"""How large errors are against variances written out: the linear pool of what is stated, increments of own errors, a range of biases."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from nkestimate.density import sizes
from nkestimate.density.statements import Spread


def test_the_scale_is_the_variance_of_the_pool_and_more_for_few_sources():
    """Two entries of one source share its weight; the variance of a mixture of normals is drawn."""
    said = [("a", 0.6, Spread(0.0, 0.5, 0.5)), ("a", 0.6, Spread(1.0, 0.2, 0.2)), ("b", 0.2, Spread(4.0, 0.1, 0.3))]
    rng = np.random.default_rng(1)
    chosen = rng.choice(3, p=[0.375, 0.375, 0.25], size=400_000)
    drawn = rng.normal(np.array([0.0, 1.0, 4.0])[chosen], np.array([0.5, 0.2, 0.2])[chosen])
    origin, number = sizes.scale_of(said, "log", two_sided=True), 1 / (0.75**2 + 0.25**2)
    assert origin.sources == pytest.approx(number)
    assert origin.stated == pytest.approx(np.var(drawn) * (1 + 1 / number), rel=0.01)
    assert origin.default == pytest.approx(0.25 / (number + 1))


def test_distances_between_bounds_do_not_count():
    said = [("a", 0.5, Spread(0.0, 0.3, 0.3)), ("b", 0.5, Spread(9.0, 0.3, 0.3))]
    assert sizes.scale_of(said, "identity", two_sided=False).S == pytest.approx(0.3 * math.sqrt(1.5))


def test_increments_of_an_own_error_add_up_to_the_error():
    ends = (0.0, 0.4, 1.0, 2.5, 4.0)
    steps = [sizes.own_error(low, high, 0.3, 2.0, 1.4, dark=True) for low, high in pairwise(ends)]
    assert sum(one.at(3.0) for one in steps) == pytest.approx(1 * 3.0**2 + 3 * 2.0**2 + 3.7 * 1.4**2)  # CASE.md: Var O(4), K = 0.3
    assert sizes.own_error(0.0, 4.0, 0.3, 2.0, 1.4, dark=False).tau2 == 0


@pytest.mark.parametrize("kappa", [0.3, 1.0, 4.0])
def test_the_mean_error_is_the_common_and_the_own_one(kappa):
    """Where τ² has its mean, S²; a claim that is its source's only one shares σ² κ."""
    own = sizes.own_error(0.0, kappa, kappa, 2.0, 1.4, dark=True).at(2.0)
    assert sizes.mean_error(kappa, 0.7) * 2.0**2 == pytest.approx(own + kappa * 1.4**2)


def test_a_range_of_factors_holds_nine_tenths_of_the_bias():
    mean, sd = sizes.normal_of_bias((0.5, 4.0))
    assert [math.exp(mean - 1.6448536269514722 * sd), math.exp(mean + 1.6448536269514722 * sd)] == pytest.approx([0.5, 4.0])

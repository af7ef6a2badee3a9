"""What has to be chosen: readings, and components of linear pools that are apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.statements import Spread
from nkestimate.inference.choices import _clusters, choices_of, configurations, count_configurations, restricted


def spreads(*pairs):
    return tuple(Spread(m, s, s) for m, s in pairs)


@pytest.mark.parametrize(
    ("pairs", "groups"),
    [
        ([(0, 1), (1.9, 1)], ((0, 1),)),
        ([(0, 1), (2.1, 1)], ((0,), (1,))),
        ([(0, 1), (4, 1), (2, 1)], ((0, 1, 2),)),  # joined by the one between them
        ([(0, 1), (0, 3.1)], ((0,), (1,))),  # a spike inside a broad one
        ([(0, 1), (0, 2.9)], ((0, 1),)),
        ([(0, 1), (100, 1), (0.5, 1), (101, 1)], ((0, 2), (1, 3))),
    ],
)
def test_clusters(pairs, groups):
    assert _clusters(spreads(*pairs)) == groups


@pytest.fixture
def density(make):
    readings = [{"about": "x", "weight": 0.6}, {"about": "y", "weight": 0.4}]
    claims = {"low": {"source": "a", "about": "x", "around": "6000"}, "high": {"source": "b", "about": "x", "between": [25000, 30000]},
              "high2": {"source": "a", "about": "x", "between": [24000, 30000]}, "y0": {"source": "a", "about": "y", "between": [1, 2]},
              "r": {"source": "b", "readings": readings, "between": [2, 4]}}  # fmt: skip
    return compile_case(make(settings={"pooling": "linear"}, sources={"a": {"weight": 1}, "b": {"weight": 0.5}},
                             quantities={"x": {"unit": ""}, "y": {"unit": ""}}, claims=claims))  # fmt: skip


def test_configurations_are_the_product_of_choices(density):
    assert {choice.name: choice.groups for choice in choices_of(density)} == {"r": ((0,), (1,)), "pool[x]": ((0,), (1, 2))}
    every = configurations(density)
    assert len(every) == count_configurations(density) == 4
    assert {(c["r"], c["pool[x]"]) for c in every} == {((0,), (0,)), ((0,), (1, 2)), ((1,), (0,)), ((1,), (1, 2))}


def test_restricted_densities_add_up_to_the_whole(density):
    """Σ over configurations of exp(log density) is the density: no mass is lost or counted twice."""
    v = Evaluator(density).prior_draws(50, np.random.default_rng(1))
    parts = [Evaluator(restricted(density, c)).log_density(v) for c in configurations(density)]
    np.testing.assert_allclose(np.logaddexp.reduce(parts), Evaluator(density).log_density(v), rtol=1e-12)


def test_no_choice_is_one_empty_configuration(make):
    density = compile_case(make(quantities={"x": {"unit": ""}}, claims={"c": {"source": "a", "about": "x", "between": [1, 2]}}))
    assert configurations(density) == [{}]
    assert math.isfinite(float(Evaluator(restricted(density, {})).log_density(np.zeros(1))))

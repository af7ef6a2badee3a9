"""Independent parts: they partition the parameters, and their log densities add up to the whole."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.inference.components import components_of
from random_cases import load, random_case


@pytest.mark.parametrize("seed", range(40))
def test_parts_partition_and_add_up(seed):
    density = compile_case(load(random_case(Random(seed), walls=True)))
    parts = components_of(density)
    assert sorted(i for part in parts for i in part.where) == list(range(density.size))
    assert sorted(t.name for part in parts for t in part.density.terms) == sorted(t.name for t in density.terms)
    v = Evaluator(density).prior_draws(20, np.random.default_rng(seed))
    total = sum(Evaluator(part.density).log_density(v[:, part.where]) for part in parts)
    np.testing.assert_allclose(total, Evaluator(density).log_density(v), rtol=1e-10, atol=1e-10)


def test_what_joins_parameters(make):
    """A common target, bias or expression joins; a claim taken at its word on each of two quantities does not."""
    sources = {"a": {"weight": 1}, "b": {"weight": 0.5}, "biased": {"weight": 1, "overstates_by": [1, 2]}}
    quantities = {key: {"unit": ""} for key in "uvwxyz"}
    claims = {f"{key}0": {"source": "a", "about": key, "between": [1, 2]} for key in "uvwxyz"}
    claims |= {"bv": {"source": "b", "about": "v", "between": [1, 3]}, "wx": {"source": "a", "about": "w * x", "between": [1, 3]},
               "by": {"source": "biased", "about": "y", "between": [1, 3]}, "bz": {"source": "biased", "about": "z", "between": [1, 3]}}  # fmt: skip
    density = compile_case(make(sources=sources, quantities=quantities, claims=claims))
    found = {frozenset(density.parameters[i].name for i in part.where) for part in components_of(density)}
    assert found == {frozenset(names) for names in (["u"], ["v", "tau[v]", "eta[v]"], ["w", "x"], ["y", "z", "delta[biased]"])}

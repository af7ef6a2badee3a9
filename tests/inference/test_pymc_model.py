"""`to_pymc`: the same log density as the evaluator's, in PyMC's own transformed variables, nothing compiled."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

import nkestimate
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from random_cases import load, random_case

STARTER = Path(nkestimate.__file__).parent / "starter" / "case.yaml"
REFERENCE = Path(__file__).parents[1] / "reference" / "cases"
STEMS = ["bias", "difference", "linear", "logpool", "priors", "readings", "repeats", "targets"]


def log_densities(model, density, points):
    """The model's log density at coordinates of the density, by Python alone."""
    from pytensor.compile.mode import Mode

    from nkestimate.inference.pymc_model import sampled_name

    values = [model.rvs_to_values[model[sampled_name(p)]] for p in density.parameters]
    assert {id(v) for v in values} == {id(v) for v in model.value_vars}, "the model has other unknowns than the density"
    # term by term: in Python mode an Elemwise takes at most 32 operands, the sum of all terms may have more
    terms = model.logp(sum=False)
    function = model.compile_fn(terms, inputs=values, mode=Mode(linker="py", optimizer=None), point_fn=False, on_unused_input="ignore")
    with np.errstate(all="ignore"):
        return np.array([sum(float(np.sum(part)) for part in function(*point)) for point in points])


def assert_same(case, size=4):
    density = compile_case(case)
    rng = np.random.default_rng(1)
    v = Evaluator(density).prior_draws(size, rng)
    v = np.concatenate([v, v[:2] + 3 * rng.standard_normal((2, density.size))])
    expected = Evaluator(density).log_density(v)
    got = log_densities(nkestimate.to_pymc(case), density, v)
    finite = np.isfinite(expected)
    assert finite.any()
    off = (got - expected)[finite]
    # PyMC keeps a constant or two in single precision, one for each truncated normal
    assert abs(off[0]) < 1e-7
    np.testing.assert_array_less(np.abs(off - off[0]), 1e-9 * (1 + np.abs(expected[finite])))
    assert not np.isfinite(got[~finite]).any()


@pytest.mark.parametrize("path", [STARTER, *(REFERENCE / f"{stem}.yaml" for stem in STEMS)], ids=lambda path: path.stem)
def test_small_cases(path):
    assert_same(nkestimate.load_case(path))


@pytest.mark.parametrize("seed", range(10))
def test_generated_cases(seed):
    assert_same(load(random_case(Random(seed))))


def test_sources_that_have_learned_have_a_bias_on_each_target(make):
    said = {"from": "me", "support": "real", "unit": "metre"}
    case = make(
        sources={"a": {"weight": "learned"}, "b": {"weight": 0.5}},
        quantities={"x": {"unit": "metre", "support": "real"}, "y": {"unit": "metre"}},
        derived={"z": {"unit": "metre", "support": "real", "expr": "x - y"}},
        claims={"a1": {"source": "a", "about": "x", "between": [10, 20]}, "a2": {"source": "a", "about": "x", "around": 12, "weight": 0.3},
                "b1": {"source": "b", "about": "y", "between": [5, 20]}, "a3": {"source": "a", "about": "z", "at_most": 9},
                "a4": {"source": "a", "about": "y", "around": 7}},
        track_record={"r1": {"source": "a", "around": 30, "came_true": 18, **said}, "r2": {"source": "a", "around": 3, "came_true": 4, "from": "me"}})
    roles = [p.name for p in compile_case(case).parameters if p.role == "delta"]
    assert sorted(roles) == ["delta[a, x]", "delta[a, z]", "delta[a]"]  # y, on the log scale, has the bias as a factor
    assert_same(case)


def test_the_model_is_readable(make):
    """Named variables, coords and a log-likelihood term for each claim."""
    case = make(sources={"a": {"weight": 1}, "b": {"weight": 0.5, "overstates_by": [1, 2]}}, quantities={"x": {"unit": ""}},
                derived={"d": {"unit": "", "expr": "2 * x"}}, claims={"c": {"source": "a", "about": "x", "between": [1, 2]},
                                                                      "e": {"source": "b", "about": "d", "at_most": 9}})  # fmt: skip
    model = nkestimate.to_pymc(case)
    assert {"x", "d", "tau[d]", "eta[d]", "delta[b]", "c", "e"} <= set(model.named_vars)
    assert [rv.name for rv in model.observed_RVs] == ["c", "e"]
    assert list(model.coords["claim"]) == ["c", "e"]
    assert list(model.coords["total"]) == ["x", "d"]


def test_a_target_that_is_a_quotient_can_be_named(make):
    case = make(sources={"a": {"weight": 0.5}}, quantities={q: {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "a test"} for q in "xy"},
                claims={"c": {"source": "a", "about": "x / y", "around": 3}})  # fmt: skip
    assert "tau[x ÷ y]" in nkestimate.to_pymc(case).named_vars
    assert_same(case)

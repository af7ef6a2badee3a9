"""The adapter to nutpie: what it relies on by name, that it says so when that is gone, and that it samples."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from nkestimate.engine import nuts
from nkestimate.engine.nuts import Effort, NutpieChanged, sample
from nkestimate.engine.program import Tracer
from nkestimate.inference.diagnose import check_chains

RELIED_ON = ["LogpFunc", "ExpandFunc", "PyVariable.new_variables", "PyMcModel", "PySampler.from_pymc", "PySampler.wait", "PySampler.take_results",
             "PySampler.abort", "PyNutsSettings.Diag", "PyNutsSettings.LowRank", "PyNutsSettings.update", "ProgressType.none", "PyStorage.arrow"]  # fmt: skip
SHORT = Effort(draws=300, tune=300, chains=2)


@pytest.fixture(scope="module")
def normal():
    """A program of three coordinates: standard normal but for a location and a scale."""
    t = Tracer(3)
    x, y, z = t.inputs
    return t.program((t.square(x) + t.square((y - 3.0) / 2.0) + t.square(z)) * -0.5, [x, y, z])


@pytest.mark.parametrize("name", RELIED_ON)
def test_nutpie_still_has(name):
    found = nuts.library()
    for part in name.split("."):
        assert hasattr(found, part), f"nutpie has no {name} any more"
        found = getattr(found, part)


@pytest.mark.parametrize("missing", ["LogpFunc", "ExpandFunc", "PyVariable", "PyMcModel", "PySampler", "PyNutsSettings", "ProgressType", "PyStorage"])
def test_what_is_missing_is_said(monkeypatch, normal, missing):
    there = {name: getattr(nuts.library(), name) for name in {part.split(".")[0] for part in RELIED_ON} - {missing}}
    monkeypatch.setattr(nuts, "library", lambda: SimpleNamespace(**there))
    with pytest.raises(NutpieChanged, match=missing):
        sample(normal, SHORT, 1)


def test_other_arguments_are_said(monkeypatch, normal):
    class Changed:
        def __init__(self, only):
            raise AssertionError

    there = {name: getattr(nuts.library(), name) for name in {part.split(".")[0] for part in RELIED_ON}}
    monkeypatch.setattr(nuts, "library", lambda: SimpleNamespace(**there | {"LogpFunc": Changed}))
    with pytest.raises(NutpieChanged):
        sample(normal, SHORT, 1)


def test_no_nutpie_at_all(monkeypatch):
    monkeypatch.setattr(nuts.importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(nuts.sys.modules, "nutpie._lib", raising=False)
    nuts.library.cache_clear()
    try:
        with pytest.raises(NutpieChanged, match="not installed"):
            nuts.library()
    finally:
        nuts.library.cache_clear()


def test_columns_that_are_gone_are_said(normal):
    results = SimpleNamespace(get_arrow_trace=lambda: ([SimpleNamespace(column=lambda name: {}[name])],) * 2)
    with pytest.raises(NutpieChanged):
        nuts._unpack(results, SHORT)


@pytest.mark.parametrize("low_rank", [False, True])
def test_a_normal_is_recovered(normal, low_rank):
    chains = sample(normal, Effort(1000, 500, 4, low_rank=low_rank), 11)
    assert chains.points.shape == (4, 1000, 3)
    assert chains.diverging.shape == chains.steps.shape == (4, 1000)
    judged = check_chains(chains)
    assert judged.ok, judged.reasons
    for i, law in enumerate([stats.norm(), stats.norm(3, 2), stats.norm()]):
        drawn = chains.points[..., i].ravel()
        error = 1 / np.sqrt(judged.min_ess_bulk)
        assert abs(drawn.mean() - law.mean()) < 4.5 * law.std() * error
        assert abs(np.mean(drawn < law.ppf(0.05)) - 0.05) < 4.5 * np.sqrt(0.05 * 0.95 / judged.min_ess_tail)


def test_the_same_seed_gives_the_same_draws_and_another_does_not(normal):
    one, again, other = (sample(normal, SHORT, seed, cores=cores).points for seed, cores in ((5, 1), (5, 2), (6, 2)))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])  # nor do chains repeat each other


def test_thinning_keeps_every_nth(normal):
    thick = sample(normal, Effort(300, 300, 2), 5).points
    thin = sample(normal, Effort(100, 300, 2, thin=3), 5).points
    np.testing.assert_array_equal(thin, thick[:, ::3])


def test_progress_is_told(normal):
    told = []
    sample(normal, SHORT, 1, progress=lambda done, total: told.append((done, total)))
    assert all(0 <= done <= total for done, total in told)


def test_a_run_that_is_given_up_ends_at_once(normal):
    running = nuts.start(normal, Effort(100_000_000, 100, 2), 1)
    began = time.perf_counter()
    running.abort()
    running.abort()  # once more does no harm
    assert time.perf_counter() - began < 30  # rather than an hour

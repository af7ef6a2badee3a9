"""To PyMC and back, and the usual calls of ArviZ and PyMC on what is handed out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import nkestimate
from nkestimate.case import STARTER
from nkestimate.case.model import Notice
from nkestimate.errors import ResultFileError

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def fit():
    return nkestimate.fit(nkestimate.load_case(STARTER), draws=300, chains=4, progress=False)


def test_there_and_back_it_is_the_same(fit):
    back = nkestimate.from_pymc(fit.case, nkestimate.pymc_trace(fit), "Nothing was added.")
    np.testing.assert_allclose(back.coordinates, fit.coordinates, rtol=1e-9, atol=1e-9)
    assert back.ok
    assert back.summary.notices[0] == Notice("note", text="Nothing was added.")
    assert back.summary.readings == fit.summary.readings


def test_draws_of_another_model_are_refused(fit):
    trace = nkestimate.pymc_trace(fit)
    trace["posterior"] = trace["posterior"].to_dataset().drop_vars("log visitors")
    with pytest.raises(ResultFileError, match="no 'log visitors'"):
        nkestimate.from_pymc(fit.case, trace)


def test_readings_sampled_as_one_do_not_pass(make):
    readings = [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.5}]
    quantities = {q: {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "a test"} for q in "xy"}
    fit = nkestimate.fit(make(quantities=quantities, claims={"c": {"source": "a", "readings": readings, "around": 3}}), draws=400, progress=False)
    back = nkestimate.from_pymc(fit.case, nkestimate.pymc_trace(fit))
    assert fit.ok
    assert not back.ok
    # of the same draws, the claim's two readings are as likely: by symmetry one half
    assert back.summary.readings["c"][0].posterior == pytest.approx(0.5, abs=0.05)


def test_the_usual_calls_of_arviz(fit):
    import arviz as az
    import matplotlib.pyplot as plt

    names = ["revenue", "visitors"]
    table = az.summary(fit.tree, var_names=names)
    assert float(table.loc["revenue", "mean"]) == pytest.approx(float(fit.tree["posterior"]["revenue"].mean()), rel=0.01)
    assert (az.rhat(fit.tree)["revenue"] < 1.05).all()
    assert float(az.ess(fit.tree)["revenue"]) > 100
    assert np.isfinite(az.loo(fit.tree).elpd)
    for plot in (az.plot_trace, az.plot_trace_dist, az.plot_forest, az.plot_dist, az.plot_autocorr, az.plot_pair, az.plot_rank):
        plot(fit.tree, var_names=names)
    az.plot_ppc_pit(fit.tree)
    plt.close("all")


def test_the_page_writes_a_prior_with_preliz(make, capsys):
    pytest.importorskip("preliz")
    page = (Path(nkestimate.__file__).parents[2] / "docs" / "beyond-yaml.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    exec(compile(block, "beyond-yaml.md", "exec"), {})
    prior = capsys.readouterr().out.strip().removeprefix("prior: ")
    case = make(quantities={"x": {"unit": "", "support": "fraction", "prior": prior, "rationale": "a test"}})
    a, b = (value for _, value in case.quantities["x"].prior.parameters)
    assert stats.beta(a, b).cdf(0.8) - stats.beta(a, b).cdf(0.4) == pytest.approx(0.9, abs=0.01)


@pytest.mark.slow
def test_the_usual_calls_of_pymc(fit):
    import pymc as pm
    from pytensor.compile.mode import Mode

    plain = {"compile_kwargs": {"mode": Mode(linker="py", optimizer=None)}, "random_seed": 1}  # to compile takes longer than to draw
    model = nkestimate.to_pymc(fit.case)
    pytest.importorskip("graphviz")
    assert "visitors" in pm.model_to_graphviz(model).source
    prior = pm.sample_prior_predictive(draws=400, model=model, **plain)["prior"]
    assert stats.ks_2samp(prior["visitors"].to_numpy().ravel(), fit.tree["prior"]["visitors"].to_numpy().ravel()).pvalue > 1e-4
    few = nkestimate.pymc_trace(fit).isel(draw=slice(100))
    drawn = pm.sample_posterior_predictive(few, model=model, progressbar=False, **plain)["posterior_predictive"]
    # a bound that holds as stated gives way by nothing, and what would be stated of a count is where the fit has it
    assert ((drawn["traders-revenue"] >= 0) & (drawn["traders-revenue"] < 5)).all()
    stated = fit.tree["posterior_predictive"]["stated"].sel(claim="police-count")
    assert float(drawn["police-count"].median()) == pytest.approx(float(stated.median()), abs=0.05)

"""Fits: reproducible by seed, saved and loaded, judged; the tree that ArviZ reads. One small case, sampled briefly."""

from __future__ import annotations

import dataclasses
import json
import warnings
from datetime import date

import numpy as np
import pytest

import nkestimate
from nkestimate.engine import nuts
from nkestimate.fitting import fits as fitting
from nkestimate.fitting import runs
from nkestimate.fitting.records import AuditTally

BRIEF = {"draws": 150, "tune": 200, "chains": 2, "progress": False}


@pytest.fixture
def case(make):
    readings = [{"about": "x", "weight": 0.25}, {"about": "d", "weight": 0.75}]
    return make(
        sources={"a": {"weight": 1}, "b": {"weight": 0.5}}, dates={"begin": "2024-06-30"},
        quantities={"x": {"unit": "USD"}, "draw": {"unit": ""}, "alone": {"unit": "", "prior": "Uniform(2, 4)", "rationale": "r"}},
        derived={"d": {"unit": "USD", "expr": "x * draw * years_since(begin) / (1 year)"}},
        claims={"c": {"source": "a", "about": "x", "between": [2, 4]}, "e": {"source": "b", "about": "draw", "between": [1, 2]},
                "up": {"source": "b", "about": "d", "at_most": 9}, "r": {"source": "b", "readings": readings, "between": [2, 4]}},
        questions={"q": {"ask": "d > 4 USD"}},
    )  # fmt: skip


@pytest.fixture
def fit(case):
    return nkestimate.fit(case, **BRIEF)


def test_the_same_seed_gives_the_same_summary_and_another_does_not(case, fit):
    again = nkestimate.fit(case, **BRIEF, cores=1)
    np.testing.assert_array_equal(fit.coordinates, again.coordinates)
    assert nkestimate.summarize(fit) == nkestimate.summarize(again)
    other = nkestimate.fit(case, **BRIEF, seed=2)
    assert not np.array_equal(fit.coordinates, other.coordinates)


def test_saved_and_loaded_it_is_the_same(fit, tmp_path):
    path = fit.save(tmp_path / "deep" / "posterior.nc")
    assert [p.name for p in path.parent.iterdir()] == ["posterior.nc"]
    back = nkestimate.Fit.load(path)
    np.testing.assert_array_equal(back.coordinates, fit.coordinates)
    np.testing.assert_array_equal(back.prior_coordinates, fit.prior_coordinates)
    assert (back.summary, back.case.digest, back.seed, back.sampling, back.created_at) == (
        fit.summary, fit.case.digest, fit.seed, fit.sampling, fit.created_at)  # fmt: skip
    assert back.density == fit.density


def put(folder, fit):
    with runs.changing_run(folder, fit.summary) as change:
        runs.put_fit(change, fit)


def test_an_unchanged_run_is_loaded_from_its_store(case, fit, tmp_path, monkeypatch):
    put(tmp_path, fit)
    other = nkestimate.fit(case, **BRIEF, seed=2, store=tmp_path)  # not the run that is there
    assert not np.array_equal(other.coordinates, fit.coordinates)
    monkeypatch.setattr(fitting, "sample_density", lambda *args, **kwargs: pytest.fail("sampled again"))
    kept = nkestimate.fit(case, **BRIEF, store=tmp_path)
    np.testing.assert_array_equal(kept.coordinates, fit.coordinates)
    assert kept.created_at == fit.created_at
    tally = AuditTally(True, 0, {"d": {"claimed": 1}})
    assert runs.stored(tmp_path, case, fit.seed, fit.sampling) == fit.summary
    assert runs.stored(tmp_path, case, fit.seed, fit.sampling, tally) is None  # the audit had not been run
    put(tmp_path, dataclasses.replace(fit, summary=dataclasses.replace(fit.summary, audit=tally)))
    assert runs.stored(tmp_path, case, fit.seed, fit.sampling, tally).audit == tally
    monkeypatch.setattr(runs, "code_digest", lambda: "another")
    assert runs.stored(tmp_path, case, fit.seed, fit.sampling) is None  # other code is another run


def test_foreign_and_missing_files(tmp_path):
    foreign = tmp_path / "x.nc"
    with pytest.raises(nkestimate.ResultFileError, match="does not exist"):
        nkestimate.Fit.load(foreign)
    foreign.write_text("nothing of ours")
    with pytest.raises(nkestimate.ResultFileError, match="not a posterior"):
        nkestimate.Fit.load(foreign)
    with pytest.raises(nkestimate.ResultFileError):
        nkestimate.Fit.load(tmp_path)


def test_a_save_that_fails_leaves_what_was_there(fit, tmp_path, monkeypatch):
    path = tmp_path / "posterior.nc"
    path.write_text("earlier")

    def fails(self, content):
        with self.open("wb") as file:
            file.write(content[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(type(path), "write_bytes", fails)
    with pytest.raises(KeyboardInterrupt):
        fit.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["posterior.nc"]
    assert path.read_text() == "earlier"


def test_the_tree_is_what_arviz_reads(fit):
    tree = fit.tree
    groups = {"prior", "prior_predictive", "posterior", "log_likelihood", "log_prior", "sample_stats", "observed_data", "posterior_predictive"}
    assert groups <= set(tree.children)
    assert tree.attrs["case_digest"] == fit.case.digest
    assert tree.attrs["random_seed"] == fit.seed
    assert tree.attrs["created_at"]
    assert tree.attrs["inference_library"] == "nutpie"
    likelihood = tree["log_likelihood"]["log_likelihood"]
    assert likelihood.dims == ("chain", "draw", "claim")
    assert list(likelihood["claim"].values) == ["c", "e", "up", "r"]
    assert set(tree["posterior"].data_vars) == {"x", "draw_", "alone", "d", "dark_uncertainty"}  # no variable is named like a dimension
    assert tree["posterior"]["d"].attrs["units"] == "USD"
    # the log density is the sum of its parts
    total = likelihood.sum("claim") + tree["log_prior"]["log_prior"].sum("parameter")
    np.testing.assert_allclose(total, tree["sample_stats"]["lp"], rtol=1e-9)
    assert list(tree["posterior_predictive"]["stated"]["claim"].values) == ["c", "e", "r"]


def test_the_summary_is_that_of_the_draws(fit):
    summary, posterior = nkestimate.summarize(fit), fit.tree["posterior"]
    for name, row in {**summary["quantities"], **summary["derived"]}.items():
        draws = posterior["draw_" if name == "draw" else name].to_numpy()
        assert row["median"] == row["quantiles"]["0.5"] == pytest.approx(np.median(draws))
        assert row["mean"] == pytest.approx(draws.mean())
        assert row["sd"] == pytest.approx(draws.std(ddof=1))
        assert row["quantiles"]["0.05"] == pytest.approx(np.quantile(draws, 0.05))
    assert summary["questions"]["q"]["probability"] == pytest.approx(float((posterior["d"] > 4).mean()))
    assert set(summary["dark_uncertainty"]) == {"draw", "d", "x"}
    assert sum(r["posterior"] for r in summary["readings"]["r"]) == pytest.approx(1)
    json.dumps(summary, allow_nan=False)


def test_an_impossible_reading_keeps_its_place(make):
    readings = [{"about": "x", "weight": 0.7}, {"about": "y", "weight": 0}, {"about": "z", "weight": 0.3}]
    claims = {f"{key}0": {"source": "a", "about": key, "between": r} for key, r in {"x": [1, 2], "y": [3, 5], "z": [3, 5]}.items()}
    claims["r"] = {"source": "a", "readings": readings, "between": [3, 5]}
    case = make(quantities={key: {"unit": ""} for key in "xyz"}, claims=claims)
    got = nkestimate.fit(case, **BRIEF).summary.readings["r"]
    assert [(r.about, r.prior) for r in got] == [("x", 0.7), ("y", 0), ("z", 0.3)]
    assert got[1].posterior == 0
    assert got[0].posterior < 0.1
    assert got[2].posterior > 0.9


def test_over_time_follows_the_dates(fit):
    drawn = nkestimate.over_time(fit, ["d", "x"], [date(2024, 1, 1), date(2025, 6, 30), date(2026, 6, 30)])
    assert drawn["d"].shape == (300, 3)
    assert (drawn["d"][:, 0] == 0).all()
    np.testing.assert_allclose(drawn["d"][:, 1], fit.tree["posterior"]["d"].to_numpy().ravel())
    np.testing.assert_allclose(drawn["d"][:, 2] / drawn["d"][:, 1], 2)
    assert np.ptp(drawn["x"], axis=1).max() == 0


def test_what_did_not_converge_says_so_and_keeps_its_draws(fit):
    bad, good = (dataclasses.replace(fit, summary=dataclasses.replace(fit.summary, diagnostics=dataclasses.replace(
        fit.summary.diagnostics, ok=not reasons, reasons=reasons))) for reasons in (("R-hat is 1.5",), ()))  # fmt: skip
    with pytest.raises(nkestimate.ConvergenceError, match=r"R-hat is 1\.5") as caught:
        bad.require_converged()
    assert caught.value.fit is bad
    assert good.require_converged() is good


def test_a_changed_nutpie_means_the_other_engine_and_a_warning(case, monkeypatch):
    def changed(*args, **kwargs):
        raise nuts.NutpieChanged("LogpFunc")

    asked = []
    from nkestimate.fitting import fits as fitting

    real = fitting.sample_density

    def either(density, effort, seed, *, engine=None, **rest):
        asked.append(engine)
        return changed() if engine is None else real(density, effort, seed, **rest)

    monkeypatch.setattr(fitting, "sample_density", either)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        nkestimate.fit(case, **BRIEF)
    assert any("PyMC engine" in str(w.message) for w in said)
    assert asked[0] is None
    assert asked[1] is not None


def test_an_unknown_engine(case):
    with pytest.raises(ValueError, match="fast"):
        nkestimate.fit(case, **BRIEF, engine="slow")


def test_progress_is_told(case):
    told = []
    nkestimate.fit(case, **(BRIEF | {"progress": lambda text, share: told.append((text, share))}))
    assert told
    assert all(0 <= share <= 1 for _, share in told)
    assert any("x" in text for text, _ in told)


@pytest.mark.parametrize("none", ["draws", "tune", "chains"])
def test_no_draws_or_chains_at_all_are_refused(case, none):
    with pytest.raises(ValueError, match="numbers from 1 up"):
        nkestimate.fit(case, **{**BRIEF, none: 0})

"""Posteriors against quadrature: the package's answers beside `reference/quadrature.py`, which reads CASE.md and not the package.

Every tolerance follows from Monte Carlo error. A reported quantile q of level p is judged by the reference distribution
function F: |F(q) - p| <= 4.5 sqrt(p (1 - p) / ess) + err, which needs no density (there is none between separated modes).
err is the reference's own error, stored with it.
"""
import importlib.util
import json
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent / "reference"
EXPECTED = json.loads((HERE / "expected.json").read_text())
SIGMAS = 4.5
KEYS = {"case", "format", "digest", "seed", "pooling", "horizon", "diagnostics", "quantities", "derived", "dark_uncertainty", "readings", "questions"}
ENTRY = {"unit", "mean", "sd", "median", "quantiles", "ess_bulk", "r_hat"}
LEVELS = ("0.05", "0.25", "0.5", "0.75", "0.95")


@cache
def summary_of(stem):
    """The summary of one fit of a reference case (seed 1), shared by this module's tests."""
    nk = pytest.importorskip("nkestimate")
    case = nk.load_case(HERE / "cases" / f"{stem}.yaml")
    return nk.summarize(nk.fit(case, seed=1, progress=False))


def cdf(reference, value):
    table = reference["cdf"]
    return float(np.interp(value, table["value"], table["p"], left=0.0, right=1.0))


def faults(name, reference, got, min_ess_tail):
    """What one summarised distribution has wrong, beyond Monte Carlo error."""
    out = []
    bulk = float(got["ess_bulk"])
    tail = min(bulk, float(min_ess_tail))
    if got["median"] != got["quantiles"]["0.5"]:
        out.append(f"{name}: median {got['median']} is not its quantile {got['quantiles']['0.5']}")
    for level in LEVELS:
        p, q = float(level), got["quantiles"][level]
        ess = bulk if level == "0.5" else tail
        allowed = SIGMAS * math.sqrt(p * (1 - p) / ess) + reference["err"]
        if not abs(cdf(reference, q) - p) <= allowed:
            out.append(f"{name}: quantile {level} is {q:.6g}, reference {reference['quantiles'][level]:.6g}; "
                       f"F = {cdf(reference, q):.4f}, allowed {p} ± {allowed:.4f} (ess {ess:.0f})")
    mean, sd, kurtosis = reference["mean"], reference["sd"], reference["kurtosis"]
    if mean is None:
        return out + [f"{name}: {k} is {got[k]}, the posterior has none" for k in ("mean", "sd") if got[k] is not None]
    if got["mean"] is None or got["sd"] is None:
        return out + [f"{name}: mean or sd is null, reference {mean:.6g}, {sd:.6g}"]
    allowed = SIGMAS * sd / math.sqrt(bulk) + 2 * reference["err"] * sd
    if kurtosis < bulk / 4 and not abs(got["mean"] - mean) <= allowed:
        out.append(f"{name}: mean {got['mean']:.6g}, reference {mean:.6g} ± {allowed:.2g}")
    allowed = SIGMAS * sd * math.sqrt((kurtosis - 1) / (4 * tail)) + 4 * reference["err"] * sd
    if kurtosis < 30 and not abs(got["sd"] - sd) <= allowed:
        out.append(f"{name}: sd {got['sd']:.6g}, reference {sd:.6g} ± {allowed:.2g}")
    return out


@pytest.mark.slow
@pytest.mark.parametrize("stem", sorted(EXPECTED))
def test_summary_has_the_keys_of_the_case_format(stem):
    summary = summary_of(stem)
    expected = EXPECTED[stem]
    assert KEYS <= set(summary)
    assert (summary["case"], summary["format"], summary["seed"]) == (stem, 1, 1)
    assert (summary["pooling"], summary["horizon"]) == (expected["pooling"], expected["horizon"])
    assert re.fullmatch(r"sha256:[0-9a-f]+", summary["digest"])
    diagnostics = summary["diagnostics"]
    assert {"ok", "max_r_hat", "min_ess_bulk", "min_ess_tail", "divergences"} <= set(diagnostics)
    assert diagnostics["ok"] is True, diagnostics
    for kind in ("quantities", "derived", "readings", "questions"):
        assert set(summary[kind]) == set(expected[kind]), kind
    assert set(expected["dark_uncertainty"]) <= set(summary["dark_uncertainty"])
    assert not set(expected["dark_absent"]) & set(summary["dark_uncertainty"]), "tau does not act there"
    for kind in ("quantities", "derived", "dark_uncertainty"):
        for name, entry in summary[kind].items():
            assert ENTRY <= set(entry), (kind, name)
            assert set(LEVELS) <= set(entry["quantiles"]), (kind, name)
    json.dumps(summary, allow_nan=False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["quantities", "derived", "dark_uncertainty"])
@pytest.mark.parametrize("stem", sorted(EXPECTED))
def test_posterior_is_that_of_quadrature(stem, kind):
    if not EXPECTED[stem][kind]:
        pytest.skip(f"{stem} has no {kind}")
    summary = summary_of(stem)
    tail = summary["diagnostics"]["min_ess_tail"]
    found = []
    for name, reference in EXPECTED[stem][kind].items():
        found += faults(name, reference, summary[kind][name], tail)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("stem", [s for s in sorted(EXPECTED) if EXPECTED[s]["readings"]])
def test_readings_have_their_posterior_probabilities(stem):
    summary = summary_of(stem)
    ess = summary["diagnostics"]["min_ess_bulk"]
    found = []
    for claim, reference in EXPECTED[stem]["readings"].items():
        got = summary["readings"][claim]
        assert [r["about"] for r in got] == [r["about"] for r in reference], claim
        assert sum(r["posterior"] for r in got) == pytest.approx(1, abs=1e-6), claim
        for g, r in zip(got, reference, strict=True):
            p = r["posterior"]
            allowed = SIGMAS * math.sqrt(p * (1 - p) / ess) + 1e-3
            if abs(g["prior"] - r["prior"]) > 1e-12 or not abs(g["posterior"] - p) <= allowed:
                found.append(f"{claim} as {r['about']}: {g}, reference {r['prior']}, {p:.4f} ± {allowed:.4f}")
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("stem", [s for s in sorted(EXPECTED) if EXPECTED[s]["questions"]])
def test_questions_have_their_probabilities(stem):
    summary = summary_of(stem)
    ess = summary["diagnostics"]["min_ess_bulk"]
    found = []
    for name, p in EXPECTED[stem]["questions"].items():
        got = summary["questions"][name]
        error = math.sqrt(p * (1 - p) / ess)
        allowed = SIGMAS * max(error, min(got["mcse"], 2 * error)) + 2e-3
        if not abs(got["probability"] - p) <= allowed:
            found.append(f"{name}: {got}, reference {p:.4f} ± {allowed:.4f}")
    assert not found, "\n".join(found)


def loaded(name):
    """A module of ``reference/``, which stands apart from the package and from this folder's helpers."""
    pytest.importorskip("yaml")
    spec = importlib.util.spec_from_file_location(f"nk_reference_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_expected_answers_are_those_that_quadrature_gives():
    """expected.json is not stale: a quick subset, computed again (published answers are asserted inside)."""
    quadrature = loaded("quadrature")
    assert set(quadrature.CASES) == set(EXPECTED) == {p.stem for p in (HERE / "cases").glob("*.yaml")}
    for stem in ("modes_alone", "modes_coupled", "repeats", "published", "priors", "unequal", "groups", "limits", "readings_unequal"):
        again = quadrature.CASES[stem]()
        for kind in ("quantities", "derived", "dark_uncertainty"):
            assert set(again[kind]) == set(EXPECTED[stem][kind])
            for name, reference in EXPECTED[stem][kind].items():
                for level in LEVELS:
                    assert abs(cdf(reference, again[kind][name]["quantiles"][level]) - float(level)) < 2e-3, (stem, kind, name)
        assert again["questions"] == pytest.approx(EXPECTED[stem]["questions"], abs=1e-6)


@pytest.mark.parametrize("stem,name,scale", [("unequal", "skewed", "log"), ("one_source", "capped", "log"), ("one_source", "skewed_twice", "log"),
                                             ("groups", "slanted", "log"), ("bounds", "skewed", "log"), ("at_its_word", "same", "log")])
def test_quadrature_is_what_drawn_paths_give(stem, name, scale):
    """The covariance and its closed forms against errors drawn step by step along their paths."""
    worst, size = loaded("simulation").compare(stem, name, scale, size=200_000)
    assert size > 1000
    assert worst < 5

"""Grids that are really run: against closed forms, against deletion by hand, killed and resumed, on Dask."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from scipy.stats import norm

import nkestimate
from command_line import call
from nkestimate import load_case, robustness
from nkestimate.case import changed, grid_from_plain
from nkestimate.errors import CaseError, EngineError
from nkestimate.sentences.solidity import answer_sentence, robustness_sentences, unsaid_rows
from nkestimate.solidity.refits.grid import fit_variant
from nkestimate.solidity.refits.row import CANNOT, FAILED, FITTED, UNCONVERGED
from nkestimate.solidity.refits.rows import ROWS
from nkestimate.solidity.refits.variants import variants

# One unknown, its prior and one claim taken at its word: normal times normal on the log scale, whatever the pooling.
KNOWN = """\
format: 1
title: A case whose answer is known
horizon: 2025-06-30
sources:
  ann: {name: Ann, weight: 1}
  ben: {name: Ben, weight: 1}
quantities:
  x: {label: Length, unit: metre, prior: "LogNormal(2.302585, 0.5)"}
  y: {label: Width, unit: metre}
derived:
  twice: {label: Twice the length, unit: metre, expr: 2 * x, headline: true}
claims:
  a: {source: ann, about: x, between: [15, 25]}
  b: {source: ben, about: y, between: [1, 2]}
questions:
  long: {ask: x > 16.45 metre, label: "Is it long?"}
  wide: {ask: y > 1.2 metre, label: "Is it wide?"}
scenarios:
  short: {label: Ann meant feet, set: {claims.a.unit: foot}}
robustness:
  pooling: [hierarchical, linear]
  common_error: [0.7]
  dark_uncertainty: [1]
"""
BRIEF = {"draws": 250, "tune": 250, "chains": 2, "progress": False, "workers": 2}


@pytest.fixture
def known(tmp_path):
    path = tmp_path / "known.yaml"
    path.write_text(KNOWN, encoding="utf-8")
    return path


def posterior(low, high, coverage):
    """Mean and standard deviation of ln x, in closed form."""
    m, s = (math.log(low) + math.log(high)) / 2, (math.log(high) - math.log(low)) / (2 * norm.ppf((1 + coverage) / 2))
    precision = 1 / 0.5**2 + 1 / s**2
    return (2.302585 / 0.5**2 + m / s**2) / precision, precision**-0.5


@pytest.mark.slow
def test_a_case_whose_answer_is_known(known, tmp_path):
    """All probabilities are those of the closed form, and the sentence says what follows from it."""
    result = robustness(load_case(known), **BRIEF | {"draws": 1000}, out=tmp_path / "out")
    kinds = [row.variant.kind for row in result.rows]
    assert {kind: kinds.count(kind) for kind in kinds} == {"base": 1, "crossed": 7, "scenario": 1, "source": 2, "claim": 2}
    for row in result.rows:
        mean, sd = posterior(15, 25, row.variant.choices["coverage"])
        if row.variant.kind == "scenario":
            mean, sd = posterior(15 * 0.3048, 25 * 0.3048, 0.9)
        elif row.variant.name in ("a", "ann"):
            mean, sd = 2.302585, 0.5
        answer, median = row.questions["long"], row.totals["twice"]
        assert answer["probability"] == pytest.approx(norm.sf((math.log(16.45) - mean) / sd), abs=4.5 * answer["mcse"])
        assert median["quantiles"]["0.5"] == pytest.approx(2 * math.exp(mean), abs=4.5 * median["mcse"])
    told = result.answers["long"]
    assert (told.count("holds"), told.count("fails")) == (8, 5)
    assert answer_sentence(told, result.levels).split(". ", 1)[1] == (
        "It fails when coverage is 50 % (2 of 8 crossed variants). Of single changes, it fails in the scenario “Ann meant feet”; without Ann.")
    assert answer_sentence(result.answers["wide"], result.levels).endswith("It cannot be said in 2 variants.")
    assert unsaid_rows(result) == [(("without Ben",), ("Is it wide?",))]
    assert robustness_sentences(result)[-1] == ("Nothing can be said without Ben of: Is it wide? No estimate is left of: Width. "
                                        "A prior, or a second source, would give one.")  # fmt: skip
    assert next(iter(result.ranges["twice"].moves)) == "coverage"
    lost = {row.variant.label: (row.status, row.lost) for row in result.rows if row.lost}
    assert lost == {"without Ben": (CANNOT, ("y",)), "without the claim of Ben on Width (1 to 2 metres)": (CANNOT, ("y",))}
    assert {row.status for row in result.rows} == {FITTED, CANNOT}
    assert nkestimate.Robustness.of(json.loads(result.json())).json() == result.json()
    assert len(result.csv().splitlines()) == len(result.rows) + 1
    again = robustness(load_case(known), **BRIEF | {"draws": 1000, "workers": 1}, out=tmp_path / "out")
    assert again.json() == result.json()


def test_a_fit_is_the_same_wherever_it_runs_and_is_that_of_the_deleted_claim(known):
    """The row of a claim left out is, digit for digit, a fit of the case without it at the variant's seed."""
    import zlib

    from nkestimate.fitting.runs import code_digest
    from nkestimate.solidity.refits.grid import _plain

    case = load_case(known)
    (variant,) = [v for v in variants(case, case.grid) if (v.kind, v.name) == ("claim", "a")]
    packed = zlib.compress(json.dumps([case.resolved, case.id, case.scenario]).encode())
    effort = {"draws": 250, "tune": 250, "chains": 2}
    row = fit_variant((packed, _plain(variant), 1, effort, code_digest()))
    path = known.with_name("by-hand.yaml")
    text = KNOWN.replace("  a: {source: ann, about: x, between: [15, 25]}\n", "").replace('0.5)"', '0.5)", rationale: no claim').split("scenarios:")[0]
    path.write_text(text, encoding="utf-8")
    summary = nkestimate.fit(load_case(path), **effort, seed=variant.seed(1), cores=1, progress=False).summary
    assert row["totals"]["twice"]["quantiles"] == summary.derived["twice"].quantiles
    assert row["questions"]["long"]["probability"] == summary.questions["long"].probability
    assert json.loads(json.dumps(row)) == row


def test_what_fails_is_a_row_with_its_reason(known):
    import zlib

    from nkestimate.fitting.runs import code_digest
    from nkestimate.solidity.refits.grid import _plain

    case = load_case(known)
    packed = zlib.compress(json.dumps([case.resolved, case.id, case.scenario]).encode())
    base = _plain(variants(case, case.grid)[0])

    def row(effort=None, **change):
        return fit_variant((packed, base | change, 1, effort or {"draws": 50, "tune": 50, "chains": 2}, code_digest()))

    assert row(changes={"quantities.x.prior": "Normal(0, 1)"})["status"] == FAILED
    assert "quantities.x.prior" in row(changes={"quantities.x.prior": "Normal(0, 1)"})["reason"]
    assert row({"draws": 0, "tune": 0, "chains": 2})["status"] == FAILED
    assert "another version" in fit_variant((packed, base, 1, {}, "sha256:other"))["refused"]


@pytest.mark.slow
def test_a_variant_that_does_not_converge_is_kept_and_not_counted(make):
    """A sum that is known far better than its parts, four draws: no diagnostics pass."""
    prior = {"prior": "LogNormal(0, 1)", "rationale": "wide"}
    case = make(quantities={"x": prior, "y": prior}, claims={"c": {"source": "a", "about": "x + y", "around": 5}}, questions={"q": {"ask": "x > 1"}})
    result = robustness(case, {"coverage": [0.5, 0.9], "pooling": [], "common_error": [], "dark_uncertainty": [], "one_at_a_time": []}, draws=4, tune=4, chains=1, workers=1, progress=False)
    assert [row.status for row in result.rows] == [UNCONVERGED, UNCONVERGED]
    assert not result.ok
    assert "ESS" in result.rows[0].reason or "effective sample size" in result.rows[0].reason
    assert result.answers["q"].count("not fitted") == 2
    assert result.base.median("x") is None


def test_a_grid_at_fault(small, tmp_path):
    with pytest.raises(CaseError, match=r"unknown key 'cover'"):
        robustness(small, {"cover": [0.5]})
    with pytest.raises(CaseError, match=r"others\.sources\.d\.weight.*there is no 'd'"):
        robustness(small, {"others": {"sources.d.weight": [0.5]}})
    (tmp_path / "grid.yaml").write_text("coverage: [0.5, 2]\n")
    with pytest.raises(CaseError, match=r"grid.yaml:1: robustness\.coverage: '2' is out of range"):
        robustness(small, tmp_path / "grid.yaml")
    with pytest.raises(CaseError, match="does not exist"):
        robustness(small, tmp_path / "none.yaml")


def test_a_grid_of_the_case_changes_no_digest(known):
    plain = known.with_name("plain.yaml")
    plain.write_text(KNOWN.split("robustness:")[0], encoding="utf-8")
    assert load_case(plain).digest == load_case(known).digest
    assert load_case(plain).grid is None
    assert load_case(known).grid == grid_from_plain({"pooling": ["hierarchical", "linear"], "common_error": [0.7], "dark_uncertainty": [1]})
    assert changed(load_case(known), {"title": "Other"}).grid is None


# ---------------------------------------------------------------- stopped and resumed


def arguments(case, out):
    return ["robustness", str(case), "--out", str(out), "--draws", "250", "--tune", "250", "--workers", "2", "--no-figures"]


def begun(case, out):
    code = "from nkestimate.cli import main; main()"
    return subprocess.Popen([sys.executable, "-c", code, *arguments(case, out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rows_in(out):
    """Whole lines after the header."""
    path = Path(out) / ROWS
    return max(path.read_bytes().count(b"\n") - 1, 0) if path.exists() else 0


def stop(process, out, after, signal_):
    """Send a signal once a number of rows are there; return the worker processes that there were."""
    deadline = time.monotonic() + 120
    while rows_in(out) < after:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal_)
    said = process.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive
    return said


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_killed_anywhere_and_resumed_it_gives_the_same_table(known, tmp_path):
    """SIGKILL before the first row and after a few, the last line torn: byte for byte the table of an undisturbed run, each fit once."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert call(*arguments(known, whole)).exit_code == 0
    fits = rows_in(whole)
    kept = 0
    for after in (0, 3):
        process = begun(known, broken)
        stop(process, broken, after, signal.SIGKILL)
        assert not (broken / "robustness.json").exists()
        kept = rows_in(broken)
        assert after <= kept < fits
        broken.mkdir(exist_ok=True)
        if after:
            with (broken / ROWS).open("ab") as file:
                file.write(b'{"variant": "sha256:ab')
    assert call(*arguments(known, broken)).exit_code == 0
    for name in ("robustness.json", "robustness.csv"):
        assert (broken / name).read_bytes() == (whole / name).read_bytes()
    names = [json.loads(line).get("variant") for line in (broken / ROWS).read_text(encoding="utf-8").splitlines()]
    assert len(names) == len(set(names)) == fits + 1


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_interrupted_it_says_how_to_go_on(known, tmp_path):
    process = begun(known, tmp_path / "out")
    printed, said = stop(process, tmp_path / "out", 1, signal.SIGINT)
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    assert printed == ""
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != ".rows.lock") == [ROWS]


# ---------------------------------------------------------------- Dask


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, as processes of their own; the address and the workers."""
    address, processes = tmp_path / "scheduler.json", []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}

    def start(*arguments):
        processes.append(subprocess.Popen([sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(address)], **quiet))
        return processes[-1]

    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    workers = [start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)]
    try:
        from distributed import Client

        deadline = time.monotonic() + 60
        while not address.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with Client(scheduler_file=str(address), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            yield client.scheduler.address, workers
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_on_dask_with_a_worker_killed_in_the_middle_it_is_the_same(known, tmp_path, cluster):
    address, workers = cluster
    case = load_case(known)
    brief = {key: value for key, value in BRIEF.items() if key not in ("progress", "workers")}
    here = robustness(case, **BRIEF)
    killed = []

    def watch(text, share):
        if share > 0.3 and not killed:
            workers[0].kill()
            killed.append(text)

    there = robustness(case, **brief, dask=address, out=tmp_path / "out", progress=watch)
    assert killed
    assert workers[0].wait() == -signal.SIGKILL
    assert there.json() == here.json()
    assert rows_in(tmp_path / "out") == len({row.variant.digest for row in here.rows})


def test_dask_that_is_not_there(known, monkeypatch):
    monkeypatch.setattr("nkestimate.solidity.refits.pools._PATIENCE", "1s")
    with pytest.raises(EngineError, match="no Dask scheduler answers there"):
        robustness(load_case(known), **BRIEF, dask="tcp://127.0.0.1:1")

"""The history of a folder: nothing lost or doubled by two at once or by an end in the middle, the last hundred kept."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from folder_checks import Steps, files, in_child, leftovers
from nkestimate.case import STARTER, load_case
from nkestimate.errors import ResultFileError
from nkestimate.fitting import runs
from nkestimate.fitting.fits import fit
from nkestimate.fitting.history import MOST, Line, earlier, history, put_line
from nkestimate.folder import changing, manifest_of, stale

BEGAN = datetime(2025, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def line():
    return Line.of(fit(load_case(STARTER), draws=50, tune=50, chains=2, progress=False))


def at(line, i, digest="sha256:" + "0" * 64):
    return replace(line, made=BEGAN + timedelta(seconds=i), summary=replace(line.summary, seed=i, digest=digest))


def put(folder, one):
    with changing(folder, one.summary.digest, one.summary.seed, runs.FIT_PART) as change:
        (change.part(runs.FIT_PART, f"{one.summary.seed:064}") / "summary.json").write_text("{}")
        put_line(change, one, f"{one.summary.seed:064x}"[::-1])


def seeds(folder):
    return [one.summary.seed for one in history(folder)]


def test_a_line_reads_back(line):
    assert Line.read(line.text()) == line
    assert line.estimate == line.summary.totals[load_case(STARTER).headline.id]
    for broken in ("{}", "[", "null", line.text().replace('"made": "2', '"made": "x'), line.text().replace(f'"headline": "{line.headline}"', '"headline": "none"')):
        with pytest.raises(ValueError):
            Line.read(broken)


def test_runs_are_listed_the_latest_first_and_are_not_stale(line, tmp_path):
    for i in range(3):
        put(tmp_path, at(line, i))
    assert seeds(tmp_path) == [2, 1, 0]
    assert stale(tmp_path, manifest_of(tmp_path), runs.FIT_PART) == []
    assert len(list((tmp_path / "history").iterdir())) == 3
    with changing(tmp_path, "", 1, runs.FIT_PART) as change:  # a report, say
        (change.part("report", "x") / "report.pdf").write_text("")
    assert seeds(tmp_path) == [2, 1, 0]


def test_what_was_changed_or_is_gone_is_left_out(line, tmp_path):
    for i in range(3):
        put(tmp_path, at(line, i))
    first, second, _ = sorted((tmp_path / "history").iterdir())
    first.unlink()
    second.write_text(second.read_text().replace('"seed": 1', '"seed": 9'))
    assert seeds(tmp_path) == [2]
    put(tmp_path, at(line, 3))
    assert seeds(tmp_path) == [3, 2]
    assert history(tmp_path / "none") == ()


def test_the_last_hundred_are_kept(line, tmp_path, monkeypatch):
    monkeypatch.setattr("nkestimate.fitting.history.MOST", 3)
    for i in range(5):
        put(tmp_path, at(line, i))
    assert seeds(tmp_path) == [4, 3, 2]
    assert len(list((tmp_path / "history").iterdir())) == 3
    assert MOST == 100
    assert not leftovers(tmp_path)


def test_runs_at_once_lose_no_line(line, tmp_path):
    begun = threading.Barrier(4)

    def some(first):
        begun.wait()
        for i in range(first, first + 5):
            put(tmp_path, at(line, i))

    threads = [threading.Thread(target=some, args=(first,)) for first in (0, 5, 10, 15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seeds(tmp_path) == list(range(19, -1, -1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is copied at one point of its life")
def test_ended_at_any_rename_a_line_is_there_once_or_not_and_none_is_lost(line, tmp_path):
    def ended(folder, step):
        Steps(folder, step, lambda: os._exit(9))
        put(folder, at(line, 1))
        os._exit(0)

    step, counts = 0, set()
    while True:
        step += 1
        folder = tmp_path / str(step)
        put(folder, at(line, 0))
        status = in_child(ended, folder, step)
        found = seeds(folder)
        assert found in ([0], [1, 0]), step
        manifest = json.loads((folder / "nkestimate-manifest.json").read_text())
        assert {name for name in files(folder) if name.startswith("history/")} == {name for name in manifest["files"] if name.startswith("history/")}
        assert (manifest["seed"] == 1) == (found == [1, 0])
        counts.add(len(found))
        if status == 0:
            break
    assert counts == {1, 2}


def test_a_run_is_named_by_how_many_runs_back_or_by_a_digest(line, tmp_path):
    digests = ["sha256:" + letter * 64 for letter in "abca"]
    for i, digest in enumerate(digests):
        put(tmp_path, at(line, i, digest))
    assert [earlier(tmp_path, which).summary.seed for which in ("0", "3", "aaaa", digests[1], "CCCCC")] == [3, 0, 3, 1, 2]
    for none in ("4", "aaa", "dddd", "-1", ""):
        with pytest.raises(ResultFileError, match="expected a number from 0 to 3"):
            earlier(tmp_path, none)
    with pytest.raises(ResultFileError, match="expected a folder of runs"):
        earlier(tmp_path / "none", "1")

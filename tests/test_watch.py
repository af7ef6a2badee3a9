"""Runs that are repeated: unchanged ones are shown again, saves are noticed, faults leave the last good answer."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from itertools import islice

import pytest
from click.testing import CliRunner

from nkestimate.case import load_case
from nkestimate.cli import main
from nkestimate.fitting.summary import contradictions
from nkestimate.fitting.watching import saves, stamp

EVIDENCE = """
sources: {a: {weight: 0.8}, b: {weight: 0.5}}
claims:
  one: {source: a, about: x, between: [10, 20]}
  two: {source: b, about: x, around: 30}
"""
CASE = """
format: 1
title: Watched
horizon: 2025-01-01
include: evidence.yaml
quantities: {x: {unit: person, label: People}}
"""


@pytest.fixture
def case(tmp_path):
    (tmp_path / "evidence.yaml").write_text(EVIDENCE)
    (tmp_path / "case.yaml").write_text(CASE)
    return tmp_path / "case.yaml"


def test_a_save_of_an_included_file_counts(case):
    before = stamp(case)
    included = case.parent / "evidence.yaml"
    included.write_text(EVIDENCE.replace("0.5", "0.05"))
    assert stamp(case) != before
    assert len(stamp(case)) == 2
    list(islice(saves(case), 1))  # the first look yields at once


@pytest.mark.slow
def test_an_unchanged_case_is_shown_again_and_a_changed_one_is_not(case):
    folder = case.parent / "out"
    how = ["run", str(case), "--out", str(folder), "--no-report", "--draws", "300", "--tune", "300"]
    first = CliRunner().invoke(main, how)
    assert first.exit_code == 0, first.output
    made = (folder / "posterior.nc").stat().st_mtime_ns
    again = CliRunner().invoke(main, how)
    assert "Unchanged since the last run" in again.output
    assert (folder / "posterior.nc").stat().st_mtime_ns == made
    CliRunner().invoke(main, [*how, "--fresh"])
    assert (folder / "posterior.nc").stat().st_mtime_ns > made
    (case.parent / "evidence.yaml").write_text(EVIDENCE.replace("0.5", "0.9"))
    changed = CliRunner().invoke(main, how)
    assert "Unchanged" not in changed.output
    assert "change" in changed.output
    assert "Unchanged" not in CliRunner().invoke(main, [*how, "--seed", "7"]).output


@pytest.mark.slow
def test_watch_fits_on_each_save_and_survives_a_fault(case):
    command = [sys.executable, "-u", "-m", "nkestimate.cli", "watch", str(case), "--out", str(case.parent / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            seen = wait_for(process, "Ctrl-C ends.")
            assert "People" in seen
            evidence = case.parent / "evidence.yaml"
            evidence.write_text(EVIDENCE.replace("about: x, around", "about: y, around"))
            seen = wait_for(process, "The last good answer stays.")
            assert "unknown name 'y'" in seen
            evidence.write_text(EVIDENCE.replace("around: 30", "around: 60"))
            seen = wait_for(process, "Ctrl-C ends.")
            people = next(line for line in seen.splitlines() if line.startswith("People"))
            assert people.split()[-1][0] in "+−"
            first, second = [line for line in seen.splitlines() if line.startswith("20")]  # of the two runs, when and what
            assert " UTC " in first
            assert second.split()[-1] == people.split()[-1]
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(timeout=60) == 130
            assert "Traceback" not in rest
        finally:
            process.kill()


def wait_for(process, text, seconds=120.0):
    """Read the process's output up to a line that holds a text."""
    seen, stop = "", time.monotonic() + seconds
    while text not in seen and time.monotonic() < stop:
        line = process.stdout.readline()
        assert line, f"ended early: {seen}"
        seen += line
    return seen


def test_claims_at_their_word_that_exclude_each_other_are_named(tmp_path):
    text = CASE.replace("include: evidence.yaml", EVIDENCE.replace("0.8", "1").replace("0.5", "1"))
    (tmp_path / "case.yaml").write_text(text)
    (told,) = contradictions(load_case(tmp_path / "case.yaml"))
    assert (told.kind, told.about[0]) == ("contradiction", "x")
    (tmp_path / "case.yaml").write_text(text.replace("around: 30", "around: 15"))
    assert contradictions(load_case(tmp_path / "case.yaml")) == []

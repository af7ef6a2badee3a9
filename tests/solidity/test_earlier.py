"""A run beside an earlier one of its folder: changes are differences of what the two summaries state."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from nkestimate.case import STARTER, load_case
from nkestimate.cli import main
from nkestimate.errors import ComparisonError
from nkestimate.fitting.fits import fit
from nkestimate.fitting.history import Line
from nkestimate.solidity.comparing.earlier import against
from nkestimate.tables.solidity import as_text

BRIEF = {"draws": 200, "tune": 200, "chains": 2}


@pytest.fixture(scope="module")
def fits():
    return [fit(load_case(STARTER, set=changes), progress=False, **BRIEF) for changes in ({}, {"sources.organiser.weight": 0.1})]


def test_changes_are_those_of_the_medians(fits):
    old, new = fits
    found = against(new, Line.of(old))
    assert {row.total for row in found.totals} == set(new.summary.totals)
    for row in found.totals:
        assert row.change == pytest.approx(new.summary.totals[row.total].median - old.summary.totals[row.total].median)
    assert (found.a.digest, found.b.digest, found.waterfalls) == (old.case.digest, new.case.digest, ())
    text = as_text(found)
    assert "no draws" in " ".join(text.split())
    assert "Shapley" not in text
    assert "UTC" in text
    assert "Both are of the same case" in as_text(against(new, Line.of(new)))


def test_totals_that_one_side_lacks_or_has_in_another_unit_are_named(fits):
    old, new = fits
    key, *_ = old.summary.quantities
    rest = {name: row for name, row in old.summary.quantities.items() if name != key}
    line = Line.of(replace(old, summary=replace(old.summary, quantities=rest | {"gone": old.summary.quantities[key]})))
    notes = " ".join(against(new, line).notes)
    assert f"A has no '{key}'" in notes
    assert "B has no 'gone'" in notes
    other = {name: replace(row, unit="parsec") for name, row in old.summary.totals.items()}
    line = Line.of(replace(old, summary=replace(old.summary, quantities={k: other[k] for k in old.summary.quantities},
                                                derived={k: other[k] for k in old.summary.derived})))  # fmt: skip
    with pytest.raises(ComparisonError, match="is in parsec in A and in"):
        against(new, line)


def test_from_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        return CliRunner().invoke(main, arguments)

    assert call("init", "c").exit_code == 0
    for weight in ("0.9", "0.1"):
        assert call("run", "c/case.yaml", "--out", "out", "--no-report", "--draws", "500", "--set", f"sources.organiser.weight={weight}").exit_code == 0
    listed = call("history", "out")
    assert listed.exit_code == 0, listed.output
    assert len([row for row in listed.output.splitlines() if " 202" in row]) == 2
    digest = call("history", "out", "--format", "csv").output.splitlines()[2].split(",")[2]
    found = call("compare", "out", "--against", "1", "--format", "json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["a"]["digest"] == digest
    assert call("compare", "out", "--against", digest[7:15], "--format", "json").stdout == found.stdout
    assert call("compare", "out", "--against", "7").exit_code == 1
    for wrong in (("compare", "out"), ("compare", "out", "out", "--against", "1"), ("compare", "c/case.yaml", "--against", "1")):
        assert call(*wrong).exit_code == 2
    assert call("history", "none").exit_code == 1

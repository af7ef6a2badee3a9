"""`nkestimate robustness` on a small real case: what is printed and written, and the exit statuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from command_line import BRIDGE, call
from nkestimate import Robustness
from nkestimate.cli import main

CASE = BRIDGE + """\
robustness:
  coverage: [0.5, 0.9]
  pooling: [hierarchical]
  common_error: [0.7]
  dark_uncertainty: [1]
"""
BRIEF = ["--draws", "500", "--tune", "250", "--workers", "2"]


def robustness(*arguments):
    return call("robustness", *arguments)


@pytest.mark.slow
def test_it_prints_and_writes_what_it_found_in_each_format(bridge):
    text = robustness(bridge, *BRIEF)
    assert text.exit_code == 0, text.output
    folder = Path("reports/bridge/robustness")
    assert {path.name for path in folder.iterdir()} - {".rows.lock"} == {
        "rows.jsonl", "nkestimate-manifest.json", "robustness.json", "robustness.csv", "specification-curve.png", "specification-curve.svg", "sources.png", "sources.svg"}  # fmt: skip
    lines = text.output.splitlines()
    assert lines[0] == "A bridge: how solid is the answer?"
    assert max(map(len, lines[: lines.index("")])) <= 80
    assert "6 variants in 4 fits: 2 crossed, 2 sources left out, 2 claims left out." in " ".join(lines[:3])
    assert "Is it dear? “Yes” holds in" in " ".join(text.output.split())
    assert "without Ministry" in text.output
    stamp = (folder / "rows.jsonl").stat().st_mtime_ns
    asjson = robustness(bridge, *BRIEF, "--format", "json", "--no-figures")  # all is kept: nothing is fitted again
    assert (folder / "rows.jsonl").stat().st_mtime_ns == stamp
    assert asjson.output == (folder / "robustness.json").read_text(encoding="utf-8")
    found = Robustness.of(json.loads(asjson.output))
    assert [row.variant.kind for row in found.rows] == ["base", "crossed", "source", "source", "claim", "claim"]
    ascsv = robustness(bridge, *BRIEF, "--format", "csv", "--no-figures")
    table = list(csv.DictReader(io.StringIO(ascsv.output)))
    assert [row["status"] for row in table] == [row.status for row in found.rows] == ["fitted", "fitted", "cannot be said", "fitted"] + ["cannot be said", "fitted"]
    assert float(table[1]["dear.probability"]) == found.rows[1].questions["dear"]["probability"]
    assert float(table[1]["cost.0.5"]) == found.rows[1].median("cost")
    assert table[2]["cost.0.5"] == ""
    assert "seconds" not in asjson.output


@pytest.mark.parametrize("arguments, status, said", [
    (["nowhere.yaml"], 1, "does not exist"),
    (["bridge.yaml", "--grid", "nowhere.yaml"], 1, "does not exist"),
    (["bridge.yaml", "--grid", "grid.yaml"], 1, "grid.yaml:2: robustness.pooling: 'bayes' is not known here"),
    (["bridge.yaml", "--scenario", "none"], 1, "unknown scenario"),
    (["bridge.yaml", "--format", "xml"], 2, "'xml' is not one of"),
    (["bridge.yaml", "--workers", "0"], 2, "--workers"),
])  # fmt: skip
def test_statuses(bridge, arguments, status, said):
    Path("grid.yaml").write_text("coverage: [0.5]\npooling: [bayes]\n")
    result = robustness(*arguments)
    assert result.exit_code == status, result.output
    assert said in result.stderr


def test_a_grid_in_the_case_is_checked_with_the_case(bridge):
    bridge.write_text(CASE + "  others: {sources.rivall.weight: [0.1]}\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["validate", str(bridge)])
    assert result.exit_code == 1
    assert "bridge.yaml:22: robustness.others.sources.rivall.weight: with 0.1" in result.stderr
    assert "did you mean 'rival'?" in result.stderr


def test_a_folder_in_use_is_refused(bridge):
    from filelock import FileLock

    folder = Path("out")
    folder.mkdir()
    with FileLock(folder / ".rows.lock"):
        result = robustness(bridge, "--out", folder)
    assert result.exit_code == 1
    assert "another run writes to this file" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command, name", [("robustness", "robustness"), ("calibrate", "calibration")])
def test_the_folder_of_a_run_is_refused(bridge, command, name):
    assert call("run", bridge, "--no-report", "--draws", "20", "--tune", "20", "--chains", "1", "--out", "own").exit_code in (0, 3)
    before = {path: path.read_bytes() for path in Path("own").rglob("*") if path.is_file()}
    refused = call(command, bridge, "--out", "own")
    assert refused.exit_code == 2
    assert f"this folder holds a run; give --out own/{name}" in " ".join(refused.stderr.split())
    assert {path: path.read_bytes() for path in Path("own").rglob("*") if path.is_file()} == before
    Path("own/nkestimate-manifest.json").unlink()  # a copy of its posterior alone
    assert call(command, bridge, "--out", "own").exit_code == 2


@pytest.mark.parametrize("arguments, said", [([], "the same command goes on from there"), (["--fresh"], "the same command without --fresh goes on from there")])
def test_stopped_it_says_which_command_goes_on(bridge, monkeypatch, arguments, said):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("nkestimate.solidity.refits.grid.robustness", stopped)
    done = robustness(bridge, *arguments)
    assert (done.exit_code, done.stderr) == (130, f"stopped; the rows that were done are kept in reports/bridge/robustness/rows.jsonl: {said}\n")

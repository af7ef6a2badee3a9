"""`nkestimate resolve` and `nkestimate ledger`: what they print, write and refuse."""

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from scipy import stats

from command_line import BRIDGE, call
from nkestimate.scoring.ledger import append, read_ledger
from scored import answered, claim, entry

CASE = BRIDGE + """\
  b: {source: rival, about: length, around: 2.0 km, supersedes: before}
  before: {source: rival, about: length, around: 2.5 km}
"""
OUTCOMES = """\
case: bridge
outcomes:
  length: {came_true: 1.35, unit: km, from: survey, when: 2025-09-01, check: "https://example.org"}
  cost: {came_true: [50, 60], from: audit, when: 2025-09-02, class: costs}
  dear: {came_true: true, from: audit, when: 2025-09-02}
"""


@pytest.fixture
def resolved(bridge):
    """A case, its run in its usual folder, and what came true."""
    Path("outcomes.yaml").write_text(OUTCOMES, encoding="utf-8")
    assert call("run", bridge, "--no-report", "--draws", "500", "--tune", "200", "--chains", "2").exit_code == 0
    return bridge


@pytest.mark.slow
def test_outcomes_are_scored_entered_once_and_become_a_record(resolved):
    text = call("resolve", resolved, "--with", "outcomes.yaml", "--track-record", "record.yaml")
    assert text.exit_code == 0, text.output
    assert max(map(len, text.output.splitlines())) <= 80
    lines = text.output.splitlines()
    assert lines[0] == "A bridge: what came true"
    assert any(line.split()[:4] == ["Bridge", "length,", "metres", "1,350"] for line in lines)
    assert "50 to 60" in text.output
    told = next(i for i, line in enumerate(lines) if "not scored" in line)
    assert lines[told].startswith("Rival, on")
    assert "superseded by about 2.0 km" in " ".join(re.sub("^.{24}", "", line).strip() for line in lines[told : told + 3])
    assert "Entered in ledger/ledger.jsonl: 3 outcomes." in lines
    assert lines[-1] == "Written: record.yaml"
    record = yaml.safe_load(Path("record.yaml").read_text(encoding="utf-8"))["track_record"]
    assert list(record) == ["bridge-a", "bridge-b", "bridge-d"]
    before = Path("ledger/ledger.jsonl").read_bytes()

    again = call("resolve", "reports/bridge", "--with", "outcomes.yaml", "--format", "json")  # the folder of the run
    assert again.exit_code == 0
    assert "'cost' is there already for this case" in " ".join(again.output.split())
    assert Path("ledger/ledger.jsonl").read_bytes() == before
    taken = call("resolve", resolved, "--with", "outcomes.yaml", "--track-record", "record.yaml", "--ledger", "other")
    assert (taken.exit_code, taken.output) == (1, "record.yaml: exists already; expected a file that is not there yet; choose another name\n")
    assert not Path("other").exists()  # refused before anything is entered
    table = call("resolve", resolved, "--with", "outcomes.yaml", "--format", "csv", "--no-ledger", "--ledger", "other").output
    rows = {row["outcome"]: row for row in csv.DictReader(io.StringIO(table))}
    assert (rows["cost"]["came_true_low"], rows["cost"]["came_true_high"], rows["dear"]["happened"]) == ("50.0", "60.0", "true")
    assert float(rows["length"]["log_score"]) == read_ledger(Path("ledger/ledger.jsonl")).entries[0].total.log_score
    assert not Path("other").exists()

    # another state of the case, and a run that has not converged
    resolved.write_text(CASE.replace("weight: 0.4", "weight: 0.5"), encoding="utf-8")
    other = call("resolve", resolved, "--with", "outcomes.yaml")
    assert other.exit_code == 1
    assert "this run is of another state of the case" in other.output
    assert call("resolve", resolved, "--with", "outcomes.yaml", "--anyway", "--no-ledger").exit_code == 0
    call("run", resolved, "--no-report", "--draws", "20", "--tune", "20", "--chains", "1", "--out", "short")
    short = call("resolve", resolved, "--run", "short", "--with", "outcomes.yaml", "--ledger", "other")
    assert short.exit_code == 1
    assert "did not converge" in short.output
    anyway = call("resolve", resolved, "--run", "short", "--with", "outcomes.yaml", "--ledger", "other", "--anyway")
    assert anyway.exit_code == 3
    assert anyway.output.startswith("NOT CONVERGED. A bridge")
    assert not any(one.converged for one in read_ledger(Path("other/ledger.jsonl")).entries)


@pytest.mark.slow
def test_a_slip_is_not_entered_and_an_entry_can_be_withdrawn(resolved):
    slip = OUTCOMES.replace("came_true: 1.35, unit: km", "came_true: 1.35, unit: metre")
    Path("slip.yaml").write_text(slip, encoding="utf-8")
    refused = call("resolve", resolved, "--with", "slip.yaml", "--track-record", "record.yaml")
    assert refused.exit_code == 1
    assert "A bridge: what came true" in refused.output
    assert "slip.yaml:3: outcomes.length.came_true: 1.35 metre lies outside all 1,000 draws of 'Bridge length', " in refused.output
    assert not Path("ledger").exists()
    assert not Path("record.yaml").exists()
    assert call("resolve", resolved, "--with", "slip.yaml", "--no-ledger").exit_code == 0
    assert call("resolve", resolved, "--with", "slip.yaml", "--anyway").exit_code == 0
    right = " ".join(call("resolve", resolved, "--with", "outcomes.yaml").output.split())
    assert "with 1.35 metre; an entry is never rewritten; where that was wrong, withdraw it first" in right
    assert right.count("withdraw it first") == 1  # the others are as they were

    for half in (["--withdraw", "length", "--by", "Ann"], ["--withdraw", "length", "--by", " ", "--why", "x"], ["--why", "x"]):
        assert call("ledger", *half).exit_code == 2
    shown = call("ledger", "--withdraw", "length", "--by", "Ann", "--why", "metres for km")
    assert shown.exit_code == 0, shown.output
    assert "2 outcomes of 1 case" in shown.output
    flat = " ".join(shown.output.split())
    assert re.search(r"Bridge length \(bridge\) 1.35 metre 20\d\d-\d\d-\d\d Ann metres for km 1 entry in no figure above.", flat)
    again = " ".join(call("resolve", resolved, "--with", "slip.yaml", "--anyway").output.split())
    assert "by Ann (metres for km); it stays so." in again
    assert call("resolve", resolved, "--with", "outcomes.yaml").exit_code == 0
    told = json.loads(call("ledger", "--format", "json").output)
    assert [(one["entry"]["stated"], one["withdrawal"]["by"]) for one in told["withdrawn"]] == [("1.35 metre", "Ann")]
    assert sorted(one["stated"] for one in told["entries"]) == ["1.35 km", "50 to 60 million USD", "yes"]
    assert told["coverage"]["0.9"]["of"] == 2


@pytest.mark.slow
def test_the_page_on_outcomes_runs_as_it_stands(bridge):
    page = (Path(__file__).parents[1] / "docs" / "ledger.md").read_text(encoding="utf-8")
    bridge.rename("my-case.yaml")
    (outcomes,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    Path("outcomes.yaml").write_text(outcomes, encoding="utf-8")
    assert call("run", "my-case.yaml", "--no-report", "--draws", "500", "--tune", "200", "--chains", "2").exit_code == 0
    commands = [line for block in re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
    assert len(commands) == 7
    for command in commands:
        done = call(*shlex.split(command)[1:])
        assert done.exit_code == 0, (command, done.output)
    read = read_ledger(Path("ledger/ledger.jsonl"))
    assert (len(read.entries), [entry.outcome for entry, _ in read.withdrawn]) == (2, ["cost"])
    assert Path("seeds/my-case-record.yaml").is_file()


@pytest.mark.parametrize("arguments, status, said", [
    (["bridge.yaml"], 2, "Missing option '--with'"),
    (["bridge.yaml", "--with", "none.yaml"], 1, "posterior.nc: no run of bridge.yaml is there; name the folder of its run with --run"),
    (["none.yaml", "--with", "none.yaml"], 1, "none.yaml:1: (top): the file does not exist"),
    ([".", "--with", "none.yaml", "--run", "x"], 2, "--run and --scenario go with a case file"),
])  # fmt: skip
def test_what_resolve_refuses(bridge, arguments, status, said):
    done = call("resolve", *arguments)
    assert done.exit_code == status
    assert said in done.output


def ledger(n, path=Path("ledger/ledger.jsonl")):
    claims = [claim("ministry", 0.05), claim("rival", 1.1, held=False)]
    append(path, [entry(i, claims=claims) for i in range(n)] + [answered(i, 0.7, i % 3 > 0) for i in range(n)])


def test_a_ledger_says_what_its_scores_amount_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ledger(12)
    done = call("ledger", "--pictures", "drawn")
    assert done.exit_code == 0, done.output
    shown = done.output.split("Written: ")[0]
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.startswith("24 outcomes of 12 cases\n")
    flat = " ".join(shown.split())
    assert f"90 % 12 of 12 {100 * stats.beta(12.5, 0.5).ppf(0.05):.0f} % to >99 %" in flat
    assert "60 % to 80 % 70 % 8 of 12 {:.0f} % to {:.0f} %".format(*(100 * stats.beta(8.5, 4.5).ppf(p) for p in (0.05, 0.95))) in flat
    assert "1. Ministry 12 12 of 12" in flat
    assert "2. Rival 12 0 of 12" in flat
    assert "oo early" not in flat
    assert {path.name for path in Path("drawn").glob("*.*g")} == {"reliability.png", "reliability.svg", "places.png", "places.svg"}
    told = json.loads(call("ledger", "--format", "json").output)
    assert (len(told["entries"]), told["coverage"]["0.9"]["held"], told["sources"][0]["source"]) == (24, 12, "ministry")
    rows = list(csv.DictReader(io.StringIO(call("ledger", "ledger/ledger.jsonl", "--format", "csv").output)))
    assert [row["kind"] for row in rows].count("question") == 12


def test_a_young_ledger_says_that_it_is_too_early(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ledger(2)
    with Path("ledger/ledger.jsonl").open("ab") as file:
        file.write(b'{"nkestimate": "outco')
    flat = " ".join(call("ledger").output.split())
    assert flat.count("Too early to tell: 2 outcomes, of which 10 at least are needed.") == 2
    assert "Without a place: fewer than 3 outcomes with a figure of it, too early to rank." in flat
    assert "1. " not in flat
    assert "the last line is torn" in flat


def test_no_ledger_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call("ledger")
    assert (done.exit_code, done.output.split(";")[0]) == (1, "ledger/ledger.jsonl: no such file")


def test_a_ledger_without_entries_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty.jsonl").write_bytes(b"")
    done = call("ledger", "empty.jsonl")
    assert (done.exit_code, done.output.split(":")[0]) == (0, "No entries yet")
    assert json.loads(call("ledger", "empty.jsonl", "--format", "json").output)["entries"] == []
    assert len(call("ledger", "empty.jsonl", "--format", "csv").output.splitlines()) == 1
    ledger(1)
    for what in ("length", "dear"):
        assert call("ledger", "--withdraw", what, "--by", "Ann", "--why", "a test").exit_code == 0
    done = call("ledger")
    assert done.output.startswith("No entries yet")
    assert "2 entries in no figure above." in done.output

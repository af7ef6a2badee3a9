"""The command line on small real cases, nothing mocked: statuses, what is printed, what is written, what is left."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from command_line import call
from nkestimate import ScaleError
from nkestimate.case.schema import POOLINGS
from nkestimate.cli import main
from served import Command

CASE = """\
format: 1
title: A bridge
horizon: 2025-06-30
sources:
  ministry: {weight: 0.75}
  rival: {weight: 0.4}
quantities:
  length: {label: Bridge length, unit: metre}
  rate: {label: Price, unit: USD/metre}
derived:
  cost: {label: Total cost, unit: million USD, expr: length * rate, headline: true}
claims:
  a: {source: ministry, about: length, between: [1.2, 1.5], unit: km}
  b: {source: rival, about: length, around: 1900}
  c: {source: ministry, about: rate, around: 40000}
  d: {source: rival, about: cost, at_most: 70}
questions:
  dear: {ask: cost > 60 million USD, label: "Is it dear?"}
scenarios:
  trust: {label: Trust the rival, set: {sources.rival.weight: 1.0}}
"""
BRIEF = ["--draws", "1000", "--tune", "1000", "--chains", "2"]


def run(*arguments):
    return call("run", *arguments, *BRIEF, "--no-report")


def summary(folder):
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


# ---------------------------------------------------------------- run


def test_run_writes_and_prints_the_totals(bridge):
    result = run(bridge)
    folder = bridge.parent / "reports" / "bridge"
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in folder.iterdir()) == ["history", "nkestimate-manifest.json", "posterior.nc", "summary.json"]
    found = summary(folder)
    assert (found["case"], found["seed"], found["pooling"], found["horizon"]) == ("bridge", 1, "hierarchical", "2025-06-30")
    lines = result.output.splitlines()
    assert lines[0] == "A bridge"
    rows = [next(i for i, line in enumerate(lines) if line.startswith(label)) for label in ("Total cost", "Bridge length", "Price")]
    assert rows[0] == min(rows)  # the headline comes first
    assert "change" not in result.output
    assert "Is it dear?" in result.output
    assert str(Path("reports/bridge/summary.json")) in result.output
    assert max(len(line) for line in lines[: rows[-1] + 1]) <= 80


def test_a_second_run_says_what_changed(bridge):
    run(bridge)
    first = summary(bridge.parent / "reports" / "bridge")
    bridge.write_text(CASE.replace("rival: {weight: 0.4}", "rival: {weight: 1}").replace("around: 1900", "around: 3000"), encoding="utf-8")
    result = run(bridge)
    second = summary(bridge.parent / "reports" / "bridge")
    assert second["quantities"]["length"]["median"] > first["quantities"]["length"]["median"]
    line = next(line for line in result.output.splitlines() if line.startswith("Bridge length"))
    assert "change" in result.output
    assert line.split()[-1].startswith("+")


def test_an_unchanged_case_is_not_sampled_again_unless_asked(bridge):
    run(bridge)
    posterior = bridge.parent / "reports" / "bridge" / "posterior.nc"
    stamp = posterior.stat().st_mtime_ns
    again = run(bridge)
    assert again.exit_code == 0
    assert "Unchanged" in again.output
    assert posterior.stat().st_mtime_ns == stamp
    assert " = " in again.output.replace("=\n", " = ")
    assert "Unchanged" not in run(bridge, "--seed", 2).output
    assert "Unchanged" not in call("run", bridge, "--seed", 2, "--chains", 3, "--no-report").output
    stamp = posterior.stat().st_mtime_ns
    call("run", bridge, "--seed", 2, "--chains", 3, "--no-report", "--fresh")
    assert posterior.stat().st_mtime_ns > stamp


def test_the_same_seed_gives_the_same_summary_and_another_does_not(bridge):
    for out, seed in (("one", 5), ("two", 5), ("three", 6)):
        run(bridge, "--out", out, "--seed", seed)
    one, two, three = (summary(Path(out)) for out in ("one", "two", "three"))
    assert one == two
    assert one["quantities"] != three["quantities"]


def test_scenario_and_pooling_have_folders_of_their_own(bridge):
    result = run(bridge, "--scenario", "trust", "--pooling", "log")
    assert result.exit_code == 0, result.output
    found = summary(Path("reports/bridge-trust-log"))
    assert (found["scenario"], found["pooling"]) == ("trust", "log")
    assert set(found["dark_uncertainty"]) == set()  # all that is doubted is in the pool, and the rival is trusted


def test_what_was_not_sampled_enough_exits_with_3_and_writes_all_the_same(bridge):
    result = call("run", bridge, "--draws", "20", "--tune", "5", "--chains", "2", "--no-report")
    assert result.exit_code == 3
    assert "NOT CONVERGED" in result.output
    folder = bridge.parent / "reports" / "bridge"
    assert not summary(folder)["diagnostics"]["ok"]
    assert (folder / "posterior.nc").exists()


def test_a_foreign_summary_in_the_folder_does_no_harm(bridge, monkeypatch):
    monkeypatch.setattr("nkestimate.folder._PAUSES", (0.0,))  # nobody else is writing
    folder = bridge.parent / "reports" / "bridge"
    folder.mkdir(parents=True)
    for text in ("[]", "nonsense", "{}", '{"case": "bridge"}', '{"case": "bridge", "quantities": {"length": {}}, "derived": 3}', "null"):
        (folder / "summary.json").write_text(text, encoding="utf-8")
        assert run(bridge).exit_code == 0, text


# ---------------------------------------------------------------- faults and usage


@pytest.mark.parametrize("command", ["run", "validate"])
def test_faults_exit_with_1_and_stand_on_lines(bridge, command):
    bridge.write_text(CASE.replace("source: rival, about: cost", "source: rivall, about: costs"), encoding="utf-8")
    result = call(command, bridge)
    assert result.exit_code == 1
    assert "bridge.yaml:16: claims.d.source: unknown source 'rivall'" in result.stderr
    assert "did you mean 'cost'?" in result.stderr
    assert "2 faults." in result.stderr
    assert not (bridge.parent / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["run", "nowhere.yaml"], 1),
        (["validate", "nowhere.yaml"], 1),
        (["validate", "."], 1),
        (["run", "bridge.yaml", "--scenario", "trsut"], 1),
        (["report", "nowhere"], 1),
        (["report", "bridge.yaml"], 1),
        (["report", "."], 1),
        (["run", "bridge.yaml", "--pooling", "bayes"], 2),
        (["run", "bridge.yaml", "--draws", "0"], 2),
        (["run", "bridge.yaml", "--nothing"], 2),
        (["nothing"], 2),
        (["init"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_statuses(bridge, arguments, status):
    result = call(*arguments)
    assert result.exit_code == status, result.output
    assert result.stderr.strip()


def test_a_folder_that_is_a_file(bridge):
    Path("taken").write_text("")
    assert call("run", bridge, "--out", "taken", *BRIEF).exit_code == 2
    assert call("run", bridge, "--out", "taken/inside", *BRIEF, "--no-report").exit_code == 1


def test_no_case_and_none_shipped_here_is_usage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nkestimate.cli.shared.SHIPPED", Path("priors/no-such-case.yaml"))
    for command in ("run", "validate"):
        assert call(command).exit_code == 2


def test_validate_counts(bridge):
    result = call("validate", bridge)
    assert result.exit_code == 0
    assert "2 quantities, 1 derived, 4 claims (4 active) of 2 sources, 1 question, 1 scenario." in result.output


# ---------------------------------------------------------------- schema, init


def test_validate_and_a_run_name_statements_that_a_default_swamps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = """
format: 1
title: Light
horizon: 2025-01-01
sources: {lab: {weight: 0.5}, rule: {weight: 0.5}}
quantities: {c: {label: Speed of light, unit: metre/second}, d: {label: Distance, unit: metre}}
claims:
  one: {source: lab, about: c, around: 299792458, within: 0.0000001%}
  other: {source: rule, about: d, around: 30}
"""
    Path("light.yaml").write_text(text, encoding="utf-8")
    for arguments in (["validate"], ["run", "--no-report", "--draws", "200", "--tune", "200"]):
        printed = " ".join(call(*arguments[:1], "light.yaml", *arguments[1:]).output.split())
        assert printed.count("Note:") == 1 + (arguments[0] == "run")  # a run tells besides whose the spread is
        assert "Speed of light (570,000,000 times)" in printed
        assert "`support: real`" in printed
    Path("light.yaml").write_text(text.replace("unit: metre/second", "unit: metre/second, support: real"), encoding="utf-8")
    assert "Note" not in call("validate", "light.yaml").output


def test_schema_prints_and_writes_the_same(bridge):
    printed = call("schema")
    assert call("schema", "--out", "s.json").exit_code == 0
    assert json.loads(printed.output) == json.loads(Path("s.json").read_text(encoding="utf-8"))
    assert printed.output == Path("s.json").read_text(encoding="utf-8")


def test_init_makes_a_case_that_validates_and_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("init", "mine").exit_code == 0
    assert sorted(path.name for path in Path("mine").iterdir()) == ["case.schema.json", "case.yaml"]
    assert call("validate", "mine/case.yaml").exit_code == 0
    Path("mine/case.yaml").write_text("edited")
    again = call("init", "mine")
    assert again.exit_code == 1
    assert Path("mine/case.yaml").read_text() == "edited"


@pytest.mark.slow
def test_another_case_in_the_same_folder_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, title in (("one", "A bridge"), ("two", "A flood")):
        said = call("init", name).stdout
        assert f"--out {name}" in said
        path = Path(name, "case.yaml")
        path.write_text("".join(f"title: {title}\n" if line.startswith("title:") else line for line in path.read_text().splitlines(True)))
    quick = ("--no-report", "--draws", "50", "--tune", "100", "--chains", "2")
    assert "held a run of another case" not in call("run", "one/case.yaml", *quick).stdout
    assert "held a run of another case (A bridge)" in call("run", "two/case.yaml", *quick).stdout


@pytest.mark.slow
def test_the_starter_case_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("init", "mine")
    result = call("run", "mine/case.yaml", "--no-report", "--out", "out")
    assert result.exit_code == 0, result.output
    assert summary(Path("out"))["diagnostics"]["divergences"] == 0


# ---------------------------------------------------------------- report


@pytest.mark.slow
def test_report_of_a_saved_posterior_and_its_digest(bridge):
    pdf = [*BRIEF, "--format", "pdf"]
    assert call("run", bridge, *pdf).exit_code == 0
    folder = Path("reports/bridge")
    assert (folder / "report.pdf").read_bytes()[:4] == b"%PDF"
    (folder / "annex.pdf").unlink()
    again = call("run", bridge, *pdf)  # nothing is sampled again, but a report without its annex is none
    assert "Unchanged since the last run" in again.stdout
    assert (folder / "annex.pdf").exists()
    assert call("report", folder, "--case", bridge, "--paper", "us-letter", "--format", "pdf").exit_code == 0
    assert {PdfReader(folder / name).pages[0].mediabox.width for name in ("report.pdf", "annex.pdf")} == {612}
    refused = call("report", folder, "--case", bridge, "--scenario", "trust", "--out", "elsewhere")
    assert refused.exit_code == 1
    assert "digest" in refused.stderr
    assert not Path("elsewhere").exists()


# ---------------------------------------------------------------- interruption


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_an_interrupted_run_leaves_what_was_there(bridge):
    """Ctrl-C while it samples: the last run's files are whole and as they were, and nothing half-written stands beside."""
    run(bridge)
    folder = bridge.parent / "reports" / "bridge"
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    process = Command(bridge.parent, "run", str(bridge), "--draws", "3000000", "--seed", "2", "--no-report")
    process.wait(2)
    assert process.process.is_alive(), process.done()
    process.interrupt()
    status, said = process.done(60)
    assert status == 130, said
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_from_the_shell_status_and_streams(bridge):
    """As a process: results on standard output, faults on standard error, no bar without a terminal."""
    code = "from nkestimate.cli import main; main()"

    def shell(*arguments):
        return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, cwd=bridge.parent, check=False)

    good = shell("run", bridge, *BRIEF, "--no-report")
    assert (good.returncode, good.stderr) == (0, "")
    assert "Total cost" in good.stdout
    bridge.write_text("format: 2\n", encoding="utf-8")
    bad = shell("validate", bridge)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "bridge.yaml:1: format:" in bad.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("module", ["nkestimate.cli", "click", "nkestimate.cli.solidity"])
def test_ctrl_c_among_the_imports_ends_without_a_traceback(module):
    code = f"""\
import os, signal, sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stop())
from nkestimate.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code, "schema"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"nkestimate": "nkestimate.__main__:main"}
    version = subprocess.run([sys.executable, "-m", "nkestimate", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("python -m nkestimate, version ")


# ---------------------------------------------------------------- explain, conflict, compare


def text_of(result):
    assert result.exit_code == 0, result.output
    assert max(len(line) for line in result.output.splitlines() if not line.startswith("Written: ")) <= 80
    return result.output


@pytest.fixture
def saved(bridge):
    """A run of the bridge, so that nothing has to be sampled again."""
    run(bridge)
    return bridge.parent / "reports" / "bridge"


def test_explain_says_what_drives_a_total_in_three_forms(saved):
    text = text_of(call("explain", saved))
    assert text.splitlines()[0] == "What drives: Total cost"
    for title in ("Share of the variance", "Median where a quantity is at its 5 % / 95 %", "The value of checking", "Effective weights of claims",
                  "What each target rests on"):
        assert title in text
    found = json.loads(call("explain", saved, "length", "--format", "json").output)
    assert found["total"] == "length"
    assert {share["unknown"] for share in found["shares"]} >= {"rate", "tau[length]"}
    rows = list(csv.DictReader(call("explain", saved, "--format", "csv").output.splitlines()))
    assert {row["section"] for row in rows} == {"share", "tornado", "check", "weight", "target"}


def test_explain_names_the_total_that_was_meant_before_it_fits(bridge):
    result = call("explain", bridge, "csot")
    assert result.exit_code == 1
    assert "did you mean 'cost'?" in result.output
    assert call("explain", bridge.parent / "no.yaml").exit_code == 1


def test_only_a_scale_that_a_total_has_not_is_a_fault_of_usage(saved, monkeypatch):
    def faulty(error):
        def explain(*args, **kwargs):
            raise error

        monkeypatch.setattr("nkestimate.solidity.explaining.explanation.explain", explain)
        return CliRunner().invoke(main, ["explain", str(saved)])

    assert faulty(ScaleError("no scale 'log'")).exit_code == 2
    found = faulty(ValueError("operands could not be broadcast"))  # a numerical library's
    assert (found.exit_code, type(found.exception)) == (1, ValueError)


def test_explain_uses_the_run_that_its_folder_holds(bridge, monkeypatch):
    call("run", bridge, "--no-report")
    monkeypatch.setattr("nkestimate.fitting.fits.sample_density", lambda *_, **__: pytest.fail("sampled again"))
    assert "What drives" in call("explain", bridge).output


def test_pictures_are_drawn_where_asked(saved, tmp_path):
    call("explain", saved, "--pictures", tmp_path / "drawn")
    assert {path.suffix for path in (tmp_path / "drawn").iterdir()} == {".png", ".svg", ".json"}
    assert (tmp_path / "drawn" / "drivers-shares.png").exists()


def test_conflict_sets_each_claim_against_the_rest(saved):
    text = text_of(call("conflict", saved, "--no-refit"))
    assert "Each claim against the rest of the case" in text
    assert "What the total is sensitive to" in text
    found = json.loads(call("conflict", saved, "--refit", "--format", "json").output)
    assert {claim["method"] for claim in found["claims"]} <= {"refit", "alone"}
    assert next(claim for claim in found["claims"] if claim["claim"] == "c")["verdict"] == "alone"
    rows = list(csv.DictReader(call("conflict", saved, "--no-refit", "--format", "csv").output.splitlines()))
    assert {row["section"] for row in rows} == {"claim", "sensitivity"}


def test_compare_splits_the_change(bridge, saved, tmp_path):
    other = tmp_path / "other"
    run(bridge, "--scenario", "trust", "--out", other)
    result = call("compare", saved, other, "--refits", 2, "--pictures", tmp_path / "drawn")
    text = text_of(result)
    assert "Weights: b: 0.4 → 1; d: 0.4 → 1" in " ".join(text.split())
    assert "Monte Carlo noise" in text
    assert (tmp_path / "drawn" / "waterfall-cost.svg").exists()
    found = json.loads(call("compare", saved, other, "--refits", 2, "--format", "json").output)
    (fall,) = found["waterfalls"]
    assert sum(part["change"] for part in fall["parts"]) == pytest.approx(fall["end"] - fall["start"])
    rows = list(csv.DictReader(call("compare", saved, other, "--refits", 2, "--format", "csv").output.splitlines()))
    assert [row["label"] for row in rows if row["section"] == "part"] == ["Weights", "Monte Carlo noise"]


def test_scenarios_go_with_case_files(saved, bridge):
    assert call("explain", saved, "--scenario", "trust").exit_code == 2
    result = call("conflict", bridge, "--scenario", "trsut")
    assert result.exit_code == 1
    assert "did you mean 'trust'?" in result.output


# ---------------------------------------------------------------- changes for this once


def test_a_change_for_this_once_is_that_of_a_scenario(bridge):
    faulty = call("validate", "bridge.yaml", "--set", "sources.ministry.weight=2")
    assert faulty.exit_code == 1
    assert "sources.ministry.weight: '2' is out of range" in faulty.stderr
    assert call("validate", "bridge.yaml", "--set", "sources.ministry.weight=0.2", "--set", "claims.a.between=[3, 5]").exit_code == 0
    from nkestimate.case import load_case
    from nkestimate.cli.options import changes_of

    changes = changes_of(["sources.ministry.weight=0.2", "claims.a.between=[3, 5]"])
    assert load_case(bridge, set=changes).digest == load_case(bridge, set={"sources.ministry.weight": 0.2, "claims.a.between": [3, 5]}).digest


@pytest.mark.parametrize("given, said", [("sources.ministry.weight", "expected PATH=VALUE"), ("=3", "expected PATH=VALUE"),
                                         ("claims.a.between=[3", "no YAML")])
def test_a_change_that_is_none_is_a_mistake_of_use(bridge, given, said):
    result = call("validate", "bridge.yaml", "--set", given)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_changed_case_does_not_take_the_folder_of_the_case(bridge):
    result = call("run", "bridge.yaml", "--set", "sources.ministry.weight=0.2")
    assert result.exit_code == 2
    assert "--out" in result.stderr
    assert not Path("reports").exists()


def test_scenarios_are_listed(bridge):
    listed = call("run", "bridge.yaml", "--list-scenarios")
    assert listed.exit_code == 0
    assert [line.split() for line in listed.stdout.splitlines()][1] == ["trust", "Trust", "the", "rival", "sources.rival.weight:", "1.0"]
    assert not Path("reports").exists()


def test_the_poolings_offered_are_those_of_a_case():
    """The command line names them itself, since what reads a case takes longer to load than `--help`."""
    (pooling,) = (option for option in main.commands["run"].params if option.name == "pooling")
    assert tuple(pooling.type.choices) == POOLINGS

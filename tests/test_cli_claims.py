"""The commands `claims` and `export` on small real cases: statuses, what is printed, what is written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from command_line import call

CASE = """\
format: 1
title: A bridge
horizon: 2025-06-30
documents:
  d1: {publisher: The Daily, title: A bridge, published: 2024-11-01}
sources:
  ministry: {weight: 0.75}
  rival: {weight: 0.4}
quantities:
  length: {label: Bridge length, unit: metre}
claims:
  a: {source: ministry, about: length, between: [1.2, 1.5], unit: km, reported_in: [{document: d1, figures: 1.2 to 1.5 km, at: 5}]}
  b: {source: rival, about: length, around: 1900}
scenarios:
  alone: {set: {sources.rival.weight: 0}}
"""


def test_claims_prints_the_table(bridge):
    result = call("claims", bridge)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[:2] == ["A bridge", "2 claims of 2 sources, read in 1 document"]
    assert "2 sources, worth 1." in result.output
    assert "“1.2 to 1.5 km”" in result.output
    assert "1 source\n" in call("claims", bridge, "--scenario", "alone").output


@pytest.mark.parametrize(("option", "said"), [("--echoes", "beside the root"), ("--implied", "weighed")])
def test_views(bridge, option, said):
    assert said in call("claims", bridge, option).output


def test_filters_and_their_faults(bridge):
    assert [c["id"] for c in json.loads(call("claims", bridge, "--source", "rival", "--format", "json").output)["claims"]] == ["b"]
    result = call("claims", bridge, "--source", "rivl", "--target", "lenght")
    assert result.exit_code == 1
    assert "bridge.yaml:1: --source: unknown source 'rivl'; expected one of ministry, rival; did you mean 'rival'?" in result.output
    assert "did you mean 'length'?" in result.output
    assert "2 faults." in result.output
    assert call("claims", bridge, "--format", "xml").exit_code == 2


def test_out_writes_a_file_and_nothing_half(bridge):
    result = call("claims", bridge, "--format", "csv", "--out", "claims.csv")
    assert result.exit_code == 0
    assert result.output == "Written: claims.csv\n"
    assert Path("claims.csv").read_text(encoding="utf-8").startswith("id,source,")
    for command in (["claims"], ["export", "--format", "csv"], ["export", "--format", "prov"]):
        refused = call(*command, bridge, "--out", "nowhere/claims.txt")
        assert (refused.exit_code, refused.output) == (1, "nowhere: the folder does not exist; expected one to write claims.txt to\n")
    in_a_file = call("claims", bridge, "--out", "bridge.yaml/claims.txt")
    assert (in_a_file.exit_code, in_a_file.output) == (1, "bridge.yaml/claims.txt: bridge.yaml is a file; expected a folder\n")
    deeper = call("run", bridge, "--out", "bridge.yaml/more/reports")
    assert (deeper.exit_code, deeper.output.splitlines()[-1].split(": ")[1]) == (1, "bridge.yaml is a file; expected a folder")
    assert sorted(path.name for path in Path().iterdir()) == ["bridge.yaml", "claims.csv"]


def test_a_case_at_fault_is_told(bridge):
    bridge.write_text(CASE.replace("about: length, around", "about: lenght, around"), encoding="utf-8")
    for command in (["claims", bridge], ["export", bridge, "--format", "bibtex"]):
        result = call(*command)
        assert result.exit_code == 1
        assert "did you mean 'length'?" in result.output


@pytest.mark.parametrize(("form", "begins"), [("bibtex", "@misc{d1,"), ("prov", "{"), ("provn", "document"), ("jsonld", "{")])
def test_export_prints_and_writes(bridge, form, begins):
    result = call("export", bridge, "--format", form)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(begins)
    call("export", bridge, "--format", form, "--out", "it")
    assert Path("it").read_text(encoding="utf-8") == result.output


def test_a_workbook_of_claims_is_written_by_export(bridge):
    refused = call("claims", bridge, "--format", "xlsx")
    assert refused.exit_code == 2
    assert "`nkestimate export --format xlsx --out claims.xlsx` writes it" in " ".join(refused.output.split())
    assert call("export", bridge, "--format", "xlsx", "--out", "claims.xlsx").exit_code == 0


def test_export_needs_a_format(bridge):
    assert call("export", bridge).exit_code == 2


# ---------------------------------------------------------------- a run with the documents at hand


@pytest.mark.slow
def test_a_run_keeps_the_audits_tally(bridge):
    text = "Here: 1.2 to 1.5 km, of 900 tonnes of steel.\n"
    copies = Path("copies")
    copies.mkdir()
    (copies / "d1.txt").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    case = CASE.replace("published: 2024-11-01}", f"published: 2024-11-01, file: d1.txt, sha256: {digest}}}").replace("at: 5", "at: 6")
    bridge.write_text(case, encoding="utf-8")
    brief = ["--draws", "500", "--tune", "500", "--chains", "2", "--out", "out", "--format", "pdf"]
    result = call("run", bridge, "--no-report", *brief)
    assert "audit" not in json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    result = call("run", bridge, "--documents", "copies", *brief)  # the same case, but the audit is news
    assert "Written" in result.output
    assert "the audit did not pass; see: nkestimate audit" in result.output
    wanted = {"ok": False, "faults": 0, "documents": {"d1": {"claimed": 1, "excluded": 0, "incidental": 0, "unaccounted": 1}}}
    assert json.loads(Path("out/summary.json").read_text(encoding="utf-8"))["audit"] == wanted
    assert "Unchanged" in call("run", bridge, "--documents", "copies", *brief).output
    assert Path("out/report.pdf").stat().st_size > 10_000
    bridge.write_text(case + "excluded: [{document: d1, figures: 900 tonnes, at: 24, reason: steel}]\n", encoding="utf-8")
    assert "the audit did not pass" not in call("run", bridge, "--documents", "copies", "--no-report", *brief).output
    assert json.loads(Path("out/summary.json").read_text(encoding="utf-8"))["audit"]["ok"]

"""`nkestimate sources`: the table, its forms, the difference that a record makes."""

from __future__ import annotations

import csv
import io
import json

import pytest

from command_line import call

CASE = """
title: What the festival brought in
horizon: 2024-09-30
sources:
  organiser: {name: Festival association of the harbour towns, weight: learned}
  police: {name: Harbour police, weight: {stated: 0.75, record: true}}
  council: {name: City council, weight: 0.7}
quantities:
  visitors: {label: Visitors, unit: thousand person}
claims:
  a: {source: organiser, about: visitors, around: 60}
  b: {source: police, about: visitors, between: [38, 45]}
  c: {source: council, about: visitors, between: [30, 60]}
track_record:
  o1: {source: organiser, about: regatta, around: 30, unit: thousand person, came_true: 18, from: gates}
  p1: {source: police, about: regatta, between: [15, 20], unit: thousand person, came_true: 18, from: gates}
  o2: {source: organiser, about: fair, around: 55, unit: thousand person, came_true: [25, 30], from: tickets}
  c2: {source: council, about: fair, around: 40, unit: thousand person, came_true: [25, 30], from: tickets}
  o3: {source: organiser, support: real, around: 3, came_true: -1, from: audit}
"""


def test_the_table_fits_a_terminal_and_names_everyone(bridge):
    done = call("sources", "bridge.yaml", "--fit")
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 80
    for word in ("Festival", "Harbour police", "City council", "calibration", "linear pool, learned", "without its record", "with its record"):
        assert word in done.output


def test_other_programs_get_the_same_figures(bridge):
    record = json.loads(call("sources", "bridge.yaml", "--format", "json", "--fit").output)
    rows = {row["source"]: row for row in csv.DictReader(io.StringIO(call("sources", "bridge.yaml", "--format", "csv").output))}
    assert set(rows) == set(record["sources"]) == {"organiser", "police", "council"}
    for key, one in record["sources"].items():
        assert float(rows[key]["weight"]) == pytest.approx(one["weight"])
        assert one["weights"][0] < one["weight"] < one["weights"][1]
    assert rows["organiser"]["entries"] == "3" and float(rows["organiser"]["overstates_by"]) > 1.2 and float(rows["organiser"]["shift_S"]) > 0
    assert [rows[key]["acts"] for key in ("organiser", "police", "council")] == ["True", "True", "False"]
    says = record["says"]["visitors"]
    assert list(says) == ["equal", "learned", "cooke", "without", "with"]
    assert says["with"]["0.5"] < says["without"]["0.5"]  # the organiser overstates


def test_claims_show_the_weight_that_was_learned(bridge):
    weight = json.loads(call("sources", "bridge.yaml", "--format", "json").output)["sources"]["organiser"]["weight"]
    claims = json.loads(call("claims", "bridge.yaml", "--format", "json").output)["claims"]
    assert {claim["id"]: claim["weight"] for claim in claims}["a"] == pytest.approx(weight)


def test_a_case_without_records_says_so(bridge):
    text = CASE.split("track_record:")[0].replace("weight: learned", "weight: 0.5").replace("{stated: 0.75, record: true}", "0.75")
    bridge.write_text(text, encoding="utf-8")
    done = call("sources", "bridge.yaml")
    assert done.exit_code == 0 and "track_record:" in done.output

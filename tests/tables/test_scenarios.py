"""Several scenarios in one table: width, order, what changed; and the command that makes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from command_line import call
from nkestimate.fitting.records import Diagnostics, Estimate, QuestionAnswer, Summary
from nkestimate.tables.scenarios import AS_STATED, scenarios_table

CASE = """title: A bridge
horizon: 2024-06-30
sources: {ministry: {weight: 1}, rival: {weight: 0.5}}
quantities: {length: {label: Length, unit: km}}
claims:
  one: {source: ministry, about: length, between: [1.2, 1.5]}
  two: {source: rival, about: length, between: [2.2, 2.5]}
questions: {long: {ask: length > 1.5 km, label: Is it long?}}
scenarios:
  trust: {label: Trust the rival, set: {sources.rival.weight: 1.0}}
  deaf: {label: Do not hear the rival, set: {sources.rival.weight: 0}}
"""


@pytest.fixture
def case(make):
    long = "A label of a length that nobody should write but somebody will, some day"
    return make(quantities={"x": {"label": long, "unit": "million USD/person/year"}}, claims={"c": {"source": "a", "about": "x", "between": [1, 2]}},
                questions={f"q{i}": {"ask": f"x > {i + 1} million USD/person/year", "label": f"{long}, {i}?"} for i in range(9)},
                scenarios={f"s{i}": {"label": f"{long}, {i}", "set": {"settings.coverage": 0.8}} for i in range(3)})  # fmt: skip


def summary(case, middle, low, high, answer):
    quantiles = {"0.05": low, "0.25": middle * 0.95, "0.5": middle, "0.75": middle * 1.05, "0.95": high}
    row = Estimate("million USD/person/year", None, None, middle, quantiles, 4000.0, 4000.0, 1.0)
    return Summary(case.id, 1, case.title, None, case.digest, 1, {}, "", "", "hierarchical", "2025-06-30", Diagnostics(True, 1.0, 1e3, 1e3, 0, None, 0, ()),
                   {"x": row}, {}, {}, {}, {key: QuestionAnswer(answer, 0.01, "") for key in case.questions}, ())  # fmt: skip


def test_a_row_a_scenario_with_its_change_and_its_questions(case):
    base = summary(case, 100.0, 50.0, 200.0, 0.42)
    runs = {None: base, "s0": summary(case, 130.0, 60.0, 230.0, 0.77), "s1": summary(case, 100.4, 30.0, 300.0, 0.42), "s2": base}
    text = scenarios_table(case, runs)
    assert max(map(len, text.splitlines())) <= 80
    squeezed = " ".join(text.split())
    assert "100 50 200" in squeezed
    assert "130 60 230 +30" in squeezed
    assert "100 30 300 ≈ wider" in squeezed
    assert "100 50 200 =" in squeezed
    assert squeezed.count("77 %") == 9
    assert all(f"Q{i}: A label" in squeezed for i in range(1, 10))
    failed = replace(base, diagnostics=replace(base.diagnostics, ok=False))
    assert f"NOT CONVERGED: {AS_STATED}." in " ".join(scenarios_table(case, {None: failed}).split())


@pytest.mark.slow
def test_the_command_prints_them_and_keeps_each(bridge):
    brief = ("--draws", "400", "--tune", "200")
    result = call("run", bridge, "--all-scenarios", *brief)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    rows = {name: next(line for line in lines if line[: len(name.split())] == name.split()) for name in (AS_STATED, "Trust the rival", "Do not hear the rival")}
    one = call("run", bridge, "--scenario", "deaf", "--no-report", *brief)
    assert "Unchanged since the last run" in one.stdout
    (alone,) = [line.split() for line in one.stdout.splitlines() if line.startswith("Length")]
    assert rows["Do not hear the rival"][5:8] == alone[1:4]
    assert rows["Do not hear the rival"][8].startswith("-")
    assert rows["Trust the rival"][3].replace(".", "").isdigit()
    assert "Q1: Is it long?" in result.stdout
    assert {path.name for path in Path("reports").iterdir()} == {"bridge", "bridge-trust", "bridge-deaf"}
    some = call("run", bridge, "--scenario", "deaf,trust", "--out", "mine", *brief)
    assert {path.name for path in Path("mine").iterdir()} == {"as-stated", "deaf", "trust"}
    assert some.stdout.index("Do not hear") < some.stdout.index("Trust the")


def test_mistakes_are_told_before_anything_is_fitted(bridge):
    assert "unknown scenario 'trsut'" in call("run", bridge, "--scenario", "deaf,trsut").stderr
    assert call("run", bridge, "--all-scenarios", "--set", "sources.rival.weight=0.2").exit_code == 2
    bridge.write_text(CASE.split("scenarios:")[0])
    assert "the case has no scenarios" in call("run", bridge, "--all-scenarios").stderr
    assert not Path("reports").exists()

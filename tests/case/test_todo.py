"""Placeholders: all are told, with what belongs there; what is wrong with a placeholder is not told besides."""

from __future__ import annotations

import pytest

from command_line import call
from nkestimate.case import load_case
from nkestimate.case.tree import from_plain
from nkestimate.errors import CaseError

CASE = """\
title: TODO
horizon: 2025-01-01
documents: {d: {published: TODO}}
sources: {port: {weight: TODO}, mayor: {weight: 0.5}}
quantities:
  TODO_person: {label: TODO, unit: person}
  fee: {unit: USD}
claims:
  one: {source: TODO, about: TODO_person, around: 40}
  two: {source: mayor, about: "TODO: fee or fine?", around: 30, unit: USD}
  three: {source: mayor, about: fee, around: 20, unit: USD}
excluded: [{document: d, figures: "3", reason: TODO}]
"""


def told(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        load_case(path)
    return {fault.path: fault for fault in caught.value.faults}


def test_every_placeholder_is_told_once_and_nothing_besides(tmp_path):
    faults = told(tmp_path / "case.yaml", CASE)
    assert sorted(faults) == sorted([
        "title", "documents.d.published", "sources.port.weight", "quantities.TODO_person", "claims.one.source", "claims.one.about",
        "claims.two.about", "excluded[0].reason"])
    assert all(fault.problem.startswith("still TODO") and fault.expected for fault in faults.values())
    assert faults["claims.two.about"].hint == "fee or fine?"
    assert faults["claims.one.about"].line == 9


def test_other_faults_are_told_beside_them(tmp_path):
    faults = told(tmp_path / "case.yaml", CASE.replace("unit: USD}\n  three", "unit: metre}\n  three").replace("around: 20", "around: 20 km"))
    assert "dimension" in str(faults["claims.three.around"]) or "km" in str(faults["claims.three.around"])
    assert len(faults) == 9


def test_words_that_merely_begin_so_are_no_placeholders(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text("title: TODOS and other jays\nhorizon: 2025-01-01\nsources: {s: {weight: 1, name: Todo}}\nquantities: {todo: {}}\n"
                    "claims: {a: {source: s, about: todo, around: 5}}\n", encoding="utf-8")
    assert load_case(path).title == "TODOS and other jays"


def test_the_command_says_how_many_are_left(tmp_path):
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    result = call("validate", tmp_path / "case.yaml")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "8 faults, 8 of them still to do."
    assert call("run", tmp_path / "case.yaml", "--out", tmp_path / "out").exit_code == 1
    assert not (tmp_path / "out").exists()


def test_what_is_expected_alike_is_one_line_and_a_list(tmp_path):
    claims = "".join(f"  c{i}: {{source: TODO, about: fee, around: {i}, unit: USD}}\n" for i in range(10, 70))
    (tmp_path / "case.yaml").write_text(CASE.replace("excluded:", f"{claims}excluded:"), encoding="utf-8")
    lines = call("validate", tmp_path / "case.yaml").stderr.splitlines()
    first = next(i for i, line in enumerate(lines) if "claims.one.source: still TODO; expected an id under 'sources:'" in line)
    listed = " ".join(lines[first + 1 : first + 5]).split()
    assert listed == ["also", "in", "lines", *(f"{line}," for line in range(12, 71)), "71"]
    assert max(map(len, lines[first + 1 : first + 5])) <= 80
    assert len(lines) == 8 + 4 + 1
    assert lines[-1] == "68 faults, 68 of them still to do."


def test_a_suggestion_pasted_into_the_starter_says_what_to_fill(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("init", "mine")
    (tmp_path / "mine" / "news.txt").write_text("The bridge cost 300 million dollars, the mayor said.", encoding="utf-8")
    path = tmp_path / "mine" / "case.yaml"
    text = path.read_text(encoding="utf-8").replace("documents:\n", "documents:\n  news: {file: news.txt}\n", 1)
    path.write_text(text, encoding="utf-8")
    proposed = call("audit", path, "--documents", "mine", "--suggest", "--context").stdout
    claim = proposed.split("claims:\n")[1].split("  # or under")[0]
    assert "# The bridge cost 300 million dollars, the mayor said." in claim
    path.write_text(text.replace("\nclaims:\n", "\nclaims:\n" + claim, 1), encoding="utf-8")
    result = call("validate", path)
    left = [line.split(": ", 2)[1] for line in result.stderr.splitlines()[:-1]]
    assert left == ["claims.news-16.source", "claims.news-16.about"]
    filled = claim.replace("source: TODO", "source: council").replace("about: TODO", "about: revenue")
    path.write_text(text.replace("\nclaims:\n", "\nclaims:\n" + filled, 1), encoding="utf-8")
    assert call("validate", path).exit_code == 0


def test_a_tree_of_any_depth_is_walked():
    from nkestimate.case.todo import todos

    tree = from_plain({"claims": {"a": {"readings": [{"about": "x"}, {"about": "TODO"}]}}, "excluded": "TODO"}, "c.yaml", 1)
    assert [fault.path for fault in todos(tree)] == ["claims.a.readings[1].about", "excluded"]

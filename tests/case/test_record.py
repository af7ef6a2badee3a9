"""The track record as it is read: statements in one unit, truths, weights that are to be learned."""

from __future__ import annotations

from pathlib import Path

import pytest

from nkestimate.case import load_case
from nkestimate.case.model import Notice
from nkestimate.errors import CaseError

RECORD = """
title: A bridge
horizon: 2025-06-30
sources:
  ministry: {weight: learned, coverage: 0.5}
  rival: {weight: {stated: 0.4, record: true}}
  other: {}
weights: {other: learned}
quantities:
  length: {unit: metre}
claims:
  survey: {source: ministry, about: length, around: 1300}
include: record.yaml
"""


@pytest.fixture
def read(tmp_path):
    """Return a function that reads the bridge with a track record in a file of its own."""

    def read(entries):
        (tmp_path / "bridge.yaml").write_text(RECORD, encoding="utf-8")
        (tmp_path / "record.yaml").write_text("track_record:\n" + entries, encoding="utf-8")
        return load_case(tmp_path / "bridge.yaml")

    return read


def test_entries_about_one_thing_are_in_the_unit_of_the_first(read):
    case = read("""
  a: {source: ministry, about: dam, between: [1, 2], unit: km, came_true: 1.4, from: survey, class: lengths, as_of: 2020-05-01,
      when: 2021-01-01, check: "https://example.org/dam"}
  b: {source: rival, about: dam, around: 1300, unit: metre, came_true: 1400, from: survey, occasion: opening}
  c: {source: rival, support: fraction, counted: 3 of 10, came_true: [0.2, 0.4], from: count}
""")
    a, b, c = case.track_record.values()
    assert (a.target.key, a.target.scale, b.target) == ("dam", "log", a.target)
    assert (a.statement.low, a.statement.high, a.statement.coverage) == (1, 2, 0.5)
    assert (b.statement.value, b.statement.low, b.statement.high, b.statement.coverage) == pytest.approx((1.3, 1.25, 1.35, 0.9))
    assert a.truth == b.truth == (1.4, 1.4)
    assert (a.occasion, b.occasion, c.occasion) == ("dam", "opening", "c")
    assert (c.target.scale, c.truth, c.truth_coverage, c.statement.count) == ("logit", (0.2, 0.4), 0.9, (3, 10))
    assert (a.stated.words(), a.truth_stated, b.truth_stated) == ("1 to 2 km", "1.4 km", "1400 metre")
    assert (a.kind, a.known_from, a.check, str(a.as_of), str(a.known_when)) == (
        "lengths", "survey", "https://example.org/dam", "2020-05-01", "2021-01-01")


def test_a_weight_may_be_left_to_the_record(read):
    case = read("  a: {source: ministry, around: 3, came_true: 4, from: me}\n")
    sources = case.sources
    assert case.notices == (Notice("no record", ("rival",)), Notice("no record", ("other",)))  # who have no entry
    assert {key: (source.weight, source.learns) for key, source in sources.items()} == {
        "ministry": (0.5, True), "rival": (0.4, True), "other": (0.5, True)}


@pytest.mark.parametrize(("entry", "told"), [
    ("{source: mayor, around: 3, came_true: 4, from: me}", "track_record.b.source: unknown source 'mayor'"),
    ("{source: rival, around: 3, came_true: 4}", "nobody says what came true"),
    ("{source: rival, around: 3, from: me}", "'came_true' is missing"),
    ("{source: rival, came_true: 3, from: me}", "the entry states nothing"),
    ("{source: rival, around: 3, came_true: -4, from: me}", "'came_true: -4' reaches -4, which 'b' can't be"),
    ("{source: rival, around: 3, came_true: [4, 3], from: me}", "a range from 4 to 3"),
    ("{source: rival, around: 3, unit: cubits_of_old, came_true: 4, from: me}", "track_record.b.unit"),
    ("{source: rival, about: a, around: 3, unit: hour, came_true: 4, from: me}", "about the same measures length"),
    ("{source: rival, about: a, around: 3, unit: km, came_true: 5, from: me}", "something else came true of 'a' in 'a': 4 km"),
    ("{source: rival, about: a, support: real, around: 3, unit: km, came_true: 4, from: me}", "'real', but 'positive' in 'a'"),
    ("{source: rival, support: fraction, around: 0.3, unit: km, came_true: 0.4, from: me}", "a fraction in 'km'"),
    ("{source: rival, around: 3, came_true: 4, from: me, colour: red}", "unknown key 'colour'"),
])  # fmt: skip
def test_faults_of_an_entry_are_told_once_and_where_they_stand(read, entry, told):
    with pytest.raises(CaseError) as caught:
        read(f"  a: {{source: ministry, around: 3, unit: km, came_true: 4, from: me}}\n  b: {entry}\n")
    [fault] = caught.value.faults
    assert fault.line == 3 and fault.file.endswith("record.yaml")
    assert told in str(fault)


@pytest.mark.parametrize(("weight", "told"), [
    ("{stated: 1, record: true}", "'1' as the weight to begin with"), ("{stated: 0, record: true}", "'0' as the weight to begin with"),
    ("{stated: 0.4}", "a mapping stands here"), ("{stated: 0.4, record: no}", "a mapping stands here"),
    ("learnt", "'learnt'"),
])  # fmt: skip
def test_a_weight_that_is_none_is_a_fault(tmp_path, weight, told):
    path = tmp_path / "bridge.yaml"
    path.write_text(RECORD.replace("include: record.yaml", "").replace("{stated: 0.4, record: true}", weight), encoding="utf-8")
    with pytest.raises(CaseError, match=told):
        load_case(path)


def test_the_example_of_the_document_is_read(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "track-record.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "festival.yaml"
    path.write_text(example + "title: A festival\nhorizon: 2024-09-30\nquantities: {x: {unit: person}}\n"
                    "claims: {one: {source: organiser, about: x, around: 30}}\n", encoding="utf-8")  # fmt: skip
    case = load_case(path)
    assert [source.learns for source in case.sources.values()] == [True, True, False]
    assert case.track_record["regatta-police"].target == case.track_record["regatta-organiser"].target

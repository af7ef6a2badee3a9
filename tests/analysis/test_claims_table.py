"""Claims as text, CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import io
import json

import pytest

from nkestimate import load_case
from nkestimate.analysis.claims_table import FORMATS, VIEWS, record, render, worth_words
from nkestimate.audit.claims import claim_table
from nkestimate.audit.independence import Independence


@pytest.fixture(scope="module", params=["north-korea-russia", "beirut-explosion"])
def table(request):
    return claim_table(load_case(request.config.rootpath / "priors" / f"{request.param}.yaml"))


@pytest.mark.parametrize("view", VIEWS)
def test_text_fits_a_terminal_and_has_every_claim(table, view):
    text = render(table, view, "text")
    assert max(map(len, text.splitlines())) <= 80
    rows = [row for row in table.claims if (row.reports or view != "echoes") and len(row.id) <= 24]
    assert all(row.id in text for row in rows)


def test_text_says_what_targets_are_worth(table):
    text = render(table, "claims", "text")
    assert all(worth_words(worth) in text for worth in table.targets)


def test_worth_in_words():
    def words(sources, bounds, effective):
        return worth_words(Independence("t", sources, bounds, effective, {}, 0, 0, 0))

    assert words((), (), None) == "no source is heard"
    assert words((), ("a", "b"), None) == "2 sources, by bounds alone"
    assert words(("a",), (), 1.0) == "1 source"
    assert words(("a", "b", "c"), ("d",), 1.43) == "3 sources, worth 1.4 independent ones; 1 more by a bound alone"


def test_text_writes_numbers_for_readers_and_each_readings_unit(make):
    case = make(quantities={"size": {"unit": "metre"}, "span": {"unit": "metre"}}, sources={"a": {"weight": 1}}, claims={
        "one": {"source": "a", "about": "span", "around": 3}, "two": {"source": "a", "about": "size", "between": ["1_500", "28600.25"]},
        "three": {"source": "a", "around": 28600, "readings": [{"about": "size", "unit": "cm", "weight": 0.75}, {"about": "span", "unit": "mm", "weight": 0.25}]}})
    text = " ".join(render(claim_table(case), "claims", "text").split())
    for said in ("1,500 to 28,600.25 metre", "about 28,600 cm (read so: 75", "about 28,600 mm (read so: 25"):
        assert said in text


def test_json_keys_are_kept(table):
    read = json.loads(render(table, "claims", "json"))
    assert read == json.loads(json.dumps(record(table)))
    assert read == json.loads(render(table, "implied", "json"))
    assert list(read) == ["case", "title", "digest", "scenario", "horizon", "claims", "targets"]
    claim = read["claims"][0]
    assert list(claim) == ["id", "label", "source", "source_name", "says", "printed", "about", "weight", "status", "superseded_by", "note",
                           "reports", "implied"]
    assert list(claim["about"][0]) == ["target", "label", "weight", "unit", "as_of"]
    assert list(claim["reports"][0]) == ["document", "published", "figures", "at", "echo", "detail"]
    assert list(claim["implied"][0]) == ["target", "reading", "kind", "of", "unit", "low", "high", "coverage", "stated", "weighed"]
    assert list(claim["implied"][0]["stated"]) == ["0.05", "0.5", "0.95", "below", "above"]
    assert list(read["targets"][0]) == ["target", "label", "sources", "bound_sources", "effective_sources", "shares", "tau", "S", "common_error"]


def test_csv_has_a_row_for_each(table):
    def rows(view):
        return list(csv.DictReader(io.StringIO(render(table, view, "csv"))))

    assert [row["id"] for row in rows("claims")] == [row.id for row in table.claims]
    assert len(rows("echoes")) == sum(len(row.reports) for row in table.claims)
    implied = rows("implied")
    assert len(implied) == sum(len(row.about) for row in table.claims)
    assert all(float(row["stated_0.05"]) < float(row["stated_0.5"]) < float(row["stated_0.95"]) for row in implied)
    silent = {row.id for row in table.claims if row.status != "active"}
    assert all((row["weighed_0.5"] == "") == (row["claim"] in silent) for row in implied if row["reading_weight"] != "0")


def test_markdown_is_a_table_whatever_is_in_the_cells(make):
    case = make(documents={"d": {}}, quantities={"size": {"unit": "metre"}}, sources={"a": {"name": "A | B\nC", "weight": 1}},
                claims={"x": {"source": "a", "about": "size", "around": 3, "reported_in": [{"document": "d", "figures": "3 | \\ [bold]m[/bold]"}]}})
    table = claim_table(case)
    lines = render(table, "claims", "md").splitlines()
    assert len(lines) == 3
    assert {line.replace("\\|", "").count("|") for line in lines} == {lines[0].count("|")}
    assert r"A \| B C" in lines[2]
    assert "[bold]m[/bold]" in render(table, "echoes", "text")


def test_an_empty_selection_is_no_fault(make):
    case = make(documents={"d": {}}, quantities={"size": {"unit": "metre"}}, claims={"x": {"source": "a", "about": "size", "around": 3}})
    table = claim_table(case, documents=["d"])
    assert table.claims == ()
    for view in VIEWS:
        for form in FORMATS:
            render(table, view, form)


def test_values_too_large_for_a_float_are_null(make):
    case = make(quantities={"size": {"unit": "metre"}}, sources={"a": {"weight": 1}, "b": {"weight": 1e-6}},
                claims={"x": {"source": "a", "about": "size", "around": 3}, "y": {"source": "b", "about": "size", "around": 4}})
    weighed = json.loads(render(claim_table(case), "implied", "json"))["claims"][1]["implied"][0]["weighed"]
    assert weighed["0.95"] is None
    assert weighed["0.5"] == pytest.approx(4, rel=0.02)

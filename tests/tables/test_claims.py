"""Claims as text, CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import io
import json

import pytest

from nkestimate import load_case
from nkestimate.evidence.claims import claim_table
from nkestimate.evidence.defaults import default_shares
from nkestimate.evidence.independence import Independence
from nkestimate.sentences.findings import default_words
from nkestimate.tables.claims import FORMATS, VIEWS, record, render, worth_words


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
    shares = default_shares(table.case)
    assert all(worth_words(worth, table.case) in alike(text) for worth in table.targets)
    assert all(default_words(shares[worth.target]) in alike(text) for worth in table.targets if worth.target in shares)
    assert any(share.estimated for share in shares.values()) == (table.case.id == "beirut-explosion")
    assert text.count("the default speaks") == sum(share.share > 0 and not share.estimated for share in shares.values())


def alike(text):
    return " ".join(text.split())


def test_groups_are_told(make):
    sources = {"a": {"name": "Ann", "weight": 0.5, "group": "one service"}, "b": {"name": "Ben", "weight": 0.5, "group": "one service"}, "c": {"weight": 0.5}}
    claims = {f"{key}-x": {"source": key, "about": "x", "between": [9, 12], "reported_in": [{"document": "d", "figures": "9"}]} for key in sources}
    case = make(sources=sources, quantities={"x": {"label": "Length", "unit": "metre"}}, claims=claims, documents={"d": {"publisher": "P", "title": "T"}})
    table = claim_table(case)
    text = alike(render(table, "claims", "text"))
    assert "3 sources (Ann and Ben are one group, “one service”), worth" in text
    assert text.count("in “one service”") == 2
    assert render(table, "echoes", "text").count("group “one") == 2
    read = json.loads(render(table, "claims", "json"))
    assert [claim["group"] for claim in read["claims"]] == ["one service", "one service", None]
    assert read["targets"][0]["groups"] == {"one service": ["a", "b"]}
    assert not read["targets"][0]["error_estimated"]  # a group counts once: two voices are too few
    assert 0 < read["targets"][0]["default_share"] < 1
    assert [row["group"] for row in csv.DictReader(io.StringIO(render(table, "echoes", "csv")))] == ["one service", "one service", ""]


def test_worth_in_words(make):
    case = make(quantities={"x": {}}, claims={"c": {"source": "a", "about": "x", "around": 2}})

    def words(sources, bounds, effective):
        return worth_words(Independence("t", sources, bounds, effective, {}, 0, 0, 0), case)

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
    assert list(claim) == ["id", "label", "source", "source_name", "group", "says", "printed", "about", "weight", "status", "superseded_by", "note",
                           "reports", "implied"]
    assert list(claim["about"][0]) == ["target", "label", "weight", "unit", "as_of"]
    assert list(claim["reports"][0]) == ["document", "published", "figures", "at", "echo", "detail"]
    assert list(claim["implied"][0]) == ["target", "reading", "kind", "of", "unit", "low", "high", "coverage", "stated", "weighed"]
    assert list(claim["implied"][0]["stated"]) == ["0.05", "0.5", "0.95", "below", "above"]
    assert list(read["targets"][0]) == ["target", "label", "sources", "bound_sources", "effective_sources", "shares", "groups", "tau", "S", "common_error",
                                        "default_share", "error_estimated"]


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

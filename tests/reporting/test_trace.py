"""What each figure rests on: claims that exist, figures that the case prints, one map for the page and for JSON. Nothing is sampled."""

from __future__ import annotations

import json

import pytest

from nkestimate.case.expressions import Name
from nkestimate.reporting import _data
from nkestimate.reporting.states import Drawn
from nkestimate.reporting.story import Story
from nkestimate.reporting.trace import Trace
from nkestimate.reporting.webpage import trace_of


@pytest.fixture(scope="module")
def story(bridge):
    return Story(bridge)


@pytest.fixture(scope="module")
def data(story):
    return _data(story, None, [], []) | {"forests": Drawn(story, None).forests}


@pytest.fixture(scope="module")
def plain(story, data):
    return json.loads(trace_of(story, data))


def test_every_claim_that_is_named_exists_and_its_figures_are_the_cases(plain, story):
    assert {claim for cell in plain["cells"] for claim in cell["claims"]} <= set(story.case.claims) == set(plain["claims"])
    written = story.case.resolved["claims"]
    for key, claim in plain["claims"].items():
        reports = [(r["document"], r["figures"], r["at"] and str(r["at"])) for r in claim["reports"]]
        assert reports == [(r["document"], r.get("figures"), r.get("at")) for r in written[key].get("reported_in", [])]
    assert plain["claims"]["ministry-length"]["reports"] == [{"document": "doc_one", "figures": "1.2 to 1.5 km", "at": 512}]
    assert {r["document"] for claim in plain["claims"].values() for r in claim["reports"]} <= set(plain["documents"])


def test_a_total_rests_on_the_claims_about_it_and_about_what_it_is_made_of(plain):
    cells = {cell["place"]: cell for cell in plain["cells"]}
    # total_cost is share x price x length: claims on it first, then on its parts; not the one that is superseded
    assert cells["headline.median"]["claims"] == ["institute-cost", "ministry-length", "ministry-bound", "institute-price"]
    assert (cells["headline.median"]["total"], cells["headline.median"]["quantiles"]) == ("total_cost", [0.5])
    assert cells["headline.ninety"]["quantiles"] == [0.05, 0.95]
    length = next(cell for place, cell in cells.items() if place.endswith(".ninety") and place.startswith("totals") and cell["total"] == "bridge_length")
    assert length["claims"] == ["ministry-length", "ministry-bound", "institute-cost"]
    assert cells["questions.0.probability"]["question"] == "over-budget"


def test_each_cell_is_what_stands_in_the_data_and_each_sentence_holds_its_cells(plain, data):
    for cell in plain["cells"]:
        found = data
        for key in cell["place"].split("."):
            found = found[int(key)] if isinstance(found, list) else found[key]
        assert found == cell["text"]
    texts = {cell["place"]: cell["text"] for cell in plain["cells"]}
    headline = next(one for one in plain["sentences"] if one["sentence"] == "headline")
    assert all(texts[place] in headline["text"] for place in headline["places"])
    assert headline["places"] == ["headline.median", "headline.ninety"]


def test_all_totals_questions_and_rows_of_claims_have_a_cell(story, data):
    cells = Trace(story, data).cells
    places = [f"totals.{i}.{part}" for i in range(len(data["totals"])) for part in ("median", "fifty", "ninety")]
    places += [f"questions.{i}.words" for i in range(len(data["questions"]))]
    places += [f"forests.{i}.rows.{j}.value" for i, forest in enumerate(data["forests"]) for j in range(len(forest["rows"]))]
    assert set(places) <= set(cells)


def test_what_no_claim_speaks_of_rests_on_none(story, data):
    assert Trace(story, data).on(Name("opening_day")) == ()

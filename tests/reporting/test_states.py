"""The states of the page: each is a row of the grid, written as the report's own figures are. Nothing is sampled."""

from __future__ import annotations

import json
import math

import pytest
from grids import grid_of

from nkestimate.reporting import _data
from nkestimate.reporting.states import Axis, Drawn, as_json
from nkestimate.reporting.story import Story
from nkestimate.wording.numbers import PRINT, display, percent


@pytest.fixture(scope="module")
def story(bridge):
    return Story(bridge)


@pytest.fixture(scope="module")
def solid(story):
    return grid_of(story)


@pytest.fixture(scope="module")
def told(story, solid):
    return Drawn(story, solid).states()


def test_each_state_is_a_row_in_order_with_its_digest(told, solid):
    assert [state["digest"] for state in told["states"]] == [row.variant.digest for row in solid.rows]
    assert told["states"][told["crossed"]["0,0"]]["digest"] != told["states"][0]["digest"]
    chosen = ",".join(str(factor["chosen"]) for factor in told["factors"])
    assert told["crossed"][chosen] == 0
    json.dumps(told, allow_nan=False)


def test_words_are_those_of_the_rows_figures(told, solid, story):
    places = told["places"]
    own = story.quantiles("total_cost")
    shown = display("million USD", "positive", own, PRINT)
    for state, row in zip(told["states"], solid.rows, strict=True):
        words = dict(zip(places, state["words"], strict=True))
        if row.median("total_cost") is None:
            assert words["headline.median"] == "cannot be said"
            continue
        assert words["headline.median"] == shown.value(row.totals["total_cost"]["quantiles"]["0.5"])
        assert words["questions.0.probability"] == percent(row.questions["over-budget"]["probability"], PRINT)


def test_what_a_state_leaves_out_is_named_by_the_claims_number(told, solid):
    left_out = next(state for state, row in zip(told["states"], solid.rows) if row.variant.name == "institute-price")
    assert len(left_out["out"]) == 1


def test_every_place_is_one_of_the_reports(told, story, solid):
    data = _data(story, None, [], []) | {"forests": Drawn(story, solid).forests}
    for place in told["places"]:
        found = data
        for key in place.split("."):
            found = found[int(key)] if isinstance(found, list) else found[key]
        assert isinstance(found, str)


def test_an_axis_places_values_in_percent():
    axis = Axis(1.0, 100.0, True)
    assert [axis.at(x) for x in (1.0, 10.0, 100.0, 1e9, None, math.nan)] == [0.0, 50.0, 100.0, 100.0, None, None]


def test_a_label_cannot_end_the_data():
    text = as_json({"label": "</script><script>alert(1)</script>\u2028&"})
    assert "<" not in text and "&" not in text and json.loads(text)["label"].startswith("</script>")

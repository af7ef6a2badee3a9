"""What a case says and may not mean."""

from __future__ import annotations

import pytest

from nkestimate.case.model import Notice
from nkestimate.case.slips import is_scale
from nkestimate.case.units import Units


@pytest.mark.parametrize(("unit", "scale"), [("percent", True), ("%", True), ("thousand", True), ("ppm", True), ("", False), ("degree", False),
                                             ("thousand USD", False), ("percent/year", False)])
def test_scales(unit, scale):
    units = Units()
    assert is_scale(units.unit(unit) if unit != "degree" else units.unit("deg")) == scale


@pytest.fixture
def notices(make):
    """Return the notices of slips on a total, of claims on it: each a mapping, the others around 25."""

    def told(*claims, unit="percent", support="fraction", documents=None, **quantity):
        sources = {f"s{i}": {"weight": 0.5} for i, _ in enumerate(claims)}
        entries = {f"c{i}": {"source": f"s{i}", "about": "x", **claim} for i, claim in enumerate(claims)}
        case = make(sources=sources, claims=entries, quantities={"x": {"unit": unit, "support": support, **quantity}}, documents=documents or {})
        return [notice for notice in case.notices if "of a scale" in notice.kind]

    return told


@pytest.mark.parametrize("statement", [
    {"around": "1 in 4"}, {"around": "1/3"}, {"around": "a quarter"}, {"around": "two thirds"}, {"around": "½"}, {"at_most": "1 out of 3"},
    {"at_least": "1/10"}, {"between": ["1/5", "1/3"]}, {"between": [0.2, "1/3"]}, {"quantiles": {0.1: "1/5", 0.9: "1/3"}},
    {"estimate": "1/4", "standard_error": 0.1},
])  # fmt: skip
def test_a_part_said_of_a_total_in_percent_is_told(notices, statement):
    assert notices({"around": 25}, statement) == [Notice("part of a scale", ("c1",))]
    assert notices({"around": 25}, statement, support="positive")
    assert not notices({"around": 0.25}, statement, unit="")
    assert not notices({"around": 25}, statement | {"unit": ""})
    assert notices({"around": 0.25}, statement | {"unit": "percent"}, unit="")
    assert not notices({"around": 25}, statement | {"weight": 0})


def test_of_a_part_of_a_thousand_too(notices):
    assert notices({"around": 2}, {"around": "1 in 4"}, unit="thousand", support="positive")
    assert not notices({"around": 2}, {"around": "1 in 4"}, unit="thousand USD", support="positive")


@pytest.mark.parametrize("statement", [{"counted": "1 of 4"}, {"around": "1/4 percent"}, {"around": 25}, {"around": "50/3"},
                                       {"around": "25%"}, {"around": 0.25, "unit": ""}])  # fmt: skip
def test_what_says_its_scale_is_not_told(notices, statement):
    assert not notices({"around": 30}, statement)


@pytest.mark.parametrize(("small", "large", "told"), [
    ({"around": 0.25}, {"around": 25}, True), ({"around": 0.25}, {"between": [20, 30]}, True), ({"between": [0.2, 0.3]}, {"around": 40}, True),
    ({"at_most": 0.3}, {"around": 25}, True), ({"around": 0.25}, {"around": 3}, False), ({"around": 0.25}, {"at_most": 25}, False),
    ({"around": 0.25}, {"around": 25, "weight": 0}, False), ({"between": [0.8, 1.2]}, {"around": 99}, False), ({"around": 0.01}, {"around": 25}, False),
])  # fmt: skip
def test_a_plain_number_is_told_where_another_is_a_hundred_times_larger(notices, small, large, told):
    assert notices(small, large) == ([Notice("part of a scale", ("c0", "c1"))] if told else [])


def test_or_the_prior_is(notices):
    prior = {"prior": {"between": [20, 30]}}
    assert notices({"around": 0.25}, **prior) == [Notice("part of a scale", ("c0", "x"))]
    assert notices({"around": 0.25}, prior="Uniform(10, 40)", support="positive") == [Notice("part of a scale", ("c0", "x"))]
    assert not notices({"around": 0.25}, prior={"between": [0.2, 0.3]})


@pytest.mark.parametrize(("figures", "told"), [("a quarter", True), ("25 percent", True), ("one in four", True), ("25%", True), ("0.25 percent", False),
                                               ("0.25", False), ("a third", False), ("250 soldiers", False), ("20 to 30 percent", False)])  # fmt: skip
def test_or_the_figure_as_printed_is(notices, figures, told):
    claim = {"around": 0.25, "reported_in": [{"document": "d", "figures": figures}]}
    assert notices(claim, documents={"d": {"publisher": "P"}}) == ([Notice("part of a scale", ("c0",))] if told else [])


def test_a_prior_is_told_too(notices):
    assert notices({"around": 25}, prior={"between": [0.2, 0.3]}) == [Notice("prior of a scale", ("x",), text="0.2 to 0.3")]
    assert notices({"at_most": 25}, prior={"between": ["1/5", "1/3"]}, rationale="r") == [Notice("prior of a scale", ("x",), text="1/5 to 1/3")]
    assert not notices({"at_most": 25}, prior={"between": [0.2, 0.3]}, rationale="r")
    assert not notices({"around": 25}, prior={"between": ["1/5 percent", "1/3 percent"]})
    assert not notices({"around": 0.3}, prior={"between": ["1/5", "1/3"]}, unit="")


@pytest.fixture
def asked(make):
    """Return the notices of a question (or a formula) on totals in percent, in thousands and without a unit."""
    def total(unit, support="positive"):
        return {"unit": unit, "support": support}

    def told(ask, expr="rate * 1"):
        claims = {key: {"source": "a", "about": key, "between": [0.2, 0.3]} for key in ("rate", "share", "crowd", "plain")}
        case = make(claims=claims, questions={"q": {"ask": ask}}, derived={"made": {"unit": "", "expr": expr, "support": "real"}},
                    quantities={"rate": total("percent"), "share": total("percent", "fraction"), "crowd": total("thousand"), "plain": total("")})
        return [(notice.kind, notice.text) for notice in case.notices if "bare number" in notice.kind]

    return told


@pytest.mark.parametrize(("ask", "said"), [
    ("crowd > 16", "16 = 0.016 thousand"), ("rate > 20", "20 = 2000 percent"), ("20 < rate", "20 = 2000 percent"),
    ("2 * rate >= 30", "30 = 3000 percent"), ("rate - share > 5", "5 = 500 percent"), ("max(rate, 5) > 0.2", "5 = 500 percent"),
    ("crowd > 16 thousand", ""), ("rate > 20 percent", ""), ("rate > 0.2", ""), ("share > 1/3", ""), ("crowd > 16_000", ""), ("rate - share > 0", ""),
    ("plain > 20", ""), ("1 - share > 0.5", ""), ("1 / share > 4", ""), ("rate / share > 4", ""), ("3 * share > 0.5", ""),
])  # fmt: skip
def test_a_bare_number_set_against_a_scale_is_told(asked, ask, said):
    assert asked(ask) == ([("bare number asked", said)] if said else [])


def test_in_a_formula_too(asked):
    assert asked("plain > 2", expr="100 - share") == [("bare number in a formula", "100 = 10000 percent")]
    assert not asked("plain > 2", expr="1 - share")


@pytest.mark.parametrize(("ask", "total"), [("share > 20", "share"), ("20 < share", "share"), ("share < 0", "share"), ("share <= 100 percent", "share"),
                                            ("plain < -1", "plain"), ("part > 3/2", "part")])  # fmt: skip
def test_a_question_that_a_support_answers_is_told(make, ask, total):
    derived = {"part": {"unit": "", "support": "fraction", "expr": "share / 2"}, "free": {"unit": "", "expr": "plain - 1"}}
    sections = {"quantities": {"share": {"unit": "percent", "support": "fraction"}, "plain": {"unit": ""}}, "derived": derived,
                "claims": {"a": {"source": "a", "about": "share", "around": 25}, "b": {"source": "a", "about": "plain", "around": 2}}}
    kinds = {notice.kind: notice.about for notice in make(**sections, questions={"q": {"ask": ask}}).notices}
    assert kinds["settled question"] == ("q", total)
    fine = make(**sections, questions={"q": {"ask": "free < 0"}, "r": {"ask": "share > 99 percent"}})
    assert "settled question" not in {notice.kind for notice in fine.notices}

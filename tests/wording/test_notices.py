"""Notices in words: each kind once, at the terminal with ids, in print without."""

from __future__ import annotations

import re

import pytest

from nkestimate.case.model import Notice
from nkestimate.wording.notices import notice_words
from nkestimate.wording.numbers import PRINT


@pytest.fixture
def case(make):
    part = {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "r"}
    return make(
        documents={"d": {"publisher": "The Daily"}},
        quantities={"burnt": {"unit": "percent", "label": "Burnt", "prior": {"between": [20, 30]}, "rationale": "r"},
                    "crowd": {**part, "unit": "thousand", "label": "Crowd"}, "wide": {"unit": "metre", "limits": [2, None], "label": "Width", "rationale": "r"}, "x_y": {**part, "label": "X"},
                    "z": {**part, "label": "Z"}, "balance": {**part, "support": "real", "prior": "Normal(0, 1)", "label": "Balance"}},
        sources={"a": {"weight": 1, "name": "Ministry"}, "b": {"weight": 1, "name": "Institute"}},
        claims={"one": {"source": "a", "about": "wide", "between": [1000, 1200]}, "two": {"source": "b", "about": "wide", "around": 1},
                "part": {"source": "a", "about": "burnt", "between": ["1/5", "1/3"], "reported_in": [{"document": "d", "figures": "a fifth to a third"}]},
                "low": {"source": "b", "about": "burnt", "at_most": 0.25}, "half": {"source": "b", "about": "crowd", "at_most": "a half"}},
        derived={"ratio": {"unit": "", "expr": "x_y / z", "label": "Share of X"}},
        questions={"q": {"ask": "burnt > 5 percent", "label": "Burnt?"}},
        correlations={"k": {"between": ["x_y", "z"], "log": 0.5, "rationale": "r"}}, settings={"pooling": "linear"})


SAID = [
    (Notice("setting without effect", ("a", "wide"), text="overstates_by"), "(a, wide) does not act", "(Ministry and Width) does not act"),
    (Notice("correlation without effect", ("k",)), "these claims are its prior: k.", "these claims are its prior: X and Z."),
    (Notice("prior alone", ("x_y",)), "uses 'x_y': it rests on its prior alone", "uses X: it rests on its prior alone"),
    (Notice("no record", ("a",)), "'a' is to learn its weight", "Ministry is to learn its weight"),
    (Notice("outside limits", ("two", "wide")), "claim 'two' says (about 1 metre) lies outside the limits of 'wide', at least 2 metres.",
     "What Institute says (about 1 metre) lies outside the limits of Width, at least 2 metres."),
    (Notice("different dates", ("x_y", "balance")), "x_y * exp(x_y_growth * years_since(start))", "value: X, Balance. Where it changes"),
    (Notice("different dates", ("balance",)), "balance + balance_a_year * years_since(start)", "value: Balance. Where it changes"),
    (Notice("part of a scale", ("part",)),
     "Claim 'part' says 1/5 to 1/3 (in print “a fifth to a third”), which is read as 0.2 to 0.333 %: write 20 to 33.3, or state the claim with",
     "Ministry on Burnt says 1/5 to 1/3 (in print “a fifth to a third”), which is read as 0.2 to 0.333%: write 20 to 33.3, or"),
    (Notice("part of a scale", ("low", "part")), "0.25 %, some hundred times less than claim 'part' says: write 25, or state the claim",
     "0.25%, some hundred times less than Ministry on Burnt says"),
    (Notice("part of a scale", ("low", "burnt")), "less than the prior of 'burnt' says: write 25", "less than the prior of Burnt says: write"),
    (Notice("part of a scale", ("half",)), "says a half, which is read as 0.5 thousand: where parts of 1 are meant, state the claim with `unit: \"\"`.",
     "Institute on Crowd says a half, which is read as 0.5 thousand: where"),
    (Notice("prior of a scale", ("burnt",), text="0.2 to 0.3"), "The prior of 'burnt' is from 0.2 to 0.3, which is read as 0.2 to 0.3 %: write 20 to 30",
     "The prior of Burnt is from 0.2 to 0.3, which is read as 0.2 to 0.3%: write 20 to 30, or state the quantity with"),
    (Notice("bare number asked", ("q",), text="16 = 0.016 thousand"),
     "The question 'q' compares with 16, which without a unit is 0.016 thousand: write 16 thousand, or, where it is meant, 0.016 thousand.",
     "The question “Burnt?” compares with 16, which"),
    (Notice("bare number in a formula", ("x_y",), text="20 = 2000 percent"),
     "The formula of 'x_y' has 20, which without a unit is 2,000 %: write 20 percent, or, where it is meant, 2_000 percent.",
     "The formula of X has 20, which without a unit is 2,000%"),
    (Notice("contradiction", ("wide", "one", "two")), "(Ministry and Institute)", "Width: claims taken at their word"),
    (Notice("undefined", ("ratio",), 0.25), "Share of X is undefined in 25 % of", "Share of X is undefined in 25% of"),
    (Notice("too large", ("ratio",), 0.001), "too large to be reckoned with in <1 % of", "too large to be reckoned with in <1% of"),
    (Notice("above one", ("ratio",), 0.3), "30 % of the posterior lies above 1", "30% of the posterior lies above 1"),
    (Notice("settled question", ("q", "x_y")), "none that 'x_y' can be", "none that X can be"),
    (Notice("note", text="A term was added."), "A term was added.", "A term was added."),
]


@pytest.mark.parametrize(("notice", "terminal", "printed"), SAID, ids=lambda one: getattr(one, "kind", None))
def test_each_kind(case, notice, terminal, printed):
    at_terminal, in_print = notice_words(notice, case), notice_words(notice, case, PRINT)
    assert terminal in at_terminal
    assert printed in in_print.replace("\u00a0", " ")
    assert in_print.endswith(".")
    assert not re.search(r"x_y|\bone\b'|\btwo\b", in_print)  # ids


def test_every_kind_is_tried():
    from nkestimate.wording import notices

    assert {notice.kind for notice, *_ in SAID} == set(notices._SAID)


def test_a_date_that_the_case_has_is_not_proposed_again(make):
    def said(**sections):
        case = make(quantities={"x": {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "r"}}, **sections)
        return notice_words(Notice("different dates", ("x",)), case)

    assert "years_since(start)), with the growth a quantity and 'start' under 'dates:'." in said()
    assert "years_since(first_day)), with the growth a quantity and 'first_day' under" in said(dates={"start": "2020-01-01"})
    uncertain = {"between": ["2020-01-01", "2021-01-01"], "rationale": "r"}
    assert "'base_date' under" in said(dates={"start": uncertain, "first_day": "2020-01-01"})

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
        quantities={"wide": {"unit": "metre", "limits": [2, None], "label": "Width", "rationale": "r"}, "x_y": {**part, "label": "X"},
                    "z": {**part, "label": "Z"}, "balance": {**part, "support": "real", "prior": "Normal(0, 1)", "label": "Balance"}},
        sources={"a": {"weight": 1, "name": "Ministry"}, "b": {"weight": 1, "name": "Institute"}},
        claims={"one": {"source": "a", "about": "wide", "between": [1000, 1200]}, "two": {"source": "b", "about": "wide", "around": 1}},
        derived={"ratio": {"unit": "", "expr": "x_y / z", "label": "Share of X"}},
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
    (Notice("contradiction", ("wide", "one", "two")), "(Ministry and Institute)", "Width: claims taken at their word"),
    (Notice("undefined", ("ratio",), 0.25), "Share of X is undefined in 25 % of", "Share of X is undefined in 25% of"),
    (Notice("too large", ("ratio",), 0.001), "too large to be reckoned with in <1 % of", "too large to be reckoned with in <1% of"),
    (Notice("above one", ("ratio",), 0.3), "30 % of the posterior lies above 1", "30% of the posterior lies above 1"),
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

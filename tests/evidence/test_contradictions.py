"""Claims taken at their word that exclude each other, bounds among them."""

from __future__ import annotations

import pytest

from nkestimate.evidence.contradictions import contradictions

AT = {"at_most": {"at_most": 12.5}, "at_least": {"at_least": 23.5}, "low": {"between": [4, 5]}, "high": {"between": [40, 50]},
      "near": {"between": [4.5, 5.5]}, "less": {"at_most": 200}, "more": {"at_least": 2}}


@pytest.mark.parametrize("one, other, excluded", [
    ("at_most", "at_least", True), ("low", "at_least", True), ("at_most", "high", True), ("low", "high", True),
    ("low", "near", False), ("less", "at_least", False), ("at_most", "more", False), ("at_most", "less", False), ("at_least", "more", False),
    ("low", "at_most", False), ("high", "at_least", False),
])  # fmt: skip
@pytest.mark.parametrize("turned", [False, True])
def test_what_excludes_what(make, one, other, excluded, turned):
    pair = (other, one) if turned else (one, other)
    claims = {name: {"source": "ministry", "about": "length", **AT[name]} for name in pair}
    case = make(sources={"ministry": {"weight": 1}}, quantities={"length": {"unit": "metre"}}, claims={**claims, "base": {
        "source": "ministry", "about": "length", "between": [1, 100]}})
    assert bool(contradictions(case)) is excluded


def test_a_claim_that_may_err_contradicts_none(make):
    claims = {"a": {"source": "ministry", "about": "length", "at_most": 10}, "b": {"source": "rival", "about": "length", "at_least": 90}}
    case = make(sources={"ministry": {"weight": 1}, "rival": {"weight": 0.9}}, quantities={"length": {"unit": "metre", "prior": "LogNormal(3, 1)",
                                                                                           "rationale": "r"}}, claims=claims)
    assert contradictions(case) == []

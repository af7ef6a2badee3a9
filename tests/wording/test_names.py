"""One namer of totals, targets and claims."""

from __future__ import annotations

from datetime import date

import pytest

from nkestimate.wording.names import claim_name, claim_with_target, date_name, dates_named, humanise, target_label, target_named, tokens
from nkestimate.wording.numbers import PRINT, TERMINAL


@pytest.fixture
def case(make):
    return make(
        horizon="2025-06-30", dates={"opening_day": "2024-10-15", "closing": {"between": ["2025-01-01", "2025-03-01"], "rationale": "r"}},
        sources={"a": {"name": "Ann", "weight": 0.8}},
        quantities={"x": {"label": "Length", "unit": "metre"}, "y": {"label": "Price", "unit": "USD/metre"}},
        derived={"cost": {"label": "Cost", "unit": "USD", "expr": "x * y * min(1, years(opening_day, closing) / 1 year)", "headline": True},
                 "less": {"label": "Less", "unit": "USD", "expr": "cost - (x * y - 2500 USD)", "support": "real"}},
        claims={"c": {"source": "a", "about": "x", "between": ["1_200", "1500"], "unit": "metre"},
                "d": {"source": "a", "about": "x * y", "around": 28600, "unit": "USD"},
                "e": {"source": "a", "about": "y", "around": 4, "unit": "USD/metre"}},
    )  # fmt: skip


def test_a_target_is_named_by_its_label_or_its_formula(case):
    targets = {claim.id: claim.readings[0].target for claim in case.claims.values()}
    assert target_label(targets["c"], case) == target_named("x", case) == "Length"
    assert target_label(targets["d"], case) == target_named(targets["d"].key, case) == "Length × Price"
    assert target_named("nothing_of_this", case) == "nothing of this"


def test_a_claim_is_named_by_its_source_and_what_it_says(case):
    assert claim_name(case.claims["c"], case) == "Ann: 1,200 to 1,500 metres"
    assert claim_with_target(case.claims["d"], case) == "Ann on Length × Price (about 28,600 USD)"


def test_expressions_in_words(case):
    def line(key, set_in):
        return "".join(text for _, text in tokens(case.derived[key].expr, case, set_in))

    assert line("less", TERMINAL) == "Cost − (Length × Price − 2,500 USD)"
    assert line("cost", TERMINAL) == "Length × Price × the smaller of (1, years from 2024-10-15 to Closing ÷ 1 year)"
    assert "15\u00a0October\u00a02024" in line("cost", PRINT)


def test_dates(case):
    assert date_name(case, "opening_day") == "2024-10-15"
    assert date_name(case, "closing") == "Closing"  # which is uncertain
    assert dates_named(case) == [("Opening day", date(2024, 10, 15))]
    assert humanise("a-b_c") == "a b c"
    assert humanise("A text. As it is") == "A text. As it is"

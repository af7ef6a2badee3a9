"""The one writer of numbers: what it writes, and what it promises of any number."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nkestimate.wording import numbers as n
from nkestimate.wording.numbers import NONE, PRINT, TERMINAL, Display, display

WIDE = {0.05: 1.0, 0.5: 2.0, 0.95: 3.0}
TYPOGRAPHIES = (TERMINAL, PRINT)


@pytest.mark.parametrize(("value", "digits", "text"), [
    (12_645, 2, "13,000"), (12_645, 3, "12,600"), (0.0997, 2, "0.10"), (9.96, 2, "10"), (-3, 2, "-3.0"), (0, 2, "0"), (3.1, 2, "3.1"),
    (1_234_567, 2, "1,200,000"), (3.1e-9, 2, "3.1e-9"), (float("nan"), 2, NONE), (float("inf"), 2, NONE), (999.6, 3, "1,000"),
    (9.996, 3, "10.0"), (3e16, 3, "3.00e16"), (None, 3, NONE), (0.00001234, 3, "0.0000123"), (0.675, 2, "0.68"), (1e300, 2, "1.0e300"),
])  # fmt: skip
def test_significant_figures(value, digits, text):
    assert n.figures(value, digits) == text


def test_print_sets_the_same_digits_with_its_own_signs():
    assert n.figures(-3.1e-9, 2, PRINT) == "−3.1 × 10⁻⁹"
    assert n.figures(-12_645, 3, PRINT) == "−12,600"
    assert n.percent(0.31, PRINT) == "31%"
    assert n.percent(0.31) == "31 %"


@pytest.mark.parametrize(("value", "text"), [(28_600, "28,600"), (0.3, "0.3"), (1.72, "1.72"), (5, "5"), (0.00035, "0.00035"), (1e-9, "1.00e-9")])
def test_stated_numbers_are_written_in_full(value, text):
    assert n.plain(value) == text


@pytest.mark.parametrize(("p", "text"), [(0.624, "62 %"), (0.004, "<1 %"), (0.007, "<1 %"), (0.999, ">99 %"), (0.5, "50 %"), (0.01, "1 %"),
                                         (0.99, "99 %"), (-0.004, "<1 %"), (-0.12, "-12 %"), (math.nan, NONE), (None, NONE)])  # fmt: skip
def test_percentages_and_their_floors(p, text):
    assert n.percent(p) == text


@pytest.mark.parametrize(("p", "text"), [(0.0479, "4.8 %"), (0.0531, "5 %"), (0.0496, "4.96 %"), (0.1999, "19.99 %"), (0.2, "20 %"), (0.31, "31 %")])
def test_a_percentage_tells_on_which_side_of_a_limit_it_lies(p, text):
    assert n.percent(p, limits=(0.05, 0.2)) == text


def test_errors_of_percentages():
    assert n.with_error(0.54, 0.011) == "54 % ± 2"
    assert n.with_error(0.54, 0.0001, PRINT) == "54% ± 1"
    assert [n.stated_percent(p) for p in (0.9, 0.975, 1.0, 0.005)] == ["90 %", "97.5 %", "100 %", "0.5 %"]


def test_weights_and_counts():
    assert [n.weight(w) for w in (1.0, 0.9, 0.05, 0.0)] == ["1", "0.9", "0.05", "0"]
    assert n.counted(1, "fault") == "1 fault"
    assert n.counted(1200, "person", "people") == "1,200 people"


@pytest.mark.parametrize(("text", "written"), [
    ("10_000 to 12500.50", "10,000 to 12,500.50"), ("about 2025 person", "about 2,025 person"), ("2024-10-01 to 2024-12-15", "2024-10-01 to 2024-12-15"),
    ("about 2025-06", "about 2025-06"), ("1.7e9", "1.7e9"), ("5 at 5 %, 0.30 at 95 %", "5 at 5 %, 0.30 at 95 %"), ("1_700_000_000 USD_2024", "1,700,000,000 USD_2024"),
    ("1/3", "1/3"), ("2 of 1990", "2 of 1,990"),
])  # fmt: skip
def test_commas_in_what_a_claim_states(text, written):
    assert n.commas(text) == written


def test_dates_are_no_amounts():
    assert n.day(date(2025, 4, 2)).replace("\u00a0", " ") == "2 April 2025"
    assert n.day(date(2025, 4, 2), TERMINAL) == "2025-04-02"
    assert n.short_day(None) == "undated"


# ------------------------------------------------------------------ with an interval


def test_figures_stand_before_their_unit():
    assert display("billion USD", "positive", WIDE).value(3.14) == "3.1 billion USD"
    assert display("percent", "positive", {0.05: 12, 0.5: 50, 0.95: 98}).range(12.3, 98.2) == "12% to 98%"
    assert display("percent", "positive", {0.05: 12, 0.5: 50, 0.95: 98}, TERMINAL).range(12.3, 98.2) == "12 % to 98 %"
    assert display("person", "positive", {0.05: 8_000, 0.5: 15_000, 0.95: 30_000}).range(11_000, 20_000) == "11,000 to 20,000 people"
    assert Display(1.0, "people", one="person").stated(1.0) == "1"
    assert Display(1.0, "people", one="person").unit_behind("1") == "1 person"


def test_a_fraction_is_shown_in_percent():
    shown = display("", "fraction", {0.05: 0.1, 0.5: 0.3, 0.95: 0.6})
    assert shown.value(0.325) == "32%"
    assert shown.column == "%"


@pytest.mark.parametrize(("low", "median", "high", "texts"), [
    (2_700, 2_750, 2_812, ("2,700", "2,750", "2,810")), (299_792.457, 299_792.458, 299_792.459, ("299,792.457", "299,792.458", "299,792.459")),
    (10, 25, 60, ("10", "25", "60")), (3.1234, 25, 123.4, ("3.1", "25", "123")), (11_000, 12_645, 15_000, ("11,000", "12,600", "15,000")),
    (-5, 0.0123, 5, ("-5.0", "0.0", "5.0")), (1.0, 1.04, 50, ("1.00", "1.04", "50.0")), (12.0001, 12.0002, 12.0004, ("12.0001", "12.0002", "12.0004")),
])  # fmt: skip
def test_digits_follow_the_interval(low, median, high, texts):
    shown = display("tonne", "positive", {0.05: low, 0.5: median, 0.95: high}, TERMINAL)
    assert tuple(shown.number(value) for value in (low, median, high)) == texts


@pytest.mark.parametrize(("unit", "median", "text"), [
    ("million USD", 2_300, "2.3 billion USD"), ("billion USD", 0.35, "0.35 billion USD"), ("billion USD", 0.035, "35 million USD"),
    ("USD", 2.3e9, "2.3 billion USD"), ("USD", 28_600, "29,000 USD"), ("million USD", 0.01, "10,000 USD"),
])
def test_the_scale_word_follows_the_median(unit, median, text):
    shown = display(unit, "positive", {0.05: median / 2, 0.5: median, 0.95: 2 * median})
    assert shown.value(median) == text


def test_differences():
    share = display("", "fraction", {0.05: 0.1, 0.5: 0.3, 0.95: 0.6})
    assert (share.change(-0.034), share.size(0.034), share.change(0.0)) == ("−3.4", "3.4 percentage points", "0")
    assert display("billion USD", "positive", WIDE, TERMINAL).change(1.234) == "+1.2"


def test_an_uncertain_date_is_written_as_a_date_and_its_spread_in_days():
    shown = display("day", "real", {0.05: -3.0, 0.5: 0.4, 0.95: 40.0}, TERMINAL, date(2024, 10, 15))
    assert shown.value(0.4) == "2024-10-15"
    assert shown.range(-3.0, 40.0) == "2024-10-12 to 2024-11-24"
    assert shown.size(-12.3) == "12 days"
    assert shown.range(0.1, 0.2) == "2024-10-15"
    assert shown.column == "date"
    assert display("day", "real", {0.05: -3.0, 0.5: 0.4, 0.95: 40.0}, PRINT, date(2024, 10, 15)).tick(1.0) == "16\u00a0Oct\u00a02024"
    assert shown.number(1e9) == "1,000,000,000"  # beyond the calendar


# ------------------------------------------------------------------ what is promised of any number

SIZES = st.floats(1e-12, 1e18)
REALS = st.one_of(SIZES, SIZES.map(lambda x: -x), st.just(0.0))
INTERVALS = st.tuples(REALS, REALS, REALS).map(sorted).filter(lambda q: q[0] < q[1] < q[2])
NARROW = st.builds(lambda x, a, b: sorted([x, x * (1 + a), x * (1 + a + b)]), SIZES, st.floats(1e-11, 1e-2), st.floats(1e-11, 1e-2)).filter(
    lambda q: q[0] < q[1] < q[2])  # fmt: skip


def read(text):
    """Read a written number back, as a reader would."""
    text = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")).replace(",", "").replace(" × 10", "e")
    return float(text)


def shown_of(q, set_in=TERMINAL):
    return display("tonne", "real", dict(zip((0.05, 0.5, 0.95), q, strict=True)), set_in)


@given(st.one_of(INTERVALS, NARROW), st.sampled_from(TYPOGRAPHIES))
def test_the_ends_and_the_median_never_look_alike(q, set_in):
    shown = shown_of(q, set_in)
    assert len({shown.number(value) for value in q}) == 3
    low, high = shown.bare_range(q[0], q[2]).split(" to ")
    assert low != high


@given(st.one_of(INTERVALS, NARROW), st.lists(st.floats(0, 1), min_size=2, max_size=6), st.sampled_from(TYPOGRAPHIES))
def test_a_larger_value_is_never_written_as_a_smaller_one(q, shares, set_in):
    shown = shown_of(q, set_in)
    values = sorted(min(max(q[0] + share * (q[2] - q[0]), q[0]), q[2]) for share in shares)
    written = [read(shown.number(value)) for value in values]
    assert written == sorted(written)


@given(st.one_of(INTERVALS, NARROW))
def test_a_value_is_off_by_less_than_the_interval_can_tell(q):
    """Half a unit in the second figure, or a twentieth of the half width's leading digit, whichever is the larger; never more than 5 %."""
    shown = shown_of(q)
    for value in q:
        off = abs(read(shown.number(value)) - shown.factor * value)
        half = shown.factor * (q[2] - q[0]) / 2
        allowed = 0.05 * abs(shown.factor * value) if not q[0] < 0 < q[2] else max(0.05 * half, 0.005 * abs(shown.factor * value) * 10)
        assert off <= allowed * (1 + 1e-9)


@given(REALS, st.integers(1, 6), st.sampled_from(TYPOGRAPHIES))
def test_significant_figures_round_by_half_a_unit_at_most(value, digits, set_in):
    off = abs(read(n.figures(value, digits, set_in)) - value)
    assert off <= 0.5 * 10.0 ** (1 - digits) * abs(value) * (1 + 1e-9)


@given(st.floats(0, 1), st.floats(0, 1))
def test_percentages_rise_with_their_probability(a, b):
    def order(p):
        text = n.percent(p, limits=(0.05, 0.2))
        return {"<": 0.5, ">": 99.5}.get(text[0]) or float(text[:-2])

    low, high = sorted((a, b))
    assert order(low) <= order(high)


@given(st.floats(0.01, 0.99))
def test_whole_percent_round_by_half_a_point_at_most(p):
    assert abs(float(n.percent(p)[:-2]) - 100 * p) <= 0.5 + 1e-9


@given(st.one_of(INTERVALS, NARROW), st.sampled_from(TYPOGRAPHIES))
def test_the_same_fact_is_the_same_text_whatever_else_is_shown(q, set_in):
    one, two = shown_of(q, set_in), shown_of(list(q), set_in)
    assert one.value(q[1]) == two.value(q[1])
    assert one.number(q[0]) in one.bare_range(q[0], q[2])
    digits = [shown_of(q, other).number(q[1]) for other in TYPOGRAPHIES]
    assert read(digits[0]) == read(digits[1])


@given(st.one_of(INTERVALS, NARROW), st.booleans(), st.sampled_from(TYPOGRAPHIES))
def test_an_interval_has_powers_of_ten_at_both_ends_or_at_none(q, stated, set_in):
    """But for the power of none, 1 to 10, and for 0."""
    shown = Display(1.0, "tonne", set_in=set_in) if stated else shown_of(q, set_in)
    ends = (shown.stated_bare_range if stated else shown.bare_range)(q[0], q[2]).split(" to ")
    assert len({set_in.power in end for end in ends if not (read(end) == 0 or 1 <= abs(read(end)) < 10)}) <= 1


@pytest.mark.parametrize(("low", "median", "high", "texts"), [
    (7.7e-7, 9.9e-7, 1.28e-6, ("7.7 × 10⁻⁷", "9.9 × 10⁻⁷", "1.28 × 10⁻⁶")), (1e-7, 2.0, 30.0, ("1.0 × 10⁻⁷", "2.0", "3.0 × 10¹")),
    (4e26, 8e26, 2e27, ("4.0 × 10¹⁴", "8.0 × 10¹⁴", "2.00 × 10¹⁵")), (2e-6, 3e-6, 5e-6, ("0.0000020", "0.0000030", "0.0000050"))])  # fmt: skip
def test_what_needs_a_power_of_ten_gives_one_to_its_whole_interval(low, median, high, texts):
    shown = shown_of((low, median, high), PRINT)
    assert tuple(shown.number(value) for value in (low, median, high)) == texts
    assert shown.bare_range(low, high) == f"{texts[0]} to {texts[2]}"
    assert Display(1.0, "tonne").stated_bare_range(7.7e-7, 1.28e-6) == "7.70 × 10⁻⁷ to 1.28 × 10⁻⁶"


@given(st.dates(), st.floats(-400, 400), st.floats(-400, 400))
def test_dates_keep_their_order(since, a, b):
    low, high = sorted((a, b))
    assume(timedelta(days=500) < since - date.min and timedelta(days=500) < date.max - since)
    shown = display("day", "real", {0.05: low, 0.5: low, 0.95: high}, TERMINAL, since)
    assert shown.number(low) <= shown.number(high)
    assert abs((date.fromisoformat(shown.number(low)) - since).days - low) <= 0.5


def test_a_plain_number_has_no_unit_behind_it_and_a_head_that_says_so():
    of = {0.05: 20.0, 0.5: 33.0, 0.95: 50.0}
    plain_one, share, dated = display("", "positive", of), display("", "fraction", {0.05: 0.2, 0.5: 0.3, 0.95: 0.5}), display("day", "real", of, since=date(2025, 1, 1))
    assert [(one.cell, one.column) for one in (plain_one, share, dated, display("USD", "positive", of))] == [
        ("", "number"), ("%", "%"), ("date", "date"), ("USD", "USD")]
    assert plain_one.value(33.0) == "33"

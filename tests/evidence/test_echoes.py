"""What a retelling did to the figures of its root: a table written by hand, and how the root is found."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.case.model import Document, Source
from nkestimate.case.units import Units
from nkestimate.evidence.echoes import KINDS, Printed, compare, earliest, echoes, is_own, printed, root_of
from random_cases import load

EURO = Units()
EURO.define_all({"EUR": "1.08 USD"})

TABLE = [
    # a range
    ("between 1.7 and 5.5 billion dollars", "$1.7bn to $5.5bn", "same"),
    ("$1.72 billion to $5.5 billion", "between $1.7 billion and $5.5 billion", "rounded"),
    ("$1.72 billion to $5.5 billion", "$2 billion to $6 billion", "rounded"),
    ("$1.7 billion to $5.5 billion", "$1.72 billion to $5.5 billion", "same"),  # the root is the rounded one
    ("between $1.7bn and $5.5bn", "up to $5.5 billion", "upper end only"),
    ("between $1.7bn and $5.5bn", "as much as $5.5 billion", "upper end only"),
    ("between $1.7bn and $5.5bn", "over $5 billion", "upper end only"),
    ("between $1.7bn and $5.5bn", "$5.5 billion", "upper end only"),
    ("between $1.7bn and $5.5bn", "some $5 billion", "upper end only"),
    ("between $1.7bn and $5.5bn", "at least $1.7 billion", "lower end only"),
    ("between $1.7bn and $5.5bn", "more than $1.7bn", "lower end only"),
    ("between $1.7bn and $5.5bn", "$1.7 billion", "lower end only"),
    ("between 250,000 and 300,000 people", "300,000", "upper end only"),
    ("between 250,000 and 300,000 people", "over 300,000 people", "upper end only"),
    ("between 260,000 and 310,000 people", "300,000", "rounded"),
    ("between $1.7bn and $5.5bn", "between $1 billion and $6 billion", "range widened"),
    ("between $1.7bn and $5.5bn", "between $1.7 billion and $8 billion", "range widened"),
    ("between $1.7bn and $5.5bn", "up to $7 billion", "range widened"),
    ("between $1.7bn and $5.5bn", "more than $1 billion", "range widened"),
    ("between $1.7bn and $5.5bn", "between $3 billion and $4 billion", "range narrowed"),
    ("between $1.7bn and $5.5bn", "between $3 billion and $5.5 billion", "range narrowed"),
    ("between $1.7bn and $5.5bn", "about $3.6 billion", "range narrowed"),
    ("between $1.7bn and $5.5bn", "up to $4 billion", "range narrowed"),
    ("between $1.7bn and $5.5bn", "over $3.1 billion", "range narrowed"),
    ("between $1.7bn and $5.5bn", "billions of dollars", "order of magnitude"),
    ("between $143 million and $572 million", "several hundred million US dollars", "order of magnitude"),
    ("between $1.7bn and $5.5bn", "$20 billion", "contradicts"),
    ("between $1.7bn and $5.5bn", "up to $1 billion", "contradicts"),
    ("between $1.7bn and $5.5bn", "more than $9 billion", "contradicts"),
    ("between $1.7bn and $5.5bn", "$3 billion to $9 billion", "contradicts"),
    ("between $1.7bn and $5.5bn", "tens of billions of dollars", "contradicts"),
    # one figure
    ("11,000 soldiers", "about 11,000 troops", "same"),
    ("11,200 soldiers", "some 11,000 men", "rounded"),
    ("11,000 soldiers", "10,000 soldiers", "rounded"),
    ("around 552 tonnes", "only 500 tons", "rounded"),
    ("1,940 soldiers", "1,000 soldiers", "contradicts"),  # cut off by half: no rounding
    ("236", "235 people", "contradicts"),
    ("11,000 soldiers", "20,000 soldiers", "contradicts"),
    ("11,000 soldiers", "12,000 troops", "contradicts"),
    ("11,000 soldiers", "10,000 to 12,000 soldiers", "range widened"),
    ("11,000 soldiers", "more than 10,000 troops", "range widened"),
    ("11,000 soldiers", "up to 11,000 troops", "range widened"),
    ("11,000 soldiers", "up to 9,000 troops", "contradicts"),
    ("11,000 soldiers", "12,000 to 15,000 soldiers", "contradicts"),
    ("around 4,000 of the troops", "thousands of young men", "order of magnitude"),
    ("around 4,000 of the troops", "hundreds of young men", "contradicts"),
    # bounds
    ("up to $6 billion", "as much as $6bn", "same"),
    ("up to $6.3 billion", "up to $6 billion", "rounded"),
    ("up to $6 billion", "$6 billion", "range narrowed"),
    ("up to $6 billion", "between $2 billion and $6 billion", "range narrowed"),
    ("up to $6 billion", "up to $8 billion", "range widened"),
    ("up to $6 billion", "up to $4 billion", "range narrowed"),
    ("up to $6 billion", "more than $6 billion", "contradicts"),
    ("up to $6 billion", "$8 billion", "contradicts"),
    ("up to $6 billion", "billions of dollars", "order of magnitude"),
    ("more than 10,000 troops", "at least 10,000 soldiers", "same"),
    ("more than 10,000 troops", "10,000 soldiers", "range narrowed"),
    ("more than 10,000 troops", "more than 8,000 soldiers", "range widened"),
    ("more than 10,000 troops", "up to 10,000 soldiers", "contradicts"),
    ("more than 10,000 troops", "8,000 soldiers", "contradicts"),
    # magnitudes
    ("thousands of soldiers", "thousands of troops", "same"),
    ("thousands of soldiers", "4,000 soldiers", "range narrowed"),
    ("thousands of soldiers", "40 soldiers", "contradicts"),
    # units, periods, currencies
    ("between 1.2 and 1.5 km", "1,200 to 1,500 metres", "unit or period changed"),
    ("$2,000 a month", "$24,000 a year", "unit or period changed"),
    ("$2,000 a month", "$60,000 a year", "contradicts"),
    ("$2,000 a month", "$2,000", "unit or period changed"),
    ("$5.4 billion", "€5 billion", "unit or period changed"),
    ("$5.4 billion", "€50 billion", "contradicts"),
    ("$5.4 billion", "£4.2 billion", "unit or period changed"),  # no rate in the case
    ("30 percent", "0.3", "same"),  # a bare number beside a share is one
    ("30 percent", "30", "same"),  # or is in its unit
    ("30 percent", "almost a third", "rounded"),
    ("33 percent", "one in three", "same"),
    ("a third", "33 percent", "same"),
    ("30 percent", "three in ten", "same"),
    ("half of the troops", "50%", "same"),
    ("30 percent", "half", "contradicts"),
    ("10,000 troops", "doubled to 10,000", "same"),
    ("between 1.7 and 5.5bn", "up to $5.5 billion", "upper end only"),
    ("1,500 km", "930 miles", "unit or period changed"),
    ("1.1 kilotons", "1,100 tonnes", "same"),
    ("1.1 kilotons", "up to 900 tonnes", "contradicts"),
    ("3 trillion won", "$2.2 billion", "unit or period changed"),
    ("$3 billion", "30 percent", "unit or period changed"),
    ("200 ± 80 tons", "200 tons", "range narrowed"),
]


@pytest.mark.parametrize(("root", "echo", "kind"), TABLE, ids=lambda value: value)
def test_the_table(root, echo, kind):
    (a,), (b,) = printed(root, EURO), printed(echo, EURO)
    assert compare(a, b)[0] == kind


def test_the_table_has_every_kind_that_two_figures_can_be():
    alone = {"root", "part of the root", "another figure", "no figures"}
    assert {kind for _, _, kind in TABLE} == set(KINDS) - alone


def test_details_tell_what_was_done():
    def detail(root, echo):
        return compare(*printed(root, EURO), *printed(echo, EURO))[1]

    assert detail("between $1.7bn and $5.5bn", "over $5 billion") == "turned into a floor"
    assert detail("11,000 soldiers", "up to 11,000 troops") == "turned into a ceiling"
    assert detail("up to $6 billion", "more than $6 billion") == "a ceiling turned into a floor"
    assert detail("$2,000 a month", "$2,000") == "USD for USD/month"
    assert detail("$1.4 billion", "$1 billion") == "by 29 %"
    assert detail("$5.5 billion", "$5 billion") == ""


ends = st.integers(1, 9999)


@given(ends, ends, st.sampled_from([1, 10, 1000]))
def test_figures_are_what_they_are_told_in_any_unit(low, width, scale):
    """Scaling root and echo alike changes nothing; the same figures are the same."""
    root = Printed("range", low, low + width, 1, 1)
    for echo in (root, Printed("at_most", -math.inf, low + width, 0, 1), Printed("point", low, low, 1, 1), Printed("range", low - 1, low + width, 1, 1)):
        assert compare(root, echo) == compare(root.scaled(scale), echo.scaled(scale))
    assert compare(root, root) == ("same", "")


# ---------------------------------------------------------------- the root


def case_of(reports, source="Ministry of Roads", **documents):
    """A case of one claim with reports (document, figures)."""
    return load({
        "format": 1, "title": "t", "horizon": "2025-01-01", "documents": documents, "sources": {"s": {"name": source, "weight": 0.5}},
        "quantities": {"cost": {"unit": "million USD"}},
        "claims": {"c": {"source": "s", "about": "cost", "between": [2, 5], "reported_in": [
            {"document": document} | ({"figures": figures} if figures else {}) for document, figures in reports]}}})


def kinds(case):
    return [echo.kind for echo in echoes(case.claims["c"], case)]


EARLY, LATE = {"publisher": "The Daily", "published": "2024-01-01"}, {"publisher": "The Weekly", "published": "2024-02-01"}
OWN = {"publisher": "Ministry of Roads", "published": "2024-03-01"}


def test_the_sources_own_document_is_the_root():
    case = case_of([("a", "between $2 million and $5 million"), ("own", "up to $5 million")], a=EARLY, own=OWN)
    assert kinds(case) == ["range narrowed", "root"]
    assert echoes(case.claims["c"], case)[1].detail == "the source's own document"
    assert (root_of(case.claims["c"], case), earliest(case.claims["c"], case)) == (1, 0)


def test_else_the_earliest_published_and_undated_ones_last():
    case = case_of([("b", "$4 million"), ("a", "$5 million"), ("c", "$6 million")], a=EARLY, b=LATE, c={"publisher": "X"})
    assert kinds(case) == ["contradicts", "root", "contradicts"]
    assert echoes(case.claims["c"], case)[1].detail == "the earliest"


def test_but_what_merely_shortens_another_is_not_the_root():
    for short, kind in (("up to $5.3 million", "upper end only"), ("between $2 million and $5 million", "rounded"), ("millions of dollars", "order of magnitude")):
        case = case_of([("a", short), ("b", "between $2.4 million and $5.3 million")], a=EARLY, b=LATE)
        assert kinds(case) == [kind, "root"]
        assert echoes(case.claims["c"], case)[1].detail == "the fullest"


def test_a_range_made_of_an_earlier_figure_is_no_root():
    case = case_of([("a", "about $5 million"), ("b", "between $3 million and $7 million")], a=EARLY, b=LATE)
    assert kinds(case) == ["root", "range widened"]


def test_ties_are_settled_by_unit_then_by_order():
    case = case_of([("a", "between 5,000 to 20,000 soldiers"), ("a", "$143 million to $572 million"), ("a", "$572 million")], a=EARLY)
    assert kinds(case) == ["another figure", "root", "upper end only"]
    same_day = case_of([("b", "$4 million"), ("a", "$5 million")], a=EARLY, b=EARLY)
    assert kinds(same_day) == ["root", "contradicts"]


def test_reports_without_figures_are_never_compared():
    case = case_of([("own", None), ("a", "$5 million"), ("b", "a great deal")], own=OWN, a=EARLY, b=LATE)
    assert kinds(case) == ["no figures", "root", "no figures"]
    assert [echo.detail for echo in echoes(case.claims["c"], case)] == ["", "the only one with figures", "none that could be read"]
    nothing = case_of([("a", None), ("b", None)], a=LATE, b=EARLY)
    assert kinds(nothing) == ["no figures", "root"]
    assert echoes(case_of([]).claims["c"], case_of([])) == ()
    assert root_of(case_of([]).claims["c"], case_of([])) is None


def test_figures_that_add_up_are_parts():
    case = case_of([("a", "$6 million"), ("a", "$1 million for wages"), ("a", "$5 million for steel")], a=EARLY)
    assert kinds(case) == ["root", "part of the root", "part of the root"]
    other = case_of([("a", "$6 million"), ("b", "$1 million for wages"), ("b", "$4 million for steel")], a=EARLY, b=LATE)
    assert kinds(other) == ["root", "contradicts", "contradicts"]


def test_another_unit_alone_is_a_change_and_beside_the_roots_another_figure():
    case = case_of([("a", "$6 million"), ("b", "30 percent")], a=EARLY, b=LATE)
    assert kinds(case) == ["root", "unit or period changed"]
    beside = case_of([("a", "$6 million"), ("b", "30 percent"), ("b", "$6 million")], a=EARLY, b=LATE)
    assert kinds(beside) == ["root", "another figure", "same"]


@pytest.mark.parametrize(("publisher", "source", "own"), [
    ("Human Rights Watch", "Human Rights Watch", True),
    ("World Bank, European Union and United Nations", "World Bank Group", True),
    ("Korea Bizwire (Yonhap)", "Yonhap, in its own voice", True),
    ("Associated Press", "Associated Press count", True),
    ("The Daily", "Daily", True),
    ("Federal Institute for Geosciences (BGR)", "BGR", True),
    ("Unnamed digest of The New York Times", "The New York Times", False),
    ("Lebanon Businessnews", "Government of Lebanon", False),
    ("Reuters", "US Federal Bureau of Investigation", False),
    ("", "Anyone", False),
])  # fmt: skip
def test_which_documents_are_a_sources_own(publisher, source, own):
    document = Document("d", publisher, "", None, None, None, None, None)
    assert is_own(document, Source("s", source, "", 0.5, None, None)) is own


def test_the_shipped_claims(request):
    from nkestimate import load_case

    case = load_case(request.config.rootpath / "priors" / "north-korea-russia.yaml")
    found = {(key, echo.figures): echo.kind for key, claim in case.claims.items() for echo in echoes(claim, case)}
    wanted = {
        ("study-arms", "$1.72 billion to $5.5 billion"): "root", ("study-arms", "over $5 billion"): "upper end only",
        ("study-arms", "between $1.7 billion and $5.5 billion"): "rounded", ("study-arms", "up to $5.5 billion"): "upper end only",
        ("seoul-casualties", "around 4,000 of the troops"): "root", ("seoul-casualties", "thousands of young men"): "order of magnitude",
        ("russia-third-wave", "1,000 North Korean combat engineers"): "part of the root", ("russia-third-wave", "5,000 military builders"): "part of the root",
        ("ukraine-third-wave", "additional 25,000-30,000 troops"): "same",
    }
    assert {key: found[key] for key in wanted} == wanted
    assert all(sum(echo.is_root for echo in echoes(claim, case)) == 1 for claim in case.claims.values())

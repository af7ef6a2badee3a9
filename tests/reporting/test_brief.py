"""The brief's records: cut to a page, what is over is counted; nothing is sampled."""

from __future__ import annotations

import pytest
from pypdf import PdfReader
from report_fits import synthetic_fit

from nkestimate.case import case_from_resolved
from nkestimate.reporting import report
from nkestimate.reporting.brief import CARRIED, CHECKS, DOCUMENTS, SAYINGS, SOURCES, brief
from nkestimate.reporting.story import Story

LONG = "A label of sixty letters and more that no column is wide for"
ADDRESS = "https://example.org/a/page?of=many"


def large(sources=14, each=3, documents=12):
    """A case with many claims and long labels; its last source is on record only."""
    claims = {f"c{i}-{j}": {"source": f"s{i}", "about": f"q{j}", "around": 100 + i, "unit": "metre",
                            "reported_in": [{"document": f"d{i % documents}", "figures": f"{100 + i} metres"}]}
              for i in range(sources) for j in range(each)}  # fmt: skip
    weights = {f"s{i}": {"name": f"{LONG}, number {i}", "weight": 0.3 + 0.04 * i if i < sources - 1 else 0} for i in range(sources)}
    return {"format": 1, "title": f"{LONG} {LONG}", "horizon": "2025-01-01", "claims": claims, "sources": weights,
            "quantities": {f"q{j}": {"label": f"{LONG} {j}", "unit": "metre"} for j in range(each)},
            "derived": {"all": {"label": LONG, "unit": "metre", "expr": " + ".join(f"q{j}" for j in range(each)), "headline": True}},
            "documents": {f"d{i}": {"publisher": f"{LONG} {i}", "title": LONG, "url": ADDRESS if i else "not an address"} for i in range(documents)},
            "questions": {f"a{i}": {"ask": f"all > {290 + i} metre", "label": f"{LONG} {i}?"} for i in range(9)}}  # fmt: skip


@pytest.fixture(scope="module")
def fit():
    return synthetic_fit(case_from_resolved(large(), "large"), prior=2000, draws=100)


@pytest.fixture(scope="module")
def told(fit):
    return brief(Story(fit), None)


def test_lists_are_cut_and_what_is_over_is_counted(told):
    believed = told["believed"]
    assert len(believed["rows"]) == SOURCES
    assert believed["more"] == f"{13 - SOURCES} more sources"
    assert believed["unheard"].count("number 13") == min(SAYINGS, 3)
    assert len(told["carried"]) <= CARRIED
    assert len(told["checks"]["rows"]) <= CHECKS
    assert told["more_documents"] == f"{12 - DOCUMENTS} more documents"


def test_who_moves_the_headline_most_stands_first(told):
    pulls = [float(row["moves"].replace("−", "-")) for row in told["believed"]["rows"]]
    assert pulls == sorted(pulls, key=lambda pull: -abs(pull))
    assert sum(pulls) > 0.3  # a sum of what they all state rises with it


def test_a_part_that_fails_is_told_and_costs_itself_only(fit, monkeypatch):
    story, lost = Story(fit), []
    monkeypatch.setattr(type(story), "conflicts", property(lambda _: 1 / 0))
    told = brief(story, None, lost)
    assert told["conflict"] is None
    assert told["believed"]["rows"]
    assert lost == ["what conflicts (ZeroDivisionError)"]


def test_it_has_two_to_four_pages_and_its_documents_are_links(fit, tmp_path):
    pdf = PdfReader(report(fit, tmp_path, pictures=False))
    assert 2 <= len(pdf.pages) <= 4
    assert b"pdfuaid:part" in pdf.trailer["/Root"]["/Metadata"].get_data()
    links = [note.get_object()["/A"]["/URI"] for page in pdf.pages for note in page.get("/Annots", []) if "/A" in note.get_object()]
    assert links.count(ADDRESS) >= DOCUMENTS - 1
    assert set(links) == {ADDRESS}


def test_what_a_referee_would_ask_stands_at_its_foot(make, tmp_path):
    def asked(spread):
        sources = {"ann": {"name": "Ann", "weight": 0.9}, "ben": {"weight": 0.5}}
        case = make(sources=sources, quantities={"count": {"unit": "person"}, "pay": {
            "label": "Pay a head", "unit": "USD/person", "prior": f"LogNormal(3, {spread})", "rationale": "a guess"}},
            claims={"a": {"source": "ann", "about": "count", "around": 100}, "b": {"source": "ben", "about": "count", "between": [90, 120]}},
            derived={"cost": {"expr": "count * pay", "unit": "USD", "label": "Cost", "headline": True}})  # fmt: skip
        fit = synthetic_fit(case, prior=2000, draws=1000)
        return fit, brief(Story(fit), None)["doubts"]

    _, (weight,) = asked(0.001)
    assert weight == "Weights above 0.75 have no note that says why: Ann (0.9)."
    fit, (carrying, _) = asked(4)
    assert "variance of “Cost”: Pay a head (" in carrying
    text = " ".join(page.extract_text() for page in PdfReader(report(fit, tmp_path, pictures=False)).pages)
    assert "What a referee would ask" in text
    assert "Pay a head (" in " ".join(text.split())

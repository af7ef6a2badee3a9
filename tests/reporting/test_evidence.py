"""The evidence page: its matrix in three forms, what sources are worth, the audit's tally, implied beliefs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_fits import synthetic_fit, words_of

from nkestimate import load_case
from nkestimate.density import weighed
from nkestimate.evidence import echoes
from nkestimate.evidence.independence import independence
from nkestimate.fitting.records import AuditTally
from nkestimate.reporting import report
from nkestimate.reporting.evidence import SIGNS, evidence, implied, spans
from nkestimate.reporting.story import Story
from random_cases import load


def case_of(documents, reports):
    """A case of one claim with reports (number of the document, figures) in so many documents, later ones first."""
    return load({
        "format": 1, "title": "t", "horizon": "2025-01-01",
        "documents": {f"doc_{i}": {"publisher": f"Paper {i}", "published": f"2024-01-{28 - i % 28:02d}"} for i in range(documents)},
        "sources": {"some_source": {"name": "A source", "weight": 0.5}, "other_source": {"name": "Another", "weight": 0.4}},
        "quantities": {"the_size": {"label": "Size", "unit": "metre"}},
        "claims": {"the_claim": {"source": "some_source", "about": "the_size", "between": [10, 20],
                                 "reported_in": [{"document": f"doc_{i}", "figures": figures} for i, figures in reports]},
                   "a_bound": {"source": "other_source", "about": "the_size", "at_most": 30}, "mute": {"source": "other_source", "about": "the_size", "around": 3, "weight": 0}},
        "excluded": [{"document": "doc_0", "figures": "3 cats", "reason": "cats"}]})


def page(case, **summary):
    fit = synthetic_fit(case, prior=200, draws=20)
    fit.summary = replace(fit.summary, **summary)
    return evidence(Story(fit))


def test_few_documents_have_words():
    got = page(case_of(3, [(2, "10 to 20 metres"), (0, "up to 20 metres"), (0, "as much as 20 metres")]))
    assert got["form"] == "words"
    assert [document["publisher"] for document in got["documents"]] == ["Paper 2", "Paper 1", "Paper 0"]  # by date
    first, bound, mute = got["rows"]
    assert (first["source"], first["said"], first["cells"]) == ("A source", "10 to 20 metres", ["root", "", "upper end only (2)"])
    assert bound["cells"] == ["", "", ""]
    assert (mute["muted"], mute["status"]) == (True, "not heard")
    assert got["left_out"] == ["", "", "1"]


def test_more_have_signs_and_many_are_listed():
    reports = [(9, "10 to 20 metres"), (8, "20 metres"), (7, "10 to 20 metres"), (6, "10 to 20 metres"), (5, "10 to 20 metres"), (5, "50 metres")]
    got = page(case_of(10, reports))
    assert got["form"] == "signs"
    assert got["rows"][0]["cells"] == ["●", "▲", "=", "=", "= ✗", "", "", "", "", ""]
    assert [name for _, name in got["legend"]] == ["root", "same", "upper end only", "contradicts"]
    got = page(case_of(29, reports))
    assert got["form"] == "list"
    (cell,) = got["rows"][0]["cells"]
    assert cell.startswith("root: ")
    assert got["rows"][1]["cells"] == ["–"]


def test_every_kind_has_a_sign():
    assert list(SIGNS) == list(echoes.KINDS)
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_spans():
    assert spans([]) == ""
    assert spans([2]) == "2"
    assert spans([1, 2, 4, 5, 6, 9]) == "1, 2, 4–6, 9"


def test_targets_are_worth_what_the_audit_says(request):
    case = load_case(request.config.rootpath / "priors" / "beirut-explosion.yaml")
    rows = {row["label"]: row for row in page(case)["worth"]}
    found = independence(case)
    assert len(rows) == len(found)
    for key in ("tnt_yield", "killed", "insured"):
        row = rows[case.totals[key].label]
        assert (row["sources"], row["effective"], row["bounds"]) == (
            str(len(found[key].sources)), f"{found[key].effective:.1f}", str(len(found[key].bound_sources) or ""))
    assert rows["Yield in TNT equivalent"]["average"].startswith("University of Sheffield (Rigby et al.) (")


TALLY = AuditTally(False, 2, {"doc_0": {"claimed": 3, "excluded": 1, "incidental": 1040, "unaccounted": 5},
                              "doc_1": {"claimed": 0, "excluded": 0, "incidental": 2, "unaccounted": 0}})


def test_the_audits_tally_is_shown_where_there_is_one():
    assert page(case_of(2, [(0, "10 to 20 metres")]))["audit"] is None
    got = page(case_of(2, [(0, "10 to 20 metres")]), audit=TALLY)["audit"]
    assert (got["ok"], got["faults"], got["total"]) == (False, "2 faults", ["3", "1", "1,042", "5"])
    assert got["rows"][0][0] == "Paper 0"
    assert got["rows"][0][2:] == ["3", "1", "1,040", "5"]


def test_implied_beliefs_of_every_reading_that_is_heard():
    rows = implied(Story(synthetic_fit(case_of(1, []), prior=200, draws=20)))
    assert [(row["source"], row["limit"], row["unit"]) for row in rows] == [("A source", False, "metres"), ("Another", True, "metres")]
    median, ninety, below, above = rows[0]["stated"]
    assert (median, ninety, below, above) == ("14.1", "10.0 to 20.0", "5%", "5%")
    assert (rows[0]["weighed"][0], rows[0]["weighed"][2]) == ("14", "24%")


@pytest.fixture(scope="module")
def words_of_pdf(tmp_path_factory):
    def words(case, **summary):
        fit = synthetic_fit(case, prior=200, draws=20)
        fit.summary = replace(fit.summary, **summary)
        return words_of(report(fit, tmp_path_factory.mktemp("report"), pictures=False))

    return words


def test_the_page_is_in_the_report(words_of_pdf):
    words = words_of_pdf(case_of(2, [(0, "10 to 20 metres"), (1, "up to 20 metres")]), audit=TALLY)
    for said in ("The evidence", "upper end only", "Figures left out", "How many independent sources", "Was every figure accounted for?",
                 "The audit did not pass", "1,042", "What each statement was read to imply", "Read and left out", "3 cats"):
        assert said in words
    assert "The audit was not run" not in words


def test_large_cases_do_not_break_it(words_of_pdf):
    def case(documents):
        claims = {f"c{i}": {"source": f"s{i % 7}", "about": "size", "around": 100 + i, "reported_in": [
            {"document": f"d{(i + j) % documents}", "figures": f"up to {100 + i} metres" if j else f"{100 + i} metres"} for j in range(i % 9)]} for i in range(60)}
        return load({"format": 1, "title": "Large", "horizon": "2025-01-01", "quantities": {"size": {"unit": "metre"}}, "claims": claims,
                     "documents": {f"d{i}": {"publisher": f"Paper {i}"} for i in range(documents)}, "sources": {f"s{i}": {"weight": 0.5} for i in range(7)}})

    for documents, said in ((28, "● root"), (40, "In the documents numbered")):
        words = words_of_pdf(case(documents))
        assert said in words
        assert "Paper 27" in words


def test_track_records_stand_beside_cookes_scores():
    without = case_of(1, [])
    plain = dict(without.resolved)
    plain["sources"] = {"some_source": {"name": "A source", "weight": "learned"}, "other_source": {"name": "Another", "weight": 0.4}}
    plain["track_record"] = {
        "one": {"source": "some_source", "around": 30, "came_true": 10, "from": "me"},
        "two": {"source": "other_source", "at_most": 30, "came_true": 10, "from": "me"},
    }
    assert evidence(Story(synthetic_fit(without, prior=200, draws=20)))["difference"] == ""
    got = page(weighed(load(plain)))
    assert got["difference"].startswith("Without the record the median of “Size” would be ") and got["difference"].count("metres") == 4
    first, second = got["records"]
    assert (first["source"], first["entries"], first["before"], first["acts"]) == ("A source", "1", "0.5", True)
    middle, low, high = (float(word) for word in first["bias"].replace("(", "").replace(")", "").replace(" to ", " ").split())
    assert 1 < middle < 3 and low < middle < high
    assert (second["source"], second["acts"], second["calibration"]) == ("Another", False, "–")  # a bound has no quantiles

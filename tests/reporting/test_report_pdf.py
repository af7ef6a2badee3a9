"""The report as a whole: a tagged PDF that says the headline, and its pictures."""

from __future__ import annotations

import math
import re
import shutil

import pytest
from pypdf import PdfReader
from report_fits import BRIDGE, fit_of, pages_of, synthetic_fit, words_of

from nkestimate.case import load_case
from nkestimate.errors import ReportError
from nkestimate.fitting.runs import changing_run, has_report, put_fit
from nkestimate.reporting import put_report, report, typesetting
from nkestimate.reporting.data import coverage_stress, error_matters, report_data
from nkestimate.reporting.story import Story


@pytest.fixture(scope="module")
def written(bridge, tmp_path_factory):
    out = tmp_path_factory.mktemp("written") / "out"
    return report(bridge, out)


@pytest.fixture(scope="module", params=["report.pdf", "annex.pdf"])
def pdf(written, request):
    return PdfReader(written.with_name(request.param))


@pytest.fixture(scope="module")
def words(written):
    return words_of(written)


def test_the_pdf_is_tagged_titled_and_in_english(pdf, bridge):
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title.removeprefix("Annex: ") == bridge.case.title
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_every_figure_has_an_alternative_text(pdf, bridge):
    figures = [node for node in structure(pdf.trailer["/Root"]["/StructTreeRoot"]) if node.get("/S") == "/Figure"]
    assert figures
    assert all(str(node["/Alt"]).strip() for node in figures)


def structure(node):
    if hasattr(node, "get_object"):
        node = node.get_object()
    if not hasattr(node, "get"):
        return
    yield node
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        yield from structure(child)


def test_tables_have_headers(pdf):
    kinds = [node.get("/S") for node in structure(pdf.trailer["/Root"]["/StructTreeRoot"])]
    assert kinds.count("/Table") >= 3
    assert kinds.count("/TH") >= 2 * kinds.count("/Table")


def test_page_one_says_the_headline(written, bridge):
    story, pdf = Story(bridge), PdfReader(written)
    q, shown = story.quantiles("total_cost"), story.displays["total_cost"]
    first = re.sub(r"\s+", " ", pdf.pages[0].extract_text())
    for said in ("Total cost so far", shown.value(q[0.5]), shown.range(q[0.05], q[0.95]), "90% credible", "30 June 2025",
                 "Has it cost more than 20 million dollars?"):
        assert said in first


def test_user_text_is_not_markup(words):
    for said in ("Two sources on *one* #bridge", "A $bridge$", "“1.2 to 1.5 km”", "at 512", "“700 workers”", "Not a quantity here."):
        assert said in words


def test_there_are_no_ids(words, bridge):
    case = bridge.case
    ids = [*case.totals, *case.claims, *case.sources, *case.documents, *case.questions, *case.dates]
    assert [key for key in ids if key in words] == []


def test_each_page_says_where_it_comes_from(pdf, bridge):
    for number, page in enumerate(pdf.pages, 1):
        text = re.sub(r"\s+", " ", page.extract_text())
        assert bridge.case.digest.removeprefix("sha256:")[:12] in text
        assert f"seed {bridge.seed}" in text
        assert f"Page {number} of {len(pdf.pages)}" in text
        assert "pymc 6.4.0" in text


def test_the_full_digest_stands_at_the_end(words, bridge):
    assert bridge.case.digest in words


def test_nothing_is_below_eight_points(pdf):
    sizes = []

    def visit(text, cm, tm, _font, size):
        if text.strip():
            area = (tm[0] * tm[3] - tm[1] * tm[2]) * (cm[0] * cm[3] - cm[1] * cm[2])
            sizes.append(size * math.sqrt(abs(area)))

    for page in pdf.pages:
        page.extract_text(visitor_text=visit)
    assert min(sizes) > 7.99


def test_each_figure_is_written_as_png_and_svg(written, bridge):
    folder = written.parent / "figures"
    pngs, svgs = ({path.stem for path in folder.glob(f"*.{kind}")} for kind in ("png", "svg"))
    assert pngs == svgs
    assert {"headline", "totals-1", "over-time", "chains"} <= pngs
    assert {path.name for path in written.parent.iterdir()} == {"report.pdf", "annex.pdf", "report.html", "page-1.png", "figures", "nkestimate-manifest.json"}


def test_svgs_look_alike_everywhere(written):
    assert all("<text" not in path.read_text(encoding="utf-8") for path in (written.parent / "figures").glob("*.svg"))


def test_without_pictures_there_are_the_pdfs_alone(tiny, tmp_path):
    report(tiny, tmp_path, pictures=False)
    assert {path.name for path in tmp_path.iterdir()} == {"report.pdf", "annex.pdf", "report.html", "nkestimate-manifest.json"}


def test_a_fit_that_did_not_converge_is_stamped_on_every_page(tiny, tmp_path):
    pages = pages_of(report(tiny, tmp_path, pictures=False))
    assert all("NOT CONVERGED: the sampler’s diagnostics failed" in page for page in pages)
    assert "12 divergences" in pages[0]


def test_a_failure_leaves_what_was_there(tiny, tmp_path, monkeypatch):
    report(tiny, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    broken = tmp_path.parent / "broken"
    shutil.copytree(typesetting._TEMPLATES, broken)
    (broken / "annex.typ").write_text("#panic()", encoding="utf-8")  # the brief is made, and yet not taken
    monkeypatch.setattr(typesetting, "_TEMPLATES", broken)
    with pytest.raises(ReportError, match="could not be typeset"):
        report(tiny, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    with pytest.raises(ReportError):
        report(tiny, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_report_is_whole_with_both_files_on_its_paper(tiny, tmp_path):
    with changing_run(tmp_path, tiny.summary) as change:
        put_fit(change, tiny)
        put_report(change, tiny, formats=["pdf"], paper="us-letter")
    assert has_report(tmp_path, "us-letter")
    assert not has_report(tmp_path)
    for name in ("report.pdf", "annex.pdf"):
        width, height = (float(x) for x in PdfReader(tmp_path / name).pages[0].mediabox[2:])
        assert (width, height) == pytest.approx((8.5 * 72, 11 * 72), abs=0.1)
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).unlink()
        assert not has_report(tmp_path, "us-letter")
        (tmp_path / name).write_bytes(kept)
    assert has_report(tmp_path, "us-letter")
    with pytest.raises(ReportError, match="unknown paper 'a3'; expected a4 or us-letter"):
        report(tiny, tmp_path, paper="a3")


@pytest.mark.parametrize("pooling", ["linear", "log"])
def test_the_method_names_the_pooling(pooling, tmp_path):
    fit = fit_of(BRIDGE + f"settings: {{pooling: {pooling}}}\n", tmp_path)
    text = words_of(report(fit, tmp_path / "out", formats=["pdf"]))
    assert {"linear": "pooled linearly", "log": "geometric mean"}[pooling] in text


@pytest.mark.parametrize("stem", ["north-korea-russia", "beirut-explosion"])
def test_the_shipped_cases_have_no_ids_in_their_words(stem, request):
    case = load_case(request.config.rootpath / "priors" / f"{stem}.yaml")
    data = report_data(Story(synthetic_fit(case, prior=2000, draws=50)))
    told = str({key: value for key, value in data.items() if key != "digest"})
    ids = [key for key in (*case.totals, *case.claims, *case.documents, *case.dates) if "_" in key or "-" in key]
    assert [key for key in ids if re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", told)] == []


def test_how_another_coverage_would_change_the_spread():
    assert dict(coverage_stress(0.9)) == {"50%": "2.4", "80%": "1.3", "95%": "0.84"}


def test_monte_carlo_error_is_told_where_it_matters():
    assert error_matters(0.545, 0.005, "icd203")  # beyond 55 percent the word is another
    assert not error_matters(0.70, 0.008, "icd203")
    assert error_matters(0.70, 0.02, "icd203")

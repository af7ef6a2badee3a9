"""How solid: the pictures' artists against the rows, the section's words, and when a stored result counts. Nothing is sampled."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

import pytest
from matplotlib.colors import to_hex
from report_fits import words_of

from nkestimate.fitting.runs import ROBUSTNESS, ROBUSTNESS_RESULT
from nkestimate.reporting import leave_one_out_forest, report, specification_curve
from nkestimate.reporting import style as s
from nkestimate.reporting.picture import written
from nkestimate.reporting.solid import pictures, section, stored
from nkestimate.solidity.refits.record import Robustness, Subject
from nkestimate.solidity.refits.row import Row
from nkestimate.solidity.refits.variants import Variant

LEVELS = {"coverage": (0.5, 0.9), "pooling": ("hierarchical", "log")}
CHOSEN = {"coverage": 0.9, "pooling": "hierarchical"}


def row(kind, name, median, choices=CHOSEN, *, status="fitted", probability=0.8):
    digest = f"sha256:{kind}{name}"
    variant = Variant(kind, name, f"without {name.title()}" if kind == "source" else name, {}, choices, digest)
    quantiles = {p: None if median is None else median * f for p, f in (("0.05", 0.5), ("0.25", 0.8), ("0.5", 1.0), ("0.75", 1.25), ("0.95", 2.0))}
    totals = {} if median is None else {"cost": {"unit": "million USD", "mcse": 0.1, "quantiles": quantiles}}
    questions = {} if median is None else {"dear": {"probability": probability, "mcse": 0.01}}
    return Row(variant, status, "", () if median else ("length",), 1, totals, questions, {"ok": True})


@pytest.fixture
def result():
    crossed = [dict(zip(LEVELS, levels)) for levels in itertools.product(*LEVELS.values())]
    rows = [row("base", "base", 40.0)]
    rows += [row("crossed", str(i), 30.0 + 5 * i, c, probability=0.2 if c["coverage"] == 0.5 else 0.8) for i, c in enumerate(crossed) if c != CHOSEN]
    rows += [row("source", "ann", 55.0), row("source", "ben", None, status="cannot be said"), row("source", "cis", 41.0),
             row("claim", "late", 39.0, status="not converged")]  # fmt: skip
    return Robustness("bridge", "A bridge", None, "sha256:1", "2025-06-30", 1, {"draws": 1000, "tune": 500, "chains": 2}, "sha256:2", LEVELS, CHOSEN, "cost",
                      {"cost": Subject("Total cost", "million USD", "positive"), "length": Subject("Bridge length", "metre", "positive")}, {"dear": "Is it dear?"}, ("cost",), {}, tuple(rows))  # fmt: skip


def artists(figure, gid):
    return [artist for axes in figure.axes for artist in axes.get_children() if artist.get_gid() == gid]


def test_the_curve_shows_each_variant_that_can_be_said_sorted(result):
    figure = specification_curve(result)
    (medians,) = artists(figure, "medians")
    drawn = medians.get_offsets()[:, 1].tolist()
    assert drawn == sorted(drawn) == [30.0, 35.0, 40.0, 41.0, 45.0, 55.0]
    (ninety,) = artists(figure, "interval-90")
    assert [tuple(segment[:, 1]) for segment in ninety.get_segments()] == [(m * 0.5, m * 2.0) for m in drawn]
    (fifty,) = artists(figure, "interval-50")
    assert [to_hex(colour) for colour in fifty.get_colors()].count(s.CLAIM) == 1
    assert to_hex(fifty.get_colors()[2]) == s.CLAIM  # the base
    assert artists(figure, "base")[0].get_ydata() == [40.0, 40.0]


def test_the_dots_below_are_the_choices(result):
    figure = specification_curve(result)
    dots = [list(artist.get_offsets()[:, 0]) for artist in artists(figure, "choice")]
    assert dots == [[0, 1], [2, 4], [0, 2], [1, 4], [3, 5]]  # coverage 50 %, 90 %, hierarchical, log, a source left out
    words = [text.get_text() for text in figure.texts]
    assert {"coverage", "50%", "90%", "pooling", "log", "one change", "source left out"} <= set(words)
    assert "6 variants" in " ".join(words)


def test_the_forest_names_what_cannot_be_said_first_and_then_what_moves_most(result):
    figure = leave_one_out_forest(result)
    rows = [text.get_text() for text in figure.texts]
    assert [word for word in rows if word.startswith(("As ", "Without"))] == ["As the case states it", "Without Ben", "Without Ann", "Without Cis"]
    assert [text.get_text() for text in figure.texts if text.get_gid() == "unsaid"] == ["cannot be said"]
    medians = [float(artist.get_xdata()[0]) for artist in artists(figure, "median")]
    assert medians == [40.0, 55.0, 41.0]
    assert "55 (28 to 110)" in rows


def test_a_forest_of_claims_says_what_did_not_converge(result):
    figure = leave_one_out_forest(result, kind="claim")
    assert [text.get_text() for text in figure.texts if text.get_gid() == "unsaid"] == ["no fit that converged"]


def test_pictures_are_written_as_png_and_svg(result, tmp_path):
    assert written(pictures(result), tmp_path, []) == ["specification-curve.png", "sources.png"]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".png", ".png", ".svg", ".svg"]
    assert all("40 million USD" in picture.alt or "without Ann: 55 million USD." in picture.alt for picture in pictures(result))


def test_the_section_is_in_words(result):
    told = section(result, as_case(result))
    assert not told["stale"]
    assert told["counted"].startswith("8 variants in 8 fits: 4 crossed, 3 sources left out, 1 claim left out.")
    assert told["headline"].startswith("Total cost: 40 million USD in the base; over 6 of 8 variants the median lies between 30 million USD (")
    (answer,) = told["answers"]
    assert (answer["base"], answer["counts"]) == ("80%", ["4", "2", "–", "1", "1"])
    assert "It fails when coverage is 50% (2 of 4 crossed variants)." in answer["sentence"]
    assert told["unsaid"] == [[["without Ben"], ["Total cost", "Is it dear?"], ["Bridge length"]]]
    json.dumps(told)


def as_case(result, **other):
    """What a result says of its case."""
    known = {"id": result.case, "title": result.title, "scenario": result.scenario, "digest": result.digest}
    return SimpleNamespace(**known | other)


def test_what_is_stored_counts_for_that_case_only_and_is_stale_for_another_state_of_it(result, tmp_path):
    case = as_case(result)
    assert stored(tmp_path, case) is None
    (tmp_path / ROBUSTNESS).mkdir()
    (tmp_path / ROBUSTNESS / ROBUSTNESS_RESULT).write_text(result.json(), encoding="utf-8")
    assert stored(tmp_path, case).json() == result.json()
    assert section(stored(tmp_path, as_case(result, digest="sha256:9")), as_case(result, digest="sha256:9"))["stale"]
    for other in ({"id": "another"}, {"title": "Another"}, {"scenario": "low"}):
        assert stored(tmp_path, as_case(result, **other)) is None
    for foreign in ("", "[]", "{}", '{"rows": 3}'):
        (tmp_path / ROBUSTNESS / ROBUSTNESS_RESULT).write_text(foreign, encoding="utf-8")
        assert stored(tmp_path, case) is None


@pytest.mark.slow
def test_the_report_says_how_solid_the_answer_is_where_that_is_known(result, bridge, tmp_path):
    import dataclasses

    (tmp_path / ROBUSTNESS).mkdir()
    mine = dataclasses.replace(result, digest=bridge.case.digest, case=bridge.case.id, title=bridge.case.title)
    (tmp_path / ROBUSTNESS / ROBUSTNESS_RESULT).write_text(mine.json(), encoding="utf-8")

    def words(*formats):
        return words_of(report(bridge, tmp_path, formats=formats))

    with_it = words("pdf", "png")
    assert "How solid the answer is" in with_it
    assert "Which answers hold" in with_it
    assert "It fails when coverage is 50%" in with_it
    assert "Section omitted" not in with_it
    assert with_it.count("Total cost: 40 million USD in the base; over 6 of 8 variants") == 2  # in the brief as in the annex
    assert {path.name for path in (tmp_path / "figures").glob("solid*.png")} == {"solid-specification-curve.png", "solid-sources.png"}
    assert "Stale" not in with_it
    earlier = dataclasses.replace(mine, digest="sha256:1")
    (tmp_path / ROBUSTNESS / ROBUSTNESS_RESULT).write_text(earlier.json(), encoding="utf-8")
    assert "Stale: what this section says, and its pictures, are of an earlier state of this case" in words("pdf")
    (tmp_path / ROBUSTNESS / ROBUSTNESS_RESULT).write_text(result.json(), encoding="utf-8")
    without = words("pdf", "png")
    assert "Section omitted: run nkestimate robustness CASE" in without
    assert "Which answers hold" not in without  # results of another case: the heading is what drives it
    assert list((tmp_path / "figures").glob("solid*"))  # pictures are never deleted

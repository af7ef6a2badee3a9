"""Figures are tested on their artists and data, not on pixels."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.text import Text

from nkestimate.reporting import charts, style
from nkestimate.reporting.figures import PER_FIGURE, forest_rows, pictures
from nkestimate.reporting.forest import MOST, Row, forest_chart, pages
from nkestimate.reporting.story import Story
from nkestimate.wording.numbers import Display

LEAST = 8.0
METRES = Display(1.0, "metres")


@pytest.fixture(scope="module")
def story(bridge):
    return Story(bridge)


@pytest.fixture(scope="module")
def drawn(story):
    return {picture.name: picture for picture in pictures(story)}


def artists(figure, gid):
    return [artist for artist in figure.findobj() if artist.get_gid() == gid]


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def test_every_section_has_its_figures(drawn):
    assert [p.section for p in drawn.values()].count("headline") == 1
    assert {"headline", "totals-1", "over-time", "chains", "claims-bridge-length", "claims-total-cost"} <= set(drawn)


def test_no_text_is_below_eight_points(drawn):
    assert min(text.get_fontsize() for picture in drawn.values() for text in texts(picture.figure)) >= LEAST


def test_figures_are_as_wide_as_the_page(drawn):
    assert all(picture.figure.get_figwidth() <= style.WIDTH for picture in drawn.values())


def test_text_stays_inside_the_figure(drawn):
    for picture in drawn.values():
        picture.figure.canvas.draw()
        for text in texts(picture.figure):
            box = text.get_window_extent().transformed(picture.figure.transFigure.inverted())
            assert -0.01 < box.x0, (picture.name, text.get_text())
            assert box.x1 < 1.01, (picture.name, text.get_text())


def test_alternative_texts_say_what_is_shown(drawn, story):
    total = story.case.headline
    shown = story.displays[total.id]
    assert shown.value(story.quantiles(total.id)[0.5]) in drawn["headline"].alt
    assert all(len(picture.alt) > 40 for picture in drawn.values())


def test_the_headline_shows_the_summary(drawn, story):
    q = story.quantiles("total_cost")
    figure = drawn["headline"].figure
    (median,), (ninety,) = artists(figure, "median"), artists(figure, "interval-90")
    assert median.get_xdata()[0] == pytest.approx(q[0.5])
    low, high = figure.axes[0].get_xlim()
    assert list(ninety.get_xdata()) == pytest.approx([max(q[0.05], low), min(q[0.95], high)])


def test_each_total_has_a_panel_with_prior_and_posterior(drawn, story):
    figures = [picture.figure for picture in drawn.values() if picture.section == "totals"]
    assert sum(len(figure.axes) for figure in figures) == len(story.totals)
    assert all(len(artists(figure, "prior")) == len(artists(figure, "posterior")) == len(figure.axes) <= PER_FIGURE for figure in figures)


def test_a_forest_draws_claims_at_their_stated_range(story):
    rows = forest_rows(story, "bridge_length", METRES)
    stated = next(row for row in rows if row.value == "1,200 to 1,500")
    assert (stated.low, stated.high) == pytest.approx((1200, 1500))
    assert stated.centre == pytest.approx(np.sqrt(1200 * 1500))
    assert stated.printed == ("“1.2 to 1.5 km”",)
    figure = forest_chart("Bridge length", rows, METRES, log=False)
    assert any(list(line.get_xdata()) == pytest.approx([1200, 1500]) for line in artists(figure, "stated"))


def test_a_forest_marks_bounds_superseded_claims_and_the_posterior(story):
    rows = forest_rows(story, "bridge_length", METRES)
    assert [row.bound for row in rows if row.bound] == ["at_most"]
    assert [row.details[1] for row in rows if row.muted] == ["superseded"]
    assert rows[-1].is_posterior
    assert rows[-1].centre == pytest.approx(story.quantiles("bridge_length")[0.5])


def test_a_reading_stands_on_each_of_its_targets_with_its_probability(story):
    expression = next(key for key in story.targets if "*" in key)
    for key, prior in (("total_cost", "60%"), (expression, "40%")):
        row = next(row for row in forest_rows(story, key, story.target_display(key)) if not row.is_posterior)
        assert f"read so: {prior} before" in row.details[-1]


def test_a_moving_target_has_its_posterior_at_the_claims_date_too(story):
    rows = [row for row in forest_rows(story, "total_cost", story.target_display("total_cost")) if row.is_posterior]
    assert len(rows) == 1  # the claim has no date of its own, so it speaks of the horizon
    moved = story.values(story.target("total_cost"), date(2024, 12, 31)), story.values(story.target("total_cost"), date(2025, 6, 30))
    assert np.all(moved[0] < moved[1])


def test_many_claims_take_several_pages_each_with_the_posterior():
    row = Row("A source", ("“1 to 2”",), "1 to 2", ("1 Jan 2025", "weight 1"), 1, 1.5, 2)
    posterior = Row("Posterior", (), "1.5", (), 1, 1.5, 2, inner=(1.2, 1.8))
    split = pages([row] * 50 + [posterior])
    assert len(split) > 1
    assert sum(len(part) - 1 for part in split) == 50
    assert all(part[-1] is posterior for part in split)
    assert all(forest_chart("A title", part, METRES, log=False).get_figheight() <= MOST for part in split)


def test_the_fan_covers_the_quantiles(drawn, story):
    figure = drawn["over-time"].figure
    (median,) = artists(figure, "median")
    assert median.get_ydata()[0] == pytest.approx(0, abs=1e-9)  # the bridge had cost nothing on its opening day
    shown = story.displays["total_cost"]
    assert median.get_ydata()[-1] == pytest.approx(shown.factor * story.quantiles("total_cost")[0.5], rel=1e-6)


def test_a_fit_that_did_not_converge_is_stamped(tiny, drawn):
    assert all(artists(picture.figure, "stamp") for picture in pictures(Story(tiny)))
    assert not any(artists(picture.figure, "stamp") for picture in drawn.values())


@pytest.mark.parametrize(("low", "high", "log"), [(1, 1000, True), (3.1, 4.2, True), (0, 1, False), (-5, 1e6, False), (1e-6, 1e9, True), (10.3, 10.9, True),
                                                   (1_234_567.1, 1_234_567.9, False), (2e8, 1.9e9, False), (0.0011, 0.0019, True)])
def test_axes_have_ticks_that_do_not_touch(low, high, log):
    with style.style():
        figure = charts.Figure(figsize=(2, 1))
        axes = figure.add_axes((0.1, 0.3, 0.8, 0.6))
        style.set_ticks(axes, low, high, 1.6, log=log, write=METRES.tick)
        figure.canvas.draw()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len({label.get_text() for label in axes.get_xticklabels()}) == len(boxes) >= 2
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_wrapping_keeps_to_its_width():
    lines = style.wrap("Donaudampfschifffahrtselektrizitätengesellschaft and some more words", 1.0, 8.0)
    assert all(style.text_width(line, 8.0) <= 1.0 for line in lines)
    assert "".join(lines).replace(" ", "").startswith("Donaudampfschifffahrt")
    assert len(style.wrap("many words " * 50, 1.0, 8.0, most=2)) == 2

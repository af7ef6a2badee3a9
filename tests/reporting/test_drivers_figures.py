"""Pictures of what drives an answer, tested on their artists and words."""

from __future__ import annotations

import pytest
from matplotlib.text import Text

from nkestimate.reporting import style
from nkestimate.reporting.drivers_charts import (
    BarRow,
    Card,
    DotRow,
    DriverRow,
    Link,
    Step,
    bars_chart,
    dots_chart,
    drivers_chart,
    influence_chart,
    waterfall_chart,
)
from nkestimate.reporting.drivers_figures import comparison_pictures, conflict_pictures, explanation_pictures
from nkestimate.reporting.figures import pictures
from nkestimate.reporting.story import Story
from nkestimate.solidity.comparing.comparison import Compared, Comparison, Part, TotalChange, Waterfall
from nkestimate.solidity.conflict import conflicts
from nkestimate.solidity.explaining.explanation import explain
from nkestimate.wording.numbers import Display

PLAIN = Display(1.0, "metres")


def artists(figure, gid):
    return [artist for artist in figure.findobj() if artist.get_gid() == gid]


def words(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text))


def inside(figure):
    """Every text lies in its figure."""
    figure.canvas.draw()
    width, height = figure.bbox.width, figure.bbox.height
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text.get_gid() != "stamp":
            box = text.get_window_extent()
            assert box.x0 > -0.1 * figure.dpi, text
            assert box.x1 < width + 0.1 * figure.dpi, text
            assert box.y0 > -0.1 * figure.dpi, text
            assert box.y1 < height + 0.1 * figure.dpi, text


def test_drivers_have_a_bar_each_and_quantities_a_swing():
    rows = [DriverRow("Length", 0.5, 0.02, 3.0, 9.0), DriverRow("Error that sources share", 0.2, 0.01), DriverRow("Price", 0.1, 0.01, 7.0, 4.0)]
    with style.style():
        figure = drivers_chart(rows, 6.0, PLAIN)
        assert len(artists(figure, "share")) == 3
        assert [list(line.get_xdata()) for line in artists(figure, "swing")] == [[3.0, 9.0], [7.0, 4.0]]
        inside(figure)


def test_bars_and_dots():
    with style.style():
        figure = bars_chart([BarRow("a " * 80, 0.4, 0.02, "40%", True), BarRow("b", -0.01, 0.02, "<1%")], str, threshold=0.05)
        assert [bar.get_width() for bar in artists(figure, "bar")] == [0.4, -0.01]
        assert artists(figure, "threshold")
        inside(figure)
        figure = dots_chart([DotRow("a", 0.01, "2%, in conflict", flagged=True), DotRow("b", None, "alone"), DotRow("c", 0.8, "80%", bound=True, approximate=True)])
        assert [float(dot.get_xdata()[0]) for dot in artists(figure, "claim")] == [0.01, 0.8]
        inside(figure)


def test_a_waterfall_is_continuous():
    steps = [Step("A", "", 5.0, 5.0, 0.0, "5", True), Step("Weights", "x: 1 → 2", 5.0, 7.0, 0.2, "+2"), Step("Noise", "", 7.0, 6.5, 0.3, "−0.5"),
             Step("B", "", 6.5, 6.5, 0.0, "6.5", True)]  # fmt: skip
    with style.style():
        figure = waterfall_chart("Total", steps, PLAIN)
        bars = artists(figure, "part")
        assert [bar.get_x() for bar in bars] == [5.0, 7.0]
        assert [bar.get_width() for bar in bars] == [2.0, -0.5]
        assert [float(dot.get_xdata()[0]) for dot in artists(figure, "level")] == [5.0, 6.5]
        inside(figure)


def test_the_influence_diagram_draws_cards_and_links():
    cards = [Card("c", "A ministry", "5 · 0.4", 0), Card("d", "A rival", "7 · −0.1", 0), Card("x", "Length", "50%", 2), Card("total", "Cost", "9", 3)]
    with style.style():
        figure = influence_chart(cards, [Link("c", "x", 0.4), Link("d", "x", -0.1), Link("x", "total", 0.5), Link("gone", "x", 1)], ("1", "2", "3", "4"))
        assert len(artists(figure, "card")) == 4
        widths = sorted(link.get_linewidth() for link in artists(figure, "link"))
        assert len(widths) == 3
        assert widths[0] < widths[-1]
        inside(figure)


@pytest.mark.parametrize("name", ["bridge", "tiny"])
def test_fits_are_drawn_whatever_they_hold(request, name):
    fit = request.getfixturevalue(name)
    drawn = explanation_pictures(fit, explain(fit)) + conflict_pictures(fit, conflicts(fit, refit="none", progress=False))
    assert len({picture.name for picture in drawn}) == len(drawn)
    for picture in drawn:
        assert picture.alt
        assert bool(artists(picture.figure, "stamp")) is not fit.ok
        with style.style():
            inside(picture.figure)
    mine = [picture for picture in pictures(Story(fit)) if picture.section == "drivers"]
    assert {picture.name for picture in mine} <= {picture.name for picture in drawn}
    assert "drivers-shares" in {picture.name for picture in mine}


def test_a_comparison_that_has_not_converged_is_stamped():
    side = Compared("one", "One", "sha256:0", "2025-01-01", 1, False)
    part = Part(("weights",), "Weights", 1.5, 0.1, ("a: 0.5 → 1",)), Part(("noise",), "Monte Carlo noise", -0.5, 0.2, ())
    result = Comparison(side, side, (TotalChange("t", "Total", "USD", (1.0, 2.0, 3.0), (2.0, 3.0, 4.0), 1.0, ""),),
                        (Waterfall("t", "Total", "USD", 2.0, 3.0, part),), (), 4, (2, 3), False)  # fmt: skip
    (picture,) = comparison_pictures(result)
    assert artists(picture.figure, "stamp")
    assert "a: 0.5 → 1" in words(picture.figure)
    assert "Weights: +1.5" in picture.alt

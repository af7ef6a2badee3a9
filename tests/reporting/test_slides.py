"""Pictures for slides: what they say, that it fits, and the size of their files."""

from __future__ import annotations

import json
import struct

import pytest
from matplotlib.text import Text
from report_fits import fit_of
from test_brief import large  # its labels are as long as they come

from nkestimate.reporting import report
from nkestimate.reporting.slides import SIZES, slides
from nkestimate.reporting.story import Story

CASES = ["bridge", "tiny", "large"]


@pytest.fixture(params=CASES)
def drawn(request, tmp_path):
    fit = request.getfixturevalue(request.param) if request.param != "large" else fit_of(json.dumps(large()), tmp_path, prior=2000, draws=100)
    return fit, slides(Story(fit))


def texts(picture):
    return [text for text in picture.figure.findobj(Text) if text.get_visible() and text.get_text().strip() and text.get_gid() != "stamp"]


def test_each_says_what_when_how_sure_by_whose_words_and_whose_estimate(drawn):
    fit, pictures = drawn
    story = Story(fit)
    shown, q = story.displays[fit.case.headline.id], story.quantiles(fit.case.headline.id)
    assert [picture.name for picture in pictures] == list(SIZES)
    for picture in pictures:
        said = " ".join(text.get_text() for text in texts(picture))
        for words in (fit.case.headline.label[:30], shown.number(q[0.5]), "90% interval", "as of", "Weighed from figures of", "nkestimate", fit.case.digest[7:19]):
            assert words in said, (picture.name, words)


def test_it_fits_and_nothing_is_below_eight_points(drawn):
    for picture in drawn[1]:
        picture.figure.canvas.draw()
        boxes = [(text, text.get_window_extent().transformed(picture.figure.transFigure.inverted())) for text in texts(picture)]
        assert min(text.get_fontsize() for text, _ in boxes) >= 8.0
        assert all(-0.01 < box.x0 and box.x1 < 1.01 and -0.01 < box.y0 and box.y1 < 1.01 for _, box in boxes), picture.name
        (axes,) = picture.figure.axes
        labels = [label.get_window_extent().transformed(picture.figure.transFigure.inverted()) for label in axes.get_xticklabels()]
        assert len(labels) >= 2
        foot = [box for _, box in boxes if box.y1 < min(label.y1 for label in labels)]
        assert len(foot) >= 2
        assert max(box.y1 for box in foot if box.x0 < 0.1) <= min(label.y0 for label in labels) + 0.01, picture.name


def test_one_that_did_not_converge_is_stamped(tiny, bridge):
    assert all([t for t in picture.figure.texts if t.get_gid() == "stamp"] for picture in slides(Story(tiny)))
    assert not any([t for t in picture.figure.texts if t.get_gid() == "stamp"] for picture in slides(Story(bridge)))


def test_their_files_have_the_dots_of_a_slide(tiny, tmp_path):
    report(tiny, tmp_path)
    for name, size in (("slide-16x9", (1920, 1080)), ("slide-square", (1080, 1080))):
        assert struct.unpack(">II", (tmp_path / "figures" / f"{name}.png").read_bytes()[16:24]) == size
        assert (tmp_path / "figures" / f"{name}.svg").is_file()

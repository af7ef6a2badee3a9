"""Letters that the fonts lack, and pictures that can't be drawn: each costs itself, and is told. Fonts are asked apart from the package."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from fontTools.ttLib import TTFont
from report_fits import BRIDGE, fit_of, words_of

from nkestimate.reporting import figures, picture, report
from nkestimate.reporting.letters import BOX, boxed, printable

FACES = [TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name).getBestCmap() for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]


@pytest.mark.parametrize("text", ["Bridge", "Ελλάδα, Київ, Łódź", "naïve — 5 × 10⁶", "e\u0301", "a\tb\nc"])
def test_what_the_fonts_have_stays(text):
    assert all(ord(letter) in face for letter in text if letter.isprintable() for face in FACES)
    assert boxed(text).replace("\u00e9", "e\u0301") == text


@pytest.mark.parametrize("text, shown", [
    ("日本 x", f"{BOX}{BOX} x"), ("👩\u200d👩\u200d👧 x", f"{BOX} x"), ("कि", BOX), ("a\u202eb", f"a{BOX}b"), ("a\x07b", f"a{BOX}b"),
])  # fmt: skip
def test_what_they_lack_or_nobody_sees_is_one_box_a_letter(text, shown):
    assert boxed(text) == shown
    data, missing = printable({"a": [text, 3, None], "b": {"c": "plain"}})
    assert data == {"a": [shown, 3, None], "b": {"c": "plain"}}
    assert missing
    assert all(chr(int(code.removeprefix("U+"), 16)) in text for code in missing)


def test_many_are_counted():
    _, missing = printable("".join(map(chr, range(0x4E00, 0x4E00 + 30))))
    assert missing[-1] == "and 18 more"


@pytest.mark.slow
@pytest.mark.parametrize("name, told", [("भारतीय 👩\u200d👧 日本", "are shown as □"), ("e\u0323\u0301 x", ""), ("محمد العربي לאומי", "")])
def test_a_report_in_any_script_is_written_and_says_what_it_lacks(tmp_path, name, told):
    fit = fit_of(BRIDGE.replace("Bridge length", name).replace("title: ", f"title: {name} "), tmp_path)
    written = report(fit, tmp_path / "out")
    assert not told or told in words_of(written)
    assert (tmp_path / "out" / "figures" / "totals-1.png").stat().st_size > 1000


def test_a_picture_that_fails_costs_that_picture_and_is_told(tiny, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OverflowError

    monkeypatch.setattr(figures, "headline_chart", fails)
    monkeypatch.setattr(figures, "chains_chart", fails)
    words = words_of(report(tiny, tmp_path, formats=["pdf", "png"]))
    assert "Left out, since it could not be drawn or reckoned: the headline (Over" in words
    assert "; the chains (Over" in words
    assert "All totals" in words
    written = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert "totals" in written or "totals-1" in written
    assert not written & {"headline", "chains"}


def test_a_picture_that_can_t_be_written_costs_itself_too(tiny, tmp_path, monkeypatch):
    import sys

    save = picture.save

    def fails(picture, stem, **how):
        if picture.name == "chains":
            raise ValueError
        save(picture, stem, **how)

    monkeypatch.setattr(sys.modules["nkestimate.reporting"], "save", fails)
    assert "could not be drawn or reckoned: Chains of the headline" in words_of(report(tiny, tmp_path, formats=["pdf"]))

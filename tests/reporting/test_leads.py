"""The report's own sentences: read before anything of a case's is put in, and each once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nkestimate import reporting
from nkestimate.reporting import _data
from nkestimate.reporting.leads import leads, runs, sentences, titles
from nkestimate.reporting.story import Story

TEMPLATES = Path(reporting.__file__).with_name("templates")


def test_a_label_cannot_change_how_a_sentence_is_set():
    told = runs("{a}: *{b}*, `c`", {"a": "*x* {b} `y`", "b": "_z_"})
    assert told == [["plain", "*x* {b} `y`", "a"], ["plain", ": ", ""], ["strong", "_z_", "b"], ["plain", ", ", ""], ["code", "c", ""]]


def test_what_is_not_known_is_not_said(bridge):
    told = leads(_data(Story(bridge), None, [], []))
    assert "solid" not in told and "answers" in told
    assert told["lost"] == []


@pytest.mark.parametrize("name", ["annex.typ", "common.typ", "report.html"])
def test_every_sentence_that_a_template_asks_for_is_there(name):
    asked = re.findall(r"(?:rich|say|lead)\(['\"](\w+)['\"]\)", (TEMPLATES / name).read_text(encoding="utf-8"))
    computed = {"panels", "common", "pooled"}
    assert asked and set(asked) <= set(sentences()) | computed


def test_the_page_has_the_headings_and_columns_of_the_pdfs():
    """They are written out in the annex's templates, the brief's blocks ask for them: a change of one must be one of the other."""
    typst = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("annex.typ", "common.typ"))
    asked = (TEMPLATES.parent / "blocks.py").read_text(encoding="utf-8")
    of_brief = {kind: set(re.findall(pattern, asked)) for kind, pattern in
                (("titles", r'_heading\("(\w+)"'), ("columns", r'\["columns"\]\["(\w+)"\]'))}
    assert of_brief["titles"] >= {"why", "doubts"} and of_brief["titles"] <= set(titles()["titles"])
    for key, title in titles()["titles"].items():
        if key in of_brief["titles"]:
            continue
        assert re.search(rf"^\s*(=+ |\*)?{re.escape(title)}|\*{re.escape(title)}\.", typst, re.MULTILINE) or title in typst, title
    for key, names in titles()["columns"].items():
        for name in names if key not in of_brief["columns"] else ():
            assert f'"{name}' in typst, name

"""The sentence round printed words."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.printed.sentences import as_comment, sentence_at

TEXT = """\
Ferry carries a record
Fjord Gazette, 5 March 2025

Dr. Ida Berg of the U.S. Geological Survey counted 40 boats
in the harbour. "Nobody sank," she said. Did 3.5 million come? In No. 4 Dock, on 3 Sept. 2024, it was 9 p.m. when 14 left.
- 20 tugs
- 30 barges
"""


@pytest.mark.parametrize("words, sentence", [
    ("record", "Ferry carries a record"), ("5 March 2025", "Fjord Gazette, 5 March 2025"),
    ("40 boats", "Dr. Ida Berg of the U.S. Geological Survey counted 40 boats in the harbour."),
    ("Nobody", '"Nobody sank," she said.'), ("3.5 million", "Did 3.5 million come?"),
    ("14 left", "In No. 4 Dock, on 3 Sept. 2024, it was 9 p.m. when 14 left."),
])  # fmt: skip
def test_a_sentence_ends_where_it_does(words, sentence):
    at = TEXT.index(words)
    assert sentence_at(TEXT, at, at + len(words)) == sentence


def test_a_long_one_is_cut_on_both_sides():
    text = "word " * 200 + "40 boats " + "word " * 200
    said = sentence_at(text, 1000, 1008)
    assert said.startswith("… ") and said.endswith(" …")
    assert "40 boats" in said and len(said) < 700


def test_what_steers_or_turns_is_written_out():
    text = "It\u202e cost\x1b[31m 40\x85 \u2028dollars\u2066 می\u200cخواهم."
    said = sentence_at(text, text.index("40"), text.index("40") + 2)
    assert said == "It\\u202e cost\\x1b[31m 40 dollars\\u2066 می\u200cخواهم."


@given(st.text(max_size=400), st.integers(0, 400), st.integers(1, 20))
def test_any_text_makes_one_line_and_a_comment_that_yaml_passes_over(text, start, length):
    start = min(start, len(text))
    said = sentence_at(text, start, min(len(text), start + length))
    assert "\n" not in said and len(said.splitlines()) <= 1
    json.dumps(said)
    lines = as_comment(said, "  ")
    assert all(line.startswith("  # ") and len(line) <= 80 for line in lines)
    if not any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        assert yaml.safe_load("\n".join([*lines, "a: 1"])) == {"a": 1}

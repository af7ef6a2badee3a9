"""Printed words with other whitespace between them."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.printed.whitespace import gaps, quoted, respaced


@pytest.mark.parametrize("text, words, at, found", [
    ("about 4,000\nkilled", "4,000 killed", 0, (6, "4,000\nkilled")),
    ("10 000 x, later 10\u00a0000 y", "10 000 y", 0, (16, "10\u00a0000 y")),
    ("1 2 … 1  2", "1 2", 9, (6, "1  2")),  # the nearest
    ("14,000 killed", "4,000 killed", 0, None),  # within a longer number
    ("nothing", "", 0, None),
])  # fmt: skip
def test_words_are_found_whatever_stands_between(text, words, at, found):
    assert respaced(text, words, at) == found


def test_gaps_are_named():
    assert gaps("4,000\nkilled") == "a line end"
    assert gaps("a\r\nb\tc") == "a line end (\\r\\n) and a tab"
    assert gaps("a b") == "a single space"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_quoted_reads_back_from_yaml(text):
    assert yaml.safe_load(quoted(text)) == text

"""Words joined as English does."""

from __future__ import annotations

import pytest

from nkestimate.wording.prose import join, listed, sentence


@pytest.mark.parametrize("parts, joined", [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_words_are_joined(parts, joined):
    assert join(parts) == listed(parts) == joined


def test_labels_with_commas_are_set_apart_by_semicolons():
    assert listed(["Seoul, 2025", "Kyiv", "Moscow"]) == "Seoul, 2025; Kyiv; Moscow"


@pytest.mark.parametrize("text, said", [("", ""), ("  ", ""), ("x", "X."), ("Is it?", "Is it?"), ("so on…", "So on…"), ("3.5 of it", "3.5 of it."),
                                        ("https://a.org/b", "https://a.org/b.")])
def test_a_sentence_begins_with_a_capital_and_ends_with_a_stop(text, said):
    assert sentence(text) == said

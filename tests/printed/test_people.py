"""Where a number counts people though no noun says so, and where it must not be said to."""

from __future__ import annotations

import pytest

from nkestimate.printed.figures import read_figures


@pytest.mark.parametrize("text", [
    "19 died.", "Eight drowned off the coast.", "Another 41 were killed.", "Over 1,900 were injured", "Two dozen are in hospital.", "Five are unaccounted for.",
    "Some 40 to 45 were taken to hospital,", "Twelve others were wounded.", "It attacked the village, killing 26 and burning it.", "Police arrested 40 on Monday.",
    "A family of five now gets more.", "a town of 3,000.", "Five of those freed weigh less.", "It has 12,870 blue helmets.", "The workers, thought to number 3,000.",
    "The number out of work climbed to 611,000.", "The number of refugees stood at 3,400.",
])  # fmt: skip
def test_a_verb_or_a_group_tells_that_people_are_counted(text):
    assert [figure.unit for figure in read_figures(text)] == ["person"]


@pytest.mark.parametrize("text", [
    "It holds 53 passengers, up from 41.", "They returned 230 prisoners of war and received 224, it said.", "Ten soldiers came, and 20 more to follow.",
])  # fmt: skip
def test_a_figure_of_people_tells_what_the_next_one_counts(text):
    assert [figure.unit for figure in read_figures(text)] == ["person", "person"]


@pytest.mark.parametrize("text", [
    "Of 40 cows, 19 died.", "19 horses died.", "It killed 26 cattle.", "12 drones were killed.", "A herd of sheep: 14 were killed.", "a fleet of 12", "Some 53 buses, up from 41.",
    "It sank 14 and damaged 3.", "The number of buses rose to 3,400.", "A magnitude of 6.4", "three bridges and 20 more",
])  # fmt: skip
def test_beasts_and_things_are_no_people(text):
    assert {figure.unit for figure in read_figures(text)} == {""}


def test_the_figure_before_counts_in_its_own_sentence_only():
    assert [figure.unit for figure in read_figures("It has 53 passengers. Up from 41.")] == ["person", ""]
    assert [figure.unit for figure in read_figures("Some 2.3 million people, up from 1.9.")] == ["person", ""]  # 1.9 million, perhaps


def test_a_year_is_no_count():
    assert [figure.unit for figure in read_figures("The number of refugees rose to 3,400 from 2019.")] == ["person"]

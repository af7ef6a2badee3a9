"""What holds and when it fails, on rows made by hand whose truth is known."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solidity_cases import made

from nkestimate.sentences.solidity import answer_sentence, changes_words, range_sentence, rule_words
from nkestimate.solidity.refits.holding import CANNOT_BE_SAID, FAILS, HOLDS, NOT_FITTED, UNDECIDED, answer, find_rule, range_of
from nkestimate.wording.numbers import TERMINAL, display

LEVELS = {"coverage": (0.5, 0.8, 0.9, 0.95), "pooling": ("hierarchical", "linear", "log"), "common_error": (0.0, 0.6, 0.9),
          "dark_uncertainty": (0.5, 1.0, 2.0)}  # fmt: skip
GRID = [dict(zip(LEVELS, levels)) for levels in itertools.product(*LEVELS.values())]
BASE = {"coverage": 0.9, "pooling": "hierarchical", "common_error": 0.6, "dark_uncertainty": 1.0}


SHOWN = display("USD", "positive", {0.05: 7.0, 0.5: 10.0, 0.95: 13.0}, TERMINAL)


def rule(happens, not_=None):
    yes = [happens(choices) for choices in GRID]
    no = [not_(choices) if not_ else not y for choices, y in zip(GRID, yes)]
    return find_rule(GRID, yes, no, LEVELS)


def fits(found, choices):
    return any(all(choices[literal.factor] in literal.levels for literal in condition) for condition in found.conditions)


def grid(probability, *alone):
    """Rows of the crossed grid, each with the probability that its choices give."""
    rows = [made("base" if choices == BASE else "crossed", str(i), choices, probability(choices)) for i, choices in enumerate(GRID)]
    return [*rows, *alone]


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize("happens, words", [
    (lambda c: c["coverage"] == 0.5, "coverage is 50 %"),
    (lambda c: c["coverage"] <= 0.8, "coverage is 50 % or 80 %"),
    (lambda c: c["coverage"] <= 0.9, "coverage is at most 90 %"),
    (lambda c: c["coverage"] > 0.5, "coverage is at least 80 %"),
    (lambda c: c["pooling"] != "log", "pooling is hierarchical or linear"),
    (lambda c: c["coverage"] == 0.5 and c["dark_uncertainty"] == 2, "coverage is 50 % and dark uncertainty is doubled"),
    (lambda c: c["pooling"] == "log" or c["common_error"] == 0, "pooling is log, or common error is 0"),
    (lambda c: c["pooling"] == "log" or (c["coverage"] == 0.5 and c["common_error"] == 0.9), "pooling is log, or coverage is 50 % and common error is 0.9"),
])  # fmt: skip
def test_the_rule_is_found_and_told(happens, words):
    found = rule(happens)
    assert found.exact
    assert rule_words(found, LEVELS) == words
    assert (found.inside, found.outside) == (sum(map(happens, GRID)), 0)
    assert found.inside_of == found.inside


@st.composite
def planted(draw):
    """A conjunction of one or two literals on different factors."""
    literals = {}
    for factor in draw(st.lists(st.sampled_from(list(LEVELS)), min_size=1, max_size=2, unique=True)):
        levels = LEVELS[factor]
        if factor == "pooling":
            literals[factor] = draw(st.sets(st.sampled_from(levels), min_size=1, max_size=2))
        else:
            start = draw(st.integers(0, len(levels) - 1))
            stop = draw(st.integers(start + 1, len(levels) if start else len(levels) - 1))
            literals[factor] = set(levels[start:stop])
    return literals


@given(planted(), planted(), st.booleans())
def test_what_was_planted_is_found(one, two, both):
    """A rule of one or two choices, or either of two such, is found: the rule holds where it was planted and nowhere else."""
    def happens(choices):
        return any(all(choices[factor] in levels for factor, levels in literals.items()) for literals in ([one, two] if both else [one]))

    if all(map(happens, GRID)):
        return
    found = rule(happens)
    assert found.exact
    assert [fits(found, choices) for choices in GRID] == [happens(choices) for choices in GRID]
    if not both:
        assert sum(map(len, found.conditions)) <= len(one)


def test_the_undecided_are_left_aside_and_the_tightest_rule_is_taken():
    """Fails at 50 %, is undecided at 80 %: both rules separate, the one that takes in fewer is told."""
    found = rule(lambda c: c["coverage"] == 0.5, lambda c: c["coverage"] >= 0.9)
    assert rule_words(found, LEVELS) == "coverage is 50 %"
    assert (found.inside_of, found.outside_of) == (27, 54)


def test_where_no_short_rule_separates_this_is_said():
    """The parity of three choices: nothing of two choices tells them apart."""
    found = rule(lambda c: (c["coverage"] > 0.8) ^ (c["common_error"] > 0.5) ^ (c["dark_uncertainty"] > 0.9))
    assert found is None or not found.exact
    almost = rule(lambda c: c["coverage"] == 0.5 and not (c["pooling"] == "log" and c["common_error"] == 0 and c["dark_uncertainty"] == 2))
    assert not almost.exact
    assert rule_words(almost, LEVELS) == "coverage is 50 %"
    assert (almost.inside, almost.inside_of, almost.outside, almost.outside_of) == (26, 27, 0, 81)


def test_dates_and_numbers_as_written_are_in_order():
    levels = {"dates.opening": ("2023-10-01", "2022-02-24", "2024-01-01", "2024-06-01"), "claims.a.around": ("30", "4", "100")}
    choices = [dict(zip(levels, both)) for both in itertools.product(*levels.values())]
    happens = [c["dates.opening"] <= "2024-01-01" and c["claims.a.around"] != "100" for c in choices]
    found = find_rule(choices, happens, [not h for h in happens], levels)
    assert rule_words(found, levels) == "dates.opening is at most 2024-01-01 and claims.a.around is 4 or 30"


def test_nothing_happens_nothing_is_told():
    assert rule(lambda c: False) is None
    assert find_rule([{}], [True], [False], {}) is None


# ---------------------------------------------------------------- questions


def test_holds_fails_and_undecided_are_two_errors_apart():
    probabilities = [0.7, 0.5201, 0.5199, 0.5, 0.4801, 0.4799, 0.1]
    rows = [made("base", "b", BASE, 0.6), *(made("claim", f"c{i}", BASE, p, mcse=0.01) for i, p in enumerate(probabilities))]
    assert answer(rows, "q", "Q?", LEVELS).states == (HOLDS, HOLDS, HOLDS, UNDECIDED, UNDECIDED, UNDECIDED, FAILS, FAILS)
    mirrored = [made("base", "b", BASE, 0.4), *rows[1:]]
    assert answer(mirrored, "q", "Q?", LEVELS).states == (HOLDS, FAILS, FAILS, UNDECIDED, UNDECIDED, UNDECIDED, HOLDS, HOLDS)


def test_the_sentence_of_a_question():
    rows = grid(lambda c: 0.2 if c["coverage"] == 0.5 and c["pooling"] == "log" else 0.8,
                made("claim", "Ann", BASE, 0.1), made("claim", "Ben", BASE, 0.9), made("claim", "Cis", BASE), made("claim", "Dot", BASE, 0.5),
                made("claim", "Eve", BASE, 0.1, status="not converged"))  # fmt: skip
    found = answer(rows, "q", "Is it so?", LEVELS)
    assert {state: found.count(state) for state in (HOLDS, FAILS, UNDECIDED, CANNOT_BE_SAID, NOT_FITTED)} == {
        HOLDS: 100, FAILS: 10, UNDECIDED: 1, CANNOT_BE_SAID: 1, NOT_FITTED: 1}  # fmt: skip
    assert answer_sentence(found, LEVELS) == (
        "Is it so? “Yes” holds in 100 of 113 variants (in the base 80 % ± 2 for yes). It fails when coverage is 50 % and pooling is log "
        "(9 of 108 crossed variants). Of single changes, it fails without Ann. It is undecided in 1 variant. It cannot be said in 1 variant. "
        "In 1 variant no fit converged.")


def test_a_question_that_never_fails_says_when_it_is_undecided():
    found = answer(grid(lambda c: 0.51 if c["common_error"] == 0.9 else 0.3), "q", "Is it so?", LEVELS)
    assert answer_sentence(found, LEVELS) == ("Is it so? “No” holds in 72 of 108 variants (in the base 30 % ± 2 for yes). "
                              "It is undecided when common error is 0.9 (36 of 108 crossed variants).")  # fmt: skip
    assert answer_sentence(answer(grid(lambda c: 0.3), "q", "Is it so?", LEVELS), LEVELS) == "Is it so? “No” holds in 108 of 108 variants (in the base 30 % ± 2 for yes)."


def test_where_the_base_is_undecided_no_side_is_taken():
    found = answer(grid(lambda c: 0.505 if c == BASE else 0.3 if c["pooling"] == "log" else 0.7), "q", "Is it so?", LEVELS)
    assert found.side == ""
    assert answer_sentence(found, LEVELS) == ("Is it so? The base itself is undecided (50 % ± 2 for yes): the answer is yes in 71 of 108 variants, no in 36. "
                              "It is no when pooling is log (36 of 108 crossed variants). It is undecided in 1 variant.")  # fmt: skip


def test_what_no_short_rule_separates_is_said_with_counts():
    found = answer(grid(lambda c: 0.2 if c["coverage"] == 0.5 and not (c["pooling"] == "log" and c["common_error"] == 0 and c["dark_uncertainty"] == 2) else 0.8),
                   "q", "Is it so?", LEVELS)  # fmt: skip
    assert "It fails in 26 of 108 crossed variants, which no rule of one or two choices separates." in answer_sentence(found, LEVELS)
    assert "Most tellingly: when coverage is 50 %, in 26 of 27 that are decided; else in 0 of 81." in answer_sentence(found, LEVELS)


def test_a_base_that_did_not_converge_has_no_answer():
    rows = [made("base", "b", BASE, 0.6, status="not converged"), made("claim", "c", BASE, 0.6)]
    assert answer_sentence(answer(rows, "q", "Is it so?", LEVELS), LEVELS) == "Is it so? Cannot be said in the base."


# ---------------------------------------------------------------- totals


def test_how_far_a_total_moves():
    """Median 10, + 4 at coverage 50 %, + 1 for log pooling: known contributions, told in order."""
    def median(c):
        return 10.0 + 4 * (c["coverage"] == 0.5) + (c["pooling"] == "log")

    rows = [made("base" if c == BASE else "crossed", str(i), c, 0.5, median=median(c), interval=(median(c) - 3, median(c) + 3)) for i, c in enumerate(GRID)]
    rows += [made("claim", "Ann", BASE, 0.5, median=3.0, interval=(2, 4)), made("claim", "Ben", BASE, 0.5)]
    found = range_of(rows, "t", "Toll", "USD", LEVELS)
    assert found.moves == {"coverage": 4.0, "pooling": 1.0, "common_error": 0.0, "dark_uncertainty": 0.0}
    assert list(found.moves) == ["coverage", "pooling", "common_error", "dark_uncertainty"]
    assert (found.lowest, found.highest[1], found.alone) == (("without Ann", 3.0), 15.0, ("without Ann", -7.0))
    assert (found.inside, found.of) == (108 - 27, 109)
    assert range_sentence(found, SHOWN) == (
        "Toll: 10.0 USD in the base; over 109 of 110 variants the median lies between 3.0 USD (without Ann) and 15.0 USD (18). "
        "81 of 109 intervals (90 %) hold the base's median. Of the crossed choices coverage (4.0 USD on average) moves it most, then pooling (1.0 USD on "
        "average). Of single changes it moves most without Ann (-7.0 USD). It cannot be said in 1 variant.")


def test_movement_within_monte_carlo_error_is_not_told_as_one():
    rows = [made("base" if c == BASE else "crossed", str(i), c, 0.5, median=10 + 0.01 * (i % 3), mcse=0.02) for i, c in enumerate(GRID)]
    assert "No crossed choice moves it by more than Monte Carlo error." in range_sentence(range_of(rows, "t", "Toll", "USD", LEVELS), SHOWN)


def test_scenarios_stand_together_and_a_list_that_was_named_is_not_named_again():
    changes = ("in the scenario “Low pay”", "in the scenario “No pay”", "in the scenario “Late”", "without Ann")
    assert changes_words(changes) == "in the scenarios “Low pay”, “No pay” and “Late”; without Ann"
    assert changes_words(changes[2:]) == "in the scenario “Late”; without Ann"
    found = replace(answer(grid(lambda c: 0.3), "q", "Is it so?", LEVELS), alone=changes, explained="fails")
    assert answer_sentence(found, LEVELS).endswith(f"It fails {changes_words(changes)}.")
    again = answer_sentence(found, LEVELS, named="Is it thus?")
    assert again.endswith("It fails under the single changes named for “Is it thus?”.")
    assert "scenario" not in again

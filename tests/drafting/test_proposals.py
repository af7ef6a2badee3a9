"""What is proposed for figures: one claim for one figure, its echoes named, unknowns by dimension."""

from __future__ import annotations

import pytest

from nkestimate.drafting.proposals import proposed_for, year_of
from nkestimate.drafting.texts import read_texts


@pytest.fixture
def proposed(tmp_path):
    def proposed(*texts):
        for i, text in enumerate(texts):
            (tmp_path / f"t{i}.txt").write_text(f"A title\n2024-01-{i + 1:02}\n\n{text}\n", encoding="utf-8")
        return proposed_for(read_texts(tmp_path)[0])

    return proposed


@pytest.mark.parametrize("text, year", [
    ("In 2023, it carried 412,000 people.", 2023), ("It carried 412,000 people in 2021, 6 per cent up.", 2021), ("In 2023 it carried 412,000 people.", 2023),
    ("It carried 412,000 people, a third more than in 2023.", None), ("It carried 412,000 people, as it sank in 2021.", None),
    ("It carried 412,000 people in 2022 and fewer in 2023.", None), ("It was built in 1990 and carried 412,000 people in 2023.", None),
    ("It carried 412,000 people in March 2023.", None), ("It carried 412,000 people.", None), ("It carried 412,000 people in 2,023 boats.", None),
    ("The ferry, which was new in 2019, carried 412,000 people.", None), ("It carried 412,000 people more than in 2022.", None),
    ("It carried 412,000 people. In 2023 it sank.", None), ("It carried 412,000 people and lost money in 2023.", None),
    ("In 2023 dollars it carried 412,000 people.", None), ("It carried 412,000 people to 450,000 people in 2023.", 2023)])  # fmt: skip
def test_a_year_is_a_figures_if_its_own_clause_says_so(proposed, text, year):
    (row,) = (claim.rows[0] for phrase, claim in claims(proposed(text)).items() if phrase.startswith("412,000"))
    assert year_of(row) == year


def claims(found):
    return {claim.rows[0].phrase: claim for claim in found.claims}


@pytest.mark.parametrize("first, second, joined", [
    ("412,000 passengers came.", "It had 412,000 passengers.", True), ("It cost $3m to $4m.", "It cost $3 million to $4 million.", True),
    ("Some 3% sank.", "Then 3% sank.", False), ("It cost $4.1 million.", "It cost €4.1 million.", False),
    ("It cost up to $4.1 million.", "It cost $4.1 million.", False), ("It used 4.1 TWh.", "It used 4,100 GWh.", False),
])  # fmt: skip
def test_one_figure_told_by_its_digits_is_one_claim(proposed, first, second, joined):
    found = proposed(first, second)
    assert [len(claim.rows) for claim in found.claims] == ([2] if joined else [1, 1])
    assert {row.document for claim in found.claims for row in claim.rows} == {"t0", "t1"}


@pytest.mark.parametrize("first, second, how", [
    ("Some 3% sank.", "Then 3% sank.", "same"), ("It carried 412,000 people.", "About 400,000 people came.", "rounded"),
    ("It cost $3.2m to $4.1m.", "It cost up to $4.1 million.", "upper end only"), ("It used 4.1 TWh.", "It used 4,100 GWh.", "unit or period changed"),
    ("It used 4.1 TWh.", "It uses some 4 TWh a year.", "rounded"), ("A third of it sank.", "About 31% sank.", ""), ("It cost $7 million.", "It cost 7 million.", ""),
    ("It carried 412,000 people.", "Some 500,000 people came.", ""),
])  # fmt: skip
def test_what_may_be_told_again_is_named_with_its_root(proposed, first, second, how):
    first, second = proposed(first, second).claims
    assert [(claim, kind) for claim, kind in first.echoes] == ([(second, how)] if how and "changed" not in how else [])
    assert not second.echoes


def test_the_root_is_the_earliest(proposed):
    (claim,) = proposed("It had 412,000 passengers.", "It carried 412,000 passengers.", "412,000 passengers, they say.").claims
    assert [row.document for row in claim.rows] == ["t0", "t1", "t2"]


def test_unknowns_are_by_dimension_and_keep_what_is_no_share_apart(proposed):
    found = proposed("It used 4 TWh, then 300 GWh. A tenth of 12,000 homes got 30%, up by 140%; it doubled. 3 of the 61 boats, 7 trucks. It rose 5% a year.",
                     "It was -3 degrees Celsius. Up to 12 metres.")  # fmt: skip
    members = {group.key: {claim.rows[0].phrase for claim in found.claims if claim.group is group} for group in found.groups}
    assert members["TODO_share"] == {"A tenth", "30%", "3 of the 61 boats"}
    assert members["TODO_ratio"] == {"140%", "doubled"}
    assert members["TODO_TWh"] == {"4 TWh", "300 GWh"}
    assert members["TODO_number"] == {"12,000 homes", "7 trucks"}
    support = {group.key: (group.support, group.bounded) for group in found.groups}
    assert support["TODO_share"] == ("fraction", False) and support["TODO_degC"] == ("real", False) and support["TODO_metre"] == ("positive", True)
    assert all(claim.lines[-1].startswith(("unit:", "counted:")) for claim in found.claims)


def test_currencies_are_declared_and_nobody_is_left_out(proposed):
    found = proposed("Nobody died. It cost €3 million, NOK 40 or $5 million.")
    assert found.units == ("EUR", "NOK")
    assert [row.phrase for row in found.unsaid] == ["Nobody died"]


@pytest.mark.parametrize("first, second, asked", [
    ("It cost up to $4.5 billion.", "A dam for 4.5 billion dollars.", True), ("It cost 4.5 billion dollars.", "It cost up to $4.5 billion.", True),
    ("It cost up to $4.5 billion.", "A dam for 2.5 billion dollars.", False), ("It cost up to $4.5 billion.", "It cost at least $4.5 billion.", False)])  # fmt: skip
def test_a_bound_that_is_told_as_a_value_is_asked_about(proposed, first, second, asked):
    found = proposed(first, second).claims
    assert bool([echo for claim in found for echo in claim.echoes]) is asked

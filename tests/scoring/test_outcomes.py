"""What came true, read: units, ranges, dates, answers, and all faults at once."""

from datetime import date
from pathlib import Path

import pytest

from nkestimate.errors import CaseError
from nkestimate.scoring.outcomes import read_outcomes
from random_cases import load

CASE = {
    "format": 1, "title": "A bridge", "horizon": "2025-06-30", "sources": {"a": {"weight": 0.7}},
    "units": {"span": {"is": "20 metre"}},
    "dates": {"opening": {"between": ["2024-01-01", "2024-03-01"], "rationale": "papers"}},
    "quantities": {"length": {"unit": "metre"}, "share": {"support": "fraction", "unit": "percent"}, "gain": {"unit": "USD", "support": "real"}},
    "derived": {"half": {"unit": "metre", "expr": "length / 2"}},
    "claims": {"one": {"source": "a", "about": "length", "around": 300}, "two": {"source": "a", "about": "share", "around": 30},
               "three": {"source": "a", "about": "gain", "between": [-3, 4]}},
    "questions": {"long": {"ask": "length > 200 metre"}},
}  # fmt: skip


@pytest.fixture(scope="module")
def case():
    return load(CASE)


def read(text, case, path):
    path.write_text(text, encoding="utf-8")
    return {one.id: one for one in read_outcomes(path, case)}


def test_values_are_in_the_units_of_the_totals(case, tmp_path):
    found = read("""\
case: test
outcomes:
  length: {came_true: 0.35, unit: km, from: survey, when: 2025-09-01, check: "https://example.org", class: bridges}
  half: {came_true: [8, 10], unit: span, from: survey, when: 2025-09-02}
  share: {came_true: 1 in 4, unit: "", from: count, when: 2025-09-01}
  gain: {came_true: -3 thousand USD, from: audit, when: 2025-09-01}
  opening: {came_true: 2024-02-10, from: plaque, when: 2025-09-01}
  long: {came_true: true, from: survey, when: 2025-09-01}
""".replace("case: test", f"case: {case.id}"), case, tmp_path / "o.yaml")
    assert {key: (one.low, one.high) for key, one in found.items() if key != "long"} == {
        "length": (350, 350), "half": (160, 200), "share": (25, 25), "gain": (-3000, -3000), "opening": (10, 10)}
    assert (found["long"].happened, found["length"].happened) == (True, None)
    assert [found[key].stated for key in ("length", "half", "gain", "opening", "long")] == [
        "0.35 km", "8 to 10 span", "-3 thousand USD", "2024-02-10", "yes"]
    one = found["length"]
    assert (one.said_by, one.when, one.check, one.group) == ("survey", date(2025, 9, 1), "https://example.org", "bridges")


def test_a_value_outside_a_share_is_told_in_its_unit(case, tmp_path):
    path = tmp_path / "o.yaml"
    path.write_text(f"case: {case.id}\noutcomes:\n  share: {{came_true: 130, from: count, when: 2025-09-01}}\n", encoding="utf-8")
    with pytest.raises(CaseError, match=r"'came_true: 130' reaches 130 percent, .* expected numbers above 0 and below 100 percent"):
        read_outcomes(path, case)


FAULTS = """\
case: other
outcomes:
  length: {came_true: -3, unit: km, from: survey, when: 2025-09-01}
  lenght: {came_true: 3, from: survey, when: 2025-09-01}
  half: {came_true: [60, 50], from: audit}
  share: {came_true: 3, unit: km, when: 2025-09-31}
  gain: {came_true: true, from: audit, when: 2025-09-01}
  opening: {came_true: 3, from: audit, when: 2025-09-01}
  long: {came_true: 3, from: audit, when: 2025-09-01, wen: x}
extra: 3
"""


def test_all_faults_are_told_at_once_with_their_lines(case, tmp_path):
    path = tmp_path / "o.yaml"
    with pytest.raises(CaseError) as caught:
        read(FAULTS, case, path)
    told = [str(fault).removeprefix(f"{path}:") for fault in caught.value.faults]
    assert [line.split(";")[0] for line in told] == [
        "1: case: these are outcomes of 'other'",
        "3: outcomes.length.came_true: 'came_true: -3' reaches -3000 metre, which 'length' can't be",
        "4: outcomes.lenght: the case has no total or question 'lenght'",
        "5: outcomes.half: no date",
        "5: outcomes.half.came_true: a range from 60 to 50",
        "6: outcomes.share.unit: 'km' measures length but 'share' is a pure number",
        "6: outcomes.share.when: '2025-09-31' is no date",
        "7: outcomes.gain.came_true: true or false, but 'gain' is an amount",
        "8: outcomes.opening.came_true: a number, but 'opening' is a date",
        "9: outcomes.long.came_true: a question came true or not",
        "9: outcomes.long.wen: unknown key 'wen'",
        "10: extra: unknown key 'extra'",
    ]
    assert told[2].endswith("did you mean 'length'?")


@pytest.mark.parametrize("text, said", [
    ("outcomes: {}", "1: outcomes: nothing came true here"), ("case: x", "nothing came true here"), ("- 3", "a list stands here"),
    ("", "the file is empty"), ("outcomes: {length: {from: me, when: 2025-01-01}}", "'came_true' is missing"),
    ("outcomes: {length: {came_true: some, from: me, when: 2025-01-01}}", "outcomes.length.came_true"),
    ("outcomes: {length: {came_true: 3 USD, from: me, when: 2025-01-01}}", "'3 USD' measures currency but 'length' measures length"),
])  # fmt: skip
def test_what_is_no_outcome_is_told(case, tmp_path, text, said):
    with pytest.raises(CaseError) as caught:
        read(text, case, tmp_path / "o.yaml")
    assert said in str(caught.value)


@pytest.mark.parametrize("text, said", [
    (None, "o.yaml:1: (top): the file does not exist; expected outcomes in YAML; look at the path"),
    ("", "o.yaml:1: (top): the file is empty; expected outcomes: with an entry for each total or question; such as outcomes: {length: "),
    ("\n# nothing yet\n", "o.yaml:1: (top): the file is empty; expected outcomes: "),
    ("outcomes: {", "o.yaml:1: (top): this is not YAML"),
])  # fmt: skip
def test_a_file_without_outcomes_is_told_in_words_of_outcomes(case, tmp_path, monkeypatch, text, said):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("o.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        read_outcomes(Path("o.yaml"), case)
    assert str(caught.value).startswith(said)
    assert "case in YAML" not in str(caught.value)
    assert len(caught.value.faults) == 1

"""The text that is downloaded: the case's own with one more scenario, and nothing else changed, as YAML's own reader finds."""

from __future__ import annotations

import pytest
import yaml

from nkestimate.exploring.written import with_scenario

CHANGES = {"weights.ann": 0.35, "quantities.share.prior": "Beta(2, 4)", "quantities.price.prior.between": [2, 11], "claims.b.weight": None,
           "dates.begun": "2024-01-01", "settings.pooling": "log", "x": {"between": ["1", "2"], "coverage": 0.5}, "title": "yes: no # it"}  # fmt: skip
AS_READ = {"weights.ann": "0.35", "quantities.share.prior": "Beta(2, 4)", "quantities.price.prior.between": ["2", "11"], "claims.b.weight": "null",
           "dates.begun": "2024-01-01", "settings.pooling": "log", "x": {"between": ["1", "2"], "coverage": "0.5"}, "title": "yes: no # it"}  # fmt: skip


def read(text):
    return yaml.load(text, Loader=yaml.BaseLoader)


def test_the_case_keeps_its_text_and_has_one_more_scenario(fence):
    text = fence.read_text()
    made = with_scenario(fence, ["trust-ben"], "As explored: it", CHANGES)
    assert (made.name, made.scenario) == ("fence-explored.yaml", "explored")
    old, new = text.splitlines(), made.text.splitlines()
    first = next(i for i, pair in enumerate(zip(old, new)) if pair[0] != pair[1])
    added = len(new) - len(old)
    assert new[:first] + new[first + added :] == old
    assert old[first - 1].strip() == "quantities.price.prior: {between: [3, 5]}"
    before, after = read(text), read(made.text)
    assert after["scenarios"].pop("explored") == {"label": "As explored: it", "set": AS_READ}
    assert after == before
    assert read(made.entry) == {"scenarios": {"explored": {"label": "As explored: it", "set": AS_READ}}}


@pytest.mark.parametrize("text", [
    "title: T\nscenarios:\n  a:\n    label: >-\n      one\n      two\n    set: {x: 1}\n\n\n# end\nhorizon: 2025-01-01\n",
    "title: T\nscenarios:\n    a: {label: b, set: {c: 1}}   # why\n    b:\n        set:\n            c: |\n                text\n# end",
    "title: T\nscenarios:\n  a:\n    set:\n      x:\n      - 1\n      - 2\nquantities: {}\n", "title: T", "title: T\nscenarios:\n", "  title: T\n  note: b\n",
    "scenarios:\n  a:\n    set: {x: 1, y: [1,\n      2]}\ntitle: T\n", "title: T\r\nscenarios:\r\n  a: {set: {x: 1}}\r\nhorizon: 1\r\n"])  # fmt: skip
def test_a_text_of_any_layout_holds_the_same_and_the_scenario(tmp_path, text):
    path = tmp_path / "case.yaml"
    path.write_bytes(text.encode())
    made = with_scenario(path, [], "L", {"weights.a": 0.5})
    after, before = read(made.text), read(text)
    if "include" in after:  # an empty section can't be added to
        assert "scenarios:\n" in text
        assert after == {"include": "case.yaml", "scenarios": {"explored": {"label": "L", "set": {"weights.a": "0.5"}}}}
        return
    assert after["scenarios"].pop("explored") == {"label": "L", "set": {"weights.a": "0.5"}}
    assert {key: value for key, value in after.items() if value != {}} == {key: value for key, value in before.items() if value not in ({}, "")}


@pytest.mark.parametrize("text", ["{title: T, scenarios: {}}", "title: T\nscenarios: {a: {set: {x: 1}}}\n", "title: T\n...\n"])
def test_a_text_that_takes_no_entry_is_included(tmp_path, text):
    (tmp_path / "my case.yaml").write_text(text)
    made = with_scenario(tmp_path / "my case.yaml", [], "L", {})
    assert read(made.text) == {"include": "my case.yaml", "scenarios": {"explored": {"label": "L", "set": {}}}}


def test_a_scenario_of_that_name_stays(fence):
    assert with_scenario(fence, ["explored"], "L", {}).scenario == "explored-2"
    assert with_scenario(fence, ["explored", "explored-2"], "L", {}).scenario == "explored-3"

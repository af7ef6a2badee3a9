"""Classes of bias: what is printed, the range made of it, and that nothing changes where none is named."""

import math
import re
from pathlib import Path

import pytest
import yaml

from nkestimate.case import case_from_resolved, changed
from nkestimate.case.bias import SHIPPED, range_of
from nkestimate.sentences.publishing import bias_sentences

CASE = {"quantities": {"dead": {"unit": "person"}}, "claims": {"one": {"source": "a", "about": "dead", "around": "1200"}}}
PAGE = Path(__file__).parents[2] / "docs" / "bias-classes.md"


def named(make, bias, **more):
    return make(**CASE, sources={"a": {"name": "A general", "weight": 0.5, "overstates_by": bias}}, **more)


def test_the_ranges_are_those_of_the_printed_figures():
    # ln 2 = 0.6931 and ln 4.3 = 1.4586: mean 1.0759, standard deviation 0.5413, times sqrt(1.5) 0.6630, times 1.6449 1.0905
    assert range_of((2, 4.3)) == pytest.approx((math.exp(1.0759 - 1.0905), math.exp(1.0759 + 1.0905)), rel=0.006)
    # ln 0.3 = -1.2040: mean -0.6020, standard deviation 0.8513, times sqrt(1.5) 1.0427, times 1.6449 1.7151
    assert SHIPPED["own-losses"].overstates_by == pytest.approx((math.exp(-2.3171), math.exp(1.1131)), rel=0.02)
    assert {key: one.overstates_by for key, one in SHIPPED.items()} == {
        "enemy-losses": (0.99, 8.7), "own-losses": (0.099, 3.0), "heavy-weapon-pledges": (1.1, 2.7)}


def test_each_has_its_source_population_and_way():
    for one in SHIPPED.values():
        assert re.search(r"doi:10\.|Kiel Institute", one.from_)
        assert one.check.startswith("https://")
        assert one.population
        assert one.derived


def test_a_class_is_its_range(make):
    by_class, by_range = named(make, "class:enemy-losses"), named(make, [0.99, 8.7])
    assert by_class.sources["a"].overstates_by == by_range.sources["a"].overstates_by == (0.99, 8.7)
    assert (by_class.sources["a"].bias_class, by_range.sources["a"].bias_class) == ("enemy-losses", None)
    assert "bias_classes" not in by_range.resolved  # no class, nothing of one
    assert by_range.bias_classes == {}


def test_a_result_carries_the_range_that_it_was_made_with(make, monkeypatch):
    case = named(make, "class:enemy-losses")
    assert case.resolved["bias_classes"]["enemy-losses"]["overstates_by"] == ["0.99", "8.7"]
    monkeypatch.setattr("nkestimate.case.bias.SHIPPED", {})  # another version of the package
    again = case_from_resolved(case.resolved, case.id)
    assert (again.digest, again.sources["a"].overstates_by) == (case.digest, (0.99, 8.7))


def test_a_class_of_the_case_goes_before_the_packages(make):
    own = {"enemy-losses": {"overstates_by": [2, 3], "from": "our own count", "population": "three battles"}}
    case = named(make, "class:enemy-losses", bias_classes=own)
    assert case.sources["a"].overstates_by == (2, 3)
    assert bias_sentences(case) == (
        "A general is read to overstate by a factor of 2 to 3, as the class 'enemy-losses': found of three battles (our own count).",)
    moved = changed(case, {"bias_classes.enemy-losses.overstates_by": ["2", "4"]})
    assert moved.sources["a"].overstates_by == (2, 4)
    assert moved.digest != case.digest
    assert bias_sentences(named(make, [1, 2])) == ()


def test_the_examples_of_the_page_are_sound(make):
    one, own = (yaml.load(block, yaml.BaseLoader) for block in re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    quantities = {"dead": {"unit": "person"}}
    for part, key, factors in ((one, "general-staff", (0.99, 8.7)), (own, "agency", (0.2, 1.0))):
        case = make(**part, quantities=quantities, claims={"a": {"source": key, "about": "dead", "around": "1200"}})
        assert case.sources[key].overstates_by == factors


def test_the_page_lists_what_the_package_has():
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) to ([\d.]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {key: (float(low), float(high)) for key, low, high in rows} == {key: one.overstates_by for key, one in SHIPPED.items()}

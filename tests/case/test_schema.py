"""The JSON Schema that editors use: it has not drifted, and it accepts what the reader accepts."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import nkestimate
from nkestimate.case import load_case
from nkestimate.case.schema import json_schema

PACKAGE = Path(nkestimate.__file__).parent
ROOT = Path(__file__).parents[2]
SHIPPED = PACKAGE / "case.schema.json"
STARTER = PACKAGE / "starter" / "case.yaml"
CASES = [STARTER, *sorted((ROOT / "priors").glob("*.yaml")), *sorted((ROOT / "seeds").glob("*.yaml"))]


class EditorLoader(yaml.SafeLoader):
    """YAML as editors read it: dates stay texts."""


EditorLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_shipped_schema_has_not_drifted():
    assert SHIPPED.read_text(encoding="utf-8") == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_shipped_files_follow_it_and_name_it(path):
    text = path.read_text(encoding="utf-8")
    errors = list(jsonschema.Draft202012Validator(json_schema()).iter_errors(yaml.load(text, EditorLoader)))
    assert not [f"{list(error.absolute_path)}: {error.message}" for error in errors]
    first = text.splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    if path != STARTER:  # which gets its schema when it is copied
        assert (path.parent / first.split("=", 1)[1]).resolve() == SHIPPED.resolve()


def test_it_accepts_what_the_reader_accepts(bench):
    text = """
title: All that was added
horizon: 2025-06-30
dates: {begin: {between: [2023-06-01, 2023-10-01], coverage: 80%, rationale: two photographs}, opening: 2024-10-15}
sources: {ministry: {weight: 1/2, group: the service}, rival: {reliability: C, group: the service}}
settings: {common_error: 1.4}
quantities:
  length: {unit: metre, limits: [null, 3 km], rationale: the river ends there}
  share: {unit: "", support: fraction}
  balance: {unit: USD, support: real}
claims:
  a: {source: ministry, about: length, around: 1300, within: 50 metre}
  b: {source: ministry, about: share, counted: 2 of 199}
  c: {source: rival, about: share, around: 1 in 5}
  d: {source: rival, about: balance, around: 0, within: 5}
scenarios: {early: {set: {dates.begin: 2023-06-01}}}
robustness: {others: {dates.begin: [2023-06-01, 2023-10-01]}}
"""
    load_case(bench.write(text))
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not list(validator.iter_errors(yaml.load(text, EditorLoader)))


@pytest.mark.parametrize(
    "case",
    [
        {"dates": {"a": {"coverage": 0.9}}},
        {"claims": {"a": {"source": "b", "about": "x", "counted": 5}}},
        {"quantities": {"a": {"limits": [1]}}},
        {"settings": {"common_error": -1}},
        {"titel": "x"},
        {"sources": {"a": {"weight": 2}}},
        {"claims": {"a": {"about": "x"}}},
        {"settings": {"pooling": "bayesian"}},
        {"claims": {"a": {"source": "b", "about": "x", "arround": 5}}},
        {"horizon": 5},
        {"format": 2},
    ],
)
def test_it_tells_faults_of_shape(case):
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(case)


@pytest.mark.parametrize("path", [path for path in CASES if path.parent.name != "seeds"], ids=lambda path: path.stem)
def test_shipped_cases_and_all_their_scenarios_load(path):
    case = load_case(path)
    for scenario in case.scenarios:
        assert load_case(path, scenario=scenario).scenario == scenario


def test_the_starter_is_small():
    case = load_case(STARTER)
    assert len(case.claims) <= 6
    assert len(STARTER.read_text(encoding="utf-8").splitlines()) <= 100

"""A small case that the tests of this folder change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from nkestimate.case import load_case
from nkestimate.errors import CaseError

BRIDGE = """
format: 1
title: Two sources on one bridge
horizon: 2025-06-30
dates: {begin: 2023-01-01, opening: 2024-10-15}
units: {KRW: {is: 0.00072 USD, as_of: 2024-11-01, from: central bank}}
documents:
  d1: {publisher: The Daily, published: 2024-11-01}
  d2: {publisher: The Weekly, published: 2024-09-01}
sources:
  ministry: {reliability: B}
  institute: {weight: 0.8}
quantities:
  length: {unit: metre}
  share: {unit: "", support: fraction, prior: "Beta(2, 2)", rationale: nobody has said}
  rate: {unit: USD/metre}
  balance: {unit: million USD, support: real}
derived:
  cost: {unit: million USD, expr: share * rate * length, headline: true}
claims:
  ministry-length: {source: ministry, about: length, between: [1.2, 1.5], unit: km, reported_in: [{document: d1}, {document: d2}]}
  institute-rate: {source: institute, about: rate, around: 40000}
  institute-balance: {source: institute, about: balance, estimate: -3, standard_error: 2, as_of: 2025-01-01}
"""


class TextLoader(yaml.BaseLoader):
    """YAML with numbers as written, and booleans."""


TextLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))
TextLoader.add_constructor("tag:yaml.org,2002:bool", lambda _, node: node.value == "true")


class Bench:
    """Writes cases into a folder and loads them."""

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, text: str, name: str = "bridge.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def text(self, **sections: Any) -> str:
        """Return the bridge with entries of sections added, replaced or (None) taken out."""
        plain = self.plain()
        for section, value in sections.items():
            if isinstance(value, dict) and section not in ("weights",):
                plain.setdefault(section, {}).update(value)
                plain[section] = {key: entry for key, entry in plain[section].items() if entry is not None}
            elif value is None:
                plain.pop(section, None)
            else:
                plain[section] = value
        return yaml.safe_dump(plain, sort_keys=False)

    def plain(self) -> dict[str, Any]:
        """Return the bridge as plain values."""
        return yaml.load(BRIDGE, TextLoader)

    def load(self, scenario: str | None = None, changes: dict[str, Any] | None = None, **sections: Any):
        return load_case(self.write(self.text(**sections)), scenario=scenario, set=changes)

    def claim(self, **entry: Any):
        """Return the bridge's claim ``x`` by the institute."""
        return self.load(claims={"x": {"source": "institute", **entry}}).claims["x"]

    def statement(self, **entry: Any):
        return self.claim(**entry).readings[0].statement

    def faults(self, scenario: str | None = None, changes: dict[str, Any] | None = None, **sections: Any) -> list[tuple[str, str]]:
        """Return path and problem of each fault."""
        with pytest.raises(CaseError) as caught:
            self.load(scenario, changes, **sections)
        return [(fault.path, fault.problem) for fault in caught.value.faults]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)

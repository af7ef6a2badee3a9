"""A small case in two files, with comments, a scenario, priors and dates; a browser where there is one."""

from __future__ import annotations

import pytest

EVIDENCE = """\
sources: {ann: {name: Ann, weight: 0.8}, ben: {name: Ben, weight: 0.5}, cis: {name: Cis, weight: 0.5}}
claims:
  ann-length: {source: ann, about: length, between: [80, 120]}
  ben-length: {source: ben, about: length, around: 150}
  cis-cost: {source: cis, about: cost, between: [200, 900]}
  ben-share: {source: ben, about: share, around: 30 percent, weight: 0.9}
"""
CASE = """\
# What a fence costs.
title: A fence
include: evidence.yaml
horizon: 2025-06-30

quantities:
  length: {label: Length, unit: metre}   # paced out
  price:
    label: Price
    unit: USD/metre
    prior: {between: [2, 9]}
    rationale: a guess
  share: {label: Share painted, unit: "", support: fraction, prior: "Beta(2, 2)"}

dates:
  begun: {between: [2024-01-01, 2024-12-31], coverage: 0.8, rationale: nobody says}
  planned: 2023-05-01

derived:
  cost: {label: Cost, unit: USD, expr: length * price, headline: true}
  time: {label: Time taken, unit: day, expr: days_since(begun)}

questions:
  dear: {ask: cost > 600 USD, label: "Is it dear?"}

scenarios:
  # What Ben would say.
  trust-ben:
    label: Ben at his word
    set:
      sources.ben.weight: 1.0   # all the way
      quantities.price.prior: {between: [3, 5]}

# The end.
"""


@pytest.fixture
def fence(tmp_path):
    """The case, its includes beside it."""
    (tmp_path / "evidence.yaml").write_text(EVIDENCE, encoding="utf-8")
    path = tmp_path / "fence.yaml"
    path.write_text(CASE, encoding="utf-8")
    return path

"""Calling the command line in tests."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner, Result

from nkestimate.cli import main

BRIDGE = """\
format: 1
title: A bridge
horizon: 2025-06-30
sources:
  ministry: {name: Ministry, weight: 0.75}
  rival: {name: Rival, weight: 0.4}
quantities:
  length: {label: Bridge length, unit: metre}
  rate: {label: Price, unit: USD/metre, prior: {between: [30000, 50000]}, rationale: usual}
derived:
  cost: {label: Total cost, unit: million USD, expr: length * rate, headline: true}
questions:
  dear: {ask: cost > 30 million USD, label: "Is it dear?"}
claims:
  a: {source: ministry, about: length, between: [1.2, 1.5], unit: km}
  d: {source: rival, about: cost, at_most: 70}
"""
"""A case for a module's ``CASE``, which may add to it."""


def call(*arguments: Any) -> Result:
    """Call `nkestimate`; whatever ends it is an exit status, never a traceback."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result

"""This folder's helpers (`random_cases`, `command_line`) are importable from every folder of tests; loading a case from plain values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nkestimate.case import Case
from random_cases import load


@pytest.fixture
def bridge(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A test module's ``CASE`` as ``bridge.yaml`` in a folder of its own, from which commands are called."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bridge.yaml"
    path.write_text(request.module.CASE, encoding="utf-8")
    return path


@pytest.fixture
def make() -> Callable[..., Case]:
    """Return a function that makes a small case of sections: ``make(quantities=…, claims=…)``."""

    def make(**sections: Any) -> Case:
        plain: dict[str, Any] = {"format": 1, "title": "A test", "horizon": "2025-06-30", "sources": {"a": {"weight": 1}}}
        return load(plain | sections)

    return make

"""This folder's helpers (`random_cases`, `command_line`) are importable from every folder of tests; loading a case from plain values."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from browsers import launched
from nkestimate.case import Case
from random_cases import load

# Commands that tests start keep the bytecode of what they import, whatever the machine has set: made anew it is half of each start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("untimed", deadline=None)  # no test asserts a time
settings.load_profile("untimed")

# Files that take ten seconds or more, the longest first: begun first, so that no worker is left with one while the others have nothing to do.
LONG = ("test_notebooks", "test_kills", "test_report_pdf", "test_page", "test_grid", "test_same_bytes", "test_letters", "test_benchmarks", "test_cli", "test_solid",
        "test_evidence", "test_fuzz", "test_laws", "test_examples", "test_webpage", "test_hostile", "test_folder", "test_tutorial", "test_one_writer", "test_reference",
        "test_lower", "test_sampling")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernel before workers start: on a fresh machine each of them would."""
    if not hasattr(config, "workerinput"):
        import nkestimate.engine.kernel  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the rest stays in its order."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


@pytest.fixture(scope="module")
def browser() -> Any:
    """Chromium, without a window."""
    yield from launched()


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

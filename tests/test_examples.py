"""The examples of docstrings run, and give what stands beside them. A file of the package is imported only by the worker that runs its own."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"


MODULES = [".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__") for path in sorted(SRC.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("module", MODULES)
def test_examples_give_what_they_say(module):
    told: list[str] = []
    runner = doctest.DocTestRunner()
    for example in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module), module):
        runner.run(example, out=told.append, clear_globs=False)
    assert not runner.summarize(verbose=False).failed, "".join(told)
    assert runner.tries


def test_an_example_that_gives_something_else_fails():
    example = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner().run(example, out=lambda _: None).failed

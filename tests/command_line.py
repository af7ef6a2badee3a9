"""Calling the command line in tests."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner, Result

from nkestimate.cli import main


def call(*arguments: Any) -> Result:
    """Call `nkestimate`; whatever ends it is an exit status, never a traceback."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result

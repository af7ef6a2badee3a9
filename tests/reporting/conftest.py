"""Small cases and stand-ins for their fits: nothing is sampled here."""

from __future__ import annotations

import pytest
from report_fits import BRIDGE, TINY, fit_of


@pytest.fixture(scope="session")
def bridge(tmp_path_factory):
    return fit_of(BRIDGE, tmp_path_factory.mktemp("bridge"))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return fit_of(TINY, tmp_path_factory.mktemp("tiny"), ok=False)

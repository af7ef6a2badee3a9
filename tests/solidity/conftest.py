"""A small case for grids."""

from __future__ import annotations

import pytest
from solidity_cases import SMALL


@pytest.fixture
def small(make):
    return make(**SMALL)

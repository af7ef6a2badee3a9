"""The priors' quantile functions are those of SciPy's distributions."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from nkestimate.case.distributions import parse_prior
from random_cases import DARK, PERCENT_PRIORS, PRIORS
from scipy_priors import twin

TEXTS = sorted({p for p in chain(*PRIORS.values(), PERCENT_PRIORS, DARK) if isinstance(p, str)} | {"TruncatedNormal(9, 1, -3, -2)"})


@pytest.mark.parametrize("text", TEXTS)
def test_quantiles(text):
    prior = parse_prior(text)
    u = np.array([1e-6, 0.01, 0.1587, 0.5, 0.8413, 0.99, 1 - 1e-6])
    np.testing.assert_allclose(twin(prior).cdf(prior.quantile(u)), u, rtol=1e-6)

"""The distributions of priors as SciPy has them, in the parametrisation of PyMC, written down apart from the package."""

from __future__ import annotations

import math
from typing import Any

from scipy import stats

from nkestimate.case.distributions import Prior, parse_prior


def twin(prior: Prior | str) -> Any:
    """Return SciPy's distribution of a prior."""
    prior = parse_prior(prior) if isinstance(prior, str) else prior
    p = dict(prior.parameters)
    return {
        "Normal": lambda: stats.norm(p["mu"], p["sigma"]), "StudentT": lambda: stats.t(p["nu"], p["mu"], p["sigma"]),
        "LogNormal": lambda: stats.lognorm(p["sigma"], scale=math.exp(p["mu"])),
        "LogitNormal": lambda: stats.johnsonsb(-p["mu"] / p["sigma"], 1 / p["sigma"]),  # a + b·logit(θ) is standard normal
        "HalfNormal": lambda: stats.halfnorm(scale=p["sigma"]), "HalfCauchy": lambda: stats.halfcauchy(scale=p["beta"]),
        "Gamma": lambda: stats.gamma(p["alpha"], scale=1 / p["beta"]), "Exponential": lambda: stats.expon(scale=1 / p["lam"]),
        "Beta": lambda: stats.beta(p["alpha"], p["beta"]), "Uniform": lambda: stats.uniform(p["lower"], p["upper"] - p["lower"]),
        "Triangular": lambda: stats.triang((p["c"] - p["lower"]) / (p["upper"] - p["lower"]), p["lower"], p["upper"] - p["lower"]),
        "TruncatedNormal": lambda: stats.truncnorm((p["lower"] - p["mu"]) / p["sigma"], (p["upper"] - p["mu"]) / p["sigma"], p["mu"], p["sigma"]),
        "Logistic": lambda: stats.logistic(p["mu"], p["s"]),
    }[prior.name]()

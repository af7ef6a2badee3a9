"""What claims and priors state, in words."""

from __future__ import annotations

import math

from nkestimate.case.distributions import Prior
from nkestimate.case.model import Claim
from nkestimate.wording.numbers import TERMINAL, Display, Typography, commas, decimals, figures, stated_percent, weight
from nkestimate.wording.units import unit_words, with_unit

_MOST_LOG = 690.0  # of a factor that floating point holds


def said(claim: Claim, set_in: Typography = TERMINAL, *, unit: str | None = None) -> str:
    """Write what a claim says, unit included.

    For example ``1.72 to 5.5 billion USD``, ``thousands of people``, ``several hundred million USD``, ``about 25 % (within 20 %)``.

    Parameters
    ----------
    unit : str, optional
        Of one of several readings, in place of all units that it may mean.
    """
    stated = claim.stated

    def amount(figures: str, unit: str) -> str:
        words = unit_words(unit, set_in.space, plural=figures != "1") if unit else ""
        of = stated.kind == "magnitude" and words and figures.endswith("s")  # thousands of people, but a few thousand people
        return with_unit(commas(figures, set_in), f"of {words}" if of else words, set_in.percent)

    units = dict.fromkeys(unit_words(unit, set_in.space) for unit in stated.units) if unit is None else {"": None}
    return " or ".join([stated.words(amount, unit=unit, at=" ({})"), *list(units)[1:]])


def weight_words(claim: Claim, set_in: Typography = TERMINAL) -> str:
    """Write a claim's weight, or why it is not in the estimate."""
    if claim.superseded_by:
        return "superseded"
    return f"weight {weight(claim.weight, set_in)}" if claim.weight > 0 else "not heard"


def prior_words(prior: Prior, shown: Display, scale: str) -> str:
    """Write a prior: its range and mass, and its form."""
    import numpy as np  # the table of claims does without its start

    form = {"log": "normal on the log scale", "logit": "normal on the log-odds scale"}.get(scale, "normal")
    if prior.name == "Between":
        return f"{stated_percent(prior['coverage'], shown.set_in)} from {shown.stated_range(prior['lower'], prior['upper'])}; {form}"
    low, high = (float(x) for x in prior.quantile(np.array([0.05, 0.95])))
    if shown.since:
        form = f"normal, with a standard deviation of {shown.size(prior['sigma'])}"
        return f"{stated_percent(0.9, shown.set_in)} from {shown.range(low, high)}; {form}"
    return f"{stated_percent(0.9, shown.set_in)} from {shown.range(low, high)}; {distribution_words(prior, shown.set_in)}"


def distribution_words(prior: Prior, set_in: Typography = TERMINAL) -> str:
    """Write a distribution with its parameters: ``Beta(2, 2)``."""
    return f"{prior.name}({', '.join(_parameter(value, set_in) for _, value in prior.parameters)})"


def _parameter(value: float, set_in: Typography) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else f"{set_in.minus}∞"
    whole = value == round(value) and abs(value) < 1e15
    return decimals(value, 0, set_in) if whole else commas(f"{value:.4g}", set_in)


def factor_words(tau: float, scale: str, unit: str, set_in: Typography = TERMINAL) -> str:
    """Write a dark uncertainty: as a factor on the log scale, else in its unit."""
    if scale == "log":
        if tau > _MOST_LOG:
            return "a factor too large to write"
        factor = math.exp(tau)
        return f"a factor of {figures(factor, 2 if factor > 1.2 else 3, set_in)}"
    if scale == "logit":
        return f"{figures(tau, 2, set_in)} in log-odds"
    return with_unit(figures(tau, 2, set_in), unit_words(unit, set_in.space), set_in.percent)

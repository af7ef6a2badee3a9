"""Explaining a total: one record of what drives it, what it rests on, and what would be worth checking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from nkestimate.case.model import Case
from nkestimate.errors import UnknownTotalError, did_you_mean
from nkestimate.solidity.explaining.drivers import Check, Drivers, Scale, Share, Swing
from nkestimate.solidity.explaining.weights import Weights, effective_weights

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit


@dataclass(frozen=True)
class Explanation:
    """What drives a total.

    Attributes
    ----------
    total, label, unit : str
    median : float
        In the total's unit.
    interval : (float, float)
        Its 90 % interval, equal tails.
    scale : Scale
        On which variances and widths are taken, and why.
    shares : tuple of Share
        Of its variance, the largest first. Where unknowns depend on each other they do not add up to 1.
    swings : tuple of Swing
        The tornado, the largest first.
    weights : Weights
        Of claims, and what each target rests on.
    checks : tuple of Check
        The value of checking quantities and claims, the greatest first.
    converged : bool
        Whether the fit's diagnostics passed.
    support : str
        The total's.
    since : date or None
        Where its values are days since then.
    """

    total: str
    label: str
    unit: str
    median: float
    interval: tuple[float, float]
    scale: Scale
    shares: tuple[Share, ...]
    swings: tuple[Swing, ...]
    weights: Weights
    checks: tuple[Check, ...]
    converged: bool
    support: str = "positive"
    since: date | None = None

    def worth_checking(self, least: float) -> list[Check]:
        """Return the checks that would shrink the interval by ``least`` and by more than Monte Carlo error; what is learned stands once."""
        return [check for check in self.checks if check.shrink >= max(least, 2 * check.standard_error) and not check.same_as]


def explain(fit: Fit, total: str | None = None, *, scale: str | None = None) -> Explanation:
    """Explain a total from the draws of a fit; nothing is fitted again.

    Parameters
    ----------
    fit : Fit
    total : str, optional
        Id of a quantity or derived; default the headline.
    scale : {"natural", "log", "rank"}, optional
        On which variances and widths are taken; default the total's unit unless its tail is too heavy for that.

    Returns
    -------
    Explanation

    Raises
    ------
    UnknownTotalError
        If the case has no such total.

    References
    ----------
    ``docs/solidity.md``. Variance shares: Plischke, Borgonovo & Smith 2013, doi:10.1016/j.ejor.2012.11.047. Value of
    checking: Strong, Oakley & Brennan 2014, doi:10.1177/0272989X13505910.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> from nkestimate.fitting.fits import fit
    >>> told = explain(fit(load_case(STARTER), progress=False), "local_revenue")
    >>> told.label, told.unit, len(told.shares) > 0
    ('Spending at local stalls', 'million USD', True)
    """
    key = known_total(fit.case, total)
    drivers = Drivers(fit, key, scale)
    asked = fit.case.totals[key]
    low, median, high = (fit.summary.totals[key].quantile(p) for p in (0.05, 0.5, 0.95))
    return Explanation(key, asked.label, asked.unit.text, median, (low, high), drivers.scale, drivers.shares(), drivers.swings(),
                       effective_weights(fit, key), drivers.checks(), fit.ok, asked.support, asked.since)


def known_total(case: Case, total: str | None) -> str:
    """Return the id of a total that a case has: the one named, or the headline."""
    if total is None:
        return case.headline.id
    if total not in case.totals:
        hint = did_you_mean(total, case.totals)
        raise UnknownTotalError(f"unknown total '{total}'; expected a quantity or derived of the case; "
                                + (hint or "one of " + ", ".join(case.totals)))
    return total

"""A calibration for a terminal: what was ranked, and where the case's own claims stand."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nkestimate.sentences.solidity import chance
from nkestimate.solidity.calibrating.record import DOUBTFUL, Calibration, ClaimPlace
from nkestimate.solidity.calibrating.uniformity import COVERAGE
from nkestimate.text import as_text, bare_table, paragraph
from nkestimate.wording.numbers import NONE, count, counted, decimals, percent, stated_percent


def text(result: Calibration) -> str:
    """Return the findings: how uniform ranks are, what failed, the claims' places."""
    parts: list[Any] = [paragraph(f"{result.title}: does a fit find what it is shown?"), paragraph(_done(result)), ""]
    if result.ranked:
        key = ("ECDF: the largest distance of the ranks' ECDF from the diagonal, in widths of the band that holds uniform ones "
               f"{stated_percent(COVERAGE)} of the time; above {count(1)} it leaves it. p: how often uniform ranks go as far. mean: ½ "
               "where the fit is not off to one side (above: truths lie above the draws).")
        parts += [_ranked(result), "", paragraph(key), ""]
    parts.append(paragraph("* " + verdict(result), "  "))
    if result.claims:
        lead = "The case's own claims, each left out in turn: where it stands in what the rest predicts that such a source would state."
        parts += ["", paragraph(lead), _claims(result), "", paragraph("* " + claims_verdict(result), "  ")]
    return as_text(*parts)


def _done(result: Calibration) -> str:
    said = (f"{counted(result.simulations, 'truth')} and statements about each were drawn from the case's own density, and fitted. "
            f"{_converged(result)}")
    for reason, times in Counter(result.failures).items():
        said += f" {counted(times, 'simulation')} failed and gave no rank: {reason}."
    return said


def _converged(result: Calibration) -> str:
    if not result.unconverged:
        return "All fits that were made converged." if result.failures else "All fits converged."
    return f"{counted(result.unconverged, 'fit')} did not converge; their ranks are counted with the others."


def _ranked(result: Calibration) -> Any:
    table = bare_table()
    table.add_column("ranked", ratio=1)
    for column in ("n", "draws", "ECDF", "p", "χ² p", "mean"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in result.ranked:
        found = one.uniformity
        table.add_row(one.label, count(found.n), count(one.fewest) if one.fewest else NONE, decimals(found.ratio, 2), chance(found.p),
                      NONE if found.chi2_p is None else chance(found.chi2_p), decimals(found.mean, 2))
    return table


def verdict(result: Calibration) -> str:
    """Say whether ranks are uniform, all of them taken together."""
    if not result.ranked:
        return "Nothing was ranked."
    worst = min(result.ranked, key=lambda one: one.uniformity.p)
    times = f"the smallest p, times the {count(len(result.ranked))} that were looked at," if len(result.ranked) > 1 else "p"
    many = f"{times} is {chance(min(result.least_p, 1.0))}"
    if result.uniform:
        return f"Uniform, as far as {counted(result.simulations, 'simulation')} can tell: {many}."
    return f"Not uniform: {many} ({worst.label}), below {chance(DOUBTFUL)}. The fit does not give the posterior of what was drawn."


def _claims(result: Calibration) -> Any:
    table = bare_table()
    table.add_column("claim", ratio=1)
    table.add_column("place", justify="right", no_wrap=True)
    table.add_column("left out by", max_width=16)
    for one in result.claims:
        table.add_row(one.label, place(one), one.method if one.converged else f"{one.method}, not converged")
    return table


def place(one: ClaimPlace) -> str:
    """Return where a claim stands: a share of what would be stated; of a bound, the probability that it holds."""
    if one.pit is not None:
        return percent(one.pit)
    return NONE if one.holds is None else f"holds {percent(one.holds)}"


def claims_verdict(result: Calibration) -> str:
    """Say what the claims' places tell, and what not."""
    caution = ("They are few, of one case, and each was predicted from the others: they can show a model that is far too sure (places near "
               "both ends) or far too wide (all near the middle), and cannot show that it is right.")
    if result.pits is None:
        return "Fewer than five claims have a place, too few for a band. " + caution
    inside = "stays in" if result.pits.inside else "leaves"
    return (f"The ECDF of {counted(result.pits.n, 'place')} {inside} the {stated_percent(COVERAGE)} band of independent uniform numbers "
            f"(p {chance(result.pits.p)}). {caution}")

"""The pictures of what drives an answer, what conflicts and what changed: results unpacked, and handed to the charts as plain rows."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from nkestimate.case.model import Case
from nkestimate.reporting.drivers_charts import (
    BarRow,
    Card,
    DotRow,
    DriverRow,
    Link,
    Step,
    bars_chart,
    dots_chart,
    drivers_chart,
    influence_chart,
    waterfall_chart,
)
from nkestimate.reporting.picture import Picture, drawn_by
from nkestimate.reporting.style import stamp, style
from nkestimate.sentences.solidity import chance, check_name
from nkestimate.solidity.comparing.comparison import NOISE, Comparison, Waterfall
from nkestimate.solidity.conflict import ClaimConflict, Conflicts
from nkestimate.solidity.explaining.explanation import Explanation
from nkestimate.wording.names import claim_name, target_named
from nkestimate.wording.numbers import PRINT, Display, counted, decimals, percent, shown_by, stated_percent, tick
from nkestimate.wording.statements import said

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit

SECTION = "drivers"
_MOST = 9  # rows of a chart
_LEAST = 0.005
_MOST_CLAIMS = 12  # of the influence diagram, so that a page holds it
_FAINT = 0.02  # of an edge of the influence diagram, below which it is not drawn


def explanation_pictures(fit: Fit, result: Explanation, lost: list[str] | None = None) -> list[Picture]:
    """Draw what drives a total: shares and tornado, the influence diagram, the value of checking; see `drawn_by` for ``lost``."""
    with style():
        return _stamped(drawn_by({
            "shares and tornado": lambda: [drivers(result)], "influence": lambda: influence(fit, result),
            "the value of checking": lambda: checks(fit.case, result)}, lost), result.converged)


def conflict_pictures(fit: Fit, result: Conflicts, lost: list[str] | None = None) -> list[Picture]:
    """Draw each claim in its predictive distribution, and what the total is sensitive to; see `drawn_by` for ``lost``."""
    with style():
        return _stamped(drawn_by({
            "claims": lambda: dots(fit.case, result), "sensitivities": lambda: sensitivities(result)}, lost), result.converged)


def comparison_pictures(result: Comparison, lost: list[str] | None = None) -> list[Picture]:
    """Draw the waterfall of each headline total; see `drawn_by` for ``lost``."""
    with style():
        makers = {f"the waterfall of {fall.label}": partial(lambda one: [waterfall(one, result)], fall) for fall in result.waterfalls}
        return _stamped(drawn_by(makers, lost), result.converged)


def _stamped(drawn: list[Picture], converged: bool) -> list[Picture]:
    for picture in drawn:
        if not converged:
            stamp(picture.figure)
    return drawn


def _display(result: Explanation) -> Display:
    return shown_by(result, (result.interval[0], result.median, result.interval[1]))


def drivers(result: Explanation) -> Picture:
    """Draw the largest shares of variance beside the tornado."""
    shown = _display(result)
    swings = {swing.quantity: swing for swing in result.swings}
    wide = result.interval[1] - result.interval[0]
    rows = []
    for share in result.shares:
        swing = swings.get(share.unknown)
        if share.share >= _LEAST or (swing and swing.size > 0.05 * wide and swing.size > 2 * sum(swing.errors)):
            ends = (swing.low, swing.high) if swing else (None, None)
            rows.append(DriverRow(share.label, share.share, share.standard_error, *ends))
    rows = rows[:_MOST] or [DriverRow(share.label, share.share, share.standard_error) for share in result.shares[:1]]
    alt = f"What drives {result.label}. " + " ".join(_driver_words(row, shown) for row in rows)
    where = {"natural": "", "log": " (on the logarithmic scale)", "rank": " (on the scale of ranks)"}[result.scale.name]
    caption = (f"What drives: {result.label}. Left: share of its variance{where}; grey: errors of sources; a line is one standard error. "
               "Right: its median where the quantity is at its 5% (open) and 95% (filled)")
    return Picture(SECTION, "drivers-shares", drivers_chart(rows, result.median, shown), alt, caption)


def _driver_words(row: DriverRow, shown: Display) -> str:
    moves = f", median {shown.value(row.low)} to {shown.value(row.high)}" if row.low is not None and row.high is not None else ""
    return f"{row.label}: {percent(row.share, PRINT)} of the variance{moves}."


def checks(case: Case, result: Explanation) -> list[Picture]:
    """Draw the value of checking, where anything is worth checking."""
    found = result.worth_checking(_LEAST)[:_MOST]
    names = [check_name(check, case) + (" (about the total itself)" if check.itself else "") for check in found]
    rows = [BarRow(name, check.shrink, check.standard_error, percent(check.shrink, PRINT), check.kind == "claim")
            for name, check in zip(names, found, strict=True)]
    if not rows:
        return []
    alt = "The value of checking. " + " ".join(f"{row.label}: {row.words}." for row in rows)
    caption = (f"The value of checking: by how much the 90% interval of {result.label} would be expected to shrink if a quantity (blue), "
               "or what a claim is about (orange), were known exactly; a line is one standard error")
    return [Picture(SECTION, "drivers-checks", bars_chart(rows, lambda x: stated_percent(x, PRINT)), alt, caption)]


def influence(fit: Fit, result: Explanation) -> list[Picture]:
    """Draw the ways from claims over what they are about, and over the unknowns, to the total; none where nothing leads there."""
    case, shown = fit.case, _display(result)
    shares = {share.unknown: share.share for share in result.shares if share.role == "quantity"}
    links = [Link(quantity, "total", share) for quantity, share in shares.items() if share >= _LEAST]
    drawn = {link.start for link in links}
    reached: dict[str, float] = defaultdict(float)
    for (target, quantity), weight in result.weights.links.items():
        if quantity in drawn and weight >= _FAINT and target not in case.quantities:
            links.append(Link(f"target {target}", quantity, min(weight, 1.0)))
            reached[target] += weight
    goals = {target: f"target {target}" for target in reached} | {quantity: quantity for quantity in drawn} | {result.total: "total"}
    cards = [Card("total", result.label, shown.value(result.median), 3)]
    for quantity in drawn:
        cards.append(Card(quantity, case.quantities[quantity].label, f"{percent(shares[quantity], PRINT)} of the variance", 2))
    for target in reached:
        if target != result.total:
            cards.append(Card(f"target {target}", target_named(target, case, PRINT), "", 1))
    bearing = [(claimed, to) for claimed in result.weights.claims
               if (to := [goals[target] for target in claimed.targets if target in goals])]
    left = len(result.weights.claims) - len(bearing)
    least = sorted((abs(claimed.weight) for claimed, _ in bearing), reverse=True)[_MOST_CLAIMS - 1 : _MOST_CLAIMS]
    kept = [(claimed, to) for claimed, to in bearing if not least or abs(claimed.weight) >= least[0]][:_MOST_CLAIMS]
    for claimed, to in kept:
        claim, key = case.claims[claimed.claim], f"claim {claimed.claim}"
        cards.append(Card(key, case.sources[claim.source].name, f"{said(claim, PRINT)} · {decimals(claimed.weight, 2, PRINT)}", 0))
        links += [Link(key, goal, claimed.weight / len(to)) for goal in to]
    if len(cards) == 1:
        return []
    links = [link for link in links if link.start != link.end and link.start != f"target {result.total}"]
    heads = ("Claims, effective weight", "What they are about", "Unknowns", "Total")
    figure = influence_chart(cards, links, heads)
    alt = f"From claims to {result.label}. " + " ".join(
        f"{claim_name(case.claims[w.claim], case, PRINT)}, effective weight {decimals(w.weight, 2, PRINT)}." for w in result.weights.claims)
    caption = (f"From claims to {result.label}. Widths: effective weight of a claim on what it is about, of claims on an unknown, an "
               "unknown's share of the variance; dashed orange: a negative weight"
               + (f". {counted(left, 'claim')} without a bearing on these unknowns left out" if left else "")
               + (f". {counted(len(bearing) - len(kept), 'claim')} of less weight left out" if len(bearing) > len(kept) else ""))
    return [Picture(SECTION, "drivers-influence", figure, alt, caption)]


def dots(case: Case, result: Conflicts, *, trusted: bool = False) -> list[Picture]:
    """Draw each claim where it lies in its predictive distribution.

    With ``trusted``, only what is reliable without a refit, if that is half of them.
    """
    rows = []
    for claim in result.claims:
        if trusted and claim.method not in ("refit", "psis"):
            continue
        words = claim.verdict if claim.probability is None else f"{chance(claim.probability, PRINT)}, {claim.verdict}"
        rows.append(DotRow(claim_name(case.claims[claim.claim], case, PRINT), _position(claim), words, claim.kind != "two_sided",
                           claim.approximate, claim.verdict in ("in conflict", "contradicted")))
    if not rows or (trusted and 2 * len(rows) < len(result.claims)):
        return []
    alt = "Each claim against the rest of the case. " + " ".join(f"{row.label}: {row.words}." for row in rows)
    caption = ("Each claim against the rest of the case: where it lies in what such a source would be expected to state (dots), or the "
               "probability that a bound is met (diamonds). Open: approximate, without a refit. Shaded: the outer twentieth")
    return [Picture(SECTION, "drivers-conflict", dots_chart(rows), alt, caption)]


def _position(claim: ClaimConflict) -> float | None:
    if claim.probability is None:
        return None
    if claim.kind != "two_sided":
        return claim.probability
    return claim.probability / 2 if claim.side == "low" else 1 - claim.probability / 2


def sensitivities(result: Conflicts) -> list[Picture]:
    """Draw the power-scaling sensitivities of the total: sources, and priors of quantities."""
    found = [item for kind in ("source", "prior") for item in [i for i in result.sensitivities if i.kind == kind][:5]]
    rows = [BarRow(item.label + (" (prior)" if item.kind == "prior" else ""), item.value, 0.0, decimals(item.value, 3, PRINT),
                   item.kind == "source") for item in found if math.isfinite(item.value)]
    if not rows:
        return []
    alt = f"What {result.total_label} is sensitive to. " + " ".join(f"{row.label}: {row.words}." for row in rows)
    caption = (f"How far the distribution of {result.total_label} moves for each doubling of how much a source (orange) or a prior (blue) "
               "counts (power-scaling); beyond the dashed line it matters")
    return [Picture(SECTION, "drivers-sensitivity", bars_chart(rows, tick, threshold=0.05), alt, caption)]


def waterfall(fall: Waterfall, result: Comparison) -> Picture:
    """Draw how the median of A became that of B."""
    row = next(t for t in result.totals if t.total == fall.total)
    assert row.a is not None
    shown = shown_by(row, row.a)
    steps, at = [Step(f"A: {result.a.label}", "", fall.start, fall.start, 0.0, shown.number(fall.start), True)], fall.start
    for part in fall.parts:
        details = "; ".join(part.what) if part.groups != (NOISE,) else f"± {shown.size(part.standard_error)} to be expected"
        steps.append(Step(part.label, details, at, at + part.change, part.standard_error, shown.change(part.change)))
        at += part.change
    steps.append(Step(f"B: {result.b.label}", "", fall.end, fall.end, 0.0, shown.number(fall.end), True))
    alt = f"Why the median of {fall.label} changed. " + " ".join(f"{step.label}: {step.words}." for step in steps)
    caption = f"Why the median of {fall.label} changed; a thin line is one standard error"
    return Picture(SECTION, f"waterfall-{fall.total.replace('_', '-')}", waterfall_chart(fall.label, steps, shown), alt, caption)

"""A grid of a case that was never fitted: its rows are a fit's own figures, each a little larger than the one before."""

from __future__ import annotations

import numpy as np

from nkestimate.case import grid_from_plain
from nkestimate.fitting.breakdown import SHAPE
from nkestimate.reporting.story import Story
from nkestimate.solidity.refits.record import Robustness, Subject
from nkestimate.solidity.refits.row import CANNOT, FITTED, Row
from nkestimate.solidity.refits.variants import factors, variants

LEVELS = {"coverage": [0.5, 0.9], "pooling": ["hierarchical", "log"], "common_error": [0.7], "dark_uncertainty": [1.0]}


def grid_of(story: Story, plain: dict = LEVELS) -> Robustness:
    """Return a grid whose last row can't be said."""
    case, summary = story.case, story.summary
    head = case.headline.id
    grid = grid_from_plain(plain)
    plan = variants(case, grid)
    shape = np.quantile(story.draws(head), SHAPE)
    rows = []
    for i, variant in enumerate(plan):
        size = 1 + 0.04 * i
        unsaid = i == len(plan) - 1
        totals = {key: {"unit": one.unit, "quantiles": {p: q * size for p, q in one.quantiles.items()}, "mcse": 1e-6}
                  for key, one in summary.totals.items() if not (unsaid and key == head)}  # fmt: skip
        answers = {} if unsaid else {key: {"probability": one.probability**size, "mcse": 0.008} for key, one in summary.questions.items()}
        rows.append(Row(variant, CANNOT if unsaid else FITTED, "", (), 1, totals, answers, {}, {}, {}, () if unsaid else tuple(shape * size)))
    subjects = {key: Subject(total.label, total.unit.text, total.support) for key, total in case.totals.items()}
    return Robustness(case.id, case.title, case.scenario, case.digest, case.horizon.isoformat(), 1, {"draws": 1000, "tune": 500, "chains": 2}, "",
                      factors(case, grid), rows[0].variant.choices, head, subjects, {key: q.label for key, q in case.questions.items()}, (head,),
                      {}, tuple(rows))  # fmt: skip

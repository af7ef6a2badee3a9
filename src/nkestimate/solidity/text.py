"""The findings of a grid for a terminal: tables no wider than 80 columns, and the sentences."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nkestimate.analysis.table import percent, significant
from nkestimate.solidity.holding import CANNOT_BE_SAID, FAILS, HOLDS, NOT_FITTED, UNDECIDED
from nkestimate.solidity.record import CANNOT, FAILED, UNCONVERGED, Robustness
from nkestimate.solidity.variants import factor_words
from nkestimate.text import as_text, bare_table, paragraph

_KINDS = {"crossed": "crossed", "reading": "reading# taken alone", "scenario": "scenario#", "source": "source# left out",
          "document": "document# left out", "claim": "claim# left out"}  # the mark is an s where there are several


def text(result: Robustness) -> str:
    """Return the findings: counts by question, a sentence for the headline and each question, how far totals move."""
    heading = f"{result.title}: how solid is the answer?"
    parts: list[Any] = [paragraph(heading), paragraph(f"As of {result.horizon}. {variants_words(result)}"), ""]
    if result.answers:
        table = bare_table()
        table.add_column("question", ratio=1)
        for column in ("base", HOLDS, FAILS, "undecided", "not said", "no fit"):
            table.add_column(column, justify="right", no_wrap=True)
        for answer in result.answers.values():
            base = percent(answer.probability) if answer.probability is not None else "–"
            counts = [str(answer.count(state) or "·") for state in (HOLDS, FAILS, UNDECIDED, CANNOT_BE_SAID, NOT_FITTED)]
            table.add_row(answer.label, base, *counts)
        note = "holds: on the base's side of one half by more than two Monte Carlo errors; undecided: within them."
        parts += [table, "", paragraph(note), ""]
    sentences = [result.ranges[result.headline].sentence, *(answer.sentence for answer in result.answers.values())]
    parts += [*(paragraph(f"* {sentence}", "  ") for sentence in sentences), ""]
    moved = bare_table()
    moved.add_column("total (medians)", ratio=1)
    for column in ("base", "lowest", "highest"):
        moved.add_column(column, justify="right", no_wrap=True)
    moved.add_column("unit", max_width=12, overflow="fold")
    moved.add_column("choice that moves it most", max_width=16)
    for found in result.ranges.values():
        ends = [significant(end[1]) if end else "–" for end in (found.lowest, found.highest)]
        most = next((factor_words(name) for name, size in found.moves.items() if size > found.noise), "none")
        moved.add_row(found.label, significant(found.median), *ends, found.unit, most)
    parts.append(moved)
    for row in result.rows:
        if row.status in (UNCONVERGED, FAILED):
            parts.append(paragraph(f"{row.status}: {row.variant.label}: {row.reason}", "  "))
    return as_text(*parts)


def variants_words(result: Robustness) -> str:
    """Say how many variants there are, of which kinds, and how they fared."""
    kinds = Counter("crossed" if row.variant.in_grid else row.variant.kind for row in result.rows)
    parts = ", ".join(f"{kinds[kind]} {words.replace('#', 's' if kinds[kind] != 1 else '')}"
                      for kind, words in _KINDS.items() if kinds[kind])
    fits = len({row.variant.digest for row in result.rows})
    states = Counter(row.status for row in result.rows)
    told = [f"{states[status]} {words}" for status, words in (
        (CANNOT, "leave something that cannot be said"), (UNCONVERGED, "did not converge"), (FAILED, "failed")) if states[status]]
    return f"{len(result.rows)} variants in {fits} fits: {parts}." + (f" {'; '.join(told)}." if told else "")

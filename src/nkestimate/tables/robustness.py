"""The findings of a grid for a terminal: tables no wider than 80 columns, and the sentences."""

from __future__ import annotations

from datetime import date
from typing import Any

from nkestimate.sentences.solidity import answer_sentences, range_sentence, total_display, unsaid_sentences, variants_words
from nkestimate.solidity.refits.holding import CANNOT_BE_SAID, FAILS, HOLDS, NOT_FITTED, UNDECIDED
from nkestimate.solidity.refits.record import Robustness
from nkestimate.solidity.refits.row import FAILED, UNCONVERGED
from nkestimate.text import as_text, bare_table, paragraph
from nkestimate.wording.choices import choice_name
from nkestimate.wording.numbers import NONE, TERMINAL, count, day, percent


def text(result: Robustness) -> str:
    """Return the findings: counts by question, a sentence for the headline and each question, how far totals move."""
    heading = f"{result.title}: how solid is the answer?"
    told = f"As of {day(date.fromisoformat(result.horizon), TERMINAL)}. {variants_words(result)}"
    parts: list[Any] = [paragraph(heading), paragraph(told), ""]
    states = (HOLDS, FAILS, UNDECIDED, CANNOT_BE_SAID, NOT_FITTED)
    if result.answers:
        table = bare_table()
        table.add_column("question", ratio=1)
        for column in ("base", HOLDS, FAILS, "undecided", "not said", "no fit"):
            table.add_column(column, justify="right", no_wrap=True)
        for answer in result.answers.values():
            counts = [count(number) if (number := answer.count(state)) else "·" for state in states]
            table.add_row(answer.label, percent(answer.probability), *counts)
        note = "holds: on the base's side of one half by more than two Monte Carlo errors; undecided: within them."
        parts += [table, "", paragraph(note), ""]
    head = range_sentence(result.ranges[result.headline], total_display(result, result.headline))
    sentences = [head, *answer_sentences(result).values(),
                 *unsaid_sentences(result)]
    parts += [*(paragraph(f"* {sentence}", "  ") for sentence in sentences), ""]
    moved = bare_table()
    moved.add_column("total (medians)", ratio=1)
    for column in ("base", "lowest", "highest"):
        moved.add_column(column, justify="right", no_wrap=True)
    moved.add_column("unit", max_width=12, overflow="fold")
    moved.add_column("choice that moves it most", max_width=16)
    for key, found in result.ranges.items():
        shown = total_display(result, key)
        ends = [shown.number(end[1]) if end else NONE for end in (found.lowest, found.highest)]
        most = next((choice_name(name) for name, size in found.moves.items() if size > found.noise), "none")
        moved.add_row(found.label, shown.number(found.median), *ends, shown.cell, most)
    parts.append(moved)
    for row in result.rows:
        if row.status in (UNCONVERGED, FAILED):
            parts.append(paragraph(f"{row.status}: {row.variant.label}: {row.reason}", "  "))
    return as_text(*parts)

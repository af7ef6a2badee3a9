"""Several scenarios side by side: the headline and the questions, a row a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from math import ceil

from nkestimate.case.model import Case
from nkestimate.fitting.records import Summary
from nkestimate.tables.run import LEGEND, change_words
from nkestimate.text import as_text, bare_table, paragraph
from nkestimate.wording.numbers import NONE, TERMINAL, count, day, display, percent, stated_percent

AS_STATED = "as the case states it"
_ACROSS = 7  # questions beside each other


def scenarios_table(case: Case, runs: Mapping[str | None, Summary]) -> str:
    """Return the headline and the questions in each of some scenarios, no wider than 80 columns.

    Parameters
    ----------
    case : Case
        Without a scenario.
    runs : mapping of str or None to Summary
        By scenario; None is the case as it states itself, against which the others' headline is set.
    """
    failed = [_name(case, key) for key, summary in runs.items() if not summary.diagnostics.ok]
    state = f"NOT CONVERGED: {'; '.join(failed)}. " if failed else ""
    told = f"as of {day(case.horizon, TERMINAL)}; median with {stated_percent(0.9)} interval (equal tails)"
    parts: list[object] = [f"{state}{case.title}\n{told}", _headline(case, runs)]
    number = len(case.questions)
    across = ceil(number / ceil(number / _ACROSS)) if number else 1  # as many in each table as in the others
    for some in batched(enumerate(case.questions, 1), across, strict=False):
        parts += ["", _questions(case, runs, some)]
    asked = [paragraph(f"Q{count(i)}: {question.label}", "    ") for i, question in enumerate(case.questions.values(), 1)]
    parts += ["", *asked] if asked else []
    return as_text(*parts, "\n" + paragraph(f"change: of the median against the case as it states itself; {LEGEND}"))


def _headline(case: Case, runs: Mapping[str | None, Summary]) -> object:
    base, rows = runs.get(None), [summary.totals[case.headline.id] for summary in runs.values()]
    shown = display(rows[0].unit, case.headline.support, rows[0].known, TERMINAL, case.headline.since)
    table = bare_table()
    table.add_column(f"{case.headline.label}, {shown.cell}" if shown.cell else case.headline.label, ratio=1)
    for column in ("median", stated_percent(0.05), stated_percent(0.95), "change"):
        table.add_column(column, justify="right", no_wrap=True)
    for key, row in zip(runs, rows, strict=True):
        same = row.unit == rows[0].unit
        values = [shown.number(row.quantile(p)) if same else NONE for p in (0.5, 0.05, 0.95)]
        change = "" if key is None or base is None else change_words(row, base.totals[case.headline.id], shown)
        table.add_row(_name(case, key), *values, change, style="bold" if key is None else "")
    return table


def _questions(case: Case, runs: Mapping[str | None, Summary], some: Sequence[tuple[int, str]]) -> object:
    table = bare_table()
    table.add_column("probability of yes", ratio=1)
    for i, _ in some:
        table.add_column(f"Q{count(i)}", justify="right", no_wrap=True)
    for key, summary in runs.items():
        table.add_row(_name(case, key), *_answers(summary, [question for _, question in some]), style="bold" if key is None else "")
    return table


def _answers(summary: Summary, questions: Sequence[str]) -> Iterator[str]:
    for question in questions:
        answer = summary.questions.get(question)
        yield percent(answer.probability) if answer else NONE


def _name(case: Case, key: str | None) -> str:
    return AS_STATED if key is None else case.scenarios[key].label

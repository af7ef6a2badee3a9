"""The runs of a folder as a table, and the lines of `watch`: when, what the headline was, and how it moved."""

from __future__ import annotations

from collections.abc import Sequence

from nkestimate.fitting.history import Line
from nkestimate.tables.run import change_words
from nkestimate.text import as_csv, as_text, bare_table
from nkestimate.wording.numbers import TERMINAL, Display, count, display, moment, stated_percent

_DIGITS = 12  # of a digest: enough to name it


def history_table(lines: Sequence[Line]) -> str:
    """Return runs as a table no wider than 80 columns, the latest first.

    Parameters
    ----------
    lines : sequence of Line
        From `nkestimate.fitting.history.history`.
    """
    if not lines:
        return "no runs"
    table = bare_table()
    for name in ("run", "when", "digest", "seed", "headline", "change"):
        table.add_column(name, justify="right" if name in ("run", "change") else "left", overflow="fold")
    for back, line in enumerate(lines):
        table.add_row(count(back), moment(line.made).removesuffix(" UTC"), short_digest(line), str(line.summary.seed),
                      f"{headline_words(line)}{_set_apart(line)}", _change(line, lines[back + 1:]))
    heads = dict.fromkeys(line.label for line in lines)
    told = f"{'; '.join(heads)}: median and {stated_percent(0.9)} interval. Times are UTC. Run 0 is the last."
    return as_text(told, "", table, "", "change: of the median, since the run before; ≈ within Monte Carlo error (two standard errors)")


def history_csv(lines: Sequence[Line]) -> str:
    """Return runs as CSV, the latest first; quantiles are in ``unit``."""
    rows = [(back, line.made.isoformat(), line.summary.digest, line.summary.seed, line.summary.scenario or "", line.headline,
             line.estimate.unit, *line.estimate.quantiles.values(), line.summary.diagnostics.ok) for back, line in enumerate(lines)]
    return as_csv(("run", "made", "digest", "seed", "scenario", "headline", "unit", "q05", "q25", "q50", "q75", "q95", "converged"), rows)


def recent_lines(lines: Sequence[Line]) -> str:
    """Return a line for each run, the earliest first: the time, the headline, and its change."""
    table = bare_table(show_header=False)
    for justify in ("left", "left", "right"):
        table.add_column(justify=justify)
    for back, line in reversed(list(enumerate(lines))):
        table.add_row(moment(line.made), headline_words(line) + _set_apart(line), _change(line, lines[back + 1:]))
    return as_text(table)


def headline_words(line: Line) -> str:
    """Write a run's headline: median and interval, in its unit."""
    shown = _shown(line)
    low, middle, high = (line.estimate.quantile(p) for p in (0.05, 0.5, 0.95))
    return f"{shown.value(middle)} ({shown.bare_range(low, high)})"


def short_digest(line: Line) -> str:
    """Return the beginning of the digest of a run's case, enough to name it."""
    return line.summary.digest.removeprefix("sha256:")[:_DIGITS]


def _shown(line: Line) -> Display:
    row = line.estimate
    return display(row.unit, line.support, row.known, TERMINAL, line.since)


def _set_apart(line: Line) -> str:
    """Say what a reader must know of a run beside its figures."""
    told = [f"scenario {line.summary.scenario}"] if line.summary.scenario else []
    told += [] if line.summary.diagnostics.ok else ["NOT CONVERGED"]
    return "".join(f"; {one}" for one in told)


def _change(line: Line, before: Sequence[Line]) -> str:
    """Write how the median moved since the run before; nothing where there is none, or it was of another total."""
    if not before or (before[0].headline, before[0].summary.case) != (line.headline, line.summary.case):
        return ""
    return change_words(line.estimate, before[0].estimate, _shown(line))

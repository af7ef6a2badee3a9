"""An audit as a table for the terminal, CSV or JSON."""

from __future__ import annotations

from typing import Any

from nkestimate import text
from nkestimate.evidence.audit import STATUSES, Audit, Row
from nkestimate.evidence.suggest import suggestion, suggestions
from nkestimate.wording.numbers import count

_PHRASE, _STATUS, _LONGEST_ID = 30, 11, 10
_COLUMNS = ("document", "at", "phrase", "status", "claim", "reason")


def as_text(audit: Audit, context: bool = False) -> str:
    """Return the rows as a table no wider than 80 columns, the tally below; of the documents no word but the phrases.

    With ``context`` the sentences of what is unaccounted stand between.
    """
    table = text.bare_table()
    at = max((len(str(row.at)) for row in audit.rows), default=2)
    document = min(max((len(row.document) for row in audit.rows), default=3), _LONGEST_ID)
    # Every width is stated: left to itself, a table takes room from the phrases for the longest reason.
    widths = {"doc": document, "at": at, "phrase": _PHRASE, "status": _STATUS}
    widths["claim, or why"] = text.WIDTH - sum(widths.values()) - 2 * len(widths)  # two spaces between columns
    for name, width in widths.items():
        table.add_column(name, width=width, overflow="ellipsis", no_wrap=True, justify="right" if name == "at" else "left")
    for row in audit.rows:
        status = row.status.upper() if row.status == "unaccounted" else row.status
        why = f"rule: {row.rule}" if row.rule else row.claim or row.reason
        table.add_row(row.document, str(row.at), _one_line(row.phrase), status, _one_line(why))
    sentences = [part for row in audit.unaccounted if context
                 for part in ("", text.paragraph(f"{row.document} {row.at}: {row.sentence}", "  "))]
    return text.as_text(table, *sentences, "", _tally(audit))


def _tally(audit: Audit) -> Any:
    table = text.bare_table()
    table.add_column("numeric phrases", max_width=24, overflow="ellipsis", no_wrap=True)
    for status in (*STATUSES, "all"):
        table.add_column(status, justify="right", no_wrap=True)
    for key, counts in [*audit.tally.items(), ("total", audit.total)]:
        table.add_row(key, *(count(counts[status]) for status in STATUSES), count(sum(counts.values())))
    return table


def _one_line(words: str) -> str:
    return " ".join(words.split())


def as_csv(audit: Audit, context: bool = False) -> str:
    """Return the rows as CSV, with the columns document, at, phrase, status, claim and reason; with ``context`` also sentence."""
    columns = (*_COLUMNS, *(["sentence"] if context else []))
    return text.as_csv(columns, ([getattr(row, column) for column in columns] for row in audit.rows))


def as_json(audit: Audit, suggest: bool = False, context: bool = False) -> str:
    """Return the audit as JSON: case, ok, tally by document, total, rows, faults and warnings."""
    whole = {
        "case": audit.case, "ok": audit.ok, "total": dict(audit.total), "documents": {key: dict(one) for key, one in audit.tally.items()},
        "rows": [_record(row, suggest, context) for row in audit.rows],
        "faults": [str(fault) for fault in audit.faults],
        "warnings": [{"claim": one.claim, "document": one.place.document, "at": one.place.at, "problem": one.problem}
                     for one in audit.warnings],
    }
    return text.as_json(whole)


def _record(row: Row, suggest: bool, context: bool) -> dict[str, Any]:
    record = {column: getattr(row, column) for column in _COLUMNS} | {"rule": row.rule} | ({"sentence": row.sentence} if context else {})
    return record | ({"suggestion": suggestion(row)} if suggest and row.status == "unaccounted" else {})


def as_yaml(audit: Audit, context: bool = False) -> str:
    """Return proposals for all that is unaccounted, as YAML."""
    return suggestions(audit.unaccounted, context) if audit.unaccounted else "# Nothing is unaccounted."

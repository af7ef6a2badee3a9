"""A table of claims, a claim a row, as the tree that the same claims in YAML make, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from nkestimate.case.schema import Claim, Entry, Reading, Report
from nkestimate.case.sheets import Row, Sheet, read_sheet, sheet_of
from nkestimate.case.tree import Node
from nkestimate.errors import Fault, did_you_mean


def _last_note(shape: type[Entry]) -> list[str]:
    return sorted(shape.model_fields, key="note".__eq__)


_QUANTILE = "quantile_"
_ENDS = ("between_low", "between_high")
_MANY = {"between": _ENDS, "quantiles": (f"{_QUANTILE}0.05", f"{_QUANTILE}0.5", f"{_QUANTILE}0.95")}  # keys that take several columns
_LISTS = {
    "readings": {("reading" if key == "about" else f"reading_{key}"): key for key in _last_note(Reading)},
    "reported_in": {("report_note" if key == "note" else key): key for key in _last_note(Report)},
}
"""Lists of a claim, each with its columns and the keys that they hold: a row has one entry of each."""
_TEXTS = ("label", "note", "figures", "reading_note", "report_note")  # cells that keep spaces at their ends
_NUMBERS = ("reading_weight", *_ENDS, "around", "estimate", "at_most", "at_least", "within", "standard_error", "coverage", "weight",
            "credibility", "at")
_EMPTY = '""'


def _columns() -> tuple[str, ...]:
    keys = [key for key in Claim.model_fields if key not in ("note", *_MANY, *_LISTS)]
    at = keys.index("reading_group")
    return ("id", *keys[:at], *_LISTS["readings"], "reading_group", *_ENDS, *_MANY["quantiles"], *keys[at + 1:], *_LISTS["reported_in"],
            "note")


COLUMNS = _columns()
"""The columns that a table may have, quantiles at other probabilities apart."""


def read_table(path: Path, name: str, faults: list[Fault]) -> Node | None:
    """Read a CSV or XLSX file of claims into a tree whose only section is ``claims``; None where it can't be read at all."""
    sheet = read_sheet(path, name, faults)
    return None if sheet is None else tree_of(sheet, faults)


def tree_of(sheet: Sheet, faults: list[Fault]) -> Node | None:
    """Return the tree of a table's rows; None where its head is at fault.

    Examples
    --------
    >>> rows = (Row(1, ("id", "source", "between_low", "between_high")), Row(2, ("span", "mayor", "3", "5")))
    >>> tree_of(Sheet("claims.csv", rows), []).plain()
    {'claims': {'span': {'source': 'mayor', 'between': ['3', '5']}}}
    """
    before = len(faults)
    head = _head(sheet, faults)
    if len(faults) > before:
        return None
    table = _Table(sheet.name, faults)
    for row in sheet.rows[1:]:
        table.add(row, head)
    claims = {key: Node(table.entry(claim), sheet.name, claim.line) for key, claim in table.claims.items()}
    return Node({"claims": Node(claims, sheet.name, 1)}, sheet.name, 1)


def _head(sheet: Sheet, faults: list[Fault]) -> list[str]:
    """Return the names of the columns, in small letters, as keys are written."""
    if not sheet.rows:
        faults.append(Fault(sheet.name, 1, "", "the table is empty", "a first row with the names of columns", "such as id, source, about"))
        return []
    line, head = sheet.rows[0].line, [re.sub(r"\s+", "_", cell.strip().casefold()) for cell in sheet.rows[0].cells]
    while head and not head[-1]:
        head.pop()
    for position, name in enumerate(head):
        if not name:
            said = (f"column {position + 1} has no name", "a name in the first row for each column", "")
        elif name in head[:position]:
            said = (f"the column '{name}' stands twice", "one", "delete or rename one of them")
        elif name not in COLUMNS and not name.startswith(_QUANTILE):
            said = (f"unknown column '{name}'", "one of " + ", ".join(COLUMNS), _meant(name))
        else:
            continue
        faults.append(Fault(sheet.name, line, "", *said))
    if "id" not in head:
        faults.append(Fault(sheet.name, line, "", "there is no column 'id'", "a first row with the names of columns", "such as id, source"))
    return head


def _meant(name: str) -> str:
    if name in _MANY:
        return "it has several columns: " + ", ".join(_MANY[name])
    return "a reading has the column reading" if name == "readings" else did_you_mean(name, COLUMNS)


@dataclass
class _Claim:
    line: int
    cells: dict[str, Node]
    lists: dict[str, list[Node]]


class _Table:
    """The claims of a table on their way to a tree."""

    def __init__(self, name: str, faults: list[Fault]):
        self.name, self.faults, self.claims = name, faults, dict[str, _Claim]()

    def fault(self, row: Row, path: str, *said: str) -> None:
        self.faults.append(Fault(self.name, row.line, path, *said))

    def add(self, row: Row, head: list[str]) -> None:
        """Add a row: a claim, or one more reading or report of a claim that has a row."""
        if any(cell.strip() for cell in row.cells[len(head):]):
            self.fault(row, "", f"the row has {len(row.cells)} cells", f"{len(head)}, one below each name of a column",
                       "put a cell that holds the separator in double quotes")
        cells = {name: Node(text, self.name, row.line) for name, cell in zip(head, row.cells, strict=False)
                 for text in [_stated(name, cell)] if text is not None}
        key = cells.pop("id", None)
        if key is None:
            self.fault(row, "claims", "the row has no id", "an id in each row",
                       "a further reading or report of a claim repeats the claim's id")
            return
        again = key.value in self.claims
        claim = self.claims.setdefault(str(key.value), _Claim(row.line, {}, {}))
        added = [self.add_to(claim, name, columns, cells) for name, columns in _LISTS.items()]
        if again and not any(added):
            self.fault(row, f"claims.{key.value}", f"'{key.value}' stands twice", f"one row a claim; the first is {self.name}:{claim.line}",
                       "further rows of a claim are for further readings and reports; else rename one of them")
        for name, node in cells.items():
            first = claim.cells.setdefault(name, node)
            if first.value != node.value:
                self.fault(row, f"claims.{key.value}.{name}", f"'{node.value}' here, '{first.value}' in {self.name}:{first.line}",
                           "the same in each row of a claim, or nothing", "two claims have two ids")

    def add_to(self, claim: _Claim, name: str, columns: Mapping[str, str], cells: dict[str, Node]) -> bool:
        """Take a reading's or a report's cells out of a row's."""
        found = {key: cells.pop(column) for column, key in columns.items() if column in cells}
        if found:
            claim.lists.setdefault(name, []).append(Node(found, self.name, next(iter(found.values())).line))
        return bool(found)

    def entry(self, claim: _Claim) -> dict[str, Node]:
        """Return a claim's entry as YAML would give it."""
        cells, made = dict(claim.cells), dict[str, Node]()
        ends = [cells.pop(name, None) for name in _ENDS]
        quantiles = {name.removeprefix(_QUANTILE): cells.pop(name) for name in list(cells) if name.startswith(_QUANTILE)}
        known = [end for end in ends if end]
        if known:
            made["between"] = Node([end or Node(None, self.name, known[0].line) for end in ends], self.name, known[0].line)
        if quantiles:
            made["quantiles"] = Node(quantiles, self.name, next(iter(quantiles.values())).line)
        lists = {name: Node(entries, self.name, entries[0].line) for name, entries in claim.lists.items()}
        return {**cells, **made, **lists}


def _stated(column: str, cell: str) -> str | None:
    """Return what a cell states; None where it is empty. Two double quotes are the empty text."""
    text = cell if column in _TEXTS else cell.strip()
    return None if not text.strip() else "" if text.strip() == _EMPTY else text


# ------------------------------------------------------------------ and back


def table_of(claims: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return claims, as plain values of a case, as the columns and rows of a table that `read_table` reads.

    Returns
    -------
    tuple of (list of str, list of list of str)
        Columns that are empty throughout are left out, save those that every table should have. A further reading or report
        has a row of its own below, with its claim's id.

    Examples
    --------
    >>> table_of({"span": {"source": "mayor", "about": "length", "between": ["3", "5"]}})
    (['id', 'source', 'about', 'between_low', 'between_high'], [['span', 'mayor', 'length', '3', '5']])
    """
    rows = [row for key, entry in claims.items() for row in _rows(key, entry)]
    used = {column for row in rows for column in row} | {"id", "source", "about"}
    order = [*COLUMNS, *sorted(used.difference(COLUMNS))]
    columns = [column for column in order if column in used]
    return columns, [[row.get(column, "") for column in columns] for row in rows]


def numbered(columns: list[str], row: list[str]) -> list[str | float]:
    """Return a row for a spreadsheet: as numbers those that read as they were written once they come back."""
    return [_number(cell) if column in _NUMBERS or column.startswith(_QUANTILE) else cell
            for column, cell in zip(columns, row, strict=True)]


def _number(cell: str) -> str | float:
    with suppress(ValueError):
        if f"{float(cell):.15g}" == cell and isfinite(float(cell)):
            return float(cell)
    return cell


def lost_in(content: bytes, suffix: str, claims: Mapping[str, Any]) -> list[str]:
    """Return the ids of claims that a table's file does not give back as they are, but for spaces at the ends of words."""
    sheet = sheet_of(content, suffix, "")
    tree = tree_of(sheet, [])
    back = tree.plain()["claims"] if tree else {}
    return [key for key in claims if _bare(back.get(key)) != _bare(claims[key])]


def _rows(key: str, entry: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    first: dict[str, Any] = {"id": key} | {name: value for name, value in entry.items() if name not in (*_MANY, *_LISTS)}
    first |= dict(zip(_ENDS, entry.get("between") or (), strict=False))
    first |= {f"{_QUANTILE}{p}": value for p, value in (entry.get("quantiles") or {}).items()}
    lists = [[{column: one[of] for column, of in columns.items() if of in one} for one in entry.get(name) or ()]
             for name, columns in _LISTS.items()]
    for i in range(max(1, *map(len, lists))):
        row = first if i == 0 else {"id": key}
        for entries in lists:
            row = row | (entries[i] if i < len(entries) else {})
        yield {column: _EMPTY if value == "" else str(value) for column, value in row.items() if value is not None}


def _bare(value: Any) -> Any:
    """Return plain values without what states nothing, and without spaces at the ends of words."""
    if isinstance(value, Mapping):
        return {key: _bare(one) for key, one in value.items() if one not in (None, [])}
    return [_bare(one) for one in value] if isinstance(value, list) else value.strip() if isinstance(value, str) else value

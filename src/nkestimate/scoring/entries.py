"""Scored claims as entries of a case's ``track_record:``, written to a file of their own that is never replaced."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nkestimate.case.model import Case, Claim
from nkestimate.case.stated import Figure
from nkestimate.errors import ResultFileError
from nkestimate.scoring.ledger import Entry

_BARE = re.compile(r"[+-]?[\d_]+(\.\d+)?(e[+-]?\d+)?|\d{4}-\d\d-\d\d|[A-Za-z][\w-]*", re.ASCII)
_WORDS = {"yes", "no", "on", "off", "true", "false", "null"}
_DIGITS = 10  # of what came true, in the unit of the claim


def check_free(path: Path) -> None:
    """Raise where a file stands already.

    Raises
    ------
    ResultFileError
        If it exists: evidence that was written is not replaced.
    """
    if path.exists() or path.is_symlink():
        raise ResultFileError(f"{path}: exists already; expected a file that is not there yet; choose another name")


def write_entries(path: Path, text: str) -> None:
    """Write a text to a file that is not there: aside, then by a link, which fails where one has come meanwhile."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary.write_text(text, encoding="utf-8")
        os.link(temporary, path)
    except FileExistsError:
        check_free(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def entries_of(case: Case, scored: Iterable[Entry]) -> str:
    """Return YAML of a track record: an entry for each claim that was scored; empty where none was.

    A claim whose numbers have different units is left out: an entry has one.
    """
    lines = [line for entry in scored for one in entry.claims for line in _entry(case, case.claims[one.claim], entry)]
    if not lines:
        return ""
    head = f"# What sources said in {case.id} ({case.digest[:19]}…) and what came true; to include in a case.\n"
    return head + "track_record:\n" + "".join(f"{line}\n" for line in lines)


def _entry(case: Case, claim: Claim, entry: Entry) -> Iterator[str]:
    stated = claim.stated
    own = {number.unit for number in stated.numbers if number.unit} if stated.kind != "magnitude" else set()
    if len(own) > 1 or entry.low is None or entry.high is None or (own and not all(number.unit for number in stated.numbers)):
        return
    reading = claim.readings[0]
    unit = reading.unit if stated.kind != "counted" else None
    ends = [_shown(unit.from_root(reading.target.unit.to_root(end)) if unit else reading.target.unit.to_root(end))
            for end in (entry.low, entry.high)]
    said: dict[str, Any] = {"source": claim.source, "about": f"{case.id}-{entry.outcome}"}
    said |= {"support": entry.support} if entry.support != "positive" else {}
    said |= _statement(claim)
    said |= {"unit": unit.text} if unit and unit.text else {}
    said |= {"coverage": f"{reading.statement.coverage:g}"} if unit else {}
    said |= {"as_of": reading.as_of.isoformat(), "came_true": ends[0] if ends[0] == ends[1] else ends, "from": entry.from_,
             "when": entry.when, "check": entry.check, "class": entry.class_}
    yield f"  {_scalar(f'{case.id}-{claim.id}')}:"
    for key, value in said.items():
        if value is not None:
            yield f"    {key}: {_flow(value)}"


def _shown(value: float) -> str:
    return f"{value:.{_DIGITS}g}"


def _statement(claim: Claim) -> dict[str, Any]:
    """Return a claim's statement under its key, numbers as they are spelled, without their unit."""
    stated = claim.stated
    digits = [number.digits for number in stated.numbers]
    said: dict[str, Any] = {stated.kind: digits if stated.kind == "between" else digits[0]}
    if stated.kind == "quantiles":
        said = {"quantiles": dict(zip((f"{p:g}" for p in stated.probabilities), digits, strict=True))}
    if stated.kind == "estimate":
        said["standard_error"] = digits[1]
    if stated.within is not None:
        said["within"] = _amount(stated.within)
    return said


def _amount(within: Figure) -> str:
    return f"{within.digits}{within.unit}" if within.unit == "%" else f"{within.digits} {within.unit}".strip()


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_scalar(one)}" for key, one in value.items()) + "}"
    return _scalar(value)


def _scalar(text: str) -> str:
    """Write a text so that YAML reads it as it is."""
    return text if _BARE.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)
